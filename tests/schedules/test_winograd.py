"""Winograd's schedule: its text is exact on fractions, near on floats, and refused where it does not apply."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from fractions import Fraction
from itertools import cycle
from math import prod
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from symconv.algebra.transform import transform
from symconv.bench.rows import ROWS, Row
from symconv.derivation.elementwise import elementwise
from symconv.derivation.winograd import winograd
from symconv.emit import emit_module, emit_test, fill
from symconv.errors import RequestError
from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.module_source import module_context
from symconv.schedules.choose import choose
from symconv.schedules.functions import programs
from symconv.schedules.layout import LAYOUTS
from symconv.schedules.meter import BLOCK
from symconv.schedules.signature import emission
from symconv.schedules.winograd_plan import refusal
from symconv.schedules.winograd_tile import Tiling, rounding, taps_at_stride_1, tiles_of
from symconv.verify.reference import expected, magnitude, shapes
from symconv.verify.source import verify_source
from tests.cases import GEOMETRIES, products, random_geometries
from tests.derivation.test_winograd import directions, taps_of

Array = npt.NDArray[Any]
MOST = 3_000


def space(
    size: tuple[int, ...],
    taps: tuple[int, ...],
    dilation: tuple[int, ...] | None = None,
    padding: tuple[tuple[int, int], ...] | None = None,
    stride: tuple[int, ...] | None = None,
    **more: Any,
) -> Geometry:
    """A layer, at stride 1 where no other is given."""
    ones = (1,) * len(size)
    return Geometry(
        input_size=size,
        filter_size=taps,
        stride=stride or ones,
        dilation=dilation or ones,
        padding=padding or ((0, 0),) * len(size),
        output_padding=(0,) * len(size),
        **more,
    )


CASES = {
    "tiles and a part of one, batch": space((9, 8), (3, 3), padding=((1, 1), (1, 1)), depth=2, filters=3, batch=3),
    "one dimension": space((9,), (3,), depth=2, filters=3),
    "three dimensions, one without taps": space((5, 4, 6), (2, 3, 1), padding=((0, 1), (1, 1), (0, 0)), depth=2),
    "dilation": space((9, 10), (3, 2), dilation=(2, 3), padding=((1, 2), (0, 1)), depth=2, filters=2),
    "groups": space((6, 6), (3, 3), padding=((1, 1), (1, 1)), depth=4, filters=6, groups=2),
    "flipped": space((7, 6), (2, 3), flip=True, depth=2),
    "transposed": space((5, 4), (3, 2), kind="conv-transpose", depth=2, filters=3),
    "transposed in groups": space(
        (5, 4), (3, 2), None, ((1, 0), (1, 1)), kind="conv-transpose", depth=4, groups=2, filters=2
    ),
    "padding over the input": space((3, 4), (2, 2), padding=((4, 2), (3, 5))),
    "more images than a chunk holds, and not twice as many": space((5,), (2,), batch=65),
    "more rows than a chunk holds": space((290,), (2,)),
    "larger filters": space((11, 9), (5, 4), padding=((2, 2), (1, 2)), depth=2),
    "blocks of filters": space((5, 6), (2, 2), depth=8, filters=16),
    "stride": space((9, 8), (3, 3), stride=(2, 2), padding=((1, 1), (1, 1)), depth=2, filters=3, batch=3),
    "stride, one dimension": space((25,), (11,), stride=(4,), padding=((2, 2),), depth=3, filters=5, batch=2),
    "stride in the last of two, flipped": space(
        (7, 9), (2, 5), stride=(1, 3), padding=((2, 1), (1, 1)), depth=2, filters=2, flip=True
    ),
    "stride in the first of two, dilation in the other": space(
        (7, 9), (3, 3), stride=(2, 1), dilation=(1, 2), depth=2, filters=3
    ),
    "stride in the outer of three": space((5, 4, 5), (3, 2, 3), stride=(2, 1, 2), depth=2),
    "stride, rows left over that no part reaches": space((6, 5), (3, 2), stride=(1, 2), depth=2, filters=3),
    "stride over the filter": space((8, 12), (2, 4), stride=(3, 2), depth=2),
    "stride, transposed": space((5, 4), (3, 4), stride=(2, 2), kind="conv-transpose", depth=2, filters=3),
    "stride that the filter fills, blocks of filters": space((17,), (4,), stride=(2,), depth=3, filters=16, batch=2),
    "stride, padding over the input": space(
        (5, 6), (3, 3), stride=(2, 3), padding=((3, 4), (4, 4)), depth=8, filters=16
    ),
    "blocks of filters that outweigh tiles": space((3, 3), (2, 2), depth=8, filters=16, batch=2),
}
FUNCTIONS = ("net_input", "input_gradient", "weight_gradient")


def in_layout(layout: str, array: Array, name: str) -> Array:
    """An array as callers hold it in a layout, given channels first."""
    if layout == "channels_first":
        return array
    return array.transpose(*range(2, array.ndim), 1, 0) if name == "w" else np.moveaxis(array, 1, -1)


def module(geometry: Geometry, layout: str = "channels_first") -> dict[str, Any]:
    """The names of the emitted module."""
    names: dict[str, Any] = {}
    text = emit_module(layer(geometry), schedule="winograd", layout=layout, accuracy="fast").text
    exec(compile(text, "layer.py", "exec"), names)  # noqa: S102
    return names


def arguments(geometry: Geometry, layout: str, function: str, tensors: dict[str, Array]) -> tuple[Any, ...]:
    """What the function by tiles is given: arrays, and the sizes of the result or of its positions."""
    size = geometry.input_shape[2:] if function == "input_gradient" else geometry.output_shape[2:]
    names = {"net_input": ("a", "w"), "input_gradient": ("delta", "w"), "weight_gradient": ("delta", "a")}[function]
    return (*(in_layout(layout, tensors[name], name) for name in names), *size)


def differences(geometry: Geometry, layout: str, made_for: Geometry | None = None, workers: int = 1) -> list[str]:
    """The functions by tiles that do not give the polynomials of the elementwise road on fractions.

    ``made_for``: the module is that of another geometry; so many workers share the work.
    """
    random = np.random.default_rng(3)
    to_fraction = np.vectorize(Fraction, otypes=[object])
    tensors = {name: to_fraction(random.integers(-9, 10, shape)) for name, shape in shapes(geometry).items()}
    tensors["bias"] = to_fraction(np.zeros(int(geometry.filters), dtype=int))
    road, names, wrong = elementwise(geometry), module(made_for or geometry, layout), []
    names["CHUNK"] = 1  # as few tiles at a time as there ever are: 64
    names["WIDTH"], names["SMALL"] = 16, 512  # columns and rows are taken apart, where there are 16
    for function in FUNCTIONS:
        wanted = getattr(road, function).evaluate(tensors)
        found = names[f"_{function}_in_tiles"](*arguments(geometry, layout, function, tensors), workers)
        if not np.array_equal(found, in_layout(layout, wanted, "w" if function == "weight_gradient" else "a")):
            wrong.append(f"{geometry}, {layout}: {function}")
    return wrong


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", CASES)
def test_the_text_by_tiles_is_exact_on_fractions(name: str, layout: str) -> None:
    assert differences(CASES[name], layout) == []


@pytest.mark.parametrize("name", CASES)
def test_workers_share_chunks_of_tiles_and_blocks_of_filters(name: str) -> None:
    assert differences(CASES[name], "channels_last", workers=3) == []


@pytest.mark.parametrize(("layout", "channels"), [("channels_first", "N, C"), ("channels_last", "C, N")])
def test_blocks_of_the_weight_gradient_are_added_with_channels_as_the_result_has_them(
    layout: str, channels: str
) -> None:
    """So that nothing is turned cell by cell: at 512 channels that took longer than all of the rest."""
    [row] = [row for row in ROWS if row.name == "resnet-3x3-512"]
    text = emit_module(layer(row.geometry), schedule="winograd", layout=layout, accuracy="fast").text
    assert f"dw = np.zeros((3, 3, {channels})," in text


def test_workers_share_blocks_of_filters_in_every_chunk() -> None:
    few = space((3,), (2,), depth=32, filters=32)
    assert all(Tiling(few, goal, (2,)).by_block for goal in ("net", "∂E/∂a", "∂E/∂w"))
    assert differences(replace(few, batch=65), "channels_last", made_for=few, workers=2) == []


@pytest.mark.parametrize("layout", LAYOUTS)
def test_blocks_of_filters_in_several_chunks(layout: str) -> None:
    few = space((3,), (2,), depth=2, filters=16)
    assert Tiling(few, "net", (2,)).by_block
    assert differences(replace(few, batch=65), layout, made_for=few) == []


def applicable(kind: str, count: int, seed: int) -> list[Geometry]:
    """Random geometries, and the same at stride 1, to which the schedule applies."""
    found = []
    for geometry in random_geometries(kind, count, seed):
        candidates = [geometry]
        with suppress(RequestError):  # at stride 1 the padding may leave nothing
            ones, none = (1,) * geometry.dimensions, (0,) * geometry.dimensions
            candidates.append(replace(geometry, stride=ones, output_padding=none))
        found += [g for g in dict.fromkeys(candidates) if refusal(g) is None and products(g) <= MOST]
    return found


@pytest.mark.parametrize(("kind", "count"), [("conv", 30), ("conv-transpose", 20)])
def test_random_geometries(kind: str, count: int) -> None:
    drawn = applicable(kind, count, 5)
    assert len(drawn) > count / 4
    assert sum(any(s != 1 for s in g.stride) for g in drawn) > 1
    assert [wrong for k, geometry in enumerate(drawn) for wrong in differences(geometry, LAYOUTS[k % 2])] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_many_random_geometries(kind: str) -> None:
    drawn = applicable(kind, 400, 6)
    assert len(drawn) >= 200
    turns = zip(drawn, cycle(LAYOUTS), strict=False)
    assert [wrong for geometry, layout in turns for wrong in differences(geometry, layout)] == []


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("channels", [1, 64])
def test_floats_are_near_and_mostly_far_nearer(dtype: type[np.floating], channels: int) -> None:
    """Within FAST u of the largest Σ|terms|; and a wrong matrix would be off by far more."""
    geometry = space((17, 18), (3, 3), padding=((1, 1), (1, 1)), depth=channels, filters=2, batch=2)
    names, random = module(geometry), np.random.default_rng(8)
    exact = {
        name: random.standard_normal(shape).astype(dtype).astype(float) for name, shape in shapes(geometry).items()
    }
    unit = float(np.finfo(dtype).eps) / 2
    for function in FUNCTIONS:
        tensors = {name: array.astype(dtype) for name, array in exact.items() if name != "bias"}
        found = names[f"_{function}_in_tiles"](*arguments(geometry, "channels_first", function, tensors))
        wanted = expected(function, geometry, {n: a.astype(np.longdouble) for n, a in exact.items() if n != "bias"})
        largest = float(magnitude(function, geometry, {n: a for n, a in exact.items() if n != "bias"}).max())
        assert found.dtype == dtype
        assert np.abs(found - wanted).max() <= FAST * unit * largest / 2


def test_both_paths_are_there_and_exact_numbers_take_the_plain_sum() -> None:
    geometry = CASES["tiles and a part of one, batch"]
    names = module(geometry)
    called: list[Any] = []

    def watched(function: Callable[..., Array]) -> Callable[..., Array]:
        def call(*given: Any) -> Array:
            called.append(given[0].dtype)
            return function(*given)

        return call

    for function in FUNCTIONS:
        names[f"_{function}_in_tiles"] = watched(names[f"_{function}_in_tiles"])
    ones = {name: np.ones(shape) for name, shape in shapes(geometry).items()}
    for dtype in (np.float32, np.float64, np.int64, np.complex128, object, np.float16, np.longdouble):
        given = {name: array.astype(dtype) for name, array in ones.items()}
        assert names["net_input"](given["a"], given["w"]).dtype == dtype
        assert names["input_gradient"](given["delta"], given["w"]).dtype == dtype
        assert names["weight_gradient"](given["delta"], given["a"]).dtype == dtype
    assert called == [np.float32] * 3 + [np.float64] * 3


def test_empty_arrays_take_the_plain_sum() -> None:
    geometry = CASES["stride"]
    names = module(geometry)
    nothing = np.zeros((2, 0, 9, 8)), np.zeros((7, 0, 3, 3)), np.zeros((2, 7, 5, 4))
    assert not names["net_input"](*nothing[:2]).any()
    assert names["input_gradient"](nothing[2], nothing[1]).shape == (2, 0, 9, 8)
    assert names["weight_gradient"](nothing[2], nothing[0]).shape == (7, 0, 3, 3)
    assert names["net_input"](np.zeros((0, 2, 9, 8)), np.zeros((3, 2, 3, 3))).shape == (0, 3, 5, 4)


def test_the_verifier_accepts_it_as_fast_and_not_as_exact() -> None:
    made = layer(CASES["tiles and a part of one, batch"], activation_name="tanh")
    text = emit_module(made, schedule="winograd", accuracy="fast").text
    assert verify_source(text, made, accuracy="fast")
    assert not verify_source(text, made)


@pytest.mark.parametrize("name", ["one dimension", "dilation", "transposed in groups"])
def test_the_verifier_accepts_it(name: str) -> None:
    made = replace(layer(CASES[name], activation_name="relu"), dtype="float32")
    assert verify_source(emit_module(made, schedule="winograd", accuracy="fast").text, made, accuracy="fast")


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
def test_its_emitted_tests_pass_and_both_files_are_formatted(layout: str, tmp_path: Path) -> None:
    made = layer(CASES["three dimensions, one without taps"], activation_name="tanh")
    source = emit_module(made, schedule="winograd", layout=layout, accuracy="fast")
    (tmp_path / "layer.py").write_text(source.text, encoding="utf-8")
    (tmp_path / "test_layer.py").write_text(emit_test(made, layout, source.accuracy), encoding="utf-8")
    assert "test_floats_are_near_whole_numbers" in (tmp_path / "test_layer.py").read_text(encoding="utf-8")
    ruff = ["ruff", "format", "--isolated", "--no-cache", "--line-length", "100", "--diff"]
    for command in (["pytest", "-q", "-p", "no:cacheprovider"], ruff):
        ran = subprocess.run(
            [sys.executable, "-m", *command, str(tmp_path)], capture_output=True, text=True, check=False
        )
        assert ran.returncode == 0, ran.stdout


def test_auto_takes_it_only_where_it_is_allowed_and_pays() -> None:
    large = space((56, 56), (3, 3), padding=((1, 1), (1, 1)), depth=64, filters=64, batch=4)
    fast, exact, small = choose(large, accuracy="fast"), choose(large), choose(GEOMETRIES["lesson"], accuracy="fast")
    assert (set(fast.schedules.values()), fast.accuracy) == ({"winograd"}, "fast")
    assert "winograd" not in {*exact.schedules.values(), *small.schedules.values()}
    assert (exact.accuracy, small.accuracy) == ("exact", "exact")
    reasons = {e.reason for e in exact.table if e.schedule == "winograd"}
    assert reasons == {"it rounds more than the plain sum; --accuracy fast admits it"}
    assert emit_module(layer(GEOMETRIES["lesson"]), accuracy="fast").accuracy == "exact"


MISTAKEN = replace(CASES["tiles and a part of one, batch"], batch=23)
STEP, ACROSS = tiles_of(MISTAKEN, "net") or (0, 0)
DIVISOR = transform(STEP, 3).divisor * transform(ACROSS, 3).divisor
ROW_OF_B = transform(STEP, 3).B[1]
MISTAKES = {
    "another matrix": (f"[{', '.join(map(str, ROW_OF_B))}]", f"[{', '.join(map(str, (*ROW_OF_B[:-1], 7)))}]"),
    "another divisor": (f", {DIVISOR}, out=filters)", f", {DIVISOR} * 1.000001, out=filters)"),
    "tiles too far apart": (
        f"_inside({STEP} * t, 1, {STEP} * rows, O1)",
        f"_inside({STEP} * t + 1, 1, {STEP} * rows, O1)",
    ),
    "stale images counted": ("delta_cells[len(part) :] = 0", "pass"),
    "a block of filters left out": ("range(0, N, width)", "range(width, N, width)"),
    "no padding": (f"_inside(k2 - 1, {ACROSS}, T2, H2)", f"_inside(k2, {ACROSS}, T2, H2)"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_the_verifier_finds_mistakes_in_the_fast_path(name: str) -> None:
    made = layer(MISTAKEN)
    text = emit_module(made, schedule="winograd", accuracy="fast").text.replace("CHUNK = 2**21", "CHUNK = 1")
    assert verify_source(text, made, accuracy="fast")
    right, wrong = MISTAKES[name]
    assert right in text
    assert not verify_source(text.replace(right, wrong), made, accuracy="fast")


@pytest.mark.parametrize("layout", LAYOUTS)
def test_it_holds_no_more_than_it_says(layout: str) -> None:
    """Measured: the result, U or M with its share, and three chunks, at either size of the batch."""
    geometry = space((30, 30), (3, 3), padding=((1, 1), (1, 1)), depth=16, filters=16)
    names = module(geometry, layout)
    for batch in (8, 64):
        sized = replace(geometry, batch=batch)
        tensors = {name: np.ones(shape, np.float32) for name, shape in shapes(sized).items()}
        for function in FUNCTIONS:
            given = arguments(sized, layout, function, tensors)
            names[f"_{function}_in_tiles"](*given)
            tracemalloc.start()
            result = names[f"_{function}_in_tiles"](*given)
            _, peak = tracemalloc.get_traced_memory()
            tracemalloc.stop()
            assert peak <= result.nbytes + 3 * 36 * 16 * 16 * 4 + 3 * names["CHUNK"]


@pytest.mark.slow
@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("row", [row for row in ROWS if row.family != "tiny"], ids=lambda row: row.name)
def test_no_layer_of_the_table_holds_more_than_three_times_its_arrays(row: Row, layout: str) -> None:
    """What auto takes, measured: the result and the workspace, beside a block, which small arrays are less than."""
    text = emit_module(replace(layer(row.geometry), dtype="float32"), layout=layout, accuracy="fast").text
    names: dict[str, Any] = {}
    exec(compile(text, "layer.py", "exec"), names)  # noqa: S102
    tensors = {name: np.ones(shape, np.float32) for name, shape in shapes(row.geometry).items() if name != "bias"}
    held = {name: np.ascontiguousarray(in_layout(layout, array, name)) for name, array in tensors.items()}
    size = row.geometry.input_shape[2:]
    calls = {"net_input": ("a", "w"), "input_gradient": ("delta", "w", size), "weight_gradient": ("delta", "a")}
    for function, given in calls.items():
        arguments = [held[name] if isinstance(name, str) else name for name in given]
        names[function](*arguments)
        tracemalloc.start()
        result = names[function](*arguments)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        arrays = result.nbytes + sum(array.nbytes for array in arguments if isinstance(array, np.ndarray))
        assert peak <= 3 * arrays + BLOCK, f"{function}: {peak / arrays:.1f}"


def test_workspace_does_not_grow_with_the_batch() -> None:
    names = module(space((30, 30), (3, 3), depth=8, filters=8))
    sizes = {names["_chunk"](batch, 7, 7, 36 * 16 * 4, names["CHUNK"], 10**9, 1) for batch in (100, 1000)}
    assert all(images * rows * 7 <= max(64, names["CHUNK"] / (36 * 16 * 4)) for images, rows in sizes)
    assert names["_chunk"](0, 7, 7, 1, 1, 10**9, 1) == (1, 1)


def test_a_chunk_takes_no_more_than_the_arrays_do_but_for_a_row() -> None:
    chunk = module(space((30, 30), (3, 3), depth=8, filters=8))["_chunk"]
    assert chunk(4, 7, 7, 1000, 10**9, 4 * 49 * 1000, 1) == (4, 7)
    assert chunk(4, 7, 7, 1000, 10**9, 2 * 49 * 1000, 1) == (2, 7)
    assert chunk(4, 7, 7, 1000, 10**9, 10, 1) == (1, 1)


def test_chunks_are_no_larger_than_a_workers_share_and_together_than_the_arrays() -> None:
    chunk = module(space((30, 30), (3, 3), depth=8, filters=8))["_chunk"]
    assert chunk(4, 7, 7, 1, 10**9, 10**9, 2) == (2, 7)
    assert chunk(1, 6, 7, 1, 10**9, 10**9, 2) == (1, 3)
    assert chunk(4, 7, 7, 1000, 10**9, 2 * 49 * 1000, 2) == (1, 7)
    assert chunk(4, 7, 7, 1, 10**9, 10**9, 0) == (4, 7)


REFUSED = {
    "a stride and a dilation": (space((9,), (3,), (2,), stride=(2,)), "by its stride or its dilation, not by both"),
    "a stride and groups": (space((9,), (3,), stride=(2,), depth=2, filters=2, groups=2), "groups have channels of"),
    "one tap": (space((4, 4), (1, 1)), "a filter of one tap"),
    "one tap at each residue": (space((4, 4), (2, 3), stride=(2, 3)), "or of one at each residue of the stride"),
    "a filter that leaves no tile": (space((40,), (24,)), "its rounding would exceed"),
    "weights that are not shared": (replace(GEOMETRIES["lesson"], kind="locally-connected"), "shared by all positions"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_it_says_why_it_does_not_apply(name: str) -> None:
    geometry, why = REFUSED[name]
    with pytest.raises(RequestError, match=why):
        emit_module(layer(geometry), schedule="winograd", accuracy="fast")


def test_it_is_not_emitted_where_exact_is_asked() -> None:
    with pytest.raises(RequestError, match="schedule winograd rounds more than the plain sum"):
        emit_module(layer(GEOMETRIES["lesson"]), schedule="winograd")


@pytest.mark.parametrize(
    ("extent", "channels", "batch", "tile"),
    [(56, 64, 4, (4, 4)), (28, 128, 4, (4, 4)), (14, 256, 8, (5, 5)), (7, 512, 8, (4, 4)), (7, 512, 32, (4, 4))],
)
def test_tiles_are_those_that_outputs_fill(extent: int, channels: int, batch: int, tile: tuple[int, ...]) -> None:
    ones = ((1, 1), (1, 1))
    large = space((extent, extent), (3, 3), padding=ones, depth=channels, filters=channels, batch=batch)
    for goal in MIXED:
        assert tiles_of(large, goal) == tile


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("name", CASES)
def test_costs_count_the_entries_of_v_that_the_laws_give(name: str, flip: bool) -> None:
    """For the weight gradient too, where flips and transposed layers decide whether V is made of a or of δ."""
    geometry = replace(CASES[name], flip=flip)
    for goal, derivation in zip(MIXED, directions(geometry), strict=True):
        tile = tiles_of(geometry, goal)
        assert tile is not None
        tiling = Tiling(geometry, goal, tile)
        law = winograd(derivation, taps_of(geometry), tile, tiling.row_dimension)
        entries = tiling.tiles * tiling.points * tiling.channels[0] * int(geometry.groups)
        assert prod(int(a.extent) for a in law.of_array.output.axes) == entries, goal


def test_every_tile_rounds_as_little_as_is_allowed() -> None:
    wide = space((12, 12, 12), (5, 5, 5))
    for geometry in (wide, *CASES.values()):
        for goal in MIXED:
            tile = tiles_of(geometry, goal)
            assert tile is not None
            assert rounding(tile, taps_at_stride_1(geometry)) <= FAST
    assert rounding((4, 4, 4), (5, 5, 5)) > FAST


@pytest.mark.parametrize(("m", "r", "d"), [(2, 3, 2), (3, 3, 2), (4, 3, 2), (5, 3, 2), (5, 3, 1), (4, 5, 2), (4, 3, 3)])
def test_errors_of_one_channel_are_below_the_estimate_and_not_far(m: int, r: int, d: int) -> None:
    """Of a thousand tiles the largest error, each in units of u of the tile's largest Σ|terms|."""
    by, random, axes = transform(m, r), np.random.default_rng(0), tuple(range(1, d + 1))

    def along(matrix: Any, array: Array) -> Array:
        for k in axes:
            array = np.moveaxis(np.tensordot(np.array(matrix, array.dtype), array, (1, k)), 0, k)
        return array

    w, a = (random.standard_normal((1000, *(n,) * d)).astype(np.float32) for n in (r, m + r - 1))
    found = along(by.A, along(by.G, w / np.float32(by.divisor**d)) * along(by.B, a))
    exact, terms = (
        along(by.A, along(by.G, v / by.divisor**d) * along(by.B, x))
        for v, x in ((w.astype(float), a.astype(float)), (abs(w.astype(float)), abs(a.astype(float))))
    )
    errors = np.abs(found - exact).max(axes) / terms.max(axes) * 2**24
    assert errors.max() <= rounding((m,) * d, (r,) * d) <= 12 * errors.max()


MIXED = {"net": "winograd", "∂E/∂a": "taps", "∂E/∂w": "winograd"}


def test_a_module_has_each_function_by_tiles_once_beside_the_one_that_calls_it() -> None:
    found = programs(emission(CASES["groups"]), MIXED)
    assert [p.name for p in found] == [
        "net_input",
        "_net_input_in_tiles",
        "input_gradient",
        "weight_gradient",
        "_weight_gradient_in_tiles",
        "bias_gradient",
    ]
    assert [p.name for p in found if p.law] == ["_net_input_in_tiles", "_weight_gradient_in_tiles"]


def test_directions_by_tiles_and_others_make_one_module_that_is_fast() -> None:
    made = layer(CASES["groups"], activation_name="tanh")
    text = fill("numpy/layer.py", provenance="", **module_context(made, MIXED))
    assert "_input_gradient_in_tiles" not in text
    assert verify_source(text, made, accuracy="fast")
    assert not verify_source(text, made)


def test_auto_takes_it_where_filters_outweigh_tiles_too() -> None:
    large = space((14, 14), (3, 3), padding=((1, 1), (1, 1)), depth=256, filters=256, batch=8)
    chosen = choose(large, dtype="float32", accuracy="fast")
    assert set(chosen.schedules.values()) == {"winograd"}
    assert chosen.accuracy == "fast"
