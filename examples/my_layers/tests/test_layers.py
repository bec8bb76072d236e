"""Three ways to ask: arrays of our own, all of a module, and the formula in a docstring."""

import pytest
from my_layers import scatter, zeros_between

import symconv
from symconv.testing import assert_formula, assert_layer

LAYER = symconv.convolution((6, 6), (3, 3), stride=2, padding=1, depth=2, filters=3)


@pytest.mark.symconv_geometries(without=["dilation", "groups", "uneven-padding"])
def test_scatter(symconv_geometry):
    g = symconv_geometry
    out, cache = scatter.forward(g.a, g.w, g.bias, stride=g.stride, padding=g.padding)
    da, dw, dbias = scatter.backward(g.delta, cache)
    g.assert_right(net=out, da=da, dw=dw, dbias=dbias)


def test_the_whole_of_scatter():
    assert_layer(scatter, LAYER)


def test_the_formula_we_wrote_down():
    assert_formula("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+P-p)/S,(y+P-q)/S]", LAYER)


def test_zeros_between():
    assert_layer(zeros_between, LAYER)
