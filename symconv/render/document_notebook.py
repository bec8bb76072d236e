"""A document as a Jupyter notebook (nbformat 4.5): a Markdown cell for each section, then code that has not been run.

Formulas are those of the Markdown writer. Names of cells come from the numbers of sections, so that the same layer
gives the same bytes; keys are in the order in which Jupyter itself writes them.
"""

from __future__ import annotations

import json
from base64 import b64encode
from collections.abc import Sequence

from symconv.render.document import Block, Document, Figure, Heading, Paragraph, equation_numbers, section_numbers
from symconv.render.document_markdown import markdown_block, markdown_prose
from symconv.render.figures.svg import svg
from symconv.render.messages import Catalogue, catalogue

Cell = dict[str, object]
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook_document(document: Document, origin: str, code: Sequence[tuple[str, str]]) -> str:
    """Title, sections, and ``code``: each a message of the table ``notebook`` and the code that it leads to.

    ``origin`` is kept where a reader of the file finds it, and Jupyter shows nothing.
    """
    cells = [*_sections(document), *_code(catalogue(document.language), code)]
    metadata = {"generator": origin, "kernelspec": _KERNEL, "language_info": {"name": "python"}}
    record = {"cells": cells, "metadata": metadata, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(record, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _sections(document: Document) -> list[Cell]:
    """A cell for the title, and one for each heading of the first two levels with what stands below it."""
    numbers = equation_numbers(document)
    found: dict[str, list[str]] = {"title": [f"# {markdown_prose(document.title, numbers)}"]}
    current = found["title"]
    for block, section in zip(document.blocks, section_numbers(document), strict=True):
        if isinstance(block, Heading) and block.level <= 2:
            current = found.setdefault(f"section-{section.replace('.', '-')}", [])
        current.append(_markdown(block, numbers))
    return [_cell(name, "markdown", "\n\n".join(texts)) for name, texts in found.items()]


def _markdown(block: Block, numbers: dict[str, int]) -> str:
    """As in Markdown; a figure is an image that the cell holds itself, its title below it."""
    if not isinstance(block, Figure):
        return markdown_block(block, numbers)
    picture = b64encode(svg(block.drawn).encode()).decode()
    title = markdown_prose(block.drawn.title, numbers)
    return f"![](data:image/svg+xml;base64,{picture})\n\n{title}"


def _code(said: Catalogue, code: Sequence[tuple[str, str]]) -> list[Cell]:
    cells = []
    for k, (message, text) in enumerate(code, 1):
        heading = [markdown_block(Heading(1, said.say("notebook.heading")), {})] if k == 1 else []
        lead = markdown_block(Paragraph(said.say(f"notebook.{message}")), {})
        cells.append(_cell(f"code-{k}-lead", "markdown", "\n\n".join([*heading, lead])))
        if text:
            cells.append(_cell(f"code-{k}", "code", text.rstrip("\n")))
    return cells


def _cell(name: str, kind: str, text: str) -> Cell:
    cell: Cell = {"cell_type": kind, "id": name, "metadata": {}, "source": text.splitlines(keepends=True)}
    return cell | ({"execution_count": None, "outputs": []} if kind == "code" else {})
