"""`audit`: somebody's code judged, and the table it is shown in."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from rich.console import Console
from rich.text import Text

from symconv import api
from symconv.audit.report import AuditReport, columns
from symconv.audit.target import pairs
from symconv.cli.progress import progress
from symconv.cli.summary import UNBOUNDED
from symconv.specification import Specification

STYLES = {
    "right": "green",
    "wrong": "bold red",
    "raised": "red",
    "timed out": "red",
    "crashed": "red",
    "refused": "yellow",
    "noted": "yellow",
    "not asked": "dim",
}
"""How an outcome looks on a terminal."""


def audit_layer(specification: Specification, code: str, names: Sequence[str]) -> AuditReport:
    """Judge the code; while that goes on, a terminal shows what is asked."""
    mapped = pairs(names)
    with progress() as tell:
        tell("deriving", 0, 0)
        layer = api.layer_of(specification)

        def before(claim: str, method: str, sizes: str, done: int, of: int) -> None:  # noqa: ARG001  (the claim says enough)
            tell(claim, done, of)

        return api.audit(code, layer, mapped, progress=before)


def print_audit(report: AuditReport) -> None:
    """The table, the findings, and the first wrong terms; in colour on a terminal."""
    out = Console(width=None if sys.stdout.isatty() else UNBOUNDED, highlight=False, emoji=False)
    for line in (*columns(list(report.rows())), "", *columns(list(report.findings())), ""):
        out.print(_coloured(line), soft_wrap=True)
    for outcome, sentence in report.told():
        out.print(Text(f"{outcome}: {sentence}", style=STYLES[outcome]), soft_wrap=True)
    out.print(Text(report.summary(), style="bold green" if report.passed else "bold red"), soft_wrap=True)


def _coloured(line: str) -> Text:
    text = Text(line)
    for outcome, style in STYLES.items():
        text.highlight_words([f"  {outcome}"], style)
    return text
