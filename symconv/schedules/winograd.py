"""``winograd``: F(m, r) in every dimension, from the three arrays that the laws give (``derivation.winograd``).

    U = Σ G·w        V = Σ B·a        M = Σ U·V        net = Σ A·M / divisor

Everything here is read off those definitions: where a cell of a tile lies (``position = step·μ + spacing·ξ + offset``,
from their relations), the three matrices, and which axes M sums. It works on a chunk of tiles at a time, which stays
in cache, and in a chunk on a block of the filter's own channel, whose products BLAS multiplies as they lie. Where
filters outweigh tiles, U is made of one block at a time too, and M taken back to taps. Exact numbers take the plain
sum: the fast path is for float32 and float64.
"""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.derivation.backward import Derivation
from symconv.schedules import windows
from symconv.schedules import winograd_phases as phases
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.points import along_dimensions
from symconv.schedules.program import (
    Call,
    Empty,
    Expression,
    For,
    IfFloating,
    Into,
    Item,
    Kron,
    Let,
    Number,
    Program,
    Reshape,
    Return,
    Space,
    Span,
    Statement,
    Store,
    Transpose,
    Unpack,
    Var,
    Zeros,
)
from symconv.schedules.reading import in_layout, reversed_taps
from symconv.schedules.signature import Emission, flat_axes, flat_shape
from symconv.schedules.tiles import (
    EVERY,
    HEIGHT,
    IMAGE,
    IMAGES,
    PART,
    REST,
    ROW,
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
from symconv.schedules.winograd_plan import Plan, plan_of, tile_count
from symconv.schedules.winograd_tile import tiles_of


def lower(
    layer: Emission, derivation: Derivation, checks: tuple[Statement, ...]
) -> tuple[tuple[Statement, ...], Expression, Program]:
    """The switch between both paths, the result, and the function of the fast one.

    That is given the sizes that the shapes do not say; it reads the others as the ``checks`` do.
    """
    tile = tiles_of(layer.geometry, derivation.goal)
    assert tile is not None
    plan = plan_of(layer, derivation, tile)
    sizes = layer.spatial[0 if plan.target == "da" else 1]
    exact, value = windows.lower(layer, derivation)
    fast = Let(plan.target, Call(plan.function, (*plan.arguments, *sizes)))
    switch = IfFloating(plan.arguments, (fast,), (*exact, Let(plan.target, value)))
    summed = _summed_by_block if plan.by_block else _summed
    body = summed(plan) if plan.law.sums_tiles else _correlated(plan)
    shapes = [s for s in checks if isinstance(s, Unpack) and ".shape" in s.source]
    program = Program(plan.function, (*plan.arguments, *sizes), (*shapes, *body), plan.law, by_block=plan.by_block)
    return (switch,), Var(plan.target), program


def _setup(plan: Plan, like: str, own: Size, most: str) -> tuple[Statement, ...]:
    """How many tiles there are, and how many of them a chunk has: so many bytes for the array's channels and these."""
    counts = tuple(Let(str(tile_count(k)), Number(d.tile.extent)) for k, d in enumerate(plan.law.dimensions))
    parts = prod(interleaved(plan.strips).values())
    row = size(sympy.Mul(parts, *(tile_count(k) for k in range(1, len(counts)))))
    channels = f"{_written(plan.flat(plan.inner_channels))} + {_written(plan.flat(own))}"
    bytes_ = f"{prod(plan.points)} * ({channels}) * {like}.itemsize"
    arrays = " + ".join(f"{name}.nbytes" for name in dict.fromkeys((*plan.arguments, like)) if name != "M")
    if len(counts) > 2:  # there is more between one matrix and the next
        arrays = f"({arrays}) // {len(counts) - 1}"
    given = (str(plan.law.array.axes[0].extent), str(tile_count(0)), "row", bytes_, most, arrays)
    chunk = Unpack(("images", "rows"), f"_chunk({', '.join(given)})")
    tiles = sympy.Symbol("row") * IMAGES * ROWS
    return (*counts, Let("row", Number(row)), chunk, Let("tiles", Number(tiles)))


def _written(count: Size) -> str:
    return str(count).replace("*", " * ")


def _over_chunks(plan: Plan, *body: Statement) -> For:
    """The loops over images and tile rows."""
    rows = For(str(ROW), tile_count(0), body, ROWS)
    return For(str(IMAGE), plan.law.array.axes[0].extent, (rows,), IMAGES)


def _over_blocks(plan: Plan, *body: Statement) -> tuple[Statement, ...]:
    """The loop over blocks of the filter's own channel; one of a group is not taken apart."""
    return body if plan.group else (For(plan.own.name, plan.own.extent, body, plan.width),)


def _widths(plan: Plan) -> tuple[Statement, ...]:
    """How wide a block is."""
    parts = int(plan.own_channels(1)) * (2 if plan.is_narrow else 1)
    most = "WIDTH" if parts == 1 else f"WIDTH // {parts}"
    return () if plan.group else (Let(str(WIDTH), Call("_piece", (str(plan.own.extent), most))),)


def _heights(plan: Plan, rows: Size, inner: Size) -> tuple[Statement, ...]:
    """How many of the rows are multiplied at a time, each of so many products with a column."""
    most = f"SMALL // ({_written(inner)} * {_written(plan.own_channels(WIDTH))})"
    return () if plan.group else (Let(str(HEIGHT), Call("_piece", (str(rows), most))),)


def _by_group(plan: Plan, name: str, channel: Axis, *, rows: bool = True) -> Expression:
    """U, V or M as a stack of matrices, one for each point and group: ``tiles × channel`` where it is by tiles."""
    apart = Reshape(Var(name), (prod(plan.points), TILES, plan.layer.groups, channel.extent))
    return Transpose(apart, (0, 2, 1, 3) if rows else (0, 2, 3, 1))


def _correlated(plan: Plan) -> tuple[Statement, ...]:
    """The result by tiles: V for each chunk, and for each block of filters U, M and what A makes of it.

    U is made once where tiles outweigh filters.
    """
    like, dimensions = plan.target, plan.law.dimensions
    taps, points = plan.taps, prod(plan.points)
    columns = plan.own_channels(plan.width)
    rest = (*(g.extent for g in plan.group), plan.inner_channels, columns)
    of_array = plan.points_of("V", plan.law.array, plan.strips, plan.matrices("B"))
    line = size(sympy.Mul(*(tile_count(k) for k in range(1, len(taps))), plan.flat(columns)))
    chunk = (images_of(plan.strips), ROWS, line)
    tile = tuple(d.by.outputs for d in dimensions)
    steps = _lines("M_lines", len(taps))
    outer, to_outputs = along_dimensions(plan.matrices("A"), "M", (plan.points, tile), chunk, steps, like)
    last = Transpose(Var(steps[-1] if steps else "M"), (*range(1, len(taps) + 2), 0, len(taps) + 2))
    blocks: tuple[Size, ...] = ()
    of_block: Expression = Var("U")
    if not (plan.group or plan.by_block):
        blocks = (size(plan.own.extent / WIDTH),)
        of_block = Item(of_block, (size(sympy.floor(plan.start / WIDTH)),))
    made_as = Zeros if plan.law.is_apart else Empty  # parts may leave cells out, which are 0
    given_taps = phases.by_taps(plan)
    block = _of_block(plan, given_taps, len(taps) + len(plan.group) + 2)
    made: tuple[Statement, ...] = (
        *_divided(plan, block),
        _at_once("filters", prod(taps), of_block, points),
    )
    if not plan.by_block:
        made = _over_blocks(plan, *made)
    return (
        Let(like, made_as(flat_shape(plan.output.axes), plan.arguments)),
        *_widths(plan),
        *_setup(plan, like, columns, "8 * CHUNK" if plan.by_block else "CHUNK"),
        *_heights(plan, size(TILES), plan.inner_channels),
        *_in_one_piece(
            Let("filters", Empty((*taps, *rest), (like,))),
            Let("U", Empty((*blocks, points, *rest), (like,))),
            *of_array.workspace(like),
            Let("M", Empty((*plan.points, *chunk), (like,))),
            *outer,
            Let("outputs", Empty((*tile[1:], *chunk[:2], tile[0], line), (like,))),
        ),
        *(phases.workspace(plan, like) if plan.residues > 1 else ()),
        _kron(plan),
        *(() if plan.by_block else made),
        _over_chunks(
            plan,
            *of_array.of_chunk(clears=False),
            *_over_blocks(
                plan,
                *(made if plan.by_block else ()),
                _multiplied(plan, of_block),
                *to_outputs,
                Into("transform", (plan.matrices("A")[0], last), Var("outputs")),
                *_stored(plan),
            ),
        ),
        Return(Var(like)),
    )


def _divided(plan: Plan, block: Expression) -> tuple[Statement, ...]:
    """A block of the filter divided, as ``filters``."""
    if plan.residues == 1:
        return (Into("divide", (block, plan.divisor), Var("filters")),)
    return phases.divided(plan, block)


def _of_block(plan: Plan, value: Expression, rank: int, first: Span = EVERY) -> Expression:
    """The columns of a block, of an array with the channel last; of its first axis so much."""
    chosen = (first,) if plan.group else (first, *(EVERY,) * (rank - 2), Span(plan.start, size(plan.start + WIDTH)))
    return value if chosen == (EVERY,) else Item(value, chosen)


def _multiplied(plan: Plan, filters: Expression) -> Into:
    """``M = Σ U·V`` at every point, by rows of V that are few enough for BLAS to multiply as they lie."""
    points, inner, columns = prod(plan.points), plan.inner_channels, plan.own_channels(WIDTH)
    if plan.group:
        return Into("matmul", (_by_group(plan, "V", plan.inner), filters), _by_group(plan, "M", plan.own))
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
    part = Let("part", _of_block(plan, view, count + 2, Span(IMAGE, size(IMAGE + IMAGES))))
    stored = over_columns(plan.result, of_tile, store)
    return (part, *over_phases(plan.result, plan.result[0].of_rows(), *stored))


def _summed(plan: Plan) -> tuple[Statement, ...]:
    """The result by taps: for each chunk U and V, their product added to M, and at the end what G makes of it."""
    like, taps = plan.target, plan.taps
    rest = (*(g.extent for g in plan.group), plan.inner_channels, plan.own.extent)
    made, tiled = _tiled(plan, "M")
    stack = (prod(plan.points), *rest)
    if plan.group:
        left, right = _by_group(plan, "V", plan.inner, rows=False), _by_group(plan, "U", plan.own)
    else:
        left = Transpose(Reshape(Var("V"), (prod(plan.points), TILES, plan.inner_channels)), (0, 2, 1))
        right = Reshape(Var("U"), (prod(plan.points), TILES, plan.own.extent))
    return (
        Let("M", Zeros(stack, plan.arguments)),
        *_setup(plan, "M", plan.own.extent, "CHUNK"),
        *_in_one_piece(Let("share", Empty(stack, ("M",))), *made),
        _over_chunks(
            plan,
            *tiled,
            Into("matmul", (left, right), Var("share")),
            Store(Var("M"), Var("share"), add=True),
        ),
        Let(like, Empty((*taps, *rest), ("M",))),
        _kron(plan, transposed=True),
        _at_once("M", prod(plan.points), Var(like), prod(taps)),
        Into("divide", (Var(like), plan.divisor), Var(like)),
        *(phases.joined(plan) if plan.residues > 1 else ()),
        Return(_by_taps(plan)),
    )


def _summed_by_block(plan: Plan) -> tuple[Statement, ...]:
    """The result by taps where filters outweigh tiles: G makes of M a share of the result, chunk by chunk and block
    by block, so that M is never held whole."""
    like, taps, points = plan.target, plan.taps, prod(plan.points)
    inner, own = plan.inner.extent, plan.own.extent
    made, tiled = _tiled(plan, like)
    rows = Transpose(Reshape(Var("V"), (points, TILES, REST, HEIGHT)), (0, 2, 3, 1))
    columns = _of_block(plan, Reshape(Var("U"), (points, 1, TILES, own)), 4)
    order = (*(d.tap[0] for d in plan.law.dimensions), plan.inner, plan.own)
    view = transposed(Labelled(Var(like), plan.output.axes), order).value
    return (
        Let(like, Zeros(flat_shape(plan.output.axes), plan.arguments)),
        *_widths(plan),
        *_setup(plan, like, own, "8 * CHUNK"),
        *_heights(plan, inner, size(TILES)),
        *_in_one_piece(
            *made,
            Let("M", Empty((points, inner, WIDTH), (like,))),
            Let("share", Empty((*taps, inner, WIDTH), (like,))),
        ),
        _kron(plan, transposed=True),
        _over_chunks(
            plan,
            *tiled,
            *_over_blocks(
                plan,
                Into("matmul", (rows, columns), Reshape(Var("M"), (points, REST, HEIGHT, WIDTH))),
                _at_once("M", points, Var("share"), prod(taps)),
                Store(_of_block(plan, view, len(order)), Var("share"), add=True),
            ),
        ),
        Into("divide", (Var(like), plan.divisor), Var(like)),
        Return(Item(Var(like), reversed_taps(plan.layer, plan.output)) if plan.law.turned else Var(like)),
    )


def _tiled(plan: Plan, like: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The workspaces of V and U where both are by tiles, and what fills them for a chunk."""
    of_array = plan.points_of("V", plan.law.array, plan.strips, plan.matrices("B"))
    of_filter = plan.points_of("U", plan.law.filter, plan.result, plan.matrices("A", transposed=True))
    made = (*of_array.workspace(like), *of_filter.workspace(like))
    return made, (*of_array.of_chunk(clears=False), *of_filter.of_chunk(clears=True))


def _by_taps(plan: Plan) -> Expression:
    """The result in the order of its own axes."""
    order = (*(d.tap[0] for d in plan.law.dimensions), *plan.group, plan.inner, plan.own)
    value = in_layout(Labelled(Var(plan.target), order), plan.output.axes)
    return Item(value, reversed_taps(plan.layer, plan.output)) if plan.law.turned else value


def _in_one_piece(*made: Statement) -> tuple[Statement, ...]:
    """Arrays to be filled come first, together; what else is made follows."""
    empty = {s.name: s.value for s in made if isinstance(s, Let) and isinstance(s.value, Empty)}
    [like] = {name for value in empty.values() for name in value.like}
    space = Space(tuple(empty), tuple(value.shape for value in empty.values()), like)
    return (space, *(s for s in made if not (isinstance(s, Let) and s.name in empty)))


def _kron(plan: Plan, *, transposed: bool = False) -> Let:
    """G for all dimensions at once, the Kronecker product of theirs."""
    return Let("G", Kron(plan.matrices("G", transposed=transposed)))


def _at_once(source: str, before: int, made: Expression, after: int) -> Into:
    """``made[τ…] = Σ G[τ, p]·source[p…]`` over all dimensions."""
    return Into("transform", (Var("G"), Reshape(Var(source), (before, REST))), Reshape(made, (after, REST)))


def _lines(name: str, dimensions: int) -> tuple[str, ...]:
    """The names of what is between the first matrix and the last."""
    return tuple(name if dimensions == 2 else f"{name}{k}" for k in range(1, dimensions))
