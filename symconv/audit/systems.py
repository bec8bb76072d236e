"""A product of reads as a system of relations, and its normal form, by which formulas are compared for every size.

Every axis of the target and of each read is an axis of its own; a subscript is a relation. Indices and intermediate
positions are only bookkeeping and are eliminated where that loses nothing. What is left is a statement about tensor
axes alone, so two notations of one formula have one normal form.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TypeAlias

import sympy

from symconv.algebra.axes import Axis, Size, free_symbols, size
from symconv.algebra.relations import Relation, relation

Normal: TypeAlias = tuple[object, ...]


@dataclass(frozen=True, slots=True)
class System:
    """``scale · Σ ∏ reads`` over the points of ``relations``.

    ``reads`` are the tensors that are read; their axes and those of the target are called ``tensor.place``. The
    ``auxiliary`` axes are to be eliminated: those in ``free`` have no range of their own.
    """

    scale: Size
    reads: tuple[str, ...]
    relations: tuple[Relation, ...] = ()
    auxiliary: tuple[Axis, ...] = ()
    free: frozenset[Axis] = field(default_factory=frozenset)


def normal_form(system: System) -> Normal:
    """Scale, reads, axes that are equal, and the relations between what is left; equal for equal formulas.

    An auxiliary axis is eliminated by a relation in which its coefficient is ±1, so that its value is whole and
    unique; and if it has a range, that has to follow from the ranges of the others.
    """
    relations = [_without_single(r) for r in system.relations]
    scale: Size = system.scale
    waiting = list(system.auxiliary)
    progress = True
    while progress:
        progress = False
        for own in tuple(waiting):
            if not any(own in r.axes for r in relations):
                if own not in system.free:
                    scale = size(scale * own.extent)
                    waiting.remove(own)
                    progress = True
                continue
            candidates = [r for r in relations if _eliminates(r, own, system.free)]
            if candidates:
                by = min(candidates, key=lambda r: len(r.axes))
                relations = [r.eliminate(own, by) for r in relations if r is not by]
                waiting.remove(own)
                progress = True
    relations = [r for r in relations if r.axes or r.offset != 0]
    classes, others = _equalities(_simplified(relations))
    left = _in_order(waiting, others)
    names = {a: f"~{n}<{'∞' if a in system.free else a.extent}" for n, a in enumerate(left)}
    shown = sorted(
        [*sorted((names.get(a, a.name), str(c)) for a, c in r.coefficients), ("", str(r.offset))] for r in others
    )
    unused = sorted(str(a.extent) for a in waiting)
    return (sympy.expand(scale), tuple(sorted(system.reads)), classes, str(shown), str(unused))


def nonnegative(value: Size, below: Iterable[tuple[Size, Size]] = ()) -> bool:
    """Whether an expression is ≥ 0 for all sizes: positive symbols are 1 + s, and r < S where ``below`` says so."""
    if isinstance(value, int):
        return value >= 0
    for rest, stride in below:
        if isinstance(rest, sympy.Symbol) and isinstance(stride, sympy.Symbol):
            value = value.subs(stride, rest + sympy.Symbol(f"{stride}'", positive=True, integer=True))
    value = value.subs({s: s + 1 for s in free_symbols(value) if s.is_positive})
    return all(c >= 0 for c in sympy.Poly(value, *free_symbols(value)).coeffs()) if free_symbols(value) else value >= 0


def _eliminates(by: Relation, own: Axis, free: frozenset[Axis]) -> bool:
    if by.coefficient(own) not in (1, -1):
        return False
    if own in free:
        return True
    if any(a in free for a in by.axes):
        return False
    interval = by.interval(own)
    if interval is None:
        return False
    low, high = interval
    return nonnegative(low) and nonnegative(size(own.extent - 1 - high))


def _simplified(relations: list[Relation]) -> list[Relation]:
    """Relations that follow from each other in fewer axes.

    ``r = 0`` and ``s = 0``  -->  ``r = 0`` and ``r ± s = 0`` where that ties two axes only; and
    ``R·u + s = R·v + t`` with ``0 ≤ s, t < R``  -->  ``u = v`` and ``s = t``, as division with remainder is unique.
    """
    found = list(dict.fromkeys(r for given in relations for r in _split(given)))
    for place, given in enumerate(found):
        for other in found[:place]:
            for sign in (1, -1):
                terms = dict(given.coefficients)
                for a, c in other.coefficients:
                    terms[a] = terms.get(a, 0) + sign * c
                combined = relation(terms, given.offset + sign * other.offset)
                if combined.offset == 0 and len(combined.axes) == 2 and len(given.axes) > 2:
                    found[place] = given = combined
    return found


def _split(given: Relation) -> list[Relation]:
    if given.offset != 0 or len(given.axes) != 4:
        return [given]
    low = [(a, c) for a, c in given.coefficients if c in (1, -1)]
    high = [(a, c) for a, c in given.coefficients if c not in (1, -1)]
    if len(low) != 2 or len(high) != 2 or low[0][1] + low[1][1] != 0 or size(high[0][1] + high[1][1]) != 0:
        return [given]
    if any(size(a.extent - high[0][1]) != 0 and size(a.extent + high[0][1]) != 0 for a, _ in low):
        return [given]
    return [relation(dict(low)), relation({high[0][0]: 1, high[1][0]: -1})]


def _without_single(given: Relation) -> Relation:
    """Axes of extent 1 are 0 throughout."""
    return relation({a: c for a, c in given.coefficients if a.extent != 1}, given.offset)


def _equalities(relations: list[Relation]) -> tuple[object, list[Relation]]:
    """The classes of axes that are equal, and the other relations written with one axis of each class."""
    parent: dict[Axis, Axis] = {}

    def root(a: Axis) -> Axis:
        while a in parent:
            a = parent[a]
        return a

    others = []
    for r in relations:
        if r.offset == 0 and sorted(str(c) for _, c in r.coefficients) == ["-1", "1"]:
            first, second = sorted((root(a) for a in r.axes), key=lambda a: a.name)
            if first != second and first.extent == second.extent:
                parent[second] = first
                continue
            if first == second:
                continue
        others.append(r)
    rewritten = []
    for r in others:
        terms: dict[Axis, Size] = {}
        for a, c in r.coefficients:
            terms[root(a)] = terms.get(root(a), 0) + c
        rewritten.append(relation(terms, r.offset))
    classes: dict[Axis, list[str]] = {}
    for a in parent:
        classes.setdefault(root(a), []).append(a.name)
    return tuple(sorted((a.name, tuple(sorted(names))) for a, names in classes.items())), rewritten


def _in_order(waiting: list[Axis], relations: list[Relation]) -> list[Axis]:
    """The axes that are left, in the order of the relations they stand in, which depends on no name of theirs."""

    def place(own: Axis) -> str:
        return min(
            (
                str(sorted((a.name, str(c)) for a, c in r.coefficients if a not in waiting))
                for r in relations
                if own in r.axes
            ),
            default="",
        )

    return sorted(waiting, key=place)
