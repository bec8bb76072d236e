"""What the contract (INTERFACE "The emitted module") asks of a module, one function per respect.

Each function takes a loaded module and its layer and raises when the respect is broken: AssertionError, or whatever
the module itself raises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from tests.wrong.reference import Array, Expected, expected

Respect = Callable[[ModuleType, Geometry], None]


def load(source: str) -> ModuleType:
    """The module that a source text defines."""
    module = ModuleType("hand_written")
    exec(compile(source, "<hand-written module>", "exec"), module.__dict__)  # noqa: S102  (our own texts, in a test)
    return module


def arrays(e: Expected, dtype: Any, scale: tuple[int, int, int] = (1, 1, 1)) -> tuple[Array, Array, Array, Array]:
    """a, w, bias and δ as one dtype; a, w, δ times a whole number each (the bias times both of a and w)."""
    a, w, d = scale
    return tuple(  # type: ignore[return-value]
        (array * factor).astype(dtype) for array, factor in ((e.a, a), (_plain(e.w), w), (e.bias, a * w), (e.delta, d))
    )


def _plain(w: Array) -> Array:
    """Weights that any dtype can hold; a pooling layer has none, and its 1/count are put aside."""
    return np.ones(w.shape, object) if any(isinstance(v, Fraction) for v in w.flat) else w


def net_input(module: ModuleType, layer: Geometry, a: Array, w: Array, bias: Array) -> Array:
    """Call the forward function with the arguments of its kind."""
    if layer.is_pooling:
        return np.asarray(module.net_input(a))
    if not layer.bias:
        return np.asarray(module.net_input(a, w))
    return np.asarray(module.net_input(a, w, bias))


def input_gradient(module: ModuleType, layer: Geometry, delta: Array, w: Array, size: Any = None) -> Array:
    """Call the input gradient with the arguments of its kind."""
    if layer.is_pooling:
        return np.asarray(module.input_gradient(delta, size))
    return np.asarray(module.input_gradient(delta, w, size))


def results(module: ModuleType, layer: Geometry, given: tuple[Array, Array, Array, Array]) -> dict[str, Array]:
    """All functions of the module on one set of arrays, by the contract's names."""
    a, w, bias, delta = given
    found = {
        "net": net_input(module, layer, a, w, bias),
        "input_gradient": input_gradient(module, layer, delta, w, layer.input_size),
    }
    if not layer.is_pooling:
        found["weight_gradient"] = np.asarray(module.weight_gradient(delta, a))
        if layer.bias:
            found["bias_gradient"] = np.asarray(module.bias_gradient(delta))
    return found


def wanted(layer: Geometry, e: Expected, scale: tuple[int, int, int] = (1, 1, 1)) -> dict[str, Array]:
    """The exact answers; ``scale`` as in :func:`arrays`."""
    a, w, d = scale
    answers = {"net": e.net * (a if layer.is_pooling else a * w), "input_gradient": e.input_gradient * w * d}
    if not layer.is_pooling:
        answers["weight_gradient"] = e.weight_gradient * d * a
        if layer.bias:
            answers["bias_gradient"] = e.bias_gradient * d
    return answers


def same(found: Array, answer: Array, layer: Geometry) -> None:
    """Equal shapes and equal numbers; averages may round once per operation."""
    assert found.shape == answer.shape, f"shape {found.shape} instead of {answer.shape}"
    if layer.is_pooling:
        np.testing.assert_allclose(found.astype(float), answer.astype(float), rtol=1e-13, atol=1e-13)
    else:
        assert (found == answer).all()


def neighbours(layer: Geometry) -> Iterator[Geometry]:
    """Larger by 1 and by 2 in each dimension, so that left-over rows come and go."""
    for d in range(layer.dimensions):
        for more in (1, 2):
            yield replace(layer, input_size=tuple(int(h) + more * (d == k) for k, h in enumerate(layer.input_size)))


def net_values(module: ModuleType, layer: Geometry) -> None:
    """The net input of the layer's own size."""
    e = expected(layer)
    a, w, bias, _ = _small(layer, e)
    same(net_input(module, layer, a, w, bias), e.net, layer)


def input_gradient_values(module: ModuleType, layer: Geometry) -> None:
    """∂E/∂a of the layer's own size."""
    e = expected(layer)
    _, w, _, delta = _small(layer, e)
    same(input_gradient(module, layer, delta, w, layer.input_size), e.input_gradient, layer)


def weight_gradient_values(module: ModuleType, layer: Geometry) -> None:
    """∂E/∂w of the layer's own size."""
    e = expected(layer)
    a, _, _, delta = _small(layer, e)
    if not layer.is_pooling:
        same(np.asarray(module.weight_gradient(delta, a)), e.weight_gradient, layer)


def bias_gradient_values(module: ModuleType, layer: Geometry) -> None:
    """∂E/∂β of the layer's own size."""
    e = expected(layer)
    if layer.bias:
        same(np.asarray(module.bias_gradient(_small(layer, e)[3])), e.bias_gradient, layer)


def _small(layer: Geometry, e: Expected) -> tuple[Array, Array, Array, Array]:
    return arrays(e, float if layer.is_pooling else np.int64)


def other_sizes(module: ModuleType, layer: Geometry) -> None:
    """Spatial sizes are read from the arrays."""
    for near in neighbours(layer):
        agrees(module, near)


def other_channels(module: ModuleType, layer: Geometry) -> None:
    """Batch, depth and filters are read from the arrays."""
    groups = int(layer.groups)
    more = {"depth": int(layer.depth) + groups}
    changes: list[dict[str, Any]] = [{"batch": 1}, {"batch": 3}, more]
    if not layer.is_pooling:
        changes += [{"filters": int(layer.filters) + groups}, more | {"filters": 4 * groups}]
    for change in changes:
        agrees(module, replace(layer, **change))


def agrees(module: ModuleType, layer: Geometry) -> None:
    """All four results on float64 whole numbers."""
    e = expected(layer)
    a, w, bias, delta = arrays(e, float)
    answers = wanted(layer, e)
    for name, found in results(module, layer, (a, w, bias, delta)).items():
        same(found, answers[name], layer)


def no_bias(module: ModuleType, layer: Geometry) -> None:
    """The bias may be left out."""
    if not layer.bias:
        return
    e = expected(layer)
    a, w = arrays(e, np.int64)[:2]
    shape = (-1, *[1] * layer.dimensions)
    assert (module.net_input(a, w) == e.net - e.bias.reshape(shape)).all()
    module.Layer(w).forward(a)


def layer_object(module: ModuleType, layer: Geometry, w: Array, bias: Array) -> Any:
    """An object of the module's class."""
    if layer.is_pooling:
        return module.Layer()
    return module.Layer(w, bias) if layer.bias else module.Layer(w)
