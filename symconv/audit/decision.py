"""Whether a formula is right for a layer: by the normal form of its relations, or written out far enough to tell."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from symconv.algebra.notation_tree import Statement
from symconv.audit.judge import Outcome, judge
from symconv.audit.reach import past_the_numbers, written_out
from symconv.audit.relations import is_derived
from symconv.audit.sizes import instances, numbered, numbers_of, smaller
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry

ENOUGH = 6
"""So many numberings are written out where the normal form has settled the question."""


@dataclass(frozen=True, slots=True)
class Decision:
    """``proved`` by normal form; ``tried`` are the layers written out, ``wrong`` the first at which it fails.

    ``reaches``: they are the layer itself, or go beyond every number that the formula has.
    """

    proved: bool
    tried: tuple[Geometry, ...]
    wrong: Outcome | None
    reaches: bool

    @property
    def right(self) -> bool:
        """Whether the formula is right at every size that the layer leaves open."""
        return self.wrong is None and (self.proved or self.reaches)


def decide(statement: Statement, geometry: Geometry, base: int) -> Decision:
    """Right, wrong at some size, or (neither) right wherever it was tried; RequestError where it makes no sense."""
    if geometry.is_numeric:
        shown = written_out(statement, geometry)
        outcome = judge(statement, shown, base)
        proved = shown != geometry and outcome.right and proved_at(statement, geometry, base)
        return Decision(proved, (shown,), None if outcome.right else outcome, True)
    proved = proved_at(statement, geometry, base)
    tried: list[Geometry] = []
    for member in instances(geometry)[: ENOUGH if proved else None]:
        tried.append(member)
        outcome = judge(statement, member, base)
        if not outcome.right:
            return Decision(proved, tuple(tried), outcome, False)
    if proved:
        return Decision(True, tuple(tried), None, True)
    far, is_all = past_the_numbers(statement, geometry)
    for member in far:
        try:
            outcome = judge(statement, member, base)
        except RequestError:  # too many products, or a range that is no whole number there
            is_all = False
            continue
        tried.append(member)
        if not outcome.right:
            return Decision(False, tuple(tried), _nearer(statement, geometry, outcome, base), False)
    return Decision(False, tuple(tried), None, is_all)


@lru_cache(maxsize=256)
def proved_at(statement: Statement, geometry: Geometry, base: int) -> bool:
    """Whether the normal form of the formula is the derived one; not where it makes no sense for the layer."""
    try:
        return is_derived(statement, geometry, base)
    except RequestError:
        return False


def smallest(statement: Statement, family: Geometry, wrong: Outcome, base: int) -> Outcome:
    """The failure at the smallest layer of the family with the same window that shows one of the same kind."""
    for geometry in smaller(wrong.geometry):
        if numbers_of(family, geometry) is None:
            continue
        found = _judged(statement, geometry, base)  # with one filter less, a rank or a range may no longer make sense
        if found is not None and not found.right and (found.fault is None) == (wrong.fault is None):
            return found
    return wrong


def _nearer(statement: Statement, family: Geometry, wrong: Outcome, base: int) -> Outcome:
    """A failure far out brought nearer: each named size is halved down to where the formula still fails."""
    numbers = numbers_of(family, wrong.geometry) or {}
    for name in numbers:
        for outcome in _falling(statement, family, dict(numbers), name, base):
            wrong, numbers = outcome, numbers_of(family, outcome.geometry) or numbers
    return wrong


def _falling(
    statement: Statement, family: Geometry, numbers: dict[str, int], name: str, base: int
) -> Iterator[Outcome]:
    low, high = 0, numbers[name]
    while low < high:
        middle = (low + high) // 2
        member = numbered(family, {**numbers, name: middle})
        found = None if member is None else _judged(statement, member, base)
        if found is not None and not found.right:
            high = middle
            yield found
        else:
            low = middle + 1


def _judged(statement: Statement, geometry: Geometry, base: int) -> Outcome | None:
    try:
        return judge(statement, geometry, base)
    except RequestError:
        return None
