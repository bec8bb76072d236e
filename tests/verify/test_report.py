"""Verdicts, questions and the report."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.verify.execute import load
from symconv.verify.report import LONGEST, NotAsked, Question, Refuted, Report, Verdict, answers

texts = st.text(max_size=30)
verdicts = st.builds(
    Verdict,
    claim=texts,
    method=texts,
    sizes=texts,
    passed=st.booleans(),
    skipped=st.none(),
    counterexample=st.none() | texts,
    seconds=st.floats(0, 9),
) | st.builds(Verdict, texts, texts, texts, st.just(False), texts.filter(bool))


@given(st.lists(verdicts, max_size=6))
def test_a_report_is_true_when_none_failed(found: list[Verdict]) -> None:
    report = Report(tuple(found))
    assert bool(report) == (bool(found) and all(v.passed or v.skipped for v in found))
    record = report.to_json()
    assert record["passed"] == bool(report)
    assert [set(v) for v in record["verdicts"]] == [
        {"claim", "method", "sizes", "passed", "skipped", "counterexample", "seconds"} for _ in found
    ]
    assert json.loads(json.dumps(record)) == record
    assert str(report).splitlines()[-1].endswith("skipped")


def raising(error: BaseException) -> Callable[[], None]:
    def examine() -> None:
        raise error

    return examine


@pytest.mark.parametrize(
    ("error", "mark", "said"),
    [
        (Refuted("net[0] lacks a[0]"), "FAILED", "net[0] lacks a[0]"),
        (NotAsked("no bias"), "skipped", "no bias"),
        (SystemExit(3), "FAILED", "raised SystemExit: 3"),
        (ZeroDivisionError(), "FAILED", "raised ZeroDivisionError"),
        (RecursionError("deep\ndown"), "FAILED", "raised RecursionError: deep down"),
    ],
)
def test_whatever_is_raised_is_an_answer(error: BaseException, mark: str, said: str) -> None:
    verdict = Question("claim", "method", "sizes", raising(error)).answer()
    assert verdict.mark == mark
    assert said == (verdict.skipped or verdict.counterexample)


def test_an_interrupt_goes_through() -> None:
    with pytest.raises(KeyboardInterrupt):
        Question("claim", "method", "sizes", raising(KeyboardInterrupt())).answer()


def test_a_counterexample_is_a_sentence() -> None:
    verdict = Question("claim", "method", "sizes", raising(Refuted("x" * 10_000))).answer()
    assert verdict.counterexample is not None
    assert len(verdict.counterexample) <= LONGEST + 2


def test_progress_is_told_before_each_question() -> None:
    told: list[tuple[object, ...]] = []
    asked = [Question(name, "method", "sizes", lambda: None) for name in "ab"]
    assert [v.claim for v in answers(asked, lambda *what: told.append(what))] == ["a", "b"]
    assert told == [("a", "method", "sizes", 0, 2), ("b", "method", "sizes", 1, 2)]


def test_memory_that_runs_out_fails_the_code_that_ran_out_of_it_only() -> None:
    ours = Question("claim", "method", "sizes", raising(MemoryError("of the verifier"))).answer()
    assert (ours.mark, ours.skipped) == ("skipped", "memory ran out before the code was called")
    module = load("def greedy():\n    raise MemoryError('of the code')\n")
    theirs = Question("claim", "method", "sizes", module.greedy).answer()
    assert (theirs.mark, theirs.counterexample) == ("FAILED", "raised MemoryError: of the code")
