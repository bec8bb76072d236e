"""The exact reference: THEORY §1 as a sum over taps, on arrays.

For any scalar E with ``δ = ∂E/∂net``, the layer is one trilinear form and a bias,

    E = Σ_taps Σ δ[o] · w[tap] · a[x]  +  Σ δ[b,n,o] · β[n]          x = S·i + D·p - P₋,  0 ≤ x < H

and all that a layer computes is a derivative of E by one of its factors: net by δ, ``∂E/∂a`` by a, ``∂E/∂w`` by w. A
product of different variables loses the one it is differentiated by, so one contraction serves for all three.

The arithmetic is that of the arrays: exact on integers, Fractions and on floats that hold integers below 2^53.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.own_reference import own_degree, own_denominator, own_expected, own_magnitude, own_most_terms

Array = npt.NDArray[Any]
Place = tuple[Any, ...]

FUNCTIONS = ("net_input", "input_gradient", "weight_gradient", "bias_gradient")
TARGET = {"net_input": "net", "input_gradient": "da", "weight_gradient": "dw", "bias_gradient": "dbias"}
SIGN = {"net": "net", "da": "∂E/∂a", "dw": "∂E/∂w", "dbias": "∂E/∂β", "delta": "δ", "bias": "β", "a": "a", "w": "w"}
"""How a tensor of the formula language is printed (THEORY)."""
FACTORS = {"net_input": ("w", "a"), "input_gradient": ("delta", "w"), "weight_gradient": ("delta", "a")}
LETTERS = "xyzijkpqs"


@dataclass(frozen=True, slots=True)
class Tap:
    """One tap and one group: where the three factors are read, and the letters of their axes there."""

    places: Mapping[str, Place]
    letters: Mapping[str, str]


def shapes(geometry: Geometry) -> dict[str, tuple[int, ...]]:
    """The shapes of a, δ, and where the layer has them w and bias (INTERFACE)."""
    found = {"a": geometry.input_shape, "delta": geometry.output_shape}
    if geometry.weight_shape is not None:
        found["w"] = geometry.weight_shape
    if geometry.bias and not geometry.is_pooling:
        found["bias"] = (int(geometry.filters),)
    return found


def expected(function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Array:
    """What a function of the emitted module returns, from tensors ``a, w, bias, delta`` by name.

    >>> g = Geometry()
    >>> given = {"a": np.arange(9).reshape(1, 1, 3, 3), "w": np.array([[[[1, 10], [100, 1000]]]])}
    >>> expected("net_input", g, given).tolist()
    [[[[4310, 5421], [7643, 8754]]]]
    """
    if isinstance(geometry, OwnGeometry):
        return own_expected(function, geometry, tensors)
    if function == "bias_gradient":
        delta = tensors["delta"]
        return np.asarray(delta.sum(axis=(0, *range(2, delta.ndim)), dtype=delta.dtype))
    if geometry.is_pooling:
        return _average(function, geometry, tensors)
    variable = {"net_input": "delta", "input_gradient": "a", "weight_gradient": "w"}[function]
    return _differentiated(variable, geometry, tensors)


def _differentiated(variable: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Array:
    """``∂E/∂variable``: the contraction of the two other factors of the trilinear form."""
    left, right = (name for name in ("delta", "w", "a") if name != variable)
    dtype = np.result_type(tensors[left], tensors[right])
    out = np.zeros(shapes(geometry)[variable], dtype)
    for tap in taps(geometry):
        subscripts = f"{tap.letters[left]},{tap.letters[right]}->{tap.letters[variable]}"
        views = tensors[left][tap.places[left]], tensors[right][tap.places[right]]
        out[tap.places[variable]] += np.einsum(subscripts, *views, optimize=True)
    if variable == "delta" and (bias := tensors.get("bias")) is not None:
        out += bias.reshape(-1, *(1 for _ in range(geometry.dimensions)))
    return out


def _average(function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Array:
    """``net[o] = Σ a[x] / count[o]``; its derivative by a adds up ``δ[o] / count[o]``."""
    forward = function == "net_input"
    given = tensors["a" if forward else "delta"]
    count = counts(geometry)
    if given.dtype == object:  # whole numbers divided by whole numbers would become floats
        count = np.vectorize(Fraction, otypes=[object])(count)
    share = given if forward else given / count
    out = np.zeros(geometry.output_shape if forward else geometry.input_shape, share.dtype)
    for tap in taps(geometry):
        into, read = ("delta", "a") if forward else ("a", "delta")
        out[tap.places[into]] += share[tap.places[read]]
    return np.asarray(out / count) if forward else out


def counts(geometry: Geometry) -> Array:
    """What each average divides by: the taps of its window inside the input, or inside the padded input if counted."""
    count = np.zeros(geometry.output_size, np.int64)
    sizes = [int(h) for h in geometry.input_size]
    pads = [(int(lo), int(hi)) if geometry.count_include_pad else (0, 0) for lo, hi in geometry.padding]
    for positions in product(*(range(int(k)) for k in geometry.filter_size)):
        inside = [
            np.array([-lo <= _input_at(geometry, d, i, p) < h + hi for i in range(geometry.output_size[d])], np.int64)
            for d, (p, h, (lo, hi)) in enumerate(zip(positions, sizes, pads, strict=True))
        ]
        count += reduce(np.multiply.outer, inside)
    return np.maximum(count, 1)


def taps(geometry: Geometry) -> Iterator[Tap]:
    """Every tap of every group, with the cells it joins; for the transposed layer net and a change places."""
    lines = [_lines(geometry, d) for d in range(geometry.dimensions)]
    groups = int(geometry.groups)
    channels = {"a": int(geometry.depth) // groups, "delta": int(geometry.filters) // groups}
    spatial = LETTERS[: geometry.dimensions]
    local = geometry.kind == "locally-connected"
    letters = {"a": f"bc{spatial}", "delta": f"bn{spatial}", "w": f"nc{spatial if local else ''}"}
    if geometry.kind == "conv-transpose":
        letters["w"] = "cn"
    for along in product(*lines):
        tap = tuple(p for p, _, _ in along)
        inputs, outputs = tuple(x for _, _, x in along), tuple(i for _, i, _ in along)
        for g in range(groups):
            block = {name: slice(g * n, (g + 1) * n) for name, n in channels.items()}
            if geometry.is_pooling:
                block = dict.fromkeys(block, slice(None))
            places: dict[str, Place] = {
                "a": (slice(None), block["a"], *inputs),
                "delta": (slice(None), block["delta"], *outputs),
                "w": (block["a" if geometry.kind == "conv-transpose" else "delta"], slice(None), *tap),
            }
            if local:
                places["w"] += outputs
            yield Tap(places, letters)


def _input_at(geometry: Geometry, d: int, i: int, p: int) -> int:
    """``x = S·i + D·p - P₋``, and with the taps turned for true convolution."""
    tap = int(geometry.filter_size[d]) - 1 - p if geometry.flip else p
    return int(geometry.stride[d]) * i + int(geometry.dilation[d]) * tap - int(geometry.padding[d][0])


def _lines(geometry: Geometry, d: int) -> list[tuple[int, slice, slice]]:
    """Per tap of one dimension: its number, the outputs that reach a cell with it, and those cells."""
    windows, cells = geometry.output_size[d], int(geometry.input_size[d])
    if geometry.kind == "conv-transpose":
        windows, cells = cells, windows
    found = []
    for p in range(int(geometry.filter_size[d])):
        real = [i for i in range(windows) if 0 <= _input_at(geometry, d, i, p) < cells]
        if real:
            first = _input_at(geometry, d, real[0], p)
            last = _input_at(geometry, d, real[-1], p)
            along_windows = slice(real[0], real[-1] + 1)
            along_cells = slice(first, last + 1, int(geometry.stride[d]))
            swapped = geometry.kind == "conv-transpose"
            found.append((p, along_cells, along_windows) if swapped else (p, along_windows, along_cells))
    return found


def magnitude(function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Array:
    """``Σ |terms|`` of every cell."""
    if isinstance(geometry, OwnGeometry):
        return own_magnitude(function, geometry, tensors)
    return expected(function, geometry, {name: abs(array) for name, array in tensors.items()})


def most_terms(function: str, geometry: Geometry) -> int:
    """The largest number of products that one cell adds, from the sizes alone (the bias not counted)."""
    if isinstance(geometry, OwnGeometry):
        return own_most_terms(function, geometry)
    taps_per_cell = int(np.prod([int(k) for k in geometry.filter_size], dtype=np.int64))
    groups = int(geometry.groups)
    windows = geometry.input_shape if geometry.kind == "conv-transpose" else geometry.output_shape
    per_window = int(np.prod(windows[2:], dtype=np.int64))
    match function:
        case "net_input":
            return taps_per_cell * (1 if geometry.is_pooling else int(geometry.depth) // groups)
        case "input_gradient":
            return taps_per_cell * (1 if geometry.is_pooling else int(geometry.filters) // groups)
        case "weight_gradient":
            return int(geometry.batch) * (1 if geometry.kind == "locally-connected" else per_window)
        case _:
            return int(np.prod([int(geometry.batch), *geometry.output_shape[2:]], dtype=np.int64))


def degree(function: str, geometry: Geometry) -> int:
    """How many cells a product multiplies: two, one for an average, for a layer of one's own what its formula says."""
    if isinstance(geometry, OwnGeometry):
        return own_degree(function, geometry)
    return 1 if geometry.is_pooling or function == "bias_gradient" else 2


def denominator(function: str, geometry: Geometry) -> int:
    """The common multiple of what the terms of a function are divided by; 1 where nothing is divided."""
    if isinstance(geometry, OwnGeometry):
        return own_denominator(function, geometry)
    return int(np.lcm.reduce(counts(geometry).ravel())) if geometry.is_pooling else 1
