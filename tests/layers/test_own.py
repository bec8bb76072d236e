"""A layer of one's own: the form its formula has, the sizes it tells, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

import symconv
from symconv.algebra.contraction import Form
from symconv.derivation.backward import backward
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from tests.own_layers import OWN, own_layer

BUILT_IN: dict[str, tuple[str, dict[str, Any], Layer]] = {
    "convolution": (
        "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,2*i+3*p-1]",
        {"input_size": 9, "output_size": 2, "filter_size": 3, "depth": 2, "filters": 3, "batch": 2},
        symconv.convolution(9, 3, 2, dilation=3, padding=((1, 0),), depth=2, filters=3, batch=2),
    ),
    "with a sum that says nothing": (
        "net[b,n,i] = sum(w[n,c,p]*a[b,c,i+p], p, c) + bias[n]",
        {"input_size": 5, "output_size": 4, "filter_size": 2},
        symconv.convolution(5, 2),
    ),
    "factors in another order, other letters": (
        "net[m,f,u] = a[m,d,u+k]*w[f,d,k]",
        {"input_size": 5, "output_size": 4, "filter_size": 2, "depth": 2},
        symconv.convolution(5, 2, depth=2, bias=False),
    ),
    "gathered": (
        "net[b,n,i,j] = bias[n] + w[n,c,x-2*i+1,y-j]*a[b,c,x,y]",
        {"input_size": (6, 4), "output_size": (3, 3), "filter_size": (3, 2)},
        symconv.convolution((6, 4), (3, 2), (2, 1), padding=((1, 0), (0, 0))),
    ),
    "flip": (
        "net[b,n,i] = bias[n] + w[n,c,K-1-p]*a[b,c,i+p]",
        {"input_size": 5, "output_size": 3, "filter_size": 3},
        symconv.convolution(5, 3, flip=True),
    ),
    "dense": ("net[b,n] = bias[n] + w[n,c]*a[b,c]", {"depth": 4, "filters": 3}, symconv.dense(4, 3)),
    "locally connected": (
        "net[b,n,i] = bias[n] + w[n,c,p,i]*a[b,c,2*i+p]",
        {"input_size": 7, "output_size": 3, "filter_size": 2, "depth": 2},
        symconv.locally_connected(7, 2, 2, depth=2),
    ),
    "transposed, by scattering": (
        "net[b,n,2*i+p-1] = w[c,n,p]*a[b,c,i]",
        {"input_size": 3, "output_size": 6, "filter_size": 3, "depth": 2, "filters": 3},
        symconv.transposed_convolution(3, 3, 2, padding=((1, 0),), depth=2, filters=3, bias=False),
    ),
    "transposed, by division": (
        "net[b,n,i] = bias[n] + w[c,n,p]*a[b,c,(i-p)/2]",
        {"input_size": 3, "output_size": 7, "filter_size": 3, "depth": 2},
        symconv.transposed_convolution(3, 3, 2, depth=2),
    ),
    "groups": (
        "net[b,g,n,i] = bias[g,n] + w[g,n,c,p]*a[b,g,c,i+p]",
        {"input_size": 5, "output_size": 4, "filter_size": 2, "depth": 4, "filters": 6, "groups": 2},
        symconv.convolution(5, 2, depth=4, filters=6, groups=2),
    ),
}


def in_order(form: Form) -> Form:
    """The terms of a form with one bias, whatever bias terms come where."""
    return Form(tuple(sorted(form.terms, key=lambda term: -len(term.factors))))


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_formula_of_a_built_in_layer_is_that_layer(name: str) -> None:
    """The same form as the constructor's, and so the same derivation, step by step."""
    text, sizes, layer = BUILT_IN[name]
    own = symconv.from_formula(text, **sizes)
    assert own.net_input == in_order(layer.net_input)
    assert backward(own.net_input) == backward(layer.net_input)
    assert own.geometry.weight_shape == layer.geometry.weight_shape
    assert own.geometry.output_shape == layer.geometry.output_shape


@pytest.mark.parametrize("name", OWN)
def test_every_array_has_the_shape_that_was_written(name: str) -> None:
    layer = own_layer(name)
    shapes = {"net": layer.geometry.output_shape, "a": layer.geometry.input_shape, "w": layer.geometry.weight_shape}
    for term in layer.net_input.terms:
        for operand in (term.output, *term.factors):
            extents = [int(a.extent) for a in operand.tensor.axes]
            if operand.symbol in shapes and "g" not in {a.name for a in operand.tensor.axes}:
                assert tuple(extents) == shapes[operand.symbol]


@pytest.mark.parametrize(
    ("text", "sizes", "shapes"),
    [
        (
            "net[b,n,i] = w[n,c,p]*a[b,c,i+p]",
            {"input_size": 5, "output_size": 4, "filter_size": 2},
            ((1, 1, 2), (1, 1, 4)),
        ),
        ("net[b,n,i] = w[n,i]*a[b,n,i]", {"input_size": 3, "depth": 2}, ((2, 3), (1, 2, 3))),
        ("net[b,n,i] = w[n,i]*a[b,n,i]", {"input_size": 3, "filters": 2}, ((2, 3), (1, 2, 3))),
        ("net[b,n] = w[n,c]*a[b,c]", {"depth": 3}, ((1, 3), (1, 1))),
        ("net[b,n] = sum(w[n,c]*a[b,c], c=4)", {}, ((1, 4), (1, 1))),
        ("net[b,n] = w[n,c]*a[b,c]", {"input_size": 7}, ((1, 7), (1, 1))),
        ("net[b,n,i,j] = w[n,c]*a[b,c,i,j]", {"input_size": (3, 4, 5)}, ((1, 3), (1, 1, 4, 5))),
        ("net[i] = w[p]*a[i+p]", {"input_size": 5, "output_size": 3, "filter_size": 3}, ((3,), (1, 1, 3))),
        ("net[i] = w[0]*a[i] + w[2]*a[i+1]", {"input_size": 5, "output_size": 4}, ((3,), (1, 1, 4))),
        (
            "net[b,n,i] = sum(w[p,q]*a[b,n,i+p+q], p=2)",
            {"input_size": 5, "output_size": 3, "filter_size": 2},
            ((2, 2), (1, 1, 3)),
        ),
        (
            "net[b,n,i] = sum(w[p]*a[b,n,i+p], p=2)",
            {"input_size": 5, "output_size": 3, "filter_size": 3},
            ((3,), (1, 1, 3)),
        ),
        ("net[b,n,i] = a[b,n,2*i]", {"input_size": 5, "output_size": 3, "depth": 2}, (None, (1, 2, 3))),
    ],
)
def test_extents_are_told_or_given(text: str, sizes: dict[str, Any], shapes: tuple[Any, Any]) -> None:
    geometry = symconv.from_formula(text, **sizes).geometry
    assert (geometry.weight_shape, geometry.output_shape) == shapes


CONV = "net[b,n,i] = w[n,c,p]*a[b,c,i+p]"
NUMBERS = {"input_size": 5, "output_size": 4, "filter_size": 2}
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("da[b,c,i] = w[n,c,p]*a[b,n,i+p]", NUMBERS, "at position 1 .*'da' is given, and a layer is its net input"),
    ("net[b,n,i] = w[n,c,p]*delta[b,c,i+p]", NUMBERS, "at position 23 .*delta stands on the right of a net input"),
    ("net[b,n,i] = net[b,n,i]*a[b,n,i]", NUMBERS, "at position 14 .*net stands on the right"),
    ("net[b,n,i] = df[b,n,i]*a[b,n,i]", NUMBERS, "at position 14 .*df stands on the right"),
    ("net[b,n,i] = w[n,c,p]*u[b,c,i+p]", NUMBERS, "at position 23 .*'u' is not an array of the layer"),
    ("net[b,n,i] = exp(w[n,c,p]*a[b,c,i+p])", NUMBERS, "'exp' is a function, and a net input is made of sums and"),
    ("net[b,n,i] = sum(max(a[b,n,i+p]), p)", NUMBERS, "'max' is a function"),
    ("net[b,n,i] = cross(a, w)", NUMBERS, "cross is an operator, and a layer of one's own is written in indices"),
    ("net = cross(a, w)", NUMBERS, "net has no indices"),
    (
        "net[b,n,i] = w[n,c]*a[b,c,a[b,c,i]]",
        {"input_size": 4, "output_size": 4},
        "a subscript depends on data or on a function",
    ),
    ("net[b,n,i] = w[n,c,p]*a[b,c,i*p]", NUMBERS, "two indices are multiplied"),
    ("net[b,n,i] = w[n,c,p]/a[b,c,i]", NUMBERS, "the formula divides by a"),
    ("net[b,n,i] = w[n,c,p]*a[b,c,i+p]/0", NUMBERS, "the divisor is zero"),
    ("net[b,n,i] = bias[n]*w[n]", {"input_size": 4, "output_size": 4}, "a is never read"),
    ("net[b,n,i] = w[n,p]*a[b,n,i] + w[n]", NUMBERS, "w has 2 subscripts before and 1 here"),
    (
        "net[b,n,i] = w[n,c,p]*a[b,c,q,i+p]",
        NUMBERS,
        r"at position 23 .*a is written with 4 subscripts, but it has 3 axes \(1x1x5\)",
    ),
    ("net[b,n,i,j] = w[n,c,p]*a[b,c,i+p]", NUMBERS, r"net is written with 4 subscripts, but it has 3 axes"),
    ("net[b,n,i] = w[n,c,p]*a[b,c,i+p] + bias[b,n]", NUMBERS, "bias is written with 2 subscripts"),
    ("net[b,n,i] = a[b,n,i] + a[b,n,q+r]", {"input_size": 4}, "nothing bounds the index r"),
    ("net[b,n,i] = sum(a[b,n,i], q)", {"input_size": 4}, "nothing bounds q in a term of the sum"),
    ("net[b,n,i] = sum(a[b,n,i], q=0)", {"input_size": 4}, "q has no values"),
    ("net[b,n,i] = a[b,n,9]", {"input_size": 4, "output_size": 3}, "the subscript is 9, outside an axis of 4 cells"),
    ("net[b,n,i] = a[b,n,i+9]", {"input_size": 4, "output_size": 3}, "the subscript is from 9 to 11, outside"),
    ("net[b,n,i] = a[b,n,2*q+i]*a[b,n,2*q-99]", {"input_size": 4, "output_size": 3}, "so the sum is empty"),
    ("net[b,n,i] = S*a[b,n,i]", {"input_size": 4}, "the size S is of a dimension that this layer does not have"),
    ("net[b,n,i] = ", NUMBERS, "it ends too early"),
    (CONV, {"input_size": 5, "filter_size": 2}, "the size of net along its axis 3 can not be told"),
    (CONV, {"input_size": 5, "output_size": 4}, "the extent of w along p can not be told; give one size for each of p"),
    (CONV, {"output_size": 4, "filter_size": 2}, "the sizes of a can not be told from a formula alone"),
    (CONV, {**NUMBERS, "filter_size": (2, 2)}, "the filter size 2x2 is too long"),
    ("net[b,n,i] = a[b,n,i]", {"input_size": 4, "filter_size": 2}, "the filter size 2 has no meaning"),
    (CONV, {**NUMBERS, "output_size": 10**6}, "output size 1000000 is out of range"),
    (CONV, {**NUMBERS, "input_size": 0}, "input size 0 is out of range"),
    (CONV, {**NUMBERS, "output_size": "H"}, "the output size H bears the letter of the input size"),
    (CONV, {**NUMBERS, "groups": 2}, "groups 2 does not divide depth 1"),
]


@pytest.mark.parametrize(("text", "sizes", "sentence"), REFUSED, ids=[text for text, _, _ in REFUSED])
def test_what_the_language_can_not_say_is_refused_in_a_sentence(
    text: str, sizes: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(RequestError, match=sentence) as refusal:
        symconv.from_formula(text, **sizes)
    assert "\n" not in str(refusal.value)


def test_named_sizes_stay_open() -> None:
    layer = symconv.from_formula(
        "net[b,n,i] = w[n,c,p]*a[b,c,2*i+p-1]", input_size="H", output_size="O", filter_size="K", depth="C", filters="N"
    )
    derivation = symconv.derive(layer)
    assert str(derivation.weight_gradient) == "∂E/∂w[n,c,p] = Σ_{i=0..O-1} δ[n,i]·a[c,2i+p-1]"
    assert str(derivation.input_gradient.operator) == (
        "Σ_{n=0..N-1} cross(pad(δ[n]↑2, K - 2, H - 2O + 2), rot180(w[n,c]))"
    )


def test_a_formula_without_bias_or_weights_has_no_gradient_for_them() -> None:
    derivation = symconv.derive(
        symconv.from_formula("net[b,n,i] = a[b,n,2*i] + a[b,n,2*i+1]", input_size=4, output_size=2)
    )
    assert derivation.weight_gradient is None
    assert derivation.bias_gradient is None
