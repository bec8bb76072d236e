"""Where the two roads meet: the solved formulas of the general road, written out as products and compared term by term.

An :class:`IndexedSum` of numeric sizes is enumerated over the grid of its target and bound axes: a point whose reads
are all whole and inside, and whose conditions hold, is one product. What the elementwise road found from THEORY §1
alone must be the same table.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import lcm, prod

import numpy as np
import sympy

from symconv.algebra.axes import Axis, Constant, Tensor
from symconv.algebra.evaluate import constant_array
from symconv.algebra.formula import IndexedSum, Read, affine
from symconv.derivation.backward import Derivation
from symconv.derivation.comparison import INT64_CEILING, Difference
from symconv.derivation.derive import DerivedLayer
from symconv.derivation.elementwise import Elementwise
from symconv.derivation.monomial import Array, Factor, Shape
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.geometry import Geometry

CHUNK = 1 << 19
"""So many grid points are held at a time."""

_NAMES = {
    **{"net": "net", "∂E/∂a": "da", "δ^{l-1}": "delta_prev", "∂E/∂w": "dw", "∂E/∂β": "dbias"},
    **{"a": "a", "w": "w", "β": "bias", "δ": "delta", "f'(net^{l-1})": "df"},
}


@dataclass(frozen=True, slots=True)
class Meeting:
    """One goal on both roads: ``products`` is how many the elementwise road has.

    ``difference`` is None where they agree, else the first cell (C order, 0-based) at which they do not: ``missing``
    are the monomials that the general formula lacks, ``surplus`` those that it has too much.
    """

    goal: str
    products: int
    difference: Difference | None

    @property
    def agrees(self) -> bool:
        """Whether both roads give the same polynomials."""
        return self.difference is None


def compare_roads(derived: DerivedLayer, elementwise: Elementwise) -> tuple[Meeting, ...]:
    """Every goal of a layer of numeric sizes, general road against elementwise road, coefficient by coefficient.

    A goal that only one road has counts as zero on the other.
    """
    own, geometry = derived.own, derived.layer.geometry
    return tuple(
        _compare(goal, derivation, witness, geometry)
        for goal, derivation, witness in (
            ("net", own.net_input, elementwise.net_input),
            ("∂E/∂a", own.input_gradient, elementwise.input_gradient),
            ("δ^{l-1}", own.error_term, elementwise.error_term),
            ("∂E/∂w", own.weight_gradient, elementwise.weight_gradient),
            ("∂E/∂β", own.bias_gradient, elementwise.bias_gradient),
        )
        if derivation is not None or witness is not None
    )


def enumerate_sum(sums: tuple[IndexedSum, ...], geometry: Geometry) -> PolynomialArray:
    """The sum of solved formulas with one target as polynomials, in the layout of the emitted code (INTERFACE).

    A group axis and the channel axis after it are one axis there, ``a[b,g,c,x]`` is ``a[b, g·C/G + c, x]``. Names are
    the formula language's: ``delta`` for δ, ``df`` for f'(net^{l-1}). Sizes are numbers, else ValueError.
    """
    shapes = _shapes(geometry)
    target = sums[0].target.symbol
    tables = tuple(table for value in sums for table in _products(value, shapes))
    return PolynomialArray(*shapes[target], tables)


def _compare(goal: str, derivation: Derivation | None, witness: PolynomialArray | None, geometry: Geometry) -> Meeting:
    formula = None if derivation is None else enumerate_sum(derivation.solved, geometry)
    either = witness if formula is None else formula
    assert either is not None
    nothing = PolynomialArray(either.target, either.shape, ())
    left, right = (nothing if road is None else road for road in (witness, formula))
    return Meeting(goal, len(left), left.difference(right))


def _shapes(geometry: Geometry) -> dict[str, Factor]:
    """The formula-language name and the shape of every array, by its letter."""
    shapes = dict.fromkeys(("a", "∂E/∂a", "δ^{l-1}", "f'(net^{l-1})"), geometry.input_shape)
    shapes |= dict.fromkeys(("net", "δ"), geometry.output_shape)
    shapes |= dict.fromkeys(("β", "∂E/∂β"), (int(geometry.filters),))
    if geometry.weight_shape is not None:
        shapes |= dict.fromkeys(("w", "∂E/∂w"), geometry.weight_shape)
    return {letter: (_NAMES[letter], shape) for letter, shape in shapes.items()}


@dataclass(frozen=True, slots=True)
class _Position:
    """``[0 ≤ (Σ coefficient·axis + offset)/divisor < extent, whole]``, by the axes' places in the grid."""

    coefficients: tuple[tuple[int, int], ...]
    offset: int
    divisor: int
    extent: int

    @classmethod
    def of(cls, expression: sympy.Expr, extent: int, axes: tuple[Axis, ...]) -> _Position:
        letters = [a.symbol for a in axes]
        found = affine(expression, letters)
        return cls(
            tuple((letters.index(s), c) for s, c in found.coefficients), found.offset, found.divisor, int(extent)
        )

    def at(self, grid: list[Array]) -> tuple[Array, Array]:
        """The index at every grid point, and whether there is one."""
        numerators = np.full(len(grid[0]) if grid else 1, self.offset)
        for place, c in self.coefficients:
            numerators += c * grid[place]
        index, rest = np.divmod(numerators, self.divisor)
        return index, (rest == 0) & (index >= 0) & (index < self.extent)


def _products(value: IndexedSum, shapes: dict[str, Factor]) -> Iterator[Products]:
    """One table per chunk of the grid."""
    axes = (*dict.fromkeys(value.target.axes), *value.bounds)
    name, shape = shapes[value.target.symbol]
    _check_layout(value.target.tensor.axes, shape, name)
    tensors = [f for f in value.factors if isinstance(f.tensor, Tensor)]
    constants = [f for f in value.factors if isinstance(f.tensor, Constant)]
    if len(tensors) + len(constants) != len(value.factors):
        raise ValueError("a formula over intermediate arrays is not enumerated; give the solved one")
    reads = [_positions(f, axes) for f in tensors]
    entries = [_numerators(f.tensor) for f in constants if isinstance(f.tensor, Constant)]
    scale = sympy.Rational(value.scale)
    denominator = prod((d for _, d in entries), start=int(scale.q))
    places = [_positions(f, axes) for f in constants]
    conditions = [_Position.of(c.expression, int(c.extent), axes) for c in value.conditions]
    for f in tensors:
        _check_layout(f.tensor.axes, shapes[f.symbol][1], f.symbol)
    for grid in _grid(tuple(int(a.extent) for a in axes)):
        kept, (positions, constant_positions) = _kept(grid, conditions, reads, places)
        coefficients = np.full(len(kept), int(scale.p), dtype=object if entries else np.int64)
        for (numerators, _), position in zip(entries, constant_positions, strict=True):
            coefficients = coefficients * numerators[position]
        yield Products(
            target=name,
            shape=shape,
            factors=tuple(shapes[f.symbol] for f in tensors),
            cells=_ravel([grid[axes.index(a)][kept] for a in value.target.axes], value.target.axes, len(kept)),
            reads=np.column_stack(positions) if positions else np.zeros((len(kept), 0), dtype=np.int64),
            coefficients=_narrow(coefficients),
            denominator=denominator,
        )


def _kept(
    grid: list[Array], conditions: list[_Position], *operands: list[list[_Position]]
) -> tuple[Array, tuple[list[Array], ...]]:
    """The grid points at which all conditions hold and all reads exist, and the flat positions read there."""
    inside = np.ones(len(grid[0]) if grid else 1, dtype=bool)
    for condition in conditions:
        inside &= condition.at(grid)[1]
    found: list[list[list[Array]]] = []
    for group in operands:
        found.append([])
        for positions in group:
            pairs = [p.at(grid) for p in positions]
            for _, exists in pairs:
                inside &= exists
            found[-1].append([index for index, _ in pairs])
    kept = np.flatnonzero(inside)
    flat = tuple(
        [
            _flatten([index[kept] for index in indices], tuple(p.extent for p in positions), len(kept))
            for indices, positions in zip(own, group, strict=True)
        ]
        for own, group in zip(found, operands, strict=True)
    )
    return kept, flat


def _positions(read: Read, axes: tuple[Axis, ...]) -> list[_Position]:
    return [_Position.of(s, int(a.extent), axes) for s, a in zip(read.subscripts, read.tensor.axes, strict=True)]


def _grid(extents: Shape) -> Iterator[list[Array]]:
    """The index of every axis at every grid point, a chunk at a time."""
    points = prod(extents)
    for start in range(0, points, CHUNK):
        flat = np.arange(start, min(points, start + CHUNK))
        yield [np.asarray(index) for index in np.unravel_index(flat, extents)] if extents else []


def _ravel(indices: list[Array], axes: tuple[Axis, ...], rows: int) -> Array:
    return _flatten(indices, tuple(int(a.extent) for a in axes), rows)


def _flatten(indices: list[Array], extents: Shape, rows: int) -> Array:
    """C-order positions; the same whether a group axis stands apart or is one with the channels after it."""
    positions = np.zeros(rows, dtype=np.int64)
    for index, extent in zip(indices, extents, strict=True):
        positions = positions * extent + index
    return positions


def _numerators(constant: Constant) -> tuple[Array, int]:
    """The entries in C order, exact, over one denominator."""
    entries = [sympy.Rational(v) for v in constant_array(constant).reshape(-1)]
    denominator = lcm(*(int(v.q) for v in entries))
    return np.array([int(v * denominator) for v in entries], dtype=object), denominator


def _narrow(coefficients: Array) -> Array:
    """64-bit integers where they suffice."""
    if coefficients.dtype != object or not len(coefficients):
        return coefficients.astype(np.int64)
    return coefficients.astype(np.int64) if max(map(abs, coefficients)) < INT64_CEILING else coefficients


def _check_layout(axes: tuple[Axis, ...], shape: Shape, name: str) -> None:
    """The axes are those of the layout, the group axis apart (ValueError otherwise)."""
    if not all(isinstance(a.extent, int) for a in axes):
        raise ValueError(f"{name} has axes {list(axes)}; products are enumerated for sizes that are numbers")
    extents: list[int] = []
    for before, a in zip((None, *axes), axes, strict=False):
        if before is not None and before.name == "g":
            extents[-1] *= int(a.extent)
        else:
            extents.append(int(a.extent))
    if tuple(extents) != shape:
        raise ValueError(f"{name} has axes {list(axes)}, which is not the layout {shape}")
