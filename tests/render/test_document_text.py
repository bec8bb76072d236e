"""Plain text for a terminal: never wider than 100 columns, and the same every time."""

from __future__ import annotations

import pytest

from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.document import Document, Equation, Heading, Items, Paragraph, Reference, Table
from symconv.render.document_text import WIDTH, text_document
from symconv.render.written import Equation as Equal
from symconv.render.written import Letter
from tests.conftest import Golden
from tests.render.test_document_latex import CASES


@pytest.mark.parametrize("name", CASES)
def test_no_line_is_wider_than_the_terminal(name: str) -> None:
    text = document(derive_layer(CASES[name]), "text", base=1)
    assert max(map(len, text.splitlines())) <= WIDTH
    assert "\u00a0" not in text


def test_the_lesson(golden: Golden) -> None:
    golden(document(derive_layer(layer(Geometry())), "text", base=1))


def test_every_block_is_printed() -> None:
    blocks = (
        Heading(1, ("One",)),
        Heading(2, ("Two",)),
        Paragraph(("See ", Reference("a"), ".")),
        Equation(Equal(Letter("a"), Letter("w")), "a"),
        Items((("first",), ("second",))),
        Table((("x",), ("y",)), ((("1",), ("2",)),)),
    )
    lines = text_document(Document(("Title",), "", "en", 0, blocks)).splitlines()
    assert lines[:5] == ["1 One", "═════", "", "1.1 Two", "───────"]
    assert "See (1)." in lines
    assert next(line for line in lines if line.endswith("(1)")).startswith("    a = w ")
    assert ["  • first", "  • second"] == [line for line in lines if "•" in line]
    assert "    1  2" in lines


def test_two_equations_of_one_label_are_refused() -> None:
    twice = (Equation(Letter("a"), "same"), Equation(Letter("w"), "same"))
    with pytest.raises(ValueError, match="two equations have the label same"):
        text_document(Document((), "", "en", 0, twice))
