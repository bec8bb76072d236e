"""Numbers for size symbols: the same object at chosen sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import overload

import sympy

from symconv.algebra.axes import Axis, Constant, Size, Tensor, size
from symconv.algebra.contraction import Array, Contraction, Definition, Form, Operand
from symconv.algebra.formula import Condition, IndexedSum, Read
from symconv.algebra.relations import Relation, relation

Sizes = Mapping[sympy.Symbol, Size]


@overload
def at(value: Contraction, sizes: Sizes) -> Contraction: ...
@overload
def at(value: Form, sizes: Sizes) -> Form: ...
def at(value: Contraction | Form, sizes: Sizes) -> Contraction | Form:
    """The contraction or form with the size symbols replaced, everywhere at once.

    A relation stays one: instantiating commutes with exchange and with every law.
    """
    if isinstance(value, Form):
        return Form(tuple(at(term, sizes) for term in value.terms))
    return Contraction(
        _operand(value.output, sizes),
        tuple(_operand(f, sizes) for f in value.factors),
        tuple(_relation(r, sizes) for r in value.relations),
        _size(value.scale, sizes),
    )


def _expression(value: sympy.Expr, sizes: Sizes) -> sympy.Expr:
    return value.xreplace({s: sympy.sympify(n, strict=True) for s, n in sizes.items()})


def _size(value: Size, sizes: Sizes) -> Size:
    return value if isinstance(value, int) else size(_expression(value, sizes))


def _axis(value: Axis, sizes: Sizes) -> Axis:
    return Axis(value.symbol, _size(value.extent, sizes))


def _relation(value: Relation, sizes: Sizes) -> Relation:
    terms = {_axis(a, sizes): _size(c, sizes) for a, c in value.coefficients}
    return relation(terms, _size(value.offset, sizes))


def _operand(value: Operand, sizes: Sizes) -> Operand:
    return Operand(_array(value.tensor, sizes), tuple(_axis(a, sizes) for a in value.axes))


def _array(value: Array, sizes: Sizes) -> Array:
    match value:
        case Tensor():
            return Tensor(value.symbol, tuple(_axis(a, sizes) for a in value.axes))
        case Constant():
            axes = tuple(_axis(a, sizes) for a in value.axes)
            return Constant(value.symbol, axes, _expression(value.entry, sizes))
        case Definition():
            return Definition(at(value.contraction, sizes))


def at_sum(value: IndexedSum, sizes: Sizes) -> IndexedSum:
    """The same for a solved formula."""
    return IndexedSum(
        _operand(value.target, sizes),
        tuple(_axis(a, sizes) for a in value.bounds),
        tuple(Read(_array(f.tensor, sizes), tuple(_expression(s, sizes) for s in f.subscripts)) for f in value.factors),
        tuple(Condition(_expression(c.expression, sizes), _size(c.extent, sizes)) for c in value.conditions),
        _size(value.scale, sizes),
    )
