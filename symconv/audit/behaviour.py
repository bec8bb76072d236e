"""Findings besides the numbers: what a call does to its arguments, to later calls, to dtypes and to an empty batch.

What leads to wrong numbers is `Refuted`; what is only not as one would wish is `NotAsked`, and the report notes it.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from symconv.audit.values import Adapted, compare, digits, examine_integers, real, right
from symconv.layers.geometry import Geometry
from symconv.verify import polynomials
from symconv.verify.conventions import LAYOUTS
from symconv.verify.execute import expected_shape
from symconv.verify.report import NotAsked, Refuted, raised

RUNS = 32
"""How often the same call is made to see whether it always does the same."""
Examine = Callable[[Adapted, str, Geometry], None]


def examine_inputs_untouched(subject: Adapted, function: str, geometry: Geometry) -> None:
    """No argument is written to."""
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


def examine_layouts(subject: Adapted, function: str, geometry: Geometry) -> None:
    """Fortran-ordered, spread out and reversed arrays are read as what they hold."""
    plain = digits(geometry, 31)
    for layout, lay in LAYOUTS.items():
        try:
            found = subject.raw(function, geometry, {name: lay(array) for name, array in plain.items()})
            compare(subject, function, geometry, plain, found)
        except Refuted as wrong:
            raise Refuted(f"{function} depends on the order in memory: given {layout} arrays, {wrong}") from wrong
        except Exception as error:
            raise Refuted(f"given {layout} arrays, {function} {raised(error)}") from error


def examine_repeated(subject: Adapted, function: str, geometry: Geometry) -> None:
    """A call always returns the same, whatever was called before, and what it returned stays as it was."""
    one, two = digits(geometry, 51), digits(geometry, 52)
    first = subject.result(function, geometry, one)
    kept = np.array(first)
    off = failed = 0
    for run in range(RUNS):
        given = two if run % 2 else one
        try:
            found = subject.result(function, geometry, given)
        except Exception:
            failed += 1
            continue
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


def examine_dtypes(subject: Adapted, function: str, geometry: Geometry) -> None:
    """float64 in, float64 out, and float32 likewise; what holds every number that went in is only noted."""
    for dtype in (np.float64, np.float32):
        given = {name: array.astype(dtype) for name, array in digits(geometry, 7).items()}
        try:
            found = subject.raw(function, geometry, given)
        except Exception as error:
            raise NotAsked(f"{function} {raised(error)} on {np.dtype(dtype)}") from error
        if not np.can_cast(dtype, found.dtype):
            what = "what comes after the point" if found.dtype.kind in "iub" else "precision"
            raise Refuted(f"{function} returns {found.dtype} for {np.dtype(dtype)}: {what} is lost")
        if found.dtype != dtype:
            raise NotAsked(f"{function} returns {found.dtype} for {np.dtype(dtype)}")


def examine_empty_batch(subject: Adapted, function: str, geometry: Geometry) -> None:
    """A batch of 0: empty results, and parameter gradients of 0."""
    given = digits(geometry, 71)
    given |= {name: given[name][:0] for name in ("a", "delta")}
    shape = expected_shape(function, geometry)
    if function in ("net_input", "input_gradient"):
        shape = (0, *shape[1:])
    try:
        found = np.asarray(subject.style.run(function, geometry, given))
    except ValueError:  # an explicit one is a refusal
        raise
    except Exception as error:
        raise Refuted(f"{function} {raised(error)} on an empty batch") from error
    if found.shape != shape:
        raise Refuted(f"{function} returns an array of shape {found.shape} instead of {shape} for an empty batch")
    if found.size and not np.all(real(found) == 0):
        raise Refuted(f"{function} is not 0 but {real(found).flat[0]:g} for an empty batch")


def examine_whole(subject: Adapted, function: str, geometry: Geometry) -> None:
    """Arrays of int64 give the same numbers, where the code takes them."""
    try:
        examine_integers(subject, function, geometry)
    except Refuted:
        raise
    except Exception as error:
        raise NotAsked(f"{function} does not take int64 ({raised(error)})") from error


def examine_symbols(subject: Adapted, function: str, geometry: Geometry) -> None:
    """Exact symbols, where the code takes arrays of objects: every cell is the right polynomial."""
    road = polynomials.polynomials_of(geometry)
    try:
        polynomials.examine(subject, function, geometry, road)
    except Refuted as wrong:
        if " lacks " in str(wrong) or " has " in str(wrong):
            raise
        raise NotAsked(f"{function} does not take symbols: {wrong}") from wrong
    except Exception as error:
        raise NotAsked(f"{function} does not take symbols ({raised(error)})") from error


ROWS: tuple[tuple[str, str, Examine], ...] = (
    ("calls do not depend on each other", f"{RUNS} repeated runs", examine_repeated),
    ("whole numbers in int64 too", "int64", examine_whole),
    ("exact symbols", "symbols in object arrays", examine_symbols),
    ("arguments are not written to", "copies compared", examine_inputs_untouched),
    ("any order in memory will do", "four layouts", examine_layouts),
    ("dtypes are kept", "float32, float64", examine_dtypes),
    ("a batch of 0 is no exception", "arrays without samples", examine_empty_batch),
)
"""Claim, method, and how one function is held to it; chance and state come first, since they fail any of the others."""
