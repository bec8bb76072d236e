"""From a correlation form to a view: the padded, zero-inserted array as one copy, and its windows without another.

The definitions of the array (zero insertion, padding) say where each entry goes, ``u = S·i + before``; one strided
store does both. Where nothing is inserted or padded the array itself is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.algebra.contraction import Definition, Operand
from symconv.derivation.correlation import Correlation
from symconv.layers.window import Window
from symconv.schedules.contract import Labelled, reshaped, transposed
from symconv.schedules.program import (
    Expression,
    Item,
    Let,
    Span,
    Statement,
    Store,
    Subscript,
    Unpack,
    Var,
    View,
    Windows,
    Zeros,
)
from symconv.schedules.signature import Emission, flat_axes, flat_shape

LEFT_OVER = sympy.Symbol("r", integer=True)


@dataclass(frozen=True, slots=True)
class Placement:
    """Along one axis: entry ``i`` of ``count`` goes to ``step·i + before`` of ``extent`` cells."""

    count: Size
    step: int
    before: int
    extent: Size
    keeps_all: bool
    may_end_before: bool
    """Whether the last entry may fall before the first cell; a slice would count such an end from the far side."""

    @property
    def is_identity(self) -> bool:
        """Whether the array already is what it is placed into."""
        return self.step == 1 and self.before == 0 and self.extent == self.count

    @property
    def target(self) -> Span:
        """The cells that entries go to; a slice ends where the array does."""
        start = self.before + self.step * self._first
        stop = size(self.before + self.step * (self.count - 1) + 1)
        if self.may_end_before:
            stop = sympy.Max(0, stop)
        return Span(start, None if stop == self.extent else stop, self.step if self.step > 1 else None)

    @property
    def source(self) -> Span:
        """The entries that have a cell."""
        limit = None
        if not self.keeps_all:
            limit = sympy.ceiling(sympy.expand(self.extent - self.before) / sympy.Integer(self.step))
        return Span(self._first or None, limit)

    @property
    def _first(self) -> int:
        return max(0, -(self.before // self.step))


def origin(operand: Operand) -> tuple[Operand, Mapping[Axis, tuple[int, int]]]:
    """The array under padding and zero insertion, and for each axis of the operand ``(step, before)``."""
    steps = dict.fromkeys(operand.axes, (1, 0))
    inner = operand
    names = {a: a for a in operand.axes}
    while isinstance(inner.tensor, Definition) and len(inner.tensor.contraction.factors) == 1:
        contraction = inner.tensor.contraction
        renamed = dict(zip(contraction.output.axes, inner.axes, strict=True))
        outer = {own: names[renamed[own]] for own in contraction.output.axes}
        [source] = contraction.factors
        following: dict[Axis, Axis] = {}
        for own, read in zip(contraction.output.axes, source.axes, strict=True):
            following[read] = outer[own]
            for r in contraction.relations:
                if own in r.axes and read != own:
                    unit = r.coefficient(own)
                    c, o = -r.coefficient(read) / unit, -r.offset / unit
                    step, before = steps[outer[own]]
                    steps[outer[own]] = (int(step * c), int(step * o + before))
        inner, names = source, following
    return inner, {names[a]: steps[names[a]] for a in inner.axes}


def placements(
    layer: Emission, array: Operand, dimensions: tuple[Correlation, ...]
) -> tuple[Operand, dict[Axis, Placement]]:
    """The array under padding and zero insertion, and where each of its spatial axes goes.

    Cells at the far edge that a crop would take, fewer than the spacing of the windows, make no further window; they
    are kept rather than cropped, so that an array without padding is read as it is.
    """
    base, steps = origin(array)
    made = {}
    for d, window, most in zip(dimensions, layer.windows, layer.left_over, strict=True):
        own = base.axes[array.axes.index(d.position)]
        step, before = steps[d.position]
        after = by_left_over(size(d.position.extent - before - step * (own.extent - 1) - 1), window)
        spacing = int(sides(d, layer.taps).spacing)
        if step == 1 and after.coeff(LEFT_OVER) == -1 and most.start >= 0 and most.stop <= spacing:
            after = after + LEFT_OVER
            extent = size(before + own.extent + after)
        elif (step, before) == (1, 0) and all(after.subs(LEFT_OVER, r) == 0 for r in most):
            extent = own.extent
        else:
            extent = d.position.extent
        least = min(int(after.subs(LEFT_OVER, r)) for r in most)
        early = before + 1 < 0 and 1 + int(window.after) - max(most) < 0
        made[own] = Placement(own.extent, step, before, extent, least >= 0, early)
    return base, made


def placed(
    name: str, source: Labelled, order: tuple[Axis, ...], made: Mapping[Axis, Placement]
) -> tuple[tuple[Statement, ...], Expression]:
    """The statements that fill the wider array, with its axes in this order, and the expression that reads it."""
    if all(p.is_identity for p in made.values()):
        return (), source.value
    shape = tuple(made[a].extent if a in made else n for a, n in zip(flat_axes(order), flat_shape(order), strict=True))
    entries = transposed(Labelled(source.value, flat_axes(source.axes)), flat_axes(order)).value
    if any(p.source != Span() for p in made.values()):
        entries = Item(entries, spans({a: p.source for a, p in made.items()}, order))
    assert isinstance(source.value, Var)
    return (
        Let(name, Zeros(shape, (source.value.name,))),
        Store(Item(Var(name), spans({a: p.target for a, p in made.items()}, order)), entries),
    ), Var(name)


def placed_image(
    name: str, source: Labelled, order: tuple[Axis, ...], made: Mapping[Axis, Placement]
) -> tuple[Let, Store]:
    """The same for one image at a time: the wider array without its first axis, the batch, and what fills it."""
    axes = order[1:]
    shape = tuple(made[a].extent if a in made else n for a, n in zip(flat_axes(axes), flat_shape(axes), strict=True))
    entries = transposed(Labelled(source.value, flat_axes(source.axes)), flat_axes(order)).value
    taken: dict[Axis, Subscript] = {order[0]: order[0].symbol} | {a: p.source for a, p in made.items()}
    assert isinstance(source.value, Var)
    return (
        Let(name, Zeros(shape, (source.value.name,))),
        Store(Item(Var(name), spans({a: p.target for a, p in made.items()}, axes)), Item(entries, spans(taken, order))),
    )


def strided(
    array: str,
    axes: tuple[Axis, ...],
    by_position: Mapping[Axis, Sides],
    order: tuple[Axis, ...],
) -> tuple[Statement, View]:
    """The strides of an array in one piece, named, and its windows as a view with the axes in this order.

    A position axis gives its stride, times what it is counted in, to the two axes that make it; a group axis steps
    over the channels of a group.
    """
    steps: dict[Axis, sympy.Expr] = {}
    names = tuple(f"s{k}" for k in range(len(flat_axes(axes))))
    for a, stride in zip(flat_axes(axes), sympy.symbols(names), strict=True):
        sides = by_position.get(a)
        steps |= (
            {a: stride} if sides is None else {sides.other: sides.spacing * stride, sides.tap: sides.dilation * stride}
        )
    for group, channel in pairwise(axes):
        if group.name == "g":
            steps[group] = channel.extent * steps[channel]
    view = View(array, tuple(a.extent for a in order), tuple(size(steps[a]) for a in order))
    return Unpack(names, f"{array}.strides"), view


def spans(chosen: Mapping[Axis, Subscript], axes: tuple[Axis, ...]) -> tuple[Subscript, ...]:
    """Subscripts of an array of these axes, in its flat order: those chosen, and everything of the others."""
    return trimmed([chosen.get(a, Span()) for a in flat_axes(axes)])


def trimmed(subscripts: Sequence[Subscript]) -> tuple[Subscript, ...]:
    """Without the axes at the end of which everything is taken."""
    listed = list(subscripts)
    while len(listed) > 1 and listed[-1] == Span():
        listed.pop()
    return tuple(listed)


def windows_of(
    value: Expression, axes: tuple[Axis, ...], dimensions: tuple[Correlation, ...], taps: tuple[Axis, ...]
) -> Labelled:
    """The view with each position axis replaced by its two others; the window axes come last.

    Which of the two is the window is free, since ``u = s·o + d·f`` is symmetric in them; the taps are, being few.
    """
    by_position = {d.position: sides(d, taps) for d in dimensions}
    ordered = [(k, by_position[a]) for k, a in enumerate(axes) if a in by_position]
    view = Windows(
        value,
        tuple(side.tap.extent for _, side in ordered),
        tuple(int(side.spacing) for _, side in ordered),
        tuple(int(side.dilation) for _, side in ordered),
        tuple(k for k, _ in ordered),
        len(axes),
    )
    return Labelled(
        view,
        (*(by_position[a].other if a in by_position else a for a in axes), *(side.tap for _, side in ordered)),
    )


def regrouped(value: Expression, axes: tuple[Axis, ...], made: Mapping[Axis, Placement]) -> Expression:
    """The placed array with its channel axis split into group and channel."""
    if not any(a.name == "g" for a in axes):
        return value
    return reshaped(value, tuple(made[a].extent if a in made else a.extent for a in axes))


@dataclass(frozen=True, slots=True)
class Sides:
    """One dimension of a view, ``position = spacing·other + dilation·tap``, the tap one of the layer's."""

    other: Axis
    tap: Axis
    spacing: Size
    dilation: Size


def sides(d: Correlation, taps: tuple[Axis, ...]) -> Sides:
    """Which of a correlation's two axes counts windows, and which one the taps in them."""
    if d.output in taps:
        return Sides(d.tap, d.output, d.dilation, d.stride)
    return Sides(d.output, d.tap, d.stride, d.dilation)


def by_left_over(amount: Size, window: Window) -> sympy.Expr:
    """An amount with the larger extent replaced by ``S(O-1) + D(K-1) + 1 - P₋ - P₊ + r``."""
    span = window.dilation * (window.taps - 1) + 1 - window.before - window.after
    larger = window.stride * (window.output - 1) + span + LEFT_OVER
    return sympy.expand(sympy.Integer(1) * amount).subs(window.input, larger).expand()
