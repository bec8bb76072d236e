"""The bound of the rounding error tells forms apart, and does not depend on luck."""

import mpmath
import pytest
import sympy

from symconv.layers.activation import X, activation
from symconv.render.rounding_bound import POINTS, bad_points
from symconv.render.tail_forms import expm1, sigmoid


def never(x: mpmath.mpf) -> bool:  # noqa: ARG001
    """Nowhere."""
    return False


@pytest.mark.parametrize(
    ("form", "bad"),
    [
        (sympy.exp(X) - 1, lambda x: abs(x) < 0.01),
        (expm1(X), never),
        (X + sympy.sqrt(1 + X**2), lambda x: x < -4),
        (1 / (1 + sympy.exp(-X)), lambda x: x < -88),
        (sigmoid(X), never),
        (X**10 / (1 + X**10), lambda x: abs(x) > 1500),
        (1 / (1 + X**16), lambda x: abs(x) > 300),
        (sympy.sin(X) / X, lambda x: x == 0),
        (1 / X, never),
        (sympy.log(X), never),
        (sympy.exp(X), never),
        (sympy.Piecewise((X, X <= 0), (sympy.exp(X), True), evaluate=False), never),
        (sympy.Piecewise((sympy.exp(X), X <= 0), (X, True), evaluate=False), lambda x: x > 88),
    ],
)
def test_where_a_form_is_bad(form: sympy.Expr, bad: object) -> None:
    assert bad_points(form) == [x for x in POINTS if bad(x)]  # type: ignore[operator]


def test_a_value_that_cancels_altogether_is_bad() -> None:
    """At 60 digits 1 + e^-300 is 1 and its logarithm 0, without any error in sight but the bound's."""
    assert bad_points(sympy.log(1 + sympy.exp(X)), [mpmath.mpf(-300)])


@pytest.mark.parametrize("text", ["sigmoid", "gelu", "silu", "elu", "softplus"])
def test_the_named_ones_as_they_are_written_are_bad_somewhere(text: str) -> None:
    f = activation(text)
    assert bad_points(f.function) or bad_points(f.derivative)
