"""``im2col``: windows unfolded into the rows or columns of a matrix, a block at a time, one product for each block.

    out[o, n] = Σ windows[o, f, c]·w[f, c, n]  -->  columns ← windows[block];  out[block] = columns @ w

Law: the taps and the channel of a window are one axis of a matrix, and so are batch and positions. A block stays in
cache and is the only copy; where all windows fit into one, the product is taken at once, and where a window is a cell
(1×1) the array itself is the matrix.
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
ADDED = Store(Var("total"), SHARE, add=True)


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction; one matrix product where there are no windows."""
    reading = read(layer, derivation)
    if reading is None:
        return matrices(layer, derivation)
    positions = prod(layer.number(a.extent) for a in reading.counts)
    few = not reading.is_direct and 2 * positions < layer.count(reading.own)
    if layer.layout == "channels_first" or reading.group:
        statements, result = _columns(reading, few)
    elif layer.count(reading.channel) > 1:
        statements, result = _rows(reading)
    else:  # an array of one channel is the same in both layouts, and columns are copied in longer runs
        statements, result = _rows_of_columns(reading) if reading.keeps_positions else _columns(reading, few)
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


def _columns(reading: Reading, few: bool) -> tuple[tuple[Statement, ...], Labelled]:
    """Matrices with a column for each position, by group: ``(n, window) @ (window, positions)``.

    A block is of one image, or of several where one has few positions for so many filters: they lie side by side.
    """
    batch, counts, own, group = reading.batch, reading.counts, reading.own, reading.group
    inner, groups = (reading.channel, *reading.taps), tuple(a.extent for a in group)
    entries, matrix = product_of(inner), (*groups, own.extent, REST)
    b, *o = (Var(a.name) for a in (batch, *counts))
    everything = (Span(),) * len((*group, *inner))
    columns = Reshape(COLUMNS, (*groups, entries, REST))
    places, at = ((own, batch, *counts), (Span(), b, *o)) if few else ((batch, own, *counts), (b, Span(), *o))

    def in_blocks(seen: Expression, block: Expression, least: int) -> Blocks:
        return Blocks((b, *o), (batch, *counts), seen, block, least, single=0 if few else 1)

    if reading.keeps_positions:
        made, view = windows_in(
            reading, (*group, *inner, batch, *counts) if few else (batch, *group, *inner, *counts), channels_first=True
        )
        made = (*made, *reading.matrix("rows", (*group, own, *inner), (*groups, own.extent, entries)))
        shape = flat_shape((*group, own, batch, *counts) if few else (batch, *group, own, *counts))
        result = Labelled(Var(reading.target), places)
        unfolded = (*groups, entries, REST) if few else (batch.extent, *groups, entries, product_of(counts))
        product = MatMul(Var("rows"), Reshape(view, unfolded))
        into = Reshape(Item(result.value, at), matrix)
        block = Item(view, (*everything, b, *o) if few else (b, *everything, *o))
        empty = Let(reading.target, Empty(shape, reading.likes))
        share = Into("matmul", (Var("rows"), columns), into)
        pieces: tuple[Statement, ...] = (empty, by_block(in_blocks(view, block, 2 * LEAST if few else LEAST), share))
    else:
        made, view = windows_in(reading, (*group, *inner, batch, *counts), channels_first=True)
        result = Labelled(Var(reading.target), (*group, own, *inner))
        shape = tuple(a.extent for a in result.axes)
        moved, delta = reading.flat_factor(places)
        made, turned = (*made, *moved), (0, 2, 1) if group else (1, 0)
        by_channel = transposed(Labelled(delta, places), (own, batch, *counts)).value
        product = MatMul(Reshape(by_channel, matrix), Transpose(Reshape(view, (*groups, entries, REST)), turned))
        share = Into("matmul", (Reshape(Item(delta, at), matrix), Transpose(columns, turned)), SHARE)
        loop: Statement = by_block(in_blocks(view, Item(view, (*everything, b, *o)), 2 * LEAST), share, ADDED)
        if reading.is_direct:
            image = Reshape(Item(view, (*everything, batch.symbol)), (*groups, entries, REST))
            of_image = Reshape(Item(delta, (batch.symbol,)), matrix)
            loop = For(batch.name, batch.extent, (Into("matmul", (of_image, Transpose(image, turned)), SHARE), ADDED))
        pieces = summed(reading, shape, (*groups, own.extent, entries), loop)
        if reading.is_direct:
            return (*made, *pieces), result
    whole = (Let("product", product), Let(reading.target, Reshape(Var("product"), shape)))
    return (*made, *(whole if reading.is_direct else (IfSmall("windows", whole, pieces),))), result


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
