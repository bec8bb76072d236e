"""Numbers for letters: instantiating commutes with exchange, with the laws and with solving."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import sympy

from symconv.algebra.axes import Constant, Size, Tensor, axis, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.evaluate import evaluate, evaluate_sum
from symconv.algebra.exchange import exchange
from symconv.algebra.formula import Condition, IndexedSum, Read, solve
from symconv.algebra.instantiate import at, at_sum
from symconv.algebra.laws import flip, insert_zeros, pad, rename, weigh
from symconv.algebra.relations import relation
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import integer_arrays

LETTERS = Geometry(
    input_size=("H",),
    filter_size=("K",),
    stride=("S",),
    dilation=("D",),
    padding=(("P", "Q"),),
    output_padding=(0,),
    filters="N",
    depth="C",
)
S, D, P, Q, K, O, N, C = (size(name) for name in "SDPQKONC")
R = sympy.Symbol("r", integer=True, nonnegative=True)
SIZES = [
    {S: s, D: d, P: p, Q: q, K: k, O: o, R: r, N: 2, C: 1}
    for s, d, p, q, k, o, r in [
        (1, 1, 0, 0, 2, 2, 0),
        (3, 2, 1, 0, 3, 2, 2),
        (2, 3, 4, 5, 2, 5, 1),
        (4, 1, 0, 1, 2, 2, 3),
    ]
]
[MAIN, *_] = net_input(LETTERS).terms
GRADIENT = exchange(MAIN, MAIN.factor("a"))
X, I, TAP = (MAIN.axis(name) for name in "xip")


Law = Callable[[Contraction, Size, Size], Contraction]

LAWS: dict[str, Law] = {
    "exchange": lambda c, _, __: exchange(c, c.factor("w")),
    "rename": lambda c, _, __: rename(c, {c.axis("p"): "s", c.axis("i"): "j"}),
    "flip": lambda c, _, __: flip(c, [c.axis("p")]),
    "insert_zeros": lambda c, stride, _: insert_zeros(c, {c.axis("i"): stride}),
    "pad": lambda c, stride, taps: pad(c, {c.axis("p"): (stride, taps)}),
    "weigh": lambda c, _, __: weigh(c, [c.axis("p")]),
}


@pytest.mark.parametrize("sizes", SIZES, ids=str)
@pytest.mark.parametrize("law", LAWS)
def test_instantiating_commutes_with_a_law(law: str, sizes: dict[sympy.Symbol, int]) -> None:
    assert at(LAWS[law](GRADIENT, S, K), sizes) == LAWS[law](at(GRADIENT, sizes), sizes[S], sizes[K])


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_instantiating_commutes_with_solving(sizes: dict[sympy.Symbol, int]) -> None:
    first, then = at_sum(solve(GRADIENT, [I]), sizes), solve(at(GRADIENT, sizes), [at(GRADIENT, sizes).axis("i")])
    arrays = integer_arrays(at(GRADIENT, sizes))
    assert np.array_equal(evaluate_sum(first, arrays), evaluate_sum(then, arrays))
    assert np.array_equal(evaluate_sum(first, arrays), evaluate(at(GRADIENT, sizes), arrays))


def test_instantiating_is_done_at_once() -> None:
    """S becomes D and D becomes S: neither is replaced twice."""
    swapped = at(GRADIENT, {S: D, D: S})
    [before], [after] = GRADIENT.relations, swapped.relations
    assert (after.coefficient(I), after.coefficient(TAP)) == (before.coefficient(TAP), before.coefficient(I)) == (D, S)
    assert at(swapped, {S: D, D: S}) == GRADIENT
    bracket = IndexedSum(
        Operand(Tensor("t", ()), ()), (), (Read(Tensor("u", (TAP,)), (S - D,)),), (Condition(S - D, S),), 1
    )
    changed = at_sum(bracket, {S: D, D: S})
    assert changed.conditions == (Condition(D - S, D),)
    assert changed.factors[0].subscripts == (D - S,)


def test_a_form_and_a_constant_are_instantiated() -> None:
    form = net_input(LETTERS)
    numbers = at(form, SIZES[1])
    assert [term.output for term in numbers.terms] == [numbers.output] * 2
    tap = axis("p", K)
    ones = Constant("c", (tap,), 1 / (K + tap.symbol))
    contraction = Contraction(Operand(Tensor("t", ()), ()), (Operand(ones, (tap,)),), (), K)
    assert evaluate(at(contraction, {K: 2}), {}).item() == 2 * (sympy.Rational(1, 2) + sympy.Rational(1, 3))


def test_a_relation_comes_into_normal_form_again() -> None:
    """``D·x = 2D·i + D·p`` at D = 3 is ``x = 2i + p``."""
    x, i, p = axis("x", 5), axis("i", 2), axis("p", 2)
    reads = tuple(Operand(Tensor(letter, (a,)), (a,)) for letter, a in (("u", i), ("v", p)))
    output = Operand(Tensor("t", (x,)), (x,))
    scaled = Contraction(output, reads, (relation({x: D, i: -2 * D, p: -D}),))
    assert at(scaled, {D: 3}) == Contraction(output, reads, (relation({x: 1, i: -2, p: -1}),))
