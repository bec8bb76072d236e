"""What a machine does in a second: the constants of the cost model, in one place.

Those below are of one core of a common server, in float32. They decide between schedules that differ by factors;
``symconv bench --tune`` measures those of another.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rates:
    """Seconds of one NumPy call and of one step of the interpreter; per second, products and bytes moved.

    ``cached`` is for bytes of one block, which stays in cache.
    """

    call: float = 1e-6
    cell: float = 3e-7
    matmul: float = 4.5e10
    einsum: float = 4e8
    bandwidth: float = 1.8e10
    cached: float = 1e11


RATES = Rates()
