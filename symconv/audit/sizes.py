"""At which sizes a formula is tried: smaller layers of the same window, and layers that differ in one respect."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from math import prod
from typing import Any

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry, channels_agree
from symconv.layers.own_net_input import free_sizes

MOST_SMALLER = 48
"""So many smaller layers are tried in the search for the smallest size at which a formula fails."""


def smaller(geometry: Geometry) -> tuple[Geometry, ...]:
    """Layers with the same window and smaller inputs, batches and channels; the smallest first, this one last."""
    if isinstance(geometry, OwnGeometry):
        fewer = (reduced(geometry, 1), reduced(geometry))
        return (*dict.fromkeys(g for g in fewer if _cells(g) < _cells(geometry)), geometry)
    spatial = [_input_sizes(geometry, d) for d in range(geometry.dimensions)]
    channels = [
        _up_to(int(value)) if name != "groups" else (int(value),)
        for name, value in (("batch", geometry.batch), ("depth", geometry.depth), ("filters", geometry.filters))
    ]
    found: dict[Geometry, None] = {}
    for sizes in product(*channels, *spatial):
        batch, depth, filters, *inputs = sizes
        made = _made(geometry, batch=batch, depth=depth, filters=filters, input_size=tuple(inputs))
        if made is not None and _cells(made) < _cells(geometry):
            found[made] = None
    ordered = sorted(found, key=lambda g: (_cells(g), g.input_shape))
    return (*ordered[:MOST_SMALLER], geometry)


def variations(geometry: Geometry) -> Iterator[tuple[str, Geometry]]:
    """Layers that differ from this one in one respect, under the name of that respect; small ones."""
    small = reduced(geometry)
    n = small.dimensions
    for name, changes in _changes(small, n):
        for change in changes:
            made = _fitting(small, change)
            if made is not None and made != small:
                yield name, made


def reduced(geometry: Geometry, most: int = 2) -> Geometry:
    """The layer with an input no larger than it has to be to show three windows, and at most two of each channel.

    A layer of one's own keeps its spatial sizes, and whatever else its formula fixes.
    """
    g = geometry
    if isinstance(g, OwnGeometry):
        return replace(g, **{name: min(int(getattr(g, name)), most) for name in free_sizes(g)})  # type: ignore[arg-type]
    inputs = tuple(
        min(int(h), _least(g, d) + 2 * int(g.stride[d]) + (int(g.left_over[d]) if g.kind != "conv-transpose" else 0))
        for d, h in enumerate(g.input_size)
    )
    groups = int(g.groups)
    channels = {
        "batch": min(int(g.batch), 2),
        "depth": min(int(g.depth), 2 * groups),
        "filters": min(int(g.filters), 2 * groups),
    }
    return _made(g, input_size=inputs, **channels) or geometry


def _changes(g: Geometry, n: int) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    if isinstance(g, OwnGeometry):
        for name in free_sizes(g):
            together = ("depth", "filters") if channels_agree(g) and name != "batch" else (name,)
            yield name, [dict.fromkeys(together, k) for k in (1, 2, 3)]
        return
    if n:
        yield "input size", [{"input_size": tuple(int(h) + k for h in g.input_size)} for k in (1, 2, 3)]
    if n > 1:
        yield "input not square", [{"input_size": (int(g.input_size[0]) + 1, *g.input_size[1:])}]
    if n:
        yield "filter size", [{"filter_size": (k,) * n} for k in (1, 2, 3, 4)]
    if n > 1:
        yield "filter not square", [{"filter_size": (k, *(k + d for d in range(1, n)))} for k in (1, 2)]
    if n:
        yield "stride", [{"stride": (s,) * n, "output_padding": (0,) * n} for s in (1, 2, 3)]
        yield "dilation", [{"dilation": (d,) * n} for d in (1, 2, 3)]
        yield "padding", [{"padding": ((p, p),) * n} for p in (0, 1, 2)]
        yield "uneven padding", [{"padding": ((0, 1),) * n}, {"padding": ((2, 0),) * n}]
    groups = int(g.groups)
    yield "batch", [{"batch": b} for b in (1, 2, 3)]
    yield "depth", [{"depth": groups * c} for c in (1, 2, 3)]
    if not g.is_pooling:
        yield "filters", [{"filters": groups * c} for c in (1, 2, 3)]


def _fitting(geometry: Geometry, change: dict[str, Any]) -> Geometry | None:
    """The changed layer, with an input large enough for two windows at least."""
    n = geometry.dimensions
    if isinstance(geometry, OwnGeometry) or "input_size" in change or geometry.kind == "conv-transpose":
        return _made(geometry, **change)
    window = {key: change.get(key, getattr(geometry, key)) for key in ("filter_size", "stride", "dilation", "padding")}
    inputs = []
    for d in range(n):
        span = int(window["dilation"][d]) * (int(window["filter_size"][d]) - 1) + 1
        least = span + int(window["stride"][d]) - sum(int(p) for p in window["padding"][d])
        inputs.append(max(int(geometry.input_size[d]), least, 1))
    return _made(geometry, **change, input_size=tuple(inputs))


def _made(geometry: Geometry, **changes: Any) -> Geometry | None:
    try:
        return replace(geometry, **changes)
    except RequestError:
        return None


def _least(g: Geometry, d: int) -> int:
    """The smallest input that one window fits into."""
    if g.kind == "conv-transpose":
        return 1
    return max(1, int(g.dilation[d]) * (int(g.filter_size[d]) - 1) + 1 - sum(int(p) for p in g.padding[d]))


def _input_sizes(g: Geometry, d: int) -> tuple[int, ...]:
    least, given = _least(g, d), int(g.input_size[d])
    near = range(least, min(given, least + int(g.stride[d]) + 1) + 1)
    return tuple(dict.fromkeys((*near, given)))


def _up_to(value: int) -> tuple[int, ...]:
    return tuple(sorted({1, min(2, value), value}))


def _cells(g: Geometry) -> int:
    return prod(g.input_shape) + prod(g.output_shape) + prod(g.weight_shape or (1,))


def instances(geometry: Geometry) -> tuple[Geometry, ...]:
    """Numbers for the named sizes of a layer, small and not all alike."""
    names = {name: NUMBERS[field] for name, field in named_sizes(geometry).items()}
    found: dict[Geometry, None] = {}
    for numbers in _numberings(tuple(names.values())):
        made = numbered(geometry, dict(zip(names, numbers, strict=True)))
        if made is not None:
            found[made] = None
        if len(found) == MOST_INSTANCES:
            break
    if not found:
        raise RequestError("no small numbers for the named sizes make a layer; give numbers")
    return tuple(found)


MOST_DRAWN = 1_000
MOST_INSTANCES = 40
"""So many numberings of named sizes are tried."""
NUMBERS = {
    "input_size": (3, 4, 5, 6, 7),
    "filter_size": (2, 3, 1),
    "output": (3, 2, 4, 5),
    "stride": (2, 1, 3),
    "dilation": (1, 2),
    "padding": (0, 1, 2),
    "output_padding": (0, 1),
    "filters": (1, 2, 3),
    "depth": (1, 2, 3),
    "batch": (1, 2),
    "groups": (1, 2),
}


def _numberings(values: tuple[tuple[int, ...], ...]) -> Iterator[tuple[int, ...]]:
    """All of them, the smallest first; where there are many, the same few drawn each time."""
    if prod(map(len, values)) <= MOST_DRAWN:
        yield from sorted(product(*values), key=sum)
        return
    drawn = random.Random(0)
    for _ in range(MOST_DRAWN):
        yield tuple(drawn.choice(own) for own in values)


def named_sizes(geometry: Geometry) -> dict[str, str]:
    """The names that stand for sizes, each with the field of the layer where it stands first."""
    names: dict[str, str] = {}
    for field in NUMBERS:
        for value in _flat(getattr(geometry, field, ())):
            if isinstance(value, str):
                names.setdefault(value, field)
    return names


def numbers_of(family: Geometry, member: Geometry) -> dict[str, int] | None:
    """What the names of a family stand for in a layer; None where one name would stand for two numbers."""
    found: dict[str, int] = {}
    for field in NUMBERS:
        if not hasattr(family, field):
            continue
        for name, number in zip(_flat(getattr(family, field)), _flat(getattr(member, field)), strict=True):
            if isinstance(name, str) and found.setdefault(name, number) != number:
                return None
    return found


def numbered(geometry: Geometry, numbers: dict[str, int]) -> Geometry | None:
    """The layer with numbers for its names; None where that makes none."""

    def at(value: Any) -> Any:
        return tuple(at(v) for v in value) if isinstance(value, tuple) else numbers.get(value, value)

    return _made(geometry, **{field: at(getattr(geometry, field)) for field in NUMBERS if hasattr(geometry, field)})


def _flat(value: Any) -> list[Any]:
    return [v for item in value for v in _flat(item)] if isinstance(value, tuple) else [value]
