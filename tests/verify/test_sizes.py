"""Twins and neighbours: what is fixed in the code stays fixed, and what a mistake may hide behind varies."""

from __future__ import annotations

import pytest

from symconv.layers.geometry import KINDS, Geometry
from symconv.verify.sizes import concrete, neighbours, products, reduced
from tests.cases import random_geometries

FIXED = ("kind", "filter_size", "stride", "dilation", "padding", "output_padding", "groups", "flip", "ceil_mode")
RANDOM = [pytest.param(g, id=f"{kind}-{k}") for kind in KINDS for k, g in enumerate(random_geometries(kind, 12))]
HUGE = Geometry(
    input_size=(224, 224), filter_size=(7, 5), stride=(2, 3), padding=((3, 3), (2, 2)), depth=64, filters=128, batch=8
)


def fixed(geometry: Geometry) -> tuple[object, ...]:
    return tuple(getattr(geometry, name) for name in FIXED)


@pytest.mark.parametrize("most", [10, 1_500, 10**6])
def test_a_twin_has_the_structure_of_the_layer(most: int) -> None:
    twin = reduced(HUGE, most)
    assert products(twin) <= max(most, 35)
    assert (fixed(twin), twin.left_over) == (fixed(HUGE), HUGE.left_over)


@pytest.mark.parametrize("geometry", RANDOM)
def test_a_small_layer_is_its_own_twin(geometry: Geometry) -> None:
    assert reduced(geometry, products(geometry)) is geometry
    assert products(reduced(geometry, 1)) <= products(geometry)


@pytest.mark.parametrize("geometry", RANDOM)
def test_neighbours_vary_all_that_may_vary(geometry: Geometry) -> None:
    near = neighbours(geometry)
    assert all(fixed(n) == fixed(geometry) for n in near)
    assert len({n.batch for n in near}) >= 3
    assert len({n.depth for n in near}) >= 3
    assert geometry not in near
    if geometry.dimensions > 1:
        assert any(len(set(n.input_size)) == geometry.dimensions for n in near)


def test_neighbours_see_every_number_of_left_over_rows() -> None:
    geometry = Geometry(input_size=(9, 9), filter_size=(2, 2), stride=(3, 4))
    seen = [{n.left_over[d] for n in (geometry, *neighbours(geometry))} for d in (0, 1)]
    assert seen == [{0, 1, 2}, {0, 1, 2, 3}]


def test_a_named_input_size_becomes_a_number() -> None:
    geometry = concrete(Geometry(input_size=("H", "W")))
    assert geometry.is_numeric
    assert geometry.input_size[0] != geometry.input_size[1]
