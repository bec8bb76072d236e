"""The explorer in a user's hands: a page that saves itself."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from pathlib import Path

from symconv.errors import RequestError
from symconv.layers.layer import Layer


@dataclass(frozen=True, slots=True, repr=False)
class Explorer:
    """A page on which a layer is explored; it runs scripts, so in Jupyter one step stands for it."""

    layer: Layer
    html: str
    language: str = "en"

    def save(self, path: str | Path) -> None:
        """Write the page, whole or not at all; RequestError for an ending other than .html."""
        from symconv.emit import write_text

        path = Path(path)
        if path.suffix != ".html":
            raise RequestError(f"{path.name!r} does not end in .html, which is what the page is; give FILE.html")
        write_text(path, self.html)

    def _repr_html_(self) -> str:
        """A still picture and how to open the page: notebooks strip scripts from what they are not told to trust."""
        from symconv.api.figures import figure
        from symconv.render.messages import catalogue

        said = catalogue(self.language).section("explorer")["notebook"]
        return f"<p>{escape(said)}</p>{figure('forward', self.layer, language=self.language).svg()}"

    def __repr__(self) -> str:
        return f"<Explorer of {self.layer.name} ({self.layer.geometry.kind})>"


def explore(layer: Layer, *, language: str = "en") -> Explorer:
    """One HTML page with the forward view and the gradients, cell by cell, with sliders for the sizes.

    RequestError for what it does not draw: other kinds than conv and conv-transpose, three dimensions, large sizes.
    """
    if not isinstance(layer, Layer):
        raise RequestError(f"explore was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    from symconv.emit import explorer_page

    return Explorer(layer, explorer_page(layer, language), language)
