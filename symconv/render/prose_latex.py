"""Running text in LaTeX."""

from __future__ import annotations

from symconv.render.document import Emphasis, Inline, Math, Prose, Reference, Verbatim
from symconv.render.formula_latex import latex

_ESCAPES = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\char34{}",
    "–": "--",
    "−": "$-$",
    "’": "'",
    "“": "``",
    "”": "''",
    **{"β": r"$\beta$", "δ": r"$\delta$", "∂": r"$\partial$", "·": r"$\cdot$", "∘": r"$\circ$", "↑": r"$\uparrow$"},
    "×": r"$\times$",
    "°": r"$^{\circ}$",
    "…": r"\dots{}",
}


def latex_prose(text: Prose) -> str:
    """Running text."""
    return "".join(latex_inline(part) for part in text)


def escape(text: str) -> str:
    r"""Text that TeX prints as it is.

    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    return "".join(_ESCAPES.get(character, character) for character in text)


def latex_inline(part: Inline) -> str:
    """One part of it."""
    match part:
        case Math(formula):
            return f"${latex(formula)}$"
        case Reference(label):
            return rf"\eqref{{{label}}}"
        case Emphasis(text):
            return rf"\emph{{{escape(text)}}}"
        case Verbatim(text):
            return rf"\texttt{{{_breakable(text)}}}"
        case str():
            return escape(part)


def _breakable(text: str) -> str:
    """Long texts without spaces may end a line after any operator or separator."""
    return "".join(escape(c) + (r"\allowbreak{}" if c in "+-*/(),_" else "") for c in text)
