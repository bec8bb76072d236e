"""Right formulas, wrong memory: arrays that are shared, kept, written to, or read in the wrong order."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import BIAS_SUM
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
LESSON_LOOPS = BY_NAME["lesson, loops"]
UNEVEN_WINDOWS = BY_NAME["uneven, windows"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]
LINE = BY_NAME["line, strided line"]
LESSON_WINDOWS = BY_NAME["lesson, windows"]
SINGLE = BY_NAME["single output, taps"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
GROUPED_SAMPLES = BY_NAME["grouped, samples"]
UNEVEN_SAMPLES = BY_NAME["uneven, samples"]
LOOPS_DW = "dw = np.zeros((filters, depth, *FILTER_SIZE), np.result_type(delta, a))"
TAPS_DX = "da = np.zeros((delta.shape[0], GROUPS * w.shape[1], *size), np.result_type(delta, w))"
TAPS_END = "terms[outputs])\n    return da"

MEMORY: tuple[Wrong, ...] = (
    spoil(
        GROUPED_SAMPLES,
        "stale border",
        "purity",
        "The padded input is a scratch array of the module whose border keeps cells of a larger input before.",
        (
            "for sample, result in zip(a, net):\n        padded, middle = empty_padded(",
            "for sample, result in zip(a, net):\n        padded, middle = scratch(",
        ),
        (
            "\ndef net_input(",
            "\nSCRATCH = {}\n\n\n"
            "def scratch(channels, size, dtype):\n"
            "    (top, bottom), (left, right) = PADDING\n"
            "    wide = SCRATCH.setdefault((channels, dtype), np.zeros((channels, 99, 99), dtype))\n"
            "    padded = wide[:, : top + size[0] + bottom, : left + size[1] + right]\n"
            "    return padded, padded[:, top : top + size[0], left : left + size[1]]\n\n\n"
            "def net_input(",
        ),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "input remembered",
        "purity",
        "weight_gradient reads the input of the last net_input, not the one it is given.",
        ("    refuse_forward(a, w, bias)\n", "    refuse_forward(a, w, bias)\n    LAST[:] = [a]\n"),
        (
            "    refuse_weight_gradient(delta, a)\n",
            "    refuse_weight_gradient(delta, a)\n    a = LAST[0] if LAST and LAST[0].shape == a.shape else a\n",
        ),
        ("\ndef net_input(", "\nLAST = []\n\n\ndef net_input("),
    ),
    spoil(
        LESSON_LOOPS,
        "gradient piles up",
        "purity",
        "dw is kept in the module and never cleared.",
        ("\ndef weight_gradient(delta, a):", "\nBUFFERS = {}\n\n\ndef weight_gradient(delta, a):"),
        (
            LOOPS_DW,
            LOOPS_DW.replace("dw = ", "dw = BUFFERS.setdefault((filters, depth, np.result_type(delta, a)), ") + ")",
        ),
    ),
    spoil(
        LESSON_LOOPS,
        "buffer returned twice",
        "purity",
        "dw is one array of the module, cleared and handed out at every call.",
        ("\ndef weight_gradient(delta, a):", "\nBUFFERS = {}\n\n\ndef weight_gradient(delta, a):"),
        (
            LOOPS_DW,
            LOOPS_DW.replace("dw = ", "dw = BUFFERS.setdefault((filters, depth, np.result_type(delta, a)), ")
            + ")\n    dw[...] = 0",
        ),
    ),
    spoil(
        UNEVEN_TAPS,
        "first answer remembered",
        "purity",
        "dx is cached by shape alone.",
        (
            TAPS_DX,
            "key = (delta.shape, w.shape, size, delta.dtype)\n"
            "    if key in CACHE:\n"
            "        return CACHE[key].copy()\n"
            "    " + TAPS_DX,
        ),
        (TAPS_END, "terms[outputs])\n    CACHE[key] = da.copy()\n    return da"),
        ("\ndef net_input(", "\nCACHE = {}\n\n\ndef net_input("),
    ),
    spoil(
        SINGLE,
        "view of what came in",
        "purity",
        "With one output cell and one sample the bias gradient is a view of delta.",
        (
            "    return " + BIAS_SUM,
            "    if delta.size == delta.shape[1]:\n        return delta.reshape(-1)\n    return " + BIAS_SUM,
        ),
    ),
    spoil(
        LESSON_WINDOWS,
        "weights rotated in place",
        "untouched",
        "input_gradient rotates w itself.",
        ("rotated = w[:, :, ::-1, ::-1]\n", "w[...] = w[:, :, ::-1, ::-1].copy()\n    rotated = w\n"),
    ),
    spoil(
        LESSON_WINDOWS,
        "weights rotated and back",
        "untouched",
        "input_gradient rotates w itself and back again: not for read-only arrays, not for two threads.",
        (
            "rotated = w[:, :, ::-1, ::-1]\n",
            "w[...] = w[:, :, ::-1, ::-1].copy()\n    rotated = w.copy()\n    w[...] = w[:, :, ::-1, ::-1].copy()\n",
        ),
    ),
    spoil(
        UNEVEN_SAMPLES,
        "input cleared",
        "untouched",
        "weight_gradient clears the cells of a that it has used.",
        (
            "        middle[...] = sample\n        for n, i, j in np.ndindex(terms.shape):",
            "        middle[...] = sample\n        sample[...] = 0\n        for n, i, j in np.ndindex(terms.shape):",
        ),
    ),
    spoil(
        TEXTBOOK,
        "error term scaled",
        "untouched",
        "bias_gradient doubles delta in place and halves the sum.",
        ("    return " + BIAS_SUM, "    delta *= 2\n    return " + BIAS_SUM + " // 2"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "bias added in place",
        "untouched",
        "The bias is overwritten by the net input's mean bias.",
        (
            "return net if bias is None else net + bias[:, None, None]",
            "net = net if bias is None else net + bias[:, None, None]\n"
            "    if bias is not None:\n"
            "        bias -= bias // 2\n"
            "    return net",
        ),
    ),
    spoil(
        LINE,
        "contiguous only",
        "layouts",
        "The line is read by strides that hold for contiguous arrays only.",
        ("line = pad(a, PADDING)\n", "flat = a.ravel(order='K').reshape(a.shape)\n    line = pad(flat, PADDING)\n"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "order of memory",
        "layouts",
        "delta is flattened in the order it has in memory.",
        ("rows = delta.reshape(batch,", "rows = delta.ravel(order='A').reshape(batch,"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "contiguous or refused",
        "layouts",
        "A shape is set in place, which raises for arrays that are not contiguous.",
        (
            "rows = delta.reshape(batch, GROUPS, filters // GROUPS, high * wide)",
            "rows = delta.view()\n    rows.shape = (batch, GROUPS, filters // GROUPS, high * wide)",
        ),
    ),
)
