"""What commands print: plain text in a pipe, a little structure and colour on a terminal.

Formulas and paths are never wrapped or cut by the table around them; a pipe gets every line whole.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from symconv.errors import RequestError
from symconv.layers.geometry import show

if TYPE_CHECKING:
    from symconv.api import Source
    from symconv.cli.build import Built
    from symconv.layers.layer import Layer
    from symconv.verify.report import Report, Verdict

STYLES = {"passed": "green", "skipped": "yellow", "FAILED": "bold red"}
UNBOUNDED = 10_000
"""The width of a pipe: nothing in it is folded."""


def deliver(text: str, file: str | None) -> None:
    """A text to standard output, or whole into a file."""
    if file is None:
        click.echo(text, nl=not text.endswith("\n"))
        return
    from symconv.emit import write_text

    if Path(file).is_dir():
        raise RequestError(f"{file!r} is a folder; give a file with -o")
    write_text(Path(file), text)
    click.echo(f"wrote {file}")


def print_summary(built: Built) -> None:
    """The layer, its formulas, what was verified, and where to look."""
    console = _console()
    console.print(Text(_title(built.derivation.layer), style="bold"))
    console.print()
    for name, formula in built.derivation.formulas.items():
        if name == "input_gradient" and "error_term" in built.derivation.formulas:
            continue
        _print_formula(console, formula.headline())
    console.print()
    print_report(built.report, console)
    console.print()
    _print_files(console, built)


def print_report(report: Report, console: Console | None = None) -> None:
    """One row for each verdict, what is wrong below it, and the count."""
    console = console or _console()
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False, pad_edge=False)
    for verdict in report.verdicts:
        table.add_row(Text(verdict.mark, style=STYLES[verdict.mark]), *map(escape, (verdict.claim, verdict.method)))
    console.print(table)
    for verdict in report.verdicts:
        if note := verdict.counterexample or verdict.skipped:
            console.print(Text(f"{verdict.claim}: {note}", style=STYLES[verdict.mark]), soft_wrap=True)
    console.print(_count(report.verdicts), highlight=False)


def print_explanation(source: Source) -> None:
    """Why the schedule was chosen, and the schedules that were weighed."""
    console = _console()
    console.print(escape(source.why), highlight=False)
    if source.table:
        header, *rows = source.table
        table = Table(*map(escape, header), box=None, padding=(0, 2, 0, 0), pad_edge=False, header_style="bold")
        for row in rows:
            table.add_row(*map(escape, row))
        console.print(table)


def _title(layer: Layer) -> str:
    g = layer.geometry
    if not g.is_numeric:
        return f"{layer.name}: {g.kind}, input {show(g.input_size)}, filter {show(g.filter_size)}"
    weights = "" if g.weight_shape is None else f", w {show(g.weight_shape)}"
    return f"{layer.name}: {g.kind}, a {show(g.input_shape)}{weights}, net {show(g.output_shape)}"


def _console() -> Console:
    terminal = sys.stdout.isatty()
    return Console(width=None if terminal else UNBOUNDED, highlight=False, emoji=False)


def _count(verdicts: tuple[Verdict, ...]) -> str:
    marks = [verdict.mark for verdict in verdicts]
    return ", ".join(f"{marks.count(mark)} {mark.lower()}" for mark in STYLES if mark in marks)
