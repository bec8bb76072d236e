"""The sizes on which an emitted test judges its module: small, no two alike, with every number of left-over rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.schedules.unrolled import MOST_PRODUCTS

OWN_COST, NEIGHBOUR_COST, MOST_COST = 120_000, 30_000, 400_000
"""Products times cells, a few microseconds each in plain Python: for the layer's own size among others, for each of
the others, and for the own size of a layer that may be unrolled, which then has no others."""
FEWEST_CELLS = 8
_ROUNDS = (
    (((2, 2, 3), (1, 2, 2), (1, 1, 2)), (2, 3, 2), 1),
    (((3, 3, 2), (3, 3, 1), (3, 1, 1)), (1, 2, 1), -1),
    (((1, 2, 1),), (1, 1, 1), 0),
    (((1, 1, 1),), (5, 4, 3), 2),
)
"""(batch, depth and filters per group), what else will do where that is too much; windows per dimension; left-over rows
modulo the stride."""


def probe_sizes(geometry: Geometry) -> list[Geometry]:
    """The layer's own size, if it is small, and awkward neighbours with the same fixed numbers."""
    own = [geometry] if is_small(geometry) else []
    found = dict.fromkeys(own)
    for channels, windows, left_over in _ROUNDS:
        attempts = _shrinking(geometry, channels, windows, left_over)
        fitting = next((g for g in attempts if cost(g) <= NEIGHBOUR_COST), None)
        if fitting is not None:
            found[fitting] = None
    if not found:
        found = dict.fromkeys([*_shrinking(geometry, (), (1, 1, 1), 0)][-1:] or [geometry])
    return list(found)


def is_small(geometry: Geometry) -> bool:
    """Whether every cell of the layer's own size can be judged in about a second, or the layer may be unrolled."""
    return geometry.is_numeric and (cost(geometry) <= OWN_COST or inner_products(geometry) <= MOST_PRODUCTS)


def most_cells(sizes: list[Geometry]) -> int | None:
    """How many cells of an array to judge where there are too many for all; None where all can be."""
    if all(cost(g) <= MOST_COST for g in sizes):
        return None
    return max(FEWEST_CELLS, OWN_COST // max(map(products, sizes)))


def cost(geometry: Geometry) -> int:
    """Products times cells: what one difference quotient for every cell takes."""
    return products(geometry) * sum(prod(s) for s in (geometry.input_shape, geometry.weight_shape) if s is not None)


def products(geometry: Geometry) -> int:
    """The products in all net inputs, those with padding included."""
    cells = geometry.input_shape if geometry.kind == "conv-transpose" else geometry.output_shape
    return prod(cells) * terms(geometry)


def inner_products(geometry: Geometry) -> int:
    """The products in all net inputs without those with padding: the terms that an unrolled module writes."""
    sites = prod((geometry.input_shape if geometry.kind == "conv-transpose" else geometry.output_shape)[:2])
    weights = geometry.weight_shape
    depth = 1 if weights is None else weights[1]
    return sites * depth * prod(_meetings(geometry, d) for d in range(geometry.dimensions))


def _meetings(geometry: Geometry, d: int) -> int:
    """How many pairs of position and tap of one dimension read a cell: ``0 ≤ S·i + D·p - P₋ < H``."""
    positions, extent = geometry.output_in(d), int(geometry.input_size[d])
    if geometry.kind == "conv-transpose":
        positions, extent = extent, positions
    stride, dilation, before = int(geometry.stride[d]), int(geometry.dilation[d]), int(geometry.padding[d][0])
    starts = (dilation * p - before for p in range(int(geometry.filter_size[d])))
    return sum(max(0, min(positions - 1, (extent - 1 - s) // stride) - max(0, -(s // stride)) + 1) for s in starts)


def terms(geometry: Geometry) -> int:
    """The products that belong to one cell of the output (transposed layers: of the input)."""
    weights = geometry.weight_shape
    return prod(int(k) for k in geometry.filter_size) * (1 if weights is None else weights[1])


def _shrinking(
    geometry: Geometry, channels: tuple[tuple[int, int, int], ...], windows: tuple[int, int, int], left_over: int
) -> Iterator[Geometry]:
    """Neighbours with ever fewer windows, then fewer channels, down to one of each; those that are layers."""
    for (b, c, n), most in product([*channels, (1, 1, 1)], (9, 2, 1)):
        counts = [min(most, windows[d % 3]) for d in range(geometry.dimensions)]
        sizes = tuple(_input_for(geometry, d, count, left_over) for d, count in enumerate(counts))
        groups = int(geometry.groups)
        kept = c * groups if geometry.is_pooling else n * groups
        try:
            yield replace(geometry, batch=b, depth=c * groups, filters=kept, input_size=sizes)
        except RequestError:
            continue


def _input_for(geometry: Geometry, d: int, windows: int, left_over: int) -> int:
    """``H = S(O-1) + D(K-1) + 1 - P₋ - P₊ + r`` (THEORY §1), at least 1; transposed layers read as many cells."""
    if geometry.kind == "conv-transpose":
        return windows
    stride, taps, dilation = int(geometry.stride[d]), int(geometry.filter_size[d]), int(geometry.dilation[d])
    padding = sum(int(amount) for amount in geometry.padding[d])
    return max(1, stride * (windows - 1) + dilation * (taps - 1) + 1 - padding + left_over % stride)
