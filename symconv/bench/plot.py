"""A run as a picture: for each direction the layers below each other, the time relative to the reference along.

The same record gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import ceil, floor, log2
from textwrap import wrap
from xml.sax.saxutils import escape

from symconv.bench.record import FUNCTIONS, MATMUL, Cell, Run
from symconv.bench.table import NUMPY_PACKAGES, conditions, reference_of
from symconv.emit import fill
from symconv.errors import RequestError

LEFT, PANEL, GAP, LINE = 150, 220, 30, 18
ENTRY, LETTER = 150, 5.2
"""Pixels of an entry of the legend, and of a letter in the last lines."""
COLOURS = ("#0b62a4", "#d1495b", "#2e8b57", "#8e5ea2", "#e08e1b", "#5f6b7a")
"""Of our variants, in the order in which they appear."""
GREY = "#888888"
WIDEST = 32.0
"""What is slower or faster by more than this is drawn at the edge, and so is a matrix product beyond all others."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A point in the picture: ``x`` to the right, ``y`` down; ``left`` and ``right`` are its quartiles."""

    kind: str
    x: str
    y: str
    left: str
    right: str
    colour: str
    told: str


def plot(run: Run) -> str:
    """The picture as SVG; RequestError where nothing was timed."""
    rows = list(dict.fromkeys(cell.row for cell in run.cells if cell.reference))
    functions = [f for f in FUNCTIONS if any(cell.function == f for cell in run.cells)]
    shown = [m for cell in run.cells for m in (*cell.ours(), cell.best(NUMPY_PACKAGES)) if m is not None]
    ratios = [1.0, *(m.ratio.median for m in shown if m.ratio is not None)]
    if not rows:
        raise RequestError("nothing was timed in this run, so there is nothing to draw; measure a layer first")
    low = floor(log2(max(min(ratios), 1 / WIDEST)))
    high = max(low + 1, ceil(log2(min(max(ratios), WIDEST))))
    variants = list(dict.fromkeys(m.label for cell in run.cells for m in cell.ours()))
    colours = {label: COLOURS[k % len(COLOURS)] for k, label in enumerate(variants)}
    width = LEFT + max(len(functions), 2) * (PANEL + GAP)
    legend = [("ours", label, colours[label]) for label in variants]
    legend += [("package", "best package on NumPy", GREY), ("product", "matrix product", GREY)]
    entries = max(1, (width - LEFT) // ENTRY)
    top = 62 + LINE * ceil(len(legend) / entries)
    bottom = top + LINE * len(rows)
    lines = wrap(conditions(run), int((width - LEFT) / LETTER))
    return fill(
        "svg/bench.svg",
        width=width,
        height=bottom + 24 + 12 * len(lines),
        title=escape(f"Time of one call relative to {reference_of(run)}: left is faster"),
        conditions=[(bottom + 32 + 12 * k, escape(line)) for k, line in enumerate(lines)],
        legend=[
            _mark(kind, LEFT + 4 + ENTRY * (k % entries), 34 + LINE * (k // entries), colour, escape(label))
            for k, (kind, label, colour) in enumerate(legend)
        ],
        rows=[(top + LINE * (k + 0.5) + 4, escape(row)) for k, row in enumerate(rows)],
        left=LEFT,
        top=top,
        bottom=bottom,
        panels=[
            _panel(LEFT + k * (PANEL + GAP), top, rows, [c for c in run.cells if c.function == f], (low, high), colours)
            for k, f in enumerate(functions)
        ],
    )


def _power(k: int) -> str:
    """``2^k`` as one reads it on an axis.

    >>> _power(3), _power(0), _power(-2)
    ('8', '1', '1/4')
    """
    return f"1/{2**-k}" if k < 0 else str(2**k)


def _mark(kind: str, x: float, y: float, colour: str, told: str) -> Mark:
    return Mark(kind, f"{x:.1f}", f"{y:.1f}", f"{x:.1f}", f"{x:.1f}", colour, told)


def _panel(
    start: int,
    top: int,
    rows: Sequence[str],
    cells: Sequence[Cell],
    bounds: tuple[int, int],
    colours: dict[str, str],
) -> dict[str, object]:
    """One direction: its place, its scale, its marks."""
    low, high = bounds

    def across(ratio: float) -> float:
        return start + PANEL * (log2(min(max(ratio, 2.0**low), 2.0**high)) - low) / (high - low)

    marks = []
    for cell in cells:
        packages, product = cell.best(NUMPY_PACKAGES), cell.best(frozenset({MATMUL}))
        shown = [("product", product, GREY), ("package", packages, GREY)]
        shown += [("ours", m, colours[m.label]) for m in cell.ours()]
        for kind, m, colour in shown:
            if m is None or m.ratio is None:
                continue
            told = escape(f"{cell.row}, {FUNCTIONS[cell.function]}: {m.label} {m.ratio.median:.2f}")
            mark = _mark(kind, across(m.ratio.median), top + LINE * (rows.index(cell.row) + 0.5), colour, told)
            ends = {"left": f"{across(m.ratio.lower):.1f}", "right": f"{across(m.ratio.upper):.1f}"}
            marks.append(replace(mark, **ends))
    return {
        "start": start,
        "end": start + PANEL,
        "title": escape(FUNCTIONS[cells[0].function]),
        "ticks": [(f"{across(2.0**k):.1f}", _power(k), k == 0) for k in range(low, high + 1)],
        "marks": marks,
    }
