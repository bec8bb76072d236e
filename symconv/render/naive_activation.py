"""An activation function as plain Python on one number."""

from __future__ import annotations

import ast
import re

import sympy
from sympy import pycode

from symconv.layers.activation import Activation
from symconv.render.numpy_expression import formula

_WIDTH = 88
_PARENTHESES = "parentheses"
_POWER = re.compile(r"(?<![\w.)\]])([\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])")


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
