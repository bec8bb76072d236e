"""Expressions that are affine in indices, with numbers and sizes as coefficients: what a subscript is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symconv.algebra.notation import refusal
from symconv.algebra.setting import Value


@dataclass(frozen=True, slots=True)
class Linear:
    """``Σ coefficient·index + offset``."""

    coefficients: Mapping[str, Value]
    offset: Value

    @property
    def bare(self) -> str | None:
        """The index, where the subscript is one index and nothing else."""
        if len(self.coefficients) == 1 and self.offset == 0:
            [(name, coefficient)] = self.coefficients.items()
            return name if coefficient == 1 else None
        return None


def added(left: Linear, right: Linear, sign: int) -> Linear:
    """``left + sign·right``."""
    coefficients = dict(left.coefficients)
    for name, c in right.coefficients.items():
        coefficients[name] = coefficients.get(name, Fraction(0)) + sign * c
    return Linear({n: c for n, c in coefficients.items() if c != 0}, left.offset + sign * right.offset)


def multiplied(left: Linear, right: Linear, divides: bool, at: int) -> Linear:
    """``left·right`` or ``left/right``; RequestError at a position where that is not affine in the indices."""
    if divides:
        if right.coefficients or right.offset == 0:
            raise refusal(
                at, "the divisor is zero or no number", "a subscript is affine in indices, divided by a number"
            )
        right = Linear({}, 1 / right.offset)
    if left.coefficients and right.coefficients:
        raise refusal(at, "two indices are multiplied", "subscripts are affine in indices")
    if right.coefficients:
        left, right = right, left
    by = right.offset
    return Linear({n: c * by for n, c in left.coefficients.items() if c * by != 0}, left.offset * by)
