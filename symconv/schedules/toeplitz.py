"""``toeplitz``: for few channels, neighbouring positions of a row as one row of a matrix product.

    out[m·μ + ε, n] = Σ_ξ Σ_c windows[μ, ξ, c]·T[ξ, c, ε, n]  -->  columns ← windows[block];  out[block] = columns @ T

Law: :mod:`symconv.derivation.toeplitz`, along the last dimension. The matrices of ``im2col`` have as many columns as
there are filters; these have m times as many, and what m neighbours read is copied once rather than m times. That
pays where matrices are narrow or sums are short, though the band is multiplied with its zeros: a NaN or an infinity
reaches all results of its run. The weight gradient is read off the same product, diagonal by diagonal.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy

from symconv.algebra.axes import Axis, Size, axis, size
from symconv.derivation.backward import Derivation
from symconv.derivation.toeplitz import Toeplitz, toeplitz
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled, product_of
from symconv.schedules.cost import COMMON_SIZE
from symconv.schedules.im2col import LEAST, by_block
from symconv.schedules.place import Sides, strided
from symconv.schedules.program import (
    Blocks,
    Contiguous,
    Empty,
    Expression,
    For,
    IfSmall,
    Into,
    Item,
    Let,
    MatMul,
    Number,
    Reshape,
    Span,
    Statement,
    Store,
    Subscript,
    Transpose,
    Var,
    Zeros,
)
from symconv.schedules.rates import NARROW, RATES, SHORT
from symconv.schedules.reading import COLUMNS, REST, SHARE, Lowered, Reading, finished, laid, read, shared_array
from symconv.schedules.signature import Emission

MOST = 16
"""Positions of a run at most: beyond, most of the band is zeros."""
RUNS = sympy.Symbol("runs", integer=True, positive=True)
"""The runs of neighbouring positions that a row has."""
DIAGONAL = sympy.Symbol("e", integer=True)
"""The loop variable over the positions of a run."""


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if geometry.kind not in ("conv", "conv-transpose"):
        return "it is for weights that are shared by all positions"
    if int(geometry.groups) > 1:
        return "its one matrix is for all channels, and groups have one each"
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
    """The correlation form, and its last dimension in runs."""

    reading: Reading
    law: Toeplitz

    @property
    def run(self) -> Axis:
        """The axis over the runs, their number by its name in code."""
        return axis("run", RUNS)

    @property
    def positions(self) -> tuple[Axis, ...]:
        """The rows of the matrix: batch, positions, and the runs of the last."""
        return (self.reading.batch, *self.reading.counts[:-1], self.run)

    @property
    def rows(self) -> tuple[Size, ...]:
        """The shape of what has a row for each position, those of all runs."""
        law, reading = self.law, self.reading
        before = _shape((reading.batch, *reading.counts[:-1]))
        return (*before, size(RUNS * law.output.extent), reading.own.extent)

    @property
    def existing(self) -> tuple[Span, ...]:
        """The positions that there are, among those of all runs."""
        return (*(Span() for _ in self.rows[:-2]), Span(stop=self.law.own.extent))

    @property
    def inner(self) -> tuple[Axis, ...]:
        """What a row reads."""
        return (*self.reading.taps[:-1], self.law.input, self.reading.channel)

    @property
    def own(self) -> tuple[Axis, ...]:
        """The columns of the matrix."""
        return (self.law.output, self.reading.own)

    @property
    def diagonal(self) -> tuple[Subscript, ...]:
        """Where the taps stand in the matrix for one position of a run, its axes those of ``inner`` and ``own``."""
        read = self.law.band.solve_for(self.law.input)
        start = read.subs({self.law.output.symbol: DIAGONAL, self.law.tap.symbol: 0})
        step = int(read.coeff(self.law.tap.symbol))
        stop = size(start + step * (self.law.tap.extent - 1) + 1)
        cells = Span(start, stop, step if step > 1 else None)
        return (*(Span() for _ in self.reading.taps[1:]), cells, Span(), DIAGONAL)

    def windows(self) -> tuple[Statement, ...]:
        """The array, with cells for every position of the last run, and what runs read of it as a view."""
        reading, law = self.reading, self.law
        last = list(reading.made)[-1]
        spacing = law.read.solve_for(law.position).coeff(law.block.symbol)
        placement = reading.made[last]
        reach = size(spacing * (RUNS - 1) + law.input.extent)
        made = {**reading.made, last: replace(placement, extent=sympy.Max(placement.extent, reach))}
        sides = {**reading.sides, last: Sides(self.run, law.input, spacing, 1)}
        named, source = shared_array(reading.array)
        held = (reading.batch, *made, reading.channel)
        store, wide = laid(Labelled(source, reading.base.axes), held, made)
        strides, view = strided(wide, held, sides, (*self.positions, *self.inner))
        runs = Let(str(RUNS), Number(law.block.extent))
        return (runs, *named, *store, strides, Let("windows", view))

    def blocks(self, least: int) -> Blocks:
        """The loop over blocks of rows."""
        block, view = tuple(Var(a.name) for a in self.positions), Var("windows")
        return Blocks(block, self.positions, view, Item(view, block), least)


def _plan(layer: Emission, derivation: Derivation) -> _Plan:
    reading = read(layer, derivation)
    assert reading is not None
    return _Plan(reading, toeplitz(derivation, layer.taps, _size(layer, reading)))


def _size(layer: Emission, reading: Reading) -> int:
    """The positions of a run that take the least time at the layer's own sizes, by the constants of the machine."""
    channels, filters = layer.count(reading.channel), layer.count(reading.own)
    *others, taps = (int(t.extent) for t in reading.taps)
    tie = list(reading.sides.values())[-1]
    positions = _number(layer, tie.other)

    def seconds(m: int) -> float:
        cells = int(tie.spacing) * (m - 1) + int(tie.dilation) * (taps - 1) + 1
        inner = cells * channels
        for n in others:
            inner *= n
        blocks, wide = -(-positions // m), m * filters
        return blocks * inner * ((wide + NARROW) * (1 + SHORT / inner) / RATES.matmul + 8 / RATES.cached)

    return min(range(1, min(MOST, positions) + 1), key=seconds)


def _number(layer: Emission, own: Axis) -> int:
    """The extent of an axis at the layer's own sizes."""
    if not layer.geometry.is_numeric:
        return COMMON_SIZE
    extent = sympy.sympify(own.extent, strict=True)
    return int(extent.subs({s: layer.numbers[str(s)] for s in extent.free_symbols}))


def _shape(axes: tuple[Axis, ...]) -> tuple[Size, ...]:
    return tuple(a.extent for a in axes)


def _positions(plan: _Plan) -> tuple[tuple[Statement, ...], Labelled]:
    """The result by runs: the band, and a product with it for so many rows at a time."""
    reading, law = plan.reading, plan.law
    entries, wide = product_of(plan.inner), product_of(plan.own)
    filters = (*reading.taps, reading.channel, reading.own)
    band = (
        *reading.matrix("weights", filters, _shape(filters)),
        Let("band", Zeros(_shape((*plan.inner, *plan.own)), (reading.like_filter,))),
        For(str(DIAGONAL), law.output.extent, (Store(Item(Var("band"), plan.diagonal), Var("weights")),)),
        Let("band", Reshape(Var("band"), (entries, wide))),
    )
    blocks = plan.blocks(LEAST)
    target = Var(reading.target)
    into = Reshape(Item(target, blocks.names), (REST, wide))
    unfolded = Reshape(Var("windows"), (REST, entries))
    product = Into("rows", (Reshape(COLUMNS, (REST, entries)), Var("band")), into)
    whole = Into("rows", (unfolded, Var("band")), Reshape(target, (REST, wide)))
    rows = (reading.batch, *reading.counts, reading.own)
    existing = Item(Reshape(target, plan.rows), plan.existing)
    return (
        *plan.windows(),
        *band,
        Let(reading.target, Empty((*_shape(plan.positions), wide), reading.likes)),
        IfSmall("windows", (whole,), (by_block(blocks, product),)),
        Let(reading.target, existing),
    ), Labelled(target, rows)


def _taps(plan: _Plan) -> tuple[tuple[Statement, ...], Labelled]:
    """The products of all cells of a run with all its positions; a tap is the sum along a diagonal of them."""
    reading, law = plan.reading, plan.law
    entries, wide = product_of(plan.inner), product_of(plan.own)
    rows = (reading.batch, *reading.counts, reading.own)
    moved, delta = reading.flat_factor(rows)
    filled = (
        Let("by_run", Zeros(plan.rows, (reading.like_filter,))),
        Store(Item(Var("by_run"), plan.existing), delta),
        Let("by_run", Reshape(Var("by_run"), (*_shape(plan.positions), wide))),
    )
    blocks = plan.blocks(2 * LEAST)
    unfolded = Transpose(Reshape(Var("windows"), (REST, entries)), (1, 0))
    columns = Transpose(Reshape(COLUMNS, (REST, entries)), (1, 0))
    of_block = Reshape(Item(Var("by_run"), blocks.names), (REST, wide))
    share = Into("matmul", (columns, of_block), SHARE)
    pieces: tuple[Statement, ...] = (
        Let("total", Zeros((entries, wide), reading.likes)),
        Let("share", Empty((entries, wide), reading.likes)),
        by_block(blocks, share, Store(Var("total"), SHARE, add=True)),
    )
    whole = (Let("total", MatMul(unfolded, Reshape(Var("by_run"), (REST, wide)))),)
    result = Labelled(Var(reading.target), (*reading.taps, reading.channel, reading.own))
    diagonal: Expression = Item(Var("total"), plan.diagonal)
    return (
        *plan.windows(),
        *moved,
        *filled,
        IfSmall("windows", whole, pieces),
        Let("total", Reshape(Var("total"), _shape((*plan.inner, *plan.own)))),
        Let(reading.target, Zeros(_shape(result.axes), ("total",))),
        For(str(DIAGONAL), law.output.extent, (Store(result.value, diagonal, add=True),)),
    ), result
