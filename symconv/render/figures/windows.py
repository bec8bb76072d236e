"""Every window along one dimension: a dimension of a layer is a one-dimensional layer with the same relation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import groupby

from symconv.derivation.backward import backward
from symconv.derivation.monomial import Index
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import (
    CAPTION,
    Picture,
    above,
    bracketed,
    dots,
    figure,
    grid,
    labelled,
    text,
    torn,
)
from symconv.render.figures.description import Cell, Figure, Role
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.grids import written
from symconv.render.figures.notes import below, legend
from symconv.render.figures.reading import Content, Reading, content, extents, reading, source
from symconv.render.figures.runs import width
from symconv.render.figures.sliding import own_padding
from symconv.render.written import Equation, Letter, Number, Written

WINDOWS, CELLS = 8, 24
"""So many windows are shown, over at most so many cells."""
_SPATIAL = ("input_size", "filter_size", "stride", "dilation", "padding", "output_padding")


def windows(d: Drawing, name: str) -> Figure:
    """A row of cells for each dimension, and below it a row for each window; dimensions that agree are drawn once."""
    if d.dimensions == 0:
        raise RequestError(
            f"the figure {name} shows windows, and a fully connected layer has none; "
            "choose connections, matrix or shapes"
        )
    lines = [_line(d.geometry, axis) for axis in range(d.dimensions)]
    parts = []
    for line in dict.fromkeys(lines):
        axes = d.catalogue.listed([(str(axis + 1),) for axis, other in enumerate(lines) if other == line])
        told = [text(d.say("dimension", index=axes))] if d.dimensions > 1 else []
        parts.append(above([*told, _windows(d, line)], 0.1, align="start"))
    drawn = above(parts, 0.5, align="start")
    title, about = d.say("windows", layer=d.name()), d.say("described_windows")
    return figure(name, title, about, below(drawn, [], [], legend(d, drawn.nodes)))


def _line(g: Geometry, axis: int) -> Geometry:
    """One dimension of a layer by itself: one example, depth and filter."""
    return replace(
        g, batch=1, depth=1, filters=1, groups=1, **{key: getattr(g, key)[axis : axis + 1] for key in _SPATIAL}
    )


def _windows(d: Drawing, line: Geometry) -> Picture:
    r = reading(backward(net_input(line)).net_input, own_padding(line))
    [count], [length] = r.extents, extents(r.array)
    met = [r.meetings((0, 0, i)) for i in range(min(count, WINDOWS))]
    seen = length if len(met) == count else max(m.cell[-1] for row in met for m in row) + 1
    cells = range(min(seen, CELLS))
    held = [content(r.array, (0, 0, u)) for u in cells]
    top = [_cell(d, r, u, h) for u, h in zip(cells, held, strict=True)]
    names: list[Prose] = [(Math(d.label("net", (i,))),) for i in range(len(met))]
    wide = max(width(name) for name in names) * CAPTION + 0.3
    header = torn(grid([top]), False, True, False, False) if len(cells) < length else grid([top])
    rows = [labelled(bracketed(header, _spans(line, held, len(cells) == length)), (), wide)]
    for meetings, name in zip(met, names, strict=True):
        taps = {m.cell[-1]: _tap(d, r, m.tap) for m in meetings}
        row = [Cell(Role.FILTER, taps[u]) if u in taps else Cell(Role.BLANK) for u in cells]
        rows.append(labelled(grid([row]), name, wide))
    if len(met) < count:
        rows.append(labelled(dots(across=False), (), wide + len(cells) / 2))
    return above([rows[0], above(rows[1:], 0.0, align="start")], 0.25, align="start")


def _cell(d: Drawing, r: Reading, u: int, held: Content) -> Cell:
    """A cell of the array that the windows read."""
    role = held.role if r.is_read((0, 0, u)) else Role.UNREAD
    numbers = None if held.index is None else d.label(source(r.array).symbol, held.index[2:])
    return Cell(role, Number(0) if numbers is None else numbers)


def _tap(d: Drawing, r: Reading, tap: Index | None) -> Written | None:
    """The weight at a tap; weights that are not shared have a position too."""
    if r.filter is None or tap is None:
        return None
    return written(d, source(r.filter).symbol, content(r.filter, tap))


def _spans(line: Geometry, held: Sequence[Content], is_whole: bool) -> list[tuple[float, float, Prose]]:
    """Brackets over the padding before, over what lies between, and over the padding after."""
    runs = [(role is Role.PADDING, len(list(same))) for role, same in groupby(h.role for h in held)]
    sizes = [0, 0, 0]
    for k, (is_padding, cells) in enumerate(runs):
        sizes[(0 if k == 0 else 2) if is_padding and k in (0, len(runs) - 1) else 1] += cells
    stated = zip("PHQ", (line.padding[0][0], line.input_size[0], line.padding[0][1]), strict=True)
    found: list[tuple[float, float, Prose]] = []
    start = 0
    for (letter, number), cells, is_shown in zip(stated, sizes, (True, is_whole, is_whole), strict=True):
        if cells and is_shown:
            label: Written = Equation(Letter(letter), Number(cells)) if number == cells else Number(cells)
            found.append((float(start), float(start + cells), (Math(label),)))
        start += cells
    return found
