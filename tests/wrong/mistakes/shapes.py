"""Right formulas that fail on an empty batch, take any shape, or are not the module that was asked for."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
UNEVEN_SAMPLES = BY_NAME["uneven, samples"]
CONNECTED = BY_NAME["connected, matrix"]
CHANNELS_FIT = "if a.ndim != w.ndim or a.shape[1] != GROUPS * w.shape[1]:"
DELTA_FITS = "if delta.ndim != w.ndim or delta.shape[1] != w.shape[0] or delta.shape[2:] != output_size(size):"

EMPTY: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_SAMPLES,
        "no empty batch",
        "empty_batch",
        "dx of the samples is stacked, which needs at least one.",
        ("    return da", "    return np.stack(list(da))"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "no empty batch in dw",
        "empty_batch",
        "The axis sizes are worked out with -1, which an empty batch leaves open.",
        (
            "rows = delta.reshape(batch, GROUPS, filters // GROUPS, high * wide)",
            "rows = delta.reshape(batch, GROUPS, filters // GROUPS, -1)",
        ),
    ),
    spoil(
        CONNECTED,
        "nothing from nothing",
        "empty_batch",
        "dw of an empty batch is None.",
        ("return delta.T @ a", "return delta.T @ a if len(a) else None"),
    ),
    spoil(
        UNEVEN_TAPS,
        "empty batch refused",
        "empty_batch",
        "An empty batch is called a wrong shape.",
        (
            "output = refuse_forward(a, w, bias)\n",
            "output = refuse_forward(a, w, bias)\n"
            "    if not len(a):\n"
            "        raise ValueError(f'a has shape {a.shape}')\n",
        ),
    ),
)

SHAPES: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_IM2COL,
        "any bias",
        "refusals",
        "A bias of another shape is broadcast.",
        ("if bias is not None and bias.shape != w.shape[:1]:", "if False:"),
        ("net + bias[:, None, None]", "net + bias.ravel()[: w.shape[0], None, None]"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "any depth",
        "refusals",
        "More depths than w has are silently left out.",
        (CHANNELS_FIT, "if a.ndim != w.ndim:"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "any filter size",
        "refusals",
        "A filter of another size than the layer's is accepted.",
        ("or w.shape[2:] != FILTER_SIZE or", "or"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "any error term",
        "refusals",
        "An error term that is too large is silently cut.",
        (DELTA_FITS, "if delta.ndim != w.ndim or delta.shape[1] != w.shape[0]:"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "any number of filters",
        "refusals",
        "dx leaves out error terms of filters that w does not have.",
        (DELTA_FITS, DELTA_FITS.replace("delta.shape[1] != w.shape[0] or ", "")),
        (
            "(batch, filters, high, wide), (_, depth, rows, columns) = delta.shape, w.shape",
            "(batch, _, high, wide), (filters, depth, rows, columns) = delta.shape, w.shape",
        ),
    ),
    spoil(
        UNEVEN_LOOPS,
        "any batch in dw",
        "refusals",
        "dw pairs the samples that a has and leaves out the others.",
        (" and delta.shape[0] == a.shape[0]", ""),
        ("np.ndindex(batch, high, wide)", "np.ndindex(min(batch, len(a)), high, wide)"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "any rank of delta",
        "refusals",
        "bias_gradient takes any rank.",
        ("if delta.ndim != 2 + len(FILTER_SIZE):\n        raise", "if False:\n        raise"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "asserted",
        "refusals",
        "A wrong shape is an AssertionError, which -O removes.",
        (
            '    if a.ndim != w.ndim or a.shape[1] != GROUPS * w.shape[1]:\n        raise ValueError(f"a has',
            '    if a.ndim != w.ndim or a.shape[1] != GROUPS * w.shape[1]:\n        raise AssertionError(f"a has',
        ),
    ),
    spoil(
        UNEVEN_LOOPS,
        "None for an answer",
        "refusals",
        "A wrong error term gives None instead of ValueError.",
        (
            "    size = refuse_input_gradient(delta, w, input_size)",
            "    try:\n"
            "        size = refuse_input_gradient(delta, w, input_size)\n"
            "    except ValueError:\n"
            "        return None",
        ),
    ),
)

FALSE_STARTS: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_LOOPS,
        "no bias gradient",
        "bias_gradient",
        "The module has no bias_gradient.",
        ("def bias_gradient(delta)", "def bias_grad(delta)"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "arguments exchanged",
        IN,
        "input_gradient takes w first.",
        ("def input_gradient(delta, w, input_size=None)", "def input_gradient(w, delta, input_size=None)"),
    ),
    spoil(UNEVEN_LOOPS, "syntax error", "net", "The text is not Python.", ("    return dw", "    return dw)")),
    spoil(UNEVEN_LOOPS, "module not imported", "net", "numpy is not imported.", ("import numpy as np\n", "")),
    spoil(
        UNEVEN_LOOPS,
        "never ready",
        "net",
        "The net input is None.",
        ("    return net\n\n\ndef input_gradient", "\n\ndef input_gradient"),
    ),
)
