"""A run as a picture: for each direction the layers below each other, the time relative to the reference along.

The same record gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, floor, log2
from xml.sax.saxutils import escape

from symconv.bench.record import FUNCTIONS, MATMUL, Cell, Run
from symconv.bench.table import NUMPY_PACKAGES, conditions, reference_of
from symconv.emit import fill
from symconv.errors import RequestError

LEFT, PANEL, GAP, TOP, LINE = 150, 230, 20, 74, 18
COLOURS = ("#0b62a4", "#d1495b", "#2e8b57", "#8e5ea2", "#e08e1b", "#5f6b7a")
"""Of our variants, in the order in which they appear."""
WIDEST = 32.0
"""Packages that are slower than this are drawn at the edge."""


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
    ratios = [m.ratio.median for cell in run.cells for m in cell.measured if m.ratio is not None]
    if not rows or not ratios:
        raise RequestError("nothing was timed in this run, so there is nothing to draw; measure a layer first")
    low = floor(log2(max(min(ratios), 1 / WIDEST)))
    high = max(low + 1, ceil(log2(min(max(ratios), WIDEST))))
    variants = list(dict.fromkeys(m.label for cell in run.cells for m in cell.ours()))
    colours = {label: COLOURS[k % len(COLOURS)] for k, label in enumerate(variants)}
    return fill(
        "svg/bench.svg",
        width=LEFT + len(functions) * (PANEL + GAP),
        height=TOP + LINE * len(rows) + 40,
        title=escape(f"Time of one call relative to {reference_of(run)}: left is faster"),
        conditions=escape(conditions(run)),
        legend=[(LEFT + 150 * k, escape(label), colours[label]) for k, label in enumerate(variants)],
        legend_rest=LEFT + 150 * len(variants),
        rows=[(TOP + LINE * (k + 0.5) + 4, escape(row)) for k, row in enumerate(rows)],
        left=LEFT,
        top=TOP,
        bottom=TOP + LINE * len(rows),
        panels=[
            _panel(k, function, rows, [c for c in run.cells if c.function == function], (low, high), colours)
            for k, function in enumerate(functions)
        ],
    )


def _panel(
    number: int,
    function: str,
    rows: Sequence[str],
    cells: Sequence[Cell],
    bounds: tuple[int, int],
    colours: dict[str, str],
) -> dict[str, object]:
    """One direction: its place, its scale, its marks."""
    start = LEFT + number * (PANEL + GAP)
    low, high = bounds

    def across(ratio: float) -> str:
        position = (log2(min(max(ratio, 2.0**low), 2.0**high)) - low) / (high - low)
        return f"{start + PANEL * position:.1f}"

    marks = []
    for cell in cells:
        if cell.row not in rows:
            continue
        y = f"{TOP + LINE * (rows.index(cell.row) + 0.5):.1f}"
        shown = [("ours", m, colours[m.label]) for m in cell.ours()]
        for kind, names in (("package", NUMPY_PACKAGES), ("product", frozenset({MATMUL}))):
            if best := cell.best(names):
                shown.insert(0, (kind, best, "#888"))
        for kind, m, colour in shown:
            if m.ratio is not None:
                told = escape(f"{cell.row}, {FUNCTIONS[function]}: {m.label} {m.ratio.median:.2f}")
                places = across(m.ratio.median), y, across(m.ratio.lower), across(m.ratio.upper)
                marks.append(Mark(kind, *places, colour, told))
    return {
        "start": start,
        "end": start + PANEL,
        "title": escape(FUNCTIONS[function]),
        "ticks": [(across(2.0**k), f"{2.0**k:g}", k == 0) for k in range(low, high + 1)],
        "marks": marks,
    }
