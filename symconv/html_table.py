"""A table as HTML, for pages such as Jupyter's: all text escaped, no script, and no style but that of its own cells."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

_LEFT = ' style="text-align:left;vertical-align:top"'


def html_table(rows: Iterable[Sequence[str]], head: Sequence[str] = ()) -> str:
    """Rows below each other; the first cell of each names it.

    >>> html_table([("wrong", "a < b")]).replace(_LEFT, "")
    '<table><tbody><tr><th scope="row">wrong</th><td>a &lt; b</td></tr></tbody></table>'
    """
    columns = "".join(f'<th scope="col"{_LEFT}>{escape(cell)}</th>' for cell in head)
    above = f"<thead><tr>{columns}</tr></thead>" if head else ""
    return f"<table>{above}<tbody>{''.join(map(_row, rows))}</tbody></table>"


def _row(row: Sequence[str]) -> str:
    name, *cells = row
    rest = "".join(f"<td{_LEFT}>{escape(cell)}</td>" for cell in cells)
    return f'<tr><th scope="row"{_LEFT}>{escape(name)}</th>{rest}</tr>'
