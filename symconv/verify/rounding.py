"""Road (iv): the error of floating-point results, against exact numbers and within a bound from the number of terms.

A sum of n products, in whatever order, is off by at most ``γ_n Σ|terms|`` with ``γ_n = n·u / (1 - n·u)`` and u half
the distance from 1 to the next number (Higham 2002, Accuracy and Stability of Numerical Algorithms, §3.1). A module
that is asked to be fast is held to what :mod:`symconv.layers.accuracy` says.
"""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.verify.execute import Subject
from symconv.verify.polynomials import cell_sign
from symconv.verify.reference import TARGET, Array, degree, expected, magnitude, most_terms, shapes
from symconv.verify.report import Refuted

MOST_PRODUCTS = 5_000
"""Exact numbers are slow; larger layers are judged on a twin."""
BESIDES = 2
"""Operations per cell besides the products: the bias, and the quotient of an average."""


def examine(subject: Subject, function: str, geometry: Geometry, dtype: str) -> None:
    """One function on numbers with all their digits in use."""
    exact = _full_mantissas(geometry, np.dtype(dtype))
    given = {name: array.astype(dtype) for name, array in exact.items()}
    found = subject.result(function, geometry, given)
    if found.dtype != np.dtype(dtype):
        raise Refuted(f"{function} returns {found.dtype} for {dtype}")
    wanted = expected(function, geometry, exact)
    bound = gamma(most_terms(function, geometry) + BESIDES + degree(function, geometry), np.dtype(dtype))
    allowed = magnitude(function, geometry, exact)
    if subject.may_round(function, found.dtype):
        bound, allowed = FAST * unit(np.dtype(dtype)), np.full_like(allowed, allowed.max(initial=0))
    for index in np.ndindex(found.shape):
        value = found[index]
        if not np.isfinite(value) or abs(Fraction(float(value)) - wanted[index]) > bound * allowed[index]:
            off = abs(float(value) - float(wanted[index])) / float(allowed[index] or 1)
            cell = cell_sign(TARGET[function], index)
            raise Refuted(f"{cell} in {dtype} is off by {off:.2g} of Σ|terms|; the bound is {float(bound):.2g}")


def gamma(n: int, dtype: np.dtype[np.floating]) -> Fraction:
    """``γ_n = n·u / (1 - n·u)``.

    >>> float(gamma(4, np.dtype("float32"))) < 2.4e-7
    True
    """
    u = unit(dtype)
    return n * u / (1 - n * u)


def unit(dtype: np.dtype[np.floating]) -> Fraction:
    """The unit roundoff u, half the distance from 1 to the next number."""
    return Fraction(1, 2 ** (np.finfo(dtype).nmant + 1))


def _full_mantissas(geometry: Geometry, dtype: np.dtype[np.floating]) -> dict[str, Array]:
    """Random whole numbers that take every digit of the dtype, as exact integers."""
    random = np.random.default_rng(111)
    most = 2 ** (np.finfo(dtype).nmant + 1)
    found = {}
    for name, shape in shapes(geometry).items():
        values = random.integers(-most, most, size=shape, endpoint=True)
        found[name] = values.astype(object)
    return found
