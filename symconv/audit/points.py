"""The index points of a sum: all whole values of some indices for which every subscript is whole and inside its axis.

Indices are given values one after the other, and a point is dropped as soon as a subscript of it is known to be
outside, so a sum with many indices and few points stays small.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from symconv.derivation.monomial import Array
from symconv.errors import RequestError

LIMIT_POINTS = 6_000_000
"""So many points are held at a time; a formula that needs more is refused."""

Ranges = dict[str, tuple[int, int]]
"""Index → (first value, one more than the last)."""


@dataclass(frozen=True, slots=True)
class Position:
    """The 0-based position ``(Σ coefficient·index + offset)/divisor`` on an axis, whole numbers, divisor positive."""

    coefficients: Mapping[str, int]
    offset: int
    divisor: int
    extent: int

    def at(self, points: Mapping[str, Array], rows: int) -> tuple[Array, Array]:
        """The position at every point, and whether there is one."""
        numerators = np.full(rows, self.offset, dtype=np.int64)
        for name, c in self.coefficients.items():
            numerators += c * points[name]
        index, rest = np.divmod(numerators, self.divisor)
        return index, (rest == 0) & (index >= 0) & (index < self.extent)

    def allows(self, name: str, ranges: Ranges) -> tuple[int, int] | None:
        """The values of one index for which the position can be inside, if all others have ranges."""
        own = self.coefficients.get(name, 0)
        if own == 0 or any(other != name and other not in ranges for other in self.coefficients):
            return None
        low, high = -self.offset, self.divisor * (self.extent - 1) - self.offset
        for other, c in self.coefficients.items():
            if other != name:
                first, stop = ranges[other]
                ends = (c * first, c * (stop - 1))
                low, high = low - max(ends), high - min(ends)
        if own < 0:
            low, high, own = -high, -low, -own
        return -(-low // own), high // own + 1


def bounded(indices: Iterable[str], known: Ranges, positions: Iterable[Position]) -> tuple[Ranges, list[str]]:
    """Ranges for the indices that have none: the values for which the reads can be inside. And those without bound."""
    ranges = dict(known)
    positions = tuple(positions)
    missing = [name for name in indices if name not in ranges]
    progress = True
    while missing and progress:
        progress = False
        for name in tuple(missing):
            found = [r for p in positions if (r := p.allows(name, ranges)) is not None]
            if found:
                ranges[name] = (max(low for low, _ in found), min(high for _, high in found))
                missing.remove(name)
                progress = True
    return ranges, missing


def points(ranges: Ranges, positions: Iterable[Position]) -> tuple[dict[str, Array], int]:
    """The columns of values, one for each index, at the points where every position exists; and how many there are."""
    columns: dict[str, Array] = {}
    rows = 1
    waiting = list(positions)
    todo = list(ranges)
    while True:
        ready = [p for p in waiting if all(name in columns for name in p.coefficients)]
        waiting = [p for p in waiting if not all(name in columns for name in p.coefficients)]
        inside = np.ones(rows, dtype=bool)
        for p in ready:
            inside &= p.at(columns, rows)[1]
        if not inside.all():
            columns = {name: column[inside] for name, column in columns.items()}
            rows = int(inside.sum())
        if not todo:
            return columns, rows
        name = min(todo, key=lambda own: _cost(own, ranges, waiting, columns))
        todo.remove(name)
        first, stop = ranges[name]
        count = max(0, stop - first)
        if rows * count > LIMIT_POINTS:
            raise RequestError(
                f"the formula has more than {LIMIT_POINTS} index points at this size; give a smaller layer"
            )
        columns = {own: np.repeat(column, count) for own, column in columns.items()}
        columns[name] = np.tile(np.arange(first, first + count, dtype=np.int64), rows)
        rows *= count


def _cost(name: str, ranges: Ranges, waiting: list[Position], columns: Mapping[str, Array]) -> tuple[int, int]:
    """How many points an index leaves for each that is there: few where it completes a subscript."""
    count = max(0, ranges[name][1] - ranges[name][0])
    for p in waiting:
        if name in p.coefficients and all(other in columns or other == name for other in p.coefficients):
            spread = -(-p.divisor * p.extent // abs(p.coefficients[name]))
            count = min(count, spread)
    return count, ranges[name][1] - ranges[name][0]
