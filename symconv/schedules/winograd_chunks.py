"""What the functions of ``winograd`` have in common: chunks of tiles, blocks of the filter, and their arrays."""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.schedules.program import (
    Empty,
    Expression,
    For,
    ForInThreads,
    Into,
    Kron,
    Let,
    Number,
    Reshape,
    Space,
    Statement,
    Transpose,
    Unpack,
    Var,
)
from symconv.schedules.tiles import IMAGE, IMAGES, REST, ROW, ROWS, TILES, WIDTH, interleaved
from symconv.schedules.winograd_plan import Plan, tile_count


def chunk_size(plan: Plan, itemsize: str, result: str, own: Size, most: str) -> tuple[Statement, ...]:
    """How many tiles there are, and how many of them a chunk has.

    At every point a tile holds the array's channels and ``own`` ones, each of ``itemsize`` bytes; the result takes
    ``result`` bytes, both as code. A chunk holds ``most`` bytes of that (see the emitted ``_chunk``), and where workers
    share chunks, no more than a worker's share.
    """
    counts = tuple(Let(str(tile_count(k)), Number(d.tile.extent)) for k, d in enumerate(plan.law.dimensions))
    parts = prod(interleaved(plan.strips).values())
    row = size(sympy.Mul(parts, *(tile_count(k) for k in range(1, len(counts)))))
    channels = f"{written(plan.flat(plan.inner_channels))} + {written(plan.flat(own))}"
    bytes_ = f"{prod(plan.points)} * ({channels}) * {itemsize}"
    arrays = " + ".join((*(f"{name}.nbytes" for name in plan.arguments), result))
    if len(counts) > 2:  # there is more between one matrix and the next
        arrays = f"({arrays}) // {len(counts) - 1}"
    workers = "1" if plan.by_block else "workers"
    given = (str(plan.law.array.axes[0].extent), str(tile_count(0)), "row", bytes_, most, arrays, workers)
    chunk = Unpack(("images", "rows"), f"_chunk({', '.join(given)})")
    tiles = sympy.Symbol("row") * IMAGES * ROWS
    return (*counts, Let("row", Number(row)), chunk, Let("tiles", Number(tiles)))


def in_one_piece(*made: Statement) -> tuple[Statement, ...]:
    """Arrays to be filled come first, together, if there are several; what else is made follows."""
    empty = {s.name: s.value for s in made if isinstance(s, Let) and isinstance(s.value, Empty)}
    if len(empty) < 2:
        return made
    [like] = {name for value in empty.values() for name in value.like}
    space = Space(tuple(empty), tuple(value.shape for value in empty.values()), like)
    return (space, *(s for s in made if not (isinstance(s, Let) and s.name in empty)))


def over_chunks(
    plan: Plan, workspace: tuple[Statement, ...], *body: Statement, added: str | None = None
) -> ForInThreads:
    """The loops over images and tile rows, which workers share, each with a workspace."""
    return ForInThreads("chunks", _steps(plan), workspace, body, added)


def one_after_the_other(plan: Plan, *body: Statement) -> For:
    """The same loops where workers share what is in them."""
    (image, images, step), (row, rows, of_rows) = _steps(plan)
    return For(image, images, (For(row, rows, body, of_rows),), step)


def over_blocks(channel: Axis, workspace: tuple[Statement, ...], *body: Statement) -> ForInThreads:
    """The loop over blocks of a channel of the filter, which workers share."""
    return ForInThreads("blocks", ((channel.name, channel.extent, WIDTH),), workspace, body)


def of_worker(channel: Axis) -> str:
    """A worker's share of a channel of the filter, as code; 8 of it fill a product."""
    return f"max(8, {channel.extent} // max(1, workers))"


def _steps(plan: Plan) -> tuple[tuple[str, Size, Size], ...]:
    return (str(IMAGE), plan.law.array.axes[0].extent, IMAGES), (str(ROW), tile_count(0), ROWS)


def by_group(plan: Plan, name: str, channel: Axis, *, rows: bool = True) -> Expression:
    """U, V or M as a stack of matrices, one for each point and group: ``tiles × channel`` where it is by tiles."""
    apart = Reshape(Var(name), (prod(plan.points), TILES, plan.layer.groups, channel.extent))
    return Transpose(apart, (0, 2, 1, 3) if rows else (0, 2, 3, 1))


def kron(plan: Plan, *, transposed: bool = False) -> Let:
    """G for all dimensions at once, the Kronecker product of theirs."""
    return Let("G", Kron(plan.matrices("G", transposed=transposed)))


def at_once(source: str, before: int, made: Expression, after: int) -> Into:
    """``made[τ…] = Σ G[τ, p]·source[p…]`` over all dimensions."""
    return Into("transform", (Var("G"), Reshape(Var(source), (before, REST))), Reshape(made, (after, REST)))


def written(count: Size) -> str:
    """A count as code; quotients are whole."""
    return str(count).replace("*", " * ").replace("/", " // ")
