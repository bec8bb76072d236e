"""The exact reference for a layer of one's own: the elementwise polynomials, evaluated on arrays.

They come from the formula's syntax tree, enumerated by the definition and differentiated by SymPy; the arithmetic is
that of the arrays.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from math import lcm
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.own import OwnGeometry

Array = npt.NDArray[Any]


@lru_cache(maxsize=64)
def road(geometry: OwnGeometry) -> Elementwise:
    """The polynomials at these sizes, one product differentiated for all of its kind: arrays may be large."""
    return elementwise(geometry, every_net_input=0)


def polynomials(function: str, geometry: OwnGeometry) -> PolynomialArray:
    """Those of one function of the contract."""
    found = road(geometry)
    by_name = {
        "net_input": found.net_input,
        "input_gradient": found.input_gradient,
        "weight_gradient": found.weight_gradient,
        "bias_gradient": found.bias_gradient,
    }[function]
    assert by_name is not None
    return by_name


def own_expected(function: str, geometry: OwnGeometry, tensors: Mapping[str, Array]) -> Array:
    """What a function returns; without a bias among the tensors its terms are left out."""
    found = polynomials(function, geometry)
    read = {name for term in found.terms for name, _ in term.factors} & tensors.keys()
    dtype = np.result_type(*(tensors[name] for name in sorted(read or {"a"})))
    if dtype != np.dtype(object) and any(term.denominator != 1 for term in found.terms):
        dtype = np.result_type(dtype, np.float64) if np.issubdtype(dtype, np.integer) else dtype
    total = np.zeros(int(np.prod(found.shape)), dtype=dtype)
    for term in found.terms:
        if all(name in tensors for name, _ in term.factors):
            np.add.at(total, term.cells, _values(term, tensors, dtype))
    return total.reshape(found.shape)


def _values(term: Products, tensors: Mapping[str, Array], dtype: np.dtype[Any]) -> Array:
    values = term.coefficients.astype(dtype)
    for k, (name, _) in enumerate(term.factors):
        values = values * np.asarray(tensors[name]).reshape(-1)[term.reads[:, k]]
    if term.denominator == 1:
        return values
    return values * Fraction(1, term.denominator) if dtype == np.dtype(object) else values / term.denominator


def own_magnitude(function: str, geometry: OwnGeometry, tensors: Mapping[str, Array]) -> Array:
    """``Σ |terms|`` of every cell."""
    found = polynomials(function, geometry)
    positive = tuple(replace(term, coefficients=abs(term.coefficients)) for term in found.terms)
    arrays: dict[str, Array] = {name: abs(array) for name, array in tensors.items()}
    total = np.zeros(int(np.prod(found.shape)), dtype=np.result_type(np.float64, *arrays.values()))
    for term in positive:
        if all(name in arrays for name, _ in term.factors):
            np.add.at(total, term.cells, _values(term, arrays, total.dtype))
    return total.reshape(found.shape)


def own_most_terms(function: str, geometry: OwnGeometry) -> int:
    """The largest sum of coefficients of one cell, rounded up: as many products of cells as it adds."""
    found = polynomials(function, geometry)
    weights = np.zeros(int(np.prod(found.shape)))
    for term in found.terms:
        np.add.at(weights, term.cells, abs(term.coefficients.astype(np.float64)) / term.denominator)
    counts = np.bincount(np.concatenate([t.cells for t in found.terms] or [np.zeros(0, dtype=np.int64)]), minlength=1)
    return int(max(np.ceil(weights.max(initial=0)), counts.max(initial=0), 1))


def own_degree(function: str, geometry: OwnGeometry) -> int:
    """The largest number of cells that one product multiplies."""
    return max((len(term.factors) for term in polynomials(function, geometry).terms), default=1)


def own_denominator(function: str, geometry: OwnGeometry) -> int:
    """What the products of a function are divided by, all of them."""
    return lcm(*(term.denominator for term in polynomials(function, geometry).terms))
