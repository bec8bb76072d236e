"""Matrices in plain text: blocks of lines that stand beside each other, aligned at their middle line."""

from __future__ import annotations

from collections.abc import Sequence

Block = list[str]
"""Lines of one width."""
_GAP = 3


def bracketed(rows: Sequence[Sequence[str]]) -> Block:
    """The entries in columns, each flush right, between brackets as high as they are.

    >>> print(*bracketed([["1", "-2"], ["10", "0"]]), sep="\\n")
    ⎡ 1  -2⎤
    ⎣10   0⎦
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    inner = ["  ".join(entry.rjust(width) for entry, width in zip(row, widths, strict=True)) for row in rows]
    if len(inner) == 1:
        return [f"[{inner[0]}]"]
    edges = [("⎡", "⎤"), *[("⎢", "⎥")] * (len(inner) - 2), ("⎣", "⎦")]
    return [left + line + right for (left, right), line in zip(edges, inner, strict=True)]


def beside(*blocks: Block) -> Block:
    """Blocks side by side, their middle lines on one line.

    >>> print(*beside(["w = "], ["⎡1⎤", "⎢2⎥", "⎣3⎦"]), sep="\\n")
        ⎡1⎤
    w = ⎢2⎥
        ⎣3⎦
    """
    above = max(_middle(block) for block in blocks)
    below = max(len(block) - _middle(block) for block in blocks)
    lines = [""] * (above + below)
    for block in blocks:
        start = above - _middle(block)
        for k in range(len(lines)):
            inside = 0 <= k - start < len(block)
            lines[k] += block[k - start] if inside else " " * len(block[0])
    return lines


def flow(blocks: Sequence[Block], width: int) -> list[str]:
    """Blocks side by side as far as they fit, the others below them, a blank line between where they are high."""
    rows: list[list[Block]] = []
    used = width + 1
    for block in blocks:
        if used + _GAP + len(block[0]) > width:
            rows.append([])
            used = -_GAP
        rows[-1].append(block)
        used += _GAP + len(block[0])
    lines: list[str] = []
    for row in rows:
        parts = [part for block in row for part in ([" " * _GAP], block)][1:]
        lines += ([""] if lines else []) + [line.rstrip() for line in beside(*parts)]
    return lines


def _middle(block: Block) -> int:
    return (len(block) - 1) // 2
