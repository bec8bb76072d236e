"""TikZ figures: they compile, alone and in a document, and texts take no more room than they were given."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from symconv.emit import figure_document
from symconv.layers.geometry import Geometry
from symconv.render.document import Verbatim
from symconv.render.document_latex import latex_prose
from symconv.render.figures.description import Figure, Text
from symconv.render.figures.draw import draw
from symconv.render.figures.place import texts
from symconv.render.figures.runs import EM, width
from symconv.render.figures.tikz import WIDTH, size, tikz
from tests.cases import GEOMETRIES
from tests.conftest import Golden
from tests.render.figures.reading_figures import RANDOM, drawn_from, every_figure

HOSTILE = r"""\input{/etc/passwd} $x$ #1 %100 a_b ^ ~ & {} <|>"""
FAST = ("lesson", "left-over-rows-padded", "average-pooling-uncounted", "transposed-groups", "three-dimensions")
MEASURED = (*FAST, "one-dimension", "dense", "locally-connected", "flip-stride", "depth-filters-batch")
LARGE = {
    "large": Geometry(input_size=(40, 40), filter_size=(5, 5), stride=(2, 2), padding=((2, 2), (2, 2))),
    "bare": Geometry(input_size=(14, 12), filter_size=(3, 3), depth=64, filters=32),
    "long": Geometry(
        input_size=(3000,), filter_size=(9,), stride=(2,), dilation=(3,), padding=((4, 4),), output_padding=(0,)
    ),
}
CASES = {**GEOMETRIES, **RANDOM, **LARGE}


def compiled(source: str, folder: Path) -> tuple[str, int]:
    """The log, and how many pages came out."""
    (folder / "figure.tex").write_text(source, encoding="utf-8")
    engine = "pdflatex" if source.isascii() else "xelatex"
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "figure.tex"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, errors="replace")
    assert done.returncode == 0, done.stdout[-2000:]
    log = (folder / "figure.log").read_text(errors="replace")
    return log, int(re.findall(r"Output written on \S+ \((\d+) page", log.replace("\n", ""))[0])


def complaints(log: str) -> list[str]:
    wide = [w for w in re.findall(r"Overfull \\hbox \(([\d.]+)pt", log) if float(w) > 1]
    return wide + re.findall(r"^!.*|^.*Missing character.*|^LaTeX Font Warning.*size.*", log, re.MULTILINE)


@pytest.mark.tex
@pytest.mark.parametrize("name", [pytest.param(n, marks=() if n in FAST else pytest.mark.slow) for n in CASES])
def test_every_figure_compiles_to_a_page(name: str, tmp_path: Path) -> None:
    drawn = list(every_figure(CASES[name]))
    log, pages = compiled(figure_document(drawn, "x"), tmp_path)
    assert complaints(log) == []
    assert pages == len(drawn) >= 3


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in {**GEOMETRIES, **LARGE}.items()])
def test_a_figure_is_as_wide_as_a_page_at_most_and_plain_ascii(geometry: Geometry) -> None:
    for figure in every_figure(geometry):
        assert size(figure)[0] <= WIDTH + 0.01
        assert tikz(figure).isascii()


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize("name", FAST)
def test_chinese_figures_compile_to_a_page(name: str, tmp_path: Path) -> None:
    drawn = list(every_figure(CASES[name], "zh"))
    log, pages = compiled(figure_document(drawn, "x"), tmp_path)
    assert complaints(log) == []
    assert pages == len(drawn) >= 3


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize(("language", "package"), [("en", ""), ("zh", "\\usepackage[fontset=fandol]{ctex}")])
def test_texts_take_no_more_room_than_was_reckoned_with(language: str, package: str, tmp_path: Path) -> None:
    """TeX measures every text; what it finds fits into what the figures were laid out for."""
    layers = [GEOMETRIES[name] for name in MEASURED]
    found = {t.content: None for g in layers for f in every_figure(g, language) for t in texts(f.nodes)}
    lines = [rf"\sbox0{{{latex_prose(content)}}}\typeout{{width \the\wd0}}" for content in found]
    head = f"\\documentclass[10pt]{{article}}\\usepackage{{amsmath}}{package}\\begin{{document}}\n"
    source = head + "\n".join(lines)
    log, _ = compiled(source + "\nx\\end{document}\n", tmp_path)
    measured = [float(points) for points in re.findall(r"^width ([\d.]+)pt", log, re.MULTILINE)]
    assert len(measured) == len(found) > 300
    wide = [(c, w / 10 * EM, width(c)) for c, w in zip(found, measured, strict=True) if w / 10 * EM > width(c) + 0.01]
    assert wide == []


@pytest.mark.tex
def test_escaped_text_is_printed_as_it_stands(tmp_path: Path) -> None:
    hostile = (Verbatim(HOSTILE), " ", HOSTILE)
    log, _ = compiled(figure_document([Figure("x", (), (), 60, 2, (Text(30, 1, hostile),))], "x"), tmp_path)
    assert complaints(log) == []


def test_the_weight_gradient_of_the_lesson(golden: Golden) -> None:
    golden(figure_document([draw(drawn_from(Geometry()), "weight-gradient", 1)], "figure weight-gradient"), "tex")
