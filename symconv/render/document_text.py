"""A document as plain Unicode text for a terminal of 100 columns, of which East Asian characters take two."""

from __future__ import annotations

import textwrap

from symconv.render.document import (
    Block,
    Code,
    Document,
    Emphasis,
    Equation,
    EquationGroup,
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
from symconv.render.east_asian import HARD, columns, filled, padded
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.written import Written

WIDTH = 100
_INDENT = 4


def text_document(document: Document) -> str:
    """The blocks with a blank line between them."""
    numbers = equation_numbers(document)
    sections = _section_numbers(document)
    parts = [_block(block, numbers, sections[k]) for k, block in enumerate(document.blocks)]
    return "\n\n".join(parts) + "\n"


def text_prose(text: Prose, numbers: dict[str, int]) -> str:
    """Running text in one line; formulas in it are not cut."""
    return "".join(_inline(part, numbers) for part in text)


def _inline(part: Inline, numbers: dict[str, int]) -> str:
    match part:
        case Math(formula):
            return unicode(formula).replace(" ", HARD)
        case Reference(label):
            return f"({numbers[label]})"
        case Emphasis(text) | Verbatim(text):
            return text
        case str():
            return part


def _block(block: Block, numbers: dict[str, int], section: str) -> str:
    match block:
        case Heading(level, text):
            return underlined(f"{section} {text_prose(text, numbers)}".strip(), "═─·"[level - 1])
        case Paragraph(text):
            return _wrap(text_prose(text, numbers))
        case Equation(formula, label):
            return _equation(formula, "" if label is None else f"({numbers[label]})")
        case EquationGroup(formulas):
            return "\n".join(_equation(formula, "") for formula in formulas)
        case Items(entries):
            return "\n".join(_wrap(text_prose(entry, numbers), "  • ", "    ") for entry in entries)
        case Table():
            return _table(block, numbers)
        case Code(text, _):
            return textwrap.indent(text.rstrip("\n"), " " * _INDENT)


def underlined(text: str, line: str = "═") -> str:
    """A heading: the text, and below it a line as long."""
    return f"{text}\n{line * columns(text)}"


def _wrap(text: str, first: str = "", rest: str = "") -> str:
    return "\n".join(filled(text, WIDTH, first, rest)).replace(HARD, " ")


def _equation(formula: Written, number: str) -> str:
    """Indented, its number at the right edge of the first line that has room."""
    room = WIDTH - _INDENT - (len(number) + 2 if number else 0)
    lines = [" " * _INDENT + line for line in unicode_lines(formula, room)]
    if number:
        lines[-1] = lines[-1].ljust(WIDTH - len(number)) + number
    return "\n".join(lines)


def _table(table: Table, numbers: dict[str, int]) -> str:
    rows = [[text_prose(cell, numbers) for cell in row] for row in (table.header, *table.rows)]
    widths = [max(columns(row[k]) for row in rows) for k in range(len(table.header))]
    longest = widths.index(max(widths))
    widths[longest] = min(widths[longest], WIDTH - _INDENT - sum(widths) + widths[longest] - 2 * (len(widths) - 1))
    lines = [line for row in rows[:1] for line in _row(row, widths)]
    lines.append("  ".join("─" * width for width in widths))
    lines += [line for row in rows[1:] for line in _row(row, widths)]
    return textwrap.indent("\n".join(line.rstrip() for line in lines), " " * _INDENT).replace(HARD, " ")


def _row(cells: list[str], widths: list[int]) -> list[str]:
    wrapped = [filled(cell, width) or [""] for cell, width in zip(cells, widths, strict=True)]
    height = max(len(lines) for lines in wrapped)
    return [
        "  ".join(
            padded(lines[k] if k < len(lines) else "", width) for lines, width in zip(wrapped, widths, strict=True)
        )
        for k in range(height)
    ]


def _section_numbers(document: Document) -> list[str]:
    """``1``, ``1.1`` … for headings, in order; empty for other blocks."""
    counters = [0, 0, 0]
    found = []
    for block in document.blocks:
        if isinstance(block, Heading):
            counters[block.level - 1] += 1
            counters[block.level :] = [0] * (len(counters) - block.level)
            found.append(".".join(map(str, counters[: block.level])))
        else:
            found.append("")
    return found
