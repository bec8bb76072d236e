"""The algebra's objects as written formulas, in the index base asked for.

Base 1 counts every index from 1: an index letter ``v`` of the algebra becomes ``v - 1`` and every subscript gains 1,
so ``a[i + p, j + q]`` is printed ``a[i + p - 1, j + q - 1]``. Ranges and conditions move alike; the formula printed
is the truth in the base it names.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

import sympy

from symconv.algebra.axes import Axis, Constant, Size
from symconv.algebra.contraction import Array, Contraction, Definition, Form, Operand, source
from symconv.algebra.formula import Condition, IndexedSum, Read, solve
from symconv.algebra.relations import Relation, relation
from symconv.derivation.backward import Derivation
from symconv.derivation.polyphase import Part, Polyphase
from symconv.derivation.step import SLOPE
from symconv.render.arrays import COUNT, count_of, is_silent, write_array
from symconv.render.operators import write_operator, write_range
from symconv.render.write_affine import write_affine, write_size
from symconv.render.written import (
    Call,
    Chain,
    Equation,
    Expression,
    Fraction,
    Indexed,
    Iverson,
    Letter,
    Number,
    Signed,
    Summed,
    Written,
    product,
    total,
)

_ORDER = ("δ", "w", "a", "net")
_LEFT = "uvtxyzijk"
_Factor = TypeVar("_Factor", Operand, Read)


def write_relation(r: Relation, base: int = 0) -> Equation:
    """``x = S·i + D·p - P``, solved for the position that the others lead to."""
    own = max(r.axes, key=lambda a: (r.coefficient(a) in (1, -1), _positive_others(r, a), -_letter_rank(a)))
    indices = [a.symbol for a in r.axes]
    factor = r.coefficient(own)
    sign = -1 if _is_negative(factor) else 1
    shifted = r.expression.subs({s: s - base for s in indices}, simultaneous=True)
    left = sympy.expand(sign * factor * own.symbol)
    right = sympy.expand(left - sign * shifted)
    return Equation(write_affine(left, indices), write_affine(right, indices))


def write_contraction(contraction: Contraction, base: int = 0) -> Equation:
    """``output[o] = Σ_n Σ_{relations} ∏ factors``: the relations stand below the sum."""
    tied = {a for r in contraction.relations for a in r.axes}
    ranges = tuple(write_range(a, base) for a in contraction.summed if a not in tied and a.extent != 1)
    relations = tuple(write_relation(r, base) for r in contraction.relations)
    outside = [_operand(f) for f in contraction.factors if f.symbol == SLOPE]
    only = {a: Number(base) for a in contraction.summed if a not in tied and a.extent == 1}
    inside = product(*(_operand(f, only) for f in _sorted(contraction.factors) if f.symbol != SLOPE))
    body = Summed(ranges, relations, inside) if ranges or relations else inside
    return Equation(_operand(contraction.output), product(*outside, write_size(contraction.scale), body))


def write_form(form: Form, base: int = 0) -> Equation:
    """The sum of the terms, those without Σ first: ``net = β + Σ …``."""
    return _added([write_contraction(replace(term, scale=abs(term.scale)), base) for term in form.terms], form.terms)


def write_sum(formula: IndexedSum, base: int = 0) -> Equation:
    """``target = Σ_p … ∏ reads``: an axis with one value is set to it and not summed.

    A relation that was not solved stands below a Σ over the axes that it ties.
    """
    fixed = {a.symbol: sympy.S.Zero for a in formula.bounds if a.extent == 1}
    axes = (*formula.target.axes, *formula.bounds)
    indices = [a.symbol for a in axes]
    kept = tuple(_relation(c.expression.subs(fixed), axes) for c in formula.conditions if c.extent == 1)
    tied = {a for r in kept for a in r.axes}
    ranges = tuple(write_range(a, base) for a in formula.bounds if a.extent != 1 and a not in tied)
    outside = [_read(f, fixed, indices, base) for f in formula.factors if f.symbol == SLOPE]
    reads = [_read(f, fixed, indices, base) for f in _sorted(formula.factors) if f.symbol != SLOPE]
    brackets = [_condition(c, fixed, indices, base) for c in formula.conditions if c.extent != 1]
    inside = product(*reads, *brackets)
    body = Summed(ranges, (), inside) if ranges else inside
    if kept:
        body = Summed((), tuple(write_relation(r, base) for r in kept), body)
    return Equation(_operand(formula.target), product(*outside, write_size(formula.scale), body))


def _relation(expression: sympy.Expr, axes: Iterable[Axis]) -> Relation:
    letters = {a: expression.coeff(a.symbol) for a in axes}
    return relation(letters, expression.subs({a.symbol: 0 for a in letters}))


def write_sums(terms: Iterable[IndexedSum], base: int = 0) -> Equation:
    """The sum of solved terms of one target."""
    given = tuple(terms)
    return _added([write_sum(replace(term, scale=abs(term.scale)), base) for term in given], given)


def write_definition(definition: Definition, base: int = 0) -> Equation:
    """``pad(T)[u] = T[u - before]``: what an intermediate array holds; outside of T it is 0."""
    inner = definition.contraction
    axes = [a for r in inner.relations for a in r.axes if a not in inner.output.axes]
    written = write_sum(solve(inner, axes), base)
    assert isinstance(written.left, Indexed)
    return Equation(Indexed(write_array(definition), written.left.subscripts), written.right)


def write_polyphase(form: Polyphase, base: int = 0) -> tuple[Equation, ...]:
    """Every part, then ``∂E/∂a[3t+2] = 0`` for every slice that none of them writes."""
    return (*(written for part in form.parts for written in write_part(part, base)), *write_unreached(form, base))


def write_unreached(form: Polyphase, base: int = 0) -> tuple[Equation, ...]:
    """``∂E/∂a[3t+2] = 0``."""
    return tuple(Equation(write_slice(form.solved.target, {x: at}, base), Number(0)) for x, at in form.unreached)


def write_part(part: Part, base: int = 0) -> tuple[Equation, ...]:
    """``∂E/∂a[2t+1] = Σ_m δ[t-m]·w[2m]`` and, where it has a name, ``∂E/∂a[2t+1] = cross(…)[t]``."""
    outer = part.contraction
    ties = {a: r.solve_for(a) for r in outer.relations for a in r.axes if a in outer.output.axes}
    cells = write_slice(outer.output, ties, base)
    written = [Equation(cells, write_sum(part.solved, base).right)]
    if part.operator is not None:
        positions = tuple(Letter(a.name) for r in outer.relations for a in r.axes if a not in ties)
        written.append(Equation(cells, Indexed(write_operator(part.operator, base), positions)))
    return tuple(written)


def write_slice(output: Operand, at: Mapping[Axis, sympy.Expr], base: int = 0) -> Written:
    """An output at some subscripts: ``∂E/∂a[2t+1]``."""
    subscripts = tuple(at.get(a, a.symbol) for a in output.axes)
    indices = list(dict.fromkeys(s for subscript in subscripts for s in subscript.free_symbols))
    return _read(Read(output.tensor, subscripts), {}, indices, base)


def write_goal(derivation: Derivation, base: int = 0) -> Equation | None:
    """The operator form with the result on its left; None where there is none."""
    if derivation.operator is None:
        return None
    return Equation(write_operator(derivation.target, base), write_operator(derivation.operator, base))


def _added(written: list[Equation], terms: Iterable[Contraction | IndexedSum]) -> Equation:
    """The terms with their signs, those without Σ first, and something that is added before what is taken away."""
    signed = [Signed(_is_negative(term.scale), w.right) for w, term in zip(written, terms, strict=True)]
    signed.sort(key=lambda s: (isinstance(s.term, Summed), s.negative))
    if signed[0].negative:
        signed.sort(key=lambda s: s.negative)
    return Equation(written[0].left, total(tuple(signed)))


def _operand(operand: Operand, only: Mapping[Axis, Written] = MappingProxyType({})) -> Written:
    """The array at its axes; ``only`` holds those that have one value and are not summed."""
    return _entry(operand.tensor, [(a, only.get(a, Letter(a.name))) for a in operand.axes])


def _read(read: Read, fixed: Mapping[sympy.Symbol, sympy.Expr], indices: list[sympy.Symbol], base: int) -> Written:
    written = []
    for axis, subscript in zip(read.tensor.axes, read.subscripts, strict=True):
        value = subscript.subs(fixed).subs({s: s - base for s in indices}, simultaneous=True)
        written.append((axis, write_affine(value, indices, add=base)))
    return _entry(read.tensor, written)


def _entry(array: Array, subscripts: list[tuple[Axis, Written]]) -> Written:
    """The array at its subscripts; those of silent axes are left out. A count is read as a function of its position."""
    if isinstance(array, Constant) and array.symbol.startswith(COUNT):
        arguments = tuple(w for _, w in subscripts)
        return Fraction(Number(1), Call(array.symbol.removeprefix("1/"), arguments))
    shown = tuple(w for a, w in subscripts if not is_silent(a))
    return Indexed(write_array(array), shown) if shown else write_array(array)


def _condition(
    condition: Condition, fixed: Mapping[sympy.Symbol, sympy.Expr], indices: list[sympy.Symbol], base: int
) -> Written:
    """``[0 ≤ e < K]`` in base 0, ``[1 ≤ e ≤ K]`` in base 1."""
    value = condition.expression.subs(fixed).subs({s: s - base for s in indices}, simultaneous=True)
    middle = write_affine(value, indices, add=base)
    return Iverson(Chain(Number(base), middle, write_size(condition.extent), strict=base == 0))


def write_count(constant: Constant, base: int = 0) -> Equation:
    """``count(i) = min(…) - max(…)``: how many taps of the window at i fall on counted cells."""
    arguments = tuple(Letter(a.name) for a in constant.axes)
    shifted = count_of(constant).subs({a.symbol: a.symbol - base for a in constant.axes}, simultaneous=True)
    terms = sorted(sympy.Add.make_args(shifted), key=lambda t: bool(t.could_extract_minus_sign()))
    signed = (
        Signed(t.could_extract_minus_sign(), Expression(-t if t.could_extract_minus_sign() else t)) for t in terms
    )
    return Equation(Call(constant.symbol.removeprefix("1/"), arguments), total(tuple(signed)))


def _sorted(factors: Iterable[_Factor]) -> list[_Factor]:
    return sorted(factors, key=_rank)


def _rank(factor: Operand | Read) -> int:
    """δ before w before a, as the lesson writes products; constants before the slope, which comes last."""
    if factor.symbol == SLOPE:
        return len(_ORDER) + 1
    letter = source(factor.tensor).symbol
    return _ORDER.index(letter) if letter in _ORDER else len(_ORDER)


def _positive_others(r: Relation, own: Axis) -> int:
    """How many other axes are added where the relation is solved for this one: ``i`` and, of K taps, ``K - 1 - p``."""
    solved = r.solve_for(own)
    others = [(a, solved.coeff(a.symbol)) for a in r.axes if a != own]
    return sum(1 for a, c in others if not _is_negative(c) or solved.coeff(sympy.sympify(a.extent, strict=True)) == -c)


def _is_negative(coefficient: Size) -> bool:
    return coefficient < 0 if isinstance(coefficient, int) else bool(coefficient.could_extract_minus_sign())


def _letter_rank(axis: Axis) -> int:
    return _LEFT.index(axis.name[0]) if axis.name[0] in _LEFT else len(_LEFT)
