"""What the schedule ``winograd`` works with: where it applies, and what it reads off the definitions of the laws."""

from __future__ import annotations

from dataclasses import dataclass
from math import prod

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.formula import solve
from symconv.algebra.transform import Transform
from symconv.derivation.backward import Derivation
from symconv.derivation.winograd import Tiled, Winograd, winograd
from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.place import origin
from symconv.schedules.points import Points
from symconv.schedules.program import Expression, Number, Transpose, Var
from symconv.schedules.reading import base_of
from symconv.schedules.signature import Emission, flat_axes, identifier
from symconv.schedules.tiles import WIDTH, Strip, phase
from symconv.schedules.winograd_tile import Tiling, taps_at_stride_1, tiles_of


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if geometry.kind not in ("conv", "conv-transpose"):
        return "it is for weights that are shared by all positions"
    strided = [int(s) != 1 for s in geometry.stride]
    if any(strided) and int(geometry.groups) > 1:
        return "it makes channels of a stride, and groups have channels of their own"
    if any(s and int(d) != 1 for s, d in zip(strided, geometry.dilation, strict=True)):
        return "it takes a dimension apart by its stride or its dilation, not by both"
    if all(k == 1 for k in taps_at_stride_1(geometry)):
        return "a filter of one tap, or of one at each residue of the stride, is one product already"
    if tiles_of(geometry, "net") is None:
        return f"its rounding would exceed {FAST} u of the largest Σ|terms|"
    return None


@dataclass(frozen=True, slots=True)
class Plan:
    """What is read off the definitions: the arrays' strips, and the channels that V has and U has besides."""

    layer: Emission
    law: Winograd
    target: str
    arguments: tuple[str, ...]
    strips: tuple[Strip, ...]
    """Of V."""
    result: tuple[Strip, ...]
    """Of the array with a position for each tile: the result, or the filter where tiles are summed."""
    group: tuple[Axis, ...]
    inner: Axis
    """The array's channel."""
    own: Axis
    """The filter's other channel."""
    by_block: bool
    """Whether what depends on the filters alone is made anew in each chunk, a block of filters at a time."""
    is_narrow: bool
    """Whether these blocks are half as wide as others."""

    @property
    def function(self) -> str:
        """The name of the fast function."""
        return {"net": "_net_input", "da": "_input_gradient", "dw": "_weight_gradient"}[self.target] + "_in_tiles"

    @property
    def taps(self) -> tuple[int, ...]:
        """The numbers of taps."""
        return tuple(d.by.taps for d in self.law.dimensions)

    @property
    def output(self) -> Operand:
        """The result."""
        return self.law.result.output

    @property
    def residues(self) -> int:
        """How many channels a stride makes of one."""
        return prod(int(d.channel.extent) for d in self.law.dimensions if d.channel is not None)

    @property
    def inner_channels(self) -> Size:
        """The array's channels in a group as V has them: with the residues, where those are the array's."""
        return self.inner.extent if self.law.is_apart else size(self.residues * self.inner.extent)

    def own_channels(self, width: Size) -> Size:
        """What U has for so many of the filter's own: with the residues, where those are the result's."""
        return size(self.residues * width) if self.law.is_apart else width

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

    @property
    def width(self) -> Size:
        """The filter's own channels that are worked on at a time: a block of them, or those of a group."""
        return self.own.extent if self.group else size(WIDTH)

    @property
    def start(self) -> sympy.Symbol:
        """The filter's own channel that a block starts at: the variable of the loop over blocks."""
        return sympy.Symbol(self.own.name, integer=True, nonnegative=True)

    def flat(self, channels: Size) -> Size:
        """So many channels in each group, of all groups."""
        return size(self.layer.groups * channels)

    def points_of(
        self, letter: str, operand: Operand, strips: tuple[Strip, ...], matrices: tuple[Expression, ...]
    ) -> Points:
        """U or V by tiles: the operand's array with its channels last, gathered and transformed."""
        base, _ = origin(operand)
        name = identifier(base.symbol)
        is_array = operand == self.law.array
        channel = self.inner if is_array else self.own
        own = [d.position[0] if is_array else d.own[0] for d in self.law.dimensions]
        order = (base.axes[0], *(base.axes[operand.axes.index(a)] for a in own), _flat_axis(base, channel))
        view = transposed(Labelled(Var(name), flat_axes(base.axes)), order).value
        return Points(letter, name, view, strips, matrices, self.points, self.flat(channel.extent))

    @property
    def of_array(self) -> Points:
        """V."""
        return self.points_of("V", self.law.array, self.strips, self.matrices("B"))


def matrix_name(letter: str, by: Transform) -> str:
    """The name of a matrix of F(m, r) in emitted code."""
    return f"{letter}{by.outputs}{by.taps}"


def plan_of(layer: Emission, derivation: Derivation, tile: tuple[int, ...]) -> Plan:
    """The laws applied to a derivation as code sees it, and what is read off their definitions."""
    tiling = Tiling(layer.geometry, derivation.goal, tile)
    law = winograd(derivation, layer.taps, tile, tiling.row_dimension)
    array, filter_ = law.array, law.filter
    spatial = {a for d in law.dimensions for a in (d.position[0], d.own[0], d.tap[0])}
    own = next(a for a in filter_.axes if a.name in ("n", "c") and a not in array.axes)
    inner = next(a for a in array.axes[1:] if a.name != "g" and a not in spatial)
    strips = tuple(_strip(law.of_array, array, d, k) for k, d in enumerate(law.dimensions))
    if all(d.own[0] in filter_.axes for d in law.dimensions):
        result = tuple(_strip(law.of_filter, filter_, d, k) for k, d in enumerate(law.dimensions))
    else:
        result = tuple(_result_strip(law, d, k) for k, d in enumerate(law.dimensions))
    names = {identifier(base_of(f)[0].symbol) for f in (array, filter_)}
    return Plan(
        layer,
        law,
        identifier(derivation.form.output.symbol),
        tuple(name for name in ("delta", "a", "w") if name in names),
        strips,
        result,
        tuple(a for a in array.axes if a.name == "g"),
        inner,
        own,
        tiling.by_block,
        tiling.is_narrow,
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


def _result_strip(law: Winograd, d: Tiled, k: int) -> Strip:
    """Where the outputs of a tile lie in the result."""
    ties = {a: r for c in (law.form, law.result) for r in c.relations for a in d.own if {a, d.output} <= set(r.axes)}
    own = next(a for a in d.own if a in ties)
    where = ties[own].solve_for(own)
    if own != d.own[0]:
        [outer] = [r for r in law.result.relations if d.own[0] in r.axes]
        where = outer.solve_for(d.own[0]).subs(own.symbol, where)
    return _from_expression(where, d, d.output, d.own[0].extent, k)


def _from_expression(where: sympy.Expr, d: Tiled, inner: Axis, extent: Size, k: int) -> Strip:
    where = sympy.expand(where)
    step, spacing = int(where.coeff(d.tile.symbol)), int(where.coeff(inner.symbol))
    offset, made = where.subs({d.tile.symbol: 0, inner.symbol: 0}), [1, 1]
    for kind, residue in enumerate((d.image, d.channel)):
        if residue is not None and where.has(residue.symbol):
            made[kind], offset = int(residue.extent), offset.subs(residue.symbol, phase(k))
    return Strip(step, spacing, size(offset), extent, int(inner.extent), tile_count(k), *made)


def tile_count(k: int) -> sympy.Symbol:
    """The name of how many tiles dimension k has."""
    return sympy.Symbol(f"T{k + 1}", integer=True, positive=True)
