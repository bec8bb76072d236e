"""Images that are taken together, where filters outweigh the positions of one."""

from __future__ import annotations

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.schedules import im2col
from symconv.schedules.functions import directions
from symconv.schedules.program import Blocks, IfSmall
from symconv.schedules.signature import emission
from tests.schedules.test_functions import LAYOUTS, emitted, laid_out

FEW_POSITIONS = {
    f"{kind}, {depth} to {filters}, {groups}": Geometry(
        kind=kind, input_size=(4, 3), filter_size=(2, 2), depth=depth, filters=filters, groups=groups, batch=7
    )
    for kind in ("conv", "conv-transpose")
    for depth, filters in ((4, 60), (60, 4), (60, 60))
    for groups in (1, 2)
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("block", [100, 4000, 2**19])
@pytest.mark.parametrize("name", FEW_POSITIONS)
def test_images_lie_side_by_side_where_filters_outweigh_positions(name: str, block: int, layout: str) -> None:
    """The same results as of windows, whether blocks cut the batch, images or nothing."""
    geometry, rng = FEW_POSITIONS[name], np.random.default_rng(0)
    together, plain = (emitted(geometry, s, layout, block=block) for s in ("im2col", "windows"))
    shapes = {"a": geometry.input_shape, "w": geometry.weight_shape, "delta": geometry.output_shape}
    a, w, delta = (laid_out(rng.integers(-9, 10, s), k, layout, 2) for k, s in shapes.items())
    for function, arguments in {
        "net_input": (a, w),
        "input_gradient": (delta, w),
        "weight_gradient": (delta, a),
    }.items():
        assert np.array_equal(together[function](*arguments), plain[function](*arguments)), function


@pytest.mark.parametrize(("channels", "filters"), [(0, 90), (2, 0)])
def test_what_has_no_channels_or_filters_is_served(channels: int, filters: int) -> None:
    module = emitted(Geometry(input_size=(3, 3), filter_size=(3, 3), depth=2, filters=90, batch=2), "im2col")
    found = module["net_input"](np.ones((2, channels, 3, 3)), np.ones((filters, channels, 3, 3)))
    assert found.shape == (2, filters, 1, 1)
    assert not found.any()


@pytest.mark.parametrize(("filters", "single"), [(8, 1), (4096, 0)])
def test_filters_are_read_once_for_several_images_where_they_are_many(filters: int, single: int) -> None:
    layer = emission(Geometry(input_size=(8, 8), filter_size=(3, 3), depth=4, filters=filters, batch=4))
    for goal in ("net", "∂E/∂w"):
        statements, _ = im2col.lower(layer, directions(layer)[goal])
        [large] = [s.otherwise for s in statements if isinstance(s, IfSmall)]
        assert [s.single for s in large if isinstance(s, Blocks)] == [single]
