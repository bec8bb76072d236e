r"""SymPy expressions in LaTeX with symbols that mean one thing: no δ for Kronecker's delta, no θ for a step.

Both are Iverson brackets here, since δ is the error term.
"""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.latex import LatexPrinter

from symconv.render.branches import branches


class _LatexPrinter(LatexPrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        rows = [rf"{self._print(e)} & {self._print(c)}" for e, c in branches(expr)]
        return r"\begin{cases} " + r" \\ ".join(rows) + r" \end{cases}"

    def _print_Heaviside(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"[\,{self._print(expr.args[0])} > 0\,]", exp)

    def _print_KroneckerDelta(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"[\,{self._print(expr.args[0])} = {self._print(expr.args[1])}\,]", exp)

    def _print_Indexed(self, expr: Any) -> str:
        return rf"{self._print(expr.base)}_{{{','.join(self._print(i) for i in expr.indices)}}}"

    def _print_gcd(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"\gcd({', '.join(self._print(a) for a in expr.args)})", exp)

    def _print_erf(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"\operatorname{{erf}}\left({self._print(expr.args[0])}\right)", exp)

    def _print_Min(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"\min\left({', '.join(sorted(self._print(a) for a in expr.args))}\right)", exp)

    def _print_Max(self, expr: Any, exp: Any = None) -> str:
        return _power(rf"\max\left({', '.join(sorted(self._print(a) for a in expr.args))}\right)", exp)


def _power(text: str, exponent: Any) -> str:
    return text if exponent is None else f"{text}^{{{exponent}}}"


def print_expression(expression: sympy.Expr) -> str:
    r"""The expression in LaTeX.

    >>> x = sympy.Symbol("x")
    >>> print_expression(1 / (1 + sympy.exp(-x)))
    '\\frac{1}{1 + e^{- x}}'
    """
    return str(_LatexPrinter({"order": "none", "ln_notation": False}).doprint(expression))
