"""On which sizes a module is judged: its own, smaller ones of the same structure, and awkward neighbours.

Filter size, stride, padding, dilation and groups are fixed in the emitted code; batch, depth, filters and spatial
sizes are read from the arrays. So a layer too large for a judgement has a small *twin* with the same fixed numbers and
the same left-over rows, and code that is right on the twin and on its neighbours has been led down the same paths.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import prod

from symconv.derivation.own_elementwise import index_points
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, show
from symconv.layers.own import OwnGeometry, channels_agree
from symconv.layers.own_net_input import free_sizes

NAMED_INPUT = 4
"""How many windows per dimension stand for an input size that is a name."""


def products(geometry: Geometry) -> int:
    """The number of products ``w·a`` of the layer, those with padding included."""
    if isinstance(geometry, OwnGeometry):
        return index_points(geometry)
    windows = geometry.input_size if geometry.kind == "conv-transpose" else geometry.output_size
    depth = 1 if geometry.is_pooling else int(geometry.depth) // int(geometry.groups)
    filters = geometry.output_shape[1]
    return prod(int(v) for v in (geometry.batch, filters, depth, *geometry.filter_size, *windows))


def concrete(geometry: Geometry) -> Geometry:
    """The layer with numbers for its input size where that is a name; RequestError where another size is one."""
    if isinstance(geometry, OwnGeometry):
        if not geometry.is_numeric:
            raise RequestError("a size of the layer is a name, and code is verified on numbers; give numbers")
        return geometry
    for name in ("batch", "depth", "filters", "groups", "filter_size", "stride", "dilation", "padding"):
        value = getattr(geometry, name)
        if any(isinstance(v, str) for v in _flat(value)):
            raise RequestError(
                f"{name.replace('_', ' ')} {value} is a name, and code is verified on numbers; only the input size "
                "may be left open, so give a number"
            )
    sizes = [
        input_for(geometry, d, NAMED_INPUT + d, d % int(geometry.stride[d])) if isinstance(h, str) else h
        for d, h in enumerate(geometry.input_size)
    ]
    return replace(geometry, input_size=tuple(sizes))


def reduced(geometry: Geometry, most: int, cost: Callable[[Geometry], float] = products) -> Geometry:
    """The layer itself if it costs at most so much, else a twin that does, or the smallest there is.

    The largest of batch, windows per dimension, depth and filters is halved, again and again, down to 2, then to 1;
    while there is room, no two dimensions are left with as many windows, so that no axis passes for another.
    """
    for least in (2, 1):
        while cost(geometry) > most:
            smaller = _halved(geometry, least)
            if smaller is None:
                break
            geometry = smaller
    return geometry


def _halved(geometry: Geometry, least: int) -> Geometry | None:
    groups = int(geometry.groups)
    windows = _windows(geometry)
    counts: dict[str | int, int] = {"batch": int(geometry.batch), **dict(enumerate(windows))}
    counts["depth"] = int(geometry.depth) // groups
    if not geometry.is_pooling:
        counts["filters"] = int(geometry.filters) // groups
    if isinstance(geometry, OwnGeometry):  # its spatial sizes are fixed
        counts = {name: counts[name] for name in free_sizes(geometry)}
    for axis in sorted(counts, key=lambda axis: -counts[axis]):
        if counts[axis] > least:
            less = max(least, counts[axis] // 2)
            smaller = _with(geometry, axis, less - (less in windows and less > least))
            if smaller is not None:
                return smaller
    return None


def _with(geometry: Geometry, axis: str | int, count: int) -> Geometry | None:
    """The layer with another batch, depth or filters per group, or number of windows; None where there is none."""
    try:
        if isinstance(axis, int):
            sizes = list(geometry.input_size)
            size = input_for(geometry, axis, count, geometry.left_over[axis])
            if size >= int(sizes[axis]):
                return None
            sizes[axis] = size
            return replace(geometry, input_size=tuple(sizes))
        if axis == "batch":
            return replace(geometry, batch=count)
        return with_channels(geometry, **{axis: count * int(geometry.groups)})
    except RequestError:
        return None


def with_channels(geometry: Geometry, depth: int | None = None, filters: int | None = None) -> Geometry:
    """Another depth, another number of filters; an average has as many of one as of the other.

    So has a layer of one's own whose formula counts both by one index.
    """
    if isinstance(geometry, OwnGeometry):
        changes = {"depth": depth, "filters": filters}
        kept = {k: v for k, v in changes.items() if v is not None and k in free_sizes(geometry)}
        if channels_agree(geometry) and kept:
            kept = dict.fromkeys(("depth", "filters"), next(iter(kept.values())))
        return replace(geometry, **kept)  # type: ignore[arg-type]
    depth = int(geometry.depth) if depth is None else depth
    filters = int(geometry.filters) if filters is None else filters
    return replace(geometry, depth=depth, filters=depth if geometry.is_pooling else filters)


def _windows(geometry: Geometry) -> tuple[int, ...]:
    if geometry.kind == "conv-transpose":
        return tuple(int(h) for h in geometry.input_size)
    return geometry.output_size


def input_for(geometry: Geometry, d: int, windows: int, left_over: int) -> int:
    """THEORY §1, ``H = S(O-1) + D(K-1) + 1 - P₋ - P₊ + r``, at least 1."""
    if geometry.kind == "conv-transpose":
        return windows
    before, after = (int(p) for p in geometry.padding[d])
    reach = int(geometry.dilation[d]) * (int(geometry.filter_size[d]) - 1) + 1
    return max(1, int(geometry.stride[d]) * (windows - 1) + reach - before - after + left_over)


def neighbours(geometry: Geometry) -> tuple[Geometry, ...]:
    """Sizes that a mistake does not survive on: other left-over rows, no two sizes alike, one window, more channels."""
    found = [geometry]
    for candidate in _candidates(geometry):
        if candidate not in found:
            found.append(candidate)
    return tuple(found[1:])


def _own_candidates(geometry: OwnGeometry) -> Iterator[Geometry]:
    """Other numbers for what is read from the arrays."""
    free = free_sizes(geometry)
    for batch, depth, filters in ((2, 0, 0), (0, 1, 0), (0, 0, 1), (1, 2, 3)):
        changed = with_channels(geometry, int(geometry.depth) + depth, None)
        changed = with_channels(changed, None, int(changed.filters) + filters)
        yield replace(changed, batch=int(geometry.batch) + batch) if "batch" in free else changed


def _candidates(geometry: Geometry) -> Iterator[Geometry]:
    if isinstance(geometry, OwnGeometry):
        yield from _own_candidates(geometry)
        return
    groups, batch = int(geometry.groups), int(geometry.batch)
    yield replace(geometry, batch=batch + 2)
    changes = [(1, 0), (0, 1), (2, 2)]
    steps = max((int(s) for s in geometry.stride), default=1)
    for t in range(1, max(3, min(steps, 4)) + 1):
        depth, filters = changes[t % 3]
        sizes = tuple(int(h) + t + d for d, h in enumerate(geometry.input_size))
        yield from _offered(
            with_channels(geometry, int(geometry.depth) + groups * depth, int(geometry.filters) + groups * filters),
            sizes,
            (batch + t) % 3 + 1,
        )
    for d in range(geometry.dimensions):
        sizes = tuple(int(h) + (3 if d == k else 0) for k, h in enumerate(geometry.input_size))
        yield from _offered(geometry, sizes, batch)
    smallest = tuple(input_for(geometry, d, 1, 0) for d in range(geometry.dimensions))
    yield from _offered(with_channels(geometry, 3 * groups, 2 * groups), smallest, 2)
    yield from _offered(with_channels(geometry, groups, groups), smallest, 1)


def _offered(geometry: Geometry, sizes: tuple[int, ...], batch: int) -> Iterator[Geometry]:
    """The layer at these sizes, if there is such a layer."""
    try:
        yield replace(geometry, input_size=sizes, batch=batch)
    except RequestError:
        return


def describe(geometry: Geometry) -> str:
    """The sizes a reader needs to make the arrays.

    >>> describe(Geometry(depth=3, filters=2))
    'batch 1, depth 3, 2 filters, input 3x3'
    """
    filters = "" if geometry.is_pooling else f", {geometry.filters} filter{'s' if geometry.filters != 1 else ''}"
    spatial = f", input {show(geometry.input_size)}" if geometry.dimensions else ""
    return f"batch {geometry.batch}, depth {geometry.depth}{filters}{spatial}"


def _flat(value: object) -> list[object]:
    return [v for item in value for v in _flat(item)] if isinstance(value, tuple) else [value]
