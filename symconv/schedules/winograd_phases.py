"""The filter of a strided layer by residues, ``p = S·m + ρ``, as ``winograd`` reads and writes it.

Taps that a filter has not are 0 where it is read, and left out where it is the result. A residue is one more channel,
before the array's own where the array is taken apart, before the filter's other one where the result is.
"""

from __future__ import annotations

from symconv.algebra.axes import Axis, Size
from symconv.schedules.contract import transposed
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
    Transpose,
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


def room(plan: Plan, width: Size, like: str) -> tuple[Let, Let]:
    """Room for a block of the filter with as many taps of every residue, and the view of it by residues."""
    whole = Zeros((*_whole(plan), plan.inner.extent, width), (like,))
    value: Expression = Reshape(_PADDED, (*_split(plan), plan.inner.extent, width))
    if any(turned := _turned(plan)):
        value = Item(value, trimmed([Span(step=-1) if t else EVERY for t in turned]))
    return Let(_PADDED.name, whole), Let(_APART.name, Transpose(value, _order(plan)))


def divided(plan: Plan, block: Expression) -> tuple[Into, Store]:
    """The block divided, put there, and read by residues as ``filters``."""
    taps = () if _counts(plan) == _whole(plan) else trimmed([Span(stop=k) for k in _counts(plan)])
    filters = Reshape(Var("filters"), _shape(plan, plan.width))
    room = Item(_PADDED, taps) if taps else _PADDED
    return Into("divide", (block, plan.divisor), room), Store(Item(filters, ()), _APART)


def _shape(plan: Plan, width: Size) -> tuple[Size, ...]:
    """The shape by residues, in the order of the laws."""
    whole = (*_split(plan), plan.inner.extent, width)
    return tuple(whole[k] for k in _order(plan))


def joined(plan: Plan) -> tuple[Let, Let]:
    """The result by taps at stride 1, residues and channels, as one by all its taps and channels."""
    order, counts = _order(plan), _counts(plan)
    back = tuple(order.index(k) for k in range(len(order)))
    by_residue = Transpose(Reshape(Var(plan.target), _shape(plan, plan.own.extent)), back)
    whole: Expression = Reshape(_APART, (*_whole(plan), plan.inner.extent, plan.own.extent))
    if counts != _whole(plan):
        whole = Contiguous(Item(whole, trimmed([Span(stop=k) for k in counts])))
    return Let(_APART.name, by_residue), Let(plan.target, whole)


def _taps(plan: Plan, axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes of the filter's taps, one for each dimension."""
    names = [a.name for a in plan.layer.taps]
    found = sorted((a for a in axes if a.name in names), key=lambda a: names.index(a.name))
    return tuple(found[d] for d in plan.law.order)


def _counts(plan: Plan) -> tuple[int, ...]:
    return tuple(int(plan.layer.geometry.filter_size[d]) for d in plan.law.order)


def _whole(plan: Plan) -> tuple[int, ...]:
    """Taps of all residues in each dimension, as many of each."""
    return tuple(k * plan.residues.get(d, 1) for d, k in enumerate(plan.taps))


def _split(plan: Plan) -> tuple[int, ...]:
    """Taps at stride 1 in each dimension, each followed by the residues it has."""
    return tuple(n for d, k in enumerate(plan.taps) for n in ((k, plan.residues[d]) if d in plan.residues else (k,)))


def _turned(plan: Plan) -> tuple[bool, ...]:
    """Which axes of that count from the far end; where the array is taken apart, none."""
    if not plan.law.is_apart:
        return ()
    base, subscripts = base_of(plan.law.filter)
    own = dict(zip(base.axes, subscripts, strict=True))
    turned = []
    for d, tap in enumerate(_taps(plan, base.axes)):
        steps = own[tap]
        turned += [steps.coeff(plan.law.dimensions[d].tap[-1].symbol) < 0, *([False] if d in plan.residues else [])]
    return tuple(turned)


def _order(plan: Plan) -> tuple[int, ...]:
    """Of the axes of a split filter: taps, residues of the array's channel, it, residues of the filter's own, it."""
    places = iter(range(len(_split(plan)) + 2))
    taps, residues = [], []
    for d in range(len(plan.taps)):
        taps.append(next(places))
        residues += [next(places)] if d in plan.residues else []
    inner, own = places
    return (*taps, inner, *residues, own) if plan.law.is_apart else (*taps, *residues, inner, own)
