"""Every law keeps the value of every contraction it takes, and says why it does not take one."""

from __future__ import annotations

from collections.abc import Callable
from math import gcd

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.algebra.axes import Axis, Constant, Tensor, axis, size
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.algebra.laws import View, flip, group, insert_zeros, pad, reindex, rename, shift, split, weigh
from symconv.algebra.relations import relation
from tests.algebra.contractions import contractions, keeps_its_value, read_once

I, P, X, M = axis("i", 3), axis("p", 3), axis("x", 8), axis("m", 2)
NET, W, A = Tensor("net", (I,)), Tensor("w", (P,)), Tensor("a", (X,))
CONVOLUTION = Contraction(
    Operand(NET, (I,)), (Operand(W, (P,)), Operand(A, (X,))), (relation({X: 1, I: -2, P: -1}, 0),)
)
"""``net[i] = Σ_p w[p]·a[2i + p]``: a has 8 cells, of which windows reach 7."""


@given(st.data(), contractions())
def test_rename(data: st.DataObject, contraction: Contraction) -> None:
    own = contraction.axes
    letters = data.draw(st.permutations("xipbnuvjk"))
    names = {a: letter for a, letter in zip(own, letters, strict=False) if data.draw(st.booleans())}
    assume(len({names.get(a, a.name) for a in own}) == len(own))
    after = rename(contraction, names)
    assert keeps_its_value(contraction, after)
    assert rename(after, {b: a.name for a, b in zip(own, after.axes, strict=True)}) == contraction


def once_read(data: st.DataObject, contraction: Contraction) -> Axis:
    candidates = read_once(contraction)
    assume(candidates)
    return data.draw(st.sampled_from(candidates))


@given(st.data(), contractions())
def test_flip(data: st.DataObject, contraction: Contraction) -> None:
    own = once_read(data, contraction)
    after = flip(contraction, [own])
    assert keeps_its_value(contraction, after)
    assert any(isinstance(f.tensor, Definition) for f in after.factors)


@given(st.data(), contractions(), st.integers(1, 3))
def test_insert_zeros(data: st.DataObject, contraction: Contraction, stride: int) -> None:
    own = once_read(data, contraction)
    divides = all(int(r.coefficient(own)) % stride == 0 for r in contraction.relations)
    if not divides:
        with pytest.raises(ValueError, match=f"of {own.name} is not a multiple of {stride}"):
            insert_zeros(contraction, {own: stride})
    else:
        assert keeps_its_value(contraction, insert_zeros(contraction, {own: stride}))


@given(st.data(), contractions(), st.integers(-2, 3), st.integers(-2, 3))
def test_pad(data: st.DataObject, contraction: Contraction, before: int, after: int) -> None:
    own = once_read(data, contraction)
    if min(before, after) >= 0:
        assert keeps_its_value(contraction, pad(contraction, {own: (before, after)}))
        return
    try:
        cropped = pad(contraction, {own: (before, after)})
    except ValueError:
        return
    assert keeps_its_value(contraction, cropped)


@given(st.data(), contractions(), st.sampled_from((-2, -1, 1, 2)), st.integers(0, 3), st.integers(0, 3))
def test_reindex(data: st.DataObject, contraction: Contraction, c: int, before: int, after: int) -> None:
    own = once_read(data, contraction)
    assume(all(int(r.coefficient(own)) % c == 0 for r in contraction.relations))
    reach = abs(c) * (int(own.extent) - 1)
    view = View(c, before + (reach if c < 0 else 0), before + reach + 1 + after)
    assert keeps_its_value(contraction, reindex(contraction, "view", {own: view}))


@given(st.data(), contractions())
def test_weigh(data: st.DataObject, contraction: Contraction) -> None:
    assume(contraction.axes)
    chosen = data.draw(st.lists(st.sampled_from(contraction.axes), max_size=2, unique=True))
    assert keeps_its_value(contraction, weigh(contraction, chosen))


@given(st.data(), contractions())
def test_group(data: st.DataObject, contraction: Contraction) -> None:
    indices = data.draw(st.lists(st.sampled_from(range(len(contraction.factors))), min_size=1, unique=True))
    after = group(contraction, "s", [contraction.factors[i] for i in indices])
    assert keeps_its_value(contraction, after)
    assert len(after.factors) == len(contraction.factors) - len(indices) + 1


@given(st.data(), contractions(), st.integers(1, 4))
def test_split(data: st.DataObject, contraction: Contraction, factor: int) -> None:
    assume(contraction.axes)
    own = data.draw(st.sampled_from(contraction.axes))
    after = split(contraction, own, factor, "m", "ρ")
    assert keeps_its_value(contraction, after)
    assert after.axis("ρ").extent == factor


@given(st.data(), contractions())
def test_shift(data: st.DataObject, contraction: Contraction) -> None:
    assume(len(contraction.axes) > 1)
    position, *others = data.draw(st.permutations(contraction.axes))
    by = {a: data.draw(st.integers(-2, 2)) for a in others[:2]}
    assert keeps_its_value(contraction, shift(contraction, position, "t", by))


@given(st.data(), contractions(), st.integers(1, 3))
def test_laws_one_after_the_other(data: st.DataObject, contraction: Contraction, factor: int) -> None:
    own = once_read(data, contraction)
    divisor = gcd(*(int(r.coefficient(own)) for r in contraction.relations)) or factor
    after = insert_zeros(contraction, {own: divisor})
    if again := read_once(after):
        after = flip(after, [data.draw(st.sampled_from(again))])
    if again := read_once(after):
        after = pad(after, {data.draw(st.sampled_from(again)): (1, 2)})
    assert keeps_its_value(contraction, after)


def test_a_crop_takes_what_no_window_reaches_and_no_more() -> None:
    assert keeps_its_value(CONVOLUTION, pad(CONVOLUTION, {X: (0, -1)}))
    with pytest.raises(ValueError, match="cells of x that are read may lie outside the 6 of its view"):
        pad(CONVOLUTION, {X: (0, -2)})
    with pytest.raises(ValueError, match="cells of x"):
        pad(CONVOLUTION, {X: (-1, 0)})


def test_a_crop_in_letters_is_proved_from_the_relation() -> None:
    """The amounts of THEORY §4, ``pad(a, P, Q-r)``, whatever the letters stand for; one cell less is refused."""
    s, d, k, p, q, o, r = (size(n) for n in "SDKPQOr")
    x = axis("x", s * (o - 1) + d * (k - 1) + 1 - p - q + r)
    i, tap = axis("i", o), axis("p", k)
    factors = (Operand(Tensor("w", (tap,)), (tap,)), Operand(Tensor("a", (x,)), (x,)))
    layer = Contraction(Operand(Tensor("net", (i,)), (i,)), factors, (relation({x: 1, i: -s, tap: -d}, p),))
    assert pad(layer, {x: (p, q - r)}).relations[0].offset == 0
    with pytest.raises(ValueError, match="cells of x"):
        pad(layer, {x: (p, q - r - 1)})


REFUSALS: dict[str, tuple[Callable[[], Contraction], str]] = {
    "rename makes two axes one": (
        lambda: rename(Contraction(Operand(NET, (I,)), (Operand(W, (P,)),)), {I: "p"}),
        r"renaming to \['p'\] would make two axes one",
    ),
    "reindex of an axis that two operands read": (
        lambda: flip(Contraction(Operand(NET, (I,)), (Operand(Tensor("a", (I,)), (I,)),)), [I]),
        "the axes i are not read by exactly one operand",
    ),
    "reindex of an axis that is not there": (
        lambda: flip(CONVOLUTION, [M]),
        "the contraction has no axis m",
    ),
    "insert zeros that the relation does not have": (
        lambda: insert_zeros(CONVOLUTION, {I: 3}),
        "the coefficient 2 of i is not a multiple of 3",
    ),
    "insert zeros at a stride in letters": (
        lambda: insert_zeros(CONVOLUTION, {I: size("S")}),
        "the coefficient 2 of i is not a multiple of S",
    ),
    "insert zeros at stride 0": (lambda: insert_zeros(CONVOLUTION, {I: 0}), "coefficient 0"),
    "insert zeros backwards": (lambda: insert_zeros(CONVOLUTION, {I: -1}), "cells of i that are read may lie outside"),
    "weigh an axis that is not there": (lambda: weigh(CONVOLUTION, [M]), "the contraction has no axis m"),
    "group a factor that is not there": (
        lambda: group(CONVOLUTION, "s", [Operand(Tensor("u", (P,)), (P,))]),
        "u is not a factor",
    ),
    "group a factor more often than it is there": (
        lambda: group(CONVOLUTION, "s", [CONVOLUTION.factors[0]] * 2),
        "w is not a factor, or not as often as it is to be grouped",
    ),
    "split into a letter in use": (lambda: split(CONVOLUTION, P, 2, "m", "x"), "the letters m, x are in use"),
    "split into a letter in use of the same extent": (
        lambda: split(CONVOLUTION, X, 3, "i", "ρ"),
        "the letters i, ρ are in use",
    ),
    "split into one letter": (lambda: split(CONVOLUTION, P, 2, "m", "m"), "split of p needs"),
    "split by nothing": (lambda: split(CONVOLUTION, P, 0, "m", "ρ"), "split of p needs a factor of at least 1"),
    "split of an axis that is not there": (lambda: split(CONVOLUTION, M, 2, "u", "ρ"), "has no axis m"),
    "shift by an axis that is not there": (lambda: shift(CONVOLUTION, I, "t", {M: 1}), "has no axis m"),
    "shift by itself": (lambda: shift(CONVOLUTION, I, "t", {I: 1}), "i can not be shifted by itself"),
    "shift to a letter in use": (lambda: shift(CONVOLUTION, I, "p", {P: 1}), "the letters p are in use"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_law_says_why_it_does_not_apply(name: str) -> None:
    rewrite, sentence = REFUSALS[name]
    with pytest.raises(ValueError, match=sentence):
        rewrite()


def test_primes_do_not_capture() -> None:
    """An array read at x and x' keeps both apart when one of them is turned round."""
    x, other = axis("x", 3), axis("x'", 3)
    a = Operand(Tensor("a", (x, other)), (x, other))
    u = Operand(Tensor("u", (other,)), (other,))
    contraction = Contraction(Operand(Tensor("net", (other,)), (other,)), (a, u))
    assert keeps_its_value(contraction, flip(contraction, [x]))
    matrix = Contraction(Operand(Tensor("net", (x, other)), (x, other)), (a,), ())
    turned = Contraction(matrix.output, (Operand(Tensor("u", (I,)), (I,)), Operand(Tensor("v", (P,)), (P,))), ())
    assert keeps_its_value(turned, flip(turned, [x, other]))


def test_a_factor_read_twice_is_grouped_once() -> None:
    w = CONVOLUTION.factors[0]
    square = Contraction(Operand(NET, (I,)), (w, w))
    after = group(square, "w·u", [w])
    assert len(after.factors) == 2
    assert keeps_its_value(square, after)


def test_ones_are_a_constant() -> None:
    first = weigh(CONVOLUTION, [P]).factors[0].tensor
    assert isinstance(first, Constant)
    assert (first.symbol, first.axes, first.entry) == ("1", (P,), 1)
