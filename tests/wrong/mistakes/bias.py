"""Wrong bias, forward and backward."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import BIAS_SUM
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
UNEVEN_SAMPLES = BY_NAME["uneven, samples"]

BIAS: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_SAMPLES,
        "no bias means ones",
        "no_bias",
        "Where the bias is left out, 1 is added.",
        ("(0 if bias is None else", "(1 if bias is None else"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "bias needed by the class",
        "no_bias",
        "The class cannot be made without a bias.",
        ("def __init__(self, w, bias=None)", "def __init__(self, w, bias)"),
    ),
    spoil(TEXTBOOK, "bias missing", "net", "The bias is not added.", ("net + bias[:, None, None]", "net")),
    spoil(
        UNEVEN_IM2COL,
        "bias along columns",
        "net",
        "The bias runs along the columns; there are as many as filters.",
        ("net + bias[:, None, None]", "net + bias"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias subtracted",
        "net",
        "The bias is a threshold that is subtracted.",
        ("net + bias[:, None, None]", "net - bias[:, None, None]"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "bias per depth",
        "net",
        "The bias is added once per depth.",
        ("net[b, n, i, j] += bias[n]", "net[b, n, i, j] += depth * bias[n]"),
    ),
    spoil(
        UNEVEN_SAMPLES,
        "first bias for all",
        "net",
        "Every filter gets the first filter's bias.",
        ("else bias[n])", "else bias[0])"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias needed",
        "no_bias",
        "Without a bias the forward pass fails.",
        ("return net if bias is None else net + bias[:, None, None]", "return net + bias[:, None, None]"),
    ),
    spoil(
        TEXTBOOK,
        "bias gradient of one sample",
        "other_channels",
        "The bias gradient is not summed over the batch.",
        (BIAS_SUM, "delta[:1].sum(axis=(0, *range(2, delta.ndim)), dtype=delta.dtype)"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias gradient not summed",
        "bias_gradient",
        "The bias gradient is summed over the batch only.",
        (BIAS_SUM, "delta.sum(axis=0, dtype=delta.dtype)"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias gradient per column",
        "bias_gradient",
        "The bias gradient is summed over the filters instead of the columns, which are as many.",
        (BIAS_SUM, "delta.sum(axis=(0, 1, 2), dtype=delta.dtype)"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias gradient as a mean",
        "bias_gradient",
        "The bias gradient is the mean over the positions.",
        (BIAS_SUM, BIAS_SUM + " // (delta.shape[2] * delta.shape[3])"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias gradient with axes kept",
        "bias_gradient",
        "The bias gradient keeps axes of length one.",
        ("dtype=delta.dtype)\n\n\ndef activation", "dtype=delta.dtype, keepdims=True)\n\n\ndef activation"),
    ),
)
