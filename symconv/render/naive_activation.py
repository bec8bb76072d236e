"""An activation function as plain Python on one number, and the real numbers on which it can be differentiated."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

import sympy
from sympy import pycode

from symconv.layers.activation import Activation
from symconv.layers.kinks import X
from symconv.render.numpy_expression import formula

_WIDTH = 88
_STEEPEST = 1e6
_PARENTHESES = "parentheses"
_POWER = re.compile(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])")


@dataclass(frozen=True, slots=True)
class Domain:
    """From where a, bias and w are drawn: uniform in [low, high], w and bias times a sign."""

    low: float
    high: float
    sign: int
    points: tuple[sympy.Rational, ...]


_HALVES = [sympy.Rational(k, 2) for k in range(-8, 9)]
DOMAINS = (
    Domain(-1.0, 1.0, 1, tuple(_HALVES)),
    Domain(0.5, 1.5, 1, tuple(t for t in _HALVES if t > 0)),
    Domain(0.5, 1.5, -1, tuple(t for t in _HALVES if t < 0)),
)
"""Net inputs of both signs, positive ones, negative ones, each with the points at which f is looked at."""


def activation_lines(activation: Activation) -> list[str]:
    """The function ``f(x)`` on one number, straight from its definition, in ``math``; no lines for the identity.

    >>> from symconv.layers.activation import activation
    >>> activation_lines(activation("relu"))[3:]
    ['    if x <= 0:', '        return 0', '    return x']
    """
    if activation.is_identity:
        return []
    f = activation.function
    text = f"f(x) = {formula(f)}."
    summary = text if len(text) <= _WIDTH else f"f(x), the activation {activation.name}."
    summary = summary if len(summary) <= _WIDTH else "f(x), the activation of the layer."
    return ["@np.vectorize(otypes=[float])", "def f(x):", f'    """{summary}"""', *_statements(f)]


def domain(activation: Activation) -> Domain | None:
    """Numbers near 0, else positive, else negative ones, for which f is real, finite and not too steep; or None."""
    f = activation.function
    derivatives = (f, activation.derivative, sympy.diff(f, X, 3))
    return next((d for d in DOMAINS if all(_is_tame(derivatives, point) for point in d.points)), None)


def kinks(activation: Activation) -> list[float]:
    """Where two branches of f meet, in ascending order."""
    found = {
        float(condition.rhs)
        for piecewise in activation.function.atoms(sympy.Piecewise)
        for _, condition in piecewise.args
        if isinstance(condition, sympy.Rel) and condition.lhs == X and condition.rhs.is_number
    }
    return sorted(found)


def _is_tame(derivatives: tuple[sympy.Expr, ...], point: sympy.Rational) -> bool:
    """f, f' and f''' are finite real numbers there, and a step of 1e-6 sees f' to six digits."""
    values = [e.subs(X, point).evalf() for e in derivatives]
    if not all(v.is_real and v.is_finite for v in values):
        return False
    value, _, third = (abs(float(v)) for v in values)
    return third <= _STEEPEST * (1 + value)


def _statements(f: sympy.Expr) -> list[str]:
    if not isinstance(f, sympy.Piecewise):
        return _returned(f, 1)
    lines: list[str] = []
    for value, condition in f.args:
        if condition == sympy.true:
            lines += _returned(value, 1)
        else:
            lines += [f"    if {_python(condition)}:", *_returned(value, 2)]
    return lines


def _returned(e: sympy.Expr, depth: int) -> list[str]:
    """``return e``; the largest parts of a long expression get names first."""
    indent = "    " * depth
    lines: list[str] = []
    while len(_python(e)) > _WIDTH:
        short = [part for part in sympy.preorder_traversal(e) if _is_short_part(part)]
        if not short:
            return [*lines, f"{indent}return (", *_operands(_python(e), indent + "    "), f"{indent})"]
        part = max(short, key=lambda part: len(_python(part)))
        name = sympy.Symbol(f"t{len(lines) + 1}", real=True)
        lines.append(f"{indent}{name} = {_python(part)}")
        e = e.xreplace({part: name})
    return [*lines, f"{indent}return {_python(e)}"]


def _operands(text: str, indent: str) -> list[str]:
    """A long sum (or else product) of short operands, one on each line."""
    signs = r"[+-]" if re.search(r" [+-] ", text) else r"[*/]"
    return [indent + part for part in re.split(rf" (?={signs} )", text)]


def _is_short_part(part: sympy.Basic) -> bool:
    """A part worth a name: more than a name, a number, a power or a multiple of one, and not too long."""
    return isinstance(part, sympy.Expr) and not part.is_number and 12 < len(_python(part)) <= _WIDTH // 2


def _python(e: sympy.Basic) -> str:
    """Python as a formatter writes it: ``x**2``, ``math.exp(x) ** 2``, ``-(x**2)``, spaces around other operators."""
    tree = _NegativePower().visit(ast.parse(str(pycode(e)), mode="eval"))
    return _POWER.sub(r"\1**\2", ast.unparse(tree).replace(f"{_PARENTHESES}(", "("))


class _NegativePower(ast.NodeTransformer):
    """Parentheses around a power after a minus sign; without them -x**2 reads as either."""

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.UnaryOp:
        self.generic_visit(node)
        if isinstance(node.operand, ast.BinOp) and isinstance(node.operand.op, ast.Pow):
            node.operand = ast.Call(ast.Name(_PARENTHESES), [node.operand], [])
        return node
