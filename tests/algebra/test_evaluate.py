"""The meaning: enumeration, held against a plain NumPy convolution and against sums written out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy

from symconv.algebra.axes import Constant, Tensor, axis
from symconv.algebra.contraction import Contraction, Definition, Form, Operand
from symconv.algebra.evaluate import constant_array, evaluate, points
from symconv.algebra.relations import relation
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import GEOMETRIES, integer_arrays, random_geometries

I, J = axis("i", 3), axis("j", 3)


def naive_convolution(a: npt.NDArray[Any], w: npt.NDArray[Any], g: Geometry) -> npt.NDArray[Any]:
    """THEORY §1 by NumPy slices, groups and true convolution included; arrays in the layout of the emitted code."""
    padded = np.pad(a, [(0, 0), (0, 0), *((int(p), int(q)) for p, q in g.padding)])
    net = np.zeros(g.output_shape, dtype=object)
    turned = np.flip(w, tuple(range(2, w.ndim))) if g.flip else w
    for n, *i in np.ndindex(net.shape[1:]):
        first = n // (net.shape[1] // int(g.groups)) * w.shape[1]
        steps = zip(i, g.stride, g.dilation, w.shape[2:], strict=True)
        cells = tuple(slice(s * o, s * o + d * (k - 1) + 1, d) for o, s, d, k in steps)
        net[:, n, *i] = (padded[:, first : first + w.shape[1], *cells] * turned[n]).reshape(len(a), -1).sum(axis=1)
    return net


@pytest.mark.parametrize("geometry", random_geometries("conv", 40, seed=2))
def test_evaluate_is_convolution(geometry: Geometry) -> None:
    [main, *_] = net_input(geometry).terms
    arrays = integer_arrays(main)
    assert geometry.weight_shape is not None
    flat = {"a": arrays["a"].reshape(geometry.input_shape), "w": arrays["w"].reshape(geometry.weight_shape)}
    expected = naive_convolution(flat["a"], flat["w"], geometry)
    assert np.array_equal(evaluate(main, arrays).reshape(geometry.output_shape), expected)


def test_the_bias_is_added_everywhere() -> None:
    form = net_input(GEOMETRIES["depth-filters-batch"])
    arrays = integer_arrays(form)
    net, main = evaluate(form, arrays), evaluate(form.terms[0], arrays)
    assert np.array_equal(net - main, np.broadcast_to(arrays["β"][None, :, None, None], net.shape))


def test_diagonal_reads_and_diagonal_outputs() -> None:
    a = Tensor("a", (I, J))
    trace = Contraction(Operand(Tensor("net", ()), ()), (Operand(a, (I, I)),))
    spread = Contraction(Operand(Tensor("net", (I, J)), (I, I)), (Operand(Tensor("u", (I,)), (I,)),))
    array = np.arange(9).reshape(3, 3)
    assert evaluate(trace, {"a": array}).item() == 0 + 4 + 8
    assert evaluate(spread, {"u": np.array([5, 6, 7])}).tolist() == [[5, 0, 0], [0, 6, 0], [0, 0, 7]]


def test_a_constant_read_is_a_relation_of_one_axis() -> None:
    """``net[j] = a[2, j]``."""
    a = Operand(Tensor("a", (I, J)), (I, J))
    row = Contraction(Operand(Tensor("net", (J,)), (J,)), (a,), (relation({I: 1}, -2),))
    assert evaluate(row, {"a": np.arange(9).reshape(3, 3)}).tolist() == [6, 7, 8]


def test_two_reads_of_one_tensor() -> None:
    """``net = Σ_ij a[i,j]·a[j,i]``."""
    a = Tensor("a", (I, J))
    square = Contraction(Operand(Tensor("net", ()), ()), (Operand(a, (I, J)), Operand(a, (J, I))), (), 3)
    array = np.arange(9).reshape(3, 3)
    assert evaluate(square, {"a": array}).item() == 3 * np.trace(array @ array)


def test_an_axis_in_relations_only_is_summed() -> None:
    """``net = Σ_i [i = 2k for some k < 2]·u[i]``."""
    k = axis("k", 2)
    u = Operand(Tensor("u", (I,)), (I,))
    contraction = Contraction(Operand(Tensor("net", ()), ()), (u,), (relation({I: 1, k: -2}),))
    assert contraction.summed == (I, k)
    assert evaluate(contraction, {"u": np.array([1, 10, 100])}).item() == 101


def test_a_relation_of_no_axis_is_true_or_false() -> None:
    u = Operand(Tensor("u", (I,)), (I,))
    for offset, expected in ((0, [1, 2, 3]), (1, [0, 0, 0])):
        contraction = Contraction(Operand(Tensor("net", (I,)), (I,)), (u,), (relation({}, offset),))
        assert evaluate(contraction, {"u": np.array([1, 2, 3])}).tolist() == expected


def test_constants_and_definitions_are_arrays() -> None:
    weights = Constant("c", (I,), 1 / (I.symbol + 1))
    doubled = Definition(Contraction(Operand(Tensor("2u", (I,)), (I,)), (Operand(Tensor("u", (I,)), (I,)),), (), 2))
    total = Contraction(Operand(Tensor("net", ()), ()), (Operand(weights, (I,)), Operand(doubled, (I,))))
    assert constant_array(weights).tolist() == [1, sympy.Rational(1, 2), sympy.Rational(1, 3)]
    assert evaluate(total, {"u": np.array([1, 2, 3])}).item() == 6


def test_exact_numbers_of_any_kind() -> None:
    u = Operand(Tensor("u", (I,)), (I,))
    total = Contraction(Operand(Tensor("net", ()), ()), (u, u))
    big = np.array([10**30, Fraction(1, 3), sympy.Symbol("s")], dtype=object)
    assert sympy.expand(evaluate(total, {"u": big}).item() - 10**60 - sympy.Rational(1, 9)) == sympy.Symbol("s") ** 2


def test_a_form_adds_its_terms() -> None:
    u = Operand(Tensor("u", (I,)), (I,))
    output = Operand(Tensor("net", ()), ())
    total = evaluate(Form((Contraction(output, (u,)), Contraction(output, (u, u)))), {"u": np.array([1, 2, 3])})
    assert (total.shape, total.item()) == ((), 6 + 14)


def test_points_satisfy_the_relations() -> None:
    tied = (relation({I: 1, J: 1}, -2), relation({I: 1, J: -1}))
    assert [dict(p) for p in points((I, J), tied)] == [{I: 1, J: 1}]
    assert list(points((I,), (relation({}, 1),))) == []


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Operand(Tensor("a", (I, J)), (I,)), r"a has extents \[3, 3\] but is read at axes \[i<3\]"),
        (lambda: Operand(Tensor("a", (I,)), (axis("i", 4),)), r"a has extents \[3\] but is read at axes \[i<4\]"),
        (
            lambda: Contraction(
                Operand(Tensor("n", (I,)), (I,)), (Operand(Tensor("u", (axis("i", 4),)), (axis("i", 4),)),)
            ),
            "the axis i has two extents: 3 and 4",
        ),
        (lambda: Form(()), "a form has at least one term"),
    ],
)
def test_what_makes_no_sense_is_not_made(make: Any, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        make()


def test_terms_of_a_form_have_one_output() -> None:
    first, second = net_input(GEOMETRIES["lesson"]).terms[0], net_input(GEOMETRIES["not-square"]).terms[0]
    with pytest.raises(ValueError, match="the terms of a form have one output"):
        Form((first, second))
