"""``im2col``: windows unfolded into the rows or columns of a matrix, a block at a time, one product for each block.

    out[o, n] = Σ windows[o, f, c]·w[f, c, n]  -->  columns ← windows[block];  out[block] = columns @ w

Law: the taps and the channel of a window are one axis of a matrix, and so are batch and positions. A block stays in
cache and is the only copy; where all windows fit into one, the product is taken at once, and where a window is a cell
(1×1) the array itself is the matrix. Where filters outweigh the positions of an image, images are taken together.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from symconv.algebra.axes import Size
from symconv.derivation.backward import Derivation
from symconv.schedules.contract import Labelled, product_of, transposed
from symconv.schedules.program import (
    Blocks,
    Empty,
    Expression,
    For,
    IfSmall,
    Into,
    Item,
    Let,
    MatMul,
    Reshape,
    Span,
    Statement,
    Store,
    Transpose,
    Var,
    Zeros,
)
from symconv.schedules.reading import (
    COLUMNS,
    REST,
    SHARE,
    Lowered,
    Reading,
    copied,
    finished,
    matrices,
    read,
    windows_in,
)
from symconv.schedules.signature import Emission, flat_shape

LEAST = 256
"""Positions of a block for which reading the other matrix once more is little work beside the product."""
OUTWEIGH = 2
"""Filters for each position of an image from which images are taken together, that filters are read less often."""
ADDED = Store(Var("total"), SHARE, add=True)


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction; one matrix product where there are no windows."""
    reading = read(layer, derivation)
    if reading is None:
        return matrices(layer, derivation)
    columns = _columns if reading.keeps_positions else _columns_summed
    positions = prod(layer.number(a.extent) for a in reading.counts)
    together = not reading.is_direct and layer.count(reading.own) > OUTWEIGH * positions
    if layer.layout == "channels_first" or reading.group:
        statements, result = columns(reading, together)
    elif layer.count(reading.channel) > 1:
        statements, result = _rows(reading)
    else:  # an array of one channel is the same in both layouts, and columns are copied in longer runs
        statements, result = _rows_of_columns(reading) if reading.keeps_positions else columns(reading, together)
    divide, value = finished(reading, result)
    return (*statements, *divide), value


def _rows(reading: Reading) -> tuple[tuple[Statement, ...], Labelled]:
    """Matrices with a row for each position: ``(positions, taps·channel) @ (taps·channel, n)``; no groups."""
    positions, inner, own = (reading.batch, *reading.counts), (*reading.taps, reading.channel), reading.own
    made, view = windows_in(reading, (*positions, *inner), channels_first=False)
    entries, block = product_of(inner), tuple(Var(a.name) for a in positions)
    least = LEAST if reading.keeps_positions else 2 * LEAST
    blocks = Blocks(block, positions, view, Item(view, block), least)
    unfolded, columns = (Reshape(v, (REST, entries)) for v in (view, COLUMNS))
    if reading.keeps_positions:
        made = (*made, *reading.matrix("weights", (*inner, own), (entries, own.extent)))
        result, weights = Labelled(Var(reading.target), (*positions, own)), Var("weights")
        shape = tuple(a.extent for a in result.axes)
        empty = Let(reading.target, Empty(shape, reading.likes))
        if reading.is_direct:
            into = Reshape(result.value, (REST, own.extent))
            return (*made, empty, Into("rows", (unfolded, weights), into)), result
        product = MatMul(unfolded, weights)
        into = Reshape(Item(result.value, block), (REST, own.extent))
        pieces: tuple[Statement, ...] = (empty, by_block(blocks, Into("rows", (columns, weights), into)))
    else:
        result = Labelled(Var(reading.target), (*inner, own))
        shape = tuple(a.extent for a in result.axes)
        moved, delta = reading.flat_factor((*positions, own))
        made = (*made, *moved)
        product = MatMul(Transpose(unfolded, (1, 0)), Reshape(delta, (REST, own.extent)))
        of_block = Reshape(Item(delta, block), (REST, own.extent))
        share = Into("matmul", (Transpose(columns, (1, 0)), of_block), SHARE)
        pieces = summed(reading, shape, (entries, own.extent), by_block(blocks, share, ADDED))
    whole = (Let("product", product), Let(reading.target, Reshape(Var("product"), shape)))
    return (*made, *(whole if reading.is_direct else (IfSmall("windows", whole, pieces),))), result


def _rows_of_columns(reading: Reading) -> tuple[tuple[Statement, ...], Labelled]:
    """Columns, but multiplied as rows: ``(window, positions)ᵀ @ (window, n)``, by image; no groups."""
    batch, counts, own, inner = reading.batch, reading.counts, reading.own, (*reading.taps, reading.channel)
    entries, weights = product_of(inner), Var("weights")
    made, view = windows_in(reading, (batch, *inner, *counts), channels_first=True)
    made = (*made, *reading.matrix("weights", (*inner, own), (entries, own.extent)))
    result = Labelled(Var(reading.target), (batch, *counts, own))
    shape = tuple(a.extent for a in result.axes)
    b, *o = (Var(a.name) for a in (batch, *counts))
    everything = (Span(),) * len(inner)
    unfolded = Reshape(view, (batch.extent, entries, product_of(counts)))
    product = MatMul(Transpose(unfolded, (0, 2, 1)), weights)
    into = Reshape(Item(result.value, (b, *o)), (REST, own.extent))
    blocks = Blocks((b, *o), (batch, *counts), view, Item(view, (b, *everything, *o)), LEAST, single=1)
    columns = Transpose(Reshape(COLUMNS, (entries, REST)), (1, 0))
    empty = Let(reading.target, Empty(shape, reading.likes))
    pieces: tuple[Statement, ...] = (empty, by_block(blocks, Into("matmul", (columns, weights), into)))
    whole = (Let("product", product), Let(reading.target, Reshape(Var("product"), shape)))
    return (*made, *(whole if reading.is_direct else (IfSmall("windows", whole, pieces),))), result


def _columns(reading: Reading, together: bool) -> tuple[tuple[Statement, ...], Labelled]:
    """Matrices with a column for each position, by group: ``(n, window) @ (window, positions)``.

    A block is of one image, or of several whose columns then lie side by side.
    """
    batch, counts, own, group = reading.batch, reading.counts, reading.own, reading.group
    inner, groups = (reading.channel, *reading.taps), tuple(a.extent for a in group)
    entries, images = product_of(inner), (own, batch) if together else (batch, own)
    seen = (*group, *inner, batch, *counts) if together else (batch, *group, *inner, *counts)
    made, view = windows_in(reading, seen, channels_first=True)
    made = (*made, *reading.matrix("rows", (*group, own, *inner), (*groups, own.extent, entries)))
    result = Labelled(Var(reading.target), (*images, *counts))
    shape = flat_shape(tuple(a for each in result.axes for a in ((*group, own) if each == own else (each,))))
    side_by_side = (*groups, entries, product_of((batch, *counts)))
    unfolded = side_by_side if together else (batch.extent, *groups, entries, product_of(counts))
    whole = (
        Let("product", MatMul(Var("rows"), Reshape(view, unfolded))),
        Let(reading.target, Reshape(Var("product"), shape)),
    )
    if reading.is_direct:
        return (*made, *whole), result
    into = Reshape(_at_block(reading, result), (*groups, own.extent, REST))
    columns = Reshape(COLUMNS, (*groups, entries, REST))
    blocks = _image_blocks(reading, Labelled(view, seen), together, least=2 * LEAST if together else LEAST)
    pieces: tuple[Statement, ...] = (
        Let(reading.target, Empty(shape, reading.likes)),
        by_block(blocks, Into("matmul", (Var("rows"), columns), into)),
    )
    return (*made, IfSmall("windows", whole, pieces)), result


def _columns_summed(reading: Reading, together: bool) -> tuple[tuple[Statement, ...], Labelled]:
    """The same matrices where positions are summed: ``(n, positions) @ (window, positions)ᵀ``."""
    batch, counts, own, group = reading.batch, reading.counts, reading.own, reading.group
    inner, groups = (reading.channel, *reading.taps), tuple(a.extent for a in group)
    entries, turned = product_of(inner), (0, 2, 1) if group else (1, 0)
    seen, places = (*group, *inner, batch, *counts), (*((own, batch) if together else (batch, own)), *counts)
    made, view = windows_in(reading, seen, channels_first=True)
    moved, factor = reading.flat_factor(places)
    delta, matrix = Labelled(factor, places), (*groups, own.extent, REST)
    result = Labelled(Var(reading.target), (*group, own, *inner))
    shape = tuple(a.extent for a in result.axes)

    def product(left: Expression, windows: Expression) -> tuple[Expression, Expression]:
        return Reshape(left, matrix), Transpose(Reshape(windows, (*groups, entries, REST)), turned)

    if reading.is_direct:
        everything = (Span(),) * len((*group, *inner))
        image = product(Item(factor, (batch.symbol,)), Item(view, (*everything, batch.symbol)))
        loop: Statement = For(batch.name, batch.extent, (Into("matmul", image, SHARE), ADDED))
        return (*made, *moved, *summed(reading, shape, (*groups, own.extent, entries), loop)), result
    blocks = _image_blocks(reading, Labelled(view, seen), together, least=2 * LEAST)
    share = Into("matmul", product(_at_block(reading, delta), COLUMNS), SHARE)
    pieces = summed(reading, shape, (*groups, own.extent, entries), by_block(blocks, share, ADDED))
    by_channel = transposed(delta, (own, batch, *counts)).value
    whole = (
        Let("product", MatMul(*product(by_channel, view))),
        Let(reading.target, Reshape(Var("product"), shape)),
    )
    return (*made, *moved, IfSmall("windows", whole, pieces)), result


def _image_blocks(reading: Reading, view: Labelled, together: bool, least: int) -> Blocks:
    """Blocks of positions, of one image each unless images are taken together."""
    positions = (reading.batch, *reading.counts)
    names = tuple(Var(a.name) for a in positions)
    return Blocks(names, positions, view.value, _at_block(reading, view), least, single=0 if together else 1)


def _at_block(reading: Reading, array: Labelled) -> Item:
    """The part of an array that belongs to a block of positions."""
    positions = (reading.batch, *reading.counts)
    return Item(array.value, tuple(Var(a.name) if a in positions else Span() for a in array.axes))


def by_block(blocks: Blocks, *body: Statement) -> Blocks:
    """Each block of windows copied into the workspace as ``columns``, and what is done with it."""
    return replace(blocks, space="space", body=(*copied(blocks.block), *body))


def summed(
    reading: Reading, shape: tuple[Size, ...], matrix: tuple[Size, ...], loop: Statement
) -> tuple[Statement, ...]:
    """A result that every block adds its ``share`` to."""
    return (
        Let("total", Zeros(matrix, reading.likes)),
        Let("share", Empty(matrix, reading.likes)),
        loop,
        Let(reading.target, Reshape(Var("total"), shape)),
    )
