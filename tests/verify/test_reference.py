"""The reference is one trilinear form; here it meets the elementwise road, which shares no line with it."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.derivation.elementwise import elementwise
from symconv.layers.geometry import KINDS, Geometry
from symconv.verify.execute import expected_shape, functions_of
from symconv.verify.reference import expected, magnitude, most_terms, shapes
from tests.cases import ALL_GEOMETRIES, random_geometries

RANDOM = [pytest.param(g, id=f"{kind}-{k}") for kind in KINDS for k, g in enumerate(random_geometries(kind, 8))]


@pytest.mark.parametrize("geometry", [*ALL_GEOMETRIES, *RANDOM])
def test_reference_is_the_elementwise_road(geometry: Geometry) -> None:
    if not geometry.is_numeric:
        pytest.skip("the reference computes with numbers")
    random = np.random.default_rng(3)
    tensors = {n: random.integers(-9, 10, size=s).astype(object) for n, s in shapes(geometry).items()}
    road = elementwise(geometry)
    arrays = (road.net_input, road.input_gradient, road.weight_gradient, road.bias_gradient)
    names = ("net_input", "input_gradient", "weight_gradient", "bias_gradient")
    polynomials = dict(zip(names, arrays, strict=True))
    for function in functions_of(geometry):
        polynomial = polynomials[function]
        assert polynomial is not None
        found = expected(function, geometry, tensors)
        assert found.shape == expected_shape(function, geometry)
        assert (found == polynomial.evaluate(tensors)).all()


@pytest.mark.parametrize("geometry", RANDOM)
def test_no_cell_has_more_terms_than_the_sizes_say(geometry: Geometry) -> None:
    ones = {name: np.ones(shape) for name, shape in shapes(geometry).items() if name != "bias"}
    for function in functions_of(geometry):
        assert magnitude(function, geometry, ones).max(initial=0) <= most_terms(function, geometry)
