"""What a program holds besides its arguments, in bytes: the arrays by their names, and all of it at its fullest.

The statements are walked through with numbers for sizes, as :mod:`symconv.schedules.cost` does. An array is new where
an expression computes or copies one; views hold nothing, and a name holds its array to the end of the function.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

from symconv.schedules.cost import Walk, shapes_at
from symconv.schedules.meter import BLOCK
from symconv.schedules.program import (
    Binary,
    Blocks,
    Cast,
    Contiguous,
    Einsum,
    Empty,
    Expression,
    For,
    Guard,
    IfGiven,
    IfSmall,
    Into,
    Item,
    Let,
    MatMul,
    Ones,
    Program,
    Repeat,
    Reshape,
    Return,
    Statement,
    Store,
    Sum,
    Transpose,
    Var,
    Zeros,
)
from symconv.schedules.signature import Emission

_COMPUTED = (Zeros, Ones, Empty, Repeat, Einsum, MatMul, Sum, Binary, Cast)
_LEAST = 256
"""Positions of a block of ``_unfold`` in emitted code."""


@dataclass(slots=True)
class Held:
    """The arrays of a call by their names, the result among them, and the bytes that are held at most."""

    arrays: dict[str, int] = field(default_factory=dict)
    peak: int = 0

    def also(self, nbytes: int) -> None:
        """So many bytes besides, for a moment."""
        self.peak = max(self.peak, sum(self.arrays.values()) + nbytes)


def held(layer: Emission, program: Program, itemsize: int, sizes: Mapping[str, int] | None = None) -> Held:
    """What one function holds at these sizes, or at the layer's own, common ones where these are names."""
    walk = _Memory(shapes_at(layer, program, sizes or layer.numbers, itemsize), Held())
    walk.block(program.body)
    return walk.found


@dataclass(slots=True)
class _Memory:
    walk: Walk
    found: Held
    cut: set[str] = field(default_factory=set)
    """Names of views of a part of an array, which do not lie in one piece."""

    def block(self, body: tuple[Statement, ...]) -> None:
        for statement in body:
            self.statement(statement)

    def statement(self, statement: Statement) -> None:
        match statement:
            case Let(name, value):
                new, made = self.new(value)
                self.found.also(made)
                self.walk.statement(statement)
                if new:
                    self.found.arrays[name] = new
                self.cut.discard(name)
                if isinstance(value, Item) and self.bytes(value) < self.bytes(value.array):
                    self.cut.add(name)
            case Store(_, value) | Return(value):
                self.found.also(self.new(value)[1])
            case Into("unfold", (seen, weights), out):
                self.found.also(self.unfolded(seen, weights, out))
            case Into("windows_times", (slabs, _, *numbers), out):
                self.found.also(self.slab_block(slabs, out, numbers))
            case Into("windows_summed", (slabs, factor, *numbers), total):
                self.found.also(self.slab_block(slabs, factor, numbers) + self.bytes(total))
            case Into(_, operands):
                self.found.also(sum(self.new(o)[1] for o in operands))
            case Blocks():
                self.walk.statement(statement)
                if statement.space is not None:
                    self.found.arrays[statement.space] = self.bytes(statement.block)
                self.block(statement.body)
            case IfSmall(array, small, large):
                self.block(small if self.bytes(Var(array)) <= BLOCK else large)
            case For(_, _, body) | Guard(_, _, _, _, body) | IfGiven(_, body):
                self.walk.statement(statement)
                self.block(body)
            case _:
                self.walk.statement(statement)
        self.found.also(0)

    def new(self, value: Expression) -> tuple[int, int]:
        """The bytes of the array that an expression makes, 0 for a view, and of all that it makes on the way."""
        own, parts = 0, sum(self.new(part)[1] for part in _parts(value))
        if isinstance(value, _COMPUTED):
            own = self.bytes(value)
        elif isinstance(value, (Reshape, Contiguous)) and self.is_copied(value):
            own = self.bytes(value.array)
        elif isinstance(value, (Reshape, Contiguous, Item, Transpose)):
            return self.new(value.array)
        return own, own + parts

    def is_copied(self, value: Reshape | Contiguous) -> bool:
        """Whether the array below does not lie as it would have to."""
        inner = value.array
        while isinstance(inner, Reshape):
            inner = inner.array
        if isinstance(inner, Item):
            return isinstance(value, Contiguous) and self.bytes(inner) < self.bytes(inner.array)
        return isinstance(inner, Transpose) or (isinstance(inner, Var) and inner.name in {*self.walk.joined, *self.cut})

    def slab_block(self, slabs: Expression, places: Expression, numbers: Sequence[Expression]) -> int:
        """The slabs of a block."""
        seen, shape = self.walk.shape(slabs), self.walk.shape(places)
        taken, _ = self.walk.slab_blocks(seen, shape, *self.walk.of_blocks(numbers))
        return taken * prod(seen[len(shape) - 2 :]) * self.walk.itemsize

    def unfolded(self, seen: Expression, weights: Expression, out: Expression) -> int:
        """A block of windows and its products."""
        windows, filters, cells = (self.walk.shape(e) for e in (seen, weights, out))
        entries, rows = filters[-2], prod(cells[:-1])
        if prod(windows) * self.walk.itemsize > BLOCK:
            rows = min(rows, max(_LEAST, BLOCK // max(1, entries * self.walk.itemsize)))
        return rows * (entries + filters[-1]) * self.walk.itemsize

    def bytes(self, value: Expression) -> int:
        return prod(self.walk.shape(value)) * self.walk.itemsize


def _parts(value: Expression) -> tuple[Expression, ...]:
    match value:
        case Binary(_, left, right) | MatMul(left, right):
            return (left, right)
        case Einsum(_, operands):
            return operands
        case Repeat(array) | Sum(array) | Cast(array) | Reshape(array) | Contiguous(array) | Item(array):
            return (array,)
        case Transpose(array):
            return (array,)
    return ()
