"""The tables of formulas through `check`: right ones accepted, wrong ones rejected, the rest refused in a sentence."""

from __future__ import annotations

import pytest

from symconv.audit.formula import check_formula
from symconv.errors import RequestError
from tests.audit.formula_record import NoFormula, Right, Wrong
from tests.audit.formulas_bad_input import BAD_INPUT
from tests.audit.formulas_right import RIGHT
from tests.audit.formulas_wrong import WRONG

WORDS = {
    "rotation": ("rotated",),
    "one axis rotated": ("only one axis", "one axis of the filter"),
    "padding": ("padding", "shifted by one cell"),
    "zero insertion": ("stride is missing",),
    "left-over rows": ("left-over rows",),
    "stride and dilation": ("stride and dilation are exchanged", "dilation is missing"),
    "index base": ("read here with indices from", "counted from 1"),
    "channels transposed": ("channels are transposed",),
    "sum over filters": ("sum over the filters is missing", "sum over the channels is missing"),
    "batch sum": ("batch",),
    "slope": ("f'",),
    "sign": ("sign",),
    "coefficient": ("times what it should be", "factor of", "mean over", "number of cells"),
    "bias": ("bias", "sum over the positions"),
    "shape": (),
    "other": (),
}
"""What a reason says, by the word of the table."""


@pytest.mark.parametrize("right", RIGHT, ids=lambda record: record.name)
def test_right_formula_is_accepted(right: Right) -> None:
    verdict = check_formula(right.formula, right.layer, right.base)
    assert verdict
    assert verdict.counterexample is None
    assert verdict.reason is None


@pytest.mark.parametrize("wrong", WRONG, ids=lambda record: record.name)
def test_wrong_formula_is_rejected_with_its_first_wrong_term(wrong: Wrong) -> None:
    verdict = check_formula(wrong.formula, wrong.layer, wrong.base)
    assert not verdict
    assert verdict.counterexample


def test_reasons_are_given_where_they_can_be_told_and_are_the_right_ones() -> None:
    """A reason that is given is one that the table names, for all but a few that describe the difference otherwise."""
    expected = [w for w in WRONG if w.reason not in ("other", "shape")]
    told, other = 0, []
    for wrong in expected:
        reason = check_formula(wrong.formula, wrong.layer, wrong.base).reason
        words = [word for name in (wrong.reason, *wrong.also) for word in WORDS[name]]
        if reason is not None and any(word in reason for word in words):
            told += 1
        elif reason is not None:
            other.append(f"{wrong.name}: {reason}")
    assert told >= 0.8 * len(expected)
    assert len(other) <= 0.05 * len(expected), other


@pytest.mark.parametrize("bad", BAD_INPUT, ids=lambda record: record.name)
def test_bad_input_is_refused_in_one_sentence(bad: NoFormula) -> None:
    with pytest.raises(RequestError) as refusal:
        check_formula(bad.formula, bad.layer, bad.base)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert bad.word.casefold() in sentence.casefold()
    if bad.at is not None:
        assert f"at position {bad.at + 1} of the formula" in sentence
