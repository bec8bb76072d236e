"""LaTeX documents compile: no error, no overfull line, no missing character, no open reference."""

from __future__ import annotations

import re
import subprocess
from functools import partial
from pathlib import Path

import pytest

import symconv
from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.layers.activation import NAMED
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer, layer
from symconv.render.document import Document, Emphasis, EquationGroup, Math, Verbatim
from symconv.render.document_latex import latex_document
from symconv.render.prose_latex import escape, latex_prose
from symconv.render.written import Equation as Equal
from symconv.render.written import Letter, Signed, Sum
from tests.cases import GEOMETRIES

HOSTILE = r"""\input{/etc/passwd} $x$ #1 %100 a_b ^ ~ & {} "q" <|>"""


def test_text_is_escaped() -> None:
    assert escape("50% of a_b & {c}") == r"50\% of a\_b \& \{c\}"
    prose = latex_prose((Emphasis("a_b"), " ", Verbatim("x**2 + 1"), " ", Math(Letter("δ"))))
    assert prose == r"\emph{a\_b} \texttt{x*\allowbreak{}*\allowbreak{}2 +\allowbreak{} 1} $\delta$"


def _space(**sizes: object) -> Geometry:
    return Geometry(**sizes)  # type: ignore[arg-type]


DEEP = _space(
    input_size=(6, 5), filter_size=(3, 2), stride=(2, 2), padding=((1, 0), (0, 1)), depth=3, filters=4, batch=2
)
SOLID = _space(
    input_size=(7, 6, 5),
    filter_size=(3, 2, 2),
    stride=(2, 1, 3),
    dilation=(1, 2, 1),
    padding=((1, 0), (0, 1), (2, 2)),
    output_padding=(0, 0, 0),
    depth=4,
    filters=6,
    groups=2,
    batch=2,
)
ALL_NAMED = _space(
    input_size=("H", "W"),
    filter_size=("K", "L"),
    stride=("S", "S"),
    dilation=("D", "D"),
    padding=(("P", "Q"), ("P", "Q")),
    filters="N",
    depth="C",
    batch="B",
)
CASES: dict[str, Layer] = {
    **{name: layer(geometry) for name, geometry in GEOMETRIES.items()},
    "deep": layer(DEEP),
    "solid": layer(SOLID),
    "named": layer(Geometry(input_size=("H", "W"))),
    "all-named": layer(ALL_NAMED),
    "large": layer(_space(input_size=(56, 56), filter_size=(3, 3), depth=64, filters=64)),
    **{f"f-{name}": layer(Geometry(), activation_name=name, previous_activation_name=name) for name in NAMED},
    "f-typed": layer(
        Geometry(),
        activation_name="exp(-x**2/2)*sin(3*x) - atan(x)/pi + abs(x) + log(1 + exp(x))*tanh(x)**3 - 1/(1 + x**2)",
        previous_activation_name="1/(1 + exp(-(x**4 + x**3 + x**2 + x + 1)/(1 + exp(-(x**4 + x**3 + x**2 + x + 1)))))",
        name="My_first_layer_with_a_long_name",
    ),
}
FAST = (
    "lesson",
    "left-over-rows-padded",
    "deep",
    "solid",
    "all-named",
    "average-pooling-uncounted",
    "f-typed",
    "f-gelu",
)
CHINESE = (
    "lesson",
    "left-over-rows-padded",
    "deep",
    "transposed-groups",
    "all-named",
    "average-pooling-uncounted",
    "dense",
)
"""Told in Chinese by xelatex, the first of them in English too; the others are as the English ones are."""


def compile_twice(source: str, folder: Path, engine: str = "pdflatex") -> str:
    """The log of the second of two runs."""
    (folder / "derivation.tex").write_text(source, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "derivation.tex"]
    for _ in range(2):
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
        assert done.returncode == 0, done.stdout[-2000:]
    return (folder / "derivation.log").read_text(errors="replace")


def complaints(log: str) -> list[str]:
    """What a log says is wrong with the pages."""
    wide = [w for w in re.findall(r"Overfull \\[hv]box \(([\d.]+)pt", log) if float(w) > 1]
    marked = re.findall(r"^!.*|^.*Missing character.*|^.*(?:Reference|references|Label).*", log, re.MULTILINE)
    return wide + marked


def with_code(name: str, language: str, base: int) -> str:
    """The article as `build` writes it: at its end the code and the verdicts, where sizes are numbers."""
    layer, told = CASES[name], partial(symconv.derive(CASES[name]).document, "latex", language=language, base=base)
    if not layer.geometry.is_numeric:
        return told()
    source = symconv.emit(layer)
    return told(code=source, report=symconv.verify(source, layer))


@pytest.mark.tex
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST else pytest.mark.slow) for n in CASES])
def test_documents_compile_without_complaint(name: str, tmp_path: Path) -> None:
    base = 0 if name in ("solid", "f-typed") else 1
    source = with_code(name, "en", base)
    assert source.isascii()  # other letters would come from bitmaps, or from another engine
    assert complaints(compile_twice(source, tmp_path)) == []


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize(("name", "language"), [*((name, "zh") for name in CHINESE), ("lesson", "en")])
def test_documents_compile_with_xelatex(name: str, language: str, tmp_path: Path) -> None:
    source = with_code(name, language, 1)
    assert complaints(compile_twice(source, tmp_path, "xelatex")) == []


def test_a_page_ends_between_the_formulas_of_a_group_and_not_within_one() -> None:
    long = Equal(Letter("a"), Sum(tuple(Signed(False, Letter("net")) for _ in range(40))))
    shown = latex_document(Document((), "", "en", 0, (EquationGroup((long, Equal(Letter("w"), Letter("δ")))),)))
    ends = [line.rstrip()[-3:] for line in shown.splitlines()[1:-2]]
    assert len(ends) >= 3
    assert [end.endswith("*") for end in ends] == [True] * (len(ends) - 1) + [False]


def test_a_formula_in_the_letters_of_the_notation_is_plain_ascii() -> None:
    given = symconv.from_formula("net[b,n,i] = β[n] + w[n,p]·a[b,i+p]", input_size=5, output_size=4, filter_size=2)
    body = document(derive_layer(given), "latex").split("\n", 1)[1]  # the first line is a comment
    assert body.isascii()


@pytest.mark.tex
def test_escaped_text_is_printed_as_it_stands(tmp_path: Path) -> None:
    body = escape(HOSTILE) + "\n\n" + latex_prose((Verbatim(HOSTILE),))
    log = compile_twice(
        rf"\documentclass{{article}}\usepackage{{textcomp}}\begin{{document}}{body}\end{{document}}", tmp_path
    )
    assert complaints(log) == []


def test_a_log_with_complaints_is_noticed() -> None:
    log = "Overfull \\hbox (12.3pt too wide)\nMissing character: There is no X\n! Undefined control sequence."
    assert len(complaints(log)) == 3
    assert complaints("Overfull \\hbox (0.4pt too wide)") == []
