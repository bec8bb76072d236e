"""Notebooks: what Jupyter itself would have written, the formulas of the Markdown, and code that tests itself."""

from __future__ import annotations

import base64
import json
import re
from functools import cache
from pathlib import Path

import pytest

import symconv
from symconv.derivation.derive import derive_layer
from symconv.emit import document
from symconv.render.article import article
from symconv.render.document import Figure
from symconv.render.figures.svg import svg
from tests.notebooks import cells, run_as_script, run_in_jupyter
from tests.own_layers import own_layer
from tests.render.test_document_latex import CASES

TOLD = {
    **{name: CASES[name] for name in ("lesson", "left-over-rows-padded", "transposed-groups", "dense", "f-typed")},
    **{name: CASES[name] for name in ("average-pooling-uncounted", "large", "all-named", "deep")},
    "own": own_layer("cubic"),
}
RUN = [name for name in TOLD if name != "all-named"]
DISPLAYED = re.compile(r"^\$\$\n.*?\n\$\$$", re.MULTILINE | re.DOTALL)


@cache
def notebook(name: str, language: str = "en") -> str:
    return document(derive_layer(TOLD[name]), "ipynb", language=language, base=1)


@pytest.mark.parametrize("name", TOLD)
def test_cells_are_those_of_the_format(name: str) -> None:
    record = json.loads(notebook(name))
    assert (record["nbformat"], record["nbformat_minor"]) == (4, 5)
    names = [cell["id"] for cell in record["cells"]]
    assert len(set(names)) == len(names)
    for cell in record["cells"]:
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", cell["id"])
        kept = {"cell_type", "id", "metadata", "source"}
        assert set(cell) == kept | ({"execution_count", "outputs"} if cell["cell_type"] == "code" else set())
        assert (cell.get("execution_count"), cell.get("outputs", []), cell["metadata"]) == (None, [], {})
        assert "".join(cell["source"]).splitlines(keepends=True) == cell["source"] != []


@pytest.mark.jupyter
@pytest.mark.parametrize("name", TOLD)
def test_jupyter_finds_it_valid_and_would_write_the_same_bytes(name: str) -> None:
    import nbformat

    text = notebook(name)
    read = nbformat.reads(text, as_version=4)
    nbformat.validate(read)
    assert nbformat.writes(read) + "\n" == text


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("name", TOLD)
def test_formulas_are_those_of_the_markdown(name: str, language: str) -> None:
    told = "\n\n".join(cells(notebook(name, language), "markdown"))
    shown = DISPLAYED.findall(document(derive_layer(TOLD[name]), "markdown", language=language, base=1))
    assert shown
    assert DISPLAYED.findall(told) == shown


@pytest.mark.parametrize("name", ["lesson", "left-over-rows-padded"])
def test_figures_are_held_in_the_cells(name: str) -> None:
    told = article(derive_layer(TOLD[name]), "en", 1)
    figures = [svg(block.drawn) for block in told.blocks if isinstance(block, Figure)]
    texts = "\n".join(cells(notebook(name), "markdown"))
    held = re.findall(r"^!\[.*\]\(data:image/svg\+xml;base64,(.*)\)$", texts, re.MULTILINE)
    assert figures
    assert [base64.b64decode(picture).decode() for picture in held] == figures


@pytest.mark.parametrize("name", RUN)
def test_code_runs_from_top_to_bottom_and_is_held_to_the_definition(name: str, tmp_path: Path) -> None:
    text = notebook(name)
    compared = cells(text, "code")[-1]
    assert "assert np.array_equal(net, reference_net_input(" in compared
    assert "assert_derivative(da, a, delta, " in compared
    assert ("assert_derivative(dw, w, delta, " in compared) == TOLD[name].geometry.has_weights
    done = run_as_script(text, tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("net =\n")


@pytest.mark.parametrize(
    ("right", "wrong", "where"),
    [
        ("da = input_gradient", "da = 2 * input_gradient", "assert_derivative(da"),
        ("dw = weight_gradient", "dw = -weight_gradient", "assert_derivative(dw"),
        ('"net = net_input', '"net = 1 + net_input', "assert np.array_equal(net"),
    ],
)
def test_a_wrong_number_stops_it(right: str, wrong: str, where: str, tmp_path: Path) -> None:
    text = notebook("lesson")
    assert text.count(right) == 1
    done = run_as_script(text.replace(right, wrong), tmp_path)
    assert done.returncode != 0
    assert "AssertionError" in done.stderr
    assert where in done.stderr


@pytest.mark.jupyter
@pytest.mark.parametrize("name", ["lesson", "average-pooling-uncounted"])
def test_a_kernel_runs_it(name: str, tmp_path: Path) -> None:
    (shown,) = run_in_jupyter(notebook(name), tmp_path)
    assert (shown["output_type"], shown["name"]) == ("stream", "stdout")
    assert shown["text"] == run_as_script(notebook(name), tmp_path).stdout


def test_named_sizes_have_no_code() -> None:
    assert cells(notebook("all-named"), "code") == []


def test_a_module_with_channels_last_is_there_with_its_verdicts() -> None:
    """What it would be held to has its channels first."""
    layer = TOLD["lesson"]
    source = symconv.emit(layer, layout="channels_last")
    text = symconv.derive(layer).document("ipynb", code=source, report=symconv.verify(source, layer))
    assert cells(text, "code") == [source.text.rstrip("\n")]
    assert cells(text, "markdown")[-1].count("| passed |") > 20


def test_nothing_of_the_machine_is_in_it() -> None:
    text = notebook("lesson")
    assert not re.search(r"\b20\d\d-\d\d|\b\d\d:\d\d:\d\d|(?<![\w.])/(home|tmp|root|usr|work|Users)/", text)
    assert set(json.loads(text)["metadata"]) == {"generator", "kernelspec", "language_info"}
