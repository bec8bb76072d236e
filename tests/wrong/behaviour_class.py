"""What the contract asks of refusals, of ``input_size`` and of the class with its activation."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from tests.wrong.behaviour import arrays, input_gradient, layer_object, neighbours, net_input, same
from tests.wrong.reference import Array, computed, expected

ACTIVATION: dict[str, Callable[[Array], Array]] = {
    "identity": lambda x: x,
    "sigmoid": lambda x: np.asarray(1 / (1 + np.exp(-x))),
    "tanh": lambda x: np.asarray(np.tanh(x)),
}
Call = Callable[[], Any]


def refused(call: Call) -> None:
    """The call raises ValueError and nothing else."""
    try:
        call()
    except ValueError:
        return
    raise AssertionError("a wrong shape was accepted")


def refusals(module: ModuleType, layer: Geometry) -> None:
    """A wrong shape or rank is a ValueError."""
    for call in _bad_calls(module, layer):
        refused(call)


def _bad_calls(module: ModuleType, layer: Geometry) -> Iterator[Call]:
    a, w, bias, delta = arrays(expected(layer), float)
    size = layer.input_size
    longer = np.concatenate([delta, delta], axis=-1)
    yield lambda: input_gradient(module, layer, delta[0], w, size)
    if layer.dimensions:
        yield lambda: input_gradient(module, layer, longer, w, size)
    held = layer_object(module, layer, w, bias)
    held.forward(a)
    yield lambda: held.backward(delta[0])
    if layer.is_pooling:
        yield lambda: module.net_input(a[0])
        return
    yield lambda: net_input(module, layer, a[0], w, bias)
    yield lambda: net_input(module, layer, a, w[0], bias)
    yield lambda: net_input(module, layer, np.concatenate([a, a], axis=1), w, bias)
    if layer.bias:
        yield lambda: module.net_input(a, w, np.concatenate([bias, bias]))
        yield lambda: module.net_input(a, w, bias[:, None])
        yield lambda: module.bias_gradient(delta[0])
    yield lambda: module.input_gradient(np.concatenate([delta, delta], axis=1), w, size)
    yield lambda: module.weight_gradient(np.concatenate([delta, delta]), a)
    yield lambda: module.weight_gradient(delta, a[0])
    yield from _uneven_calls(module, layer, a, w, delta)
    if layer.dimensions:
        bigger = np.concatenate([w, w[:, :, :1]], axis=2)
        yield lambda: net_input(module, layer, a, bigger, bias)
        yield lambda: module.input_gradient(delta, bigger, size)
        yield lambda: module.weight_gradient(longer, a)


def _uneven_calls(module: ModuleType, layer: Geometry, a: Array, w: Array, delta: Array) -> Iterator[Call]:
    """Channels that do not split into the groups, in arrays that fit each other otherwise."""
    if layer.groups == 1:
        return
    deeper, more_delta = (np.concatenate([array, array[:, :1]], axis=1) for array in (a, delta))
    more_w = np.concatenate([w, w[:1]])
    transposed = layer.kind == "conv-transpose"
    yield lambda: module.net_input(deeper if transposed else a, more_w)
    yield lambda: module.input_gradient(delta if transposed else more_delta, more_w, layer.input_size)
    yield lambda: module.weight_gradient(delta, deeper)
    yield lambda: module.weight_gradient(more_delta, a)


def input_sizes(module: ModuleType, layer: Geometry) -> None:
    """``input_size`` decides among the inputs that have one output size; left out, the layer's own or a refusal."""
    for near in (layer, *neighbours(layer)):
        e = expected(near)
        _, w, _, delta = arrays(e, float)
        same(input_gradient(module, layer, delta, w, near.input_size), e.input_gradient, layer)
        if near.output_size == layer.output_size:
            found = input_gradient(module, layer, delta, w)
            assert found.shape[2:] == layer.input_size
        else:
            refused(lambda delta=delta, w=w: input_gradient(module, layer, delta, w))  # type: ignore[misc]
            refused(lambda delta=delta, w=w: input_gradient(module, layer, delta, w, layer.input_size))  # type: ignore[misc]
    _, w, _, delta = arrays(expected(layer), float)
    same(input_gradient(module, layer, delta, w), expected(layer).input_gradient, layer)


def derivative(f: Callable[[Array], Array], at: Array) -> Array:
    """Central difference, wrong by about 1e-10."""
    return np.asarray((f(at + 1e-5) - f(at - 1e-5)) / 2e-5)


def activated(module: ModuleType, layer: Geometry, activation: str, seed: int = 0) -> None:
    """forward gives f(net); backward forms δ = error ∘ f'(net) and stores both parameter gradients."""
    f = ACTIVATION[activation]
    e = expected(layer, seed)
    a, error = e.a.astype(float) / 7, e.delta.astype(float)
    w = e.w.astype(float) / (1 if layer.is_pooling else 7)
    bias = e.bias.astype(float) / 7
    net = computed(layer, a, w, bias, error).net
    answer = computed(layer, a, w, bias, error * derivative(f, net))
    held = layer_object(module, layer, w, bias)
    close(held.forward(a), f(net))
    close(held.backward(error), answer.input_gradient)
    if not layer.is_pooling:
        close(held.weight_gradient, answer.weight_gradient)
        if layer.bias:
            close(held.bias_gradient, answer.bias_gradient)


def close(found: Array, answer: Array) -> None:
    """Within the error of the central difference."""
    assert found.shape == answer.shape
    np.testing.assert_allclose(found, answer, rtol=1e-8, atol=1e-8)


def class_sizes(module: ModuleType, layer: Geometry, activation: str) -> None:
    """The class works on other sizes, left-over rows included."""
    for near in (*neighbours(layer), replace(layer, batch=int(layer.batch) + 1)):
        activated(module, near, activation)


def class_state(module: ModuleType, layer: Geometry) -> None:
    """backward belongs to the last forward, whatever the caller does to a, and twice is once: no gradients pile up."""
    for batch in (int(layer.batch), int(layer.batch) + 1):
        _last_forward_counts(module, layer, replace(layer, batch=batch))
    e = expected(layer)
    a, w, bias, delta = arrays(e, float)
    held, fresh = layer_object(module, layer, w, bias), layer_object(module, layer, w, bias)
    fresh.forward(a.copy())
    held.forward(a)
    a *= -3
    assert np.array_equal(held.backward(delta), fresh.backward(delta))
    _same_gradients(held, fresh, layer)


def _last_forward_counts(module: ModuleType, layer: Geometry, after: Geometry) -> None:
    one, two = expected(layer), expected(after, 7)
    w, bias = arrays(one, float)[1:3]
    a, error = two.a.astype(float), two.delta.astype(float)
    held, fresh = layer_object(module, layer, w, bias), layer_object(module, layer, w, bias)
    held.forward(one.a.astype(float))
    first = held.backward(one.delta.astype(float)).copy()
    assert np.array_equal(held.backward(one.delta.astype(float)), first)
    assert np.array_equal(held.forward(a), fresh.forward(a))
    assert np.array_equal(held.backward(error), fresh.backward(error))
    _same_gradients(held, fresh, layer)
    held.backward(error)
    _same_gradients(held, fresh, layer)


def _same_gradients(held: Any, fresh: Any, layer: Geometry) -> None:
    if not layer.is_pooling:
        assert np.array_equal(held.weight_gradient, fresh.weight_gradient)
        if layer.bias:
            assert np.array_equal(held.bias_gradient, fresh.bias_gradient)


def class_objects(module: ModuleType, layer: Geometry) -> None:
    """Two objects of the class know nothing of each other."""
    one, two = expected(layer), expected(layer, 7)
    w, bias = arrays(one, float)[1:3]
    a, error = one.a.astype(float), one.delta.astype(float)
    alone = layer_object(module, layer, w, bias)
    alone.forward(a)
    found = alone.backward(error)
    held, other = layer_object(module, layer, w, bias), layer_object(module, layer, *arrays(two, float)[1:3])
    held.forward(a)
    other.forward(two.a.astype(float))
    assert np.array_equal(held.backward(error), found)
    other.backward(two.delta.astype(float))
    _same_gradients(held, alone, layer)


def class_dtypes(module: ModuleType, layer: Geometry) -> None:
    """float32 stays float32 through the activation and back."""
    for dtype in (np.float32, np.float64):
        a, w, bias, delta = arrays(expected(layer), dtype)
        held = layer_object(module, layer, w, bias)
        assert held.forward(a).dtype == dtype
        assert held.backward(delta).dtype == dtype
        if not layer.is_pooling:
            assert held.weight_gradient.dtype == dtype
            if layer.bias:
                assert held.bias_gradient.dtype == dtype


def tails(module: ModuleType, layer: Geometry, activation: str) -> None:
    """Net inputs of ±30 and ±1e4: no warning, and f' keeps its relative precision where f saturates."""
    if activation == "identity" or layer.is_pooling:
        return
    a, w, bias, delta = (np.zeros_like(array) for array in arrays(expected(layer), np.float32))
    for size in (1e4, -1e4, 30.0, -30.0):
        held = layer_object(module, layer, w, bias + np.float32(size))
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            held.forward(a)
            held.backward(delta + 1)
    held = layer_object(module, layer, w.astype(float), bias.astype(float) + 15)
    held.forward(a.astype(float))
    held.backward(delta + 1.0)
    small = np.exp(-15.0 if activation == "sigmoid" else -30.0)
    slope = (1 if activation == "sigmoid" else 4) * small / (1 + small) ** 2
    cells = delta[:, 0].size
    np.testing.assert_allclose(held.bias_gradient, slope * cells, rtol=1e-13)
