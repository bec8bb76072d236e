"""Polyphase: stride-1 correlations that write disjoint slices, each step a law, the whole equal to the gradient."""

from __future__ import annotations

from itertools import product
from math import gcd, prod
from typing import Any

import numpy as np
import pytest

from symconv.algebra.axes import Constant
from symconv.algebra.evaluate import constant_array, evaluate
from symconv.api import convolution
from symconv.derivation.backward import Derivation, backward
from symconv.derivation.correlation import correlations
from symconv.derivation.operator import Cross, Every, InsertZeros, Operator, Pad, Rotate, Scaled
from symconv.derivation.polyphase import Part, Polyphase, polyphase
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.render.formula_unicode import unicode
from symconv.render.write_formula import write_polyphase
from tests.cases import GEOMETRIES, integer_arrays, random_geometries
from tests.derivation.operators import carry_out
from tests.derivation.test_general import SYMBOLIC

DRAWN = [g for kind in ("conv", "conv-transpose", "avg-pool") for g in random_geometries(kind, 60, seed=29)]


def strided(geometry: Geometry) -> tuple[Derivation, Polyphase] | None:
    """The direction of a layer that has zeros inserted, with its polyphase form."""
    result = backward(net_input(geometry))
    derivation = result.net_input if geometry.kind == "conv-transpose" else result.input_gradient
    found = polyphase(derivation)
    return None if found is None else (derivation, found)


FOUND = [pair for g in (*GEOMETRIES.values(), *DRAWN) if (pair := strided(g)) is not None]
UNPADDED = [pair[1] for g in DRAWN if not any(sum(map(int, p)) for p in g.padding) and (pair := strided(g)) is not None]
"""Here every tap reaches a cell: the first window has them all."""


def test_there_are_many_to_try() -> None:
    assert len(FOUND) > 100
    assert {len(p.dimensions) for _, p in FOUND} == {1, 2, 3}
    assert any(p.unreached for _, p in FOUND)
    assert len(UNPADDED) > 20


@pytest.mark.parametrize("k", range(0, len(FOUND), 3))
def test_every_step_is_true(k: int) -> None:
    for step in FOUND[k][1].all_steps:
        assert step.check(seed=k), step.law


@pytest.mark.parametrize("name", [name for name in SYMBOLIC if name not in ("conv-stride-1", "locally-connected")])
@pytest.mark.parametrize(
    "sizes", [{"S": 4, "D": 6, "K": 3, "P": 1, "Q": 2, "r": 3, "O": 2}, {"S": 3, "D": 3, "K": 2, "r": 1}]
)
def test_in_letters_it_is_true_at_sizes_that_share_a_divisor(name: str, sizes: dict[str, int]) -> None:
    if name == "conv-2d" and sizes["S"] == 4:
        sizes = sizes | {"O": 1, "K": 2}
    result = backward(net_input(SYMBOLIC[name]))
    found = polyphase(result.net_input if name == "conv-transpose" else result.input_gradient)
    assert found is not None
    assert found.parts == ()
    channels = {"N": 2, "C": 2, "B": 1, "G": 2, "H": 3}
    assert all(step.check(channels | sizes) for step in found.steps)


def written(part: Part, arrays: dict[str, Any], result: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Which cells a part writes; its correlation, carried out by its name alone, is stored there."""
    axes = [a.name for a in part.contraction.output.axes]
    dimensions = len(part.cells)
    index: list[Any] = [slice(None)] * (len(axes) - dimensions)
    for cells in part.cells:
        index.append(slice(int(cells.start), int(cells.start) + int(cells.step) * int(cells.count), int(cells.step)))
    assert part.operator is not None
    ones = np.ones([int(c.tap.extent) for c in correlations(part.correlation)], dtype=object)
    value = carry_out(part.operator, {"1": ones, **arrays}, (), dimensions)
    channels = tuple(axes[: len(axes) - dimensions])
    result[tuple(index)] = value.over(channels, dimensions)
    touched = np.zeros(result.shape, dtype=int)
    touched[tuple(index)] = 1
    return touched


@pytest.mark.parametrize("k", range(len(FOUND)))
def test_the_parts_write_the_whole_result_and_no_cell_twice(k: int) -> None:
    """Carried out in NumPy, slice by slice; what no part writes is 0."""
    derivation, found = FOUND[k]
    main = derivation.form.terms[0]
    arrays = integer_arrays(main)
    arrays |= {f.symbol: constant_array(f.tensor) for f in main.factors if isinstance(f.tensor, Constant)}
    expected = evaluate(main, arrays)
    result = np.zeros(expected.shape, dtype=object)
    touched = sum((written(part, arrays, result) for part in found.parts), np.zeros(expected.shape, dtype=int))
    assert touched.max(initial=0) <= 1
    assert np.array_equal(result, expected)
    for x, at in found.unreached:
        [t] = at.free_symbols
        cells = [slice(None)] * expected.ndim
        cells[list(main.output.axes).index(x)] = slice(int(at.subs(t, 0)), None, int(at.coeff(t)))
        assert not touched[tuple(cells)].any()


def test_a_result_that_no_tap_reaches_is_written_as_zero() -> None:
    nothing = convolution((2,), (2,), stride=3, dilation=3, padding=[(1, 3)]).geometry
    found = strided(nothing)
    assert found is not None
    assert found[1].parts == ()
    assert [unicode(e) for e in write_polyphase(found[1])] == ["∂E/∂a[x] = 0"]
    assert all(write_polyphase(p) for _, p in FOUND)


def inserts_zeros(operator: Operator | None) -> bool:
    match operator:
        case InsertZeros():
            return True
        case Pad(array, _) | Rotate(array) | Every(array, _) | Scaled(_, _, array):
            return inserts_zeros(array)
        case Cross(array, filter_, _, _):
            return inserts_zeros(array) or inserts_zeros(filter_)
    return False


def test_a_part_is_a_correlation_at_stride_1_that_multiplies_no_zero_put_between() -> None:
    """At dilation ``D/gcd(S, D)``, and with nothing inserted in what it reads."""
    for _, found in FOUND:
        for part in found.parts:
            assert not inserts_zeros(part.operator)
            for c, d in zip(correlations(part.correlation), found.dimensions, strict=True):
                divisor = gcd(int(d.stride), abs(int(d.dilation)))
                assert (c.stride, c.dilation) == (1, abs(int(d.dilation)) // divisor)


def test_there_is_a_part_for_each_residue_that_has_taps() -> None:
    """``∏ min(K, S/gcd(S, D))`` of them (THEORY §3), and every tap belongs to one."""
    for found in UNPADDED:
        counts = [
            min(int(d.p.extent), int(d.stride) // gcd(int(d.stride), abs(int(d.dilation)))) for d in found.dimensions
        ]
        assert len(found.parts) == prod(counts)
        taps = sum(prod(int(c.tap.extent) for c in correlations(part.correlation)) for part in found.parts)
        assert taps == prod(int(d.p.extent) for d in found.dimensions)


@pytest.mark.parametrize(
    "geometry", [GEOMETRIES["lesson"], GEOMETRIES["locally-connected-stride"], GEOMETRIES["dense"]]
)
def test_where_no_zeros_are_there_are_no_parts(geometry: Geometry) -> None:
    for derivation in backward(net_input(geometry)).goals:
        assert polyphase(derivation) is None


def test_sizes_read_from_arrays_have_parts_too() -> None:
    """As code has it: numbers for stride, dilation and filter, names for the rest; every step true at several sizes."""
    geometry = Geometry(
        input_size=("H", "W"), filter_size=(3, 2), stride=(2, 3), padding=((1, 0), (1, 1)), depth="C", filters="N"
    )
    found = polyphase(backward(net_input(geometry)).input_gradient)
    assert found is not None
    assert [part.residues for part in found.parts] == list(product(range(2), range(2)))
    for rest in range(2):
        sizes = {"O1": 2, "O2": 2, "r1": rest, "r2": rest + 1, "N": 2, "C": 1}
        assert all(step.check(sizes) for step in found.all_steps)
