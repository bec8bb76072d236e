"""How far an answer may be off, and the likely reason where it is wrong: what `audit` and `check` know, on numbers."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from symconv.audit.mistakes import mistakes
from symconv.audit.numeric_mistakes import reason_of_numbers
from symconv.audit.values import rounding
from symconv.derivation.monomial import Array
from symconv.layers.geometry import Geometry
from symconv.specification.numbers import DOUBLE, Numbers
from symconv.verify.reference import TARGET, shapes
from symconv.verify.sizes import products

FUNCTION = {**{target: function for function, target in TARGET.items()}, "delta_prev": "input_gradient"}
"""Target → the function of the contract that returns it; the error term is ∂E/∂a times f'."""
NEAR = 1e-9
MOST_COMPARED = 20_000
"""Products of a layer beyond which the mistakes that `check` knows are not written out."""


def slack_of(target: str, geometry: Geometry, arrays: Mapping[str, Array], answer: Numbers) -> Array:
    """How far each cell may be off: half a unit of its last digit, and for floats what rounding can cause."""
    if not answer.unit.any():
        return answer.half
    causes = rounding(FUNCTION[target], geometry, _floats(geometry, arrays))
    if target == "delta_prev":
        causes = causes * np.abs(arrays["df"].astype(np.float64))
    return np.asarray(answer.half + (causes * (answer.unit / DOUBLE)).astype(object))


def reason_of_answer(
    target: str, geometry: Geometry, arrays: Mapping[str, Array], answer: Numbers, right: Array
) -> str | None:
    """The mistake that gives these very numbers: one that `audit` knows, else one that `check` knows."""
    floats = _floats(geometry, arrays)
    found = answer.values.astype(np.float64)
    if not np.isfinite(found).all():
        return None
    if found.ndim < right.ndim:
        found = found.reshape((1,) * (right.ndim - found.ndim) + found.shape)
    within = NEAR * (1 + float(abs(right).max())) + float(answer.half.max())
    slope = arrays["df"].astype(np.float64) if target == "delta_prev" else None
    reason = reason_of_numbers(FUNCTION[target], geometry, floats, found, within, slope)
    if reason is not None or found.shape != right.shape or products(geometry) > MOST_COMPARED:
        return reason
    given = {name: array.astype(np.float64) for name, array in arrays.items()}
    for mistake in mistakes(target, geometry):
        made = mistake.make(geometry, target)
        try:
            if made is not None and bool(np.all(np.abs(made.evaluate(given) - found) <= within)):
                return mistake.reason
        except KeyError:  # it reads an array that was not given
            continue
    return None


def _floats(geometry: Geometry, arrays: Mapping[str, Array]) -> dict[str, Array]:
    """The given arrays in float64; what was not given, and so is not needed, is 0."""
    return {
        name: arrays[name].astype(np.float64) if name in arrays else np.zeros(shape)
        for name, shape in shapes(geometry).items()
    }
