"""For which other sizes a formula holds: the respects in which a layer may differ, each tried on small layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

from symconv.algebra.notation_tree import Statement
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


def special_cases(statement: Statement, geometry: Geometry, base: int) -> str | None:
    """The simpler layers for which a wrong formula is right, in words."""
    found = special_layers(statement, geometry, base)
    return "only in special cases: " + ", ".join(found) if found else None


@lru_cache(maxsize=64)
def special_layers(statement: Statement, geometry: Geometry, base: int) -> tuple[str, ...]:
    """The respects in which a layer can be made simpler so that a wrong formula is right, such as stride 1."""
    return tuple(
        words for words, simpler in _simpler(reduced(geometry)) if _right_at_several_inputs(statement, simpler, base)
    )


def _simpler(g: Geometry) -> Iterator[tuple[str, Geometry]]:
    """The layer with one respect made simple; then with all of them."""
    n = g.dimensions
    ones, zeros = (1,) * n, (0,) * n
    none = ((0, 0),) * n
    changes: list[tuple[str, dict[str, object], bool]] = [
        ("stride 1", {"stride": ones, "output_padding": zeros}, g.stride != ones),
        ("dilation 1", {"dilation": ones}, g.dilation != ones),
        ("no padding", {"padding": none}, g.padding != none),
        ("filters of one tap (K = 1)", {"filter_size": ones}, g.filter_size != ones),
        ("square filters", {"filter_size": g.filter_size[:1] * n}, len(set(g.filter_size)) > 1),
        ("one depth", {"depth": g.groups}, g.depth != g.groups),
        ("one filter", {"filters": g.groups}, g.filters != g.groups and not g.is_pooling),
        ("batch 1", {"batch": 1}, g.batch != 1),
        ("no flip", {"flip": False}, g.flip),
        ("no bias", {"bias": False}, g.bias),
        (
            "stride 1 and no padding",
            {"stride": ones, "padding": none, "output_padding": zeros},
            g.stride != ones and g.padding != none,
        ),
    ]
    for words, change, applies in changes:
        if applies and not (isinstance(g, OwnGeometry) and not change.keys() <= {"depth", "filters", "batch", "bias"}):
            try:
                yield words, replace(g, **change)  # type: ignore[arg-type]
            except RequestError:
                continue
    if n and g.kind != "conv-transpose" and any(g.left_over):
        yield (
            "no left-over rows",
            replace(g, input_size=tuple(int(h) - r for h, r in zip(g.input_size, g.left_over, strict=True))),
        )


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
