"""Polynomials with rational coefficients, as entries of NumPy object arrays.

An array of them goes through any NumPy code that keeps to sums, differences, products and quotients by numbers, and
what comes out tells every term that the code added. (SymPy's ring elements do the same, but fail where one stands on
the left of an array.) Floats are refused: what they bring in is no longer exact.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from numbers import Rational
from typing import Any

import numpy as np

Powers = tuple[int, ...]
"""A product of variables: their numbers in ascending order, each as often as it occurs."""


class Polynomial:
    """``Σ coefficient · ∏ variables``; variables are numbered. Immutable.

    >>> x, y = Polynomial.variable(0), Polynomial.variable(1)
    >>> sorted(((x + 2 * y) / 3 - y * x).terms.items())
    [((0,), Fraction(1, 3)), ((0, 1), Fraction(-1, 1)), ((1,), Fraction(2, 3))]
    """

    __slots__ = ("terms",)

    def __init__(self, terms: Mapping[Powers, Fraction]) -> None:
        self.terms = terms

    @classmethod
    def variable(cls, number: int) -> Polynomial:
        """The variable of this number."""
        return cls({(number,): Fraction(1)})

    @classmethod
    def of(cls, value: object) -> Polynomial | None:
        """A polynomial, or an exact number as a constant one; None for anything else."""
        if isinstance(value, Polynomial):
            return value
        if isinstance(value, (Rational, np.integer, np.bool_)):
            number = Fraction(int(value)) if isinstance(value, (np.integer, np.bool_)) else Fraction(value)
            return cls({(): number} if number else {})
        return None

    def __add__(self, other: object) -> Any:
        summand = Polynomial.of(other)
        if summand is None:
            return NotImplemented
        few, many = sorted((self.terms, summand.terms), key=len)
        total = dict(many)
        for powers, coefficient in few.items():
            new = total.get(powers, 0) + coefficient
            if new:
                total[powers] = new
            else:
                total.pop(powers, None)
        return Polynomial(total)

    def __mul__(self, other: object) -> Any:
        factor = Polynomial.of(other)
        if factor is None:
            return NotImplemented
        total: dict[Powers, Fraction] = {}
        for mine, c in self.terms.items():
            for theirs, d in factor.terms.items():
                powers = tuple(sorted(mine + theirs))
                total[powers] = total.get(powers, 0) + c * d
        return Polynomial({powers: c for powers, c in total.items() if c})

    def __truediv__(self, other: object) -> Any:
        divisor = Polynomial.of(other)
        if divisor is None or set(divisor.terms) - {()}:
            return NotImplemented
        return self * (1 / divisor.terms[()] if divisor.terms else Fraction(1, 0))

    def __neg__(self) -> Polynomial:
        return Polynomial({powers: -c for powers, c in self.terms.items()})

    def __pos__(self) -> Polynomial:
        return self

    def __sub__(self, other: object) -> Any:
        subtrahend = Polynomial.of(other)
        return NotImplemented if subtrahend is None else self + -subtrahend

    def __rsub__(self, other: object) -> Any:
        minuend = Polynomial.of(other)
        return NotImplemented if minuend is None else minuend + -self

    def __pow__(self, exponent: object) -> Any:
        if not isinstance(exponent, (int, np.integer)) or exponent < 0:
            return NotImplemented
        result = Polynomial({(): Fraction(1)})
        for _ in range(int(exponent)):
            result = result * self
        return result

    def __eq__(self, other: object) -> Any:
        same = Polynomial.of(other)
        return NotImplemented if same is None else self.terms == same.terms

    def __bool__(self) -> bool:
        return bool(self.terms)

    __radd__ = __add__
    __rmul__ = __mul__
    __hash__ = None  # type: ignore[assignment]
