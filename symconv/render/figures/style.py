"""How each role looks, in one table that both writers read.

Colours are those of Okabe and Ito (2008), which colour-blind readers can tell apart, as light tints, so that letters
stay legible on them. No role rests on its colour: a zero of padding has a dashed edge, an inserted zero a dotted one,
a cell that no window reaches is hatched, and what a step is about has a frame and the darkest tint.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symconv.render.figures.description import Box, Cell, Disc, Grid, Node, Role

HUES = {"blue": "0072B2", "green": "009E73", "yellow": "F0C400", "purple": "CC79A7", "red": "D55E00"}


@dataclass(frozen=True, slots=True)
class Look:
    """``tint`` is the percentage of the hue on the ground; the edge is solid, dashed, dotted, faint or strong."""

    hue: str | None
    tint: int
    edge: str = "solid"
    hatched: bool = False


LOOKS = {
    Role.INPUT: Look("blue", 14),
    Role.ERROR: Look("green", 20),
    Role.FILTER: Look("yellow", 30),
    Role.RESULT: Look("purple", 12),
    Role.PADDING: Look(None, 0, "dashed"),
    Role.INSERTED: Look(None, 0, "dotted"),
    Role.UNREAD: Look(None, 0, "solid", hatched=True),
    Role.BLANK: Look(None, 0, "faint"),
}
ACTIVE = {"active": Look("red", 50, "strong"), "active-zero": Look("red", 16, "strong")}
"""A cell that the step is about; a zero in the window is lighter, for it adds nothing."""
ZEROS = (Role.PADDING, Role.INSERTED, Role.UNREAD)
ORDER = ("faint", "dotted", "dashed", "solid", "strong")
"""Edges from first drawn to last: a dashed edge drawn over a solid one would vanish in it, and look solid."""
STROKES = ("solid", "thick", "dashed", "dotted", "dashdotted", "thick-dashed")
"""The styles of lines that can be told apart; a line's ``stroke`` counts in it."""


@dataclass(frozen=True, slots=True)
class Shape:
    """A cell, a box or a disc as a square, a rectangle or a circle at its upper left corner."""

    x: float
    y: float
    width: float
    height: float
    round: bool = False


def shapes(nodes: Iterable[Node]) -> list[tuple[str, Look, list[Shape]]]:
    """All shapes by look, in the order in which they are drawn; the first entry names the look."""
    found: dict[str, list[Shape]] = {}
    for node in nodes:
        match node:
            case Grid(x, y, size, rows):
                for r, row in enumerate(rows):
                    for c, cell in enumerate(row):
                        square = Shape(x + c * size, y + r * size, size, size)
                        found.setdefault(_name(cell), []).append(square)
            case Box(x, y, wide, high, role):
                found.setdefault(role.value, []).append(Shape(x, y, wide, high))
            case Disc(x, y, radius, role):
                name = role.value if role is not Role.BLANK else "dot"
                found.setdefault(name, []).append(Shape(x - radius, y - radius, 2 * radius, 2 * radius, round=True))
    looks = {**{role.value: look for role, look in LOOKS.items()}, **ACTIVE, "dot": Look(None, 100)}
    names = sorted(found, key=lambda name: (ORDER.index(looks[name].edge), list(looks).index(name)))
    return [(name, looks[name], found[name]) for name in names]


def _name(cell: Cell) -> str:
    if not cell.active:
        return cell.role.value
    return "active-zero" if cell.role in ZEROS else "active"


def is_broken(look: Look) -> bool:
    """Whether the edge is of dashes or dots: drawn by two neighbours, one would fill the gaps of the other."""
    return look.edge in ("dashed", "dotted")


def edges(drawn: Iterable[Shape]) -> list[tuple[float, float, float, float]]:
    """The sides of squares, each once, from left to right and from top to bottom."""
    found: dict[tuple[float, ...], tuple[float, float, float, float]] = {}
    for s in drawn:
        right, bottom = s.x + s.width, s.y + s.height
        for side in (
            (s.x, s.y, right, s.y),
            (s.x, bottom, right, bottom),
            (s.x, s.y, s.x, bottom),
            (right, s.y, right, bottom),
        ):
            found.setdefault(tuple(round(v, 3) for v in side), side)
    return list(found.values())


def hatches(shape: Shape) -> list[tuple[float, float, float, float]]:
    """Diagonal strokes in two corners of a square, as lines; the middle is left to the label."""
    x, y, size = shape.x, shape.y, shape.width
    far_x, far_y = x + size, y + size
    near = [(x, y + part * size, x + part * size, y) for part in (0.25, 0.5)]
    return near + [(far_x - part * size, far_y, far_x, far_y - part * size) for part in (0.5, 0.25)]
