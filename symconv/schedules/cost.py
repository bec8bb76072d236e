"""What a program costs: its statements walked through with numbers for sizes, without running them.

Every node has a shape, and from shapes follow the products of a contraction, the bytes that a copy moves, and how many
calls there are. A loop costs its body as often as it runs; blocks are as large as the emitted ``_blocks`` makes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import sympy

from symconv.algebra.axes import Size
from symconv.layers.geometry import Geometry
from symconv.schedules.meter import BLOCK, Cost, Meter, Shape
from symconv.schedules.program import (
    Binary,
    Blocks,
    Cast,
    Cell,
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
    Number,
    Plus,
    Program,
    Repeat,
    Reshape,
    Return,
    Shaped,
    Span,
    Statement,
    Store,
    Sum,
    Transpose,
    Var,
    View,
    Windows,
    Zeros,
)
from symconv.schedules.rates import RATES, Rates
from symconv.schedules.signature import Emission, flat_shape, sized


def cost(layer: Emission, program: Program, sizes: Mapping[str, int], itemsize: int, rates: Rates = RATES) -> Cost:
    """The cost of a program at given sizes: ``sizes`` has a number for every name that it reads from its arrays."""
    return shapes_at(layer, program, sizes, itemsize, rates).block(program.body)


def shapes_at(layer: Emission, program: Program, sizes: Mapping[str, int], itemsize: int, rates: Rates = RATES) -> Walk:
    """A walk that knows the shapes of what a program is given."""
    walk = Walk(itemsize, rates, sizes=dict(sizes))
    for name in program.inputs:
        if name in ("a", "w", "delta"):
            walk.shapes[name] = walk.numbers(flat_shape(layer.axes(name)))
    walk.shapes["bias"] = (sizes["N"],)
    return walk


def entries(geometry: Geometry) -> tuple[int, int, int]:
    """Of the arrays a, net and w."""
    given = sized(geometry)
    return prod(given.input_shape), prod(given.output_shape), prod(given.weight_shape or ())


@dataclass(slots=True)
class Walk(Meter):
    """The shapes of the names so far. ``joined``: views that a reshape copies, and how many last axes are one."""

    sizes: dict[str, int] = field(default_factory=dict)
    shapes: dict[str, Shape] = field(default_factory=dict)
    joined: dict[str, int] = field(default_factory=dict)

    def block(self, body: tuple[Statement, ...]) -> Cost:
        """What the statements cost together."""
        outer, self.spent = self.spent, Cost()
        for statement in body:
            self.statement(statement)
        found, self.spent = self.spent, outer
        return found

    def statement(self, statement: Statement) -> None:
        """One statement: what it costs, and what it names."""
        match statement:
            case Let(name, Number(value)):
                self.sizes[name] = self.number(value)
            case Let(name, value):
                self.shapes[name] = self.shape(value)
                self.joined.pop(name, None)
                if axes := self.axes_joined(value):
                    self.joined[name] = axes
            case Store(target, value, add):
                shape = self.shape(value)
                self.shape(target)
                if self.cached:
                    self.gather(3 if add else 2, shape, axes=1 if add else self.joined.get(self.root(value), 2))
                else:
                    self.move(prod(shape) * (3 if add else 2))
            case Plus(_, value):
                self.shape(value)
                self.move(2 * prod(self.shapes[statement.name]))
            case Into("windows_times", (slabs, matrix, *numbers), out):
                self.windows_times(self.shape(slabs), self.shape(matrix), self.shape(out), *self.of_blocks(numbers))
            case Into("windows_summed", (slabs, factor, *numbers), out):
                self.windows_summed(self.shape(slabs), self.shape(factor), self.shape(out), *self.of_blocks(numbers))
            case Into(function, operands, out, subscripts):
                turned = isinstance(operands[0], Transpose)
                self.into(function, [self.shape(o) for o in operands], self.shape(out), subscripts, turned)
            case Blocks():
                self.blocks(statement)
            case IfSmall(array, body, otherwise):
                small = prod(self.shapes[array]) * self.itemsize <= BLOCK
                self.spent += self.block(body if small else otherwise)
            case For(name, stop, body):
                self.sizes[name] = 0
                self.spent += self.block(body).times(self.number(stop))
            case Guard(name, _, _, _, body):
                self.sizes[name] = 0
                self.spent += self.block(body)
                self.step()
            case IfGiven(_, body):
                self.spent += self.block(body)
            case Return(value):
                self.shape(value)
            case _:
                self.step()

    def blocks(self, blocks: Blocks) -> None:
        """One block, as often as there are blocks."""
        extents = [self.number(a.extent) for a in blocks.axes]
        positions = max(1, prod(extents))
        nbytes = prod(self.shape(blocks.array)) * self.itemsize
        most = max(blocks.least, BLOCK * positions // max(1, nbytes))
        left = most
        for axis in reversed(range(len(extents))):
            taken = 1 if axis < blocks.single else max(1, min(extents[axis], left))
            left //= taken
            taken = -(-extents[axis] // -(-extents[axis] // taken))  # pieces of one size
            self.sizes[blocks.names[axis].name] = taken
        taken = prod(self.sizes[v.name] for v in blocks.names)
        self.cached = True
        self.spent += self.block(blocks.body).times(-(-positions // taken))
        self.cached = False

    def shape(self, value: Expression) -> Shape:
        """The shape of an expression; its cost is added."""
        match value:
            case Var(name):
                return self.shapes[name]
            case Zeros(shape):
                self.move(prod(found := self.numbers(shape)))
                return found
            case Empty(shape):
                return self.numbers(shape)
            case Item(array, subscripts, new):
                return (*self.item(self.shape(array), subscripts), *(1,) * new)
            case Reshape(array, shape):
                return self.reshaped(array, self.shape(array), self.numbers(shape))
            case Repeat(array, count, axis):
                found = self.shape(array)
                self.move(2 * prod(found) * self.number(count))
                return (*found[:axis], found[axis] * self.number(count), *found[axis + 1 :])
            case Shaped(_, like):
                return self.shapes[like]
            case Transpose(array, order):
                found = self.shape(array)
                return tuple(found[k] for k in order)
            case Contiguous(array):
                found = self.shape(array)
                if not isinstance(array, Var):
                    self.move(2 * prod(found))
                return found
            case View(_, shape):
                return self.numbers(shape)
            case Windows():
                return self.windows(value)
            case _:
                return self.computed(value)

    def computed(self, value: Expression) -> Shape:
        """Expressions that compute a new array."""
        match value:
            case Einsum(subscripts, operands):
                given = [self.shape(o) for o in operands]
                self.move(sum(2 * prod(s) for s in given))
                return self.contract(subscripts, given, self.rates.einsum * 4, calls=25)
            case MatMul(left, right):
                first, second = self.shape(left), self.shape(right)
                lead = max(first[:-2], second[:-2], key=len)
                cells, narrow = prod(lead) * first[-2] * second[-1], min(first[-2], second[-1])
                self.multiply(cells, first[-1], narrow, isinstance(left, Transpose))
                return (*lead, first[-2], second[-1])
            case Sum(array, axes):
                found = self.shape(array)
                self.move(prod(found))
                return tuple(n for k, n in enumerate(found) if k not in axes)
            case Binary(_, left, right):
                found = max(self.shape(left), self.shape(right), key=prod)
                self.move(3 * prod(found))
                self.spent.products += prod(found) if value.operator == "*" else 0
                return found
            case Cast(array):
                return self.shape(array)
            case Cell(entry):
                self.spent.products += int(sympy.count_ops(entry))
                self.step()
                return ()
            case _:
                self.step()
                return ()

    def item(self, shape: Shape, subscripts: tuple[Span | Size | Var, ...]) -> Shape:
        """The shape of what subscripts leave of an array."""
        found = []
        for n, subscript in zip(shape, (*subscripts, *(Span(),) * (len(shape) - len(subscripts))), strict=False):
            match subscript:
                case Var(name):
                    found.append(self.sizes[name])
                case Span(start, stop, step):
                    low, high = (0 if start is None else self.number(start)), (n if stop is None else self.number(stop))
                    length = min(high, n) - low if (step or 1) > 0 else n
                    found.append(max(0, -(-length // abs(step or 1))))
        if not found:
            self.step()
        return tuple(found)

    def reshaped(self, array: Expression, given: Shape, shape: Shape) -> Shape:
        """A reshape copies views, and transposed arrays."""
        if self.root(array) in self.joined or isinstance(array, Transpose):
            self.move(2 * prod(given))
        known = prod(n for n in shape if n >= 0)
        return tuple(prod(given) // max(1, known) if n < 0 else n for n in shape)

    def windows(self, view: Windows) -> Shape:
        """Positions first, then taps."""
        found = list(self.shape(view.array))
        taps = self.numbers(view.taps)
        for axis, k, stride, dilation in zip(view.axes, taps, view.stride, view.dilation, strict=True):
            found[axis] = (found[axis] - dilation * (k - 1) - 1) // stride + 1
        self.spent.seconds += 10 * self.rates.call
        return (*found, *taps)

    def axes_joined(self, value: Expression) -> int:
        """How many last axes of windows that overlap, or of a part of them, are in one piece; 0 for other values.

        A channel after the taps is one with the last of them; positions are next to each other in each row only.
        """
        match value:
            case View(array, shape):
                seen, held = self.numbers(shape), self.shapes[array]
                return (2 if seen[-1] == held[-1] else 1) if prod(seen) > prod(held) else 0
            case Windows():
                return 1
            case Item(array):
                return self.joined.get(self.root(array), 0)
        return 0

    def of_blocks(self, numbers: Sequence[Expression]) -> tuple[int, int]:
        """Of a product of windows in slabs: the least positions of a block, and whether images are single."""
        _, least, single = (self.number(n.value) for n in numbers if isinstance(n, Number))
        return least, single

    def root(self, value: Expression) -> str:
        """The name under items."""
        while isinstance(value, (Item, Reshape, Transpose)):
            value = value.array
        return value.name if isinstance(value, Var) else ""

    def numbers(self, shape: tuple[Size, ...]) -> Shape:
        """The sizes as numbers."""
        return tuple(self.number(n) for n in shape)

    def number(self, value: Size) -> int:
        """A size expression at these sizes."""
        if isinstance(value, int):
            return value
        return int(value.subs({s: self.sizes.get(str(s), 0) for s in value.free_symbols}))
