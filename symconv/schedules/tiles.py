"""What a schedule by tiles is made of: strips of positions, and loops over what they take apart.

A chunk holds rows of tiles of some images: along the first spatial axis it has ``rows`` tiles, along the others all.
Names and attributes of the emitted code stand in expressions as symbols.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

import sympy

from symconv.algebra.axes import Size, size
from symconv.schedules.program import For, Inside, Span, Statement

REST = -1
IMAGE, IMAGES, ROW, ROWS, TILES = (sympy.Symbol(n, integer=True) for n in ("b", "images", "t", "rows", "tiles"))
WIDTH, HEIGHT = (sympy.Symbol(n, integer=True, positive=True) for n in ("width", "height"))
"""Columns and rows of a product that are taken at a time."""
PART = sympy.Symbol("len(part)", integer=True)
"""The images of a chunk that there are: the last chunk may be smaller."""
EVERY = Span()


@dataclass(frozen=True, slots=True)
class Strip:
    """One dimension of an array by tiles: ``position = step·tile + spacing·cell + offset``, of ``extent`` positions.

    A tile has ``cells`` of them. A dilation makes ``images`` of one that interleave, a stride ``channels`` of one; each
    has an offset of its own in which :func:`phase` stands.
    """

    step: int
    spacing: int
    offset: Size
    extent: Size
    cells: int
    tiles: Size
    images: int = 1
    channels: int = 1

    @property
    def apart(self) -> int:
        """Cells from one tile to the next, fewer than a tile has where tiles overlap."""
        return self.step // self.spacing

    def under(self, tiles: Size) -> Size:
        """The cells under so many tiles side by side."""
        return size(self.apart * tiles + self.cells - self.apart)

    @property
    def rows(self) -> Size:
        """The cells under all tile rows of a chunk."""
        return self.under(ROWS)

    def of_rows(self) -> Inside:
        """The cells of a chunk's rows that exist, and their positions."""
        return Inside(("to1", "from1"), size(self.step * ROW + self.offset), self.spacing, self.rows, self.extent)

    def of_column(self, k: int) -> Inside:
        """The tiles in which a column of dimension k exists, and its positions."""
        first = size(self.spacing * column(k) + self.offset)
        return Inside((f"to{k + 1}", f"from{k + 1}"), first, self.step, self.tiles, self.extent)


def phase(k: int) -> sympy.Symbol:
    """The loop variable over the interleaved images of dimension k."""
    return sympy.Symbol(f"phase{k + 1}", integer=True)


def interleaved(strips: Sequence[Strip]) -> dict[int, int]:
    """The dimensions that a dilation takes apart, and into how many images."""
    return {k: s.images for k, s in enumerate(strips) if s.images > 1}


def beside(strips: Sequence[Strip]) -> dict[int, int]:
    """The dimensions that a stride takes apart, and into how many channels."""
    return {k: s.channels for k, s in enumerate(strips) if s.channels > 1}


def images_of(strips: Sequence[Strip]) -> Size:
    """The images of a chunk, every interleaved one by itself."""
    return size(prod(interleaved(strips).values()) * IMAGES)


def column(k: int) -> sympy.Symbol:
    """The loop variable over the cells of a tile in dimension k."""
    return sympy.Symbol(f"k{k + 1}", integer=True)


def over_phases(strips: Sequence[Strip], *body: Statement) -> tuple[Statement, ...]:
    """The body for each of the images, and of the channels, that dimensions are taken apart into."""
    for k, strip in reversed([*enumerate(strips)]):
        if strip.images * strip.channels > 1:
            body = (For(str(phase(k)), strip.images * strip.channels, body),)
    return body


def over_columns(strips: Sequence[Strip], *body: Statement) -> tuple[Statement, ...]:
    """The body for each column of a tile: each cell of a tile in every dimension but the first."""
    for k in range(len(strips) - 1, 0, -1):
        body = (For(str(column(k)), strips[k].cells, (strips[k].of_column(k), *body)),)
    return body
