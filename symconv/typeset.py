"""Documents turned into pixels: pdflatex and pdftoppm run in a folder of their own, frames joined by Pillow."""

from __future__ import annotations

import io
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


def page_images(document: str, resolution: int = 200) -> list[bytes]:
    """Every page of a LaTeX document as a PNG file, at so many dots per inch.

    OutsideError where a program is missing or fails.
    """
    engine = "pdflatex" if document.isascii() else "xelatex"
    for program in (engine, "pdftoppm"):
        if shutil.which(program) is None:
            raise OutsideError(
                f"{program} is not on the path, and pixels are made with it; "
                f"install {PACKAGES[program]}, or write .svg or .tex"
            )
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "figure.tex").write_text(document, encoding="utf-8")
        _run([engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "figure.tex"], folder)
        _run(["pdftoppm", "-png", "-r", str(resolution), "figure.pdf", "page"], folder)
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


def _run(command: list[str], folder: Path) -> None:
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, timeout=PATIENCE, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise OutsideError(
            f"{command[0]} did not end within {PATIENCE} seconds; give a smaller layer, or write .svg"
        ) from error
    if done.returncode:
        said = done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace")
        complaint = next((line for line in said.splitlines() if line.startswith("! ")), f"status {done.returncode}")
        raise OutsideError(f"{command[0]} failed ({complaint.strip('! .')}); write .svg or .tex instead")
