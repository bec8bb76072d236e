"""The likely reason of a wrong formula: the one mistake that, made in the derived formula, gives the user's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

from symconv.algebra.index_form import is_operator_form
from symconv.algebra.notation_tree import Statement
from symconv.audit import arrays
from symconv.audit.amounts import reordered
from symconv.audit.arrays import ShapeFault
from symconv.audit.changes import Mistake, scaled, within
from symconv.audit.derived import derived_polynomials
from symconv.audit.holds import special_layers
from symconv.audit.judge import Outcome, judge
from symconv.audit.mistakes import mistakes
from symconv.audit.operator_form import ORDER, operator_polynomials
from symconv.audit.setting import setting
from symconv.audit.sizes import reduced
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, show
from symconv.layers.own import OwnGeometry


def likely_reason(statement: Statement, wrong: Outcome, base: int) -> str | None:
    """The likely reason in words; None where nothing explains every term at several sizes."""
    if _right_in_base(statement, wrong.geometry, 1 - base):
        return f"the formula is right with indices from {1 - base}, and is read here with indices from {base}"
    if wrong.fault is not None and isinstance(wrong.geometry, OwnGeometry):
        return None
    for reason, other in reordered(statement) if is_operator_form(statement) else ():
        if all(_right_in_base(other, g, base) for g in (reduced(wrong.geometry), wrong.geometry)):
            return reason
    if wrong.fault is not None:
        return _of_another_layer(statement, wrong, base) or _of_another_size(statement, wrong, base)
    target = statement.target.name
    outcomes = [*_others(statement, wrong.geometry, base), wrong]  # the small ones settle most
    for mistake in mistakes(target, wrong.geometry):
        if all(_explains(mistake, o, target) for o in outcomes):
            return mistake.reason
    ratio = _ratio(wrong)
    if ratio is not None and all(_explains(scaled("", lambda _: ratio), o, target) for o in outcomes):
        return f"every term is {ratio} times what it should be"
    return None


def _explains(mistake: Mistake, outcome: Outcome, target: str) -> bool:
    made = mistake.make(outcome.geometry, target)
    if made is None or outcome.written is None:
        return False
    return made.same_as(outcome.written)


def _ratio(wrong: Outcome) -> Fraction | None:
    """The factor between the first surplus term and the same term where it is missing."""
    d = wrong.difference
    if d is None or not d.lacking or not d.exceeding:
        return None
    missing, surplus = d.lacking[0], d.exceeding[0]
    if sorted(missing.factors) != sorted(surplus.factors):
        return None
    ratio = surplus.coefficient / missing.coefficient
    return Fraction(int(ratio.p), int(ratio.q))


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


def _of_another_layer(statement: Statement, wrong: Outcome, base: int) -> str | None:
    """A result of another shape that is right for a simpler layer: what makes the layer less simple is missing."""
    g, target = wrong.geometry, statement.target.name
    right = special_layers(statement, g, base)
    gradient = target in ("da", "delta_prev")
    if "no left-over rows" in right and any(g.left_over):
        rows = "the left-over rows are not covered, so the result has shape H - r"
        return rows if gradient else "the left-over rows are not cropped, so there are too many taps"
    reasons = {
        "stride 1": "the stride is missing" + (": no zeros are inserted between the entries of δ" if gradient else ""),
        "dilation 1": "the dilation is missing",
        "no padding": "the padding of the layer is missing: the formula is that of a layer without padding",
        "stride 1 and no padding": "the stride and the padding of the layer are missing",
        "square filters": "the amounts are those of a square filter",
    }
    return next((reason for words, reason in reasons.items() if words in right), None)


def _of_another_size(statement: Statement, wrong: Outcome, base: int) -> str | None:
    """A result with cells too many or too few at its ends that is right elsewhere."""
    field, target = wrong.field, statement.target.name
    here = setting(wrong.geometry, base)
    wanted = [int(a.extent) for a in here.tensor(target, 1) if a.name not in ORDER]
    if field is None or field.spatial is None or len(field.spatial) != len(wanted):
        return None
    excess = [found - extent for found, extent in zip(field.spatial, wanted, strict=True)]
    for ends in ([(e // 2, e - e // 2) for e in excess], [(0, e) for e in excess], [(e, 0) for e in excess]):
        try:
            fitted = operator_polynomials(arrays.pad(field, [(-l, -h) for l, h in ends]), target, here)
        except ShapeFault:
            continue
        inner = [(max(0, -l), n - max(0, -h)) for (l, h), n in zip(ends, wanted, strict=True)]
        derived = within(derived_polynomials(wrong.geometry, target), inner)
        if derived.difference(fitted) is None:
            return _padding_words(ends, target, wrong.geometry)
    return None


def _padding_words(ends: list[tuple[int, int]], target: str, geometry: Geometry) -> str:
    is_left_over = geometry.kind != "conv-transpose" and all(
        low == 0 and abs(high) <= r for (low, high), r in zip(ends, geometry.left_over, strict=True)
    )
    if is_left_over:
        return f"the left-over rows are not all {'cropped' if target == 'dw' else 'covered'}"
    shown = show([f"{l}:{h}" if l != h else str(l) for l, h in ends])
    most = max(max(pair) for pair in ends)
    if most > 0:
        known = ": K instead of K - 1" if set(ends) == {(1, 1)} and target in ("da", "delta_prev") else ""
        return (
            f"the padding is too large{known}: the result has {shown} cells too many at its ends, and is right inside"
        )
    return f"the padding is missing or too small: the result lacks {shown.replace('-', '')} cells at its ends"
