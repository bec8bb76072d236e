"""A document as a Jupyter notebook (nbformat 4.5): a Markdown cell for each section, then code that has not been run.

Formulas are those of the Markdown writer. Names of cells come from the numbers of sections, so that the same layer
gives the same bytes; keys are in the order in which Jupyter itself writes them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from symconv.render.document import (
    Block,
    Code,
    Document,
    Figure,
    Heading,
    Paragraph,
    equation_numbers,
    section_numbers,
)
from symconv.render.document_markdown import HELD, markdown_block, markdown_picture, markdown_prose
from symconv.render.messages import Catalogue, catalogue

Cell = dict[str, object]
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook_document(document: Document, origin: str, code: Sequence[tuple[str, str]]) -> str:
    """Title, sections, and further ``code``: each a message of the table ``notebook`` and the code that it leads to.

    ``origin`` is kept where a reader of the file finds it, and Jupyter shows nothing.
    """
    cells = [*_sections(document), *_code(catalogue(document.language), code)]
    metadata = {"generator": origin, "kernelspec": _KERNEL, "language_info": {"name": "python"}}
    record = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sections(document: Document) -> list[Cell]:
    """A cell for the title, and one for each heading of the first two levels with what stands below it.

    Python is a cell by itself.
    """
    numbers = equation_numbers(document)
    found: dict[str, list[str]] = {"title": [f"# {markdown_prose(document.title, numbers)}"]}
    python = []
    name = "title"
    for block, section in zip(document.blocks, section_numbers(document), strict=True):
        if isinstance(block, Heading) and block.level <= 2:
            name = f"section-{section.replace('.', '-')}"
        if isinstance(block, Code) and block.language == "python":
            python.append(f"{name}-code")
            found[python[-1]] = [block.text.rstrip("\n")]
            name = f"{name}-continued"
        else:
            found.setdefault(name, []).append(_markdown(block, numbers))
    return [_cell(each, "code" if each in python else "markdown", "\n\n".join(found[each])) for each in found]


def _markdown(block: Block, numbers: dict[str, int]) -> str:
    """As in Markdown; a figure is an image that the cell holds itself."""
    if not isinstance(block, Figure):
        return markdown_block(block, numbers)
    return markdown_picture(block, HELD, numbers)


def _code(said: Catalogue, code: Sequence[tuple[str, str]]) -> list[Cell]:
    cells = []
    for message, text in code:
        lead = markdown_block(Paragraph(said.say(f"notebook.{message}")), {})
        cells += [_cell(f"{message}-lead", "markdown", lead), _cell(message, "code", text.rstrip("\n"))]
    return cells


def _cell(name: str, kind: str, text: str) -> Cell:
    cell: Cell = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
