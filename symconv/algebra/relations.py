"""Relations: one integer-affine equation between axes, ``Σ cₖ·iₖ + c₀ = 0``.

The relation ``x - S·i - D·p + P = 0`` is all that a convolution has of padding, stride and dilation: padding is the
offset, bounds are the extents of the axes, and no other condition is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

import sympy

from symconv.algebra.axes import Axis, Size, ratio, size


@dataclass(frozen=True, slots=True)
class Relation:
    """``Σ coefficient·axis + offset = 0`` in normal form; make one with :func:`relation`.

    Normal form: axes in alphabetical order, no zero coefficient, first coefficient positive, no whole number that
    divides all of it. Equal relations are then equal objects.
    """

    coefficients: tuple[tuple[Axis, Size], ...]
    offset: Size

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes it ties together."""
        return tuple(a for a, _ in self.coefficients)

    def coefficient(self, axis: Axis) -> Size:
        """The coefficient of an axis, 0 where it does not occur."""
        return dict(self.coefficients).get(axis, 0)

    @property
    def expression(self) -> sympy.Expr:
        """The left-hand side as SymPy expression."""
        return sympy.Add(*(c * a.symbol for a, c in self.coefficients), self.offset)

    def solve_for(self, axis: Axis) -> sympy.Expr:
        """The axis as affine expression of the others, divided by its coefficient: ``i = (x + P - D·p)/S``.

        The value means a point only where it is an integer inside the axis' extent.
        """
        own = self.coefficient(axis)
        rest = sympy.Add(*(c * a.symbol for a, c in self.coefficients if a != axis), self.offset)
        return sympy.expand(-rest) / own

    def interval(self, axis: Axis) -> tuple[Size, Size] | None:
        """Where the relation can place the axis while the others keep to their extents: ``low ≤ axis ≤ high``.

        None where the axis does not occur or the sign of a coefficient is not known.
        """
        own = self.coefficient(axis)
        low = high = -self.offset
        for a, c in self.coefficients:
            sign = _sign(c)
            if sign == 0:
                return None
            if a != axis:
                reach = c * (a.extent - 1)
                low, high = (low - reach, high) if sign > 0 else (low, high - reach)
        if own == 0:
            return None
        low, high = ratio(low, own), ratio(high, own)
        return (low, high) if _sign(own) > 0 else (high, low)

    def substitute(self, axis: Axis, value: Mapping[Axis, Size], offset: Size = 0) -> Relation:
        """``axis := Σ value·axes + offset`` (integer coefficients or exactly divisible ones)."""
        own = self.coefficient(axis)
        if own == 0:
            return self
        terms = {a: c for a, c in self.coefficients if a != axis}
        for other, c in value.items():
            terms[other] = terms.get(other, 0) + own * c
        return relation(terms, self.offset + own * offset)

    def eliminate(self, axis: Axis, other: Relation) -> Relation:
        """The multiple of this relation from which a multiple of the other cancels the axis."""
        own, its = self.coefficient(axis), other.coefficient(axis)
        if own == 0:
            return self
        terms: dict[Axis, Size] = {}
        for sign, scale, part in ((1, its, self), (-1, own, other)):
            for a, c in part.coefficients:
                terms[a] = terms.get(a, 0) + sign * scale * c
        return relation(terms, its * self.offset - own * other.offset)


def relation(coefficients: Mapping[Axis, Size], offset: Size = 0) -> Relation:
    """The relation ``Σ coefficient·axis + offset = 0``, normalised.

    >>> from symconv.algebra.axes import axis
    >>> x, i, p = axis("x", 5), axis("i", 2), axis("p", 3)
    >>> relation({x: 1, i: -2, p: -1}, 1) == relation({p: 1, i: 2, x: -1}, -1)
    True
    """
    terms = sorted(((a, size(c)) for a, c in coefficients.items() if size(c) != 0), key=lambda term: term[0].name)
    constant = size(offset)
    if terms and _is_negative(terms[0][1]):
        terms = [(a, size(-c)) for a, c in terms]
        constant = size(-constant)
    divisor = 0
    for value in (*(c for _, c in terms), constant):
        divisor = gcd(divisor, _content(value)) if divisor != 1 else 1
    if terms and divisor > 1:
        terms = [(a, size(c // divisor if isinstance(c, int) else c / divisor)) for a, c in terms]
        constant = size(constant // divisor if isinstance(constant, int) else constant / divisor)
    return Relation(tuple(terms), constant)


def _content(value: Size) -> int:
    """The greatest whole number that divides an expanded expression; 1 where it has fractions."""
    if isinstance(value, int):
        return value
    numbers = [term.as_coeff_Mul()[0] for term in sympy.Add.make_args(value)]
    return gcd(*(int(n) for n in numbers)) if all(n.is_Integer for n in numbers) else 1


def _sign(coefficient: Size) -> int:
    """1, -1, or 0 where the sign of a coefficient is not known."""
    if isinstance(coefficient, int):
        return (coefficient > 0) - (coefficient < 0)
    return 1 if coefficient.is_positive else -1 if coefficient.is_negative else 0


def _is_negative(coefficient: Size) -> bool:
    if isinstance(coefficient, int):
        return coefficient < 0
    return bool(coefficient.could_extract_minus_sign())
