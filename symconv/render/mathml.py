"""Elements of MathML Core as text, and the letters of the notation in them.

A bracket grows with what it holds only where it is asked to; the others are of one line's height, as in print.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from symconv.render.written import ROTATION

_PARTIAL = "∂E/∂"
_SLOPE = "f'("
THIN = '<mspace width="0.17em"/>'
SPACE = '<mspace width="0.28em"/>'
WIDE = '<mspace width="1em"/>'


def name(text: str) -> str:
    """A letter, slanted where it is a single one, or a word."""
    return f"<mi>{escape(text)}</mi>"


def number(text: object) -> str:
    """A number without its sign."""
    return f"<mn>{escape(str(text))}</mn>"


def sign(text: str) -> str:
    """A relation or an operation between what stands beside it."""
    return f"<mo>{escape(text)}</mo>"


def prefix(text: str) -> str:
    """An operator before its operand, without space after it: ``∂``, the minus of ``-x``."""
    return f'<mo form="prefix" lspace="0" rspace="0">{escape(text)}</mo>'


def comma() -> str:
    """What parts members."""
    return "<mo>,</mo>"


def row(*parts: str) -> str:
    """Parts as one; a single element needs no row."""
    inner = "".join(parts)
    return inner if inner.count("<") == 2 and inner.startswith(("<mi", "<mn")) else f"<mrow>{inner}</mrow>"


def bracket(opening: str, closing: str, *parts: str, grows: bool = False) -> str:
    """Parts between brackets; the closing one may be none."""
    after = closed(closing, grows=grows) if closing else ""
    inner = opened(opening, grows=grows) + "".join(parts) + after
    return f"<mrow>{inner}</mrow>" if grows else inner


def opened(text: str, *, grows: bool = False) -> str:
    """An opening bracket."""
    return f'<mo form="prefix"{_growth(grows)}>{escape(text)}</mo>'


def closed(text: str, *, grows: bool = False) -> str:
    """A closing bracket."""
    return f'<mo form="postfix"{_growth(grows)}>{escape(text)}</mo>'


def _growth(grows: bool) -> str:
    return ' stretchy="true"' if grows else ' stretchy="false"'


def below(base: str, *parts: str) -> str:
    """A subscript."""
    return f"<msub>{base}{row(*parts)}</msub>"


def above(base: str, *parts: str) -> str:
    """A superscript."""
    return f"<msup>{base}{row(*parts)}</msup>"


def fraction(top: str, bottom: str) -> str:
    """A quotient with a bar."""
    return f"<mfrac>{row(top)}{row(bottom)}</mfrac>"


def table(rows: Sequence[Sequence[str]], kind: str) -> str:
    """Rows of cells; ``kind`` is a class of the page's style sheet."""
    lines = ("".join(f"<mtd>{cell}</mtd>" for cell in cells) for cells in rows)
    return f'<mtable class="{kind}">{"".join(f"<mtr>{line}</mtr>" for line in lines)}</mtable>'


def letter(text: str, subscript: str = "") -> str:
    """A letter of the notation: ``K2`` has an index, ``δ^{l-1}`` an exponent, ``∂E/∂a`` is a fraction.

    An index of ``∂E/∂a`` belongs to the a, one of ``f'(net)`` to the net.

    >>> letter("K2")
    '<msub><mi>K</mi><mn>2</mn></msub>'
    """
    if text.startswith(_PARTIAL):
        return fraction(prefix("∂") + name("E"), prefix("∂") + letter(text.removeprefix(_PARTIAL), subscript))
    if text.startswith(_SLOPE):
        return name_of("f'") + bracket("(", ")", letter(text.removeprefix(_SLOPE).removesuffix(")"), subscript))
    if text.startswith("∂") and len(text) > 1:
        return prefix("∂") + letter(text[1:], subscript)
    stem, _, exponent = text.partition("^")
    raised = _exponent(exponent.strip("{}"))
    digits = "" if stem == ROTATION else stem[len(stem.rstrip("0123456789")) :]
    base = name_of(stem[: len(stem) - len(digits)])
    base = row(base) if digits or subscript or raised else base
    index = number(digits) + (comma() if subscript else "") if digits else ""
    lowered = index + subscript
    if raised and lowered:
        return f"<msubsup>{base}{row(lowered)}{row(raised)}</msubsup>"
    return above(base, raised) if raised else below(base, lowered) if lowered else base


def name_of(stem: str) -> str:
    """A letter with its primes: ``x'``."""
    plain = stem.rstrip("'")
    primes = len(stem) - len(plain)
    # The glyph is raised already, and a superscript would raise it once more.
    return name(plain) + primes * '<mo form="postfix" lspace="0.04em" rspace="0">′</mo>'


def _exponent(text: str) -> str:
    """``l-1``: the number of a layer."""
    parts = text.replace("-", " − ").split()
    return "".join(sign(p) if p == "−" else number(p) if p.isdigit() else name(p) for p in parts)
