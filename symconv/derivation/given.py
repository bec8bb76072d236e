"""What a problem gives, as exact arrays of the layer's shapes; f'(net^{l-1}) where net^{l-1} is given."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import numpy as np
import sympy

from symconv.derivation.monomial import Array, Index, Shape
from symconv.errors import RequestError
from symconv.layers.activation import Activation
from symconv.layers.geometry import show
from symconv.layers.kinks import X
from symconv.layers.layer import Layer
from symconv.specification.numbers import Numbers, shown
from symconv.specification.values import GIVEN

PLACES = 50
"""Digits of an irrational f'."""


def given_arrays(numbers: Mapping[str, Numbers], layer: Layer, where: str) -> dict[str, Array]:
    """The given arrays by their names in the formula language, in the shapes of the layer; exact numbers.

    RequestError where one does not fit the layer.
    """
    found = {}
    for name in GIVEN:
        if name in numbers:
            array = _fitted(name, numbers[name], layer, where)
            found[name] = array
    if "net_prev" in found:
        if "df" in found:
            raise RequestError(f"{where} gives both df and net_prev, of which one follows from the other; give one")
        net_prev = found.pop("net_prev")
        if layer.previous_activation is not None:
            found["df"] = slopes(layer.previous_activation, net_prev)
    return found


def given_shapes(layer: Layer) -> dict[str, Shape]:
    """What a problem for this layer may give, in the layout of the emitted code; numeric sizes."""
    g = layer.geometry
    read = {factor.symbol for term in layer.net_input.terms for factor in term.factors}
    shapes = {"delta": g.output_shape, **({"bias": (int(g.filters),)} if "β" in read else {})}
    shapes |= dict.fromkeys(("a", "df", "net_prev"), g.input_shape) if "a" in read else {}
    return shapes | ({"w": g.weight_shape} if "w" in read and g.weight_shape is not None else {})


def _fitted(name: str, numbers: Numbers, layer: Layer, where: str) -> Array:
    shape = given_shapes(layer).get(name)
    if shape is None:
        raise RequestError(f"{where} gives {name}, and this layer has none; leave it out")
    full = full_shape(numbers.shape, shape)
    if full is None:
        raise RequestError(
            f"{name} in {where} has shape {show(numbers.shape)}, but in this layer {show(shape)} "
            "(leading axes of extent 1 may be left out); make them agree"
        )
    return numbers.values.reshape(full)


def full_shape(given: Index, shape: Index) -> Index | None:
    """The array's own shape where the given one is it with leading axes of extent 1 left out; else None.

    >>> full_shape((3, 3), (1, 1, 3, 3)), full_shape((3, 3), (1, 2, 3, 3))
    ((1, 1, 3, 3), None)
    """
    missing = len(shape) - len(given)
    return shape if missing >= 0 and (1,) * missing + tuple(given) == tuple(shape) else None


def slopes(activation: Activation, net: Array) -> Array:
    """f' at every cell: exact where it is rational, to 50 digits where it is not."""
    return _cell_by_cell(activation.derivative, net, f"{activation.name} has no derivative at")


def outputs(activation: Activation, net: Array) -> Array:
    """f at every cell, likewise."""
    return _cell_by_cell(activation.function, net, f"{activation.name} has no value at")


def _cell_by_cell(function: sympy.Expr, net: Array, refusal: str) -> Array:
    known: dict[Fraction, int | Fraction] = {}
    out = np.empty(net.shape, dtype=object)
    for at, value in np.ndenumerate(net):
        number = Fraction(value)
        if number not in known:
            known[number] = _value(function, number, refusal)
        out[at] = known[number]
    return out


def _value(function: sympy.Expr, at: Fraction, refusal: str) -> int | Fraction:
    exact = function.subs(X, sympy.Rational(at.numerator, at.denominator))
    value = exact if exact.is_Rational else sympy.Rational(str(exact.evalf(PLACES))) if exact.is_real else None
    if value is None or not value.is_finite:
        raise RequestError(f"{refusal} {shown(at)}, which net_prev holds; give another number")
    return int(value) if value.is_Integer else Fraction(int(value.p), int(value.q))
