"""How large the tiles of ``winograd`` are: among those that rounding allows, the ones that cost least at given sizes.

Large tiles multiply less often for each output, make more of every filter and, where outputs do not fill them, waste
more: 14 outputs are three tiles of five, and four of four.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import product
from math import inf, pi, prod, sqrt

from symconv.algebra.transform import POINTS, transform
from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.schedules.cost import entries
from symconv.schedules.meter import Cost
from symconv.schedules.rates import CALLS, FEW, PACKED, PASSES, RATES, RUN_OF_CELLS, SCATTERED, SHORT_AT_POINTS, Rates
from symconv.schedules.signature import sized

LARGEST = 5
"""Positions of a tile in a dimension, at most: larger ones round more and were no faster."""
NEAR = 1.01
"""Costs that differ by less are the same: of such tiles those are taken that round least."""
CHUNK, WIDTH = 2**21, 64
"""The bytes of a chunk, and the channels of a block at most, as in emitted code."""


@cache
def tiles_of(geometry: Geometry, goal: str) -> tuple[int, ...] | None:
    """The positions of a tile in each dimension for one direction; None where rounding allows none."""
    taps = taps_at_stride_1(geometry)
    extents = [(1,) if k == 1 else range(2, LARGEST + 1) for k in taps]
    allowed = [tile for tile in product(*extents) if rounding(tile, taps) <= FAST]
    if not allowed:
        return None
    seconds = {tile: Tiling(geometry, goal, tile).cost(4).seconds for tile in allowed}
    near = [tile for tile in allowed if seconds[tile] <= NEAR * min(seconds.values())]
    return min(near, key=lambda tile: rounding(tile, taps))


def taps_at_stride_1(geometry: Geometry) -> tuple[int, ...]:
    """Taps in each dimension, those of one residue where a stride makes the others more channels."""
    return tuple(-(-int(k) // int(s)) for k, s in zip(geometry.filter_size, geometry.stride, strict=True))


def piece(count: int, most: int) -> int:
    """The largest divisor of a count that is not more than ``most``, as in emitted code; all of it if that is small."""
    found = max(k for k in range(1, max(1, min(count, most)) + 1) if count % k == 0)
    return found if found >= 8 else count


@cache
def rounding(tile: tuple[int, ...], taps: tuple[int, ...]) -> float:
    """Unit roundoffs of Σ|terms| that the largest error is about, for a single channel, where it is largest.

    The mean ``√N·spreadᵈ`` of the root mean square of the results, in units of the mean of Σ|terms|; largest errors are
    some five times that.
    """
    if any(m + r - 2 > len(POINTS) for m, r in zip(tile, taps, strict=True)):
        return inf
    by = [transform(m, r) for m, r in zip(tile, taps, strict=True)]
    roundings = sum(t.longest(letter) for t in by for letter in "AGB") + 2
    return 5 * sqrt(roundings) * prod(t.spread for t in by) / (2 / pi * sqrt(prod(taps)))


@dataclass(frozen=True, slots=True)
class Tiling:
    """One direction of a layer in tiles of one size, in numbers."""

    geometry: Geometry
    goal: str
    tile: tuple[int, ...]

    @property
    def points(self) -> int:
        """The points of a tile."""
        return prod(m + k - 1 for m, k in zip(self.tile, taps_at_stride_1(self.geometry), strict=True))

    @property
    def row_dimension(self) -> int:
        """The dimension whose tiles are the rows of a chunk: the longest but the last, so that a row is short.

        Not the last, along which neighbours lie together, unless there is no other.
        """
        size = sized(self.geometry).input_size
        return max(range(max(1, len(size) - 1)), key=lambda k: int(size[k]))

    @property
    def residues(self) -> int:
        """How many channels a stride makes of one: of the result where it ``scatters``, else of the array."""
        return prod(int(s) for s in self.geometry.stride)

    @property
    def scatters(self) -> bool:
        """Whether the result has the finer positions, which a stride takes apart."""
        return self.goal == ("net" if self.geometry.kind == "conv-transpose" else "∂E/∂a")

    @property
    def turns(self) -> bool:
        """Whether filters are flipped, at stride 1: ``x = i - p`` of ∂E/∂w is ``i = x + p``, and x is in tiles."""
        return self.geometry.flip and self.residues == 1

    @property
    def tiles(self) -> int:
        """The tiles of all images. A dilation takes an image apart into several."""
        geometry = sized(self.geometry)
        fine, coarse = geometry.input_size, geometry.output_size
        if geometry.kind == "conv-transpose":
            fine, coarse = coarse, fine
        count, taps = int(geometry.batch), taps_at_stride_1(geometry)
        for x, i, m, s, d, k in zip(fine, coarse, self.tile, geometry.stride, geometry.dilation, taps, strict=True):
            by_fine = self.scatters or (self.goal == "∂E/∂w" and self.turns)
            positions = int(i) if not by_fine else int(x) if s == 1 else int(i) + k - 1
            count *= int(d) * -(-positions // (int(d) * m))
        return count

    @property
    def channels(self) -> tuple[int, int]:
        """The array's in a group, and the filter's other ones, with the residues that a stride adds to either.

        The array is δ for ∂E/∂a; for ∂E/∂w it is the one whose positions are ``i + p``.
        """
        c, n = (int(many) // int(self.geometry.groups) for many in (self.geometry.depth, self.geometry.filters))
        transposed = self.geometry.kind == "conv-transpose"
        from_delta = self.goal == "∂E/∂a" or (self.goal == "∂E/∂w" and transposed != self.turns)
        inner, own = (n, c) if from_delta else (c, n)
        return (inner, own * self.residues) if self.scatters else (inner * self.residues, own)

    @property
    def by_block(self) -> bool:
        """Whether filters outweigh tiles, so that U is made block by block, or M taken back to taps so.

        For M that is slower from FEW tiles on, where it is done only if M and its share would be larger than the
        arrays. Groups, and the weight gradient of a strided layer, are never in blocks.
        """
        sums, strided = self.goal == "∂E/∂w", self.residues > 1
        if int(self.geometry.groups) > 1 or self.tiles >= self.channels[1] or (sums and strided):
            return False
        return not sums or self.tiles <= FEW or 2 * self.points * prod(self.channels) > sum(entries(self.geometry))

    @property
    def is_narrow(self) -> bool:
        """Whether a block of filters is to leave room in cache for the tiles."""
        return self.by_block and self.tiles <= FEW

    def held(self, itemsize: int) -> int:
        """The bytes of one worker: the result, U or M with its share, a chunk of tiles, and about what is between."""
        (inner, own), groups = self.channels, int(self.geometry.groups)
        a, net, w = entries(self.geometry)
        tile = self.points * (inner + own) * groups
        most = max(64 * tile, CHUNK * (8 if self.by_block else 1) // itemsize)
        chunk = min(most, self.tiles * tile, (a + net + w) // max(1, len(self.tile) - 1))
        of_filters, sums = self.points * inner * own * groups, self.goal == "∂E/∂w"
        if self.by_block:
            count = inner if sums else own
            of_filters = of_filters * piece(count, WIDTH // 2 if self.is_narrow else WIDTH) // count
        elif sums:
            of_filters *= 2
        result = {"net": net, "∂E/∂a": a, "∂E/∂w": w}[self.goal]
        return itemsize * (result + of_filters + max(2, len(self.tile)) * chunk)

    def cost(self, itemsize: int, rates: Rates = RATES) -> Cost:
        """Products, and numbers moved, at ``itemsize`` bytes each.

        A tile takes one product for each point instead of one for each output and tap, in a matrix product of a chunk
        for each point and group, a part of a call. Its cells are moved when they are gathered, twice where that takes a
        stride apart, and once for each dimension, its outputs as often. U is made from the filters, or M from the
        shares of the chunks; every chunk reads U, of what does not stay in cache (CHUNK bytes do) from memory, or reads
        and writes M so. A result whose positions a stride takes apart is set to 0 and written in runs.
        """
        (inner, own), groups, dimensions = self.channels, int(self.geometry.groups), len(self.tile)
        products = self.tiles * self.points * inner * own * groups
        # The array's residues of the last dimension lie in one run (Points.is_padded).
        merged = int(self.geometry.stride[-1]) if dimensions > 1 and not self.scatters else 1
        runs = RUN_OF_CELLS * (1 + self.residues // merged)
        passes = dimensions + (2 if self.residues > 1 else 1)
        by_tiles = passes * self.tiles * self.points * ((inner + own) * groups + runs)
        of_filters = PASSES * self.points * inner * own * groups
        chunks = 1 + self.tiles * self.points * (inner + own) * groups * itemsize // CHUNK
        seconds = (
            products / rates.matmul * (1 + SHORT_AT_POINTS / inner) * (1 + SHORT_AT_POINTS / own) + CALLS * rates.call
        )
        seconds += chunks * self.points * groups * rates.call / 4
        moved = itemsize * (by_tiles + of_filters)
        if self.residues > 1 and self.scatters:
            result = entries(self.geometry)[1 if self.geometry.kind == "conv-transpose" else 0]
            moved += SCATTERED * itemsize * result
        seconds += moved / rates.bandwidth
        beyond = max(0, self.points * inner * own * groups * itemsize - CHUNK)
        if not self.by_block:
            seconds += chunks * PACKED * self.points * inner * own * groups * itemsize / rates.cached
            seconds += chunks * beyond / rates.bandwidth * (2 if self.goal == "∂E/∂w" else 1)
        return Cost(products, moved, CALLS, seconds)
