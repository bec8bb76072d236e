"""``mec``: slabs instead of windows are copied, and the rows of a result are one product each with overlapping runs.

    out[i, b, j, n] = Σ_k window[i, b, j, k]·w[k, n],  window[i, b, j] = slab[b, j][S₁·i : S₁·i + K₁]

Law: that of :mod:`symconv.schedules.slabs`; the matrices are those of ``im2col``, lying in a copy that is K₁·O₁/H₁
times smaller, nearly K₁/S₁. The products are small ones, a row of some images each: that suits filters of which the
whole matrix stays in cache, as those of few channels.
"""

from __future__ import annotations

from math import prod

from symconv.derivation.backward import Derivation
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled
from symconv.schedules.program import Empty, Let, Reshape, Statement, Var, Zeros
from symconv.schedules.reading import Lowered, Reading, finished, read
from symconv.schedules.signature import Emission
from symconv.schedules.slabs import Slabs, unfit


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if reason := unfit(geometry):
        return reason
    if len(geometry.filter_size) == 1:
        return "along a single axis there are no windows over each other"
    if int(geometry.filter_size[0]) == 1:
        return "windows of one row have no rows to share"
    if int(geometry.dilation[0]) > 1:
        return "the rows of a window are not next to each other"
    return None


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction."""
    reading = read(layer, derivation)
    assert reading is not None
    _, *across = reading.counts
    slabs = Slabs(reading, reading.sides, reading.made, prod(layer.number(a.extent) for a in across))
    statements, result = (_positions if reading.keeps_positions else _taps)(reading, slabs)
    divide, value = finished(reading, result)
    return (*slabs.view(), *statements, *divide), value


def _positions(reading: Reading, slabs: Slabs) -> tuple[tuple[Statement, ...], Labelled]:
    """The result, row by row."""
    own = reading.own
    result = Labelled(Var(reading.target), (*slabs.positions, own))
    return (
        *reading.matrix("weights", (*slabs.window, own), slabs.matrix(own.extent)),
        Let(reading.target, Empty(tuple(a.extent for a in result.axes), reading.likes)),
        slabs.times(Var("weights"), own.extent, result.value),
    ), result


def _taps(reading: Reading, slabs: Slabs) -> tuple[tuple[Statement, ...], Labelled]:
    """The sums over the positions, added up row by row."""
    own, axes = reading.own, (*slabs.window, reading.own)
    moved, factor = reading.flat_factor((*slabs.positions, own))
    return (
        *moved,
        Let("total", Zeros(slabs.matrix(own.extent), reading.likes)),
        slabs.summed(factor, own.extent, Var("total")),
    ), Labelled(Reshape(Var("total"), tuple(a.extent for a in axes)), axes)
