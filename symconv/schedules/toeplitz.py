"""``toeplitz``: for few channels, neighbouring positions of a row as one row of a matrix product.

    out[i, m·μ + ε, n] = Σ_ξ Σ_c window[i, μ, ξ, c]·T[ξ, c, ε, n]

Law: :mod:`symconv.derivation.toeplitz`, along the last dimension; what runs read lies in slabs, as in ``mec``. The
matrices there have as many columns as there are filters; these have m times as many, and what m neighbours read is
copied once rather than m times. That pays where matrices are narrow or sums are short, though the band is multiplied
with its zeros: a NaN or an infinity reaches all results of its run. The weight gradient is read off the same product,
diagonal by diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

import sympy

from symconv.algebra.axes import Axis, Size, axis, size
from symconv.derivation.backward import Derivation
from symconv.derivation.toeplitz import Toeplitz, toeplitz
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled, product_of
from symconv.schedules.place import Sides
from symconv.schedules.program import (
    Contiguous,
    Empty,
    Expression,
    For,
    Item,
    Let,
    Number,
    Reshape,
    Span,
    Statement,
    Store,
    Subscript,
    Var,
    Zeros,
)
from symconv.schedules.rates import NARROW, RATES, RUN, SHORT
from symconv.schedules.reading import Lowered, Reading, finished, read
from symconv.schedules.signature import Emission
from symconv.schedules.slabs import Slabs, unfit

MOST = 16
"""Positions of a run at most: beyond, most of the band is zeros."""
RUNS = sympy.Symbol("runs", integer=True, positive=True)
"""The runs of neighbouring positions that a row has."""
DIAGONAL = sympy.Symbol("e", integer=True)
"""The loop variable over the positions of a run."""


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if reason := unfit(geometry):
        return reason
    if int(geometry.filter_size[-1]) == 1:
        return "a filter of one tap along the last axis makes no band"
    return None


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction."""
    plan = _plan(layer, derivation)
    statements, result = (_positions if plan.reading.keeps_positions else _taps)(plan)
    divide, value = finished(plan.reading, result)
    if plan.reading.keeps_positions and value == result.value:
        value = Contiguous(value)
    return (*statements, *divide), value


def law(layer: Emission, derivation: Derivation) -> Toeplitz:
    """The laws that one direction is built on."""
    return _plan(layer, derivation).law


@dataclass(frozen=True, slots=True)
class _Plan:
    """The correlation form with its last dimension in runs, and the slabs of that; ``positions`` has the runs."""

    reading: Reading
    law: Toeplitz
    slabs: Slabs

    @property
    def rows(self) -> tuple[Axis, ...]:
        """The axes of what has a row for each position, the positions of the last dimension one by one."""
        last = self.reading.counts[-1]
        return (*(last if a.extent == RUNS else a for a in self.slabs.positions), self.reading.own)

    @property
    def all_runs(self) -> tuple[Size, ...]:
        """The shape of the same with cells for every position of the last run."""
        last = size(RUNS * self.law.output.extent)
        return tuple(last if a == self.reading.counts[-1] else a.extent for a in self.rows)

    @property
    def existing(self) -> tuple[Span, ...]:
        """The positions that there are, among those of all runs."""
        last = self.rows.index(self.reading.counts[-1])
        return (*(Span() for _ in range(last)), Span(stop=self.law.own.extent))

    @property
    def own(self) -> tuple[Axis, ...]:
        """The columns of the matrix."""
        return (self.law.output, self.reading.own)

    @property
    def diagonal(self) -> tuple[Subscript, ...]:
        """Where the taps stand in the matrix for one position of a run, its axes those of a window and ``own``."""
        read = self.law.band.solve_for(self.law.input)
        start = read.subs({self.law.output.symbol: DIAGONAL, self.law.tap.symbol: 0})
        step = int(read.coeff(self.law.tap.symbol))
        stop = size(start + step * (self.law.tap.extent - 1) + 1)
        cells = Span(start, stop, step if step > 1 else None)
        return (*(Span() for _ in self.reading.taps[1:]), cells, Span(), DIAGONAL)


def _plan(layer: Emission, derivation: Derivation) -> _Plan:
    """The last dimension in runs: the array has cells for every position of the last one."""
    reading = read(layer, derivation)
    assert reading is not None
    law = toeplitz(derivation, layer.taps, _size(layer, reading))
    last = list(reading.made)[-1]
    spacing = law.read.solve_for(law.position).coeff(law.block.symbol)
    placement = reading.made[last]
    reach = size(spacing * (RUNS - 1) + law.input.extent)
    made = {**reading.made, last: replace(placement, extent=sympy.Max(placement.extent, reach))}
    sides = {**reading.sides, last: Sides(axis("run", RUNS), law.input, spacing, 1)}
    across = prod(layer.number(a.extent) for a in (*reading.counts[1:-1], law.block))
    return _Plan(reading, law, Slabs(reading, sides, made, across))


def _size(layer: Emission, reading: Reading) -> int:
    """The positions of a run that take the least time at the layer's own sizes, by the constants of the machine."""
    channels, filters = layer.count(reading.channel), layer.count(reading.own)
    *others, taps = (int(t.extent) for t in reading.taps)
    sides = list(reading.sides.values())
    tie, beside = sides[-1], prod(others[1:] if sides[0].dilation == 1 else others)
    positions = layer.number(tie.other.extent)

    def seconds(m: int) -> float:
        cells = channels * (int(tie.spacing) * (m - 1) + int(tie.dilation) * (taps - 1) + 1)
        inner, wide = cells * prod(others), m * filters
        multiplied, copied = inner * (wide + NARROW) * (1 + SHORT / inner), (cells + RUN) * beside
        return -(-positions // m) * (multiplied / RATES.matmul + 8 * copied / RATES.cached)

    return min(range(1, min(MOST, positions) + 1), key=seconds)


def _shape(axes: tuple[Axis, ...]) -> tuple[Size, ...]:
    return tuple(a.extent for a in axes)


def _positions(plan: _Plan) -> tuple[tuple[Statement, ...], Labelled]:
    """The result by runs: the band, and the slabs times it."""
    reading, law, slabs = plan.reading, plan.law, plan.slabs
    wide = product_of(plan.own)
    filters = (*reading.taps, reading.channel, reading.own)
    target = Var(reading.target)
    return (
        Let(str(RUNS), Number(law.block.extent)),
        *slabs.view(),
        *reading.matrix("weights", filters, _shape(filters)),
        Let("band", Zeros(_shape((*slabs.window, *plan.own)), (reading.like_filter,))),
        For(str(DIAGONAL), law.output.extent, (Store(Item(Var("band"), plan.diagonal), Var("weights")),)),
        Let(reading.target, Empty((*_shape(slabs.positions), wide), reading.likes)),
        slabs.times(Reshape(Var("band"), slabs.matrix(wide)), wide, target),
        Let(reading.target, Item(Reshape(target, plan.all_runs), plan.existing)),
    ), Labelled(target, plan.rows)


def _taps(plan: _Plan) -> tuple[tuple[Statement, ...], Labelled]:
    """The products of all cells of a run with all its positions; a tap is the sum along a diagonal of them."""
    reading, law, slabs = plan.reading, plan.law, plan.slabs
    wide = product_of(plan.own)
    result = Labelled(Var(reading.target), (*reading.taps, reading.channel, reading.own))
    diagonal: Expression = Item(Var("total"), plan.diagonal)
    return (
        Let(str(RUNS), Number(law.block.extent)),
        *slabs.view(),
        Let("by_run", Zeros(plan.all_runs, (reading.like_filter,))),
        Store(Item(Var("by_run"), plan.existing), reading.factor_view(plan.rows)),
        Let("by_run", Reshape(Var("by_run"), (*_shape(slabs.positions), wide))),
        Let("total", Zeros(slabs.matrix(wide), reading.likes)),
        slabs.summed(Var("by_run"), wide, Var("total")),
        Let("total", Reshape(Var("total"), _shape((*slabs.window, *plan.own)))),
        Let(reading.target, Zeros(_shape(result.axes), ("total",))),
        For(str(DIAGONAL), law.output.extent, (Store(result.value, diagonal, add=True),)),
    ), result
