"""Wrong padding: too much, too little, on the wrong side, of the wrong axis, or not cropped."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, DW_ROW, DX_COLUMN, DX_ROW, IN, NET_ROW
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
UNEVEN_SAMPLES = BY_NAME["uneven, samples"]
WIDE = BY_NAME["wide padding, windows"]
AMOUNTS = "(d * (k - 1) - before, d * (k - 1) - after + left_over)"
RESHAPED = "return da.reshape(delta.shape[0], GROUPS * w.shape[1], *size)"

PADDING: tuple[Wrong, ...] = (
    spoil(
        TEXTBOOK,
        "frame of K",
        IN,
        "The error term is padded with K instead of K-1 zeros.",
        ("FILTER_SIZE[0] - 1, FILTER_SIZE[1] - 1", "FILTER_SIZE[0], FILTER_SIZE[1]"),
        ("rot180(w[n, c]))", "rot180(w[n, c]))[: size[0], : size[1]]"),
    ),
    spoil(
        TEXTBOOK,
        "frame too small",
        IN,
        "Padding by K-2 makes a result of another size.",
        ("FILTER_SIZE[0] - 1, FILTER_SIZE[1] - 1", "FILTER_SIZE[0] - 2, FILTER_SIZE[1] - 2"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "off by one in forward",
        "net",
        "The net input reads one row further down.",
        (NET_ROW, NET_ROW + " + 1"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "off by one in dx",
        IN,
        "dx takes the padding before for one more than it is.",
        (DX_ROW, DX_ROW.replace("PADDING[0][0]", "PADDING[0][0] + 1")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "one-based index in dw",
        DW,
        "The formula of a 1-based lesson is read 0-based.",
        (DW_ROW, DW_ROW + " - 1"),
    ),
    spoil(
        UNEVEN_TAPS,
        "off by one everywhere",
        "net",
        "All functions agree on a padding one too small.",
        ("offset = d * p - before", "offset = d * p - before + 1"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "padding of the other axis",
        IN,
        "Columns of dx use the padding of the rows.",
        (DX_COLUMN, DX_COLUMN.replace("PADDING[1][0]", "PADDING[0][0]")),
    ),
    spoil(
        UNEVEN_TAPS,
        "padding after for before",
        "net",
        "The padding after is taken for the padding before.",
        ("PADDING):\n        offset", "[(after, before) for before, after in PADDING]):\n        offset"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no padding in dw",
        DW,
        "dw reads a as if there were no padding.",
        (DW_ROW, DW_ROW.replace("- PADDING[0][0] ", "")),
    ),
    spoil(
        UNEVEN_SAMPLES,
        "padding not cropped in dx",
        IN,
        "dx starts at the first padded row.",
        ("result[...] = middle", "result[...] = padded[:, : size[0], : size[1]]"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "reads wrap around",
        "net",
        "A row before the first is read from the end of the input.",
        (
            "if 0 <= x < height and 0 <= y < width:\n                net[",
            "if x < height and 0 <= y < width:\n                net[",
        ),
    ),
    spoil(
        UNEVEN_IM2COL,
        "padded with ones",
        "net",
        "The padding holds 1 instead of 0, in dw too.",
        ("grown = np.zeros(", "grown = np.ones("),
    ),
    spoil(
        UNEVEN_IM2COL,
        "border repeated",
        "net",
        "The padding repeats the border of the input, in dw too.",
        ("cells = pad(a, PADDING)[", 'cells = np.pad(a, ((0, 0), (0, 0), *PADDING), mode="edge")['),
    ),
    spoil(
        WIDE,
        "no cropping",
        IN,
        "Padding wider than K-1 would have to crop the error term, and does not.",
        (AMOUNTS, "(max(0, d * (k - 1) - before), max(0, d * (k - 1) - after + left_over))"),
        (RESHAPED, "da = da[..., : size[0], : size[1]]\n    " + RESHAPED),
    ),
    spoil(
        WIDE,
        "cropped on one side",
        IN,
        "Padding wider than K-1 crops the end but not the beginning.",
        (AMOUNTS, "(abs(d * (k - 1) - before), d * (k - 1) - after + left_over)"),
        (RESHAPED, "da = da[..., : size[0], : size[1]]\n    " + RESHAPED),
    ),
)
