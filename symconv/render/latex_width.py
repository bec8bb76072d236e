"""How wide a LaTeX formula is in points at 11 pt, estimated from its text: enough to know where a line must end.

The metrics are those of Computer Modern, rounded up; a test compares the estimate with what TeX measures.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(r"\\(?:[A-Za-z]+|.)|[{}^_&]|\s+|.", re.DOTALL)
_COMMANDS = {
    r"\sum": 16.0,
    r"\cdots": 16.0,
    r"\qquad": 22.0,
    r"\quad": 11.0,
    r"\,": 2.0,
    r"\;": 3.5,
    r"\!": -2.0,
    r"\circ": 11.0,
    r"\cdot": 8.5,
    r"\times": 14.0,
    r"\le": 15.5,
    r"\uparrow": 6.0,
    r"\partial": 6.5,
    r"\delta": 5.5,
    r"\beta": 7.0,
    r"\gcd": 18.0,
    r"\bmod": 28.0,
    r"\bigl": 1.5,
    r"\bigr": 1.5,
    r"\lfloor": 5.0,
    r"\rfloor": 5.0,
    r"\lceil": 5.0,
    r"\rceil": 5.0,
}
_UPRIGHT = (r"\operatorname", r"\mathrm", r"\mathsf", r"\text", r"\substack")
_SHRINK = 0.76
"""Script size against text size, with the space it brings."""
_COLUMN_GAP = 10.0
"""Between two columns of a matrix."""


def latex_width(text: str) -> float:
    """The width in points.

    >>> latex_width("w_{11}") < latex_width("w_{11} + w_{12}") < 50
    True
    """
    return _row([token for token in _TOKEN.findall(text) if not token.isspace()], 0, 1.0)[0]


def _row(tokens: list[str], at: int, scale: float, gap: float = 0.0) -> tuple[float, int]:
    """The width of the tokens up to a closing brace, an environment's end or the end, and where that is.

    Of rows the widest counts; ``gap`` is what parts two columns.
    """
    width = widest = 0.0
    while at < len(tokens) and tokens[at] not in ("}", r"\end"):
        if tokens[at] == r"\\":
            width, widest, at = 0.0, max(width, widest), at + 1
            continue
        if tokens[at] == "&":
            width, at = width + gap, at + 1
            continue
        is_sum = tokens[at] == r"\sum"
        base, at = _item(tokens, at, scale)
        scripts = 0.0
        while at < len(tokens) and tokens[at] in "^_":
            own, at = _item(tokens, at + 1, _script(scale))
            scripts = max(scripts, own)
        width += max(base, scripts) if is_sum else base + scripts
    return max(width, widest), at


def _item(tokens: list[str], at: int, scale: float) -> tuple[float, int]:
    """The width of one glyph, group or command with its arguments, and where it ends."""
    if at >= len(tokens):
        return 0.0, at
    token = tokens[at]
    if token == "{":
        width, end = _row(tokens, at + 1, scale)
        return width, end + 1
    if token in (r"\frac", r"\tfrac"):
        inner = scale if token == r"\frac" and scale == 1.0 else _script(scale)
        top, at = _item(tokens, at + 1, inner)
        bottom, at = _item(tokens, at, inner)
        return max(top, bottom) + 3.0, at
    if token == r"\begin":
        width, end = _row(tokens, _item(tokens, at + 1, scale)[1], scale, _COLUMN_GAP)
        return width + 10.0, _item(tokens, end + 1, scale)[1]
    if token in _UPRIGHT:
        width, at = _item(tokens, at + 1, scale)
        return width + 2.0, at
    return _glyph(token, scale) * scale, at + 1


def _script(scale: float) -> float:
    return max(scale * _SHRINK, 0.5)


def _glyph(token: str, scale: float) -> float:
    """One glyph at text size; signs have space around them, but not in scripts."""
    if token in _COMMANDS:
        return _COMMANDS[token]
    if token.startswith("\\") or token in "{}":
        return 6.0 if len(token) > 2 else 0.0
    if token in "+-=<>":
        return 14.0 if scale == 1.0 else 10.0
    if token.isdigit() or token in "()":
        return 5.5
    if token in "[],.:;'|/":
        return 4.5
    return 9.5 if token.isupper() or token in "wm" else 6.0
