"""Every schedule computes the derived polynomials, in every direction, exactly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from itertools import cycle, product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from symconv.derivation.elementwise import elementwise
from symconv.derivation.products import PolynomialArray
from symconv.emit import emit_module
from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import layer
from symconv.schedules.functions import SCHEDULES, programs, refusal
from symconv.schedules.signature import emission
from symconv.schedules.unrolled import MOST_PRODUCTS
from tests.cases import ALL_GEOMETRIES, NO_SPACE, products, random_geometries

FEW, MANY = 10, 200
WIDTH = 100
Array = npt.NDArray[Any]

TARGETS = {"net_input": "a", "input_gradient": "a", "weight_gradient": "w", "bias_gradient": "bias"}
"""Which argument a result has the axes of."""
LAYOUTS = ("channels_first", "channels_last")
SERVING = [s for s in SCHEDULES if s != "unrolled"]
"""Those that serve other sizes."""
PAIRS = [
    (kind, schedule)
    for kind in KINDS
    for schedule in SERVING
    if refusal(Geometry(kind=kind, **(NO_SPACE if kind == "dense" else {})), schedule) is None
]
_ARGUMENTS = {
    "net_input": ("net_input", ("a", "w", "bias")),
    "input_gradient": ("input_gradient", ("delta", "w")),
    "weight_gradient": ("weight_gradient", ("delta", "a")),
    "bias_gradient": ("bias_gradient", ("delta",)),
}


def emitted(geometry: Geometry, schedule: str, layout: str = "channels_first", block: int = 0) -> dict[str, Any]:
    """The names of the module that is emitted for a geometry, with another size of its blocks if one is given."""
    text = emit_module(layer(geometry), schedule=schedule, layout=layout, accuracy="fast").text
    assert max(map(len, text.splitlines())) <= WIDTH
    names: dict[str, Any] = {}
    exec(compile(text, "layer.py", "exec"), names)  # noqa: S102
    if block and "BLOCK" in names:
        names |= {"BLOCK": block, "SMALL": 8 * block}
    return names


def exact_arrays(geometry: Geometry, seed: int = 0) -> dict[str, Array]:
    """Random fractions with whole values, so that an average stays exact."""
    rng = np.random.default_rng(seed)
    shapes = {"a": geometry.input_shape, "delta": geometry.output_shape, "w": geometry.weight_shape}
    shapes["bias"] = (int(geometry.filters),) if geometry.bias and not geometry.is_pooling else None
    to_fraction = np.vectorize(Fraction, otypes=[object])
    return {name: to_fraction(rng.integers(-9, 10, shape)) for name, shape in shapes.items() if shape is not None}


def differences(geometry: Geometry, schedule: str, layout: str = "channels_first", block: int = 0) -> list[str]:
    """The functions of the emitted module whose result is not that of the elementwise road."""
    module, arrays, road = emitted(geometry, schedule, layout, block), exact_arrays(geometry), elementwise(geometry)
    wrong, dimensions = [], geometry.dimensions
    for name, (function, arguments) in _ARGUMENTS.items():
        polynomials: PolynomialArray | None = getattr(road, name)
        if polynomials is None:
            continue
        given = [
            laid_out(arrays[argument], argument, layout, dimensions) for argument in arguments if argument in arrays
        ]
        expected = laid_out(polynomials.evaluate(arrays), TARGETS[name], layout, dimensions)
        if not np.array_equal(module[function](*given), expected):
            wrong.append(f"{geometry}: {schedule}, {layout}, {block}: {name}")
    return wrong


def laid_out(array: Array, name: str, layout: str, dimensions: int) -> Array:
    """An array with channels first in a layout (INTERFACE, "The emitted module")."""
    if layout == "channels_first" or name == "bias":
        return array
    if name != "w":
        return np.moveaxis(array, 1, -1)
    taps, own = range(2, 2 + dimensions), range(2 + dimensions, array.ndim)
    return array.transpose(*own, *taps, 1, 0)


def applies(geometry: Geometry, schedule: str, layout: str = "channels_first") -> bool:
    if schedule == "unrolled" and products(geometry) > MOST_PRODUCTS:
        return False
    return refusal(geometry, schedule, layout) is None


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_every_schedule_computes_the_polynomials(geometry: Geometry, schedule: str, layout: str) -> None:
    if applies(geometry, schedule, layout):
        assert differences(geometry, schedule, layout) == []
    else:
        with pytest.raises(RequestError, match=f"schedule {schedule} "):
            emit_module(layer(geometry), schedule=schedule, layout=layout, accuracy="fast")


@pytest.mark.parametrize(("layout", "block"), [("channels_first", 0), ("channels_first", 48), ("channels_last", 48)])
@pytest.mark.parametrize(("kind", "schedule"), [(kind, s) for kind in KINDS for s in SCHEDULES])
def test_every_schedule_at_random_geometries(kind: str, schedule: str, layout: str, block: int) -> None:
    """In blocks of a few cells too, which large layers are worked on in."""
    drawn = [g for g in random_geometries(kind, FEW) if applies(g, schedule, layout)]
    assert [line for geometry in drawn for line in differences(geometry, schedule, layout, block)] == []


@pytest.mark.slow
@pytest.mark.parametrize("schedule", SCHEDULES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_schedule_at_every_random_geometry(kind: str, schedule: str) -> None:
    """Layouts, and the usual and the smallest blocks, take turns."""
    turns = zip(random_geometries(kind, MANY)[FEW:], cycle(product(LAYOUTS, (0, 48))), strict=False)
    drawn = [(g, layout, block) for g, (layout, block) in turns if applies(g, schedule, layout)]
    assert [line for g, layout, block in drawn for line in differences(g, schedule, layout, block)] == []


@pytest.mark.parametrize(("kind", "schedule"), PAIRS)
def test_one_module_serves_other_sizes(kind: str, schedule: str) -> None:
    """Batch, depth, filters and spatial sizes are read from the arrays."""
    for geometry in [g for g in random_geometries(kind, 20, seed=3) if applies(g, schedule)][:4]:
        module = emitted(geometry, schedule)
        try:
            other = neighbour(geometry)
        except RequestError:  # a window of padding only
            continue
        arrays, road = exact_arrays(other), elementwise(other)
        given = {n: [arrays[a] for a in args if a in arrays] for n, (_, args) in _ARGUMENTS.items()}
        assert np.array_equal(module["net_input"](*given["net_input"]), road.net_input.evaluate(arrays))
        gradient = module["input_gradient"](*given["input_gradient"], input_size=other.input_size)
        assert np.array_equal(gradient, road.input_gradient.evaluate(arrays))


def neighbour(geometry: Geometry) -> Geometry:
    """The same layer with one more of everything that emitted code reads from its arrays."""
    changed: Mapping[str, Any] = {
        "input_size": tuple(int(n) + 1 + d for d, n in enumerate(geometry.input_size)),
        "batch": int(geometry.batch) + 1,
        "depth": int(geometry.depth) + int(geometry.groups),
        "filters": int(geometry.filters) + int(geometry.groups),
    }
    fields = {name: getattr(geometry, name) for name in Geometry.__dataclass_fields__}
    return Geometry(**(fields | dict(changed)))


@pytest.mark.parametrize("schedule", SERVING)
@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64, object])
def test_results_keep_the_dtype(schedule: str, dtype: type) -> None:
    strided = Geometry(input_size=(5, 4), stride=(2, 1), depth=2, filters=4, padding=((1, 0), (0, 1)))
    others = (replace(strided, stride=(1, 1)), replace(strided, groups=2))
    geometry = next(g for g in (strided, *others) if applies(g, schedule))
    module = emitted(geometry, schedule)
    arrays: dict[str, Array] = {name: array.astype(int).astype(dtype) for name, array in exact_arrays(geometry).items()}
    for function, arguments in _ARGUMENTS.values():
        assert module[function](*(arrays[a] for a in arguments)).dtype == dtype


@pytest.mark.parametrize("schedule", [s for s in SCHEDULES if s == "unrolled" or ("avg-pool", s) in PAIRS])
@pytest.mark.parametrize(
    "geometry",
    [
        Geometry(kind="avg-pool", padding=((1, 1), (1, 1)), count_include_pad=False),
        Geometry(kind="avg-pool", filter_size=(1, 1)),
    ],
    ids=["uncounted", "one-cell"],
)
def test_averages_of_integers_are_float64(geometry: Geometry, schedule: str) -> None:
    module = emitted(geometry, schedule)
    a = np.arange(9).reshape(geometry.input_shape)
    assert module["net_input"](a).dtype == np.float64
    assert module["input_gradient"](np.ones(geometry.output_shape, dtype=int)).dtype == np.float64


@pytest.mark.parametrize(("kind", "schedule"), PAIRS)
def test_an_empty_batch_gives_empty_results_and_zero_gradients(kind: str, schedule: str) -> None:
    geometry = next(g for g in random_geometries(kind, 20, seed=5) if applies(g, schedule))
    module, arrays = emitted(geometry, schedule), exact_arrays(geometry)
    arrays["a"], arrays["delta"] = arrays["a"][:0], arrays["delta"][:0]
    for name, (function, arguments) in _ARGUMENTS.items():
        if function not in module:
            continue
        result = module[function](*(arrays[a] for a in arguments if a in arrays))
        assert result.shape[0] == 0 if name in ("net_input", "input_gradient") else not result.any()


@pytest.mark.parametrize("schedule", [s for s in SCHEDULES if s != "depthwise"])
@pytest.mark.parametrize(
    ("function", "shapes", "told"),
    [
        ("net_input", [(1, 1, 3), (1, 1, 2, 2)], r"\(1, 1, 3\)"),
        ("net_input", [(1, 2, 3, 3), (1, 1, 2, 2)], r"\(1, 2, 3, 3\)"),
        ("net_input", [(1, 1, 3, 3), (1, 1, 3, 3)], r"2, 2\)"),
        ("net_input", [(1, 1, 3, 3), (1, 1, 2, 2), (2,)], r"\(2,\)"),
        ("input_gradient", [(1, 2, 2, 2), (1, 1, 2, 2)], r"\(1, 2, 2, 2\)"),
        ("input_gradient", [(1, 1, 3, 2), (1, 1, 2, 2)], r"\(1, 1, 3, 2\)"),
        ("weight_gradient", [(1, 1, 3, 3), (1, 1, 3, 3)], r"\(1, 1, 3, 3\)"),
        ("bias_gradient", [(1, 1, 3)], r"\(1, 1, 3\)"),
    ],
)
def test_a_wrong_shape_is_told_with_both_shapes(schedule: str, function: str, shapes: list[Any], told: str) -> None:
    strided = Geometry(stride=(2, 2), padding=((1, 0), (1, 0)))  # of the same shapes
    module = emitted(Geometry() if applies(Geometry(), schedule) else strided, schedule)
    with pytest.raises(ValueError, match=told):
        module[function](*(np.ones(shape) for shape in shapes))


@pytest.mark.parametrize("schedule", [s for s in SERVING if s not in ("mec", "toeplitz")])
@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_channels_that_do_not_split_are_told_with_both_shapes(kind: str, schedule: str) -> None:
    geometry = Geometry(kind=kind, depth=2, filters=2, groups=2)
    if not applies(geometry, schedule):  # a stride, and the same shapes
        after = 1 if kind == "conv-transpose" else 0
        geometry = replace(geometry, stride=(2, 2), padding=((1, after), (1, after)))
    module = emitted(geometry, schedule)
    side = (4, 4) if kind == "conv-transpose" else (2, 2)
    a, w, delta = np.ones((1, 2, 3, 3)), np.ones((3, 1, 2, 2)), np.ones((1, 2, *side))
    more_a, more_delta = (np.insert(array, 0, 1, axis=1) for array in (a, delta))
    calls: tuple[tuple[Callable[[], Any], str], ...] = (
        (lambda: module["net_input"](more_a if kind == "conv-transpose" else a, w), r"\(3, 1, 2, 2\)"),
        (lambda: module["input_gradient"](delta if kind == "conv-transpose" else more_delta, w), r"\(3, 1, 2, 2\)"),
        (lambda: module["weight_gradient"](delta, more_a), r"\(1, 3, 3, 3\)"),
        (lambda: module["weight_gradient"](more_delta, a), r"\(1, 3, \d, \d\)"),
    )
    for call, told in calls:
        with pytest.raises(ValueError, match=rf"has shape {told}, expected \(.*\)$"):
            call()


def test_unrolled_refuses_what_nobody_reads() -> None:
    with pytest.raises(RequestError, match="unrolled would write"):
        emit_module(layer(Geometry(input_size=(20, 20))), schedule="unrolled")


def test_an_unknown_schedule_is_one_sentence() -> None:
    with pytest.raises(RequestError, match="'fourier' is not there yet; choose auto, unrolled, loops"):
        emit_module(layer(Geometry()), schedule="fourier")


STRIDED = Geometry(
    input_size=(7, 6), filter_size=(3, 2), stride=(2, 1), padding=((1, 0), (1, 1)), depth=2, groups=2, filters=2
)
PARTS = ("exchange", "split", "shift", "separate", "renumber", "nest", "sample", "flip", "pad")


@pytest.mark.parametrize(
    ("schedule", "grouped", "chains"),
    [
        ("unrolled", False, ((), (), ())),
        ("loops", False, (("solve",), ("exchange", "solve"), ("exchange", "solve"))),
        ("im2col", False, (("pad",), ("exchange", "insert_zeros", "flip", "pad"), ("exchange", "pad"))),
        ("taps", False, (("pad",), ("exchange",), ("exchange", "pad"))),
        ("polyphase", False, (("pad",), PARTS, ("exchange", "pad"))),
        ("depthwise", True, (("pad",), PARTS, ("exchange", "pad"))),
        ("mec", False, (("pad",), ("exchange", "insert_zeros", "flip", "pad"), ("exchange", "pad"))),
        (
            "toeplitz",
            False,
            (
                ("pad", "split", "subtotal", "group"),
                ("exchange", "insert_zeros", "flip", "pad", "split", "subtotal", "group"),
                ("exchange", "pad", "split", "subtotal", "group"),
            ),
        ),
    ],
)
def test_a_function_names_the_laws_that_it_is_built_on(
    schedule: str, grouped: bool, chains: tuple[tuple[str, ...], ...]
) -> None:
    """None solves a relation but the loops; a scatter, the parts of a stride and a band have chains of their own."""
    geometry = STRIDED if grouped else replace(STRIDED, groups=1)
    found = programs(emission(geometry), schedule)
    assert tuple(p.laws for p in found[:3]) == chains
