"""Solving: a relation gives an axis, and what is no integer or outside counts as 0."""

from __future__ import annotations

import numpy as np
import pytest
import sympy
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.algebra.axes import Tensor, axis, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.evaluate import evaluate, evaluate_sum
from symconv.algebra.formula import Affine, Condition, IndexedSum, Read, affine, solve
from symconv.algebra.relations import relation
from symconv.layers.net_input import net_input
from tests.algebra.contractions import contractions
from tests.cases import GEOMETRIES, integer_arrays

I, P, X = axis("i", 3), axis("p", 2), axis("x", 6)
i, p, x = (a.symbol for a in (I, P, X))


def read(letter: str, *axes: object) -> Operand:
    return Operand(Tensor(letter, axes), axes)  # type: ignore[arg-type]


@given(st.data(), contractions())
def test_solving_keeps_the_value(data: st.DataObject, contraction: Contraction) -> None:
    """Whatever summed axes are solved for, in whatever order, as long as each finds a relation."""
    order = data.draw(st.permutations(contraction.summed)) if contraction.summed else []
    chosen = order[: data.draw(st.integers(0, len(contraction.relations)))]
    try:
        solved = solve(contraction, chosen)
    except ValueError as refusal:
        assume("no relation is left" not in str(refusal))
        raise
    arrays = integer_arrays(contraction)
    assert np.array_equal(evaluate_sum(solved, arrays), evaluate(contraction, arrays))
    assert not set(solved.bounds) & set(chosen)


def test_a_read_outside_or_between_is_zero() -> None:
    """``∂E/∂a[x] = Σ_p w[p]·δ[(x - p + 1)/2]``."""
    contraction = Contraction(read("∂E/∂a", X), (read("w", P), read("δ", I)), (relation({X: 1, I: -2, P: -1}, 1),))
    solved = solve(contraction, [I])
    assert solved.factors[1].subscripts == ((x - p + 1) / 2,)
    assert (solved.bounds, solved.conditions) == ((P,), ())
    values = evaluate_sum(solved, {"w": np.array([10, 1]), "δ": np.array([2, 3, 5])})
    assert values.tolist() == [1 * 2, 10 * 3, 1 * 3, 10 * 5, 1 * 5, 0]
    assert [p for p in (0, 1) if (0 - p + 1) % 2] == [0], "x = 0 reads δ at 1/2 for p = 0: that is 0"


def test_the_tap_can_be_solved_for_instead() -> None:
    """The window form ``Σ_i w[x + 1 - 2i]·δ[i]`` has the same value."""
    contraction = Contraction(read("∂E/∂a", X), (read("w", P), read("δ", I)), (relation({X: 1, I: -2, P: -1}, 1),))
    window = solve(contraction, [P])
    assert window.factors[0].subscripts == (x - 2 * i + 1,)
    arrays = integer_arrays(contraction)
    assert np.array_equal(evaluate_sum(window, arrays), evaluate_sum(solve(contraction, [I]), arrays))


def test_an_axis_that_nothing_reads_leaves_a_bracket() -> None:
    """Pooling's taps stand in the relation only: ``Σ_x a[x]·[0 ≤ x - 2i < 2]``."""
    contraction = Contraction(read("net", I), (read("a", X),), (relation({X: 1, I: -2, P: -1}),))
    solved = solve(contraction, [P])
    assert solved.conditions == (Condition(x - 2 * i, 2),)
    assert evaluate_sum(solved, {"a": np.arange(6)}).tolist() == [0 + 1, 2 + 3, 4 + 5]


def test_two_relations_on_one_axis() -> None:
    """``x = 2i`` and ``x = 3p`` meet at multiples of six."""
    contraction = Contraction(read("net"), (read("a", X),), (relation({X: 1, I: -2}), relation({X: 1, P: -3})))
    for order in ([X, I], [I, P], [P, I], [X, P]):
        assert evaluate_sum(solve(contraction, order), {"a": np.array([7, 1, 1, 5, 1, 1])}).item() == 7


def test_solving_refuses_what_it_can_not_do() -> None:
    [main, *_] = net_input(GEOMETRIES["lesson"]).terms
    with pytest.raises(ValueError, match="i belongs to the output and can not be summed away"):
        solve(main, [main.axis("i")])
    with pytest.raises(ValueError, match="no relation is left to solve for c"):
        solve(main, [main.axis("c")])
    with pytest.raises(ValueError, match="no relation is left to solve for p"):
        solve(main, [main.axis("x"), main.axis("p")])


@given(st.lists(st.integers(-5, 5), min_size=2, max_size=2), st.integers(-9, 9), st.integers(1, 6))
def test_affine_takes_a_subscript_apart(coefficients: list[int], offset: int, divisor: int) -> None:
    expression = (coefficients[0] * x + coefficients[1] * p + offset) / sympy.Integer(divisor)
    found = affine(expression, (x, p))
    again = sum((c * s for s, c in found.coefficients), sympy.Integer(found.offset)) / found.divisor
    assert sympy.expand(again - expression) == 0
    assert all(c != 0 for _, c in found.coefficients)


@pytest.mark.parametrize(
    "expression", [x**2, x * p, size("S") * x, x + size("S"), sympy.floor(x / 2), sympy.sqrt(2) * x]
)
def test_what_is_not_affine_is_refused(expression: sympy.Expr) -> None:
    with pytest.raises(ValueError, match="is not affine with numeric coefficients"):
        affine(expression, (x, p))


def test_a_number_is_affine() -> None:
    assert affine(sympy.Rational(3, 2), (x,)) == Affine((), 3, 2)


def test_a_formula_may_read_one_array_at_expressions() -> None:
    """``net[i] = Σ_p a[2i + p]·a[i]``, terminal form given by hand."""
    a = Tensor("a", (X,))
    value = IndexedSum(read("net", I), (P,), (Read(a, (2 * i + p,)), Read(a, (i,))), (), 1)
    array = np.array([1, 2, 3, 5, 7, 11])
    assert evaluate_sum(value, {"a": array}).tolist() == [(1 + 2) * 1, (3 + 5) * 2, (7 + 11) * 3]
