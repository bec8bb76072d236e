"""The activation function in exact arithmetic, and the module's class against it where f saturates.

Values come from SymPy's own f and f', evaluated by mpmath. A result may be off by a few units in the last place
of itself, and by what a rounding of the net input alone would do: ``ε · (|v| + |x·v'|)`` times a small factor.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import mpmath
import numpy as np
import sympy

from symconv.layers.accuracy import FAST
from symconv.layers.activation import X
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.layers.smoothness import kinks
from symconv.verify.execute import Subject, array_of_shape
from symconv.verify.reference import Array, expected, shapes, taps
from symconv.verify.report import NotAsked, Refuted
from symconv.verify.sizes import with_channels

LARGEST_EXPONENT = 10**6
"""e to more than this is out of every float's range by far; digits of towers of powers would never end."""
LARGEST_ANGLE = 10**1000
PRECISIONS = (400, 460, 900)
"""Digits. The first hold 1 beside the least float: with fewer, a term such as log(1 + e^-300) is 0 every time."""
AGREE = 1e-20
VANISHING = mpmath.mpf(10) ** -330
"""Less than any float64: where terms of ordinary size cancel to this, they cancel to 0."""
FACTOR = 8
BESIDE = 1e-30
"""So close to a kink nothing but the branch has changed."""
MAGNITUDES = (1e-30, 1e-8, 1e-3, 0.1, 0.5, 1.0, 2.0, 5.0, 10.0, 15.0, 20.0, 30.0, 37.0, 60.0, 100.0, 300.0, 800.0, 1e4)


@dataclass(frozen=True, slots=True)
class Exact:
    """A function of one variable, by its SymPy expression in x."""

    expression: sympy.Expr
    compute: Callable[[Any], Any]

    @classmethod
    def of(cls, expression: sympy.Expr) -> Exact:
        """The function of that expression, in mpmath's arithmetic, with bounded exponents."""
        bounded = expression.replace(
            lambda e: e.is_Pow and e.exp.has(X), lambda e: sympy.exp(e.exp * sympy.log(e.base))
        )
        return cls(expression, sympy.lambdify(X, bounded, [BOUNDED, "mpmath"]))

    def at(self, x: float, beside: float = 0.0) -> float:
        """The value at ``x + beside``, correct in all digits that a float has; NaN where it is no real number.

        The working precision grows until two results agree; differences of terms that cancel need hundreds of digits.
        """
        before = None
        for digits in PRECISIONS:
            with mpmath.workdps(digits):
                try:
                    value = self.compute(mpmath.mpf(x) + mpmath.mpf(beside))
                    # Terms that cancel look like a 0 until there are digits enough: a 0 is believed last of all.
                    certain = value != 0 or digits == PRECISIONS[-1]
                    if certain and before is not None and abs(value - before) <= abs(value) * AGREE + VANISHING:
                        return float(value) if mpmath.im(value) == 0 else math.nan
                except (ArithmeticError, ValueError, TypeError):
                    return math.nan
                before = value
        return math.nan

    def on(self, array: Array) -> Array:
        """The values on an array, each point evaluated once."""
        points, inverse = np.unique(np.asarray(array, dtype=np.float64), return_inverse=True)
        values = np.array([self.at(float(x)) for x in points])
        return np.asarray(values[inverse].reshape(np.shape(array)))


def _exp(x: Any) -> Any:
    """eˣ; infinite, or 0, where the exponent is out of bounds."""
    if abs(mpmath.re(x)) > LARGEST_EXPONENT:
        return mpmath.inf if mpmath.re(x) > 0 else mpmath.mpf(0)
    return mpmath.exp(x)


def _periodic(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """sin or cos; NaN where as many digits of π as it takes would never end."""
    return lambda x: mpmath.nan if abs(x) > LARGEST_ANGLE else function(x)


BOUNDED: dict[str, Callable[[Any], Any]] = {
    "exp": _exp,
    "sinh": lambda x: mpmath.sinh(x) if abs(mpmath.re(x)) <= LARGEST_EXPONENT else mpmath.sign(x) * mpmath.inf,
    "cosh": lambda x: mpmath.cosh(x) if abs(mpmath.re(x)) <= LARGEST_EXPONENT else mpmath.inf,
    "sin": _periodic(mpmath.sin),
    "cos": _periodic(mpmath.cos),
}
"""Functions in place of mpmath's that would take for ever, or all memory, at large arguments."""


@dataclass(frozen=True, slots=True)
class Point:
    """f and f' at one net input: values, how far a good implementation may be off, and f' on the right of a kink."""

    x: float
    value: float
    value_error: float
    slope: float
    slope_right: float
    slope_error: float


def points(layer: Layer, dtype: str, *, fast: bool = False) -> tuple[Point, ...]:
    """Net inputs from 1e-30 to 1e4 of either sign, 0 and the kinks, where f and f' are numbers of this dtype.

    ``fast``: net and ``∂E/∂a`` may be off by ``FAST·u`` of the largest number beside them, which is x or f' at 0 or x.
    """
    f = layer.activation.function
    slope = layer.activation.derivative
    functions = Exact.of(f), Exact.of(slope), Exact.of(sympy.diff(slope, X))
    eps, smallest, most = (float(v) for v in (np.finfo(dtype).eps, np.finfo(dtype).tiny, np.finfo(dtype).max))
    cuts, found = kinks(f), []
    for x in sorted({0.0, *cuts, *MAGNITUDES, *(-m for m in MAGNITUDES)}):
        x = float(np.dtype(dtype).type(x))
        value, first, second = (g.at(x) for g in functions)
        right = functions[1].at(x, BESIDE) if x in cuts else first
        if all(abs(v) < most / 1e4 for v in (value, first, right, second, x * x)):
            value_error = FACTOR * eps * (abs(value) + abs(x * first)) + FACTOR * smallest
            slope_error = FACTOR * eps * (abs(first) + abs(x * second)) + FACTOR * smallest
            if fast:
                share = FAST * eps / 2
                around = [x - share * abs(x), x + share * abs(x)]
                value_error += 2 * max(abs(functions[0].at(y) - value) for y in around)
                slope_error += 2 * max(abs(functions[1].at(y) - first) for y in around)
                slope_error += share * max(
                    abs(v) for v in (first, right, functions[1].at(0.0), functions[1].at(0.0, BESIDE))
                )
            found.append(Point(x, value, value_error, first, right, slope_error))
    return tuple(found)


def examine_tails(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """f and f' of the class at single net inputs, in float32 and float64, without a warning.

    Every sample of ``a`` is one number throughout, and one weight is 1, so that net is that number and ``∂E/∂a`` is
    ``f'(net)`` cell by cell. At a kink either one-sided derivative will do. Other filters, and padding, make net 0:
    where f is not smooth at 0, one filter is left, and a layer whose every tap reads padding somewhere is not asked.
    """
    if isinstance(geometry, OwnGeometry):
        raise NotAsked("net can not be given a chosen value by every formula, and f is reached through net only")
    if not any(True for _ in taps(geometry)):
        raise NotAsked("every window holds padding only, so that no net input can be chosen")
    for dtype in ("float32", "float64"):
        asked = points(layer, dtype, fast=subject.is_fast)
        at_zero = any(p.x == 0 for p in asked)
        if not at_zero and not subject.own_sizes_only:
            geometry = with_channels(geometry, int(geometry.groups), int(geometry.groups))
        batch = int(geometry.batch) if subject.own_sizes_only else len(asked)
        for start in range(0, len(asked), batch):
            chosen = asked[start : start + batch]
            chosen += chosen[:1] * (batch - len(chosen))
            _examine_points(subject, replace(geometry, batch=batch), chosen, dtype, at_zero)


def _examine_points(subject: Subject, geometry: Geometry, chosen: Sequence[Point], dtype: str, at_zero: bool) -> None:
    tensors = _one_weight(geometry, dtype)
    x = np.array([p.x for p in chosen]).reshape(-1, *(1 for _ in geometry.input_shape[1:]))
    tensors["a"] = np.broadcast_to(x, geometry.input_shape).astype(dtype)
    net = expected("net_input", geometry, {name: array.astype(np.float64) for name, array in tensors.items()})
    if not at_zero and not np.all(net == x):
        raise NotAsked("some net inputs are 0 whatever a is, where f has no real value or slope")
    with warnings.catch_warnings(), np.errstate(all="warn", under="ignore"):
        warnings.simplefilter("error", RuntimeWarning)
        try:
            held = subject.layer(tensors)
            out = array_of_shape(held.forward(tensors["a"]), geometry.output_shape, "Layer.forward")
            error = np.ones(geometry.output_shape, dtype)
            da = array_of_shape(held.backward(error), geometry.input_shape, "Layer.backward")
        except RuntimeWarning as warning:
            raise Refuted(f"{dtype} net inputs from {chosen[0].x:g} to {chosen[-1].x:g}: {warning}") from warning
    shown = net == x  # elsewhere padding was read; what f makes of 0 is seen at the point 0
    for point, row, seen in zip(chosen, out, shown, strict=True):
        worst = np.max(np.abs(row[seen] - point.value), initial=0.0)
        if not worst <= point.value_error:
            raise Refuted(f"f({point.x:g}) in {dtype} is off by {worst:.3g}; f is {point.value:.6g}")
    _examine_slopes(geometry, chosen, tensors, shown, da, dtype)


def _examine_slopes(
    geometry: Geometry, chosen: Sequence[Point], tensors: dict[str, Array], shown: Array, da: Array, dtype: str
) -> None:
    """``∂E/∂a`` where one net input, and one only, reads the cell: that is ``f'(net)`` there."""
    exact = {name: array.astype(np.float64) for name, array in tensors.items()}
    reads = expected("input_gradient", geometry, {**exact, "delta": np.ones(geometry.output_shape)})
    hidden = expected("input_gradient", geometry, {**exact, "delta": (~shown).astype(np.float64)})
    single = (reads == 1) & (hidden == 0)
    for point, row, seen in zip(chosen, da, single, strict=True):
        for value in row[seen]:
            off = min(abs(float(value) - slope) for slope in (point.slope, point.slope_right))
            if not off <= point.slope_error:
                raise Refuted(f"f'({point.x:g}) in {dtype} is off by {off:.3g}; f' is {point.slope:.6g}")


def _one_weight(geometry: Geometry, dtype: str) -> dict[str, Array]:
    """Weights 0 but for one tap of the first filter, the tap that reads the most cells; bias 0."""
    found = {name: np.zeros(shape, dtype) for name, shape in shapes(geometry).items() if name in ("w", "bias")}
    if "w" in found:
        cells = np.zeros(geometry.output_shape, dtype=bool)
        best = max(taps(geometry), key=lambda tap: int(cells[tap.places["delta"]].size))
        first = tuple(slice(0, 1) if isinstance(place, slice) else place for place in best.places["w"][:2])
        rest = best.places["w"][2:]
        found["w"][(*first, *rest)] = 1
    return found
