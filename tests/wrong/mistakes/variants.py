"""Mistakes that only the rarer layers can show: true convolution, three dimensions, counted padding, no bias."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

FLIPPED = BY_NAME["flipped, taps flipped"]
SOLID = BY_NAME["solid, taps"]
COUNTED = BY_NAME["counted, pool counted"]
UNBIASED = BY_NAME["unbiased, taps"]

DX_TAP = "weights[(..., *tap)], terms[outputs]"
NET_TAP = "weights[(..., *tap)], cells[positions]"
DW_TAP = "sums[(..., *tap)] ="
MIRRORED = "(..., *(k - 1 - p for p, k in zip(tap, FILTER_SIZE)))"
ZIPPED = "zip(tap, size, output, STRIDE, DILATION, PADDING)"

VARIANTS: tuple[Wrong, ...] = (
    spoil(
        FLIPPED,
        "flip ignored",
        "net",
        "Cross-correlation where true convolution was asked for; all functions agree.",
        ("d * (k - 1 - p) - before", "d * p - before"),
    ),
    spoil(
        FLIPPED,
        "flip ignored in dx",
        IN,
        "dx rotates the filter, which is right for cross-correlation only.",
        (DX_TAP, f"weights[{MIRRORED}], terms[outputs]"),
    ),
    spoil(
        FLIPPED,
        "flip ignored in dw",
        DW,
        "dw comes out as that of cross-correlation.",
        (DW_TAP, f"sums[{MIRRORED}] ="),
    ),
    spoil(
        FLIPPED,
        "rows flipped only",
        "net",
        "Only the row axis is flipped; all functions agree.",
        ("d * (k - 1 - p) - before", "d * (k - 1 - p if k == 3 else p) - before"),
    ),
    spoil(
        SOLID,
        "third stride ignored",
        "net",
        "The stride of the third dimension is taken for 1; all functions agree.",
        (ZIPPED, "zip(tap, size, output, (*STRIDE[:2], 1), DILATION, PADDING)"),
    ),
    spoil(
        SOLID,
        "third axis reversed",
        IN,
        "The third axis of the filter is reversed in dx.",
        (DX_TAP, "weights[(..., *tap[:2], -1 - tap[2])], terms[outputs]"),
    ),
    spoil(
        SOLID,
        "third taps doubled in dw",
        DW,
        "dw is doubled at the last tap of the third axis.",
        ("cells[positions]).sum(", "cells[positions] * (1 + tap[2])).sum("),
    ),
    spoil(
        COUNTED,
        "padding not counted",
        "net",
        "The padding is left out of the count although it was to be counted; forward and backward agree.",
        ("    count[...] = np.prod(FILTER_SIZE)\n", ""),
    ),
    spoil(
        COUNTED,
        "padding not counted in dx",
        IN,
        "dx divides by the number of cells inside, the net input by the whole window.",
        (
            "share = delta / counts(size, delta.shape[2:], da.dtype)",
            "inside = np.zeros(delta.shape[2:])\n"
            "    for tap in np.ndindex(*FILTER_SIZE):\n"
            "        inside[reached(tap, size, delta.shape[2:])[0]] += 1\n"
            "    share = delta / inside.astype(da.dtype)",
        ),
    ),
    spoil(
        UNBIASED,
        "depths added up",
        IN,
        "Without a bias, every depth gets the dx of the sum of the depths.",
        (DX_TAP, "weights[(..., *tap)].sum(axis=2, keepdims=True).repeat(w.shape[1], axis=2), terms[outputs]"),
    ),
    spoil(
        UNBIASED,
        "a bias all the same",
        "net",
        "A bias of one is added although the layer has none.",
        ("    net_groups, cells", "    net += 1\n    net_groups, cells"),
    ),
    spoil(
        UNBIASED,
        "first tap twice",
        "net",
        "The first tap counts twice.",
        (NET_TAP, "weights[(..., *tap)] * (1 if any(tap) else 2), cells[positions]"),
    ),
)
