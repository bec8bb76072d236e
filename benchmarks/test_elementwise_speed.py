"""The elementwise road: linear in the number of products, about a second for 86,400 and about ten for 940,800."""

import pytest
from pytest_benchmark.fixture import BenchmarkFixture

from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.layers.geometry import Geometry

SIZES = {
    "lesson": (Geometry(), 16),
    "below-the-seam": (Geometry(input_size=(9, 9), filter_size=(5, 5), filters=3), 1_875),
    "28x28-six-5x5": (Geometry(input_size=(28, 28), filter_size=(5, 5), filters=6), 86_400),
    "32x32x3-sixteen-5x5": (Geometry(input_size=(32, 32), filter_size=(5, 5), depth=3, filters=16), 940_800),
}


@pytest.mark.parametrize("name", SIZES)
def test_all_gradients(benchmark: BenchmarkFixture, name: str) -> None:
    geometry, products = SIZES[name]
    layer: Elementwise = benchmark(elementwise, geometry)
    assert len(layer.input_gradient) == products


def test_comparing_a_million_products(benchmark: BenchmarkFixture) -> None:
    gradients = [elementwise(SIZES["32x32x3-sixteen-5x5"][0]).input_gradient for _ in range(2)]
    assert benchmark(gradients[0].same_as, gradients[1])
