"""The meaning, by enumeration: slow and obvious. Every law is tested through it.

Arrays are NumPy arrays of any exact dtype (Python ints, fractions, polynomials); the result has dtype object.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import numpy as np
import sympy

from symconv.algebra.axes import Axis, Constant, Size, Tensor
from symconv.algebra.contraction import Array, Contraction, Definition, Form
from symconv.algebra.formula import Affine, IndexedSum, affine
from symconv.algebra.relations import Relation

Arrays = Mapping[str, "np.ndarray[Any, Any]"]


def evaluate(value: Contraction | Form, arrays: Arrays) -> np.ndarray[Any, Any]:
    """The output array of a contraction or form of numeric sizes, ``arrays`` by letter."""
    if isinstance(value, Form):
        return np.asarray(sum(evaluate(term, arrays) for term in value.terms), dtype=object)
    result = np.zeros(tuple(int(a.extent) for a in value.output.axes), dtype=object)
    operands = [(f.axes, _array(f.tensor, arrays)) for f in value.factors]
    for point in points(value.axes, value.relations):
        term = _exact(value.scale)
        for axes, array in operands:
            term = term * array[tuple(point[a] for a in axes)]
        result[tuple(point[a] for a in value.output.axes)] += term
    return result


def evaluate_sum(value: IndexedSum, arrays: Arrays) -> np.ndarray[Any, Any]:
    """The target array of a solved formula: reads outside the extent or at a non-integer are 0."""
    axes = (*dict.fromkeys(value.target.axes), *value.bounds)
    letters = [a.symbol for a in axes]
    operands = [([affine(s, letters) for s in f.subscripts], _array(f.tensor, arrays)) for f in value.factors]
    conditions = [(affine(c.expression, letters), int(c.extent)) for c in value.conditions]
    result = np.zeros(tuple(int(a.extent) for a in value.target.axes), dtype=object)
    for point in points(axes, ()):
        at = {a.symbol: v for a, v in point.items()}
        if any(_index(e, at, extent) is None for e, extent in conditions):
            continue
        term = _exact(value.scale)
        for subscripts, array in operands:
            where = [_index(s, at, n) for s, n in zip(subscripts, array.shape, strict=True)]
            term = term * (0 if None in where else array[tuple(where)])
        result[tuple(point[a] for a in value.target.axes)] += term
    return result


def points(axes: tuple[Axis, ...], relations: tuple[Relation, ...]) -> Iterator[dict[Axis, int]]:
    """Every assignment of the axes within their extents that satisfies all relations.

    An axis that completes a relation has one value at most, and none of those that follow are tried in vain.
    """
    point: dict[Axis, int] = {}

    def extend(depth: int) -> Iterator[dict[Axis, int]]:
        if depth == len(order):
            yield point
            return
        own, due = order[depth]
        for value in _solutions(own, due[0], point) if due else range(int(own.extent)):
            point[own] = value
            if all(_holds(r, point) for r in due[1:]):
                yield from extend(depth + 1)

    order = enumeration(axes, relations)
    if all(int(r.offset) == 0 for r in relations if not r.axes):
        yield from extend(0)


def enumeration(axes: tuple[Axis, ...], relations: tuple[Relation, ...]) -> list[tuple[Axis, list[Relation]]]:
    """The axes in the order in which they are set, each with the relations that it completes.

    Next is always an axis of the relation that lacks fewest, so that as many axes as possible complete one.
    """
    pending = [r for r in relations if r.axes]
    unset = dict.fromkeys(axes)
    order = []
    while unset:
        lacking = min(pending, key=lambda r: sum(a in unset for a in r.axes), default=None)
        own = next(a for a in unset if lacking is None or a in lacking.axes)
        del unset[own]
        due = [r for r in pending if not any(a in unset for a in r.axes)]
        pending = [r for r in pending if r not in due]
        order.append((own, due))
    return order


def _solutions(own: Axis, r: Relation, point: dict[Axis, int]) -> tuple[int, ...]:
    rest = sum(int(c) * point[a] for a, c in r.coefficients if a != own) + int(r.offset)
    value, remainder = divmod(-rest, int(r.coefficient(own)))
    return (value,) if remainder == 0 and 0 <= value < int(own.extent) else ()


def _holds(r: Relation, point: dict[Axis, int]) -> bool:
    return sum(int(c) * point[a] for a, c in r.coefficients) + int(r.offset) == 0


def _array(tensor: Array, arrays: Arrays) -> np.ndarray[Any, Any]:
    match tensor:
        case Tensor():
            return np.asarray(arrays[tensor.symbol])
        case Definition():
            return evaluate(tensor.contraction, arrays)
        case Constant():
            return constant_array(tensor)


def constant_array(constant: Constant) -> np.ndarray[Any, Any]:
    """The entries of a constant as exact numbers."""
    shape = tuple(int(a.extent) for a in constant.axes)
    entries = np.empty(shape, dtype=object)
    for index in product(*map(range, shape)):
        at = {a.symbol: sympy.Integer(v) for a, v in zip(constant.axes, index, strict=True)}
        entries[index] = _exact(constant.entry.xreplace(at))
    return entries


def _exact(value: Size) -> Any:
    """A Python int, or a SymPy rational where it is none."""
    return value if isinstance(value, int) else int(value) if value.is_Integer else value


def _index(value: Affine, at: Mapping[sympy.Symbol, int], extent: int) -> int | None:
    """The subscript at a point; None where it is no integer or outside."""
    number, rest = divmod(sum(c * at[s] for s, c in value.coefficients) + value.offset, value.divisor)
    return number if rest == 0 and 0 <= number < extent else None
