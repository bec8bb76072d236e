"""What commands print: plain text in a pipe, a little structure and colour on a terminal.

In a pipe every line is whole, however long; on a terminal formulas are broken where a person would break them.
"""

from __future__ import annotations

import errno
import re
import sys
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from symconv.errors import RequestError
from symconv.layers.geometry import show

if TYPE_CHECKING:
    from symconv.api import Source
    from symconv.cli.build import Built
    from symconv.layers.layer import Layer
    from symconv.verify.report import Report

INDENT = "  "
NUMBER = re.compile(r"[\d.,]+(e[-+]\d+)?( \S{1,2})?")
UNBOUNDED = 10_000
"""The width of a pipe: nothing in it is folded."""
OTHERS = "a check of its own for each (symconv verify lists them)"
STYLES = {"passed": "green", "skipped": "yellow", "FAILED": "bold red"}
FILES = {
    "layer.py": "the NumPy code",
    "test_layer.py": "its tests, which need NumPy and pytest only",
    "derivation.md": "the derivation, step by step, and at its end the code",
    "derivation.html": "the same as a page, which needs no network",
    "derivation.tex": "the same, for print",
    "derivation.pdf": "the same, typeset",
    "derivation.txt": "the same, as plain text",
    "derivation.ipynb": "the same as a Jupyter notebook, with the code in it",
    "derivation.json": "the formulas, for programs",
    "figures/": "its figures, which the Markdown shows",
    "verification.json": "what was checked, and how",
}
"""What a build writes, in the order in which it is worth looking at."""


def deliver(text: str, file: str | None) -> None:
    """A text to standard output, or whole into a file."""
    if file in (None, "-"):
        click.echo(text, nl=not text.endswith("\n"))
        return
    from symconv.emit import write_text

    if Path(file).is_dir():
        raise RequestError(f"{file!r} is a folder; give a file with -o")
    write_text(Path(file), text)
    click.echo(f"wrote {file}")


def deliver_pdf(content: bytes, file: str) -> None:
    """A PDF whole into a file."""
    from symconv.emit import write_bytes

    write_bytes(Path(file), content)
    click.echo(f"wrote {file}")


def print_summary(built: Built) -> None:
    """The layer, its formulas, what was verified, and where to look."""
    console = _console()
    console.print(Text(title(built.derivation.layer), style="bold"), soft_wrap=True)
    console.print()
    for name, formula in built.derivation.formulas.items():
        if name == "input_gradient":
            continue  # the error term holds it
        for line in formula.named(console.width - len(INDENT)):
            console.print(Text(INDENT + line, style="cyan"), soft_wrap=True)
    console.print()
    _print_evidence(built.report, console)
    console.print()
    console.print(Text(f"{built.folder}/", style="bold"), soft_wrap=True)
    _print_rows(console, [(INDENT + name, meaning) for name, meaning in FILES.items() if name in built.files])


def print_report(report: Report) -> None:
    """One row for each verdict, what is wrong or left out below it, and the count."""
    console = _console()
    _print_rows(console, [(verdict.mark, verdict.claim, verdict.method) for verdict in report.verdicts])
    _print_notes(console, report)


def print_explanation(source: Source) -> None:
    """Why the schedule was chosen, and the schedules that were weighed."""
    console = _console()
    console.print(Text(source.why), soft_wrap=True)
    console.print()
    _print_rows(console, [("function", "schedule", "products", "bytes", "calls", "time", ""), *source.table])


def print_table(lines: Sequence[Sequence[str]]) -> None:
    """Texts below each other under a line of headings; columns of numbers, with a unit or not, stand to the right."""
    table = Table(box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
    for name, *column in zip(*lines, strict=True):
        numbers = [NUMBER.fullmatch(cell) for cell in column if cell != "-"]
        table.add_column(Text(name), justify="right" if numbers and all(numbers) else "left")
    for line in lines[1:]:
        table.add_row(*map(Text, line))
    _echo(table, _console())


def _print_evidence(report: Report, console: Console) -> None:
    """Verdicts counted by method and mark; methods that served for one claim only stand together."""
    methods = Counter(verdict.method for verdict in report.verdicts)
    groups = Counter(
        (verdict.method if methods[verdict.method] > 1 else OTHERS, verdict.mark) for verdict in report.verdicts
    )
    order = list(STYLES)
    counted = sorted(groups.items(), key=lambda group: (group[0][0] == OTHERS, order.index(group[0][1])))
    _print_rows(console, [(mark, _claims(count), method) for (method, mark), count in counted])
    _print_notes(console, report)


def _claims(count: int) -> str:
    return f"{count:2} claim{'s' if count != 1 else ''}"


def _print_notes(console: Console, report: Report) -> None:
    for verdict in report.verdicts:
        if note := verdict.counterexample or verdict.skipped:
            console.print(Text(f"{verdict.mark}: {verdict.claim}: {note}", style=STYLES[verdict.mark]), soft_wrap=True)
    marks = [verdict.mark for verdict in report.verdicts]
    count = ", ".join(f"{marks.count(mark)} {mark.lower()}" for mark in STYLES if mark in marks)
    console.print(Text(count, style="bold green" if report.passed else "bold red"))


def title(layer: Layer) -> str:
    """The layer in one line: its name, its kind and the shapes of its arrays."""
    g = layer.geometry
    if not g.is_numeric:
        return f"{layer.name}: {g.kind}, input {show(g.input_size)}, filter {show(g.filter_size)}"
    arrays = {"a": g.input_shape, "w": g.weight_shape, "net": g.output_shape}
    shapes = ", ".join(f"{name} {show(shape)}" for name, shape in arrays.items() if shape is not None)
    return f"{layer.name}: {g.kind}, {shapes}"


def _print_rows(console: Console, rows: Iterable[Sequence[object]]) -> None:
    """Rows of texts below each other; the first column tells by its colour how a verdict fared."""
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    for first, *others in rows:
        table.add_row(Text(str(first), style=STYLES.get(str(first), "")), *(Text(str(cell)) for cell in others))
    _echo(table, console)


def _echo(table: Table, console: Console) -> None:
    with console.capture() as printed:
        console.print(table)
    for line in printed.get().splitlines():
        click.echo(line.rstrip())  # rich fills the last column with spaces


class _Output(Console):
    """rich's console, which would leave the process with status 1 where a reader has closed the pipe."""

    def on_broken_pipe(self) -> None:
        """Pass the error on; the program answers it in one place."""
        raise BrokenPipeError(errno.EPIPE, "the reader has closed the pipe")


def _console() -> Console:
    return _Output(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False, emoji=False)
