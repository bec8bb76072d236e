"""Which cells of the input and of the filters each net input joins, by padding and slicing explicit arrays.

THEORY §1, read as an instruction: write the padding into the array, lay the filter on it, step by the stride. No
index equation is solved here and no size formula is used; an output position exists because a window fits. The
arrays may hold SymPy symbols or flat positions: whatever they hold is only moved about, and ``nothing`` fills the rest.

Axes: ``b`` batch, ``c`` depth, ``n`` filter, ``i j k`` output position; a *slot* is one pair (depth within the group,
tap), so that ``net[neuron] = β + Σ_slot weights[neuron, slot] · inputs[neuron, slot]`` for every kind of layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import product
from typing import Any

import numpy as np

from symconv.derivation.monomial import Array, Shape
from symconv.layers.geometry import Geometry


def numbers(values: tuple[Any, ...]) -> Shape:
    """Sizes as plain integers."""
    return tuple(int(value) for value in values)


def output_size(geometry: Geometry) -> Shape:
    """How many windows fit, counted; for a transposed layer, how many cells the cropped array has."""
    if geometry.kind == "conv-transpose":
        pairs = zip(_spread(geometry), geometry.padding, strict=True)
        return tuple(size - int(before) - int(after) for size, (before, after) in pairs)
    return tuple(len(starts) for starts in _window_starts(geometry))


def connect_inputs(a: Array, geometry: Geometry, nothing: object) -> Array:
    """The input cells of every net input: ``a (batch, depth, *input)`` to ``(batch, filters, *output, slots)``.

    A pooling layer keeps each depth to itself; every other filter reads all the depths of its group.
    """
    windows = _scatter(a, geometry, nothing) if geometry.kind == "conv-transpose" else _windows(a, geometry, nothing)
    if geometry.is_pooling:
        return windows
    batch, depth, *output, taps = windows.shape
    groups, filters = int(geometry.groups), int(geometry.filters)
    grouped = windows.reshape(batch, groups, 1, depth // groups, *output, taps)
    slots = np.moveaxis(grouped, 3, -2).reshape(batch, groups, 1, *output, depth // groups * taps)
    shared = np.broadcast_to(slots, (batch, groups, filters // groups, *slots.shape[3:]))
    return shared.reshape(batch, filters, *output, slots.shape[-1])


def connect_weights(w: Array, geometry: Geometry, output: Shape) -> Array:
    """The weight of every slot: ``w`` in its layer's shape to ``(1, filters, *output or 1s, slots)``, to be broadcast.

    ``flip`` turns the taps of every spatial axis round: true convolution.
    """
    k, groups, filters = len(geometry.filter_size), int(geometry.groups), int(geometry.filters)
    taps = tuple(range(2, 2 + k))
    if geometry.flip:
        w = np.flip(w, taps)
    if geometry.kind == "conv-transpose":
        # (depth, filters/groups, taps) to (filters, depth/groups, taps): the depths of a group feed its filters only.
        split = w.reshape(groups, w.shape[0] // groups, *w.shape[1:])
        w = np.swapaxes(split, 1, 2).reshape(filters, w.shape[0] // groups, *w.shape[2:])
    elif geometry.kind == "locally-connected":
        w = np.moveaxis(w, range(2 + k, 2 + 2 * k), range(1, 1 + k))
        return w.reshape(1, filters, *output, -1)
    return w.reshape(1, filters, *(1 for _ in output), -1)


def divisors(geometry: Geometry) -> Array:
    """What each average divides by, shape ``*output``: how many taps of its window lie inside the padded input.

    Where padding is not counted, inside the input itself. A window without any sums nothing; it divides by 1.
    """
    inside = np.ones(numbers(geometry.input_size), dtype=np.int64)
    if geometry.count_include_pad:
        inside = _embed(inside, geometry.padding, 1)
        counted = _gather(inside, _window_starts(geometry), geometry, 0)
    else:
        counted = _windows(inside, geometry, 0)
    return np.asarray(np.maximum(counted.sum(axis=-1), 1))


def _windows(a: Array, geometry: Geometry, nothing: object) -> Array:
    """Every window of the padded array: ``(…, *input)`` to ``(…, *output, taps)``."""
    return _gather(_embed(a, geometry.padding, nothing), _window_starts(geometry), geometry, nothing)


def _gather(padded: Array, starts: tuple[range, ...], geometry: Geometry, nothing: object) -> Array:
    """Slice once per tap; where ceil mode lets a window hang over the far edge, the array is continued first."""
    spatial = padded.shape[padded.ndim - len(starts) :]
    ends = [int(line[-1]) + reach for line, reach in zip(starts, _reach(geometry), strict=True)]
    over = tuple((0, max(0, end - size)) for end, size in zip(ends, spatial, strict=True))
    padded = _embed(padded, over, nothing)
    layers = []
    for offset in _tap_offsets(geometry):
        lines = zip(offset, starts, strict=True)
        layers.append(padded[_last(slice(o + line[0], o + line[-1] + 1, line.step) for o, line in lines)])
    return np.stack(layers, axis=-1)


def _scatter(a: Array, geometry: Geometry, nothing: object) -> Array:
    """The transposed layer as it is defined: ``full[S·x + D·p] += w[p]·a[x]``, then cropped.

    Per tap, the cell of ``a`` that lands on each output: ``(…, *input)`` to ``(…, *output, taps)``.
    """
    full_size = _spread(geometry)
    ends = zip(full_size, geometry.padding, strict=True)
    crop = _last(slice(int(before), size - int(after)) for size, (before, after) in ends)
    lead = a.ndim - len(full_size)
    layers = []
    for offset in _tap_offsets(geometry):
        full = np.full((*a.shape[:lead], *full_size), nothing, dtype=a.dtype)
        steps = zip(offset, numbers(geometry.stride), a.shape[lead:], strict=True)
        full[_last(slice(o, o + stride * (size - 1) + 1, stride) for o, stride, size in steps)] = a
        layers.append(full[crop])
    return np.stack(layers, axis=-1)


def _spread(geometry: Geometry) -> Shape:
    """The uncropped result of a transposed layer: the last input cell's last tap, and the output padding behind it."""
    last = (int(stride) * (int(size) - 1) for stride, size in zip(geometry.stride, geometry.input_size, strict=True))
    behind = numbers(geometry.output_padding)
    return tuple(start + reach + extra for start, reach, extra in zip(last, _reach(geometry), behind, strict=True))


def _window_starts(geometry: Geometry) -> tuple[range, ...]:
    """Where the windows start in the padded input: every S cells, as long as the window fits.

    In ceil mode one more may hang over the far edge, if cells are left over; like torch, the last window is dropped
    when it would start in the padding behind the input.
    """
    lines = []
    for d, reach in enumerate(_reach(geometry)):
        size, stride = int(geometry.input_size[d]), int(geometry.stride[d])
        before, after = numbers(geometry.padding[d])
        padded = size + before + after
        line = range(0, padded - reach + (stride if geometry.ceil_mode else 1), stride)
        lines.append(line[:-1] if geometry.ceil_mode and line[-1] >= size + before else line)
    return tuple(lines)


def _reach(geometry: Geometry) -> Shape:
    """How many cells a filter spans per dimension, its holes included."""
    pairs = zip(geometry.filter_size, geometry.dilation, strict=True)
    return tuple(range(0, int(taps) * int(dilation), int(dilation))[-1] + 1 for taps, dilation in pairs)


def _tap_offsets(geometry: Geometry) -> Iterator[Shape]:
    """The taps in C order, each as its distance from the start of the window."""
    pairs = zip(geometry.filter_size, geometry.dilation, strict=True)
    return product(*(range(0, int(taps) * int(dilation), int(dilation)) for taps, dilation in pairs))


def _embed(a: Array, padding: tuple[tuple[Any, Any], ...], nothing: object) -> Array:
    """``a`` in the middle of a larger array of ``nothing``, over the last axes."""
    if not any(int(amount) for pair in padding for amount in pair):
        return a
    lead = a.ndim - len(padding)
    sizes = zip(a.shape[lead:], padding, strict=True)
    out = np.full((*a.shape[:lead], *(size + int(lo) + int(hi) for size, (lo, hi) in sizes)), nothing, dtype=a.dtype)
    inner = zip(a.shape[lead:], padding, strict=True)
    out[_last(slice(int(lo), int(lo) + size) for size, (lo, _) in inner)] = a
    return out


def _last(slices: Iterable[slice]) -> tuple[Any, ...]:
    """An index over the last axes only."""
    return (..., *slices)
