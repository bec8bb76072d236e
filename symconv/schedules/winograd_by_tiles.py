"""Winograd's algorithm where the result has the tiles: what A makes of M, put where it belongs, chunk by chunk."""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Size, size
from symconv.schedules import winograd_phases as phases
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.points import along_dimensions
from symconv.schedules.program import (
    Call,
    Empty,
    Expression,
    For,
    Into,
    Item,
    Let,
    Reshape,
    Return,
    Span,
    Statement,
    Store,
    Transpose,
    Var,
    Zeros,
)
from symconv.schedules.signature import flat_axes, flat_shape
from symconv.schedules.tiles import (
    EVERY,
    HEIGHT,
    IMAGE,
    IMAGES,
    PART,
    REST,
    ROWS,
    TILES,
    WIDTH,
    beside,
    column,
    images_of,
    interleaved,
    over_columns,
    over_phases,
    phase,
)
from symconv.schedules.winograd_chunks import (
    at_once,
    by_group,
    chunk_size,
    in_one_piece,
    kron,
    of_worker,
    one_after_the_other,
    over_blocks,
    over_chunks,
    written,
)
from symconv.schedules.winograd_plan import Plan, tile_count


def result_by_tiles(plan: Plan) -> tuple[Statement, ...]:
    """The body of a function whose result has the tiles: V for each chunk, for each block of filters U, M and A·M.

    Where tiles outweigh filters U is made first; workers share the blocks of that, and then the chunks. Else they
    share the blocks of every chunk.
    """
    like = plan.target
    made_as = Zeros if plan.law.is_apart else Empty  # parts may leave cells out, which are 0
    columns, most = plan.own_channels(plan.width), "8 * CHUNK" if plan.by_block else "CHUNK"
    return (
        Let(like, made_as(flat_shape(plan.output.axes), plan.arguments)),
        *_width_of_block(plan),
        *chunk_size(plan, f"{like}.itemsize", f"{like}.nbytes", columns, most),
        *_height_of_product(plan, size(TILES), plan.inner_channels),
        kron(plan),
        *(_by_block(plan) if plan.by_block else _after_filters(plan)),
        Return(Var(like)),
    )


def _after_filters(plan: Plan) -> tuple[Statement, ...]:
    """U for all filters, then what every chunk makes of it."""
    filters, (products, work) = _filters(plan), _outputs(plan)
    if plan.group:
        before: tuple[Statement, ...] = (_u(plan), *filters, *_made_u(plan))
        of_chunk = work
    else:
        before = (_u(plan), over_blocks(plan.own, filters, *_made_u(plan)))
        of_chunk = (For(plan.own.name, plan.own.extent, work, plan.width),)
    workspace = in_one_piece(*plan.of_array.workspace(plan.target), *products)
    return (*before, over_chunks(plan, workspace, *plan.of_array.of_chunk(clears=False), *of_chunk))


def _by_block(plan: Plan) -> tuple[Statement, ...]:
    """For every chunk V, and for each block of filters U and what it makes of V."""
    products, work = _outputs(plan)
    workspace = in_one_piece(*_filters(plan), _u(plan), *products)
    of_blocks = over_blocks(plan.own, workspace, *_made_u(plan), *work)
    chunks = one_after_the_other(plan, *plan.of_array.of_chunk(clears=False), of_blocks)
    return (*in_one_piece(*plan.of_array.workspace(plan.target)), chunks)


def _filters(plan: Plan) -> tuple[Statement, ...]:
    """Room for a block of filters, divided."""
    filters = Let("filters", Empty((*plan.taps, *_channels(plan)), (plan.target,)))
    return (filters, *(phases.workspace(plan, plan.target) if plan.residues > 1 else ()))


def _u(plan: Plan) -> Let:
    """Room for U: of one block where that is made for every chunk, and of a group."""
    blocks = () if plan.by_block or plan.group else (size(plan.own.extent / WIDTH),)
    return Let("U", Empty((*blocks, prod(plan.points), *_channels(plan)), (plan.target,)))


def _u_of_block(plan: Plan) -> Expression:
    whole = Var("U")
    return whole if plan.by_block or plan.group else Item(whole, (size(sympy.floor(plan.start / WIDTH)),))


def _made_u(plan: Plan) -> tuple[Statement, ...]:
    """A block of filters divided, and what G makes of them."""
    block = _block_of(plan, phases.by_taps(plan), len(plan.taps) + len(plan.group) + 2)
    return (*_divided(plan, block), at_once("filters", prod(plan.taps), _u_of_block(plan), prod(plan.points)))


def _channels(plan: Plan) -> tuple[Size, ...]:
    """The channels of a block of filters."""
    return (*(g.extent for g in plan.group), plan.inner_channels, plan.own_channels(plan.width))


def _outputs(plan: Plan) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """M for a chunk and a block of filters, and what A makes of it: the arrays, and the statements that fill them."""
    like, taps = plan.target, plan.taps
    columns = plan.flat(plan.own_channels(plan.width))
    line = size(sympy.Mul(*(tile_count(k) for k in range(1, len(taps))), columns))
    chunk = (images_of(plan.strips), ROWS, line)
    tile = tuple(d.by.outputs for d in plan.law.dimensions)
    steps = _lines("M_lines", len(taps))
    outer, to_outputs = along_dimensions(plan.matrices("A"), "M", (plan.points, tile), chunk, steps, like)
    last = Transpose(Var(steps[-1] if steps else "M"), (*range(1, len(taps) + 2), 0, len(taps) + 2))
    made = (
        Let("M", Empty((*plan.points, *chunk), (like,))),
        *outer,
        Let("outputs", Empty((*tile[1:], *chunk[:2], tile[0], line), (like,))),
    )
    into = Into("transform", (plan.matrices("A")[0], last), Var("outputs"))
    return made, (_multiplied(plan, _u_of_block(plan)), *to_outputs, into, *_stored(plan))


def _divided(plan: Plan, block: Expression) -> tuple[Statement, ...]:
    """A block of the filter divided, as ``filters``."""
    if plan.residues == 1:
        return (Into("divide", (block, plan.divisor), Var("filters")),)
    return phases.divided(plan, block)


def _multiplied(plan: Plan, filters: Expression) -> Into:
    """``M = Σ U·V`` at every point, by rows of V that are few enough for BLAS to multiply as they lie."""
    points, inner, columns = prod(plan.points), plan.inner_channels, plan.own_channels(WIDTH)
    if plan.group:
        return Into("matmul", (by_group(plan, "V", plan.inner), filters), by_group(plan, "M", plan.own))
    rows = Reshape(Var("V"), (points, REST, HEIGHT, inner))
    of_filters = Reshape(filters, (points, 1, inner, columns))
    return Into("matmul", (rows, of_filters), Reshape(Var("M"), (points, REST, HEIGHT, columns)))


def _stored(plan: Plan) -> tuple[Statement, ...]:
    """The outputs of a chunk put where they belong; tiles at the far edge reach further than the result."""
    count, flat = len(plan.result), flat_axes(plan.output.axes)
    order = (flat[0], *(d.own[0] for d in plan.law.dimensions), next(a for a in flat[1:] if a.name == plan.own.name))
    view = transposed(Labelled(Var(plan.target), flat), order).value
    columns = tuple(map(column, range(1, count)))
    of_column: Expression = Item(Var("outputs"), columns) if columns else Var("outputs")
    parts, channels = interleaved(plan.result), beside(plan.result)
    tiles = tuple(s.tiles for s in plan.result[1:])
    last = (*channels.values(), plan.flat(plan.width))
    shape = (*parts.values(), IMAGES, plan.result[0].rows, *tiles, *last)
    to = (Var(f"to{k + 1}") for k in range(count))
    inside = (*map(phase, parts), Span(stop=PART), *to, *map(phase, channels))
    target = Item(Var("part"), (EVERY, *(Var(f"from{k + 1}") for k in range(count))))
    of_tile = Let("column", Reshape(of_column, shape))
    store = Store(target, Item(Var("column"), inside))
    part = Let("part", _block_of(plan, view, count + 2, Span(IMAGE, size(IMAGE + IMAGES))))
    stored = over_columns(plan.result, of_tile, store)
    return (part, *over_phases(plan.result, plan.result[0].of_rows(), *stored))


def _lines(name: str, dimensions: int) -> tuple[str, ...]:
    """The names of what is between the first matrix and the last."""
    return tuple(name if dimensions == 2 else f"{name}{k}" for k in range(1, dimensions))


def _width_of_block(plan: Plan) -> tuple[Statement, ...]:
    """How many of the filter's own channels a block has, as ``width``; fewer where each is several of U."""
    parts = int(plan.own_channels(1)) * (2 if plan.is_narrow else 1)
    most = "WIDTH" if parts == 1 else f"WIDTH // {parts}"
    if plan.by_block:
        most = f"min({most}, {of_worker(plan.own)})"
    return () if plan.group else (Let(str(WIDTH), Call("_piece", (str(plan.own.extent), most))),)


def _height_of_product(plan: Plan, rows: Size, inner: Size) -> tuple[Statement, ...]:
    """How many of the ``rows`` are multiplied at a time, as ``height``: each takes ``inner`` products with a column."""
    most = f"SMALL // ({written(inner)} * {written(plan.own_channels(WIDTH))})"
    return () if plan.group else (Let(str(HEIGHT), Call("_piece", (str(rows), most))),)


def _block_of(plan: Plan, value: Expression, rank: int, first: Span = EVERY) -> Expression:
    """A block of an array of ``rank`` axes, the last of them the filter's own channel; of the first axis ``first``."""
    chosen = (first,) if plan.group else (first, *(EVERY,) * (rank - 2), Span(plan.start, size(plan.start + WIDTH)))
    return value if chosen == (EVERY,) else Item(value, chosen)
