"""Arrays as grids of cells: whole with labels, whole without, or an excerpt around what a step is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import sympy

from symconv.algebra.contraction import Array
from symconv.derivation.monomial import Index
from symconv.render.arrays import write_array
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import Picture, captioned, grid, torn
from symconv.render.figures.description import Cell, Role
from symconv.render.figures.drawing import Drawing, size_of
from symconv.render.figures.reading import LEAD, Content, content, extents, source
from symconv.render.written import Fraction, Listed, Number, Written, product

LABELLED, WHOLE, EXCERPT = {1: 16, 2: 12}, 24, 9
"""Up to how many cells along each side arrays are drawn with labels (by dimensions), whole, and as an excerpt."""
BARE = 0.55
"""The size of cells without labels."""

Draw = Callable[[Index], Cell]


@dataclass(frozen=True, slots=True)
class View:
    """How the arrays of one figure are drawn: all of them with labels or without, at most ``most`` cells a side."""

    labelled: bool
    most: int
    size: float = 1.0


def view(sizes: Sequence[Index], window: Index = ()) -> View:
    """The largest array decides for all; a window too large for an excerpt is drawn without labels."""
    largest, labelled = max(map(max, sizes)), LABELLED[len(sizes[0])]
    if largest <= labelled:
        return View(True, labelled)
    is_wide = any(extent > labelled - 2 for extent in window)
    return View(False, WHOLE, BARE) if largest <= WHOLE or is_wide else View(True, EXCERPT)


def cut(extent: int, most: int, wanted: Sequence[int]) -> range:
    """``most`` positions of an axis, those wanted in the middle; all of a short axis."""
    if extent <= most:
        return range(extent)
    low, high = (min(wanted), max(wanted)) if wanted else (0, 0)
    room = min(WHOLE, max(most, high - low + 3), extent)
    start = max(0, min((low + high - room + 1) // 2, extent - room))
    return range(start, start + room)


def picture(shown: View, size: Index, draw: Draw, wanted: Iterable[Index] = (), window: bool = False) -> Picture:
    """An array of one or two spatial dimensions, ``draw`` telling what each cell is; one dimension is one row.

    ``wanted`` are the cells that an excerpt is cut around, ``window`` outlines the active ones.
    """
    sought = list(wanted)
    spans = [cut(n, shown.most, [index[d] for index in sought]) for d, n in enumerate(size)]
    rows = [[(*lead, v) for v in spans[-1]] for lead in ([(u,) for u in spans[0]] if len(size) == 2 else [()])]
    drawn = grid([[_bare(draw(index), shown) for index in row] for row in rows], shown.size, window)
    sides = [(s.start > 0, s.stop < n) for s, n in zip(spans, size, strict=True)]
    (top, bottom), (left, right) = sides if len(sides) == 2 else ((False, False), sides[0])
    return torn(drawn, left, right, top, bottom) if any((top, bottom, left, right)) else drawn


def array_picture(
    d: Drawing,
    shown: View,
    array: Array,
    lead: Index,
    notes: Mapping[Index, Written | None],
    is_read: Callable[[Index], bool] = lambda _: True,
    trail: Index = (),
) -> Picture:
    """A given or defined array under its name, ``notes`` for the cells in the window."""
    size = extents(array)[: d.dimensions]

    def draw(index: Index) -> Cell:
        full = (*lead, *index, *trail)
        held = content(array, full)
        role = held.role if is_read(full) else Role.UNREAD
        return Cell(role, written(d, source(array).symbol, held), notes.get(index), index in notes)

    return captioned(picture(shown, size, draw, notes, window=True), caption(write_array(array), size))


def written(d: Drawing, letter: str, held: Content) -> Written:
    """What a cell holds, as a label: ``0``, ``δ₀₁``, ``δ₀₁/4``."""
    if held.index is None:
        return Number(0)
    return scaled(held.factor, d.label(letter, held.index[LEAD:]))


def scaled(factor: sympy.Rational, cell: Written) -> Written:
    """``cell/4``, or a larger multiple of it."""
    top = product(Number(int(factor.p)), cell)
    return top if factor.q == 1 else Fraction(top, Number(int(factor.q)))


def caption(name: Written, size: Index) -> Prose:
    """``pad(δ), 4 × 4``."""
    return (Math(name), ", ", Math(size_of(size))) if size else (Math(name),)


def place(d: Drawing, index: Index) -> Written:
    """A cell by its index alone."""
    numbers = tuple(Number(v + d.base) for v in index)
    return Listed(numbers) if len(numbers) > 1 else numbers[0]


def _bare(cell: Cell, shown: View) -> Cell:
    return cell if shown.labelled else Cell(cell.role, active=cell.active)
