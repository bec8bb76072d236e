"""What an operator form says, carried out in NumPy: a second meaning, to hold against enumeration."""

from __future__ import annotations

from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.derivation.operator import (
    Cross,
    Elementwise,
    Every,
    InsertZeros,
    Matrix,
    Name,
    Operator,
    Pad,
    Rotate,
    Scaled,
    Total,
)
from tests.cases import Arrays

Array = npt.NDArray[Any]
OUTPUTS = "ijk"
POSITIONS = "xyzijkpqs"


@dataclass(frozen=True, slots=True)
class Value:
    """An array with named channel axes first and ``dimensions`` spatial axes after them."""

    channels: tuple[str, ...]
    array: Array
    dimensions: int

    def over(self, channels: tuple[str, ...], dimensions: int) -> Array:
        """The array with one axis for each of the channels, in their order, to be broadcast."""
        spatial = (1,) * (dimensions - self.dimensions) + self.array.shape[len(self.channels) :]
        order = sorted(range(len(self.channels)), key=lambda k: channels.index(self.channels[k]))
        moved = self.array.transpose(*order, *range(len(self.channels), self.array.ndim))
        extents = [self.array.shape[self.channels.index(c)] if c in self.channels else 1 for c in channels]
        return moved.reshape((*extents, *spatial))


def carry_out(operator: Operator, arrays: Arrays, target: tuple[str, ...], dimensions: int) -> Value:
    """The value of an operator form of numeric sizes; ``target`` names the axes of a matrix product."""

    def part(inner: Operator) -> Value:
        return carry_out(inner, arrays, target, dimensions)

    match operator:
        case Name():
            if operator.symbol == "β" and not operator.subscripts:  # beside matrices: a row, added to every row
                return _squeezed(target[-1:], arrays["β"].reshape(-1), 0)
            return _named(operator, arrays, dimensions)
        case Pad(array, amounts):
            return _spatially(part(array), lambda a: _padded(a, amounts))
        case InsertZeros(array, strides):
            return _spatially(part(array), lambda a: _inserted(a, strides))
        case Every(array, steps):
            return _spatially(part(array), lambda a: a[(..., *(slice(None, None, int(s)) for s in steps))])
        case Rotate(array):
            return _spatially(part(array), lambda a: np.flip(a, tuple(range(-dimensions, 0))))
        case Cross(array, filter_, stride, dilation):
            return _crossed(part(array), part(filter_), stride, dilation)
        case Elementwise(left, right):
            return _aligned(part(left), part(right), lambda a, b: a * b)
        case Total(terms):
            return reduce(lambda a, b: _aligned(a, b, lambda x, y: x + y), map(part, terms))
        case Scaled(scale, summed, array):
            inner = part(array)
            letters = {a.name for a in summed}
            axes = tuple(k for k, c in enumerate(inner.channels) if c in letters)
            kept = tuple(c for c in inner.channels if c not in letters)
            return Value(kept, np.asarray(scale * inner.array.sum(axis=axes), dtype=object), inner.dimensions)
        case Matrix(first, second, first_transposed, second_transposed):
            a, b = arrays[first.symbol], arrays[second.symbol]
            product = (a.T if first_transposed else a) @ (b.T if second_transposed else b)
            return _squeezed(target, product, 0)


def _named(name: Name, arrays: Arrays, dimensions: int) -> Value:
    array, letters = arrays[name.symbol], tuple(a.name for a in name.subscripts)
    extents = tuple(int(a.extent) for a in name.subscripts)
    if name.symbol.startswith("1/count"):
        shape = tuple(array.size if OUTPUTS[d] == letters[0] else 1 for d in range(dimensions))
        return Value((), array.reshape(shape), dimensions)
    if name.symbol == "β" or any(letter in POSITIONS for letter in letters):
        return _squeezed(letters, array.reshape(extents), 0)
    return _squeezed(letters, array.reshape(extents + array.shape[array.ndim - dimensions :]), dimensions)


def _squeezed(letters: tuple[str, ...], array: Array, dimensions: int) -> Value:
    """Channel axes of extent 1 are not written, and not kept."""
    single = tuple(k for k in range(len(letters)) if array.shape[k] == 1)
    return Value(tuple(c for k, c in enumerate(letters) if k not in single), array.squeeze(single), dimensions)


def _spatially(value: Value, change: Any) -> Value:
    return Value(value.channels, change(value.array), value.dimensions)


def _padded(array: Array, amounts: tuple[tuple[Any, Any], ...]) -> Array:
    """Pad first, then crop."""
    kept = array.ndim - len(amounts)
    wide = np.pad(array, [(0, 0)] * kept + [(max(low, 0), max(high, 0)) for low, high in amounts])
    crop: list[Any] = [slice(None)] * kept
    for extent, (low, high) in zip(wide.shape[kept:], amounts, strict=True):
        crop.append(slice(max(-low, 0), extent - max(-high, 0)))
    return np.asarray(wide[tuple(crop)])


def _inserted(array: Array, strides: tuple[Any, ...]) -> Array:
    sizes = array.shape[array.ndim - len(strides) :]
    shape = array.shape[: array.ndim - len(strides)]
    wide = np.zeros((*shape, *(s * (n - 1) + 1 for s, n in zip(strides, sizes, strict=True))), dtype=object)
    index: list[Any] = [..., *(slice(None, None, int(s)) for s in strides)]
    wide[tuple(index)] = array
    return wide


def _crossed(left: Value, right: Value, stride: tuple[Any, ...], dilation: tuple[Any, ...]) -> Value:
    """Valid cross-correlation, every channel of one with every channel of the other; shared channels go together."""
    channels = tuple(dict.fromkeys(left.channels + right.channels))
    d = left.dimensions
    a, f = left.over(channels, d), right.over(channels, d)
    taps = f.shape[f.ndim - d :]
    spans = [step * (k - 1) + 1 for step, k in zip(dilation, taps, strict=True)]
    outputs = [(n - span) // s + 1 for n, span, s in zip(a.shape[a.ndim - d :], spans, stride, strict=True)]
    result: Array = np.zeros(
        (*np.broadcast_shapes(a.shape[: a.ndim - d], f.shape[: f.ndim - d]), *outputs), dtype=object
    )
    for tap in np.ndindex(*taps):
        cells: list[Any] = [...]
        for step, p, s, o in zip(dilation, tap, stride, outputs, strict=True):
            cells.append(slice(step * p, step * p + s * (o - 1) + 1, s))
        weight: list[Any] = [..., *(slice(p, p + 1) for p in tap)]
        result = result + a[tuple(cells)] * f[tuple(weight)]
    return Value(channels, result, d)


def _aligned(left: Value, right: Value, join: Any) -> Value:
    channels = tuple(dict.fromkeys(left.channels + right.channels))
    d = max(left.dimensions, right.dimensions)
    joined = join(left.over(channels, d), right.over(channels, d))
    return Value(channels, np.asarray(joined, dtype=object), d)
