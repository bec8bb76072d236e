"""RIGHT: correct hand-written modules, several styles for every kind of layer."""

from __future__ import annotations

from typing import Any

from symconv.layers.geometry import Geometry
from tests.wrong import parts
from tests.wrong.convolution_arrays import IM2COL, STRIDED_LINE, TEXTBOOK, WINDOWS
from tests.wrong.convolution_loops import LOOPS, SAMPLES, TAPS
from tests.wrong.other_texts import (
    DENSE,
    LOCAL_CELLS,
    LOCAL_REFUSALS,
    POOLING_LAYER,
    POOLING_REFUSALS,
    POOLING_TAPS,
    POOLING_WINDOWS,
)
from tests.wrong.record import Right
from tests.wrong.transposed_texts import TRANSPOSED_REFUSALS, TRANSPOSED_SCATTER, TRANSPOSED_WINDOWS

LESSON: dict[str, Any] = {}
UNEVEN: dict[str, Any] = {
    "input_size": (7, 6),
    "filter_size": (3, 2),
    "stride": (3, 2),
    "padding": ((1, 0), (0, 1)),
    "depth": 2,
    "filters": 3,
    "batch": 2,
}
DILATED: dict[str, Any] = {
    "input_size": (8, 7),
    "filter_size": (2, 3),
    "stride": (2, 1),
    "dilation": (3, 2),
    "padding": ((1, 2), (1, 0)),
    "depth": 2,
    "filters": 2,
}
LINE: dict[str, Any] = {
    "input_size": (10,),
    "filter_size": (3,),
    "stride": (2,),
    "dilation": (2,),
    "padding": ((1, 0),),
    "output_padding": (0,),
    "depth": 2,
    "filters": 3,
    "batch": 2,
}
GROUPED: dict[str, Any] = {
    "input_size": (4, 5),
    "filter_size": (2, 3),
    "padding": ((0, 1), (1, 0)),
    "depth": 4,
    "filters": 4,
    "groups": 2,
    "batch": 2,
}
POOLED: dict[str, Any] = {
    "kind": "avg-pool",
    "input_size": (6, 5),
    "filter_size": (3, 3),
    "stride": (2, 2),
    "padding": ((1, 1), (1, 1)),
    "depth": 2,
    "filters": 2,
    "bias": False,
    "count_include_pad": False,
}
CONNECTED: dict[str, Any] = {
    "kind": "dense",
    "input_size": (),
    "filter_size": (),
    "stride": (),
    "dilation": (),
    "padding": (),
    "output_padding": (),
    "depth": 5,
    "filters": 3,
    "batch": 2,
}
TRANSPOSED: dict[str, Any] = {
    "kind": "conv-transpose",
    "input_size": (3, 4),
    "filter_size": (3, 2),
    "stride": (2, 2),
    "padding": ((1, 0), (0, 1)),
    "output_padding": (1, 1),
    "depth": 2,
    "filters": 3,
    "batch": 2,
}
WIDE_PADDING: dict[str, Any] = {
    "input_size": (3, 4),
    "filter_size": (2, 2),
    "stride": (1, 2),
    "padding": ((3, 2), (2, 3)),
    "depth": 2,
    "filters": 2,
}
LOCAL: dict[str, Any] = {
    "kind": "locally-connected",
    "input_size": (5, 4),
    "filter_size": (2, 3),
    "stride": (2, 1),
    "padding": ((0, 0), (1, 0)),
    "depth": 2,
    "filters": 2,
    "batch": 2,
}
COUNTED: dict[str, Any] = POOLED | {"count_include_pad": True, "padding": ((1, 0), (0, 1))}
FLIPPED: dict[str, Any] = {
    "input_size": (5, 4),
    "filter_size": (3, 2),
    "stride": (2, 1),
    "padding": ((1, 0), (0, 1)),
    "depth": 2,
    "flip": True,
}
SOLID: dict[str, Any] = {
    "input_size": (3, 4, 3),
    "filter_size": (2, 1, 2),
    "stride": (1, 2, 2),
    "dilation": (1, 1, 1),
    "padding": ((1, 0), (0, 0), (0, 1)),
    "output_padding": (0, 0, 0),
    "filters": 2,
}
UNBIASED: dict[str, Any] = {"input_size": (4, 3), "depth": 2, "bias": False}
SINGLE: dict[str, Any] = {"input_size": (2, 2), "filters": 2}
SMOOTH: dict[str, Any] = {
    "input_size": (4, 5),
    "filter_size": (3, 2),
    "stride": (1, 2),
    "padding": ((1, 1), (0, 1)),
    "depth": 2,
    "filters": 2,
    "batch": 2,
}


def source_of(geometry: dict[str, Any], activation: str, body: str) -> str:
    """The whole module for a layer, its kind's refusals and class around the body."""
    layer = Geometry(**geometry)
    f = parts.ACTIVATIONS[activation]
    head = parts.sizes(layer)
    match layer.kind:
        case "avg-pool":
            return head + parts.OUTPUT_SIZE + POOLING_REFUSALS + body + f + POOLING_LAYER
        case "dense":
            return head + body + f + parts.LAYER
        case "locally-connected":
            return head + parts.OUTPUT_SIZE + LOCAL_REFUSALS + body + parts.BIAS_GRADIENT + f + parts.LAYER
        case "conv-transpose":
            return head + TRANSPOSED_REFUSALS + body + parts.BIAS_GRADIENT + f + parts.LAYER
        case _:
            source = parts.convolution_module(layer, activation, body)
            return source if layer.bias else parts.without_bias(source)


POOLING_COUNTED = POOLING_TAPS.replace(
    "    return count.astype(dtype)", "    count[...] = np.prod(FILTER_SIZE)\n    return count.astype(dtype)"
)
TAPS_FLIPPED = TAPS.replace(
    "for p, h, o, s, d, (before, _) in zip(tap, size, output, STRIDE, DILATION, PADDING):\n"
    "        offset = d * p - before",
    "for p, k, h, o, s, d, (before, _) in zip(tap, FILTER_SIZE, size, output, STRIDE, DILATION, PADDING):\n"
    "        offset = d * (k - 1 - p) - before",
)


STYLES: dict[str, tuple[str, str]] = {
    "loops": ("one loop over every product", LOOPS),
    "taps": ("slices of the input, tap by tap", TAPS),
    "samples": ("sample by sample, window by window", SAMPLES),
    "im2col": ("columns and one matrix product", IM2COL),
    "windows": ("sliding windows; zero insertion, padding and rotation", WINDOWS),
    "strided line": ("a strided view of a padded line and tensordot", STRIDED_LINE),
    "textbook": ("cross-correlation of matrices at stride 1, as a lesson writes it", TEXTBOOK),
    "pool windows": ("window by window", POOLING_WINDOWS),
    "pool taps": ("tap by tap, divided by counts", POOLING_TAPS),
    "pool counted": ("tap by tap, divided by the size of the window", POOLING_COUNTED),
    "taps flipped": ("slices of the input, the last tap first", TAPS_FLIPPED),
    "matrix": ("two matrix products", DENSE),
    "scatter": ("every input cell spreads its filter", TRANSPOSED_SCATTER),
    "transposed windows": ("zero insertion and rotated filters", TRANSPOSED_WINDOWS),
    "local cells": ("output cell by output cell", LOCAL_CELLS),
}

TABLE: tuple[tuple[str, dict[str, Any], str, str], ...] = (
    *(("lesson", LESSON, "identity", s) for s in ("loops", "taps", "samples", "im2col", "windows", "textbook")),
    ("counted", COUNTED, "identity", "pool counted"),
    ("flipped", FLIPPED, "identity", "taps flipped"),
    ("solid", SOLID, "identity", "taps"),
    ("unbiased", UNBIASED, "identity", "taps"),
    ("single output", SINGLE, "identity", "taps"),
    *(("uneven", UNEVEN, "identity", s) for s in ("loops", "taps", "samples", "im2col", "windows")),
    *(("dilated", DILATED, "identity", s) for s in ("loops", "taps", "im2col", "windows")),
    *(("line", LINE, "identity", s) for s in ("strided line", "taps")),
    *(("grouped", GROUPED, "identity", s) for s in ("loops", "taps", "samples", "im2col", "windows")),
    *(("pooled", POOLED, "identity", s) for s in ("pool windows", "pool taps")),
    ("connected", CONNECTED, "tanh", "matrix"),
    *(("transposed", TRANSPOSED, "identity", s) for s in ("scatter", "transposed windows")),
    *(("wide padding", WIDE_PADDING, "identity", s) for s in ("taps", "im2col", "windows")),
    ("local", LOCAL, "identity", "local cells"),
    *(("smooth", SMOOTH, "sigmoid", s) for s in ("taps", "im2col")),
    ("smooth tanh", SMOOTH, "tanh", "samples"),
)

RIGHT: tuple[Right, ...] = tuple(
    Right(f"{name}, {style}", STYLES[style][0], geometry, activation, source_of(geometry, activation, STYLES[style][1]))
    for name, geometry, activation, style in TABLE
)

BY_NAME: dict[str, Right] = {right.name: right for right in RIGHT}
