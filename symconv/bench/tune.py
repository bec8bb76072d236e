"""The constants of the cost model (`symconv.schedules.rates`), measured on this machine.

Measured as layers are: one thread, interleaved rounds, medians. A rate is what a work that is known takes.
"""

from __future__ import annotations

import os
import pickle
import sys
import tempfile
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.audit.process import spawned
from symconv.bench.child import keep_to_cores
from symconv.bench.machine import machine
from symconv.bench.rounds import CLOCKS, interleaved, spread
from symconv.errors import OutsideError
from symconv.verify.child import write

START = "from symconv.bench.tune import main; main()"
CACHED, LARGE = 2**18, 2**26
"""Bytes that stay in a cache close by, and that do not stay in any."""
STEPS = 1000
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Work:
    """One constant: what is run, the amount of work in it, and the unit.

    Without an amount the time itself counts, of one of so many ``times``.
    """

    run: Callable[[], Any]
    amount: float | None
    unit: str
    what: str
    times: int = 1


@dataclass(frozen=True, slots=True)
class Constant:
    """A measured constant."""

    value: float
    unit: str
    what: str


def works(dtype: str) -> dict[str, Work]:
    """What is measured for each of the constants in `Rates`, by its name there."""
    random = np.random.default_rng(7)

    def drawn(*shape: int) -> Any:
        return random.uniform(-1, 1, shape).astype(dtype)

    two, left, right, out = drawn(2, 2), drawn(1024, 512), drawn(512, 128), drawn(1024, 128)
    windows = np.lib.stride_tricks.sliding_window_view(drawn(2, 32, 30, 30), (3, 3), axis=(2, 3))
    sums = _bound(np.einsum, "bcijpq,cpq->bcij", windows, drawn(32, 3, 3))
    found = {
        "call": Work(_bound(np.matmul, two, two, out=drawn(2, 2)), None, "s", "a NumPy call on a few cells"),
        "cell": Work(_bound(_steps, [0.0] * STEPS), None, "s", "a step of the interpreter", STEPS),
        "matmul": Work(_bound(np.matmul, left, right, out=out), left.size * 128, "products/s", "a matrix product"),
        "einsum": Work(sums, windows.size, "products/s", "an einsum that is no matrix product, over windows"),
    }
    for name, size in (("bandwidth", LARGE), ("cached", CACHED)):
        cells = size // np.dtype(dtype).itemsize
        copy = _bound(np.copyto, drawn(cells), drawn(cells))
        found[name] = Work(copy, 2 * size, "bytes/s", f"a copy of {size // 2**10} KiB, read and written")
    return found


def _bound(function: Callable[..., Any], *arguments: Any, **more: Any) -> Callable[[], Any]:
    return lambda: function(*arguments, **more)


def _steps(cells: list[float]) -> None:
    for k in range(STEPS):
        cells[k] += 1.0 * k


def constants(dtype: str, seconds: float, clock: str) -> dict[str, Constant]:
    """The constants as this process finds them; it should have one thread."""
    wanted = works(dtype)
    samples = interleaved({name: work.run for name, work in wanted.items()}, seconds, CLOCKS[clock])
    found = {}
    for name, work in wanted.items():
        took = spread(samples[name]).median
        found[name] = Constant(took / work.times if work.amount is None else work.amount / took, work.unit, work.what)
    return found


def tuned(dtype: str, seconds: float, clock: str) -> dict[str, Any]:
    """The record of a child process that has measured the constants with one thread."""
    with tempfile.TemporaryDirectory() as folder:
        child = spawned(folder, (dtype, seconds, clock), START)
        try:
            record = child.next(PATIENCE + seconds)
            if record is None:
                raise OutsideError(f"the constants could not be measured: {child.manner()}; try again")
            return record
        finally:
            child.end()


def main() -> None:
    """The inside of that process; the first argument is the descriptor of the pipe that the record goes to."""
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as out:
        dtype, seconds, clock = pickle.load(sys.stdin.buffer)
        warnings.simplefilter("ignore")
        keep_to_cores()
        found = constants(dtype, seconds, clock)
        values: Mapping[str, Any] = {
            name: {"value": float(f"{c.value:.3g}"), "unit": c.unit, "what": c.what} for name, c in found.items()
        }
        write(out, {"format": 1, "machine": machine(), "dtype": dtype, "clock": clock, "constants": values})
