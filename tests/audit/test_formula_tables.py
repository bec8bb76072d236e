"""The tables of formulas through `check`: right ones accepted, wrong ones rejected, the rest refused in a sentence."""

from __future__ import annotations

import pytest

from symconv.audit.formula import check_formula
from symconv.errors import RequestError
from tests.audit.formula_record import NoFormula, Right, Wrong
from tests.audit.formulas_bad_input import BAD_INPUT
from tests.audit.formulas_right import RIGHT
from tests.audit.formulas_wrong import WRONG


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


@pytest.mark.parametrize("bad", BAD_INPUT, ids=lambda record: record.name)
def test_bad_input_is_refused_in_one_sentence(bad: NoFormula) -> None:
    with pytest.raises(RequestError) as refusal:
        check_formula(bad.formula, bad.layer, bad.base)
    sentence = str(refusal.value)
    assert "\n" not in sentence
    assert bad.word.casefold() in sentence.casefold()
    if bad.at is not None:
        assert f"at position {bad.at + 1} of the formula" in sentence
