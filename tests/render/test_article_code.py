"""The end of an article: the module itself, and every verdict of its report in the words of the language."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

import symconv
from symconv.api import Source
from symconv.layers.layer import Layer
from symconv.render.messages import catalogue, offered
from symconv.render.prose_latex import escape_code
from symconv.verify.report import Report, Verdict
from tests.cases import GEOMETRIES
from tests.own_layers import OWN, own_layer

LESSON = symconv.convolution()
JUDGED = {
    "lesson": LESSON,
    "activated": symconv.convolution((4, 4), (2, 2), 2, activation="gelu", previous_activation="tanh", dtype="float32"),
    **{k: replace(LESSON, geometry=GEOMETRIES[k]) for k in ("dense",)},
    "pooling": symconv.average_pooling((4, 4), (2, 2), 2),
    "own": own_layer(next(iter(OWN))),
}
TYPES = re.compile(r"(float|int)\d+(, (float|int)\d+)*")


@cache
def judged(name: str) -> tuple[Layer, Source, Report]:
    layer = JUDGED[name]
    source = symconv.emit(layer)
    return layer, source, symconv.verify(source, layer)


def written(name: str, format_: str, language: str = "en", report: Report | None = None) -> str:
    layer, source, found = judged(name)
    return symconv.derive(layer).document(
        format_, language=language, code=source, report=found if report is None else report
    )


@pytest.mark.parametrize("language", offered())
@pytest.mark.parametrize("name", JUDGED)
def test_every_verdict_is_told_in_the_words_of_the_language(name: str, language: str) -> None:
    _, _, report = judged(name)
    said = {key.removeprefix("verdict.") for key in catalogue(language).texts if key.startswith("verdict.")}
    told = {text for verdict in report for text in (verdict.mark, verdict.claim, verdict.method)}
    assert [text for text in told - said if not TYPES.fullmatch(text)] == []


def test_the_catalogue_has_no_verdict_that_no_report_holds() -> None:
    said = {key.removeprefix("verdict.") for key in catalogue("en").texts if key.startswith("verdict.")}
    told = {text for name in JUDGED for v in judged(name)[2] for text in (v.claim, v.method)}
    assert said - told == {"passed", "FAILED", "skipped"}


def test_the_module_stands_in_it_as_it_was_emitted() -> None:
    _, source, _ = judged("lesson")
    assert f"```python\n{source.text.rstrip()}\n```" in written("lesson", "markdown")
    assert f"\\begin{{code}}\n{escape_code(source.text.rstrip())}\n\\end{{code}}" in written("lesson", "latex")
    lines = written("lesson", "text").splitlines()
    assert [line for line in source.text.splitlines() if line and f"    {line}" not in lines] == []


def test_claims_have_a_row_each_with_all_their_methods() -> None:
    _, _, report = judged("lesson")
    rows = [line for line in written("lesson", "markdown").splitlines() if line.endswith("| passed |")]
    assert len(rows) == len({verdict.claim for verdict in report}) < len(report.verdicts)
    methods = "exact symbols, exact whole numbers in float64, exact whole numbers at other sizes"
    assert f"| `net_input` is $\\mathrm{{net}}$ | {methods} | passed |" in rows
    assert f"{len(report.verdicts)} verdicts passed, 0 failed, 0 skipped" in written("lesson", "markdown")


def test_a_verdict_that_failed_is_told_with_its_reason() -> None:
    _, _, report = judged("lesson")
    failed = Verdict("no conjugation", "Gaussian integers", "input 3x3", False, counterexample="net[0] has -a[1]")
    skipped = Verdict("inputs are not written to", "copies compared", "input 3x3", False, skipped="too large")
    text = written("lesson", "markdown", report=Report((*report.verdicts[:3], failed, skipped)))
    assert "3 verdicts passed, 1 failed, 1 skipped" in text
    assert "| no conjugation | Gaussian integers | FAILED |" in text
    assert "- FAILED: `no conjugation: first wrong term: net[0] has -a[1]`" in text
    assert "- skipped: `inputs are not written to: why: too large`" in text


def test_an_article_without_code_does_not_speak_of_it() -> None:
    heading = catalogue("en").texts["heading.code"]
    assert heading in written("lesson", "text")
    assert heading not in symconv.derive(LESSON).text()


def winograd(layer: Layer, layout: str) -> str:
    return symconv.emit(layer, schedule="winograd", accuracy="fast", layout=layout).text


def test_code_in_print_is_plain_ascii() -> None:
    """pdflatex has no other letters, and the font of programs has no Greek for xelatex."""
    texts = {name: judged(name)[1].text for name in JUDGED}
    for dimensions in (1, 2, 3):
        layer = symconv.convolution((6,) * dimensions, (3,) * dimensions)
        texts |= {f"winograd {dimensions} {at}": winograd(layer, at) for at in ("channels_first", "channels_last")}
    generated = Path(__file__).parents[2] / "generated"
    texts |= {str(path): path.read_text(encoding="utf-8") for path in generated.rglob("*.py")}
    assert {n: found for n, t in texts.items() if (found := re.findall(r"[^\x00-\x7f]", escape_code(t)))} == {}


def test_a_line_of_code_that_the_page_does_not_hold_goes_on_in_the_next() -> None:
    line = "    # " + "net[b,n,i] + " * 20
    first, *rest = escape_code(line).split("\n")
    assert rest
    assert all(piece.startswith(r"    \(\to\) ") for piece in rest)
    assert max(len(piece.replace(r"\(\to\)", ">")) for piece in (first, *rest)) <= 100
    joined = " ".join((first, *(piece.removeprefix(r"    \(\to\) ") for piece in rest)))
    assert joined == line
    assert escape_code("x" * 250).replace(r"\(\to\) ", "").replace("\n", "") == "x" * 250


def test_columns_of_a_table_in_print_share_the_line() -> None:
    text = written("lesson", "latex")
    (width,) = set(re.findall(r"arraybackslash\}p\{(\d+)pt", text))
    assert 150 < int(width) < 250


def test_pictures_in_markdown_are_told_in_words() -> None:
    text = symconv.derive(LESSON).document("markdown", folder="figures")
    alt = re.findall(r"^!\[(.+)\]\(figures/forward\.svg\)$", text, re.MULTILINE)
    assert len(alt) == 1
    assert "net₀₀" in alt[0]
    assert not re.search(r"(?<!\\)[\[\]]", alt[0])
