"""SymPy expressions in plain Unicode: ``x²``, ``√2``, ``{0, x ≤ 0; x, x > 0}``; brackets for conditions."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from symconv.render.branches import branches

_POWERS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_INDICES = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_RELATIONS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}


class _UnicodePrinter(StrPrinter):  # type: ignore[misc]
    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        return "{" + "; ".join(f"{self._print(e)}, {self._print(c)}" for e, c in branches(expr)) + "}"

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        stem = expr.name.rstrip("0123456789")
        return str(stem + expr.name[len(stem) :].translate(_INDICES))

    def _print_Relational(self, expr: Any) -> str:
        return f"{self._print(expr.lhs)} {_RELATIONS[expr.rel_op]} {self._print(expr.rhs)}"

    def _print_Heaviside(self, expr: Any) -> str:
        return f"[{self._print(expr.args[0])} > 0]"

    def _print_KroneckerDelta(self, expr: Any) -> str:
        return f"[{self._print(expr.args[0])} = {self._print(expr.args[1])}]"

    def _print_Pow(self, expr: sympy.Pow, rational: bool = False) -> str:
        if expr.exp == sympy.Rational(1, 2):
            return "√" + str(self.parenthesize(expr.base, PRECEDENCE["Func"]))
        if expr.exp.is_Integer and expr.exp > 1:
            return str(self.parenthesize(expr.base, PRECEDENCE["Pow"])) + str(expr.exp).translate(_POWERS)
        return str(super()._print_Pow(expr, rational=rational)).replace("**", "^")

    def _print_Mul(self, expr: sympy.Mul) -> str:
        sign, rest = ("-", -expr) if expr.could_extract_minus_sign() else ("", expr)
        top, bottom = _quotient(rest)
        if not bottom:
            return sign + "·".join(str(self.parenthesize(f, PRECEDENCE["Mul"], strict=True)) for f in top)
        above, below = sympy.Mul(*top, evaluate=False), sympy.Mul(*bottom, evaluate=False)
        numerator = self.parenthesize(above, PRECEDENCE["Mul"], strict=True)
        return f"{sign}{numerator}/{self.parenthesize(below, PRECEDENCE['Pow'], strict=True)}"

    def _print_exp(self, expr: Any) -> str:
        power = expr.args[0]
        return f"e^{self._print(power)}" if power.is_Symbol else f"e^({self._print(power)})"

    def _print_floor(self, expr: Any) -> str:
        return f"⌊{self._print(expr.args[0])}⌋"

    def _print_ceiling(self, expr: Any) -> str:
        return f"⌈{self._print(expr.args[0])}⌉"

    def _print_Min(self, expr: Any) -> str:
        return f"min({', '.join(sorted(self._print(a) for a in expr.args))})"

    def _print_Max(self, expr: Any) -> str:
        return f"max({', '.join(sorted(self._print(a) for a in expr.args))})"

    def _print_Abs(self, expr: Any) -> str:
        return f"|{self._print(expr.args[0])}|"

    def _print_Pi(self, _: Any) -> str:
        return "π"

    def _print_Exp1(self, _: Any) -> str:
        return "e"


def _quotient(product: sympy.Mul) -> tuple[list[sympy.Expr], list[sympy.Expr]]:
    """Factors above and below the bar; ``e^(-x)`` stays above, as people write it."""
    top: list[sympy.Expr] = []
    bottom: list[sympy.Expr] = []
    for factor in product.as_ordered_factors():
        if factor.is_Rational:
            top += [sympy.Integer(factor.p)] if factor.p != 1 else []
            bottom += [sympy.Integer(factor.q)] if factor.q != 1 else []
        elif factor.is_Pow and factor.exp.is_Rational and factor.exp < 0:
            bottom.append(1 / factor)
        else:
            top.append(factor)
    return top or [sympy.S.One], bottom


def print_expression(expression: sympy.Expr) -> str:
    """The expression in one line.

    >>> x = sympy.Symbol("x")
    >>> print_expression(1 / (1 + sympy.exp(-x)))
    '1/(1 + e^(-x))'
    """
    return str(_UnicodePrinter({"order": "none"}).doprint(expression))
