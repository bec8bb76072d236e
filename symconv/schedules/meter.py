"""What operations on arrays of given shapes cost: products, bytes moved, calls, and the seconds of all of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import prod

from symconv.schedules.rates import PACKED, RATES, RUN, SHORT, TURNED, Rates

BLOCK = 2**19
"""The bytes of a block, as in emitted code."""
Shape = tuple[int, ...]


@dataclass(slots=True)
class Cost:
    """Products, bytes moved, NumPy calls, and the seconds that all of it takes."""

    products: int = 0
    bytes: int = 0
    calls: int = 0
    seconds: float = 0.0

    def __add__(self, other: Cost) -> Cost:
        return Cost(*(getattr(self, f) + getattr(other, f) for f in ("products", "bytes", "calls", "seconds")))

    def times(self, count: int) -> Cost:
        """As often."""
        return Cost(self.products * count, self.bytes * count, self.calls * count, self.seconds * count)


def product_seconds(products: int, inner: int, narrow: int, rates: Rates, short: float = SHORT) -> float:
    """The time of a matrix product: sums cost as if they were SHORT longer, and rows or columns so much."""
    return products / rates.matmul * (1 + SHORT / max(1, inner)) * (1 + short / max(1, narrow))


@dataclass(slots=True)
class Meter:
    """Adds up what operations cost; ``cached`` while they work on a block."""

    itemsize: int
    rates: Rates = RATES
    cached: bool = False
    spent: Cost = field(default_factory=Cost)

    def into(self, function: str, given: list[Shape], out: Shape, subscripts: str, turned: bool) -> None:
        """A product into an array that is there; ``unfold`` copies its windows first."""
        if function == "einsum":
            self.accumulate(subscripts, given)
            return
        if function == "by_group" and given[-1][1:] == (1, 1):
            self.spent.products += prod(out)
            self.move(3 * prod(out), cached=self.cached)
            return
        if function == "by_group":
            calls = prod(out[:-2]) * out[-2] // max(1, out[-3])
            self.spent += Cost(prod(out) * given[-1][1], 0, 1, calls * self.rates.call / 4)
            return
        if function == "unfold":
            self.gather(2, given[0])
            self.move(2 * prod(out))
            calls = max(1, prod(given[0]) * self.itemsize // BLOCK) * 15
            self.spent += Cost(0, 0, calls, calls * self.rates.call)
        inner, own = given[-1][-2:]
        rows = out[-2] if function == "matmul" and len(out) > 2 else prod(out) // max(1, out[-1])
        packed = prod(out) // max(1, rows * out[-1]) * inner * own * self.itemsize if len(out) > 2 else 0
        self.spent.seconds += packed / self.rates.cached
        self.multiply(prod(out), inner, min(rows, out[-1]), turned)

    def windows_times(self, slabs: Shape, matrix: Shape, places: Shape, least: int, single: int) -> None:
        """Slabs copied, and a product for each row of a block."""
        self.gather(2, slabs)
        blocks, inner, own = self.slab_blocks(slabs, places, least, single)[1], matrix[0] * matrix[1], matrix[2]
        count = places[0] * blocks
        self.multiply(prod(places), inner, own)
        self.spent.seconds += PACKED * count * inner * own * self.itemsize / self.rates.cached
        calls = 15 + 5 * blocks + count // 4
        self.spent += Cost(0, 0, calls, calls * self.rates.call)

    def windows_summed(self, slabs: Shape, places: Shape, matrix: Shape, least: int, single: int) -> None:
        """The same, each product added up."""
        self.gather(2, slabs)
        (taken, blocks), cells = self.slab_blocks(slabs, places, least, single), prod(matrix)
        count = places[0] * blocks
        self.multiply(cells * prod(places[:-1]) // taken, taken, matrix[2], turned=True)
        self.move(3 * count * cells, cached=True)
        calls = 15 + 5 * blocks + 2 * count
        self.spent += Cost(0, 0, calls, calls * self.rates.call)

    def slab_blocks(self, slabs: Shape, places: Shape, least: int, single: int) -> tuple[int, int]:
        """The positions of a block of slabs, of one image if that is single, and how many blocks there are."""
        positions = max(1, prod(places[1:-1]))
        block = BLOCK * positions // max(1, prod(slabs) * self.itemsize)
        taken = max(1, min(max(least, block), prod(places[2:-1]) if single else positions))
        return taken, -(-positions // taken)

    def contract(self, subscripts: str, given: list[Shape], rate: float, calls: int = 4) -> Shape:
        """An einsum: as many products as its letters have values together."""
        inputs, output = subscripts.split("->")
        extents: dict[str, int] = {}
        for letters, shape in zip(inputs.split(","), given, strict=True):
            extents |= dict(zip(letters, shape, strict=True))
        products = prod(extents.values())
        self.spent += Cost(products, 0, calls, products / rate + calls * self.rates.call)
        return tuple(extents[letter] for letter in output)

    def accumulate(self, subscripts: str, given: list[Shape]) -> None:
        """An einsum into an array that is there: a step for each line along the last letter of several values."""
        inputs, output = subscripts.split("->")
        letters = zip("".join(inputs.split(",")), (n for shape in given for n in shape), strict=True)
        extents = dict(letters)
        products = prod(extents.values())
        line = next((extents[letter] for letter in reversed(output) if extents[letter] > 1), 1)
        seconds = 3 * products * self.itemsize / self.rates.cached + products // line * self.rates.call / 100
        self.spent += Cost(products, 0, 4, seconds + 4 * self.rates.call)

    def multiply(self, cells: int, inner: int, narrow: int, turned: bool = False) -> None:
        """A matrix product, of a matrix as it lies or of a turned one."""
        products = cells * inner
        seconds = product_seconds(products, inner, narrow, self.rates, TURNED if turned else SHORT) + self.rates.call
        self.spent += Cost(products, 0, 1, seconds)

    def move(self, entries: int, cached: bool = False) -> None:
        """So many entries read or written by one call, from memory or in a block."""
        moved = entries * self.itemsize
        rate = self.rates.cached if cached else self.rates.bandwidth
        self.spent += Cost(0, moved, 1, moved / rate + self.rates.call / 2)

    def gather(self, passes: int, shape: Shape, axes: int = 2) -> None:
        """An array of this shape read and written in so many passes, run by run, from a block that is in cache.

        A run is what NumPy's innermost loop goes along: the last axes that lie in one piece, of a sum the last one of
        several values. What it spends between runs is as RUN entries more in each.
        """
        moved = passes * prod(shape) * self.itemsize
        run = max(1, prod(shape[-axes:]) if axes > 1 else next((n for n in reversed(shape) if n > 1), 1))
        seconds = moved / self.rates.cached * (1 + RUN / run)
        self.spent += Cost(0, moved, 1, seconds + self.rates.call / 2)

    def step(self) -> None:
        """One step of the interpreter."""
        self.spent += Cost(0, 0, 0, self.rates.cell)
