"""What a parameter of somebody's function is for, by its name; arrays come first, then the numbers of the layer."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from symconv.layers.geometry import Geometry

SPELLINGS = {
    "stride": ("stride", "strides", "s", "step", "steps"),
    "padding": ("padding", "pad", "pads", "paddings", "p", "zero_padding"),
    "dilation": ("dilation", "dilations", "dilate", "d", "rate"),
    "groups": ("groups", "group", "g", "n_groups", "num_groups"),
    "filter_size": (
        *("filter_size", "kernel_size", "pool_size", "ksize", "size", "k", "window", "window_size"),
        *("kernel_shape", "filter_shape", "pool"),
    ),
    "depth": (
        *("depth", "in_channels", "in_ch", "channels", "c_in", "n_in", "input_channels", "num_channels", "cin"),
        *("in_features", "n_inputs", "input_dim"),
    ),
    "filters": (
        *("filters", "out_channels", "out_ch", "n_filters", "num_filters", "n_out", "c_out", "output_channels", "cout"),
        *("out_features", "n_outputs", "output_dim"),
    ),
    "weight_shape": ("weight_shape", "w_shape", "shape_w"),
    "input_size": ("input_size", "input_shape", "in_size", "spatial"),
    "parameters": ("conv_param", "conv_params", "pool_param", "pool_params", "params", "param", "hparameters"),
}
"""Numbers of the layer and the names that people give them."""
MEANING = {name: option for option, names in SPELLINGS.items() for name in names}
VARIED = ("stride", "padding", "dilation", "groups", "filter_size")
POSITIONAL = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
UNLIMITED = 99


@dataclass(frozen=True, slots=True)
class Parameters:
    """How many arrays a function takes, and which numbers after them, in order; ``named`` are keyword-only."""

    arrays: int
    required: int
    options: tuple[str, ...]
    named: tuple[tuple[str, str], ...] = ()

    @property
    def varied(self) -> frozenset[str]:
        """Which of `VARIED` a caller chooses."""
        given = {*self.options, *(option for _, option in self.named)}
        if "parameters" in given:
            given |= {"stride", "padding", "filter_size"}
        return frozenset(given & set(VARIED))

    def arguments(
        self, arrays: Sequence[Any], geometry: Geometry, tuples: bool = False
    ) -> tuple[list[Any], dict[str, Any]]:
        """The arrays that the function takes, and the numbers of the layer, where it wants them."""
        given = [*arrays[: self.arrays], *(value(option, geometry, tuples) for option in self.options)]
        return given, {name: value(option, geometry, tuples) for name, option in self.named}


def parameters_of(function: Callable[..., Any], arrays: int) -> Parameters:
    """By position: the first ``arrays`` parameters are arrays whatever their names, then come numbers of the layer.

    A parameter of another name before the first number is an array too (the bias); after it, one with a default is
    left alone, and so is all that follows, since arguments go by position.
    """
    try:
        found = list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # made of C: it takes what the contract says
        return Parameters(UNLIMITED, arrays, ())
    if any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in found):
        return Parameters(UNLIMITED, arrays, ())
    positional = [p for p in found if p.kind in POSITIONAL]
    count = required = 0
    options: list[str] = []
    for parameter in positional:
        meaning = None if count < arrays and not options else MEANING.get(parameter.name.lower())
        if meaning is not None:
            options.append(meaning)
        elif not options:
            count += 1
            required += parameter.default is inspect.Parameter.empty
        else:
            break
    named = tuple(
        (p.name, MEANING[p.name.lower()])
        for p in found
        if p.kind is inspect.Parameter.KEYWORD_ONLY and p.name.lower() in MEANING
    )
    return Parameters(count, required, tuple(options), named)


def value(option: str, geometry: Geometry, tuples: bool) -> Any:
    """A number of the layer as people pass it: one where all dimensions are alike, else one per dimension."""
    match option:
        case "stride":
            return _alike(geometry.stride, tuples)
        case "dilation":
            return _alike(geometry.dilation, tuples)
        case "filter_size":
            return _alike(geometry.filter_size, tuples)
        case "input_size":
            return tuple(geometry.input_size)
        case "padding":
            even = all(before == after for before, after in geometry.padding)
            return _alike([before for before, _ in geometry.padding], tuples) if even else tuple(geometry.padding)
        case "weight_shape":
            return geometry.weight_shape
        case "parameters":
            return dictionary(geometry)
        case _:
            return int(getattr(geometry, option))


def dictionary(geometry: Geometry) -> dict[str, Any]:
    """The numbers of the layer under the keys that courses use."""
    found: dict[str, Any] = {
        name: value(MEANING[name], geometry, False) for name in ("stride", "pad", "padding", "dilation", "groups")
    }
    if geometry.is_pooling and geometry.dimensions == 2:
        found["pool_height"], found["pool_width"] = (int(k) for k in geometry.filter_size)
    return found


def _alike(values: Sequence[Any], tuples: bool) -> Any:
    numbers = tuple(int(v) for v in values)
    return numbers[0] if numbers and len(set(numbers)) == 1 and not tuples else numbers
