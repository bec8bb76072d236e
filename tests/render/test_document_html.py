"""The article as a page: well formed, escaped, its references lead somewhere, and it asks nothing of a network."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from itertools import cycle, pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.article import article
from symconv.render.document import Code, Document, Figure, Heading, Math, Paragraph, Table, Verbatim
from symconv.render.document_html import html_document
from symconv.render.written import Letter
from tests.cases import GEOMETRIES
from tests.render.test_document_latex import CASES

if TYPE_CHECKING:
    from playwright.sync_api import Browser

VOID = {"meta", "link", "br", "img"}


class Outline(HTMLParser):
    """The elements of a page; they must be closed in the order in which they were opened."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.headings: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = dict(attributes)
        assert not any(name.startswith("on") or name == "src" for name in found)
        assert tag != "script"
        self.ids += [str(found["id"])] if "id" in found else []
        self.targets += [str(found["href"])] if "href" in found else []
        self.headings += [tag] if re.fullmatch("h[1-6]", tag) else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Nothing is left open."""

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


@pytest.mark.parametrize(("name", "language"), list(zip(CASES, cycle(("en", "zh")), strict=False)))
def test_pages_are_well_formed_and_their_links_lead_somewhere(name: str, language: str) -> None:
    page = document(derive_layer(CASES[name]), "html", language=language, base=1)
    found = Outline(page)
    assert len(set(found.ids)) == len(found.ids)
    assert {t for t in found.targets if t != "data:,"} <= {f"#{name}" for name in found.ids}
    assert found.headings.count("h1") == 1
    levels = [int(h[1]) for h in found.headings]
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert f'<html lang="{language}">' in page
    assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", page)


def test_text_is_escaped() -> None:
    blocks = (
        Heading(1, ("a < b",)),
        Paragraph(("x & y ", Verbatim("<script>"))),
        Table((("<h>",),), ((("&",),),)),
        Code("if a < b:\n", "python"),
    )
    text = html_document(Document(("T",), "", "en", 0, blocks))
    for shown in ("a &lt; b</h2>", "x &amp; y <code>&lt;script&gt;</code>", ">&lt;h&gt;</th>", "if a &lt; b:</code>"):
        assert shown in text
    Outline(text)


def test_no_line_begins_with_the_mark_behind_a_formula() -> None:
    formula = Math(Letter("a"))
    text = html_document(Document(("T",), "", "zh", 0, (Paragraph((formula, "、", formula, "，即 ", formula, " 是")),)))
    assert re.sub("<math>.*?</math>", "M", text.partition("<p>")[2]).startswith(
        '<span class="kept">M、</span><span class="kept">M，</span>即 M 是</p>'
    )


def test_the_page_of_the_lesson_is_small_soon_there_and_the_same_every_time() -> None:
    lesson = derive_layer(layer(Geometry()))
    begun = time.process_time()
    page = document(lesson, "html")
    assert time.process_time() - begun < 1.5
    assert len(page.encode()) < 700_000
    assert page == document(derive_layer(layer(Geometry())), "html")


@pytest.mark.chromium
@pytest.mark.parametrize("name", ["lesson", "stride", "left-over-rows-padded", "depth-filters-batch", "one-dimension"])
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_phone_shows_the_page_without_a_complaint(browser: Browser, tmp_path: Path, name: str, language: str) -> None:
    """Nothing is asked for, nothing is wider than the page, no display reaches into the next."""
    file = tmp_path / "derivation.html"
    derived = derive_layer(layer(GEOMETRIES[name], activation_name="gelu"))
    file.write_text(document(derived, "html", language=language), encoding="utf-8")
    page = browser.new_page(viewport={"width": 360, "height": 800})
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("request", lambda request: requests.append(request.url))
    page.goto(file.as_uri())
    fonts = page.evaluate("document.fonts.ready.then((all) => [...all].map((font) => font.status))")
    wide = page.evaluate("document.documentElement.scrollWidth")
    boxes = page.evaluate(_BOXES)
    page.close()
    assert complaints == []
    assert {url for url in requests if not url.startswith("data:")} == {file.as_uri()}
    assert fonts in (["loaded"], [])
    assert wide <= 360
    assert all(bottom <= top + 0.5 for (_, bottom), (top, _) in pairwise(boxes))


_BOXES = """[...document.querySelectorAll("section > p, section > .display, section > figure")]
.map((e) => e.getBoundingClientRect()).map((box) => [box.top, box.bottom])"""
"""From where to where each paragraph, display and figure goes, in their order."""


@pytest.mark.parametrize("name", ["lesson", "stride", "average-pooling"])
def test_figures_stand_beside_the_text_that_they_belong_to(name: str) -> None:
    """Each with its title as caption and for screen readers, in the page and in print, none in text."""
    derived = derive_layer(layer(GEOMETRIES[name]))
    told = article(derived)
    drawn = [block.drawn.name for block in told.blocks if isinstance(block, Figure)]
    assert drawn[0] == "forward"
    assert {"forward", "error-term", "pooling" if name == "average-pooling" else "weight-gradient"} <= set(drawn)
    page, print_ = document(derived, "html"), document(derived, "latex")
    for text, mark in ((page, "<figure>"), (page, "<desc>"), (page, "<figcaption>"), (print_, r"\begin{tikzpicture}")):
        assert text.count(mark) == len(drawn)
    assert "svg" not in document(derived, "markdown") + document(derived, "text")
