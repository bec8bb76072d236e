"""What a derivation prints of one filter and one depth is a formula that `check` reads, and finds right."""

from __future__ import annotations

import re

import pytest

import symconv
from symconv.errors import RequestError

LAYERS = {
    "plain": symconv.convolution((3, 3), (2, 2)),
    "left-over row": symconv.convolution((6,), (3,), stride=2, padding=1),
    "two strides": symconv.convolution((7, 5), (3, 2), stride=(2, 1), padding=((1, 0), (0, 1))),
    "dilated": symconv.convolution((7,), (2,), dilation=3),
    "true convolution": symconv.convolution((5,), (3,), flip=True),
    "padded beyond the filter": symconv.convolution((4,), (2,), padding=3),
    "transposed": symconv.transposed_convolution((3,), (3,), stride=2, padding=1),
}
RESULTS = ("input_gradient", "error_term", "weight_gradient")


@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("name", LAYERS)
def test_a_printed_operator_form_is_accepted(name: str, result: str) -> None:
    formula = getattr(symconv.derive(LAYERS[name]), result)
    goal = str(formula).partition("[")[0]
    verdict = symconv.check(f"{goal} = {formula.operator}", LAYERS[name])
    assert verdict, str(verdict)


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("result", RESULTS)
@pytest.mark.parametrize("name", LAYERS)
def test_a_printed_index_form_is_accepted_without_its_sigmas(name: str, result: str, base: int) -> None:
    """Indices are summed without a Σ, and ``2x`` is a size in two dimensions: a product has its sign."""
    text = re.sub(r"Σ_\{[^}]*\} ", "", getattr(symconv.derive(LAYERS[name]), result).text(base=base))
    text = re.sub(r"(?<=\d)(?=[a-z])", "·", text)
    verdict = symconv.check(text, LAYERS[name], base=base)
    assert verdict, str(verdict)


def test_padding_before_and_after_is_not_padding_on_both_sides() -> None:
    layer = LAYERS["left-over row"]
    assert symconv.check("da = cross(pad(δ↑S, 1, 2), rot180(w))", layer)
    assert not symconv.check("da = cross(pad(δ↑S, 2, 1), rot180(w))", layer)
    assert not symconv.check("da = cross(pad(δ, 1, 2), rot180(w))", layer)


@pytest.mark.parametrize("text", ["da = pad(δ, 1:2, 1)", "da = pad(δ, 1, 1x2)", "da = pad(δ, 1, 1, 1)"])
def test_amounts_that_say_it_twice_are_refused(text: str) -> None:
    with pytest.raises(RequestError, match="at position"):
        symconv.check(text, LAYERS["plain"])


PASTED = (
    ("∂E/∂w[p,q] = Σ_{i=0..1} Σ_{j=0..1} δ[i,j]·a[i+p,j+q]", 0),
    ("dw[p,q] = Σ_{i=1..2} Σ_{j=1..2} δ[i,j]·a[i+p-1,j+q-1]", 1),
    ("dw[p,q] = ∑_{i=0..1} ∑_{j=0..1} δ[i,j]⋅a[i+p,j+q]", 0),
    ("net[i,j] = β + Σ_{p=0..K-1} Σ_{q=0..K-1} w[p,q]·a[i + p,j + q]", 0),
    ("dbias = 2·Σ_{i=0..1} δ[i,j]/2", 0),
    ("∂E/∂a[x,y] = w[p,q] × δ[x − p,\u00a0y\u2009−\u202fq]", 0),
    ("da = cross(pad(delta, 1×1), rot180(w))", 0),
    ("da = 1 × cross(pad(delta, 1), rot180(w))", 0),
    ("da[x,y] = w[p,q]*delta[2x-(x+p),2y-y-q]", 0),
    ("da[x1,y] = w[p,q]*delta[2x1-x1-p,2(y)-y-q]", 0),
)


@pytest.mark.parametrize(("text", "base"), PASTED, ids=[text for text, _ in PASTED])
def test_what_is_printed_or_typeset_can_be_pasted(text: str, base: int) -> None:
    assert symconv.check(text, symconv.convolution(), base=base)


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("dw[p,q] = Σ_{i=1..2} δ[i,j]·a[i+p,j+q]", "begins at 1, and indices are counted from 0"),
        ("dbias = 1/2K*delta[i,j]", "position 12"),
        ("dbias = Σ_{i=0..1 δ[i,j]", "ends too early"),
        ("dbias = Σ_{i=0..} δ[i,j]", "position 17"),
    ],
)
def test_what_is_pasted_in_part_is_refused_where_it_breaks(text: str, word: str) -> None:
    with pytest.raises(RequestError, match=word):
        symconv.check(text, symconv.convolution())
