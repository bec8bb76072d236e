"""Test vectors: what the formulas mean, exact in the dtype of the layer, and the same bytes each time."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from symconv.api import layer_of
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.specification import specify
from symconv.vectors import LARGEST, exact_vectors, packed, write_vectors

CASES: list[dict[str, object]] = [
    {},
    {"input": "2x7x6", "filter": "3x2", "filters": 4, "groups": 2, "stride": "2x1", "padding": "1:0x2", "batch": 2},
    {"input": "9", "filter": "3", "dilation": 2, "flip": True, "bias": False},
    {"layer": "dense", "depth": 5, "filters": 3, "batch": 2},
    {"layer": "locally-connected", "input": "4x4", "filters": 2},
    {"layer": "conv-transpose", "input": "2x3x3", "filter": "3x3", "stride": 2, "output_padding": 1, "filters": 3},
    {"layer": "avg-pool", "input": "5x5", "filter": "3x2", "stride": 2, "padding": 1, "count_include_pad": False},
]


def made(given: dict[str, object]) -> Layer:
    return layer_of(specify(given))


def flat(array: npt.NDArray[Any]) -> list[int]:
    return [int(v) for v in array.reshape(-1)]


@pytest.mark.parametrize("given", CASES, ids=lambda given: given.get("layer", "conv"))
def test_gradients_are_those_of_the_pairing(given: dict[str, object]) -> None:
    """``Σ δ·(net - β) = Σ a·∂E/∂a = Σ w·∂E/∂w`` and ``∂E/∂β = Σ δ``: what exchange promises, in whole numbers."""
    v = exact_vectors(made(given))
    bias = v.get("bias", np.zeros(1, np.int64)).reshape(1, -1, *[1] * (v["net"].ndim - 2))
    error = sum(flat(v["delta"] * (v["net"] - bias)))
    assert error == sum(flat(v["a"] * v["da"]))
    if "w" in v:
        assert error == sum(flat(v["w"] * v["dw"]))
    if "dbias" in v:
        assert flat(v["dbias"]) == flat(v["delta"].sum(axis=(0, *range(2, v["delta"].ndim))))


def test_net_input_of_the_lesson_by_hand() -> None:
    v = exact_vectors(made({}))
    a, w, net = v["a"][0, 0], v["w"][0, 0], v["net"][0, 0]
    for i in range(2):
        for j in range(2):
            assert net[i, j] == (a[i : i + 2, j : j + 2] * w).sum() + v["bias"][0]


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("given", CASES, ids=lambda given: given.get("layer", "conv"))
def test_every_number_is_exact_in_the_dtype(given: dict[str, object], dtype: str) -> None:
    layer = made({**given, "dtype": dtype})
    vectors = exact_vectors(layer)
    assert all(array.dtype == np.int64 and np.array_equal(array.astype(dtype), array) for array in vectors.values())
    assert 9 < abs(vectors["a"]).max()
    assert layer.geometry.is_pooling or abs(vectors["a"]).max() <= LARGEST


def test_shapes_are_those_of_the_emitted_code() -> None:
    geometry = made(CASES[1]).geometry
    v = exact_vectors(made(CASES[1]))
    assert v["a"].shape == v["da"].shape == geometry.input_shape
    assert v["delta"].shape == v["net"].shape == geometry.output_shape
    assert v["w"].shape == v["dw"].shape == geometry.weight_shape
    assert v["bias"].shape == v["dbias"].shape == (4,)


def test_what_a_layer_lacks_is_left_out() -> None:
    assert list(exact_vectors(made(CASES[2]))) == ["a", "w", "delta", "net", "da", "dw"]
    assert list(exact_vectors(made(CASES[6]))) == ["a", "delta", "net", "da"]


def test_the_file_is_plain_npz_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    layer = made(CASES[1])
    for name in ("one.npz", "two.npz"):
        write_vectors(layer, tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
    expected = exact_vectors(layer)
    with np.load(tmp_path / "one.npz", allow_pickle=False) as stored:
        assert set(stored) == {*expected, "metadata"}
        assert all(np.array_equal(stored[name], array) for name, array in expected.items())
        record = json.loads(str(stored["metadata"]))
    assert record["layer"]["filter_size"] == [3, 2]
    assert record["dtype"] == "float64"


def test_packing_does_not_look_at_the_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    arrays = {"a": np.arange(3)}
    before = packed(arrays)
    monkeypatch.setattr("time.time", lambda: 2e9)
    assert packed(arrays) == before
    assert np.array_equal(np.load(io.BytesIO(before))["a"], arrays["a"])


@pytest.mark.parametrize(
    ("given", "name", "sentence"),
    [
        ({}, "vectors.txt", "does not end in .npz"),
        ({"input": "HxW"}, "v.npz", "is a name"),
        ({"input": "2000x2000", "filter": "5x5"}, "v.npz", "too many to write out"),
        (
            {
                "layer": "avg-pool",
                "input": "41",
                "filter": "40",
                "padding": 39,
                "count_include_pad": False,
                "dtype": "float32",
            },
            "v.npz",
            "do not stay exact below 2^24; give a smaller layer",
        ),
    ],
)
def test_what_can_not_be_written_is_refused(tmp_path: Path, given: dict[str, object], name: str, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence.replace("^", r"\^")):
        write_vectors(made(given), tmp_path / name)
    assert not list(tmp_path.iterdir())
