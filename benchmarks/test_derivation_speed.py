"""The general road: every goal of a convolution, all sizes symbolic, under 0.1 s after import."""

from __future__ import annotations

import pytest

from symconv.derivation.backward import backward
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input

LETTERS = Geometry(
    input_size=("H", "W"),
    filter_size=("K", "L"),
    stride=("S", "S"),
    dilation=("D", "D"),
    padding=(("P", "Q"), ("P", "Q")),
    depth="C",
    filters="N",
    batch="B",
)
GROUPED = Geometry(
    input_size=("H",),
    filter_size=("K",),
    stride=("S",),
    dilation=("D",),
    padding=(("P", "Q"),),
    output_padding=(0,),
    depth="C",
    filters="N",
    groups="G",
)


@pytest.mark.parametrize("geometry", [pytest.param(LETTERS, id="two-dimensions"), pytest.param(GROUPED, id="groups")])
def test_general_derivation(benchmark, geometry: Geometry) -> None:  # type: ignore[no-untyped-def]
    found = benchmark(lambda: backward(net_input(geometry)))
    assert found.weight_gradient is not None
