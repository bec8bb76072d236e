"""From operands with axes to one NumPy expression: the last part of every schedule."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from string import ascii_lowercase

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.schedules.program import (
    Binary,
    Einsum,
    Expression,
    MatMul,
    Number,
    Reshape,
    Sum,
    Transpose,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An expression and the axes of its value, in order."""

    value: Expression
    axes: tuple[Axis, ...]


def einsum(operands: Sequence[Labelled], output: tuple[Axis, ...]) -> Labelled:
    """``output = Σ ∏ operands`` as one einsum; a single operand is summed and transposed."""
    if len(operands) == 1:
        return _summed(operands[0], output)
    return Labelled(Einsum(einsum_subscripts(operands, output), tuple(o.value for o in operands)), output)


def einsum_subscripts(operands: Sequence[Labelled], output: tuple[Axis, ...]) -> str:
    """``"bic,cn->bin"``, in the axes' own letters."""
    letters = _letters([a for o in operands for a in o.axes] + list(output))
    inputs = ",".join("".join(letters[a] for a in o.axes) for o in operands)
    return inputs + "->" + "".join(letters[a] for a in output)


def matrix_product(operands: Sequence[Labelled], output: tuple[Axis, ...]) -> Labelled:
    """``output[i, j] = Σ_k left[i, k]·right[k, j]`` for two matrices in any order, each either way up."""
    row, column = output
    left = next(o for o in operands if row in o.axes)
    right = next(o for o in operands if column in o.axes)
    [inner] = [a for a in left.axes if a != row]
    return Labelled(MatMul(transposed(left, (row, inner)).value, transposed(right, (inner, column)).value), output)


def transposed(operand: Labelled, axes: tuple[Axis, ...]) -> Labelled:
    """The operand with its axes in this order."""
    if operand.axes == axes:
        return operand
    return Labelled(Transpose(operand.value, tuple(operand.axes.index(a) for a in axes)), axes)


def scaled(value: Expression, scale: Size) -> Expression:
    """``scale·value``, dividing by the denominator so that exact numbers stay exact."""
    if scale == 1:
        return value
    numerator, denominator = sympy.fraction(sympy.sympify(scale, strict=True))
    if numerator != 1:
        value = Binary("*", Number(size(numerator)), value)
    return Binary("/", value, Number(size(denominator)))


def _summed(operand: Labelled, output: tuple[Axis, ...]) -> Labelled:
    away = tuple(k for k, a in enumerate(operand.axes) if a not in output)
    kept = tuple(a for a in operand.axes if a in output)
    return transposed(Labelled(Sum(operand.value, away), kept) if away else operand, output)


def reshaped(value: Expression, shape: tuple[Size, ...]) -> Expression:
    """``value.reshape(shape)``; a reshape of a reshape is one."""
    return Reshape(value.array if isinstance(value, Reshape) else value, shape)


def product_of(axes: Iterable[Axis]) -> Size:
    """How many index values the axes have together."""
    total: Size = 1
    for a in axes:
        total = total * a.extent
    return total if isinstance(total, int) else size(total)


def _letters(axes: Iterable[Axis]) -> dict[Axis, str]:
    """Each axis' own letter; the next free one for names that einsum does not take."""
    distinct = list(dict.fromkeys(axes))
    own = {a: a.name for a in distinct if a.name in ascii_lowercase and len(a.name) == 1}
    letters: dict[Axis, str] = {}
    free = [letter for letter in ascii_lowercase if letter not in own.values()]
    for a in distinct:
        wanted = own.get(a)
        letters[a] = wanted if wanted and wanted not in letters.values() else free.pop(0)
    return letters
