"""The emitted activation functions: digits in the tails, no warnings, dtypes, exact numbers, and nothing written to."""

import re
import warnings
from collections.abc import Callable
from fractions import Fraction
from functools import cache
from pathlib import Path
from runpy import run_path
from typing import Any

import mpmath
import numpy as np
import pytest
import sympy

from symconv.errors import RequestError
from symconv.layers.activation import NAMED, X, activation
from symconv.render import erf
from symconv.render.activation_source import activation_functions
from symconv.render.stable_forms import stable

Functions = dict[str, Callable[[Any], Any]]
FLOATS = (np.float32, np.float64)
BOTH = ("activation", "activation_derivative")
TYPED = (
    "x/(1 + exp(-x))",
    "x*exp(x)/(1 + exp(x))",
    "exp(x)/(1 + exp(x))",
    "1/(2 + 2*exp(-x))",
    "2/(1 + exp(-x)) - 1",
    "1/(1 + 2*exp(-x))",
    "(1 + tanh(x/2))/2",
    "(exp(x) - exp(-x))/(exp(x) + exp(-x))",
    "log(1/(1 + exp(-x)))",
    "x*tanh(log(1 + exp(x)))",
    "erf(x)",
    "x*(1 - erf(x))",
    "x/(1 + abs(x))",
    "x**2*exp(-x**2)",
    "1/cosh(x)",
    "exp(min(x, 0)) - 1",
    "max(0, sin(x))",
    "atan(x)",
    "pi*x",
    "1/(1 + 2**-x)",
    "1/(1 + exp(-x))**3",
    "x + 1/(1 + exp(x))",
    "1/(1 + exp(1/(1 + exp(x))))",
    "exp(-abs(tanh(x)))",
    "max(log(2), 1/(1 + exp(x)))",
    "min(1 - x, erf(x))",
    "max(pi*x, 3*x - 1/3)",
)
ROOTS = {
    ("silu", "activation_derivative"): -1.278464542761074,
    ("gelu", "activation_derivative"): -0.7517915246935645,
}
"""Beside a zero of f' that is no floating-point number its error is judged against 1."""


@pytest.fixture(scope="module")
def emitted(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Functions]:
    folder: Path = tmp_path_factory.mktemp("emitted")

    @cache
    def load(text: str) -> Functions:
        path = folder / "layer.py"
        path.write_text("import numpy as np\n\n\n" + activation_functions(activation(text)), encoding="utf-8")
        return run_path(str(path))

    return load


def points() -> np.ndarray:
    """Points that float32 holds: a dense middle, both tails past underflow, and very small ones."""
    tails = [
        5,
        9,
        12.4,
        17.3,
        27.1,
        36.8,
        38.3,
        41,
        66,
        87.9,
        95.3,
        103.1,
        106,
        350.5,
        372,
        705,
        720.6,
        744.2,
        749,
        1e4,
    ]
    small = [10.0**-n for n in (1, 2, 4, 7, 8, 12, 16, 30)]
    middle = np.linspace(0.03, 4.9, 21)
    right = np.concatenate([small, middle, tails])
    return np.concatenate([-right, [0.0], right]).astype(np.float32)


def exact(expression: sympy.Expr, x: float) -> mpmath.mpf:
    """The value with 60 correct digits, or as good as 0 below 1e-400, whatever cancels in the formula on the way."""
    cancelled = x * x if expression.has(sympy.erf) else 2 * abs(x)
    with mpmath.workdps(70 + int(min(cancelled, 400))):
        return sympy.lambdify(X, expression, "mpmath")(mpmath.mpf(x))


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("text", [*NAMED, *TYPED])
def test_a_few_units_in_the_last_place_everywhere(emitted: Callable[[str], Functions], text: str, which: str) -> None:
    f = activation(text)
    x = points()
    expression = f.function if which == "activation" else f.derivative
    wanted = [exact(expression, float(v)) for v in x]
    for dtype in FLOATS:
        with warnings.catch_warnings(), np.errstate(over="raise", invalid="raise", divide="raise"):
            warnings.simplefilter("error")
            found = emitted(text)[which](x.astype(dtype))
        assert found.dtype == dtype
        for v, got, want in zip(x, found, wanted, strict=True):
            bound = 8 * mpmath.mpf(float(unit(text, which, dtype, float(v), float(want))))
            assert abs(mpmath.mpf(float(got)) - want) <= bound, (dtype, v, got, want)


def unit(text: str, which: str, dtype: type, x: float, value: float) -> float:
    """The spacing of floating-point numbers at ``value``.

    Beside a zero of f' it is the spacing at 1. A typed expression may have zeros anywhere in [-3, 3], and beyond lose
    what rounding x loses in an exponential: |x| units.
    """
    near_root = abs(x - ROOTS.get((text, which), 1e9)) < 0.5
    if near_root or (text not in NAMED and abs(x) < 3):
        return float(np.spacing(dtype(1)))
    return float(np.spacing(dtype(abs(value)))) * (1 if text in NAMED else abs(x))


@pytest.mark.parametrize("text", ["silu", "x/(1 + exp(-x))", "x*exp(x)/(1 + exp(x))", "x*(1 + tanh(x/2))/2"])
def test_the_form_follows_from_the_expression_and_not_from_the_name(text: str) -> None:
    code = re.sub(r'""".*?"""', "", activation_functions(activation(text)), flags=re.DOTALL)
    named = re.sub(r'""".*?"""', "", activation_functions(activation("silu")), flags=re.DOTALL)
    assert code.split("def activation_derivative")[0] == named.split("def activation_derivative")[0]


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("1/(1 + exp(-x))", "_sigmoid(x)"),
        ("1/(2 + 2*exp(-3*x))", "_sigmoid(3*x)/2"),
        ("exp(x)/(1 + exp(x))**2", "_sigmoid_slope(x)"),
        ("(1 - tanh(x)**2)*5", "20*_sigmoid_slope(2*x)"),
        ("1 - tanh(x)", "2*_sigmoid(-2*x)"),
        ("log(1 + exp(3*x))", "_softplus(3*x)"),
        ("log(1/(1 + exp(-x)))", "-_softplus(-x)"),
        ("log(1 + x)", "log1p(x)"),
        ("3*exp(x) - 3 + x", "x + 3*expm1(x)"),
        ("1 - erf(x)", "_scaled_erfc(1, x, 1)"),
        ("x*(1 + erf(x/sqrt(2)))/2", "_scaled_erfc(x/2, -x, 1/2)"),
        ("exp(-x**2/2)*x", "_scaled_gaussian(x, x, 1/2)"),
        ("sinh(x)/cosh(x)", "tanh(x)"),
        ("x/cosh(x)", "x*_sech(x)"),
        ("1/(1 + x) - x/(1 + x)**2", "(x + 1)**(-2)"),
        ("x*exp(x)/(1 + exp(x))**3", "_scaled_sigmoid(x*_sigmoid_slope(x), -x)"),
        ("1/(1 + tanh(x))", "1/(2*_sigmoid(2*x))"),
        ("1/sqrt(1 + x**2) - x**2/(1 + x**2)**(3/2)", "(x**2 + 1)**(-3/2)"),
        ("sqrt(x**2 + 1) - 1", "x**2/(sqrt(x**2 + 1) + 1)"),
        ("log(x + sqrt(x**2 + 1))", "asinh(x)"),
        ("(exp(2*x) - 1)/(exp(2*x) + 1)", "tanh(x)"),
        ("exp(x)/(1 + exp(2*x))", "_sech(x)/2"),
        ("log(exp(x)/(1 + exp(x)))", "-_softplus(-x)"),
        ("x - log(1 + exp(x))", "-_softplus(-x)"),
        ("log(exp(x) + exp(-x))", "x + _softplus(-2*x)"),
        ("pi/2 - atan(x)", "arctan2(1, x)"),
        ("1 - cos(x)", "2*sin(x/2)**2"),
        ("cosh(x) - 1", "2*sinh(x/2)**2"),
        ("1.1 - tanh(x)**2", "4*_sigmoid_slope(2*x) + 1/10"),
        ("1 - exp(-exp(x))", "-expm1(-exp(minimum(x, 60)))"),
        ("exp(x)*exp(-exp(x))", "exp(x - exp(minimum(x, 60)))"),
        ("2**x*log(2)/(1 + 2**x) - 4**x*log(2)/(1 + 2**x)**2", "_sigmoid_slope(x*log(2))*log(2)"),
    ],
)
def test_laws(text: str, form: str) -> None:
    assert str(stable(activation(text).function)) == form


@pytest.mark.parametrize("text", ["identity", "relu", "abs(x)", "x**2 - 3*x", "max(x, 2)", "3", "0*x"])
@pytest.mark.parametrize("dtype", [np.int64, np.int32, object])
def test_whole_numbers_stay_whole(emitted: Callable[[str], Functions], text: str, dtype: type) -> None:
    f = activation(text)
    net: np.ndarray = np.array([[-7, -1, 0], [1, 2, 9]], dtype=dtype)
    for which, expression in zip(BOTH, (f.function, f.derivative), strict=True):
        found = emitted(text)[which](net)
        assert found.dtype == dtype
        assert found.tolist() == [[int(expression.subs(X, v)) for v in row] for row in net.tolist()]


@pytest.mark.parametrize("text", ["identity", "relu", "leaky-relu", "max(x/3 + 1/2, 0)", "max(3*x, 1)/7", "x**3/3"])
def test_fractions_stay_exact(emitted: Callable[[str], Functions], text: str) -> None:
    f = activation(text)
    values = [Fraction(n, 6) for n in range(-12, 13)]
    net: np.ndarray = np.array(values, dtype=object)
    for which, expression in zip(BOTH, (f.function, f.derivative), strict=True):
        for v, got in zip(values, emitted(text)[which](net), strict=True):
            wanted = sympy.Rational(expression.subs(X, sympy.Rational(v.numerator, v.denominator)))
            assert isinstance(got, Fraction | int)
            assert got == Fraction(int(wanted.p), int(wanted.q))


def test_symbols_pass_through_the_identity(emitted: Callable[[str], Functions]) -> None:
    net: np.ndarray = np.array(sympy.symbols("p q"), dtype=object)
    assert emitted("identity")["activation"](net).tolist() == net.tolist()
    assert emitted("identity")["activation_derivative"](net).tolist() == [1, 1]


@pytest.mark.parametrize("which", BOTH)
@pytest.mark.parametrize("text", [*NAMED, "pi*x", "3", "x*tanh(log(1 + exp(x)))", "erf(x)"])
def test_shapes_dtypes_and_the_input_left_alone(emitted: Callable[[str], Functions], text: str, which: str) -> None:
    function = emitted(text)[which]
    for dtype in FLOATS:
        assert function(np.zeros((2, 0, 3), dtype)).shape == (2, 0, 3)
        assert function(np.zeros((2, 0, 3), dtype)).dtype == dtype
        single = function(np.array(0.5, dtype))
        assert np.shape(single) == ()
        assert single.dtype == dtype
        assert single == function(np.array([0.5], dtype))[0]
        net = np.linspace(-3, 3, 24).astype(dtype).reshape(2, 3, 4)
        before = net.copy()
        net.flags.writeable = False
        found = function(net)
        assert np.array_equal(net, before)
        assert not np.shares_memory(found, net)
        strided = np.asfortranarray(net)[:, ::-1, ::2]
        assert np.array_equal(function(strided), found[:, ::-1, ::2])
    assert function(np.array([1, 2])).shape == (2,)
    if text not in ("identity", "relu", "3"):
        assert function(np.array([-1, 2])).dtype == np.float64
    assert function([0.5, 1.5]).shape == (2,)


@pytest.mark.parametrize(
    ("text", "at_kink"), [("relu", 0), ("leaky-relu", 0.01), ("elu", 1), ("abs(x)", -1), ("max(0, x)**2", 0)]
)
def test_the_emitted_derivative_at_a_kink(emitted: Callable[[str], Functions], text: str, at_kink: float) -> None:
    assert emitted(text)["activation_derivative"](np.array([0.0]))[0] == at_kink


@pytest.mark.parametrize("text", [*NAMED, *TYPED])
def test_the_text_is_plain_numpy_and_carries_its_formula(emitted: Callable[[str], Functions], text: str) -> None:
    source = activation_functions(activation(text))
    assert source == activation_functions(activation(text))
    assert "errstate" not in source
    assert "import" not in source
    assert max(map(len, source.splitlines())) <= 120
    for name in re.findall(r"^def (\w+)", source, flags=re.MULTILINE):
        assert len(re.findall(rf"\b{name}\b", source)) > 1 or name in BOTH
    functions = emitted(text)
    assert str(functions["activation"].__doc__).startswith("f(x) = ")
    assert str(functions["activation_derivative"].__doc__).startswith("f'(x) = ")


def test_formula_of_the_docstring(emitted: Callable[[str], Functions]) -> None:
    assert emitted("sigmoid")["activation_derivative"].__doc__ == "f'(x) = e⁻ˣ/(1 + e⁻ˣ)²."
    assert emitted("elu")["activation"].__doc__ == "f(x) = eˣ - 1 where x ≤ 0, else x."
    assert emitted("gelu")["activation"].__doc__ == "f(x) = x·(erf(√2·x/2) + 1)/2."


def test_a_sum_in_an_exponent_stays_a_sum(emitted: Callable[[str], Functions]) -> None:
    x = np.array([-1000.0])
    assert emitted("exp(x + 1000*pi/3)")["activation"](x) == np.exp(x + 1000 * np.pi / 3)
    assert emitted("exp(x + sinh(sinh(3)))")["activation"](np.array([-12000.0])) == 0
    with pytest.raises(RequestError):
        activation_functions(activation("x*(9**64)*(9**64)*(9**64)*(9**64)*(9**64)*(9**64)*pi"))


def test_the_coefficients_of_erf_give_erf() -> None:
    def at(coefficients: tuple[float, ...], u: mpmath.mpf) -> mpmath.mpf:
        return mpmath.polyval([mpmath.mpf(c) for c in reversed(coefficients)], u)

    with mpmath.workdps(50):
        for v in (mpmath.mpf(n) / 80 for n in range(1, 41)):
            assert abs(v * at(erf.near_coefficients(), 8 * v * v - 1) / mpmath.erf(v) - 1) < 2e-16
        for v in (mpmath.mpf(n) / 8 for n in range(4, 257, 3)):
            polynomial = at(erf.far_coefficients(), (v - 4) / (v + 4) * 9 / 7)
            assert abs(polynomial / ((1 + 2 * v) * mpmath.exp(v * v) * mpmath.erfc(v)) - 1) < 1e-16
