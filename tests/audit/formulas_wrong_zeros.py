"""Wrong formulas of layers with a stride: no zeros inserted, or elsewhere; the left-over rows forgotten."""

from __future__ import annotations

from tests.audit.formula_record import (
    CUBE,
    FULL,
    LEFT_OVER,
    LEFT_OVER_LINE,
    LOCALLY,
    NAMED_STRIDE,
    STRIDE,
    STRIDED_LINE,
    TRANSPOSED,
    TRANSPOSED_NO_BIAS,
    Keywords,
    Wrong,
    layer,
    wrong,
)

STRIDE_1: Keywords = layer((5, 5), (3, 3), padding=1, depth=2, filters=2)
STRIDE_1_LINE: Keywords = layer((8,), (3,), padding=1, depth=2, filters=2, batch=2)
NAMED_STRIDE_1: Keywords = layer(("H",), (3,), depth=2, filters=2)
EVEN: Keywords = layer((5, 5), (3, 3), stride=2, padding=1, filters=2)
EVEN_LINE: Keywords = layer((5,), (2,), stride=3)

ZERO_INSERTION: tuple[Wrong, ...] = (
    *wrong(
        "zero insertion",
        STRIDE,
        {
            "da": "da = cross(pad(delta, 1), rot180(w))",
            "dw": "dw = cross(pad(a, 1), delta)",
        },
        also=("shape",),
        right_for=STRIDE_1,
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        STRIDE,
        {
            "indices": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,x+1-p,y+1-q]",
            "scatter": "da[b,c,i+p-1,j+q-1] = w[n,c,p,q]*delta[b,n,i,j]",
            "dw, indices": "dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,i+p-1,j+q-1]",
            "net, stride forgotten": "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,i+p-1,j+q-1]",
        },
        right_for=STRIDE_1,
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        STRIDE,
        {
            "one zero too many": "da = cross(pad(insert_zeros(delta, 3), 1), rot180(w))",
            "first axis only": "da = cross(pad(insert_zeros(delta, 2x1), 1), rot180(w))",
            "zeros into the filter": "da = cross(pad(delta, 1), rot180(insert_zeros(w, 2)))",
            "zeros after the padding": "da = cross(insert_zeros(pad(delta, 1), 2), rot180(w))",
            "every instead of insert": "da = cross(pad(every(delta, 2), 1), rot180(w))",
        },
        also=("shape", "padding", "other"),
    ),
    *wrong(
        "zero insertion", STRIDE, {"first axis only, indices": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+1-p)/2,y+1-q]"}
    ),
    *wrong(
        "zero insertion",
        STRIDED_LINE,
        {
            "gather": "da[b,c,x] = w[n,c,p]*delta[b,n,x+1-p]",
            "dw, one dimension": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+p-1]",
        },
        right_for=STRIDE_1_LINE,
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        STRIDED_LINE,
        {"multiplied instead of divided": "da[b,c,x] = w[n,c,p]*delta[b,n,2*(x-p)+1]"},
        also=("other",),
    ),
    *wrong(
        "zero insertion",
        STRIDED_LINE,
        {"even taps only": "da[b,c,x] = w[n,c,2*m]*delta[b,n,(x+1)/2-m]"},
        also=("other",),
    ),
    *wrong(
        "zero insertion",
        FULL,
        {"tutorial of a tensor compiler": "da[b,c,x,y] = delta[b,n,2*x-p+1,y-q]*w[n,c,p,q]"},
        also=("other",),
    ),
    *wrong(
        "zero insertion",
        NAMED_STRIDE,
        {"named size": "da[b,c,x] = w[n,c,p]*delta[b,n,x-p]"},
        right_for=NAMED_STRIDE_1,
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        CUBE,
        {"middle axis": "da[b,c,x,y,z] = w[n,c,p,q,s]*delta[b,n,x-p,y-q,z-s]"},
        right_for=layer((3, 4, 2), (2, 2, 1), filters=2),
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        LOCALLY,
        {"locally connected": "da[b,c,x] = w[n,c,p,x-p]*delta[b,n,x-p]"},
        right_for=layer((6,), (3,), depth=2, filters=2, batch=2, kind="locally-connected"),
        when="stride 1",
    ),
    *wrong(
        "zero insertion",
        TRANSPOSED,
        {"transposed forward": "net[b,n,x] = bias[n] + w[c,n,p]*a[b,c,x+1-p]"},
        also=("padding",),
    ),
    *wrong(
        "zero insertion",
        TRANSPOSED_NO_BIAS,
        {"transposed backward": "da[b,c,i,j] = w[c,n,p,q]*delta[b,n,i+p,j+q]"},
        right_for=layer((3, 2), (3, 2), depth=2, filters=2, bias=False, kind="conv-transpose"),
        when="stride 1",
    ),
)

LEFT: tuple[Wrong, ...] = (
    *wrong(
        "left-over rows",
        LEFT_OVER,
        {
            "result of H-r rows": "da = cross(pad(insert_zeros(delta, 2), 1), rot180(w))",
            "result of H-r rows by size": "da = cross(pad(insert_zeros(delta, S), K-1-P), rot180(w))",
            "weight gradient with too many taps": "dw = cross(pad(a, 1), insert_zeros(delta, 2))",
        },
        also=("shape",),
        right_for=EVEN,
        when="no left-over rows",
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER,
        {
            "one axis only": "da = cross(pad(insert_zeros(delta, 2), 1:2x1:1), rot180(w))",
            "weight gradient, one axis only": "dw = cross(pad(a, 1:0x1:1), insert_zeros(delta, 2))",
        },
        also=("shape",),
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER,
        {
            "rows added before": "da = cross(pad(insert_zeros(delta, 2), 2:1x2:1), rot180(w))",
            "weight gradient, rows cut off before": "dw = cross(pad(a, 0:1x0:1), insert_zeros(delta, 2))",
        },
        also=("padding",),
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER,
        {
            "last row zero": "da = pad(cross(pad(insert_zeros(delta, 2), 1), rot180(w)), 0:1x0:1)",
        },
        also=("padding",),
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER_LINE,
        {
            "stride over filter": "da = cross(pad(insert_zeros(delta, 3), 1), rot180(w))",
            "r taps too many": "dw = cross(a, insert_zeros(delta, 3))",
        },
        also=("shape",),
        right_for=EVEN_LINE,
        when="no left-over rows",
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER_LINE,
        {"from the far edge": "da[H-1-S*i-p] = w[K-1-p]*delta[O-1-i]"},
        also=("padding",),
        right_for=EVEN_LINE,
        when="no left-over rows",
    ),
    *wrong(
        "left-over rows",
        LEFT_OVER_LINE,
        {"r-1 instead of r": "da = cross(pad(insert_zeros(delta, 3), 1:2), rot180(w))"},
        also=("shape",),
    ),
)

WRONG_ZEROS: tuple[Wrong, ...] = (
    *ZERO_INSERTION,
    *LEFT,
)
