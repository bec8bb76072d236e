"""Which term of a wrong cell is wrong: all but one cell of one factor is set to 0, and the cell is looked at again.

With one cell of the first factor left at 1 and the second full of distinct numbers, a right cell shows the one number
that its term multiplies; 0 means that the term is lacking, and another number tells by its value which cell was read.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from symconv.layers.geometry import Geometry
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
    if function not in FACTORS or any(name not in extents for name in FACTORS[function]):
        return None
    single, full = sorted(FACTORS[function], key=lambda name: int(np.prod(extents[name])))
    numbered = np.arange(1, int(np.prod(extents[full])) + 1, dtype=np.float64).reshape(extents[full])
    where = cell_sign(TARGET[function], cell)
    for index in _in_order(function, geometry, cell, single, extents[single]):
        one = np.zeros(extents[single])
        one[index] = 1
        tensors = {single: one, full: numbered}
        wanted = float(expected(function, geometry, tensors)[cell])
        found = float(subject.result(function, geometry, tensors)[cell])
        lacking, surplus = _term(single, index, full, numbered, wanted), _term(single, index, full, numbered, found)
        if found == wanted:
            continue
        if found == 0:
            return f"{where} lacks {lacking}"
        if wanted == 0:
            return f"{where} has a surplus {surplus or term_sign(cell_sign(single, index))}"
        return f"{where} lacks {lacking}" + (f" and has a surplus {surplus}" if surplus else "")
    return None


def _in_order(function: str, geometry: Geometry, cell: Index, single: str, extent: Index) -> Iterator[Index]:
    """The cells to leave at 1, those that belong to the wrong cell first, as many as may be afforded."""
    other = next(name for name in FACTORS[function] if name != single)
    belongs = np.zeros(extent, dtype=bool)
    seed = {"net_input": "delta", "input_gradient": "a", "weight_gradient": "w"}[function]
    one = np.zeros(shapes(geometry)[seed])
    one[cell] = 1
    # The terms of a cell are the cells that its own derivative reaches: the same trilinear form, another factor.
    probe = {"w": "weight_gradient", "a": "input_gradient", "delta": "net_input"}[single]
    belongs = expected(probe, geometry, {seed: one, other: np.ones(shapes(geometry)[other])}) != 0
    affordable = max(2, min(MOST_PROBES, MOST_WORK // products(geometry)))
    order = [tuple(int(i) for i in index) for index in (*np.argwhere(belongs), *np.argwhere(~belongs))]
    return iter(order[:affordable])


def _term(single: str, index: Index, full: str, numbered: Array, value: float) -> str | None:
    """The product whose other factor has this number; None where no cell has it."""
    if not (value == int(value) and 1 <= abs(value) <= numbered.size):
        return None
    partner = tuple(int(i) for i in np.unravel_index(int(abs(value)) - 1, numbered.shape))
    product = term_sign(cell_sign(single, index), cell_sign(full, partner))
    return product if value > 0 else f"-{product}"
