"""The sizes of a layer, read from the arrays of a problem where nobody gives them otherwise."""

from __future__ import annotations

from collections.abc import Mapping

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.specification import specify
from symconv.specification.numbers import Numbers
from symconv.verify.sizes import input_for

FROM_FLAGS = ("conv", "avg-pool", "dense")
"""Layers whose arrays tell their sizes; of others a shape may mean several."""


def with_sizes(given: Mapping[str, object], numbers: Mapping[str, Numbers]) -> dict[str, object]:
    """The keys that were given, and besides input, filter, depth, filters and batch as the given arrays have them.

    There are two spatial dimensions, but one where an array has one axis, three where one has five. Without ``a`` the
    input is the one that δ fits without left-over rows: ``H = S(O-1) + D(K-1) + 1 - P₋ - P₊``.
    """
    kind = given.get("layer", "conv")
    if kind not in FROM_FLAGS or "formula" in given:  # the axes of w are those that a formula writes
        return dict(given)
    shapes = {name: numbers[name].shape for name in ("a", "net_prev", "df", "w", "delta") if name in numbers}
    n = 0 if kind == "dense" else _dimensions(given, shapes)
    input_like = next((shapes[name] for name in ("a", "net_prev", "df") if name in shapes), None)
    found: dict[str, object] = {}
    if "w" in shapes and kind != "avg-pool":
        filters, depth, *taps = _full(shapes["w"], n)
        found |= {"filters": filters, "filter": taps}
        if "groups" not in given:
            found["depth"] = depth
    if "delta" in shapes:
        batch, channels, *_ = _full(shapes["delta"], n)
        found |= {"batch": batch, "depth" if kind == "avg-pool" else "filters": channels}
    if input_like is not None:
        batch, depth, *size = _full(input_like, n)
        found |= {"batch": batch, "depth": depth, "input": size}
    elif "delta" in shapes and n:
        found["input"] = _fitting({**found, **given}, _full(shapes["delta"], n)[2:])
    return {**{key: value for key, value in found.items() if value != []}, **given}


def _dimensions(given: Mapping[str, object], shapes: Mapping[str, tuple[int, ...]]) -> int:
    if "filter" in given:
        return len(specify({"filter": given["filter"]}).geometry.filter_size)
    axes = [len(shape) for shape in shapes.values()]
    return 1 if 1 in axes else 3 if 5 in axes else 2


def _full(shape: tuple[int, ...], n: int) -> tuple[int, ...]:
    """Both leading axes, those that were left out with extent 1."""
    return (1,) * (2 + n - len(shape)) + tuple(shape)


def _fitting(keys: Mapping[str, object], output: tuple[int, ...]) -> list[int] | None:
    """The smallest input with so many windows."""
    try:
        geometry: Geometry = specify({k: v for k, v in keys.items() if k != "input"}).geometry
        return [input_for(geometry, d, o, 0) for d, o in enumerate(output)]
    except (RequestError, IndexError):  # what is wrong with the layer is told when all of it is read
        return None
