"""Formulas in MathML Core: well formed, nothing lost on the way, and lines that end where there is room no more."""

from __future__ import annotations

import re
from typing import get_args
from xml.etree.ElementTree import fromstring

import pytest
import sympy

from symconv.derivation.derive import derive_layer
from symconv.layers.layer import layer
from symconv.render.article import article
from symconv.render.document import Equation as Displayed
from symconv.render.document import EquationGroup
from symconv.render.expression_mathml import print_expression
from symconv.render.formula_mathml import mathml, mathml_rows
from symconv.render.formula_unicode import unicode
from symconv.render.math_font import glyphs
from symconv.render.mathml_width import mathml_width
from symconv.render.written import (
    Call,
    Chain,
    Dots,
    Equation,
    Expression,
    Floor,
    Fraction,
    Hadamard,
    Indexed,
    Inserted,
    Iverson,
    Letter,
    Listed,
    Matrix,
    Modulo,
    Number,
    Pair,
    Product,
    Range,
    Signed,
    Sizes,
    Sum,
    Summed,
    Transposed,
    Value,
    Written,
)
from tests.cases import GEOMETRIES

a, w, one, K = Letter("a"), Letter("w"), Number(1), Letter("K2")
half = Fraction(Sum((Signed(False, a), Signed(True, one))), Number(2))
total = Sum((Signed(True, a), Signed(False, w)))
NODES: dict[type, Written] = {
    Letter: K,
    Number: Number(12),
    Indexed: Indexed(w, (one, Number(2)), joined=True),
    Product: Product((Indexed(a, (half,)), w)),
    Signed: Signed(True, total),
    Sum: total,
    Fraction: half,
    Floor: Floor(half),
    Modulo: Modulo(a, K),
    Summed: Summed((Range("p", Number(0), total),), (Equation(a, w), Equation(w, one)), a),
    Equation: Equation(a, total),
    Chain: Chain(Number(0), a, K, strict=True),
    Iverson: Iverson(Equation(a, w)),
    Call: Call("cross", (a, w), (Equation(Letter("stride"), Number(2)),)),
    Hadamard: Hadamard(total, Letter("f'(net^{l-1})")),
    Inserted: Inserted(a, Number(2)),
    Transposed: Transposed(w),
    Sizes: Sizes((one, Pair(one, K))),
    Pair: Pair(one, total),
    Listed: Listed((a, w)),
    Value: Product((Indexed(a, (one,)), Value("-12"), Value("3"))),
    Matrix: Matrix(((Value("1"), Value("-2")), (Value("10"), Value("0")))),
    Dots: Dots(),
    Expression: Expression(sympy.exp(-sympy.Symbol("x")) / 2),
}
"""An example of every node."""
ELEMENTS = {"mi", "mn", "mo", "mrow", "mspace", "mfrac", "msub", "msup", "msubsup", "munder", "munderover"}
ELEMENTS |= {"mtable", "mtr", "mtd", "msqrt"}
"""What MathML Core has and the printers use."""
ARITY = {"mfrac": 2, "msub": 2, "msup": 2, "msubsup": 3, "munder": 2, "munderover": 3}


def _letters(text: str) -> str:
    """Letters and digits alone, those of subscripts on the line, sorted: a fraction's bar is no character."""
    plain = text.translate(str.maketrans("₀₁₂₃₄₅₆₇₈₉ᵀ²Σ", "0123456789T2∑"))
    return "".join(sorted(re.sub(r"[^\w∑∂δβ]|_", "", plain)))


def _checked(text: str) -> str:
    """The characters of elements that are well formed, known, and have as many children as they must."""
    tree = fromstring(f"<math>{text}</math>")
    for element in list(tree.iter())[1:]:
        assert element.tag in ELEMENTS
        assert len(element) == ARITY.get(element.tag, len(element)), text
    return "".join(tree.itertext())


@pytest.mark.parametrize("node", get_args(Written))
def test_every_node_is_written_whole(node: type) -> None:
    formula = NODES[node]
    assert _letters(_checked(mathml(formula))) == _letters(unicode(formula))


@pytest.mark.parametrize("name", ["lesson", "stride", "groups", "one-dimension", "average-pooling-uncounted"])
def test_formulas_of_articles_lose_nothing_and_are_in_the_font(name: str) -> None:
    for block in article(derive_layer(layer(GEOMETRIES[name], activation_name="gelu"))).blocks:
        formulas = (block.formula,) if isinstance(block, Displayed) else ()
        for formula in block.formulas if isinstance(block, EquationGroup) else formulas:
            shown = _checked(mathml(formula))
            assert set(shown) <= glyphs()
            rows = "".join(left + line for left, line in mathml_rows(formula, 12))
            assert _checked(rows) == shown


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("1/(1 + exp(-x))", "<mfrac><mn>1</mn><mrow><mn>1</mn><mo>+</mo>"),
        ("x*Rational(1, 100)", "<mfrac><mi>x</mi><mn>100</mn></mfrac>"),
        ("(x + 1)**2", '<msup><mrow><mrow><mo form="prefix" stretchy="true">(</mo><mi>x</mi>'),
        ("tanh(x)**2", "<msup><mi>tanh</mi><mn>2</mn></msup>"),
        ("-x", '<mo form="prefix" lspace="0" rspace="0">−</mo><mi>x</mi>'),
        ("Piecewise((0, x <= 0), (x, True))", "<mtd><mi>x</mi></mtd><mtd><mi>x</mi><mo>&gt;</mo><mn>0</mn></mtd>"),
    ],
)
def test_expressions(text: str, written: str) -> None:
    assert written in print_expression(sympy.parse_expr(text, {"x": sympy.Symbol("x")}, evaluate=False))


def test_long_formulas_break_and_align_after_the_relation_sign() -> None:
    terms = tuple(Signed(False, Indexed(w, (one, Number(k)), joined=True)) for k in range(9))
    rows = mathml_rows(Equation(Letter("net"), Sum(terms)), 10)
    assert len(rows) > 2
    assert [left for left, _ in rows] == ["<mi>net</mi>"] + [""] * (len(rows) - 1)
    assert all(mathml_width(line) <= 10 for _, line in rows)


def test_what_a_user_names_is_escaped() -> None:
    assert _checked(mathml(Letter("a<b&c"))) == "a<b&c"
