"""The choice of a schedule: what is offered, what is asked for, and the reason in one sentence."""

from __future__ import annotations

import pytest

from symconv.layers.geometry import Geometry
from symconv.schedules.choose import choose
from tests.cases import ALL_GEOMETRIES, NO_SPACE

NAMED = Geometry(input_size=("H", "W"), filter_size=(3, 3))


@pytest.mark.parametrize("geometry", [*ALL_GEOMETRIES, pytest.param(NAMED, id="named")])
def test_auto_takes_the_cheapest_that_serves_every_size(geometry: Geometry) -> None:
    chosen = choose(geometry)
    offered = {e.schedule: e.seconds for e in chosen.table if not e.reason}
    assert chosen.schedule == min(offered, key=lambda name: offered[name])
    assert not {"loops", "unrolled"} & set(offered)
    assert chosen.why.startswith(chosen.schedule)
    assert chosen.why.endswith(".")


@pytest.mark.parametrize(
    ("geometry", "schedule"),
    [
        (Geometry(), "im2col"),
        (Geometry(kind="dense", **NO_SPACE, depth=400, filters=10), "im2col"),
        (Geometry(kind="avg-pool"), "windows"),
    ],
)
def test_auto_by_kind(geometry: Geometry, schedule: str) -> None:
    assert choose(geometry).schedule == schedule


def test_what_is_asked_for_is_taken() -> None:
    assert choose(Geometry(), "loops").why == "loops: as asked."
