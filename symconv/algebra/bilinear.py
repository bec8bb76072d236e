"""The laws that lead to Winograd's algorithm; like all laws they keep the value and commute with exchange.

A relation ``x = i + p`` is first brought to tiles, ``i = m·μ + ε`` (:func:`~symconv.algebra.laws.split`) and
``ξ = ε + p`` (:func:`subtotal`), so that within a tile it holds with few values on every side. There
:func:`bilinear` replaces it by three constant factors. Where ``x = i + D·p``, :func:`by_residue` first takes the
relation apart into D that have no D. None of them asks which of the axes is the output's.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import sympy

from symconv.algebra.axes import Axis, Constant, Size, axis, ratio
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.relations import Relation, relation
from symconv.algebra.transform import Matrix, Transform


def subtotal(contraction: Contraction, tie: Relation, parts: Iterable[Axis], name: str) -> Contraction:
    """``Σ cₖ·iₖ + rest = 0  -->  y = Σ cₖ·iₖ,  y + rest = 0``: a letter for a part of a relation.

    Side condition: the coefficients of that part are whole numbers of one sign. Proof: y is determined by the iₖ, and
    its extent ``Σ |cₖ|·(extent(iₖ) - 1) + 1`` holds every value.
    """
    _check_tie(contraction, tie)
    terms = {a: tie.coefficient(a) for a in parts}
    sizes = [abs(c) for c in terms.values() if isinstance(c, int)]
    turned = any(isinstance(c, int) and c < 0 for c in terms.values())
    if len(sizes) < len(terms) or 0 in sizes or turned != all(isinstance(c, int) and c < 0 for c in terms.values()):
        raise ValueError(f"the coefficients of {_letters(terms)} are not whole numbers of one sign")
    if name in {a.name for a in contraction.axes}:
        raise ValueError(f"the letter {name} is in use")
    reach: Size = 1
    for a, c in zip(terms, sizes, strict=True):
        reach = reach + c * (a.extent - 1)
    y = axis(name, reach)
    rest = {a: c for a, c in tie.coefficients if a not in terms}
    outer = relation({**rest, y: -1 if turned else 1}, tie.offset)
    inner = relation({y: -1, **dict(zip(terms, sizes, strict=True))})
    return _with_ties(contraction, tie, (outer, inner))


def by_residue(contraction: Contraction, tie: Relation, divisor: int) -> Contraction:
    """``D·Σ cₖ·iₖ + Σ dⱼ·ρⱼ + o = 0  -->  Σ cₖ·iₖ = 0,  Σ dⱼ·ρⱼ + o = 0``.

    Side condition: the part that D does not divide keeps between -D and D. Proof: that part is then 0, being a
    multiple of D.
    """
    _check_tie(contraction, tie)
    multiples = {a: c for a, c in tie.coefficients if _divides(divisor, c)}
    others = {a: c for a, c in tie.coefficients if a not in multiples}
    rest = relation(others, tie.offset)
    low = high = int(tie.offset)
    for a, c in others.items():
        reach = int(c) * (int(a.extent) - 1)
        low, high = low + min(0, reach), high + max(0, reach)
    if not -divisor < low <= high < divisor:
        raise ValueError(f"{rest.expression} reaches from {low} to {high}, not only between -{divisor} and {divisor}")
    return _with_ties(contraction, tie, (relation(multiples), rest))


def identify(contraction: Contraction, tie: Relation, kept: Axis) -> Contraction:
    """``Σ_{σ,ρ} [σ = ρ]·g(σ, ρ)  -->  Σ_ρ g(ρ, ρ)``: two axes that are always equal are one, read by one letter.

    Side conditions: the relation says ``σ = ρ``; both have the same extent; the output has not both of them.
    """
    _check_tie(contraction, tie)
    others = [a for a in tie.axes if a != kept]
    if len(others) != 1 or tie != relation({kept: 1, others[0]: -1}) or others[0].extent != kept.extent:
        raise ValueError(f"{tie.expression} = 0 does not make {kept.name} equal to an axis of its extent")
    [gone] = others
    if {kept, gone} <= set(contraction.output.axes):
        raise ValueError(f"{kept.name} and {gone.name} both belong to the output")

    def read(operand: Operand) -> Operand:
        return replace(operand, axes=tuple(kept if a == gone else a for a in operand.axes))

    return replace(
        contraction,
        output=read(contraction.output),
        factors=tuple(read(f) for f in contraction.factors),
        relations=tuple(r.substitute(gone, {kept: 1}) for r in contraction.relations if r != tie),
    )


def bilinear(contraction: Contraction, tie: Relation, tiled: Axis, by: Transform, name: str) -> Contraction:
    """``Σ [y = e + p]·g  -->  1/divisor · Σ_t A[e,t]·G[t,p]·B[t,y]·g`` over a new axis t: F(m, r).

    Side conditions: the relation says ``y = e + p`` with coefficients 1; the ``tiled`` axis e has m values, p has r,
    y has ``m + r - 1``. Proof: the identity of :class:`~symconv.algebra.transform.Transform`, cell by cell.
    """
    _check_tie(contraction, tie)
    added = [a for a in tie.axes if a != tiled and tie.coefficient(a) == tie.coefficient(tiled)]
    whole = [a for a in tie.axes if a not in (tiled, *added)]
    if len(added) != 1 or len(whole) != 1 or tie != relation({whole[0]: 1, tiled: -1, added[0]: -1}):
        raise ValueError(f"{tie.expression} = 0 does not say that an axis is {tiled.name} and another, added")
    [p], [y] = added, whole
    if (tiled.extent, p.extent, y.extent) != (by.outputs, by.taps, by.points):
        raise ValueError(
            f"F({by.outputs},{by.taps}) takes extents {by.outputs}, {by.taps} and {by.points}; "
            f"{tiled.name}, {p.name} and {y.name} have {tiled.extent}, {p.extent} and {y.extent}"
        )
    if name in {a.name for a in contraction.axes}:
        raise ValueError(f"the letter {name} is in use")
    t = axis(name, by.points)
    constants = (_constant("A", (tiled, t), by.A), _constant("G", (t, p), by.G), _constant("B", (t, y), by.B))
    untied = _with_ties(contraction, tie, ())
    return replace(untied, factors=(*contraction.factors, *constants), scale=ratio(contraction.scale, by.divisor))


def _constant(symbol: str, axes: tuple[Axis, Axis], entries: Matrix) -> Operand:
    row, column = axes
    entry = sympy.ImmutableMatrix(entries)[row.symbol, column.symbol]
    return Operand(Constant(symbol, axes, entry), axes)


def _with_ties(contraction: Contraction, tie: Relation, new: tuple[Relation, ...]) -> Contraction:
    """The contraction with a relation replaced, in its place."""
    place = contraction.relations.index(tie)
    relations = (*contraction.relations[:place], *new, *contraction.relations[place + 1 :])
    return replace(contraction, relations=relations)


def _check_tie(contraction: Contraction, tie: Relation) -> None:
    if tie not in contraction.relations:
        raise ValueError(f"{tie.expression} = 0 is no relation of the contraction")


def _divides(divisor: int, coefficient: Size) -> bool:
    quotient = ratio(coefficient, divisor)
    return isinstance(quotient, int) or sympy.denom(quotient) == 1


def _letters(axes: Iterable[Axis]) -> str:
    return ", ".join(a.name for a in axes)
