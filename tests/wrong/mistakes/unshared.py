"""Wrong layers without shared weights: locally connected and fully connected."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

LOCAL = BY_NAME["local, local cells"]
CONNECTED = BY_NAME["connected, matrix"]
DX_OWN = "own = w[(..., *cell)]\n        share"
TAKEN = "taps.append(np.array(inside, int))"

LOCALLY: tuple[Wrong, ...] = (
    spoil(
        LOCAL,
        "weights shared",
        "net",
        "Every cell uses the filter of the first, as a convolution would.",
        ("own = w[(..., *cell)][", "own = w[(..., *[0] * len(cell))]["),
    ),
    spoil(
        LOCAL,
        "weights shared in dx",
        IN,
        "dx uses the filter of the first cell for all.",
        (DX_OWN, DX_OWN.replace("*cell", "*[0] * len(cell)")),
    ),
    spoil(
        LOCAL,
        "dw summed over cells",
        DW,
        "Every cell's dw is the sum over the cells, as if the weights were shared.",
        ("    return dw", "    dw[...] = dw.sum(axis=(-2, -1), keepdims=True)\n    return dw"),
    ),
    spoil(
        LOCAL,
        "dw of the last cell",
        DW,
        "Only the last cell's dw is kept.",
        ("    return dw", "    dw[..., :-1] = 0\n    return dw"),
    ),
    spoil(
        LOCAL,
        "cells in reverse",
        IN,
        "dx uses the filter of the cell counted from the end.",
        (DX_OWN, DX_OWN.replace("*cell", "*(-1 - i for i in cell)")),
    ),
    spoil(
        LOCAL,
        "cut taps from the start",
        "net",
        "Where the window is cut by the border the first taps are used, not the ones inside.",
        (TAKEN, "taps.append(np.arange(len(inside)))"),
    ),
    spoil(
        LOCAL,
        "bias missing",
        "net",
        "The bias is not added.",
        ("net + bias.reshape(-1, *[1] * len(FILTER_SIZE))", "net"),
    ),
)

DENSE: tuple[Wrong, ...] = (
    spoil(
        CONNECTED,
        "mean over the batch",
        DW,
        "dw is the mean over the batch.",
        ("return delta.T @ a", "return delta.T @ a // max(1, len(a))"),
    ),
    spoil(CONNECTED, "dw transposed", DW, "dw is (depth, filters).", ("return delta.T @ a", "return a.T @ delta")),
    spoil(
        CONNECTED,
        "dx by the transpose",
        IN,
        "dx multiplies by the transpose of w and refuses what does not fit.",
        ("return delta @ w", "return delta @ w.T"),
    ),
    spoil(
        CONNECTED,
        "bias summed over filters",
        "bias_gradient",
        "The bias gradient is summed over the filters.",
        ("delta.sum(axis=0, dtype", "delta.sum(axis=1, dtype"),
    ),
    spoil(
        CONNECTED,
        "bias doubled",
        "net",
        "The bias is added twice.",
        ("net if bias is None else net + bias", "net if bias is None else net + 2 * bias"),
    ),
)
