"""The bare matrix product of a layer's size: what a schedule by one product could reach if unfolding took no time.

The three directions share three extents, ``taps·depth/groups``, ``filters/groups`` and ``batch·positions``, and each
sums over another of them. No lower bound: algorithms with fewer multiplications go below it.
"""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry


def products(geometry: Geometry) -> int:
    """Products of one direction: every weight, or tap of an average, once for each position and example."""
    weights = geometry.weight_shape or (int(geometry.depth), *(int(k) for k in geometry.filter_size))
    local = geometry.kind == "locally-connected"  # its weights have positions of their own
    return prod(weights) * int(geometry.batch) * (1 if local else prod(_positions(geometry)))


def _positions(geometry: Geometry) -> tuple[int, ...]:
    """Where windows lie: the output, and for the transposed layer the input."""
    return geometry.input_shape[2:] if geometry.kind == "conv-transpose" else geometry.output_shape[2:]


def extents(function: str, geometry: Geometry) -> tuple[int, int, int] | None:
    """Rows, inner extent and columns in one group; None where a layer is no matrix product.

    ``net[n,i] = Σ w[n,p] · a[p,i]``, ``∂E/∂a[p,i] = Σ w[p,n] · δ[n,i]``, ``∂E/∂w[n,p] = Σ δ[n,i] · a[i,p]``, with i for
    batch and position, p for tap and depth; for the transposed convolution the first two change places.
    """
    groups = int(geometry.groups)
    filters, depth = int(geometry.filters) // groups, int(geometry.depth) // groups
    if geometry.kind not in ("conv", "conv-transpose", "dense") or filters == depth == 1 < groups:
        return None
    taps = prod(int(k) for k in geometry.filter_size)
    positions = int(geometry.batch) * prod(_positions(geometry))
    transposed = geometry.kind == "conv-transpose"
    unfolded, other = (taps * filters, depth) if transposed else (taps * depth, filters)
    if function == "weight_gradient":
        return other, positions, unfolded
    if (function == "net_input") != transposed:
        return other, unfolded, positions
    return unfolded, other, positions


def matrix_products(function: str, geometry: Geometry, dtype: str) -> dict[str, Callable[[], Any]]:
    """The product and its transpose, operands in memory as BLAS likes them; none where a layer is no matrix product."""
    sizes = extents(function, geometry)
    if sizes is None:
        return {}
    rows, inner, columns = sizes
    random = np.random.default_rng(7)
    groups = (int(geometry.groups),) if geometry.groups != 1 else ()
    left = random.uniform(-1, 1, (*groups, rows, inner)).astype(dtype)
    right = random.uniform(-1, 1, (*groups, inner, columns)).astype(dtype)
    turned = np.ascontiguousarray(np.swapaxes(right, -1, -2)), np.ascontiguousarray(np.swapaxes(left, -1, -2))
    out, out_turned = np.matmul(left, right), np.matmul(*turned)
    return {
        "": lambda: np.matmul(left, right, out=out),
        "transposed": lambda: np.matmul(*turned, out=out_turned),
    }
