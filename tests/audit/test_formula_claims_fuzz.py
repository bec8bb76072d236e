"""Random formulas, many with a mistake: what a verdict says of other sizes holds at layers drawn at random."""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from symconv.algebra.notation import parse
from symconv.audit.formula import check_formula
from symconv.audit.generality import widest_proved
from symconv.audit.holds import simplifications
from symconv.audit.judge import judge
from symconv.audit.sizes import named_sizes, numbered
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry

LARGEST = {"input_size": (1, 7), "filter_size": (1, 4), "stride": (1, 3), "dilation": (1, 3), "padding": (0, 3)}
SPATIAL = "xy", "ij", "pq"


def layer(draw: random.Random) -> Geometry:
    """A small layer of one or two dimensions, often the same in both."""
    n = draw.choice((1, 1, 2))

    def each(low: int, high: int) -> tuple[int, ...]:
        first = draw.randint(low, high)
        return (first,) * n if draw.random() < 0.6 else tuple(draw.randint(low, high) for _ in range(n))

    def pair() -> tuple[int, int]:
        before = draw.randint(0, 2)
        return (before, before if draw.random() < 0.7 else draw.randint(0, 2))

    first = pair()
    fields: dict[str, Any] = {
        "filter_size": each(1, 3),
        "stride": each(1, 3),
        "dilation": each(1, 2),
        "padding": (first,) * n if draw.random() < 0.6 else tuple(pair() for _ in range(n)),
        "output_padding": (0,) * n,
        **{name: draw.choice((1, 1, 2)) for name in ("batch", "depth", "filters")},
    }
    while True:
        try:
            return Geometry(input_size=each(1, 6 if n == 1 else 4), **fields)
        except RequestError:
            fields["filter_size"] = tuple(max(1, k - 1) for k in fields["filter_size"])
            fields["dilation"] = (1,) * n


def formula(g: Geometry, draw: random.Random) -> str:
    """A right formula for the layer, its sizes as letters or as numbers, with up to two slips of the pen."""
    x, y, p = (",".join(letters[: g.dimensions]) for letters in SPATIAL)
    named = draw.random() < 0.6
    reads, solved = [], []
    for d in range(g.dimensions):
        k = d + 1 if g.dimensions > 1 else ""
        given = (g.stride[d], g.dilation[d], g.padding[d][0])
        s, dilation, before = (f"S{k}", f"D{k}", f"P{k}") if named else map(str, given)
        reads.append(f"{s}*{SPATIAL[1][d]}+{dilation}*{SPATIAL[2][d]}-{before}")
        solved.append(f"({SPATIAL[0][d]}+{before}-{dilation}*{SPATIAL[2][d]})/{s}")
    at, back = ",".join(reads), ",".join(solved)
    text = draw.choice(
        (
            f"da[b,c,{x}] = w[n,c,{p}]*delta[b,n,{back}]",
            f"dw[n,c,{p}] = a[b,c,{at}]*delta[b,n,{y}]",
            f"dw[n,c,{p}] = a[b,c,{x}]*delta[b,n,{back}]",
            f"net[b,n,{y}] = w[n,c,{p}]*a[b,c,{at}] + bias[n]",
            f"dbias[n] = delta[b,n,{y}]",
        )
    )
    for _ in range(draw.choice((0, 1, 1, 2))):
        text = slip(text, draw)
    return text


def slip(text: str, draw: random.Random) -> str:
    """One number, sign or size exchanged."""
    slips: list[tuple[str, Callable[[str], str]]] = [
        (r"(?<![A-Z])\d", lambda m: str(max(0, int(m) + draw.choice((-1, 1))))),
        (r"(?<=[\w)])[+-](?=[\w(])", lambda m: "-" if m == "+" else "+"),
        (r"[SDP](?=\d?\b)", lambda _: draw.choice("SDPKQ")),
        (r"(?<=[SDP])[12]", lambda m: "2" if m == "1" else "1"),
    ]
    for pattern, other in draw.sample(slips, len(slips)):
        if places := list(re.finditer(pattern, text)):
            at = draw.choice(places)
            return text[: at.start()] + other(at.group()) + text[at.end() :]
    return text


def claims_tried(seed: int, count: int) -> tuple[int, int]:
    """How many layers were tried of those that a right formula, and a wrong one, is said to be right for."""
    draw, every, special = random.Random(seed), 0, 0
    for _ in range(count):
        g = layer(draw)
        text = formula(g, draw)
        try:
            verdict = check_formula(text, g)
        except RequestError:
            continue
        statement = parse(text)
        widest = widest_proved(statement, g, 0) if verdict else None
        for _ in range(4 if widest else 0):
            assert widest is not None
            numbers = {k: draw.randint(*LARGEST.get(f, (1, 3))) for k, f in named_sizes(widest[0]).items()}
            member = numbered(widest[0], numbers)
            if member is not None:
                assert judge(statement, member).right, f"{text} at {member}: {verdict}"
                every += 1
        cases = str(verdict.holds_for).removeprefix("only in special cases: ").split(", ") if not verdict else []
        changes = dict(simplifications(g))
        for words in cases if verdict.holds_for else ():
            assert judge(statement, replace(g, **changes[words])).right, f"{text} for {g}, {words}: {verdict}"  # type: ignore[arg-type]
            special += 1
    return every, special


def test_what_is_said_of_other_sizes_holds() -> None:
    every, special = claims_tried(seed=1, count=40)
    assert every > 20
    assert special > 5


@pytest.mark.slow
def test_what_is_said_of_other_sizes_holds_for_hundreds_of_formulas() -> None:
    every, special = claims_tried(seed=2, count=600)
    assert every > 300
    assert special > 100
