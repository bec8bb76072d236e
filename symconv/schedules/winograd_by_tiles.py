"""Winograd's algorithm where the result has the tiles: what A makes of M, put where it belongs, chunk by chunk."""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Size, size
from symconv.schedules import winograd_phases as phases
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.points import Points, along_dimensions
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
        *chunk_size(plan, like, f"{like}.nbytes", columns, most),
        *_height_of_product(plan, size(TILES), plan.inner_channels),
        kron(plan),
        *(_by_block(plan) if plan.by_block else _after_filters(plan)),
        Return(Var(like)),
    )


def _after_filters(plan: Plan) -> tuple[Statement, ...]:
    """U for all filters, then what every chunk makes of it."""
    of_block: Expression = Var("U")
    if not plan.group:
        of_block = Item(of_block, (size(sympy.floor(plan.start / WIDTH)),))
    filters, of_filters, room, made = _filters(plan, of_block)
    u = (of_filters, filters, *room, *made)
    if not plan.group:
        u = (of_filters, over_blocks(plan.own, (filters, *room), *made))
    array, (products, work) = _array(plan), _outputs(plan, of_block)
    own = in_one_piece(*array.workspace(plan.target), *products)
    over_filters = work if plan.group else (For(plan.own.name, plan.own.extent, work, plan.width),)
    return (*u, over_chunks(plan, own, *array.of_chunk(clears=False), *over_filters))


def _by_block(plan: Plan) -> tuple[Statement, ...]:
    """For every chunk V, and for each block of filters U and what it makes of V."""
    filters, of_filters, room, made = _filters(plan, Var("U"))
    array, (products, work) = _array(plan), _outputs(plan, Var("U"))
    own = (*in_one_piece(filters, of_filters, *products), *room)
    over_filters = over_blocks(plan.own, own, *made, *work)
    chunks = one_after_the_other(plan, *array.of_chunk(clears=False), over_filters)
    return (*in_one_piece(*array.workspace(plan.target)), chunks)


def _array(plan: Plan) -> Points:
    """V."""
    return plan.points_of("V", plan.law.array, plan.strips, plan.matrices("B"))


def _filters(plan: Plan, of_block: Expression) -> tuple[Let, Let, tuple[Statement, ...], tuple[Statement, ...]]:
    """``filters`` and U, what else a block of them needs, and the statements that make U ``of_block``."""
    like, taps, points = plan.target, plan.taps, prod(plan.points)
    rest = (*(g.extent for g in plan.group), plan.inner_channels, plan.own_channels(plan.width))
    blocks = (size(plan.own.extent / WIDTH),) if of_block != Var("U") else ()
    block = _block_of(plan, phases.by_taps(plan), len(taps) + len(plan.group) + 2)
    return (
        Let("filters", Empty((*taps, *rest), (like,))),
        Let("U", Empty((*blocks, points, *rest), (like,))),
        phases.workspace(plan, like) if plan.residues > 1 else (),
        (*_divided(plan, block), at_once("filters", prod(taps), of_block, points)),
    )


def _outputs(plan: Plan, of_block: Expression) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
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
    return made, (_multiplied(plan, of_block), *to_outputs, into, *_stored(plan))


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
    """How many of the filter's own channels a block has, as ``width``; narrower where each is several of U."""
    parts = int(plan.own_channels(1)) * (2 if plan.is_narrow else 1)
    most = "WIDTH" if parts == 1 else f"WIDTH // {parts}"
    return () if plan.group else (Let(str(WIDTH), Call("_piece", (str(plan.own.extent), most))),)


def _height_of_product(plan: Plan, rows: Size, inner: Size) -> tuple[Statement, ...]:
    """How many of the ``rows`` are multiplied at a time, as ``height``: each takes ``inner`` products with a column."""
    most = f"SMALL // ({written(inner)} * {written(plan.own_channels(WIDTH))})"
    return () if plan.group else (Let(str(HEIGHT), Call("_piece", (str(rows), most))),)


def _block_of(plan: Plan, value: Expression, rank: int, first: Span = EVERY) -> Expression:
    """A block of an array of ``rank`` axes, the last of them the filter's own channel; of the first axis ``first``."""
    chosen = (first,) if plan.group else (first, *(EVERY,) * (rank - 2), Span(plan.start, size(plan.start + WIDTH)))
    return value if chosen == (EVERY,) else Item(value, chosen)
