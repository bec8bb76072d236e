"""What schedules read off a derivation: its correlation form as an array in which windows move, and the other factor.

    out[o] = Σ_f  array[s·o + d·f] · other[f]        for each dimension, at any batch and channels

The array is what padding and zero insertion made of a given one, see :mod:`symconv.schedules.place`; the other factor
is given as it is, or rotated. Which of o and f is a tap of the layer differs by direction, and nothing else does.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Constant, Size
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.derivation.backward import Derivation, last_form
from symconv.derivation.correlation import Correlation, array_operand, core, correlations
from symconv.schedules.contract import Labelled, matrix_product, reshaped, scaled, transposed
from symconv.schedules.place import Placement, Sides, placed, placements, sides, spans, strided, trimmed
from symconv.schedules.program import (
    Binary,
    Cast,
    Contiguous,
    Entries,
    Expression,
    Item,
    Let,
    Range,
    Reshape,
    Shaped,
    Span,
    Statement,
    Store,
    Subscript,
    Transpose,
    Var,
)
from symconv.schedules.signature import Emission, flat_axes, flat_shape, identifier, split

Lowered = tuple[tuple[Statement, ...], Expression]
"""Statements, and the value of the main term in the layout of the layer."""
REST = -1
"""The length of an axis that a reshape works out."""
COLUMNS, SHARE = Var("columns"), Var("share")
"""A block of windows, copied; and what a block adds to a sum."""


@dataclass(frozen=True, slots=True)
class Reading:
    """The correlation form of one direction; ``target`` is the result's name. ``turned``: it is read in reverse."""

    layer: Emission
    target: str
    inner: Contraction
    turned: bool
    dimensions: tuple[Correlation, ...]
    array: Operand
    base: Operand
    made: Mapping[Axis, Placement]

    @property
    def sides(self) -> dict[Axis, Sides]:
        """For each spatial axis of the base array, the window count and the tap that make its position."""
        own = dict(zip(self.array.axes, self.base.axes, strict=True))
        return {own[d.position]: sides(d, self.layer.taps) for d in self.dimensions}

    @property
    def other(self) -> Operand | None:
        """The factor beside the array; a sum of windows has none."""
        factors = (f for f in self.inner.factors if f != self.array and not isinstance(base_of(f)[0].tensor, Constant))
        return next(factors, None)

    @property
    def batch(self) -> Axis:
        """The batch axis."""
        return self.base.axes[0]

    @property
    def group(self) -> tuple[Axis, ...]:
        """The group axis, if there is one."""
        return tuple(a for a in self.base.axes if a.name == "g")

    @property
    def channel(self) -> Axis:
        """The array's channel axis."""
        return next(a for a in self.base.axes[1:] if a.name != "g" and a not in self.made)

    @property
    def counts(self) -> tuple[Axis, ...]:
        """The axes that count windows, one for each dimension."""
        return tuple(s.other for s in self.sides.values())

    @property
    def taps(self) -> tuple[Axis, ...]:
        """The taps, one for each dimension."""
        return tuple(s.tap for s in self.sides.values())

    @property
    def own(self) -> Axis:
        """The channel axis that the other factor has and the array has not."""
        assert self.other is not None
        return next(a for a in self.other.axes if a.name in ("n", "c") and a != self.channel)

    @property
    def keeps_positions(self) -> bool:
        """Whether the result has the positions, and the taps are summed; else the positions are."""
        return self.counts[0] in self.inner.output.axes

    @property
    def is_direct(self) -> bool:
        """Whether every window is one cell of the array as it is given."""
        fits = all(p.is_identity for p in self.made.values())
        return fits and all(s.tap.extent == 1 and s.spacing == 1 for s in self.sides.values())

    @property
    def likes(self) -> tuple[str, ...]:
        """The names of the arrays whose dtypes the result combines."""
        others = [Var(identifier(base_of(self.other)[0].symbol))] if self.other else []
        return dtypes_of(shared_array(self.array)[1], *others)

    def matrix(self, name: str, order: tuple[Axis, ...], shape: tuple[Size, ...]) -> tuple[Statement, ...]:
        """The other factor as matrices of this name, in one piece: BLAS is faster at those."""
        assert self.other is not None
        factor = given(self.layer, self.other)
        named: tuple[Statement, ...] = ()
        if factor.axes == order:
            return (Let(name, reshaped(factor.value, shape)),)
        if isinstance(factor.value, Reshape):
            named, factor = (Let("by_group", factor.value),), Labelled(Var("by_group"), factor.axes)
        return (*named, Let(name, Contiguous(reshaped(transposed(factor, order).value, shape))))

    def factor_view(self, order: tuple[Axis, ...]) -> Expression:
        """The other factor as it is held, with its axes in this order."""
        assert self.other is not None
        name = Var(identifier(base_of(self.other)[0].symbol))
        return transposed(Labelled(name, flat_axes(self.other.axes)), order).value

    def flat_factor(self, order: tuple[Axis, ...]) -> Lowered:
        """The same in one piece, under its name."""
        moved, name = self.factor_view(order), Var(self.like_filter)
        return (() if moved == name else (Let(name.name, Contiguous(moved)),)), name

    @property
    def like(self) -> str:
        """The name of the given array at the bottom of the array."""
        return identifier(_letters(self.array)[0])

    @property
    def like_filter(self) -> str:
        """The name of the given array beside it."""
        assert self.other is not None
        return identifier(base_of(self.other)[0].symbol)

    @property
    def inserts_zeros(self) -> bool:
        """Whether the array has zeros between its entries, with which a schedule would multiply."""
        return any(p.step != 1 for p in self.made.values())


def read(layer: Emission, derivation: Derivation) -> Reading | None:
    """The correlation form, None where the direction has none (an axis that two factors share, no relations)."""
    if not derivation.form.terms[0].relations:
        return None
    inner, turned = core(last_form(derivation))
    try:
        dimensions = correlations(inner)
    except ValueError:
        return None
    array = array_operand(inner)
    assert array is not None
    base, made = placements(layer, array, dimensions)
    return Reading(layer, identifier(derivation.form.output.symbol), inner, turned, dimensions, array, base, made)


def array_of(reading: Reading) -> Lowered:
    """The array with its padding and inserted zeros in place, and the statements that make it so."""
    named, source = shared_array(reading.array)
    store, wide = placed("padded", Labelled(source, reading.base.axes), reading.base.axes, reading.made)
    return (*named, *store), wide


def windows_in(reading: Reading, order: tuple[Axis, ...], *, channels_first: bool) -> Lowered:
    """The windows as a view with its axes in this order, which copies nothing but what has to be padded.

    The array itself lies with its channels before its positions or after them; where it comes the other way, or has
    to be padded, it is copied.
    """
    named, source = shared_array(reading.array)
    spatial = tuple(reading.sides)
    channels = (*reading.group, reading.channel)
    held = (reading.batch, *channels, *spatial) if channels_first else (reading.batch, *spatial, *channels)
    store, wide = laid(Labelled(source, reading.base.axes), held, reading.made)
    strides, view = strided(wide, held, reading.sides, order)
    return (*named, *store, strides, Let("windows", view)), Var("windows")


def laid(given: Labelled, held: tuple[Axis, ...], made: Mapping[Axis, Placement]) -> tuple[tuple[Statement, ...], str]:
    """An array in one piece, with its axes in this order and padded, and its name."""
    store, _ = placed("padded", given, held, made)
    if store:
        return store, "padded"
    moved = transposed(Labelled(given.value, flat_axes(given.axes)), flat_axes(held)).value
    return (Let(array_name(given.value), Contiguous(moved)),), array_name(given.value)


def finished(reading: Reading, result: Labelled) -> Lowered:
    """The product divided by counts and turned where the reading says so, in the layout of the layer."""
    inner = reading.inner
    value = scaled(in_layout(result, inner.output.axes), inner.scale)
    statements, value = divided(value, inner.output.axes, counts_of(inner), reading.like)
    if not reading.turned:
        return statements, value
    return (*statements, Let(reading.target, value)), Item(
        Var(reading.target), reversed_taps(reading.layer, inner.output)
    )


def in_layout(result: Labelled, axes: tuple[Axis, ...]) -> Expression:
    """A result as callers hold it: in one piece, with its axes in order and groups part of the channels."""
    wanted = axes if any(a.name == "g" for a in result.axes) else flat_axes(axes)
    if result.axes == wanted:
        return flat(result)
    return flat(Labelled(Contiguous(transposed(result, wanted).value), wanted))


def matrices(layer: Emission, derivation: Derivation) -> Lowered:
    """One matrix product, where there are no windows."""
    main = derivation.form.terms[0]
    return (), matrix_product([given(layer, f) for f in main.factors], main.output.axes).value


def copied(block: Expression) -> tuple[Statement, ...]:
    """A block copied into the workspace, as ``columns``."""
    return (
        Let("part", block),
        Let("columns", Shaped(Var("space"), "part", first=True)),
        Store(Item(COLUMNS, ()), Var("part")),
    )


def dtypes_of(*values: Expression) -> tuple[str, ...]:
    """The names of the arrays whose dtypes a result combines."""
    return tuple(sorted({array_name(v) for v in values}))


def main_form(derivation: Derivation) -> Contraction:
    """The main term, with constants over an axis of the array taken into the array."""
    grouped = [s.after for s in derivation.steps if s.law == "group" and isinstance(s.after, Contraction)]
    return grouped[0] if grouped else derivation.form.terms[0]


def shared_array(array: Operand) -> Lowered:
    """The given array; where it is defined as a product with constants, that product, named first."""
    base, _ = base_of(array)
    if not isinstance(base.tensor, Definition):
        return (), Var(identifier(base.symbol))
    product = base.tensor.contraction
    [given] = [f for f in product.factors if not isinstance(f.tensor, Constant)]
    name = identifier(given.symbol)
    statements, value = divided(Var(name), product.output.axes, counts_of(product), name)
    return (*statements, Let("shared", value)), Var("shared")


def counts_of(contraction: Contraction) -> list[Operand]:
    """The factors ``1/count`` that a result or an array is divided by."""
    return [f for f in contraction.factors if isinstance(f.tensor, Constant) and f.tensor.entry != 1]


def divided(value: Expression, axes: tuple[Axis, ...], counts: list[Operand], like: str) -> Lowered:
    """``value ∘ 1/count``: the counts of each dimension from their entries, multiplied and divided by."""
    if not counts:
        return (), value
    statements: list[Statement] = []
    product: Expression | None = None
    for k, factor in enumerate(counts):
        assert isinstance(factor.tensor, Constant)
        [own] = factor.axes
        statements += [
            Let(own.name, Range(own.extent)),
            Let(f"count{k + 1}", Entries(sympy.denom(sympy.together(factor.tensor.entry)))),
        ]
        spread = Item(Var(f"count{k + 1}"), (Span(),), new=len(axes) - 1 - axes.index(own))
        product = spread if product is None else Binary("*", product, spread)
    assert product is not None
    return (*statements, Let("count", product)), Binary("/", value, Cast(Var("count"), like))


def given(layer: Emission, operand: Operand, turned: bool = False) -> Labelled:
    """A given tensor by its axes: its taps as the views that define it choose them, reversed where ``turned``."""
    base, subscripts = base_of(operand)
    chosen = {}
    for own, outer, subscript in zip(base.axes, operand.axes, subscripts, strict=True):
        step, start = int(subscript.coeff(outer.symbol)), int(subscript.subs(outer.symbol, 0))
        if turned and outer in layer.taps:
            step, start = -step, start + step * (int(outer.extent) - 1)
        if (step, start) != (1, 0) or outer.extent != own.extent:
            chosen[own] = _span(step, start, int(outer.extent), int(own.extent))
    plain = split(identifier(base.symbol), operand.axes)
    if not chosen:
        return plain
    taken = Item(Var(identifier(base.symbol)), spans(chosen, base.axes))
    if isinstance(plain.value, Reshape):
        return Labelled(reshaped(taken, plain.value.shape), plain.axes)
    return Labelled(taken, plain.axes)


def _span(step: int, start: int, count: int, extent: int) -> Span:
    """``start, start + step, …``, so many; an end that is that of the axis is left out."""
    last = start + step * (count - 1)
    if count == 1:
        return Span(start, start + 1)
    if step < 0:
        return Span(None if start == extent - 1 else start, None, step)
    return Span(start or None, None if last + step >= extent else last + 1, step if step > 1 else None)


def array_name(value: Expression) -> str:
    """The name of the array at the bottom of reshapes and items."""
    while isinstance(value, (Reshape, Item, Transpose, Contiguous)):
        value = value.array
    return value.name if isinstance(value, Var) else "operand"


def base_of(operand: Operand) -> tuple[Operand, tuple[sympy.Expr, ...]]:
    """The given array under views, and where each of its axes is read, in the letters of the operand's axes."""
    subscripts: dict[Axis, sympy.Expr] = {a: a.symbol for a in operand.axes}
    read = operand.axes
    while isinstance(operand.tensor, Definition) and operand.tensor.contraction.relations:
        contraction = operand.tensor.contraction
        outer = {own.symbol: subscripts[a] for own, a in zip(contraction.output.axes, read, strict=True)}
        [operand] = contraction.factors
        read = operand.axes
        ties = {a: r for r in contraction.relations for a in r.axes if a in read}
        solved = {a: ties[a].solve_for(a) if a in ties else a.symbol for a in read}
        subscripts = {a: sympy.expand(e.subs(outer, simultaneous=True)) for a, e in solved.items()}
    return Operand(operand.tensor, operand.tensor.axes), tuple(subscripts[a] for a in read)


def reversed_taps(layer: Emission, operand: Operand) -> tuple[Subscript, ...]:
    """``[:, :, ::-1, ::-1]`` on the tap axes."""
    taps = {a.name for a in layer.taps}
    turned = [Span(step=-1) if a.name.rstrip("'") in taps else Span() for a in flat_axes(operand.axes)]
    return trimmed(turned)


def flat(result: Labelled) -> Expression:
    """The value with its group axis merged into the channels."""
    if not any(a.name == "g" for a in result.axes):
        return result.value
    return reshaped(result.value, flat_shape(result.axes))


def _letters(operand: Operand) -> list[str]:
    """The letters of the given tensors under an operand."""
    if not isinstance(operand.tensor, Definition):
        return [] if isinstance(operand.tensor, Constant) else [operand.symbol]
    return [letter for f in operand.tensor.contraction.factors for letter in _letters(f)]
