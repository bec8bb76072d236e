"""Steps re-check themselves: a true one passes, and whatever is wrong in one is noticed."""

from __future__ import annotations

from dataclasses import replace

import pytest
import sympy

from symconv.algebra.axes import Constant, Tensor, axis, size
from symconv.algebra.contraction import Contraction, Definition, Form, Operand
from symconv.algebra.exchange import exchange
from symconv.algebra.formula import Condition, IndexedSum, solve
from symconv.algebra.laws import flip, pad
from symconv.algebra.relations import relation
from symconv.derivation.backward import backward
from symconv.derivation.step import SLOPE, Step, free_sizes
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import ALL_GEOMETRIES

LETTERS = Geometry(
    input_size=("H",),
    filter_size=("K",),
    stride=("S",),
    dilation=("D",),
    padding=(("P", "Q"),),
    output_padding=(0,),
)
[MAIN, BIAS] = net_input(LETTERS).terms
GRADIENT = exchange(MAIN, MAIN.factor("a"))
SOLVED = solve(GRADIENT, [GRADIENT.axis("i")])


def off_by_one(contraction: Contraction) -> Contraction:
    [r] = contraction.relations
    return replace(contraction, relations=(relation(dict(r.coefficients), r.offset + 1),))


@pytest.mark.parametrize("seed", range(3))
def test_a_true_step_passes(seed: int) -> None:
    assert Step("exchange", MAIN, GRADIENT).check(seed=seed)
    assert Step("solve", GRADIENT, SOLVED).check(seed=seed)
    assert Step("flip", GRADIENT, flip(GRADIENT, [GRADIENT.axis("p")])).check(seed=seed)
    assert Step("pad", MAIN, pad(MAIN, {MAIN.axis("x"): (1, 2)})).check(seed=seed)


@pytest.mark.parametrize(
    "step",
    [
        pytest.param(Step("exchange", MAIN, off_by_one(GRADIENT)), id="exchange-another-relation"),
        pytest.param(Step("exchange", MAIN, replace(GRADIENT, scale=2)), id="exchange-another-scale"),
        pytest.param(Step("solve", GRADIENT, replace(SOLVED, scale=-1)), id="solve-another-sign"),
        pytest.param(
            Step("solve", GRADIENT, replace(SOLVED, conditions=(Condition(GRADIENT.axis("p").symbol, 1),))),
            id="solve-a-condition-too-many",
        ),
        pytest.param(Step("solve", off_by_one(GRADIENT), SOLVED), id="solve-another-offset"),
        pytest.param(
            Step("flip", GRADIENT, flip(off_by_one(GRADIENT), [GRADIENT.axis("p")])), id="flip-another-relation"
        ),
        pytest.param(Step("slope", GRADIENT, GRADIENT), id="slope-without-slope"),
    ],
)
def test_a_wrong_step_does_not(step: Step) -> None:
    arrays_of_slope = step.law == "slope"
    if arrays_of_slope:
        with pytest.raises(KeyError, match="f'"):
            step.check()
    else:
        assert not step.check()


def test_the_slope_multiplies() -> None:
    axes = GRADIENT.output.axes
    slope = Operand(Tensor(SLOPE, axes), axes)
    after = replace(GRADIENT, factors=(*GRADIENT.factors, slope))
    assert Step("slope", GRADIENT, after).check()
    assert not Step("slope", GRADIENT, replace(after, factors=(*after.factors, slope))).check()


def test_a_scalar_goal_is_checked() -> None:
    i = axis("i", 3)
    total = Contraction(Operand(Tensor("net", ()), ()), (Operand(Tensor("a", (i,)), (i,)),))
    assert Step("exchange", total, exchange(total, total.factors[0])).check()


def test_the_given_sizes_are_used() -> None:
    """A formula that is right for stride 1 only fails the check at stride 2."""
    s = size("S")
    wrong = replace(
        GRADIENT,
        relations=(
            relation({GRADIENT.axis("x"): 1, GRADIENT.axis("i"): -1, GRADIENT.axis("p"): -size("D")}, size("P")),
        ),
    )
    assert GRADIENT.relations[0].coefficient(GRADIENT.axis("i")) == s
    assert Step("law", GRADIENT, wrong).check({"S": 1})
    assert not Step("law", GRADIENT, wrong).check({"S": 2})


def test_sizes_are_found_wherever_they_stand() -> None:
    """In extents, in relations, in the entries of a constant, in definitions and in brackets."""
    m, k = size("M"), size("K")
    tap = axis("p", k)
    constant = Operand(Constant("c", (tap,), m + tap.symbol), (tap,))
    output = Operand(Tensor("t", ()), ())
    inner = Contraction(Operand(Tensor("u", (tap,)), (tap,)), (constant,), (), size("V"))
    outer = Contraction(output, (Operand(Definition(inner), (tap,)),), (relation({tap: 1}, -size("Z")),))
    assert free_sizes(Form((outer,))) == {m, k, size("V"), size("Z")}
    bracket = IndexedSum(output, (), (), (Condition(size("F") + 0 * m, size("G")),), 1)
    assert Step("law", bracket, bracket).check({"F": 1, "G": 2})


def test_the_letter_of_an_axis_is_no_size() -> None:
    assert {s.name for s in free_sizes(net_input(LETTERS))} == {"S", "D", "P", "Q", "K", "O", "r"}
    assert free_sizes(net_input(Geometry())) == set()
    assert all(isinstance(s, sympy.Symbol) for s in free_sizes(Form((BIAS,))))


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_steps_follow_one_another(geometry: Geometry) -> None:
    """Each law starts where an earlier step ended, or at the form itself."""
    for derivation in backward(net_input(geometry)).goals:
        reached = list(derivation.form.terms) + [s.before for s in derivation.steps if s.law == "exchange"]
        reached += backward(net_input(geometry)).input_gradient.form.terms
        for step in derivation.steps:
            assert step.before in reached, (derivation.goal, step.law)
            reached.append(step.after)
