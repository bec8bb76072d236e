"""A document as the body of a LaTeX article: amsmath, booktabs, array; no package beyond those of the skeleton."""

from __future__ import annotations

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
    Table,
    Verbatim,
)
from symconv.render.east_asian import columns
from symconv.render.figures.tikz import tikz
from symconv.render.formula_latex import latex, latex_lines
from symconv.render.latex_width import latex_width
from symconv.render.prose_latex import escape_code, latex_inline, latex_prose
from symconv.render.written import Written

TEXT_WIDTH = 455.0
"""Points: A4 with margins of 25 mm, as the skeleton sets it."""
_NUMBER_WIDTH = 32.0
_LONG = 20
"""Rows of a table that a page holds beside text."""


def latex_document(document: Document) -> str:
    """The blocks, one after another; the skeleton adds what stands around them."""
    parts: list[str] = []
    for k, block in enumerate(document.blocks):
        follows = isinstance(block, Equation | EquationGroup) and isinstance(document.blocks[k - 1], Paragraph)
        # A display belongs to the paragraph that leads to it: a blank line between would add a gap.
        parts += ["\n" if follows else "\n\n" if k else "", _block(block)]
    return "".join(parts) + "\n"


def _block(block: Block) -> str:
    match block:
        case Heading(level, text):
            command = ("section", "subsection", "subsubsection")[level - 1]
            return rf"\{command}{{{latex_prose(text)}}}"
        case Paragraph(text):
            return latex_prose(text)
        case Equation(formula, label):
            return _equation(formula, label)
        case EquationGroup(formulas):
            return _group(formulas)
        case Items(entries):
            rows = "\n".join(rf"  \item {latex_prose(entry)}" for entry in entries)
            return "\\begin{itemize}\n" + rows + "\n\\end{itemize}"
        case Table():
            return _table(block)
        case Figure(drawn, caption):
            return _figure(latex_prose(caption), tikz(drawn).rstrip("\n"))
        case Code(text, _):
            return f"\\begin{{code}}\n{escape_code(text.rstrip())}\n\\end{{code}}"


def _figure(caption: str, picture: str) -> str:
    """A picture and below it, on the same page, what it shows; both stand where the text is, and do not float away."""
    return f"\\begin{{center}}\n{picture}\n\n\\nopagebreak\\smallskip\n{{\\small {caption}}}\n\\end{{center}}"


def _equation(formula: Written, label: str | None) -> str:
    room = TEXT_WIDTH - (_NUMBER_WIDTH if label else 0)
    lines = latex_lines(formula, room)
    begin, end = (f"\\begin{{equation}}\\label{{{label}}}", r"\end{equation}") if label else (r"\[", r"\]")
    if len(lines) == 1:
        return f"{begin}\n  {lines[0].replace('&', '', 1)}\n{end}"
    rows = " \\\\\n    ".join(lines)
    return f"{begin}\n  \\begin{{aligned}}\n    {rows}\n  \\end{{aligned}}\n{end}"


def _group(formulas: tuple[Written, ...]) -> str:
    """Below each other at the relation sign; a page may end between two formulas, but not within one.

    Where a formula has a piece that is wider than the line and can not be cut (an activation function that a user
    typed), each is displayed by itself and fitted to the line.
    """
    room = TEXT_WIDTH - 5
    rows = [latex_lines(formula, room) for formula in formulas]
    if any(latex_width(line) > TEXT_WIDTH for lines in rows for line in lines):
        return "\n".join(f"\\[\n  \\fitted{{{latex(formula)}}}\n\\]" for formula in formulas)
    kept = [" \\\\*\n  ".join(lines) for lines in rows]
    return "\\begin{align*}\n  " + " \\\\\n  ".join(kept) + "\n\\end{align*}"


def _table(table: Table) -> str:
    """Columns as wide as what they hold; those of longer text have what is left of the line in equal parts."""
    widths = [max(_width(row[k]) for row in (table.header, *table.rows)) for k in range(len(table.header))]
    room = TEXT_WIDTH - 20 - 14 * len(widths)
    fair = _fair_share(widths, room)
    columns = "".join("l" if w <= fair else f">{{\\raggedright\\arraybackslash}}p{{{fair:.0f}pt}}" for w in widths)
    rows = [" & ".join(latex_prose(cell) for cell in row) + r" \\" for row in table.rows]
    header = " & ".join(latex_prose(cell) for cell in table.header) + r" \\"
    if len(rows) > _LONG:  # one that goes on over pages, its header on each
        inner = "\n  ".join([r"\toprule", header, r"\midrule\endhead", r"\bottomrule\endfoot", *rows])
        return f"\\begin{{longtable}}{{{columns}}}\n  {inner}\n\\end{{longtable}}"
    inner = "\n  ".join([r"\toprule", header, r"\midrule", *rows, r"\bottomrule"])
    return f"\\begin{{center}}\n\\begin{{tabular}}{{{columns}}}\n  {inner}\n\\end{{tabular}}\n\\end{{center}}"


def _fair_share(widths: list[float], room: float) -> float:
    """How wide a column may be, so that all fit when the wider ones are cut to it.

    >>> _fair_share([30, 100, 500], 430)
    300.0
    >>> _fair_share([30, 300, 500], 430)
    200.0
    """
    for k, width in enumerate(sorted(widths)):
        share = room / (len(widths) - k)
        if width > share:
            return share
        room -= width
    return max(widths)


def _width(text: Prose) -> float:
    return sum(latex_width(latex(p.formula)) if isinstance(p, Math) else 5.6 * columns(_shown(p)) for p in text)


def _shown(part: Inline) -> str:
    """What is seen of a part that is no formula."""
    return part.text if isinstance(part, Emphasis | Verbatim) else latex_inline(part)
