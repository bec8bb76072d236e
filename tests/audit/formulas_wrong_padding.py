"""Wrong formulas: another amount of padding, or another index base: both read one cell beside the right one."""

from __future__ import annotations

from tests.audit.formula_record import (
    DILATED,
    LESSON,
    LINE,
    NOT_SQUARE,
    SAME,
    STRIDE,
    STRIDED_LINE,
    WIDE_PADDING,
    Keywords,
    Wrong,
    layer,
    wrong,
)

HALF: Keywords = layer((3,), (3,), padding=((1, 1),))

PADDING: tuple[Wrong, ...] = (
    *wrong(
        "padding",
        LESSON,
        {
            "K instead of K-1": "da = cross(pad(delta, K), rot180(w))",
            "2 instead of 1": "da = cross(pad(delta, 2), rot180(w))",
            "none": "da = cross(delta, rot180(w))",
            "before only": "da = cross(pad(delta, 1:0), rot180(w))",
            "first axis only": "da = cross(pad(delta, 1x0), rot180(w))",
            "input padded": "dw = cross(pad(a, 1), delta)",
        },
        also=("shape",),
    ),
    *wrong(
        "padding",
        LESSON,
        {
            "all before, none after": "da = cross(pad(delta, 2:0x2:0), rot180(w))",
            "all after, none before": "da = cross(pad(delta, 0:2x0:2), rot180(w))",
            "indices, K instead of K-1": "da[x,y] = w[K-1-p,K-1-q]*delta[x+p-K,y+q-K]",
            "indices, one too few": "da[x,y] = w[1-p,1-q]*delta[x+p,y+q]",
        },
        also=("index base",),
    ),
    *wrong(
        "padding",
        LESSON,
        {"a padding that is not there": "dw[p,q] = delta[i,j]*a[i+p-1,j+q-1]"},
        also=("index base",),
        right_for=layer((3, 3), (2, 2), padding=1),
        when="padding 1",
    ),
    *wrong(
        "padding",
        SAME,
        {
            "K-1 where the layer pads": "da = cross(pad(delta, K-1), rot180(w))",
            "weight gradient of the unpadded input": "dw = cross(a, delta)",
        },
        also=("shape",),
        right_for=layer((4, 4), (3, 3)),
        when="no padding",
    ),
    *wrong(
        "padding",
        SAME,
        {
            "indices, padding forgotten": "da[x,y] = w[p,q]*delta[x-p,y-q]",
            "weight gradient, indices, padding forgotten": "dw[p,q] = delta[i,j]*a[i+p,j+q]",
            "net, padding forgotten": "net[i,j] = w[p,q]*a[i+p,j+q] + bias",
        },
        also=("index base",),
        right_for=layer((4, 4), (3, 3)),
        when="no padding",
    ),
    *wrong("padding", SAME, {"sign of the padding": "da[x,y] = w[p,q]*delta[x-1-p,y-1-q]"}, also=("sign",)),
    *wrong(
        "padding",
        WIDE_PADDING,
        {
            "P instead of K-1-P": "da = cross(pad(delta, 3:2), rot180(w))",
            "K-1 for any P": "da = cross(pad(delta, K-1), rot180(w))",
        },
        also=("shape",),
    ),
    *wrong("padding", WIDE_PADDING, {"before and after exchanged": "da = cross(pad(delta, -1:-2), rot180(w))"}),
    *wrong(
        "padding",
        WIDE_PADDING,
        {"after for before": "dw[p] = delta[i]*a[i+p-Q]"},
        also=("index base",),
        right_for=HALF,
        when="even padding",
    ),
    *wrong(
        "padding",
        STRIDE,
        {"P instead of K-1-P by off-by-one": "da = cross(pad(insert_zeros(delta, 2), K-P), rot180(w))"},
        also=("shape",),
    ),
    *wrong(
        "padding",
        STRIDED_LINE,
        {"gather, P forgotten": "da[b,c,x] = w[n,c,p]*delta[b,n,(x-p)/2]"},
        also=("index base",),
        right_for=layer((8,), (3,), stride=2, depth=2, filters=2, batch=2),
        when="no padding",
    ),
    *wrong(
        "padding",
        DILATED,
        {"K-1 instead of D(K-1)": "da = cross(pad(delta, K-1), rot180(w), dilation=2)"},
        also=("shape", "stride and dilation"),
    ),
    *wrong(
        "padding",
        NOT_SQUARE,
        {
            "amounts of the other axis": "da = cross(pad(delta, 2x1), rot180(w))",
            "one amount for both axes": "da = cross(pad(delta, K1-1), rot180(w))",
        },
        also=("shape",),
    ),
)

BASE: tuple[Wrong, ...] = (
    *wrong(
        "index base",
        LESSON,
        {
            "dw, 1-based read 0-based": "dw[i,j] = delta[m,n]*a[i+m-1,j+n-1]",
            "da, 1-based read 0-based": "da[i,j] = w[m,n]*delta[i-m+1,j-n+1]",
            "net, 1-based read 0-based": "net[i,j] = w[m,n]*a[i+m-1,j+n-1] + bias",
            "scatter, 1-based read 0-based": "da[i+m-1,j+n-1] = w[m,n]*delta[i,j]",
            "turned, 1-based read 0-based": "da[i,j] = w[3-m,3-n]*delta[i+m-2,j+n-2]",
        },
        also=("padding",),
        right_base=1,
        when="base 1",
    ),
    *wrong(
        "index base",
        LESSON,
        {
            "dw, 0-based read 1-based": "dw[i,j] = delta[m,n]*a[i+m,j+n]",
            "da, 0-based read 1-based": "da[x,y] = w[p,q]*delta[x-p,y-q]",
            "net, 0-based read 1-based": "net[i,j] = w[p,q]*a[i+p,j+q] + bias",
            "turned, 0-based read 1-based": "da[x,y] = w[1-p,1-q]*delta[x+p-1,y+q-1]",
        },
        base=1,
        also=("padding",),
        right_base=0,
        when="base 0",
    ),
    *wrong("index base", LINE, {"channels counted from 1": "dbias[n] = delta[b,n+1,i]"}, also=("other",)),
    *wrong(
        "index base",
        STRIDED_LINE,
        {"stride, 0-based read 1-based": "da[b,c,x] = w[n,c,p]*delta[b,n,(x+1-p)/2]"},
        base=1,
        also=("padding",),
        right_base=0,
        when="base 0",
    ),
    *wrong(
        "index base",
        STRIDED_LINE,
        {"stride, 1-based read 0-based": "da[b,c,x] = w[n,c,p]*delta[b,n,(x-p+1)/2+1]"},
        also=("padding",),
        right_base=1,
        when="base 1",
    ),
    *wrong("index base", LINE, {"one subscript 1-based": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+p-1]"}, also=("padding",)),
)

WRONG_PADDING: tuple[Wrong, ...] = (
    *PADDING,
    *BASE,
)
