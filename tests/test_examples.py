"""The notebooks of ``examples/``: both languages the same lesson, kept without outputs, and every cell runs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.notebooks import ROOT, cells, run_as_script, run_in_jupyter

NOTEBOOKS = sorted((ROOT / "examples").glob("*.ipynb"))
ENGLISH, CHINESE = (ROOT / "examples" / f"derive_a_layer{ending}.ipynb" for ending in ("", "_zh"))
every_notebook = pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)


def test_there_is_one_in_each_language_with_the_same_code() -> None:
    assert NOTEBOOKS == [ENGLISH, CHINESE]
    english, chinese = (cells(path.read_text(encoding="utf-8"), "code") for path in (ENGLISH, CHINESE))
    assert [code.replace(', language="zh"', "") for code in chinese] == english
    told = [cells(path.read_text(encoding="utf-8"), "markdown") for path in (ENGLISH, CHINESE)]
    assert len(told[0]) == len(told[1])


@every_notebook
def test_outputs_are_left_out(path: Path) -> None:
    record: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    code = [cell for cell in record["cells"] if cell["cell_type"] == "code"]
    assert [(cell["outputs"], cell["execution_count"]) for cell in code] == [([], None)] * len(code)
    assert len({cell["id"] for cell in record["cells"]}) == len(record["cells"])


@every_notebook
def test_every_cell_runs(path: Path, tmp_path: Path) -> None:
    done = run_as_script(path.read_text(encoding="utf-8"), tmp_path)
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.jupyter
@every_notebook
def test_a_kernel_shows_formulas_a_picture_verdicts_and_a_table(path: Path, tmp_path: Path) -> None:
    import nbformat

    text = path.read_text(encoding="utf-8")
    nbformat.validate(nbformat.reads(text, as_version=4))
    assert nbformat.writes(nbformat.reads(text, as_version=4)) + "\n" == text
    shown = [output["data"] for output in run_in_jupyter(text, tmp_path)]
    assert len(shown) == len(cells(text, "code"))
    formula, *_ = shown
    assert formula["text/latex"].startswith("$\\displaystyle \\mathrm{net}")
    (picture,) = [data["image/svg+xml"] for data in shown if "image/svg+xml" in data]
    assert picture.startswith("<svg")
    wrong, right, report = [data["text/html"] for data in shown if "text/html" in data]
    assert ">WRONG<" in wrong
    assert ">right<" in right
    assert "0 failed" in report
