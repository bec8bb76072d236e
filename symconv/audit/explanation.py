"""The likely reason of a wrong formula: the one mistake that, made in the derived formula, gives the user's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from symconv.algebra.notation_tree import Statement
from symconv.audit.judge import Outcome, judge
from symconv.audit.mistakes import Mistake, mistakes
from symconv.audit.sizes import reduced
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry


def likely_reason(statement: Statement, wrong: Outcome, base: int) -> str | None:
    """The likely reason in words; None where nothing explains every term at several sizes."""
    if _right_in_base(statement, wrong.geometry, 1 - base):
        return f"the formula is right with indices from {1 - base}, and is read here with indices from {base}"
    if wrong.fault is not None:
        return None
    target = statement.target.name
    outcomes = [wrong, *_others(statement, wrong.geometry, base)]
    for mistake in mistakes(target, wrong.geometry):
        if all(_explains(mistake, o, target) for o in outcomes):
            return mistake.reason
    return None


def _explains(mistake: Mistake, outcome: Outcome, target: str) -> bool:
    made = mistake.make(outcome.geometry, target)
    if made is None or outcome.written is None:
        return False
    return made.difference(outcome.written) is None


def _right_in_base(statement: Statement, geometry: Geometry, base: int) -> bool:
    try:
        return judge(statement, geometry, base).right
    except RequestError:
        return False


def _others(statement: Statement, geometry: Geometry, base: int) -> Iterator[Outcome]:
    """The formula at larger inputs of the same window."""
    small = reduced(geometry)
    for k in (1, 2):
        inputs = tuple(int(h) + k * int(s) for h, s in zip(small.input_size, small.stride, strict=True))
        try:
            found = judge(statement, replace(small, input_size=inputs), base)
        except RequestError:
            continue
        if found.fault is None:
            yield found
