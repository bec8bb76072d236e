"""Arrays that do not fit are refused: a ValueError with both shapes in it, never a number that looks like a result.

Also ``input_size`` of the input gradient: it decides among the sizes that lead to the same output; left out, it is
the layer's own if the error term fits that, and an error otherwise.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from math import prod
from typing import Any

import numpy as np

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, Size
from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject, array_of_shape
from symconv.verify.integers import compare, draw
from symconv.verify.own_misfits import own_misfits
from symconv.verify.reference import Array, expected, shapes
from symconv.verify.report import NotAsked, Refuted
from symconv.verify.sizes import products

SHAPE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\d+(?:\s*[x×]\s*\d+)+")
"""A shape in a message: a tuple, a list, or sizes joined by x."""

RANK = ("an axis less", "an axis more")

Tensors = dict[str, Array]
MOST_PRODUCTS = 50_000
"""Larger layers are asked about their input size with a batch of 0."""
MOST_WEIGHTS = 20_000_000
"""Weights that are not shared have the input size too, and code may copy them."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """A call that must be refused, and what is wrong with it."""

    what: str
    call: Callable[[], Any]

    @property
    def shapes(self) -> int:
        """How many shapes the refusal must tell; where the rank is wrong, a number of axes stands for the other."""
        return 1 if self.what.endswith(RANK) else 2


def examine_wrong_shapes(subject: Subject, geometry: Geometry) -> None:
    """Every misfit raises ValueError, and the message has both shapes."""
    given = _floats(geometry)
    if isinstance(geometry, OwnGeometry):
        for what, call in own_misfits(subject, geometry, given):
            refused(Misfit(what, call))
        return
    for misfit in _misfits(subject, geometry, given):
        refused(misfit)


def refused(misfit: Misfit) -> None:
    """`Refuted` unless the call raises ValueError with two shapes in its message."""
    try:
        misfit.call()
    except ValueError as error:
        if len(SHAPE.findall(str(error))) < misfit.shapes:
            text = " ".join(str(error).split())
            told = "both shapes" if misfit.shapes > 1 else "the shape"
            raise Refuted(f"the ValueError for {misfit.what} does not tell {told}: {text}") from error
        return
    except Exception as error:
        raise Refuted(f"{misfit.what}: raises {type(error).__name__} instead of ValueError: {error}") from error
    raise Refuted(f"{misfit.what}: no ValueError is raised")


def _misfits(subject: Subject, geometry: Geometry, given: Tensors) -> Iterator[Misfit]:
    for function, channels in _channel_axes(geometry, given).items():
        for name, axis in channels.items():
            for what, wrong in _reshaped(name, given[name], axis, geometry):
                if not _is_another_layer(function, name, wrong, geometry):
                    yield _misfit(subject, function, geometry, {**given, name: wrong}, f"{name} {wrong.shape}, {what}")
    yield from _batches(subject, geometry, given)
    yield from _uneven_groups(subject, geometry, given)
    held, fresh = subject.layer(given), subject.layer(given)
    held.forward(given["a"])
    for what, wrong in _reshaped("delta", given["delta"], 1, geometry):
        yield Misfit(f"Layer.backward, error {wrong.shape}, {what}", partial(held.backward, wrong))
    if given["delta"].shape[0] > 1:
        yield Misfit("Layer.backward, error with a batch of 1", lambda: held.backward(given["delta"][:1]))
    yield Misfit(f"Layer.forward, a {given['a'].shape[1:]}, an axis less", lambda: fresh.forward(given["a"][0]))


def _channel_axes(geometry: Geometry, given: Tensors) -> dict[str, dict[str, int | None]]:
    """Per function its arguments, each with the axis whose extent another argument fixes."""
    if geometry.is_pooling:
        return {"net_input": {"a": None}, "input_gradient": {"delta": None}}
    depth_axis = 0 if geometry.kind == "conv-transpose" else 1
    found: dict[str, dict[str, int | None]] = {
        "net_input": {"a": 1, "w": depth_axis, **({"bias": 0} if "bias" in given else {})},
        "input_gradient": {"delta": 1, "w": 1 - depth_axis},
        "weight_gradient": {"delta": None, "a": None},
    }
    return {**found, "bias_gradient": {"delta": None}} if geometry.bias else found


def _reshaped(name: str, array: Array, channels: int | None, geometry: Geometry) -> Iterator[tuple[str, Array]]:
    """The array with an axis less, an axis more, twice its channels, the fewest, and other spatial sizes."""
    yield RANK[0], array[0]
    yield RANK[1], array[..., None]
    if channels is not None:
        yield "twice the channels", np.concatenate([array, array], axis=channels)
        fewest = 1 if (name, channels) == ("w", 1) else int(geometry.groups)  # w's axis 1 counts within a group
        if array.shape[channels] > fewest:
            yield "fewer channels", array[(slice(None),) * channels + (slice(0, fewest),)]
    for axis in range(2, 2 + geometry.dimensions if name != "bias" else 0):
        step = int(geometry.stride[axis - 2]) if name == "a" else 1
        longer = np.concatenate([array] * (1 + -(-step // array.shape[axis])), axis=axis)
        yield f"{step} more on axis {axis}", np.take(longer, range(array.shape[axis] + step), axis)


def _is_another_layer(function: str, name: str, wrong: Array, geometry: Geometry) -> bool:
    """Whether the changed array belongs to another layer that the function may be given as well."""
    if wrong.ndim != (1 if name == "bias" else 2 + geometry.dimensions + _extra_axes(name, geometry)):
        return False
    if function == "bias_gradient":
        return True
    other_input = name == "a" and wrong.shape[1] == geometry.input_shape[1] and geometry.kind != "locally-connected"
    return function == "net_input" and other_input


def _extra_axes(name: str, geometry: Geometry) -> int:
    return geometry.dimensions if name == "w" and geometry.kind == "locally-connected" else 0


def _batches(subject: Subject, geometry: Geometry, given: Tensors) -> Iterator[Misfit]:
    """δ and a of different batches: 1 would broadcast, so it is the case that slips through."""
    if geometry.is_pooling:
        return
    for name in ("delta", "a"):
        double = np.concatenate([given[name], given[name]])
        yield _misfit(subject, "weight_gradient", geometry, {**given, name: double}, f"{name} with twice the batch")
        if given[name].shape[0] > 1:
            single = {**given, name: given[name][:1]}
            yield _misfit(subject, "weight_gradient", geometry, single, f"{name} with a batch of 1")


def _uneven_groups(subject: Subject, geometry: Geometry, given: Tensors) -> Iterator[Misfit]:
    """One channel more, in all arrays that have it: they fit each other, and do not split into the groups."""
    if int(geometry.groups) == 1:
        return
    transposed = geometry.kind == "conv-transpose"
    together: tuple[tuple[str, dict[str, int]], ...] = (
        ("net_input", {"w": 0, **({"a": 1} if transposed else {"bias": 0})}),
        ("input_gradient", {"w": 0, **({} if transposed else {"delta": 1})}),
        ("weight_gradient", {"a": 1}),
        ("weight_gradient", {"delta": 1}),
    )
    for function, axes in together:
        wrong = {
            name: np.concatenate([given[name], given[name].take([0], axis)], axis)
            for name, axis in axes.items()
            if name in given
        }
        name = next(iter(axes))
        what = f"{name} {wrong[name].shape}, whose channels do not split into {geometry.groups} groups"
        yield _misfit(subject, function, geometry, {**given, **wrong}, what)


def _misfit(subject: Subject, function: str, geometry: Geometry, tensors: Tensors, what: str) -> Misfit:
    size = [int(h) for h in geometry.input_size] if function == "input_gradient" and geometry.dimensions else None
    return Misfit(f"{function}, {what}", lambda: subject.call(function, tensors, size))


def examine_input_size(subject: Subject, own: Geometry) -> None:
    """``input_size`` given, left out, and impossible; ``own`` has the layer's own sizes.

    The spatial size must be the layer's own here, so a large layer is asked about a batch of 0: shapes tell as much.
    """
    fewest = int(own.groups)
    geometry = own if subject.own_sizes_only else replace(own, batch=1, depth=fewest, filters=fewest)
    samples = None if products(geometry) <= MOST_PRODUCTS else 0
    if samples is not None and (weights := prod(geometry.weight_shape or ())) > MOST_WEIGHTS:
        raise NotAsked(f"w has {weights} numbers at this input size, more than are made for a question about shapes")
    size = tuple(int(h) for h in geometry.input_size)
    given = _floats(geometry, samples)
    _examine_size(subject, geometry, given, None)
    for other in [] if subject.own_sizes_only else _other_sizes(geometry):
        tensors = _floats(other, samples)
        if other.output_size == geometry.output_size:
            _examine_size(subject, other, tensors, other.input_size)
            _examine_size(subject, geometry, tensors, None)
            continue
        shown = f"input_gradient, delta {tensors['delta'].shape}"
        refused(Misfit(f"{shown} without input_size", partial(subject.call, "input_gradient", tensors)))
        refused(Misfit(f"{shown} for input size {size}", partial(subject.call, "input_gradient", tensors, size)))
    refused(Misfit(f"input size {size[1:]}, {RANK[0]}", lambda: subject.call("input_gradient", given, size[1:])))


def _examine_size(subject: Subject, geometry: Geometry, given: Tensors, size: tuple[Size, ...] | None) -> None:
    """The input gradient with or without ``input_size`` is that of the geometry."""
    who = "input_gradient without input_size" if size is None else f"input_gradient for input size {size}"
    found = subject.call("input_gradient", given, None if size is None else [int(h) for h in size])
    batch = given["delta"].shape[0]
    compared = array_of_shape(found, (batch, *geometry.input_shape[1:]), who)
    if batch:
        compare(subject, "input_gradient", geometry, given, compared, expected("input_gradient", geometry, given))


def _other_sizes(geometry: Geometry) -> Iterator[Geometry]:
    """Inputs up to a stride larger in one dimension: those that lead to the same output, and one that does not."""
    for d in range(geometry.dimensions):
        for more in sorted({1, int(geometry.stride[d]) - 1, int(geometry.stride[d])} - {0}):
            sizes = tuple(int(h) + more * (d == k) for k, h in enumerate(geometry.input_size))
            try:
                yield replace(geometry, input_size=sizes)
            except RequestError:
                continue


def _floats(geometry: Geometry, samples: int | None = None) -> Tensors:
    """Whole numbers as float64; without samples, arrays of these shapes that take no memory."""
    if samples is None:
        return {name: array.astype(np.float64) for name, array in draw(geometry, 91).items()}
    extents = {name: (samples, *s[1:]) if name in ("a", "delta") else s for name, s in shapes(geometry).items()}
    return {name: np.broadcast_to(np.float64(1), extent) for name, extent in extents.items()}
