"""Formulas and prose as runs of text on one line, and how wide they are at most.

Cell labels, captions and short sums are made of letters with subscripts and superscripts; that is all an SVG text can
hold, and all that is needed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from symconv.render.document import Math, Prose
from symconv.render.document_text import text_prose
from symconv.render.formula_unicode import unicode
from symconv.render.written import (
    ROTATION,
    Call,
    Equation,
    Fraction,
    Hadamard,
    Indexed,
    Inserted,
    Letter,
    Product,
    Range,
    Signed,
    Sizes,
    Sum,
    Summed,
    Written,
)

EM = 0.375
"""The size of the letters in cells: a cell holds a letter with two subscripts, and the tap it meets below."""
SCRIPT = 0.7
"""Subscripts and superscripts against the letters they stand at."""
_NAME = re.compile(r"\^\{([^}]*)\}|([^\W\d_]+)|(\d+)|([^\w^]+)")
_WIDTHS = (
    (" ", 0.33),
    (",.;:'|!()[]/·-", 0.42),
    ("=+−×<>≤≥↑∘→", 0.85),
    ("mwMW⋯", 1.0),
)


@dataclass(frozen=True, slots=True)
class Run:
    """Characters in one style: ``level`` -1 is a subscript, 1 a superscript."""

    text: str
    level: int = 0
    italic: bool = False


def runs(content: Prose) -> tuple[Run, ...]:
    """A line of prose, neighbours of one style joined."""
    found = [run for part in content for run in (_formula(part.formula) if isinstance(part, Math) else [_plain(part)])]
    styles = groupby(found, key=lambda run: (run.level, run.italic))
    return tuple(Run("".join(run.text for run in same), *style) for style, same in styles)


def width(content: Prose) -> float:
    """At most how many cells a text takes at scale 1, in the widest of the serif fonts that readers have."""
    return EM * sum(_em(c) * (SCRIPT if run.level else 1.0) for run in runs(content) for c in run.text)


def _em(character: str) -> float:
    for characters, em in _WIDTHS:
        if character in characters:
            return em
    if ord(character) > 0x2E80:
        return 1.0
    return 0.82 if character.isupper() or character == "Σ" else 0.65


def _plain(part: object) -> Run:
    return Run(part if isinstance(part, str) else text_prose((part,), {}))  # type: ignore[arg-type]


def _formula(formula: Written) -> Iterator[Run]:
    match formula:
        case Letter(name):
            yield from _letter(name)
        case Indexed(Letter(name), subscripts, joined):
            inside = name.startswith("f'(")
            yield from _letter(name[:-1] if inside else name)
            separator = "" if joined else ","
            yield Run(separator.join(unicode(s).replace(" ", "") for s in subscripts), -1)
            yield from [Run(")")] * inside
        case Indexed(array, subscripts, _):
            yield from _formula(array)
            yield Run(f"[{','.join(unicode(s) for s in subscripts)}]")
        case Product(factors):
            for k, factor in enumerate(factors):
                yield from [Run("·")] * (k > 0 and _needs_dot(factors[k - 1], factor))
                yield from _held(factor, Sum, Hadamard)
        case Sum(terms):
            for k, term in enumerate(terms):
                yield Run((" − " if term.negative else " + ") if k else "−" * term.negative)
                yield from _held(term.term, Sum)
        case Signed():
            yield from _formula(Sum((formula,)))
        case Equation(left, right):
            yield from (*_formula(left), Run(" = "), *_formula(right))
        case Fraction(top, bottom):
            yield from (*_held(top, Sum), Run("/"), *_held(bottom, Sum, Product, Fraction))
        case Hadamard(left, right):
            yield from (*_held(left, Sum, Summed, Product), Run(" ∘ "), *_held(right, Sum, Summed, Product))
        case Inserted(array, stride):
            yield from (*_held(array, Sum, Hadamard), Run(f"↑{unicode(stride)}", 1))
        case Call(name, arguments, options):
            yield Run(f"{name}(")
            yield from _separated([*arguments, *options], ", ")
            yield Run(")")
        case Sizes(entries):
            yield from _separated(list(entries), " × ")
        case Summed(ranges, (), body):
            for r in ranges:
                yield from _sigma(r)
            yield from _held(body, Sum)
        case _:
            yield Run(unicode(formula))


def _letter(name: str) -> Iterator[Run]:
    """Words stand upright, single letters slanted; ``K2`` has an index and ``δ^{l-1}`` an exponent."""
    for exponent, word, digits, other in _NAME.findall(name):
        if exponent:
            yield Run(exponent, 1)
        elif digits:
            yield Run(digits, 0 if name.startswith(ROTATION) else -1)
        else:
            yield Run(word or other, italic=len(word) == 1 and word != "∂")


def _held(formula: Written, *loose: type[Written]) -> Iterator[Run]:
    if isinstance(formula, loose):
        yield from (Run("("), *_formula(formula), Run(")"))
    else:
        yield from _formula(formula)


def _separated(parts: list[Written], separator: str) -> Iterator[Run]:
    for k, part in enumerate(parts):
        yield from [Run(separator)] * (k > 0)
        yield from _formula(part)


def _sigma(r: Range) -> Iterator[Run]:
    yield Run("Σ")
    yield Run(f"{r.letter}={unicode(r.first)}..{unicode(r.last)}", -1)
    yield Run(" ")


def _needs_dot(left: Written, right: Written) -> bool:
    """Cells stand side by side; a number keeps apart from one with a name in brackets."""
    return not (isinstance(left, Indexed | Letter) and isinstance(right, Indexed | Letter))
