"""Right formulas with indices: gather, window and scatter forms of the lesson's layers, padding, stride, dilation."""

from __future__ import annotations

from tests.audit.formula_record import (
    CUBE,
    DILATED,
    FULL,
    LEFT_OVER,
    LEFT_OVER_LINE,
    LESSON,
    LINE,
    NAMED,
    NAMED_FILTER,
    NAMED_STRIDE,
    NO_BIAS,
    SAME,
    STRIDE_AND_DILATION,
    STRIDED_LINE,
    WIDE_PADDING,
    Right,
    right,
)

LESSON_FORMULAS: tuple[Right, ...] = (
    *right(
        LESSON,
        {
            "net, all axes, sum written": "net[b,n,i,j] = bias[n] + sum(w[n,c,p,q]*a[b,c,i+p,j+q], c, p, q)",
            "net, all axes, sum left out": "net[b,n,i,j] = w[n,c,p,q]*a[b,c,i+p,j+q] + bias[n]",
            "net, leading axes left out": "net[i,j] = w[p,q]*a[i+p,j+q] + bias",
            "net, bias counted once per tap": "net[i,j] = sum(w[p,q]*a[i+p,j+q] + bias/4, p, q)",
            "net, one term per tap": "net[i,j] = bias + w[0,0]*a[i,j] + w[0,1]*a[i,j+1] + w[1,0]*a[i+1,j]"
            " + w[1,1]*a[i+1,j+1]",
            "net, over input cells": "net[i,j] = bias + w[x-i,y-j]*a[x,y]",
            "da, gather": "da[x,y] = w[p,q]*delta[x-p,y-q]",
            "da, all axes and sum": "da[b,c,x,y] = sum(w[n,c,p,q]*delta[b,n,x-p,y-q], n, p, q)",
            "da, sums nested": "da[x,y] = sum(sum(w[p,q]*delta[x-p,y-q], q), p)",
            "da, taps turned": "da[x,y] = w[1-p,1-q]*delta[x+p-1,y+q-1]",
            "da, taps turned by size": "da[x,y] = w[K-1-p,K-1-q]*delta[x+p-(K-1),y+q-(K-1)]",
            "da, window form": "da[x,y] = w[x-i,y-j]*delta[i,j]",
            "da, scatter": "da[i+p,j+q] = w[p,q]*delta[i,j]",
            "da, one term per tap": "da[x,y] = w[0,0]*delta[x,y] + w[0,1]*delta[x,y-1] + w[1,0]*delta[x-1,y]"
            " + w[1,1]*delta[x-1,y-1]",
            "da, no blanks": "da[x,y]=w[p,q]*delta[x-p,y-q]",
            "da, many blanks": "  da [ x , y ]  =  w[ p , q ]  *  delta[ x - p , y - q ]  ",
            "da, two lines": "da[x,y] =\n    w[p,q] * delta[x-p, y-q]",
            "da, indices with long names": "da[row,column] = delta[row-down,column-across]*w[down,across]",
            "da, indices with digits": "da[x1,x2] = w[p1,p2]*delta[x1-p1,x2-p2]",
            "da, parentheses": "da[x,y] = ((w[p,q])*(delta[(x)-(p),(y-q)]))",
            "da, two signs": "da[x,y] = -(-w[p,q])*delta[-p+x,-(q-y)]",
            "da, terms that cancel": "da[x,y] = 3*w[p,q]*delta[x-p,y-q] - 2*w[p,q]*delta[x-p,y-q]",
            "delta_prev, gather": "delta_prev[x,y] = df[x,y]*w[p,q]*delta[x-p,y-q]",
            "delta_prev, slope last": "delta_prev[b,c,x,y] = sum(w[n,c,p,q]*delta[b,n,x-p,y-q], n, p, q)*df[b,c,x,y]",
            "delta_prev, scatter": "delta_prev[i+p,j+q] = df[i+p,j+q]*w[p,q]*delta[i,j]",
            "dw, 0-based": "dw[i,j] = delta[m,n]*a[i+m,j+n]",
            "dw, all axes": "dw[n,c,p,q] = sum(delta[b,n,i,j]*a[b,c,i+p,j+q], b, i, j)",
            "dw, one term per output": "dw[p,q] = delta[0,0]*a[p,q] + delta[0,1]*a[p,q+1] + delta[1,0]*a[p+1,q]"
            " + delta[1,1]*a[p+1,q+1]",
            "dw, over input cells": "dw[p,q] = delta[x-p,y-q]*a[x,y]",
            "dw, scatter": "dw[x-i,y-j] = delta[i,j]*a[x,y]",
            "dbias, all axes": "dbias[n] = delta[b,n,i,j]",
            "dbias, sum written": "dbias[n] = sum(delta[b,n,i,j], b, i, j)",
            "dbias, leading axes left out": "dbias = delta[i,j]",
        },
    ),
    *right(
        LESSON,
        {
            "net, 1-based": "net[i,j] = w[m,n]*a[i+m-1,j+n-1] + bias",
            "net, 1-based, channels written": "net[1,1,i,j] = w[1,1,m,n]*a[1,1,i+m-1,j+n-1] + bias[1]",
            "da, 1-based": "da[i,j] = w[m,n]*delta[i-m+1,j-n+1]",
            "da, 1-based, taps turned": "da[i,j] = w[3-m,3-n]*delta[i+m-2,j+n-2]",
            "da, 1-based, taps turned by size": "da[i,j] = w[K+1-m,K+1-n]*delta[i+m-K,j+n-K]",
            "da, 1-based, scatter": "da[i+m-1,j+n-1] = w[m,n]*delta[i,j]",
            "dw, 1-based": "dw[i,j] = delta[m,n]*a[i+m-1,j+n-1]",
            "delta_prev, 1-based": "delta_prev[i,j] = w[m,n]*delta[i-m+1,j-n+1]*df[i,j]",
        },
        base=1,
    ),
    *right(NO_BIAS, {"net, no bias": "net[i,j] = sum(w[p,q]*a[i+p,j+q], p, q)"}),
)

PADDED: tuple[Right, ...] = (
    *right(
        SAME,
        {
            "da, padding 1": "da[x,y] = w[p,q]*delta[x+1-p,y+1-q]",
            "da, padding by name": "da[x,y] = w[p,q]*delta[x+P-p,y+P-q]",
            "da, padding 1, taps turned": "da[x,y] = w[2-p,2-q]*delta[x+p-1,y+q-1]",
            "dw, padding after by name": "dw[p,q] = delta[i,j]*a[i+p-Q,j+q-P]",
        },
    ),
    *right(
        WIDE_PADDING,
        {
            "da, padding over filter": "da[x] = w[p]*delta[x+3-p]",
            "da, padding over filter, taps turned": "da[x] = w[1-p]*delta[x+p+2]",
            "dw, padding over filter": "dw[p] = delta[i]*a[i+p-3]",
        },
    ),
)

STRIDED: tuple[Right, ...] = (
    *right(
        FULL,
        {
            "net, everything": "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,2*i+p-1,j+q]",
            "net, sizes by dimension": "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,S1*i+D1*p-P1,S2*j+D2*q-P2]",
            "da, everything": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+1-p)/2,y-q]",
            "da, everything, sizes": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+P1-D*p)/S1,(y+P2-D*q)/S2]",
            "da, everything, W and L": "da[b,c,x,W-1-y] = w[n,c,p,L-1-q]*delta[b,n,(x+1-p)/2,W-L-y+q]",
            "da, everything, window form": "da[b,c,x,y] = w[n,c,x+1-2*i,y-j]*delta[b,n,i,j]",
            "da, everything, scatter": "da[b,c,2*i+p-1,j+q] = w[n,c,p,q]*delta[b,n,i,j]",
            "da, everything, polyphase": "da[b,c,x,y] = w[n,c,2*m,q]*delta[b,n,(x+1)/2-m,y-q]"
            " + w[n,c,2*m+1,q]*delta[b,n,x/2-m,y-q]",
            "dw, everything": "dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,2*i+p-1,j+q]",
            "dw, everything, over input cells": "dw[n,c,p,q] = a[b,c,x,y]*delta[b,n,(x+1-p)/2,y-q]",
            "dw, everything, scatter": "dw[n,c,x+1-2*i,y-j] = a[b,c,x,y]*delta[b,n,i,j]",
            "dbias, everything": "dbias[n] = delta[b,n,i,j]",
            "delta_prev, everything": "delta_prev[b,c,x,y] = df[b,c,x,y]*w[n,c,p,q]*delta[b,n,(x+1-p)/2,y-q]",
        },
    ),
    *right(
        STRIDED_LINE,
        {
            "da, zero insertion by hand": "da[b,c,x] = w[n,c,x+1-u]*delta[b,n,u/2]",
            "da, zero insertion, taps turned": "da[b,c,x] = w[n,c,2-p]*delta[b,n,(x+p-1)/2]",
            "da, polyphase, three terms": "da[b,c,x] = w[n,c,0]*delta[b,n,(x+1)/2] + w[n,c,1]*delta[b,n,x/2]"
            " + w[n,c,2]*delta[b,n,(x-1)/2]",
            "dw, zero insertion by hand": "dw[n,c,p] = delta[b,n,u/S]*a[b,c,u+p-P]",
        },
    ),
    *right(
        STRIDED_LINE,
        {
            "da, stride 2, 1-based": "da[b,c,x] = w[n,c,p]*delta[b,n,(x-p+1)/2+1]",
            "dw, stride 2, 1-based": "dw[n,c,p] = delta[b,n,i]*a[b,c,2*(i-1)+p-1]",
        },
        base=1,
    ),
    *right(
        LEFT_OVER,
        {
            "da, left-over rows": "da[0,c,x,y] = w[n,c,p,q]*delta[0,n,(x+1-p)/2,(y+1-q)/2]",
            "da, left-over rows, scatter": "da[b,c,2*i+p-1,2*j+q-1] = w[n,c,p,q]*delta[b,n,i,j]",
        },
    ),
    *right(
        LEFT_OVER_LINE,
        {
            "da, stride over filter": "da[x] = w[p]*delta[(x-p)/3]",
            "da, from the far edge": "da[H-1+Q-R-S*i-p] = w[K-1-p]*delta[O-1-i]",
        },
    ),
    *right(
        DILATED,
        {
            "da, dilation": "da[0,0,x] = w[n,0,p]*delta[0,n,x-2*p]",
            "da, dilation, window form": "da[b,c,x] = w[n,c,(x-i)/2]*delta[b,n,i]",
            "dw, dilation": "dw[n,c,p] = delta[b,n,i]*a[b,c,i+2*p]",
            "dw, dilation, over input cells": "dw[n,c,(x-i)/D] = a[b,c,x]*delta[b,n,i]",
        },
    ),
    *right(
        STRIDE_AND_DILATION,
        {
            "da, stride and dilation": "da[b,c,x] = w[n,c,p]*delta[b,n,(x+2-3*p)/2]",
            "da, stride and dilation, sizes": "da[b,c,x] = sum(w[n,c,p]*delta[b,n,(x+P-D*p)/S], n, p)",
            "da, stride and dilation, window form": "da[b,c,x] = w[n,c,(x+P-S*i)/D]*delta[b,n,i]",
            "da, stride and dilation, by residue": "da[b,c,x] = w[n,c,2*m]*delta[b,n,x/2+1-3*m]"
            " + w[n,c,2*m+1]*delta[b,n,(x-1)/2-3*m]",
            "dw, stride and dilation": "dw[n,c,p] = delta[b,n,i]*a[b,c,S*i+D*p-P]",
        },
    ),
    *right(
        CUBE,
        {
            "da, three dimensions": "da[b,c,x,y,z] = w[n,c,p,q,s]*delta[b,n,x-p,(y-q)/2,z-s]",
            "dw, three dimensions": "dw[n,c,p,q,s] = delta[b,n,i,j,k]*a[b,c,i+p,2*j+q,k+s]",
        },
    ),
    *right(LINE, {"da, one dimension": "da[b,c,x] = w[n,c,p]*delta[b,n,x-p]"}),
)

NAMED_SIZES: tuple[Right, ...] = (
    *right(
        NAMED,
        {
            "da, named sizes": "da[x,y] = w[p,q]*delta[x+1-p,y+1-q]",
            "dw, named sizes": "dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,i+p-1,j+q-1]",
        },
    ),
    *right(
        NAMED_STRIDE,
        {
            "da, named size, stride 2": "da[b,c,x] = w[n,c,p]*delta[b,n,(x-p)/2]",
            "da, named size, scatter": "da[b,c,2*i+p] = w[n,c,p]*delta[b,n,i]",
        },
    ),
    *right(NAMED_FILTER, {"da, named filter size": "da[x] = w[K-1-p]*delta[x+p-K+1]"}),
)

RIGHT_INDEX: tuple[Right, ...] = (*LESSON_FORMULAS, *PADDED, *STRIDED, *NAMED_SIZES)
