"""Findings besides the numbers: what a call does to its arguments, to later calls, to dtypes and to an empty batch.

What leads to wrong numbers is `Refuted`; what is only not as one would wish is `NotAsked`, and the report notes it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from symconv.audit.values import Adapted, compare, digits, real, rounding
from symconv.layers.geometry import Geometry
from symconv.verify import polynomials
from symconv.verify.conventions import LAYOUTS
from symconv.verify.execute import expected_shape
from symconv.verify.reference import Array, expected
from symconv.verify.report import NotAsked, Refuted, raised

RUNS = 16
"""How often the same call is made to see whether it always does the same."""
Functions = Sequence[str]


def examine_inputs_untouched(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """No argument is written to."""
    for function in functions:
        given = digits(geometry, 41)
        kept = {name: array.copy() for name, array in given.items()}
        found = subject.raw(function, geometry, given)
        for name, array in given.items():
            if not np.array_equal(array, kept[name]):
                raise Refuted(f"{function} writes to its argument {name}")
            array.setflags(write=False)
        if shared := [name for name, array in given.items() if np.may_share_memory(found, array)]:
            raise NotAsked(f"the result of {function} is a view of {shared[0]}: who writes to one writes to the other")
        try:
            subject.raw(function, geometry, given)
        except Exception as error:
            raise NotAsked(f"{function} {raised(error)} on arrays that are read-only") from error


def examine_layouts(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """Fortran-ordered, spread out and reversed arrays are read as what they hold."""
    plain = digits(geometry, 31)
    for layout, lay in LAYOUTS.items():
        for function in functions:
            try:
                found = subject.raw(function, geometry, {name: lay(array) for name, array in plain.items()})
                compare(subject, function, geometry, plain, found)
            except Refuted as wrong:
                raise Refuted(f"{function} depends on the order in memory: given {layout} arrays, {wrong}") from wrong
            except Exception as error:
                raise Refuted(f"given {layout} arrays, {function} {raised(error)}") from error


def examine_repeated(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """A call always returns the same, whatever was called before, and what it returned stays as it was."""
    one, two = digits(geometry, 51), digits(geometry, 52)
    for function in functions:
        first = subject.result(function, geometry, one)
        kept = np.array(first)
        off = failed = 0
        for run in range(RUNS):
            try:
                found = subject.result(function, geometry, two if run % 2 else one)
            except Exception:
                failed += 1
                continue
            given = two if run % 2 else one
            off += not right(function, geometry, given, found)
        if failed:
            raise Refuted(f"{function} raises in {failed} of {RUNS} runs on the same arrays")
        if off:
            raise Refuted(
                f"{function} is right at first and wrong in {off} of {RUNS} later runs on the same arrays: "
                "it holds state between calls, or leaves something to chance"
            )
        if not np.array_equal(first, kept):
            raise Refuted(f"a later call of {function} changes what an earlier one returned")


def right(function: str, geometry: Geometry, given: dict[str, Array], found: Array) -> bool:
    """Whether one result is right within its rounding."""
    off = np.abs(real(found) - expected(function, geometry, given))
    return bool(np.all(off <= rounding(function, geometry, given)))


def examine_dtypes(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """float32 in, float32 out; a wider result is noted, and float64 made narrower is wrong."""
    noted = []
    for dtype in (np.float64, np.float32):
        given = {name: array.astype(dtype) for name, array in digits(geometry, 7).items()}
        for function in functions:
            try:
                found = subject.raw(function, geometry, {name: array.copy() for name, array in given.items()})
            except Exception as error:
                noted.append(f"{function} {raised(error)} on {np.dtype(dtype)}")
                continue
            if dtype == np.float64 and found.dtype.itemsize < 8:
                raise Refuted(f"{function} returns {found.dtype} for float64: precision is lost")
            if found.dtype != dtype:
                noted.append(f"{function} returns {found.dtype} for {np.dtype(dtype)}")
    if noted:
        raise NotAsked("; ".join(noted))


def examine_empty_batch(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """A batch of 0: empty results, and parameter gradients of 0; anything else is noted."""
    given = digits(geometry, 71)
    given |= {name: given[name][:0] for name in ("a", "delta")}
    for function in functions:
        shape = expected_shape(function, geometry)
        if function in ("net_input", "input_gradient"):
            shape = (0, *shape[1:])
        try:
            found = np.asarray(subject.style.run(function, geometry, given))
        except Exception as error:
            raise NotAsked(f"{function} {raised(error)}") from error
        if found.shape != shape:
            raise NotAsked(f"{function} returns an array of shape {found.shape} instead of {shape}")
        if found.size and not np.all(real(found) == 0):
            raise NotAsked(f"{function} is not 0 but {real(found).flat[0]:g}")


def examine_symbols(subject: Adapted, functions: Functions, geometry: Geometry) -> None:
    """Exact symbols, where the code takes arrays of objects: every cell is the right polynomial."""
    road = polynomials.polynomials_of(geometry)
    for function in functions:
        try:
            polynomials.examine(subject, function, geometry, road)
        except Refuted as wrong:
            if " lacks " in str(wrong) or " has " in str(wrong):
                raise
            raise NotAsked(f"{function} does not take symbols: {wrong}") from wrong
        except Exception as error:
            raise NotAsked(f"{function} does not take symbols ({raised(error)})") from error
