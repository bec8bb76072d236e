"""The likely reason of a wrong result: a mistake that people make, if making it gives these very numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.reference import Array, expected, shapes

Mistake = tuple[str, Callable[[], Array]]
Tensors = Mapping[str, Array]
Result = Callable[..., Array]
AXES = "xyz"
ROTATED = {
    "net_input": "the filter is rotated by 180°: a convolution, not a cross-correlation",
    "input_gradient": "the filter is not rotated by 180°",
    "weight_gradient": "the result is rotated by 180°",
}
SUMMED = {
    "net_input": ("a", 1, "depths"),
    "input_gradient": ("delta", 1, "filters"),
    "weight_gradient": ("delta", 0, "batch"),
    "bias_gradient": ("delta", 0, "batch"),
}
"""What each function sums over: a tensor, its axis, and what the members are."""


def reason_of_numbers(
    function: str, geometry: Geometry, tensors: Tensors, found: Array, slack: float, times: Array | None = None
) -> str | None:
    """The first mistake that reproduces the whole result, multiplied cell by cell by ``times``; None where none does.

    A mistake may give an array of another shape than the right one: where the shape found is right, it is cropped or
    lengthened to it, and where it is not, the mistake must explain the shape as well.
    """
    right = expected(function, geometry, tensors)
    for reason, make in mistakes(function, geometry, tensors):
        try:
            candidate = np.asarray(make(), np.float64)
        except (RequestError, ValueError, IndexError, KeyError):  # this layer does not admit this mistake
            continue
        same = fitted(candidate, found.shape) if found.shape == right.shape else candidate
        if times is not None and same is not None:
            by = fitted(times, same.shape)
            same = None if by is None else same * by
        if same is not None and same.shape == found.shape and bool(np.all(np.abs(same - found) <= slack)):
            return reason
    return _ratio(right, found, slack) if found.shape == right.shape and times is None else None


def _ratio(right: Array, found: Array, slack: float) -> str | None:
    """One factor that makes the right numbers, two of them at least, those found."""
    there = np.flatnonzero(right)
    if len(there) < 2:
        return None
    largest = there[np.argmax(np.abs(right.flat[there]))]
    ratio = float(found.flat[largest] / right.flat[largest])
    shown = f"{ratio:.12g}"
    explains = shown != "1" and np.all(np.abs(right * ratio - found) <= slack)
    return f"every number is {shown} times what it should be" if explains else None


def fitted(candidate: Array, shape: tuple[int, ...]) -> Array | None:
    """Cropped at the far end, or lengthened by zeros, in spatial axes only."""
    if candidate.shape == shape:
        return candidate
    if candidate.ndim != len(shape) or candidate.shape[:2] != shape[:2]:
        return None
    out = np.zeros(shape)
    common = tuple(slice(0, min(n, m)) for n, m in zip(candidate.shape, shape, strict=True))
    out[common] = candidate[common]
    return out


def mistakes(function: str, geometry: Geometry, tensors: Tensors) -> Iterator[Mistake]:
    """Reasons and the results they lead to, the commonest first."""
    right = expected(function, geometry, tensors)

    def result(**changed: Array) -> Array:
        return expected(function, geometry, {**tensors, **changed})

    yield "the result is 0 everywhere", lambda: np.zeros_like(right)
    if isinstance(geometry, OwnGeometry):
        yield "the sign is turned", lambda: -right
        yield "it is there twice", lambda: 2 * right
        return
    if "w" in tensors and function != "bias_gradient":
        yield from _turned(function, geometry, tensors, right, result)
    yield from _left_out(function, geometry, tensors, result)
    yield from _sums(function, geometry, tensors, right, result)
    if geometry.dimensions and function != "bias_gradient":
        yield from _sizes(function, geometry, tensors)
    if geometry.dimensions == 2 and right.ndim == 4:
        yield "the result is transposed: rows and columns are exchanged", lambda: np.swapaxes(right, 2, 3)
    yield "the sign is turned", lambda: -right
    yield "it is there twice", lambda: 2 * right
    if geometry.is_pooling:
        count = float(np.prod([int(k) for k in geometry.filter_size]))
        yield "it is not divided by the size of the window", lambda: right * count
        yield "it is divided by the size of the window twice", lambda: right / count


def _turned(function: str, geometry: Geometry, tensors: Tensors, right: Array, result: Result) -> Iterator[Mistake]:
    """Spatial axes and channels of the weights in another order; ∂E/∂w has the axes of w itself."""
    axes = tuple(range(2, 2 + geometry.dimensions))
    names = [AXES[a - 2] if len(axes) <= len(AXES) else str(a) for a in axes]

    def weights(turn: Callable[[Array], Array]) -> Callable[[], Array]:
        return lambda: turn(right) if function == "weight_gradient" else result(w=turn(tensors["w"]))

    if axes:
        yield ROTATED[function], weights(lambda w: np.flip(w, axes))
    for name, axis in zip(names, axes, strict=True) if len(axes) > 1 else ():
        if function == "input_gradient":  # the right formula rotates; turned once more along this axis, it does not
            others = ", ".join(n for n in names if n != name)
            yield f"the filter is rotated along one axis only ({others})", weights(partial(np.flip, axis=axis))
        else:
            yield f"one axis ({name}) of the filter is reversed", weights(partial(np.flip, axis=axis))
    if len(axes) == 2:
        yield "the two spatial axes of the filter are exchanged", weights(lambda w: np.swapaxes(w, 2, 3))
        yield (
            "the filter is transposed instead of rotated",
            weights(lambda w: np.flip(np.swapaxes(w, 2, 3), (2, 3))),
        )
    yield "depths and filters of the weights are exchanged", weights(lambda w: np.swapaxes(w, 0, 1))


def _left_out(function: str, geometry: Geometry, tensors: Tensors, result: Result) -> Iterator[Mistake]:
    if function == "net_input" and "bias" in tensors:
        for reason, factor in (("left out", 0), ("added twice", 2), ("subtracted", -1)):
            yield f"the bias is {reason}", partial(result, bias=factor * tensors["bias"])
    groups = int(geometry.groups)
    if groups > 1 and "w" in tensors:
        block = tensors["w"].shape[0] // groups
        first = np.concatenate([tensors["w"][:block]] * groups)
        yield "the weights of the first group serve for all groups", lambda: result(w=first)


def _sums(function: str, geometry: Geometry, tensors: Tensors, right: Array, result: Result) -> Iterator[Mistake]:
    """Sums that keep one member only, or divide by their number."""
    name, axis, members = SUMMED[function]
    count = tensors[name].shape[axis]
    if count > 1 and not (geometry.is_pooling and axis == 1):
        for k, which in ((0, "first"), (count - 1, "last")):
            only = f"the sum over the {members} is missing: only the {which} one counts"
            yield only, partial(result, **{name: _only(tensors[name], axis, k)})
        yield f"a mean over the {members} instead of a sum", lambda: right / count
    if function in ("weight_gradient", "bias_gradient"):
        cells = float(np.prod(geometry.output_size, dtype=np.float64))
        yield "a mean over the positions instead of a sum", lambda: right / cells
        yield "a mean over batch and positions instead of a sum", lambda: right / (cells * count)


def _only(array: Array, axis: int, k: int) -> Array:
    out = np.zeros_like(array)
    at = (slice(None),) * axis + (k,)
    out[at] = array[at]
    return out


def _sizes(function: str, geometry: Geometry, tensors: Tensors) -> Iterator[Mistake]:
    """Strides, dilations, paddings and left-over rows of another layer than this one."""
    n = geometry.dimensions

    def of(**changes: Any) -> Callable[[], Array]:
        return lambda: _another(function, geometry, tensors, **changes)

    if any(int(s) != 1 for s in geometry.stride):
        how = "; no zeros are inserted" if function == "input_gradient" else ""
        yield f"the stride is missing{how}", of(stride=(1,) * n)
    if any(int(d) != 1 for d in geometry.dilation):
        yield "the dilation is missing", of(dilation=(1,) * n)
    if geometry.stride != geometry.dilation:
        yield "stride and dilation are exchanged", of(stride=geometry.dilation, dilation=geometry.stride)
    if function == "input_gradient" and geometry.kind != "conv-transpose" and any(geometry.left_over):
        yield "the left-over rows are not covered", lambda: _uncovered(geometry, tensors)
    if function == "input_gradient" and geometry.kind != "conv-transpose":
        yield "the padding is not cut off", lambda: _uncut(geometry, tensors)
        yield "δ is padded by K instead of K-1", lambda: _ringed(expected(function, geometry, tensors))
    for by, way in ((1, "more"), (-1, "less")):
        moved = partial(_moved_result, function, geometry, tensors, by)
        yield f"the padding before is off by one, {way} than it should be", moved
    if any(int(p) for pair in geometry.padding for p in pair):
        yield "the padding is left out", of(padding=((0, 0),) * n)


def _another(function: str, geometry: Geometry, tensors: Tensors, **changes: Any) -> Array:
    """The result of another layer on the same arrays, each cropped or lengthened to the size that layer has."""
    other = replace(geometry, **changes)
    given = {}
    for name, extent in shapes(other).items():
        array = fitted(tensors[name], extent)
        if array is None:
            raise ValueError(name)
        given[name] = array
    return expected(function, other, given)


def _uncovered(geometry: Geometry, tensors: Tensors) -> Array:
    """∂E/∂a without its last r rows."""
    right = expected("input_gradient", geometry, tensors)
    kept = (slice(0, int(h) - max(0, r)) for h, r in zip(geometry.input_size, geometry.left_over, strict=True))
    return np.asarray(right[(slice(None), slice(None), *kept)])


def _uncut(geometry: Geometry, tensors: Tensors) -> Array:
    """∂E/∂a of the padded input."""
    padded = (int(h) + int(lo) + int(hi) for h, (lo, hi) in zip(geometry.input_size, geometry.padding, strict=True))
    other = replace(geometry, input_size=tuple(padded), padding=((0, 0),) * geometry.dimensions)
    if other == geometry:
        raise ValueError("there is no padding")
    return expected("input_gradient", other, {**tensors, "a": np.zeros(other.input_shape)})


def _ringed(right: Array) -> Array:
    """With a ring of zeros around it."""
    return np.pad(right, ((0, 0), (0, 0), *(((1, 1),) * (right.ndim - 2))))


def _moved_result(function: str, geometry: Geometry, tensors: Tensors, by: int) -> Array:
    """Padding that is off by one moves the input, or its gradient, by one cell."""
    axes = range(2, 2 + geometry.dimensions)
    if function == "input_gradient":
        return _moved(expected(function, geometry, tensors), -by, axes)
    return expected(function, geometry, {**tensors, "a": _moved(tensors["a"], by, axes)})


def _moved(array: Array, by: int, axes: range) -> Array:
    """Shifted along all spatial axes; zeros come in from outside."""
    out = np.zeros_like(array)
    into, read = [slice(None)] * array.ndim, [slice(None)] * array.ndim
    for axis in axes:
        into[axis] = slice(max(0, by), array.shape[axis] + min(0, by))
        read[axis] = slice(max(0, -by), array.shape[axis] - max(0, by))
    out[tuple(into)] = array[tuple(read)]
    return out
