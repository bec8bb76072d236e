"""Steps: justified rewrites that can re-check themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import sympy

from symconv.algebra.axes import Constant, Size, Tensor
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.algebra.evaluate import evaluate, evaluate_sum
from symconv.algebra.exchange import adjoint
from symconv.algebra.formula import IndexedSum
from symconv.algebra.instantiate import Sizes, at, at_sum

Value = Contraction | IndexedSum

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
        return bool((arrays[adjoint(own)] * left).sum() == (arrays[adjoint(new)] * right).sum())


def _target(value: Value) -> str:
    return value.target.symbol if isinstance(value, IndexedSum) else value.output.symbol


def _evaluate(value: Value, arrays: Mapping[str, Any]) -> Any:
    return evaluate_sum(value, arrays) if isinstance(value, IndexedSum) else evaluate(value, arrays)


def _at(value: Value, sizes: Sizes) -> Value:
    return at_sum(value, sizes) if isinstance(value, IndexedSum) else at(value, sizes)


def _tensors(value: Value) -> dict[str, Tensor]:
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
    symbols: set[sympy.Symbol] = set()
    for value in (step.before, step.after):
        symbols |= _size_symbols(value)
    return {s: given.get(s.name, _TRIAL.get(s.name.rstrip("0123456789"), 5)) for s in symbols}


def _size_symbols(value: Value) -> set[sympy.Symbol]:
    if isinstance(value, IndexedSum):
        axes = {a for t in _tensors(value).values() for a in t.axes} | set(value.bounds) | set(value.target.axes)
        expressions = [s for read in value.factors for s in read.subscripts]
        letters = {a.symbol for a in axes}
        return {s for e in (*expressions, value.scale) for s in sympy.sympify(e).free_symbols} - letters | {
            s for a in axes for s in sympy.sympify(a.extent).free_symbols
        }
    found = {s for a in value.axes for s in sympy.sympify(a.extent).free_symbols}
    for r in value.relations:
        found |= {s for _, c in r.coefficients for s in sympy.sympify(c).free_symbols}
        found |= sympy.sympify(r.offset).free_symbols
    for factor in value.factors:
        if isinstance(factor.tensor, Definition):
            found |= _size_symbols(factor.tensor.contraction)
    return found | sympy.sympify(value.scale).free_symbols


def free_sizes(form: Form) -> set[sympy.Symbol]:
    """The size symbols a form leaves open."""
    return {s for term in form.terms for s in _size_symbols(term)}
