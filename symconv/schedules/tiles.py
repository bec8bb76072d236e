"""What a schedule by tiles is made of: strips of positions, cells gathered into tiles, a matrix for each dimension.

A chunk holds rows of tiles of some images: along the first spatial axis it has ``rows`` tiles, along the others all.
Names and attributes of the emitted code stand in expressions as symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import sympy

from symconv.algebra.axes import Size, size
from symconv.schedules.program import (
    Empty,
    Expression,
    For,
    Inside,
    Into,
    Item,
    Let,
    Number,
    Reshape,
    Span,
    Statement,
    Store,
    Transpose,
    Var,
    Windows,
    Zeros,
)

REST = -1
IMAGE, IMAGES, ROW, ROWS, TILES = (sympy.Symbol(n, integer=True) for n in ("b", "images", "t", "rows", "tiles"))
WIDTH, HEIGHT = (sympy.Symbol(n, integer=True, positive=True) for n in ("width", "height"))
"""Columns and rows of a product that are taken at a time."""
PART = sympy.Symbol("len(part)", integer=True)
"""The images of a chunk that there are: the last chunk may be smaller."""
EVERY = Span()


@dataclass(frozen=True, slots=True)
class Strip:
    """One dimension of an array by tiles: ``position = step·tile + spacing·cell + offset``, of ``extent`` positions.

    A tile has ``cells`` of them. A dilation makes ``images`` of one that interleave, a stride ``channels`` of one; each
    has an offset of its own in which :func:`phase` stands.
    """

    step: int
    spacing: int
    offset: Size
    extent: Size
    cells: int
    tiles: Size
    images: int = 1
    channels: int = 1

    @property
    def apart(self) -> int:
        """Cells from one tile to the next, fewer than a tile has where tiles overlap."""
        return self.step // self.spacing

    @property
    def rows(self) -> Size:
        """The cells under all tile rows of a chunk."""
        return size(self.apart * ROWS + self.cells - self.apart)

    def of_rows(self) -> Inside:
        """The cells of a chunk's rows that exist, and their positions."""
        return Inside(("to1", "from1"), size(self.step * ROW + self.offset), self.spacing, self.rows, self.extent)

    def of_column(self, k: int) -> Inside:
        """The tiles in which a column of dimension k exists, and its positions."""
        first = size(self.spacing * column(k) + self.offset)
        return Inside((f"to{k + 1}", f"from{k + 1}"), first, self.step, self.tiles, self.extent)


def phase(k: int) -> sympy.Symbol:
    """The loop variable over the interleaved images of dimension k."""
    return sympy.Symbol(f"phase{k + 1}", integer=True)


def interleaved(strips: Sequence[Strip]) -> dict[int, int]:
    """The dimensions that a dilation takes apart, and into how many images."""
    return {k: s.images for k, s in enumerate(strips) if s.images > 1}


def beside(strips: Sequence[Strip]) -> dict[int, int]:
    """The dimensions that a stride takes apart, and into how many channels."""
    return {k: s.channels for k, s in enumerate(strips) if s.channels > 1}


def images_of(strips: Sequence[Strip]) -> Size:
    """The images of a chunk, every interleaved one by itself."""
    return size(prod(interleaved(strips).values()) * IMAGES)


def column(k: int) -> sympy.Symbol:
    """The loop variable over the cells of a tile in dimension k."""
    return sympy.Symbol(f"k{k + 1}", integer=True)


@dataclass(frozen=True, slots=True)
class Points:
    """The values of an array's tiles at the points, ``name[τ…, b, row, tiles·channel]``, and how they are reached.

    ``strips`` and the matrices, by name, are one for each dimension; ``counts`` are the numbers of points. The
    channels that a stride makes of one come before it.
    """

    name: str
    source: str
    view: Expression
    strips: tuple[Strip, ...]
    matrices: tuple[Expression, ...]
    counts: tuple[int, ...]
    channels: Size

    @property
    def cells(self) -> str:
        """The name of the array that a chunk is gathered in."""
        return f"{self.source}_cells"

    @property
    def _line(self) -> Size:
        return size(sympy.Mul(*(s.tiles for s in self.strips[1:]), *beside(self.strips).values(), self.channels))

    @property
    def _images(self) -> Size:
        return images_of(self.strips)

    def workspace(self, like: str) -> tuple[Statement, ...]:
        """The cells of a chunk, a view of them by overlapping tile rows, and what each matrix gives."""
        first, *others = self.strips
        inner = tuple(s.cells for s in others)
        parts = interleaved(self.strips).values()
        channels = (*beside(self.strips).values(), self.channels)
        cells = (*parts, IMAGES, first.rows, *inner, *(s.tiles for s in others), *channels)
        lines: tuple[Statement, ...] = tuple(
            Let(self._lines(k), Empty((self._images, ROWS, *self.counts[:k], *inner[k - 1 :], self._line), (like,)))
            for k in range(1, len(self.strips))
        )
        return (
            Let(self.cells, Zeros(cells, (like,))),
            *self._by_row(),
            *lines,
            Let(self.name, Empty((*self.counts, self._images, ROWS, self._line), (like,))),
        )

    def _by_row(self) -> tuple[Statement, ...]:
        """The cells as ``[b, row, cell, rest]``; where tiles overlap, a view in which cells occur twice."""
        first, rows, windows = self.strips[0], f"{self.source}_rows", f"{self.source}_windows"
        if first.cells == first.apart:
            return (Let(rows, Reshape(Var(self.cells), (self._images, ROWS, first.cells, REST))),)
        whole = Reshape(Var(self.cells), (self._images, first.rows, REST))
        every = Item(Var(windows), (EVERY, Span(step=first.apart)))
        return (
            Let(windows, Windows(whole, (first.cells,), (1,), (1,), (1,), 3)),
            Let(rows, Transpose(every, (0, 1, 3, 2))),
        )

    def _lines(self, k: int) -> str:
        return f"{self.source}_lines" + ("" if len(self.strips) == 2 else str(k))

    def of_chunk(self, *, clears: bool) -> tuple[Statement, ...]:
        """Gather the chunk's cells, those that do not exist being 0, and apply the matrices one after the other.

        ``clears``: images of an earlier chunk are removed where this one has fewer.
        """
        cells, first = Var(self.cells), self.strips[0]
        phases, channels = (tuple(map(phase, by(self.strips))) for by in (interleaved, beside))
        within = (*(EVERY for _ in range(2 * len(self.strips) - 2)), *channels) if channels else ()
        edges = tuple(
            Store(Item(cells, (*phases, EVERY, span, *within)), Number(0))
            for span in (Span(stop=sympy.Symbol("to1.start")), Span(start=sympy.Symbol("to1.stop")))
        )
        cleared = (Store(Item(cells, (*(EVERY for _ in phases), Span(start=PART))), Number(0)),) if clears else ()
        dimensions = range(1, len(self.strips))
        columns = (*map(column, dimensions), *(Var(f"to{k + 1}") for k in dimensions))
        target = (*phases, Span(stop=PART), Var("to1"), *columns, *channels)
        source = (EVERY, *(Var(f"from{k + 1}") for k in range(len(self.strips))))
        copied = over_columns(self.strips, Store(Item(cells, target), Item(Var("part"), source)))
        part = Let("part", Item(self.view, (Span(IMAGE, size(IMAGE + IMAGES)),)))
        return (part, *cleared, *over_phases(self.strips, first.of_rows(), *edges, *copied), *self._transforms())

    def _transforms(self) -> tuple[Statement, ...]:
        dimensions = len(self.strips)
        made: list[Statement] = []
        for k, matrix in enumerate(self.matrices):
            source: Expression = Var(self._lines(k) if k else f"{self.source}_rows")
            if k < dimensions - 1:
                shape = (self._images, ROWS, *self.counts[: k + 1], REST)
                out: Expression = Reshape(Var(self._lines(k + 1)), shape)
                source = Reshape(source, (*shape[:-2], self.strips[k].cells, REST)) if k else source
            else:
                order = (dimensions, dimensions + 1, *range(dimensions), dimensions + 2)
                out = Transpose(Var(self.name), order)
            made.append(Into("transform", (matrix, source), out))
        return tuple(made)


def over_phases(strips: Sequence[Strip], *body: Statement) -> tuple[Statement, ...]:
    """The body for each of the images, and of the channels, that dimensions are taken apart into."""
    for k, strip in reversed([*enumerate(strips)]):
        if strip.images * strip.channels > 1:
            body = (For(str(phase(k)), strip.images * strip.channels, body),)
    return body


def over_columns(strips: Sequence[Strip], *body: Statement) -> tuple[Statement, ...]:
    """The body for each column of a tile: each cell of a tile in every dimension but the first."""
    for k in range(len(strips) - 1, 0, -1):
        body = (For(str(column(k)), strips[k].cells, (strips[k].of_column(k), *body)),)
    return body


def along_dimensions(
    matrices: Sequence[Expression],
    source: str,
    extents: tuple[Sequence[int], Sequence[int]],
    rest: tuple[Size, ...],
    made: tuple[str, ...],
    like: str,
) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """``made[-1][τ…, rest] = Π matrix[τ, p] · source[p…, rest]``: one dimension at a time, the last one first.

    ``extents`` are those of the dimensions before and after; ``made`` names every array on the way. Returns the
    statements that make these arrays and the ones that fill them.
    """
    before, after = extents
    workspace: list[Statement] = []
    work: list[Statement] = []
    for k, (name, own) in enumerate(zip(made, (source, *made), strict=False)):
        d = len(before) - 1 - k
        outer = (prod(before[:d]),) if d else ()
        workspace.append(Let(name, Empty((*before[:d], *after[d:], *rest), (like,))))
        operands = (matrices[d], Reshape(Var(own), (*outer, before[d], REST)))
        work.append(Into("transform", operands, Reshape(Var(name), (*outer, after[d], REST))))
    return tuple(workspace), tuple(work)
