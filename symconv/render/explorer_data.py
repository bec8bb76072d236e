"""The derivation as data that a page can read: every expression a list of terms, every formula its reads and bounds.

A page with these and :mod:`symconv.algebra.evaluate`'s rule (a read outside, or at no whole number, is 0) knows every
product of every cell for any sizes. So no formula is written down a second time, in another language.

    terms       D·(K-1) - P      [[1, "D", "K"], [-1, "D"], [-1, "P"]]; a letter that divides is written "/G"
    subscript   (x + P - D·p)/S  [terms above, terms below]
    extents     of every axis, as terms; what no control sets (O and r) is told by ``fits``
"""

from __future__ import annotations

from itertools import product
from typing import Any

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.algebra.formula import IndexedSum
from symconv.derivation.backward import Backward, Derivation, backward
from symconv.derivation.operator import Cross, Elementwise, InsertZeros, Name, Operator, Pad, Rotate, Scaled, Total
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input

Data = list[Any]
KINDS = ("conv", "conv-transpose")
DIMENSIONS = (1, 2)


def derivations(flip: bool, bias: bool) -> dict[str, object]:
    """All that a page offers, by kind and each dimension's stride: where it is 1, the simplest form may be another."""
    return {
        f"{kind} {' '.join(pattern)}": derivation_data(lettered(kind, pattern, flip=flip, bias=bias))
        for kind, dimensions in product(KINDS, DIMENSIONS)
        for pattern in product("1S", repeat=dimensions)
    }


def lettered(kind: str, strides: tuple[str, ...], *, flip: bool, bias: bool, groups: str | int = "G") -> Geometry:
    """The layer with a letter of its own for every number, but for strides given as ``"1"``."""
    suffixes = [""] if len(strides) == 1 else [str(d + 1) for d in range(len(strides))]

    def letters(letter: str) -> tuple[str, ...]:
        return tuple(letter + suffix for suffix in suffixes)

    return Geometry(
        kind=kind,
        input_size=letters("H"),
        filter_size=letters("K"),
        filters="N",
        depth="C",
        batch="B",
        groups=groups,
        stride=tuple(1 if given == "1" else letter for given, letter in zip(strides, letters("S"), strict=True)),
        dilation=letters("D"),
        padding=tuple(zip(letters("P"), letters("Q"), strict=True)),
        output_padding=letters("r") if kind == "conv-transpose" else (0,) * len(strides),
        flip=flip,
        bias=bias,
    )


def derivation_data(geometry: Geometry) -> dict[str, object]:
    """The forward formula and its gradients, with the axes that they share."""
    derived = backward(net_input(geometry))
    axes = {a.name: a for view in views(derived) for s in view.solved for a in (*s.target.axes, *s.bounds)}
    given = {str(v) for v in (*geometry.input_size, *geometry.output_padding)}
    return {
        "axes": {name: terms(axis.extent) for name, axis in axes.items()},
        "fits": [fit for axis in axes.values() if (fit := _fit(axis, given))],
        "arrays": {
            f.symbol: [a.name for a in f.tensor.axes] for view in views(derived) for s in view.solved for f in s.factors
        },
        "views": {view.goal: _view(view) for view in views(derived)},
    }


def views(derived: Backward) -> tuple[Derivation, ...]:
    """What a page shows of a layer: forward, and what the error is differentiated by."""
    return derived.goals


def terms(value: Size) -> Data:
    """An expression as a sum of products of letters.

    >>> D, K, G, C = sympy.symbols("D K G C")
    >>> terms(D * (K - 1) + C / G)
    [[-1, 'D'], [1, '/G', 'C'], [1, 'D', 'K']]
    """
    expanded = sympy.expand(sympy.sympify(value, strict=True))
    return [_term(t) for t in sorted(sympy.Add.make_args(expanded), key=str) if t != 0]


def _term(term: sympy.Expr) -> Data:
    coefficient, body = term.as_coeff_Mul()
    powers = {} if body == 1 else body.as_powers_dict()
    if not coefficient.is_Integer or any(not s.is_Symbol or e not in (1, -1) for s, e in powers.items()):
        raise ValueError(f"{term} is no whole multiple of a product of letters")
    return [int(coefficient), *sorted(s.name if e == 1 else f"/{s.name}" for s, e in powers.items())]


def _fit(axis: Axis, given: set[str]) -> list[str] | None:
    """``[x, H, O, r]``: O is the largest, and r what is left, for which the extent of x is H."""
    free = {} if isinstance(axis.extent, int) else {s.name: s for s in axis.extent.free_symbols}
    output = next((name for name in free if name.startswith("O")), None)
    if output is None or axis.extent == free[output]:
        return None
    rest = next(name for name in free if name.startswith("r") and name not in given)
    return [axis.name, f"H{output[1:]}", output, rest]


def _view(view: Derivation) -> dict[str, object]:
    return {
        "target": [a.name for a in view.form.output.axes],
        "sums": [_sum(s) for s in view.solved],
        "operator": None if view.operator is None else [_operator(view.target), _operator(view.operator)],
    }


def _sum(formula: IndexedSum) -> dict[str, object]:
    if formula.conditions or formula.scale != 1:
        raise ValueError(f"the sum for {formula.target.symbol} has a scale or conditions, which a page does not read")
    return {
        "bounds": [a.name for a in formula.bounds],
        "reads": [[f.symbol, [_subscript(s) for s in f.subscripts]] for f in formula.factors],
    }


def _subscript(subscript: sympy.Expr) -> Data:
    above, below = sympy.together(subscript).as_numer_denom()
    if below.could_extract_minus_sign():
        above, below = -above, -below
    return [terms(above), terms(below)]


def _operator(tree: Operator) -> Data:
    """The tree by its words, inner trees first."""
    match tree:
        case Name(symbol, subscripts):
            return ["name", symbol, [a.name for a in subscripts]]
        case Pad(array, amounts):
            return ["pad", _operator(array), [[terms(before), terms(after)] for before, after in amounts]]
        case InsertZeros(array, strides):
            return ["insert", _operator(array), [terms(s) for s in strides]]
        case Rotate(array):
            return ["rot180", _operator(array)]
        case Cross(array, filter, stride, dilation):
            options = [["stride", [terms(s) for s in stride]], ["dilation", [terms(s) for s in dilation]]]
            return ["cross", _operator(array), _operator(filter), options]
        case Scaled(1, summed, array):
            return ["sum", [a.name for a in summed], _operator(array)]
        case Elementwise(left, right):
            return ["elementwise", _operator(left), _operator(right)]
        case Total(parts):
            return ["total", [_operator(part) for part in parts]]
    raise ValueError(f"{type(tree).__name__} is no word of a page")
