"""The command line: its statuses, its one-sentence errors, and that it leaves whole files or none."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import symconv
from symconv.cli import main
from symconv.cli.program import one_sentence, status_and_message
from symconv.errors import OutsideError, RequestError
from symconv.render.figures.names import NAMES
from symconv.specification import KEYS, read_layer_file, specify
from symconv.verify.report import Report, Verdict


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to run in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, list(arguments), prog_name="symconv")


REFUSED: list[tuple[Sequence[str], str]] = [
    (["build", "--input", "2x2", "--filter", "3x3"], "filter size 3x3 does not fit input size 2x2"),
    (["build", "--stride", "0"], "stride 0 is out of range"),
    (["build", "--stride", "-1"], "the stride '-1' is not understood"),
    (["build", "--groups", "2", "--depth", "3"], "groups 2 does not divide depth 3"),
    (["build", "--padding", "one"], "the padding 'one' is not understood"),
    (["build", "--input", "1000000000x3"], "input size 1000000000 is out of range"),
    (["build", "--input", "3x3\n"], "is not understood"),
    (["build", "--filters", "N"], "needs numbers for everything but the input size"),
    (["build", "--activation", "__import__('os').system('true')"], "activation"),
    (["build", "--activation", "open(x)"], "activation"),
    (["build", "--activation", ""], "the activation is an empty text"),
    (["build", "--previous-activation", "y"], "y"),
    (["build", "--name", "../x"], "is not an identifier"),
    (["build", "--name", "class"], "has a meaning in the emitted module"),
    (["build", "--name", "len"], "has a meaning in the emitted module"),
    (["build", "--name", "a b"], "is not an identifier"),
    (["build", "--name", "A" * 300], "is not an identifier"),
    (["derive", "--padding", "SAME"], "the padding 'SAME' is not understood"),
    (["derive", "--activation", "\u0663*x"], "activation"),
    (["build", "--dtype", "float16"], "the dtype 'float16' is not offered"),
    (["build", "--layer", "max-pool"], "max-pool is not there yet"),
    (["build", "--layer", "lstm"], "the layer 'lstm' is not known"),
    (["build", "--layer", "dense", "--filter", "2x2"], "on a dense layer has no meaning"),
    (["build", "--layer", "avg-pool", "--filters", "2"], "on a pooling layer has no meaning"),
    (["build", "--layer", "conv-transpose", "--padding", "same"], "on a conv-transpose layer has no meaning"),
    (["build", "--formula", "net[b,n,i] = a[b,n,i]"], "the sizes of a can not be told from a formula alone"),
    (["build", "--formula", "net[b,n,i] = exp(a[b,n,i])", "--input", "4"], "a function of the whole net input is its"),
    (["build", "--formula", "net[b,n,i] = a[b,n,i]", "--input", "4", "--stride", "2"], "stride '2' beside a formula"),
    (
        ["build", "--formula", "net[b,n,i] = a[b,n,i]", "--input", "4", "--layer", "conv"],
        "layer 'conv' beside a formula",
    ),
    (["build", "--formula", "net[b,n,i] = a[b,n,i]", "--input", "4", "--no-bias"], "bias beside a formula has no"),
    (
        ["build", "--formula", "net[b,n,i] = a[b,n,i]", "--input", "H"],
        "size H is a name, and this needs numbers",
    ),
    (
        ["emit", "--formula", "net[b,n,i] = a[b,n,i]", "--input", "4", "--schedule", "im2col"],
        "for a layer of one's own",
    ),
    (["build", "--output", "4x4"], "the output size '4x4' is given without a formula"),
    (["derive", "--pdf"], "--pdf writes a file and none is named; add -o FILE.tex, or -o FILE.pdf"),
    (["derive", "--pdf", "-o", "-"], "--pdf writes a file and none is named"),
    (["derive", "-o", "x.pdf"], "'x.pdf' is called a PDF, and the derivation is written as text; add --pdf"),
    (["derive", "--pdf", "--format", "markdown", "-o", "x.pdf"], "and --format markdown is none; leave one of them"),
    (["derive", "--language", "fr"], "'fr' is not one of 'en', 'zh'"),
    (["build", "--values", "v.npz"], "is not there; give the path"),
    (["emit", "--schedule", "polyphase"], "schedule polyphase does not apply to conv: at stride 1 no zeros are"),
    (["emit", "--layer", "avg-pool", "--schedule", "im2col"], "a sum has no matrix product; choose auto"),
    (["emit", "--schedule", "unrolled", "--layout", "channels_last"], "cells are written with channels first"),
    (["emit", "--schedule", "winograd"], "schedule winograd rounds more than the plain sum"),
    (["derive", "--format", "docx"], "'docx' is not one of"),
    (["derive", "--base", "2"], "'2' is not one of"),
    (["derive", "--strid", "2"], "no such option '--strid'; did you mean '--stride'?"),
    (["derive", "--stride"], "option '--stride' requires an argument"),
    (["derive", "layer.txt"], "is no path that ends in .toml"),
    (["derive", "none.toml"], "is not there; `symconv new` writes one"),
    (["derive", "a.toml", "b.toml"], "unexpected extra argument (b.toml); `symconv derive --help` tells what there is"),
    (["derive", "-o", ""], "the path after -o is empty"),
    (["emit", "--schedule", "nonsense"], "the schedule 'nonsense'"),
    (["vectors"], "missing option '-o'; `symconv vectors --help` tells"),
    (["vectors", "--input", "HxW", "-o", "v.npz"], "the input size H is a name, and this needs numbers"),
    (["vectors", "-o", "v.txt"], "does not end in .npz"),
    (["figure"], "missing argument 'NAME'"),
    (["figure", "forward"], "missing option '-o'"),
    (["figure", "sketch", "-o", "f.svg"], "the figure 'sketch' is not known; choose one of forward, forward-steps, "),
    (["figure", "forward", "-o", "f.pdf"], "'f.pdf' does not end in .svg, .tex, .png or .gif"),
    (["figure", "forward", "--step", "4", "-o", "f.svg"], "forward of this layer has the steps 0 to 3"),
    (["figure", "forward", "--step", "x", "-o", "f.svg"], "'x' is not a valid integer"),
    (["figure", "matrix", "--step", "0", "-o", "f.svg"], "matrix shows everything at once and has no step 0"),
    (["figure", "matrix", "-o", "f.gif"], "matrix shows everything at once and does not move"),
    (["figure", "forward", "--step", "1", "-o", "f.gif"], "a .gif shows every step of forward, not step 1 alone"),
    (
        ["figure", "forward", "--input", "40x40", "-o", "f.gif"],
        "forward of this layer has 1521 steps and a .gif at most",
    ),
    (["figure", "forward", "--input", "HxW", "-o", "f.svg"], "the input size H is a name, and this needs numbers"),
    (["figure", "forward", "--input", "3x3x3x3", "--filter", "1x1x1x1", "-o", "f.svg"], "and this layer has 4"),
    (["figure", "matrix", "--formula", "net[i] = a[i]", "--input", "3", "-o", "f.svg"], "that a formula gives are not"),
    (["figure", "weight-gradient", "--padding", "100", "-o", "f.svg"], "is a window of 40804 cells, and at most 20000"),
    (["figure", "forward", "--layer", "dense", "-o", "f.svg"], "a fully connected layer has none"),
    (["figure", "channels", "--layer", "dense", "-o", "f.svg"], "single neurons have none"),
    (["figure", "windows", "--layer", "dense", "-o", "f.svg"], "a fully connected layer has none"),
    (["figure", "pooling", "-o", "f.svg"], "this layer takes none; choose forward or reach"),
    (["figure", "weight-gradient", "--layer", "avg-pool", "-o", "f.svg"], "a pooling layer has none"),
    (
        ["figure", "weight-gradient", "--layer", "locally-connected", "-o", "f.svg"],
        "weights that are not shared have none",
    ),
    (["explore"], "missing option '-o'"),
    (["explore", "-o", "e.pdf"], "'e.pdf' does not end in .html"),
    (["explore", "--input", "HxW", "-o", "e.html"], "the input size H is a name, and this needs numbers"),
    (["explore", "--layer", "avg-pool", "-o", "e.html"], "not an avg-pool layer; give --layer conv or conv-transpose"),
    (["explore", "--formula", "net[i] = a[i]", "--input", "3", "-o", "e.html"], "not a layer of one's own"),
    (["explore", "--input", "3x3x3x3", "--filter", "1x1x1x1", "-o", "e.html"], "has 4; give 1 or 2"),
    (["explore", "--input", "32x32", "-o", "e.html"], "draws input from 1 to 16, not 32"),
    (["verify", "--code", "none.py"], "the file 'none.py' is not there"),
    (["verify", "--code", "."], "can not be read"),
    (["verify", "--code", "x.py", "--against", "torch"], "leave one of them out"),
    (["new", "layer.txt"], "does not end in .toml"),
    (["nonsense"], "no such command 'nonsense'; `symconv --help` tells what there is"),
    *(([name], "is not there yet") for name in ("prove", "demo")),
    (["prove", "layer.py", "--base", "1", "--input", "3x3"], "is not there yet"),
    (["check"], "the argument FORMULA is missing"),
    (["check", "dw[p = 0"], "at position 6 of the formula ('= 0'), the formula is not understood"),
    (["check", "dw[p] = 0"], "dw is written with 1 subscript, but it has 4 axes (1x1x2x2)"),
    (["check", "dw = 0", "--values", "v.npz"], "is not there; give the path"),
]


@pytest.mark.parametrize(("arguments", "sentence"), REFUSED, ids=[" ".join(a).replace("\n", "") for a, _ in REFUSED])
def test_a_request_that_makes_no_sense_is_one_sentence_and_writes_nothing(
    here: Path, arguments: Sequence[str], sentence: str
) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1
    assert result.stderr.startswith("symconv: ")
    assert not list(here.iterdir())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"stride = 0\n", "stride 0 is out of range"),
        (b"strides = 2\n", "the key 'strides' is not known; did you mean stride?"),
        (b"stride = 2\nfilter 2x2\n", "line 2"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_a_layer_file_that_makes_no_sense(here: Path, content: bytes, sentence: str) -> None:
    (here / "layer.toml").write_bytes(content)
    result = run("build", "layer.toml")
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert sentence in result.stderr
    assert [p.name for p in here.iterdir()] == ["layer.toml"]


def test_flags_win_over_the_layer_file(here: Path) -> None:
    (here / "layer.toml").write_text('input = "5x5"\nstride = 2\nno_bias = true\n')
    result = run("derive", "layer.toml", "--stride", "1", "--bias", "--format", "json")
    assert result.exit_code == 0
    layer = json.loads(result.stdout)["layer"]
    assert (layer["input_size"], layer["stride"], layer["bias"]) == ([5, 5], [1, 1], True)


def test_figures_are_written_as_the_file_is_called(here: Path) -> None:
    for file, start in (("f.svg", "<svg xmlns="), ("f.tex", "% generated by symconv ")):
        result = run("figure", "error-term", "--step", "1", "--base", "1", "-o", file)
        assert (result.exit_code, result.stderr, result.stdout) == (0, "", f"wrote {file}\n")
        assert (here / file).read_text().startswith(start)
        assert "figure error-term --layer conv" in (here / file).read_text()
        assert "--step 1 --base 1" in (here / file).read_text()


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_explorer_is_one_page(here: Path, language: str) -> None:
    result = run("explore", "--input", "5x5", "--stride", "2", "--language", language, "-o", "page.html")
    assert (result.exit_code, result.stderr, result.stdout) == (0, "", "wrote page.html; open it in a browser\n")
    assert (here / "page.html").read_text(encoding="utf-8").startswith(f'<!DOCTYPE html>\n<html lang="{language}">')


@pytest.mark.parametrize(("name", "missing"), [("f.png", "pdflatex"), ("f.gif", "pdflatex")])
def test_pixels_without_the_programs_that_make_them_are_one_sentence(
    here: Path, monkeypatch: pytest.MonkeyPatch, name: str, missing: str
) -> None:
    monkeypatch.setenv("PATH", str(here))
    result = run("figure", "forward", "-o", name)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert f"{missing} is not on the path, and pixels are made with it; install texlive-latex-base" in result.stderr
    assert not list(here.iterdir())


@pytest.mark.tex
@pytest.mark.pixels
@pytest.mark.parametrize(
    ("arguments", "written"),
    [
        (["-o", "x.pdf"], ["x.pdf"]),
        (["-o", "x.tex"], ["x.tex", "x.pdf"]),
        (["-o", "x.md", "--format", "markdown", "--language", "zh"], ["x.md", "x.pdf"]),
    ],
)
def test_a_pdf_stands_beside_the_file_that_is_named(here: Path, arguments: list[str], written: list[str]) -> None:
    result = run("derive", "--pdf", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "".join(f"wrote {name}\n" for name in written)
    assert {p.name for p in here.iterdir()} == set(written)
    language = "zh" if "zh" in arguments else "en"
    assert (here / "x.pdf").read_bytes() == symconv.derive(symconv.convolution()).pdf(language=language)
    if "x.tex" in written:
        assert (here / "x.tex").read_text().startswith("% generated by symconv")


@pytest.mark.parametrize("command", [["derive", "-o", "x.tex"], ["build"]])
@pytest.mark.parametrize(("language", "engine"), [("en", "pdflatex"), ("zh", "xelatex")])
def test_a_pdf_without_its_engine_is_one_sentence_and_nothing_is_written(
    here: Path, monkeypatch: pytest.MonkeyPatch, command: list[str], language: str, engine: str
) -> None:
    monkeypatch.setenv("PATH", str(here))
    result = run(*command, "--pdf", "--language", language)
    assert (result.exit_code, result.stdout, result.stderr.count("\n")) == (3, "", 1)
    assert f"{engine} is not on the path, and a PDF is made with it; install texlive-" in result.stderr
    assert not list(here.iterdir())


@pytest.mark.parametrize("file", ["x.tex", "x.pdf"])
def test_a_pdf_that_is_a_folder_is_refused(here: Path, file: str) -> None:
    (here / "x.pdf").mkdir()
    result = run("derive", "--pdf", "-o", file)
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "'x.pdf' is a folder; give a file with -o" in result.stderr
    assert [p.name for p in here.iterdir()] == ["x.pdf"]


@pytest.mark.tex
@pytest.mark.pixels
def test_build_writes_a_pdf_where_it_is_asked_to(here: Path) -> None:
    result = run("build", "--pdf", "--language", "zh")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (here / "symconv-out" / "derivation.pdf").read_bytes().startswith(b"%PDF-")
    assert "ctexart" in (here / "symconv-out" / "derivation.tex").read_text(encoding="utf-8")
    assert "误差项" in (here / "symconv-out" / "derivation.md").read_text(encoding="utf-8")
    assert "derivation.pdf" in result.stdout


def test_help_lists_the_figures() -> None:
    shown = run("figure", "--help").stdout
    assert all(f"\n  {name} " in shown for name in NAMES)


def test_build_writes_one_folder_and_says_what_it_found(here: Path) -> None:
    result = run("build")
    assert (result.exit_code, result.stderr) == (0, "")
    names = {"layer.py", "test_layer.py", "derivation.tex", "derivation.html", "derivation.md", "verification.json"}
    assert {p.name for p in (here / "symconv-out").iterdir()} == {*names, "figures"}
    pictures = {f"figures/{p.name}" for p in (here / "symconv-out" / "figures").iterdir()}
    assert (
        pictures == set(re.findall(r"\]\((.*)\)", (here / "symconv-out" / "derivation.md").read_text("utf-8"))) != set()
    )
    assert json.loads((here / "symconv-out" / "verification.json").read_text())["passed"] is True
    for shown in (
        "a 1x1x3x3, w 1x1x2x2, net 1x1x2x2",
        "net = cross(a, w) + β",
        "δ^{l-1} = cross(pad(δ, 1), rot180(w)) ∘ f'(net^{l-1})",
        "∂E/∂w = cross(a, δ)",
        "symconv-out/",
        "figures/",
        *names,
    ):
        assert shown in result.stdout
    assert all(line == line.rstrip() for line in result.stdout.splitlines())
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("arguments", "folder"),
    [([], "symconv-out"), (["--name", "Conv1"], "Conv1"), (["--name", "Conv1", "-o", "x"], "x")],
)
def test_the_folder_bears_the_name_unless_another_is_given(here: Path, arguments: list[str], folder: str) -> None:
    assert run("build", "--json", *arguments).exit_code == 0
    assert [p.name for p in here.iterdir()] == [folder]
    assert "--name" not in arguments or "class Conv1" in (here / folder / "layer.py").read_text()


def test_a_failed_verdict_is_status_1_and_the_files_are_written_all_the_same(
    here: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    missing = "∂E/∂a[0,0,1,2] lacks δ[0,0,0,1]·w[0,0,1,1]"
    verdicts = (
        Verdict("net_input is net", "exact symbols", "input 3x3", True),
        Verdict("input_gradient is ∂E/∂a", "exact symbols", "input 3x3", False, counterexample=missing),
        Verdict("the convention of torch", "torch", "input 3x3", False, skipped="torch is not installed"),
    )
    monkeypatch.setattr("symconv.api.verify", lambda *_, **__: Report(verdicts))
    result = run("build")
    assert (result.exit_code, result.stderr) == (1, "")
    assert (here / "symconv-out" / "layer.py").exists()
    assert json.loads((here / "symconv-out" / "verification.json").read_text())["passed"] is False
    assert f"FAILED: input_gradient is ∂E/∂a: {missing}" in result.stdout
    assert "skipped: the convention of torch: torch is not installed" in result.stdout
    assert "passed    1 claim  exact symbols\nFAILED    1 claim  exact symbols\n" in result.stdout
    assert "skipped   1 claim  a check of its own" in result.stdout
    assert "1 passed, 1 skipped, 1 failed" in result.stdout
    assert run("build", "--json").exit_code == 1
    assert run("verify").exit_code == 1


def test_build_explains_its_schedule(here: Path) -> None:
    result = run("build", "--explain", "--schedule", "loops")
    assert result.exit_code == 0
    assert "loops: as asked." in result.stdout
    assert (here / "symconv-out").is_dir()


def test_build_reports_as_json(here: Path) -> None:
    record = json.loads(run("build", "--json").stdout)
    assert record == json.loads((here / "symconv-out" / "verification.json").read_text())
    assert set(record["verdicts"][0]) == {
        *("claim", "method", "sizes", "passed", "skipped", "counterexample", "seconds")
    }


def test_build_adds_the_document_asked_for(here: Path) -> None:
    assert run("build", "--format", "json", "--base", "1").exit_code == 0
    assert json.loads((here / "symconv-out" / "derivation.json").read_text())["index_base"] == 1


def test_build_adds_a_notebook(here: Path) -> None:
    done = run("build", "--format", "ipynb", "--language", "zh")
    assert done.exit_code == 0
    assert "derivation.ipynb" in done.stdout
    assert '"nbformat": 4' in (here / "symconv-out" / "derivation.ipynb").read_text(encoding="utf-8")


@pytest.mark.parametrize("target", ["file", "file/below"])
def test_a_folder_that_is_a_file_is_refused(here: Path, target: str) -> None:
    (here / "file").write_text("mine")
    result = run("build", "-o", target)
    assert result.exit_code in (2, 3)
    assert result.stderr.count("\n") == 1
    assert (here / "file").read_text() == "mine"


@pytest.mark.parametrize("command", [["derive"], ["emit"], ["vectors"]])
def test_a_file_that_is_a_folder_is_refused(here: Path, command: list[str]) -> None:
    (here / "x.npz").mkdir()
    result = run(*command, "-o", "x.npz")
    assert result.exit_code in (2, 3)
    assert result.stderr.count("\n") == 1
    assert not list((here / "x.npz").iterdir())


@pytest.mark.parametrize(
    ("format_", "expected"),
    [
        ("text", "rot180"),
        ("latex", "\\documentclass"),
        ("markdown", "# "),
        ("html", "<!DOCTYPE html>"),
        ("json", '"index_base": 0'),
        ("ipynb", '"nbformat": 4,'),
    ],
)
def test_derive_prints_and_writes_the_same_text(here: Path, format_: str, expected: str) -> None:
    printed = run("derive", "--format", format_)
    assert (printed.exit_code, printed.stderr) == (0, "")
    assert expected in printed.stdout
    written = run("derive", "--format", format_, "-o", "out.txt")
    assert written.stdout == "wrote out.txt\n"
    assert (here / "out.txt").read_text(encoding="utf-8") == printed.stdout


def test_derive_takes_named_sizes() -> None:
    result = run("derive", "--input", "HxW", "--filter", "KxL", "--stride", "S", "--format", "json")
    assert result.exit_code == 0
    assert json.loads(result.stdout)["layer"]["input_size"] == ["H", "W"]


def test_emit_prints_a_module_that_runs(here: Path) -> None:
    result = run("emit", "--layer", "dense", "--depth", "3", "--filters", "2", "-o", "dense.py")
    assert (result.exit_code, result.stdout) == (0, "wrote dense.py\n")
    assert (here / "dense.py").read_text() == run("emit", "--layer", "dense", "--depth", "3", "--filters", "2").stdout
    program = "import dense, numpy as np; print(dense.net_input(np.ones((1, 3)), np.ones((2, 3)), np.zeros(2)))"
    done = subprocess.run([sys.executable, "-c", program], cwd=here, capture_output=True, text=True)
    assert done.stdout == "[[3. 3.]]\n"


def test_emit_explains_its_choice() -> None:
    result = run("emit", "--explain", "--input", "8x8", "--filter", "3x3")
    assert result.exit_code == 0
    assert "import numpy" not in result.stdout
    for told in ("unrolled", "loops", "windows", "taps", "im2col", "polyphase", "net_input", "weight_gradient"):
        assert told in result.stdout


@pytest.mark.usefixtures("here")
def test_code_of_a_layout_is_judged_in_that_layout() -> None:
    given = ("--depth", "2", "--filters", "3")
    assert run("emit", *given, "--layout", "channels_last", "-o", "last.py").exit_code == 0
    assert run("verify", *given, "--layout", "channels_last").exit_code == 0
    assert run("verify", *given, "--layout", "channels_last", "--code", "last.py").exit_code == 0
    assert run("verify", *given, "--code", "last.py").exit_code == 1
    assert run("emit", "--accuracy", "fast").exit_code == 0


def test_verify_judges_our_code_and_that_of_others(here: Path) -> None:
    assert run("verify").exit_code == 0
    run("emit", "--schedule", "loops", "-o", "mine.py")
    assert run("verify", "--code", "mine.py").exit_code == 0
    (here / "wrong.py").write_text((here / "mine.py").read_text().replace("i + p", "i - p"))
    result = run("verify", "--code", "wrong.py", "--json")
    assert result.exit_code == 1
    failed = [v for v in json.loads(result.stdout)["verdicts"] if not v["passed"] and not v["skipped"]]
    assert failed
    assert all(v["counterexample"] for v in failed)
    assert "FAILED" in run("verify", "--code", "wrong.py").stdout


def test_verdicts_of_a_framework_stand_beside_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    judged: list[str] = []

    def compare(source: str, _: object, __: str) -> Report:
        judged.append(source)
        return Report((Verdict("net_input agrees with torch", "torch", "input 3x3", False, counterexample="by 1"),))

    monkeypatch.setattr("symconv.frameworks.comparison.compare_with_torch", compare)
    result = run("verify", "--against", "torch", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["verdicts"][-1]["method"] == "torch"
    assert judged == [run("emit").stdout]


def test_a_framework_that_is_missing_is_status_3(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_: object) -> None:
        raise OutsideError("torch is not installed, and it was asked for")

    monkeypatch.setattr("symconv.frameworks.comparison.compare_with_torch", missing)
    result = run("build", "--against", "torch")
    assert (result.exit_code, result.stderr) == (3, "symconv: torch is not installed, and it was asked for\n")
    assert not list(here.iterdir())


@pytest.mark.torch
def test_torch_agrees() -> None:
    assert run("verify", "--against", "torch").exit_code == 0


def test_vectors_are_written(here: Path) -> None:
    result = run("vectors", "-o", "v.npz")
    assert (result.exit_code, result.stdout) == (0, "wrote v.npz\n")
    assert (here / "v.npz").stat().st_size > 1000


def test_new_writes_a_file_that_build_reads(here: Path) -> None:
    assert run("new").stdout == "wrote layer.toml; next: symconv build layer.toml\n"
    assert specify(read_layer_file(here / "layer.toml")) == specify({})
    again = run("new")
    assert (again.exit_code, "is there already" in again.stderr) == (2, True)


def test_the_starter_file_tells_of_every_key(here: Path) -> None:
    run("new", "my.toml")
    text = (here / "my.toml").read_text()
    told: dict[str, object] = {}
    for line in text.splitlines():
        if " = " in line and not line.startswith("#   "):
            told |= tomllib.loads(line.removeprefix("# "))
    assert {key.removeprefix("no_") for key in told} == set(KEYS)
    pooling = ("count_include_pad", "ceil_mode")
    own = ("formula", "output")
    specify({key: value for key, value in told.items() if key not in (*pooling, *own, "no_bias")})
    specify({"input": "3", "filter": "2", **{key: told[key] for key in own}})
    specify({"layer": "avg-pool", **{key: told[key] for key in pooling}})


def test_help_lists_what_is_there() -> None:
    result = run("--help")
    assert result.exit_code == 0
    assert result.stdout == run().stdout
    positions = [
        result.stdout.index(f"\n  {name} ") for name in ("build", "derive", "emit", "verify", "vectors", "new")
    ]
    assert positions == sorted(positions)
    assert "prove" not in result.stdout


@pytest.mark.parametrize("command", ["build", "derive", "emit", "verify", "vectors"])
def test_help_of_a_command_tells_of_every_flag_of_a_layer(command: str) -> None:
    text = run(command, "--help").stdout
    for key in KEYS:
        assert f"--{key.replace('_', '-')}" in text


def test_version() -> None:
    assert run("--version").stdout == f"symconv, version {symconv.__version__}\n"


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (RequestError("no"), 2, "no"),
        (OutsideError("no"), 3, "no"),
        (OSError(28, "No space left on device", "x"), 3, "the system refused 'x': No space left on device"),
        (MemoryError(), 3, "the memory of this machine is used up; give smaller sizes"),
        (KeyError("k"), 3, "symconv itself failed with KeyError: 'k'; please report the command"),
    ],
)
def test_every_failure_has_a_status_and_a_sentence(error: Exception, status: int, sentence: str) -> None:
    assert status_and_message(error) == (status, sentence)


def test_sentences_of_click_read_like_ours() -> None:
    assert one_sentence("Missing option '-o'.") == "missing option '-o'"


def test_an_interrupt_is_status_130(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("symconv.api.derive", interrupt)
    result = run("derive")
    assert result.exit_code == 130
    assert "interrupted" in result.stderr
    assert "Traceback" not in result.stderr
