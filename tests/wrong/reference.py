"""What a layer must compute, by the plainest possible means: THEORY §1 as nested loops, gradients by differences.

Only the net input is written down. Its sum is bilinear in ``a`` and ``w``, so central differences of the whole
``E = Σ δ·net`` with exact numbers *are* the derivatives; no gradient formula stands in this file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import prod
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry

Array = np.ndarray[Any, np.dtype[Any]]
Index = tuple[int, ...]
Term = tuple[Index, Index, Index]


def terms(layer: Geometry) -> Iterator[Term]:
    """All (net, w, a) index triples of the sum in THEORY §1; for pooling the ``w`` index is the output cell."""
    filters = layer.output_shape[1]
    depth = int(layer.depth) // int(layer.groups)
    per_group = filters // int(layer.groups)
    spatial_in = layer.input_shape[2:]
    taps = [range(int(k)) for k in layer.filter_size]
    for b, n, c in product(range(int(layer.batch)), range(filters), range(int(layer.depth))):
        if n // per_group != c // depth or (layer.is_pooling and n != c):
            continue
        for i in product(*map(range, layer.output_size)):
            for tap in product(*taps):
                p = tuple(int(k) - 1 - t for k, t in zip(layer.filter_size, tap, strict=True)) if layer.flip else tap
                if layer.kind == "conv-transpose":
                    x = _solved(layer, i, p)
                else:
                    x = tuple(
                        int(s) * o + int(d) * t - int(before)
                        for o, t, s, d, (before, _) in zip(
                            i, p, layer.stride, layer.dilation, layer.padding, strict=True
                        )
                    )
                if x is None or not all(0 <= v < h for v, h in zip(x, spatial_in, strict=True)):
                    continue
                yield (b, n, *i), _weight(layer, n, c % depth, c, n % per_group, tap, i), (b, c, *x)


def _solved(layer: Geometry, x: Index, p: Index) -> Index | None:
    """The small-side cell i with x = S·i + D·p - P, where there is one (transposed convolution)."""
    found = []
    for v, t, s, d, (before, _) in zip(x, p, layer.stride, layer.dilation, layer.padding, strict=True):
        i, uneven = divmod(v + int(before) - int(d) * t, int(s))
        if uneven:
            return None
        found.append(i)
    return tuple(found)


def _weight(layer: Geometry, n: int, c: int, depth: int, member: int, p: Index, i: Index) -> Index:
    match layer.kind:
        case "conv-transpose":
            return (depth, member, *p)
        case "avg-pool":
            return i
        case "locally-connected":
            return (n, c, *p, *i)
        case _:
            return (n, c, *p)


@dataclass(frozen=True, slots=True)
class Expected:
    """Exact arrays of one layer: what goes in, and what must come out."""

    a: Array
    w: Array
    bias: Array
    delta: Array
    net: Array
    input_gradient: Array
    weight_gradient: Array
    bias_gradient: Array


@cache
def indices(layer: Geometry) -> tuple[tuple[Array, ...], tuple[Array, ...], tuple[Array, ...]]:
    """The triples as three index arrays."""
    found = list(terms(layer))
    net, w, a = (tuple(np.array(column) for column in zip(*(t[k] for t in found), strict=True)) for k in range(3))
    return net, w, a


def numbers(shape: tuple[int, ...], seed: int) -> Array:
    """Python integers from -9 to 9, none of them 0, no two neighbours in an obvious order."""
    values = np.random.default_rng(seed).integers(1, 10, shape) * np.random.default_rng(seed + 1).choice([-1, 1], shape)
    return np.array(values.astype(object))


@cache
def expected(layer: Geometry, seed: int = 0) -> Expected:
    """Small whole numbers in, exact values out."""
    bias = numbers((layer.output_shape[1],), seed + 20) if layer.bias else np.zeros(layer.output_shape[1], object)
    w = _average_weights(layer) if layer.is_pooling else numbers(layer.weight_shape or (), seed + 30)
    return computed(layer, numbers(layer.input_shape, seed), w, bias, numbers(layer.output_shape, seed + 10))


def net_input(layer: Geometry, a: Array, w: Array, bias: Array) -> Array:
    """THEORY §1: ``bias[n]`` plus the sum over all triples of ``w · a``."""
    at_net, at_w, at_a = indices(layer)
    result = np.zeros(layer.output_shape, np.result_type(a, w))
    result += bias.reshape(-1, *[1] * layer.dimensions)
    np.add.at(result, at_net, w[at_w] * a[at_a])
    return result


def computed(layer: Geometry, a: Array, w: Array, bias: Array, delta: Array) -> Expected:
    """The net input, and the gradients of ``E = Σ δ·net`` by central differences of E."""
    at_net, at_w, at_a = indices(layer)
    weight_of_bias = delta.sum(axis=(0, *range(2, delta.ndim)))

    def energy(a: Array, w: Array, bias: Array) -> Any:
        return (delta[at_net] * w[at_w] * a[at_a]).sum() + (weight_of_bias * bias).sum()

    return Expected(
        a,
        w,
        bias,
        delta,
        net_input(layer, a, w, bias),
        _differences(lambda v: energy(v, w, bias), a),
        np.zeros(0) if layer.is_pooling else _differences(lambda v: energy(a, v, bias), w),
        _differences(lambda v: energy(a, w, v), bias),
    )


def _average_weights(layer: Geometry) -> Array:
    """1/count of each output cell, the padding counted or not."""
    at_net, at_w, _ = indices(layer)
    first = (at_net[0] == 0) & (at_net[1] == 0)
    count = np.zeros(layer.output_size, int)
    np.add.at(count, tuple(axis[first] for axis in at_w), 1)
    if layer.count_include_pad:
        count[...] = prod(int(k) for k in layer.filter_size)
    weights = np.empty(layer.output_size, object)
    for cell in np.ndindex(*layer.output_size):
        weights[cell] = Fraction(1, int(count[cell]))
    return weights


def _differences(energy: Callable[[Array], Any], at: Array) -> Array:
    """(E(v + e) - E(v - e)) / 2 for every entry: no truncation error at any step, because E is linear in each array."""
    gradient = np.zeros(at.shape, at.dtype)
    for cell in np.ndindex(*at.shape):
        above, below = at.copy(), at.copy()
        above[cell] += 1
        below[cell] -= 1
        difference = energy(above) - energy(below)
        gradient[cell] = Fraction(difference) / 2 if at.dtype == object else difference / 2
    return gradient
