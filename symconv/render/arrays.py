"""The arrays that formulas read, by the names people give them: ``rot180(w)``, ``pad(δ↑S)``.

The words come from the relations of the definition (``u = i + before`` is padding, ``u = S·i`` zero insertion,
``u = K-1-p`` rotation, ``p = S·m + ρ`` phases), so what is printed is what the array is.
"""

from __future__ import annotations

import sympy

from symconv.algebra.axes import Axis, Constant, Size, Tensor, ratio, size
from symconv.algebra.contraction import Array, Definition
from symconv.algebra.relations import Relation
from symconv.render.operators import write_strides
from symconv.render.written import ONES, ROTATION, Call, Fraction, Hadamard, Inserted, Letter, Number, Written

CHANNELS = ("b", "g", "n", "c")
COUNT = "1/count"


def is_silent(axis: Axis) -> bool:
    """Whether an axis is left out of print: one batch, group, filter or depth needs no index."""
    return axis.extent == 1 and axis.name in CHANNELS


def write_array(array: Array) -> Written:
    """The name of an array; how much it is padded stands in the operator form."""
    if isinstance(array, Tensor) and array.symbol.startswith("rot180("):
        return Call(ROTATION, (Letter(array.symbol[len("rot180(") : -1]),))
    if isinstance(array, Constant) and array.symbol.startswith(COUNT):
        return Fraction(Number(1), Letter(array.symbol.removeprefix("1/")))
    if isinstance(array, Constant) and array.entry == 1:
        return Letter(ONES)
    if not isinstance(array, Definition):
        return Letter(array.symbol)
    contraction = array.contraction
    if len(contraction.factors) != 1 and contraction.summed:
        return Letter(array.symbol)
    if len(contraction.factors) != 1:
        product: Written = write_array(contraction.factors[0].tensor)
        for factor in contraction.factors[1:]:
            product = Hadamard(product, write_array(factor.tensor))
        return product
    inner = write_array(contraction.factors[0].tensor)
    if any(len(r.axes) > 2 for r in contraction.relations):
        return Call("phases", (inner,))
    coefficients = view_coefficients(array)
    if all(c == -1 for c in coefficients):
        return Call(ROTATION, (inner,))
    if all(c == 1 for c in coefficients):
        return Call("pad", (inner,))
    if any(sympy.denom(c) != 1 for c in coefficients):
        return Call("every", (inner, write_strides(tuple(ratio(1, c) for c in coefficients))))
    return Inserted(inner, write_strides(coefficients))


def view_coefficients(definition: Definition) -> tuple[Size, ...]:
    """How a defined array is numbered: the c of ``u = c·i + o``, for each of its relations."""
    return tuple(_coefficient(r, definition.axes) for r in definition.contraction.relations)


def count_of(constant: Constant) -> sympy.Expr:
    """How many cells a window counts: the reciprocal of the entries of ``1/count``."""
    return 1 / constant.entry


def _coefficient(r: Relation, outer: tuple[Axis, ...]) -> Size:
    """The c of ``u = c·i + o``."""
    [u] = [a for a in r.axes if a in outer]
    [i] = [a for a in r.axes if a not in outer]
    return size(sympy.cancel(-r.coefficient(i) / sympy.sympify(r.coefficient(u), strict=True)))
