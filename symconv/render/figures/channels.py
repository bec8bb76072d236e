"""Depths and filters: which planes of which filters there are, summed along rows in the forward pass, columns back."""

from __future__ import annotations

from symconv.derivation.monomial import Index
from symconv.errors import RequestError
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import CAPTION, Picture, dots, figure, grid, moved
from symconv.render.figures.description import Box, Cell, Figure, Line, Node, Role, Text
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.notes import below
from symconv.render.figures.place import fitted
from symconv.render.figures.reading import LEAD
from symconv.render.written import Indexed, Letter, Number, Written

MOST = 6
"""So many depths and filters are drawn."""
_WIDE, _HIGH = 2.1, 1.75
"""From one plane to the next."""
_PLANE = 1.0


def channels(d: Drawing, name: str) -> Figure:
    """A row for each filter and a column for each depth, with the plane of the filter where the two are tied."""
    g = d.geometry
    if d.dimensions == 0:
        raise RequestError(
            f"the figure {name} shows planes of filters, and single neurons have none; choose connections"
        )
    filters, depths = g.output_shape[1], g.input_shape[1]
    rows, columns = range(min(filters, MOST)), range(min(depths, MOST))
    nodes: list[Node] = []
    right, bottom = 0.4 + _WIDE * len(columns), 1.5 + _HIGH * len(rows)
    for c in columns:
        x = 0.2 + _WIDE * c
        nodes += _named(x, 0, Role.INPUT, _indexed(d, "a", (c,)))
        nodes += _named(x, bottom + 0.5, Role.RESULT, _indexed(d, "∂E/∂a", (c,)))
        nodes.append(Line(x + 0.75, bottom - 0.35, x + 0.75, bottom + 0.45, head=True))
    for n in rows:
        y = 1.4 + _HIGH * n
        nodes += _named(right + 0.8, y + 0.15, Role.RESULT, _indexed(d, "net", (n,)))
        nodes.append(Line(right - 0.25, y + 0.5, right + 0.75, y + 0.5, head=True))
        for c, weight in _tied(d, n).items():
            if c in columns:
                nodes += _plane(d, 0.2 + _WIDE * c, y, weight)
    for across, is_cut, x, y in (
        (True, len(columns) < depths, right - 0.55, 0.375),
        (False, len(rows) < filters, right + 1.55, bottom - 0.4),
    ):
        nodes += [moved(node, x, y) for node in dots(across).nodes] if is_cut else []
    drawn = Picture(tuple(nodes), right + 2.5, bottom + 1.3, bottom / 2)
    told: list[Prose] = [d.say("channels_note")]
    if len(columns) < depths or len(rows) < filters:
        told.append(d.say("excerpt_channels", depths=len(columns), all=depths, filters=len(rows), every=filters))
    title, about = d.say("channels", layer=d.name()), d.say("described_channels")
    return figure(name, title, about, below(drawn, [], told))


def _tied(d: Drawing, n: int) -> dict[int, Index | None]:
    """The depths that a filter reads, each with the channel indices of its weights, asked of a net input.

    All depths are read at the same places, so any net input that reads something tells.
    """
    size = d.geometry.output_size
    for at in (tuple((o - 1) // 2 for o in size), (0,) * len(size), tuple(o - 1 for o in size)):
        reads = [dict(product.factors) for product in d.products(d.own.net_input, (0, n, *at))]
        found = {read["a"][1]: read["w"][:LEAD] if "w" in read else None for read in reads if "a" in read}
        if found:
            return found
    return {}


def _plane(d: Drawing, x: float, y: float, weight: Index | None) -> list[Node]:
    """One plane of a filter with its name; a window where there are no weights."""
    size = tuple(int(k) for k in d.geometry.filter_size)
    rows, columns = (1, size[0]) if len(size) == 1 else size[:2]
    nodes: list[Node] = []
    if len(size) <= 2 and max(size) <= MOST:
        cell = _PLANE / max(rows, columns)
        drawn = grid([[Cell(Role.FILTER)] * columns] * rows, cell)
        left, top = x + 0.75 - drawn.width / 2, y + 0.5 - drawn.height / 2
        nodes += [moved(node, left, top) for node in drawn.nodes]
    else:
        nodes.append(Box(x + 0.25, y, _PLANE, _PLANE, Role.FILTER))
    if weight is not None:
        nodes.append(Text(x + 0.75, y + 1.22, (Math(_indexed(d, "w", weight)),), CAPTION))
    return nodes


def _named(x: float, y: float, role: Role, name: Written) -> list[Node]:
    return [Box(x, y, 1.5, 0.75, role), fitted(name, x + 0.75, y + 0.375, 1.5, CAPTION)]


def _indexed(d: Drawing, letter: str, index: Index) -> Written:
    return Indexed(Letter(letter), tuple(Number(v + d.base) for v in index))
