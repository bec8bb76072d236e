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


def prefixed(text: str, part: Part) -> Part:
    """The part with a text before it that no line end may part from it: a sign, an opening bracket."""
    if isinstance(part, str):
        return text + part
    return Group((prefixed(text, part.parts[0]), *part.parts[1:]))


def suffixed(part: Part, text: str) -> Part:
    """The part with a text after it that no line end may part from it: a comma, a closing bracket."""
    if isinstance(part, str):
        return part + text
    return Group((*part.parts[:-1], suffixed(part.parts[-1], text)))


def separated(parts: list[Part], separator: str) -> Part:
    """Parts side by side, each but the last followed by the separator."""
    return Group((*(suffixed(part, separator) for part in parts[:-1]), parts[-1]))


def fill(part: Part, widths: tuple[float, float], measure: Callable[[str], float]) -> list[str]:
    """The pieces in lines: the first of one width, all others of another.

    A part that fits into what is left of a line stays there, one that fits into a line of its own gets it, any other
    is cut. A single piece that is too wide overflows: nobody can cut it.
    """
    lines = [""]
    used = 0.0

    def place(current: Part) -> None:
        nonlocal used
        text = text_of(current)
        width = measure(text)
        limit = widths[0] if len(lines) == 1 else widths[1]
        # Where the first line is the shorter one (a long left side), it may stay empty.
        stuck = isinstance(current, str) and not lines[-1] and limit >= widths[1]
        if used + width <= limit or stuck:
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
