"""``winograd``: F(m, r) in every dimension, from the three arrays that the laws give (``derivation.winograd``).

    U = Σ G·w        V = Σ B·a        M = Σ U·V        net = Σ A·M / divisor

Everything here is read off those definitions: where a cell of a tile lies (``position = step·μ + spacing·ξ + offset``,
from their relations), the three matrices, and which axes M sums. It works on a chunk of tiles at a time, which stays
in cache. Exact numbers take the plain sum: the fast path is for float32 and float64.
"""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Axis, size
from symconv.derivation.backward import Derivation
from symconv.schedules import windows
from symconv.schedules.contract import Labelled, transposed
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
    Span,
    Statement,
    Store,
    Transpose,
    Unpack,
    Var,
    Zeros,
)
from symconv.schedules.reading import given, in_layout, reversed_taps
from symconv.schedules.signature import Emission, flat_axes, flat_shape
from symconv.schedules.tiles import (
    EVERY,
    IMAGE,
    IMAGES,
    PART,
    REST,
    ROW,
    ROWS,
    TILES,
    along_dimensions,
    column,
    images_of,
    interleaved,
    over_columns,
    over_phases,
    phase,
)
from symconv.schedules.winograd_plan import Plan, plan_of, tile_count, tiles_of


def lower(
    layer: Emission, derivation: Derivation, checks: tuple[Statement, ...]
) -> tuple[tuple[Statement, ...], Expression, Program]:
    """The switch between both paths, the result, and the function of the fast one.

    That is given the sizes that the shapes do not say; it reads the others as the ``checks`` do.
    """
    tile = tiles_of(layer.geometry)
    assert tile is not None
    plan = plan_of(layer, derivation, tile)
    sizes = layer.spatial[0 if plan.target == "da" else 1]
    exact, value = windows.lower(layer, derivation)
    fast = Let(plan.target, Call(plan.function, (*plan.arguments, *sizes)))
    switch = IfFloating(plan.arguments, (fast,), (*exact, Let(plan.target, value)))
    body = _summed(plan) if plan.law.sums_tiles else _correlated(plan)
    shapes = [s for s in checks if isinstance(s, Unpack) and ".shape" in s.source]
    program = Program(plan.function, (*plan.arguments, *sizes), (*shapes, *body), plan.law)
    return (switch,), Var(plan.target), program


def _setup(plan: Plan, like: str) -> tuple[Statement, ...]:
    """How many tiles there are, and how many of them a chunk has."""
    counts = tuple(Let(str(tile_count(k)), Number(d.tile.extent)) for k, d in enumerate(plan.law.dimensions))
    parts = prod(interleaved(plan.strips).values())
    row = size(sympy.Mul(parts, *(tile_count(k) for k in range(1, len(counts)))))
    bytes_ = f"{prod(plan.points)} * ({plan.flat(plan.inner)} + {plan.flat(plan.own)}) * {like}.itemsize"
    chunk = Unpack(("images", "rows"), f"_chunk({plan.array.axes[0].extent}, {tile_count(0)}, row, {bytes_})")
    tiles = sympy.Symbol("row") * IMAGES * ROWS
    return (*counts, Let("row", Number(row)), chunk, Let("tiles", Number(tiles)))


def _over_chunks(plan: Plan, *body: Statement) -> For:
    """The loops over images and tile rows."""
    rows = For(str(ROW), tile_count(0), body, ROWS)
    return For(str(IMAGE), plan.array.axes[0].extent, (rows,), IMAGES)


def _by_point(plan: Plan, name: str, channel: Axis, *, rows: bool = True) -> Expression:
    """U, V or M as a stack of matrices, one for each point and group: ``tiles × channel`` where it is by tiles."""
    points = prod(plan.points)
    if not plan.group:
        return Reshape(Var(name), (points, TILES, channel.extent))
    apart = Reshape(Var(name), (points, TILES, plan.layer.groups, channel.extent))
    return Transpose(apart, (0, 2, 1, 3) if rows else (0, 2, 3, 1))


def _correlated(plan: Plan) -> tuple[Statement, ...]:
    """The result by tiles: U once, then for each chunk V, M and what A makes of it."""
    like, dimensions = plan.target, plan.law.dimensions
    groups = tuple(g.extent for g in plan.group)
    rest = (*groups, plan.inner.extent, plan.own.extent)
    taps = tuple(int(d.tap[-1].extent) for d in dimensions)
    order = (*(d.tap[0] for d in dimensions), *plan.group, plan.inner, plan.own)
    divided = Into("divide", (transposed(given(plan.layer, plan.filter), order).value, plan.divisor), Var("filters"))
    of_array = plan.points_of("V", plan.array, plan.strips, plan.matrices("B"))
    line = size(sympy.Mul(*(tile_count(k) for k in range(1, len(taps))), plan.flat(plan.own)))
    chunk = (images_of(plan.strips), ROWS, line)
    tile = tuple(d.by.outputs for d in dimensions)
    steps = _lines("M_lines", len(taps))
    outer, to_outputs = along_dimensions(plan.matrices("A"), "M", (plan.points, tile), chunk, steps, like)
    last = Transpose(Var(steps[-1] if steps else "M"), (*range(1, len(taps) + 2), 0, len(taps) + 2))
    flat = flat_axes(plan.output.axes)
    return (
        Let(like, Empty(flat_shape(plan.output.axes), plan.arguments)),
        Let("filters", Empty((*taps, *rest), (like,))),
        divided,
        Let("U", Empty((prod(plan.points), *rest), (like,))),
        _at_once(plan.matrices("G"), "filters", prod(taps), "U", prod(plan.points)),
        *_setup(plan, like),
        *of_array.workspace(like),
        Let("M", Empty((*plan.points, *chunk), (like,))),
        *outer,
        Let("outputs", Empty((*tile[1:], *chunk[:2], tile[0], line), (like,))),
        _over_chunks(
            plan,
            *of_array.of_chunk(clears=False),
            Into("matmul", (_by_point(plan, "V", plan.inner), Var("U")), _by_point(plan, "M", plan.own)),
            *to_outputs,
            Into("transform", (plan.matrices("A")[0], last), Var("outputs")),
            *_stored(plan, flat),
        ),
        Return(Var(like)),
    )


def _stored(plan: Plan, flat: tuple[Axis, ...]) -> tuple[Statement, ...]:
    """The outputs of a chunk put where they belong; tiles at the far edge reach further than the result."""
    count = len(plan.result)
    order = (flat[0], *(d.own[0] for d in plan.law.dimensions), next(a for a in flat[1:] if a.name == plan.own.name))
    view = transposed(Labelled(Var(plan.target), flat), order).value
    columns = tuple(map(column, range(1, count)))
    of_column: Expression = Item(Var("outputs"), columns) if columns else Var("outputs")
    parts = interleaved(plan.result)
    shape = (*parts.values(), IMAGES, plan.result[0].rows, *(s.tiles for s in plan.result[1:]), plan.flat(plan.own))
    inside = (*map(phase, parts), Span(stop=PART), *(Var(f"to{k + 1}") for k in range(count)))
    target = Item(Var("part"), (EVERY, *(Var(f"from{k + 1}") for k in range(count))))
    of_tile = Let("column", Reshape(of_column, shape))
    store = Store(target, Item(Var("column"), inside))
    part = Let("part", Item(view, (Span(IMAGE, size(IMAGE + IMAGES)),)))
    stored = over_columns(plan.result, of_tile, store)
    return (part, *over_phases(plan.result, plan.result[0].of_rows(), *stored))


def _summed(plan: Plan) -> tuple[Statement, ...]:
    """The result by taps: for each chunk U and V, their product added to M, and at the end what G makes of it."""
    like, dimensions = plan.target, plan.law.dimensions
    rest = (*(g.extent for g in plan.group), plan.inner.extent, plan.own.extent)
    of_array = plan.points_of("V", plan.array, plan.strips, plan.matrices("B"))
    of_filter = plan.points_of("U", plan.filter, plan.result, plan.matrices("A", transposed=True))
    stack = (prod(plan.points), *rest)
    left = _by_point(plan, "V", plan.inner, rows=False)
    if not plan.group:
        left = Transpose(left, (0, 2, 1))
    taps = tuple(int(d.tap[-1].extent) for d in dimensions)
    order = (*(d.tap[0] for d in dimensions), *plan.group, plan.inner, plan.own)
    value = in_layout(Labelled(Var(like), order), plan.output.axes)
    if plan.turned:
        value = Item(value, reversed_taps(plan.layer, plan.output))
    return (
        Let("M", Zeros(stack, plan.arguments)),
        Let("share", Empty(stack, ("M",))),
        *_setup(plan, "M"),
        *of_array.workspace("M"),
        *of_filter.workspace("M"),
        _over_chunks(
            plan,
            *of_array.of_chunk(clears=False),
            *of_filter.of_chunk(clears=True),
            Into("matmul", (left, _by_point(plan, "U", plan.own)), Var("share")),
            Store(Var("M"), Var("share"), add=True),
        ),
        Let(like, Empty((*taps, *rest), ("M",))),
        _at_once(plan.matrices("G", transposed=True), "M", prod(plan.points), like, prod(taps)),
        Into("divide", (Var(like), plan.divisor), Var(like)),
        Return(value),
    )


def _at_once(matrices: tuple[Expression, ...], source: str, before: int, made: str, after: int) -> Into:
    """``made[τ…] = Σ Π matrix[τ, p]·source[p…]`` by one matrix for all dimensions, their Kronecker product."""
    operands = (Kron(matrices), Reshape(Var(source), (before, REST)))
    return Into("transform", operands, Reshape(Var(made), (after, REST)))


def _lines(name: str, dimensions: int) -> tuple[str, ...]:
    """The names of what is between the first matrix and the last."""
    return tuple(name if dimensions == 2 else f"{name}{k}" for k in range(1, dimensions))
