"""Which term of a wrong cell is wrong: all but one cell of one factor is set to 0, and the cell is looked at again.

With one cell of the first factor left at 1 and the second full of distinct numbers, a right cell shows the one number
that its term multiplies; another number suggests by its value which cell was read, and that product is then asked
for alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject
from symconv.verify.polynomials import cell_sign, term_sign
from symconv.verify.reference import FACTORS, TARGET, Array, expected, shapes
from symconv.verify.sizes import products

Index = tuple[int, ...]
MOST_PROBES = 200
MOST_WORK = 50_000_000
"""Products that all probes together may cost."""


def first_wrong_term(subject: Subject, function: str, geometry: Geometry, cell: Index) -> str | None:
    """``∂E/∂a[0,0,1,2] lacks δ[0,0,0,1]·w[0,0,1,1]``, or None where single terms come out right or cost too much."""
    extents = shapes(geometry)
    if isinstance(geometry, OwnGeometry):
        return None
    if function not in FACTORS or any(name not in extents for name in FACTORS[function]):
        return None
    single, full = sorted(FACTORS[function], key=lambda name: int(np.prod(extents[name])))
    numbered = np.arange(1, int(np.prod(extents[full])) + 1, dtype=np.float64).reshape(extents[full])
    nothing = {name: np.zeros(extents[name]) for name in (single, full)}
    if constant := float(subject.result(function, geometry, nothing)[cell]):
        return f"{cell_sign(TARGET[function], cell)} has a surplus {constant:g}"
    for index in _in_order(function, geometry, cell, single):
        tensors = {single: _one(extents[single], index), full: numbered}
        wanted = float(expected(function, geometry, tensors)[cell])
        found = float(subject.result(function, geometry, tensors)[cell])
        if found != wanted:
            probe = Probe(subject, function, geometry, cell, (single, index), full, extents[full])
            return probe.sentence(probe.partner(wanted), probe.partner(found - wanted), probe.partner(found))
    return None


@dataclass(frozen=True, slots=True)
class Probe:
    """One cell of the result, with one cell of the one factor left at 1; the other factor is ``full`` of numbers."""

    subject: Subject
    function: str
    geometry: Geometry
    cell: Index
    single: tuple[str, Index]
    full: str
    extent: Index

    def partner(self, value: float) -> Index | None:
        """The cell of the other factor that has this number."""
        if value != int(value) or not 1 <= abs(value) <= np.prod(self.extent):
            return None
        return tuple(int(i) for i in np.unravel_index(int(abs(value)) - 1, self.extent))

    def coefficient(self, partner: Index) -> float:
        """That of one product in the cell, by the code: both factors are 0 but for one cell each."""
        name, index = self.single
        one = {name: _one(shapes(self.geometry)[name], index), self.full: _one(self.extent, partner)}
        return float(self.subject.result(self.function, self.geometry, one)[self.cell])

    def sentence(self, right: Index | None, *suspects: Index | None) -> str | None:
        """What is wrong with the terms of this factor; what the numbers suggest is said only when it shows alone."""
        where, parts = cell_sign(TARGET[self.function], self.cell), []
        if right is not None and (found := self.coefficient(right)) != 1:
            if found:
                return f"{where} has {self.term(right, found)} instead of {self.term(right)}"
            parts.append(f"lacks {self.term(right)}")
        for suspect in suspects:
            if suspect is not None and suspect != right and (found := self.coefficient(suspect)):
                parts.append(f"has a surplus {self.term(suspect, found)}")
                break
        return f"{where} {' and '.join(parts)}" if parts else None

    def term(self, partner: Index, coefficient: float = 1) -> str:
        """The product as it is printed."""
        product = term_sign(cell_sign(*self.single), cell_sign(self.full, partner))
        if coefficient in (1, -1):
            return product if coefficient == 1 else f"-{product}"
        short = f"{coefficient:.12g}"
        return f"{repr(coefficient) if short in ('1', '-1') else short}·{product}"


def _one(extent: Index, index: Index) -> Array:
    """0 but for a 1."""
    array = np.zeros(extent)
    array[index] = 1
    return array


def _in_order(function: str, geometry: Geometry, cell: Index, single: str) -> Iterator[Index]:
    """The cells to leave at 1, those that belong to the wrong cell first, as many as may be afforded."""
    other = next(name for name in FACTORS[function] if name != single)
    seed = {"net_input": "delta", "input_gradient": "a", "weight_gradient": "w"}[function]
    one = _one(shapes(geometry)[seed], cell)
    # The terms of a cell are the cells that its own derivative reaches: the same trilinear form, another factor.
    probe = {"w": "weight_gradient", "a": "input_gradient", "delta": "net_input"}[single]
    belongs = expected(probe, geometry, {seed: one, other: np.ones(shapes(geometry)[other])}) != 0
    affordable = max(2, min(MOST_PROBES, MOST_WORK // products(geometry)))
    order = [tuple(int(i) for i in index) for index in (*np.argwhere(belongs), *np.argwhere(~belongs))]
    return iter(order[:affordable])
