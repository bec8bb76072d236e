"""The texts of a figure with their places: those of cells fitted into the cell, the others where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from symconv.render.document import Math
from symconv.render.figures.description import Figure, Grid, Node, Text
from symconv.render.figures.runs import EM, width
from symconv.render.written import Written

NOTE_SCALE = 0.68
_ROOM = 0.92
"""The part of a cell's width that a label may take."""
_ALONE, _ABOVE, _BELOW = 0.5, 0.34, 0.76
"""The height in its cell of a label by itself, of one with a note, and of the note."""
HEIGHT = 1.15 * EM
"""A line with its subscripts, at scale 1."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The rectangle that a text takes at most."""

    left: float
    top: float
    right: float
    bottom: float

    def overlaps(self, other: Extent) -> bool:
        """Whether both have a point in common that is not on an edge."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


def texts(nodes: Iterable[Node]) -> tuple[Text, ...]:
    """Every text of the nodes, in order."""
    return tuple(text for node in nodes for text in _texts(node))


def extent(text: Text) -> Extent:
    """The rectangle around a text."""
    wide, high = width(text.content) * text.scale, HEIGHT * text.scale
    left = text.x - wide * {"start": 0.0, "middle": 0.5, "end": 1.0}[text.anchor]
    return Extent(left, text.y - high / 2, left + wide, text.y + high / 2)


def inside(figure: Figure) -> bool:
    """Whether every text lies within the figure."""
    found = [extent(text) for text in texts(figure.nodes)]
    return all(e.left >= 0 and e.top >= 0 and e.right <= figure.width and e.bottom <= figure.height for e in found)


def _texts(node: Node) -> Iterator[Text]:
    match node:
        case Text():
            yield node
        case Grid(x, y, size, rows):
            for r, row in enumerate(rows):
                for c, cell in enumerate(row):
                    left, top = x + c * size, y + r * size
                    if cell.label is not None:
                        height = _ALONE if cell.note is None else _ABOVE
                        yield fitted(cell.label, left + size / 2, top + height * size, size, size)
                    if cell.note is not None:
                        yield fitted(cell.note, left + size / 2, top + _BELOW * size, size, NOTE_SCALE * size)


def fitted(label: Written, x: float, y: float, size: float, scale: float) -> Text:
    """The label as large as a cell of this size allows, at most ``scale`` of its text size."""
    content = (Math(label),)
    return Text(x, y, content, min(scale, _ROOM * size / width(content)))
