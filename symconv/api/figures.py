"""Figures in a user's hands: one that shows itself in Jupyter, prints as TikZ, and saves itself as what a name asks."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from symconv.derivation.backward import backward
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.render.figures.description import Figure as Description
from symconv.render.figures.draw import draw, step_count
from symconv.render.figures.drawing import Drawing, drawing
from symconv.render.figures.names import check_name, check_suffix
from symconv.render.figures.svg import svg
from symconv.render.figures.tikz import tikz
from symconv.render.request import request_line

MOST_FRAMES = 256
"""So many steps are joined to an animation."""


@dataclass(frozen=True, slots=True, repr=False)
class Figure:
    """One figure of a layer; ``step`` is None for one that shows everything at once, or where none was asked for."""

    drawn: Description
    drawing: Drawing
    step: int | None

    @property
    def steps(self) -> int | None:
        """How many steps this figure has for its layer, counted from 0; None for one that shows everything at once."""
        return step_count(self.drawing, self.drawn.name)

    def svg(self) -> str:
        """As an SVG element whose letters have the colour of the page around it."""
        return svg(self.drawn, standalone=False)

    def tikz(self) -> str:
        """As one ``tikzpicture``, which needs the packages amsmath and tikz."""
        return tikz(self.drawn)

    def save(self, path: str | Path) -> None:
        """Write .svg, .tex (a document by itself), .png, or .gif (every step), whole or not at all.

        RequestError for another ending, OutsideError where a program is missing that makes pixels.
        """
        from symconv.emit import figure_document, figure_svg, write_bytes, write_text
        from symconv.typeset import animation, page_images

        path = Path(path)
        check_suffix(path.name)
        source = self._source()
        match path.suffix:
            case ".svg":
                write_text(path, figure_svg(self.drawn, source))
            case ".tex":
                write_text(path, figure_document([self.drawn], source))
            case ".png":
                write_bytes(path, page_images(figure_document([self.drawn], source))[0])
            case _:
                write_bytes(path, animation(page_images(figure_document(self._frames(), source), resolution=110)))

    def _frames(self) -> list[Description]:
        name, count = self.drawn.name, self.steps
        if count is None:
            raise RequestError(
                f"the figure {name} shows everything at once and does not move; write .svg, .tex or .png"
            )
        if self.step is not None:
            raise RequestError(f"a .gif shows every step of {name}, not step {self.step} alone; leave the step out")
        if count > MOST_FRAMES:
            raise RequestError(
                f"{name} of this layer has {count} steps and a .gif at most {MOST_FRAMES}; "
                "give a smaller layer, or single steps as .png"
            )
        return [draw(self.drawing, name, step) for step in range(count)]

    def _source(self) -> str:
        chosen = "" if self.step is None else f" --step {self.step}"
        language = self.drawing.catalogue.language
        chosen += "" if language == "en" else f" --language {language}"
        return f"figure {self.drawn.name} {request_line(self.drawing.layer)}{chosen} --base {self.drawing.base}"

    def __repr__(self) -> str:
        return f"<Figure {self.drawn.name} of {self.drawing.layer.name}>"

    def _repr_svg_(self) -> str:
        return self.svg()


def figure(name: str, layer: Layer, step: int | None = None, *, language: str = "en", base: int = 0) -> Figure:
    """The figure of this name; of one with steps the one asked for, counted from 0, or one in the middle.

    The names are those of ``symconv figure --help``; indices are printed from ``base``. RequestError for a name or
    step that is not there, for a layer whose sizes are names, and for what the layer does not have.
    """
    check_name(name)
    if not isinstance(layer, Layer):
        raise RequestError(f"figure was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    about = drawing(layer, backward(layer.net_input), language, base)
    return Figure(draw(about, name, step), about, step)
