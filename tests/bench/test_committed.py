"""The runs that are committed under benchmarks/: their tables and pictures are those of their records."""

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
SHOWN = ("layers.md", "layers.svg", "zen5.md", "float64.md", "two-threads.md")
RUNS = {
    name: run_of(json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8")))
    for name in dict.fromkeys(name.split(".")[0] for name in SHOWN)
}


@pytest.mark.parametrize("name", SHOWN)
def test_it_is_shown_as_its_record_says(name: str, request: pytest.FixtureRequest) -> None:
    record, _, kind = name.partition(".")
    text = markdown(RUNS[record]) if kind == "md" else plot(RUNS[record])
    if request.config.getoption("--update-golden"):
        write(FOLDER / name, text)
    elif complaint := difference(FOLDER / name, text, name):
        pytest.fail(f"{complaint}\n{update_command(request)}", pytrace=False)


@pytest.mark.parametrize("name", ["layers", "zen5"])
def test_two_have_the_whole_layer_table(name: str) -> None:
    assert {cell.row: cell.sizes for cell in RUNS[name].cells} == {row.name: row.sizes for row in ROWS}


@pytest.mark.parametrize("name", RUNS)
def test_nothing_of_ours_is_wrong(name: str) -> None:
    assert RUNS[name].passed


@pytest.mark.parametrize("name", RUNS)
def test_the_machine_is_told_in_general_terms(name: str) -> None:
    general = {"cores", "architecture", "vectors", "python", "numpy", "blas", "blas_kernel", "blas_threads"}
    assert set(RUNS[name].machine) <= general
