"""Figures as TikZ: one ``tikzpicture`` that needs amsmath and tikz, no TikZ library, and brings its own colours."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable

from symconv.render.figures.description import Bracket, Figure, Frame, Line, Text
from symconv.render.figures.place import texts
from symconv.render.figures.runs import EM
from symconv.render.figures.style import HUES, STROKES, Look, Shape, edges, hatches, is_broken, shapes
from symconv.render.prose_latex import latex_prose

CELL = 10 / EM * 2.54 / 72.27
"""Centimetres to a cell at scale 1: labels are set in 10 points."""
SCALE = 0.8
"""Where the width allows it, labels are 8 points."""
WIDTH = 15.9
"""Centimetres of text on an A4 page; wider figures are scaled down to it."""
_BASE = 0.33
_LINE = 110
_STROKES = {
    "solid": "",
    "thick": "line width=1.2pt",
    "dashed": "dashed",
    "dotted": "densely dotted",
    "dashdotted": "dash dot",
    "thick-dashed": "line width=1.2pt, dashed",
}
_EDGES = {
    "solid": "draw=black!75",
    "dashed": "draw=black!75, densely dashed",
    "dotted": "draw=black!90, dotted, line width=.7pt",
    "faint": "draw=black!30, line width=.2pt",
    "strong": "draw=black, line width=.6pt",
}


def scale(figure: Figure) -> float:
    """How large the picture is drawn: 0.8, or less where it would be wider than the text."""
    return min(SCALE, WIDTH / (figure.width * CELL))


def size(figure: Figure) -> tuple[float, float]:
    """Width and height in centimetres as drawn."""
    return figure.width * CELL * scale(figure), figure.height * CELL * scale(figure)


def tikz(figure: Figure) -> str:
    """The picture; its bounding box is the figure's."""
    unit = _number(CELL)
    parts = [
        *(rf"\definecolor{{symconv{name}}}{{HTML}}{{{value}}}%" for name, value in HUES.items()),
        rf"\begin{{tikzpicture}}[x={unit}cm, y=-{unit}cm, scale={_number(scale(figure))}, transform shape, "
        r"inner sep=0pt, outer sep=0pt, font=\fontsize{10}{12}\selectfont]",
        rf"\useasboundingbox (0,0) rectangle ({_number(figure.width)},{_number(figure.height)});",
        *(_line(node) for node in figure.nodes if isinstance(node, Line)),
        *(part for name, look, drawn in shapes(figure.nodes) for part in _shapes(name, look, drawn)),
        *(_outline(node) for node in figure.nodes if isinstance(node, Frame | Bracket)),
        *(_text(text) for text in texts(figure.nodes)),
        r"\end{tikzpicture}%",
    ]
    return "\n".join(parts) + "\n"


def _shapes(name: str, look: Look, drawn: list[Shape]) -> list[str]:
    if name == "dot":
        return [rf"\fill {_joined(map(_path, drawn))};"]
    fill = f", fill=symconv{look.hue}!{look.tint}" if look.hue else ""
    path = _strokes(edges(drawn)) if is_broken(look) else _joined(map(_path, drawn))
    found = [rf"\path[{_EDGES[look.edge]}{fill}] {path};"]
    if look.hatched:
        lines = _strokes(h for shape in drawn for h in hatches(shape))
        found.append(rf"\draw[black!55, line width=.3pt] {lines};")
    return found


def _strokes(lines: Iterable[tuple[float, float, float, float]]) -> str:
    return _joined(f"{_at(x, y)} -- {_at(to_x, to_y)}" for x, y, to_x, to_y in lines)


def _joined(parts: Iterable[str]) -> str:
    """One path, in lines that TeX can read: it holds 200,000 characters of one at most."""
    return textwrap.fill(" ".join(parts), _LINE, break_long_words=False, break_on_hyphens=False)


def _path(shape: Shape) -> str:
    if shape.round:
        radius = shape.width / 2
        return f"{_at(shape.x + radius, shape.y + radius)} circle[radius={_number(radius)}]"
    return f"{_at(shape.x, shape.y)} rectangle +{_at(shape.width, shape.height)}"


def _line(line: Line) -> str:
    options = ", ".join(filter(None, ("-latex" if line.head else "", _STROKES[STROKES[line.stroke]])))
    return rf"\draw[{options}] {_at(line.x, line.y)} -- {_at(line.to_x, line.to_y)};"


def _outline(node: Frame | Bracket) -> str:
    if isinstance(node, Frame):
        corner = _at(node.x, node.y)
        return rf"\draw[line width=1.6pt, line join=round] {corner} rectangle +{_at(node.width, node.height)};"
    return rf"\draw {_at(node.x, node.y)} -- ++(0,-.12) -- ++({_number(node.width)},0) -- ++(0,.12);"


def _text(text: Text) -> str:
    anchor = {"start": "base west", "middle": "base", "end": "base east"}[text.anchor]
    at = _at(text.x, text.y + _BASE * EM * text.scale)
    return rf"\node[anchor={anchor}, scale={_number(text.scale)}] at {at} {{{latex_prose(text.content)}}};"


def _at(x: float, y: float) -> str:
    return f"({_number(x)},{_number(y)})"


def _number(value: float) -> str:
    text = f"{value:.3f}".rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
