"""Groups of few channels: the polynomials at random geometries, rows read as one axis, and what auto makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy

from symconv.derivation.elementwise import elementwise
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.schedules.choose import choose
from symconv.schedules.depthwise import _joined
from symconv.schedules.functions import refusal
from symconv.schedules.place import strided
from symconv.schedules.program import View
from symconv.schedules.reading import read
from symconv.schedules.signature import emission
from tests.cases import random_geometries
from tests.schedules.test_functions import LAYOUTS, differences, emitted, exact_arrays, laid_out, neighbour

FEW, MANY = 8, 200
MOBILENET: dict[str, Any] = {"input_size": (28, 28), "filter_size": (3, 3), "padding": ((1, 1), (1, 1))}
DEPTHWISE = Geometry(**MOBILENET, depth=128, filters=128, groups=128, batch=2)


def grouped(kind: str, count: int) -> list[Geometry]:
    """Random geometries with groups, of up to two channels and two filters each."""
    drawn = random_geometries(kind, 3 * count, seed=11)
    return [g for g in drawn if int(g.groups) > 1][:count]


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_random_groups(kind: str, layout: str) -> None:
    assert [line for g in grouped(kind, FEW) for line in differences(g, "depthwise", layout)] == []


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_many_random_groups(kind: str, layout: str) -> None:
    drawn = [g for g in random_geometries(kind, 3 * MANY, seed=11) if int(g.groups) > 1][:MANY]
    assert len(drawn) == MANY
    assert [line for g in drawn for line in differences(g, "depthwise", layout)] == []


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_one_module_serves_groups_of_other_sizes(kind: str, layout: str) -> None:
    """One more channel and filter in each group, one more image, another input size."""
    for geometry in grouped(kind, FEW)[:4]:
        try:
            other = neighbour(geometry)
        except RequestError:  # a window of padding only
            continue
        module, road, arrays = emitted(geometry, "depthwise", layout), elementwise(other), exact_arrays(other)
        given = {name: laid_out(array, name, layout, other.dimensions) for name, array in arrays.items()}
        net = module["net_input"](*(given[n] for n in ("a", "w", "bias") if n in given))
        assert np.array_equal(net, laid_out(road.net_input.evaluate(arrays), "a", layout, other.dimensions))
        da = module["input_gradient"](given["delta"], given["w"], input_size=other.input_size)
        assert np.array_equal(da, laid_out(road.input_gradient.evaluate(arrays), "a", layout, other.dimensions))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, object])
def test_results_keep_the_dtype(dtype: type) -> None:
    geometry = Geometry(input_size=(5, 4), stride=(2, 1), depth=2, filters=4, groups=2, padding=((1, 0), (0, 1)))
    module, arrays = emitted(geometry, "depthwise"), exact_arrays(geometry)
    given: dict[str, Any] = {name: array.astype(int).astype(dtype) for name, array in arrays.items()}
    a, w, delta = given["a"], given["w"], given["delta"]
    assert module["net_input"](a, w, given["bias"]).dtype == dtype
    assert module["input_gradient"](delta, w).dtype == module["weight_gradient"](delta, a).dtype == dtype


def test_a_row_of_all_groups_is_one_axis() -> None:
    """The view that joins position and group reads the cells that the one with both reads."""
    layer = emission(DEPTHWISE, "channels_last")
    reading = read(layer, layer.derived.net_input)
    assert reading is not None
    held, order = (*reading.sides, *reading.group, reading.channel), (*reading.counts, *reading.group, reading.channel)
    _, view = strided("image", held, reading.sides, (*reading.taps, *order))
    values = {"O1": 3, "O2": 4, "C": 256, "s0": 6 * 256 * 8, "s1": 256 * 8, "s2": 8}
    numbers = {s: values[str(s)] for n in view.shape + view.strides for s in sympy.sympify(n).free_symbols}
    image = np.random.default_rng(0).random((5, 6, 256))

    def number(size: Any) -> int:
        return int(size.subs(numbers)) if isinstance(size, sympy.Expr) else int(size)

    def seen(v: View) -> npt.NDArray[Any]:
        return np.ndarray([*map(number, v.shape)], image.dtype, image, 0, [*map(number, v.strides)])

    apart, joined = seen(view), seen(_joined(view))
    assert joined.shape == (3, 3, 3, 4 * 128, 2)
    assert np.array_equal(apart.reshape(joined.shape), joined)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_auto_takes_it_for_one_channel_in_each_group(layout: str) -> None:
    assert set(choose(DEPTHWISE, dtype="float32", layout=layout).schedules.values()) == {"depthwise"}


def test_auto_multiplies_matrices_where_groups_have_many_channels() -> None:
    wide = Geometry(**MOBILENET, depth=128, filters=128, groups=4)
    assert "depthwise" not in choose(wide, dtype="float32").schedules.values()


@pytest.mark.parametrize(
    ("geometry", "told"),
    [
        (Geometry(), "without groups"),
        (Geometry(kind="avg-pool"), "shared by all positions"),
        (Geometry(kind="locally-connected"), "shared by all positions"),
    ],
)
def test_what_it_does_not_serve(geometry: Geometry, told: str) -> None:
    assert told in (refusal(geometry, "depthwise") or "")
