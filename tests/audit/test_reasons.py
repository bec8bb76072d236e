"""Each mistake that people make is told in words, on the formula that a person who makes it would write."""

from __future__ import annotations

from typing import Any

import pytest

import symconv
from symconv.audit.formula import FormulaVerdict

LESSON: dict[str, Any] = {}
CHANNELS = {"input_size": (4, 4), "depth": 2, "filters": 3, "batch": 2}
SQUARE_CHANNELS = {"input_size": (4, 4), "depth": 2, "filters": 2}
STRIDE = {"input_size": (6, 6), "filter_size": (3, 3), "stride": 2, "depth": 2, "filters": 3, "batch": 2}
BOTH = {"input_size": (9, 9), "filter_size": (3, 3), "stride": 2, "dilation": 3, "filters": 2}
PADDED = {"input_size": (5, 5), "filter_size": (3, 3), "padding": 1}
NOT_SQUARE = {"input_size": (5, 6), "filter_size": (2, 3)}
ONE = {"input_size": (8,), "filter_size": (3,), "stride": 2, "padding": 1}
UNLIKE = {"input_size": (5, 7), "filter_size": (2, 3), "padding": ((1, 1), (0, 0))}

K_FOR_K_1 = "padding K instead of K - 1"
LEFT_OVER = "the left-over rows are not covered, so the result has shape H - r"
NO_ZEROS = "the stride is missing: no zeros are inserted between the entries of δ"
EXCHANGED = "stride and dilation are exchanged"
TRANSPOSED = "the channels are transposed: filter and depth change places in w"
SLOPE = "f' is missing: δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})"

TOLD = (
    (LESSON, "da = cross(pad(delta, K-1), w)", "the filter is not rotated by 180°"),
    (CHANNELS, "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,x+p-1,y+q-1]", "the filter is not rotated by 180°"),
    (CHANNELS, "da[b,c,x,y] = w[n,c,p,K-1-q]*delta[b,n,x-p,y-q]", "only one axis of the filter is rotated"),
    (LESSON, "da[x,y] = w[1-p,q]*delta[x-p,y-q]", "only one axis of the filter is rotated"),
    (LESSON, "da = cross(pad(delta, K), rot180(w))", "the padding is too large: K instead of K - 1"),
    (PADDED, "da = cross(pad(delta, K-P), rot180(w))", "the padding is too large: K instead of K - 1"),
    (LESSON, "da[x,y] = w[K-1-p,K-1-q]*delta[x+p-K,y+q-K]", K_FOR_K_1),
    (STRIDE, "da = cross(pad(delta, K-1), rot180(w))", NO_ZEROS),
    (STRIDE, "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,x-p,y-q]", NO_ZEROS),
    (STRIDE, "da = cross(pad(insert_zeros(delta, S), K-1), rot180(w))", LEFT_OVER),
    (STRIDE, "dw = cross(a, insert_zeros(delta, S))", "the left-over rows are not cropped, so there are too many taps"),
    (STRIDE, "dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,i+S*p,j+S*q]", EXCHANGED),
    (STRIDE, "dw = cross(a, delta, stride=S)", EXCHANGED),
    (BOTH, "dw = cross(a, delta, stride=S, dilation=D)", EXCHANGED),
    (BOTH, "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,D*i+S*p,D*j+S*q]", EXCHANGED),
    (BOTH, "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x-S*p)/D,(y-S*q)/D]", EXCHANGED),
    (LESSON, "dw[i,j] = delta[m,n]*a[i+m-1,j+n-1]", "the formula is right with indices from 1, and is read here with"),
    (SQUARE_CHANNELS, "da[b,c,x,y] = w[c,n,p,q]*delta[b,n,x-p,y-q]", TRANSPOSED),
    (CHANNELS, "da[b,c,x,y] = w[c,n,p,q]*delta[b,n,x-p,y-q]", TRANSPOSED),
    (CHANNELS, "dw[c,n,p,q] = delta[b,n,i,j]*a[b,c,i+p,j+q]", TRANSPOSED),
    (CHANNELS, "da[b,c,x,y] = w[0,c,p,q]*delta[b,0,x-p,y-q]", "the sum over the filters is missing"),
    (SQUARE_CHANNELS, "da[b,c,x,y] = w[c,c,p,q]*delta[b,c,x-p,y-q]", "the sum over the channels is missing"),
    (LESSON, "delta_prev = cross(pad(delta, K-1), rot180(w))", SLOPE),
    (ONE, "da = cross(pad(insert_zeros(delta, 2), 2:1), rot180(w))", "padding before and after are exchanged"),
    (ONE, "dw = cross(pad(a, 0, 1), delta, dilation=2)", "padding before and after are exchanged"),
    (UNLIKE, "da = cross(pad(delta, 2x0), rot180(w))", "the padding of the dimensions is exchanged"),
    (UNLIKE, "net = cross(pad(a, 0x1), w) + bias", "the padding of the dimensions is exchanged"),
    (LESSON, "delta_prev[x,y] = w[p,q]*delta[x-p,y-q]*df[x,y]*df[x,y]", "f' is multiplied twice"),
    (STRIDE, "delta_prev[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x-p)/S,(y-q)/S]", SLOPE),
)


def verdict(keys: dict[str, Any], formula: str) -> FormulaVerdict:
    return symconv.check(formula, symconv.convolution(**keys))


@pytest.mark.parametrize(("keys", "formula", "reason"), TOLD, ids=[formula for _, formula, _ in TOLD])
def test_the_mistake_is_named(keys: dict[str, Any], formula: str, reason: str) -> None:
    found = verdict(keys, formula)
    assert not found
    assert reason in str(found.reason)


SPECIAL = (
    (NOT_SQUARE, "da = cross(pad(delta, K1-1), rot180(w))", "square filters"),
    (STRIDE, "dw = cross(a, delta)", "stride 1"),
    (LESSON, "da = cross(pad(delta, K-1), w)", "filters of one tap (K = 1)"),
    (PADDED, "dw[p,q] = delta[i,j]*a[i+p,j+q]", "no padding"),
    (CHANNELS, "da[b,c,x,y] = w[0,c,p,q]*delta[b,0,x-p,y-q]", "one filter"),
)


@pytest.mark.parametrize(("keys", "formula", "words"), SPECIAL, ids=[words for *_, words in SPECIAL])
def test_what_is_right_in_special_cases_says_in_which(keys: dict[str, Any], formula: str, words: str) -> None:
    found = verdict(keys, formula)
    assert not found
    assert str(found.holds_for).startswith("only in special cases: ")
    assert words in str(found.holds_for)
