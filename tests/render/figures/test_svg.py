"""SVG figures: well-formed, told to who can not see them, and without effect on the page around them."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from symconv.layers.geometry import Geometry
from symconv.render.document import Verbatim
from symconv.render.figures.description import Figure, Text
from symconv.render.figures.svg import stylesheet, svg
from tests.cases import GEOMETRIES
from tests.conftest import Golden
from tests.render.figures.reading_figures import drawn_from, every_figure

SPACE = "{http://www.w3.org/2000/svg}"
HOSTILE = """</text><script>alert('1')</script> & "q" <b>"""


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in GEOMETRIES.items()])
def test_every_figure_is_well_formed_and_marks_nothing_outside_itself(geometry: Geometry) -> None:
    for figure in every_figure(geometry):
        root = ElementTree.fromstring(svg(figure))
        assert root.tag == f"{SPACE}svg"
        assert [child.tag for child in root][:2] == [f"{SPACE}title", f"{SPACE}desc"]
        assert all(root.findtext(f"{SPACE}{tag}") for tag in ("title", "desc"))
        classes = {name for node in root.iter() for name in node.get("class", "").split()}
        assert all(name == "symconv-figure" or name.startswith("sf-") for name in classes)
        assert not any(node.get("id") or node.get("style") for node in root.iter())
        assert {node.tag.removeprefix(SPACE) for node in root.iter()} <= {
            *("svg", "title", "desc", "style", "path", "text", "tspan")
        }


@pytest.mark.parametrize("standalone", [True, False])
def test_every_rule_is_for_figures_only(standalone: bool) -> None:
    rules = re.sub(r"@media [^{]*\{(.*?\})\}", r"\1", stylesheet(standalone))
    selectors = [rule.split("{")[0] for rule in rules.split("}") if rule]
    assert len(selectors) > 15
    assert all(selector.startswith(".symconv-figure") for selector in selectors)


def test_every_class_that_is_used_has_a_rule() -> None:
    used = {
        name
        for geometry in ("left-over-rows", "stride-and-dilation", "one-dimension", "dense", "three-dimensions")
        for figure in every_figure(GEOMETRIES[geometry])
        for name in re.findall(r'class="(sf-[\w-]+)"', svg(figure))
    }
    ruled = set(re.findall(r"\.(sf-[\w-]+)", stylesheet(standalone=True)))
    assert used <= ruled
    assert len(used) > 15


def test_a_page_gives_a_figure_its_colour_and_a_file_has_its_own() -> None:
    alone, on_a_page = stylesheet(standalone=True), stylesheet(standalone=False)
    assert "prefers-color-scheme:dark" in alone
    assert not re.search(r"[{;]color:", on_a_page)
    assert not re.search(r"stroke:#|text\{fill:#", alone)


def test_text_is_escaped() -> None:
    hostile = (Verbatim(HOSTILE),)
    written = svg(Figure("x", hostile, hostile, 9, 9, (Text(1, 1, hostile),)), origin=HOSTILE)
    root = ElementTree.fromstring(written)
    assert {node.tag.removeprefix(SPACE) for node in root.iter()} == {
        "svg",
        "title",
        "desc",
        "metadata",
        "style",
        "text",
    }
    assert root.findtext(f"{SPACE}text") == root.findtext(f"{SPACE}title") == HOSTILE


def test_the_error_term_of_a_strided_layer(golden: Golden) -> None:
    from symconv.render.figures.draw import draw

    geometry = Geometry(input_size=(4, 4), filter_size=(3, 3), stride=(2, 2), padding=((1, 0), (1, 0)))
    golden(svg(draw(drawn_from(geometry), "error-term", 5)), "svg")
