"""Layers of one's own, a reason for every line: the formula, and the sizes that it does not tell."""

from __future__ import annotations

from typing import Any

import symconv
from symconv.layers.layer import Layer

OWN: dict[str, tuple[str, dict[str, Any]]] = {
    "the issue's": (
        "net[b,n,i] = bias[n] + sum(w[n,c,p]*a[b,c,2*i+p-1], c, p)",
        {"input_size": 8, "output_size": 4, "filter_size": 3, "depth": 2, "filters": 2, "batch": 2},
    ),
    "channels left out": (
        "net[i,j] = w[p,q]*a[i+p,j+q]",
        {"input_size": (4, 3), "output_size": (3, 2), "filter_size": (2, 2)},
    ),
    "two dimensions": (
        "net[b,n,i,j] = bias[n] + w[n,c,p,q]*a[b,c,2*i+p,j+2*q-1]",
        {"input_size": (6, 5), "output_size": (2, 5), "filter_size": (3, 2), "depth": 2, "filters": 3},
    ),
    "dense": ("net[b,n] = bias[n] + w[n,c]*a[b,c]", {"depth": 4, "filters": 3, "batch": 2}),
    "locally connected": (
        "net[b,n,i] = bias[n] + w[n,c,p,i]*a[b,c,2*i+p]",
        {"input_size": 7, "output_size": 3, "filter_size": 2, "depth": 2, "filters": 2},
    ),
    "depthwise": (
        "net[b,c,i] = w[c,p]*a[b,c,i+p-1]",
        {"input_size": 5, "output_size": 5, "filter_size": 3, "depth": 3},
    ),
    "groups": (
        "net[b,g,n,i] = bias[g,n] + w[g,n,c,p]*a[b,g,c,i+p]",
        {"input_size": 5, "output_size": 4, "filter_size": 2, "depth": 4, "filters": 6, "groups": 2, "batch": 2},
    ),
    "transposed by its target": (
        "net[b,n,2*i+p-1] = w[c,n,p]*a[b,c,i]",
        {"input_size": 3, "output_size": 6, "filter_size": 3, "depth": 2, "filters": 2},
    ),
    "gathered by division": (
        "net[b,n,i] = w[n,c,p]*a[b,c,(i+1-p)/2]",
        {"input_size": 3, "output_size": 5, "filter_size": 3, "depth": 2},
    ),
    "taps told by the read": (
        "net[b,n,i] = w[n,c,x-2*i+1]*a[b,c,x]",
        {"input_size": 7, "output_size": 4, "filter_size": 3, "depth": 2, "filters": 2},
    ),
    "flipped": ("net[b,n,i] = w[n,c,K-1-p]*a[b,c,i+p]", {"input_size": 6, "output_size": 4, "filter_size": 3}),
    "diagonal": ("net[b,n,i] = w[n,c]*a[b,c,i,i]", {"input_size": (3, 3), "depth": 2, "filters": 2, "batch": 2}),
    "diagonal of a wide one": ("net[b,n,i] = w[n,i]*a[b,n,i,i]", {"input_size": (3, 4), "output_size": 3, "depth": 2}),
    "diagonal weights": ("net[b,n,i] = w[i,i]*a[b,n,i]", {"input_size": 3, "filters": 2}),
    "trace": ("net[b,n] = bias[n] + w[n,c]*a[b,c,i,i]", {"input_size": (3, 3), "output_size": (), "depth": 2}),
    "a bias and no weights": (
        "net[b,n,i] = bias[n] + a[b,n,2*i+1]",
        {"input_size": 4, "output_size": 2, "depth": 2, "filters": 2},
    ),
    "every third cell": ("net[b,n,i] = w[n]*a[b,n,3*i+1]", {"input_size": 6, "output_size": 2}),
    "constant": ("net[b,n,i] = w[n,i]*a[b,n,i] + a[b,n,0]", {"input_size": 4, "depth": 2}),
    "constant taps": (
        "net[b,n,i] = w[0]*a[b,n,i] - w[1]*a[b,n,i+1]",
        {"input_size": 5, "output_size": 4, "filters": 2},
    ),
    "circular": (
        "net[b,n,i] = w[n,c,p]*a[b,c,i+p-1] + w[n,c,0]*a[b,c,i+H-1] + w[n,c,K-1]*a[b,c,i+1-H]",
        {"input_size": 4, "output_size": 4, "filter_size": 3, "depth": 2, "filters": 2},
    ),
    "reflected": (
        "net[i] = w[p]*a[i+p-1] + w[0]*a[1-i] + w[2]*a[2*H-2-1-i]",
        {"input_size": 5, "output_size": 5, "filter_size": 3},
    ),
    "toeplitz": (
        "net[b,n,i] = w[n,i-j+H-1]*a[b,n,j]",
        {"input_size": 4, "output_size": 4, "filter_size": 7, "depth": 2},
    ),
    "prefix sums": ("net[b,n,i] = sum(a[b,n,i-p], p=H)", {"input_size": 4, "output_size": 4, "depth": 2}),
    "square": ("net[b,n,i] = w[n,c,i]*a[b,c,i]*a[b,c,i]", {"input_size": 3, "depth": 2, "filters": 2}),
    "square of a weight": (
        "net[b,n,i] = w[n,p]*w[n,p]*a[b,n,i+p]",
        {"input_size": 5, "output_size": 4, "filter_size": 2},
    ),
    "volterra": (
        "net[b,n,i] = bias[n] + w[n,p,q]*a[b,n,i+p]*a[b,n,i+q]",
        {"input_size": 5, "output_size": 4, "filter_size": (2, 2), "depth": 2},
    ),
    "gated": (
        "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,i+p-1]*a[b,n,i]",
        {"input_size": 4, "filter_size": 3, "depth": 2, "batch": 2},
    ),
    "correlation": (
        "net[b,n,i] = w[n]*a[b,c,i]*a[b,c,i+n]",
        {"input_size": 6, "output_size": 4, "filters": 3, "depth": 2},
    ),
    "autocorrelation without weights": (
        "net[b,n,i] = a[b,c,i]*a[b,c,i+n]/C",
        {"input_size": 6, "output_size": 4, "filters": 3, "depth": 2},
    ),
    "bilinear": ("net[b,n] = bias[n] + w[n,c,d]*a[b,c]*a[b,d]", {"depth": 3, "filters": 2, "batch": 2}),
    "low rank": ("net[b,n] = w[n,c]*w[n,d]*a[b,c]*a[b,d]", {"depth": 2, "filters": 2}),
    "cubic": ("net[b,n,i] = w[n,p]*a[b,n,i]*a[b,n,i]*a[b,n,i+p]", {"input_size": 3, "filter_size": 2}),
    "bias times input": ("net[b,n,i] = w[n]*a[b,n,i] + bias[n]*a[b,n,i+1]", {"input_size": 3, "depth": 2}),
    "squared bias": ("net[b,n,i] = w[n]*a[b,n,i] + bias[n]*bias[n]/2", {"input_size": 3, "depth": 2}),
    "average": ("net[b,n,i] = sum(a[b,n,2*i+p]/3, p=3)", {"input_size": 7, "output_size": 3, "depth": 2, "batch": 2}),
    "halves": ("net[b,n,i] = w[n,c,p]*a[b,c,i+p]/2", {"input_size": 5, "output_size": 4, "filter_size": 2, "depth": 2}),
    "ranges given": (
        "net[b,n,i] = sum(w[n,p]*a[b,n,i+p], p=2) + sum(a[b,n,i], q=3)",
        {"input_size": 5, "output_size": 4, "depth": 2},
    ),
    "shorter of two": ("net[b,n,i] = w[i]*a[b,n,i]", {"input_size": 5, "output_size": 3, "filters": 2}),
    "product of sums": (
        "net[b,n,i] = (w[n,p] + 1)*(a[b,n,i+p] - 2*a[b,n,i])",
        {"input_size": 4, "output_size": 3, "filter_size": 2},
    ),
    "attention of positions": ("net[b,n,i] = w[n,j]*a[b,c,i]*a[b,c,j]", {"input_size": 3, "filters": 2, "depth": 2}),
    "a number is added": ("net[b,n,i] = w[n,i]*a[b,n,i] + 3", {"input_size": 3, "filters": 2}),
    "three dimensions": (
        "net[b,n,i,j,k] = w[n,c,p,q,s]*a[b,c,i+p,j+q,2*k+s]",
        {"input_size": (3, 3, 4), "output_size": (2, 2, 2), "filter_size": (2, 2, 1)},
    ),
    "from two dimensions to one": (
        "net[b,n,i] = w[n,c,p,y]*a[b,c,i+p,y]",
        {"input_size": (5, 3), "output_size": 4, "filter_size": 2, "depth": 2, "filters": 2},
    ),
    "one input spread": ("net[b,n,i,j] = w[n,j]*a[b,n,i]", {"input_size": 3, "output_size": (3, 2), "filters": 2}),
}


def own_layer(name: str, **more: Any) -> Layer:
    """A layer of the table."""
    text, sizes = OWN[name]
    return symconv.from_formula(text, **{**sizes, **more})
