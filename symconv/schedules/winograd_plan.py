"""What the schedule ``winograd`` works with: how large tiles are, and what it reads off the definitions of the laws."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, pi, prod, sqrt

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.formula import solve
from symconv.algebra.transform import POINTS, Transform, transform
from symconv.derivation.backward import Derivation, last_form
from symconv.derivation.correlation import core
from symconv.derivation.winograd import Tiled, Winograd, winograd
from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.place import origin
from symconv.schedules.program import Expression, Number, Transpose, Var
from symconv.schedules.reading import base_of
from symconv.schedules.signature import Emission, flat_axes, identifier
from symconv.schedules.tiles import Points, Strip, phase

TILE = 4
"""Positions of a tile in each dimension: F(4,3) multiplies a quarter as often as the plain sum in two dimensions."""


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if geometry.kind not in ("conv", "conv-transpose"):
        return "it is for weights that are shared by all positions"
    if any(int(s) != 1 for s in geometry.stride):
        return "it is for stride 1"
    if all(int(k) == 1 for k in geometry.filter_size):
        return "a filter of one tap is one product already"
    if tiles_of(geometry) is None:
        return f"its rounding would exceed {FAST} u of the largest Σ|terms|"
    return None


def tiles_of(geometry: Geometry) -> tuple[int, ...] | None:
    """The positions of a tile in each dimension, as many as rounding allows up to TILE; None where it allows none."""
    taps = tuple(int(k) for k in geometry.filter_size)
    for most in range(TILE, 1, -1):
        tile = tuple(1 if k == 1 else most for k in taps)
        if _rounding(tile, taps) <= FAST:
            return tile
    return None


def _rounding(tile: tuple[int, ...], taps: tuple[int, ...]) -> float:
    """Unit roundoffs of Σ|terms| that the largest error is about, for a single channel, where it is largest.

    The mean ``√N·spreadᵈ`` of the root mean square of the results, in units of the mean of Σ|terms|; largest errors are
    some five times that.
    """
    if any(m + r - 2 > len(POINTS) for m, r in zip(tile, taps, strict=True)):
        return inf
    by = [transform(m, r) for m, r in zip(tile, taps, strict=True)]
    roundings = sum(t.longest(letter) for t in by for letter in "AGB") + 2
    return 5 * sqrt(roundings) * prod(t.spread for t in by) / (2 / pi * sqrt(prod(taps)))


def work(geometry: Geometry) -> tuple[int, int]:
    """Products of one direction, and the numbers that are moved besides.

    A tile takes one product for each point instead of one for each output and tap. Its cells are written when they are
    gathered and once for each dimension, its outputs as often; U is written once.
    """
    tile = tiles_of(geometry)
    assert tile is not None
    taps = tuple(int(k) for k in geometry.filter_size)
    points = prod(m + r - 1 for m, r in zip(tile, taps, strict=True))
    outputs = geometry.output_size
    counts = (-(-int(o) // m) for o, m in zip(outputs, tile, strict=True))
    channels = int(geometry.depth) + int(geometry.filters)
    filters = int(geometry.depth) * int(geometry.filters) // int(geometry.groups)
    tiles = int(geometry.batch) * prod(counts)
    return tiles * points * filters, points * ((len(tile) + 1) * channels * tiles + filters)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read off the definitions: the arrays' strips, and the channels that V has and U has besides."""

    layer: Emission
    law: Winograd
    target: str
    arguments: tuple[str, ...]
    array: Operand
    filter: Operand
    output: Operand
    turned: bool
    strips: tuple[Strip, ...]
    """Of V."""
    result: tuple[Strip, ...]
    """Of the array with a position for each tile: the result, or the filter where tiles are summed."""
    group: tuple[Axis, ...]
    inner: Axis
    """The array's channel."""
    own: Axis
    """The filter's other channel."""

    @property
    def function(self) -> str:
        """The name of the fast function."""
        return {"net": "_net_input", "da": "_input_gradient", "dw": "_weight_gradient"}[self.target] + "_in_tiles"

    @property
    def points(self) -> tuple[int, ...]:
        """The numbers of points."""
        return tuple(d.by.points for d in self.law.dimensions)

    @property
    def divisor(self) -> Number:
        """What the scale of the last form divides by."""
        return Number(sympy.denom(sympy.sympify(self.law.form.scale, strict=True)))

    def matrices(self, letter: str, *, transposed: bool = False) -> tuple[Expression, ...]:
        """The matrices of every dimension, by the names of the emitted constants."""
        names = (Var(matrix_name(letter, d.by)) for d in self.law.dimensions)
        return tuple(Transpose(name, (1, 0)) if transposed else name for name in names)

    def flat(self, channel: Axis) -> Size:
        """The channels of all groups."""
        return size(self.layer.groups * channel.extent)

    def points_of(
        self, letter: str, operand: Operand, strips: tuple[Strip, ...], matrices: tuple[Expression, ...]
    ) -> Points:
        """U or V by tiles: the operand's array with its channels last, gathered and transformed."""
        base, _ = origin(operand)
        name = identifier(base.symbol)
        channel = self.inner if operand == self.array else self.own
        own = [d.position[0] if operand == self.array else d.own[0] for d in self.law.dimensions]
        order = (base.axes[0], *(base.axes[operand.axes.index(a)] for a in own), _flat_axis(base, channel))
        view = transposed(Labelled(Var(name), flat_axes(base.axes)), order).value
        return Points(letter, name, view, strips, matrices, self.points, self.flat(channel))


def matrix_name(letter: str, by: Transform) -> str:
    """The name of a matrix of F(m, r) in emitted code."""
    return f"{letter}{by.outputs}{by.taps}"


def plan_of(layer: Emission, derivation: Derivation, tile: tuple[int, ...]) -> Plan:
    """The laws applied to a derivation as code sees it, and what is read off their definitions."""
    law = winograd(derivation, layer.taps, tile)
    form, turned = core(last_form(derivation))
    [filter_], [array] = ([f for f in c.factors if f in form.factors] for c in (law.of_filter, law.of_array))
    spatial = {a for d in law.dimensions for a in (d.position[0], d.own[0], d.tap[0])}
    own = next(a for a in filter_.axes if a.name in ("n", "c") and a not in array.axes)
    inner = next(a for a in array.axes[1:] if a.name != "g" and a not in spatial)
    strips = tuple(_strip(law.of_array, array, d, k) for k, d in enumerate(law.dimensions))
    if all(d.own[0] in filter_.axes for d in law.dimensions):
        result = tuple(_strip(law.of_filter, filter_, d, k) for k, d in enumerate(law.dimensions))
    else:
        result = tuple(_result_strip(law.form, d, k) for k, d in enumerate(law.dimensions))
    names = {identifier(base_of(f)[0].symbol) for f in (array, filter_)}
    return Plan(
        layer,
        law,
        identifier(derivation.form.output.symbol),
        tuple(name for name in ("delta", "a", "w") if name in names),
        array,
        filter_,
        form.output,
        turned,
        strips,
        result,
        tuple(a for a in array.axes if a.name == "g"),
        inner,
        own,
    )


def _flat_axis(base: Operand, channel: Axis) -> Axis:
    return next(a for a in base.axes if a.name == channel.name)


def _strip(definition: Contraction, operand: Operand, d: Tiled, k: int) -> Strip:
    """Where the cells of a tile lie in the array under its padding: the relations solved for the position."""
    axes, inner = (d.position, d.input) if d.position[0] in operand.axes else (d.own, d.output)
    mine = Contraction(definition.output, (operand,), tuple(r for r in definition.relations if set(axes) & set(r.axes)))
    base, placed = origin(operand)
    where = solve(mine, reversed(axes)).factors[0].subscripts[operand.axes.index(axes[0])]
    extent = base.axes[operand.axes.index(axes[0])].extent
    return _from_expression(where - placed[axes[0]][1], d, inner, extent, k)


def _result_strip(form: Contraction, d: Tiled, k: int) -> Strip:
    """Where the outputs of a tile lie in the result."""
    tie = next(r for r in form.relations if {d.own[0], d.output} <= set(r.axes))
    return _from_expression(tie.solve_for(d.own[0]), d, d.output, d.own[0].extent, k)


def _from_expression(where: sympy.Expr, d: Tiled, inner: Axis, extent: Size, k: int) -> Strip:
    where = sympy.expand(where)
    step, spacing = int(where.coeff(d.tile.symbol)), int(where.coeff(inner.symbol))
    offset = where.subs({d.tile.symbol: 0, inner.symbol: 0})
    parts = 1
    if d.residue is not None:
        parts, offset = int(d.residue.extent), offset.subs(d.residue.symbol, phase(k))
    return Strip(step, spacing, size(offset), extent, int(inner.extent), tile_count(k), parts)


def tile_count(k: int) -> sympy.Symbol:
    """The name of how many tiles dimension k has."""
    return sympy.Symbol(f"T{k + 1}", integer=True, positive=True)
