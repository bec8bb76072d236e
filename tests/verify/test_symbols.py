"""The polynomials that go through emitted code, against SymPy's."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.verify.symbols import Polynomial

NAMES = sympy.symbols("x0:4")
numbers = st.integers(-3, 3) | st.fractions(min_value=-2, max_value=2, max_denominator=4)
trees = st.recursive(
    st.integers(0, 3) | st.tuples(st.just("number"), numbers),
    lambda inner: st.tuples(st.sampled_from("+-*"), inner, inner),
    max_leaves=8,
)


def built(tree: object, variables: list[object]) -> object:
    """The tree's value over the given variables."""
    match tree:
        case int(k):
            return variables[k]
        case ("number", value):
            return value if isinstance(variables[0], Polynomial) else sympy.Rational(value.numerator, value.denominator)  # type: ignore[attr-defined]
        case ("+", a, b):
            return built(a, variables) + built(b, variables)  # type: ignore[operator]
        case ("-", a, b):
            return built(a, variables) - built(b, variables)  # type: ignore[operator]
        case (_, a, b):
            return built(a, variables) * built(b, variables)  # type: ignore[operator]
    raise AssertionError(tree)


@given(trees)
def test_polynomials_are_sympys(tree: object) -> None:
    ours = Polynomial.of(built(tree, [Polynomial.variable(k) for k in range(4)]))
    assert ours is not None
    theirs = sympy.Poly(sympy.expand(built(tree, list(NAMES))), *NAMES)
    found = {tuple(powers.count(k) for k in range(4)): c for powers, c in ours.terms.items()}
    wanted = {powers: Fraction(int(c.p), int(c.q)) for powers, c in theirs.terms() if c}
    assert found == wanted


def test_one_on_the_left_of_an_array() -> None:
    x, y = Polynomial.variable(0), Polynomial.variable(1)
    array = np.array([x, y], dtype=object)
    assert list(x * array) == [x * x, x * y]
    assert list(array / np.array([2, 4])) == [x / 2, Fraction(1, 4) * y]
    assert np.einsum("i,i->", array, array) == x * x + y * y


@pytest.mark.parametrize("foreign", [0.5, 1j, "x", None, np.float64(2)])
def test_what_is_not_exact_is_refused(foreign: object) -> None:
    with pytest.raises(TypeError):
        Polynomial.variable(0) * foreign


def test_no_division_by_symbols_or_zero() -> None:
    with pytest.raises(TypeError):
        1 / Polynomial.variable(0)  # type: ignore[operator]
    with pytest.raises(ZeroDivisionError):
        Polynomial.variable(0) / 0
