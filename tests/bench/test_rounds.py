"""Interleaved rounds, on a clock that only the calls move."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from symconv.bench.record import Spread
from symconv.bench.rounds import BLOCK, LEAST_ROUNDS, MOST_ROUNDS, SPIN, interleaved, ratio, spread


class Clock:
    """Moved by the calls that it hands out; ``order`` has their names as they were made."""

    def __init__(self) -> None:
        self.now = 0.0
        self.order: list[str] = []

    def __call__(self) -> float:
        return self.now

    def call(self, name: str, seconds: float) -> Callable[[], None]:
        def run() -> None:
            self.now += seconds
            self.order.append(name)

        return run


def measured(seconds: float, **calls: float) -> tuple[dict[str, list[float]], list[str]]:
    clock = Clock()
    return interleaved({name: clock.call(name, took) for name, took in calls.items()}, seconds, clock), clock.order


def test_a_time_is_that_of_one_call() -> None:
    samples, _ = measured(1.0, fast=1e-6, slow=0.01)
    assert {name: pytest.approx(numbers[0]) for name, numbers in samples.items()} == {"fast": 1e-6, "slow": 0.01}


def test_a_share_of_the_time_is_used_and_no_round_more() -> None:
    samples, _ = measured(1.0, quick=0.01, slow=0.05)
    assert (len(samples["quick"]), len(samples["slow"])) == (50, 10)


def test_there_are_at_least_three_rounds_and_an_end() -> None:
    samples, _ = measured(1.0, instant=1e-5, slow=0.9)
    assert len(samples["slow"]) == LEAST_ROUNDS
    assert len(samples["instant"]) == MOST_ROUNDS


def test_a_call_that_takes_longer_than_all_the_time_is_timed_once() -> None:
    samples, order = measured(1.0, endless=2.0, slow=0.1)
    assert samples["endless"] == [2.0]
    assert order.count("endless") == 1


def test_where_there_are_several_threads_calls_before_each_block_are_not_timed() -> None:
    clock = Clock()
    samples = interleaved({"a": clock.call("a", 0.01), "b": clock.call("b", 0.02)}, 1.0, clock, anew=True)
    assert [samples["a"][0], samples["b"][0]] == pytest.approx([0.01, 0.02])
    assert (len(samples["a"]), clock.order.count("a")) == (50, 1 + (round(SPIN / 0.01) + 1) * 50)


def test_in_a_round_everyone_has_one_block_and_the_order_changes() -> None:
    _, order = measured(1.0, a=0.01, b=0.01, c=0.01)
    rounds = [order[k : k + 3] for k in range(3, 3 + 3 * 20, 3)]  # a call each has warmed up
    assert all(sorted(names) == ["a", "b", "c"] for names in rounds)
    assert len({tuple(names) for names in rounds}) == 6


def test_calls_that_are_short_are_made_in_blocks() -> None:
    _, order = measured(0.1, short=BLOCK / 8)
    assert order.count("short") % 8 in (0, 7, 15 % 8)


def test_ratios_are_taken_within_a_round() -> None:
    """A disturbance that slows everyone in a round does not move them."""
    assert ratio([1.0, 30.0, 1.0], [2.0, 60.0, 2.0, 2.0]) == Spread(0.5, 0.5, 0.5)
    assert spread([1.0, 30.0, 1.0]).median == 1.0
