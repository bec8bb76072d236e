"""Activation functions: the expressions, their derivatives, the derivative by the output, and what is refused."""

import time
from collections.abc import Callable

import mpmath
import pytest
import sympy

from symconv.errors import RequestError
from symconv.layers.activation import NAMED, X, Y, activation

TYPED = (
    "x*tanh(log(1 + exp(x)))",
    "x/(1 + abs(x))",
    "min(max(x, 0), 6)",
    "max(x**2 - 1, 0, x)",
    "max(0, x)**2",
    "exp(-exp(-x))",
    "1/(1 + 2**-x)",
    "atan(x)/pi + 1/2",
    "sinh(x)",
    "2*log(1 + exp(x)) + 1",
    "x*(1 + tanh(sqrt(2/pi)*(x + 0.044715*x**3)))/2",
    "max(0, sin(x))",
    "3",
)

OF_OUTPUT = {
    "identity": "1",
    "sigmoid": "a*(1 - a)",
    "tanh": "1 - a**2",
    "relu": "Piecewise((0, a <= 0), (1, True))",
    "leaky-relu": "Piecewise((1/100, a <= 0), (1, True))",
    "softplus": "1 - exp(-a)",
    "elu": "Piecewise((a + 1, a <= 0), (1, True))",
    "max(0, x)**2": "Piecewise((0, a <= 0), (2*sqrt(a), True))",
    "min(0 - x, 0)": "Piecewise((0, a >= 0), (-1, True))",
    "x/(1 + abs(x))": "Piecewise((a**2 + 2*a + 1, a <= 0), (a**2 - 2*a + 1, True))",
    "1/(1 + exp(-x - 1))": "a*(1 - a)",
    "(exp(x) - exp(-x))/(exp(x) + exp(-x))": "1 - a**2",
    "exp(-exp(-x))": "-a*log(a)",
    "atan(x)": "cos(a)**2",
    "sinh(x)": "sqrt(a**2 + 1)",
    "sqrt(1 + exp(x))": "(a - 1)*(a + 1)/(2*a)",
    "1/(1 + 2**-x)": "a*(1 - a)*log(2)",
}

SAME_OUTPUT = {
    # two places with one output and two slopes: no function of the output can be the derivative
    "silu": (-3, (-2, 0)),
    "gelu": (-2, (mpmath.mpf("-0.7"), 0)),
    "x**2": (-1, (0, 2)),
    "abs(x)": (-1, (0, 2)),
    "cosh(x)": (-1, (0, 2)),
    "exp(-x**2)": (-1, (0, 2)),
    "x*tanh(log(1 + exp(x)))": (-3, (-1, 0)),
}


def numeric(expression: sympy.Expr, variable: sympy.Symbol = X) -> Callable[[mpmath.mpf], mpmath.mpf]:
    at: Callable[[mpmath.mpf], mpmath.mpf] = sympy.lambdify(variable, expression, "mpmath")
    return at


@pytest.mark.parametrize("text", [*NAMED, *TYPED])
def test_derivative_is_the_limit_of_differences(text: str) -> None:
    f = activation(text)
    at, slope_at, h = numeric(f.function), numeric(f.derivative), mpmath.mpf(10) ** -25
    with mpmath.workdps(80):
        for x in (mpmath.mpf(n) / 7 + 0.01 for n in range(-60, 61, 6)):
            difference = (at(x + h) - at(x - h)) / (2 * h)
            assert abs(difference - slope_at(x)) < mpmath.mpf(10) ** -40


@pytest.mark.parametrize(
    ("text", "at_kink"),
    [("relu", 0), ("leaky-relu", sympy.Rational(1, 100)), ("elu", 1), ("abs(x)", -1), ("max(x, 0 - x)", -1)],
)
def test_at_a_kink_the_left_branch_counts(text: str, at_kink: sympy.Expr) -> None:
    assert activation(text).derivative.subs(X, 0) == at_kink


@pytest.mark.parametrize("text", [*NAMED, *TYPED, "sqrt(x**2)", "abs(abs(x) - 1)", "sqrt(x**2)/x"])
def test_no_step_functions_are_left(text: str) -> None:
    f = activation(text)
    steps = (sympy.Heaviside, sympy.DiracDelta, sympy.sign, sympy.Abs, sympy.Max, sympy.Min, sympy.Derivative)
    assert not f.function.has(*steps)
    assert not f.derivative.has(*steps)
    assert f.function.free_symbols <= {X}


@pytest.mark.parametrize(
    ("text", "function"),
    [
        ("abs(abs(x) - 1)", lambda x: abs(abs(x) - 1)),
        ("max(x**2 - 1, 0, x)", lambda x: max(x**2 - 1, 0, x)),
        ("min(max(x, 0), 6)", lambda x: min(max(x, 0), 6)),
        ("max(abs(x - 1), abs(x + 1), x**2)", lambda x: max(abs(x - 1), abs(x + 1), x**2)),
        ("max(0, x)**2 + min(1, -x)", lambda x: max(0, x) ** 2 + min(1, -x)),
        ("exp(min(0, x)) - 1 + max(0, x)", lambda x: mpmath.exp(min(0, x)) - 1 + max(0, x)),
        ("max(0, sin(x))", lambda x: max(0, mpmath.sin(x))),
        ("-x**2", lambda x: -(x**2)),
        ("2**-x**2", lambda x: 2 ** -(x**2)),
        ("8 - 4 - 2/2/x", lambda x: 4 - 1 / x),
        ("1.5e1*x + .5", lambda x: 15 * x + 0.5),
        ("asinh(x) + log1p(x**2)", lambda x: mpmath.asinh(x) + mpmath.log1p(x**2)),
        ("expm1(x)*sech(x)", lambda x: mpmath.expm1(x) * mpmath.sech(x)),
        ("erfc(x/2)", lambda x: mpmath.erfc(x / 2)),
        ("x*sigmoid(2*x)", lambda x: x / (1 + mpmath.exp(-2 * x))),
        ("softplus(x) - relu(x)", lambda x: mpmath.log1p(mpmath.exp(x)) - max(x, 0)),
    ],
)
def test_text_means_what_arithmetic_means(text: str, function: Callable[[mpmath.mpf], mpmath.mpf]) -> None:
    at = numeric(activation(text).function)
    for x in (mpmath.mpf(n) / 4 for n in range(-39, 40, 2)):
        assert abs(at(x) - function(x)) <= 1e-12 * (1 + abs(function(x)))


@pytest.mark.parametrize(("text", "wanted"), OF_OUTPUT.items())
def test_derivative_from_the_output(text: str, wanted: str) -> None:
    f = activation(text)
    g = f.derivative_from_output
    assert str(g) == wanted
    at, slope_at, g_at = numeric(f.function), numeric(f.derivative), numeric(g, Y)
    with mpmath.workdps(60):
        for x in (mpmath.mpf(n) / 8 for n in range(-40, 41, 3)):
            assert abs(g_at(at(x)) - slope_at(x)) < mpmath.mpf(10) ** -45


@pytest.mark.parametrize(("text", "places"), SAME_OUTPUT.items())
def test_no_derivative_from_the_output_where_none_exists(text: str, places: tuple[float, tuple[float, float]]) -> None:
    f = activation(text)
    assert f.derivative_from_output is None
    at, slope_at = numeric(f.function), numeric(f.derivative)
    here, interval = places
    with mpmath.workdps(30):
        there = mpmath.findroot(lambda x: at(x) - at(here), interval, solver="anderson", tol=1e-40)
        assert abs(at(there) - at(here)) < 1e-18
        assert abs(slope_at(there) - slope_at(here)) > 0.01


def test_a_kink_whose_output_has_two_slopes_is_seen() -> None:
    f = activation("min(max(x, 0), 6)")
    assert f.function.subs(X, 6) == f.function.subs(X, 7)
    assert f.derivative.subs(X, 6) != f.derivative.subs(X, 7)
    assert f.derivative_from_output is None


def test_identity() -> None:
    assert activation(" identity ").is_identity
    assert activation("2*x - x").is_identity
    assert not activation("relu").is_identity


@pytest.mark.parametrize(
    ("text", "cut"),
    [
        ("max(0, x) + min(0, 2*(exp(x/2) - 1))", 0),
        ("max(exp(3*x), 5)", sympy.log(5) / 3),
        ("min(1/3, tanh(x))", sympy.atanh(sympy.Rational(1, 3))),
        ("max(atan(1 - x), 1)", 1 - sympy.tan(1)),
    ],
)
def test_a_cut_where_an_injective_function_meets_a_constant(text: str, cut: sympy.Expr) -> None:
    (_, condition), _ = activation(text).function.args
    assert condition.lhs == X
    assert sympy.simplify(condition.rhs - cut) == 0


@pytest.mark.parametrize("text", ["max(exp(x), -1)", "min(tanh(x), 2)"])
def test_no_cut_where_the_constant_is_no_value(text: str) -> None:
    assert not activation(text).function.has(sympy.Piecewise)


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("__import__('os')", 12),
        ("x.__class__", 2),
        ("lambda", 1),
        ("lambda: x", 7),
        ("y", 1),
        ("x + y", 5),
        ("exp(", 5),
        ("exp", 1),
        ("2x", 2),
        ("x = 1", 3),
        ("x[0]", 2),
        ("f(x)", 1),
        ("max(x)", 1),
        ("exp(x, x)", 1),
        ("x\n+1", 2),
        ("1/0", 2),
        ("1/(x - x)", 2),
        ("sqrt(-1)", 1),
        ("sqrt(-x**2)", 1),
        ("(-2)**x", 5),
        ("9**9**9**9", 5),
        ("x**65", 2),
        ("(x**64)**64", 8),
        ("((1.0000001**64)**64)**64", 17),
        ("exp(exp(exp(exp(9))))", 9),
        ("1e999999999", 1),
        ("9" * 200, 1),
        ("(" * 30 + "x" + ")" * 30, 25),
        ("x**" * 60 + "x", None),
        ("max(sin(x), " * 20 + "x" + ")" * 20, None),
        ("max(sin(x), max(cos(x), x))", None),
        ("max(max(x, 0)**-2, exp(x))", 1),
        ("1/sin(max(1, pi))", 2),
        ("sqrt((3 - pi)*x**2)", 1),
        ("log(max(-2, -3))", 1),
    ],
)
def test_refused_in_one_sentence_that_names_the_position(text: str, position: int | None) -> None:
    with pytest.raises(RequestError) as refusal:
        activation(text)
    message = str(refusal.value)
    assert "\n" not in message
    assert len(message) < 250
    if position is not None:
        assert f"at character {position}:" in message


@pytest.mark.parametrize("text", ["", "   ", "(" * 10_000 + "x" + ")" * 10_000, "x+" * 10_000 + "x"])
def test_empty_and_huge_texts_are_refused(text: str) -> None:
    with pytest.raises(RequestError):
        activation(text)


@pytest.mark.parametrize(
    "text",
    [
        "9**9**9**9",
        "(" * 10_000,
        "((x + 1)**8 + 1)**8",
        "+".join(["exp(x)"] * 30),
        "*".join(f"(x+{n})" for n in range(40)),
        "-" * 250 + "x",
        "max(" + ", ".join(f"x-{n}" for n in range(8)) + ")",
        "cosh(cosh(cosh(cosh(x))))",
        "1/(1 + exp(-x))**8 + 1/(1 + exp(-2*x))**8",
        "exp(x/7) + exp(x/11) + exp(x/13)",
    ],
)
def test_hostile_sizes_are_answered_quickly(text: str) -> None:
    start = time.perf_counter()
    try:
        f = activation(text)
        assert f.derivative.free_symbols <= {X}
        assert f.derivative_from_output is None or f.derivative_from_output.free_symbols <= {Y}
    except RequestError:
        pass
    assert time.perf_counter() - start < 3
