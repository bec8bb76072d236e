"""Somebody's numbers against the exact reference, within what rounding can cause; and if wrong, where and why.

An implementation is presented as a `Subject` of the verifier, so that the questions on symbols, the probes for the
first wrong term and the reference are the verifier's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.audit.numeric_mistakes import reason_of_numbers
from symconv.audit.styles import Passes, Style
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject, Tensors, array_of_shape, expected_shape
from symconv.verify.integers import draw, number
from symconv.verify.polynomials import cell_sign
from symconv.verify.probes import first_wrong_term
from symconv.verify.reference import FACTORS, TARGET, Array, denominator, expected, magnitude, most_terms, shapes
from symconv.verify.report import Refuted
from symconv.verify.sizes import products

UNIT = 2.0**-53
"""Half the distance from 1 to the next float64."""
NORMWISE = 64
SINGLE = 2.0**-21
"""What is off by no more than this of the factors' norms is off as single precision is."""
NEAR = 1e-6
MOST_PROBED = 3_000
DIGITS = 9


@dataclass(frozen=True, slots=True)
class Adapted(Subject):
    """A `Subject` whose functions are those of a style. ``settled``: results next to whole numbers are made whole."""

    style: Style
    settled: bool = False

    def call(self, function: str, tensors: Tensors, input_size: Any = None) -> Any:  # noqa: ARG002  (the layer's own)
        """One function at the layer's own sizes."""
        return self.style.run(function, self.geometry, tensors)

    def result(self, function: str, geometry: Geometry, tensors: Tensors) -> Array:
        """One function on copies, so that what it does to them changes no reference; arrays not given are 0."""
        found = self.raw(function, geometry, {name: np.array(array) for name, array in tensors.items()})
        return settled(found) if self.settled else found

    def raw(self, function: str, geometry: Geometry, tensors: Tensors) -> Array:
        """One function on the very arrays."""
        given = {**{n: np.zeros(shape) for n, shape in shapes(geometry).items() if n not in tensors}, **tensors}
        found = self.style.run(function, geometry, given)
        return array_of_shape(found, expected_shape(function, geometry), function)

    def layer(self, tensors: Tensors) -> Any:
        """An object of the class, for questions that go through its activation."""
        assert isinstance(self.style, Passes)
        return Held(self.style, self.geometry, tensors)


class Held:
    """The class of the contract around an object of somebody's class."""

    def __init__(self, style: Passes, geometry: Geometry, tensors: Tensors) -> None:
        self.style, self.geometry, self.tensors = style, geometry, tensors
        self.inner = style.held(geometry, tensors)

    def forward(self, a: Array) -> Any:
        """f(net)."""
        out, self.cache, self.inputs = self.style.forward(self.inner, self.geometry, {**self.tensors, "a": a})
        return out

    def backward(self, error: Array) -> Any:
        """∂E/∂a; the gradients of the parameters become attributes."""
        found = self.style.gradients(self.inner, self.geometry, error, self.cache, self.inputs)
        self.weight_gradient, self.bias_gradient = found.get("weight_gradient"), found.get("bias_gradient")
        return found["input_gradient"]


def examine(subject: Adapted, function: str, geometry: Geometry, seed: int) -> None:
    """One function at these sizes: on digits, where nothing small hides in rounding, on eighths, and on large numbers.

    Eighths are exact in binary, and lost where code takes numbers for whole.
    """
    few = digits(geometry, seed)
    first = np.array(subject.result(function, geometry, few))
    compare(subject, function, geometry, few, first)
    for tensors in (eighths(geometry, seed), floats(draw(geometry, seed))):
        found = np.array(subject.result(function, geometry, tensors))
        try:
            compare(subject, function, geometry, tensors, found, digits_are_right=True)
        except Refuted:
            _check_state(subject, function, geometry, few, first, found)
            raise


def _check_state(subject: Adapted, function: str, geometry: Geometry, few: Tensors, first: Array, found: Array) -> None:
    """What was right at first is asked again; `Refuted` where what came in between shows in the answer."""
    if first.any() and np.array_equal(first, found):
        raise Refuted(
            f"{function} returns for other arrays what it returned before: it holds state between calls (a result "
            "that is kept)"
        )
    if not right(function, geometry, few, subject.result(function, geometry, few)):
        raise Refuted(
            f"{function} is right on the first call and wrong when the same is asked again: it holds state between "
            "calls, or leaves something to chance"
        )


def right(function: str, geometry: Geometry, given: Tensors, found: Array) -> bool:
    """Whether one result is right within its rounding."""
    off = np.abs(real(found) - expected(function, geometry, given))
    return bool(np.all(off <= rounding(function, geometry, given)))


def examine_integers(subject: Adapted, function: str, geometry: Geometry) -> None:
    """The same on arrays of int64."""
    tensors = {name: array.astype(np.int64) for name, array in digits(geometry, 5).items()}
    if isinstance(geometry, OwnGeometry):
        tensors = {name: array * denominator(function, geometry) for name, array in tensors.items()}
    if geometry.is_pooling:
        tensors = {
            name: array * int(np.prod([int(k) for k in geometry.filter_size])) for name, array in tensors.items()
        }
    compare(subject, function, geometry, tensors, subject.result(function, geometry, tensors))


def digits(geometry: Geometry, seed: int) -> dict[str, Array]:
    """Small whole numbers, none of them 0, in float64."""
    random = np.random.default_rng(seed)
    drawn = {name: random.integers(-DIGITS, DIGITS + 1, size=s) for name, s in shapes(geometry).items()}
    return {name: np.where(array == 0, DIGITS, array).astype(np.float64) for name, array in drawn.items()}


def eighths(geometry: Geometry, seed: int) -> dict[str, Array]:
    """Odd multiples of 1/8: none of them whole, and their sums and products exact in float64."""
    return {name: (2 * array + 1) / 8 for name, array in digits(geometry, seed).items()}


def compare(
    subject: Adapted,
    function: str,
    geometry: Geometry,
    tensors: Mapping[str, Array],
    found: Array,
    *,
    digits_are_right: bool = False,
) -> None:
    """`Refuted` unless each cell is right within its rounding; the message has the first wrong term, and the reason."""
    wanted = np.asarray(expected(function, geometry, floats(tensors)), np.float64)
    numbers = real(found)
    allowed = rounding(function, geometry, floats(tensors))
    wrong = ~(np.abs(numbers - wanted) <= allowed)
    if not wrong.any():
        return
    count = f"{int(wrong.sum())} of {wrong.size} cells are wrong"
    single = allowed + SINGLE * scale(function, geometry, floats(tensors))
    if digits_are_right and bool(np.all(np.abs(numbers - wanted) <= single)):
        raise Refuted(f"{function} is right to single precision only, and float64 went in ({count})")
    cell = tuple(int(i) for i in np.argwhere(wrong)[0])
    told = f"{cell_sign(TARGET[function], cell)} is {number(found[cell])}, not {number(wanted[cell])}"
    if products(geometry) <= MOST_PROBED:
        told = _term(subject, function, geometry, cell) or told
    reason = reason_of_numbers(function, geometry, floats(tensors), numbers, 8 * float(allowed.max()))
    reason = reason or _cut(numbers, wanted, most_terms(function, geometry) + 1)
    raise Refuted(f"{told}{f'; likely: {reason}' if reason else ''} ({count})")


def _cut(found: Array, wanted: Array, terms: int) -> str | None:
    """Whether only whole numbers come back, each off by less than 1 for every number that was added."""
    is_whole = [bool(np.all(np.isfinite(array)) and np.all(array == np.rint(array))) for array in (found, wanted)]
    is_near = bool(found.any() and np.all(np.abs(found - wanted) < terms))
    return "the result is cut to whole numbers" if is_whole == [True, False] and is_near else None


def wrong_shape_reason(function: str, geometry: Geometry, style: Style) -> str:
    """Why a result has another shape than it should, in words, or nothing."""
    tensors = digits(geometry, 3)
    found = style.run(function, geometry, {name: array.copy() for name, array in tensors.items()})
    if (
        not isinstance(found, np.ndarray)
        or found.dtype == object
        or found.ndim != len(expected_shape(function, geometry))
    ):
        return ""
    slack = 8 * float(rounding(function, geometry, tensors).max())
    return reason_of_numbers(function, geometry, tensors, real(found), slack) or ""


def _term(subject: Adapted, function: str, geometry: Geometry, cell: tuple[int, ...]) -> str | None:
    try:
        return first_wrong_term(replace(subject, settled=True), function, geometry, cell)
    except Exception:  # the probes ask code known to be wrong; the verdict stands without them
        return None


def floats(tensors: Mapping[str, Array]) -> dict[str, Array]:
    """The same numbers in float64."""
    return {name: np.asarray(array, np.float64) for name, array in tensors.items()}


def real(found: Array) -> Array:
    """Numbers as float64; what is none, or not real, becomes one that is wrong."""
    if np.iscomplexobj(found):
        return np.where(np.abs(found.imag) > NEAR * (1 + np.abs(found.real)), np.nan, found.real)
    try:
        return np.asarray(found, np.float64)
    except (TypeError, ValueError):
        raise Refuted(f"an array of {type(found.flat[0]).__name__} comes back where numbers went in") from None


def settled(found: Array) -> Array:
    """Numbers next to whole ones, as a Fourier transform returns them, made whole."""
    if found.dtype == object or not np.issubdtype(found.dtype, np.inexact):
        return found
    whole = np.rint(real(found))
    return np.where(np.abs(real(found) - whole) <= NEAR, whole, real(found))


def scale(function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> float:
    """The product of the norms of what is multiplied, and the norm of what is added."""
    if isinstance(geometry, OwnGeometry):
        return float(np.linalg.norm(magnitude(function, geometry, tensors).astype(np.float64)))
    names = [n for n in FACTORS.get(function, ("delta",)) if n in tensors]
    if geometry.is_pooling:
        names = ["a" if function == "net_input" else "delta"]
    product = float(np.prod([np.linalg.norm(tensors[name].ravel()) for name in names]))
    return product + (float(np.abs(tensors["bias"]).max()) if function == "net_input" and "bias" in tensors else 0.0)


def rounding(function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Array:
    """How far each cell may be off: ``4·(n+8)·u·Σ|terms|``, or ``64·log₂(size)·u`` of the norms.

    The second is what a Fourier transform of that size may be off (Higham 2002, §24.1); a missing term is off by far
    more, since all terms are of about the same size.
    """
    terms = 4 * (most_terms(function, geometry) + 8) * UNIT * magnitude(function, geometry, tensors)
    size = max(array.size for array in tensors.values())
    return np.asarray(terms + NORMWISE * np.log2(size + 2) * UNIT * scale(function, geometry, tensors))
