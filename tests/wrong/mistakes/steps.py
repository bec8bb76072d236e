"""Wrong steps: a stride or a dilation that is forgotten, exchanged, or used where it does not belong."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, DW_COLUMN, DW_ROW, DX_COLUMN, DX_ROW, IN, NET_COLUMN, NET_ROW
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_WINDOWS = BY_NAME["uneven, windows"]
DILATED_LOOPS = BY_NAME["dilated, loops"]
DILATED_TAPS = BY_NAME["dilated, taps"]
LINE = BY_NAME["line, strided line"]

STRIDE: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_LOOPS,
        "no stride in dx",
        IN,
        "Rows of dx take the stride for 1.",
        (DX_ROW, DX_ROW.replace("STRIDE[0])", "1)")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no column stride in dx",
        IN,
        "Columns of dx take the stride for 1.",
        (DX_COLUMN, DX_COLUMN.replace("STRIDE[1])", "1)")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no stride in dw",
        DW,
        "Rows of dw take the stride for 1.",
        (DW_ROW, DW_ROW.replace("STRIDE[0] * i", "i")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no column stride in dw",
        DW,
        "Columns of dw take the stride for 1.",
        (DW_COLUMN, DW_COLUMN.replace("STRIDE[1] * j", "j")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no stride in forward",
        "net",
        "The columns of the net input are read at stride 1.",
        (NET_COLUMN, NET_COLUMN.replace("STRIDE[1] * j", "j")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "strides swapped in forward",
        "net",
        "Rows step by the column stride and columns by the row stride.",
        (NET_ROW, NET_ROW.replace("STRIDE[0]", "STRIDE[1]")),
        (NET_COLUMN, NET_COLUMN.replace("STRIDE[1]", "STRIDE[0]")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "strides swapped in dw",
        DW,
        "dw reads a with the two strides exchanged.",
        (DW_ROW, DW_ROW.replace("STRIDE[0]", "STRIDE[1]")),
        (DW_COLUMN, DW_COLUMN.replace("STRIDE[1]", "STRIDE[0]")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "no divisibility",
        IN,
        "Positions between two strides count as the one before.",
        ("if uneven or not 0 <= i < high", "if not 0 <= i < high"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "one zero too many",
        IN,
        "S instead of S-1 zeros stand between neighbours.",
        ("(s * (o - 1) + 1 for o, s", "((s + 1) * (o - 1) + 1 for o, s"),
        ("spread[:, :, :: STRIDE[0], :: STRIDE[1]]", "spread[:, :, :: STRIDE[0] + 1, :: STRIDE[1] + 1]"),
        ("return da.reshape(delta", "da = da[..., : size[0], : size[1]]\n    return da.reshape(delta"),
    ),
    spoil(
        LINE,
        "one zero too few",
        IN,
        "Neighbours of the error term spread at S-1 cells.",
        (
            ": start + STRIDE[0] * (length - 1) + 1 : STRIDE[0]]",
            ": start + (STRIDE[0] - 1) * (length - 1) + 1 : STRIDE[0] - 1]",
        ),
    ),
)

DILATION: tuple[Wrong, ...] = (
    spoil(
        DILATED_LOOPS,
        "no dilation in dx",
        IN,
        "Rows of dx take the dilation for 1.",
        (DX_ROW, DX_ROW.replace("DILATION[0] * p", "p")),
    ),
    spoil(
        DILATED_LOOPS,
        "no dilation in dw",
        DW,
        "Rows of dw take the dilation for 1.",
        (DW_ROW, DW_ROW.replace("DILATION[0] * p", "p")),
    ),
    spoil(
        DILATED_LOOPS,
        "no dilation in forward",
        "net",
        "Columns of the net input take the dilation for 1.",
        (NET_COLUMN, NET_COLUMN.replace("DILATION[1] * q", "q")),
    ),
    spoil(
        DILATED_LOOPS,
        "stride for dilation in dw",
        DW,
        "Stride and dilation are exchanged in dw.",
        (DW_ROW, "x = DILATION[0] * i - PADDING[0][0] + STRIDE[0] * p"),
    ),
    spoil(
        DILATED_LOOPS,
        "stride for dilation in dx",
        IN,
        "Stride and dilation are exchanged in dx.",
        (DX_ROW, "divmod(x + PADDING[0][0] - STRIDE[0] * p, DILATION[0])"),
    ),
    spoil(
        DILATED_TAPS,
        "dilations swapped",
        "net",
        "Every function exchanges the two dilations.",
        (
            "zip(tap, size, output, STRIDE, DILATION, PADDING)",
            "zip(tap, size, output, STRIDE, DILATION[::-1], PADDING)",
        ),
    ),
    spoil(
        LINE,
        "no dilation on a line",
        IN,
        "dx of the line takes the dilation for 1.",
        ("start = DILATION[0] * p", "start = p"),
    ),
    spoil(
        LINE,
        "taps reversed on a line",
        IN,
        "dx of the line reads the last tap first.",
        ("share[..., p]", "share[..., -1 - p]"),
    ),
)
