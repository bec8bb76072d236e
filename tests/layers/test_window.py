"""Windows: the two extents and the relation of one dimension, in numbers and in letters."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
import sympy

from symconv.algebra.axes import axis, size
from symconv.algebra.evaluate import points
from symconv.layers.geometry import Geometry
from symconv.layers.window import Window, extents, output_extent, windows
from tests.cases import ALL_GEOMETRIES, random_geometries

H, K, S, D, P, Q, O = (size(name) for name in "HKSDPQO")
R = sympy.Symbol("r", integer=True, nonnegative=True)


def spatial(**changes: object) -> Geometry:
    """One dimension."""
    fields: dict[str, object] = {
        "input_size": (7,),
        "filter_size": (3,),
        "stride": (2,),
        "dilation": (1,),
        "padding": ((1, 0),),
        "output_padding": (0,),
    }
    return Geometry(**(fields | changes))  # type: ignore[arg-type]


@pytest.mark.parametrize("flip", [False, True])
def test_the_relation_places_the_taps(flip: bool) -> None:
    """``x = S·i + D·p - P``; flipped, the taps count from the far end."""
    window = Window(3, 2, 2, 1, 0, 9, 3, flip)
    x, i, p = axis("x", 9), axis("i", 3), axis("p", 3)
    found = {(q[x], q[i], q[p]) for q in points((x, i, p), (window.relation(x, i, p),))}
    expected = {(2 * a + 2 * (2 - q if flip else q) - 1, a, q) for a, q in product(range(3), range(3))}
    assert found == {(cell, a, q) for cell, a, q in expected if 0 <= cell < 9}


def test_stride_1_needs_no_new_symbol() -> None:
    assert extents(H, K, 1, D, P, Q, "") == (H, size(H + P + Q - D * (K - 1)))


def test_output_size_and_rest_are_the_primitive_symbols() -> None:
    given, output = extents(H, K, S, D, P, Q, "")
    assert (given, output) == (size(S * (O - 1) + D * (K - 1) + 1 - P - Q + R), O)
    assert Window(K, S, D, P, Q, given, output).left_over == R


def test_dimensions_that_differ_have_symbols_of_their_own() -> None:
    two = Geometry(input_size=("H", "W"), filter_size=("K", "K"), stride=("S", "S"))
    assert [w.output for w in windows(two)] == [size("O1"), size("O2")]
    alike = Geometry(input_size=("H", "H"), filter_size=("K", "K"), stride=("S", "S"))
    assert [w.output for w in windows(alike)] == [O, O]


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_numbers_are_those_of_the_geometry(geometry: Geometry) -> None:
    transposed = geometry.kind == "conv-transpose"
    for d, window in enumerate(windows(geometry)):
        large, small = geometry.input_size[d], geometry.output_size[d]
        assert (window.input, window.output) == ((small, large) if transposed else (large, small))
        assert window.left_over == geometry.left_over[d]


def test_numbers_stay_numbers_beside_named_channels() -> None:
    """A named depth leaves the spatial sizes what they are: H = 7 is not 2·O + …"""
    [window] = windows(spatial(depth="C"))
    assert (window.input, window.output) == (7, 3)


def test_numbers_stay_numbers_beside_a_named_dimension() -> None:
    geometry = Geometry(input_size=(6, "W"), filter_size=(3, 3), stride=(2, 2))
    first, _ = windows(geometry)
    assert (first.input, first.output) == (6, 2)


@pytest.mark.parametrize("kind", ["conv", "conv-transpose", "avg-pool"])
def test_the_floor_formula_at_numbers(kind: str) -> None:
    for geometry in random_geometries(kind, 40, seed=17):
        named = replace(geometry, input_size=("H",) * geometry.dimensions)
        for d in range(geometry.dimensions):
            found = output_extent(named, d)
            assert found.subs(H, geometry.input_size[d]) == geometry.output_size[d], geometry


def test_output_sizes_that_are_read_from_arrays_have_names() -> None:
    [window] = windows(spatial(input_size=("H",)), output_size=("O",))
    assert (window.input, window.output) == (H, O)
    [transposed] = windows(spatial(kind="conv-transpose", input_size=("H",)), output_size=("O",))
    assert (transposed.input, transposed.output) == (O, H)


def test_in_ceil_mode_the_rest_may_be_negative() -> None:
    """r = H + P + Q - D(K-1) - 1 - S(O-1) below 0: the last window hangs over; at stride 1 it may be left out."""
    for stride in ("S", 1):
        [window] = windows(spatial(kind="avg-pool", input_size=("H",), stride=(stride,), ceil_mode=True))
        rest = window.left_over
        assert (window.output, rest) == (O, sympy.Symbol("r", integer=True))
        assert not isinstance(rest, int)
        assert rest.is_nonnegative is None
