"""Winograd's algorithm as steps of a derivation: each keeps the value, and one chain serves the three directions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from symconv.algebra.axes import Axis
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.algebra.evaluate import evaluate
from symconv.algebra.exchange import exchange
from symconv.derivation.backward import Derivation, backward
from symconv.derivation.polyphase import as_channels, part_of
from symconv.derivation.winograd import winograd
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import GEOMETRIES, NO_SPACE, integer_arrays


def line(cells: int, taps: int, **more: object) -> Geometry:
    """A layer of one dimension."""
    fields = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "output_padding": (0,), **more}
    return Geometry(input_size=(cells,), filter_size=(taps,), **fields)  # type: ignore[arg-type]


CASES = {
    "a tile and a half": line(5, 3),
    "padded unevenly": line(4, 3, padding=((1, 2),)),
    "channels, filters, batch": line(4, 2, depth=2, filters=2, batch=2),
    "groups": line(4, 2, depth=2, filters=4, groups=2),
    "dilation": line(7, 2, dilation=(2,), padding=((1, 0),)),
    "dilation over the tile": line(8, 2, dilation=(3,)),
    "flipped": line(5, 3, flip=True),
    "two dimensions": GEOMETRIES["lesson"],
    "two dimensions, not square": GEOMETRIES["not-square"],
    "two dimensions, one dilated": replace(GEOMETRIES["lesson"], input_size=(3, 4), dilation=(1, 2)),
    "transposed": line(3, 3, kind="conv-transpose"),
    "stride": line(7, 3, stride=(2,)),
    "stride over the filter": line(8, 2, stride=(3,), padding=((1, 0),)),
    "stride, flipped": line(6, 3, stride=(2,), flip=True, depth=2),
    "stride, in groups": line(6, 3, stride=(2,), depth=2, filters=2, groups=2),
    "stride, transposed": line(3, 4, stride=(2,), kind="conv-transpose", padding=((1, 1),), filters=2),
    "two dimensions, one strided": replace(GEOMETRIES["lesson"], input_size=(3, 4), stride=(1, 2)),
}


def taps_of(geometry: Geometry) -> list[Axis]:
    main = net_input(geometry).terms[0]
    held = {*main.output.axes, *main.factor("a").axes}
    return [a for r in main.relations for a in r.axes if a not in held]


def directions(geometry: Geometry) -> Iterator[Derivation]:
    derived = backward(net_input(geometry))
    assert derived.weight_gradient is not None
    yield from (derived.net_input, derived.input_gradient, derived.weight_gradient)


@pytest.mark.parametrize("name", CASES)
def test_every_step_keeps_the_value_in_all_directions(name: str) -> None:
    geometry = CASES[name]
    for derivation in directions(geometry):
        steps = winograd(derivation, taps_of(geometry), (2, 2, 2)).steps
        assert [s.before for s in steps[1:]] == [s.after for s in steps[:-1]]
        assert all(step.check() for step in steps), derivation.goal


def test_all_parts_of_a_strided_result_are_one_correlation_with_a_channel_more() -> None:
    """``x = 2t + ρ - P`` numbers the cells by t and ρ, and w by m and ρ is ``p = 2m + ρ``."""
    _, back, _ = directions(line(6, 3, stride=(2,), padding=((1, 0),), depth=2))
    steps = as_channels(back)
    assert [s.law for s in steps] == ["split", "shift", "nest", "group", "flip", "pad"]
    assert all(step.check() for step in steps)
    result = steps[-1].after
    assert isinstance(result, Contraction)
    assert [a.name for a in part_of(result).output.axes] == ["b", "c", "t", "ρ"]


def test_where_nothing_is_strided_no_residue_is_a_channel() -> None:
    assert [as_channels(derivation) for derivation in directions(line(6, 3))] == [(), (), ()]


def test_the_last_form_is_the_net_input_itself() -> None:
    """Not only each step by itself: the last form against the first, in larger tiles and three dimensions."""
    for geometry, tile in (
        (line(9, 3, depth=2, padding=((1, 1),)), 4),
        (line(9, 5, depth=2, padding=((1, 1),), stride=(2,)), 3),
        (replace(GEOMETRIES["three-dimensions"], stride=(1, 1, 1), filters=1), 2),
    ):
        for derivation in directions(geometry):
            arrays = integer_arrays(derivation.form.terms[0])
            last = winograd(derivation, taps_of(geometry), (tile,) * 3).result
            assert np.array_equal(evaluate(last, arrays), evaluate(derivation.form.terms[0], arrays))


def before_grouping(derivation: Derivation, geometry: Geometry) -> Contraction:
    after = [s.after for s in winograd(derivation, taps_of(geometry), (2, 2, 2)).steps if s.law != "group"][-1]
    assert isinstance(after, Contraction)
    return after


@pytest.mark.parametrize("name", ["a tile and a half", "groups", "dilation over the tile", "two dimensions"])
def test_the_laws_commute_with_exchange(name: str) -> None:
    """The chain of ∂E/∂w is the chain of net with w and δ exchanged: the identical object."""
    forward, _, weights = directions(CASES[name])
    rewritten = before_grouping(forward, CASES[name])
    assert exchange(rewritten, rewritten.factor("w")) == before_grouping(weights, CASES[name])


def reads(operand: Operand) -> set[str]:
    """The letters of the given tensors and constants an array is made of."""
    if not isinstance(operand.tensor, Definition):
        return {operand.symbol}
    return {letter for f in operand.tensor.contraction.factors for letter in reads(f)}


def test_what_depends_on_one_array_alone_is_an_array() -> None:
    forward, back, weights = directions(CASES["channels, filters, batch"])
    for derivation, made in (
        (forward, {"U": {"w", "G"}, "V": {"a", "B"}}),
        (back, {"U": {"w", "G"}, "V": {"δ", "B"}}),
        (weights, {"U": {"δ", "A"}, "V": {"a", "B"}}),
    ):
        last = winograd(derivation, taps_of(CASES["channels, filters, batch"]), (2,)).form
        outer = {f.symbol for f in last.factors} - {"M"}
        product = last.factor("M").tensor
        assert isinstance(product, Definition)
        assert {f.symbol: reads(f) for f in product.contraction.factors} == made
        assert {*outer, *made["U"], *made["V"]} - {"w", "a", "δ"} == {"A", "G", "B"}


def test_where_there_is_nothing_to_tile_it_says_so() -> None:
    both = line(12, 2, stride=(2,), dilation=(3,))
    for derivation in directions(both):
        with pytest.raises(ValueError, match="has both a stride and a dilation"):
            winograd(derivation, taps_of(both), (2,))
    dense = Geometry(kind="dense", depth=3, **NO_SPACE)
    with pytest.raises(ValueError, match="net is no cross-correlation"):
        winograd(backward(net_input(dense)).net_input, (), (2,))
    pooled = line(6, 2, kind="avg-pool")
    with pytest.raises(ValueError, match="no cross-correlation of an array with a filter"):
        winograd(backward(net_input(pooled)).net_input, taps_of(pooled), (2,))
