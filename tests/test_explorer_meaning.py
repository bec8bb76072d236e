"""What the page computes is what Python derives: its products, its sums, its formulas."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import symconv
from symconv.derivation.derive import derive_layer
from symconv.derivation.elementwise import elementwise
from symconv.emit import emit_module
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.formula_unicode import unicode
from symconv.render.write_formula import write_goal, write_sums
from symconv.verify.execute import load
from tests.explorer_page import SETTINGS, VIEWS, Opened, as_setting, opened

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]
ARGUMENTS: dict[str, tuple[str, ...]] = {
    "net_input": ("a", "w", "bias"),
    "input_gradient": ("delta", "w", "input_size"),
    "weight_gradient": ("delta", "a"),
    "bias_gradient": ("delta",),
}
NAMES = {"δ": "delta", "β": "bias", "a": "a", "w": "w", "f'(net^{l-1})": "df"}


@pytest.fixture(scope="module")
def pages(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[tuple[bool, bool], Opened]]:
    """One page for each flip and bias: the rest is set by sliders, so one page serves every layer."""
    with ExitStack() as stack:
        yield {
            (flip, bias): stack.enter_context(
                opened(browser, tmp_path_factory.mktemp("explorer"), Geometry(flip=flip, bias=bias))
            )
            for flip, bias in product((False, True), repeat=2)
        }


@pytest.fixture
def page(pages: dict[tuple[bool, bool], Opened], geometry: Geometry) -> Opened:
    return pages[geometry.flip, geometry.bias]


every_setting = pytest.mark.parametrize("geometry", SETTINGS.values(), ids=SETTINGS)

TABLES = """Object.fromEntries(Object.keys(layerOf(given).derivation.views).map((goal) => [goal,
    tables(layerOf(given), goal).map(({cells, columns}) =>
        ({cells, columns: columns.map(({array, cells}) => ({array, cells}))}))]))"""

OPERATORS = """Object.keys(derivationOf(given).views).map((goal) =>
    [goal, text(writeOperator(layerOf(given), goal, ownMeaning(layerOf(given))))])"""


def test_there_are_enough_settings() -> None:
    """Of every kind that can go wrong."""
    found = SETTINGS.values()
    assert len(found) >= 40
    assert all(
        sum(map(holds, found)) >= 3
        for holds in (
            lambda g: g.dimensions == 1,
            lambda g: g.kind == "conv-transpose",
            lambda g: g.groups > 1,
            lambda g: any(g.left_over),
            lambda g: any(s > 1 for s in g.stride) and any(d > 1 for d in g.dilation),
            lambda g: any(before != after for before, after in g.padding),
            lambda g: g.flip,
        )
    )


@every_setting
def test_products_of_every_cell_of_every_view(page: Opened, geometry: Geometry) -> None:
    """They are the terms of the elementwise polynomials, which come from padding and slicing alone."""
    road = elementwise(geometry)
    found = page.ask(TABLES, as_setting(geometry))
    assert found.keys() == {goal for goal, name in VIEWS.items() if getattr(road, name) is not None}
    for goal, tables in found.items():
        products = [
            (cell, *sorted((NAMES[c["array"]], c["cells"][row]) for c in table["columns"]))
            for table in tables
            for row, cell in enumerate(table["cells"])
        ]
        wanted = []
        for table in getattr(road, VIEWS[goal]).terms:
            assert (table.coefficients == 1).all()
            names = [name for name, _ in table.factors]
            wanted += [
                (int(cell), *sorted(zip(names, map(int, reads), strict=True)))
                for cell, reads in zip(table.cells, table.reads, strict=True)
            ]
        assert sorted(products) == sorted(wanted), goal


@every_setting
def test_sums_are_those_of_the_emitted_code(page: Opened, geometry: Geometry) -> None:
    module: Any = load(emit_module(layer(geometry)).text)
    models = page.ask(
        "Object.entries(GOALS).filter(([, goal]) => goal in derivationOf(given).views)"
        ".map(([view, goal]) => ({goal, values: modelOf(given, view, 5).values}))",
        as_setting(geometry),
    )
    for model in models:
        shapes = {"a": geometry.input_shape, "w": geometry.weight_shape, "δ": geometry.output_shape, "β": (-1,)}
        shapes |= {"f'(net^{l-1})": geometry.input_shape}
        held = {NAMES[n]: np.array(v).reshape(shapes[n]) for n, v in model["values"].items() if n in shapes}
        held["input_size"] = np.array(geometry.input_size)
        name = VIEWS[model["goal"]]
        if name == "error_term":  # what the layer before makes of the input gradient
            result = module.input_gradient(held["delta"], held["w"], held["input_size"]) * held["df"]
        else:
            result = getattr(module, name)(*(held[given] for given in ARGUMENTS[name] if given in held))
        assert result.ravel().tolist() == model["values"][model["goal"]]


@every_setting
def test_formulas_are_those_that_the_derivation_prints(page: Opened, geometry: Geometry) -> None:
    """In letters and in numbers; the operator form in letters. See the next test for the operator form in numbers."""
    derived = derive_layer(layer(geometry))
    found = page.ask(
        "Object.keys(derivationOf(given).views).map((goal) => [goal,"
        " text(writeView(layerOf(given), goal, generalMeaning(given))),"
        " text(writeView(layerOf(given), goal, ownMeaning(layerOf(given)))),"
        " text(writeOperator(layerOf(given), goal, generalMeaning(given)))])",
        as_setting(geometry),
    )
    for goal, general, own, operator in found:
        of_any, of_own = (getattr(backward, VIEWS[goal]) for backward in (derived.general, derived.own))
        named = write_goal(of_any)
        assert named is not None
        assert general == unicode(write_sums(of_any.solved))
        assert own == unicode(write_sums(of_own.solved))
        assert operator == unicode(named)


@every_setting
def test_operator_forms_in_numbers_are_right(page: Opened, geometry: Geometry) -> None:
    """The text is what the derivation prints, or another that `check` judges to be right.

    At some sizes the derivation pads by cells that no window reaches, to say one amount instead of two. `check` reads
    no channels in operators, and amounts do not depend on them: it judges the layer of one filter and depth.
    """
    own = derive_layer(layer(geometry)).own
    plain = replace(geometry, batch=1, depth=1, filters=1, groups=1)
    for goal, operator in page.ask(OPERATORS, as_setting(geometry)):
        named = write_goal(getattr(own, VIEWS[goal]))
        if named is None or operator != unicode(named):
            judged = dict(page.ask(OPERATORS, as_setting(plain)))[goal]
            assert symconv.check(judged, layer(plain)), judged


@every_setting
def test_extents_are_the_layers_own(page: Opened, geometry: Geometry) -> None:
    weights = geometry.weight_shape
    assert weights is not None
    shapes = page.ask("['a', 'w', 'δ'].map((array) => shapeOf(layerOf(given), array))", as_setting(geometry))
    for shape, wanted in zip(shapes, (geometry.input_shape, weights, geometry.output_shape), strict=True):
        assert np.prod(shape) == np.prod(wanted)
        assert shape[len(shape) - geometry.dimensions :] == list(wanted)[len(wanted) - geometry.dimensions :]
