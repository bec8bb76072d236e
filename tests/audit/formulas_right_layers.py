"""Right formulas of the other layers: groups, true convolution, transposed, locally connected, dense, averages."""

from __future__ import annotations

from tests.audit.formula_record import (
    AVERAGE,
    AVERAGE_OVERLAPPING,
    DENSE,
    DEPTHWISE,
    FLIPPED,
    GROUPS,
    LOCALLY,
    LOCALLY_PLANE,
    TRANSPOSED,
    TRANSPOSED_NO_BIAS,
    Right,
    right,
)

RIGHT_LAYERS: tuple[Right, ...] = (
    *right(
        GROUPS,
        {
            "net, groups split": "net[b,g,n,i] = bias[g,n] + w[g,n,c,p]*a[b,g,c,2*i+p]",
            "net, groups split on the left only": "net[b,g,n,i] = bias[3*g+n] + w[3*g+n,c,p]*a[b,2*g+c,2*i+p]",
            "da, groups split": "da[b,g,c,x] = w[g,n,c,p]*delta[b,g,n,(x-p)/2]",
            "da, groups flat, range given": "da[b,g,c,x] = sum(w[3*g+n,c,p]*delta[b,3*g+n,(x-p)/2], p, n=3)",
            "da, groups, scatter to flat channels": "da[b,2*g+c,2*i+p] = w[g,n,c,p]*delta[b,g,n,i]",
            "dw, groups split": "dw[g,n,c,p] = delta[b,g,n,i]*a[b,g,c,2*i+p]",
            "dw, groups, flat operands": "dw[g,n,c,p] = delta[b,3*g+n,i]*a[b,2*g+c,2*i+p]",
            "dw, groups, scatter to flat filters": "dw[3*g+n,c,p] = delta[b,g,n,i]*a[b,g,c,2*i+p]",
            "dbias, groups split": "dbias[g,n] = delta[b,g,n,i]",
            "dbias, groups flat": "dbias[n] = delta[b,n,i]",
            "delta_prev, groups split": "delta_prev[b,g,c,x] = df[b,g,c,x]*w[g,n,c,p]*delta[b,g,n,(x-p)/2]",
        },
    ),
    *right(
        DEPTHWISE,
        {
            "net, depthwise": "net[b,c,i,j] = bias[c] + w[c,0,p,q]*a[b,c,i+p,j+q]",
            "da, depthwise": "da[b,c,x,y] = w[c,0,p,q]*delta[b,c,x-p,y-q]",
            "dw, depthwise": "dw[c,0,p,q] = delta[b,c,i,j]*a[b,c,i+p,j+q]",
            "dw, depthwise, index on the left only": "dw[n,z,p,q] = delta[b,n,i,j]*a[b,n,i+p,j+q]",
        },
    ),
    *right(DEPTHWISE, {"da, depthwise, 1-based": "da[b,c,x,y] = w[c,1,p,q]*delta[b,c,x-p+1,y-q+1]"}, base=1),
    *right(
        FLIPPED,
        {
            "net, true convolution, indices": "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,i+1-p,j+1-q]",
            "da, true convolution, indices": "da[b,c,x,y] = w[n,c,p,q]*delta[b,n,x+p-1,y+q-1]",
            "dw, true convolution, indices": "dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,i+K-1-p,j+K-1-q]",
        },
    ),
    *right(
        TRANSPOSED,
        {
            "net, transposed": "net[b,n,x] = bias[n] + w[c,n,p]*a[b,c,(x+1-p)/2]",
            "da, transposed": "da[b,c,i] = w[c,n,p]*delta[b,n,2*i+p-1]",
            "dw, transposed": "dw[c,n,p] = a[b,c,i]*delta[b,n,2*i+p-1]",
            "dbias, transposed": "dbias[n] = delta[b,n,x]",
        },
    ),
    *right(
        TRANSPOSED_NO_BIAS,
        {
            "net, transposed, scatter": "net[b,n,2*i+p,2*j+q] = w[c,n,p,q]*a[b,c,i,j]",
            "da, transposed, plane": "da[b,c,i,j] = w[c,n,p,q]*delta[b,n,2*i+p,2*j+q]",
        },
    ),
    *right(
        LOCALLY,
        {
            "net, locally connected": "net[b,n,i] = bias[n] + w[n,c,p,i]*a[b,c,2*i+p]",
            "da, locally connected": "da[b,c,x] = w[n,c,p,(x-p)/2]*delta[b,n,(x-p)/2]",
            "da, locally connected, window form": "da[b,c,x] = w[n,c,x-2*i,i]*delta[b,n,i]",
            "da, locally connected, scatter": "da[b,c,2*i+p] = w[n,c,p,i]*delta[b,n,i]",
            "dw, locally connected": "dw[n,c,p,i] = delta[b,n,i]*a[b,c,2*i+p]",
            "dbias, locally connected": "dbias[n] = delta[b,n,i]",
        },
    ),
    *right(
        LOCALLY_PLANE,
        {
            "da, locally connected, plane": "da[b,c,2*i+p,j+q] = w[n,c,p,q,i,j]*delta[b,n,i,j]",
            "dw, locally connected, no leading axes": "dw[p,q,i,j] = delta[i,j]*a[2*i+p,j+q]",
        },
    ),
    *right(
        DENSE,
        {
            "net, dense": "net[b,n] = w[n,c]*a[b,c] + bias[n]",
            "da, dense": "da[b,c] = w[n,c]*delta[b,n]",
            "delta_prev, dense": "delta_prev[b,c] = df[b,c]*sum(w[n,c]*delta[b,n], n)",
            "dw, dense": "dw[n,c] = delta[b,n]*a[b,c]",
            "dbias, dense": "dbias[n] = delta[b,n]",
        },
    ),
    *right(
        AVERAGE,
        {
            "net, average": "net[b,c,i,j] = sum(a[b,c,2*i+p,2*j+q], p=2, q=2)/4",
            "net, average, factor first": "net[b,c,i,j] = 1/4*sum(a[b,c,2*i+p,2*j+q], p=2, q=2)",
            "net, average, one term per cell": "net[b,c,i,j] = (a[b,c,2*i,2*j] + a[b,c,2*i,2*j+1] + a[b,c,2*i+1,2*j]"
            " + a[b,c,2*i+1,2*j+1])/4",
            "da, average": "da[b,c,x,y] = sum(delta[b,c,(x-p)/2,(y-q)/2], p=2, q=2)/4",
            "delta_prev, average": "delta_prev[b,c,x,y] = df[b,c,x,y]*sum(delta[b,c,(x-p)/2,(y-q)/2]/4, p=2, q=2)",
        },
    ),
    *right(
        AVERAGE_OVERLAPPING,
        {
            "da, average, overlapping": "da[b,c,x] = sum(delta[b,c,(x+1-p)/2], p=3)/3",
            "da, average, overlapping, three terms": "da[b,c,x] = delta[b,c,(x+1)/2]/3 + delta[b,c,x/2]/3"
            " + delta[b,c,(x-1)/2]/3",
        },
    ),
)
