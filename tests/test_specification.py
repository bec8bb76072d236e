"""What users write, read as geometries; and every request that makes no sense, refused in one sentence."""

from __future__ import annotations

import subprocess
import sys
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.specification import KEYS, read_layer_file, specify
from symconv.specification.notation import read_padding, read_sizes

LESSON = Geometry()


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        ({"input": "3x3", "filter": "2x2"}, {}),
        ({"input": None, "stride": None}, {}),
        ({"input": (3, 3), "filter": [2, 2], "stride": 1}, {}),
        ({"input": (np.int64(3), np.int32(3))}, {}),
        (
            {"input": "28x28", "filter": "5x5", "filters": "6"},
            {"input_size": (28, 28), "filter_size": (5, 5), "filters": 6},
        ),
        (
            {"input": "3x32x32", "filter": "5x5", "filters": 16},
            {"input_size": (32, 32), "filter_size": (5, 5), "depth": 3, "filters": 16},
        ),
        (
            {"input": "3x32x32", "filter": "5x5", "depth": 3},
            {"input_size": (32, 32), "filter_size": (5, 5), "depth": 3},
        ),
        ({"input": "CxHxW", "filter": "2x2"}, {"input_size": ("H", "W"), "depth": "C"}),
        ({"input": "HxW"}, {"input_size": ("H", "W")}),
        ({"stride": "2x1"}, {"stride": (2, 1)}),
        ({"stride": [2, 1]}, {"stride": (2, 1)}),
        ({"padding": "1"}, {"padding": ((1, 1), (1, 1))}),
        ({"padding": "1x2"}, {"padding": ((1, 1), (2, 2))}),
        ({"padding": (1, 2)}, {"padding": ((1, 1), (2, 2))}),
        ({"padding": "1:2x0:1"}, {"padding": ((1, 2), (0, 1))}),
        ({"padding": ((1, 2), (0, 1))}, {"padding": ((1, 2), (0, 1))}),
        ({"padding": "1:2"}, {"padding": ((1, 2), (1, 2))}),
        ({"padding": "valid"}, {}),
        ({"padding": "same"}, {"padding": ((0, 1), (0, 1))}),
        ({"flip": True, "bias": False}, {"flip": True, "bias": False}),
        ({"layer": "locally-connected"}, {"kind": "locally-connected"}),
        (
            {"layer": "conv-transpose", "stride": 2, "output_padding": "1x0"},
            {"kind": "conv-transpose", "stride": (2, 2), "output_padding": (1, 0)},
        ),
        ({"layer": "avg-pool", "depth": 2}, {"kind": "avg-pool", "depth": 2, "bias": False}),
        (
            {"layer": "avg-pool", "count_include_pad": False, "ceil_mode": True, "stride": 2},
            {"kind": "avg-pool", "bias": False, "count_include_pad": False, "ceil_mode": True, "stride": (2, 2)},
        ),
    ],
)
def test_requests_in_two_dimensions(given: dict[str, object], expected: dict[str, Any]) -> None:
    assert specify(given).geometry == replace(LESSON, **expected)


@pytest.mark.parametrize(
    ("given", "input_size", "filter_size"),
    [
        ({"input": "8"}, (8,), (2,)),
        ({"input": 8}, (8,), (2,)),
        ({"input": "4x5x6"}, (4, 5, 6), (2, 2, 2)),
        ({"filter": "3"}, (4,), (3,)),
        ({"filter": "5x3"}, (6, 4), (5, 3)),
        ({"filter": "3x3", "dilation": 2}, (5, 5), (3, 3)),
        ({"filter": "2x2x2"}, (3, 3, 3), (2, 2, 2)),
        ({"filter": "KxL"}, ("H", "W"), ("K", "L")),
    ],
)
def test_what_is_left_out_follows_what_is_given(
    given: dict[str, object], input_size: tuple[object, ...], filter_size: tuple[object, ...]
) -> None:
    geometry = specify(given).geometry
    assert (geometry.input_size, geometry.filter_size) == (input_size, filter_size)
    assert len(geometry.stride) == len(geometry.padding) == len(input_size)


def test_a_dense_layer_has_no_spatial_sizes() -> None:
    geometry = specify({"layer": "dense", "depth": "400", "filters": 10}).geometry
    assert (geometry.input_shape, geometry.weight_shape, geometry.output_shape) == ((1, 400), (10, 400), (1, 10))


def test_choices_are_carried() -> None:
    found = specify({"name": "Conv1", "activation": "relu", "previous_activation": "tanh", "dtype": "float32"})
    assert (found.name, found.activation, found.previous_activation, found.dtype) == (
        "Conv1",
        "relu",
        "tanh",
        "float32",
    )


REFUSED = [
    ({"stride": 0}, "stride 0 is out of range"),
    ({"stride": -1}, "stride -1 is out of range"),
    ({"stride": "-1"}, "the stride '-1' is not understood"),
    ({"stride": "2x1x1"}, "the stride has 3 values, but the layer has 2 spatial dimensions"),
    ({"stride": True}, "the stride True is not understood"),
    ({"stride": 1.0}, "the stride 1.0 is not understood"),
    ({"stride": ()}, "the stride () is not understood"),
    ({"input": ""}, "the input size '' is not understood"),
    ({"input": "3x"}, "the input size '3x' is not understood"),
    ({"input": "3X3"}, "the input size '3X3' is not understood"),
    ({"input": "hxw"}, "the input size 'hxw' is not understood"),
    ({"input": "３x３"}, "is not understood"),
    ({"input": "1e9"}, "the input size '1e9' is not understood"),
    ({"input": "1000000000x3"}, "input size 1000000000 is out of range"),
    ({"input": "9" * 5000}, "…' is not understood"),
    ({"input": "x".join("1" * 20)}, "has 20 entries; give at most 8"),
    ({"input": 10**9}, "input size 1000000000 is out of range"),
    ({"input": "60000x60000"}, "more than 2147483648 entries"),
    ({"input": "2x2", "filter": "3x3"}, "does not fit"),
    ({"input": "3x3x3x3", "filter": "2x2"}, "have 4 and 2 dimensions"),
    ({"input": "3x8x8", "filter": "2x2", "depth": 4}, "begins with depth 3, but depth 4 was given"),
    ({"input": "KxW"}, "bears the letter of the filter size in every formula; give another name, such as H"),
    ({"input": "OxW"}, "bears the letter of the output size"),
    ({"depth": "H2"}, "bears the letter of the input size"),
    ({"groups": 2}, "does not divide"),
    ({"groups": 2, "depth": 4, "filters": 3}, "groups 2 does not divide filters 3"),
    ({"filters": "2x2"}, "the filters '2x2' is not understood; write a number"),
    ({"padding": "a"}, "the padding 'a' is not understood"),
    ({"padding": "1:2:3"}, "the padding '1:2:3' is not understood"),
    ({"padding": "1:"}, "the padding '1:' is not understood"),
    ({"padding": "Same"}, "the padding 'Same' is not understood"),
    ({"padding": -1}, "padding -1 is out of range"),
    ({"padding": ((1, 2, 3), 1)}, "is not understood"),
    ({"padding": "same", "layer": "conv-transpose"}, "padding 'same' on a conv-transpose layer has no meaning"),
    ({"padding": "same", "input": "HxW", "stride": 2}, "depends on the size H"),
    ({"output_padding": 1}, "output padding on a conv layer"),
    ({"layer": "conv-transpose", "output_padding": 1}, "output padding 1 is not less than the stride 1"),
    ({"layer": "conv3d"}, "the layer 'conv3d' is not known"),
    ({"layer": 3}, "the layer 3 is not known"),
    ({"layer": "max-pool"}, "max-pool is not there yet"),
    ({"layer": "dense", "filter": "2x2"}, "the filter size '2x2' on a dense layer has no meaning"),
    ({"layer": "dense", "input": 400}, "give the number of its inputs as depth"),
    ({"layer": "dense", "flip": True}, "flip on a dense layer"),
    ({"layer": "avg-pool", "filters": 2}, "filters 2 on a pooling layer has no meaning"),
    ({"layer": "avg-pool", "bias": True}, "a bias on a pooling layer has no meaning"),
    ({"layer": "locally-connected", "groups": 2, "depth": 2, "filters": 2}, "groups 2 on a locally-connected layer"),
    ({"count_include_pad": True}, "count-include-pad on a conv layer"),
    ({"ceil_mode": True}, "ceil mode on a conv layer"),
    ({"flip": "yes"}, "flip is 'yes'; write true or false"),
    ({"activation": 3}, "the activation is 3; write a text"),
    ({"fliter": "2x2"}, "the key 'fliter' is not known; did you mean filter?"),
    ({"zzz": 1}, "the key 'zzz' is not known; the keys are layer"),
    ({"formula": "net[i] = a[i]"}, "the sizes of a can not be told from a formula alone"),
    ({"formula": 3, "input": 4}, "the formula is 3; write a text such as"),
    ({"formula": "net[i] = a[i]", "input": 4, "padding": 1}, "padding 1 beside a formula has no meaning"),
    ({"formula": "net[i] = a[i]", "input": 4, "ceil_mode": True}, "ceil-mode beside a formula has no meaning"),
    ({"formula": "net[i] = a[i]", "input": "4y"}, "the input size '4y' is not understood"),
    ({"output": 4}, "the output size 4 is given without a formula"),
]


@pytest.mark.parametrize(("given", "sentence"), REFUSED)
def test_what_makes_no_sense_is_refused_in_one_sentence(given: dict[str, object], sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        specify(given)
    message = str(refusal.value)
    assert sentence in message
    assert "\n" not in message
    assert len(message) < 400


@given(st.lists(st.integers(0, 99), min_size=1, max_size=4))
def test_sizes_read_back_from_text(sizes: list[int]) -> None:
    assert read_sizes("x".join(map(str, sizes)), "stride") == tuple(sizes) == read_sizes(sizes, "stride")


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=4))
def test_padding_reads_back_from_text(pairs: list[tuple[int, int]]) -> None:
    text = "x".join(f"{before}:{after}" for before, after in pairs)
    assert read_padding(text) == tuple(pairs) == read_padding(pairs)


@given(st.text(max_size=12), st.sampled_from(KEYS))
def test_any_text_is_read_or_refused(text: str, key: str) -> None:
    with suppress(RequestError):
        assert specify({key: text}).geometry.kind


def test_a_layer_file_is_read_like_flags(tmp_path: Path) -> None:
    file = tmp_path / "layer.toml"
    file.write_text('layer = "conv"\ninput = "3x8x8"\nfilter = [3, 3]\npadding = [[1, 2], [0, 0]]\nno_bias = true\n')
    same = {"input": "8x8", "depth": 3, "filter": "3x3", "padding": "1:2x0", "bias": False}
    assert specify(read_layer_file(file)) == specify(same)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b'input = "3x3"\nstride 2\n', "line 2"),
        (b"input = 3\ninput = 4\n", "line 2"),
        (b"\xff\xfe", "not UTF-8 text at byte 0"),
        (b"stride = " + b"[" * 20_000, "layer file"),
        (b"stride = " + b"9" * 5_000, "is not TOML"),
        (b"#" * 70_000, "larger than 65536 bytes"),
        (b"no_bias = true\nbias = true\n", "both bias and no_bias"),
        (b"no_bias = 1\n", "the key no_bias is 1; write true or false"),
        (b"[layer]\n", "the layer {} is not known"),
        (b"no_flip = true\n", "the key 'no_flip' is not known"),
        (b"format = 'latex'\n", "the key 'format' is not known"),
        (b"stride = 1979-05-27\n", "the stride datetime.date(1979, 5, 27) is not understood"),
    ],
)
def test_a_layer_file_that_makes_no_sense(tmp_path: Path, content: bytes, sentence: str) -> None:
    file = tmp_path / "layer.toml"
    file.write_bytes(content)
    with pytest.raises(RequestError, match=r"^[^\n]*$") as refusal:
        specify(read_layer_file(file))
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "sentence"), [("none.toml", "is not there"), (".", "can not be read"), ("a\0", "TOML")]
)
def test_a_layer_file_that_can_not_be_read(tmp_path: Path, name: str, sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        read_layer_file(f"{tmp_path}/{name}")
    assert sentence in str(refusal.value)


@pytest.mark.parametrize(
    ("given", "input_too", "sentence"),
    [
        ({"input": "HxW"}, True, "the input size H is a name, and this needs numbers; give a number"),
        ({"filters": "N"}, False, "the filters N is a name, and this needs numbers for everything but the input size"),
        ({"input": "HxW", "padding": "P"}, False, "the padding P is a name"),
    ],
)
def test_numbers_are_asked_for_where_they_are_needed(given: dict[str, object], input_too: bool, sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        specify(given).require_numbers(input_too=input_too)
    assert sentence in str(refusal.value)


def test_a_named_input_passes_where_only_it_may_be_named() -> None:
    specify({"input": "HxW"}).require_numbers()
    specify({}).require_numbers(input_too=True)


def test_reading_a_request_imports_neither_sympy_nor_numpy() -> None:
    program = (
        "import sys, symconv.specification as s; s.specify({'input': '3x8x8', 'filter': '2x2'});"
        "print([m for m in ('sympy', 'numpy', 'rich', 'lark') if m in sys.modules])"
    )
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout.strip() == "[]"
