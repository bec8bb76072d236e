"""``taps``: one tap of the filter after the other, its products added in place.

    net[o] = Σ_f a[s·o + d·f]·w[f]  -->  for each f:  net += windows[:, f]·w[f]

Law: a sum may be taken in any order, and the one over taps is taken last. Nothing is unfolded; what is held besides
the arrays is the products of one tap in one block. Where the correlation form would insert zeros, or there is none,
the relation is read the other way: each tap adds to the cells that it reaches, ``da[S·i + D·p] += w[p]·δ[i]``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Constant, size
from symconv.algebra.contraction import Contraction
from symconv.derivation.backward import Derivation
from symconv.derivation.correlation import array_operand
from symconv.layers.window import Window
from symconv.schedules.contract import Labelled, einsum_subscripts, scaled, transposed
from symconv.schedules.place import Sides, spans, strided, trimmed
from symconv.schedules.program import (
    Blocks,
    Contiguous,
    Empty,
    Expression,
    For,
    Into,
    Item,
    Let,
    Reshape,
    Shaped,
    Span,
    Statement,
    Store,
    Subscript,
    Transpose,
    Var,
    Zeros,
)
from symconv.schedules.reading import (
    COLUMNS,
    REST,
    SHARE,
    Lowered,
    array_name,
    copied,
    dtypes_of,
    finished,
    given,
    in_layout,
    main_form,
    matrices,
    read,
    shared_array,
    windows_in,
)
from symconv.schedules.signature import Emission, flat_axes, flat_shape, split


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction; one matrix product where there are no taps."""
    if not derivation.form.terms[0].relations:
        return matrices(layer, derivation)
    reading = read(layer, derivation)
    if reading is None or reading.inserts_zeros:
        return scattered(layer, derivation)
    walk = Walk((reading.batch, *reading.counts), reading.taps, reading.channel)
    order = (*walk.positions, *walk.taps, *reading.group, reading.channel)
    made, view = windows_in(reading, order, channels_first=False)
    operands = [Labelled(view, order)]
    if reading.other is not None:
        moved, factor = walk.factor(given(layer, reading.other))
        made, operands = (*made, *moved), [*operands, factor]
    result = Labelled(Var(reading.target), walk.order(reading.inner.output.axes))
    empty = Let(reading.target, Zeros(tuple(a.extent for a in result.axes), reading.likes))
    divide, value = finished(reading, result)
    return (*made, empty, *walk.statements(operands, result), *divide), value


def scattered(layer: Emission, derivation: Derivation) -> Lowered:
    """``out[S·o + D·f] += Σ array[o]·w[f]``: the relation solved for the output's position, tap by tap."""
    main = main_form(derivation)
    array = array_operand(main)
    assert array is not None
    large, small, turned = _ends(layer, main)
    channel = next(a for a in array.axes[1:] if a.name != "g" and a not in small)
    walk = Walk((array.axes[0], *small), layer.taps, channel)
    made, source = shared_array(array)
    operands: list[Labelled] = []
    for f in main.factors:
        if f != array and isinstance(f.tensor, Constant):
            continue
        value = given(layer, f, turned) if f != array else split(array_name(source), f.axes)
        moved, factor = walk.factor(value)
        made, operands = (*made, *moved), [*operands, factor]
    operands.sort(key=lambda o: channel not in o.axes[1:] or o.axes[0] != array.axes[0])
    channels = tuple(a for a in main.output.axes[1:] if a not in large)
    held, order = (array.axes[0], *large, *channels), (*walk.positions, *walk.taps, *channels)
    ties = list(zip(large, small, layer.taps, layer.windows, strict=True))
    strides, view = strided("padded", held, {x: Sides(i, p, w.stride, w.dilation) for x, i, p, w in ties}, order)
    reach = {x: _reach(w, x) for x, _, _, w in ties}
    shape = tuple(reach.get(a, n) for a, n in zip(flat_axes(held), flat_shape(held), strict=True))
    filled = (
        Let("padded", Zeros(shape, dtypes_of(*(o.value for o in operands)))),
        strides,
        Let("windows", view),
        *walk.statements(operands, Labelled(Var("windows"), order)),
    )
    cropped = {x: Span(w.before or None, size(w.before + x.extent)) for x, _, _, w in ties}
    result = Labelled(Item(Var("padded"), spans(cropped, held)), flat_axes(held))
    return (*made, *filled), scaled(in_layout(result, main.output.axes), main.scale)


@dataclass(frozen=True, slots=True)
class Walk:
    """The loops: blocks of positions, and in each the taps. ``channel`` is that of the array."""

    positions: tuple[Axis, ...]
    taps: tuple[Axis, ...]
    channel: Axis

    def order(self, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
        """Working order: taps, positions, group, the channel that is summed, the other one."""
        rest = [a for a in axes if a not in self.taps and a not in self.positions]
        rest.sort(key=lambda a: (a.name != "g", a != self.channel))
        return (*(a for a in self.taps if a in axes), *(a for a in self.positions if a in axes), *rest)

    def factor(self, given: Labelled) -> tuple[tuple[Statement, ...], Labelled]:
        """A factor in working order and in one piece, under a name."""
        axes = self.order(given.axes)
        value = transposed(given, axes).value
        if isinstance(value, Var):
            return (), Labelled(value, axes)
        source = array_name(value)
        name = "weights" if source == "w" else f"{source}_by_position"
        return (Let(name, Contiguous(value)),), Labelled(Var(name), axes)

    def statements(self, operands: list[Labelled], result: Labelled) -> tuple[Statement, ...]:
        """Add to the result what every tap of every block contributes."""
        target, parts = self._at(result), [self._at(o) for o in operands]
        values = tuple(p.value for p in parts)
        if len(parts) == 1:
            return (self._blocks(operands[0], None, self._each_tap((Store(target.value, values[0], add=True),))),)
        if parts[0].axes == (*self.positions, self.channel) and len(target.axes) == 2:
            return self._of_weights(operands[0], parts, target)
        views = (Let("part", target.value), Let("share", Shaped(Var("space"), "part", first=True)))
        product = self._product(parts, target)
        body: tuple[Statement, ...] = (product, Store(Var("part"), SHARE, add=True))
        moves = any(a in result.axes for a in self.taps)
        body = self._each_tap((*views, *body)) if moves else (*views, *self._each_tap(body))
        return (self._blocks(operands[0], self._at(result, first=True).value, body),)

    def _product(self, parts: Sequence[Labelled], target: Labelled) -> Into:
        """The products of one tap: of matrices, of a matrix for each group, or by an einsum."""
        (first, second), values = parts, tuple(p.value for p in parts)
        if first.axes[:-1] == target.axes[:-1] and second.axes == (self.channel, target.axes[-1]):
            return Into("matmul", values, SHARE)
        if first.axes[:-1] == target.axes[:-1] and second.axes == (first.axes[-2], self.channel, target.axes[-1]):
            return Into("by_group", values, SHARE)
        return Into("einsum", values, SHARE, einsum_subscripts(parts, target.axes))

    def _of_weights(self, array: Labelled, parts: Sequence[Labelled], target: Labelled) -> tuple[Statement, ...]:
        """Both factors have the positions, which are summed: a matrix of each block, the array's copied."""
        seen, delta = parts
        rows = Transpose(Reshape(COLUMNS, (REST, self.channel.extent)), (1, 0))
        columns = Reshape(delta.value, (REST, target.axes[-1].extent))
        body = (*copied(seen.value), Into("matmul", (rows, columns), SHARE), Store(target.value, SHARE, add=True))
        share = Let("share", Empty(tuple(a.extent for a in target.axes), dtypes_of(array.value, delta.value)))
        return share, self._blocks(array, self._at(array, first=True).value, self._each_tap(body))

    def _blocks(self, array: Labelled, block: Expression | None, body: tuple[Statement, ...]) -> Blocks:
        """The loop over blocks, which are measured by what one tap of the array takes."""
        at_tap = [0 if a in self.taps else Span() for a in array.axes]
        read = Item(array.value, trimmed(at_tap)) if 0 in at_tap else array.value
        names = tuple(Var(a.name) for a in self.positions)
        return Blocks(names, self.positions, read, block or read, space="space" if block else None, body=body)

    def _each_tap(self, body: tuple[Statement, ...]) -> tuple[Statement, ...]:
        for p in reversed(self.taps):
            body = (For(p.name, p.extent, body),)
        return body

    def _at(self, array: Labelled, first: bool = False) -> Labelled:
        """The array at one tap (the first one) of one block."""
        subscripts: dict[Axis, Subscript] = {a: Var(a.name) for a in self.positions}
        subscripts |= {p: 0 if first else p.symbol for p in self.taps}
        kept = tuple(a for a in array.axes if a not in self.taps)
        return Labelled(Item(array.value, trimmed([subscripts.get(a, Span()) for a in array.axes])), kept)


def _ends(layer: Emission, main: Contraction) -> tuple[tuple[Axis, ...], tuple[Axis, ...], bool]:
    """The relations' axes on the side of the padded array and on the other; whether taps count from the far end."""
    large, small = [], []
    turned = False
    for r, w, p in zip(main.relations, layer.windows, layer.taps, strict=True):
        x, i = sorted((a for a in r.axes if a != p), key=lambda a: a.extent != w.input)
        large.append(x)
        small.append(i)
        turned |= bool(r.solve_for(x).coeff(p.symbol).could_extract_minus_sign())
    return tuple(large), tuple(small), turned


def _reach(window: Window, x: Axis) -> sympy.Expr:
    """The cells that taps reach or the layer has, from the first one of the padding before."""
    used = window.stride * (window.output - 1) + window.dilation * (window.taps - 1) + 1
    return sympy.Max(sympy.expand(used), sympy.expand(window.before + x.extent))
