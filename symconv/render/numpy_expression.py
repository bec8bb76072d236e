"""A SymPy expression in x as one NumPy expression, written as a person would, and as one line of Unicode."""

from __future__ import annotations

import ast
import re
from math import isfinite

import sympy
from sympy.logic.boolalg import Boolean
from sympy.printing.precedence import PRECEDENCE
from sympy.printing.str import StrPrinter

from symconv.errors import RequestError

_EXPONENTIAL = sympy.Function("exp")
"""SymPy's own ``exp`` turns exp(x + 0.5) into 1.6487… exp(x), and exp(x + 1e4) into infinity times exp(x)."""

_NUMPY_NAMES = {"atan": "arctan", "asinh": "arcsinh", "Abs": "abs"}


def numpy_expression(expression: sympy.Expr) -> str:
    """The text of ``expression`` in NumPy; names with a leading underscore are called as they are.

    >>> numpy_expression(sympy.sqrt(sympy.Symbol("x")) / 2)
    'np.sqrt(x) / 2'
    """
    text = ast.unparse(ast.parse(_NumPy().doprint(with_floats(expression)), mode="eval"))
    return re.sub(r"(?<![\w.])(\w+) \*\* (\w+)(?![\w.(\[])", r"\1**\2", text)


def formula(expression: sympy.Expr) -> str:
    """``expression`` as one line of Unicode, for docstrings.

    >>> formula(1 / (1 + sympy.exp(-sympy.Symbol("x"))))
    '1/(1 + e⁻ˣ)'
    """
    return str(_Formula().doprint(expression))


def with_floats(e: sympy.Expr) -> sympy.Expr:
    """``e`` with every irrational constant as one float, rounded once; fractions stay.

    >>> with_floats(sympy.sqrt(2) / sympy.sqrt(sympy.pi) * sympy.Symbol("x"))
    0.79788456080286536*x
    """
    if isinstance(e, Boolean):
        return _cut(e)
    if e.is_Rational or e.is_Symbol:
        return e
    if e.is_number:
        return sympy.Float(e.evalf(30), 17)
    if isinstance(e, sympy.Piecewise):
        return sympy.Piecewise(*((with_floats(v), _cut(c)) for v, c in e.args), evaluate=False)
    arguments = list(e.args)
    if e.is_Mul or e.is_Add:
        constants, others = sympy.sift(arguments, lambda argument: argument.is_number, binary=True)
        arguments = [with_floats(e.func(*constants)), *others] if constants else others
    arguments = [with_floats(argument) for argument in arguments]
    if isinstance(e, sympy.exp):
        return _EXPONENTIAL(*arguments)
    return e if set(arguments) == set(e.args) else e.func(*arguments)


def _cut(condition: Boolean) -> Boolean:
    """A comparison in whole numbers where the cut is a fraction: ``x ≤ 1/3 --> 3x ≤ 1``."""
    if not isinstance(condition, sympy.Rel):
        return condition
    left, right = condition.args
    if right.is_Rational:
        left, right = right.q * left, sympy.Integer(right.p)
    return condition.func(with_floats(left), with_floats(right), evaluate=False)


class _NumPy(StrPrinter):  # type: ignore[misc]
    """Python text; every function is NumPy's or, with a leading underscore, the module's own."""

    def _print_Function(self, e: sympy.Function) -> str:
        name = e.func.__name__
        if name == "divide":
            above, below = (self._print(argument) for argument in e.args)
            return f"(({above})/({below}))"
        name = name if name.startswith("_") else f"np.{_NUMPY_NAMES.get(name, name)}"
        return f"{name}({', '.join(self._print(argument) for argument in e.args)})"

    def _print_Pow(self, e: sympy.Pow, rational: bool = False) -> str:  # noqa: ARG002  SymPy's signature
        if e.exp == sympy.Rational(1, 2):
            return f"np.sqrt({self._print(e.base)})"
        if e.exp.is_Rational and e.exp < 0:
            return f"1/{self.parenthesize(sympy.Pow(e.base, -e.exp, evaluate=False), PRECEDENCE['Mul'], strict=True)}"
        base, exponent = (self.parenthesize(part, PRECEDENCE["Pow"], strict=False) for part in e.args)
        return f"{base}**{exponent}"

    def _print_Float(self, e: sympy.Float) -> str:
        value = float(e)
        if not isfinite(value):
            raise RequestError("the activation has a constant beyond the range of float64; give smaller numbers")
        return repr(value)

    def _print_Piecewise(self, e: sympy.Piecewise) -> str:
        *cut, (last, _) = e.args
        text = str(self._print(last))
        for value, condition in reversed(cut):
            text = f"np.where({self._print(condition)}, {self._print(value)}, {text})"
        return text

    def _print_Relational(self, e: sympy.Rel) -> str:
        left, right = (self._print(side) for side in e.args)
        return f"{left} {e.rel_op} {right}"


_SUPERSCRIPTS = str.maketrans("0123456789-x", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻ˣ")


class _Formula(StrPrinter):  # type: ignore[misc]
    """One line of Unicode for a reader."""

    def _print_Pow(self, e: sympy.Pow, rational: bool = False) -> str:  # noqa: ARG002  SymPy's signature
        if e.exp == sympy.Rational(1, 2):
            return f"√{self.parenthesize(e.base, PRECEDENCE['Atom'], strict=True)}"
        if e.exp.is_Rational and e.exp < 0:
            return f"1/{self.parenthesize(e.base**-e.exp, PRECEDENCE['Mul'], strict=True)}"
        return self._raised(self.parenthesize(e.base, PRECEDENCE["Pow"], strict=False), e.exp)

    def _print_exp(self, e: sympy.exp) -> str:
        return self._raised("e", e.args[0])

    def _print_Exp1(self, e: sympy.Expr) -> str:  # noqa: ARG002
        return "e"

    def _print_Pi(self, e: sympy.Expr) -> str:  # noqa: ARG002
        return "π"

    def _print_Mul(self, e: sympy.Mul) -> str:
        return str(super()._print_Mul(e)).replace("*", "·")

    def _print_Piecewise(self, e: sympy.Piecewise) -> str:
        *cut, (last, _) = e.args
        pieces = [f"{self._print(v)} where {self._print(c).replace('<=', '≤').replace('>=', '≥')}" for v, c in cut]
        text = ", ".join([*pieces, f"else {self._print(last)}"])
        return text if self._print_level == 1 else f"({text})"

    def _raised(self, base: str, exponent: sympy.Expr) -> str:
        text = str(self._print(exponent))
        if set(text) <= set("0123456789-x"):
            return base + text.translate(_SUPERSCRIPTS)
        return f"{base}^{text}" if exponent.is_Symbol else f"{base}^({text})"
