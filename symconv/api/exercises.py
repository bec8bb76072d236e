"""Problem sheets as Python users hold them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symconv.errors import RequestError
from symconv.layers.layer import Layer

SUFFIXES = {".txt": "text", ".md": "markdown", ".html": "html", ".tex": "latex", ".pdf": "latex"}
"""Format by the end of a file's name; a PDF is typeset from LaTeX."""


@dataclass(frozen=True, slots=True)
class Exercise:
    """A problem sheet and its key, in the formats text, markdown, html and latex; the same for the same seed."""

    layer: Layer
    seed: int = 0
    language: str = "en"
    base: int = 0

    def sheet(self, format: str = "text") -> str:  # noqa: A002
        """The problems."""
        return self._texts(format)[0]

    def key(self, format: str = "text") -> str:  # noqa: A002
        """The problems, solved."""
        return self._texts(format)[1]

    def save(self, path: str | Path) -> tuple[Path, Path]:
        """Write the sheet, and the key beside it as ``NAME-key``; both paths. RequestError for another ending.

        OutsideError for a PDF where the engine is missing or fails.
        """
        from symconv.emit import write_all

        path = Path(path)
        if path.suffix not in SUFFIXES:
            raise RequestError(f"{str(path)!r} ends in none of {', '.join(SUFFIXES)}; give a file that does")
        texts = self._texts(SUFFIXES[path.suffix])
        paths = path, path.with_name(f"{path.stem}-key{path.suffix}")
        contents: tuple[str | bytes, ...] = texts
        if path.suffix == ".pdf":
            from symconv.typeset import pdf

            contents = tuple(map(pdf, texts))
        write_all(path.parent, {p.name: content for p, content in zip(paths, contents, strict=True)})
        return paths

    def _texts(self, format: str) -> tuple[str, str]:  # noqa: A002
        from symconv.exercise import exercise_texts

        return exercise_texts(self.layer, format, seed=self.seed, language=self.language, base=self.base)


def exercise(layer: Layer, seed: int = 0, *, language: str = "en", base: int = 0) -> Exercise:
    """A problem sheet for a small layer: numbers to work with, and formulas that may be wrong.

    RequestError for sizes that are names, arrays too large to be worked by hand, and a language that is not offered.
    """
    found = Exercise(layer, seed, language, base)
    found.sheet()
    return found
