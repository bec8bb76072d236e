"""SymPy expressions in MathML Core, in the order in which they stand; conditions are Iverson brackets, as in print."""

from __future__ import annotations

from typing import Any

import sympy
from sympy.printing.precedence import PRECEDENCE, precedence_traditional
from sympy.printing.printer import Printer

from symconv.render.branches import branches
from symconv.render.mathml import (
    THIN,
    above,
    below,
    bracket,
    comma,
    fraction,
    letter,
    name,
    number,
    prefix,
    row,
    sign,
    table,
)

_RELATIONS = {"==": "=", "!=": "≠", "<=": "≤", ">=": "≥", "<": "<", ">": ">"}
_ORDERED = {"Min": "min", "Max": "max"}
"""Functions whose arguments have no order of their own."""
_WORDED = (sympy.tanh, sympy.sinh, sympy.cosh, sympy.sin, sympy.cos, sympy.tan, sympy.log, sympy.erf, sympy.atan)
"""Functions whose power is written at their name."""


class _MathmlPrinter(Printer):  # type: ignore[misc]
    printmethod = "_symconv_mathml"

    def emptyPrinter(self, expr: Any) -> str:
        return name(str(expr))

    def _print_Symbol(self, expr: sympy.Symbol) -> str:
        return letter(expr.name)

    def _print_Integer(self, expr: sympy.Integer) -> str:
        return prefix("−") * bool(expr < 0) + number(abs(expr))

    def _print_Rational(self, expr: sympy.Rational) -> str:
        return prefix("−") * bool(expr < 0) + fraction(number(abs(expr.p)), number(expr.q))

    def _print_Float(self, expr: sympy.Float) -> str:
        return prefix("−") * bool(expr < 0) + number(str(abs(expr)))

    def _print_Add(self, expr: sympy.Add) -> str:
        found = ""
        for k, term in enumerate(expr.args):
            negative = term.could_extract_minus_sign()
            mark = "−" if negative else "+"
            found += sign(mark) if k else prefix(mark) * negative
            found += self._held(-term if negative else term, "Add")
        return found

    def _print_Mul(self, expr: sympy.Mul) -> str:
        if expr.could_extract_minus_sign():
            return prefix("−") + self._held(-expr, "Mul")
        top, bottom = sympy.fraction(expr, exact=True)
        if bottom != 1:
            return fraction(self._print(top), self._print(bottom))
        return self._factors(expr)

    def _factors(self, expr: sympy.Mul) -> str:
        found = ""
        for k, factor in enumerate(expr.args):
            between = sign("·") if factor.is_Number or (factor.is_Pow and factor.base.is_Number) else THIN
            found += between * (k > 0) + self._held(factor, "Mul")
        return found

    def _print_Pow(self, expr: sympy.Pow) -> str:
        base, exponent = expr.args
        if exponent.could_extract_minus_sign() and exponent.is_Number:
            return fraction(number(1), self._print(base**-exponent))
        if exponent == sympy.Rational(1, 2):
            return f"<msqrt>{self._print(base)}</msqrt>"
        if isinstance(base, _WORDED):
            return self._call(base, self._print(exponent))
        return above(row(self._held(base, "Pow")), self._print(exponent))

    def _print_exp(self, expr: Any) -> str:
        return above(name("e"), self._print(expr.args[0]))

    def _print_Piecewise(self, expr: sympy.Piecewise) -> str:
        lines = [[self._print(value), self._print(condition)] for value, condition in branches(expr)]
        return bracket("{", "", table(lines, "cases"), grows=True)

    def _print_Relational(self, expr: Any) -> str:
        return str(self._print(expr.lhs) + sign(_RELATIONS[expr.rel_op]) + self._print(expr.rhs))

    def _print_And(self, expr: Any) -> str:
        return sign("∧").join(map(self._print, sorted(expr.args, key=str)))

    def _print_Or(self, expr: Any) -> str:
        return sign("∨").join(map(self._print, sorted(expr.args, key=str)))

    def _print_Heaviside(self, expr: Any) -> str:
        return bracket("[", "]", THIN, self._print(expr.args[0]), sign(">"), number(0), THIN)

    def _print_KroneckerDelta(self, expr: Any) -> str:
        return bracket("[", "]", THIN, self._print(expr.args[0]), sign("="), self._print(expr.args[1]), THIN)

    def _print_Indexed(self, expr: Any) -> str:
        return below(self._print(expr.base), comma().join(map(self._print, expr.indices)))

    def _print_IndexedBase(self, expr: Any) -> str:
        return letter(str(expr))

    def _print_floor(self, expr: Any) -> str:
        return bracket("⌊", "⌋", self._print(expr.args[0]), grows=True)

    def _print_ceiling(self, expr: Any) -> str:
        return bracket("⌈", "⌉", self._print(expr.args[0]), grows=True)

    def _print_Abs(self, expr: Any) -> str:
        return bracket("|", "|", self._print(expr.args[0]), grows=True)

    def _print_Pi(self, _: Any) -> str:
        return name("π")

    def _print_Exp1(self, _: Any) -> str:
        return name("e")

    def _print_BooleanTrue(self, _: Any) -> str:
        return name("true")

    def _print_Function(self, expr: Any) -> str:
        return self._call(expr)

    _print_Min = _print_Max = _print_gcd = _print_Function

    def _call(self, expr: Any, exponent: str = "") -> str:
        kind = type(expr).__name__
        word = name(_ORDERED.get(kind, kind))
        arguments = [self._print(a) for a in expr.args]
        inner = (comma() + THIN).join(sorted(arguments) if kind in _ORDERED else arguments)
        return (above(word, exponent) if exponent else word) + bracket("(", ")", inner, grows=True)

    def _held(self, expr: Any, within: str) -> str:
        """In brackets where it binds less than what it stands in."""
        loose = precedence_traditional(expr) < PRECEDENCE[within] or (within == "Pow" and not _is_atom(expr))
        printed = self._print(expr)
        return bracket("(", ")", printed, grows=True) if loose else str(printed)


def _is_atom(expr: Any) -> bool:
    return bool(expr.is_Symbol or isinstance(expr, sympy.Abs) or (expr.is_Integer and expr >= 0))


def print_expression(expression: sympy.Expr) -> str:
    """The expression as elements side by side.

    >>> print_expression(sympy.sqrt(sympy.Symbol("x")))
    '<msqrt><mi>x</mi></msqrt>'
    """
    return str(_MathmlPrinter().doprint(expression))
