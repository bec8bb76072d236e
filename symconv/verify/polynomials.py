"""Road (i): the text executed on exact symbols must return the elementwise road's polynomials, term by term.

There is a variable for every cell of a, w, β and δ; coefficients are rational.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import lcm, prod
from typing import Any

import numpy as np
import sympy

from symconv.derivation.comparison import Difference
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.geometry import Geometry
from symconv.verify.execute import Subject
from symconv.verify.reference import SIGN, TARGET, Array, shapes
from symconv.verify.report import NotAsked, Refuted
from symconv.verify.sizes import products
from symconv.verify.symbols import Polynomial

MOST_PRODUCTS = 1_500
"""Larger layers are judged on a twin."""
TOO_MANY = 12 * MOST_PRODUCTS
"""A layer whose twin is still larger than this is not judged on symbols."""

Factors = tuple[tuple[str, tuple[int, ...]], ...]
Row = tuple[int, tuple[int, ...], Fraction]
"""A term: the flat position of its cell, those of its factors, and its coefficient."""


@dataclass(frozen=True, slots=True)
class Symbols:
    """A variable for every cell of every tensor, and which cell each variable is: (tensor, flat position)."""

    tensors: Mapping[str, Array]
    cells: tuple[tuple[str, int], ...]
    shapes: Mapping[str, tuple[int, ...]]

    @classmethod
    def of(cls, geometry: Geometry) -> Symbols:
        """The symbols of a layer."""
        extents = shapes(geometry)
        cells = tuple((name, k) for name, shape in extents.items() for k in range(prod(shape)))
        tensors, start = {}, 0
        for name, shape in extents.items():
            array = np.empty(prod(shape), dtype=object)
            array[:] = [Polynomial.variable(start + k) for k in range(array.size)]
            tensors[name] = array.reshape(shape)
            start += array.size
        return cls(tensors, cells, extents)

    def table(self, target: str, array: Array) -> PolynomialArray:
        """An array of polynomials as tables of products; `Refuted` where an entry is none."""
        rows: dict[Factors, list[Row]] = defaultdict(list)
        for cell, entry in enumerate(array.flat):
            polynomial = Polynomial.of(0 if is_float_zero(entry) else entry)
            if polynomial is None:
                where = cell_sign(target, tuple(int(i) for i in np.unravel_index(cell, array.shape)))
                raise Refuted(f"{where} is a {type(entry).__name__}, not a polynomial in the symbols that went in")
            for powers, coefficient in polynomial.terms.items():
                factors = [self.cells[k] for k in powers]
                names = tuple((name, self.shapes[name]) for name, _ in factors)
                rows[names].append((cell, tuple(k for _, k in factors), coefficient))
        return PolynomialArray(target, array.shape, tuple(_products(target, array.shape, *r) for r in rows.items()))


def examine(subject: Subject, function: str, geometry: Geometry, road: Elementwise) -> None:
    """One function of the text against the elementwise road; `Refuted` names the first cell and term that differ."""
    if products(geometry) > TOO_MANY:
        raise NotAsked(f"even the smallest layer of this structure has {products(geometry)} products")
    given = Symbols.of(geometry)
    target = TARGET[function]
    found = given.table(target, subject.result(function, geometry, given.tensors))
    wanted = {"net": road.net_input, "da": road.input_gradient, "dw": road.weight_gradient, "dbias": road.bias_gradient}
    polynomials = wanted[target]
    if polynomials is None:
        raise NotAsked(f"the layer has no {SIGN[target]}")
    difference = polynomials.difference(found)
    if difference is not None:
        raise Refuted(sentence(difference))


def is_float_zero(entry: object) -> bool:
    """Whether this is 0.0, which is exact: what Python makes of 0/9, the average of a window of padding."""
    return isinstance(entry, float) and entry == 0


def polynomials_of(geometry: Geometry) -> Elementwise:
    """The elementwise road at these sizes."""
    return elementwise(geometry)


def sentence(difference: Difference) -> str:
    """The first wrong term as a reader would write it: ``∂E/∂a[0,0,1,2] lacks δ[0,0,0,1]·w[0,0,1,1]``."""
    cell = cell_sign(difference.target, difference.index)
    missing = [_split(term) for term in difference.missing]
    surplus = [_split(term) for term in difference.surplus]
    for factors, coefficient in missing:
        for other, found in surplus:
            if factors == other:
                return f"{cell} has {_written(factors, found)} instead of {_written(factors, coefficient)}"
    parts = [f"lacks {_written(*missing[0])}"] if missing else []
    parts += [f"has a surplus {_written(*surplus[0])}"] if surplus else []
    return f"{cell} {' and '.join(parts)}"


def cell_sign(name: str, index: tuple[Any, ...]) -> str:
    """A cell as it is printed, 0-based: ``δ[0,0,1,2]``."""
    return f"{SIGN[name]}[{','.join(str(i) for i in index)}]"


def term_sign(*cells: str) -> str:
    """A product as it is printed, the error term first, then the weight."""
    return "·".join(sorted(cells, key=lambda cell: "δwaβ".find(cell[0])))


def _split(term: sympy.Expr) -> tuple[tuple[str, ...], sympy.Rational]:
    coefficient, factors = term.as_coeff_Mul()
    signs = []
    for factor in sympy.Mul.make_args(factors):
        base, exponent = factor.as_base_exp()
        if base.is_Indexed:
            signs += [cell_sign(str(base.base), base.indices)] * int(exponent)
    return tuple(signs), coefficient


def _written(factors: tuple[str, ...], coefficient: sympy.Rational) -> str:
    product = term_sign(*factors)
    if not factors:
        return str(coefficient)
    return product if coefficient == 1 else f"-{product}" if coefficient == -1 else f"{coefficient}·{product}"


def _products(target: str, shape: tuple[int, ...], factors: Factors, rows: list[Row]) -> Products:
    denominator = lcm(*(coefficient.denominator for _, _, coefficient in rows))
    numerators = [int(coefficient * denominator) for _, _, coefficient in rows]
    fits = all(abs(n) < 2**62 for n in numerators)
    return Products(
        target=target,
        shape=shape,
        factors=factors,
        cells=np.array([cell for cell, _, _ in rows], dtype=np.int64),
        reads=np.array([reads for _, reads, _ in rows], dtype=np.int64).reshape(len(rows), len(factors)),
        coefficients=np.array(numerators, dtype=np.int64 if fits else object),
        denominator=denominator,
    )
