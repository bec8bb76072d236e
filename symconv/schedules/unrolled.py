"""``unrolled``: every cell of the target as an expression, from SymPy's elementwise result, for small sizes.

The expressions are those of the elementwise road; SymPy finds the subexpressions that several cells share.
"""

from __future__ import annotations

import sympy

from symconv.derivation.products import PolynomialArray
from symconv.errors import RequestError
from symconv.schedules.program import Binary, Cell, Item, Let, Number, Statement, Store, Var, Zeros
from symconv.schedules.reading import Lowered

MOST_PRODUCTS = 600
"""More products than this make a file that nobody reads."""


def lower(name: str, polynomials: PolynomialArray, inputs: tuple[str, ...], averages: bool = False) -> Lowered:
    """One assignment per cell, after the shared subexpressions; averages of integers are floats from the start."""
    if len(polynomials) > MOST_PRODUCTS:
        raise RequestError(
            f"schedule unrolled would write {len(polynomials)} products, more than {MOST_PRODUCTS}; "
            "choose another schedule, or a smaller layer"
        )
    cells = list(polynomials.elements())
    shared, reduced = sympy.cse([sympy.factor_terms(e) for _, e in cells], order="none")
    statements: list[Statement] = [Let(a, Binary("/", Var(a), Number(1))) for a in inputs if averages]
    statements += [Let(name, Zeros(polynomials.shape, inputs))]
    statements += [Let(str(symbol), Cell(e)) for symbol, e in shared]
    statements += [
        Store(Item(Var(name), tuple(index)), Cell(e)) for (index, _), e in zip(cells, reduced, strict=True) if e != 0
    ]
    return tuple(statements), Var(name)
