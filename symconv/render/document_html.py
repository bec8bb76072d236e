"""A document as HTML: sections with numbers and anchors, formulas in MathML Core; no script, and all text escaped."""

from __future__ import annotations

from html import escape

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
    section_numbers,
)
from symconv.render.figures.svg import svg
from symconv.render.formula_mathml import mathml, mathml_rows
from symconv.render.mathml_width import mathml_width
from symconv.render.written import Written

_WIDTH = 41.0
"""Em of a line of the page, as its style sheet sets it."""
_NUMBER = 3.0
_UNBROKEN = 15.0
"""Em that a formula within a line may take before a narrow page has to scroll it."""
_CLOSING = tuple(",.;:)、，。；：）")
_COLUMN = 'th scope="col"'


def html_document(document: Document) -> str:
    """The blocks, each section around its own."""
    numbers, sections = equation_numbers(document), section_numbers(document)
    parts: list[str] = []
    levels: list[int] = []
    for block, section in zip(document.blocks, sections, strict=True):
        if isinstance(block, Heading):
            while levels and levels[-1] >= block.level:
                levels.pop()
                parts.append("</section>")
            levels.append(block.level)
            parts.append(f'<section id="{section_anchor(section)}">')
        parts.append(_block(block, numbers, section))
    return "\n".join([*parts, *("</section>" for _ in levels)]) + "\n"


def html_contents(document: Document) -> list[dict[str, str]]:
    """What the table of contents lists: the sections of the first level."""
    listed = zip(document.blocks, section_numbers(document), strict=True)
    return [
        {"anchor": section_anchor(number), "number": number, "text": html_prose(block.text, {})}
        for block, number in listed
        if isinstance(block, Heading) and block.level == 1
    ]


def html_prose(text: Prose, numbers: dict[str, int]) -> str:
    """Running text; no line begins with the mark behind a formula, which browsers would let happen."""
    found: list[str] = []
    for k, part in enumerate(text):
        if k and isinstance(text[k - 1], Math) and isinstance(part, str) and part.startswith(_CLOSING):
            found[-1] = f'<span class="kept">{found[-1]}{part[0]}</span>'
            found.append(_inline(part[1:], numbers))
        else:
            found.append(_inline(part, numbers))
    return "".join(found)


def section_anchor(number: str) -> str:
    """The address of a section within its page."""
    return f"section-{number.replace('.', '-')}"


def _equation_anchor(label: str) -> str:
    return "equation-" + "".join(c if c.isalnum() else "-" for c in label)


def _inline(part: Inline, numbers: dict[str, int]) -> str:
    match part:
        case Math(formula):
            shown = mathml(formula)
            element = f"<math>{shown}</math>"
            return element if mathml_width(shown) <= _UNBROKEN else f'<span class="wide" tabindex="0">{element}</span>'
        case Reference(label):
            return f'<a href="#{_equation_anchor(label)}">({numbers[label]})</a>'
        case Emphasis(text):
            return f"<em>{escape(text)}</em>"
        case Verbatim(text):
            return f"<code>{escape(text)}</code>"
        case str():
            return escape(part)


def _block(block: Block, numbers: dict[str, int], section: str) -> str:
    match block:
        case Heading(level, text):
            tag = f"h{level + 1}"
            return f'<{tag}><span class="number">{section}</span> {html_prose(text, numbers)}</{tag}>'
        case Paragraph(text):
            led = ' class="led"' if text and isinstance(text[0], Emphasis) else ""
            return f"<p{led}>{html_prose(text, numbers)}</p>"
        case Equation(formula, label):
            return _display((formula,), label, numbers)
        case EquationGroup(formulas):
            return _display(formulas, None, numbers)
        case Items(entries):
            return "<ul>\n" + "\n".join(f"<li>{html_prose(entry, numbers)}</li>" for entry in entries) + "\n</ul>"
        case Table():
            return _table(block, numbers)
        case Figure(drawn, caption):
            shown = html_prose(caption, numbers)
            picture = svg(drawn, standalone=False).rstrip("\n")
            return f'<figure>\n<div class="scroll">{picture}</div>\n<figcaption>{shown}</figcaption>\n</figure>'
        case Code(text, language):
            shown = escape(text.rstrip("\n"))
            return f'<pre tabindex="0"><code class="language-{escape(language)}">{shown}</code></pre>'


def _display(formulas: tuple[Written, ...], label: str | None, numbers: dict[str, int]) -> str:
    """Formulas below each other at the relation sign, in a box of their own that a narrow page scrolls."""
    rows = "".join(_rows(formula, _WIDTH - (_NUMBER if label else 0)) for formula in formulas)
    shown = f'<math display="block"><mtable class="aligned" displaystyle="true">{rows}</mtable></math>'
    box = f'<div class="scroll" tabindex="0">{shown}</div>'
    if label is None:
        return f'<div class="display">{box}</div>'
    anchor = _equation_anchor(label)
    number = f'<a class="number" href="#{anchor}">({numbers[label]})</a>'
    return f'<div class="display" id="{anchor}">{box}{number}</div>'


def _rows(formula: Written, width: float) -> str:
    lines = mathml_rows(formula, width)
    if any(left for left, _ in lines):
        return "".join(f"<mtr><mtd>{left}</mtd><mtd>{line}</mtd></mtr>" for left, line in lines)
    return "".join(f'<mtr><mtd columnspan="2">{line}</mtd></mtr>' for _, line in lines)


def _table(table: Table, numbers: dict[str, int]) -> str:
    return "\n".join(
        [
            '<div class="scroll table" tabindex="0"><table>',
            f"<thead><tr>{_cells(table.header, _COLUMN, numbers)}</tr></thead>",
            "<tbody>",
            *(f"<tr>{_cells(row, 'td', numbers)}</tr>" for row in table.rows),
            "</tbody></table></div>",
        ]
    )


def _cells(row: tuple[Prose, ...], tag: str, numbers: dict[str, int]) -> str:
    closing = tag.split()[0]
    return "".join(f"<{tag}>{html_prose(cell, numbers)}</{closing}>" for cell in row)
