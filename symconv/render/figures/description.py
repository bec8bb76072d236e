"""A figure as a description: cells with roles, windows, lines and texts. Two writers turn one into SVG or TikZ.

Lengths are in cells, x to the right and y downwards; nothing here knows a colour. *What* a cell is (padding, in the
window, reached by no window) is decided where the figure is made, by asking the derivation; *how* it looks stands in
:mod:`symconv.render.figures.style`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from symconv.render.document import Prose
from symconv.render.written import Written


class Role(Enum):
    """What a cell is."""

    INPUT = "input"
    ERROR = "error"
    FILTER = "filter"
    RESULT = "result"
    PADDING = "padding"
    INSERTED = "inserted"
    UNREAD = "unread"
    BLANK = "blank"


@dataclass(frozen=True, slots=True)
class Cell:
    """One square; ``note`` is what it meets (a tap of the filter), ``active`` whether this step is about it."""

    role: Role
    label: Written | None = None
    note: Written | None = None
    active: bool = False


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of equally many cells, each ``size`` wide and high, from the upper left corner."""

    x: float
    y: float
    size: float
    rows: tuple[tuple[Cell, ...], ...]

    def __post_init__(self) -> None:
        if not self.rows or len({len(row) for row in self.rows}) != 1 or not self.rows[0]:
            raise ValueError("the rows of a grid are equally long and not empty")


@dataclass(frozen=True, slots=True)
class Frame:
    """The outline of a window."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Box:
    """A whole array as one rectangle."""

    x: float
    y: float
    width: float
    height: float
    role: Role


@dataclass(frozen=True, slots=True)
class Disc:
    """A neuron, or with a small radius a dot for what is left out."""

    x: float
    y: float
    radius: float
    role: Role


@dataclass(frozen=True, slots=True)
class Line:
    """A straight line; ``stroke`` numbers the line styles that can be told apart, ``head`` puts an arrowhead on it."""

    x: float
    y: float
    to_x: float
    to_y: float
    stroke: int = 0
    head: bool = False


@dataclass(frozen=True, slots=True)
class Bracket:
    """A bracket along the top of cells, open downwards."""

    x: float
    y: float
    width: float


@dataclass(frozen=True, slots=True)
class Text:
    """A line of text around its middle; ``anchor`` is start, middle or end, ``scale`` 1 the size of cell labels."""

    x: float
    y: float
    content: Prose
    scale: float = 1.0
    anchor: str = "middle"

    def __post_init__(self) -> None:
        if self.anchor not in ("start", "middle", "end"):
            raise ValueError(f"a text is anchored at start, middle or end, not {self.anchor}")


Node = Grid | Frame | Box | Disc | Line | Bracket | Text


@dataclass(frozen=True, slots=True)
class Figure:
    """A whole figure: its name, a title, what is seen told to whoever can not see it, and the nodes."""

    name: str
    title: Prose
    description: Prose
    width: float
    height: float
    nodes: tuple[Node, ...]
