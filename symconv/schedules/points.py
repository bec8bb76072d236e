"""The values of tiles at the points: cells gathered into tiles, and a matrix for each dimension."""

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
    Subscript,
    Transpose,
    Var,
    Windows,
    Zeros,
)
from symconv.schedules.tiles import (
    EVERY,
    IMAGE,
    IMAGES,
    PART,
    REST,
    ROWS,
    Strip,
    beside,
    column,
    images_of,
    interleaved,
    over_columns,
    over_phases,
    phase,
)


@dataclass(frozen=True, slots=True)
class Points:
    """The values of an array's tiles at the points, ``name[τ…, b, row, tiles·channel]``, and how they are reached.

    ``strips`` and the matrices, by name, are one for each dimension; ``counts`` are the numbers of points. The
    channels that a stride makes of one come before it; where it does so in the last dimension, rows are first laid out
    with their padding, as ``name_padded``, in which the channels of a cell then lie beside each other.
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
        cells = (*parts, IMAGES, first.rows, *inner, *(s.tiles for s in others), *self._run)
        lines: tuple[Statement, ...] = tuple(
            Let(self._lines(k), Empty((self._images, ROWS, *self.counts[:k], *inner[k - 1 :], self._line), (like,)))
            for k in range(1, len(self.strips))
        )
        return (
            Let(self.cells, Zeros(cells, (like,))),
            *self._padded_workspace(like),
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

    @property
    def _run(self) -> tuple[Size, ...]:
        """The channels of a cell: those that a stride makes of one, which are merged where they come in one run."""
        *others, last = (*beside(self.strips).values(), 1) if not self.is_padded else beside(self.strips).values()
        return (*others, size(last * self.channels))

    @property
    def is_padded(self) -> bool:
        """Whether rows are laid out with their padding."""
        return len(self.strips) > 1 and self.strips[-1].channels > 1

    def _padded_workspace(self, like: str) -> tuple[Statement, ...]:
        """The rows of a chunk with their padding, and a view of them in which a cell has its channels in one run."""
        if not self.is_padded:
            return ()
        first, *others, last = self.strips
        across = last.under(last.tiles)
        outer = (IMAGES, first.rows, *(s.extent for s in others))
        return (
            Let(f"{self.source}_padded", Zeros((*outer, size(last.channels * across), self.channels), (like,))),
            Let(f"{self.source}_runs", Reshape(Var(f"{self.source}_padded"), (*outer, across, self._run[-1]))),
        )

    def of_chunk(self, *, clears: bool) -> tuple[Statement, ...]:
        """Gather the chunk's cells, those that do not exist being 0, and apply the matrices one after the other.

        ``clears``: images of an earlier chunk are removed where this one has fewer.
        """
        images = tuple(EVERY for _ in interleaved(self.strips))
        cleared = (Store(Item(Var(self.cells), (*images, Span(start=PART))), Number(0)),) if clears else ()
        part = Let("part", Item(self.view, (Span(IMAGE, size(IMAGE + IMAGES)),)))
        gathered = self._by_run() if self.is_padded else self._by_cell()
        return (part, *cleared, *gathered, *self._transforms())

    def _by_cell(self) -> tuple[Statement, ...]:
        """The cells from where they are, column by column of a tile."""
        cells, dimensions = Var(self.cells), range(1, len(self.strips))
        phases, channels = (tuple(map(phase, by(self.strips))) for by in (interleaved, beside))
        within = (*(EVERY for _ in range(2 * len(dimensions))), *channels) if channels else ()
        columns = (*map(column, dimensions), *(Var(f"to{k + 1}") for k in dimensions))
        target = Item(cells, (*phases, Span(stop=PART), Var("to1"), *columns, *channels))
        source = Item(Var("part"), (EVERY, *(Var(f"from{k + 1}") for k in range(len(self.strips)))))
        copied = over_columns(self.strips, Store(target, source))
        edges = _edges(cells, phases, within)
        return over_phases(self.strips, self.strips[0].of_rows(), *edges, *copied)

    def _by_run(self) -> tuple[Statement, ...]:
        """Rows into what is padded, then its cells, a run of channels each."""
        padded, last = Var(f"{self.source}_padded"), len(self.strips) - 1
        *outer, strip = self.strips
        phases, channels = (tuple(map(phase, by(outer))) for by in (interleaved, beside))
        middle = range(1, last)
        to, where = f"to{last + 1}", f"from{last + 1}"
        assert not isinstance(strip.offset, int)  # it tells the channels apart
        first = size(strip.offset.subs(phase(last), 0))
        positions = size(strip.channels * strip.under(strip.tiles))
        inside = Inside((to, where), first, 1, positions, strip.extent)
        between = tuple(EVERY for _ in middle)
        laid = Store(
            Item(padded, (Span(stop=PART), Var("to1"), *between, Var(to))),
            Item(Var("part"), (EVERY, Var("from1"), *between, Var(where))),
        )
        k = column(last)
        target = (
            *phases,
            EVERY,
            EVERY,
            *map(column, middle),
            k,
            *(Var(f"to{d + 1}") for d in middle),
            EVERY,
            *channels,
        )
        tiles = Span(k, size(k + strip.apart * strip.tiles), strip.apart)
        source = (EVERY, EVERY, *(Var(f"from{d + 1}") for d in middle), tiles)
        run = Store(Item(Var(self.cells), target), Item(Var(f"{self.source}_runs"), source))
        taken = For(str(k), strip.cells, (run,))
        edges = _edges(padded, (), ())
        return over_phases(outer, self.strips[0].of_rows(), *edges, inside, laid, *over_columns(outer, taken))

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


def _edges(cells: Var, phases: tuple[Subscript, ...], within: tuple[Subscript, ...]) -> tuple[Store, Store]:
    """The rows of a chunk that do not exist are 0."""
    rows = (Span(stop=sympy.Symbol("to1.start")), Span(start=sympy.Symbol("to1.stop")))
    before, after = (Store(Item(cells, (*phases, EVERY, span, *within)), Number(0)) for span in rows)
    return before, after


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
