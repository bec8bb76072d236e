"""Relations: one normal form, so that equal relations are equal objects."""

from __future__ import annotations

from itertools import permutations, product

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.algebra.axes import Axis, Size, axis, size
from symconv.algebra.relations import Relation, relation
from tests.algebra.contractions import axis_pools, relations

S, D, P, K = (size(name) for name in "SDPK")
X, I, TAP = axis("x", 9), axis("i", 4), axis("p", 3)


@given(st.data(), axis_pools(), st.integers(-4, 4).filter(bool))
def test_order_sign_and_scale_do_not_matter(data: st.DataObject, pool: tuple[Axis, ...], scale: int) -> None:
    given_relation = data.draw(relations(pool))
    terms = data.draw(st.permutations(given_relation.coefficients))
    assert relation({a: scale * c for a, c in terms}, scale * given_relation.offset) == given_relation


@pytest.mark.parametrize("scale", [-1, 2, -6])
def test_order_sign_and_scale_do_not_matter_with_letters(scale: int) -> None:
    terms: list[tuple[Axis, Size]] = [(X, 1), (I, -S), (TAP, -D)]
    offset = P - D * (K - 1)
    expected = relation(dict(terms), offset)
    for order in permutations(terms):
        assert relation({a: scale * c for a, c in order}, scale * offset) == expected


def test_a_common_factor_of_letters_is_divided_out() -> None:
    assert relation({X: 2, I: -4 * S}, 2 * P + 6) == relation({X: 1, I: -2 * S}, P + 3)
    assert relation({X: 2, I: -4 * S}, P).coefficients == ((I, 4 * S), (X, -2))


def test_an_offset_that_nothing_reaches_keeps_its_remainder() -> None:
    assert relation({X: 6, I: 12}, 3) == relation({X: 2, I: 4}, 1)
    assert relation({X: 2, I: 4}, 1).offset == 1


def test_a_zero_coefficient_is_no_axis() -> None:
    assert relation({X: 1, I: 0, TAP: S - S}, 0) == relation({X: 1})


@given(st.data(), axis_pools())
def test_solving_and_substituting_back_gives_the_relation(data: st.DataObject, pool: tuple[Axis, ...]) -> None:
    r = data.draw(relations(pool))
    own = data.draw(st.sampled_from(r.axes))
    assert sympy.expand(r.expression.subs(own.symbol, r.solve_for(own))) == 0


@given(st.data(), axis_pools())
def test_the_interval_holds_every_point_and_its_ends_are_near(data: st.DataObject, pool: tuple[Axis, ...]) -> None:
    r = data.draw(relations(pool))
    own = data.draw(st.sampled_from(r.axes))
    others = [a for a in r.axes if a != own]
    values = [
        r.solve_for(own).subs(dict(zip((a.symbol for a in others), point, strict=True)))
        for point in product(*(range(int(a.extent)) for a in others))
    ]
    assert r.interval(own) == (min(values), max(values))


def test_an_interval_in_letters() -> None:
    r = relation({X: 1, axis("i", "O"): -S, axis("p", "K"): -D}, P)
    assert r.interval(X) == (-P, size(S * (size("O") - 1) + D * (K - 1) - P))
    assert r.interval(TAP) is None
    assert relation({X: 1, I: S - D}).interval(X) is None


def test_eliminating_an_axis_leaves_what_both_say() -> None:
    first, second = relation({X: 1, I: -2, TAP: -1}, 1), relation({X: 1, I: 1}, -4)
    both = first.eliminate(X, second)
    assert both.coefficient(X) == 0
    points = [(x, i, p) for x in range(9) for i in range(4) for p in range(3)]

    def holds(r: Relation, point: tuple[int, int, int]) -> bool:
        return bool(r.expression.subs(dict(zip((X.symbol, I.symbol, TAP.symbol), point, strict=True))) == 0)

    assert [p for p in points if holds(first, p) and holds(second, p)] == [
        p for p in points if holds(both, p) and holds(second, p)
    ]
