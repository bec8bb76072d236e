"""The constants of the cost model, measured on this machine: rates, bandwidths, and what a call costs by itself.

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
from symconv.bench.child import keep_to_one_core
from symconv.bench.machine import machine
from symconv.bench.rounds import CLOCKS, interleaved, spread
from symconv.errors import OutsideError
from symconv.verify.child import write

START = "from symconv.bench.tune import main; main()"
MATRIX_SIZES = (8, 32, 128, 512)
"""Square products, from below the size at which a BLAS packs its operands to one that no cache close by holds."""
CACHED, LARGE = 2**18, 2**26
"""Bytes that stay in a cache close by, and that do not stay in any."""
PATIENCE = 300.0


@dataclass(frozen=True, slots=True)
class Work:
    """One constant: what is run, the amount of work in it, and the unit; without an amount the time itself counts."""

    run: Callable[[], Any]
    amount: float | None
    unit: str
    what: str


@dataclass(frozen=True, slots=True)
class Constant:
    """A measured constant."""

    value: float
    unit: str
    what: str


def works(dtype: str) -> dict[str, Work]:
    """Everything that is measured, by name."""
    random = np.random.default_rng(7)

    def drawn(*shape: int) -> Any:
        return random.uniform(-1, 1, shape).astype(dtype)

    found = {}
    for n in MATRIX_SIZES:
        left, right, out = drawn(n, n), drawn(n, n), drawn(n, n)
        run = _bound(np.matmul, left, right, out=out)
        found[f"matmul_{n}"] = Work(run, n**3, "products/s", f"a matrix product of {n}x{n}x{n}")
    many, filters = drawn(36, 64, 64), drawn(36, 64, 64)
    batch = _bound(np.matmul, many, filters, out=drawn(36, 64, 64))
    found["matmul_batch"] = Work(batch, 36 * 64**3, "products/s", "36 matrix products of 64x64x64 in one call")
    windows = np.lib.stride_tricks.sliding_window_view(drawn(2, 32, 30, 30), (3, 3), axis=(2, 3))
    sums = _bound(np.einsum, "bcijpq,cpq->bcij", windows, drawn(32, 3, 3))
    found["einsum"] = Work(sums, windows.size, "products/s", "an einsum that is no matrix product, over windows")
    found["interpreted"] = Work(_bound(_loop, drawn(64), drawn(8)), 57 * 8, "products/s", "a loop in Python")
    unfolded = windows.transpose(0, 1, 4, 5, 2, 3)
    unfold = _bound(np.copyto, np.empty(unfolded.shape, dtype), unfolded)
    found["bandwidth_unfold"] = Work(unfold, unfolded.nbytes, "bytes/s", "windows of 3x3 unfolded for im2col")
    for name, size in (("cached", CACHED), ("large", LARGE)):
        source, target = drawn(size // np.dtype(dtype).itemsize), drawn(size // np.dtype(dtype).itemsize)
        copy, add = _bound(np.copyto, target, source), _bound(np.add, target, source, out=target)
        found[f"bandwidth_{name}"] = Work(copy, size, "bytes/s", f"a copy of {size // 2**10} KiB")
        found[f"addition_{name}"] = Work(add, size, "bytes/s", f"{size // 2**10} KiB added in place")
    two = drawn(2, 2)
    found["matmul_call"] = Work(_bound(np.matmul, two, two), None, "s", "a matrix product of 2x2x2")
    call = _bound(np.einsum, "nc,bcij->bnij", two, drawn(1, 2, 2, 2), optimize=True)
    found["einsum_call"] = Work(call, None, "s", "an einsum of a few cells")
    return found


def _bound(function: Callable[..., Any], *arguments: Any, **more: Any) -> Callable[[], Any]:
    return lambda: function(*arguments, **more)


def _loop(a: Any, w: Any) -> list[float]:
    """A one-dimensional correlation by hand, as the schedule ``loops`` computes one."""
    net = [0.0] * (len(a) - len(w) + 1)
    for i in range(len(net)):
        for p in range(len(w)):
            net[i] += w[p] * a[i + p]
    return net


def constants(dtype: str, seconds: float, clock: str) -> dict[str, Constant]:
    """The constants as this process finds them; it should have one thread."""
    wanted = works(dtype)
    samples = interleaved({name: work.run for name, work in wanted.items()}, seconds, CLOCKS[clock])
    found = {}
    for name, work in wanted.items():
        took = spread(samples[name]).median
        found[name] = Constant(took if work.amount is None else work.amount / took, work.unit, work.what)
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
        keep_to_one_core()
        found = constants(dtype, seconds, clock)
        values: Mapping[str, Any] = {
            name: {"value": float(f"{c.value:.3g}"), "unit": c.unit, "what": c.what} for name, c in found.items()
        }
        write(out, {"format": 1, "machine": machine(), "dtype": dtype, "clock": clock, "constants": values})
