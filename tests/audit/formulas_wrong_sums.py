"""Wrong formulas: depth and filters exchanged, filters not summed, the batch not summed."""

from __future__ import annotations

from tests.audit.formula_record import (
    CHANNELS,
    DENSE,
    DENSE_SQUARE,
    EQUAL_CHANNELS,
    FULL,
    GROUPS,
    LOCALLY,
    TRANSPOSED,
    TRANSPOSED_NO_BIAS,
    Keywords,
    Wrong,
    dense,
    layer,
    wrong,
)

ONE_FILTER: Keywords = layer((4,), (2,), depth=2, filters=1, batch=2)
ONE_SAMPLE: Keywords = layer((4,), (2,), depth=2, filters=3, batch=1)
ALL_ONE: Keywords = layer((4,), (2,))

TRANSPOSED_CHANNELS: tuple[Wrong, ...] = (
    *wrong(
        "channels transposed",
        EQUAL_CHANNELS,
        {
            "da": "da[b,c,x] = w[c,n,p]*delta[b,n,x-p]",
            "da, scatter": "da[b,c,i+p] = w[c,n,p]*delta[b,n,i]",
            "delta_prev": "delta_prev[b,c,x] = df[b,c,x]*w[c,n,p]*delta[b,n,x-p]",
            "dw": "dw[c,n,p] = delta[b,n,i]*a[b,c,i+p]",
            "dw, read from the other": "dw[n,c,p] = delta[b,c,i]*a[b,n,i+p]",
            "net": "net[b,n,i] = bias[n] + w[c,n,p]*a[b,c,i+p]",
        },
        right_for=ALL_ONE,
        when="one depth, one filter",
    ),
    *wrong(
        "channels transposed",
        CHANNELS,
        {
            "da, depth and filters differ": "da[b,c,x] = w[c,n,p]*delta[b,n,x-p]",
            "dw, depth and filters differ": "dw[c,n,p] = delta[b,n,i]*a[b,c,i+p]",
        },
        right_for=ALL_ONE,
        when="one depth, one filter",
    ),
    *wrong(
        "channels transposed",
        DENSE_SQUARE,
        {
            "dense, w for its transpose": "da[b,c] = w[c,n]*delta[b,n]",
            "dense, dw": "dw[c,n] = delta[b,n]*a[b,c]",
            "dense, net": "net[b,n] = w[c,n]*a[b,c] + bias[n]",
        },
        right_for=dense(),
        when="one input, one output",
    ),
    *wrong(
        "channels transposed",
        TRANSPOSED_NO_BIAS,
        {
            "transposed layer, w as in a convolution": "da[b,c,i,j] = w[n,c,p,q]*delta[b,n,2*i+p,2*j+q]",
            "transposed layer, dw as in a convolution": "dw[n,c,p,q] = a[b,c,i,j]*delta[b,n,2*i+p,2*j+q]",
        },
        right_for=layer((3, 2), (3, 2), stride=2, bias=False, kind="conv-transpose"),
        when="one depth, one filter",
    ),
    *wrong("channels transposed", GROUPS, {"within a group": "da[b,g,c,x] = w[g,c,n,p]*delta[b,g,n,(x-p)/2]"}),
)

FILTERS: tuple[Wrong, ...] = (
    *wrong(
        "sum over filters",
        CHANNELS,
        {
            "first filter only": "da[b,c,x] = w[0,c,p]*delta[b,0,x-p]",
            "first filter only, taps turned": "da[b,c,x] = w[0,c,1-p]*delta[b,0,x+p-1]",
            "first filter only, scatter": "da[b,c,i+p] = w[0,c,p]*delta[b,0,i]",
            "delta_prev, first filter only": "delta_prev[b,c,x] = df[b,c,x]*w[0,c,p]*delta[b,0,x-p]",
        },
        right_for=ONE_FILTER,
        when="one filter",
    ),
    *wrong(
        "sum over filters",
        CHANNELS,
        {
            "last filter only": "da[b,c,x] = w[2,c,p]*delta[b,2,x-p]",
            "two of three": "da[b,c,x] = sum(w[n,c,p]*delta[b,n,x-p], n=2)",
        },
        also=("other",),
    ),
    *wrong(
        "sum over filters",
        CHANNELS,
        {"only the filter of the same number": "da[b,c,x] = w[c,c,p]*delta[b,c,x-p]"},
        right_for=ALL_ONE,
        when="one depth, one filter",
    ),
    *wrong(
        "sum over filters",
        GROUPS,
        {"first of the group": "da[b,g,c,x] = w[g,0,c,p]*delta[b,g,0,(x-p)/2]"},
        right_for=layer((5,), (2,), stride=2, depth=4, filters=2, groups=2, batch=2),
        when="one filter per group",
    ),
    *wrong("sum over filters", TRANSPOSED, {"transposed layer": "da[b,c,i] = w[c,0,p]*delta[b,0,2*i+p-1]"}),
    *wrong(
        "sum over filters",
        DENSE,
        {"dense, first neuron only": "da[b,c] = w[0,c]*delta[b,0]"},
        right_for=dense(depth=4, batch=2),
        when="one output",
    ),
)

BATCH: tuple[Wrong, ...] = (
    *wrong(
        "batch sum",
        CHANNELS,
        {
            "dw, first sample only": "dw[n,c,p] = delta[0,n,i]*a[0,c,i+p]",
            "dbias, first sample only": "dbias[n] = delta[0,n,i]",
            "dw, divided by B": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+p]/B",
            "dbias, divided by B": "dbias[n] = sum(delta[b,n,i], b, i)/B",
        },
        also=("coefficient",),
        right_for=ONE_SAMPLE,
        when="batch 1",
    ),
    *wrong(
        "batch sum",
        CHANNELS,
        {"dw, samples crossed": "dw[n,c,p] = delta[m,n,i]*a[b,c,i+p]"},
        also=("other",),
        right_for=ONE_SAMPLE,
        when="batch 1",
    ),
    *wrong(
        "batch sum",
        DENSE,
        {"dense, first sample only": "dw[n,c] = delta[0,n]*a[0,c]"},
        right_for=dense(depth=4, filters=3),
        when="batch 1",
    ),
    *wrong(
        "batch sum",
        LOCALLY,
        {"locally connected, first sample only": "dw[n,c,p,i] = delta[0,n,i]*a[0,c,2*i+p]"},
        right_for=layer((6,), (3,), stride=2, depth=2, filters=2, kind="locally-connected"),
        when="batch 1",
    ),
    *wrong("batch sum", FULL, {"last sample only": "dw[n,c,p,q] = delta[B-1,n,i,j]*a[B-1,c,2*i+p-1,j+q]"}),
)

WRONG_SUMS: tuple[Wrong, ...] = (
    *TRANSPOSED_CHANNELS,
    *FILTERS,
    *BATCH,
)
