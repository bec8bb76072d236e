"""The filter of a strided layer by residues, ``p = S·m + ρ``, as ``winograd`` reads and writes it.

A filter with as many taps of every residue lies in memory as by m and ρ, its taps being in the order of p. Those it has
not are 0 where it is read, and left out where it is the result. Residues are channels before the array's own where the
array is taken apart, and before the filter's other one where the result is.
"""

from __future__ import annotations

from symconv.algebra.axes import Axis, Size
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.place import trimmed
from symconv.schedules.program import (
    Contiguous,
    Expression,
    Into,
    Item,
    Let,
    Reshape,
    Span,
    Store,
    Var,
    Zeros,
)
from symconv.schedules.reading import base_of, given
from symconv.schedules.tiles import EVERY
from symconv.schedules.winograd_plan import Plan

_PADDED, _APART = Var("padded"), Var("by_residue")


def by_taps(plan: Plan) -> Expression:
    """The given filter by taps, the array's channel and its own."""
    operand = base_of(plan.law.filter)[0] if plan.law.is_apart else plan.law.filter
    factor = given(plan.layer, operand)
    return transposed(factor, (*_taps(plan, factor.axes), *plan.group, plan.inner, plan.own)).value


def workspace(plan: Plan, like: str) -> tuple[Let, Let]:
    """Room for a block of the filter with as many taps of every residue, and the view of it by residues."""
    lying = _as_it_lies(plan)
    whole = Zeros((*_all_taps(plan), plan.inner.extent, plan.width), (like,))
    value: Expression = Reshape(_PADDED, _shape(plan, lying, plan.width))
    if turned := _turned(plan):
        value = Item(value, trimmed([Span(step=-1) if a in turned else EVERY for a in lying]))
    return Let(_PADDED.name, whole), Let(_APART.name, transposed(Labelled(value, lying), _by_law(plan)).value)


def divided(plan: Plan, block: Expression) -> tuple[Into, Store]:
    """The block divided, put there, and read by residues as ``filters``."""
    filters = Reshape(Var("filters"), _shape(plan, _by_law(plan), plan.width))
    return Into("divide", (block, plan.divisor), _existing(plan, _PADDED)), Store(Item(filters, ()), _APART)


def joined(plan: Plan) -> tuple[Let, Let]:
    """The result by taps at stride 1, residues and channels, as one by all its taps and channels."""
    made, own = _by_law(plan), plan.own.extent
    apart = Labelled(Reshape(Var(plan.target), _shape(plan, made, own)), made)
    by_residue = transposed(apart, _as_it_lies(plan)).value
    whole = Reshape(_APART, (*_all_taps(plan), plan.inner.extent, own))
    existing = _existing(plan, whole)
    return Let(_APART.name, by_residue), Let(plan.target, existing if existing == whole else Contiguous(existing))


def _as_it_lies(plan: Plan) -> tuple[Axis, ...]:
    """The axes of the filter by residues as they lie in memory: of each tap m and ρ, then the channels."""
    of_taps = (a for d in plan.law.dimensions for a in (d.tap[-1], d.channel) if a is not None)
    return (*of_taps, plan.inner, plan.own)


def _by_law(plan: Plan) -> tuple[Axis, ...]:
    """The same axes as U has them: taps, then channels, among them the residues before those that they multiply."""
    taps = (d.tap[-1] for d in plan.law.dimensions)
    residues = tuple(d.channel for d in plan.law.dimensions if d.channel is not None)
    channels = (plan.inner, *residues, plan.own) if plan.law.is_apart else (*residues, plan.inner, plan.own)
    return (*taps, *channels)


def _shape(plan: Plan, axes: tuple[Axis, ...], width: Size) -> tuple[Size, ...]:
    """Their extents, for so many of the filter's own channels."""
    return tuple(width if a == plan.own else a.extent for a in axes)


def _taps(plan: Plan, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes of the filter's taps, one for each dimension."""
    names = [a.name for a in plan.layer.taps]
    found = sorted((a for a in axes if a.name in names), key=lambda a: names.index(a.name))
    return tuple(found[d] for d in plan.law.order)


def _all_taps(plan: Plan) -> tuple[int, ...]:
    """Taps of all residues in each dimension, as many of each."""
    return tuple(d.by.taps * (1 if d.channel is None else int(d.channel.extent)) for d in plan.law.dimensions)


def _existing(plan: Plan, filter_: Expression) -> Expression:
    """Those of all taps that the filter has."""
    counts = tuple(int(plan.layer.geometry.filter_size[d]) for d in plan.law.order)
    return filter_ if counts == _all_taps(plan) else Item(filter_, trimmed([Span(stop=k) for k in counts]))


def _turned(plan: Plan) -> set[Axis]:
    """The axes m along which the layer's taps run backwards; where the array is taken apart, none."""
    if not plan.law.is_apart:
        return set()
    base, subscripts = base_of(plan.law.filter)
    read_at = dict(zip(base.axes, subscripts, strict=True))
    of_dimensions = zip(_taps(plan, base.axes), (d.tap[-1] for d in plan.law.dimensions), strict=True)
    return {m for p, m in of_dimensions if read_at[p].coeff(m.symbol) < 0}
