"""Times that can be compared on a machine that does other things too: interleaved rounds.

In a round everyone who is compared runs once, a block of calls each, in an order that every round shuffles anew, so
that nobody always finds the caches that the same other one left. What disturbs the machine for a while so disturbs
all, and a ratio is taken within a round.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping, Sequence
from random import Random
from time import perf_counter, process_time
from typing import Any

import numpy as np

from symconv.bench.record import Spread

Clock = Callable[[], float]
CLOCKS: Mapping[str, Clock] = {"cpu": process_time, "wall": perf_counter}
"""CPU time is what the process used, in all its threads; other processes on the machine do not lengthen it. Wall time
is what a user waits for, and the one to take for work on several cores."""
BLOCK = 2e-3
"""Seconds that a block of calls lasts at least: a thousand times what reading the clock takes."""
LEAST_ROUNDS = 3
MOST_ROUNDS = 101
SPIN = 10e-3
"""Seconds that threads of an engine go on spinning, waiting for more work, at most."""
SLOW = 5.0
"""Seconds of a call that is timed once, while its result is compared, and not made again."""


def interleaved(
    calls: Mapping[str, Callable[[], Any]], seconds: float, clock: Clock, *, anew: bool = False
) -> dict[str, list[float]]:
    """Seconds of one call, by name, a number for each round, the first rounds being those that all took part in.

    Each has an equal share of the seconds, is warmed up before, and takes part until its share is used up, in three
    rounds at least; a call that takes longer than all the seconds together is timed once. Where there are several
    threads everyone is warmed up ``anew`` in each round, for as long as threads of the one before spin and take a core
    from it.
    """
    share = seconds / max(1, len(calls))
    blocks, samples = {}, {}
    for name, run in calls.items():
        count, first = _block(run, clock)
        blocks[name] = count
        samples[name] = [first] if first > seconds else []
    left = {name: share for name in calls if not samples[name]}
    order = Random(171)
    for number in range(MOST_ROUNDS):
        names = [name for name in left if number < LEAST_ROUNDS or left[name] > 0]
        for name in order.sample(names, len(names)):
            end = clock() + SPIN * anew
            while clock() < end:
                calls[name]()
            took = _timed(calls[name], blocks[name], clock)
            left[name] -= took
            samples[name].append(took / blocks[name])
    return samples


def _block(run: Callable[[], Any], clock: Clock) -> tuple[int, float]:
    """How many calls make a block, and what a call took in the last trial; the trials warm up."""
    count = 1
    while True:
        took = _timed(run, count, clock)
        if took >= BLOCK / 2:
            return max(count, round(count * BLOCK / took)), took / count
        count *= 2 if took > BLOCK / 20 else 10


def _timed(run: Callable[[], Any], count: int, clock: Clock) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        start = clock()
        for _ in range(count):
            run()
        return clock() - start
    finally:
        if collecting:
            gc.enable()


def spread(numbers: Sequence[float]) -> Spread:
    """Median and quartiles, four digits of each.

    >>> spread([4, 1, 2, 3, 100])
    Spread(median=3.0, lower=2.0, upper=4.0)
    """
    lower, median, upper = (float(f"{v:.4g}") for v in np.quantile(numbers, (0.25, 0.5, 0.75)))
    return Spread(median, lower, upper)


def ratio(numbers: Sequence[float], reference: Sequence[float]) -> Spread:
    """The quotients of the rounds that both took part in.

    >>> ratio([1.0, 20.0], [2.0, 40.0, 2.0]).median
    0.5
    """
    return spread([mine / theirs for mine, theirs in zip(numbers, reference, strict=False)])
