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
