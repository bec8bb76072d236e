"""`audit` against implementations of many styles: right ones pass, wrong ones are caught, broken ones are one row."""

from __future__ import annotations

from pathlib import Path

import pytest

from symconv.audit.implementation import audit_implementation
from symconv.audit.report import AuditReport
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from tests.audit.implementations_right import RIGHT, Implementation
from tests.audit.implementations_wrong import BEHAVIOUR, VALUES, WRONG, Spoiled


def audited(implementation: Implementation, folder: Path) -> AuditReport:
    path = folder / "mine.py"
    path.write_text(implementation.source, encoding="utf-8")
    code = str(path) if implementation.name is None else f"{path}:{implementation.name}"
    return audit_implementation(code, layer(Geometry(**implementation.layer)), implementation.map)


def marked(implementations: tuple[Implementation, ...]) -> list[object]:
    return [
        pytest.param(each, id=each.title, marks=[pytest.mark.torch] if each.torch else []) for each in implementations
    ]


def marked_wrong(table: tuple[Spoiled, ...]) -> list[object]:
    return [
        pytest.param(each, id=each.implementation.title, marks=[pytest.mark.torch] if each.implementation.torch else [])
        for each in table
    ]


def test_there_are_enough_of_both() -> None:
    assert len(RIGHT) >= 15
    assert len(VALUES) >= 30
    assert len({each.implementation.title for each in WRONG}) == len(WRONG)


@pytest.mark.parametrize("implementation", marked(RIGHT))
def test_a_right_implementation_passes(implementation: Implementation, tmp_path: Path) -> None:
    report = audited(implementation, tmp_path)
    assert report, str(report)
    own = [entry.outcome for entry in report.entries if entry.geometry == "the layer itself"]
    assert own == ["right"] * len(report.functions)


@pytest.mark.parametrize("wrong", marked_wrong((*VALUES, *BEHAVIOUR)))
def test_a_wrong_implementation_is_caught(wrong: Spoiled, tmp_path: Path) -> None:
    report = audited(wrong.implementation, tmp_path)
    assert not report, f"{wrong.mistake} not noticed:\n{report}"
    assert all(entry.counterexample for entry in report.failed)
    assert wrong.said in str(report)
