"""A document as GitHub-flavoured Markdown with formulas in ``$$`` blocks.

GitHub lets Markdown see a formula before MathJax does: a backslash before punctuation is taken away and a leading
``-`` or ``=`` would start a list or a heading. It also refuses ``\\operatorname``. So rows end in ``\\cr``, spaces are
words, and every line of a block starts with a command, a letter or ``&``. Within a line a formula is seen only after
white space, so one is put after full-width punctuation.
"""

from __future__ import annotations

import re
from base64 import b64encode

from symconv.render.document import (
    Block,
    Code,
    Document,
    Emphasis,
    Equation,
    EquationGroup,
    Figure,
    Heading,
    Inline,
    Items,
    Math,
    Paragraph,
    Prose,
    Reference,
    Table,
    Verbatim,
    equation_numbers,
)
from symconv.render.document_text import text_prose
from symconv.render.east_asian import is_wide
from symconv.render.figures.svg import svg
from symconv.render.formula_latex import latex, latex_lines
from symconv.render.written import Written

HELD = "data:image/svg+xml;base64,"
"""In place of a folder: pictures stand in the text itself."""
_WIDTH = 520.0
_SAFE = {
    r"\operatorname": r"\mathrm",
    r"\\": r"\cr",
    r"\,": r"\thinspace ",
    r"\;": r"\enspace ",
    "<": r"\lt ",
    ">": r"\gt ",
}
_UNSAFE = re.compile(r"\\operatorname|\\\\|\\[,;]|<|>")
_ESCAPED = re.compile(r"([\\`*_{}\[\]<>#|$~])")


def markdown_document(document: Document, pictures: str | None = None) -> str:
    """Title and blocks with a blank line between them.

    ``pictures`` is the folder, beside the file, in which the figures lie by their names, or HELD for a text that holds
    them itself; without one they are left out.
    """
    numbers = equation_numbers(document)
    parts = [f"# {markdown_prose(document.title, numbers)}"]
    for block in document.blocks:
        if not isinstance(block, Figure):
            parts.append(markdown_block(block, numbers))
        elif pictures is not None:
            parts.append(markdown_picture(block, pictures, numbers))
    return "\n\n".join(parts) + "\n"


def markdown_picture(figure: Figure, pictures: str, numbers: dict[str, int]) -> str:
    """A figure, told in words to whoever can not see it, and its caption below it."""
    address = f"{pictures}/{figure.drawn.name}.svg"
    if pictures == HELD:
        address = f"{HELD}{b64encode(svg(figure.drawn).encode()).decode()}"
    told = re.sub(r"[\\\[\]*_`<]", _backslash, text_prose(figure.drawn.description, numbers).replace("\n", " "))
    return f"![{told}]({address})\n\n{markdown_prose(figure.caption, numbers)}"


def markdown_prose(text: Prose, numbers: dict[str, int]) -> str:
    """Running text in one line."""
    shown = ""
    for part in text:
        shown += " " * (isinstance(part, Math) and is_wide(shown[-1:])) + _inline(part, numbers)
    return shown


def _safe(formula: str) -> str:
    return re.sub(r"  +", " ", _UNSAFE.sub(lambda match: _SAFE[match[0]], formula)).strip()


def _inline(part: Inline, numbers: dict[str, int]) -> str:
    match part:
        case Math(formula):
            return f"${_safe(latex(formula))}$"
        case Reference(label):
            return f"({numbers[label]})"
        case Emphasis(text):
            return f"*{_ESCAPED.sub(_backslash, text)}*"
        case Verbatim(text):
            return _code_span(text)
        case str():
            return _ESCAPED.sub(_backslash, part)


def _backslash(match: re.Match[str]) -> str:
    return "\\" + match[0]


def _code_span(text: str) -> str:
    """Backticks outnumber those inside."""
    fence = "`" * (max((len(run) for run in re.findall("`+", text)), default=0) + 1)
    return f"{fence}{text}{fence}"


def markdown_block(block: Block, numbers: dict[str, int]) -> str:
    """One block without blank lines around it; ValueError for a figure."""
    match block:
        case Heading(level, text):
            return f"{'#' * (level + 1)} {markdown_prose(text, numbers)}"
        case Paragraph(text):
            return markdown_prose(text, numbers)
        case Equation(formula, label):
            return _display([formula], None if label is None else numbers[label])
        case EquationGroup(formulas):
            return _display(list(formulas), None)
        case Items(entries):
            return "\n".join(f"- {markdown_prose(entry, numbers)}" for entry in entries)
        case Table(header, rows):
            lines = [header, *rows]
            texts = ["| " + " | ".join(markdown_prose(cell, numbers) for cell in row) + " |" for row in lines]
            return "\n".join([texts[0], "|" + " --- |" * len(header), *texts[1:]])
        case Figure():
            raise ValueError("a figure is no text")
        case Code(text, language):
            return f"```{language}\n{text.rstrip()}\n```"


def _display(formulas: list[Written], number: int | None) -> str:
    lines = [line for formula in formulas for line in latex_lines(formula, _WIDTH)]
    tag = "" if number is None else rf"\tag{{{number}}}"
    if len(lines) == 1:
        return f"$$\n{_safe(lines[0].replace('&', '', 1))} {tag}".rstrip() + "\n$$"
    rows = " \\cr\n".join(_safe(line) for line in lines)
    return f"$$\n\\begin{{aligned}}\n{rows}\n\\end{{aligned}} {tag}".rstrip() + "\n$$"
