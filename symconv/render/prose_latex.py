"""Running text in LaTeX."""

from __future__ import annotations

import unicodedata

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
    "’": "'",
    "“": "``",
    "”": "''",
    "°": r"$^{\circ}$",
    "…": r"\dots{}",
}

# Braces and the backslash by their places in the font of programs: their commands take them from another font.
_IN_CODE = {"\\": r"\symbol{92}", "{": r"\symbol{123}", "}": r"\symbol{125}", "'": r"\textquotesingle{}"}
_SIGNS = {
    **{"ε": r"\varepsilon", "Σ": r"\Sigma", "∑": r"\Sigma", "Π": r"\Pi", "∏": r"\Pi", "∂": r"\partial", "√": r"\surd"},
    **{"·": r"\cdot", "⋅": r"\cdot", "∘": r"\circ", "×": r"\times", "±": r"\pm", "∞": r"\infty", "−": "-", "∗": "*"},
    **{"≤": r"\le", "≥": r"\ge", "≠": r"\ne", "→": r"\to", "←": r"\gets", "↑": r"\uparrow", "↦": r"\mapsto"},
    **{"⌊": r"\lfloor", "⌋": r"\rfloor", "⌈": r"\lceil", "⌉": r"\rceil", "𝟏": r"\mathbf{1}", "…": r"\ldots"},
    **{"λ": r"\lambda", "Λ": r"\Lambda", "µ": r"\mu"},
}
"""Signs of formulas within text, code and comments, besides Greek letters and raised or lowered ones."""
_CODE_WIDTH = 100
"""Columns of the environment ``code`` that a line of the page holds."""


def latex_prose(text: Prose) -> str:
    """Running text."""
    return "".join(latex_inline(part) for part in text)


def escape(text: str) -> str:
    r"""Text that TeX prints as it is.

    >>> escape("50% of a_b")
    '50\\% of a\\_b'
    """
    return "".join(_ESCAPES.get(c) or (f"${_sign(c)}$" if _sign(c) else c) for c in text)


def escape_code(text: str) -> str:
    r"""Text that the environment ``code`` of the skeleton prints as it is: only a few characters mean anything there.

    A line that the page does not hold goes on, marked, in the next one.

    >>> escape_code("{'a': τ₁}  # 50%")
    '\\symbol{123}\\textquotesingle{}a\\textquotesingle{}: \\(\\tau\\)\\(_{1}\\)\\symbol{125}  # 50%'
    """
    lines = [piece for line in text.split("\n") for piece in _pieces(line)]
    return "\n".join("".join(_code_character(c) for c in line) for line in lines)


def _code_character(c: str) -> str:
    return _IN_CODE.get(c) or (rf"\({_sign(c)}\)" if _sign(c) else c)


def _pieces(line: str) -> list[str]:
    """The line where it fits, else cut at its last space that fits, each part but the first behind an arrow."""
    if len(line) <= _CODE_WIDTH:
        return [line]
    indent = line[: len(line) - len(line.lstrip())][: _CODE_WIDTH // 2]
    cut = line.rfind(" ", len(indent) + 1, _CODE_WIDTH)
    cut = _CODE_WIDTH if cut <= len(indent) + 2 else cut
    return [line[:cut], *_pieces(f"{indent}→ {line[cut:].lstrip()}")]


def _sign(c: str) -> str | None:
    r"""A sign of formulas as TeX writes it in a formula; None for any other character.

    >>> [_sign(c) for c in "τΨ²₋ᵀ"]
    ['\\tau', '\\Psi', '^{2}', '_{-}', '^{T}']
    """
    if c.isascii() or c in _SIGNS:
        return _SIGNS.get(c)
    kind, _, code = unicodedata.decomposition(c).partition(" ")
    if kind in ("<super>", "<sub>"):
        base = chr(int(code, 16))
        return f"{'^' if kind == '<super>' else '_'}{{{_sign(base) or base}}}"
    name = unicodedata.name(c, "").split()
    if name[:1] == ["GREEK"] and name[2:3] == ["LETTER"] and len(name) == 4:
        letter = name[3].lower()
        return rf"\{letter.capitalize() if name[1] == 'CAPITAL' else letter}"
    return None


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
