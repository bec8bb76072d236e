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

_IN_CODE = {"\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "'": r"\textquotesingle{}"}
_SIGNS = {
    **{"β": r"\beta", "δ": r"\delta", "ε": r"\varepsilon", "π": r"\pi", "σ": r"\sigma", "γ": r"\gamma"},
    **{"Σ": r"\Sigma", "∂": r"\partial", "√": r"\surd", "𝟏": r"\mathbf{1}"},
    **{"·": r"\cdot", "∘": r"\circ", "×": r"\times", "≤": r"\le", "≥": r"\ge", "→": r"\to", "↑": r"\uparrow"},
    **{"⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil"},
    **{"₀": "_0", "₁": "_1", "₂": "_2", "₃": "_3", "₋": "_-", "₊": "_+"},
    **{"²": "^2", "³": "^3", "⁴": "^4", "⁻": "^-", "ˣ": "^x", "ᵀ": "^T", "ᵏ": "^k", "ʳ": "^r"},
}
"""Signs of formulas within code and comments."""


def latex_prose(text: Prose) -> str:
    """Running text."""
    return "".join(latex_inline(part) for part in text)


def escape(text: str) -> str:
    r"""Text that TeX prints as it is.

    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    return "".join(_ESCAPES.get(character, character) for character in text)


def escape_code(text: str) -> str:
    r"""Text that the environment ``code`` of the skeleton prints as it is: only three characters mean anything there.

    >>> escape_code("{'a': x_1}  # 50%")
    "\\{\\textquotesingle{}a\\textquotesingle{}: x_1\\}  # 50%"
    """
    return "".join(_IN_CODE.get(c, rf"\({_SIGNS[c]}\)" if c in _SIGNS else c) for c in text)


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
