"""The sizes that separate mistakes: the layer itself first, then what people forget to try.

Sizes of arrays vary always: batch, channels, spatial sizes, and the filter's where the weights are at hand. Stride,
padding, dilation and groups vary only where the code takes them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

from symconv.audit.sizes import variations
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.sizes import products, reduced

LARGEST = 20_000
"""Products of the layer itself beyond which a twin stands for it: foreign code may be as slow as loops are."""
SMALL = 400
"""Products of the twin that is varied."""
OWN = "the layer itself"
OTHER_FILTER = "a larger filter"
PROBING = {"a stride for each axis", "uneven padding"}
"""Where code may take one number only, without being wrong."""


@dataclass(frozen=True, slots=True)
class Case:
    """A geometry and what is special about it. ``probing``: that the code takes it at all is part of the question."""

    name: str
    geometry: Geometry
    probing: bool = False


def cases(own: Geometry, varied: Set[str], *, own_sizes_only: bool = False) -> tuple[Case, ...]:
    """The layer itself and, each once, the others that there are.

    >>> [case.name for case in cases(Geometry(), {"stride"})][:4]
    ['the layer itself', 'batch of 3', 'more channels', 'non-square input']
    """
    found = [Case(OWN, reduced(own, LARGEST))]
    if own_sizes_only:
        return tuple(found)
    for candidate in _candidates(reduced(own, SMALL), varied):
        if all(candidate.geometry != case.geometry for case in found) and products(candidate.geometry) <= LARGEST:
            found.append(candidate)
    return tuple(found)


def several(found: Sequence[Case]) -> tuple[Case, ...]:
    """The first of them with more than one example, depth and filter, if there is one."""
    many = (c for c in found if min(int(c.geometry.batch), int(c.geometry.depth), int(c.geometry.filters)) > 1)
    return tuple(islice((c for c in many if not c.probing), 1))


def _candidates(g: Geometry, varied: Set[str]) -> Iterator[Case]:
    if isinstance(g, OwnGeometry):
        for name, other in variations(g):
            yield Case(f"{name} {getattr(other, name)}", other)
        return
    yield from _case("batch of 3", g, batch=3)
    more = _channels(g, 1, 2)
    yield from _case("more channels", g, **more)
    if not g.dimensions:
        yield from _case("batch of 4, more inputs", g, batch=4, **_channels(g, 3, 1))
        return
    if g.dimensions > 1:
        yield from _case("non-square input", g, **_larger(g, [d + (d > 0) for d in range(g.dimensions)]))
        yield from _case("higher than wide", g, **_larger(g, [2 * (g.dimensions - 1 - d) for d in range(g.dimensions)]))
    for extra in range(1, min(4, max(int(s) for s in g.stride))):
        yield from _case(f"{extra} row{'s' if extra > 1 else ''} further", g, **_larger(g, [extra] * g.dimensions))
    yield from _case(
        "larger, batch of 2, more channels", g, batch=2, **more, **_larger(g, [3, 4, 3, 4][: g.dimensions])
    )
    yield from _case("one window", g, **_one_window(g), **more)
    if not g.is_pooling or "filter_size" in varied:  # the window of a pooling layer is read from no array
        yield from _filters(g)
    yield from _steps(g, varied)


def _filters(g: Geometry) -> Iterator[Case]:
    size = [int(k) for k in g.filter_size]
    yield from _case(OTHER_FILTER, g, filter_size=tuple(k + 1 for k in size), **_larger(g, [3] * len(size)))
    if len(size) > 1:
        high, wide = (size[0] + 2, *size[1:]), (*size[:-1], size[-1] + 1)
        yield from _case("non-square filter, high", g, filter_size=high, **_larger(g, [4, *([3] * (len(size) - 1))]))
        yield from _case("non-square filter, wide", g, filter_size=wide, **_larger(g, [3] * len(size)))
    yield from _case("filter of 1", g, filter_size=(1,) * len(size))


def _steps(g: Geometry, varied: Set[str]) -> Iterator[Case]:
    n = g.dimensions
    if "stride" in varied:
        yield from _case("stride 2", g, stride=(2,) * n, **_fitting(g, stride=2))
        yield from _case("stride 2, left-over row", g, stride=(2,) * n, **_fitting(g, stride=2, left_over=1))
        wide = max(int(k) for k in g.filter_size) + 1
        yield from _case("stride over filter", g, stride=(wide,) * n, **_fitting(g, stride=wide, left_over=1))
        if n > 1:
            each = tuple(1 + d % 2 for d in range(n))
            yield from _case("a stride for each axis", g, stride=each, **_larger(g, [3] * n))
    if "padding" in varied:
        yield from _case("padding 1", g, padding=((1, 1),) * n)
        wide = max(int(k) for k in g.filter_size)
        yield from _case("padding over filter - 1", g, padding=((wide, wide),) * n)
        yield from _case("uneven padding", g, padding=((1, 0),) * n)
        if "stride" in varied:
            more = {"batch": 2, **_channels(g, 1, 2)}
            step = {"stride": (2,) * n, "padding": ((1, 1),) * n}
            yield from _case("stride 2, padding 1", g, **step, **more, **_larger(g, [2 + d for d in range(n)]))
            yield from _case(
                "stride 3, padding 1", g, **{**step, "stride": (3,) * n}, **_larger(g, [4 + d for d in range(n)])
            )
    if "dilation" in varied:
        reach = [2 * int(k) for k in g.filter_size]
        yield from _case("dilation 2", g, dilation=(2,) * n, **_larger(g, reach))
        if "stride" in varied:
            both = {"dilation": (2,) * n, "stride": (3,) * n}
            yield from _case("dilation 2, stride 3", g, **both, **_larger(g, [k + 2 for k in reach]))
    if "groups" in varied and g.kind in ("conv", "conv-transpose"):
        yield from _case("2 groups", g, groups=2, depth=4, filters=6)
        yield from _case("depthwise", g, groups=3, depth=3, filters=3)


def _case(name: str, g: Geometry, /, **changes: Any) -> Iterator[Case]:
    """The layer with these changes, if there is such a layer."""
    try:
        yield Case(name, replace(g, **changes), name in PROBING)
    except RequestError:
        return


def _channels(g: Geometry, depth: int, filters: int) -> dict[str, int]:
    """So many more per group; pooling has as many of one as of the other."""
    groups = int(g.groups)
    more = int(g.depth) + groups * depth
    return {"depth": more, "filters": more if g.is_pooling else int(g.filters) + groups * filters}


def _larger(g: Geometry, by: list[int]) -> dict[str, tuple[int, ...]]:
    return {"input_size": tuple(int(h) + n for h, n in zip(g.input_size, (by * g.dimensions), strict=False))}


def _fitting(g: Geometry, stride: int, left_over: int = 0) -> dict[str, tuple[int, ...]]:
    """THEORY §1, ``H = S(O-1) + D(K-1) + 1 - P₋ - P₊ + r`` for three windows along the first axis, two along others."""
    if g.kind == "conv-transpose":
        return {}
    sizes = []
    for d in range(g.dimensions):
        span = int(g.dilation[d]) * (int(g.filter_size[d]) - 1) + 1 - sum(int(p) for p in g.padding[d])
        sizes.append(stride * (2 if d == 0 else 1) + span + left_over)
    return {"input_size": tuple(sizes)}


def _one_window(g: Geometry) -> dict[str, tuple[int, ...]]:
    if g.kind == "conv-transpose":
        return {"input_size": (1,) * g.dimensions}
    spans = [
        int(g.dilation[d]) * (int(g.filter_size[d]) - 1) + 1 - sum(int(p) for p in g.padding[d])
        for d in range(g.dimensions)
    ]
    return {"input_size": tuple(max(1, span) for span in spans)}
