"""Slabs: what a window is in them, how little is copied, and the layers that have none."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.schedules.functions import refusal
from tests.schedules.test_functions import LAYOUTS, emitted

SMALL: dict[str, Any] = {"input_size": (9, 8), "filter_size": (4, 3), "depth": 2, "filters": 3}
ALONG_THREE: dict[str, Any] = {k: (v,) * 3 for k, v in {"stride": 1, "dilation": 1, "output_padding": 0}.items()}
VOLUME: dict[str, Any] = {"input_size": (6, 5, 4), "filter_size": (3, 2, 2), "padding": ((0, 0),) * 3}
LAYERS = {
    "plain": Geometry(**SMALL),
    "strided": Geometry(**SMALL, stride=(2, 3)),
    "dilated along the row": Geometry(**SMALL, dilation=(1, 2)),
    "padded": Geometry(**SMALL, padding=((3, 1), (0, 2))),
    "volume": Geometry(**VOLUME, **ALONG_THREE, depth=2, filters=3),
}


def windows(geometry: Geometry, module: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any, Any]:
    """The array that is given, its slabs, and the windows found in them, as the emitted function makes them."""
    seen: list[tuple[Any, Any]] = []
    inner = module["_windows"]

    def noted(slabs: Any, *arguments: Any) -> Any:
        for block, matrices in inner(slabs, *arguments):
            seen.append((slabs, matrices.copy()))
            yield block, matrices

    monkeypatch.setitem(module, "_windows", noted)
    shape = (3, *map(int, geometry.input_size), 2)
    a = np.arange(prod(shape)).reshape(shape)
    module["net_input"](a, np.ones((*map(int, geometry.filter_size), 2, 3), dtype=int))
    return a, seen[0][0], np.concatenate([matrices for _, matrices in seen], axis=1)


@pytest.mark.parametrize("name", LAYERS)
def test_a_window_is_a_run_of_its_slab(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Row by row, the matrices have the same windows as a sliding view of the padded array."""
    geometry = LAYERS[name]
    a, _, found = windows(geometry, emitted(geometry, "mec", "channels_last"), monkeypatch)
    padded = np.pad(a, [(0, 0), *((int(b), int(e)) for b, e in geometry.padding), (0, 0)])
    spans = [int(d) * (int(k) - 1) + 1 for d, k in zip(geometry.dilation, geometry.filter_size, strict=True)]
    axes = tuple(range(1, 1 + len(spans)))
    seen = np.lib.stride_tricks.sliding_window_view(padded, spans, axis=axes)
    steps = [1, *geometry.stride, 1, *geometry.dilation]
    seen = seen[tuple(slice(None, None, int(step)) for step in steps)]
    wanted = np.moveaxis(np.moveaxis(seen, len(spans) + 1, -1), 1, 0).reshape(len(found), -1, found.shape[-1])
    assert np.array_equal(found, wanted)


@pytest.mark.parametrize("name", LAYERS)
def test_slabs_have_the_first_axis_but_once(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where im2col copies K rows for each of the positions, a slab has every row of the padded array."""
    geometry = LAYERS[name]
    _, slabs, found = windows(geometry, emitted(geometry, "mec", "channels_last"), monkeypatch)
    before, after = geometry.padding[0]
    rows = int(geometry.input_size[0]) + int(before) + int(after)
    assert slabs.size * geometry.output_size[0] * int(geometry.filter_size[0]) == found.size * rows


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("columns", [14, 300])
@pytest.mark.parametrize("own", [14, 300])
def test_rows_of_few_positions_and_of_many(layout: str, columns: int, own: int) -> None:
    """Images are taken together or one by one: code for one size serves the other, in blocks that cut rows or not."""
    geometry = Geometry(input_size=(7, own), filter_size=(3, 3), depth=2, filters=3, batch=3)
    by_slabs, plain = (emitted(geometry, s, layout, block=9000) for s in ("mec", "windows"))
    rng = np.random.default_rng(0)
    a, w = rng.integers(-9, 10, (3, 7, columns, 2)), rng.integers(-9, 10, (3, 3, 2, 3))
    delta = rng.integers(-9, 10, (3, 5, columns - 2, 3))
    if layout == "channels_first":
        a, delta, w = np.moveaxis(a, -1, 1), np.moveaxis(delta, -1, 1), w.transpose(3, 2, 0, 1)
    for name, arguments in (
        ("net_input", (a, w)),
        ("input_gradient", (delta, w, (7, columns))),
        ("weight_gradient", (delta, a)),
    ):
        assert np.array_equal(by_slabs[name](*arguments), plain[name](*arguments)), name


def test_layers_without_channels_have_sums_of_nothing() -> None:
    module = emitted(LAYERS["plain"], "mec", "channels_last")
    assert not module["net_input"](np.ones((2, 9, 8, 0)), np.ones((4, 3, 0, 3))).any()
    assert module["input_gradient"](np.ones((2, 6, 6, 3)), np.ones((4, 3, 0, 3))).shape == (2, 9, 8, 0)


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (Geometry(kind="avg-pool"), "weights that are shared"),
        (Geometry(kind="locally-connected"), "weights that are shared"),
        (Geometry(depth=2, filters=2, groups=2), "groups have one each"),
        (
            Geometry(
                input_size=(5,), filter_size=(3,), stride=(1,), dilation=(1,), padding=((0, 0),), output_padding=(0,)
            ),
            "no windows over each other",
        ),
        (Geometry(input_size=(5, 5), filter_size=(1, 3)), "no rows to share"),
        (Geometry(input_size=(5, 5), dilation=(2, 1)), "not next to each other"),
    ],
)
def test_what_it_does_not_serve(geometry: Geometry, told: str) -> None:
    assert told in (refusal(geometry, "mec") or "")
