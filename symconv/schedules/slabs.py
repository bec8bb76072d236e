"""Slabs: of every row, what each position along it reads; windows over each other share their rows.

    slab[b, j][x, q, c] = a[b, x, S₂·j + D₂·q, c]  -->  window[b, i, j] = slab[b, j][S₁·i : S₁·i + K₁]

Law: a slab's rows lie one after the other, so that the K₁ rows of a window are one run of it where D₁ = 1, and the
windows of a column are runs that overlap. ``im2col`` copies a row once for each window that reads it, a slab has it
once. Where D₁ > 1, and along a single axis, the slab of a position is its window. (M. Cho and D. Brand, MEC:
memory-efficient convolution, 2017.)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from symconv.algebra.axes import Axis, Size, axis
from symconv.layers.geometry import Geometry
from symconv.schedules.contract import Labelled, product_of
from symconv.schedules.place import Placement, Sides, strided
from symconv.schedules.program import Expression, Into, Let, Number, Reshape, Statement, Transpose, Var
from symconv.schedules.rates import MANY
from symconv.schedules.reading import Reading, laid, shared_array

STORED, ADDED = 16, 256
"""Positions of a block at least, where its products are stored and where they are added up."""


def unfit(geometry: Geometry) -> str | None:
    """Why no slabs are made of a layer; None where they are."""
    if geometry.kind not in ("conv", "conv-transpose"):
        return "it is for weights that are shared by all positions"
    if int(geometry.groups) > 1:
        return "its one matrix is for all channels, and groups have one each"
    return None


@dataclass(frozen=True, slots=True)
class Slabs:
    """What a reading's windows are made of; ``across`` is how many positions of an image one of the first axis has."""

    reading: Reading
    sides: Mapping[Axis, Sides]
    made: Mapping[Axis, Placement]
    across: int

    @property
    def shares_rows(self) -> bool:
        """Whether windows over each other are runs of one slab."""
        return len(self.sides) > 1 and next(iter(self.sides.values())).dilation == 1

    @property
    def takes_single_images(self) -> bool:
        """Whether a block is of one image: its places in the result are then a view, though images lie apart."""
        return self.shares_rows and self.across >= MANY

    @property
    def positions(self) -> tuple[Axis, ...]:
        """The axes of windows in working order: rows before images where these are taken together."""
        batch, [rows, *others] = self.reading.batch, (s.other for s in self.sides.values())
        if self.shares_rows and not self.takes_single_images:
            return (rows, batch, *others)
        return (batch, rows, *others)

    @property
    def window(self) -> tuple[Axis, ...]:
        """The axes of a window."""
        return (*(s.tap for s in self.sides.values()), self.reading.channel)

    def view(self) -> tuple[Statement, ...]:
        """``slabs``: an array of them that copies nothing but what has to be padded."""
        reading = self.reading
        named, source = shared_array(reading.array)
        axes = (reading.batch, *self.sides, reading.channel)
        store, wide = laid(Labelled(source, reading.base.axes), axes, self.made)
        first, *others = self.sides
        inside = {a: self.sides[a] for a in (others if self.shares_rows else self.sides)}
        before = (reading.batch, *(s.other for s in inside.values()))
        after = (*(s.tap for s in inside.values()), reading.channel)
        if self.shares_rows:
            rows = axis(first.name, self.made[first].extent)
            strides, view = strided(wide, (axes[0], rows, *axes[2:]), inside, (*before, rows, *after))
        else:
            strides, view = strided(wide, axes, inside, (*before, *after))
            at = len(before)
            shape, steps = ((*sizes[:at], k, *sizes[at:]) for sizes, k in ((view.shape, 1), (view.strides, 0)))
            view = replace(view, shape=shape, strides=steps)
        return (*named, *store, strides, Let("slabs", view))

    def matrix(self, wide: Size) -> tuple[Size, ...]:
        """The shape of what all windows are multiplied with, its rows by those of a window."""
        first, *others = self.window
        if self.shares_rows:
            return (first.extent, product_of(others), wide)
        return (1, product_of(self.window), wide)

    def times(self, matrix: Expression, wide: Size, target: Expression) -> Into:
        """``target[i, …] = Σ window[i, …]·matrix``, its axes the positions and those that the matrix is wide."""
        return Into("windows_times", (Var("slabs"), matrix, *self._numbers(STORED)), self._rows_first(target, wide))

    def summed(self, factor: Expression, wide: Size, total: Expression) -> Into:
        """``total += Σ window[i, …]·factor[i, …]`` over all positions, the total a matrix."""
        factor = self._rows_first(factor, wide)
        return Into("windows_summed", (Var("slabs"), factor, *self._numbers(ADDED)), total)

    def _numbers(self, least: int) -> tuple[Number, Number, Number]:
        """Rows from one window to the next, the positions of a block at least, and the axes of one cell in it."""
        step = next(iter(self.sides.values())).spacing if self.shares_rows else 1
        return Number(step), Number(least), Number(int(self.takes_single_images))

    def _rows_first(self, array: Expression, wide: Size) -> Expression:
        if not self.shares_rows:
            return Reshape(array, (1, *(a.extent for a in self.positions), wide))
        if self.positions[0] != self.reading.batch:
            return array
        return Transpose(array, (1, 0, *range(2, len(self.positions) + 1)))
