"""What the verifier as a whole promises: on which sizes it judges, how it says what is wrong, and repeatably."""

from __future__ import annotations

import re
import tracemalloc
from dataclasses import replace

import pytest

from symconv.emit import emit_module
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.verify.effort import MOST_LINES, lines_per_product, own_size
from symconv.verify.execute import Subject, load
from symconv.verify.report import Report
from symconv.verify.sizes import products
from symconv.verify.source import verify_source
from tests.wrong.convolution_arrays import WINDOWS
from tests.wrong.convolution_loops import LOOPS, TAPS
from tests.wrong.parts import convolution_module
from tests.wrong.right import BY_NAME

LESSON = BY_NAME["lesson, taps"]
LARGE = Geometry(input_size=(25, 23), filter_size=(3, 2), stride=(2, 1), padding=((1, 0), (0, 1)), depth=3, filters=4)
HUGE = replace(LARGE, input_size=(224, 225), depth=64, filters=128)


def large(body: str, statement: str = "") -> str:
    """A right module of the large layer, or one spoilt by a statement before ``return net``."""
    source = convolution_module(LARGE, "identity", body)
    return re.sub(r"\n    return net( |\n)", lambda end: f"\n    {statement or 'pass'}{end.group()}", source, count=1)


def counterexamples(report: Report) -> list[str]:
    return [str(verdict.counterexample) for verdict in report.failed]


def test_two_reports_differ_in_seconds_only() -> None:
    one, two = (verify_source(LESSON.source, layer(LESSON.layer)) for _ in range(2))
    assert [replace(v, seconds=0) for v in one] == [replace(v, seconds=0) for v in two]


def test_a_mistake_that_only_large_inputs_show_is_named() -> None:
    spoilt = large(TAPS, "if net.shape[3] > 20: net[:, 1, 9, 20] -= w[1, 2, 0, 0] * a[:, 2, 0, 0]")
    report = verify_source(spoilt, layer(LARGE))
    wrong = next(v for v in report.failed if v.method == "exact whole numbers in float64")
    assert wrong.counterexample == (
        "net[0,1,9,20] has a surplus -w[1,2,0,0]·a[0,2,0,0] "
        "(on batch 1, depth 3, 4 filters, input 25x23; 1 of 1104 cells are wrong)"
    )
    assert not [v for v in report.failed if "symbols" in v.method]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("net[:, 1, 9, 20] += w[1, 2, 1, 1] * a[:, 2, 18, 21]", "has 2·w[1,2,1,1]·a[0,2,18,21] instead of w[1,2,1,1]·"),
        (
            "net[:, 1, 9, 20] += 1.0000001 * w[1, 2, 1, 1] * a[:, 2, 18, 21]",
            "has 2.0000001·w[1,2,1,1]·a[0,2,18,21] instead of w[1,2,1,1]·",
        ),
        (
            "net[:, 1, 9, 20] += 1e-7 * w[1, 2, 1, 1] * a[:, 2, 18, 21]",
            "has 1.0000001·w[1,2,1,1]·a[0,2,18,21] instead of w[1,2,1,1]·",
        ),
        ("net[:, 1, 9, 20] -= w[1, 2, 1, 1] * a[:, 2, 18, 21]", "lacks w[1,2,1,1]·a[0,2,18,21]"),
        (
            "net[:, 1, 9, 20] += w[1, 2, 1, 1] * (a[:, 0, 0, 0] - a[:, 2, 18, 21])",
            "lacks w[1,2,1,1]·a[0,2,18,21] and has a surplus w[1,2,1,1]·a[0,0,0,0]",
        ),
        ("net[:, 1, 9, 20] += 3", "has a surplus 3 (on batch 1"),
    ],
)
def test_probes_find_the_term(statement: str, said: str) -> None:
    report = verify_source(large(TAPS, f"if net.shape[3] > 20: {statement}"), layer(LARGE))
    assert any(c.startswith(f"net[0,1,9,20] {said}") for c in counterexamples(report)), counterexamples(report)


@pytest.mark.parametrize("body", [TAPS, WINDOWS, LOOPS])
def test_a_layer_of_some_size_is_judged_at_it(body: str) -> None:
    report = verify_source(large(body), layer(LARGE))
    assert report, str(report)
    exact = [v for v in report if v.method == "exact whole numbers in float64"]
    symbolic = [v for v in report if v.method == "exact symbols"]
    assert {v.sizes for v in exact} == {"batch 1, depth 3, 4 filters, input 25x23"}
    assert all(v.sizes.endswith("(reduced)") for v in symbolic)


def test_a_huge_layer_is_judged_on_a_part_that_can_be_afforded() -> None:
    loops, windows = (Subject(load(convolution_module(HUGE, "identity", body)), HUGE) for body in (LOOPS, WINDOWS))
    assert lines_per_product(windows) < 0.1 < lines_per_product(loops)
    assert products(own_size(loops)) < products(own_size(windows)) < products(HUGE)
    assert products(own_size(loops)) * lines_per_product(loops) <= MOST_LINES
    assert own_size(windows).left_over == HUGE.left_over


def test_a_module_of_its_own_sizes_is_not_asked_for_others() -> None:
    report = verify_source(f"{LESSON.source}\nOWN_SIZES_ONLY = True\n", layer(LESSON.layer))
    assert report
    skipped = [v for v in report if v.skipped]
    assert {v.method for v in skipped} >= {"exact whole numbers, other sizes", "arrays without samples"}
    assert all("OWN_SIZES_ONLY" in str(v.skipped) and not v.passed for v in skipped)


def test_a_module_that_lacks_a_name_is_asked_nothing_more() -> None:
    (verdict,) = verify_source(LESSON.source.replace("def input_gradient", "def gradient"), layer(LESSON.layer))
    assert verdict.counterexample == "the module has no input_gradient"


def test_the_class_bears_the_layers_name() -> None:
    named = layer(LESSON.layer, name="First")
    assert not verify_source(LESSON.source, named)
    assert verify_source(f"{LESSON.source}\n\nFirst = Layer\n", named)


def test_an_input_size_may_be_a_name_and_nothing_else() -> None:
    geometry = replace(LARGE, input_size=("H", "W"))
    assert verify_source(large(TAPS), layer(geometry))
    with pytest.raises(RequestError, match="depth C is a name"):
        verify_source(large(TAPS), layer(replace(geometry, depth="C")))
    with pytest.raises(RequestError, match="filter size"):
        verify_source(large(TAPS), layer(replace(geometry, filter_size=("K", 2))))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "shares[positions] +=",
            "shares[positions] +=  2 *",
            "∂E/∂a[0,0,0,0] has 2·δ[0,0,0,0]·w[0,0,0,0] instead of δ",
        ),
        (
            "np.ndindex(*FILTER_SIZE):\n        outputs, positions = reached(tap, a",
            "[(0, 0)]:\n        outputs, positions = reached(tap, a",
            "net[0,0,0,0] lacks w[0,0,0,1]·a[0,0,0,1]",
        ),
    ],
)
def test_a_term_is_named(old: str, new: str, said: str) -> None:
    assert old in LESSON.source
    report = verify_source(LESSON.source.replace(old, new, 1), layer(LESSON.layer))
    assert any(c.startswith(said) for c in counterexamples(report)), counterexamples(report)


@pytest.mark.parametrize("name", ["sqrt(x)", "log(-x)", "1/x", "exp(exp(x))", "x**x", "relu"])
@pytest.mark.parametrize("geometry", [Geometry(), LARGE], ids=["lesson", "large"])
def test_right_code_raises_no_alarm_where_f_is_real_on_part_of_the_line(name: str, geometry: Geometry) -> None:
    own = layer(geometry, activation_name=name)
    report = verify_source(emit_module(own).text, own)
    assert report, str(report)
    assert not [v.claim for v in report if v.skipped]


def test_a_wrong_slope_is_caught_where_f_is_real_on_part_of_the_line() -> None:
    own = layer(Geometry(), activation_name="sqrt(x)")
    text = emit_module(own).text
    spoilt = text.replace("delta = error * activation_derivative", "delta = 2 * error * activation_derivative")
    assert spoilt != text
    failed = {v.claim for v in verify_source(spoilt, own).failed}
    assert failed >= {"Layer: δ = error ∘ f'(net)", "f and f' to the last digits"}


def test_an_activation_without_a_range_is_skipped_with_the_reason() -> None:
    own = layer(Geometry(), activation_name="log(x - 100)")
    report = verify_source(emit_module(own).text, own)
    assert report, str(report)
    assert {v.skipped for v in report if "δ" in v.claim and v.claim.startswith("Layer")} == {
        "f = log(x - 100) is not smooth enough on any range of numbers that is drawn from"
    }


@pytest.mark.parametrize("kind", ["conv", "conv-transpose", "avg-pool", "locally-connected"])
def test_huge_inputs_take_no_memory(kind: str) -> None:
    """The layer's own arrays would take 7 GB; questions about shapes are asked without samples."""
    side = 15_000 if kind == "locally-connected" else 30_000
    own = layer(
        Geometry(kind=kind, input_size=(side, side), filter_size=(3, 3) if side > 15_000 else (1, 2), bias=False)
    )
    text = emit_module(own).text
    tracemalloc.start()
    try:
        report = verify_source(text, own)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert report, str(report)
    assert peak < 1e9
