"""``winograd``: F(m, r) in every dimension, from the three arrays that the laws give (``derivation.winograd``).

    U = Σ G·w        V = Σ B·a        M = Σ U·V        net = Σ A·M / divisor

Everything is read off those definitions: where a cell of a tile lies (``position = step·μ + spacing·ξ + offset``,
from their relations), the three matrices, and which axes M sums. It works on a chunk of tiles at a time, which stays
in cache, and in a chunk on a block of the filter's own channel, whose products BLAS multiplies as they lie. Where
filters outweigh tiles, U is made of one block at a time too, and M taken back to taps, a block of the array's channel
at a time. Exact numbers take the plain sum: the fast path is for float32 and float64.
"""

from __future__ import annotations

from symconv.derivation.backward import Derivation
from symconv.schedules import windows
from symconv.schedules.program import Call, Expression, IfFloating, Let, Program, Statement, Unpack, Var
from symconv.schedules.signature import Emission
from symconv.schedules.winograd_by_taps import result_by_taps
from symconv.schedules.winograd_by_tiles import result_by_tiles
from symconv.schedules.winograd_plan import plan_of
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
    arguments = (*plan.arguments, *sizes, "workers")
    fast = Let(plan.target, Call(plan.function, arguments))
    switch = IfFloating(plan.arguments, (fast,), (*exact, Let(plan.target, value)))
    body = result_by_taps(plan) if plan.law.sums_tiles else result_by_tiles(plan)
    shapes = [s for s in checks if isinstance(s, Unpack) and ".shape" in s.source]
    program = Program(plan.function, arguments, (*shapes, *body), plan.law, by_block=plan.by_block)
    return (switch,), Var(plan.target), program
