"""One product of tensor cells, and how it is written: names, positions, subscripts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy

Shape = tuple[int, ...]
Index = tuple[int, ...]
Array = npt.NDArray[Any]
Factor = tuple[str, Shape]
"""A tensor that a product reads: its name and its shape."""

BIAS = ("bias", "dbias")


@dataclass(frozen=True, slots=True)
class Monomial:
    """``coefficient · ∏ factors``, each factor a tensor's name and its full 0-based index."""

    coefficient: sympy.Rational
    factors: tuple[tuple[str, Index], ...]

    def expression(self, short: bool = False) -> sympy.Expr:
        """The product in SymPy; ``short`` leaves batch and channel subscripts out."""
        return sympy.Mul(self.coefficient, *(read(name, index, short) for name, index in self.factors))

    def value(self, arrays: Mapping[str, Array]) -> int | Fraction:
        """The product at these arrays of exact numbers."""
        found: int | Fraction = Fraction(int(self.coefficient.p), int(self.coefficient.q))
        for name, index in self.factors:
            found = found * arrays[name][index]
        return found


def leading_axes(name: str) -> int:
    """How many axes of a tensor are batch or channel axes: 2, and 1 for the bias and its gradient."""
    return 1 if name in BIAS else 2


def read(name: str, index: Index, short: bool = False) -> sympy.Expr:
    """One cell of a tensor in SymPy; ``short`` leaves out batch and channel indices. The bias keeps its index.

    >>> read("w", (0, 0, 1, 2), short=True), read("bias", (0,), short=True)
    (w[1, 2], bias[0])
    """
    subscripts = index[leading_axes(name) :] if short and name not in BIAS else index
    return sympy.IndexedBase(name)[subscripts]


def monomial_at(factors: tuple[Factor, ...], reads: Array, numerator: int, denominator: int) -> Monomial:
    """One row of a table: flat positions back to indices."""
    pairs = zip(factors, reads, strict=True)
    return Monomial(
        sympy.Rational(numerator, denominator), tuple((name, unflat(int(at), shape)) for (name, shape), at in pairs)
    )


def monomials_at(factors: tuple[Factor, ...], reads: Array, numerators: Array, denominator: int) -> Iterator[Monomial]:
    """Rows of a table, many at a time."""
    coefficients = {n: sympy.Rational(n, denominator) for n in {int(n) for n in numerators}}
    columns = [[(name, index) for index in _unflat_all(reads[:, k], shape)] for k, (name, shape) in enumerate(factors)]
    for row, n in enumerate(numerators):
        yield Monomial(coefficients[int(n)], tuple(column[row] for column in columns))


def _unflat_all(positions: Array, shape: Shape) -> Iterator[Index]:
    if not shape:
        return iter([()] * len(positions))
    return zip(*(axis.tolist() for axis in np.unravel_index(positions, shape)), strict=True)


def flat(index: Index, shape: Shape) -> int:
    """The C-order position of an index."""
    return int(np.ravel_multi_index(index, shape)) if shape else 0


def unflat(position: int, shape: Shape) -> Index:
    """The index at a C-order position."""
    return tuple(int(i) for i in np.unravel_index(position, shape)) if shape else ()
