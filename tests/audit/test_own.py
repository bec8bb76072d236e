"""`check` and `audit` against layers of one's own."""

from __future__ import annotations

from pathlib import Path

import pytest

import symconv
from tests.own_layers import own_layer

GATED = "delta[b,n,i]*w[n,c,x-i+1]*a[b,n,i] + delta[b,c,x]*w[c,m,p]*a[b,m,x+p-1]"


@pytest.mark.parametrize(
    ("name", "formula", "holds"),
    [
        ("gated", f"da[b,c,x] = {GATED}", "every filter size, batch and number of channels"),
        ("gated", f"delta_prev[b,c,x] = ({GATED})*df[b,c,x]", ""),
        ("gated", "dw[n,c,p] = delta[b,n,i]*a[b,c,i+p-1]*a[b,n,i]", "every input size, output size, filter size"),
        ("gated", "dbias[n] = delta[b,n,i]", "every input size, output size"),
        ("diagonal", "da[b,c,i,i] = delta[b,n,i]*w[n,c]", ""),
        ("square", "da[b,c,i] = 2*delta[b,n,i]*w[n,c,i]*a[b,c,i]", ""),
        ("the issue's", "da = cross(pad(insert_zeros(delta, 2), 1:2), rot180(w))", ""),
        ("squared bias", "dbias[n] = delta[b,n,i]*bias[n]", ""),
    ],
)
def test_a_right_formula_is_right(name: str, formula: str, holds: str) -> None:
    verdict = symconv.check(formula, own_layer(name))
    assert verdict, str(verdict)
    assert holds in (verdict.holds_for or "")


@pytest.mark.parametrize(
    ("name", "formula", "term"),
    [
        ("gated", "da[b,c,x] = delta[b,n,i]*w[n,c,x-i+1]*a[b,n,i]", "da[0,0,0] lacks"),
        ("square", "da[b,c,i] = delta[b,n,i]*w[n,c,i]*a[b,c,i]", "lacks 2·a[0,0,0]·delta[0,0,0]·w[0,0,0]"),
        ("diagonal", "da[b,c,x,y] = delta[b,n,x]*w[n,c]", "da[0,0,0,1] has a surplus delta[0,0,0]·w[0,0]"),
        ("constant", "da[b,n,i] = w[n,i]*delta[b,n,i]", "da[0,0,0] lacks"),
    ],
)
def test_a_wrong_formula_is_told_its_first_wrong_term(name: str, formula: str, term: str) -> None:
    verdict = symconv.check(formula, own_layer(name))
    assert not verdict
    assert term in (verdict.counterexample or ""), str(verdict)


def test_what_is_twice_as_much_is_told_so() -> None:
    verdict = symconv.check("da[b,c,i] = delta[b,n,i]*w[n,c,i]*a[b,c,i]", own_layer("square"))
    assert verdict.reason == "every term is 1/2 times what it should be"


def test_a_named_size_is_decided_for_every_size() -> None:
    layer = symconv.from_formula("net[b,n,i] = w[n,c,p]*a[b,c,2*i+p]", input_size="H", output_size="O", filter_size="K")
    verdict = symconv.check("da[b,c,x] = delta[b,n,i]*w[n,c,x-2*i]", layer)
    assert verdict
    assert verdict.sizes == "every size"


def test_an_answer_in_numbers_is_judged() -> None:
    layer = symconv.from_formula("net[b,n,i] = w[p]*a[b,n,i+p]", input_size=4, output_size=3, filter_size=2)
    values = {"delta": [[[1, 2, 3]]], "w": [1, 2], "a": [[[1, 1, 1, 1]]], "da": [[[1, 4, 7, 6]]], "dw": [6, 5]}
    assert symconv.check("da", layer, values=values)
    assert "dw[1] is 5, not 6" in str(symconv.check("dw", layer, values=values))


CODE = """
import numpy as np


def net_input(a, w, bias=None):
    net = np.zeros((len(a), len(w), a.shape[2]), a.dtype)
    padded = np.pad(a, ((0, 0), (0, 0), (1, 1)))
    for p in range(3):
        net += np.einsum("nc,bci,bni->bni", w[:, :, p], padded[:, :, p : p + a.shape[2]], a)
    return net if bias is None else net + bias[:, None]


def weight_gradient(delta, a):
    padded = np.pad(a, ((0, 0), (0, 0), (1, 1)))
    windows = np.lib.stride_tricks.sliding_window_view(padded, a.shape[2], axis=2)
    return np.einsum("bni,bni,bcpi->ncp", delta, a, windows)


def bias_gradient(delta):
    return delta.sum(axis=(0, 2))


def input_gradient(delta, w, a):
    gated = np.pad(delta * a, ((0, 0), (0, 0), (1, 1)))
    da = np.zeros(a.shape, np.result_type(delta, w, a))
    padded = np.pad(a, ((0, 0), (0, 0), (1, 1)))
    for p in range(3):
        da += np.einsum("nc,bni->bci", w[:, :, p], gated[:, :, 2 - p : 2 - p + a.shape[2]])
        da += delta * np.einsum("nc,bci->bni", w[:, :, p], padded[:, :, p : p + a.shape[2]]){second}
    return da
"""


@pytest.mark.parametrize(("second", "outcome"), [("", True), (" * 0", False)])
def test_hand_written_code_is_judged(tmp_path: Path, second: str, outcome: bool) -> None:
    """The gradient takes ``a`` by its name; without the product rule's second term it is wrong."""
    code = CODE.replace("{second}", second)
    file = tmp_path / "gated.py"
    file.write_text(code)
    report = symconv.audit(str(file), own_layer("gated"))
    assert bool(report) is outcome, report.summary()
    if not outcome:
        assert "wrong: input_gradient" in "\n".join(f"{mark}: {said}" for mark, said in report.told())
