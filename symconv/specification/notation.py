"""How sizes are written: ``3x32x32``, ``2x1``, ``1:2x0:1``, ``HxW``, and the same in Python and TOML.

Text is read by a pattern, never evaluated. Every refusal is a `RequestError` that shows the value as it was given.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from typing import SupportsIndex, TypeVar

from symconv.errors import RequestError
from symconv.layers.geometry import Size

T = TypeVar("T")

LIMIT_DIMENSIONS = 8
"""The largest number of entries in one list of sizes."""
LIMIT_SHOWN = 40
"""How much of what was given a message repeats."""

NUMBER = re.compile(r"[0-9]{1,20}")
NAME = re.compile(r"[A-Z][A-Z0-9]{0,15}")

FORMS = {
    "input": "sizes joined by x such as 3x3, or upper-case names such as HxW",
    "filter": "sizes joined by x such as 2x2",
    "output": "sizes joined by x such as 4x4",
    "padding": "numbers such as 1 or 1x2, before:after such as 1:2x0:1, same, or valid",
}
"""How the value of a key is written; of any other, a number or one per dimension."""

LETTERS = {
    **{"input": "HW", "filter": "KL", "stride": "S", "dilation": "D", "padding": "PQ", "output_padding": "R"},
    **{"output": "O", "filters": "N", "depth": "C", "batch": "B", "groups": "G"},
}
"""Key → the letters that stand for its size in every formula (THEORY §1, and W and L for a second dimension)."""
OWNERS = {letter: key for key, letters in LETTERS.items() for letter in letters} | {"E": "error"}


def read_sizes(value: object, key: str) -> tuple[Size, ...]:
    """One size or several, as text, as a number or as a list.

    >>> read_sizes("3x32x32", "input"), read_sizes([2, "W"], "input"), read_sizes(2, "stride")
    ((3, 32, 32), (2, 'W'), (2,))
    """
    return tuple(read_size(part, key, value) for part in _parts(value, key))


def read_size(part: object, key: str, whole: object) -> Size:
    """One number or name; ``whole`` is the value it stands in, for the message."""
    if isinstance(part, str):
        if NUMBER.fullmatch(part):
            return int(part)
        if NAME.fullmatch(part):
            return part
    elif isinstance(part, SupportsIndex) and not isinstance(part, bool):
        return operator.index(part)
    raise not_understood(whole, key)


def read_padding(value: object) -> tuple[tuple[Size, Size], ...]:
    """Pairs (before, after) from numbers or pairs; ``valid`` is none at all.

    >>> read_padding("1:2x0"), read_padding(((1, 2), 3))
    (((1, 2), (0, 0)), ((1, 2), (3, 3)))
    """
    if isinstance(value, str) and value.lower() in ("same", "valid") and value != value.lower():
        raise not_understood(value, "padding")
    pairs = []
    for part in _parts(0 if value == "valid" else value, "padding"):
        pair = part.split(":") if isinstance(part, str) else part if isinstance(part, (list, tuple)) else (part,)
        if len(pair) not in (1, 2):
            raise not_understood(value, "padding")
        pairs.append((read_size(pair[0], "padding", value), read_size(pair[-1], "padding", value)))
    return tuple(pairs)


def one_each(values: tuple[T, ...], dimensions: int, key: str) -> tuple[T, ...]:
    """One value for every dimension, or one per dimension."""
    if len(values) not in (1, dimensions):
        raise RequestError(
            f"the {words(key)} has {len(values)} values, but the layer has {dimensions} spatial dimensions; "
            "give one value, or one per dimension"
        )
    return values * dimensions if len(values) == 1 else values


def check_names(sizes: Mapping[str, Sequence[Size]]) -> None:
    """Refuse a name whose letter stands for another size in every formula: ``K`` is no input size."""
    for key, values in sizes.items():
        for name in values:
            owner = OWNERS.get(name.rstrip("0123456789")) if isinstance(name, str) else None
            if owner not in (None, key):
                raise RequestError(
                    f"the {words(key)} {name} bears the letter of the {words(str(owner))} in every formula; "
                    f"give another name, such as {LETTERS[key][0]}"
                )


def not_understood(value: object, key: str) -> RequestError:
    """The refusal of a value that is not written as the key's values are."""
    form = FORMS.get(
        key, "a number" if key in ("filters", "depth", "batch", "groups") else "a number, or one per dimension"
    )
    return RequestError(f"the {words(key)} {quote(value)} is not understood; write {form}")


def quote(value: object) -> str:
    """What was given, on one line and of bounded length.

    >>> quote("2y2"), quote("9" * 50)
    ("'2y2'", "'99999999999999999999999999999999999…'")
    """
    text = value if isinstance(value, str) else repr(value)
    short = text if len(text) <= LIMIT_SHOWN else text[: LIMIT_SHOWN - 5] + "…"
    return repr(short) if isinstance(value, str) else short


def words(key: str) -> str:
    """A key as it reads in a sentence."""
    return {"input": "input size", "filter": "filter size", "output": "output size"}.get(key, key.replace("_", " "))


def _parts(value: object, key: str) -> Sequence[object]:
    parts: Sequence[object]
    match value:
        case str():
            parts = value.split("x")
        case list() | tuple():
            parts = value
        case _:
            parts = (value,)
    if not parts:
        raise not_understood(value, key)
    if len(parts) > LIMIT_DIMENSIONS:
        raise RequestError(f"the {words(key)} {quote(value)} has {len(parts)} entries; give at most {LIMIT_DIMENSIONS}")
    return parts
