"""Axes, and the arrays that have them.

The extent of an index lives on its :class:`Axis` and nowhere else: ``0 ≤ i < extent``, an int or a SymPy expression.
Symbols are the field's own: ``a w β δ net`` for tensors, ``b c n x y z i j k p q s g`` for axes (THEORY.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sympy

Size = int | sympy.Expr
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
    expanded = sympy.expand(value)
    return int(expanded) if expanded.is_Integer else expanded


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


@dataclass(frozen=True, slots=True)
class Tensor:
    """An array that is given: its letter and its axes."""

    symbol: str
    axes: tuple[Axis, ...]


@dataclass(frozen=True, slots=True)
class Constant:
    """An array with known entries, never differentiated: ``symbol[axes] = entry``, an expression in the axes' symbols."""

    symbol: str
    axes: tuple[Axis, ...]
    entry: sympy.Expr
