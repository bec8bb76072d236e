"""Functions by branches, every condition written out, the last one too: no word such as "otherwise" is needed."""

from __future__ import annotations

from typing import Any

import sympy


def branches(expression: sympy.Piecewise) -> list[tuple[sympy.Expr, Any]]:
    """(value, condition) of each branch; the condition ``True`` of the last becomes ``x > cut`` of the one before.

    >>> x = sympy.Symbol("x")
    >>> branches(sympy.Piecewise((0, x <= 0), (x, True)))
    [(0, x <= 0), (x, x > 0)]
    """
    found = [(value, condition) for value, condition in expression.args]
    if len(found) > 1 and found[-1][1] == sympy.true:
        found[-1] = (found[-1][0], sympy.Not(found[-2][1]))
    return found
