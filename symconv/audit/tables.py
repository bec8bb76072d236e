"""A formula in index notation at numeric sizes, as tables of products.

Every index point at which all reads and the target cell exist is one product; reads outside a tensor or at a
non-integer drop out, and so do writes outside the target.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from math import lcm

import numpy as np

from symconv.algebra.index_form import IndexForm, IndexRead, Term
from symconv.algebra.linear import Linear
from symconv.algebra.notation import refusal
from symconv.algebra.setting import TARGETS, TENSORS
from symconv.audit.points import Position, Ranges, bounded, points
from symconv.audit.setting import LayerSetting
from symconv.derivation.monomial import Array, Factor, Shape
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.geometry import Geometry


def shape_of(name: str, geometry: Geometry) -> Shape:
    """The shape of a tensor or a target in the layout of the emitted code (INTERFACE)."""
    match TENSORS.get(name) or TARGETS[name]:
        case "a":
            return geometry.input_shape
        case "net":
            return geometry.output_shape
        case "w":
            assert geometry.weight_shape is not None
            return geometry.weight_shape
        case _:
            return (int(geometry.filters),)


def index_polynomials(form: IndexForm, setting: LayerSetting) -> PolynomialArray:
    """The polynomials that a formula in index notation denotes at the layer's sizes."""
    name = form.target.tensor
    shape = shape_of(name, setting.geometry)
    tables = tuple(_products(term, form.target, shape, setting) for term in form.terms)
    return PolynomialArray(name, shape, tuple(t for t in tables if len(t)))


def _products(term: Term, target: IndexRead, shape: Shape, setting: LayerSetting) -> Products:
    factors: tuple[Factor, ...] = tuple((r.tensor, shape_of(r.tensor, setting.geometry)) for r in term.reads)
    arrays = [
        [_position(s, e, setting.base) for s, e in zip(r.subscripts, r.extents, strict=True)]
        for r in (target, *term.reads)
    ]
    ranges = _ranges(term, target, setting.base, [p for array in arrays for p in array])
    columns, rows = points(ranges, [p for array in arrays for p in array])
    flat = [_flat(array, columns, rows) for array in arrays]
    coefficient = Fraction(term.coefficient)
    return Products(
        target=target.tensor,
        shape=shape,
        factors=factors,
        cells=flat[0],
        reads=np.stack(flat[1:], axis=1) if factors else np.zeros((rows, 0), dtype=np.int64),
        coefficients=np.full(rows, coefficient.numerator, dtype=np.int64),
        denominator=coefficient.denominator,
    )


def _ranges(term: Term, target: IndexRead, base: int, positions: Sequence[Position]) -> Ranges:
    """A bare subscript ranges over its axis, the shorter one of two; else over the values that the reads allow."""
    ranges: Ranges = {}
    of_target = [name for s in target.subscripts for name in s.coefficients]
    indices = tuple(dict.fromkeys((*of_target, *term.indices)))
    for name in indices:
        extents = [*term.bare_extents(name)]
        extents += [e for s, e in zip(target.subscripts, target.extents, strict=True) if s.bare == name]
        extents += [term.ranges[name]] if name in term.ranges else []
        if extents:
            ranges[name] = (base, base + min(int(e) for e in extents))
    ranges, missing = bounded(indices, ranges, positions)
    if missing:
        written = missing[0].partition("@")[0]
        at = next(
            (r.at for r in (target, *term.reads) for s in r.subscripts if missing[0] in s.coefficients), target.at
        )
        raise refusal(at, f"nothing bounds the index {written}", f"give its range, as in sum(…, {written}=2)")
    return ranges


def _position(subscript: Linear, extent: object, base: int) -> Position:
    offset = Fraction(subscript.offset) - base
    values = {name: Fraction(c) for name, c in subscript.coefficients.items()}
    divisor = lcm(offset.denominator, *(c.denominator for c in values.values()))
    return Position({n: int(c * divisor) for n, c in values.items()}, int(offset * divisor), divisor, int(str(extent)))


def _flat(array: Sequence[Position], columns: dict[str, Array], rows: int) -> Array:
    """C-order positions of the cells that are read; axes that were left out have extent 1."""
    flat = np.zeros(rows, dtype=np.int64)
    for position in array:
        flat = flat * position.extent + position.at(columns, rows)[0]
    return flat
