"""Markdown that GitHub renders: nothing it refuses, nothing that Markdown would read before MathJax does."""

from __future__ import annotations

import re

import pytest

from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.document import Code, Document, Paragraph, Table, Verbatim
from symconv.render.document_markdown import markdown_document
from tests.conftest import Golden
from tests.render.test_document_latex import CASES


@pytest.mark.parametrize("name", CASES)
def test_formulas_survive_markdown(name: str) -> None:
    text = document(derive_layer(CASES[name]), "markdown", base=1)
    blocks = re.findall(r"^\$\$\n(.*?)\n\$\$$", text, re.MULTILINE | re.DOTALL)
    assert blocks
    assert text.count("$$") == 2 * len(blocks)
    for block in blocks:
        assert r"\operatorname" not in block
        assert not re.search(r"\\[^A-Za-z\s]", block), block
        assert all(re.match(r"[\\&A-Za-z(]", line) for line in block.splitlines()), block
        assert block.count("{") == block.count("}")
        assert block.count(r"\begin{aligned}") == block.count(r"\end{aligned}") <= 1


def test_text_is_escaped_and_code_fenced() -> None:
    blocks = (
        Paragraph(("a*b_c <d> ", Verbatim("x**2"))),
        Table((("h",),), ((("a|b",),),)),
        Code("print(1)", "python"),
    )
    text = markdown_document(Document(("T",), "", "en", 0, blocks))
    assert r"a\*b\_c \<d\> `x**2`" in text
    assert "| a\\|b |" in text
    assert "```python\nprint(1)\n```" in text


def test_the_lesson(golden: Golden) -> None:
    golden(document(derive_layer(layer(Geometry())), "markdown", base=1), "md")
