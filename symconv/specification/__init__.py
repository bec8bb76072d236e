"""What a user gives (flags, a TOML file, Python arguments), read as the numbers of a layer and its other choices.

One normalisation serves all three roads, so a size means the same wherever it is written; keys are the flag names with
``_`` for ``-``. Nothing here imports SymPy: a request that makes no sense is refused at once. Every refusal is a
`RequestError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from symconv.errors import RequestError
from symconv.layers.geometry import FORMULA, KINDS, Geometry, Size, a_layer, resolve_same_padding, show
from symconv.specification.layer_file import read_layer_file
from symconv.specification.notation import (
    check_names,
    one_each,
    quote,
    read_padding,
    read_size,
    read_sizes,
    words,
)

__all__ = ["KEYS", "Specification", "read_layer_file", "specify"]

WINDOW = ("input", "filter", "stride", "dilation", "padding", "output_padding")
"""The keys with one entry per spatial dimension."""
CHANNELS = ("filters", "depth", "batch", "groups")
SWITCHES = ("flip", "bias", "count_include_pad", "ceil_mode")
TEXTS = ("name", "activation", "previous_activation", "dtype")
OWN = ("formula", "output")
"""The keys of a layer of one's own."""
KEYS = ("layer", *WINDOW, *CHANNELS, *SWITCHES, *TEXTS, *OWN)


@dataclass(frozen=True, slots=True)
class Specification:
    """A layer as asked for: its sizes, and the choices that need the algebra to be judged."""

    geometry: Geometry
    name: str | None = None
    activation: str = "identity"
    previous_activation: str | None = None
    dtype: str = "float64"

    def require_numbers(self, *, input_too: bool = False) -> None:
        """Refuse named sizes; a named input size passes unless ``input_too``."""
        input_too |= self.geometry.kind == FORMULA
        for key, values in _sizes_of(self.geometry).items():
            names = [value for value in values if isinstance(value, str)]
            if names and (input_too or key != "input"):
                needed = "numbers" if input_too else "numbers for everything but the input size"
                raise RequestError(f"the {words(key)} {names[0]} is a name, and this needs {needed}; give a number")


def specify(given: Mapping[str, object]) -> Specification:
    """The layer that keys and values describe; a value of None counts as not given.

    >>> specify({"input": "3x32x32", "filter": "5x5", "filters": 16, "stride": "2x1"}).geometry.output_shape
    (1, 16, 14, 28)
    """
    values = {key: value for key, value in given.items() if value is not None}
    for key in values:
        _check_key(key)
    if "formula" in values:
        texts = {key: _text(values[key], key) for key in TEXTS if key in values}
        return Specification(_own_geometry(values), **texts)
    if "output" in values:
        raise RequestError(
            f"the output size {quote(values['output'])} is given without a formula, and any other layer's follows from "
            "its other sizes; leave it out, or give a formula"
        )
    kind = values.get("layer", "conv")
    if kind == "max-pool":
        raise RequestError(f"the layer max-pool is not there yet; choose one of {', '.join(KINDS)}")
    if not isinstance(kind, str) or kind not in KINDS:
        raise RequestError(f"the layer {quote(kind)} is not known; choose one of {', '.join(KINDS)}")
    switches = {key: _switch(values[key], key) for key in SWITCHES if key in values}
    texts = {key: _text(values[key], key) for key in TEXTS if key in values}
    _refuse_what_the_layer_lacks(kind, values)
    return Specification(_geometry(kind, values, switches), **texts)


def _check_key(key: str) -> None:
    if key not in KEYS:
        close = get_close_matches(key, KEYS, n=1)
        advice = f"did you mean {close[0]}?" if close else f"the keys are {', '.join(KEYS)}"
        raise RequestError(f"the key {quote(key)} is not known; {advice}")


def _refuse_what_the_layer_lacks(kind: str, values: Mapping[str, object]) -> None:
    pooling = kind == "avg-pool"
    for key in WINDOW if kind == "dense" else ():
        if key in values:
            raise RequestError(
                f"the {words(key)} {quote(values[key])} on a dense layer has no meaning; "
                "give the number of its inputs as depth and that of its neurons as filters"
            )
    if pooling and "filters" in values:
        raise RequestError(f"filters {quote(values['filters'])} on a pooling layer has no meaning; leave filters out")
    if pooling and values.get("bias"):
        raise RequestError("a bias on a pooling layer has no meaning; leave it out")
    if not pooling and "count_include_pad" in values:
        raise RequestError(f"count-include-pad on {a_layer(kind)} has no meaning; it belongs to pooling")


def _own_geometry(values: Mapping[str, object]) -> Geometry:
    """The layer of a formula, which says itself what flags say of other layers; only here is the grammar loaded."""
    from symconv.layers.own import EXAMPLE, own_geometry

    for key in ("layer", *WINDOW[2:], *SWITCHES):
        if key in values:
            shown = f"{words(key)} {quote(values[key])}" if key not in SWITCHES else key.replace("_", "-")
            raise RequestError(f"{shown} beside a formula has no meaning; write it into the formula, or leave one out")
    formula = values["formula"]
    if not isinstance(formula, str):
        raise RequestError(f"the formula is {quote(formula)}; write a text such as {EXAMPLE!r}")
    given = {key: _channel(values[key], key) for key in CHANNELS if key in values}
    geometry = own_geometry(
        formula,
        input_size=_own_sizes(values, "input"),
        output_size=_own_sizes(values, "output"),
        filter_size=_own_sizes(values, "filter") or (),
        **given,
    )
    check_names({key: sizes for key, sizes in _sizes_of(geometry).items() if key in values})
    return geometry


def _own_sizes(values: Mapping[str, object], key: str) -> tuple[Size, ...] | None:
    """None where nothing is given; no sizes at all are those of an array without spatial axes."""
    if key not in values:
        return None
    return () if values[key] in ((), []) else read_sizes(values[key], key)


def _geometry(kind: str, values: Mapping[str, object], switches: dict[str, bool]) -> Geometry:
    channels = {key: _channel(values.get(key, 1), key) for key in CHANNELS}
    if kind == "dense":
        flat: dict[str, tuple[()]] = dict.fromkeys(("input_size", "filter_size", *WINDOW[2:]), ())
        geometry = Geometry(kind=kind, **flat, **channels, **switches)  # type: ignore[arg-type]
        check_names(_sizes_of(geometry))
        return geometry
    size = read_sizes(values["input"], "input") if "input" in values else None
    taps = read_sizes(values["filter"], "filter") if "filter" in values else None
    if size and taps and len(size) == len(taps) + 1:
        channels["depth"], size = _depth_first(size, channels["depth"] if "depth" in values else None)
    if size and taps and len(size) != len(taps):
        raise RequestError(
            f"input size {show(size)} and filter size {show(taps)} have {len(size)} and {len(taps)} dimensions; "
            "give as many of each, or the depth as one size more in front of the input's"
        )
    dimensions = len(size or taps or (3, 3))
    taps = taps or (2,) * dimensions
    stride, dilation, extra = (
        one_each(read_sizes(values.get(key, default), key), dimensions, key)
        for key, default in (("stride", 1), ("dilation", 1), ("output_padding", 0))
    )
    size = size or _default_input(taps, dilation)
    counted: dict[str, Any] = {**channels, **switches, **({"bias": False} if kind == "avg-pool" else {})}
    geometry = Geometry(
        kind=kind,
        input_size=size,
        filter_size=taps,
        stride=stride,
        dilation=dilation,
        padding=_padding(kind, values.get("padding", 0), size, taps, stride, dilation),
        output_padding=extra,
        **counted,
    )
    check_names(_sizes_of(geometry))
    return geometry


def _sizes_of(g: Geometry) -> dict[str, tuple[Size, ...]]:
    """Every size of a layer by its key."""
    return {
        "input": g.input_size,
        "output": getattr(g, "output", ()),
        "filter": g.filter_size,
        "stride": g.stride,
        "dilation": g.dilation,
        "padding": tuple(amount for pair in g.padding for amount in pair),
        "output_padding": g.output_padding,
        "filters": (g.filters,),
        "depth": (g.depth,),
        "batch": (g.batch,),
        "groups": (g.groups,),
    }


def _depth_first(size: tuple[Size, ...], depth: Size | None) -> tuple[Size, tuple[Size, ...]]:
    """``3x32x32`` beside a filter of two dimensions: depth 3, input size 32x32."""
    if depth is not None and depth != size[0]:
        raise RequestError(
            f"input {show(size)} has one size more than the filter and so begins with depth {size[0]}, "
            f"but depth {depth} was given; make them agree"
        )
    return size[0], size[1:]


def _default_input(taps: tuple[Size, ...], dilation: tuple[Size, ...]) -> tuple[Size, ...]:
    """The lesson's 3x3 for a filter of 2x2: one cell more than the filter has, or as many as it spans."""
    names = ("H", "W") if len(taps) == 2 else tuple(f"H{d + 1}" for d in range(len(taps)))
    return tuple(
        max(k + 1, d * (k - 1) + 1) if isinstance(k, int) and isinstance(d, int) else name
        for k, d, name in zip(taps, dilation, names, strict=True)
    )


def _padding(
    kind: str,
    value: object,
    size: tuple[Size, ...],
    taps: tuple[Size, ...],
    stride: tuple[Size, ...],
    dilation: tuple[Size, ...],
) -> tuple[tuple[Size, Size], ...]:
    if value != "same":
        return one_each(read_padding(value), len(size), "padding")
    if kind == "conv-transpose":
        raise RequestError("padding 'same' on a conv-transpose layer has no meaning; give the padding in numbers")
    return resolve_same_padding(size, taps, stride, dilation)


def _channel(value: object, key: str) -> Size:
    return read_size(value, key, value)


def _switch(value: object, key: str) -> bool:
    if not isinstance(value, bool):
        raise RequestError(f"{words(key)} is {quote(value)}; write true or false")
    return value


def _text(value: object, key: str) -> str:
    if not isinstance(value, str):
        raise RequestError(f"the {words(key)} is {quote(value)}; write a text")
    return value
