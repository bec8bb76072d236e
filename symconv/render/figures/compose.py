"""Pictures put beside and above each other: where things stand follows from how large they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from symconv.render.document import Math, Prose
from symconv.render.figures.description import (
    Box,
    Bracket,
    Cell,
    Disc,
    Figure,
    Frame,
    Grid,
    Line,
    Node,
    Role,
    Text,
)
from symconv.render.figures.runs import EM, width
from symconv.render.written import Written

CAPTION = 0.95
NOTE = 0.85
LINE = 1.45 * EM
"""From one line of text to the next, at scale 1."""
_MARGIN = 0.35
_DOT = 0.045


@dataclass(frozen=True, slots=True)
class Picture:
    """Part of a figure; neighbours are aligned at ``axis``, the height of its middle."""

    nodes: tuple[Node, ...]
    width: float
    height: float
    axis: float


def moved(node: Node, x: float, y: float) -> Node:
    """The node further to the right and down."""
    match node:
        case Line():
            return replace(node, x=node.x + x, y=node.y + y, to_x=node.to_x + x, to_y=node.to_y + y)
        case Grid() | Frame() | Box() | Disc() | Bracket() | Text():
            return replace(node, x=node.x + x, y=node.y + y)


def beside(pictures: Iterable[Picture], gap: float = 0.5) -> Picture:
    """From left to right, aligned at their axes."""
    parts = list(pictures)
    axis = max(part.axis for part in parts)
    nodes: list[Node] = []
    x = 0.0
    for part in parts:
        nodes += [moved(node, x, axis - part.axis) for node in part.nodes]
        x += part.width + gap
    height = axis + max(part.height - part.axis for part in parts)
    return Picture(tuple(nodes), x - gap, height, axis)


def above(pictures: Iterable[Picture], gap: float = 0.5, align: str = "middle") -> Picture:
    """From top to bottom, around one middle or from one left edge."""
    parts = list(pictures)
    whole = max(part.width for part in parts)
    nodes: list[Node] = []
    y = 0.0
    for part in parts:
        x = (whole - part.width) / 2 if align == "middle" else 0.0
        nodes += [moved(node, x, y) for node in part.nodes]
        y += part.height + gap
    return Picture(tuple(nodes), whole, y - gap, (y - gap) / 2)


def text(content: Prose, scale: float = CAPTION) -> Picture:
    """One line."""
    wide, high = width(content) * scale, LINE * scale
    return Picture((Text(wide / 2, high / 2, content, scale),), wide, high, high / 2)


def lines(contents: Sequence[Prose], scale: float = CAPTION) -> Picture:
    """Lines below each other from one left edge."""
    wide = max(width(content) for content in contents) * scale
    high = LINE * scale
    nodes = tuple(Text(0, (k + 0.5) * high, content, scale, "start") for k, content in enumerate(contents))
    return Picture(nodes, wide, high * len(nodes), high * len(nodes) / 2)


def formula(written: Written, scale: float = CAPTION) -> Picture:
    """A formula on one line."""
    return text((Math(written),), scale)


def grid(rows: Sequence[Sequence[Cell]], size: float = 1.0, window: bool = False) -> Picture:
    """Cells; ``window`` draws the outline of those that are active."""
    node = Grid(0, 0, size, tuple(tuple(row) for row in rows))
    wide, high = size * len(node.rows[0]), size * len(node.rows)
    return Picture((node, *(_window(node) if window else ())), wide, high, high / 2)


def captioned(picture: Picture, caption: Prose, scale: float = CAPTION) -> Picture:
    """The picture below its caption, its axis unchanged."""
    head = text(caption, scale)
    both = above((head, picture), 0.15)
    return replace(both, axis=head.height + 0.15 + picture.axis)


def labelled(picture: Picture, label: Prose, wide: float) -> Picture:
    """The picture to the right of its label, which ends where a margin of this width does."""
    shown = (Text(wide - 0.2, picture.axis, label, CAPTION, "end"),) if label else ()
    nodes = tuple(moved(node, wide, 0) for node in picture.nodes)
    return Picture((*shown, *nodes), picture.width + wide, picture.height, picture.axis)


def bracketed(picture: Picture, spans: Sequence[tuple[float, float, Prose]]) -> Picture:
    """The picture below brackets, each from one x to another with its label above."""
    room = 0.2 + LINE * CAPTION
    nodes = [moved(node, 0, room) for node in picture.nodes]
    for start, stop, label in spans:
        nodes.append(Bracket(start + 0.06, room - 0.08, stop - start - 0.12))
        nodes.append(Text((start + stop) / 2, LINE * CAPTION / 2 - 0.06, label, CAPTION))
    return Picture(tuple(nodes), picture.width, picture.height + room, picture.axis + room)


def dots(across: bool) -> Picture:
    """What is left out of a row or a column."""
    long, thin = 0.55, 0.1
    if across:
        return Picture(tuple(_dots(long / 2, thin / 2, across=True)), long, thin, thin / 2)
    return Picture(tuple(_dots(thin / 2, long / 2, across=False)), thin, long, long / 2)


def torn(picture: Picture, left: bool, right: bool, top: bool, bottom: bool) -> Picture:
    """Dots at the sides where an excerpt was cut out."""
    gap = 0.55
    x, y = gap * left, gap * top
    wide, high = picture.width + x + gap * right, picture.height + y + gap * bottom
    nodes = [moved(node, x, y) for node in picture.nodes]
    middle_x, middle_y = x + picture.width / 2, y + picture.axis
    nodes += _dots(x - gap / 2, middle_y, across=True) * left
    nodes += _dots(wide - gap / 2, middle_y, across=True) * right
    nodes += _dots(middle_x, y - gap / 2, across=False) * top
    nodes += _dots(middle_x, high - gap / 2, across=False) * bottom
    return Picture(tuple(nodes), wide, high, middle_y)


def arrow(label: Prose = (), down: bool = False) -> Picture:
    """An arrow to the next picture, its label above it or to its right."""
    wide = width(label) * NOTE
    if down:
        shown = (Text(0.3, 0.4, label, NOTE, "start"),) if label else ()
        return Picture((Line(0, 0, 0, 0.8, head=True), *shown), 0.0, 0.8, 0.4)
    long = max(0.9, wide + 0.3)
    shown = (Text(long / 2, 0.2, label, NOTE),) if label else ()
    return Picture((Line(0, 0.4, long, 0.4, head=True), *shown), long, 0.8, 0.4)


def figure(name: str, title: Prose, description: Prose, picture: Picture) -> Figure:
    """The picture with a margin around it."""
    nodes = tuple(moved(node, _MARGIN, _MARGIN) for node in picture.nodes)
    return Figure(name, title, description, picture.width + 2 * _MARGIN, picture.height + 2 * _MARGIN, nodes)


def _dots(x: float, y: float, across: bool) -> list[Node]:
    return [Disc(x + d * across, y + d * (not across), _DOT, Role.BLANK) for d in (-0.15, 0.0, 0.15)]


def _window(node: Grid) -> tuple[Frame, ...]:
    """The smallest rectangle around the active cells."""
    active = [(r, c) for r, row in enumerate(node.rows) for c, cell in enumerate(row) if cell.active]
    if not active:
        return ()
    top, bottom = min(r for r, _ in active), max(r for r, _ in active) + 1
    left, right = min(c for _, c in active), max(c for _, c in active) + 1
    return (Frame(left * node.size, top * node.size, (right - left) * node.size, (bottom - top) * node.size),)
