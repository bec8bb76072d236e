"""Wrong sizes: right for one size only, or wrong in one border cell."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import IN, OWN_SIZE
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
LESSON_IM2COL = BY_NAME["lesson, im2col"]
SMALLEST = (
    "tuple(s * (o - 1) + d * (k - 1) + 1 - b - e for o, k, s, d, (b, e) in "
    "zip(delta.shape[2:], FILTER_SIZE, STRIDE, DILATION, PADDING))"
)

SIZES: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_TAPS,
        "input size ignored",
        "input_sizes",
        "input_size is not looked at.",
        (OWN_SIZE, "size = INPUT_SIZE"),
    ),
    spoil(
        UNEVEN_TAPS,
        "smallest input size",
        "input_sizes",
        "Without input_size dx has the smallest size that fits, not the layer's own.",
        (OWN_SIZE, "size = " + SMALLEST + " if input_size is None else tuple(input_size)"),
    ),
    spoil(
        UNEVEN_TAPS,
        "input size guessed",
        "input_sizes",
        "Without input_size a delta of another layer size is accepted, and a size is made up.",
        (
            OWN_SIZE,
            OWN_SIZE
            + "\n    if input_size is None and delta.shape[2:] != output_size(size):\n        size = "
            + SMALLEST,
        ),
    ),
    spoil(
        UNEVEN_TAPS,
        "own size only",
        "other_sizes",
        "Another input size than the layer's own is refused.",
        (
            "output = refuse_forward(a, w, bias)\n",
            "output = refuse_forward(a, w, bias)\n"
            "    if a.shape[2:] != INPUT_SIZE:\n"
            "        raise ValueError(f'{a.shape}')\n",
        ),
    ),
    spoil(
        LESSON_IM2COL,
        "square inputs only",
        "other_sizes",
        "The columns of the input are counted as its rows.",
        ("left : left + size[1]]\n", "left : left + size[0]]\n"),
    ),
    spoil(
        LESSON_IM2COL,
        "square outputs only",
        "other_sizes",
        "Positions of columns are numbered by the output's rows.",
        ("STRIDE[1] * np.arange(output[1])", "STRIDE[1] * np.arange(output[0])"),
    ),
    spoil(
        TEXTBOOK,
        "result of one size",
        "other_sizes",
        "dw takes the error term's first 2x2 cells, all there are in the lesson.",
        ("cross(a[b, c], delta[b, n])", "cross(a[b, c][:3, :3], delta[b, n][:2, :2])"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "one border cell",
        IN,
        "One corner of dx, reached by one window only, counts double.",
        ("    return da[:, :, top", "    da[:, :, top, left] *= 2\n    return da[:, :, top"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "last column",
        IN,
        "The last column of dx, a left-over one, is zero.",
        ("    return da[:, :, top", "    da[:, :, :, left + size[1] - 1] = 0\n    return da[:, :, top"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "one cell of the net input",
        "net",
        "The last cell of the last filter of the last sample is zero.",
        (
            "    return net\n\n\ndef input_gradient",
            "    net[-1:, -1, -1, -1] = 0\n    return net\n\n\ndef input_gradient",
        ),
    ),
    spoil(
        TEXTBOOK,
        "one row too many",
        "net",
        "The net input has a row more than the layer has outputs.",
        (
            "    return net if bias is None else net + bias[:, None, None]",
            "    net = np.concatenate([net, 0 * net[:, :, :1]], axis=2)\n"
            "    return net if bias is None else net + bias[:, None, None]",
        ),
    ),
)
