"""Taking a sum apart and putting it together keeps its value, and a law that does not apply says why."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.algebra.axes import Axis, Tensor, axis, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.evaluate import evaluate
from symconv.algebra.laws import View, renumber, shift, split
from symconv.algebra.partition import forget, nest, sample, separate
from symconv.algebra.relations import relation
from tests.algebra.contractions import contractions, keeps_its_value
from tests.cases import integer_arrays

X, T, P, M, I = axis("x", 7), axis("t", 4), axis("p", 5), axis("m", 3), axis("i", 4)
NET, W, D = Tensor("net", (X,)), Tensor("w", (P,)), Tensor("δ", (I,))
PHASE = Contraction(
    Operand(NET, (X,)),
    (Operand(W, (P,)), Operand(D, (I,))),
    (relation({X: 1, T: -2}, 1), relation({P: 1, M: -2}), relation({T: 1, I: -1, M: -1})),
)
"""``net[2t-1] = Σ_m w[2m]·δ[t-m]``."""


@given(st.data(), contractions(), st.integers(1, 3))
def test_separate(data: st.DataObject, contraction: Contraction, factor: int) -> None:
    assume(contraction.axes)
    own = data.draw(st.sampled_from(contraction.axes))
    before = split(contraction, own, factor, "m", "ρ")
    after = separate(before, before.axis("ρ"))
    arrays = integer_arrays(contraction)
    assert len(after.terms) <= factor
    assert np.array_equal(evaluate(before, arrays), evaluate(after, arrays))


@given(st.data(), contractions(), st.integers(1, 3))
def test_split_and_sample(data: st.DataObject, contraction: Contraction, factor: int) -> None:
    assume(contraction.axes)
    own = data.draw(st.sampled_from(contraction.axes))
    terms = separate(before := split(contraction, own, factor, "m", "ρ"), before.axis("ρ")).terms
    for term in terms:
        try:
            after = sample(term, [own])
        except ValueError:
            assume(False)
        assert keeps_its_value(term, after)


@given(st.data(), contractions(), st.integers(-3, 3), st.integers(0, 9))
def test_renumber(data: st.DataObject, contraction: Contraction, offset: int, extent: int) -> None:
    assume(contraction.axes)
    own = data.draw(st.sampled_from(contraction.axes))
    before = split(contraction, own, 1, "m", "ρ")
    try:
        after = renumber(before, {before.axis("m"): View(1, offset, extent)})
    except ValueError:
        assert (offset, extent) not in ((0, own.extent), (1, own.extent + 1))
    else:
        assert keeps_its_value(before, after)


def test_a_range_shrinks_to_what_the_relations_admit_and_no_further() -> None:
    """``x = 2t - 1`` places t from 1 to 3 (the bounds are 1/2 and 7/2): three values, counted from 0."""
    assert keeps_its_value(PHASE, renumber(PHASE, {T: View(1, -1, 3)}))
    assert keeps_its_value(PHASE, renumber(PHASE, {T: View(1, 2, 9)}))
    for view in (View(1, -2, 3), View(1, -1, 2)):
        with pytest.raises(ValueError, match="cells of t that are read may lie outside"):
            renumber(PHASE, {T: view})


def test_an_axis_that_names_a_sum_is_forgotten() -> None:
    lone = Contraction(Operand(NET, (X,)), PHASE.factors[1:], PHASE.relations)
    after = forget(lone, P)
    assert P not in after.axes
    assert keeps_its_value(lone, after)


def test_nest() -> None:
    after = nest(PHASE, "part", (T,))
    assert [f.symbol for f in after.factors] == ["part"]
    assert after.relations == PHASE.relations[:1]
    assert keeps_its_value(PHASE, after)
    assert keeps_its_value(PHASE, nest(sample(PHASE, [P]), "part", (T,)))


SHORT = axis("p", 4)
REFUSALS: dict[str, tuple[Callable[[], Any], str]] = {
    "separate an axis without a number": (
        lambda: separate(Contraction(Operand(NET, (X,)), (), (relation({axis("ρ", "S"): 1, X: -1}),)), axis("ρ", "S")),
        "its extent S is no number",
    ),
    "separate an axis that is read": (lambda: separate(PHASE, I), "i can not be separated, an operand reads it"),
    "forget an axis that is read": (lambda: forget(PHASE, P), "p is more than the name of a sum"),
    "forget an axis that two relations have": (lambda: forget(PHASE, T), "t is more than the name of a sum"),
    "forget an axis that may have no value": (
        lambda: forget(
            Contraction(Operand(NET, (X,)), PHASE.factors[1:], (PHASE.relations[0], relation({SHORT: 1, M: -2}))), SHORT
        ),
        "p may be outside its extent 4",
    ),
    "sample an axis that is not read": (lambda: sample(PHASE, [T]), "the axes t are not read by exactly one factor"),
    "sample an axis of a longer relation": (lambda: sample(PHASE, [I]), "i is not one entry of each so many"),
    "sample the output": (lambda: sample(PHASE, [X]), "the axes x are not read by exactly one factor"),
    "nest with too few axes": (lambda: nest(PHASE, "part", (M,)), "the sum over m can not be taken outside of part"),
    "renumber an axis that is read": (lambda: renumber(PHASE, {I: View(1, 0, 4)}), "the axes i are read by an operand"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_law_says_why_it_does_not_apply(name: str) -> None:
    rewrite, sentence = REFUSALS[name]
    with pytest.raises(ValueError, match=sentence):
        rewrite()


def test_a_term_without_points_is_left_out() -> None:
    """Of five taps split by 7, two residues have none."""
    before = split(PHASE, P, 7, "k", "ρ")
    assert [len(separate(before, before.axis("ρ")).terms), before.axis("ρ").extent] == [3, 7]


def test_shift_back_starts_at_0() -> None:
    after = shift(PHASE, I, "u", {M: -2})
    assert after.axis("u") == Axis(after.axis("u").symbol, size(I.extent + 2 * (M.extent - 1)))
    assert keeps_its_value(PHASE, after)
