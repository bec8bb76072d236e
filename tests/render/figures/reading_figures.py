"""Figures taken apart again: which cells are marked, what they hold, and what the elementwise road expects there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from itertools import product

from sympy import Rational

from symconv.derivation.backward import backward
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.monomial import Index, Monomial
from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import layer
from symconv.render.figures.description import Cell, Figure, Grid
from symconv.render.figures.draw import draw, step_count
from symconv.render.figures.drawing import Drawing, drawing
from symconv.render.figures.names import NAMES
from symconv.render.formula_unicode import unicode
from symconv.render.written import Written
from tests.cases import GEOMETRIES, random_geometries

DIGITS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
STEPPED = ("forward", "error-term", "weight-gradient", "reach", "pooling")
RANDOM = {f"{kind}-{k}": g for kind in KINDS for k, g in enumerate(random_geometries(kind, 5))}
EVERY = {**GEOMETRIES, **RANDOM}
"""Small layers, whose arrays are drawn with labels."""


@cache
def drawn_from(geometry: Geometry, base: int = 0, language: str = "en") -> Drawing:
    made = layer(geometry)
    return drawing(made, backward(made.net_input), language, base)


@cache
def road(geometry: Geometry) -> Elementwise:
    return elementwise(geometry)


def figures(name: str, geometry: Geometry, most: int = 4, language: str = "en") -> Iterator[tuple[int | None, Figure]]:
    """The figure at several steps, the first and the last among them; none where the layer has no such figure."""
    d = drawn_from(geometry, language=language)
    try:
        count = step_count(d, name)
        steps = [None] if count is None else sorted({round(k * (count - 1) / (most - 1)) for k in range(most)})
        yield from [(step, draw(d, name, step)) for step in steps]
    except RequestError:
        return


@cache
def every_figure(geometry: Geometry, language: str = "en") -> tuple[Figure, ...]:
    """Each figure that the layer has, those with steps at the first and the last."""
    return tuple(figure for name in NAMES for _, figure in figures(name, geometry, 2, language))


def grids(figure: Figure) -> list[Grid]:
    return [node for node in figure.nodes if isinstance(node, Grid)]


def marked(grid: Grid) -> dict[Index, Cell]:
    """The active cells by row and column."""
    return {at: cell for at, cell in cells(grid).items() if cell.active}


def cells(grid: Grid) -> dict[Index, Cell]:
    return {(r, c): grid.rows[r][c] for r, c in product(range(len(grid.rows)), range(len(grid.rows[0])))}


def text(label: Written | None) -> str:
    """A label with its index in brackets, whether its digits stand side by side or not: ``δ[0,1]/4``."""
    shown = "" if label is None else unicode(label)
    joined = re.search("[₀-₉]+", shown)
    if joined is None:
        return shown
    return shown.replace(joined.group(), f"[{','.join(DIGITS[digit] for digit in joined.group())}]")


def name_of(letter: str, index: Index) -> str:
    """How a cell is labelled: by its spatial index."""
    return f"{letter}[{','.join(map(str, index[2:]))}]"


def expected(geometry: Geometry, target: str, index: Index) -> list[Monomial]:
    """The products of a cell among the first example, filter and depth, from the elementwise road."""
    array = road(geometry).net_input if target == "net" else road(geometry).gradient(target)
    found = array.monomials(*index)
    return [m for m in found if all(at[:2] == (0, 0) for name, at in m.factors if name != "bias")]


def pairs(products: list[Monomial], array: str, taps: str) -> Counter[tuple[str, str, Rational]]:
    """Each product as a cell of the array, what it meets, and a factor."""
    letters = {"delta": "δ", "w": "w", "a": "a"}
    found: Counter[tuple[str, str, Rational]] = Counter()
    for m in products:
        read = dict(m.factors)
        if "bias" not in read:
            note = name_of(letters[taps], read[taps]) if taps in read else ""
            found[name_of(letters[array], read[array]), note, m.coefficient] += 1
    return found


def shown(window: Grid) -> Counter[tuple[str, str, Rational]]:
    """The products that marked cells show: the cell, what it meets, and the factor that either has."""
    found: Counter[tuple[str, str, Rational]] = Counter()
    for cell in marked(window).values():
        if text(cell.label) != "0":
            label, _, divisor = text(cell.label).partition("/")
            note = text(cell.note)
            is_share = note.startswith("1/")
            factor = Rational(1, int(divisor or 1)) * (Rational(note) if is_share else 1)
            found[label, "" if is_share else note, factor] += 1
    return found
