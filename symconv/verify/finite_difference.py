"""Road (iii): the class, through the activation: ``forward``, ``backward`` and the gradients it leaves behind.

For ``E = Σ error ∘ f(net)``: ``δ = error ∘ f'(net)`` with SymPy's f', then the exact reference; and besides, E itself
as the module computes it is differenced along random directions, to fourth order, so that f and f' are held together
without any formula:

    E'(0) ≈ (8·(E(h) - E(-h)) - (E(2h) - E(-2h))) / 12h
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import sympy

from symconv.layers.accuracy import FAST
from symconv.layers.activation import X
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import free_sizes
from symconv.layers.smoothness import domain, kinks
from symconv.verify.activation import Exact
from symconv.verify.execute import Subject, array_of_shape
from symconv.verify.integers import fast_error
from symconv.verify.reference import Array, expected, magnitude, most_terms, shapes
from symconv.verify.report import NotAsked, Refuted
from symconv.verify.rounding import gamma
from symconv.verify.sizes import describe, neighbours

Tensors = dict[str, Array]
STEP = 2.0**-10
AGREE = 1e-7
"""Of the sum of magnitudes: the differences are wrong by about 1e-10."""
SLACK = 100
"""Units in the last place that a value may be off: far from float32, which is off by 5e8 of them."""
NEIGHBOURS = 4
GRADIENTS = {"a": "input_gradient", "w": "weight_gradient", "bias": "bias_gradient"}


@dataclass(frozen=True, slots=True)
class Case:
    """Arrays, and the class's exact answers on them. ``delta`` is δ; ``error`` is 0 where net is next to a kink.

    ``factors`` are what tensors were multiplied by to bring net to where f is smooth, and the steps of differences.
    ``output_error`` and ``delta_error`` are what a rounding error of net, at most a few ulp of ``Σ|terms|``, makes of
    f(net) and of δ, and their own.
    """

    geometry: Geometry
    tensors: Tensors
    factors: dict[str, float]
    error: Array
    output: Array
    delta: Array
    output_error: Array
    delta_error: Array
    fast: bool

    @classmethod
    def of(
        cls, layer: Layer, geometry: Geometry, seed: int, parameters: Tensors | None = None, *, fast: bool = False
    ) -> Case:
        """Random numbers with all their digits in use, for which f is smooth; weights and bias may be given."""
        random = np.random.default_rng(seed)
        numbers = domain(layer.activation)
        if numbers is None:
            raise NotAsked(
                f"f = {layer.activation.name} is not smooth enough on any range of numbers that is drawn from"
            )
        extents = shapes(geometry)
        error = random.uniform(-1, 1, size=extents.pop("delta"))
        factors = {"a": 1.0, "bias": float(numbers.sign)}
        if "w" in extents:
            factors["w"] = numbers.weight_factor(most_terms("net_input", geometry))
        else:
            factors["a"] = float(numbers.sign)
        draws = {name: random.uniform(numbers.low, numbers.high, size=shape) for name, shape in extents.items()}
        tensors = {name: factors[name] * draw for name, draw in draws.items()} | (parameters or {})
        net = expected("net_input", geometry, tensors)
        function, slope = layer.activation.function, layer.activation.derivative
        f, f1, f2 = (Exact.of(g).on(net) for g in (function, slope, sympy.diff(slope, X)))
        if not all(np.all(np.isfinite(values)) for values in (f, f1, f2)):
            raise NotAsked(
                f"f = {layer.activation.name} is not smooth at the net inputs of this layer, which reads padding"
            )
        if cuts := kinks(function):
            reach = _reach(geometry, tensors, factors)
            error = np.where(np.logical_or.reduce([np.abs(net - cut) <= reach for cut in cuts], axis=0), 0.0, error)
        rounding = SLACK * np.finfo(np.float64).eps
        terms = magnitude("net_input", geometry, tensors)
        if fast:
            terms = np.full_like(terms, FAST / SLACK * terms.max(initial=0))
        output_error = rounding * (np.abs(f) + np.abs(f1) * terms)
        delta_error = rounding * np.abs(error * f2) * terms
        return cls(geometry, tensors, factors, error, f, error * f1, output_error, delta_error, fast)


def _reach(geometry: Geometry, tensors: Tensors, factors: dict[str, float]) -> Array:
    """How far from a kink net has to be so that no difference crosses it: more than 2h of every array move it."""
    if isinstance(geometry, OwnGeometry):  # a product of moved cells, less the product where they were
        moved = {name: abs(array) + 2.5 * STEP * abs(factors[name]) for name, array in tensors.items()}
        still = magnitude("net_input", geometry, tensors)
        return np.asarray(2.5 * STEP + magnitude("net_input", geometry, moved) - still)
    return np.asarray(2.5 * STEP * (1 + magnitude("net_input", geometry, _full(tensors, factors))))


def _full(tensors: Tensors, factors: dict[str, float]) -> Tensors:
    """The largest steps: a difference moves net by at most ``2h·Σ|factors|``, which may carry it over a kink."""
    return {name: np.full_like(array, factors[name]) for name, array in tensors.items()}


def examine(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """forward is f(net), backward is ``∂E/∂a``, and it leaves ``∂E/∂w`` and ``∂E/∂β``."""
    case = Case.of(layer, geometry, 121, fast=subject.is_fast)
    held = subject.layer(case.tensors)
    examine_pass(held, case, "the class")
    examine_differences(subject, case, held)


def examine_pass(held: Any, case: Case, who: str) -> None:
    """One forward and backward pass against the exact answers."""
    out = array_of_shape(held.forward(case.tensors["a"]), case.geometry.output_shape, "Layer.forward")
    _within(out, case.output, case.output_error, f"{who}: f(net)")
    _examine_gradients(held, case, held.backward(case.error), who)


def _examine_gradients(held: Any, case: Case, da: Any, who: str) -> None:
    """What backward returned and what it left behind."""
    wanted, allowed = _gradient("input_gradient", case)
    _within(array_of_shape(da, wanted.shape, "Layer.backward"), wanted, allowed, f"{who}: ∂E/∂a")
    for name, sign in (("w", "∂E/∂w"), ("bias", "∂E/∂β")):
        if name in case.tensors:
            function = GRADIENTS[name]
            wanted, allowed = _gradient(function, case)
            found = array_of_shape(getattr(held, function, None), wanted.shape, f"Layer.{function}")
            _within(found, wanted, allowed, f"{who}: {sign}")


def _gradient(function: str, case: Case) -> tuple[Array, Array]:
    """The exact answer, and how far floating point may be off."""
    given = {**case.tensors, "delta": case.delta}
    terms = most_terms(function, case.geometry) + SLACK
    own = float(gamma(terms, np.dtype(np.float64))) * magnitude(function, case.geometry, given)
    if case.fast and function != "bias_gradient":
        own = own + fast_error(function, case.geometry, given, np.dtype(np.float64))
    carried = magnitude(function, case.geometry, {**case.tensors, "delta": case.delta_error})
    return expected(function, case.geometry, given), own + carried


def _within(found: Array, wanted: Array, allowed: Array, what: str) -> None:
    wrong = np.argwhere(~(np.abs(found - wanted) <= allowed))
    if len(wrong):
        cell = tuple(int(i) for i in wrong[0])
        raise Refuted(
            f"{what}[{','.join(map(str, cell))}] is {float(found[cell]):.17g}, not {float(wanted[cell]):.17g}"
        )


def examine_differences(subject: Subject, case: Case, held: Any) -> None:
    """The gradients that the class has just left behind, against differences of its own forward pass."""
    random = np.random.default_rng(122)
    da = held.backward(case.error)
    for name, function in GRADIENTS.items():
        if name not in case.tensors:
            continue
        gradient = da if name == "a" else getattr(held, function)
        direction = case.factors[name] * (random.integers(0, 2, size=gradient.shape) * 2.0 - 1.0)

        def energy(h: float, name: str = name, direction: Array = direction) -> float:
            moved = {**case.tensors, name: case.tensors[name] + h * direction}
            return float(np.sum(case.error * subject.layer(moved).forward(moved["a"])))

        slope = difference(energy)
        claimed = float(np.sum(gradient * direction))
        scale = 1 + float(np.sum(np.abs(gradient))) + float(np.sum(np.abs(case.error * case.output)))
        if not abs(slope - claimed) <= AGREE * scale:
            raise Refuted(f"along a direction in {name} E grows by {slope:.12g}, but {function} says {claimed:.12g}")


def difference(energy: Callable[[float], float], h: float = STEP) -> float:
    """The derivative at 0, to fourth order.

    >>> difference(lambda t: t**4 + 3 * t)
    3.0
    """
    near, far = energy(h) - energy(-h), energy(2 * h) - energy(-2 * h)
    return (8 * near - far) / (12 * h)


def examine_state(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """backward belongs to the last forward; gradients are overwritten; objects know nothing of each other."""
    one = Case.of(layer, geometry, 131, fast=subject.is_fast)
    parameters: Tensors = {name: one.tensors[name] for name in ("w", "bias") if name in one.tensors}
    two = Case.of(layer, geometry, 132, parameters, fast=subject.is_fast)
    fixed = isinstance(geometry, OwnGeometry) and "batch" not in free_sizes(geometry)
    batch = int(geometry.batch) + (0 if subject.own_sizes_only or fixed else 1)
    larger = Case.of(layer, replace(geometry, batch=batch), 134, parameters, fast=subject.is_fast)
    unlike = Case.of(layer, geometry, 133, fast=subject.is_fast)
    held, other = subject.layer(one.tensors), subject.layer(unlike.tensors)
    first = held.forward(one.tensors["a"]), held.backward(one.error)
    copies = [np.copy(array) for array in first]
    examine_pass(held, two, "after an earlier pass")
    examine_pass(held, larger, "after earlier passes on another batch")
    examine_pass(held, one, "after three earlier passes")
    held.forward(two.tensors["a"])
    other.forward(one.tensors["a"])
    _examine_gradients(held, two, held.backward(two.error), "with another object in use")
    da = held.backward(two.error)
    other.backward(one.error)
    _examine_gradients(held, two, da, "after a second backward, and another object's")
    for array, copy, who in zip(first, copies, ("forward", "backward"), strict=True):
        if not np.array_equal(array, copy):
            raise Refuted(f"a later pass changes what an earlier Layer.{who} returned")


def examine_copies(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """What the caller does to ``a`` after forward, in place, changes nothing in backward."""
    case = Case.of(layer, geometry, 171, fast=subject.is_fast)
    given, held = np.copy(case.tensors["a"]), subject.layer(case.tensors)
    held.forward(given)
    given[...] = -1 - 2 * given
    _examine_gradients(held, case, held.backward(case.error), "after the caller has changed a in place")


def examine_other_sizes(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """The class on neighbours of these sizes, left-over rows included."""
    subject.refuse_other_sizes()
    for seed, near in enumerate(neighbours(geometry)[:NEIGHBOURS]):
        case = Case.of(layer, near, 150 + seed, fast=subject.is_fast)
        examine_pass(subject.layer(case.tensors), case, f"on {describe(near)}")


def examine_without_bias(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """``Layer(w)`` has no bias, or one of 0."""
    case = Case.of(layer, replace(geometry, bias=False), 161, fast=subject.is_fast)
    examine_pass(subject.layer(case.tensors), case, "without a bias")


def examine_dtypes(subject: Subject, layer: Layer, geometry: Geometry) -> None:
    """float32 stays float32 through the activation and back, float64 stays float64."""
    case = Case.of(layer, geometry, 141, fast=subject.is_fast)
    for dtype in (np.float32, np.float64):
        tensors = {name: array.astype(dtype) for name, array in case.tensors.items()}
        held = subject.layer(tensors)
        found = {"Layer.forward": held.forward(tensors["a"]), "Layer.backward": held.backward(case.error.astype(dtype))}
        found |= {f"Layer.{f}": getattr(held, f) for name, f in GRADIENTS.items() if name != "a" and name in tensors}
        for who, array in found.items():
            if getattr(array, "dtype", None) != dtype:
                raise Refuted(f"{who} is {getattr(array, 'dtype', None)} for {np.dtype(dtype)}")
