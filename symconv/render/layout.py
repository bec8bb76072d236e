"""Lines: a formula as pieces that are never cut, in groups that are cut only where they do not fit (Wadler 2003)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Group:
    """Pieces and groups in order; a line may end between any two where the whole does not fit."""

    parts: tuple[Part, ...]


Part = str | Group


def text_of(part: Part) -> str:
    """The pieces side by side."""
    return part if isinstance(part, str) else "".join(text_of(p) for p in part.parts)


def fill(part: Part, widths: tuple[float, float], measure: Callable[[str], float]) -> list[str]:
    """The pieces in lines: the first of one width, all others of another.

    A part that fits into what is left of a line stays there, one that fits into a line of its own gets it, any other
    is cut. A single piece that is too wide overflows: nobody can cut it; and nothing that closes starts a line.
    """
    lines = [""]
    used = 0.0

    def place(current: Part) -> None:
        nonlocal used
        text = text_of(current)
        width = measure(text)
        limit = widths[0] if len(lines) == 1 else widths[1]
        closes = isinstance(current, str) and current.startswith((")", ",", "}"))
        # Where the first line is the shorter one (a long left side), it may stay empty.
        stuck = isinstance(current, str) and not lines[-1] and limit >= widths[1]
        if used + width <= limit or closes or stuck:
            lines[-1] += text
            used += width
        elif isinstance(current, str) or width <= widths[1]:
            lines.append(text)
            used = width
        else:
            for inner in current.parts:
                place(inner)

    place(part)
    return [line.strip() for k, line in enumerate(lines) if k == 0 or line.strip()]
