"""Which schedule: what applies, what it costs, and the reason in one sentence.

The cost is a rough count, calls × overhead + multiplications / rate + bytes / bandwidth, with rates of one core of a
common machine; it decides between schedules that differ by factors, not by per cents.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from symconv.layers.geometry import Geometry
from symconv.schedules import winograd_plan
from symconv.schedules.functions import FAST_ONLY, SCHEDULES, refusal
from symconv.schedules.unrolled import MOST_PRODUCTS

_COMMON_SIZE = 32
_INTERPRETED = 3e6
_EINSUM = 5e8
_BLAS = 2e10
_BANDWIDTH = 5e9
_EINSUM_CALL = 4e-5
_MATMUL_CALL = 1e-5
_TILES_CALL = 4e-4


@dataclass(frozen=True, slots=True)
class Estimate:
    """One schedule at the layer's sizes: products, bytes copied, seconds; ``reason`` if auto passes it over."""

    schedule: str
    products: int
    bytes: int
    seconds: float
    reason: str

    @property
    def row(self) -> tuple[str, ...]:
        """Schedule, products, bytes copied, time, and why auto passes it over, as text."""
        return (
            self.schedule,
            f"{self.products:,}",
            f"{self.bytes:,}",
            _seconds(self.seconds),
            self.reason or "offered",
        )


@dataclass(frozen=True, slots=True)
class Choice:
    """The schedule, why, and every estimate behind it."""

    schedule: str
    why: str
    table: tuple[Estimate, ...]


def choose(geometry: Geometry, schedule: str = "auto", dtype: str = "float64", accuracy: str = "exact") -> Choice:
    """The schedule asked for, or with ``auto`` the cheapest that serves every size and is as accurate as asked."""
    sized = _sized(geometry)
    table = tuple(_allowed(_estimate(sized, name, 4 if dtype == "float32" else 8), accuracy) for name in SCHEDULES)
    if schedule != "auto":
        return Choice(schedule, f"{schedule}: as asked.", table)
    offered = sorted((e for e in table if not e.reason), key=lambda e: e.seconds)
    best, others = offered[0], offered[1:]
    compared = f", {others[0].schedule} {_seconds(others[0].seconds)}" if others else ", and no other is offered"
    why = f"{best.schedule}: about {_seconds(best.seconds)} for forward and backward by the cost model{compared}."
    return Choice(best.schedule, why, table)


def _sized(geometry: Geometry) -> Geometry:
    """The layer at a common size where the input's is a name; RequestError where another size is one."""
    spans = [int(d) * (int(k) - 1) + 1 for d, k in zip(geometry.dilation, geometry.filter_size, strict=True)]
    given = zip(geometry.input_size, spans, strict=True)
    return replace(geometry, input_size=tuple(max(_COMMON_SIZE, k) if isinstance(n, str) else n for n, k in given))


def _allowed(estimate: Estimate, accuracy: str) -> Estimate:
    """Passed over where it rounds more than was asked for."""
    if estimate.reason or accuracy == "fast" or estimate.schedule not in FAST_ONLY:
        return estimate
    return replace(estimate, reason="it rounds more than the plain sum, and exact was asked for")


def _estimate(geometry: Geometry, schedule: str, itemsize: int) -> Estimate:
    products = _products(geometry)
    directions = 2 if geometry.is_pooling else 3
    total = products * directions
    match schedule:
        case "unrolled":
            reason = "it serves only its own sizes"
            if products > MOST_PRODUCTS:
                reason = f"it would write {products} products, more than {MOST_PRODUCTS}"
            return Estimate(schedule, total, 0, total / _INTERPRETED, reason)
        case "loops":
            return Estimate(schedule, total, 0, total / _INTERPRETED, "it is there to be read, and slow at other sizes")
    copied = itemsize * _unfolded(geometry) * directions
    products_are_matrices = geometry.groups == 1 and geometry.kind not in ("locally-connected", "avg-pool")
    if reason := refusal(geometry, schedule):
        return Estimate(schedule, total, 0, total / _EINSUM, reason)
    if schedule == "winograd":
        fewer, numbers = winograd_plan.work(geometry)
        moved = itemsize * numbers * directions
        seconds = directions * (_TILES_CALL + fewer / _BLAS) + moved / _BANDWIDTH
        return Estimate(schedule, fewer * directions, moved, seconds, "")
    if schedule == "taps":
        taps = prod(int(k) for k in geometry.filter_size)
        return Estimate(schedule, total, 0, directions * taps * _MATMUL_CALL + total / _BLAS * 2, "")
    if schedule == "windows":
        rate = _BLAS if products_are_matrices else _EINSUM
        moved = copied if products_are_matrices else 0
        seconds = directions * _EINSUM_CALL + total / rate + moved / _BANDWIDTH
        return Estimate(schedule, total, moved, seconds, "")
    rate = _BLAS
    seconds = directions * _MATMUL_CALL + total / rate + copied / _BANDWIDTH
    return Estimate(schedule, total, copied, seconds, "")


def _products(geometry: Geometry) -> int:
    """Products of one direction: filters · outputs · depth of a group · taps · batch."""
    positions = geometry.input_size if geometry.kind == "conv-transpose" else geometry.output_size
    channels = int(geometry.depth) if geometry.is_pooling else int(geometry.filters) * int(geometry.depth)
    taps = prod(int(k) for k in geometry.filter_size)
    return int(geometry.batch) * channels // int(geometry.groups) * taps * prod(int(o) for o in positions)


def _unfolded(geometry: Geometry) -> int:
    """Entries of the unfolded windows: depth · taps · outputs · batch."""
    return _products(geometry) // (1 if geometry.is_pooling else max(1, int(geometry.filters) // int(geometry.groups)))


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if value >= scale:
            return f"{value / scale:.2g} {unit}"
    return f"{value / 1e-6:.0f} µs"
