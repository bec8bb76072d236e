"""Winograd's algorithm where the result has the taps: M summed over the chunks, and what G makes of it."""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Axis, size
from symconv.schedules import winograd_phases as phases
from symconv.schedules.contract import Labelled
from symconv.schedules.place import trimmed
from symconv.schedules.program import (
    Call,
    Empty,
    Expression,
    Into,
    Item,
    Let,
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
from symconv.schedules.reading import in_layout, reversed_taps
from symconv.schedules.signature import flat_shape
from symconv.schedules.tiles import EVERY, TILES, WIDTH
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
from symconv.schedules.winograd_plan import Plan


def result_by_taps(plan: Plan) -> tuple[Statement, ...]:
    """The body of a function whose result has the filter's taps: M whole, or by blocks where filters outweigh tiles."""
    return _by_block(plan) if plan.by_block else _whole(plan)


def _whole(plan: Plan) -> tuple[Statement, ...]:
    """For each chunk U and V, their product added to M, and at the end what G makes of it."""
    like, taps = plan.target, plan.taps
    rest = (*(g.extent for g in plan.group), plan.inner_channels, plan.own.extent)
    made, tiled = _tiled(plan, "M")
    stack = (prod(plan.points), *rest)
    if plan.group:
        left, right = by_group(plan, "V", plan.inner, rows=False), by_group(plan, "U", plan.own)
    else:
        left = Transpose(Reshape(Var("V"), (prod(plan.points), TILES, plan.inner_channels)), (0, 2, 1))
        right = Reshape(Var("U"), (prod(plan.points), TILES, plan.own.extent))
    return (
        *_chunk_size(plan, "CHUNK"),
        over_chunks(
            plan,
            (Let("M", Zeros(stack, plan.arguments)), *in_one_piece(Let("share", Empty(stack, ("M",))), *made)),
            *tiled,
            Into("matmul", (left, right), Var("share")),
            Store(Var("M"), Var("share"), add=True),
            added="M",
        ),
        Let(like, Empty((*taps, *rest), ("M",))),
        kron(plan, transposed=True),
        at_once("M", prod(plan.points), Var(like), prod(taps)),
        Into("divide", (Var(like), plan.divisor), Var(like)),
        *(phases.joined(plan) if plan.residues > 1 else ()),
        Return(_by_taps(plan, (*plan.group, plan.inner, plan.own))),
    )


def _by_block(plan: Plan) -> tuple[Statement, ...]:
    """G makes of M a share of the result, chunk by chunk and a block of the array's channel at a time, so that M is
    never held whole. Its channels are in the order of the result's."""
    like, taps, points = plan.target, plan.taps, prod(plan.points)
    inner, own = plan.inner.extent, plan.own.extent
    made, tiled = _tiled(plan, like)
    start = sympy.Symbol(plan.inner.name, integer=True, nonnegative=True)
    block = Span(start, size(start + WIDTH))
    of_array = Item(Reshape(Var("V"), (points, TILES, inner)), (EVERY, EVERY, block))
    factors: tuple[Expression, Expression] = (of_array, Reshape(Var("U"), (points, TILES, own)))
    channels, sides, part = (plan.inner, plan.own), (WIDTH, own), (block, EVERY)
    if plan.output.axes.index(plan.own) < plan.output.axes.index(plan.inner):
        factors, channels, sides, part = factors[::-1], channels[::-1], sides[::-1], part[::-1]
    left, right = factors
    most = f"min(WIDTH{' // 2' if plan.is_narrow else ''}, SMALL // (tiles * {own}), {of_worker(plan.inner)})"
    of_block = (
        Into("matmul", (Transpose(left, (0, 2, 1)), right), Var("M")),
        at_once("M", points, Var("share"), prod(taps)),
        Store(Item(Var(like), trimmed((*(EVERY for _ in taps), *part))), Var("share"), add=True),
    )
    room = in_one_piece(
        Let("M", Empty((points, *sides), (like,))),
        Let("share", Empty((*taps, *sides), (like,))),
    )
    return (
        *_chunk_size(plan, "8 * CHUNK"),
        Let(str(WIDTH), Call("_piece", (str(inner), most))),
        kron(plan, transposed=True),
        Let(like, Zeros((*taps, *(a.extent for a in channels)), plan.arguments)),
        *in_one_piece(*made),
        one_after_the_other(plan, *tiled, over_blocks(plan.inner, room, *of_block)),
        Into("divide", (Var(like), plan.divisor), Var(like)),
        Return(_by_taps(plan, channels)),
    )


def _chunk_size(plan: Plan, most: str) -> tuple[Statement, ...]:
    """That of chunks which hold so many bytes, both arrays being by tiles."""
    result = f"{written(size(prod(flat_shape(plan.output.axes))))} * itemsize"
    itemsize = Unpack(("itemsize",), f"np.result_type({', '.join(plan.arguments)}).itemsize")
    return (itemsize, *chunk_size(plan, "itemsize", result, plan.own.extent, most))


def _tiled(plan: Plan, like: str) -> tuple[tuple[Statement, ...], tuple[Statement, ...]]:
    """The workspaces of V and U where both are by tiles, and what fills them for a chunk."""
    of_filter = plan.points_of("U", plan.law.filter, plan.result, plan.matrices("A", transposed=True))
    made = (*plan.of_array.workspace(like), *of_filter.workspace(like))
    return made, (*plan.of_array.of_chunk(clears=False), *of_filter.of_chunk(clears=True))


def _by_taps(plan: Plan, channels: tuple[Axis, ...]) -> Expression:
    """The result in the order of its own axes; so far it has its taps first, and these channels."""
    order = (*(d.tap[0] for d in plan.law.dimensions), *channels)
    return _turned(plan, in_layout(Labelled(Var(plan.target), order), plan.output.axes))


def _turned(plan: Plan, value: Expression) -> Expression:
    """The result as the layer has its taps: in reverse where the law reads it so."""
    return Item(value, reversed_taps(plan.layer, plan.output)) if plan.law.turned else value
