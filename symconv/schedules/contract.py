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
    Let,
    MatMul,
    Number,
    Reshape,
    Statement,
    Sum,
    Transpose,
    Var,
)


@dataclass(frozen=True, slots=True)
class Labelled:
    """An expression and the axes of its value, in order."""

    value: Expression
    axes: tuple[Axis, ...]


def einsum(operands: Sequence[Labelled], output: tuple[Axis, ...], scale: Size = 1) -> Labelled:
    """``output = scale · Σ ∏ operands`` as one einsum; a single operand is summed and transposed."""
    if len(operands) == 1:
        return scaled(_summed(operands[0], output), scale)
    letters = _letters([a for o in operands for a in o.axes] + list(output))
    inputs = ",".join("".join(letters[a] for a in o.axes) for o in operands)
    subscripts = inputs + "->" + "".join(letters[a] for a in output)
    return scaled(Labelled(Einsum(subscripts, tuple(o.value for o in operands)), output), scale)


def matrix_product(
    left: tuple[str, Labelled], right: tuple[str, Labelled], output: tuple[Axis, ...], scale: Size = 1
) -> tuple[tuple[Statement, ...], Labelled]:
    """The same for two named operands as one (batched) matrix product: axes grouped, flattened, multiplied, unfolded.

    Rows are the left operand's own axes, columns the right one's; axes of both and of the output are the batch of
    matrices. Leading output axes that only the right operand has stay a batch too, so that nothing is moved.
    """
    (left_name, first), (right_name, second) = left, right
    shared = [a for a in first.axes if a in second.axes]
    batch = [a for a in output if a in shared]
    inner = [a for a in shared if a not in output]
    rows = [a for a in output if a in first.axes and a not in batch]
    columns = [a for a in output if a in second.axes and a not in batch]
    lead = columns[: next((k for k, a in enumerate(output) if a not in columns), 0)]
    columns = [a for a in columns if a not in lead]
    statements: list[Statement] = []
    matrices: list[Expression] = []
    for name, operand, groups in (
        (left_name, first, [batch, rows, inner]),
        (right_name, second, [lead + batch, inner, columns]),
    ):
        matrix = _flattened(operand, groups)
        if isinstance(matrix, Reshape):
            statements.append(Let(name, matrix))
            matrix = Var(name)
        matrices.append(matrix)
    order = (*lead, *batch, *rows, *columns)
    product: Expression = MatMul(*matrices)
    if len(rows) != 1 or len(columns) != 1:
        product = reshaped(product, tuple(a.extent for a in order))
    return tuple(statements), scaled(transposed(Labelled(product, order), output), scale)


def transposed(operand: Labelled, axes: tuple[Axis, ...]) -> Labelled:
    """The operand with its axes in this order."""
    if operand.axes == axes:
        return operand
    return Labelled(Transpose(operand.value, tuple(operand.axes.index(a) for a in axes)), axes)


def scaled(operand: Labelled, scale: Size) -> Labelled:
    """``scale·operand``, dividing by the denominator so that exact numbers stay exact."""
    if scale == 1:
        return operand
    numerator, denominator = sympy.fraction(sympy.sympify(scale, strict=True))
    value = operand.value
    if numerator != 1:
        value = Binary("*", Number(size(numerator)), value)
    return Labelled(Binary("/", value, Number(size(denominator))), operand.axes)


def _summed(operand: Labelled, output: tuple[Axis, ...]) -> Labelled:
    away = tuple(k for k, a in enumerate(operand.axes) if a not in output)
    kept = tuple(a for a in operand.axes if a in output)
    return transposed(Labelled(Sum(operand.value, away), kept) if away else operand, output)


def _flattened(operand: Labelled, groups: Sequence[Sequence[Axis]]) -> Expression:
    """The operand as a stack of matrices: batch axes kept, the last two groups flattened to one axis each."""
    batch, rows, columns = (tuple(g) for g in groups)
    order = (*batch, *rows, *columns)
    moved = transposed(operand, order).value
    if len(rows) == 1 and len(columns) == 1:
        return moved
    return reshaped(moved, (*(a.extent for a in batch), _product(rows), _product(columns)))


def reshaped(value: Expression, shape: tuple[Size, ...]) -> Expression:
    """``value.reshape(shape)``; a reshape of a reshape is one."""
    return Reshape(value.array if isinstance(value, Reshape) else value, shape)


def _product(axes: Iterable[Axis]) -> Size:
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
