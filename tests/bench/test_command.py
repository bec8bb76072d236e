"""`symconv bench`: what it takes, shows, writes and refuses."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from symconv.bench.plot import plot
from symconv.bench.record import OURS, Measured, run_of
from symconv.bench.rows import ROWS
from symconv.bench.table import markdown
from symconv.cli import main
from tests.bench.record import RUN

AT_ONCE = ("--seconds", "1e-6", "--against", "none")


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def bench(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["bench", *arguments], prog_name="symconv")


REFUSED: list[tuple[Sequence[str], str]] = [
    (["resnett"], "no row or family of the layer table is named 'resnett'; did you mean"),
    (["--against", "tensorflow"], "the package 'tensorflow' is not known here; choose none, torch, jax"),
    (["tiny", "--schedule", "fft"], "the schedule 'fft' is not there; choose auto, all"),
    (["tiny", "--input", "3x3"], "'tiny' beside a layer of one's own"),
    (["--input", "HxW"], "the input size H is a name, and this needs numbers"),
    (["--stride", "0"], "stride 0 is out of range"),
    (["--formula", "net[b,n] = w[n,c]*a[b,c]"], "a formula is no layer that other packages have"),
    (["none.toml"], "is not there; `symconv new` writes one"),
    (["a.toml", "b.toml"], "beside a layer of one's own"),
    (["tiny", "--dtype", "float16"], "the dtype 'float16' is not offered"),
    (["tiny", "--seconds", "0"], "seconds 0 is out of range"),
    (["tiny", "--seconds", "x"], "'x' is not a valid float"),
    (["tiny", "--clock", "sun"], "'sun' is not one of"),
    (["tiny", "-o", "run.png"], "'run.png' does not end in .json, .svg, .md"),
    (["tiny", "-o", "."], "does not end in"),
    (["--tune", "-o", "constants.svg"], "constants are written as JSON only"),
    (["--from", "none.json"], "the file 'none.json' is not there"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=[" ".join(a) for a, _ in REFUSED])
def test_a_request_that_makes_no_sense_is_one_sentence(here: Path, arguments: Sequence[str], sentence: str) -> None:
    result = bench(*arguments)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (2, "", 1)
    assert sentence in result.stderr
    assert not list(here.iterdir())


@pytest.mark.parametrize("content", ["{}", "[", "[1]", '{"format": 1}'])
def test_a_stored_run_that_is_none_is_refused(here: Path, content: str) -> None:
    (here / "x.json").write_text(content)
    result = bench("--from", "x.json", "-o", "x.svg")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "give one that -o FILE.json wrote" in result.stderr
    assert [p.name for p in here.iterdir()] == ["x.json"]


def test_a_package_that_was_asked_for_and_is_absent_is_status_3(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.bench.run.is_installed", lambda _: False)
    result = bench("tiny", "--against", "torch")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "torch is not installed, and it was asked for; run `pip install torch`" in result.stderr


def test_the_list_names_every_row_and_measures_nothing() -> None:
    lines = bench("--list").stdout.splitlines()
    assert [line.split()[0] for line in lines[1:]] == [row.name for row in ROWS]
    assert bench("--list", "tiny").stdout.splitlines()[1:][-1].split() == [
        *("tiny-2x2-1", "tiny", "16", "1x1x3x3,", "filter", "2x2,", "filters", "1"),
    ]


def test_a_row_is_measured_shown_and_written(here: Path) -> None:
    result = bench("tiny-2x2-1", *AT_ONCE, "--schedule", "all", *("-o", "run.json", "-o", "run.svg", "-o", "run.md"))
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert lines[0].endswith("float32, one thread, CPU time")
    assert lines[2].split() == ["of", "who", "time", "÷", "matmul", "quartiles", "rounds", "error", "memory"]
    for sign in ("net", "∂E/∂a", "∂E/∂w"):
        assert {line.split()[1] for line in lines if line.startswith(sign)} >= {"auto", "im2col", "windows", "matmul"}
    assert lines[-3:] == ["wrote run.json", "wrote run.svg", "wrote run.md"]
    found = run_of(json.loads((here / "run.json").read_text()))
    assert (here / "run.svg").read_text() == plot(found)
    assert (here / "run.md").read_text() == markdown(found)
    assert bench("--from", "run.json", "--json").stdout == (here / "run.json").read_text()


def test_a_layer_of_ones_own_is_measured_without_its_bias(here: Path) -> None:
    (here / "own.toml").write_text('input = "4x5"\nstride = 2\n')
    record = json.loads(bench("own.toml", "--dtype", "float64", "--name", "Own", *AT_ONCE, "--json").stdout)
    assert [cell["sizes"] for cell in record["cells"]] == ["1x1x4x5, filter 2x2, filters 1, stride 2"] * 3
    assert {cell["row"] for cell in record["cells"]} == {"Own"}
    assert record["settings"] == {
        **{"symconv": record["settings"]["symconv"], "threads": 1, "dtype": "float64", "clock": "cpu"},
        "seconds": 1e-6,
    }
    assert all(m["error"] < 1e-14 for cell in record["cells"] for m in cell["measured"] if m["role"] == OURS)


def test_the_record_has_these_keys() -> None:
    """Scripts read them."""
    record = json.loads(bench("tiny-2x2-1", *AT_ONCE, "--json").stdout)
    assert list(record) == ["machine", "settings", "versions", "absent", "cells", "failed", "format"]
    (cell, *_) = record["cells"]
    assert list(cell) == ["row", "family", "sizes", "function", "products", "held", "reference", "measured"]
    (entry, *_) = cell["measured"]
    assert list(entry) == [
        *("name", "variant", "role", "seconds", "ratio", "rounds", "error", "peak", "wrong", "told"),
    ]
    assert list(entry["seconds"]) == list(entry["ratio"]) == ["median", "lower", "upper"]


def test_several_layers_are_an_overview_and_means(here: Path) -> None:
    (here / "run.json").write_text(json.dumps(RUN.to_json()))
    shown = " ".join(bench("--from", "run.json").stdout.split())
    assert "wide-3x3 net auto (im2col) 4.00 ms 0.50 0.45 to 0.62" in shown
    assert "depthwise auto 64.00 - - -" in shown
    assert "WRONG: mygrad, ∂E/∂w of wide-3x3: it is off by 0.3 of the largest entry" in shown
    assert "jax, scipy: not installed" in shown


def test_the_status_tells_whether_our_code_was_right(here: Path) -> None:
    right = replace(RUN, failed={})
    cell = right.cells[0]
    wrong = replace(cell, measured=(*cell.measured, Measured("taps", "", OURS, wrong=True, told="it is off")))
    for run, status in ((right, 0), (RUN, 1), (replace(right, cells=(wrong,)), 1)):
        (here / "run.json").write_text(json.dumps(run.to_json()))
        assert bench("--from", "run.json").exit_code == status


def test_the_constants_are_shown_and_written(here: Path) -> None:
    result = bench("--tune", "--seconds", "1e-6", "-o", "constants.json")
    assert (result.exit_code, result.stderr) == (0, "")
    record = json.loads((here / "constants.json").read_text())
    assert list(record) == ["format", "machine", "dtype", "clock", "constants"]
    names = [line.split()[0] for line in result.stdout.splitlines()[1:-1]]
    assert names == list(record["constants"])
    assert all(c["value"] > 0 for c in record["constants"].values())
    assert record["machine"].get("blas_threads", 1) == 1
