"""The verifier against hand-made modules: every wrong one is caught, no right one raises an alarm."""

from __future__ import annotations

import pytest

from symconv.layers.layer import Layer, layer
from symconv.verify.source import questions, verify_source
from tests.wrong.modules import RIGHT, WRONG
from tests.wrong.record import Right, Wrong


def layer_of(module: Right | Wrong) -> Layer:
    return layer(module.layer, activation_name=module.activation)


def test_there_are_enough_of_both() -> None:
    assert len(WRONG) >= 40
    assert len(RIGHT) >= 15


@pytest.mark.parametrize("module", RIGHT, ids=lambda module: module.name)
def test_a_right_module_passes(module: Right) -> None:
    report = verify_source(module.source, layer_of(module))
    assert report, str(report)
    assert not any(verdict.skipped for verdict in report)


@pytest.mark.filterwarnings("ignore")  # what a wrong module warns of is its own affair
@pytest.mark.parametrize("module", WRONG, ids=lambda module: module.name)
def test_a_wrong_module_is_caught(module: Wrong) -> None:
    """Up to the first failed verdict: one is enough, and the report would fail with it."""
    answers = (question.answer() for question in questions(module.source, layer_of(module)))
    failed = next((answer for answer in answers if answer.mark == "FAILED"), None)
    assert failed is not None, f"{module.mistake} not noticed"
    assert failed.counterexample
