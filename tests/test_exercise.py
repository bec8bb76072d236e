"""Problem sheets: the key is right, the sheet gives nothing away, and every slip is met."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

import symconv
from symconv.cli import main
from symconv.derivation.derive import derive_layer
from symconv.derivation.example import example
from symconv.errors import RequestError
from symconv.exercise import SLIPS, _claims, _with_slips, exercise
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer, layer
from symconv.render.article_example import is_printable
from symconv.render.article_exercise import Claim
from symconv.render.document import EquationGroup
from symconv.render.formula_unicode import unicode
from symconv.render.telling import telling
from symconv.render.write_formula import write_goal, write_sums
from symconv.verify.reference import expected, shapes
from tests.cases import GEOMETRIES

LESSON = symconv.convolution()
STRIDED = symconv.convolution((4, 4), (2, 2), stride=2, padding=1, depth=2)
PRINTED = [
    name
    for name, g in GEOMETRIES.items()
    if g.is_numeric and is_printable(telling(derive_layer(layer(g)), "en", 0)) and shapes(g).keys() >= {"a"}
]
FUNCTIONS = {"da": "input_gradient", "dw": "weight_gradient"}


def claims(of: Layer, seed: int) -> list[Claim]:
    from random import Random

    return list(_claims(telling(derive_layer(of), "en", 0), example(of, seed).arrays, Random(f"{seed} claims")))


@pytest.mark.parametrize("name", PRINTED)
def test_the_key_names_a_cell_at_which_a_wrong_formula_fails(name: str) -> None:
    """Right numbers are those of the verifier's reference, which knows no derived formula."""
    of = layer(GEOMETRIES[name])
    for seed in range(4):
        arrays = example(of, seed).arrays
        for claim in claims(of, seed):
            if claim.fault is None:
                assert claim.formula == claim.rule or symconv.check(unicode(claim.formula), of)
                continue
            given = {tensor: arrays[tensor] for tensor in shapes(of.geometry) if tensor in arrays}
            right = expected(FUNCTIONS[claim.target], of.geometry, given)
            assert claim.fault.right == right[claim.fault.index] != claim.fault.found
            assert not symconv.check(unicode(claim.formula), of)


def test_every_slip_is_met_and_right_formulas_too() -> None:
    met, rights = set(), 0
    for of in (LESSON, symconv.convolution((5, 4), (2, 2), stride=2)):
        derived = derive_layer(of).own
        for seed in range(12):
            for claim in claims(of, seed):
                derivation = derived.input_gradient if claim.target == "da" else derived.weight_gradient
                assert derivation is not None
                read = "δ" if claim.target == "da" else "a"
                rules = [r for r in (write_sums(derivation.solved, 0), write_goal(derivation, 0)) if r]
                met |= {slip for slip in SLIPS for rule in rules if claim.fault and slip(rule, read) == claim.formula}
                rights += claim.fault is None
                assert any(claim.formula in _with_slips(rule, read) for rule in rules)
    assert met == set(SLIPS)
    assert rights >= 6


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_sheet_gives_nothing_away(language: str) -> None:
    sheet, key = exercise(STRIDED, 1, language)
    assert sheet.title != key.title
    asked = [block for block in key.blocks if block in sheet.blocks]
    assert [*sheet.blocks] == asked
    solved = [block for block in key.blocks if block not in sheet.blocks and isinstance(block, EquationGroup)]
    assert len(solved) >= 6


def test_one_seed_is_one_sheet() -> None:
    one, again, other = (symconv.exercise(LESSON, seed) for seed in (1, 1, 2))
    assert (one.sheet(), one.key("html")) == (again.sheet(), again.key("html"))
    assert one.sheet() != other.sheet()
    assert not np.array_equal(example(LESSON, 1).arrays["delta"], example(LESSON, 2).arrays["delta"])


def test_numbers_of_the_key_are_those_of_the_emitted_code() -> None:
    arrays = {name: array.astype(np.int64) for name, array in example(LESSON, 5).arrays.items()}
    module = symconv.emit(LESSON, schedule="loops").load()
    found = module.weight_gradient(arrays["delta"], arrays["a"])[0, 0]
    rows = ["  ".join(str(v).rjust(max(len(str(u)) for u in found[:, k])) for k, v in enumerate(r)) for r in found]
    key = symconv.exercise(LESSON, 5).key()
    assert all(row in key for row in rows)


@pytest.mark.parametrize("ending", ["txt", "md", "html", "tex"])
def test_the_command_writes_both(ending: str, tmp_path: Path) -> None:
    path = tmp_path / f"sheet.{ending}"
    result = CliRunner().invoke(main, ["exercise", "--language", "zh", "--seed", "3", "-o", str(path)])
    assert result.exit_code == 0, result.output
    assert sorted(p.name for p in tmp_path.iterdir()) == [f"sheet-key.{ending}", f"sheet.{ending}"]
    assert "习题" in path.read_text(encoding="utf-8")
    assert str(tmp_path) not in path.read_text(encoding="utf-8")


REFUSED = {
    "a.doc": ((), "ends in none of .txt, .md, .html, .tex, .pdf"),
    "b.txt": (("--input", "HxW"), "needs"),
    "c.txt": (("--input", "12x12"), "too large for an exercise"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_makes_no_sheet_is_one_sentence(name: str, tmp_path: Path) -> None:
    options, told = REFUSED[name]
    result = CliRunner().invoke(main, ["exercise", *options, "-o", str(tmp_path / name)])
    assert (result.exit_code, result.stdout) == (2, "")
    assert told in result.stderr or name == "b.txt"
    assert len(result.stderr.strip().splitlines()) == 1
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(RequestError):
        symconv.exercise(LESSON, language="fr")
    with pytest.raises(RequestError):
        symconv.exercise(layer(Geometry(input_size=("H", "W"))))


@pytest.mark.tex
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_sheet_is_typeset(language: str, tmp_path: Path) -> None:
    paths = symconv.exercise(STRIDED, 2, language=language).save(tmp_path / "sheet.pdf")
    assert all(path.read_bytes().startswith(b"%PDF") for path in paths)
