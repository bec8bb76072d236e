"""The window form and zeros in place of a dilation: true at every size, and there where THEORY has them."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.algebra.evaluate import evaluate
from symconv.algebra.formula import IndexedSum
from symconv.derivation.backward import backward
from symconv.derivation.operator import Cross, InsertZeros, Operator, Rotate, Scaled
from symconv.derivation.other_forms import other_forms, window_form, zero_inserted
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, integer_arrays
from tests.derivation.operators import carry_out
from tests.derivation.test_general import CHANNELS, SIZES, SYMBOLIC


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_every_step_is_true_at_the_layer_s_own_size(geometry: Geometry) -> None:
    for derivation in backward(net_input(geometry)).goals:
        assert all(step.check() for step in other_forms(derivation).steps), derivation.goal


@pytest.mark.parametrize("sizes", SIZES)
@pytest.mark.parametrize("name", ["conv", "conv-groups", "conv-flip", "conv-transpose"])
def test_every_step_is_true_in_letters(name: str, sizes: dict[str, int]) -> None:
    for derivation in backward(net_input(SYMBOLIC[name])).goals:
        for step in (window_form(derivation), getattr(zero_inserted(derivation), "step", None)):
            assert step is None or step.check(CHANNELS | sizes), derivation.goal


def test_the_window_form_reads_the_weight_at_the_cell() -> None:
    step = window_form(backward(net_input(SYMBOLIC["conv"])).input_gradient)
    assert step is not None
    assert isinstance(step.after, IndexedSum)
    reads = " ".join(f"{f.symbol}({', '.join(map(str, f.subscripts))})" for f in step.after.factors)
    assert reads == "w(n, c, (P - S*i + x)/D) δ(b, n, i)"


def crossed(operator: Operator) -> Cross:
    match operator:
        case Rotate(array) | Scaled(_, _, array):
            return crossed(array)
        case Cross():
            return operator
    raise AssertionError(operator)


@pytest.mark.parametrize("name", ["stride", "left-over-rows-padded", "stride-and-dilation", "one-dimension", "groups"])
def test_zeros_take_the_place_of_the_stride_in_the_weight_gradient(name: str) -> None:
    """``cross(pad(a, P, Q - r), δ↑S)`` at stride D, where the other form has δ at dilation S."""
    geometry = GEOMETRIES[name]
    derivation = backward(net_input(geometry)).weight_gradient
    assert derivation is not None
    found = zero_inserted(derivation)
    assert found is not None
    form = crossed(found.operator)
    assert isinstance(form.filter, InsertZeros)
    assert form.filter.strides == geometry.stride
    assert set(form.dilation) == {1}
    assert form.stride == geometry.dilation
    main = derivation.form.terms[0]
    arrays = integer_arrays(main)
    value = carry_out(found.operator, arrays, (), geometry.dimensions)
    channels = tuple(a.name for a in main.output.axes[: -geometry.dimensions])
    assert np.array_equal(value.over(channels, geometry.dimensions), evaluate(main, arrays))


@pytest.mark.parametrize("name", ["lesson", "dilation", "dense", "average-pooling"])
def test_there_is_none_without_a_stride_and_for_weights(name: str) -> None:
    for derivation in backward(net_input(GEOMETRIES[name])).goals:
        assert zero_inserted(derivation) is None
