"""The explorer as its template sees it: derivation, code, numbers and texts as data; a script draws them."""

from __future__ import annotations

import json
from html import escape
from math import prod

from symconv.derivation.backward import ERROR_TERM
from symconv.derivation.step import SLOPE
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, a_layer, show
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.render.explorer_code import lettered_code, own_code
from symconv.render.explorer_data import DIMENSIONS, KINDS, derivations
from symconv.render.figures.description import Role
from symconv.render.figures.style import ACTIVE, HUES, LOOKS, Look
from symconv.render.messages import catalogue
from symconv.render.request import request_line

LIMITS: dict[str, tuple[int, int]] = {
    "input": (1, 16),
    "filter": (1, 7),
    "stride": (1, 4),
    "padding": (0, 6),
    "dilation": (1, 4),
    "outputPadding": (0, 3),
    "depth": (1, 6),
    "filters": (1, 6),
    "groups": (1, 6),
    "batch": (1, 3),
}
"""From where to where each slider goes."""
OWN = (-99, 99)
"""Between which whole numbers a reader's own are."""
EXTENT, CELLS, WORK, DRAWN = 40, 2048, 150_000, 6000
"""How long an axis may be, how many cells an array has, points a sum and squares a picture."""
RANGES = {"a": (-3, 5), "w": (-2, 3), "δ": (-3, 3), "β": (-2, 2), SLOPE: (1, 3)}
"""The whole numbers that arrays are filled with: small, so that products can be followed by hand."""
VIEWS = {"net": "net", "da": "∂E/∂a", "delta_prev": ERROR_TERM, "dw": "∂E/∂w", "dbias": "∂E/∂β"}
"""The goals of a derivation, by the names of the formula language."""


def page_context(layer: Layer, language: str) -> dict[str, object]:
    """What the template is filled with; RequestError for a layer that the page does not draw."""
    geometry = layer.geometry
    check(geometry)
    texts = catalogue(language).section("explorer")
    data = {
        "derivations": derivations(geometry.flip, geometry.bias),
        "code": {"own": own_code(layer), "lettered": lettered_code(geometry.flip, geometry.bias)},
        "initial": setting(geometry),
        "request": request_line(layer),
        "switches": [flag for flag, is_set in (("--flip", geometry.flip), ("--no-bias", not geometry.bias)) if is_set],
        "limits": {**LIMITS, "extent": EXTENT, "cells": CELLS, "work": WORK, "drawn": DRAWN},
        "ranges": RANGES,
        "own": OWN,
        "goals": VIEWS,
        "text": texts,
    }
    kind = texts["kind_" + geometry.kind.replace("-", "_")]
    return {
        "language": language,
        "title": escape(texts["title"].replace("{kind}", kind)),
        "text": {name: escape(said) for name, said in texts.items()},
        "views": [{"name": n, "goal": _raised(g), "word": escape(texts[f"view_{n}"])} for n, g in VIEWS.items()],
        "colours": colours(),
        "data": json.dumps(data, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c"),
    }


def setting(geometry: Geometry) -> dict[str, object]:
    """The numbers of a layer by the names of its flags."""
    return {
        "layer": geometry.kind,
        "input": geometry.input_size,
        "filter": geometry.filter_size,
        "stride": geometry.stride,
        "dilation": geometry.dilation,
        "padding": geometry.padding,
        "outputPadding": geometry.output_padding,
        "depth": geometry.depth,
        "filters": geometry.filters,
        "groups": geometry.groups,
        "batch": geometry.batch,
    }


def check(geometry: Geometry) -> None:
    """RequestError for a layer that the page does not draw: its kind, its dimensions, or its numbers."""
    offered = f"`symconv explore` draws {' and '.join(KINDS)} layers in one and two dimensions"
    if isinstance(geometry, OwnGeometry):
        raise RequestError(f"{offered}, not a layer of one's own; leave --formula out")
    if geometry.kind not in KINDS:
        raise RequestError(f"{offered}, not {a_layer(geometry.kind)}; give --layer {' or '.join(KINDS)}")
    if geometry.dimensions not in DIMENSIONS:
        raise RequestError(f"{offered}, but input {show(geometry.input_size)} has {geometry.dimensions}; give 1 or 2")
    if not geometry.is_numeric:
        raise RequestError("`symconv explore` draws cells, and a size of this layer is a name; give numbers")
    for key, (least, most) in LIMITS.items():
        words = "output padding" if key == "outputPadding" else key
        for value in _numbers(setting(geometry)[key]):
            if not least <= value <= most:
                raise RequestError(
                    f"`symconv explore` draws {words} from {least} to {most}, not {value}; give a number in between"
                )
    shapes = (geometry.input_shape, geometry.output_shape, geometry.weight_shape or ())
    points = prod(geometry.output_shape) * prod((geometry.weight_shape or ())[1:])
    points = max(points, prod(geometry.input_shape) * prod((geometry.weight_shape or ())[1:]))
    if any(prod(s) > CELLS or max(s) > EXTENT for s in shapes) or points > WORK:
        raise RequestError(
            "this layer has more cells than `symconv explore` draws; give a smaller input or fewer channels"
        )


def _raised(goal: str) -> str:
    """``δ^{l-1}`` with its exponent raised."""
    return goal.replace("^{l-1}", "<sup>l−1</sup>")


def colours() -> str:
    """The looks of the figures as CSS variables, ``--input: rgb(0 114 178 / 14%);``."""
    roles = {
        "input": LOOKS[Role.INPUT],
        "error": LOOKS[Role.ERROR],
        "filter": LOOKS[Role.FILTER],
        "result": LOOKS[Role.RESULT],
        **ACTIVE,
    }
    lines = [f"--{name}: {_colour(look)};" for name, look in roles.items()]
    return f":root {{ {' '.join(lines)} --red: #{HUES['red']}; }}"


def _colour(look: Look) -> str:
    hue = HUES[look.hue or "red"]
    red, green, blue = (int(hue[k : k + 2], 16) for k in (0, 2, 4))
    return f"rgb({red} {green} {blue} / {look.tint}%)"


def _numbers(value: object) -> list[int]:
    return [n for v in value for n in _numbers(v)] if isinstance(value, tuple) else [int(str(value))]
