"""Formulas in plain Unicode: glyphs, brackets, and lines."""

from __future__ import annotations

import pytest
import sympy

from symconv.derivation.operator import Cross, Elementwise, InsertZeros, Name, Operator, Pad, Rotate
from symconv.render.expression_unicode import print_expression
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.operators import write_operator
from symconv.render.write_affine import write_affine, write_size
from symconv.render.written import Equation, Expression, Indexed, Letter, Number, Signed, Sum, Written

i, p, x = sympy.symbols("i p x", integer=True)
D, H, K, O, P, Q, S, r = sympy.symbols("D H K O P Q S r", integer=True)


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (S * i + D * p - P, "S·i + D·p - P"),
        (S * (i - 1) + D * (p - 1) + 1 - P, "S(i - 1) + D(p - 1) - P + 1"),
        (S * i + D * (K - 1 - p) - P, "S·i + D(K - 1 - p) - P"),
        (i + p - 1, "i + p - 1"),
        (2 * i + p - 3, "2i + p - 3"),
        (K - 1 - p, "K - 1 - p"),
        ((x + P - D * p) / S, "(x + P - D·p)/S"),
        ((x + 1 - p) / 2, "(x - p + 1)/2"),
        (sympy.Integer(0), "0"),
    ],
)
def test_subscripts_as_a_person_writes_them(expression: sympy.Expr, written: str) -> None:
    assert unicode(write_affine(expression, (i, p, x))) == written


@pytest.mark.parametrize(
    ("size", "written"),
    [
        (S * (O - 1) + D * (K - 1) + 1 - P - Q + r, "S(O - 1) + D(K - 1) + 1 - P - Q + r"),
        (D * (K - 1) - Q + r, "D(K - 1) - Q + r"),
        (H + 2 * P - D * (K - 1), "H + 2P - D(K - 1)"),
        (H + P - K + 1, "H + P - K + 1"),
        (Q - r, "Q - r"),
        (-r, "-r"),
        (sympy.Integer(-3), "-3"),
        (sympy.Symbol("N") / sympy.Symbol("G") - 1, "N/G - 1"),
    ],
)
def test_sizes_as_a_person_writes_them(size: sympy.Expr, written: str) -> None:
    assert unicode(write_size(sympy.expand(size))) == written


@pytest.mark.parametrize(
    ("operator", "written"),
    [
        (Pad(Name("δ"), ((1, 1), (1, 1))), "pad(δ, 1)"),
        (Pad(Name("δ"), ((1, 2), (1, 2))), "pad(δ, 1, 2)"),
        (Pad(Name("δ"), ((1, 2), (0, 0))), "pad(δ, 1:2×0)"),
        (Pad(Name("δ"), ((-1, 2), (0, 0))), "pad(δ, -1:2×0)"),
        (InsertZeros(Name("δ"), (2, 2)), "δ↑2"),
        (InsertZeros(Name("δ"), (2, 3)), "δ↑(2×3)"),
        (Rotate(Name("w")), "rot180(w)"),
        (Cross(Name("a"), Name("w"), (2, 1), (1, 1)), "cross(a, w, stride = 2×1)"),
        (Cross(Name("a"), Name("w"), (1, 1), (3, 3)), "cross(a, w, dilation = 3)"),
        (Elementwise(Name("a"), Name("f'(net^{l-1})")), "a ∘ f'(net^{l-1})"),
    ],
)
def test_operators(operator: Operator, written: str) -> None:
    assert unicode(write_operator(operator)) == written


def _cell(name: str, *index: int) -> Written:
    return Indexed(Letter(name), tuple(map(Number, index)), joined=len(index) == 2)


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        (_cell("w", 1, 2), "w₁₂"),
        (_cell("w", 1, 2, 11), "w[1,2,11]"),
        (_cell("∂E/∂a", 1, 2), "∂E/∂a₁₂"),
        (_cell("f'(net^{l-1})", 1, 2), "f'(net^{l-1}₁₂)"),
        (Letter("K2"), "K₂"),
        (Letter("rot180"), "rot180"),
    ],
)
def test_cells_and_letters(cell: Written, written: str) -> None:
    assert unicode(cell) == written


def test_long_sums_are_cut_between_terms_and_aligned() -> None:
    terms = tuple(Signed(False, _cell("w", 1, k)) for k in range(1, 10))
    lines = unicode_lines(Equation(Letter("net"), Sum(terms)), 30)
    assert lines == [
        "net = w₁₁ + w₁₂ + w₁₃ + w₁₄",
        "      + w₁₅ + w₁₆ + w₁₇ + w₁₈",
        "      + w₁₉",
    ]


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (1 / (1 + sympy.exp(-x)), "1/(1 + e^(-x))"),
        (sympy.Piecewise((0, x <= 0), (x, True)), "{0, x ≤ 0; x, x > 0}"),
        (sympy.Heaviside(x), "[x > 0]"),
        (sympy.KroneckerDelta(i, p), "[i = p]"),
        (sympy.sqrt(2) * x**2 / 3, "√2·x²/3"),
        (sympy.Abs(x) / (2 * sympy.pi), "|x|/(2·π)"),
    ],
)
def test_expressions(expression: sympy.Expr, written: str) -> None:
    assert print_expression(expression) == written
    assert unicode(Expression(expression)) == written
