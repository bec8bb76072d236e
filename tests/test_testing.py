"""symconv in other people's suites: assertions that tell, problems that separate mistakes, a plugin that is light."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import symconv
from symconv.errors import RequestError
from symconv.testing import FEATURES, Problem, assert_formula, assert_layer, problems

ROOT = Path(__file__).parents[1]
EXAMPLE = ROOT / "examples" / "my_layers"
LESSON = symconv.convolution()


def pytest_of_its_own(folder: Path, *arguments: str) -> str:
    """What a suite prints that is run by itself, with the plugins that are installed."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "error", *arguments]
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "COLUMNS": "200"}
    environment.pop("PYTEST_ADDOPTS", None)
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_wrong_formula_is_told_with_its_first_wrong_term() -> None:
    assert_formula("da = cross(pad(delta, 1), rot180(w))", LESSON)
    assert_formula("dw[i,j] = delta[m,n]*a[i+m-1,j+n-1]", LESSON, base=1)
    with pytest.raises(AssertionError, match=r"(?s)first wrong term: da.0,0. lacks.*likely reason: the filter is not"):
        assert_formula("da = cross(pad(delta, 1), w)", LESSON)
    with pytest.raises(RequestError, match="at position 4 of the formula"):
        assert_formula("da : w", LESSON)


def test_a_wrong_layer_is_told_before_its_table(tmp_path: Path) -> None:
    source = (ROOT / "examples" / "course_layer.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source)
    with pytest.raises(AssertionError) as told:
        assert_layer(str(tmp_path / "mine.py"), LESSON)
    lines = str(told.value).splitlines()
    assert lines[0].startswith("wrong: input_gradient, stride 2: ∂E/∂a[0,0,0,1] has a surplus")
    assert "the stride is missing" in lines[0]
    assert [line for line in lines if line.startswith("the layer itself")]


@pytest.mark.parametrize("kind", ["conv", "conv-transpose", "locally-connected", "avg-pool"])
@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_every_problem_has_its_right_answers(dimensions: int, kind: str) -> None:
    found = problems(dimensions, kind)
    assert len({p.name for p in found}) == len(found) > 15
    assert all(re.fullmatch(r"[\w-]+", p.name) for p in found)
    for problem in found:
        targets = ("net", "da") if kind == "avg-pool" else ("net", "da", "dw", "dbias")
        answers = {target: problem.right(target) for target in targets}
        problem.assert_right(**answers)
        assert problem.a.shape == problem.layer.geometry.input_shape
        assert problem.delta.shape == answers["net"].shape


@pytest.mark.parametrize(
    "name", ["stride-over-filter", "uneven-padding", "padding-over-filter-1", "2-groups", "depthwise"]
)
def test_the_geometries_that_catch_mistakes_are_there(name: str) -> None:
    [problem] = [p for p in problems() if p.name == name]
    k, s, (low, high) = problem.filter_size[0], problem.stride[0], problem.pads[0]
    assert {
        "stride-over-filter": s > k,
        "uneven-padding": low != high and problem.padding == problem.pads,
        "padding-over-filter-1": low > k - 1 and problem.padding == (low, low),
        "2-groups": problem.groups == 2,
        "depthwise": problem.groups == problem.layer.geometry.depth,
    }[name]


def test_wrong_arrays_are_told_cell_by_cell() -> None:
    [problem] = [p for p in problems() if p.name == "stride-2"]
    with pytest.raises(AssertionError, match=r"WRONG: da, for ∂E/∂a, .* of .* cells") as told:
        problem.assert_right(net=problem.right("net"), da=-problem.right("da"))
    assert "likely reason: the sign is turned" in str(told.value)
    assert "net" not in str(told.value)
    with pytest.raises(AssertionError, match=re.escape("the answer has shape 2x3x2x2, but dw has 3x2x2x3")):
        problem.assert_right(dw=np.zeros((2, 3, 2, 2)))
    with pytest.raises(RequestError, match="which is no array of a layer"):
        problem.assert_right(dweights=problem.w)
    with pytest.raises(RequestError, match="give one by name"):
        problem.assert_right()


def test_single_precision_is_judged_within_its_own_rounding() -> None:
    for problem in problems():
        found = problem.right("dw").astype(np.float32)
        problem.assert_right(dw=found * np.float32(1 + 1e-7))
        if np.abs(found).max() > 0:
            with pytest.raises(AssertionError):
                problem.assert_right(dw=found * np.float32(1.01))


def test_a_test_may_write_to_its_arrays() -> None:
    problem = problems()[0]
    problem.a[...] = 0
    assert problem.a.any()


@pytest.mark.parametrize("feature", FEATURES)
def test_what_code_does_not_take_can_be_left_out(feature: str) -> None:
    left = problems(without=[feature])
    assert 0 < len(left) < len(problems())

    def plain(p: Problem) -> bool:
        return {
            "stride": set(p.stride) == {1},
            "dilation": set(p.dilation) == {1},
            "padding": set(p.pads) == {(0, 0)},
            "uneven-padding": isinstance(p.padding[0], int),
            "groups": p.groups == 1,
            "per-axis": len(set(p.stride)) == len(set(p.dilation)) == len(set(p.pads)) == 1,
        }[feature]

    assert all(map(plain, left))
    assert [p for p in problems() if not plain(p)]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ({"dimensions": 4}, "no problems of 4 dimensions"),
        ({"dimensions": "2"}, "no problems of '2' dimensions"),
        ({"kind": "dense"}, "no problems of the kind 'dense'"),
        ({"without": ["strides"]}, "can not be without 'strides'"),
    ],
)
def test_problems_that_there_are_not(arguments: Any, sentence: str) -> None:
    with pytest.raises(RequestError, match=sentence):
        problems(**arguments)


def test_the_plugin_loads_nothing_heavy() -> None:
    source = (
        "import pytest, sys; before = set(sys.modules); import symconv.pytest_plugin; print(set(sys.modules) - before)"
    )
    done = subprocess.run([sys.executable, "-c", source], cwd=ROOT, capture_output=True, text=True, check=True)
    assert set(re.findall(r"'([\w.]+)'", done.stdout)) == {"symconv", "symconv.pytest_plugin"}


SUITE = """
import sys

def test_without_the_fixture():
    assert not {"sympy", "numpy"} & set(sys.modules)
"""
MARKED = """
import pytest

@pytest.mark.symconv_geometries(dimensions=1, without=["stride", "dilation", "groups"])
def test_line(symconv_geometry):
    g = symconv_geometry
    assert len(g.input_size) == 1
    if g.name == "uneven-padding":
        g.assert_right(da=g.right("da")[:, :, ::-1])
"""
MISTAKEN = """
import pytest

@pytest.mark.symconv_geometries(wihtout=["stride"])
def test_line(symconv_geometry): ...
"""


def test_suites_that_do_not_use_it_are_not_disturbed(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(SUITE)
    assert "1 passed" in pytest_of_its_own(tmp_path, "--strict-markers")


def test_the_fixture_yields_what_the_marker_leaves(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(MARKED)
    told = pytest_of_its_own(tmp_path, "--strict-markers")
    assert re.search(r"1 failed, \d+ passed", told)
    assert "test_line[uneven-padding]" in told
    assert "WRONG: da, for ∂E/∂a" in told
    assert "raise AssertionError" not in told


def test_a_mistaken_marker_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "test_theirs.py").write_text(MISTAKEN)
    told = pytest_of_its_own(tmp_path)
    assert "the marker symconv_geometries: problems() got an unexpected keyword argument 'wihtout'" in told


def test_the_example_project_has_one_wrong_layer_and_tells_why() -> None:
    told = pytest_of_its_own(EXAMPLE)
    assert re.search(r"^1 failed, 21 passed in", told, re.M), told
    assert re.search(r"^FAILED tests/test_layers.py::test_zeros_between", told, re.M)
    assert re.search(r"^E +AssertionError: wrong: input_gradient, the layer itself: .*left-over rows", told, re.M)
