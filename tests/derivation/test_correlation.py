"""The road to the textbook form: laws chosen by the relation alone, each keeping the value."""

from __future__ import annotations

import pytest

from symconv.algebra.axes import Axis, Tensor, axis, size
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.exchange import exchange
from symconv.algebra.relations import relation
from symconv.derivation.correlation import Correlation, array_operand, core, correlate, correlations
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.algebra.contractions import keeps_its_value
from tests.cases import GEOMETRIES, random_geometries

KINDS = ("conv", "conv-transpose", "avg-pool", "locally-connected")


def main(geometry: Geometry) -> Contraction:
    return net_input(geometry).terms[0]


def directions(geometry: Geometry) -> dict[str, Contraction]:
    """The net input and what exchange makes of it."""
    forward = main(geometry)
    found = {"net": forward}
    for letter in ("a", "w"):
        if any(f.symbol == letter for f in forward.factors):
            found[letter] = exchange(forward, forward.factor(letter))
    return found


def laws(contraction: Contraction) -> list[str]:
    return [step.law for step in correlate(contraction)]


@pytest.mark.parametrize("kind", KINDS)
def test_every_law_on_the_road_keeps_the_value(kind: str) -> None:
    for geometry in random_geometries(kind, 20, seed=13):
        for name, contraction in directions(geometry).items():
            for step in correlate(contraction):
                assert isinstance(step.before, Contraction)
                assert isinstance(step.after, Contraction)
                assert keeps_its_value(contraction, step.after), (geometry, name, step.law)


@pytest.mark.parametrize("kind", ["conv", "conv-transpose"])
def test_the_road_ends_in_correlation_form(kind: str) -> None:
    """``u = s·o + d·f`` with ``s·(extent(o) - 1) + d·(extent(f) - 1) + 1`` cells or fewer than s more."""
    for geometry in random_geometries(kind, 20, seed=13):
        for contraction in directions(geometry).values():
            end = correlate(contraction)[-1].after
            assert isinstance(end, Contraction)
            found = correlations(core(end)[0])
            assert len(found) == geometry.dimensions
            for c in found:
                reach = c.stride * (c.output.extent - 1) + c.dilation * (c.tap.extent - 1) + 1
                assert reach <= c.position.extent < reach + c.stride


@pytest.mark.parametrize(
    ("name", "direction", "expected"),
    [
        ("lesson", "net", ["correlate"]),
        ("lesson", "a", ["flip", "pad"]),
        ("lesson", "w", ["correlate"]),
        ("padded", "net", ["pad"]),
        ("left-over-rows", "a", ["insert_zeros", "flip", "pad"]),
        ("left-over-rows", "w", ["pad"]),
        ("flip", "net", ["flip", "pad"]),
        ("flip-stride", "w", ["flip", "pad"]),
        ("transposed-stride", "net", ["insert_zeros", "flip", "pad"]),
        ("average-pooling", "net", ["weigh"]),
        ("average-pooling", "a", ["weigh", "insert_zeros", "flip", "pad"]),
        ("dense", "net", []),
    ],
)
def test_only_laws_that_are_needed(name: str, direction: str, expected: list[str]) -> None:
    assert laws(directions(GEOMETRIES[name])[direction]) == expected


def test_the_array_is_what_is_read_without_division() -> None:
    found = directions(GEOMETRIES["stride"])
    assert {name: operand.symbol for name, c in found.items() if (operand := array_operand(c))} == {
        "net": "a",
        "a": "δ",
        "w": "a",
    }
    assert array_operand(main(GEOMETRIES["dense"])) is None


def one(*terms: tuple[Axis, int], offset: int = 0) -> Contraction:
    """``net[i] = Σ w[p]·a[x]`` over one relation."""
    x, i, p = axis("x", 4), axis("i", 3), axis("p", 2)
    factors = (Operand(Tensor("w", (p,)), (p,)), Operand(Tensor("a", (x,)), (x,)))
    tied = relation(dict(terms) or {x: 1, i: -1, p: -1}, offset)
    return Contraction(Operand(Tensor("net", (i,)), (i,)), factors, (tied,))


def test_a_correlation_is_read_off() -> None:
    x, i, p = axis("x", 4), axis("i", 3), axis("p", 2)
    assert correlations(one()) == (Correlation(x, i, p, 1, 1),)


@pytest.mark.parametrize(
    ("contraction", "sentence"),
    [
        (one(offset=1), "is not that of a cross-correlation"),
        (one((axis("x", 4), 1), (axis("i", 3), -1), (axis("p", 2), 1)), "is not that of a cross-correlation"),
        (one((axis("x", 4), 2), (axis("i", 3), -1), (axis("p", 2), -1)), "is not that of a cross-correlation"),
        (one((axis("x", 4), 1), (axis("i", 3), -2), (axis("p", 2), -1)), "is not that of a cross-correlation"),
        (one((axis("x", 4), 1), (axis("i", 3), -1)), "does not tie a position to an output and a tap"),
        (one((axis("x", 4), 1), (axis("p", 2), -1)), "does not tie a position to an output and a tap"),
    ],
)
def test_what_is_no_correlation_is_not_taken_for_one(contraction: Contraction, sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        correlations(contraction)


def test_amounts_in_letters_cancel() -> None:
    """After padding, the position's extent is that of the correlation by ``==``, whatever the letters stand for."""
    letters = Geometry(
        input_size=("H",),
        filter_size=("K",),
        stride=("S",),
        dilation=("D",),
        padding=(("P", "Q"),),
        output_padding=(0,),
    )
    for contraction in directions(letters).values():
        end = correlate(contraction)[-1].after
        assert isinstance(end, Contraction)
        [found] = correlations(core(end)[0])
        reach = found.stride * (found.output.extent - 1) + found.dilation * (found.tap.extent - 1) + 1
        assert str(size(found.position.extent - reach)) in ("0", "r")
