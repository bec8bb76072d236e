"""Documents become PDF and pixels: a page each, frames of one size; what fails outside is one sentence."""

from __future__ import annotations

import io
import os
import stat
import sys
from pathlib import Path

import pytest
from PIL import Image

import symconv
from symconv.errors import OutsideError
from symconv.typeset import PATIENCE, animation, page_images, pdf

PAGE = "\\documentclass{{article}}\\begin{{document}}{}\\end{{document}}"
CHINESE = "\\documentclass[fontset=fandol]{{ctexart}}\\begin{{document}}{}\\end{{document}}"


def stand_in(folder: Path, monkeypatch: pytest.MonkeyPatch, name: str, script: str) -> None:
    """Put a program of that name on the path, before all others."""
    (folder / name).write_text(f"#!/bin/sh\n{script}\n")
    (folder / name).chmod(stat.S_IRWXU)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize("document", [PAGE.format("a $b$"), CHINESE.format("误差项 $\\delta$")], ids=["en", "zh"])
def test_the_same_document_is_the_same_pdf_whenever_it_is_made(document: str, monkeypatch: pytest.MonkeyPatch) -> None:
    first = pdf(document)
    monkeypatch.setenv("TZ", "Asia/Shanghai")
    assert first.startswith(b"%PDF-")
    assert pdf(document) == first
    assert b"symconv" not in first
    assert b"/tmp" not in first


@pytest.mark.tex
def test_references_are_resolved() -> None:
    document = PAGE.format("\\ref{a}\\section{b}\\label{a}")
    assert pdf(document) == pdf(document.replace("\\ref{a}", "1"))


@pytest.mark.tex
def test_letters_in_comments_need_no_other_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "xelatex", "exit 1")
    assert pdf("% 误差项\n" + PAGE.format("a")).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("script", "sentence"),
    [
        (
            "echo '! Undefined control sequence.'; exit 1",
            "xelatex failed (Undefined control sequence); leave --pdf out",
        ),
        ('echo "! LaTeX Error: File \\`ctexart.cls\' not found."; exit 1', "texlive-lang-chinese and texlive-pictures"),
        ("exit 7", "xelatex failed (status 7); leave --pdf out"),
    ],
)
def test_an_engine_that_fails_is_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str, sentence: str
) -> None:
    stand_in(tmp_path, monkeypatch, "xelatex", script)
    with pytest.raises(OutsideError) as error:
        pdf(CHINESE.format("误"))
    assert sentence in str(error.value)
    assert "\n" not in str(error.value)


def test_an_engine_that_does_not_end_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "pdflatex", "exec sleep 30")
    monkeypatch.setattr("symconv.typeset.PATIENCE", 0.2)
    with pytest.raises(OutsideError, match=r"pdflatex did not end within 0\.2 seconds"):
        pdf(PAGE.format("a"))
    assert PATIENCE >= 60


def test_nothing_is_run_that_a_document_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    stand_in(tmp_path, monkeypatch, "pdflatex", f'echo "$@" > {tmp_path}/asked; exit 1')
    with pytest.raises(OutsideError):
        pdf(PAGE.format("\\immediate\\write18{{ls}}"))
    assert "-no-shell-escape" in (tmp_path / "asked").read_text()


@pytest.mark.tex
@pytest.mark.pixels
def test_every_page_is_an_image() -> None:
    pages = page_images(PAGE.format("\\newpage ".join("abcdefghijkl")), resolution=20)
    assert len(pages) == 12
    assert len({Image.open(io.BytesIO(page)).size for page in pages}) == 1
    assert len(set(pages)) == 12


@pytest.mark.tex
@pytest.mark.pixels
def test_a_document_that_does_not_compile_is_told_by_its_first_complaint() -> None:
    with pytest.raises(OutsideError, match=r"pdflatex failed \(Undefined control sequence\)"):
        page_images(PAGE.format("\\nonsense"))


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize("letters", ["a", "误差项"])
def test_letters_beyond_ascii_are_typeset_too(letters: str) -> None:
    preamble = "" if letters.isascii() else "\\usepackage[fontset=fandol]{ctex}"
    [page] = page_images(f"\\documentclass{{article}}{preamble}\\begin{{document}}{letters}\\end{{document}}", 20)
    dark = sum(Image.open(io.BytesIO(page)).convert("L").histogram()[:200])
    assert dark > 0


def test_frames_repeat_in_order() -> None:
    frames = []
    for shade in (0, 120, 255):
        frame = io.BytesIO()
        Image.new("RGB", (4, 3), (shade,) * 3).save(frame, "PNG")
        frames.append(frame.getvalue())
    joined = Image.open(io.BytesIO(animation(frames, 500)))
    assert (joined.format, joined.size, getattr(joined, "n_frames", 1)) == ("GIF", (4, 3), 3)
    assert joined.info["loop"] == 0
    shades = []
    for k in range(3):
        joined.seek(k)
        shades.append(joined.convert("L").getpixel((0, 0)))
    assert shades == [0, 120, 255]


def test_without_pillow_there_is_one_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(OutsideError, match=r"pip install 'symconv\[figures\]'"):
        animation([b""])


@pytest.mark.tex
@pytest.mark.pixels
def test_an_animation_has_a_frame_for_every_step(tmp_path: Path) -> None:
    drawn = symconv.figure("forward", symconv.convolution((3, 3), (2, 2)))
    drawn.save(tmp_path / "f.gif")
    drawn.save(tmp_path / "f.png")
    moving, still = (Image.open(io.BytesIO((tmp_path / name).read_bytes())) for name in ("f.gif", "f.png"))
    assert getattr(moving, "n_frames", 1) == drawn.steps == 4
    assert still.format == "PNG"
    assert sum(still.convert("L").histogram()[:128]) > 1000
