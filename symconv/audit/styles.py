"""Implementations as people write them, each presented as the contract's functions (INTERFACE "What audit expects").

`Functions`: net_input, input_gradient, weight_gradient, bias_gradient, or some of them. `Passes`: forward and backward,
with a cache, or as methods of an object that holds weights and gradients.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, Protocol

import numpy as np

from symconv.audit.parameters import MEANING, Parameters, parameters_of, value
from symconv.audit.target import Target
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import needed
from symconv.verify.execute import Tensors, functions_of
from symconv.verify.reference import FUNCTIONS
from symconv.verify.report import Refuted

WEIGHTS = {
    "w": ("w", "W", "weight", "weights", "kernel", "kernels", "filters", "K"),
    "bias": ("bias", "b", "biases", "B"),
}
"""Attributes that hold the parameters of an object, where no --map names them."""
ARRAYS = {
    "net_input": ("a", "w", "bias"),
    "input_gradient": ("delta", "w"),
    "weight_gradient": ("delta", "a"),
    "bias_gradient": ("delta",),
}
"""The arrays of each function, in the order of INTERFACE."""
MISSING = object()


class Style(Protocol):
    """One implementation: the functions it offers, the numbers it may be asked with, and how it is called."""

    @property
    def functions(self) -> tuple[str, ...]:
        """Which functions of the contract it has."""

    @property
    def varied(self) -> frozenset[str]:
        """Which numbers of the layer are its parameters (`VARIED`)."""

    @property
    def reads_filter_size(self) -> bool:
        """Whether every function sees the weights, so that their size need not be known beforehand."""

    def run(self, function: str, geometry: Geometry, tensors: Tensors) -> Any:
        """What a function returns for tensors ``a, w, bias, delta`` of these sizes, as it returns it."""


Bridge = Callable[[object, Target, Geometry], Style | None]
"""Makes a style of something that needs a framework; None for anything else, RequestError where it can't be made."""


@dataclass(frozen=True, slots=True)
class Functions:
    """Functions of the contract, with stride, padding and the like behind the arrays where they take them."""

    callables: Mapping[str, Callable[..., Any]]

    @property
    def functions(self) -> tuple[str, ...]:
        return tuple(f for f in FUNCTIONS if f in self.callables)

    @property
    def varied(self) -> frozenset[str]:
        found = [self._parameters(f).varied for f in self.functions if f != "bias_gradient"]
        return frozenset.intersection(*found) if found else frozenset()

    @property
    def reads_filter_size(self) -> bool:
        return False

    def _parameters(self, function: str) -> Parameters:
        return parameters_of(self.callables[function], 1 if function == "bias_gradient" else 2)

    def run(self, function: str, geometry: Geometry, tensors: Tensors) -> Any:
        names = ARRAYS[function]
        if isinstance(geometry, OwnGeometry):
            return called_with_more(self.callables[function], names, needed(geometry, function), tensors)
        arrays: list[Any] = [tensors[name] for name in names if name in tensors]
        taken = parameters_of(self.callables[function], len(arrays) - ("bias" in names and "bias" in tensors))
        if function == "net_input":
            arrays = with_bias(arrays, taken, geometry)
        if function == "input_gradient" and geometry.dimensions:
            if taken.options[:1] == ("filter_size",):  # in this place a size is that of the input (INTERFACE)
                taken = replace(taken, arrays=taken.arrays + 1, options=taken.options[1:])
            if taken.arrays > len(arrays):
                arrays.append(tuple(int(h) for h in geometry.input_size))
        return called(self.callables[function], taken, arrays, geometry)


def called_with_more(function: Callable[..., Any], names: Sequence[str], more: Sequence[str], tensors: Tensors) -> Any:
    """The function on the arrays of the contract, and on what else its formula reads: by name, else in its place."""
    arrays = [tensors[name] for name in names if name in tensors]
    try:
        known = inspect.signature(function).parameters
    except (TypeError, ValueError):
        known = {}  # type: ignore[assignment]
    named = {name: tensors[name] for name in more if name in tensors and name in known}
    arrays += [tensors[name] for name in more if name in tensors and name not in known]
    return function(*arrays, **named)


@dataclass(frozen=True, slots=True)
class Passes:
    """``forward(a[, w, bias]) -> out | (out, cache)`` and ``backward(dout[, cache]) -> (da, dw, dbias) | da``.

    ``maker`` is the class, if it is one; without one, ``holder`` is the module that has the functions.
    """

    holder: ModuleType | None
    maker: type | None
    target: Target
    geometry: Geometry

    @property
    def functions(self) -> tuple[str, ...]:
        return functions_of(self.geometry) if self._has_backward else ("net_input",)

    @property
    def _has_backward(self) -> bool:
        return hasattr(self.maker or self.holder, self.target.their("backward"))

    @property
    def varied(self) -> frozenset[str]:
        made = frozenset() if self.maker is None else parameters_of(self.maker, 0).varied
        forward = getattr(self.maker or self.holder, self.target.their("forward"))
        return made | parameters_of(forward, 1 + (self.maker is not None)).varied

    @property
    def reads_filter_size(self) -> bool:
        return True

    @property
    def keeps_weights(self) -> bool:
        """Whether an object is made of the weights, so that it is the class of the contract."""
        return self.maker is not None and not self._forward_takes_weights

    @property
    def _forward_takes_weights(self) -> bool:
        if self.geometry.is_pooling or self.maker is None:
            return not self.geometry.is_pooling
        forward = getattr(self.maker, self.target.their("forward"))
        static = isinstance(
            inspect.getattr_static(self.maker, self.target.their("forward")), (staticmethod, classmethod)
        )
        return parameters_of(forward, 1).arrays - (not static) >= 2

    def run(self, function: str, geometry: Geometry, tensors: Tensors) -> Any:
        held = self.held(geometry, tensors)
        out, cache, inputs = self.forward(held, geometry, tensors)
        if function == "net_input":
            return out
        return self.gradients(held, geometry, tensors["delta"], cache, inputs)[function]

    def held(self, geometry: Geometry, tensors: Tensors) -> Any:
        """The module, or a new object of the class that holds the weights."""
        if self.maker is None:
            return self.holder
        return made(self.maker, self.target, geometry, tensors, self.keeps_weights)

    def forward(self, held: Any, geometry: Geometry, tensors: Tensors) -> tuple[Any, Any, list[Any]]:
        """``out``, the cache (`MISSING` where none is returned) and what forward was called with."""
        function = getattr(held, self.target.their("forward"))
        names = ("a", "w", "bias") if self._forward_takes_weights else ("a",)
        arrays = [tensors[name] for name in names if name in tensors]
        taken = parameters_of(function, min(2, len(arrays)))
        arrays = with_bias(arrays, taken, geometry) if len(names) > 1 else arrays
        found = called(function, taken, arrays, geometry)
        inputs = [*arrays[: taken.arrays], *taken.arguments([], geometry)[0]]
        if isinstance(found, tuple) and found:
            return found[0], found[1] if len(found) == 2 else found[1:], inputs
        return found, MISSING, inputs

    def gradients(self, held: Any, geometry: Geometry, delta: Any, cache: Any, inputs: list[Any]) -> dict[str, Any]:
        """What backward returned and, where it returned ``∂E/∂a`` alone, left behind as attributes."""
        function = getattr(held, self.target.their("backward"))
        taken = parameters_of(function, 2)
        if cache is MISSING and taken.arrays == 2:
            cache = inputs[0] if len(inputs) == 1 else tuple(inputs)
        arrays = [delta, *inputs] if cache is MISSING else [delta, cache]
        returned = called(function, taken, arrays, geometry)
        parts = list(returned) if isinstance(returned, (tuple, list)) else [returned]
        found = dict(zip(("input_gradient", "weight_gradient", "bias_gradient"), parts, strict=False))
        for name in functions_of(self.geometry)[1:]:
            if name not in found:
                found[name] = attribute(held, name, self.target)
        return found


def attribute(held: Any, name: str, target: Target) -> Any:
    """A gradient that backward left behind."""
    found = held
    for part in target.their(name).split("."):
        found = getattr(found, part, MISSING)
    if found is MISSING:
        raise Refuted(
            f"backward neither returns nor leaves a {target.their(name)}; --map {name}=NAME names the attribute"
        )
    return found


def with_bias(arrays: list[Any], taken: Parameters, geometry: Geometry) -> list[Any]:
    """Something in the place of the bias where the layer has none and numbers follow it, or it is required."""
    if len(arrays) != 2 or taken.arrays != 3:
        return arrays
    return [*arrays, np.zeros(int(geometry.filters)) if taken.required == 3 else None]


def called(function: Callable[..., Any], taken: Parameters, arrays: Sequence[Any], geometry: Geometry) -> Any:
    """The function on arrays and numbers; where one number for all dimensions is a TypeError, with one for each."""
    given, named = taken.arguments(arrays, geometry)
    try:
        return function(*given, **named)
    except TypeError as error:
        each, each_named = taken.arguments(arrays, geometry, tuples=True)
        if each[len(arrays) :] == given[len(arrays) :] and each_named == named:
            raise
        try:
            return function(*each, **each_named)
        except TypeError:
            raise error from None  # it was about something else


def made(maker: type, target: Target, geometry: Geometry, tensors: Mapping[str, Any], keeps_weights: bool) -> Any:
    """A new object: of the weights by position, or of sizes by their names, and then the weights put in place."""
    taken = parameters_of(maker, _named_weights(maker))
    weights = [tensors[name] for name in ("w", "bias") if name in tensors] if keeps_weights else []
    if not keeps_weights or (taken.arrays and taken.required):
        return called(maker, taken, weights, geometry)
    held = sized(maker, geometry)
    for name in ("w", "bias"):
        if name in tensors:
            setattr(held, parameter_name(held, name, target), tensors[name])
    return held


def _named_weights(maker: type) -> int:
    """1 where the first parameter bears a name of weights although that name may mean a number: ``filters`` alone."""
    first = next(iter(inspect.signature(maker).parameters), "")
    others = parameters_of(maker, 1).options
    return int(first in WEIGHTS["w"] and not {"depth", "filter_size"} & set(others))


def sized(maker: type, geometry: Geometry) -> Any:
    """An object made of sizes: parameters go by the names that people give them, and the others keep their defaults."""
    known = inspect.signature(maker).parameters
    given: dict[str, Any] = {"bias": bool(geometry.bias)} if "bias" in known else {}
    sizes = {name: MEANING[name.lower()] for name in known if name.lower() in MEANING}
    for tuples in (False, True):
        try:
            return maker(**given, **{name: value(meaning, geometry, tuples) for name, meaning in sizes.items()})
        except TypeError:
            if tuples:
                raise
    return None


def parameter_name(held: object, name: str, target: Target) -> str:
    """The attribute that holds the weights or the bias."""
    if (theirs := target.their(name)) != name:
        return theirs
    for spelling in WEIGHTS[name]:
        if hasattr(held, spelling):
            return spelling
    raise Refuted(f"the object has no attribute for {name}; --map {name}=NAME names it")
