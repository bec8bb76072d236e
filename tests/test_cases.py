"""The generator of geometries: the same ones every time, and among them every mistake people make."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from symconv.layers.geometry import KINDS, Geometry
from tests.cases import GEOMETRIES, random_geometries

SPATIAL = ("conv", "conv-transpose", "locally-connected", "avg-pool")
CONVOLUTIONS = ("conv", "conv-transpose")


def per_dimension(geometry: Geometry) -> Iterator[tuple[int, int, int, int, int]]:
    """(taps, stride, dilation, padding before, padding after) of every dimension."""
    g = geometry
    for taps, stride, dilation, (before, after) in zip(g.filter_size, g.stride, g.dilation, g.padding, strict=True):
        yield int(taps), int(stride), int(dilation), int(before), int(after)


FEATURES: dict[str, tuple[tuple[str, ...], Callable[[Geometry], bool]]] = {
    "stride": (SPATIAL, lambda g: any(s > 1 for _, s, _, _, _ in per_dimension(g))),
    "stride over filter": (SPATIAL, lambda g: any(s > k for k, s, _, _, _ in per_dimension(g))),
    "dilation": (SPATIAL, lambda g: any(d > 1 and k > 1 for k, _, d, _, _ in per_dimension(g))),
    "stride and dilation": (SPATIAL, lambda g: any(s > 1 and d > 1 and k > 1 for k, s, d, _, _ in per_dimension(g))),
    "uneven padding": (SPATIAL, lambda g: any(p != q for _, _, _, p, q in per_dimension(g))),
    "padding over filter-1": (SPATIAL, lambda g: any(p > d * (k - 1) for k, _, d, p, _ in per_dimension(g))),
    "left-over rows": (SPATIAL, lambda g: any(r > 0 for r in g.left_over)),
    "not square": (SPATIAL, lambda g: len(set(g.input_size)) > 1 and len(set(g.filter_size)) > 1),
    "one dimension": (SPATIAL, lambda g: g.dimensions == 1),
    "two dimensions": (SPATIAL, lambda g: g.dimensions == 2),
    "three dimensions": (SPATIAL, lambda g: g.dimensions == 3),
    "batch": (KINDS, lambda g: g.batch != 1),
    "depth": (KINDS, lambda g: g.depth != 1),
    "filters": ((*CONVOLUTIONS, "dense", "locally-connected"), lambda g: g.filters != 1),
    "no bias": ((*CONVOLUTIONS, "dense", "locally-connected"), lambda g: not g.bias),
    "bias": ((*CONVOLUTIONS, "dense", "locally-connected"), lambda g: g.bias),
    "groups": (CONVOLUTIONS, lambda g: 1 < int(g.groups) < max(int(g.depth), int(g.filters))),
    "depthwise": (CONVOLUTIONS, lambda g: 1 < int(g.groups) == g.depth),
    "flip": (CONVOLUTIONS, lambda g: g.flip),
    "output padding": (("conv-transpose",), lambda g: any(g.output_padding)),
    "uncounted padding": (("avg-pool",), lambda g: not g.count_include_pad and any(map(any, g.padding))),
    "ceil mode": (("avg-pool",), lambda g: g.ceil_mode and any(r < 0 for r in g.left_over)),
}


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_geometries(kind: str) -> None:
    first = random_geometries(kind, 30, seed=3)
    assert first == random_geometries(kind, 30, seed=3)
    assert first[:10] == random_geometries(kind, 10, seed=3)
    assert first != random_geometries(kind, 30, seed=4)
    assert len(set(first)) == 30
    assert {g.kind for g in first} == {kind}


@pytest.mark.parametrize("name", FEATURES)
def test_forty_geometries_have_every_feature(name: str) -> None:
    kinds, has = FEATURES[name]
    lacking = [kind for kind in kinds if not any(map(has, random_geometries(kind, 40)))]
    assert not lacking


@pytest.mark.parametrize("name", FEATURES)
def test_the_table_has_every_feature(name: str) -> None:
    _, has = FEATURES[name]
    assert any(map(has, GEOMETRIES.values()))
