"""What INTERFACE "The emitted module" promises about arrays: dtypes, memory layouts, purity, an empty batch.

Values are judged against the exact reference here too, so that a result of the right dtype with wrong numbers in it
does not pass.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import free_sizes
from symconv.verify.execute import Subject, array_of_shape, expected_shape, functions_of
from symconv.verify.integers import compare, draw
from symconv.verify.polynomials import is_float_zero
from symconv.verify.reference import Array, degree, expected, most_terms
from symconv.verify.report import NotAsked, Refuted

Tensors = dict[str, Array]
INT64_CEILING = 2**62
THREADS, ROUNDS = 4, 5


def examine_dtypes(subject: Subject, geometry: Geometry) -> None:
    """Results keep the dtype of what came in; averages of integers are float64. Numbers that fit are exact."""
    for dtype, ceiling in ((np.float32, 2**24), (np.float64, 2**53), (np.int32, 2**30), (np.int64, INT64_CEILING)):
        given = {name: array.astype(dtype) for name, array in small(geometry, 7, ceiling).items()}
        exact = {name: array.astype(np.float64) for name, array in given.items()} if geometry.divides else given
        for function in functions_of(geometry):
            average = geometry.divides and np.issubdtype(dtype, np.integer)
            kept = {np.dtype(np.float64 if average and geometry.is_pooling else dtype)}
            if average:  # what a formula divides may come out whole
                kept.add(np.dtype(np.float64))
            found = subject.result(function, geometry, given)
            if found.dtype not in kept:
                raise Refuted(
                    f"{function} returns {found.dtype} for {np.dtype(dtype)}; it should return {min(map(str, kept))}"
                )
            if geometry.divides:
                _near(function, geometry, found, expected(function, geometry, exact), np.finfo(given_float(dtype)).eps)
            else:
                compare(subject, function, geometry, given, found, expected(function, geometry, given))


def given_float(dtype: Any) -> Any:
    """The floating type that an average of this dtype is computed in."""
    return dtype if np.issubdtype(dtype, np.floating) else np.float64


def small(geometry: Geometry, seed: int, ceiling: int) -> Tensors:
    """Whole numbers whose sums of products stay below the ceiling; for averages, small multiples of the counts."""
    if geometry.divides:
        units = draw(geometry, seed)
        random = np.random.default_rng(seed)
        return {name: random.integers(-9, 10, size=array.shape) for name, array in units.items()}
    return draw(geometry, seed, ceiling)


def _near(function: str, geometry: Geometry, found: Array, wanted: Array, eps: float) -> None:
    """Averages of digits: the error of a sum and a quotient, in the precision of the result."""
    largest = 9 ** degree(function, geometry) * most_terms(function, geometry)
    bound = (most_terms(function, geometry) + 1 + degree(function, geometry)) * eps * largest
    if not bool(np.all(np.abs(found.astype(np.float64) - wanted) <= bound)):
        worst = float(np.max(np.abs(found.astype(np.float64) - wanted)))
        raise Refuted(f"{function} in {found.dtype} is {worst:.3g} off an average of digits")


def examine_exact_numbers(subject: Subject, geometry: Geometry) -> None:
    """Object arrays of fractions stay exact, however large."""
    random = np.random.default_rng(11)
    given: Tensors = {}
    for name, array in draw(geometry, 11).items():
        below = random.integers(1, 60, size=array.shape)
        cells = [Fraction(int(n) * 10**18 + 7, int(d)) for n, d in zip(array.flat, below.flat, strict=True)]
        given[name] = np.empty(len(cells), dtype=object)
        given[name][:] = cells
        given[name] = given[name].reshape(array.shape)
    for function in functions_of(geometry):
        found = subject.result(function, geometry, given)
        inexact = next(
            (type(v).__name__ for v in found.flat if not (isinstance(v, (int, Fraction)) or is_float_zero(v))), None
        )
        if found.dtype != object or inexact:
            raise Refuted(f"{function} turns an array of fractions into {inexact or found.dtype}")
        compare(subject, function, geometry, given, found, expected(function, geometry, given))


def examine_complex(subject: Subject, geometry: Geometry) -> None:
    """Complex numbers are multiplied as they are, without conjugation."""
    parts = [small(geometry, seed, 2**40) for seed in (21, 22)]
    given = {name: (parts[0][name] + 1j * parts[1][name]).astype(np.complex128) for name in parts[0]}
    for function in functions_of(geometry):
        found = subject.result(function, geometry, given)
        if found.dtype != np.complex128:
            raise Refuted(f"{function} returns {found.dtype} for complex128")
        wanted = expected(function, geometry, given)
        if geometry.divides:
            _near(function, geometry, np.abs(found - wanted), np.zeros(wanted.shape), 4 * np.finfo(np.float64).eps)
        else:
            compare(subject, function, geometry, given, found, wanted)


def examine_layouts(subject: Subject, geometry: Geometry) -> None:
    """Fortran-ordered, spread out, reversed, transposed and read-only arrays are read as what they hold."""
    integers = draw(geometry, 31)
    for layout, lay in LAYOUTS.items():
        given = {name: lay(array.astype(np.float64)) for name, array in integers.items()}
        plain = {name: array.astype(np.float64) for name, array in integers.items()}
        for array in given.values():
            array.setflags(write=False)
        for function in functions_of(geometry):
            try:
                found = subject.result(function, geometry, given)
                compare(subject, function, geometry, plain, found, expected(function, geometry, plain))
            except Refuted as wrong:
                raise Refuted(f"given {layout} arrays, {wrong}") from wrong
            except Exception as error:
                raise Refuted(
                    f"given {layout} read-only arrays, {function} raises {type(error).__name__}: {error}"
                ) from error


def _spread(array: Array) -> Array:
    wide = np.full(tuple(2 * n for n in array.shape), np.nan)
    view = wide[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    return view


def _reversed(array: Array) -> Array:
    back = tuple(slice(None, None, -1) for _ in array.shape)
    return np.ascontiguousarray(array[back])[back]


LAYOUTS: dict[str, Callable[[Array], Array]] = {
    "C-ordered": np.array,
    "Fortran-ordered": lambda array: np.array(array, order="F"),
    "non-contiguous": _spread,
    "reversed": _reversed,
}


def examine_inputs_untouched(subject: Subject, geometry: Geometry) -> None:
    """Nothing that comes in is written to, by a function or by the class."""
    given = _floats(geometry, 41)
    kept = {name: array.copy() for name, array in given.items()}
    for function in functions_of(geometry):
        subject.result(function, geometry, given)
        _unchanged(function, given, kept)
    held = subject.layer(given)
    held.forward(given["a"])
    _unchanged("Layer.forward", given, kept)
    held.backward(given["delta"])
    _unchanged("Layer.backward", given, kept)


def _unchanged(who: str, given: Mapping[str, Array], kept: Mapping[str, Array]) -> None:
    for name, array in given.items():
        if not np.array_equal(array, kept[name]):
            raise Refuted(f"{who} writes to its argument {name}")


def _floats(geometry: Geometry, seed: int) -> Tensors:
    return {name: array.astype(np.float64) for name, array in draw(geometry, seed).items()}


def examine_independence(subject: Subject, geometry: Geometry) -> None:
    """A call knows nothing of earlier ones, and what it returned stays as it was and shares no memory."""
    one, two = _floats(geometry, 51), _floats(geometry, 52)
    for function in functions_of(geometry):
        first = subject.result(function, geometry, one)
        kept = first.copy()
        second = subject.result(function, geometry, two)
        again = subject.result(function, geometry, one)
        if not np.array_equal(first, kept):
            raise Refuted(f"a later call of {function} changes what an earlier one returned")
        if not np.array_equal(again, kept):
            raise Refuted(f"{function} returns other numbers when it is called again with the same arrays")
        compare(subject, function, geometry, two, second, expected(function, geometry, two))
        for name, array in [*one.items(), ("an earlier result", second), ("an earlier result", again)]:
            if np.may_share_memory(first, array):
                raise Refuted(f"the result of {function} shares memory with {name}")


def examine_threads(subject: Subject, geometry: Geometry) -> None:
    """Calls in several threads at once return what they return alone."""
    given = [_floats(geometry, 60 + t) for t in range(THREADS)]
    functions = functions_of(geometry)
    alone = [[subject.result(f, geometry, tensors) for f in functions] for tensors in given]
    wrong: list[str] = []
    start = threading.Barrier(THREADS)

    def work(t: int) -> None:
        start.wait()
        for _ in range(ROUNDS):
            for function, wanted in zip(functions, alone[t], strict=True):
                try:
                    same = np.array_equal(subject.result(function, geometry, given[t]), wanted)
                except BaseException:
                    same = False
                if not same:
                    wrong.append(function)

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        threads = [threading.Thread(target=work, args=(t,), daemon=True) for t in range(THREADS)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        sys.setswitchinterval(interval)
    if wrong:
        first = next(function for function in functions if function in wrong)
        raise Refuted(f"{first} goes wrong when it is called in {THREADS} threads at once")


def examine_empty_batch(subject: Subject, geometry: Geometry) -> None:
    """A batch of 0: empty results of the right shape and dtype, and parameter gradients that are 0."""
    subject.refuse_other_sizes()
    if isinstance(geometry, OwnGeometry) and "batch" not in free_sizes(geometry):
        raise NotAsked("the formula fixes the batch")
    for dtype in (np.dtype(np.float64), np.dtype(np.float32), np.dtype(object)):
        given = {name: array.astype(dtype) for name, array in small(geometry, 71, 2**24).items()}
        given |= {name: given[name][:0] for name in ("a", "delta")}
        for function in functions_of(geometry):
            try:
                found = _on_empty(subject, function, geometry, given)
            except Refuted:
                raise
            except Exception as error:
                raise Refuted(f"{function} raises {type(error).__name__} on a batch of 0: {error}") from error
            if found.dtype != dtype:
                raise Refuted(f"{function} returns {found.dtype} for an empty batch of {dtype}")
            if not all(v == 0 for v in found.flat):
                raise Refuted(f"{function} is not 0 on a batch of 0")


def _on_empty(subject: Subject, function: str, geometry: Geometry, given: Tensors) -> Array:
    size = [int(h) for h in geometry.input_size] if function == "input_gradient" and geometry.dimensions else None
    shape = expected_shape(function, geometry)
    if function in ("net_input", "input_gradient"):
        shape = (0, *shape[1:])
    return array_of_shape(subject.call(function, given, size), shape, f"on a batch of 0, {function}")


def examine_without_bias(subject: Subject, geometry: Geometry) -> None:
    """The bias may be left out, and may be None."""
    given = _floats(geometry, 81)
    without = {name: array for name, array in given.items() if name != "bias"}
    wanted = expected("net_input", geometry, without)
    for found in _both_ways(subject, given):
        compare(subject, "net_input", geometry, without, array_of_shape(found, wanted.shape, "net_input"), wanted)


def _both_ways(subject: Subject, given: Tensors) -> Iterator[Any]:
    arrays = [given[name] for name in ("a", "w") if name in given]
    yield subject.module.net_input(*arrays)
    yield subject.module.net_input(*arrays, None)
