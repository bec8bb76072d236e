"""Every direction of every layer from one exchange: the special cases of THEORY §3 to §5, cell by cell."""

from __future__ import annotations

import numpy as np
import pytest
import sympy

from symconv.algebra.axes import Tensor, axis
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.evaluate import evaluate, evaluate_sum
from symconv.algebra.exchange import exchange
from symconv.algebra.relations import relation
from symconv.derivation.backward import Derivation, backward, solved_axes
from symconv.derivation.roads import enumerate_sum
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.net_input import net_input
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, integer_arrays, random_geometries

A, W, DELTA, DF = (sympy.IndexedBase(name) for name in ("a", "w", "delta", "df"))


def derivation(geometry: Geometry, goal: str) -> Derivation:
    [found] = [d for d in backward(net_input(geometry)).goals if d.goal == goal]
    return found


def cell(geometry: Geometry, goal: str, *index: int) -> sympy.Expr:
    return enumerate_sum(derivation(geometry, goal).solved, geometry).element(*index)


def test_the_error_term_of_the_lesson() -> None:
    """THEORY §3, 0-based: a corner reaches one net input, an edge two, the centre all four."""
    lesson = GEOMETRIES["lesson"]
    assert cell(lesson, "∂E/∂a", 0, 0) == DELTA[0, 0] * W[0, 0]
    assert cell(lesson, "∂E/∂a", 0, 1) == DELTA[0, 0] * W[0, 1] + DELTA[0, 1] * W[0, 0]
    assert cell(lesson, "∂E/∂a", 1, 1) == (
        DELTA[0, 0] * W[1, 1] + DELTA[0, 1] * W[1, 0] + DELTA[1, 0] * W[0, 1] + DELTA[1, 1] * W[0, 0]
    )
    assert cell(lesson, "δ^{l-1}", 0, 1) == sympy.expand(cell(lesson, "∂E/∂a", 0, 1) * DF[0, 1])


def test_the_weight_gradient_of_the_lesson() -> None:
    """THEORY §4: weights are shared, so every net input contributes."""
    lesson = GEOMETRIES["lesson"]
    assert cell(lesson, "∂E/∂w", 0, 0) == (
        DELTA[0, 0] * A[0, 0] + DELTA[0, 1] * A[0, 1] + DELTA[1, 0] * A[1, 0] + DELTA[1, 1] * A[1, 1]
    )
    assert cell(lesson, "∂E/∂w", 0, 1) == (
        DELTA[0, 0] * A[0, 1] + DELTA[0, 1] * A[0, 2] + DELTA[1, 0] * A[1, 1] + DELTA[1, 1] * A[1, 2]
    )
    assert cell(lesson, "∂E/∂β", 0) == sum(DELTA[0, 0, i, j] for i in range(2) for j in range(2))


def test_left_over_rows_need_not_be_zero() -> None:
    """H = 6, K = 2, S = 3: r = 1; padded by 1 before, the last row is reached all the same."""
    assert cell(GEOMETRIES["left-over-rows"], "∂E/∂a", 5, 0) == 0
    assert cell(GEOMETRIES["left-over-rows"], "∂E/∂a", 4, 0) == DELTA[1, 0] * W[1, 0]
    reached = Geometry(
        input_size=(6,), filter_size=(2,), stride=(4,), dilation=(1,), padding=((0, 2),), output_padding=(0,)
    )
    assert reached.left_over == (2,)
    assert cell(reached, "∂E/∂a", 5) == DELTA[1] * W[1]


def test_every_depth_gets_the_sum_over_the_filters() -> None:
    geometry = GEOMETRIES["depth-filters-batch"]
    assert cell(geometry, "∂E/∂a", 1, 1, 0, 0) == sum(DELTA[1, n, 0, 0] * W[n, 1, 0, 0] for n in range(3))


def test_a_filter_reaches_the_depths_of_its_group_only() -> None:
    geometry = GEOMETRIES["groups"]  # filters 0 to 2 read depths 0 and 1
    found = cell(geometry, "∂E/∂a", 0, 3, 0, 0)
    assert found == sum(DELTA[0, n, 0, 0] * W[n, 1, 0, 0] for n in (3, 4, 5))


def test_without_weight_sharing_there_is_no_sum() -> None:
    geometry = GEOMETRIES["locally-connected"]
    found = cell(geometry, "∂E/∂w", 1, 0, 1, 1, 0, 1)
    assert found == A[0, 0, 1, 2] * DELTA[0, 1, 0, 1]
    assert derivation(geometry, "∂E/∂w").solved[0].bounds == (axis("b", 1),)


def test_dense_is_the_classical_rule() -> None:
    geometry = GEOMETRIES["dense"]
    assert cell(geometry, "∂E/∂a", 1, 2) == sum(DELTA[1, n] * W[n, 2] for n in range(3))
    assert cell(geometry, "∂E/∂w", 1, 2) == sum(DELTA[b, 1] * A[b, 2] for b in range(2))
    assert cell(geometry, "∂E/∂β", 1) == sum(DELTA[b, 1] for b in range(2))


def test_pooling_spreads_the_error_evenly() -> None:
    geometry = GEOMETRIES["average-pooling"]
    assert cell(geometry, "∂E/∂a", 0, 1, 3, 0) == DELTA[0, 1, 1, 0] / 4
    result = backward(net_input(geometry))
    assert (result.weight_gradient, result.bias_gradient) == (None, None)


def test_without_bias_there_is_no_bias_gradient() -> None:
    assert backward(net_input(GEOMETRIES["no-bias"])).bias_gradient is None


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_transposed_layer_is_the_exchange_and_back(geometry: Geometry) -> None:
    """The input gradient's own input gradient is the net input: exchange is an involution on whole layers."""
    [main, *_] = net_input(geometry).terms
    gradient = backward(net_input(geometry)).input_gradient.form.terms[0]
    assert exchange(gradient, gradient.factor("δ")) == main


@pytest.mark.parametrize("kind", KINDS)
def test_solved_and_textbook_have_the_value_of_the_form(kind: str) -> None:
    for geometry in random_geometries(kind, 20, seed=11):
        for d in backward(net_input(geometry)).goals:
            arrays = integer_arrays(d.form)
            expected = evaluate(d.form, arrays)
            assert np.array_equal(sum(evaluate_sum(s, arrays) for s in d.solved), expected), (geometry, d.goal)
            if d.textbook is not None and d.goal == "∂E/∂a":
                assert np.array_equal(evaluate_sum(d.textbook, arrays), expected), (geometry, d.goal)


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_textbook_form_has_plain_subscripts(geometry: Geometry) -> None:
    """After the laws no read is divided: subscripts are ``s·o + d·f`` with positive s and d."""
    for d in backward(net_input(geometry)).goals:
        if d.textbook is not None:
            subscripts = [s for read in d.textbook.factors for s in read.subscripts]
            assert all(sympy.denom(sympy.together(s)) == 1 for s in subscripts)
            assert all(c > 0 for s in subscripts for c in s.as_coefficients_dict().values())


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_goals_are_told_in_the_order_of_the_lesson(geometry: Geometry) -> None:
    goals = [d.goal for d in backward(net_input(geometry)).goals]
    order = ["net", "∂E/∂a", "δ^{l-1}", "∂E/∂w", "∂E/∂β"]
    assert goals == [goal for goal in order if goal in goals]
    assert ("∂E/∂w" in goals) == (not geometry.is_pooling)
    assert ("∂E/∂β" in goals) == (geometry.bias and not geometry.is_pooling)


def test_a_tensor_read_twice_gives_a_sum_of_two_formulas() -> None:
    """``net[i] = Σ a[x]·a[y]`` over x = i, y = i + 1: the product rule, solved term by term."""
    i, x, y = axis("i", 3), axis("x", 4), axis("y", 4)
    a = Tensor("a", (x,))
    reads = (Operand(a, (x,)), Operand(a, (y,)))
    ties = (relation({x: 1, i: -1}), relation({y: 1, i: -1}, -1))
    form = Form((Contraction(Operand(Tensor("net", (i,)), (i,)), reads, ties),))
    found = backward(form).input_gradient
    arrays = {"a": np.array([2, 3, 5, 7]), "δ": np.array([1, 10, 100])}
    expected = [1 * 3, 1 * 2 + 10 * 5, 10 * 3 + 100 * 7, 100 * 5]
    assert len(found.solved) == 2
    assert found.operator is None
    assert np.array_equal(sum(evaluate_sum(s, arrays) for s in found.solved), expected)
    assert evaluate(found.form, arrays).tolist() == expected


def test_one_axis_is_solved_for_each_relation() -> None:
    """The array's axis, so that the taps are what the sum runs over."""
    gradient = backward(net_input(GEOMETRIES["padded"])).input_gradient.form.terms[0]
    assert [a.name for a in solved_axes(gradient)] == ["i", "j"]
