"""What objects show of themselves in Jupyter: what they print, escaped, without a script."""

from __future__ import annotations

import re
from base64 import b64decode
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

import symconv
from symconv.audit.report import AuditReport, Entry
from symconv.verify.report import Report, Verdict

LAYER = symconv.convolution()
HOSTILE = "<script>alert('x')</script> & \"quoted\""
WRONG = Verdict(f"claim {HOSTILE}", "exact symbols", "input 3x3", False, counterexample=f"lacks {HOSTILE}")
SHOWN: dict[str, Any] = {
    "verdict": WRONG,
    "report": Report((WRONG, Verdict("net", "exact symbols", "input 3x3", False, skipped=HOSTILE))),
    "audit": AuditReport((Entry(HOSTILE, "m", "s", False, None, HOSTILE, 0.0, "wrong", "net_input", HOSTILE),)),
    "right formula": symconv.check("da = cross(pad(delta, K-1), rot180(w))", LAYER),
    "wrong formula": symconv.check("da = cross(pad(delta, K-1), w)", LAYER),
    "answer": symconv.check(
        "da", LAYER, values={"delta": [[1, 2], [3, 4]], "w": [[1, 2], [3, 5]], "da": [[1] * 3] * 3}
    ),
    "code": symconv.Source(HOSTILE, "why"),
    "layer": symconv.convolution((8, 8), (3, 3), 2, depth=3, filters=4, padding=1, activation="relu"),
}


def texts(shown: str) -> list[str]:
    """The text of every cell, and of what stands outside tables; ElementTree reads well-formed elements only."""
    return [text for text in ElementTree.fromstring(f"<div>{shown}</div>").itertext() if text.strip()]


@pytest.mark.parametrize("name", SHOWN)
def test_text_is_escaped_and_elements_are_few(name: str) -> None:
    shown = SHOWN[name]._repr_html_()
    assert set(re.findall(r"</?(\w+)", shown)) <= {"table", "thead", "tbody", "tr", "th", "td", "p", "pre", "code"}
    assert "class=" not in shown
    assert "id=" not in shown
    told = "\n".join(texts(shown))
    assert ("alert" in told) == (HOSTILE in told)


def test_a_derivation_shows_itself_with_its_figures() -> None:
    derivation = symconv.derive(LAYER)
    held = re.findall(r"\]\(data:image/svg\+xml;base64,(.*)\)", derivation._repr_markdown_())
    assert len(held) == len(derivation.pictures()) > 3
    assert all(b64decode(picture).startswith(b"<svg ") for picture in held)


def test_a_layer_shows_what_it_was_given_and_the_shapes_of_its_arrays() -> None:
    cells = texts(SHOWN["layer"]._repr_html_())
    told = dict(zip(cells[::2], cells[1::2], strict=True))
    assert {name: told[name] for name in ("kind", "input", "filter", "stride", "padding", "activation")} == {
        **{"kind": "conv", "input": "8x8", "filter": "3x3", "stride": "2", "padding": "1", "activation": "relu"}
    }
    assert (told["shape of a"], told["shape of w"], told["shape of net"]) == ("1x3x8x8", "4x3x3x3", "1x4x4x4")
    assert "dilation" not in told


def test_a_layer_with_named_sizes_and_one_of_its_own_show_themselves() -> None:
    assert "HxW" in texts(symconv.convolution(("H", "W"))._repr_html_())
    own = symconv.from_formula("net[b,n,i] = w[n,p]*a[b,i+p]", input_size=5, output_size=4, filter_size=2)
    assert "net[b,n,i] = w[n,p]*a[b,i+p]" in texts(own._repr_html_())


@pytest.mark.parametrize("name", ["verdict", "right formula", "wrong formula"])
def test_a_verdict_is_the_lines_that_it_prints(name: str) -> None:
    cells = texts(SHOWN[name]._repr_html_())
    printed = [part for line in str(SHOWN[name]).splitlines() for part in line.strip().split(": ", 1)]
    assert cells == printed
    assert len(cells) >= 6


def test_a_report_has_a_row_for_each_verdict_and_the_notes_and_the_count() -> None:
    report = symconv.verify(symconv.emit(LAYER), LAYER)
    cells = texts(report._repr_html_())
    for verdict in report:
        assert {verdict.claim, verdict.method, verdict.sizes} - {""} <= set(cells)
    assert cells[-1] == f"{len(report.verdicts)} passed, 0 failed, 0 skipped"
    told = "\n".join(texts(SHOWN["report"]._repr_html_()))
    assert f"first wrong term: lacks {HOSTILE}" in told
    assert f"why: {HOSTILE}" in told
    assert "0 passed, 1 failed, 1 skipped" in told


def test_an_audit_shows_its_own_table(tmp_path: Path) -> None:
    code = symconv.emit(LAYER).text.replace("[:, :, ::-1, ::-1]", "")
    (tmp_path / "mine.py").write_text(code, encoding="utf-8")
    report = symconv.audit(str(tmp_path / "mine.py"), LAYER)
    cells = texts(report._repr_html_())
    head, *rows = report.rows()
    assert cells[: len(head) - 1] == list(head[1:])
    for row in rows:
        assert row[0] in cells
    assert cells[-1] == report.summary()


def test_wrong_numbers_are_told_with_the_likely_reason() -> None:
    told = "\n".join(texts(SHOWN["answer"]._repr_html_()))
    assert "FAILED" in told
    assert "wrong cells: " in told


def test_code_is_shown_as_it_stands() -> None:
    source = symconv.emit(LAYER)
    assert unescape(re.sub(r"</?(pre|code)>", "", source._repr_html_())) == source.text


def test_figures_and_derivations_show_themselves_without_a_script() -> None:
    picture = symconv.figure("error-term", LAYER)._repr_svg_()
    told = symconv.derive(LAYER)._repr_markdown_()
    assert picture.startswith("<svg ")
    assert "$$" in told
    assert "<script" not in picture + told
