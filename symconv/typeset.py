"""Documents typeset: TeX and pdftoppm run in a folder of their own, frames joined by Pillow."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from symconv.errors import OutsideError

PACKAGES = {
    "pdflatex": "texlive-latex-base and texlive-pictures",
    "xelatex": "texlive-xetex, texlive-lang-chinese and texlive-pictures",
    "pdftoppm": "poppler-utils",
}
"""Each program, and where Debian has it."""
PATIENCE = 120
"""Seconds that one program may take."""
WITHOUT_PDF = "leave --pdf out"
WITHOUT_PIXELS = "write .svg or .tex"
"""What can be had where a program is missing or fails."""
_SAME_BYTES = {"SOURCE_DATE_EPOCH": "0", "FORCE_SOURCE_DATE": "1"}
"""TeX dates what it makes, and names its fonts by chance, unless it is told the time."""
_LONG_LINES = {"max_print_line": "1000"}
"""TeX breaks the lines of its log at 79 characters, in the middle of a complaint."""


def pdf(document: str) -> bytes:
    """A LaTeX document as a PDF file, references resolved; the same document gives the same bytes.

    OutsideError where the engine is missing or fails.
    """
    with tempfile.TemporaryDirectory() as name:
        return _typeset(document, Path(name), 2, "a PDF is", WITHOUT_PDF).read_bytes()


def page_images(document: str, resolution: int = 200) -> list[bytes]:
    """Every page of a LaTeX document without references as a PNG file, at so many dots per inch.

    OutsideError where a program is missing or fails.
    """
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        made = _typeset(document, folder, 1, "pixels are", WITHOUT_PIXELS)
        _require("pdftoppm", "pixels are", WITHOUT_PIXELS)
        _run(["pdftoppm", "-png", "-r", str(resolution), made.name, "page"], folder, WITHOUT_PIXELS)
        return [path.read_bytes() for path in sorted(folder.glob("page*.png"))]


def animation(frames: Sequence[bytes], milliseconds: int = 800) -> bytes:
    """PNG files of one size as a GIF that repeats. OutsideError where Pillow is missing."""
    try:
        from PIL import Image
    except ImportError as error:
        raise OutsideError(
            "a .gif is put together by Pillow, which is not installed; "
            "pip install 'symconv[figures]', or write single steps as .png"
        ) from error
    images = [Image.open(io.BytesIO(frame)).convert("RGB").quantize(64) for frame in frames]
    joined = io.BytesIO()
    images[0].save(joined, "GIF", save_all=True, append_images=images[1:], duration=milliseconds, loop=0)
    return joined.getvalue()


def _typeset(document: str, folder: Path, times: int, made: str, instead: str) -> Path:
    """The PDF of a document; ``made`` and ``instead`` tell what for, and what else can be had."""
    engine = "pdflatex" if _is_latin(document) else "xelatex"
    _require(engine, made, instead)
    (folder / "document.tex").write_text(document, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "document.tex"]
    for _ in range(times):
        _run(command, folder, instead)
    return folder / "document.pdf"


def _is_latin(document: str) -> bool:
    """Whether pdflatex can set it: all is ASCII but for comments."""
    return all(line.isascii() or line.startswith("%") for line in document.splitlines())


def _require(program: str, made: str, instead: str) -> None:
    if shutil.which(program) is None:
        raise OutsideError(
            f"{program} is not on the path, and {made} made with it; install {PACKAGES[program]}, or {instead}"
        )


def _run(command: list[str], folder: Path, instead: str) -> None:
    program = command[0]
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env={**os.environ, **_SAME_BYTES, **_LONG_LINES},
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=PATIENCE,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise OutsideError(
            f"{program} did not end within {PATIENCE} seconds; give a smaller layer, or {instead}"
        ) from error
    if done.returncode:
        said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        first = next((line for line in said.splitlines() if line.startswith("! ")), f"status {done.returncode}")
        complaint = first.strip("! .")
        advice = f"install {PACKAGES[program]}, or {instead}" if "found" in complaint else f"{instead} instead"
        raise OutsideError(f"{program} failed ({complaint}); {advice}")
