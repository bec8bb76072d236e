"""Road (ii): the text executed on large whole numbers must return exactly what the reference returns.

Two different polynomials of degree d agree at a random point of a set of M values with probability at most d/M
(Schwartz, 1980; Zippel, 1979). Here d = 2. In float64 the values are drawn so that no sum of products can reach 2^53:
every order of summation is then exact, fused or not, and it is the real BLAS path that is judged.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import isqrt, lcm
from typing import Any

import numpy as np

from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject, functions_of
from symconv.verify.polynomials import cell_sign
from symconv.verify.probes import first_wrong_term
from symconv.verify.reference import TARGET, Array, counts, degree, denominator, expected, magnitude, most_terms, shapes
from symconv.verify.report import Refuted
from symconv.verify.sizes import describe

EXACT_FLOAT = 2**53
"""All whole numbers up to here are float64 numbers."""
ROUNDING = 2.0**-53


def largest(geometry: Geometry, ceiling: int = EXACT_FLOAT) -> int:
    """R such that sums of products of whole numbers up to R stay below the ceiling, whatever is summed."""
    functions = functions_of(geometry)
    most = max(most_terms(function, geometry) for function in functions) + 1
    factors = max(2, *(degree(function, geometry) for function in functions))
    root = isqrt(ceiling // most) if factors == 2 else int((ceiling // (2 * most)) ** (1 / factors))
    return max(1, min(root, 2**30))


def draw(geometry: Geometry, seed: int, ceiling: int = EXACT_FLOAT) -> dict[str, Array]:
    """Random whole numbers, never 0, as int64. For averages, multiples of every count: the quotients are whole."""
    random = np.random.default_rng(seed)
    unit, most = 1, largest(geometry, ceiling)
    if isinstance(geometry, OwnGeometry):
        unit = lcm(*(denominator(function, geometry) for function in functions_of(geometry)))
        most = max(1, most // unit)
    elif geometry.is_pooling:
        unit = int(np.lcm.reduce(counts(geometry).ravel()))
        most = max(1, min(2**20, ceiling // (unit * (most_terms("net_input", geometry) + 1))))
    found = {}
    for name, shape in shapes(geometry).items():
        values = random.integers(1, most, size=shape, endpoint=True) * unit
        found[name] = np.where(random.integers(0, 2, size=shape) == 0, values, -values)
    return found


def examine(subject: Subject, function: str, geometry: Geometry, seed: int) -> None:
    """One function at these sizes in float64; `Refuted` names the first wrong cell and, where it can, the term."""
    integers = draw(geometry, seed)
    tensors = {name: array.astype(np.float64) for name, array in integers.items()}
    wanted = expected(function, geometry, tensors)
    compare(subject, function, geometry, tensors, subject.result(function, geometry, tensors), wanted)


def compare(
    subject: Subject, function: str, geometry: Geometry, tensors: Mapping[str, Array], found: Array, wanted: Array
) -> None:
    """Equal; for averages equal up to the roundings of a sum and a quotient, and as near as ``fast`` has it."""
    if subject.may_round(function, found.dtype):
        wrong = ~(np.abs(found - wanted) <= fast_error(function, geometry, tensors, found.dtype))
    else:
        wrong = differing(function, geometry, tensors, found, wanted)
    cells = np.argwhere(wrong)
    if not len(cells):
        return
    cell = tuple(int(i) for i in cells[0])
    try:
        term = first_wrong_term(subject, function, geometry, cell)
    except Exception:  # the probes ask a module known to be wrong; the verdict stands without them
        term = None
    said = term or f"{cell_sign(TARGET[function], cell)} is {number(found[cell])}, not {number(wanted[cell])}"
    raise Refuted(f"{said} (on {describe(geometry)}; {len(cells)} of {wrong.size} cells are wrong)")


def fast_error(function: str, geometry: Geometry, tensors: Mapping[str, Array], dtype: np.dtype[Any]) -> float:
    """How far a cell of a fast result may be off: ``FAST·u`` of the largest ``Σ|terms|`` of the result."""
    return FAST * float(np.finfo(dtype).eps) / 2 * float(np.max(magnitude(function, geometry, tensors), initial=0))


def differing(function: str, geometry: Geometry, tensors: Mapping[str, Array], found: Array, wanted: Array) -> Array:
    """Where two results differ; a result that is not a number differs."""
    if not geometry.divides or found.dtype == object:
        return np.asarray(found != wanted)
    bound = (most_terms(function, geometry) + 2) * ROUNDING * magnitude(function, geometry, tensors)
    return np.asarray(~(np.abs(found - wanted) <= bound))


def number(value: object) -> str:
    """A value without its type's name."""
    return str(value.item() if isinstance(value, np.generic) else value)
