"""What the contract asks of the arrays that go in and come out: exactness, dtypes, memory, an empty batch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import numpy as np

from symconv.layers.geometry import Geometry
from tests.wrong.behaviour import arrays, input_gradient, layer_object, net_input, results, same, wanted
from tests.wrong.reference import Array, expected


def exact_objects(module: ModuleType, layer: Geometry) -> None:
    """Object arrays of exact numbers stay exact, however large."""
    e, scale = expected(layer), (10**15 + 37, 10**15 + 91, 10**15 + 3)
    if layer.is_pooling:
        return
    for name, found in results(module, layer, arrays(e, object, scale)).items():
        same(found, wanted(layer, e, scale)[name], layer)


def large_integers(module: ModuleType, layer: Geometry) -> None:
    """Integers of 64 bits are multiplied and added as such."""
    e, scale = expected(layer), (10**7 + 19, 10**7 + 79, 10**7 + 103)
    if layer.is_pooling:
        return
    for name, found in results(module, layer, arrays(e, np.int64, scale)).items():
        same(found, wanted(layer, e, scale)[name], layer)


def precision(module: ModuleType, layer: Geometry) -> None:
    """float32 and float64 keep their own precision, within a rounding per operation."""
    e = expected(layer)
    scale = (1001, 1 if layer.is_pooling else 1003, 1007)
    for dtype in (np.float32, np.float64):
        for name, found in results(module, layer, arrays(e, dtype, scale)).items():
            answer = wanted(layer, e, scale)[name].astype(float)
            bound = 64 * np.finfo(dtype).eps * np.abs(answer).max()
            assert found.shape == answer.shape
            assert (np.abs(found - answer) <= bound).all()


def dtypes(module: ModuleType, layer: Geometry) -> None:
    """Results have the dtype of what came in; averages of integers are float64."""
    for dtype in (np.float32, np.float64, np.int64, np.int32, np.complex128, object):
        average = layer.is_pooling and np.issubdtype(dtype, np.integer)
        for name, found in results(module, layer, arrays(expected(layer), dtype)).items():
            assert found.dtype == (np.float64 if average else dtype), f"{name}: {found.dtype} for {dtype}"


def complex_numbers(module: ModuleType, layer: Geometry) -> None:
    """Complex arrays are multiplied without conjugation."""
    if layer.is_pooling:
        return
    turned = tuple(
        array * factor for array, factor in zip(arrays(expected(layer), complex), (1j, 1j, -1, 1j), strict=True)
    )
    for name, found in results(module, layer, turned).items():  # type: ignore[arg-type]
        factor = 1j if name == "bias_gradient" else -1
        np.testing.assert_allclose(found, factor * wanted(layer, expected(layer))[name].astype(float))


def _layouts(array: Array) -> Iterator[Array]:
    spread = np.zeros(tuple(2 * n for n in array.shape), array.dtype)
    view = spread[tuple(slice(None, None, 2) for _ in array.shape)]
    view[...] = array
    back = np.ascontiguousarray(array[..., ::-1])[..., ::-1]
    yield from (np.asfortranarray(array), view, back)


def layouts(module: ModuleType, layer: Geometry) -> None:
    """Fortran-ordered, spread out and reversed arrays are read as what they hold."""
    e = expected(layer)
    for given in zip(*map(_layouts, arrays(e, float)), strict=True):
        for name, found in results(module, layer, given).items():
            same(found, wanted(layer, e)[name], layer)


def untouched(module: ModuleType, layer: Geometry) -> None:
    """Nothing that comes in is written to, by a function or by the class; read-only arrays work."""
    for writeable in (True, False):
        given = arrays(expected(layer), float)
        kept = [array.copy() for array in given]
        for array in given:
            array.setflags(write=writeable)
        results(module, layer, given)
        a, w, bias, delta = given
        held = layer_object(module, layer, w, bias)
        held.forward(a)
        held.backward(delta)
        assert all(np.array_equal(array, copy) for array, copy in zip(given, kept, strict=True))


def empty_batch(module: ModuleType, layer: Geometry) -> None:
    """A batch of 0: empty results, zero parameter gradients."""
    for dtype in (np.float64, object):
        a, w, bias, delta = arrays(expected(layer), dtype)
        found = results(module, layer, (a[:0], w, bias, delta[:0]))
        assert found["net"].shape == delta[:0].shape
        assert found["input_gradient"].shape == a[:0].shape
        if not layer.is_pooling:
            assert found["weight_gradient"].shape == w.shape
            assert (found["weight_gradient"] == 0).all()
        if layer.bias:
            assert found["bias_gradient"].shape == bias.shape
            assert (found["bias_gradient"] == 0).all()


def _apart(module: ModuleType, layer: Geometry, given: tuple[Array, Array, Array, Array]) -> list[tuple[str, Array]]:
    """The gradients first, the net input last: no function leans on the one before."""
    a, w, bias, delta = given
    found = [("input_gradient", input_gradient(module, layer, delta, w, layer.input_size))]
    if not layer.is_pooling:
        found.append(("weight_gradient", np.asarray(module.weight_gradient(delta, a))))
    if layer.bias:
        found.append(("bias_gradient", np.asarray(module.bias_gradient(delta))))
    return [*found, ("net", net_input(module, layer, a, w, bias))]


def purity(module: ModuleType, layer: Geometry) -> None:
    """The same call gives the same numbers; no result shares memory with another or with what came in."""
    given, others = arrays(expected(layer), float), arrays(expected(layer, 5), float)
    first = results(module, layer, given)
    kept = {name: found.copy() for name, found in first.items()}
    second = results(module, layer, others)
    larger = replace(layer, input_size=tuple(int(h) + 3 for h in layer.input_size))
    results(module, larger, arrays(expected(larger), float))
    net_input(module, layer, *others[:3])
    again = dict(_apart(module, layer, given))
    for name, answer in wanted(layer, expected(layer, 5)).items():
        same(second[name], answer, layer)
    for name, found in first.items():
        assert np.array_equal(found, kept[name])
        assert np.array_equal(again[name], kept[name])
        assert not any(np.shares_memory(found, other) for other in (*given, second[name], again[name]))
