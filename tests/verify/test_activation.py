"""f and f' in exact arithmetic, where floating point and naive evaluation lose everything."""

from __future__ import annotations

import math
import time

import numpy as np
import pytest

from symconv.emit import emit_module
from symconv.layers.activation import NAMED, activation
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.layers.smoothness import kinks
from symconv.verify.activation import Exact, examine_tails, points
from symconv.verify.execute import Subject, load
from symconv.verify.report import Refuted


@pytest.mark.parametrize(
    ("name", "x", "wanted"),
    [
        ("sigmoid", -700.0, math.exp(-700)),
        ("sigmoid", 40.0, 1.0),
        ("softplus", -700.0, math.exp(-700)),
        ("softplus", 1e4, 1e4),
        ("tanh", 1e-30, 1e-30),
        ("gelu", -37.0, -37.0 * math.erfc(37 / math.sqrt(2)) / 2),
        ("gelu", -1e4, 0.0),
        ("silu", -700.0, -700 * math.exp(-700)),
        ("elu", -1e-20, -1e-20),
        ("relu", -3.0, 0.0),
    ],
)
def test_values(name: str, x: float, wanted: float) -> None:
    assert Exact.of(activation(name).function).at(x) == pytest.approx(wanted, rel=1e-13, abs=0)


def test_derivative_where_nothing_is_left_of_it() -> None:
    slope = Exact.of(activation("tanh").derivative)
    assert slope.at(300.0) == pytest.approx(4 * math.exp(-600), rel=1e-13, abs=0)
    assert slope.at(1e4) == 0


def test_no_real_value_is_not_a_number() -> None:
    logarithm = Exact.of(activation("log(x)").function)
    assert math.isnan(logarithm.at(-1.0))
    assert math.isnan(logarithm.at(0.0))
    assert logarithm.at(1.0) == 0


def test_values_keep_the_shape() -> None:
    square = Exact.of(activation("x**2").function)
    assert square.on(np.array([[1.0, -2.0], [3.0, 1.0]])).tolist() == [[1, 4], [9, 1]]


@pytest.mark.parametrize("name", NAMED)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_points_reach_into_both_tails(name: str, dtype: str) -> None:
    asked = points(layer(Geometry(), activation_name=name), dtype)
    assert (asked[0].x, asked[-1].x) == (-1e4, 1e4)
    assert 0.0 in {p.x for p in asked}
    assert all(p.value_error > 0 and p.slope_error > 0 for p in asked)


def test_a_kink_has_two_slopes() -> None:
    (kink,) = kinks(activation("relu").function)
    point = next(p for p in points(layer(Geometry(), activation_name="relu"), "float64") if p.x == kink)
    assert (point.slope, point.slope_right) == (0, 1)


@pytest.mark.parametrize("name", ["exp(exp(x))", "cosh(sinh(cosh(x)))", "2**(2**(2**x))", "sin(exp(exp(x)))"])
def test_towers_come_to_an_end(name: str) -> None:
    """Values beyond every float are left out; e to the e to the 10⁴ has more digits than any memory."""
    start = time.perf_counter()
    asked = points(layer(Geometry(), activation_name=name), "float64")
    assert time.perf_counter() - start < 10
    assert 0.0 in {p.x for p in asked}
    assert all(math.isfinite(p.value) and math.isfinite(p.slope) for p in asked)


@pytest.mark.parametrize(("name", "x", "wanted"), [("exp(-exp(x))", 1e4, 0.0), ("tanh(exp(exp(x)))", 1e4, 1.0)])
def test_limits_of_towers(name: str, x: float, wanted: float) -> None:
    assert Exact.of(activation(name).function).at(x) == wanted


@pytest.mark.parametrize(
    "slope",
    [
        "1 / np.sqrt(x**2 + 1) - x**2 / (x**2 + 1) ** (3 / 2)",
        "np.where(np.abs(x) > 3000, 0, 1 / (x**2 + 1) ** (3 / 2))",
    ],
)
def test_a_slope_of_0_in_the_tail_is_refuted_where_1e_12_is_right(slope: str) -> None:
    judged = layer(Geometry(input_size=(3, 3), filter_size=(2, 2)), activation_name="x/sqrt(1 + x**2)")
    right = emit_module(judged).text
    answer = "return 1 / (x**2 + 1) ** (3 / 2)"
    assert right.count(answer) == 1
    examine_tails(Subject(load(right), judged.geometry), judged, judged.geometry)
    wrong = Subject(load(right.replace(answer, f"return {slope}")), judged.geometry)
    with pytest.raises(Refuted, match=r"f'\(-10000\) in float32 is off by"):
        examine_tails(wrong, judged, judged.geometry)


@pytest.mark.parametrize("x", [-100.0, -154.0, -300.0, -700.0])
def test_a_term_that_is_less_than_the_working_precision_is_not_lost(x: float) -> None:
    """Mish: tanh(log(1 + eˣ)) + x eˣ …, where 1 + eˣ is 1 at 60 digits and the first term would vanish every time."""
    slope = Exact.of(activation("x*tanh(log(1 + exp(x)))").derivative)
    assert slope.at(x) == pytest.approx((1 + x) * math.exp(x), rel=1e-12, abs=0)
