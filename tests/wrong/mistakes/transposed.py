"""Wrong transposed convolution."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

SCATTER = BY_NAME["transposed, scatter"]
SPREAD = BY_NAME["transposed, transposed windows"]

TRANSPOSED: tuple[Wrong, ...] = (
    spoil(
        SPREAD,
        "no output padding",
        "net",
        "The rows and columns of the output padding are missing.",
        ("+ 2 * d * (k - 1) + extra", "+ 2 * d * (k - 1)"),
    ),
    spoil(
        SCATTER,
        "output padding empty",
        "net",
        "The output padding holds the bias only.",
        (
            "    return net\n\n\ndef input_gradient",
            "    extra = (..., slice(output[0] - OUTPUT_PADDING[0], None), slice(None))\n"
            "    net[extra] = 0 if bias is None else bias.reshape(-1, 1, 1)\n"
            "    extra = (..., slice(output[1] - OUTPUT_PADDING[1], None))\n"
            "    net[extra] = 0 if bias is None else bias.reshape(-1, 1, 1)\n"
            "    return net\n\n\n"
            "def input_gradient",
        ),
    ),
    spoil(
        SPREAD,
        "output padding before",
        "net",
        "The output padding is put before the cells instead of after.",
        (
            "starts = [d * (k - 1) for k, d in zip(FILTER_SIZE, DILATION)]",
            "starts = [d * (k - 1) + e for k, d, e in zip(FILTER_SIZE, DILATION, OUTPUT_PADDING)]",
        ),
    ),
    spoil(
        SPREAD,
        "no rotation in forward",
        "net",
        "The spread input is correlated with the filter as it stands.",
        ("w[:, :, ::-1, ::-1]", "w"),
    ),
    spoil(
        SPREAD,
        "rotation in dx",
        IN,
        "dx correlates with the rotated filter.",
        ("read(delta, size), w)", "read(delta, size), w[:, :, ::-1, ::-1])"),
    ),
    spoil(
        SPREAD,
        "padding added",
        IN,
        "dx and dw read delta as if nothing had been cut off before it.",
        ("padded[:, :, top : top + high, left : left + wide] = delta", "padded[:, :, : high, : wide] = delta"),
    ),
    spoil(
        SCATTER,
        "stride missing",
        "net",
        "Input cells spread side by side.",
        ("s * x + d * p - before", "x + d * p - before"),
    ),
    spoil(SPREAD, "bias missing", "net", "The bias is not added.", ("net + bias[:, None, None]", "net")),
    spoil(
        SPREAD,
        "dw transposed",
        DW,
        "dw is laid out (filters, depth) as in a convolution.",
        ('"bcij,bnijpq->cnpq"', '"bcij,bnijpq->ncpq"'),
    ),
    spoil(
        SCATTER,
        "weights of a convolution",
        "net",
        "w is expected as (filters, depth).",
        ("output = refuse_forward(a, w, bias)", "w = w.swapaxes(0, 1)\n    output = refuse_forward(a, w, bias)"),
    ),
    spoil(
        SPREAD,
        "starts exchanged",
        IN,
        "dx and dw put delta back with the paddings of the two axes exchanged.",
        (
            "padded[:, :, top : top + high, left : left + wide] = delta",
            "padded[:, :, left : left + high, top : top + wide] = delta",
        ),
    ),
)
