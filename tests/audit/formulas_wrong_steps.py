"""Wrong formulas of layers with a stride or a dilation: the two exchanged, or a dilation forgotten."""

from __future__ import annotations

from tests.audit.formula_record import (
    DILATED,
    STRIDE,
    STRIDE_AND_DILATION,
    STRIDED_LINE,
    Wrong,
    layer,
    wrong,
)

EXCHANGED: tuple[Wrong, ...] = (
    *wrong(
        "stride and dilation",
        STRIDE_AND_DILATION,
        {
            "gather": "da[b,c,x] = w[n,c,p]*delta[b,n,(x+2-2*p)/3]",
            "gather by size": "da[b,c,x] = w[n,c,p]*delta[b,n,(x+P-S*p)/D]",
            "weight gradient, indices": "dw[n,c,p] = delta[b,n,i]*a[b,c,3*i+2*p-2]",
            "weight gradient by size": "dw[n,c,p] = delta[b,n,i]*a[b,c,D*i+S*p-P]",
            "scatter": "da[b,c,3*i+2*p-2] = w[n,c,p]*delta[b,n,i]",
            "window form": "da[b,c,x] = w[n,c,(x+2-3*i)/2]*delta[b,n,i]",
            "net": "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,3*i+2*p-2]",
        },
    ),
    *wrong(
        "stride and dilation",
        STRIDE_AND_DILATION,
        {
            "weight gradient with the layer's own steps": "dw = cross(pad(a, 2:2), delta, stride=2, dilation=3)",
            "zeros of the other step": "da = cross(pad(insert_zeros(delta, 3), 4), rot180(w), dilation=2)",
        },
        also=("shape",),
    ),
    *wrong(
        "stride and dilation",
        STRIDE,
        {"weight gradient, stride kept": "dw = cross(pad(a, 1), delta, stride=2)"},
        also=("zero insertion", "other"),
    ),
    *wrong(
        "stride and dilation",
        STRIDED_LINE,
        {
            "stride on the tap": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+2*p-1]",
            "stride on the tap, da": "da[b,c,x] = w[n,c,p]*delta[b,n,x+1-2*p]",
        },
        right_for=layer((8,), (3,), padding=1, dilation=2, depth=2, filters=2, batch=2),
        when="stride 1, dilation 2",
    ),
    *wrong(
        "stride and dilation",
        DILATED,
        {"dilation kept": "dw = cross(a, delta, dilation=2)"},
        also=("other",),
    ),
    *wrong(
        "stride and dilation",
        DILATED,
        {"dilation on the output": "dw[n,c,p] = delta[b,n,i]*a[b,c,2*i+p]"},
        right_for=layer((7,), (3,), stride=2, filters=2),
        when="stride 2, dilation 1",
    ),
    *wrong(
        "stride and dilation",
        DILATED,
        {
            "dilation forgotten": "da[b,c,x] = w[n,c,p]*delta[b,n,x-p]",
            "dilation forgotten, dw": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+p]",
        },
        also=("other",),
        right_for=layer((7,), (3,), filters=2),
        when="dilation 1",
    ),
    *wrong(
        "stride and dilation",
        DILATED,
        {"taps not spread": "dw = cross(a, delta)", "filter not dilated": "da = cross(pad(delta, 4), rot180(w))"},
        also=("shape", "other"),
    ),
)

WRONG_STEPS: tuple[Wrong, ...] = (*EXCHANGED,)
