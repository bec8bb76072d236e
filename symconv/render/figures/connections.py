"""Cells of the input and net inputs as two columns of neurons, joined where one reads the other."""

from __future__ import annotations

from math import prod

from symconv.derivation.monomial import Index, Monomial, unflat
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import Picture, above, beside, dots, figure, text
from symconv.render.figures.description import Disc, Figure, Line, Node, Role
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.notes import below
from symconv.render.figures.place import fitted
from symconv.render.figures.style import STROKES

MOST = 12
"""So many neurons are drawn in a column."""
_RADIUS, _STEP, _ACROSS = 0.42, 1.0, 4.5


def connections(d: Drawing, name: str) -> Figure:
    """A line for every product; lines with the same weight look alike where few weights are shared by many."""
    a_shape, net_shape = d.geometry.input_shape, d.geometry.output_shape
    cells, neurons = prod(a_shape[1:]), prod(net_shape[1:])
    left = [(0, *unflat(k, a_shape[1:])) for k in range(min(cells, MOST))]
    right = [(0, *unflat(k, net_shape[1:])) for k in range(min(neurons, MOST))]
    middle = max(len(left), len(right)) * _STEP / 2
    at = {
        **{("a", index): (_RADIUS, middle + (k - len(left) / 2 + 0.5) * _STEP) for k, index in enumerate(left)},
        **{("net", index): (_ACROSS, middle + (k - len(right) / 2 + 0.5) * _STEP) for k, index in enumerate(right)},
    }
    products = {index: [m for m in d.products(d.own.net_input, index) if _cell(m) in left] for index in right}
    strokes = _strokes(products)
    nodes: list[Node] = []
    for index, row in products.items():
        for product in row:
            start, end = at["a", _cell(product)], at["net", index]
            stroke = strokes.get(dict(product.factors).get("w"), 0)
            nodes.append(Line(start[0] + _RADIUS, start[1], end[0] - _RADIUS, end[1], stroke))
    for (letter, index), (x, y) in at.items():
        role = Role.INPUT if letter == "a" else Role.RESULT
        nodes += [Disc(x, y, _RADIUS, role), fitted(d.cells.cell(letter, index), x, y, 1.75 * _RADIUS, 1.0)]
    drawn = Picture(tuple(nodes), _ACROSS + _RADIUS, 2 * middle, middle)
    told: list[Prose] = []
    if len(left) < cells or len(right) < neurons:
        drawn = above([drawn, dots(across=False)], 0.1)
        told.append(d.say("excerpt_cells", cells=len(left), all=cells, neurons=len(right), every=neurons))
    title, about = d.say("connections", layer=d.name()), d.say("described_connections")
    return figure(name, title, about, below(drawn, [], told, _key(d, strokes)))


def _strokes(products: dict[Index, list[Monomial]]) -> dict[Index | None, int]:
    """A line style for each weight, where weights are shared and there are not more of them than styles."""
    weights = [dict(m.factors).get("w") for row in products.values() for m in row]
    distinct = sorted({w for w in weights if w is not None})
    if len(distinct) == len(weights) or len(distinct) > len(STROKES):
        return {}
    return {w: k for k, w in enumerate(distinct)}


def _key(d: Drawing, strokes: dict[Index | None, int]) -> Picture | None:
    if not strokes:
        return None
    samples = [
        beside([Picture((Line(0, 0.1, 0.9, 0.1, stroke),), 0.9, 0.2, 0.1), text((Math(d.cells.cell("w", w)),))], 0.15)
        for w, stroke in strokes.items()
        if w is not None
    ]
    rows = [beside(samples[k : k + 3], 0.5) for k in range(0, len(samples), 3)]
    return above(rows, 0.15, align="start")


def _cell(product: Monomial) -> Index:
    return dict(product.factors).get("a", ())
