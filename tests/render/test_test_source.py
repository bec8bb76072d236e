"""The emitted test file: it passes on right modules, fails on wrong ones, and its loop is THEORY §1."""

from __future__ import annotations

import ast
import importlib.util
import itertools
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv.emit import emit_module, emit_test
from symconv.layers.activation import NAMED, X, activation
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import layer
from symconv.layers.smoothness import domain, kinks
from symconv.render import test_source
from symconv.render.naive_activation import activation_lines
from symconv.render.probe_sizes import MOST_COST, cost, is_small, most_cells, probe_sizes
from symconv.schedules.functions import refusal
from symconv.verify.reference import expected
from tests.cases import GEOMETRIES, NO_SPACE, random_geometries
from tests.wrong.modules import RIGHT, WRONG, Right, Wrong

ARITHMETIC = {"net", "input_gradient", "weight_gradient", "bias_gradient", "other_sizes", "activated", "empty_batch"}
LINES = 225

IMAGE: dict[str, Any] = {"input_size": (224, 224), "filter_size": (11, 11), "stride": (4, 4), "depth": 3, "filters": 64}
LARGE = {
    "first layer of a large network": Geometry(**IMAGE),
    "depthwise": Geometry(input_size=(28, 28), filter_size=(3, 3), depth=96, filters=96, groups=96),
    "filter of 31x31": Geometry(input_size=(40, 40), filter_size=(31, 31)),
    "dense": Geometry(kind="dense", **NO_SPACE, depth=400, filters=120),
    "named input": Geometry(input_size=("H", "W"), filter_size=(3, 2), stride=(2, 1)),
}


def load(folder: Path, test: str, module: str = "") -> Any:
    """The emitted test file as a module, with layer.py beside it."""
    (folder / "layer.py").write_text(module, encoding="utf-8")
    (folder / "test_layer.py").write_text(test, encoding="utf-8")
    spec = importlib.util.spec_from_file_location("emitted_test", folder / "test_layer.py")
    assert spec is not None
    assert spec.loader is not None
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def failures(loaded: Any) -> Iterator[str]:
    """The names of the emitted tests that fail, one after the other."""
    for name, function in vars(loaded).items():
        if not name.startswith("test_"):
            continue
        marks = {mark.name: mark.args for mark in getattr(function, "pytestmark", [])}
        if marks.get("skipif", (False,))[0]:
            continue
        for arguments in [(value,) for value in marks["parametrize"][1]] if "parametrize" in marks else [()]:
            try:
                function(*arguments)
            except Exception as error:
                yield f"{name}{arguments}: {type(error).__name__} {error}"


def emitted(geometry: Geometry, name: str = "identity") -> str:
    return emit_test(layer(geometry, activation_name=name))


@pytest.mark.parametrize("right", RIGHT[::3], ids=lambda right: right.name)
def test_right_modules_pass(right: Right, tmp_path: Path) -> None:
    assert not list(failures(load(tmp_path, emitted(right.layer, right.activation), right.source)))


@pytest.mark.parametrize("wrong", [w for w in WRONG if w.respect in ARITHMETIC][::3], ids=lambda wrong: wrong.name)
def test_wrong_arithmetic_fails(wrong: Wrong, tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            loaded = load(tmp_path, emitted(wrong.layer, wrong.activation), wrong.source)
        except (SyntaxError, ImportError, NameError):
            return  # pytest reports a file that can not be collected
        assert next(failures(loaded), None), wrong.mistake


@pytest.mark.parametrize(("number", "name"), list(enumerate(GEOMETRIES)), ids=str)
def test_emitted_modules_pass(number: int, name: str, tmp_path: Path) -> None:
    activations = ["identity", "relu", "tanh", "gelu", "max(abs(x), x**2 - 1/3)"]
    own = layer(GEOMETRIES[name], activation_name=activations[number % len(activations)])
    schedule = ("windows", "loops", "im2col", "unrolled")[number % 4]
    if refusal(own.geometry, schedule):
        schedule = "taps"
    loaded = load(tmp_path, emit_test(own), emit_module(own, schedule=schedule).text)
    assert loaded.OWN_SIZES_ONLY == (schedule == "unrolled")
    assert len(loaded.SIZES) == 1 or schedule != "unrolled"
    assert not list(failures(loaded))


@pytest.mark.parametrize("geometry", [g for kind in KINDS for g in random_geometries(kind, 6)], ids=lambda g: g.kind)
def test_the_loop_is_the_definition(geometry: Geometry, tmp_path: Path) -> None:
    loaded = load(tmp_path, emitted(geometry))
    names = ["a", *(["w"] if not geometry.is_pooling else []), *(["bias"] if geometry.bias else [])]
    given = dict(zip([*names, "delta"], loaded.whole_numbers(loaded.SIZES[0]), strict=True))
    assert given["delta"].shape == geometry.output_shape
    tensors = {name: array.astype(float) for name, array in given.items()}
    found = loaded.reference_net_input(*(tensors[name] for name in names))
    np.testing.assert_allclose(found, expected("net_input", geometry, tensors), rtol=1e-12, atol=1e-12)


def test_pytest_runs_it_from_anywhere_without_a_warning(tmp_path: Path) -> None:
    folder, elsewhere = tmp_path / "made", tmp_path / "elsewhere"
    folder.mkdir()
    elsewhere.mkdir()
    (elsewhere / "layer.py").write_text("raise RuntimeError('another module of that name')\n", encoding="utf-8")
    right = next(r for r in RIGHT if r.layer.kind == "dense")
    load(folder, emitted(right.layer, right.activation), right.source)
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", str(folder)]
    done = subprocess.run(
        [*command, str(folder / "test_layer.py")], cwd=elsewhere, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert " passed" in done.stdout


@pytest.mark.parametrize("geometry", list(GEOMETRIES.values()), ids=list(GEOMETRIES))
def test_imports_numpy_and_pytest_only_and_is_short(geometry: Geometry) -> None:
    text = emitted(geometry, "sigmoid")
    imported = {
        alias.name if isinstance(node, ast.Import) else node.module
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
    }
    assert imported <= {"importlib.util", "math", "fractions", "pathlib", "numpy", "pytest"}
    assert all(len(line) <= 100 for line in text.splitlines())
    assert len(text.splitlines()) <= LINES
    assert text == emitted(geometry, "sigmoid")


def test_formatted_as_ruff_would(tmp_path: Path) -> None:
    pytest.importorskip("ruff")
    many = "+".join(f"{k}*x**{k}" for k in range(2, 24))
    names = itertools.cycle([*NAMED, "exp(-x**2)*sin(3*x) + tanh(x + 1/7)/(1 + x**2) + atan(x*exp(x) + 3)", many])
    for number, (geometry, name) in enumerate(zip([*GEOMETRIES.values(), *LARGE.values()][::2], names, strict=False)):
        (tmp_path / f"test_{number}.py").write_text(emitted(geometry, name), encoding="utf-8")
    command = [sys.executable, "-m", "ruff", "format", "--isolated", "--no-cache", "--line-length", "100", "--diff"]
    done = subprocess.run([*command, str(tmp_path)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("geometry", list(LARGE.values()), ids=list(LARGE))
def test_large_layers_are_judged_at_small_sizes(geometry: Geometry, tmp_path: Path) -> None:
    sizes = probe_sizes(geometry)
    assert sizes
    assert geometry not in sizes
    assert not is_small(geometry)
    assert all(g.is_numeric for g in sizes)
    assert all(getattr(g, field) == getattr(geometry, field) for g in sizes for field in ("filter_size", "stride"))
    assert (most_cells(sizes) is None) == all(cost(g) <= MOST_COST for g in sizes)
    assert len(load(tmp_path, emitted(geometry)).SIZES) == len(sizes)


def test_neighbours_have_other_rows_left_over_and_no_two_sizes_alike() -> None:
    sizes = probe_sizes(Geometry(input_size=(7, 7), filter_size=(2, 2), stride=(3, 3)))
    assert {g.left_over[0] for g in sizes} == {0, 1, 2}
    assert any(g.input_size[0] != g.input_size[1] for g in sizes)
    assert any(len({g.batch, g.depth, g.filters}) > 1 for g in sizes)


@pytest.mark.parametrize("name", [*NAMED, "x*exp(-x**2)", "min(max(x, 0), 6)", "max(exp(x), 2)"])
def test_the_activation_is_its_definition(name: str) -> None:
    f = activation(name)
    namespace: dict[str, Any] = {}
    source = "\n".join(["import math", "import numpy as np", *activation_lines(f), ""])
    exec(compile(source, "<activation>", "exec"), namespace)  # noqa: S102  (our own text, in a test)
    for x in (-3.0, -0.25, 0.5, 2.0, 7.0):
        found = namespace["f"](x) if "f" in namespace else x
        assert float(found) == pytest.approx(float(f.function.subs(X, x).evalf()), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize(
    ("name", "low", "sign", "meet"),
    [
        ("tanh", -1.0, 1, []),
        ("relu", -1.0, 1, [0.0]),
        ("min(max(x, 0), 6)", -1.0, 1, [0.0, 6.0]),
        ("log(x)", 0.5, 1, []),
        ("sqrt(-x)", 0.5, -1, []),
        ("1/x", 0.5, 1, []),
    ],
)
def test_numbers_are_drawn_where_the_function_is_smooth(name: str, low: float, sign: int, meet: list[float]) -> None:
    found = domain(activation(name))
    assert found is not None
    assert (found.low, found.sign, kinks(activation(name).function)) == (low, sign, tuple(meet))


def test_a_function_without_such_numbers_is_not_differentiated(tmp_path: Path) -> None:
    assert domain(activation("log(x - 100)")) is None
    loaded = load(tmp_path, emitted(Geometry(), "log(x - 100)"))
    assert not hasattr(loaded, "real_numbers")
    assert hasattr(loaded, "test_weight_gradient_is_the_derivative")


def test_pytest_does_not_take_the_module_for_a_test() -> None:
    assert not test_source.__test__
