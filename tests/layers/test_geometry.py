"""Geometries: output sizes counted window by window, and one sentence for every request that makes no sense."""

from __future__ import annotations

from typing import Any

import pytest

from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, LIMIT, LIMIT_TAPS, Geometry, resolve_same_padding, show
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, NO_SPACE, random_geometries


def line(**changes: Any) -> Geometry:
    """One dimension: H = 7, K = 3."""
    fields: dict[str, Any] = {
        "input_size": (7,),
        "filter_size": (3,),
        "stride": (1,),
        "dilation": (1,),
        "padding": ((0, 0),),
        "output_padding": (0,),
    }
    return Geometry(**(fields | changes))


def windows_that_fit(geometry: Geometry, d: int) -> int:
    """Starts 0, S, 2S, … in the padded input from which the last tap is still inside."""
    before, after = (int(v) for v in geometry.padding[d])
    padded = int(geometry.input_size[d]) + before + after
    span = int(geometry.dilation[d]) * (int(geometry.filter_size[d]) - 1) + 1
    return sum(1 for start in range(0, padded, int(geometry.stride[d])) if start + span <= padded)


@pytest.mark.parametrize("kind", ["conv", "locally-connected"])
def test_output_size_counts_the_windows_that_fit(kind: str) -> None:
    for geometry in random_geometries(kind, 60, seed=19):
        assert geometry.output_size == tuple(windows_that_fit(geometry, d) for d in range(geometry.dimensions))


def test_left_over_rows_are_what_the_last_window_leaves() -> None:
    for geometry in random_geometries("conv", 60, seed=23):
        for d, rest in enumerate(geometry.left_over):
            stride, span = int(geometry.stride[d]), int(geometry.dilation[d]) * (int(geometry.filter_size[d]) - 1) + 1
            end = stride * (geometry.output_size[d] - 1) + span
            padded = int(geometry.input_size[d]) + sum(int(v) for v in geometry.padding[d])
            assert 0 <= rest == padded - end < stride


def test_transposed_is_the_convolution_read_the_other_way() -> None:
    """A convolution from the output back to the input has exactly the small size, and r = output padding."""
    for geometry in random_geometries("conv-transpose", 60, seed=29):
        for d in range(geometry.dimensions):
            back = line(
                input_size=(geometry.output_size[d],),
                filter_size=(geometry.filter_size[d],),
                stride=(geometry.stride[d],),
                dilation=(geometry.dilation[d],),
                padding=(geometry.padding[d],),
            )
            assert back.output_size == (geometry.input_size[d],)
            assert back.left_over == (geometry.output_padding[d],)


@pytest.mark.parametrize(
    ("size", "taps", "stride", "padding", "expected"),
    [
        (6, 3, 2, (0, 0), 3),
        (7, 3, 2, (0, 0), 3),
        (5, 2, 2, (0, 0), 3),
        (5, 2, 2, (1, 1), 3),  # a fourth window would start in the padding after
        (6, 2, 3, (0, 1), 2),
    ],
)
def test_ceil_mode_adds_a_window_that_hangs_over(
    size: int, taps: int, stride: int, padding: tuple[int, int], expected: int
) -> None:
    geometry = line(
        kind="avg-pool", input_size=(size,), filter_size=(taps,), stride=(stride,), padding=(padding,), ceil_mode=True
    )
    assert geometry.output_size == (expected,)


def test_shapes_are_those_of_the_emitted_code() -> None:
    shapes = {name: (g.input_shape, g.weight_shape, g.output_shape) for name, g in GEOMETRIES.items()}
    assert shapes["groups"] == ((1, 4, 4, 3), (6, 2, 2, 2), (1, 6, 2, 2))
    assert shapes["transposed-groups"] == ((1, 4, 2, 2), (4, 1, 2, 1), (1, 2, 4, 3))
    assert shapes["dense"] == ((2, 4), (3, 4), (2, 3))
    assert shapes["locally-connected"] == ((1, 2, 3, 3), (2, 2, 2, 2, 2, 2), (1, 2, 2, 2))
    assert shapes["average-pooling"] == ((1, 2, 4, 4), None, (1, 2, 2, 2))


REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("no such layer", {"kind": "dropout"}, "the layer 'dropout' is not known; choose one of conv, conv-transpose"),
    ("dimensions", {"filter_size": (2, 2)}, "input size 7 has 1 spatial dimensions, but filter size 2x2"),
    (
        "too many taps",
        {"input_size": (9000,), "filter_size": (8000,)},
        f"filter size 8000 has 8000 taps; give at most {LIMIT_TAPS}",
    ),
    ("stride 0", {"stride": (0,)}, f"stride 0 is out of range; give a whole number from 1 to {LIMIT}"),
    ("dilation 0", {"dilation": (0,)}, "dilation 0 is out of range"),
    ("padding -1", {"padding": ((0, -1),)}, "padding -1 is out of range; give a whole number from 0"),
    ("input 10^9", {"input_size": (10**9,)}, "input size 1000000000 is out of range"),
    ("batch 0", {"batch": 0}, "batch 0 is out of range"),
    ("groups and depth", {"groups": 2, "depth": 3, "filters": 4}, "groups 2 does not divide depth 3; give a divisor"),
    ("groups and filters", {"groups": 2, "depth": 4, "filters": 3}, "groups 2 does not divide filters 3"),
    (
        "groups of pooling",
        {"kind": "avg-pool", "groups": 2, "depth": 2},
        "groups 2 on an avg-pool layer has no meaning",
    ),
    ("filter over input", {"filter_size": (8,)}, "in dimension 1 it spans 8 cells of 7; give a smaller filter"),
    ("dilated over input", {"dilation": (4,)}, "in dimension 1 it spans 9 cells of 7"),
    ("filter over input beside a name", {"filter_size": (8,), "depth": "C"}, "it spans 8 cells of 7"),
    ("output padding", {"output_padding": (1,)}, "output padding on a conv layer has no meaning"),
    (
        "output padding over stride",
        {"kind": "conv-transpose", "output_padding": (2,), "stride": (2,)},
        "output padding 2 is not less than the stride 2; give at most S - 1",
    ),
    (
        "padding takes all",
        {"kind": "conv-transpose", "input_size": (1,), "padding": ((2, 2),)},
        "padding 2:2 leaves no output in dimension 1; give less padding",
    ),
    ("ceil mode", {"ceil_mode": True}, "ceil mode on a conv layer has no meaning; it belongs to pooling"),
    ("flip", {"kind": "avg-pool", "flip": True}, "flip on an avg-pool layer has no meaning; it belongs to convolution"),
    (
        "no cell to count",
        {"kind": "avg-pool", "count_include_pad": False, "filter_size": (2,), "padding": ((2, 0),)},
        "padding 2:0 gives window 0 of dimension 1 no cell to count; give less padding, or count it",
    ),
    (
        "memory",
        {"input_size": (60000,), "depth": 60000},
        f"the input array 1x60000x60000 has more than {2**31} entries; give smaller sizes",
    ),
]


@pytest.mark.parametrize(("changes", "sentence"), [pytest.param(c, s, id=name) for name, c, s in REFUSED])
def test_a_request_that_makes_no_sense_gets_one_sentence(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        line(**changes)
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)
    assert ";" in str(refusal.value), "what to do follows a semicolon"


@pytest.mark.parametrize("kind", ["dense", "locally-connected", "avg-pool"])
def test_only_convolutions_have_groups(kind: str) -> None:
    space = NO_SPACE if kind == "dense" else {}
    with pytest.raises(RequestError, match=f"groups 2 on an? {kind} layer has no meaning; leave groups out"):
        Geometry(kind=kind, groups=2, depth=2, filters=2, **space)


def test_names_are_left_to_the_algebra() -> None:
    geometry = line(input_size=("H",), filter_size=("K",), padding=(("P", "Q"),), depth="C")
    assert not geometry.is_numeric
    assert not geometry.is_numeric_in(0)
    with pytest.raises(RequestError, match="is a name; give a number where numbers are needed"):
        _ = geometry.output_size
    with pytest.raises(RequestError, match="the size C, H is a name"):
        _ = geometry.input_shape


def test_a_dimension_is_numeric_by_itself() -> None:
    geometry = Geometry(input_size=(6, "W"), depth="C")
    assert (geometry.is_numeric_in(0), geometry.is_numeric_in(1), geometry.is_numeric) == (True, False, False)
    assert geometry.output_in(0) == 5


@pytest.mark.parametrize("stride", [1, 2, 3])
@pytest.mark.parametrize("dilation", [1, 2])
@pytest.mark.parametrize("taps", [1, 2, 3, 4])
@pytest.mark.parametrize("size", [1, 2, 5, 6, 7])
def test_same_padding_gives_the_rounded_up_size(size: int, taps: int, stride: int, dilation: int) -> None:
    [(before, after)] = resolve_same_padding((size,), (taps,), (stride,), (dilation,))
    geometry = line(
        input_size=(size,), filter_size=(taps,), stride=(stride,), dilation=(dilation,), padding=((before, after),)
    )
    assert geometry.output_size == (-(-size // stride),)
    assert after - before in (0, 1), "the odd cell goes after"


def test_same_padding_of_a_named_size() -> None:
    assert resolve_same_padding(("H",), (4,), (1,), (2,)) == ((3, 3),)
    with pytest.raises(RequestError, match="padding 'same' at stride 2 depends on the size H; give the padding"):
        resolve_same_padding(("H",), (4,), (2,), (1,))
    with pytest.raises(RequestError, match="padding 'same' needs numbers for filter size, stride and dilation"):
        resolve_same_padding((5,), ("K",), (1,), (1,))


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_a_geometry_of_the_table_is_one_value(geometry: Geometry) -> None:
    assert geometry.kind in KINDS
    assert geometry == Geometry(**{name: getattr(geometry, name) for name in Geometry.__slots__})
    assert geometry.is_numeric


def test_sizes_are_shown_as_the_command_line_writes_them() -> None:
    assert (show((3, 32, "W")), show((1, 2), ":"), show(())) == ("3x32xW", "1:2", "none")
