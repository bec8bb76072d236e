"""Wrong formulas: slope, sign, coefficient, bias, a result of another shape, and mistakes without a name."""

from __future__ import annotations

from tests.audit.formula_record import (
    AVERAGE,
    AVERAGE_OVERLAPPING,
    CHANNELS,
    DENSE,
    DEPTHWISE,
    FULL,
    GROUPS,
    LESSON,
    LOCALLY,
    NO_BIAS,
    NOT_SQUARE,
    STRIDED_LINE,
    Keywords,
    Wrong,
    layer,
    wrong,
)

ONE_FILTER: Keywords = layer((4,), (2,), depth=2, filters=1, batch=2)

SLOPE: tuple[Wrong, ...] = (
    *wrong(
        "slope",
        LESSON,
        {
            "indices": "delta_prev[x,y] = w[p,q]*delta[x-p,y-q]",
            "operators": "delta_prev = cross(pad(delta, 1), rot180(w))",
        },
    ),
    *wrong(
        "slope",
        LESSON,
        {
            "activation instead of its slope": "delta_prev[x,y] = a[x,y]*w[p,q]*delta[x-p,y-q]",
            "slope squared": "delta_prev[x,y] = df[x,y]*df[x,y]*w[p,q]*delta[x-p,y-q]",
            "slope of the tap's cell": "delta_prev[x,y] = df[p,q]*w[p,q]*delta[x-p,y-q]",
            "slope where none belongs": "da[x,y] = df[x,y]*w[p,q]*delta[x-p,y-q]",
            "slope in the weight gradient": "dw[p,q] = delta[i,j]*a[i+p,j+q]*df[i+p,j+q]",
        },
        also=("other",),
    ),
    *wrong("slope", FULL, {"stride": "delta_prev[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+1-p)/2,y-q]"}),
    *wrong("slope", DENSE, {"dense": "delta_prev[b,c] = w[n,c]*delta[b,n]"}),
)

NUMBERS: tuple[Wrong, ...] = (
    *wrong(
        "sign",
        LESSON,
        {
            "da": "da[x,y] = -w[p,q]*delta[x-p,y-q]",
            "dw, step instead of gradient": "dw[p,q] = -(delta[i,j]*a[i+p,j+q])",
            "dbias": "dbias[n] = -delta[b,n,i,j]",
        },
    ),
    *wrong("sign", LESSON, {"net, bias subtracted": "net[i,j] = w[p,q]*a[i+p,j+q] - bias"}, also=("bias",)),
    *wrong(
        "sign",
        LESSON,
        {"one term": "da[x,y] = w[0,0]*delta[x,y] + w[0,1]*delta[x,y-1] + w[1,0]*delta[x-1,y] - w[1,1]*delta[x-1,y-1]"},
        also=("other",),
    ),
    *wrong("sign", NO_BIAS, {"net": "net[b,n,i,j] = -w[n,c,p,q]*a[b,c,i+p,j+q]"}),
    *wrong(
        "coefficient",
        LESSON,
        {
            "twice": "da[x,y] = 2*w[p,q]*delta[x-p,y-q]",
            "mean instead of sum": "dw[p,q] = delta[i,j]*a[i+p,j+q]/4",
            "dbias, mean instead of sum": "dbias[n] = delta[b,n,i,j]/4",
            "halved": "delta_prev[x,y] = 1/2*df[x,y]*w[p,q]*delta[x-p,y-q]",
            "term written twice": "da[x,y] = w[p,q]*delta[x-p,y-q] + w[p,q]*delta[x-p,y-q]",
        },
    ),
    *wrong(
        "coefficient",
        AVERAGE,
        {
            "average, factor missing": "da[b,c,x,y] = sum(delta[b,c,(x-p)/2,(y-q)/2], p=2, q=2)",
            "average, one axis counted": "da[b,c,x,y] = sum(delta[b,c,(x-p)/2,(y-q)/2], p=2, q=2)/2",
            "average, net is a sum": "net[b,c,i,j] = sum(a[b,c,2*i+p,2*j+q], p=2, q=2)",
        },
    ),
    *wrong(
        "coefficient",
        AVERAGE,
        {"average of another window": "da[b,c,x,y] = sum(delta[b,c,(x-p)/2,(y-q)/2], p=2, q=2)/9"},
    ),
    *wrong(
        "bias",
        LESSON,
        {
            "left out of net": "net[i,j] = w[p,q]*a[i+p,j+q]",
            "left out of net, operators": "net = cross(a, w)",
            "once per tap": "net[b,n,i,j] = sum(w[n,c,p,q]*a[b,c,i+p,j+q] + bias[n], c, p, q)",
        },
    ),
    *wrong(
        "bias",
        CHANNELS,
        {"of the first filter": "net[b,n,i] = bias[0] + w[n,c,p]*a[b,c,i+p]"},
        right_for=ONE_FILTER,
        when="one filter",
    ),
    *wrong("bias", CHANNELS, {"gradient times the input": "dbias[n] = delta[b,n,i]*a[b,c,i]"}, also=("other",)),
    *wrong("bias", CHANNELS, {"position not summed": "dbias[n] = delta[b,n,0]"}, also=("other",)),
)

SHAPES: tuple[Wrong, ...] = (
    *wrong(
        "shape",
        LESSON,
        {
            "input padded by two": "dw = cross(pad(a, 2), delta)",
            "delta dilated": "dw = cross(a, delta, dilation=2)",
            "each second tap kept": "dw = every(cross(a, delta), 2)",
            "neither padded nor turned": "da = cross(delta, w)",
            "each second cell kept": "da = every(cross(pad(delta, 1), rot180(w)), 2)",
        },
        also=("padding", "rotation", "stride and dilation", "other"),
    ),
    *wrong("shape", NOT_SQUARE, {"axes exchanged": "da = cross(pad(delta, 2:0x0:1), rot180(w))"}, also=("padding",)),
)

OTHERS: tuple[Wrong, ...] = (
    *wrong(
        "other",
        LESSON,
        {
            "weights for delta": "dw = cross(a, w)",
            "da without the weights": "da[x,y] = delta[x-p,y-q]",
            "da of the input": "da[x,y] = w[p,q]*a[x-p,y-q]",
            "dw with the weights": "dw[p,q] = delta[i,j]*w[i+p,j+q]",
            "dw at the place of the tap": "dw[p,q] = delta[p,q]*a[p,q]",
            "a tap left out": "da[x,y] = w[0,0]*delta[x,y] + w[0,1]*delta[x,y-1] + w[1,0]*delta[x-1,y]",
            "squares": "dw[p,q] = delta[i,j]*a[i+p,j+q]*a[i+p,j+q]",
            "a constant": "dbias[n] = 1",
            "zero": "da[x,y] = 0*delta[x,y]",
            "same index for both axes": "da[x,x] = w[p,q]*delta[x-p,x-q]",
            "spatial axes exchanged": "da[x,y] = w[q,p]*delta[x-p,y-q]",
            "da spread over the spatial axes": "da[x,y] = w[p,q]*delta[i,j]",
            "activation added": "net[i,j] = w[p,q]*a[i+p,j+q] + bias + a[i,j]",
        },
    ),
    *wrong(
        "other",
        STRIDED_LINE,
        {
            "one residue left out": "da[b,c,x] = w[n,c,0]*delta[b,n,(x+1)/2] + w[n,c,2]*delta[b,n,(x-1)/2]",
            "residues exchanged": "da[b,c,x] = w[n,c,2*m]*delta[b,n,x/2-m] + w[n,c,2*m+1]*delta[b,n,(x+1)/2-m]",
            "weights divided": "da[b,c,x] = w[n,c,(x+1-i)/2]*delta[b,n,i]",
        },
    ),
    *wrong(
        "other",
        LOCALLY,
        {
            "weights shared": "dw[n,c,p,i] = delta[b,n,k]*a[b,c,2*k+p]",
            "weights of the input's place": "da[b,c,x] = w[n,c,p,x]*delta[b,n,(x-p)/2]",
            "weights of one place": "da[b,c,x] = w[n,c,p,0]*delta[b,n,(x-p)/2]",
            "net with weights of one place": "net[b,n,i] = bias[n] + w[n,c,p,0]*a[b,c,2*i+p]",
        },
    ),
    *wrong(
        "other",
        GROUPS,
        {
            "groups crossed": "da[b,g,c,x] = w[m,n,c,p]*delta[b,m,n,(x-p)/2]",
            "groups exchanged": "da[b,g,c,x] = w[1-g,n,c,p]*delta[b,1-g,n,(x-p)/2]",
            "groups ignored": "dw[n,c,p] = delta[b,n,i]*a[b,c,2*i+p]",
            "weights of the first group": "net[b,g,n,i] = bias[g,n] + w[0,n,c,p]*a[b,g,c,2*i+p]",
        },
    ),
    *wrong("other", DEPTHWISE, {"depths mixed": "da[b,c,x,y] = w[n,0,p,q]*delta[b,n,x-p,y-q]"}),
    *wrong("other", DENSE, {"dense, dw of the outputs": "dw[n,c] = net[b,n]*a[b,c]"}),
    *wrong(
        "other",
        AVERAGE_OVERLAPPING,
        {
            "overlap written over": "da[b,c,x] = delta[b,c,(x+1)/2]/3 + delta[b,c,x/2]/3",
            "padding not counted": "da[b,c,x] = sum(delta[b,c,(x+1-p)/2], p=3)/2",
        },
        also=("coefficient",),
    ),
    *wrong("other", AVERAGE, {"average, window of three": "net[b,c,i,j] = sum(a[b,c,2*i+p,2*j+q], p=3, q=3)/9"}),
)

WRONG_VALUES: tuple[Wrong, ...] = (
    *SLOPE,
    *NUMBERS,
    *SHAPES,
    *OTHERS,
)
