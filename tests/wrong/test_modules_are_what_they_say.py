"""Every right module keeps the whole contract; every wrong one breaks it where its record says, and not before."""

from __future__ import annotations

import pytest

from tests.wrong.behaviour import load
from tests.wrong.modules import RIGHT, WRONG, Right, Wrong
from tests.wrong.respects import RESPECTS

VALUES = ("net", "input_gradient", "weight_gradient", "bias_gradient")
UNREADABLE = ("syntax error", "module not imported")


@pytest.mark.parametrize("right", RIGHT, ids=lambda record: record.name)
def test_right_module_keeps_every_respect(right: Right) -> None:
    module = load(right.source)
    for respect in RESPECTS.values():
        respect(module, right.layer, right.activation)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda record: record.name)
def test_wrong_module_breaks_the_respect_it_names(wrong: Wrong) -> None:
    with pytest.raises(Exception) as caught:  # noqa: PT011  (a mistake may surface as any exception at all)
        RESPECTS[wrong.respect](load(wrong.source), wrong.layer, wrong.activation)
    assert isinstance(caught.value, NameError | SyntaxError) == wrong.name.startswith(UNREADABLE)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda record: record.name)
def test_the_rest_of_a_wrong_module_is_right(wrong: Wrong) -> None:
    """A wrong gradient leaves the net input alone; a mistake of another kind leaves all small values alone."""
    if wrong.respect == "net":
        kept: tuple[str, ...] = () if wrong.name.startswith(UNREADABLE) else ("bias_gradient",)
    else:
        kept = ("net",) if wrong.respect in VALUES else VALUES
    for respect in kept:
        RESPECTS[respect](load(wrong.source), wrong.layer, wrong.activation)


def test_every_base_is_a_right_module() -> None:
    assert [wrong.name for wrong in WRONG if wrong.base not in RIGHT] == []


def test_names_are_unique() -> None:
    names = [right.name for right in RIGHT] + [wrong.name for wrong in WRONG]
    assert len(set(names)) == len(names)


def test_sources_are_unique() -> None:
    sources = [right.source for right in RIGHT] + [wrong.source for wrong in WRONG]
    assert len(set(sources)) == len(sources)


def test_every_respect_is_broken_by_some_module() -> None:
    assert {wrong.respect for wrong in WRONG} == set(RESPECTS)
