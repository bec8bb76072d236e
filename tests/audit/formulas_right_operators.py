"""Right formulas in operators: pad, insert zeros, rotate, cross-correlate, keep each D-th position."""

from __future__ import annotations

from tests.audit.formula_record import (
    CUBE,
    DILATED,
    FLIPPED,
    FULL,
    LEFT_OVER,
    LEFT_OVER_LINE,
    LESSON,
    NAMED,
    NAMED_FILTER,
    NO_BIAS,
    NOT_SQUARE,
    STRIDE,
    STRIDE_AND_DILATION,
    TRANSPOSED_NO_BIAS,
    WIDE_PADDING,
    Right,
    right,
)

RIGHT_OPERATORS: tuple[Right, ...] = (
    *right(
        LESSON,
        {
            "da, the rule": "da = cross(pad(delta, 1), rot180(w))",
            "da, the rule by size": "da = cross(pad(delta, K-1), rot180(w))",
            "da, the rule, no blanks": "da=cross(pad(delta,1),rot180(w))",
            "da, amounts by side": "da = cross(pad(delta, 1:1x1:1), rot180(w))",
            "da, filter and delta exchanged": "da = cross(pad(w, O-1), rot180(delta))",
            "da, turned twice": "da = rot180(cross(rot180(pad(delta, 1)), w))",
            "delta_prev, the rule": "delta_prev = cross(pad(delta, 1), rot180(w)) * df",
            "dw, the rule": "dw = cross(a, delta)",
            "dw, steps of 1 written": "dw = cross(a, delta, stride=1, dilation=1)",
            "net, operators with bias": "net = cross(a, w) + bias",
        },
    ),
    *right(NO_BIAS, {"net, operators": "net = cross(a, w)"}),
    *right(
        NOT_SQUARE,
        {
            "da, not square": "da = cross(pad(delta, 1x2), rot180(w))",
            "dw, depth, filters, batch": "dw = cross(a, delta)",
        },
    ),
    *right(
        STRIDE,
        {
            "net, stride": "net = cross(pad(a, 1), w, stride=2) + bias",
            "da, zero insertion": "da = cross(pad(insert_zeros(delta, 2), 1), rot180(w))",
            "da, zero insertion by size": "da = cross(pad(insert_zeros(delta, S), K-1-P), rot180(w))",
            "dw, zero insertion": "dw = cross(pad(a, 1), insert_zeros(delta, 2))",
            "dw, stride as dilation": "dw = cross(pad(a, P), delta, dilation=S)",
        },
    ),
    *right(
        FULL,
        {
            "da, steps by dimension": "da = cross(pad(insert_zeros(delta, 2x1), 1:3x1:0), rot180(w))",
            "dw, steps by dimension": "dw = cross(pad(a, 1:-1x0:1), delta, dilation=2x1)",
        },
    ),
    *right(
        LEFT_OVER,
        {
            "da, left-over rows in the padding": "da = cross(pad(insert_zeros(delta, 2), 1:2x1:2), rot180(w))",
            "da, left-over rows padded apart": "da = cross(pad(pad(insert_zeros(delta, 2), 1), 0:1x0:1), rot180(w))",
            "da, left-over rows added last": "da = pad(cross(pad(insert_zeros(delta, 2), 2), rot180(w)), -1:0x-1:0)",
            "dw, left-over rows cut off before": "dw = cross(pad(a, 1:0x1:0), insert_zeros(delta, 2))",
            "dw, left-over rows cut off after": "dw = pad(cross(pad(a, 1), insert_zeros(delta, 2)), 0:-1x0:-1)",
        },
    ),
    *right(
        LEFT_OVER_LINE,
        {
            "da, two left-over rows": "da = cross(pad(insert_zeros(delta, 3), 1:3), rot180(w))",
            "dw, two left-over rows": "dw = cross(pad(a, 0:-2), insert_zeros(delta, 3))",
        },
    ),
    *right(
        DILATED,
        {
            "da, dilated filter": "da = cross(pad(delta, 4), rot180(w), dilation=2)",
            "da, zeros into the filter": "da = cross(pad(delta, D*(K-1)), insert_zeros(rot180(w), 2))",
            "da, zeros into the filter, then turned": "da = cross(pad(delta, 4), rot180(insert_zeros(w, 2)))",
            "dw, each second tap": "dw = every(cross(a, delta), 2)",
            "dw, dilation as stride": "dw = cross(a, delta, stride=2)",
        },
    ),
    *right(
        STRIDE_AND_DILATION,
        {
            "da, operators, stride and dilation": "da = cross(pad(insert_zeros(delta, 2), 4:4), rot180(w), dilation=3)",
            "dw, stride and dilation change places": "dw = cross(pad(a, 2:2), delta, stride=3, dilation=2)",
            "dw, each third tap": "dw = every(cross(pad(a, 2:3), insert_zeros(delta, 2)), 3)",
        },
    ),
    *right(
        WIDE_PADDING,
        {
            "da, delta cropped": "da = cross(pad(delta, -2:-1), rot180(w))",
            "da, result cropped": "da = pad(cross(pad(delta, 1), rot180(w)), -3:-2)",
        },
    ),
    *right(
        CUBE,
        {"da, operators, three dimensions": "da = cross(pad(insert_zeros(delta, 1x2x1), 1x1x0), rot180(w))"},
    ),
    *right(
        FLIPPED,
        {
            "net, true convolution": "net = cross(a, rot180(w)) + bias",
            "da, true convolution": "da = cross(pad(delta, 1), w)",
            "dw, true convolution": "dw = rot180(cross(a, delta))",
        },
    ),
    *right(
        TRANSPOSED_NO_BIAS,
        {
            "net, transposed, operators": "net = cross(pad(insert_zeros(a, 2), 2x1), rot180(w))",
            "da, transposed, operators": "da = cross(delta, w, stride=2)",
            "dw, transposed, operators": "dw = cross(delta, a, dilation=2)",
        },
    ),
    *right(
        NAMED,
        {
            "da, operators, named sizes": "da = cross(pad(delta, 1), rot180(w))",
            "dw, operators, named sizes": "dw = cross(pad(a, 1), delta)",
        },
    ),
    *right(NAMED_FILTER, {"da, operators, named filter size": "da = cross(pad(delta, K-1), rot180(w))"}),
)
