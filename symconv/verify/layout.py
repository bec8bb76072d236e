"""A module of another layout, seen with channels first: arrays are turned at its door, on the way in and out.

channels_last    a, net, δ (batch, *position, channel)    w (*own position, *tap, c, n)
"""

from __future__ import annotations

from functools import partial, wraps
from types import ModuleType
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.verify.execute import functions_of

ARGUMENTS = {
    "net_input": ("a", "w", "bias"),
    "input_gradient": ("delta", "w", "size"),
    "weight_gradient": ("delta", "a"),
    "bias_gradient": ("delta",),
}
RESULTS = {"net_input": "net", "input_gradient": "a", "weight_gradient": "w", "bias_gradient": "bias"}


def channels_first(module: ModuleType, geometry: Geometry, layout: str) -> Any:
    """The module itself, or one that takes and returns arrays with channels first."""
    return module if layout == "channels_first" else ChannelsFirst(module, geometry)


class ChannelsFirst:
    """The contract's names of a channels-last module; every other name is the module's own."""

    def __init__(self, module: ModuleType, geometry: Geometry) -> None:
        self._module, self._geometry = module, geometry

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._module, name)
        if name in ARGUMENTS:
            return wraps(found)(lambda *given, **options: self._called(name, partial(found, **options), given))
        if isinstance(found, type) and hasattr(found, "backward"):
            return lambda *given: HeldFirst(found, given, self._geometry)
        return found

    def _called(self, name: str, function: Any, given: tuple[Any, ...]) -> Any:
        names = [n for n in ARGUMENTS[name] if "weight_gradient" in functions_of(self._geometry) or n != "w"]
        turned = (last(n, array, self._geometry) for n, array in zip(names, given, strict=False))
        return first(RESULTS[name], function(*turned), self._geometry)


class HeldFirst:
    """An object of the class, with its arrays turned."""

    def __init__(self, maker: Any, given: tuple[Any, ...], geometry: Geometry) -> None:
        self._geometry = geometry
        self._held = maker(*(last(n, array, geometry) for n, array in zip(("w", "bias"), given, strict=False)))

    def forward(self, a: Any) -> Any:
        """f(net)."""
        return first("net", self._held.forward(last("a", a, self._geometry)), self._geometry)

    def backward(self, error: Any) -> Any:
        """∂E/∂a."""
        return first("a", self._held.backward(last("delta", error, self._geometry)), self._geometry)

    @property
    def weight_gradient(self) -> Any:
        """∂E/∂w of the last backward."""
        return first("w", self._held.weight_gradient, self._geometry)

    @property
    def bias_gradient(self) -> Any:
        """∂E/∂β of the last backward."""
        return self._held.bias_gradient


def last(name: str, array: Any, geometry: Geometry) -> Any:
    """An array with channels first as a module with channels last takes it; a view."""
    if not isinstance(array, np.ndarray) or array.ndim < 2 or name not in ("a", "net", "delta", "w"):
        return array
    if name != "w":
        return np.moveaxis(array, 1, -1)
    taps = [k for k in range(2, array.ndim) if k < 2 + geometry.dimensions]
    own = [k for k in range(2, array.ndim) if k not in taps]
    return array.transpose(*own, *taps, 1, 0)


def first(name: str, array: Any, geometry: Geometry) -> Any:
    """What a module with channels last returned, with channels first; what is no array stays what it is."""
    if not isinstance(array, np.ndarray) or array.ndim < 2 or name not in ("a", "net", "delta", "w"):
        return array
    if name != "w":
        return np.moveaxis(array, -1, 1)
    spatial = range(array.ndim - 2)
    own = [k for k in spatial if k < array.ndim - 2 - geometry.dimensions]
    taps = [k for k in spatial if k not in own]
    return array.transpose(array.ndim - 1, array.ndim - 2, *taps, *own)
