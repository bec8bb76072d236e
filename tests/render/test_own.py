"""What is written about layers of one's own: the lesson, and tests that pass with the code."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import symconv
from symconv.emit import emit_test
from tests.own_layers import OWN, own_layer

QUICK = ("the issue's", "groups", "cubic", "squared bias", "autocorrelation without weights", "channels left out")


def run_emitted_tests(names: tuple[str, ...], folder: Path) -> subprocess.CompletedProcess[str]:
    """The emitted tests of several layers beside their modules, in one process."""
    for k, name in enumerate(names):
        layer = own_layer(name, activation="tanh")
        place = folder / f"layer{k}"
        place.mkdir()
        (place / "layer.py").write_text(symconv.emit(layer).text, encoding="utf-8")
        (place / "test_layer.py").write_text(emit_test(layer), encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib", "-p", "no:cacheprovider", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder)


def test_emitted_tests_pass(tmp_path: Path) -> None:
    done = run_emitted_tests(QUICK, tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.slow
def test_emitted_tests_pass_whatever_the_formula(tmp_path: Path) -> None:
    done = run_emitted_tests(tuple(OWN), tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("gated", "    return da", "    return 2 * da"),
        ("square", "da = 2 * ", "da = "),
        ("reflected", "    return net", "    net[..., 0] = 0\n    return net"),
    ],
)
def test_an_emitted_test_fails_where_the_code_is_wrong(name: str, old: str, new: str, tmp_path: Path) -> None:
    layer = own_layer(name)
    text = symconv.emit(layer).text
    assert old in text
    (tmp_path / "layer.py").write_text(text.replace(old, new), encoding="utf-8")
    (tmp_path / "test_layer.py").write_text(emit_test(layer), encoding="utf-8")
    done = subprocess.run([sys.executable, "-m", "pytest", "-q"], capture_output=True, text=True, cwd=tmp_path)
    assert done.returncode == 1, done.stdout


@pytest.mark.parametrize("format_", ["text", "latex", "markdown"])
@pytest.mark.parametrize("name", ["the issue's", "diagonal", "gated", "average", "a number is added", "groups"])
def test_every_layer_is_told_in_every_format(name: str, format_: str) -> None:
    layer = own_layer(name, previous_activation="tanh", activation="relu")
    for base in (0, 1):
        document = symconv.derive(layer).document(format_, base=base)
        assert "WARNING" not in document
        assert "They agree." in " ".join(document.split())


def test_the_lesson_names_the_product_rule() -> None:
    text = " ".join(symconv.derive(own_layer("gated")).text().split())
    assert "The formula as it was given is net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,i+p-1]*a[b,n,i]" in text
    assert "By the product rule its derivative is a sum: one exchange for each read" in text
    assert "One read of a in this product is differentiated" in text


def test_a_linear_layer_has_no_product_rule() -> None:
    text = symconv.derive(own_layer("the issue's")).text()
    assert "product rule" not in text


def test_the_same_from_a_layer_file(tmp_path: Path) -> None:
    text, sizes = OWN["gated"]
    file = tmp_path / "gated.toml"
    file.write_text(f'formula = "{text}"\ninput = 4\nfilter = "3"\ndepth = 2\nbatch = 2\n', encoding="utf-8")
    assert sizes == {"input_size": 4, "filter_size": 3, "depth": 2, "batch": 2}
    assert symconv.from_toml(file).net_input == own_layer("gated").net_input


@pytest.mark.parametrize("name", OWN)
def test_every_layer_is_told_and_every_step_of_it_holds(name: str) -> None:
    derivation = symconv.derive(own_layer(name))
    assert "They agree." in " ".join(derivation.text().split())
    assert derivation.steps
    assert all(step.check() for step in derivation.steps)
