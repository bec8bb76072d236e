"""Operator notation: what is printed is true, carried out with pads, rotations and correlations in NumPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symconv.algebra.axes import Constant
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.algebra.evaluate import constant_array, evaluate
from symconv.derivation.backward import Derivation, backward
from symconv.derivation.operator import (
    Cross,
    Elementwise,
    InsertZeros,
    Matrix,
    Name,
    Pad,
    Rotate,
    Scaled,
    is_of_matrices,
)
from symconv.derivation.step import SLOPE
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, Arrays, integer_arrays, random_geometries
from tests.derivation.operators import carry_out

WITH_OPERATORS = ("conv", "conv-transpose", "avg-pool", "dense")


def goals(geometry: Geometry) -> tuple[Derivation, ...]:
    """All but the error term, which is the input gradient times f'."""
    result = backward(net_input(geometry))
    return tuple(d for d in result.goals if d != result.error_term)


def constants(form: Form, geometry: Geometry) -> Arrays:
    found = {
        f.symbol: constant_array(f.tensor) for t in form.terms for f in t.factors if isinstance(f.tensor, Constant)
    }
    return found | {"1": np.ones(tuple(int(k) for k in geometry.filter_size), dtype=object)}


def is_true(derivation: Derivation, geometry: Geometry) -> bool:
    arrays = integer_arrays(derivation.form) | constants(derivation.form, geometry)
    expected = evaluate(derivation.form, arrays)
    assert derivation.operator is not None
    target = tuple(a.name for a in derivation.form.output.axes)
    found = carry_out(derivation.operator, arrays, target, geometry.dimensions)
    array = found.over(tuple(letter for letter in target if letter in found.channels), found.dimensions)
    return array.size == expected.size and bool(np.array_equal(array.reshape(-1), expected.reshape(-1)))


@pytest.mark.parametrize(
    "geometry", [pytest.param(g, id=name) for name, g in GEOMETRIES.items() if g.kind in WITH_OPERATORS]
)
def test_the_operator_form_is_true(geometry: Geometry) -> None:
    wrong = [d.goal for d in goals(geometry) if not is_true(d, geometry)]
    assert not wrong


@pytest.mark.parametrize("kind", WITH_OPERATORS)
def test_the_operator_form_is_true_at_random_geometries(kind: str) -> None:
    for geometry in random_geometries(kind, 25, seed=5):
        wrong = [d.goal for d in goals(geometry) if not is_true(d, geometry)]
        assert not wrong, geometry


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_only_weights_that_are_not_shared_have_no_operator_form(geometry: Geometry) -> None:
    lacking = [d.goal for d in goals(geometry) if d.operator is None]
    assert lacking == (["net", "∂E/∂a", "∂E/∂w"] if geometry.kind == "locally-connected" else [])


def test_the_lesson() -> None:
    """``cross(pad(δ, K-1), rot180(W))`` (THEORY §3) and ``cross(a, δ)`` (§4), nothing else in them."""
    result = backward(net_input(GEOMETRIES["lesson"]))
    padded = Pad(Name("δ"), ((1, 1), (1, 1)))
    assert result.input_gradient.operator == Cross(padded, Rotate(Name("w")), (1, 1), (1, 1))
    assert result.weight_gradient is not None
    assert result.weight_gradient.operator == Cross(Name("a"), Name("δ"), (1, 1), (1, 1))


def test_true_convolution_turns_the_forward_filter_and_not_the_backward_one() -> None:
    geometry = Geometry(flip=True, bias=False)
    result = backward(net_input(geometry))
    assert result.net_input.operator == Cross(Name("a"), Rotate(Name("w")), (1, 1), (1, 1))
    assert result.input_gradient.operator == Cross(Pad(Name("δ"), ((1, 1), (1, 1))), Name("w"), (1, 1), (1, 1))


def test_true_convolution_turns_the_weight_gradient() -> None:
    """At stride 2 the array must be a: the result is ``rot180(cross(a, δ↑S))``."""
    result = backward(net_input(GEOMETRIES["flip-stride"]))
    assert result.weight_gradient is not None
    assert isinstance(result.weight_gradient.operator, Rotate)
    assert isinstance(result.weight_gradient.operator.array, Cross)
    assert isinstance(result.weight_gradient.operator.array.filter, Name)


def test_dense_is_the_classical_rule() -> None:
    """One example per row: ``net = a·wᵀ``, ``∂E/∂a = δ·w`` (that is Wᵀδ), ``∂E/∂w = δᵀ·a`` (that is δaᵀ)."""
    result = backward(net_input(GEOMETRIES["dense-no-bias"]))
    assert result.net_input.operator == Matrix(Name("a"), Name("w"), False, True)
    assert result.input_gradient.operator == Matrix(Name("δ"), Name("w"), False, False)
    assert result.weight_gradient is not None
    assert result.weight_gradient.operator == Matrix(Name("δ"), Name("a"), True, False)


def test_stride_inserts_zeros_into_the_error_term() -> None:
    found = backward(net_input(GEOMETRIES["left-over-rows"])).input_gradient.operator
    # H = 6 and 7, K = 2 and 3, S = 3: r = 1 in both dimensions.
    expected = Pad(InsertZeros(Name("δ"), (3, 3)), ((1, 2), (2, 3)))
    assert found == Cross(expected, Rotate(Name("w")), (1, 1), (1, 1))


def test_pooling_spreads_the_error_evenly() -> None:
    found = backward(net_input(GEOMETRIES["average-pooling"])).input_gradient.operator
    assert isinstance(found, Scaled)
    assert found.scale == pytest.approx(0.25)
    assert isinstance(found.array, Cross)
    assert found.array.filter == Rotate(Name("1"))


def test_a_contraction_of_another_shape_has_none() -> None:
    [main, *_] = net_input(GEOMETRIES["lesson"]).terms
    definition = Definition(Contraction(main.output, main.factors, main.relations))
    assert definition.symbol == "net"
    [local, *_] = net_input(GEOMETRIES["locally-connected"]).terms
    assert backward(Form((local,))).net_input.operator is None


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_left_hand_side_has_the_channels_and_f_has_them_too(geometry: Geometry) -> None:
    """Terminal, module and article print this one; matrix products name whole arrays."""
    result = backward(net_input(geometry))
    for goal in result.goals:
        channels = {a.name for a in goal.target.subscripts}
        assert not channels if is_of_matrices(goal.operator) else channels <= set("bgnc")
    if result.error_term.operator is not None:
        assert isinstance(result.error_term.operator, Elementwise)
        assert result.error_term.operator.right == replace(result.input_gradient.target, symbol=SLOPE)
