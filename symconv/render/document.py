"""Documents: blocks in order, with formulas as written trees. Whatever prints one matches these types and no others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from symconv.render.written import Written

if TYPE_CHECKING:  # a figure holds prose, and a document figures
    from symconv.render.figures.description import Figure as Drawn


@dataclass(frozen=True, slots=True)
class Math:
    """A formula within a line of text."""

    formula: Written


@dataclass(frozen=True, slots=True)
class Reference:
    """The number of an equation."""

    label: str


@dataclass(frozen=True, slots=True)
class Emphasis:
    """A word at its first use, or the name of a law."""

    text: str


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Text exactly as a user typed it."""

    text: str


Inline = str | Math | Reference | Emphasis | Verbatim
Prose = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """Level 1 is a section."""

    level: int
    text: Prose


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Running text."""

    text: Prose


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed formula, numbered where it has a label."""

    formula: Written
    label: str | None = None


@dataclass(frozen=True, slots=True)
class EquationGroup:
    """Displayed formulas that belong together, below each other; unnumbered."""

    formulas: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Items:
    """A list."""

    entries: tuple[Prose, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells below a header."""

    header: tuple[Prose, ...]
    rows: tuple[tuple[Prose, ...], ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Program text or a command."""

    text: str
    language: str


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture and what stands below it. Texts that hold no pictures leave it out."""

    drawn: Drawn
    caption: Prose


Block = Heading | Paragraph | Equation | EquationGroup | Items | Table | Code | Figure


@dataclass(frozen=True, slots=True)
class Document:
    """A title, what the document is made from, and the blocks. ``language`` is the catalogue's code."""

    title: Prose
    source: str
    language: str
    base: int
    blocks: tuple[Block, ...]


def equation_numbers(document: Document) -> dict[str, int]:
    """The number of every label, counted from 1; a label that occurs twice is a ValueError."""
    numbers: dict[str, int] = {}
    for block in document.blocks:
        if isinstance(block, Equation) and block.label is not None:
            if block.label in numbers:
                raise ValueError(f"two equations have the label {block.label}")
            numbers[block.label] = len(numbers) + 1
    return numbers


def section_numbers(document: Document) -> list[str]:
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
