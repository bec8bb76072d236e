"""For which other sizes a formula holds: the respects in which a layer may differ, each tried on small layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from symconv.algebra.notation_tree import Statement
from symconv.audit.decision import decide
from symconv.audit.judge import judge
from symconv.audit.sizes import reduced, variations
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry


@dataclass(frozen=True, slots=True)
class Holding:
    """``proved_here``: for the layer as given by the normal form of its relations; ``words`` says for which others."""

    proved_here: bool
    words: str


def general_claim(statement: Statement, geometry: Geometry, base: int, proof: str | None) -> Holding:
    """For which sizes a right formula holds; ``proof`` is what was proved, None where only numbers decide."""
    if proof is not None:
        return Holding(True, proof)
    if not geometry.is_numeric:
        return Holding(False, "the sizes tried")
    kept: list[str] = []
    lost: list[str] = []
    for name, rights in _tried(statement, geometry, base):
        (kept if all(rights) else lost).append(name)
    if not kept:
        return Holding(False, "no other sizes among those tried")
    return Holding(
        False, f"other {_listed(kept)} too, as far as tried" + (f"; not any {_listed(lost)}" if lost else "")
    )


IMPLIED = {
    "no padding": ("the same padding before and after",),
    "filters of one tap (K = 1)": ("square filters",),
    "stride 1": ("the same stride in each dimension",),
    "dilation 1": ("the same dilation in each dimension",),
    "stride 1 and no padding": ("stride 1", "no padding"),
}
"""A case, and the wider ones beside which it need not be named."""


def special_cases(statement: Statement, geometry: Geometry, failing: Geometry, base: int) -> str | None:
    """The simpler layers for which a wrong formula is right, in words: at all other sizes that the layer has."""
    likely = special_layers(statement, failing, base)
    found = [words for words, simpler in _simpler(geometry) if words in likely and _is_right(statement, simpler, base)]
    found = [words for words in found if not _implied(words, found)]
    return "only in special cases: " + ", ".join(found) if found else None


def _implied(words: str, found: list[str]) -> bool:
    return any(w in found or _implied(w, found) for w in IMPLIED.get(words, ()))


def _is_right(statement: Statement, geometry: Geometry, base: int) -> bool:
    try:
        return decide(statement, geometry, base).right
    except RequestError:
        return False


@lru_cache(maxsize=64)
def special_layers(statement: Statement, geometry: Geometry, base: int) -> tuple[str, ...]:
    """The respects in which a layer can be made simpler so that a wrong formula is right at small sizes."""
    return tuple(
        words for words, simpler in _simpler(reduced(geometry)) if _right_at_several_inputs(statement, simpler, base)
    )


def _simpler(g: Geometry) -> Iterator[tuple[str, Geometry]]:
    """The layer with one respect made simple; then with two of them."""
    for words, change in simplifications(g):
        if isinstance(g, OwnGeometry) and not change.keys() <= {"depth", "filters", "batch", "bias"}:
            continue
        try:
            made = replace(g, **change)  # type: ignore[arg-type]
        except RequestError:
            continue
        if made != g:
            yield words, made


def simplifications(g: Geometry) -> Iterator[tuple[str, dict[str, object]]]:
    """What can be made simple, in words, and the fields of the layer that this changes."""
    n = g.dimensions
    ones, none = (1,) * n, ((0, 0),) * n
    yield "stride 1", {"stride": ones, "output_padding": (0,) * n}
    yield "the same stride in each dimension", {"stride": g.stride[:1] * n}
    yield "dilation 1", {"dilation": ones}
    yield "the same dilation in each dimension", {"dilation": g.dilation[:1] * n}
    yield "no padding", {"padding": none}
    yield "the same padding before and after", {"padding": tuple((before, before) for before, _ in g.padding)}
    yield "filters of one tap (K = 1)", {"filter_size": ones}
    yield "square filters", {"filter_size": g.filter_size[:1] * n}
    yield "one depth", {"depth": g.groups}
    if not g.is_pooling:
        yield "one filter", {"filters": g.groups}
    yield "batch 1", {"batch": 1}
    yield "no flip", {"flip": False}
    yield "no bias", {"bias": False}
    if g.stride != ones and g.padding != none:
        yield "stride 1 and no padding", {"stride": ones, "padding": none, "output_padding": (0,) * n}
    if n and g.is_numeric and g.kind != "conv-transpose" and any(g.left_over):
        kept = tuple(int(h) - r for h, r in zip(g.input_size, g.left_over, strict=True))
        yield "no left-over rows", {"input_size": kept}


def _right_at_several_inputs(statement: Statement, geometry: Geometry, base: int) -> bool:
    """Whether the formula is right at this layer and at larger inputs (with as many left-over rows)."""
    tried = 0
    for k in range(3):
        by = k if geometry.kind == "conv-transpose" else 1
        inputs = tuple(
            int(h) + k * (int(s) if by == 1 else 1) for h, s in zip(geometry.input_size, geometry.stride, strict=True)
        )
        try:
            if not judge(statement, replace(geometry, input_size=inputs), base).right:
                return False
            tried += 1
        except RequestError:
            continue
    return tried > 0


def _tried(statement: Statement, geometry: Geometry, base: int) -> Iterator[tuple[str, list[bool]]]:
    """Each respect, and how the formula fared at the layers that differ in it."""
    found: dict[str, list[bool]] = {}
    for name, other in variations(geometry):
        try:
            right = judge(statement, other, base).right
        except RequestError:
            right = False
        found.setdefault(name, []).append(right)
    yield from found.items()


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
