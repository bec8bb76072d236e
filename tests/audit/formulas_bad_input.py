"""``BAD_INPUT``: texts that are no formula, or none for their layer; each must be refused by one sentence."""

from __future__ import annotations

from tests.audit.formula_record import (
    AVERAGE,
    CHANNELS,
    FULL,
    GROUPS,
    LESSON,
    NO_BIAS,
    NOT_SQUARE,
    NoFormula,
    no_formula,
)

LONG = "da[x,y] = " + " + ".join(["w[p,q]*delta[x-p,y-q]"] * 5000)
DEEP = "da[x,y] = " + "(" * 300 + "delta[x,y]" + ")" * 300
DEEP_OPERATORS = "da = " + "rot180(" * 300 + "a" + ")" * 300

NAMES: tuple[NoFormula, ...] = (
    *no_formula(
        LESSON,
        {
            "tensor unknown": ("da[x,y] = v[p,q]*delta[x-p,y-q]", "v", 10),
            "tensor spelt out": ("da[x,y] = weights[p,q]*delta[x-p,y-q]", "weights", 10),
            "tensor in capitals": ("da[x,y] = w[p,q]*Delta[x-p,y-q]", "Delta", 17),
            "size read as a tensor": ("da[x,y] = W[p,q]*delta[x-p,y-q]", "W", 10),
            "gradient read as a tensor": ("delta_prev[x,y] = da[x,y]*df[x,y]", "da", 18),
            "target unknown": ("dx[x,y] = w[p,q]*delta[x-p,y-q]", "dx", 0),
            "target in capitals": ("dA[x,y] = w[p,q]*delta[x-p,y-q]", "dA", 0),
            "target not to be computed": ("delta[x,y] = w[p,q]*a[x-p,y-q]", "delta", 0),
            "size unknown": ("da[x,y] = w[T-1-p,q]*delta[x-p,y-q]", "T", 12),
            "size of a third dimension": ("da[x,y] = w[K3-1-p,q]*delta[x-p,y-q]", "K3", 12),
            "size with an underscore": ("da[x,y] = w[K_1-1-p,q]*delta[x-p,y-q]", "K_1", 12),
            "index in capitals": ("da[X,y] = w[p,q]*delta[X-p,y-q]", "X", 3),
            "index in capitals on the right": ("da[x,y] = w[I,q]*delta[x-I,y-q]", "I", 12),
            "tensor as an index": ("da[w,y] = delta[w,y]", "w", 3),
            "tensor as a shift": ("da[x,y] = w[p,q]*delta[x-a,y-q]", "subscript"),
            "function as an index": ("da[sum,y] = delta[sum,y]", "sum", 3),
        },
    ),
    *no_formula(
        AVERAGE,
        {
            "weights of a layer without": ("net[b,c,i,j] = w[p,q]*a[b,c,2*i+p,2*j+q]", "w", 15),
            "weight gradient of a layer without": ("dw[n,c,p,q] = delta[b,n,i,j]*a[b,c,i+p,j+q]", "dw", 0),
        },
    ),
    *no_formula(
        NO_BIAS,
        {
            "bias of a layer without": ("net[i,j] = w[p,q]*a[i+p,j+q] + bias[0]", "bias", 31),
            "bias gradient of a layer without": ("dbias[n] = delta[b,n,i,j]", "bias", 0),
        },
    ),
)

RANKS: tuple[NoFormula, ...] = (
    *no_formula(
        LESSON,
        {
            "w with one subscript": ("da[x,y] = w[p]*delta[x-p,y]", "w", 10),
            "w with five subscripts": ("da[b,c,x,y] = w[n,c,p,q,s]*delta[b,n,x-p,y-q]", "w", 14),
            "delta without its last axis": ("dw[n,c,p,q] = delta[b,n,i]*a[b,c,i+p,j+q]", "delta", 14),
            "target with one subscript": ("da[x] = w[p,q]*delta[x-p,q]", "da", 0),
            "target with five subscripts": ("da[b,g,c,x,y] = w[n,c,p,q]*delta[b,n,x-p,y-q]", "da", 0),
            "bias with a position": ("net[i,j] = w[p,q]*a[i+p,j+q] + bias[i,j]", "bias", 31),
            "w without subscripts": ("da[x,y] = w*delta[x,y]", "w", 10),
            "target without subscripts": ("da = w[p,q]*delta[x-p,y-q]", "da"),
        },
    ),
    *no_formula(
        CHANNELS,
        {
            "leading axes left out though not 1": ("da[x] = w[p]*delta[x-p]", "da", 0),
            "bias without its filter": ("net[b,n,i] = bias + w[n,c,p]*a[b,c,i+p]", "bias", 13),
            "group axis without groups": ("dw[g,n,c,p] = delta[b,n,i]*a[b,c,i+p]", "dw", 0),
        },
    ),
    *no_formula(GROUPS, {"two group axes": ("da[b,g,h,c,x] = w[g,n,c,p]*delta[b,g,n,(x-p)/2]", "da", 0)}),
    *no_formula(
        NOT_SQUARE,
        {
            "K where the sizes differ": ("da = cross(pad(delta, K-1), rot180(w))", "K1", 22),
            "K in a subscript": ("da[b,c,x,y] = w[n,c,K-1-p,q]*delta[b,n,x+p-1,y-q]", "K1", 20),
            "H where the sizes differ": ("da[b,c,H-1-x,y] = w[n,c,p,q]*delta[b,n,3-x-p,y-q]", "H1", 7),
        },
    ),
    *no_formula(FULL, {"S where the strides differ": ("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+1-p)/S,y-q]", "S1", 43)}),
)

BOUNDS: tuple[NoFormula, ...] = no_formula(
    LESSON,
    {
        "sum over an index that stands nowhere": ("da[x,y] = sum(delta[x,y], k)", "k"),
        "sum over one index too many": ("net[i,j] = bias + sum(w[p,q]*a[i+p,j+q], p, q, k)", "k"),
        "two indices that only differ": ("da[x,y] = delta[x+k-m,y]", "k"),
        "sum of a constant": ("da[x,y] = sum(1, k)", "k"),
        "index as a factor": ("da[x,y] = k*delta[x,y]", "k", 10),
        "sum over a number": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], 2)", "sum"),
        "sum over a size": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], P)", "sum"),
        "sum over an expression": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], p+1)", "sum"),
        "sum over a tensor": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], w)", "sum"),
        "sum of nothing": ("da[x,y] = sum()", "sum"),
        "range by an index": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], p=q)", "p=q"),
        "range below zero": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], p=-1)", "-1"),
        "range too large": ("da[x,y] = sum(w[p,q]*delta[x-p,y-q], p=1000000000)", "1000000000"),
    },
)

SYNTAX: tuple[NoFormula, ...] = no_formula(
    LESSON,
    {
        "nothing": ("", "empty"),
        "blanks": (" \n\t ", "empty"),
        "no assignment": ("w[p,q]*delta[x-p,y-q]", "="),
        "target alone": ("da[x,y]", "="),
        "assignment alone": ("=", "position", 0),
        "left side alone": ("da[x,y] =", "position", 9),
        "two targets in a chain": ("da[x,y] = dw[x,y] = delta[x,y]", "=", 18),
        "two targets in a row": ("da[x,y], dw[x,y] = delta[x,y]", "position", 7),
        "sum as a target": ("da[x,y] + dw[x,y] = delta[x,y]", "position", 8),
        "factor before the target": ("2*da[x,y] = delta[x,y]", "position", 0),
        "comparison": ("da[x,y] == w[p,q]*delta[x-p,y-q]", "position", 9),
        "added to": ("da[x,y] += w[p,q]*delta[x-p,y-q]", "position", 8),
        "bracket not closed": ("da[x,y = w[p,q]*delta[x-p,y-q]", "position", 7),
        "bracket closed twice": ("da[x,y]] = w[p,q]*delta[x-p,y-q]", "position", 7),
        "bracket closed by another": ("da[x,y] = w[p,q)*delta[x-p,y-q]", "position", 15),
        "parenthesis not closed": ("da[x,y] = (w[p,q]*delta[x-p,y-q]", "position", 32),
        "parenthesis not opened": ("da[x,y] = w[p,q]*delta[x-p,y-q])", "position", 31),
        "product without a sign": ("da[x,y] = w[p,q] delta[x-p,y-q]", "position", 17),
        "product by two signs": ("da[x,y] = w[p,q]**delta[x-p,y-q]", "position", 17),
        "factor missing at the end": ("da[x,y] = w[p,q]*", "position", 17),
        "factor missing at the start": ("da[x,y] = *w[p,q]", "position", 10),
        "subscript missing": ("da[x,y] = w[p,,q]*delta[x-p,y-q]", "position", 14),
        "no subscripts": ("da[x,y] = w[]*delta[x,y]", "position", 12),
        "semicolon": ("da[x,y] = w[p;q]*delta[x-p,y-q]", "position", 13),
        "power": ("da[x,y] = w[p,q]^2*delta[x-p,y-q]", "position", 16),
        "braces": ("da[x,y] = w{p,q}*delta[x-p,y-q]", "position", 11),
        "slice": ("da[x,y] = w[p:q,q]*delta[x-p,y-q]", "position", 13),
        "attribute": ("da[x,y] = w[p,q].T", "position", 16),
        "quotation": ("da[x,y] = 'w'", "position", 10),
        "condition": ("da[x,y] = w[p,q] if 1 else 0", "position", 17),
        "dollar": ("da[x,y] = $w[p,q]", "position", 10),
        "null byte": ("da[x,y] = w[p,q]\0*delta[x-p,y-q]", "position", 16),
        "code": ("__import__('os').getcwd()", "="),
        "code on the right": ("da[x,y] = __import__('os').getcwd()", "__import__", 10),
        "epsilon as a letter": ("da[x,y] = w[p,q]*ε[x-p,y-q]", "ε", 17),
        "Cyrillic index": ("da[х,y] = w[p,q]*delta[х-p,y-q]", "х", 3),
        "en dash for a minus": ("da[x,y] = w[p,q]*delta[x–p,y-q]", "–", 24),
        "bullet": ("da[x,y] = w[p,q]•delta[x-p,y-q]", "•", 16),
        "full width": ("ｄａ[x,y] = w[p,q]*delta[x-p,y-q]", "ｄ", 0),
        "too long": (LONG, "long"),
        "too deep": (DEEP, "nest"),
        "too deep in operators": (DEEP_OPERATORS, "nest"),
        "subscript not affine": ("da[x,y] = w[p*q,q]*delta[x-p,y-q]", "affine"),
        "subscript divided by an index": ("da[x,y] = w[p,q]*delta[x/p,y-q]", "affine"),
        "subscript divided by zero": ("da[x,y] = w[p,q]*delta[x/0,y-q]", "zero"),
        "subscript from data": ("da[x,y] = w[a[x,y],q]*delta[x,y-q]", "subscript"),
        "divided by a tensor": ("da[x,y] = delta[x-p,y-q]/w[p,q]", "divi"),
        "divided by zero": ("da[x,y] = delta[x,y]/0", "zero"),
    },
)

OPERATORS: tuple[NoFormula, ...] = no_formula(
    LESSON,
    {
        "function of another tool": ("da = conv(delta, w)", "conv", 5),
        "operator misspelt": ("da = cross(pad(delta, 1), rotate(w))", "rotate", 26),
        "operator in capitals": ("da = Cross(pad(delta, 1), rot180(w))", "Cross", 5),
        "function in indices": ("da[x,y] = exp(delta[x,y])", "exp", 10),
        "product over an index": ("da[x,y] = prod(w[p,q]*delta[x-p,y-q], p)", "prod", 10),
        "maximum": ("net[i,j] = max(a[i+p,j+q], p, q)", "max", 11),
        "module": ("da = np.pad(delta, 1)", "position", 7),
        "cross with one argument": ("da = cross(delta)", "cross"),
        "cross with an unknown option": ("da = cross(pad(delta, 1), rot180(w), padding=1)", "padding"),
        "cross with no step": ("dw = cross(a, delta, stride=0)", "stride"),
        "pad without an amount": ("da = pad(delta)", "pad"),
        "pad with three amounts": ("da = pad(delta, 1, 2, 1)", "pad"),
        "pad in three dimensions": ("da = cross(pad(delta, 1x1x1), rot180(w))", "1x1x1"),
        "pad by an index": ("da = cross(pad(delta, k), rot180(w))", "k", 22),
        "pad by half a cell": ("da = cross(pad(delta, K/4), rot180(w))", "K/4"),
        "pad without end": ("da = cross(pad(delta, 1000000000), rot180(w))", "1000000000"),
        "rotation by an amount": ("da = cross(pad(delta, 1), rot180(w, 2))", "rot180"),
        "insert_zeros with no step": ("da = cross(insert_zeros(delta, 0), rot180(w))", "insert_zeros"),
        "insert_zeros with a negative step": ("da = cross(insert_zeros(delta, -2), rot180(w))", "insert_zeros"),
        "insert_zeros with a pair": ("da = cross(insert_zeros(delta, 1:2), rot180(w))", "insert_zeros"),
        "insert_zeros without end": ("da = cross(insert_zeros(delta, 1000000000), w)", "1000000000"),
        "every with no step": ("dw = every(cross(a, delta), 0)", "every"),
        "subscripts within operators": ("da = cross(pad(delta[x,y], 1), rot180(w))", "delta", 15),
    },
)

BAD_INPUT: tuple[NoFormula, ...] = (*NAMES, *RANKS, *BOUNDS, *SYNTAX, *OPERATORS)
