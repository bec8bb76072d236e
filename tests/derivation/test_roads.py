"""The two roads meet: SymPy's polynomials from THEORY §1 and the solved formulas of exchange, term by term."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import numpy as np
import pytest
import sympy

from symconv.algebra.axes import axis
from symconv.algebra.evaluate import evaluate
from symconv.algebra.formula import Condition, IndexedSum, Read
from symconv.algebra.instantiate import at_sum
from symconv.derivation import roads
from symconv.derivation.backward import Derivation
from symconv.derivation.derive import DerivedLayer, derive_layer
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.roads import compare_roads, enumerate_sum
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import layer
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, Arrays, integer_arrays, random_geometries

FORMULA_NAMES = {"a": "a", "w": "w", "β": "bias", "δ": "delta", "f'(net^{l-1})": "df"}
FEW, MANY = 40, 200


def disagreements(geometry: Geometry) -> list[str]:
    meetings = compare_roads(derive_layer(layer(geometry)), elementwise(geometry))
    return [f"{geometry}: {m.goal}: {m.difference}" for m in meetings if not m.agrees]


def in_formula_names(arrays: Arrays) -> Arrays:
    return {FORMULA_NAMES[letter]: array for letter, array in arrays.items()}


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_roads_meet(geometry: Geometry) -> None:
    assert not disagreements(geometry)


@pytest.mark.parametrize("kind", KINDS)
def test_the_roads_meet_at_random_geometries(kind: str) -> None:
    assert [line for geometry in random_geometries(kind, FEW) for line in disagreements(geometry)] == []


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
def test_the_roads_meet_at_every_random_geometry(kind: str) -> None:
    assert [line for geometry in random_geometries(kind, MANY)[FEW:] for line in disagreements(geometry)] == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_polynomials_have_the_value_of_the_form(kind: str) -> None:
    """Enumerating the solved formula and enumerating the relations are different programs with one result."""
    for geometry in random_geometries(kind, FEW, seed=7):
        for derivation in derive_layer(layer(geometry)).own.goals:
            arrays = integer_arrays(derivation.form)
            polynomials = enumerate_sum(derivation.solved, geometry)
            expected = evaluate(derivation.form, arrays).reshape(polynomials.shape)
            assert np.array_equal(polynomials.evaluate(in_formula_names(arrays)), expected), (geometry, derivation.goal)


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_formula_for_every_size_holds_at_this_one(geometry: Geometry) -> None:
    derived = derive_layer(layer(geometry))
    sizes = size_values(derived.general_geometry, geometry)
    for general, own in zip(derived.general.goals, derived.own.goals, strict=True):
        sums = tuple(at_sum(value, sizes) for value in general.solved)
        assert enumerate_sum(sums, geometry).same_as(enumerate_sum(own.solved, geometry)), general.goal


def size_values(letters: Geometry, geometry: Geometry) -> dict[sympy.Symbol, int]:
    """What the letters of the general geometry stand for; O and r are named as in ``layers.window.extents``."""
    named = {"N": geometry.filters, "C": geometry.depth, "B": geometry.batch, "G": geometry.groups}
    fields = ("input_size", "filter_size", "stride", "dilation", "padding", "output_padding")
    for name in fields:
        for letter, number in zip(getattr(letters, name), getattr(geometry, name), strict=True):
            pairs = zip(letter, number, strict=True) if name == "padding" else ((letter, number),)
            named |= {a: n for a, n in pairs if isinstance(a, str)}
    for d in range(geometry.dimensions if geometry.kind != "conv-transpose" else 0):
        for suffix in ("", str(d + 1)):
            named |= {f"O{suffix}": geometry.output_size[d], f"r{suffix}": geometry.left_over[d]}
    return {
        sympy.Symbol(name, integer=True, **({"nonnegative": True} if rest else {"positive": True})): int(n)
        for name, n in named.items()
        for rest in (True, False)
    }


def broken(derived: DerivedLayer, goal: str, change: object) -> DerivedLayer:
    """The layer with one goal's formula changed by ``change(IndexedSum) -> IndexedSum``."""
    own = derived.own
    field = next(f for f in own.__slots__ if getattr(own, f) is not None and getattr(own, f).goal == goal)
    derivation: Derivation = getattr(own, field)
    assert callable(change)
    solved = (change(derivation.solved[0]), *derivation.solved[1:])
    return replace(derived, own=replace(own, **{field: replace(derivation, solved=solved)}))


def double(value: IndexedSum) -> IndexedSum:
    return replace(value, scale=2 * value.scale)


def moved(value: IndexedSum) -> IndexedSum:
    """The last subscript of the last factor is one too large."""
    *rest, last = value.factors
    subscripts = (*last.subscripts[:-1], last.subscripts[-1] + 1)
    return replace(value, factors=(*rest, Read(last.tensor, subscripts)))


def narrowed(value: IndexedSum) -> IndexedSum:
    """A condition too many: the first target index is 0."""
    return replace(value, conditions=(*value.conditions, Condition(value.target.axes[-1].symbol, 1)))


@pytest.mark.parametrize("change", [double, moved, narrowed])
@pytest.mark.parametrize("goal", ["net", "∂E/∂a", "δ^{l-1}", "∂E/∂w", "∂E/∂β"])
@pytest.mark.parametrize("name", ["groups", "depth-filters-batch"])
def test_a_wrong_formula_is_noticed(name: str, goal: str, change: object) -> None:
    geometry = GEOMETRIES[name]
    witness = elementwise(geometry)
    meetings = compare_roads(broken(derive_layer(layer(geometry)), goal, change), witness)
    assert [m.goal for m in meetings if not m.agrees] == [goal]


def test_the_difference_names_the_cell_and_the_terms() -> None:
    derived = derive_layer(layer(GEOMETRIES["lesson"]))
    [found] = [m for m in compare_roads(broken(derived, "∂E/∂a", double), elementwise(Geometry())) if not m.agrees]
    w, delta = sympy.IndexedBase("w"), sympy.IndexedBase("delta")
    term = w[0, 0, 0, 0] * delta[0, 0, 0, 0]
    assert found.difference is not None
    assert found.difference.index == (0, 0, 0, 0)
    assert (found.difference.missing, found.difference.surplus) == ((term,), (2 * term,))
    assert str(found.difference) == f"da[0,0,0,0] lacks {term} and has {2 * term} too much"


def test_one_wrong_coefficient_of_the_witness_is_noticed() -> None:
    geometry = GEOMETRIES["groups"]
    derived, witness = derive_layer(layer(geometry)), elementwise(geometry)
    table, *rest = witness.input_gradient.terms
    coefficients = table.coefficients.copy()
    coefficients[-1] += 1
    gradient = replace(witness.input_gradient, terms=(replace(table, coefficients=coefficients), *rest))
    found = compare_roads(derived, replace(witness, input_gradient=gradient))
    assert [m.goal for m in found if not m.agrees] == ["∂E/∂a"]


@pytest.mark.parametrize("side", ["formula", "witness"])
def test_a_goal_that_one_road_lacks_is_noticed(side: str) -> None:
    derived, witness = derive_layer(layer(Geometry())), elementwise(Geometry())
    if side == "formula":
        derived = replace(derived, own=replace(derived.own, bias_gradient=None))
    else:
        witness = replace(witness, bias_gradient=None)
    assert [m.goal for m in compare_roads(derived, witness) if not m.agrees] == ["∂E/∂β"]


def test_averages_are_exact_fractions() -> None:
    geometry = GEOMETRIES["average-pooling-uncounted"]
    net = enumerate_sum(derive_layer(layer(geometry)).own.net_input.solved, geometry)
    a = sympy.IndexedBase("a")
    assert net.element(0, 0) == (a[0, 0] + a[0, 1] + a[1, 0] + a[1, 1]) / 4


def test_many_chunks_are_one(monkeypatch: pytest.MonkeyPatch) -> None:
    geometry = GEOMETRIES["transposed-output-padding"]
    derivation = derive_layer(layer(geometry)).own.input_gradient
    whole = enumerate_sum(derivation.solved, geometry)
    monkeypatch.setattr(roads, "CHUNK", 7)
    parts = enumerate_sum(derivation.solved, geometry)
    assert len(parts.terms) > len(whole.terms)
    assert parts.same_as(whole)


def test_named_sizes_and_another_layout_are_refused() -> None:
    own = derive_layer(layer(Geometry())).own
    with pytest.raises(ValueError, match="layout"):
        enumerate_sum(own.net_input.solved, Geometry(input_size=(4, 3)))
    with pytest.raises(ValueError, match="numbers"):
        enumerate_sum(derive_layer(layer(Geometry())).general.net_input.solved, Geometry())
    with pytest.raises(ValueError, match="intermediate"):
        enumerate_sum((own.input_gradient.textbook or own.net_input.solved[0],), Geometry())


def test_a_target_without_products_keeps_its_shape() -> None:
    value = derive_layer(layer(Geometry())).own.net_input.solved[0]
    never = replace(value, conditions=(Condition(axis("i", 2).symbol + 9, 1),))
    empty = enumerate_sum((never,), Geometry())
    assert (len(empty), empty.shape) == (0, (1, 1, 2, 2))


def test_a_million_products_are_compared_in_seconds() -> None:
    """32x32x3 with sixteen 5x5x3 filters."""
    geometry = Geometry(input_size=(32, 32), filter_size=(5, 5), depth=3, filters=16)
    derived, witness = derive_layer(layer(geometry)), elementwise(geometry)
    assert isinstance(witness, Elementwise)
    started = process_time()
    meetings = compare_roads(derived, witness)
    assert process_time() - started < 15
    assert all(m.agrees for m in meetings)
    assert max(m.products for m in meetings) == 28 * 28 * 16 * (5 * 5 * 3 + 1)
