"""Code for layers of one's own: every schedule gives the elementwise polynomials, exactly, on whole numbers."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import symconv
from symconv.derivation.elementwise import elementwise
from symconv.errors import RequestError
from symconv.schedules.own import OWN_SCHEDULES
from tests.own_layers import OWN, own_layer


@pytest.mark.parametrize("schedule", OWN_SCHEDULES)
@pytest.mark.parametrize("name", OWN)
def test_every_schedule_is_exact(name: str, schedule: str) -> None:
    layer = own_layer(name)
    module = symconv.emit(layer, schedule=schedule).load()
    road = elementwise(layer.geometry, every_net_input=0)
    wanted = {
        "net_input": road.net_input,
        "input_gradient": road.input_gradient,
        "weight_gradient": road.weight_gradient,
        "bias_gradient": road.bias_gradient,
    }
    random = np.random.default_rng(0)
    geometry = layer.geometry
    shapes = {"a": geometry.input_shape, "delta": geometry.output_shape, "bias": (int(geometry.filters),)}
    arrays = {n: random.integers(-9, 10, s) for n, s in {**shapes, "w": geometry.weight_shape or ()}.items()}
    for function, polynomials in wanted.items():
        if polynomials is None:
            assert not hasattr(module, function)
            continue
        taken = inspect.signature(getattr(module, function)).parameters
        found = getattr(module, function)(**{n: array for n, array in arrays.items() if n in taken})
        exact = polynomials.evaluate(arrays).astype(found.dtype)
        assert np.allclose(found, exact, rtol=1e-14) if geometry.divides else np.array_equal(found, exact)


@pytest.mark.parametrize("schedule", ["windows", "im2col"])
def test_a_schedule_of_windows_says_why_it_does_not_apply(schedule: str) -> None:
    with pytest.raises(
        RequestError, match="is made for the windows of a built-in layer; for a layer of one's own choose"
    ):
        symconv.emit(own_layer("gated"), schedule=schedule)


@pytest.mark.parametrize(
    ("name", "function", "signature"),
    [
        ("the issue's", "input_gradient", "(delta, w, input_size=None)"),
        ("the issue's", "weight_gradient", "(delta, a)"),
        ("gated", "net_input", "(a, w, bias=None)"),
        ("gated", "input_gradient", "(delta, w, input_size=None, *, a)"),
        ("gated", "weight_gradient", "(delta, a)"),
        ("square of a weight", "weight_gradient", "(delta, a, *, w)"),
        ("squared bias", "bias_gradient", "(delta, *, bias=None)"),
        ("bias times input", "bias_gradient", "(delta, *, a)"),
        ("autocorrelation without weights", "input_gradient", "(delta, input_size=None, *, a)"),
    ],
)
def test_a_gradient_takes_what_it_needs_besides_by_name(name: str, function: str, signature: str) -> None:
    module = symconv.emit(own_layer(name)).load()
    assert str(inspect.signature(getattr(module, function))) == signature


def test_batch_and_channels_are_read_from_the_arrays_where_they_are_free() -> None:
    module = symconv.emit(own_layer("gated")).load()
    assert module.net_input(np.ones((5, 3, 4)), np.ones((3, 3, 3))).shape == (5, 3, 4)
    with pytest.raises(ValueError, match="expected"):
        module.net_input(np.ones((5, 3, 5)), np.ones((3, 3, 3)))
    with pytest.raises(ValueError, match="not the layer's own"):
        module.input_gradient(np.ones((1, 2, 4)), np.ones((2, 2, 3)), (5,), a=np.ones((1, 2, 4)))
