"""The worked example: its numbers are those of the derived formulas, whoever gives the arrays."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import symconv
from symconv.cli import main
from symconv.derivation.derive import derive_layer
from symconv.derivation.example import example, own_example
from symconv.derivation.roads import enumerate_sum
from symconv.errors import RequestError
from symconv.layers.layer import layer
from symconv.render.article_example import asked, is_printable, planes, telling_cells, worked_cell, worked_example
from symconv.render.document import EquationGroup
from symconv.render.formula_unicode import unicode
from symconv.render.telling import telling
from symconv.render.written import Listed
from symconv.specification.values import read_values
from tests.cases import GEOMETRIES

SMALL = [name for name, g in GEOMETRIES.items() if g.is_numeric]
LESSON = symconv.convolution()
GIVEN = {"a": [[1, 2, 3], [4, 5, 6], [7, 8, 9]], "w": [[1, 2], [3, 4]], "bias": [10], "delta": [[1, -1], ["1/2", 2]]}


@pytest.mark.parametrize("name", SMALL)
def test_results_are_those_of_the_general_road(name: str) -> None:
    derived = derive_layer(layer(GEOMETRIES[name]))
    told = telling(derived, "en", 0)
    arrays = example(derived.layer).arrays
    own = {d.goal: d for d in derived.own.goals}
    goals = {"net": derived.own.net_input, "da": derived.own.input_gradient, "dw": derived.own.weight_gradient}
    assert own
    for target, polynomials in asked(told):
        derivation = goals.get(target, derived.own.bias_gradient)
        assert derivation is not None
        values = enumerate_sum(derivation.solved, derived.layer.geometry).evaluate(arrays)
        assert np.array_equal(values, polynomials.evaluate(arrays))
        for index in telling_cells(polynomials):
            sides = unicode(worked_cell(told, polynomials, index, arrays)).split(" = ")
            assert sides[-1] in {str(values[index]), str(float(values[index]))} or "/" in sides[-1]


def test_the_lesson_with_numbers_of_a_reader(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(json.dumps(GIVEN), encoding="utf-8")
    result = CliRunner().invoke(main, ["derive", "--values", str(path)])
    assert result.exit_code == 0, result.output
    assert "net₀₀ = w₀₀a₀₀ + w₀₁a₀₁ + w₁₀a₁₀ + w₁₁a₁₁ + β = 1·1 + 2·2 + 3·4 + 4·5 + 10 = 47" in result.output
    assert "∂E/∂β = δ₀₀ + δ₀₁ + δ₁₀ + δ₁₁ = 1 - 1 + 0.5 + 2 = 2.5" in result.output
    assert str(tmp_path) not in result.output
    shown = " ".join(result.output.split())
    for row in ("⎡47 57⎤", "⎣77 87⎦", "⎡ 1 1 -2⎤", "⎢3.5 4 0⎥", "⎣1.5 8 8⎦"):
        assert row in shown


@pytest.mark.parametrize("name", SMALL)
def test_the_matrices_that_are_printed_are_the_results(name: str) -> None:
    derived = derive_layer(layer(GEOMETRIES[name]))
    told = telling(derived, "en", 0)
    if not is_printable(told):
        pytest.skip("this layer has no example")
    blocks = worked_example(told)
    printed = [f for b in blocks if isinstance(b, EquationGroup) for f in b.formulas]
    members = [m for f in printed for m in (f.members if isinstance(f, Listed) else (f,))]
    for target, polynomials in asked(told):
        values = polynomials.evaluate(example(derived.layer).arrays)
        assert set(planes(told.cells, target, values)) <= set(members)


def test_what_a_reader_leaves_out_is_filled_and_said() -> None:
    text = symconv.derive(LESSON).document(values={"w": [[1, 2], [3, 4]]})
    assert "a, β, δ were left out" in text


def test_an_activation_before_gives_its_error_term() -> None:
    """f' is exact: 0 or 1 for relu, here at net^{l-1} = a where a is positive."""
    before = [[1, -1, 2], [3, 1, -2], [1, 1, 1]]
    text = symconv.derive(symconv.convolution(previous_activation="relu")).document(values={"net_prev": before})
    assert "f'(net^{l-1}) = ⎢1  1  0⎥" in text
    assert "a = ⎢3  1  0⎥" in text


@pytest.mark.parametrize(
    ("values", "told"),
    [
        ({"da": [[1]]}, "gives none of the arrays of a problem"),
        ({"w": [[1, 2, 3]]}, "w in the values has shape"),
        ({"x": [1]}, "which is no array of a layer"),
    ],
)
def test_numbers_that_make_no_sense_are_refused(values: dict[str, object], told: str) -> None:
    with pytest.raises(RequestError, match=told):
        symconv.derive(LESSON).document(values=values)


def test_large_and_named_layers_say_why_there_is_none() -> None:
    large = symconv.convolution((12, 12), (3, 3))
    assert "too large for an example" in symconv.derive(large).text()
    assert "needs a number for every size" in symconv.derive(symconv.convolution(("H", "W"))).text()
    with pytest.raises(RequestError, match="too large to be printed"):
        symconv.derive(large).document(values={"bias": [1]})


def test_examples_differ_by_seed_and_not_by_run() -> None:
    first, again, other = (example(LESSON, seed).arrays for seed in (0, 0, 1))
    assert all(np.array_equal(first[name], again[name]) for name in first)
    assert any(not np.array_equal(first[name], other[name]) for name in first)
    assert own_example(LESSON, read_values({"w": [[1, 2], [3, 4]]}), "here").filled == ("a", "bias", "delta")
    assert is_printable(telling(derive_layer(LESSON), "en", 0))
