"""Documents become pixels: a page each, frames of one size; what fails outside is one sentence."""

from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest
from PIL import Image

import symconv
from symconv.errors import OutsideError
from symconv.typeset import animation, page_images

PAGE = "\\documentclass{{article}}\\begin{{document}}{}\\end{{document}}"


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
