"""Laws: rewrites of a contraction that keep its value, each stated as ``before --> after`` with its side condition.

Flip, zero insertion and padding are one law, :func:`reindex`, with three coefficients. A law that does not apply
raises ValueError and says which side condition fails.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import sympy

from symconv.algebra.axes import Axis, Constant, Size, Tensor, axis, primed, ratio, size
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.algebra.relations import Relation, relation

_POSITION_LETTERS = {"i": "u", "j": "v", "k": "t", "x": "u", "y": "v", "z": "t"}


@dataclass(frozen=True, slots=True)
class View:
    """``u = coefficient·i + offset`` with ``0 ≤ u < extent``: how a reindexed array is numbered."""

    coefficient: Size
    offset: Size
    extent: Size


def rename(contraction: Contraction, names: Mapping[Axis, str]) -> Contraction:
    """``Σᵢ … i …  -->  Σⱼ … j …``: other letters for axes, all at once; a bound letter has no meaning outside."""
    new = {a: axis(names.get(a, a.name), a.extent) for a in contraction.axes}
    if len(set(new.values())) < len(new):
        raise ValueError(f"renaming to {sorted(names.values())} would make two axes one")
    return _map_axes(contraction, new)


def reindex(contraction: Contraction, prefix: str, views: Mapping[Axis, View]) -> Contraction:
    """``Σᵢ T[i]·g(i)  -->  Σᵤ T'[u]·g((u - o)/c)`` where ``T'[c·i + o] = T[i]`` and T' is 0 elsewhere.

    Side conditions: the axes are read by one operand only, whose array becomes the definition ``prefix(T)``; each
    relation's coefficient of ``i`` is divisible by ``c``; every ``i`` that the relations admit has ``u`` in range.
    Proof: u ↦ i is a bijection from the points where T' is not 0 by definition to the points of the left side.
    An axis of the output is reindexed the same way: the array defined is then the result renumbered.
    """
    axes = set(views)
    for a, view in views.items():
        _check_view(contraction, a, view)
    holders = [op for op in (contraction.output, *contraction.factors) if axes & set(op.axes)]
    if len(holders) != 1 or not axes <= set(holders[0].axes):
        raise ValueError(f"the axes {_names(axes)} are not read by exactly one operand")
    [holder] = holders
    new = {a: axis(_letter(contraction, a, view), view.extent) for a, view in views.items()}
    relations = tuple(_substitute(r, views, new) for r in contraction.relations)
    outer_axes = tuple(new.get(a, a) for a in holder.axes)
    if holder is contraction.output:
        inner = replace(contraction, output=_named(prefix, holder, outer_axes), relations=relations)
        return _view_of(Operand(Definition(inner), outer_axes), holder, views)
    defined = Definition(_definition(prefix, holder, outer_axes, views))
    factors = tuple(Operand(defined, outer_axes) if f is holder else f for f in contraction.factors)
    return replace(contraction, factors=factors, relations=relations)


def insert_zeros(contraction: Contraction, strides: Mapping[Axis, Size]) -> Contraction:
    """``δ[i] --> δ↑S[S·i]``: S - 1 zeros between neighbours, so that ``S·i`` becomes a plain axis.

    Side condition: every relation's coefficient of ``i`` is a multiple of S.
    """
    views = {a: View(s, 0, size(s * (a.extent - 1) + 1)) for a, s in strides.items()}
    return reindex(contraction, "↑", views)


def flip(contraction: Contraction, axes: Iterable[Axis]) -> Contraction:
    """``w[p] --> rot180(w)[K-1-p]``: the taps in reverse order."""
    return reindex(contraction, "rot180", {a: View(-1, size(a.extent - 1), a.extent) for a in axes})


def pad(contraction: Contraction, amounts: Mapping[Axis, tuple[Size, Size]]) -> Contraction:
    """``T[x] --> pad(T, before, after)[x + before]``: zeros around; a negative amount crops.

    Side condition: the extents show that cropped cells are read at no point of the relations.
    """
    views = {a: View(1, before, size(before + a.extent + after)) for a, (before, after) in amounts.items()}
    return reindex(contraction, "pad", views)


def weigh(contraction: Contraction, taps: Iterable[Axis]) -> Contraction:
    """``Σₚ g(p)  -->  Σₚ 1[p]·g(p)``: a factor of ones over axes that only the relations tie, like pooling's taps."""
    axes = tuple(taps)
    _check_present(contraction, axes)
    ones = Operand(Constant("1", axes, sympy.Integer(1)), axes)
    return replace(contraction, factors=(ones, *contraction.factors))


def group(
    contraction: Contraction, symbol: str, factors: Iterable[Operand], relations: Iterable[Relation] = ()
) -> Contraction:
    """``Σ S·T·U  -->  Σ S·(Σ T·U)``: some factors, with relations that tie them, are one array.

    Axes that nothing outside has, the output included, are summed inside; the others are the array's. Proof:
    multiplication distributes over addition.
    """
    chosen, rest = tuple(factors), list(contraction.factors)
    within = tuple(relations)
    for f in chosen:
        if f not in rest:
            raise ValueError(f"{f.symbol} is not a factor, or not as often as it is to be grouped")
        rest.remove(f)
    if not set(within) <= set(contraction.relations):
        raise ValueError(f"a relation that is to be grouped with {symbol} is none of the contraction's")
    left = tuple(r for r in contraction.relations if r not in within)
    others: list[Operand | Relation] = [contraction.output, *rest, *left]
    grouped: list[Operand | Relation] = [*chosen, *within]
    outside = {a for holder in others for a in holder.axes}
    axes = tuple(dict.fromkeys(a for holder in grouped for a in holder.axes if a in outside))
    product = Definition(Contraction(Operand(Tensor(symbol, axes), axes), chosen, within))
    return replace(contraction, factors=(*rest, Operand(product, axes)), relations=left)


def renumber(contraction: Contraction, views: Mapping[Axis, View]) -> Contraction:
    """``Σ_t g(t)  -->  Σ_u g((u - o)/c)``, ``u = c·t + o``: a bound axis that no operand reads, in another range.

    Side conditions: those of :func:`reindex`; so a range may grow, and shrink to what the relations admit.
    The letter stays.
    """
    read = {a for operand in (contraction.output, *contraction.factors) for a in operand.axes}
    if read & set(views):
        raise ValueError(f"the axes {_names(read & set(views))} are read by an operand")
    for a, view in views.items():
        _check_view(contraction, a, view)
    new = {a: axis(a.name, view.extent) for a, view in views.items()}
    return replace(contraction, relations=tuple(_substitute(r, views, new) for r in contraction.relations))


def split(contraction: Contraction, tap: Axis, factor: Size, quotient: str, residue: str) -> Contraction:
    """``p --> factor·m + ρ`` with ``0 ≤ ρ < factor``: the taps by residue, the start of every polyphase form.

    The relation ``p = factor·m + ρ`` is added and used in all others. Proof: division with remainder is unique, and
    every p < K has its m < ⌈K/factor⌉; an m·factor + ρ ≥ K has no p.
    """
    positive = factor >= 1 if isinstance(factor, int) else factor.is_positive
    if not positive or quotient == residue:
        raise ValueError(f"split of {tap.name} needs a factor of at least 1 and two letters")
    m = axis(quotient, sympy.ceiling(ratio(tap.extent, factor)))
    rho = axis(residue, factor)
    return _determine(contraction, tap, {m: factor, rho: 1}, 0, (m, rho))


def shift(contraction: Contraction, position: Axis, name: str, by: Mapping[Axis, Size]) -> Contraction:
    """``i --> t - Σ d·m - o`` where ``t = i + Σ d·m + o``: a position axis moved along by others.

    The relation is added and used in all others; o is ``Σ |d|·(extent(m) - 1)`` over the negative d. Proof: t is
    determined by i and m, and its extent ``extent(i) + Σ |d|·(extent(m) - 1)`` holds every value.
    """
    _check_present(contraction, by)
    if position in by:
        raise ValueError(f"{position.name} can not be shifted by itself")
    back = {a: -d * (a.extent - 1) if _falls(d) else 0 for a, d in by.items()}
    ahead = {a: 0 if _falls(d) else d * (a.extent - 1) for a, d in by.items()}
    offset = sum(back.values())
    t = axis(name, position.extent + sum(ahead.values()) + offset)
    return _determine(contraction, position, {t: 1, **{a: -d for a, d in by.items()}}, -offset, (t,))


def _falls(coefficient: Size) -> bool:
    return coefficient < 0 if isinstance(coefficient, int) else bool(coefficient.could_extract_minus_sign())


def _determine(
    contraction: Contraction, own: Axis, value: Mapping[Axis, Size], offset: Size, new: tuple[Axis, ...]
) -> Contraction:
    """Add ``own = Σ value·axes + offset`` with some axes new, and use it in every other relation."""
    _check_present(contraction, (own,))
    taken = {a.name for a in contraction.axes}
    if any(a.name in taken for a in new):
        raise ValueError(f"the letters {_names(new)} are in use")
    added = relation({own: 1, **{a: -c for a, c in value.items()}}, -offset)
    relations = tuple(r.substitute(own, value, offset) for r in contraction.relations)
    return replace(contraction, relations=(*relations, added))


def _substitute(r: Relation, views: Mapping[Axis, View], new: Mapping[Axis, Axis]) -> Relation:
    for a, view in views.items():
        own = r.coefficient(a)
        if own == 0:
            continue
        multiple = ratio(own, view.coefficient)
        if not isinstance(multiple, int) and sympy.denom(multiple) != 1:
            raise ValueError(f"the coefficient {own} of {a.name} is not a multiple of {view.coefficient}")
        rest = {b: c for b, c in r.coefficients if b != a}
        r = relation({**rest, new[a]: multiple}, r.offset - multiple * view.offset)
    return r


def _check_view(contraction: Contraction, a: Axis, view: View) -> None:
    """Every ``i`` that the extents and some relation admit has ``0 ≤ c·i + o < extent``."""
    _check_present(contraction, (a,))
    if view.coefficient == 0:
        raise ValueError(f"a view of {a.name} with coefficient 0 reads one cell only")
    intervals = [(0, size(a.extent - 1)), *filter(None, (r.interval(a) for r in contraction.relations))]
    turned = view.coefficient < 0 if isinstance(view.coefficient, int) else view.coefficient.is_negative
    lows = [view.coefficient * (high if turned else low) + view.offset for low, high in intervals]
    highs = [view.coefficient * (low if turned else high) + view.offset for low, high in intervals]
    is_array = not isinstance(view.extent, int) or view.extent >= 0
    if not is_array or not any(map(_is_reached, lows)) or not any(_is_reached(view.extent - 1 - h) for h in highs):
        raise ValueError(f"cells of {a.name} that are read may lie outside the {view.extent} of its view")


def _is_reached(bound: Size) -> bool:
    """Whether whole numbers from this bound on, which may be a fraction, are at least 0."""
    return is_natural(bound) or is_natural(sympy.ceiling(bound).rewrite(sympy.floor))


def is_natural(value: Size) -> bool:
    """Whether a size is known to be at least 0."""
    value = size(value)
    return value >= 0 if isinstance(value, int) else value.is_nonnegative is True


def _check_present(contraction: Contraction, axes: Iterable[Axis]) -> None:
    absent = [a for a in axes if a not in contraction.axes]
    if absent:
        raise ValueError(f"the contraction has no axis {_names(absent)}")


def _named(prefix: str, holder: Operand, axes: tuple[Axis, ...]) -> Operand:
    return Operand(Tensor(f"{prefix}({holder.symbol})", axes), axes)


def _definition(prefix: str, holder: Operand, outer_axes: tuple[Axis, ...], views: Mapping[Axis, View]) -> Contraction:
    """The array ``T'[u] = Σᵢ T[i]`` over ``u = c·i + o``."""
    inner = _inner_axes(views, (*holder.axes, *outer_axes))
    read = tuple(inner.get(a, a) for a in holder.axes)
    ties = tuple(
        relation({u: 1, i: -views[a].coefficient}, -views[a].offset)
        for a, u, i in zip(holder.axes, outer_axes, read, strict=True)
        if a in views
    )
    return Contraction(_named(prefix, holder, outer_axes), (Operand(holder.tensor, read),), ties)


def _view_of(factor: Operand, output: Operand, views: Mapping[Axis, View]) -> Contraction:
    """The output as a renumbered reading of a defined array."""
    moved = [a for old, a in zip(output.axes, factor.axes, strict=True) if old in views]
    inner = _inner_axes(moved, output.axes)
    read = tuple(inner.get(a, a) if old in views else a for old, a in zip(output.axes, factor.axes, strict=True))
    ties = tuple(
        relation({u: 1, old: -views[old].coefficient}, -views[old].offset)
        for old, u in zip(output.axes, read, strict=True)
        if old in views
    )
    return Contraction(output, (Operand(factor.tensor, read),), ties)


def _inner_axes(views: Iterable[Axis], outer: Iterable[Axis]) -> dict[Axis, Axis]:
    """A primed axis for each, of the same extent and of a name that no outer axis has."""
    taken = {a.name for a in outer}
    inner = {}
    for a in dict.fromkeys(views):
        inner[a] = axis(primed(a.name + "'", taken), a.extent)
        taken.add(inner[a].name)
    return inner


def _map_axes(contraction: Contraction, new: Mapping[Axis, Axis]) -> Contraction:
    def moved(operand: Operand) -> Operand:
        return Operand(operand.tensor, tuple(new[a] for a in operand.axes))

    return Contraction(
        moved(contraction.output),
        tuple(moved(f) for f in contraction.factors),
        tuple(relation({new[a]: c for a, c in r.coefficients}, r.offset) for r in contraction.relations),
        contraction.scale,
    )


def _letter(contraction: Contraction, old: Axis, view: View) -> str:
    """A flip keeps its letter; a position in a wider array gets the letter for such positions."""
    if view.coefficient == -1:
        return old.name
    return primed(_POSITION_LETTERS.get(old.name, old.name), {a.name for a in contraction.axes if a != old})


def _names(axes: Iterable[Axis]) -> str:
    return ", ".join(sorted(a.name for a in axes))
