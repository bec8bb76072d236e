"""One computation of a package, ready to run."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.verify.reference import Array
from symconv.verify.report import NotAsked

LAYOUTS = ("channels_first", "channels_last")
Tensors = Mapping[str, Array]


@dataclass(frozen=True, slots=True)
class Call:
    """``run`` computes on arrays that are in the package's own form; ``read`` turns its result into the contract's."""

    run: Callable[[], Any]
    read: Callable[[Any], Array] = np.asarray


Calls = Callable[[str, Geometry, Tensors], dict[str, Call]]
"""A function of the contract, a geometry, arrays by name → calls by layout; `NotAsked` where the package has none."""

VARIABLE = {"input_gradient": "a", "weight_gradient": "w"}
"""What a gradient is by."""


def cores() -> set[int]:
    """The cores that this process may use."""
    return os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))


def plain_convolution(geometry: Geometry, *, grouped: bool = False, uneven: bool = False) -> None:
    """`NotAsked` unless the layer is a convolution such as most packages have."""
    if geometry.kind != "conv" or geometry.flip:
        raise NotAsked("it has no such layer")
    if not grouped and int(geometry.groups) != 1:
        raise NotAsked("it has no groups")
    if not uneven and any(before != after for before, after in geometry.padding):
        raise NotAsked("it pads alike before and after")


def steps(geometry: Geometry) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """Stride, padding before, dilation."""
    return (
        tuple(int(s) for s in geometry.stride),
        tuple(int(before) for before, _ in geometry.padding),
        tuple(int(d) for d in geometry.dilation),
    )


def to_channels_last(name: str, array: Array) -> Array:
    """``(batch, *spatial, channels)``, and weights ``(*filter, depth/groups, filters)``, in memory too."""
    axes = (*range(2, array.ndim), 1, 0) if name == "w" else (0, *range(2, array.ndim), 1)
    return np.ascontiguousarray(array.transpose(axes))


def from_channels_last(name: str, array: Array) -> Array:
    """The way back."""
    last = array.ndim - 1
    axes = (last, last - 1, *range(last - 1)) if name == "w" else (0, last, *range(1, last))
    return array.transpose(axes)
