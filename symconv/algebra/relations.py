"""Relations: one integer-affine equation between axes, ``Σ cₖ·iₖ + c₀ = 0``.

The relation ``x - S·i - D·p + P = 0`` is all that a convolution has of padding, stride and dilation: padding is the
offset, bounds are the extents of the axes, and no other condition is needed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import gcd

import sympy

from symconv.algebra.axes import Axis, Size, size


@dataclass(frozen=True, slots=True)
class Relation:
    """``Σ coefficient·axis + offset = 0`` in normal form; make one with :func:`relation`.

    Normal form: axes in alphabetical order, no zero coefficient, first coefficient positive, numeric coefficients
    without common factor. Equal relations are then equal objects.
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
    values = [c for _, c in terms] + [constant]
    if terms and all(isinstance(v, int) for v in values):
        divisor = gcd(*(c for _, c in terms if isinstance(c, int)))
        if divisor > 1 and constant % divisor == 0:
            terms = [(a, c // divisor) for a, c in terms]
            constant = constant // divisor
    return Relation(tuple(terms), constant)


def _is_negative(coefficient: Size) -> bool:
    if isinstance(coefficient, int):
        return coefficient < 0
    return bool(coefficient.could_extract_minus_sign())
