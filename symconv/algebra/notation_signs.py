"""The signs of typeset text brought to those of the grammar, one for one, so that positions stay what they are."""

from __future__ import annotations

INDEX_X = "\ue000"
"""The index x of ``2x`` in a subscript, told from the sign between the amounts of ``pad(a, 2x3)``."""
SAME = str.maketrans({"−": "-", "∑": "Σ", "⋅": "·", "∗": "*"})
"""Signs that typeset text has in the place of those of the language, one for one, so that positions stay."""

NEAR = 32
"""So many characters after a sign are looked at."""


def plain(text: str) -> str:
    """The text in the signs of the grammar, as long as before.

    ``×`` stands between amounts where a number, a size or a bracket is on both sides within a call, else it multiplies.
    """
    text = text.translate(SAME)
    found = list(text)
    open_: list[str] = []
    for at, sign in enumerate(text):
        if sign not in "([])x×":
            continue
        before, after = text[:at].rstrip(), text[at + 1 : at + NEAR].lstrip()
        if sign in "([":
            open_.append(sign if sign == "[" or (before[-1:].isalnum() or before[-1:] == "↑") else "group")
        elif sign in ")]" and open_:
            open_.pop()
        elif sign == "x" and open_ and "[" in open_ and before and before[-1].isdigit() and not _in_name(before):
            found[at] = INDEX_X
        elif sign == "×":
            amounts = open_[-1:] == ["("] and before[-1:].isalnum() and after[:1].isalnum()
            is_plain = not (before[-1:].islower() or after[:1].islower())
            found[at] = "x" if amounts and is_plain else "*"
    return "".join(found)


def _in_name(before: str) -> bool:
    """Whether digits at the end belong to a name, as in ``i2``."""
    stem = before.rstrip("0123456789.")
    return bool(stem) and (stem[-1].isalpha() or stem[-1] == "_")
