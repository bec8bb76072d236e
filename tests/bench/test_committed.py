"""The run that is committed under benchmarks/: its tables and its picture are those of its record."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from symconv.bench.plot import plot
from symconv.bench.record import run_of
from symconv.bench.rows import ROWS
from symconv.bench.table import markdown
from tests.conftest import difference, update_command, write

FOLDER = Path(__file__).parents[2] / "benchmarks"
RUN = run_of(json.loads((FOLDER / "layers.json").read_text(encoding="utf-8")))


@pytest.mark.parametrize("name", ["layers.md", "layers.svg"])
def test_it_is_shown_as_its_record_says(name: str, request: pytest.FixtureRequest) -> None:
    text = markdown(RUN) if name.endswith(".md") else plot(RUN)
    if request.config.getoption("--update-golden"):
        write(FOLDER / name, text)
    elif complaint := difference(FOLDER / name, text, name):
        pytest.fail(f"{complaint}\n{update_command(request)}", pytrace=False)


def test_it_has_the_whole_layer_table_and_nothing_of_ours_is_wrong() -> None:
    assert {cell.row: cell.sizes for cell in RUN.cells} == {row.name: row.sizes for row in ROWS}
    assert RUN.passed


def test_the_machine_is_told_in_general_terms() -> None:
    general = {"cores", "architecture", "vectors", "python", "numpy", "blas", "blas_kernel", "blas_threads"}
    assert set(RUN.machine) <= general
