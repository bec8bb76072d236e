"""What a verdict says of sizes is true: at every size, in every special case, past every number of the formula."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from symconv.algebra.notation import parse
from symconv.audit.decision import decide
from symconv.audit.formula import FormulaVerdict, check_formula
from symconv.audit.reach import largest_number
from symconv.layers.geometry import Geometry
from symconv.verify.report import Report


def layer(input_size: Any, filter_size: Any = 3, stride: Any = 1, padding: Any = (0, 0), **more: Any) -> Geometry:
    """A layer of one dimension, or of as many as its input size has."""
    inputs = input_size if isinstance(input_size, tuple) else (input_size,)
    n = len(inputs)

    def each(value: Any) -> tuple[Any, ...]:
        return value if isinstance(value, tuple) else (value,) * n

    pairs = padding if isinstance(padding[0], tuple) else (padding,) * n
    return Geometry(
        input_size=inputs,
        filter_size=each(filter_size),
        stride=each(stride),
        dilation=(1,) * n,
        padding=pairs,
        output_padding=(0,) * n,
        **more,
    )


HIDDEN = (
    ("da[x] = sum(w[p]*delta[x-p], p=3)", layer("H", "K"), "input 4, filter 4"),
    ("da[x] = delta[x]*w[0] + delta[x-1]*w[1] + delta[x-2]*w[2]", layer("H", "K"), "input 4, filter 4"),
    ("dbias[n] = sum(delta[b,n,i], i=6)", layer("H"), "input 9, filter 3"),
    ("dbias[n] = sum(delta[b,n,i], i=1000)", layer("H"), "input 1003, filter 3"),
    ("dbias[n] = sum(delta[b,n,i,j], j=30)", layer(("H", "W")), "input 3x33, filter 3x3"),
    ("da[b,c,x] = w[n,c,p]*delta[b,n,x-p] + w[n,c,p]*delta[b,n,x-100]", layer("H", 2), "input 101, filter 2"),
    ("da[b,c,x] = w[n,c,p]*delta[b,n,x-p] + w[n,c,20]*delta[b,n,x-20]", layer("H", "K"), "input 21, filter 21"),
    ("da[b,c,x] = sum(w[n,c,p]*delta[b,n,x-p], n=7)", layer("H", filters="N"), "input 3, filter 3, filters 8"),
    ("net[b,n,i] = sum(w[n,c,p]*a[b,c,i+p], c=7) + bias[n]", layer("H", depth="C"), "input 3, filter 3, depth 8"),
)


@pytest.mark.parametrize(("formula", "named", "sizes"), HIDDEN, ids=[f for f, _, _ in HIDDEN])
def test_a_number_that_is_wrong_from_some_size_on_is_found(formula: str, named: Geometry, sizes: str) -> None:
    verdict = check_formula(formula, named)
    assert not verdict
    assert verdict.undecided is None
    assert verdict.sizes == sizes


def test_what_can_not_be_tried_far_enough_is_not_decided() -> None:
    verdict = check_formula("dbias[n] = sum(delta[b,n,i,j], i=1000, j=1000)", layer(("H", "W")))
    assert (verdict.passed, bool(verdict), Report((verdict,)).passed) == (False, False, False)
    assert str(verdict).startswith("not decided: ")
    assert "H = 3, 4, 5, 6, 7; W = 3, 4, 5, 6, 7" in verdict.sizes
    assert verdict.holds_for is None


@pytest.mark.parametrize(
    ("formula", "of_a_name", "largest"),
    [
        ("da[x] = w[p]*delta[x-p]", 5, 0),
        ("da[x] = w[p]*delta[x+P-D*p]", 5, 25),
        ("da[x] = w[p]*delta[x-p-100]", 5, 100),
        ("da[x] = w[p]*delta[60+x-p+60]", 5, 120),
        ("da[x] = w[p]*delta[x-20*p]", 5, 100),
        ("dbias[n] = sum(delta[b,n,i], i=6)", 5, 6),
        ("da = cross(pad(delta, 7), rot180(w))", 5, 7),
    ],
)
def test_how_far_numbers_reach(formula: str, of_a_name: int, largest: int) -> None:
    assert largest_number(parse(formula), of_a_name) == largest


TIED = (
    ("da[x] = w[p]*delta[(x+Q-p)/S]", layer(8, 3, 2, (1, 1)), "with the same padding before and after"),
    (
        "da[x,y] = w[p,q]*delta[(x+P1-p)/S1,(y+P1-q)/S1]",
        layer((7, 9), 3, 2, (1, 1)),
        "with the same stride and padding in each dimension",
    ),
    ("da[x,y] = w[p,q]*delta[(x+P1-p)/S1,(y+P2-q)/S2]", layer((7, 9), 3, 2, (1, 1)), None),
    ("da = cross(pad(delta, K-1), rot180(w))", layer((7, 9)), "with the same filter size in each dimension"),
    ("da = cross(pad(delta, K-1), rot180(w))", layer(("H", "W"), "K"), None),
)


@pytest.mark.parametrize(("formula", "given", "tie"), TIED, ids=[f for f, _, _ in TIED])
def test_every_size_is_said_of_sizes_that_vary_independently(formula: str, given: Geometry, tie: str | None) -> None:
    words = str(check_formula(formula, given).holds_for)
    assert words.startswith("every ")
    assert (tie in words) if tie else ("with the same" not in words)


SPECIAL = (
    ("dbias[n] = sum(delta[b,n,i], i=20)", layer(30, filters=8, depth=2), None),
    ("da[b,c,x] = sum(w[n,c,p]*delta[b,n,x-p], n=7)", layer(8, filters=8), "only in special cases: one filter"),
    ("da[x,y] = w[p,q]*delta[x-p,y-q+H1-H2]", layer(("H", "W"), ("K", "L")), None),
    (
        "da[x] = w[p]*delta[(x+Q-p)/S]",
        layer(8, 3, 2, (1, 2)),
        "only in special cases: the same padding before and after",
    ),
    ("da[x] = w[p]*delta[x-p]", layer(9, 3, 2, (1, 1)), "only in special cases: stride 1 and no padding"),
)


@pytest.mark.parametrize(("formula", "given", "words"), SPECIAL, ids=[f for f, _, _ in SPECIAL])
def test_special_cases_are_those_at_the_layers_own_sizes(formula: str, given: Geometry, words: str | None) -> None:
    assert check_formula(formula, given).holds_for == words


def test_a_special_case_is_a_layer_for_which_the_formula_is_right() -> None:
    statement = parse("dw[n,c] = sum(a[b,c]*delta[b,n], b=31)")
    dense = Geometry(
        kind="dense",
        input_size=(),
        filter_size=(),
        stride=(),
        dilation=(),
        padding=(),
        output_padding=(),
        depth=400,
        filters=10,
        batch=32,
    )
    assert check_formula(statement.text, dense).holds_for == "only in special cases: batch 1"
    assert decide(statement, replace(dense, batch=1), 0).right
    assert not decide(statement, replace(dense, depth=1), 0).right


@pytest.mark.parametrize("formula", ["da[x] = w[p]*delta[x+p]", "dw[p] = delta[i]*a[i+p+1]"])
def test_strides_beyond_the_input_are_judged(formula: str) -> None:
    for size in range(1, 5):
        for taps in (1, 2, 3):
            for stride in (2, 4):
                for p in (1, 2, 3):
                    if size + 2 * p >= taps:
                        found = check_formula(formula, layer(size, taps, stride, (p, p)))
                        assert isinstance(found, FormulaVerdict)


def test_a_counterexample_is_of_the_family() -> None:
    verdict = check_formula("da[x,y] = w[p,q]*delta[y-p,x-q]", layer(("H", "H"), "K"))
    assert verdict.sizes == "input 2x2, filter 1x1"
