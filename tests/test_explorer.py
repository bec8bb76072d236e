"""The explorer before a browser sees it: what it refuses, what it holds, the code that it shows."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv.derivation.backward import ERROR_TERM
from symconv.emit import emit_module
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.explorer import LIMITS, VIEWS, check
from symconv.render.explorer_code import SLOPE_LINE, lettered_code, own_code
from symconv.render.messages import catalogue, offered
from symconv.verify.execute import load
from tests.explorer_page import SETTINGS

with_letters = cache(lettered_code)
TEMPLATES = Path(__file__).parent.parent / "templates" / "html"


@pytest.mark.parametrize("geometry", SETTINGS.values(), ids=SETTINGS)
def test_code_with_letters_computes_what_the_emitted_module_does(geometry: Geometry) -> None:
    """The text that is shown runs, once its letters have numbers."""
    module: Any = load(emit_module(layer(geometry)).text)
    random = np.random.default_rng(1)
    w_shape = geometry.weight_shape
    assert w_shape is not None
    given = {
        "a": random.integers(-4, 5, geometry.input_shape),
        "w": random.integers(-4, 5, w_shape),
        "delta": random.integers(-4, 5, geometry.output_shape),
        "bias": random.integers(-4, 5, int(geometry.filters)) if geometry.bias else None,
    }
    bias = () if given["bias"] is None else (given["bias"],)
    wanted = {
        "net": module.net_input(given["a"], given["w"], *bias),
        "∂E/∂a": module.input_gradient(given["delta"], given["w"], geometry.input_size),
        "∂E/∂w": module.weight_gradient(given["delta"], given["a"]),
        **({"∂E/∂β": module.bias_gradient(given["delta"])} if geometry.bias else {}),
    }
    groups = "G" if geometry.groups != 1 else 1
    shown = with_letters(geometry.flip, geometry.bias)[f"{geometry.kind} {geometry.dimensions} {groups}"]
    assert shown.keys() == {*wanted, ERROR_TERM}
    for goal, result in wanted.items():
        lines = [f"    {line}" for line in shown[goal]["lines"]]
        text = "\n".join(["import numpy as np", f"def shown({', '.join([*given, *sizes(geometry)])}):", *lines])
        assert (load(text).shown(**given, **sizes(geometry)) == result).all()


def sizes(geometry: Geometry) -> dict[str, int]:
    """A number for every letter that code with letters has."""
    found = {"B": geometry.batch, "C": geometry.depth, "N": geometry.filters, "G": geometry.groups}
    for d in range(geometry.dimensions):
        suffix = str(d + 1) if geometry.dimensions > 1 else ""
        before, after = geometry.padding[d]
        of_side = {"H": geometry.input_size[d], "O": geometry.output_size[d], "K": geometry.filter_size[d]}
        of_side |= {"S": geometry.stride[d], "D": geometry.dilation[d], "P": before, "Q": after}
        found |= {letter + suffix: value for letter, value in of_side.items()}
    return {name: int(value) for name, value in found.items()}


@pytest.mark.parametrize("geometry", SETTINGS.values(), ids=SETTINGS)
def test_own_code_is_the_text_that_is_emitted(geometry: Geometry) -> None:
    text = emit_module(layer(geometry), schedule="loops").text
    without_docstrings = re.sub(r'\n    """.*?\n    """', "", text, flags=re.DOTALL)
    shown = own_code(layer(geometry))
    lines = shown[ERROR_TERM]["lines"]
    assert lines == [*shown["∂E/∂a"]["lines"], "", SLOPE_LINE]
    for code in (code for goal, code in shown.items() if goal != ERROR_TERM):
        assert "\n".join(code["lines"]) in without_docstrings


def test_line_that_multiplies_by_the_slope_is_that_of_an_emitted_layer() -> None:
    """The last line of the view of δ^{l-1}: the layer before, handed ∂E/∂a as its error, makes δ^{l-1} of it."""
    text = emit_module(symconv.convolution(activation="tanh")).text
    assert f"\n        {SLOPE_LINE}\n" in text.split("    def backward(self, error):")[1]


@pytest.mark.parametrize("geometry", SETTINGS.values(), ids=SETTINGS)
def test_marked_lines_are_whole_statements_that_add_to_the_result(geometry: Geometry) -> None:
    for goal, code in own_code(layer(geometry)).items():
        texts = [" ".join(code["lines"][first : last + 1]) for first, last in code["does"]]
        assert len(texts) == (2 if goal == ERROR_TERM or (goal == "net" and geometry.bias) else 1)
        for text in texts:
            assert text.count("(") == text.count(")")
            assert " += " in text or "np.add(" in text or ".sum(" in text or text == SLOPE_LINE


REFUSED = {
    "pooling": (symconv.average_pooling(input_size=(4, 4), filter_size=(2, 2)), "avg-pool"),
    "dense": (symconv.dense(4, 3), "dense"),
    "own": (symconv.from_formula("net[b,n,i] = a[b,n,i]", input_size=(3,), output_size=(3,)), "of one's own"),
    "three-dimensions": (symconv.convolution((3, 3, 3), (2, 2, 2)), "3x3x3"),
    "named": (symconv.convolution(("H", "W"), (2, 2)), "name"),
    "large": (symconv.convolution((17, 3), (2, 2)), "17"),
    "long-filter": (symconv.convolution((9, 9), (8, 2)), "8"),
    "many-cells": (
        symconv.transposed_convolution((16, 16), (2, 2), stride=3, filters=4, depth=4),
        "more cells",
    ),
}


@pytest.mark.parametrize(("given", "named"), REFUSED.values(), ids=REFUSED)
def test_what_it_does_not_draw_is_refused_in_a_sentence(given: Any, named: str) -> None:
    with pytest.raises(RequestError, match=re.escape(named)) as refused:
        symconv.explore(given)
    assert "\n" not in str(refused.value)
    assert ";" in str(refused.value)


def test_every_setting_of_the_table_is_drawn() -> None:
    for geometry in SETTINGS.values():
        check(geometry)
    assert {"input", "filter", "stride", "padding", "dilation"} <= LIMITS.keys()


def test_page_is_one_small_file_that_holds_no_address() -> None:
    page = symconv.explore(symconv.convolution((16, 16), (3, 3), depth=2, filters=2, padding=1))
    assert len(page.html.encode()) < 700_000
    assert '<link rel="icon" href="data:,">' in page.html
    text = re.sub(r"base64,[\w+/=]+", "", page.html)
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!data:)|src=", text)


def test_page_is_the_same_for_the_same_layer(tmp_path: Path) -> None:
    given = symconv.convolution((5, 4), (2, 3), stride=2)
    symconv.explore(given).save(tmp_path / "a.html")
    assert (tmp_path / "a.html").read_text(encoding="utf-8") == symconv.explore(given).html


def test_name_of_a_layer_can_not_leave_its_place() -> None:
    page = symconv.explore(symconv.convolution(name="Layer_1")).html
    data = re.search(r'<script type="application/json" id="data">(.*?)</script>', page, re.DOTALL)
    assert data is not None
    assert "<" not in data[1]
    assert json.loads(data[1])["request"].endswith("--name Layer_1")


@pytest.mark.parametrize(
    "shown",
    [
        symconv.explore(symconv.convolution((6, 5), (3, 2), stride=2, depth=2)),
        symconv.explore(symconv.convolution((7,), (3,), dilation=2), language="zh"),
        symconv.explore(symconv.transposed_convolution((3, 3), (2, 2), stride=2)),
    ],
    ids=["strided", "one-dimension-zh", "transposed"],
)
def test_notebook_shows_one_step_and_how_to_open_the_page(shown: symconv.Explorer) -> None:
    """Without scripts and without a frame: the sentence, and the figure of one window of this layer."""
    html = shown._repr_html_()
    assert not re.search(r"<(script|iframe)|\bon\w+=|href=", html)
    assert ".save(&quot;explorer.html&quot;)" in html
    assert symconv.figure("forward", shown.layer, language=shown.language).svg() in html


def test_file_has_the_ending_of_a_page(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match=r"x\.pdf.*\.html"):
        symconv.explore(symconv.convolution()).save(tmp_path / "x.pdf")


@pytest.mark.parametrize("language", offered())
def test_every_text_that_the_page_asks_for_is_in_the_catalogue(language: str) -> None:
    """Names that are put together in the script are listed by their parts."""
    texts = catalogue(language).section("explorer")
    scripts = "\n".join(path.read_text(encoding="utf-8") for path in TEMPLATES.glob("explorer/*.js"))
    asked = set(re.findall(r'(?:say|told)\("(\w+)"', scripts))
    asked |= set(re.findall(r"text\.(\w+)", (TEMPLATES / "explorer.html.jinja").read_text(encoding="utf-8")))
    asked |= set(LIMITS) | {f"{stem}_{name}" for stem in ("about", "view") for name in VIEWS}
    asked |= {"rows", "columns", "pause", "reaches", "reaches_none"}
    asked |= {f"problem_{name}" for name in ("groups", "rest", "fit", "output", "large", "address")}
    asked |= {f"array_{name}" for name in ("input", "filter", "error", "slope", "result", "bias")}
    asked |= {f"padding_{side}" for side in ("before", "after", "above", "below", "left", "right")}
    assert asked == texts.keys() - {"title", "kind_conv", "kind_conv_transpose", "notebook"}


def test_no_text_for_readers_stands_in_the_script() -> None:
    """A literal with two words in a row is prose, and belongs into a catalogue."""
    for path in TEMPLATES.glob("explorer/*.js"):
        code = re.sub(r"/\*.*?\*/|//[^\n]*", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        assert re.findall(r'"[A-Z]?[a-z]{3,} [a-z]{2,} [^"]*"', code) == []
