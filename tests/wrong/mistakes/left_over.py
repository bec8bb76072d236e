"""Wrong left-over rows: missing, zero, or on the wrong side."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

UNEVEN_WINDOWS = BY_NAME["uneven, windows"]
LINE_TAPS = BY_NAME["line, taps"]
AMOUNTS = "(d * (k - 1) - before, d * (k - 1) - after + left_over)"
RESHAPED = "return da.reshape(delta.shape[0], GROUPS * w.shape[1], *size)"
ANY_SHAPE = "return da.reshape(delta.shape[0], GROUPS * w.shape[1], *da.shape[3:])"
SMALLEST = (
    "tuple(s * (o - 1) + d * (k - 1) + 1 - b - e for o, k, s, d, (b, e) in "
    "zip(delta.shape[2:], FILTER_SIZE, STRIDE, DILATION, PADDING))"
)

LEFT_OVER: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_WINDOWS,
        "left-over rows missing",
        IN,
        "dx lacks its last r rows and columns.",
        ("- after + left_over", "- after"),
        (RESHAPED, ANY_SHAPE),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "left-over rows zero",
        IN,
        "The last r rows and columns of dx are filled with zeros.",
        ("- after + left_over", "- after"),
        (
            RESHAPED,
            "da = da.reshape(delta.shape[0], GROUPS * w.shape[1], *da.shape[3:])\n"
            "    return pad(da, [(0, h - n) for h, n in zip(size, da.shape[2:])])",
        ),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "left-over rows before",
        IN,
        "The left-over rows are put before instead of after.",
        (AMOUNTS, "(d * (k - 1) - before + left_over, d * (k - 1) - after)"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "left-over rows of the layer",
        "other_sizes",
        "The left-over rows are those of the layer's own size whatever comes in.",
        (
            "in zip(size, delta.shape[2:]",
            "in zip(INPUT_SIZE, output_size(INPUT_SIZE)",
        ),
    ),
    spoil(
        LINE_TAPS,
        "left-over rows of a neighbour",
        "other_sizes",
        "There are none at the layer's own size; where there are, dx is that much shorter.",
        ("    return da", "    own = " + SMALLEST + "\n    return da[(..., *(slice(h) for h in own))]"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "left-over rows in one axis",
        IN,
        "Only the rows have left-over cells; the columns are filled with zeros.",
        (AMOUNTS, "(d * (k - 1) - before, d * (k - 1) - after + left_over * (s == STRIDE[0]))"),
        (
            RESHAPED,
            "da = da.reshape(delta.shape[0], GROUPS * w.shape[1], *da.shape[3:])\n"
            "    return pad(da, [(0, h - n) for h, n in zip(size, da.shape[2:])])",
        ),
    ),
)
