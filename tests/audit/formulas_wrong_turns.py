"""Wrong formulas: the filter not rotated, or in one axis only; a result rotated that should not be."""

from __future__ import annotations

from tests.audit.formula_record import (
    DILATED,
    FLIPPED,
    FULL,
    GROUPS,
    LESSON,
    NAMED,
    NAMED_FILTER,
    SAME,
    STRIDE,
    STRIDED_LINE,
    Keywords,
    Wrong,
    layer,
    wrong,
)

ONE_TAP: Keywords = layer((3, 3), (1, 1))
ONE_COLUMN: Keywords = layer((3, 3), (2, 1))

ROTATION: tuple[Wrong, ...] = (
    *wrong(
        "rotation",
        LESSON,
        {
            "the rule without rot180": "da = cross(pad(delta, 1), w)",
            "turned twice": "da = cross(pad(delta, 1), rot180(rot180(w)))",
            "indices, one filter": "da[x,y] = w[p,q]*delta[x+p-1,y+q-1]",
            "slope and all": "delta_prev[x,y] = df[x,y]*w[p,q]*delta[x+p-1,y+q-1]",
            "scatter": "da[i+p,j+q] = w[1-p,1-q]*delta[i,j]",
            "window form": "da[x,y] = w[1-x+i,1-y+j]*delta[i,j]",
        },
    ),
    *wrong(
        "rotation",
        LESSON,
        {
            "delta turned instead": "delta_prev = cross(rot180(pad(delta, 1)), w) * df",
            "the result turned too": "da = rot180(cross(pad(delta, 1), rot180(w)))",
            "weight gradient turned": "dw = rot180(cross(a, delta))",
            "weight gradient from a turned delta": "dw = cross(a, rot180(delta))",
            "weight gradient turned, indices": "dw[p,q] = delta[i,j]*a[i+1-p,j+1-q]",
            "true convolution forward": "net[i,j] = w[p,q]*a[i+1-p,j+1-q] + bias",
        },
        also=("other",),
    ),
    *wrong(
        "rotation",
        LESSON,
        {"by size": "da = cross(pad(delta, K-1), w)", "indices by size": "da[x,y] = w[p,q]*delta[x+p-K+1,y+q-K+1]"},
        right_for=ONE_TAP,
        when="K = 1",
    ),
    *wrong("rotation", LESSON, {"1-based": "da[i,j] = w[m,n]*delta[i+m-2,j+n-2]"}, base=1),
    *wrong("rotation", SAME, {"same padding": "da = cross(pad(delta, P), w)"}),
    *wrong("rotation", STRIDE, {"zero insertion": "da = cross(pad(insert_zeros(delta, 2), 1), w)"}),
    *wrong("rotation", STRIDED_LINE, {"gather with division": "da[b,c,x] = w[n,c,p]*delta[b,n,(x+p-1)/2]"}),
    *wrong("rotation", DILATED, {"dilation": "da = cross(pad(delta, 4), w, dilation=2)"}),
    *wrong("rotation", GROUPS, {"groups": "da[b,g,c,x] = w[g,n,c,1-p]*delta[b,g,n,(x-p)/2]"}),
    *wrong("rotation", NAMED, {"named sizes": "da = cross(pad(delta, 1), w)"}),
    *wrong("rotation", NAMED_FILTER, {"named filter": "da[x] = w[p]*delta[x+p-K+1]"}),
    *wrong(
        "rotation",
        FLIPPED,
        {
            "rotated where true convolution needs none": "da = cross(pad(delta, 1), rot180(w))",
            "true convolution forward, not turned": "net = cross(a, w) + bias",
        },
        right_for=layer((4, 4), (2, 2), filters=2),
        when="a layer that correlates",
    ),
)

ONE_AXIS: tuple[Wrong, ...] = (
    *wrong(
        "one axis rotated",
        LESSON,
        {
            "second axis only": "da[x,y] = w[p,q]*delta[x+p-1,y-q]",
            "first axis only": "da[x,y] = w[p,1-q]*delta[x-p,y-q]",
            "scatter": "da[i+p,j+q] = w[1-p,q]*delta[i,j]",
            "slope and all": "delta_prev[b,c,x,y] = df[b,c,x,y]*w[n,c,p,1-q]*delta[b,n,x-p,y-q]",
        },
    ),
    *wrong(
        "one axis rotated",
        LESSON,
        {"by size": "da[x,y] = w[p,q]*delta[x-p,y+q-L+1]"},
        right_for=ONE_COLUMN,
        when="filters of one column",
    ),
    *wrong("one axis rotated", SAME, {"same padding": "da[x,y] = w[2-p,q]*delta[x+p-1,y+q-1]"}),
    *wrong("one axis rotated", FULL, {"stride": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+1-p)/2,y+q-1]"}),
)

WRONG_TURNS: tuple[Wrong, ...] = (
    *ROTATION,
    *ONE_AXIS,
)
