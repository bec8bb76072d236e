"""Laws that take a sum apart and put it together: separate or forget a bound axis, sample an array, nest a sum.

With ``split`` and ``shift`` (:mod:`symconv.algebra.laws`) they make every polyphase form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy

from symconv.algebra.axes import Axis, Tensor, size
from symconv.algebra.contraction import Contraction, Definition, Form, Operand
from symconv.algebra.laws import is_natural
from symconv.algebra.relations import Relation


def separate(contraction: Contraction, own: Axis) -> Form:
    """``Σ_ρ g(ρ)  -->  g(0) + g(1) + …``: a bound axis value by value; terms that no point can satisfy are left out.

    Side conditions: the extent is a number and no operand reads the axis. A term is left out where a relation places
    one of its axes outside its extent, wherever the others stand; where that goes for all of them the first stays.
    """
    if not isinstance(own.extent, int):
        raise ValueError(f"{own.name} can not be separated, its extent {own.extent} is no number")
    if any(own in operand.axes for operand in (contraction.output, *contraction.factors)):
        raise ValueError(f"{own.name} can not be separated, an operand reads it")
    terms = [
        replace(contraction, relations=tuple(r.substitute(own, {}, value) for r in contraction.relations))
        for value in range(own.extent)
    ]
    return Form(tuple(term for term in terms if all(map(_has_room, term.relations))) or (terms[0],))


def forget(contraction: Contraction, own: Axis) -> Contraction:
    """``Σ_p Σ_m g(m)  over p = Σ c·m + o  -->  Σ_m g(m)``: an axis that only one relation has, and always with a value.

    Side conditions: no operand reads it, its coefficient is 1 or -1, and its extent holds all that the others give.
    """
    holders = [r for r in contraction.relations if own in r.axes]
    read = any(own in operand.axes for operand in (contraction.output, *contraction.factors))
    if read or len(holders) != 1 or holders[0].coefficient(own) not in (1, -1):
        raise ValueError(f"{own.name} is more than the name of a sum of others")
    found = holders[0].interval(own)
    if found is None or not all(is_natural(v) for v in (found[0], own.extent - 1 - found[1])):
        raise ValueError(f"{own.name} may be outside its extent {own.extent}")
    return replace(contraction, relations=tuple(r for r in contraction.relations if r != holders[0]))


def sample(contraction: Contraction, axes: Iterable[Axis]) -> Contraction:
    """``Σ_p T[p]·g  -->  Σ_m T'[m]·g`` over ``p = c·m + o``, where ``T'[m] = T[c·m + o]``: every c-th entry.

    Side conditions: one operand reads the axes, the output does not; one relation has each of them, with coefficient
    1 or -1 and one other axis. Proof: that relation determines p by m, and T' is what T holds there.
    """
    chosen = tuple(axes)
    ties = {p: [r for r in contraction.relations if p in r.axes] for p in chosen}
    holders = [f for f in (contraction.output, *contraction.factors) if set(chosen) & set(f.axes)]
    if len(holders) != 1 or holders[0] is contraction.output or not set(chosen) <= set(holders[0].axes):
        raise ValueError(f"the axes {', '.join(p.name for p in chosen)} are not read by exactly one factor")
    for p, found in ties.items():
        if len(found) != 1 or len(found[0].axes) != 2 or found[0].coefficient(p) not in (1, -1):
            raise ValueError(f"{p.name} is not one entry of each so many, p = c·m + o")
    [holder] = holders
    used = [found[0] for found in ties.values()]
    new = {p: next(a for a in r.axes if a != p) for p, r in zip(chosen, used, strict=True)}
    outer = tuple(new.get(a, a) for a in holder.axes)
    output = Operand(Tensor(f"every({holder.symbol})", outer), outer)
    sampled = Operand(Definition(Contraction(output, (holder,), tuple(used))), outer)
    return replace(
        contraction,
        factors=tuple(sampled if f is holder else f for f in contraction.factors),
        relations=tuple(r for r in contraction.relations if r not in used),
    )


def nest(contraction: Contraction, symbol: str, axes: tuple[Axis, ...]) -> Contraction:
    """``T[x] = Σ_t Σ_m g  -->  T[x] = Σ_t U[t]`` where ``U[t] = Σ_m g``: part of a sum is an array of its own.

    U is the array of this letter over ``axes``; a relation with an output axis that U lacks stays outside. Side
    condition: what stays outside ties output axes and axes of U only, and no factor reads an output axis that U lacks.
    """
    apart = set(contraction.output.axes) - set(axes)
    outside = tuple(r for r in contraction.relations if apart & set(r.axes))
    inside = tuple(r for r in contraction.relations if r not in outside)
    known = apart | set(axes)
    if any(set(r.axes) - known for r in outside) or any(apart & set(f.axes) for f in contraction.factors):
        raise ValueError(f"the sum over {', '.join(a.name for a in axes)} can not be taken outside of {symbol}")
    inner = Contraction(Operand(Tensor(symbol, axes), axes), contraction.factors, inside, contraction.scale)
    return Contraction(contraction.output, (Operand(Definition(inner), axes),), outside)


def _has_room(r: Relation) -> bool:
    """Whether each axis can stand somewhere in its extent, as far as numbers tell."""
    if not r.axes:
        return r.offset == 0
    for a in r.axes:
        found = r.interval(a)
        if found is None:
            continue
        low, high = (size(end) for end in (sympy.ceiling(found[0]), sympy.floor(found[1])))
        last = size(a.extent - 1)
        if any(isinstance(gap, int) and gap < 0 for gap in (size(high - low), high, size(last - low))):
            return False
    return True
