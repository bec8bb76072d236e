"""The choice of schedules: what is offered, what is asked for, and the reason in one sentence."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from symconv.bench.rows import ROWS
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.schedules.choose import choose
from symconv.schedules.layout import LAYOUTS
from symconv.schedules.rates import Rates
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, NO_SPACE

NAMED = Geometry(input_size=("H", "W"), filter_size=(3, 3))
LARGE: dict[str, Any] = {"input_size": (56, 56), "filter_size": (3, 3), "depth": 64, "filters": 64, "batch": 4}
STRIDED = Geometry(**LARGE, stride=(2, 2), padding=((1, 1), (1, 1)))
NET, DA, DW = "net", "∂E/∂a", "∂E/∂w"


@pytest.mark.parametrize("geometry", [*ALL_GEOMETRIES, pytest.param(NAMED, id="named")])
def test_auto_takes_the_cheapest_that_serves_every_size(geometry: Geometry) -> None:
    chosen = choose(geometry)
    for goal, schedule in chosen.schedules.items():
        offered = {e.schedule: e.cost.seconds for e in chosen.table if e.goal == goal and not e.reason}
        assert schedule == min(offered, key=lambda name: offered[name])
        assert not {"loops", "unrolled"} & set(offered)
    assert chosen.why.startswith(chosen.schedules[NET])
    assert chosen.why.endswith(".")


@pytest.mark.parametrize(
    ("geometry", "goal", "schedule"),
    [
        (Geometry(), NET, "im2col"),
        (Geometry(kind="dense", **NO_SPACE, depth=400, filters=10), NET, "taps"),
        (Geometry(kind="avg-pool"), NET, "taps"),
        (Geometry(**LARGE | {"depth": 256, "filters": 256}), NET, "im2col"),
    ],
)
def test_auto_by_kind(geometry: Geometry, goal: str, schedule: str) -> None:
    assert choose(geometry).schedules[goal] == schedule


def test_auto_takes_its_own_schedule_for_depthwise_layers_with_channels_last() -> None:
    geometry = Geometry(**LARGE | {"depth": 128, "filters": 128}, groups=128)
    assert set(choose(geometry, layout="channels_last").schedules.values()) == {"depthwise"}


MEASURED = {
    "resnet-1x1-1024": {NET: "im2col", DA: "im2col", DW: "im2col"},
    "resnet-3x3-64": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnet-3x3-128": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnet-3x3-256": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "vgg-3x3-64": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnet-3x3-512": {NET: "winograd", DA: "winograd"},
    "resnet-3x3-512-b32": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "dilated-3x3-256": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnet-stem-7x7": {DA: "winograd"},
    "alexnet-stem-11x11": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnet-stride2-128": {NET: "im2col", DA: "polyphase"},
    "signal-9-64": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "video-3x3x3-32": {NET: "winograd", DA: "winograd", DW: "winograd"},
    "resnext-3x3-128": {NET: "im2col", DA: "im2col", DW: "im2col"},
    "lenet-5x5-1": {NET: "toeplitz", DA: "toeplitz"},
    "tiny-3x3-2": {NET: "im2col", DA: "im2col", DW: "im2col"},
}
"""The fastest schedule in float32 where roundings of ``fast`` are allowed, those that others come near left out."""


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", MEASURED)
def test_auto_takes_what_was_measured_to_be_the_fastest(name: str, layout: str) -> None:
    [row] = [row for row in ROWS if row.name == name]
    chosen = choose(row.geometry, dtype="float32", layout=layout, accuracy="fast").schedules
    assert {goal: chosen[goal] for goal in MEASURED[name]} == MEASURED[name]


def test_auto_passes_over_what_holds_more_than_three_times_the_arrays() -> None:
    """Many filters on few positions: at the points of a tile they are several times what they are."""
    few = replace(GEOMETRIES["three-dimensions"], input_size=(10, 6, 6), filter_size=(3, 3, 3), depth=67, filters=67)
    strided = Geometry(**LARGE | {"input_size": (16, 16), "depth": 256, "filters": 512, "batch": 1}, stride=(2, 2))
    for geometry in (few, strided):
        chosen = choose(geometry, dtype="float32", accuracy="fast")
        reasons = {(e.goal, e.schedule): e.reason for e in chosen.table}
        assert reasons[DW, "winograd"] == "it holds more than three times the arrays"
        assert chosen.schedules[DW] != "winograd"


def test_auto_takes_the_cheapest_where_every_schedule_holds_more_than_that() -> None:
    """Padding of many times the input has to be held by all of them."""
    filter_, around = (31, 31), ((15, 15), (15, 15))
    geometry = Geometry(input_size=(4, 4), filter_size=filter_, padding=around, depth=16, filters=16, batch=64)
    for accuracy in ("exact", "fast"):
        assert choose(geometry, dtype="float32", accuracy=accuracy).schedules[NET] in (
            "taps",
            "im2col",
            "mec",
            "toeplitz",
        )


def test_auto_does_not_copy_every_window_of_a_large_layer() -> None:
    reasons = {e.schedule: e.reason for e in choose(Geometry(**LARGE)).table if e.goal == NET}
    assert reasons["windows"] == "it copies every window at once"


def test_auto_multiplies_no_inserted_zeros_where_that_costs() -> None:
    assert choose(STRIDED).schedules[DA] in ("polyphase", "taps")


def test_costs_are_those_of_the_nodes() -> None:
    """56 rows of 56 windows of 9·64 entries times 64 filters; zeros that are inserted are counted where multiplied."""
    table = {(e.goal, e.schedule): e.cost for e in choose(Geometry(**LARGE, padding=((1, 1), (1, 1)))).table}
    products = 4 * 56 * 56 * 9 * 64 * 64
    assert table[NET, "taps"].products == pytest.approx(products, rel=0.1)
    assert table[NET, "im2col"].products == pytest.approx(products, rel=0.1)  # whole blocks
    strided = {(e.goal, e.schedule): e.cost for e in choose(STRIDED).table}
    assert strided[DA, "im2col"].products > 3.5 * strided[DA, "polyphase"].products


def test_the_constants_decide() -> None:
    """Where it takes a second to move a byte, the schedule that moves the fewest is taken."""
    chosen = choose(STRIDED, rates=Rates(bandwidth=1.0, cached=1.0))
    offered = [e for e in chosen.table if e.goal == DA and not e.reason]
    assert chosen.schedules[DA] == min(offered, key=lambda e: e.cost.bytes).schedule


def test_what_is_asked_for_is_taken() -> None:
    chosen = choose(Geometry(), "loops")
    assert chosen.why == "loops: as asked."
    assert set(chosen.schedules.values()) == {"loops"}


def test_an_unknown_accuracy_is_one_sentence() -> None:
    with pytest.raises(RequestError, match="'rough' is not known; choose one of exact, fast"):
        choose(Geometry(), accuracy="rough")
