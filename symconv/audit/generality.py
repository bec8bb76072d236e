"""For how many sizes at once a formula is proved: letters put in the place of a layer's numbers, kind after kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from symconv.algebra.notation_tree import Statement
from symconv.audit.decision import proved_at
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, show
from symconv.layers.own import OwnGeometry, channels_agree


def proved_sizes(statement: Statement, geometry: Geometry, base: int) -> str | None:
    """For which sizes the normal form of the formula is the derived one, in words; None where it does not tell."""
    widest = widest_proved(statement, geometry, base)
    if widest is None:
        return None
    found, free = widest
    free = [*names_of(geometry), *free]
    fixed = _fixed(found)
    words = f"every {_listed(free)}" if free else "the sizes given"
    ties = list(_ties(found, geometry))
    words += f", with {' and '.join(ties)}" if ties else ""
    return words + (f", at {_listed(fixed)}" if fixed and free else "")


def widest_proved(statement: Statement, geometry: Geometry, base: int) -> tuple[Geometry, list[str]] | None:
    """The layer with letters for its numbers as far as the normal form stays the derived one, and which those are.

    Letters are independent of each other, before and after, dimension by dimension, unless only fewer of them do.
    """
    if not proved_at(statement, geometry, base):
        return None
    found = geometry
    free: list[str] = []
    for name, choices in _letters(geometry):
        for change in choices:
            try:
                wider = replace(found, **change)
            except RequestError:
                continue
            if proved_at(statement, wider, base):
                found, free = wider, [*free, name]
                break
    return found, free


def _ties(found: Geometry, given: Geometry) -> Iterator[str]:
    """What one letter stands for twice: the claim is for such layers only. Names that the user gave tie themselves."""
    same = []
    for name, field in (*SPATIAL, ("padding", "padding"), ("output size", "output")):
        values = getattr(found, field, ())
        if len(values) > 1 and values != getattr(given, field) and len(set(values)) == 1:
            same.append(name)
    if same:
        yield f"the same {_listed(same)} in each dimension"
    if found.padding != given.padding and any(before == after for before, after in found.padding):
        yield "the same padding before and after"


SPATIAL = (
    ("input size", "input_size"),
    ("filter size", "filter_size"),
    ("stride", "stride"),
    ("dilation", "dilation"),
)


def _letters(g: Geometry) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """What each kind of number can be replaced by, the most general first."""
    n = g.dimensions
    groups = [] if g.groups == 1 else [("groups", [{"groups": "G", "depth": "C", "filters": "N"}])]
    channels: list[tuple[str, list[dict[str, Any]]]] = [("batch", [{"batch": "B"}]), ("depth", [{"depth": "C"}])]
    channels += [] if g.is_pooling else [("number of filters", [{"filters": "N"}])]
    if isinstance(g, OwnGeometry):
        for name, field, letter in (("input size", "input_size", "H"), ("output size", "output", "O")):
            if (given := getattr(g, field)) and all(isinstance(v, int) for v in given):
                yield name, [{field: _each(letter, len(given))}, {field: (letter,) * len(given)}]
        if g.filter_size and all(isinstance(v, int) for v in g.filter_size):
            yield "filter size", [{"filter_size": _each("K", len(g.filter_size))}]
        if channels_agree(g):
            channels = [channels[0], ("number of channels", [{"depth": "N", "filters": "N"}])]
    elif n and not g.ceil_mode:
        for (name, field), letter in zip(SPATIAL, "HKSD", strict=True):
            given = getattr(g, field)
            if all(isinstance(v, int) for v in given):
                yield name, [{field: _each(letter, n)}, {field: (letter,) * n}]
        if all(isinstance(v, int) for pair in g.padding for v in pair):
            before, after = _each("P", n), _each("Q", n)
            yield (
                "padding",
                [
                    {"padding": tuple(zip(before, after, strict=True))},
                    {"padding": (("P", "Q"),) * n},
                    {"padding": tuple((p, p) for p in before)},
                    {"padding": (("P", "P"),) * n},
                ],
            )
    yield from channels if g.groups == 1 else [channels[0], *groups]


def names_of(geometry: Geometry) -> list[str]:
    """The sizes that are left open, by the names given to them."""
    fields = ("input_size", "filter_size", "output", "stride", "dilation", "padding", "output_padding")
    items = [(field, item) for field in fields for item in getattr(geometry, field, ())]
    values = [v for field, item in items for v in (item if field == "padding" else (item,))]
    values += [geometry.filters, geometry.depth, geometry.batch, geometry.groups]
    return list(dict.fromkeys(v for v in values if isinstance(v, str)))


def _each(letter: str, n: int) -> tuple[str, ...]:
    return (letter,) if n == 1 else tuple(f"{letter}{d + 1}" for d in range(n))


def _fixed(g: Geometry) -> list[str]:
    """The numbers that are left."""
    found = []
    for name, values in (
        ("input", g.input_size),
        ("filter", g.filter_size),
        *((("output", g.output),) if isinstance(g, OwnGeometry) else (("stride", g.stride), ("dilation", g.dilation))),
    ):
        if values and all(isinstance(v, int) for v in values):
            found.append(
                f"{name} {show(values if len(set(values)) > 1 or name in ('input', 'filter') else values[:1])}"
            )
    pairs = () if isinstance(g, OwnGeometry) else g.padding
    if pairs and all(isinstance(v, int) for pair in pairs for v in pair):
        shown = [show(pair if pair[0] != pair[1] else pair[:1], ":") for pair in pairs]
        is_none = all(v == 0 for pair in pairs for v in pair)
        found.append("no padding" if is_none else f"padding {show(shown if len(set(shown)) > 1 else shown[:1])}")
    for name, value in (("batch", g.batch), ("depth", g.depth), ("filters", g.filters)):
        if isinstance(value, int) and not (name == "filters" and g.is_pooling):
            found.append(
                {"depth": "one depth", "filters": "one filter", "batch": "batch 1"}[name]
                if value == 1
                else f"{name} {value}"
            )
    return found


def _listed(names: list[str]) -> str:
    return ", ".join(names[:-1]) + (" and " if len(names) > 1 else "") + names[-1]
