"""Chinese, Japanese and Korean letters in a line of text: their width, where lines end, where spaces stand.

Lines end at spaces and beside a wide character, but no line begins with closing punctuation or ends with an opening
bracket (JIS X 4051, GB/T 15834). A space stands between an ideograph and a formula or Latin letters, none beside
full-width punctuation.
"""

from __future__ import annotations

import re
from unicodedata import category, east_asian_width

NO_START = frozenset("，。、；：？！）」』】》〉〕”’…·.,;:?!)]}")
"""What no line begins with."""
NO_END = frozenset("（「『【《〈〔“‘([{")
"""What no line ends with."""
HARD = "\u00a0"
"""A space at which no line ends."""


def is_wide(character: str) -> bool:
    """Whether a terminal gives it two columns; the empty text has no such character."""
    return character != "" and east_asian_width(character) in "WF"


def is_ideograph(character: str) -> bool:
    """Whether it is a wide letter, not punctuation."""
    return is_wide(character) and category(character) == "Lo"


def columns(text: str) -> int:
    """How many columns of a terminal the text takes.

    >>> columns("误差项 δ，")
    10
    """
    return sum(2 if is_wide(c) else 1 for c in text)


def padded(text: str, width: int) -> str:
    """The text with spaces after it up to a number of columns."""
    return text + " " * (width - columns(text))


def is_parted(before: str, after: str) -> bool:
    """Whether a space stands between two characters: an ideograph and a Latin letter, a digit or ×."""
    return (is_ideograph(before) and _is_latin(after)) or (_is_latin(before) and is_ideograph(after))


def _is_latin(character: str) -> bool:
    return (character.isascii() and character.isalnum()) or character == "×"


def spaced(text: str) -> str:
    """Spaces where ideographs meet Latin letters or digits.

    >>> spaced("共有16个加权输入")
    '共有 16 个加权输入'
    """
    return "".join(f" {c}" if k and is_parted(text[k - 1], c) else c for k, c in enumerate(text))


def pieces(text: str) -> list[str]:
    """The text cut wherever a line may end; spaces stay at the end of a piece.

    >>> pieces("因此（见 (4)）成立。")
    ['因', '此', '（见 ', '(4)）', '成', '立。']
    """
    found = [""]
    for k, character in enumerate(text):
        if k and _may_end(text[k - 1], character):
            found.append("")
        found[-1] += character
    return [piece for piece in found if piece]


def _may_end(before: str, after: str) -> bool:
    if before == " " or after == " ":
        return after != " "
    return (is_wide(before) or is_wide(after)) and before not in NO_END and after not in NO_START


def filled(text: str, width: int, first: str = "", rest: str = "") -> list[str]:
    """Lines of at most ``width`` columns, with an indent each; a piece that is too long has a line of its own."""
    lines: list[str] = []
    for piece in pieces(re.sub(r"[ \t\n]+", " ", text).strip(" ")):
        if lines and columns(lines[-1]) + columns(piece.rstrip(" ")) <= width:
            lines[-1] += piece
        else:
            lines.append((rest if lines else first) + piece)
    return [line.rstrip(" ") for line in lines]
