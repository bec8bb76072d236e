"""Layers of one's own: both roads meet, every step checks itself, the product rule is the sum of its reads."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

import symconv
from symconv.derivation.elementwise import elementwise
from symconv.derivation.general import generalise
from symconv.derivation.own_elementwise import index_points
from symconv.derivation.roads import compare_roads
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry
from tests.own_layers import OWN, own_layer

QUICK = ("diagonal", "constant", "reflected", "square", "gated", "correlation", "bilinear", "squared bias", "average")


@pytest.mark.parametrize("name", OWN)
def test_the_roads_meet(name: str) -> None:
    """Exchange and laws on one side, the formula's tree enumerated and differentiated by SymPy on the other."""
    layer = own_layer(name)
    derived = symconv.derive(layer).derived
    road = elementwise(layer.geometry, every_net_input=0)
    apart = [str(meeting.difference) for meeting in compare_roads(derived, road) if not meeting.agrees]
    assert not apart
    assert isinstance(layer.geometry, OwnGeometry)
    assert 0 < len(road.net_input) <= index_points(layer.geometry)


@pytest.mark.parametrize("name", QUICK)
def test_every_net_input_differentiated_by_itself_is_the_same(name: str) -> None:
    """A cell that stands in several slots of a product: the chain rule, or SymPy's own power rule."""
    geometry = own_layer(name).geometry
    one, other = elementwise(geometry), elementwise(geometry, every_net_input=0)
    for target in ("da", "dw", "dbias"):
        try:
            assert one.gradient(target).same_as(other.gradient(target))
        except RequestError:
            assert target != "da"


@pytest.mark.parametrize("name", OWN)
def test_every_step_checks_itself(name: str) -> None:
    derived = symconv.derive(own_layer(name)).derived
    steps = [step for part in (derived.own, derived.general) for goal in part.goals for step in goal.steps]
    assert [step.law for step in steps if not step.check()] == []


@pytest.mark.parametrize("name", OWN)
def test_letters_say_what_the_numbers_say(name: str) -> None:
    """The general formula at the layer's numbers is the layer's: no letter stands for two sizes."""
    geometry = own_layer(name).geometry
    letters = generalise(geometry)
    assert isinstance(letters, OwnGeometry)
    assert isinstance(geometry, OwnGeometry)
    assert letters.formula == geometry.formula
    assert letters.is_numeric <= geometry.is_numeric


def test_a_square_has_one_term_that_counts_twice() -> None:
    derivation = symconv.derive(own_layer("square"))
    assert derivation.input_gradient.text() == "∂E/∂a[c,x] = 2·Σ_{n=0..1} δ[n,x]·w[n,c,x]·a[c,x]"


def test_a_strided_formula_gets_the_textbook_form() -> None:
    layer = symconv.from_formula(
        "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,2*i+p-1]", input_size=8, output_size=4, filter_size=3, depth=2
    )
    derivation = symconv.derive(layer)
    assert str(derivation.net_input.operator) == "Σ_{c=0..1} cross(pad(a[c], 1), w[c], stride = 2) + β"
    assert str(derivation.input_gradient.operator) == "cross(pad(δ↑2, 1, 2), rot180(w[c]))"
    assert derivation.weight_gradient is not None
    assert str(derivation.weight_gradient.operator) == "cross(pad(a[c], 1, 0), δ, dilation = 2)"


@pytest.mark.parametrize("name", ["diagonal", "reflected", "volterra", "locally connected"])
def test_where_no_operator_form_is_true_there_is_none(name: str) -> None:
    assert symconv.derive(own_layer(name)).input_gradient.operator is None


@st.composite
def formulas(draw: st.DrawFn) -> tuple[str, dict[str, Any]]:
    """Affine subscripts of any sign, a second read in some, a divisor in some."""
    stride, dilation, offset = (
        draw(st.sampled_from([1, 2, 3, -1, -2])),
        draw(st.integers(1, 3)),
        draw(st.integers(-3, 8)),
    )
    first = f"a[b,c,{stride}*i+{dilation}*p{offset:+d}]"
    second = draw(st.sampled_from(["", "*a[b,c,i]", "*a[b,c,p]", "*a[b,c,0]", "*w[n,c,0]", "*a[b,c,i-p]"]))
    divided = draw(st.sampled_from(["", "/2"]))
    more = draw(st.sampled_from(["", " + a[b,c,(i+1)/2]", " - bias[n]*a[b,c,i]"]))
    sizes = {
        "input_size": draw(st.integers(2, 6)),
        "output_size": draw(st.integers(1, 4)),
        "filter_size": draw(st.integers(1, 3)),
    }
    return f"net[b,n,i] = w[n,c,p]*{first}{second}{divided}{more}", {**sizes, "depth": 2, "filters": 2}


@settings(max_examples=40, deadline=None)
@given(formulas())
def test_the_roads_meet_for_any_subscripts(made: tuple[str, dict[str, Any]]) -> None:
    text, sizes = made
    try:
        layer = symconv.from_formula(text, **sizes)
    except RequestError:
        reject()  # a subscript outside its array whatever the indices
    derived = symconv.derive(layer).derived
    meetings = compare_roads(derived, elementwise(layer.geometry, every_net_input=0))
    assert all(meeting.agrees for meeting in meetings)
