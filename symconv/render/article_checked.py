"""For which sizes the printed formulas hold, and what was checked while the document was made: no more than is true."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod

import sympy

from symconv.algebra.axes import Axis
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.algebra.evaluate import enumeration
from symconv.algebra.formula import IndexedSum
from symconv.derivation.roads import compare_roads
from symconv.derivation.step import Value, free_sizes
from symconv.render.article_known import size_rows
from symconv.render.document import Block, Prose
from symconv.render.telling import Telling, product_count
from symconv.render.written import Equation as Equal
from symconv.render.written import Letter, Number

MOST_POINTS = 150_000
"""Layers whose steps visit more axis points are re-checked at small sizes: enumeration is slow and obvious."""
SMALL = {"B": 1, "N": 2, "C": 2, "G": 2, "K": 2, "L": 2, "S": 2, "D": 1, "P": 1, "Q": 0, "O": 2, "r": 1, "H": 3, "W": 3}
"""Sizes for letters, by their first character; any other is 3."""


@dataclass(frozen=True, slots=True)
class Rechecked:
    """How many steps were evaluated on both sides, at which sizes (None: the layer's own), and which failed."""

    count: int
    sizes: Mapping[str, int] | None
    failed: tuple[str, ...]


def recheck(told: Telling) -> Rechecked:
    """Every step of every goal: at the layer's own sizes where that is quick, else in letters at small sizes.

    No step at all where both would take long.
    """
    letters = sorted(str(s) for s in free_sizes(told.derived.general.net_input.form))
    small = {name: SMALL.get(name[0], 3) for name in letters}
    single = {name: 1 if name[0] in "BNCG" else v for name, v in small.items()}
    own, general = (told.derived.own, told.forms_in_numbers), (told.derived.general, told.forms_in_letters)
    for (backward, others), sizes in ((own, None), (general, small or None), (general, single or None)):
        steps = [*(step for d in backward.goals for step in d.steps), *others.steps]
        points = [_points(v, sizes or {}) for step in steps for v in (step.before, step.after)]
        known = [n for n in points if n is not None]
        if len(known) == len(points) and sum(known) <= MOST_POINTS:
            return Rechecked(len(steps), sizes, tuple(s.law for s in steps if not s.check(sizes)))
    return Rechecked(0, None, ())


def _points(value: Value, sizes: Mapping[str, int]) -> int | None:
    """Axis points that an evaluation visits, those of intermediate arrays too; None where a size is left open."""
    if isinstance(value, Form):
        found = [_points(term, sizes) for term in value.terms]
        return None if None in found else sum(n for n in found if n is not None)
    axes: Iterable[Axis] = (*value.target.axes, *value.bounds) if isinstance(value, IndexedSum) else ()
    if isinstance(value, Contraction):
        axes = [a for a, determined in enumeration(value.axes, value.relations) if not determined]
    extents = [sympy.sympify(a.extent, strict=True) for a in axes]
    numbers = [e.subs({s: sizes[s.name] for s in e.free_symbols if s.name in sizes}) for e in extents]
    inner = [_points(f.tensor.contraction, sizes) for f in value.factors if isinstance(f.tensor, Definition)]
    known = [n for n in inner if n is not None]
    if len(known) < len(inner) or not all(n.is_Integer for n in numbers):
        return None
    return prod(int(n) for n in numbers) + sum(known)


def checked(told: Telling) -> tuple[Block, ...]:
    """The claims, each with what stands behind it."""
    return (
        told.heading(1, "checked"),
        *_letters(told),
        _steps(told, recheck(told)),
        _roads(told),
        told.paragraph("checked.base", base=told.base),
    )


def _letters(told: Telling) -> list[Block]:
    letters = sorted(str(s) for s in free_sizes(told.derived.general.net_input.form))
    rest = [name for name in letters if name[0] == "r"]
    named = [name for name in letters if name not in rest]
    fixed: list[Prose] = []
    for name, letter, value in size_rows(told):
        if letter is None and name not in ("output", "left_over"):
            fixed.append(told.say("checked.fixed_size", size=told.say(f"sizes.{name}"), value=value))
    if not named:
        return [told.paragraph("checked.own_numbers")]
    places = {"sizes": told.enumerated([Letter(name) for name in named], most=len(named))}
    if rest:
        places["rest"] = told.enumerated([Letter(name) for name in rest], most=len(rest))
    blocks: list[Block] = [told.paragraph("checked.general_rest" if rest else "checked.general", **places)]
    if fixed:
        blocks.append(told.paragraph("checked.fixed", fixed=told.catalogue.listed(fixed)))
    return blocks


def _steps(told: Telling, result: Rechecked) -> Block:
    sizes = told.say("checked.this_size")
    if result.sizes is not None:
        sizes = told.enumerated([Equal(Letter(n), Number(v)) for n, v in result.sizes.items()], most=len(result.sizes))
    if result.failed:
        return told.paragraph(
            "checked.steps_failed",
            failed=len(result.failed),
            count=result.count,
            sizes=sizes,
            names=told.catalogue.listed([told.say(f"law.{name}") for name in result.failed]),
        )
    if not result.count:
        return told.paragraph("checked.steps_skipped")
    name = "checked.steps_own" if result.sizes is None else "checked.steps_small"
    return told.paragraph(name, count=result.count, sizes=sizes)


def _roads(told: Telling) -> Block:
    if not told.geometry.is_numeric:
        return told.paragraph("checked.roads_named")
    if told.road is None:
        return told.paragraph("checked.roads_large", count=product_count(told.geometry))
    meetings = compare_roads(told.derived, told.road)
    apart = [m.goal for m in meetings if not m.agrees]
    if apart:
        return told.paragraph("checked.roads_failed", goals=told.enumerated([Letter(goal) for goal in apart]))
    return told.paragraph("checked.roads", products=sum(m.products for m in meetings))
