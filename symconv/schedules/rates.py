"""What a machine does in a second: the constants of the cost model, in one place, and how they are measured.

Those below are of one core of a common server, in float32. They decide between schedules that differ by factors.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from time import process_time
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds of one NumPy call and of one step of the interpreter; per second, products and bytes moved.

    ``cached`` is for bytes of one block, which stays in cache.
    """

    call: float = 1e-6
    cell: float = 3e-7
    matmul: float = 1e11
    einsum: float = 1e9
    bandwidth: float = 8e9
    cached: float = 4e10


RATES = Rates()


def measure() -> Rates:
    """The rates of this machine, in about a second: medians of process time."""
    rng = np.random.default_rng(0)
    small, left, right = rng.random((2, 2)), rng.random((1024, 512)), rng.random((512, 128))
    left, right = left.astype(np.float32), right.astype(np.float32)
    product, wide = np.empty((1024, 128), np.float32), rng.random(2**21)
    copy, cells, block = np.empty_like(wide), [0.0] * 1000, wide[: 2**15]

    def steps() -> None:
        for k in range(1000):
            cells[k] += 1.0 * k

    return Rates(
        call=_seconds(lambda: np.matmul(small, small, out=small), 2000),
        cell=_seconds(steps, 20) / 1000,
        matmul=left.size * 128 / _seconds(lambda: np.matmul(left, right, out=product), 20),
        einsum=left.size * 128 / _seconds(lambda: np.einsum("ik,kj->ij", left, right, out=product), 1),
        bandwidth=2 * wide.nbytes / _seconds(lambda: np.copyto(copy, wide), 20),
        cached=2 * block.nbytes / _seconds(lambda: np.copyto(copy[: 2**15], block), 200),
    )


def _seconds(action: Callable[[], Any], times: int) -> float:
    """The median of five runs, each the mean of so many calls."""
    runs = []
    for _ in range(5):
        start = process_time()
        for _ in range(times):
            action()
        runs.append((process_time() - start) / times)
    return sorted(runs)[2]
