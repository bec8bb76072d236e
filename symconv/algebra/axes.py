"""Axes, and the arrays that have them.

The extent of an index lives on its :class:`Axis` and nowhere else: ``0 ≤ i < extent``, an int or a SymPy expression.
Symbols are the field's own: ``a w β δ net`` for tensors, ``b c n x y z i j k p q s g`` for axes (THEORY.md).
"""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

import sympy

Size: TypeAlias = int | sympy.Expr
"""An extent, stride, padding or dilation: a number where known, else an expression in size symbols."""


def size(value: Any) -> Size:
    """A size in normal form: ints are Python ints, expressions are expanded, a name is a positive integer symbol.

    >>> size("K"), size(sympy.Integer(3)), size(2 * (sympy.Symbol("O") - 1))
    (K, 3, 2*O - 2)
    """
    if isinstance(value, int):
        return value
    if isinstance(value, str):
        return sympy.Symbol(value, integer=True, positive=True)
    expanded: sympy.Expr = sympy.expand(value)
    return int(expanded) if expanded.is_Integer else expanded


def ratio(value: Size, divisor: Size) -> Size:
    """``value/divisor`` in normal form, a fraction where the division is not exact.

    >>> ratio(6, 3), ratio(6, 4), ratio(size("S") * 2, size("S"))
    (2, 3/2, 2)
    """
    if isinstance(divisor, int):
        return size(sympy.Mul(value, sympy.Rational(1, divisor)))
    return size(sympy.cancel(sympy.Mul(value, sympy.Pow(divisor, -1))))


class gcd(sympy.Function):  # type: ignore[misc]
    """The greatest common divisor of two sizes: a number where both are numbers or one of them is 1.

    >>> gcd(6, 4), gcd(1, size("D")), gcd(size("S"), size("D"))
    (2, 1, gcd(S, D))
    """

    is_integer = True
    is_positive = True

    @classmethod
    def eval(cls, first: sympy.Expr, second: sympy.Expr) -> sympy.Expr | None:
        """The number where there is one; None leaves the function as it stands."""
        if first == second or second == 1:
            return first if first == second else sympy.S.One
        if first == 1:
            return sympy.S.One
        both = first.is_Integer and second.is_Integer
        return sympy.Integer(math.gcd(int(first), int(second))) if both else None


def free_symbols(value: Size) -> set[sympy.Symbol]:
    """The symbols an expression is made of; a number has none."""
    return set() if isinstance(value, int) else set(value.free_symbols)


@dataclass(frozen=True, slots=True)
class Axis:
    """An index with its range ``0 ≤ symbol < extent``."""

    symbol: sympy.Symbol
    extent: Size

    @property
    def name(self) -> str:
        """The printed letter."""
        return str(self.symbol.name)

    def __repr__(self) -> str:
        return f"{self.name}<{self.extent}"


def axis(name: str, extent: Any) -> Axis:
    """The axis ``0 ≤ name < extent``."""
    return Axis(sympy.Symbol(name, integer=True), size(extent))


def primed(name: str, taken: Collection[str]) -> str:
    """The name with as many primes as make it new.

    >>> primed("x", {"x", "x'"})
    "x''"
    """
    while name in taken:
        name += "'"
    return name


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array that is given: its letter and its axes."""

    symbol: str
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """An array with known entries, never differentiated: ``symbol[axes] = entry``, an expression in the axes."""

    symbol: str
    axes: tuple[Axis, ...]
    entry: sympy.Expr
