"""Steps: justified rewrites that can re-check themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symconv.algebra.axes import Constant, Size, Tensor, free_symbols
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.algebra.evaluate import evaluate, evaluate_sum
from symconv.algebra.exchange import adjoint
from symconv.algebra.formula import IndexedSum
from symconv.algebra.instantiate import Sizes, at, at_sum

Value = Contraction | IndexedSum | Form

SLOPE = "f'(net^{l-1})"
"""The letter of the slope of the layer before, an array of the shape of a."""

_TRIAL = {"B": 2, "N": 4, "C": 2, "G": 2, "K": 3, "S": 2, "D": 1, "P": 1, "Q": 0, "O": 2, "r": 1, "R": 1}
"""Sizes at which a symbolic step is checked; any other name is a spatial size of 5."""


@dataclass(frozen=True, slots=True)
class Step:
    """``before --> after`` by a named law. The prose of a law stands in the message catalogue under its name.

    Two laws have another target on the right: ``exchange``, tied to the left by the pairing ``Σ δ·net = Σ a·∂E/∂a``,
    and ``slope``, the chain rule through ``a = f(net)``, which multiplies by f'. Every other law keeps the value.
    """

    law: str
    before: Value
    after: Value

    def check(self, sizes: Mapping[str, int] | None = None, seed: int = 0) -> bool:
        """Evaluate both sides by enumeration on random integers, at the given sizes for names left open."""
        numbers = _sizes(self, sizes or {})
        before, after = _at(self.before, numbers), _at(self.after, numbers)
        arrays = _random_arrays((before, after), np.random.default_rng(seed))
        left, right = _evaluate(before, arrays), _evaluate(after, arrays)
        if self.law == "slope":
            return bool(np.array_equal(left * arrays[SLOPE], right))
        if self.law != "exchange":
            return bool(np.array_equal(left, right))
        own, new = _target(before), _target(after)
        return bool(np.sum(arrays[adjoint(own)] * left) == np.sum(arrays[adjoint(new)] * right))


def _target(value: Value) -> str:
    return value.target.symbol if isinstance(value, IndexedSum) else value.output.symbol


def _evaluate(value: Value, arrays: Mapping[str, Any]) -> Any:
    return evaluate_sum(value, arrays) if isinstance(value, IndexedSum) else evaluate(value, arrays)


def _at(value: Value, sizes: Sizes) -> Value:
    return at_sum(value, sizes) if isinstance(value, IndexedSum) else at(value, sizes)


def _tensors(value: Value) -> dict[str, Tensor]:
    if isinstance(value, Form):
        return {symbol: tensor for term in value.terms for symbol, tensor in _tensors(term).items()}
    found: dict[str, Tensor] = {}
    for factor in value.factors:
        match factor.tensor:
            case Tensor():
                found[factor.symbol] = factor.tensor
            case Definition():
                found |= _tensors(factor.tensor.contraction)
            case Constant():
                pass
    return found


def _random_arrays(values: tuple[Value, ...], rng: np.random.Generator) -> dict[str, Any]:
    tensors = {symbol: t for value in values for symbol, t in sorted(_tensors(value).items())}
    shapes = {symbol: tuple(int(a.extent) for a in t.axes) for symbol, t in tensors.items()}
    return {symbol: rng.integers(-9, 10, shape).astype(object) for symbol, shape in shapes.items()}


def _sizes(step: Step, given: Mapping[str, int]) -> dict[sympy.Symbol, Size]:
    symbols = _size_symbols(step.before) | _size_symbols(step.after)
    return {s: given.get(s.name, _TRIAL.get(s.name.rstrip("0123456789"), 5)) for s in symbols}


def _size_symbols(value: Value) -> set[sympy.Symbol]:
    """The symbols of all extents and numbers that are not the letter of an axis."""
    if isinstance(value, Form):
        return {s for term in value.terms for s in _size_symbols(term)}
    numbers: list[Size] = [value.scale]
    arrays = [factor.tensor for factor in value.factors]
    if isinstance(value, IndexedSum):
        axes = {*value.target.axes, *value.target.tensor.axes, *value.bounds}
        numbers += [s for read in value.factors for s in read.subscripts]
        numbers += [n for c in value.conditions for n in (c.expression, c.extent)]
    else:
        axes = {*value.axes, *value.output.tensor.axes}
        numbers += [n for r in value.relations for n in (r.offset, *(c for _, c in r.coefficients))]
    found: set[sympy.Symbol] = set()
    for array in arrays:
        axes |= set(array.axes)
        match array:
            case Constant():
                numbers.append(array.entry)
            case Definition():
                found |= _size_symbols(array.contraction)
    numbers += [a.extent for a in axes]
    return found | {s for n in numbers for s in free_symbols(n)} - {a.symbol for a in axes}


def free_sizes(form: Form) -> set[sympy.Symbol]:
    """The size symbols a form leaves open."""
    return _size_symbols(form)
