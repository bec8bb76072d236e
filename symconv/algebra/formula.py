"""Solved formulas: the sum a person writes, with subscripts that are expressions such as ``(x + P - D·p)/S``.

A read outside the extent or at a non-integer counts as 0; that one rule is padding, zero insertion and the bounds of
every sum. An :class:`IndexedSum` is terminal: renderers and schedules read it, nothing rewrites it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.algebra.contraction import Array, Contraction, Operand


@dataclass(frozen=True, slots=True)
class Read:
    """An array read at affine subscripts, possibly divided."""

    tensor: Array
    subscripts: tuple[sympy.Expr, ...]

    @property
    def symbol(self) -> str:
        """The letter of the array."""
        return self.tensor.symbol


@dataclass(frozen=True, slots=True)
class Condition:
    """The Iverson bracket ``[0 ≤ expression < extent, an integer]``: 1 where it holds, else 0."""

    expression: sympy.Expr
    extent: Size


@dataclass(frozen=True, slots=True)
class IndexedSum:
    """``target = scale · Σ over bounds of ∏ factors · ∏ conditions``; target subscripts are plain axes."""

    target: Operand
    bounds: tuple[Axis, ...]
    factors: tuple[Read, ...]
    conditions: tuple[Condition, ...]
    scale: Size


@dataclass(frozen=True, slots=True)
class Affine:
    """``(Σ coefficient·axis + offset) / divisor`` with whole numbers, the divisor positive."""

    coefficients: tuple[tuple[sympy.Symbol, int], ...]
    offset: int
    divisor: int


def affine(expression: sympy.Expr, symbols: Iterable[sympy.Symbol]) -> Affine:
    """A subscript of numeric sizes taken apart (ValueError where a size is left open).

    >>> x, p = sympy.symbols("x p")
    >>> affine((x - 2 * p + 1) / 3, (x, p))
    Affine(coefficients=((x, 1), (p, -2)), offset=1, divisor=3)
    """
    expanded = sympy.expand(expression)
    letters = tuple(symbols)
    parts = [(s, expanded.coeff(s)) for s in letters]
    offset = expanded.subs(dict.fromkeys(letters, 0))
    is_affine = expanded == sympy.Add(offset, *(v * s for s, v in parts))
    if not is_affine or not all(v.is_Rational for v in (offset, *(v for _, v in parts))):
        raise ValueError(f"the subscript {expression} is not affine with numeric coefficients")
    divisor = int(sympy.ilcm(1, *(v.q for _, v in parts), offset.q))
    return Affine(tuple((s, int(v * divisor)) for s, v in parts if v != 0), int(offset * divisor), divisor)


def solve(contraction: Contraction, axes: Iterable[Axis]) -> IndexedSum:
    """``Σ over relation points  -->  Σ over free axes``, each named axis replaced by its solution of one relation.

    Law: a relation ``c·i + rest = 0`` has the one solution ``i = -rest/c``, which is a point where it is an integer
    inside the extent of i. Where a factor reads i that is implied by the read (outside is 0); elsewhere it is kept as
    an Iverson bracket, and so is a relation that no named axis solves. Side condition: the axes are summed axes.
    """
    solutions: dict[Axis, sympy.Expr] = {}
    pending = list(contraction.relations)
    for own in axes:
        if own in contraction.output.axes:
            raise ValueError(f"{own.name} belongs to the output and can not be summed away")
        chosen = next((r for r in pending if r.coefficient(own) != 0), None)
        if chosen is None:
            raise ValueError(f"no relation is left to solve for {own.name}")
        pending.remove(chosen)
        solution = chosen.solve_for(own)
        pending = [r.eliminate(own, chosen) for r in pending]
        solutions = {a: e.subs(own.symbol, solution) for a, e in solutions.items()} | {own: solution}
    factors = tuple(Read(f.tensor, tuple(solutions.get(a, a.symbol) for a in f.axes)) for f in contraction.factors)
    read = {a for f in contraction.factors for a in f.axes}
    conditions = [Condition(e, a.extent) for a, e in solutions.items() if a not in read]
    conditions += [Condition(r.expression, 1) for r in pending]
    bounds = tuple(a for a in contraction.summed if a not in solutions)
    return IndexedSum(contraction.output, bounds, factors, tuple(conditions), contraction.scale)
