"""The three tables' records: a right formula, a wrong one with the reason, and a text that is no formula at all.

Formulas are in the language of INTERFACE "Formula language". The tables are written in groups of one layer:
``right(layer, {name: formula, …})`` makes one record per line.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from symconv.layers.geometry import Geometry

Keywords = Mapping[str, Any]
Each = int | tuple[int, ...]

REASONS = (
    "rotation",
    "one axis rotated",
    "padding",
    "zero insertion",
    "left-over rows",
    "stride and dilation",
    "index base",
    "channels transposed",
    "sum over filters",
    "batch sum",
    "slope",
    "sign",
    "coefficient",
    "bias",
    "shape",
    "other",
)
"""What is wrong with a formula, in a word; ``other``: no reason can be expected from a reader of the formula."""


@dataclass(frozen=True, slots=True)
class Right:
    """A formula that holds for its layer. ``geometry`` holds the keyword arguments of ``Geometry``."""

    name: str
    formula: str
    geometry: Keywords
    base: int = 0

    @property
    def layer(self) -> Geometry:
        """The geometry as a record."""
        return Geometry(**self.geometry)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A formula that fails for its layer.

    ``also`` names other reasons that describe the same difference. Where the formula, letter for letter, is right for
    another layer or read in another base, ``right_for`` and ``right_base`` are those, and ``when`` says it in words.
    """

    name: str
    formula: str
    geometry: Keywords
    base: int
    reason: str
    also: tuple[str, ...] = ()
    right_for: Keywords | None = None
    right_base: int | None = None
    when: str = ""

    @property
    def layer(self) -> Geometry:
        """The geometry as a record."""
        return Geometry(**self.geometry)


@dataclass(frozen=True, slots=True)
class NoFormula:
    """A text that must be refused by one sentence; ``word`` stands in it, whatever its case.

    ``at`` is the 0-based offset of the character at which the text stops making sense, where there is one such.
    """

    name: str
    formula: str
    geometry: Keywords
    base: int
    word: str
    at: int | None = None

    @property
    def layer(self) -> Geometry:
        """The geometry as a record."""
        return Geometry(**self.geometry)


def layer(
    input_size: tuple[int | str, ...],
    filter_size: tuple[int | str, ...],
    stride: Each = 1,
    padding: int | tuple[tuple[int, int], ...] = 0,
    dilation: Each = 1,
    output_padding: Each = 0,
    **more: Any,
) -> Keywords:
    """Keyword arguments of ``Geometry``; one number stands for every dimension."""
    dimensions = len(input_size)

    def each(value: Each) -> tuple[int, ...]:
        return (value,) * dimensions if isinstance(value, int) else value

    return {
        "input_size": input_size,
        "filter_size": filter_size,
        "stride": each(stride),
        "dilation": each(dilation),
        "padding": ((padding, padding),) * dimensions if isinstance(padding, int) else padding,
        "output_padding": each(output_padding),
        **more,
    }


def dense(**more: Any) -> Keywords:
    """Keyword arguments of a fully connected layer."""
    return layer((), (), kind="dense", **more)


def right(geometry: Keywords, formulas: Mapping[str, str], base: int = 0) -> tuple[Right, ...]:
    """One record per name and formula."""
    return tuple(Right(name, formula, geometry, base) for name, formula in formulas.items())


def wrong(
    reason: str,
    geometry: Keywords,
    formulas: Mapping[str, str],
    *,
    base: int = 0,
    also: tuple[str, ...] = (),
    right_for: Keywords | None = None,
    right_base: int | None = None,
    when: str = "",
) -> tuple[Wrong, ...]:
    """One record per name and formula, all wrong for one reason."""
    return tuple(
        Wrong(f"{reason}: {name}", formula, geometry, base, reason, also, right_for, right_base, when)
        for name, formula in formulas.items()
    )


def no_formula(
    geometry: Keywords, texts: Mapping[str, tuple[str, str] | tuple[str, str, int]], base: int = 0
) -> tuple[NoFormula, ...]:
    """One record per name, text, word and (where there is one) position."""
    return tuple(
        NoFormula(name, row[0], geometry, base, row[1], row[2] if len(row) == 3 else None)
        for name, row in texts.items()
    )


LESSON = layer((3, 3), (2, 2))
NO_BIAS = layer((3, 3), (2, 2), bias=False)
SAME = layer((4, 4), (3, 3), padding=1)
NOT_SQUARE = layer((4, 5), (2, 3), depth=2, filters=3, batch=2)
FULL = layer((5, 4), (3, 2), stride=(2, 1), padding=((1, 0), (0, 1)), depth=2, filters=3, batch=2)
CHANNELS = layer((4,), (2,), depth=2, filters=3, batch=2)
EQUAL_CHANNELS = layer((4,), (2,), depth=2, filters=2, batch=2)
STRIDE = layer((5, 5), (3, 3), stride=2, padding=1, depth=2, filters=2)
LINE = layer((5,), (3,), depth=2, filters=2, batch=2)
STRIDED_LINE = layer((8,), (3,), stride=2, padding=1, depth=2, filters=2, batch=2)
LEFT_OVER = layer((6, 6), (3, 3), stride=2, padding=1, filters=2)
LEFT_OVER_LINE = layer((7,), (2,), stride=3)
DILATED = layer((7,), (3,), dilation=2, filters=2)
STRIDE_AND_DILATION = layer((9,), (3,), stride=2, padding=((2, 3),), dilation=3, depth=2, filters=2, batch=2)
CUBE = layer((3, 4, 2), (2, 2, 1), stride=(1, 2, 1), filters=2)
FLIPPED = layer((4, 4), (2, 2), flip=True, filters=2)
WIDE_PADDING = layer((3,), (2,), padding=((3, 2),))
GROUPS = layer((5,), (2,), stride=2, depth=4, filters=6, groups=2, batch=2)
DEPTHWISE = layer((4, 3), (2, 2), depth=3, filters=3, groups=3, batch=2)
LOCALLY = layer((6,), (3,), stride=2, depth=2, filters=2, batch=2, kind="locally-connected")
LOCALLY_PLANE = layer((4, 3), (2, 2), stride=(2, 1), kind="locally-connected")
TRANSPOSED = layer(
    (3,), (3,), stride=2, padding=((1, 0),), output_padding=1, depth=2, filters=3, batch=2, kind="conv-transpose"
)
TRANSPOSED_NO_BIAS = layer((3, 2), (3, 2), stride=2, depth=2, filters=2, bias=False, kind="conv-transpose")
AVERAGE = layer((4, 4), (2, 2), stride=2, depth=2, bias=False, kind="avg-pool")
AVERAGE_OVERLAPPING = layer((6,), (3,), stride=2, padding=((1, 0),), depth=2, batch=2, bias=False, kind="avg-pool")
DENSE = dense(depth=4, filters=3, batch=2)
DENSE_SQUARE = dense(depth=3, filters=3, batch=2)
NAMED = layer(("H", "W"), (3, 3), padding=1)
NAMED_STRIDE = layer(("H",), (3,), stride=2, depth=2, filters=2)
NAMED_FILTER = layer(("H",), ("K",))
