"""Exchange: an involution, and the one rule of differentiation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.algebra.axes import Constant, Tensor, axis
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.evaluate import evaluate
from symconv.algebra.exchange import adjoint, differentiate, exchange
from symconv.algebra.relations import relation
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.net_input import net_input
from tests.algebra.contractions import contractions, pairing
from tests.cases import ALL_GEOMETRIES, integer_arrays, random_geometries

I, J, X = axis("i", 3), axis("j", 3), axis("x", 3)
A = Tensor("a", (I, J))


def read(tensor: Tensor, *axes_read: object) -> Operand:
    return Operand(tensor, tuple(axes_read))  # type: ignore[arg-type]


@given(st.data(), contractions())
def test_exchanging_back_is_the_identical_object(data: st.DataObject, contraction: Contraction) -> None:
    position = data.draw(st.integers(0, len(contraction.factors) - 1))
    position = contraction.factors.index(contraction.factors[position])
    once = exchange(contraction, contraction.factors[position])
    assert exchange(once, once.factors[position]) == contraction


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_exchanging_a_layer_back_is_the_identical_object(geometry: Geometry) -> None:
    [main, *_] = net_input(geometry).terms
    for factor in main.factors:
        if isinstance(factor.tensor, Tensor):
            gradient = exchange(main, factor)
            assert exchange(gradient, gradient.factor("δ")) == main


@given(contractions())
def test_differentiating_pairs_with_the_error(contraction: Contraction) -> None:
    """``Σ a·∂T/∂a`` of ``T = Σ δ·net`` is T times the number of reads (Euler), a tensor read twice included."""
    form = Form((contraction,))
    arrays = integer_arrays(contraction, δ=contraction.output.axes)
    whole = pairing(arrays["δ"], evaluate(contraction, arrays))
    for symbol in {f.symbol for f in contraction.factors}:
        gradient = evaluate(differentiate(form, symbol), arrays)
        times = sum(f.symbol == symbol for f in contraction.factors)
        assert pairing(arrays[symbol], gradient) == times * whole


@given(contractions(), st.integers(0, 2**31))
def test_differentiating_is_the_slope_along_every_direction(contraction: Contraction, seed: int) -> None:
    """``T(a + h) - T(a - h) = 2·Σ h·∂T/∂a``, exact where a is read up to twice."""
    form = Form((contraction,))
    arrays = integer_arrays(contraction, δ=contraction.output.axes)
    for symbol in {f.symbol for f in contraction.factors}:
        gradient = evaluate(differentiate(form, symbol), arrays)
        h = np.random.default_rng(seed).integers(-5, 6, gradient.shape).astype(object)
        above, below = (
            pairing(arrays["δ"], evaluate(contraction, {**arrays, symbol: arrays[symbol] + way * h})) for way in (1, -1)
        )
        assert above - below == 2 * pairing(h, gradient)


@pytest.mark.parametrize("kind", KINDS)
def test_the_three_sums_of_a_layer_are_one(kind: str) -> None:
    """``Σ δ·net = Σ a·∂E/∂a = Σ w·∂E/∂w`` for the part without bias."""
    for geometry in random_geometries(kind, 20, seed=1):
        [main, *_] = net_input(geometry).terms
        arrays = integer_arrays(main, δ=main.output.axes)
        whole = pairing(arrays["δ"], evaluate(main, arrays))
        for symbol in {"a", "w"} & arrays.keys():
            assert pairing(arrays[symbol], evaluate(exchange(main, main.factor(symbol)), arrays)) == whole


def test_a_tensor_read_twice_gives_a_sum() -> None:
    """``net[i] = Σ_j a[i,j]·a[j,i]``: two terms, each with δ at the other read's place."""
    output = Tensor("net", (I,))
    contraction = Contraction(read(output, I), (read(A, I, J), read(A, J, I)))
    gradient = differentiate(Form((contraction,)), "a")
    arrays = integer_arrays(contraction, δ=(I,))
    a, delta = arrays["a"], arrays["δ"]
    assert len(gradient.terms) == 2
    assert np.array_equal(evaluate(gradient, arrays), delta[:, None] * a.T + a.T * delta[None, :])


def test_a_square_counts_twice() -> None:
    """``net[i] = Σ_j a[i,j]²``."""
    contraction = Contraction(read(Tensor("net", (I,)), I), (read(A, I, J), read(A, I, J)))
    arrays = integer_arrays(contraction, δ=(I,))
    expected = 2 * arrays["δ"][:, None] * arrays["a"]
    assert np.array_equal(evaluate(differentiate(Form((contraction,)), "a"), arrays), expected)


def test_one_read_is_one_exchange() -> None:
    """A diagonal by itself needs no relation: the gradient is exchange and nothing else."""
    trace = Contraction(
        read(
            Tensor("net", ()),
        ),
        (read(A, I, I),),
    )
    assert differentiate(Form((trace,)), "a") == Form((exchange(trace, trace.factors[0]),))


@pytest.mark.parametrize("diagonal_first", [True, False])
def test_a_diagonal_read_beside_a_full_one(diagonal_first: bool) -> None:
    """``net = Σ_i a[i,i] + Σ_ij a[i,j]·u[j]``: the two gradients get one output, the diagonal by a relation."""
    output, u = Tensor("net", ()), Tensor("u", (J,))
    terms = [
        Contraction(read(output), (read(A, I, I),)),
        Contraction(read(output), (read(A, I, J), read(u, J))),
    ]
    form = Form(tuple(terms if diagonal_first else terms[::-1]))
    arrays = integer_arrays(form, δ=())
    gradient = evaluate(differentiate(form, "a"), arrays)
    assert np.array_equal(gradient, arrays["δ"] * (np.eye(3, dtype=int) + np.tile(arrays["u"], (3, 1))))


def test_letters_of_one_term_are_not_captured_by_another() -> None:
    """``net[x] = Σ_i a[x,i]·u[i] + Σ_x' a[x',x]·u[x']``: the second term's own x becomes another letter."""
    net, u = Tensor("net", (X,)), Tensor("u", (I,))
    first = Contraction(read(net, X), (read(A, X, I), read(u, I)))
    second = Contraction(read(net, X), (read(A, I, X), read(u, I)))
    form = Form((first, second))
    arrays = integer_arrays(form, δ=(X,))
    expected = np.outer(arrays["δ"], arrays["u"]) + np.outer(arrays["u"], arrays["δ"])
    assert np.array_equal(evaluate(differentiate(form, "a"), arrays), expected)


@pytest.mark.parametrize("symbol", ["net", "δ", "a", "w", "β", "∂E/∂a"])
def test_the_adjoint_of_an_adjoint_is_the_letter(symbol: str) -> None:
    assert adjoint(symbol) != symbol
    assert adjoint(adjoint(symbol)) == symbol


def test_what_is_not_given_is_not_exchanged() -> None:
    constant = read_constant = Operand(Constant("1", (I,), I.symbol), (I,))
    contraction = Contraction(
        read(
            Tensor("net", ()),
        ),
        (read_constant,),
        (relation({I: 1}, -1),),
    )
    with pytest.raises(ValueError, match="1 is not a given tensor; exchange before rewriting by laws"):
        exchange(contraction, constant)
    with pytest.raises(KeyError, match="w"):
        differentiate(Form((contraction,)), "w")
