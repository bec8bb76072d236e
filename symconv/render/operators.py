"""Operator trees as written: ``cross(pad(δ↑S, K-1, K-1+r), rot180(w)) ∘ f'(net^{l-1})``."""

from __future__ import annotations

from symconv.algebra.axes import Axis, Size
from symconv.derivation.operator import (
    Cross,
    Elementwise,
    Every,
    InsertZeros,
    Matrix,
    Name,
    Operator,
    Pad,
    Rotate,
    Scaled,
    Total,
)
from symconv.render.write_affine import write_affine, write_size
from symconv.render.written import (
    ONES,
    Call,
    Equation,
    Fraction,
    Hadamard,
    Indexed,
    Inserted,
    Letter,
    Number,
    Pair,
    Range,
    Signed,
    Sizes,
    Summed,
    Transposed,
    Written,
    product,
    total,
)


def write_operator(operator: Operator, base: int = 0) -> Written:
    """The tree with amounts that agree said once; axes of extent 1 are left out."""
    match operator:
        case Name(symbol, subscripts):
            return _name(symbol, subscripts)
        case Pad(array, amounts):
            return Call("pad", (write_operator(array, base), *write_amounts(amounts)))
        case InsertZeros(array, strides):
            return Inserted(write_operator(array, base), write_strides(strides))
        case Every(array, steps):
            return Call("every", (write_operator(array, base), write_strides(steps)))
        case Rotate(array):
            return Call("rot180", (write_operator(array, base),))
        case Cross(array, filter, stride, dilation):
            options = tuple(
                Equation(Letter(word), write_strides(values))
                for word, values in (("stride", stride), ("dilation", dilation))
                if any(v != 1 for v in values)
            )
            return Call("cross", (write_operator(array, base), write_operator(filter, base)), options)
        case Elementwise(left, right):
            return Hadamard(write_operator(left, base), write_operator(right, base))
        case Scaled(scale, summed, array):
            body = write_operator(array, base)
            if summed:
                body = Summed(tuple(write_range(a, base) for a in summed), (), body)
            return product(write_size(scale), body)
        case Total(terms):
            return total(tuple(Signed(False, write_operator(term, base)) for term in terms))
        case Matrix(left, right, left_transposed, right_transposed):
            return product(_matrix(left, left_transposed), _matrix(right, right_transposed))


def write_amounts(amounts: tuple[tuple[Size, Size], ...]) -> tuple[Written, ...]:
    """``n`` where all agree, ``before, after`` where the dimensions agree, else ``before:after`` per dimension."""
    if len(set(amounts)) == 1:
        before, after = amounts[0]
        return (write_size(before),) if before == after else (write_size(before), write_size(after))
    return (Sizes(tuple(write_size(b) if b == a else Pair(write_size(b), write_size(a)) for b, a in amounts)),)


def write_strides(values: tuple[Size, ...]) -> Written:
    """One number where the dimensions agree."""
    return write_size(values[0]) if len(set(values)) == 1 else Sizes(tuple(write_size(v) for v in values))


def write_range(axis: Axis, base: int) -> Range:
    """``axis = 0 … extent - 1``, or ``1 … extent``."""
    last = axis.extent - 1 + base
    return Range(axis.name, Number(base), write_size(last) if isinstance(last, int) else write_affine(last, ()))


def _name(symbol: str, subscripts: tuple[Axis, ...]) -> Written:
    if symbol.startswith("1/count"):
        return Fraction(Number(1), Letter(symbol.removeprefix("1/")))
    shown = tuple(Letter(a.name) for a in subscripts if a.extent != 1)
    array = Letter(ONES) if symbol == "1" else Letter(symbol)
    return Indexed(array, shown) if shown else array


def _matrix(name: Name, transposed: bool) -> Written:
    return Transposed(Letter(name.symbol)) if transposed else Letter(name.symbol)
