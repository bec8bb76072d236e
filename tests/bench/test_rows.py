"""The layer table: what it has, and how rows are named."""

from __future__ import annotations

from math import prod

import numpy as np
import pytest

from symconv.bench.matrix_product import extents, matrix_products, products
from symconv.bench.record import FUNCTIONS
from symconv.bench.rows import QUICK, ROWS, Row, selected
from symconv.errors import RequestError
from symconv.verify.reference import most_terms
from tests.cases import GEOMETRIES

BY_NAME = {row.name: row for row in ROWS}


def test_names_are_unique_and_no_family_bears_one() -> None:
    assert len(BY_NAME) == len(ROWS)
    assert not BY_NAME.keys() & {row.family for row in ROWS}


def test_the_table_has_the_layers_of_the_issue() -> None:
    assert {row.family for row in ROWS} >= {
        "1x1",
        "3x3",
        "dilated",
        "stem",
        "stride-2",
        "lenet",
        "depthwise",
        "grouped",
    }
    assert {row.geometry.dimensions for row in ROWS} == {1, 2, 3}
    assert any(row.family == "depthwise" and row.geometry.stride == (2, 2) for row in ROWS)
    assert BY_NAME["resnext-3x3-128"].geometry.groups == 32
    assert not any(row.geometry.bias for row in ROWS)


@pytest.mark.parametrize(
    ("names", "found"),
    [
        ([], tuple(BY_NAME)),
        (QUICK, QUICK),
        (["tiny-2x2-1"], ("tiny-2x2-1",)),
        (["lenet"], ("lenet-5x5-1", "lenet-5x5-6")),
        (
            ["mobilenet"],
            ("mobilenet-1x1-128", "mobilenet-1x1-512", "mobilenet-dw-128", "mobilenet-dw-128-s2", "mobilenet-dw-512"),
        ),
        (["tiny", "grouped"], ("resnext-3x3-128", "tiny-3x3-2", "tiny-2x2-1")),
    ],
)
def test_rows_are_selected_by_row_family_and_network(names: list[str], found: tuple[str, ...]) -> None:
    assert tuple(row.name for row in selected(names)) == tuple(found)


@pytest.mark.parametrize(("name", "advice"), [("tinny", "did you mean tiny?"), ("3", "`symconv bench --list`")])
def test_a_name_that_no_row_bears_is_refused(name: str, advice: str) -> None:
    with pytest.raises(RequestError, match=advice.replace("?", r"\?")):
        selected(["tiny", name])


def test_sizes_are_told_in_the_words_of_the_command_line() -> None:
    assert BY_NAME["mobilenet-dw-128-s2"].sizes == (
        "4x128x56x56, filter 3x3, filters 128, stride 2, padding 1, groups 128"
    )
    assert Row("x", "x", GEOMETRIES["stride-and-dilation"]).sizes == (
        "1x1x8x9, filter 3x2, filters 1, stride 2x4, dilation 3x2, padding 2:1x0:3"
    )


@pytest.mark.parametrize("row", ROWS, ids=list(BY_NAME))
def test_products_are_the_terms_of_all_net_inputs(row: Row) -> None:
    assert products(row.geometry) == prod(row.geometry.output_shape) * most_terms("net_input", row.geometry)


@pytest.mark.parametrize(
    "name", ["depth-filters-batch", "groups", "three-dimensions", "transposed-output-padding", "dense"]
)
def test_the_bare_matrix_products_make_as_many_products_as_the_layer(name: str) -> None:
    """The three directions share their extents, and each sums over another."""
    geometry = GEOMETRIES[name]
    found = [sizes for function in FUNCTIONS if (sizes := extents(function, geometry))]
    assert len(found) == len(FUNCTIONS)
    assert {prod(sizes) * int(geometry.groups) for sizes in found} == {products(geometry)}
    assert len({tuple(sorted(sizes)) for sizes in found}) == 1
    assert sorted(inner for _, inner, _ in found) == sorted(found[0])
    taps = 1 if geometry.kind == "conv-transpose" else prod(int(k) for k in geometry.filter_size)
    assert found[0][1] == taps * int(geometry.depth) // int(geometry.groups), "net sums over the depth"


@pytest.mark.parametrize("name", ["depth-filters-batch", "groups"])
def test_a_bare_matrix_product_and_its_transpose_give_the_same(name: str) -> None:
    one, other = (run() for run in matrix_products("net_input", GEOMETRIES[name], "float64").values())
    np.testing.assert_allclose(one, np.swapaxes(other, -1, -2), rtol=1e-12)


@pytest.mark.parametrize("name", ["depthwise", "locally-connected", "average-pooling"])
def test_a_layer_that_is_no_matrix_product_has_no_such_limit(name: str) -> None:
    assert matrix_products("net_input", GEOMETRIES[name], "float64") == {}
