"""The article as a page: well formed, escaped, its references lead somewhere, and it asks nothing of a network."""

from __future__ import annotations

import re
import time
from html.parser import HTMLParser
from itertools import cycle, pairwise

import pytest

from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.document import Code, Document, Heading, Paragraph, Table, Verbatim
from symconv.render.document_html import html_document
from tests.render.test_document_latex import CASES

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


def test_the_page_of_the_lesson_is_small_soon_there_and_the_same_every_time() -> None:
    lesson = derive_layer(layer(Geometry()))
    begun = time.process_time()
    page = document(lesson, "html")
    assert time.process_time() - begun < 1.5
    assert len(page.encode()) < 700_000
    assert page == document(derive_layer(layer(Geometry())), "html")
