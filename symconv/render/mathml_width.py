"""How wide MathML is in em of the text around it, estimated from its elements: enough to know where a line must end."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from xml.etree.ElementTree import Element, fromstring

_SCRIPT = 0.72
_SPACES = dict.fromkeys("=≤<>≥≠", 0.56) | dict.fromkeys("+−∘×·:", 0.44)
"""Around relations and operations."""
_CHARACTERS = (
    (",.;:'′·ijl", 0.3),
    ("|()[]{}⌊⌋⌈⌉t", 0.36),
    ("=+−×<>≤≥≠⋯", 0.7),
    ("∑", 1.15),
    ("mwMWHKNOD", 0.75),
)


@lru_cache(maxsize=4096)
def mathml_width(text: str) -> float:
    """The width of elements side by side.

    >>> mathml_width("<mi>x</mi>") < mathml_width("<mi>x</mi><mo>+</mo><mn>1</mn>") < 3
    True
    """
    return _row(fromstring(f"<mrow>{text}</mrow>"))


def _row(parent: Element) -> float:
    return sum(map(_width, parent))


def _width(element: Element) -> float:
    parts = list(element)
    match element.tag:
        case "mi" | "mn" | "mo":
            shown = element.text or ""
            space = _SPACES.get(shown, 0.0) if element.get("lspace") is None else 0.0
            return sum(map(_character, shown)) + space + (0.16 if shown == "," else 0.0)
        case "mspace":
            return float((element.get("width") or "0em").removesuffix("em"))
        case "mfrac":
            return max(map(_width, parts)) * (0.85 if element.get("displaystyle") == "false" else 1.0) + 0.2
        case "msub" | "msup":
            return _width(parts[0]) + _SCRIPT * _width(parts[1])
        case "msubsup":
            return _width(parts[0]) + _SCRIPT * max(map(_width, parts[1:]))
        case "munder" | "munderover":
            return max(_width(parts[0]), *(_SCRIPT * _width(part) for part in parts[1:])) + 0.17
        case "mtable":
            columns: Iterable[tuple[float, ...]] = zip(
                *([_width(cell) for cell in line] for line in parts), strict=True
            )
            return sum(max(column) + 0.8 for column in columns)
        case "msqrt":
            return _row(element) + 0.9
    return _row(element)


def _character(character: str) -> float:
    return next((width for characters, width in _CHARACTERS if character in characters), 0.52)
