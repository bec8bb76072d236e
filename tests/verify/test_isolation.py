"""Code that is not ours: it may hang, end its process, eat memory, print; what comes of it is a failed verdict."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symconv.layers.layer import layer
from symconv.verify.isolation import Limits, isolated
from symconv.verify.report import Report
from symconv.verify.source import verify_source
from tests.wrong.right import BY_NAME

RIGHT = BY_NAME["lesson, taps"]
LAYER = layer(RIGHT.layer)
SHORT = Limits(seconds=4.0)
INSIDE = "def net_input(a, w, bias=None):\n"


def judged(source: str, limits: Limits = SHORT) -> Report:
    return Report(tuple(isolated(source, LAYER, "channels_first", limits)))


def inside(statement: str) -> str:
    """The right module with a statement at the start of ``net_input``."""
    assert RIGHT.source.count(INSIDE) == 1
    return RIGHT.source.replace(INSIDE, f"{INSIDE}    {statement}\n")


def test_the_child_says_what_this_process_says() -> None:
    here = verify_source(RIGHT.source, LAYER)
    there = verify_source(RIGHT.source, LAYER, trusted=False)
    assert there
    assert [replace(v, seconds=0) for v in there] == [replace(v, seconds=0) for v in here]


def test_progress_comes_through() -> None:
    told: list[str] = []
    report = Report(
        tuple(isolated(RIGHT.source, LAYER, "channels_first", Limits(), lambda claim, *_: told.append(claim)))
    )
    assert told == [v.claim for v in report]


def test_a_wrong_module_fails_with_its_term() -> None:
    report = judged(RIGHT.source.replace("shares[positions] +=", "shares[positions] -="))
    assert "∂E/∂a[0,0,0,0] has -δ[0,0,0,0]·w[0,0,0,0] instead of δ[0,0,0,0]·w[0,0,0,0]" in {
        v.counterexample for v in report
    }


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("import time; time.sleep(100)", "did not come to an end within 4 seconds"),
        ("while True: pass", "did not come to an end within 4 seconds"),
        ("import os; os._exit(0)", "ended with exit status 0"),
        ("import os; os._exit(7)", "ended with exit status 7"),
        ("import os; os.kill(os.getpid(), 9)", "ended by signal 9"),
    ],
)
def test_an_end_before_its_time_is_a_failed_verdict(statement: str, said: str) -> None:
    report = judged(inside(statement))
    assert not report
    last = report.verdicts[-1]
    assert last.mark == "FAILED"
    assert last.claim == "net_input is net"
    assert said in str(last.counterexample)


@pytest.mark.parametrize("statement", ["while True: pass", "import os; os._exit(7)", "raise SystemExit"])
def test_an_end_while_it_is_imported(statement: str) -> None:
    (verdict,) = judged(f"{statement}\n")
    assert verdict.mark == "FAILED"
    assert verdict.claim == "the module runs and has the names of the contract"


def test_a_thread_does_not_keep_the_child_alive() -> None:
    thread = "import threading, time; threading.Thread(target=time.sleep, args=(100,)).start()"
    report = judged(f"{thread}\n{RIGHT.source}", Limits(seconds=30.0))
    assert [v.counterexample for v in report.failed] == ["the module imports threading"]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("raise SystemExit(3)", "raised SystemExit: 3"),
        ("bytearray(10**12)", "raised MemoryError"),
        ("[0] * 10**10", "raised MemoryError"),
        ("net_input(a, w, bias)", "raised RecursionError"),
    ],
)
def test_what_it_raises_is_a_failed_verdict(statement: str, said: str) -> None:
    report = judged(inside(statement), Limits(seconds=30.0))
    assert not report
    assert any(said in str(v.counterexample) for v in report.failed)


def test_its_output_goes_nowhere(capfd: pytest.CaptureFixture[str]) -> None:
    noise = "import sys; print('noise'); sys.stderr.write('noise'); sys.stdout.flush()"
    imported = inside(noise)
    report = judged(imported, Limits(seconds=30.0))
    assert "noise" not in "".join(capfd.readouterr())
    assert [v.counterexample for v in report.failed] == ["the module imports sys"]


def test_an_unreadable_text_is_a_failed_verdict() -> None:
    for source in ("def (", "\0"):
        report = judged(source)
        assert len(report.failed) == 1
