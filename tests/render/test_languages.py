"""Languages: every catalogue says the same things, and a Chinese document is Chinese to its last word."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

import pytest

from symconv.derivation.derive import derive_layer
from symconv.emit import FORMATS, document, figure_document, figure_svg
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.article import article
from symconv.render.document import (
    Document,
    Emphasis,
    Heading,
    Items,
    Math,
    Paragraph,
    Prose,
    Reference,
    Table,
    Verbatim,
)
from symconv.render.document_latex import latex_document
from symconv.render.document_markdown import markdown_document, markdown_prose
from symconv.render.document_text import WIDTH, text_document
from symconv.render.east_asian import NO_END, NO_START, columns, filled, is_ideograph, is_wide, pieces
from symconv.render.figures.place import texts
from symconv.render.messages import Catalogue, catalogue, offered
from symconv.render.written import Letter
from tests.cases import GEOMETRIES
from tests.own_layers import OWN, own_layer
from tests.render.figures.reading_figures import every_figure

PLACE = re.compile(r"\{((?:[^{}]|\{[^{}]*\})*)\}")
NAMED = Geometry(input_size=("H", "W"), stride=(2, 2), padding=((1, 1), (1, 1)))
LARGE = Geometry(input_size=(56, 56), filter_size=(3, 3), depth=64, filters=64)
WORD = re.compile(r"[A-Za-z]+")


def prose_keys(language: str) -> set[str]:
    """The messages that every catalogue has; forms after a number are the language's own."""
    forms = {name.removeprefix("plural.") for name in catalogue("en").texts if name.startswith("plural.")}
    return {name for name in catalogue(language).texts if name.split(".")[1] not in forms}


@pytest.mark.parametrize("language", offered())
def test_catalogues_have_the_same_messages_with_the_same_places(language: str) -> None:
    assert prose_keys(language) == prose_keys("en")
    for name in prose_keys("en"):
        here, there = (
            {place for place in PLACE.findall(catalogue(each).texts[name]) if not place.startswith(("*", "`"))}
            for each in (language, "en")
        )
        assert here == there, name


@pytest.mark.parametrize("language", offered())
def test_a_noun_has_every_form_that_the_language_has(language: str) -> None:
    said = catalogue(language)
    for number in (0, 1, 2, 5, 11, 21, 1000):
        assert f"special.{said.form(number)}" in said


@pytest.mark.parametrize(
    ("language", "count", "listed"),
    [
        *(("en", 1, "0"), ("en", 2, "0, 1"), ("en", 4, "0, 1, 2, 3"), ("en", 9, "0, 1, 2, …, 8")),
        *(("zh", 1, "0"), ("zh", 2, "0、1"), ("zh", 4, "0、1、2、3"), ("zh", 9, "0、1、2、…、8")),
    ],
)
def test_lists_are_put_together_by_the_catalogue(language: str, count: int, listed: str) -> None:
    assert "".join(map(str, catalogue(language).listed([(str(k),) for k in range(count)], 4))) == listed


@pytest.mark.parametrize(
    ("message", "places", "said"),
    [
        ("共有{count}个", {"count": 16}, ["共有", " ", "16", " ", "个"]),
        ("误差项{δ}是", {}, ["误差项", " ", Math(Letter("δ")), " ", "是"]),
        (
            "由{reference}，得{*互换*}",
            {"reference": Reference("a")},
            ["由", " ", Reference("a"), "，得", Emphasis("互换")],
        ),
        ("（{δ}）", {}, ["（", Math(Letter("δ")), "）"]),
        ("名为{name}", {"name": Verbatim("x")}, ["名为", " ", Verbatim("x")]),
        ("is {δ}, {count}", {"count": 2}, ["is ", Math(Letter("δ")), ", ", "2"]),
    ],
)
def test_spaces_stand_where_ideographs_meet_letters(
    message: str, places: dict[str, object], said: list[object]
) -> None:
    assert list(Catalogue("zh", {"m": message}).say("m", **places)) == said  # type: ignore[arg-type]


@cache
def chinese() -> dict[str, Document]:
    """The article of every layer of the tables."""
    layers = {**{name: layer(g) for name, g in GEOMETRIES.items()}, **{name: own_layer(name) for name in OWN}}
    layers |= {"named": layer(NAMED), "large": layer(LARGE)}
    return {name: article(derive_layer(each), "zh") for name, each in layers.items()}


def prose(told: Document) -> Iterator[Prose]:
    yield told.title
    for block in told.blocks:
        match block:
            case Heading(_, text) | Paragraph(text):
                yield text
            case Items(entries):
                yield from entries
            case Table(header, rows):
                yield from (*header, *(cell for row in rows for cell in row))


def spoken(text: Prose) -> str:
    """What is read, without formulas, numbers of equations and what a user typed."""
    parts = [part if isinstance(part, str) else part.text if isinstance(part, Emphasis) else "□" for part in text]
    return "".join(parts)


def faults(text: str) -> list[str]:
    """Letters that are no Chinese, half-width punctuation and missing or superfluous spaces in Chinese text."""
    found = WORD.findall(text)
    found += re.findall(r"[一-鿿]\s*[,;?!()]|[一-鿿][.:]|[,;?!]\s*[一-鿿]", text)
    found += re.findall(r"[一-鿿][□0-9]|[□0-9][一-鿿]|[一-鿿] [一-鿿]| [，。；：？！、）]|[，。；：？！、（] ", text)
    return found


def test_faults_of_chinese_text_are_noticed() -> None:
    for text in ("the 误差项", "误差项,", "误差项□", "共有16 个", "误 差", "误差项 ，", "（ 见", "误差项. "):
        assert faults(text), text
    assert faults("误差项 □，共有 16 个（见 □）。") == []


def test_articles_are_chinese_throughout() -> None:
    for name, told in chinese().items():
        for text in prose(told):
            assert faults(spoken(text)) == [], (name, text)


def test_articles_are_written_in_every_format() -> None:
    """Where a writer needs something that a language has not, it says so for one of these."""
    for told in chinese().values():
        for write in (text_document, markdown_document, latex_document):
            assert "误差项" in write(told)
    for format_ in FORMATS:
        assert "--language zh" in document(derive_layer(layer(Geometry())), format_, language="zh")


def test_chinese_lines_end_where_they_may() -> None:
    for name, told in chinese().items():
        for line in text_document(told).splitlines():
            assert columns(line) <= WIDTH, (name, line)
            bare = line.strip()
            if any(map(is_ideograph, bare)):
                assert bare[0] not in NO_START, (name, line)
                assert bare[-1] not in NO_END, (name, line)


def test_columns_of_tables_line_up() -> None:
    table = next(b for b in chinese()["lesson"].blocks if isinstance(b, Table))
    lines = text_document(Document(("题",), "", "zh", 0, (table,))).splitlines()
    shown = ["".join(c + "\0" * is_wide(c) for c in line) for line in lines]  # an entry for each column
    starts = [match.start() for match in re.finditer("─+", shown[1])]
    assert (len(starts), len(lines)) == (3, len(table.rows) + 2)
    assert all(shown[0][at] not in " \0" for at in starts)
    for line in shown:
        assert all(line[at - 2 : at].strip() == "" and line[at : at + 1] != "\0" for at in starts), line


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("误差项的梯度", 4, ["误差", "项的", "梯度"]),
        ("误差，误差", 4, ["误", "差，", "误差"]),
        ("误（差）误", 6, ["误", "（差）", "误"]),
        ("误 δ，差", 5, ["误", "δ，差"]),
        ("one two", 5, ["one", "two"]),
        ("a  b", 9, ["a b"]),
        ("误差" * 3, 1, list("误差误差误差")),
        ("", 9, []),
    ],
)
def test_lines_are_filled(text: str, width: int, lines: list[str]) -> None:
    assert filled(text, width) == lines
    assert "".join(pieces(text)) == text


def test_a_formula_after_punctuation_is_kept_apart_in_markdown() -> None:
    """GitHub sees a formula only where white space or an opening parenthesis stands before the dollar."""
    said = markdown_prose(("（", Math(Letter("δ")), "，", Math(Letter("w")), "） (", Math(Letter("a")), ")"), {})
    assert said == r"（ $\delta$， $w$） ($a$)"
    for told in chinese().values():
        for line in markdown_document(told).splitlines():
            opening = line.split("$")[::2][:-1] if not line.startswith("$$") else []
            assert all(not before or before[-1] in " (|" for before in opening), line


def test_figures_are_chinese_throughout() -> None:
    for geometry in GEOMETRIES.values():
        for figure in every_figure(geometry, "zh"):
            said = (figure.title, figure.description, *(t.content for t in texts(figure.nodes)))
            for text in said:
                assert not WORD.search(spoken(text)), (figure.name, text)
                assert not re.search("[一-鿿][,.;]", spoken(text)), (figure.name, text)


def test_a_chinese_figure_is_written_for_both_writers() -> None:
    drawn = every_figure(GEOMETRIES["left-over-rows-padded"], "zh")
    assert "ctex" in figure_document(drawn, "x")
    assert all(any(map(is_ideograph, figure_svg(f, "x"))) for f in drawn)
