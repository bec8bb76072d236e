"""The schedule for few channels: how long its runs are, where a NaN gets to, and where auto takes it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.schedules import toeplitz
from symconv.schedules.choose import choose
from symconv.schedules.functions import refusal
from symconv.schedules.signature import emission
from tests.schedules.test_functions import emitted

LENET: dict[str, Any] = {"input_size": (28, 28), "filter_size": (5, 5), "padding": ((2, 2), (2, 2)), "batch": 64}
FIRST = Geometry(**LENET, filters=6)
SECOND = Geometry(**LENET | {"input_size": (14, 14), "padding": ((0, 0), (0, 0))}, depth=6, filters=16)


def run(geometry: Geometry, goal: str = "net_input") -> int:
    """The positions of a run."""
    layer = emission(geometry, "channels_last")
    return int(toeplitz.law(layer, getattr(layer.derived, goal)).output.extent)


def test_the_fewer_the_channels_the_longer_the_runs() -> None:
    """Narrow matrices are widened; wide ones would only get more zeros."""
    wide = Geometry(**LENET, depth=256, filters=256)
    assert run(FIRST) >= run(SECOND) > run(wide) == 1
    assert run(FIRST, "input_gradient") >= run(FIRST)


@pytest.mark.parametrize("positions", [5, 7, 11])
def test_runs_are_no_longer_than_the_row(positions: int) -> None:
    assert run(Geometry(input_size=(8, positions + 4), filter_size=(5, 5), filters=2)) <= positions


@pytest.mark.parametrize("layout", ["channels_first", "channels_last"])
def test_rows_that_runs_do_not_fill(layout: str) -> None:
    """The last run hangs over at most lengths of a row: the same results as without runs."""
    assert run(FIRST) > 1
    banded, plain = (emitted(FIRST, schedule, layout) for schedule in ("toeplitz", "im2col"))
    rng = np.random.default_rng(0)
    w = rng.integers(-9, 10, (5, 5, 1, 6))
    for columns in range(5, 5 + 2 * run(FIRST)):
        a, delta = (rng.integers(-9, 10, (2, 3, columns, n)) for n in (1, 6))
        if layout == "channels_first":
            a, delta = (np.moveaxis(array, -1, 1) for array in (a, delta))
        weights = w if layout == "channels_last" else w.transpose(3, 2, 0, 1)
        for name, arguments in (
            ("net_input", (a, weights)),
            ("input_gradient", (delta, weights, (3, columns))),
            ("weight_gradient", (delta, a)),
        ):
            assert np.array_equal(banded[name](*arguments), plain[name](*arguments)), (name, columns)


def test_a_nan_reaches_its_run_only() -> None:
    """Zeros of the band are multiplied: results of other windows of the same run are NaN too, and no others."""
    size = run(FIRST)
    a, w = np.zeros((1, 28, 28, 1)), np.ones((5, 5, 1, 6))
    a[0, 14, 14] = np.nan
    found = np.isnan(emitted(FIRST, "toeplitz", "channels_last")["net_input"](a, w)[0, :, :, 0])
    rows, columns = (set(map(int, found.any(axis=k).nonzero()[0])) for k in (1, 0))
    reached = range(12, 17)
    assert rows == {*reached}
    assert {*reached} <= columns <= {k for j in reached for k in range(j // size * size, j // size * size + size)}


def test_auto_takes_it_for_few_channels() -> None:
    chosen = choose(FIRST, dtype="float32", layout="channels_last").schedules
    assert chosen == dict.fromkeys(("net", "∂E/∂a", "∂E/∂w"), "toeplitz")


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (Geometry(depth=2, filters=2, groups=2), "groups have one each"),
        (replace(Geometry(), filter_size=(2, 1)), "makes no band"),
        (Geometry(kind="avg-pool"), "shared by all positions"),
        (Geometry(kind="locally-connected"), "shared by all positions"),
    ],
)
def test_what_it_does_not_serve(geometry: Geometry, told: str) -> None:
    assert told in (refusal(geometry, "toeplitz") or "")
