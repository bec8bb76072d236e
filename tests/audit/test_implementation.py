"""`audit` against implementations of many styles: right ones pass, wrong ones are caught, broken ones are one row."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

import symconv
from symconv.audit import process
from symconv.audit.geometries import OWN, cases
from symconv.audit.implementation import audit_implementation
from symconv.audit.report import AuditReport
from symconv.cli import main
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from tests.audit.implementations_right import BY_TITLE, RIGHT, Implementation
from tests.audit.implementations_wrong import BEHAVIOUR, BROKEN, VALUES, WRONG, Spoiled
from tests.wrong.modules import RIGHT as RIGHT_MODULES
from tests.wrong.modules import WRONG as WRONG_MODULES
from tests.wrong.record import Right
from tests.wrong.record import Wrong as WrongModule

MINE = BY_TITLE["strided views under names of their own"]
EVERY = 6
"""One in so many is judged in the default run, the others where there is time: each is a process."""
STRICTER = {
    *("refusals", "input_sizes", "no_bias", "bias_gradient", "tails"),
    *("dtypes", "class_dtypes", "large_integers", "exact_objects", "complex_numbers"),
}
"""What the contract of emitted code asks for, and a hand-written layer may lack without being wrong."""
NOTED = ("view of what came in", "weights rotated and back")
"""What is told, and fails nothing."""
BORROWED = "the caller's array"
"""What a hand-written layer may keep between forward and backward, as frameworks do; emitted code keeps a copy."""
POLITE = ("own size only", "empty batch refused")
"""An explicit ValueError about a size is a refusal."""
UNJUDGED = (*NOTED, BORROWED, *POLITE, "syntax error")
JUDGED = [m for m in WRONG_MODULES if m.respect not in STRICTER and not m.name.startswith(UNJUDGED)]


def audited(implementation: Implementation, folder: Path) -> AuditReport:
    path = folder / "mine.py"
    path.write_text(implementation.source, encoding="utf-8")
    code = str(path) if implementation.name is None else f"{path}:{implementation.name}"
    return audit_implementation(code, layer(Geometry(**implementation.layer)), implementation.map)


def module_audited(module: Right | WrongModule, folder: Path) -> AuditReport:
    path = folder / "mine.py"
    path.write_text(module.source, encoding="utf-8")
    return audit_implementation(str(path), layer(module.layer, activation_name=module.activation))


def row(number: int, value: Any, title: str, torch: bool = False, every: int = EVERY) -> Any:
    """A row of a table; most are slow, because each starts a process."""
    marks = [pytest.mark.torch] if torch else []
    return pytest.param(value, id=title, marks=[*marks, *([pytest.mark.slow] if number % every else [])])


def test_there_are_enough_of_both() -> None:
    assert len(RIGHT) >= 15
    assert len(VALUES) >= 30
    assert len({each.implementation.title for each in WRONG}) == len(WRONG)


@pytest.mark.parametrize("implementation", [row(n, i, i.title, i.torch, 2) for n, i in enumerate(RIGHT)])
def test_a_right_implementation_passes(implementation: Implementation, tmp_path: Path) -> None:
    report = audited(implementation, tmp_path)
    assert report, str(report)
    own = [entry.outcome for entry in report.entries if entry.geometry == OWN]
    assert own == ["right"] * len(report.functions)


WRONG_ROWS = [row(n, w, w.implementation.title, w.implementation.torch) for n, w in enumerate((*VALUES, *BEHAVIOUR))]


@pytest.mark.parametrize("wrong", WRONG_ROWS)
def test_a_wrong_implementation_is_caught(wrong: Spoiled, tmp_path: Path) -> None:
    report = audited(wrong.implementation, tmp_path)
    assert not report, f"{wrong.mistake} not noticed:\n{report}"
    assert all(entry.counterexample for entry in report.failed)
    assert wrong.said in str(report)


@pytest.mark.parametrize("wrong", [row(n, w, w.implementation.title, every=9) for n, w in enumerate(BROKEN)])
def test_what_hangs_or_crashes_is_one_row(wrong: Spoiled, tmp_path: Path) -> None:
    start = perf_counter()
    report = audited(wrong.implementation, tmp_path)
    assert perf_counter() - start < 40
    assert not report
    failed = [e for e in report.entries if e in report.failed]
    assert [(e.function, e.geometry) for e in failed] == [("weight_gradient", OWN)]
    assert wrong.said in str(report)
    for function in ("net_input", "input_gradient", "bias_gradient"):
        assert {e.outcome for e in report.entries if e.function == function} == {"right"}


def test_a_crash_is_one_row(tmp_path: Path) -> None:
    [wrong] = [each for each in BROKEN if each.mistake == "ends the process"]
    report = audited(wrong.implementation, tmp_path)
    assert [(e.function, e.outcome) for e in report.entries if e.counterexample] == [("weight_gradient", "crashed")]


@pytest.mark.parametrize("module", [row(n, m, m.name, every=13) for n, m in enumerate(RIGHT_MODULES)])
def test_a_right_module_passes(module: Right, tmp_path: Path) -> None:
    report = module_audited(module, tmp_path)
    assert report, str(report)


@pytest.mark.parametrize("module", [row(n, m, m.name, every=40) for n, m in enumerate(JUDGED)])
def test_a_wrong_module_is_caught(module: WrongModule, tmp_path: Path) -> None:
    report = module_audited(module, tmp_path)
    assert not report, f"{module.mistake} not noticed:\n{report}"


@pytest.mark.parametrize("start", NOTED)
def test_what_does_no_harm_yet_is_noted(start: str, tmp_path: Path) -> None:
    [module] = [module for module in WRONG_MODULES if module.name.startswith(start)]
    report = module_audited(module, tmp_path)
    assert report
    assert ("arguments are not written to", "noted") in report.findings()


def test_a_helper_of_the_contract_name_does_not_hide_forward_and_backward(tmp_path: Path) -> None:
    course = BY_TITLE["course, loops"]
    helper = course.source + "\n\ndef bias_gradient(delta):\n    return delta.sum((0, 2, 3))\n"
    for name in (None, "forward"):
        report = audited(Implementation("helper", helper, name=name), tmp_path)
        assert report.functions == ("net_input", "input_gradient", "weight_gradient", "bias_gradient")
        assert report


def test_the_layer_itself_comes_first_and_only_what_the_code_takes_is_varied() -> None:
    own = Geometry(stride=(2, 1), padding=((1, 0), (0, 0)))
    fixed = cases(own, frozenset())
    assert (fixed[0].name, fixed[0].geometry) == (OWN, own)
    assert {(case.geometry.stride, case.geometry.padding) for case in fixed} == {(own.stride, own.padding)}
    free = cases(own, {"stride", "padding", "dilation", "groups"})
    assert {"stride over filter", "padding over filter - 1", "dilation 2", "2 groups"} <= {case.name for case in free}
    assert {case.geometry for case in fixed} <= {case.geometry for case in free}
    assert len({case.geometry for case in free}) == len(free)


def test_a_refusal_is_polite_except_for_the_layer_itself(tmp_path: Path) -> None:
    square_only = BY_TITLE["a class of static methods"]
    assert "refused" in audited(square_only, tmp_path).summary()
    oblong = {"input_size": (4, 4), "filter_size": (3, 2)}
    report = audited(Implementation("oblong", square_only.source, oblong, {}, "Convolve"), tmp_path)
    assert not report
    assert {e.outcome for e in report.entries if e.geometry == OWN} == {"refused"}
    assert "only square filters are supported, not (3, 2)" in str(report)


def test_rounding_is_no_mistake_and_single_precision_is(tmp_path: Path) -> None:
    assert audited(BY_TITLE["Fourier transforms"], tmp_path)
    single = MINE.source.replace(
        '"bcijpq,ncpq->bnij", windows(a, *w.shape[2:]), w)',
        ('"bcijpq,ncpq->bnij", windows(a, *w.shape[2:]), w).astype(np.float32).astype(w.dtype)'),
    )
    assert single != MINE.source
    report = audited(Implementation("single", single, {}, MINE.map), tmp_path)
    assert "net_input is right to single precision only" in str(report)


REFUSED: tuple[tuple[str, tuple[str, ...], str], ...] = (
    ("def forward(a, w, bias:\n    pass\n", (), "is no Python: line 1"),
    ("import no_such_module\n", (), "does not import: ModuleNotFoundError: No module named 'no_such_module'"),
    ("raise SystemExit(3)\n", (), "does not import: SystemExit: 3"),
    ("import os\nos._exit(5)\n", (), "does not import: the process ended with exit status 5"),
    ("x = 1\n", (), "has none of net_input, input_gradient, weight_gradient, bias_gradient, forward and backward"),
    ("x = 1\n", ("--map", "net_input=f"), "has no 'f'"),
    ("def my_net(a, w, b):\n    return a\n", ("--map", "net_input=my_nett"), "did you mean my_net?"),
    ("x = 1\n", ("--map", "net_input"), "is not of the form contract_name=their_name"),
    ("x = 1\n", ("--map", "nett=f"), "--map knows no 'nett'"),
    ("x = 1\n", ("--map", "forward=f", "--map", "forward=g"), "gives 'forward' twice"),
    ("x = 1\n", ("--map", "forward=os.system('x')"), "is no Python name"),
    (MINE.source, ("--map", "net_input=my_net", "--map", "input_gradient=np.sum"), "names an attribute by its dot"),
    ("class A:\n    def forward(self, a): pass\nclass B(A): pass\n", (), "several classes, A, B"),
    ("\0", (), "null bytes"),  # a ValueError before Python 3.11.4
    ("def f(:\n", (), "is no Python"),
)


@pytest.mark.parametrize(("source", "options", "sentence"), REFUSED, ids=[sentence for _, _, sentence in REFUSED])
def test_code_that_can_not_be_judged_is_one_sentence(
    source: str, options: tuple[str, ...], sentence: str, tmp_path: Path
) -> None:
    path = tmp_path / "mine.py"
    path.write_text(source, encoding="utf-8")
    result = CliRunner().invoke(main, ["audit", str(path), *options])
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["none.py"], "the file 'none.py' is not there"),
        (["none.txt"], "'none.txt' does not import: ModuleNotFoundError"),
        (["no-module"], "'no-module' is neither a path that ends in .py nor a module's name"),
        (["json:nothing"], "'json' has no 'nothing'"),
        (["json:loads"], "loads takes 1 argument, and net_input is given a, w"),
        (["json:dumps", "--depth", "C"], "the depth C is a name, and this needs numbers"),
        ([], "missing argument"),
        (["math.py:1x"], "is no Python name"),
    ],
)
def test_a_request_that_makes_no_sense_is_one_sentence(arguments: list[str], sentence: str) -> None:
    result = CliRunner().invoke(main, ["audit", *arguments])
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence.lower() in result.stderr.lower()
    assert result.stderr.count("\n") == 1


def test_the_command_prints_a_table_or_json(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(MINE.source.replace("w[:, :, ::-1, ::-1]", "w"), encoding="utf-8")
    arguments = ["audit", str(tmp_path / "mine.py")]
    arguments += [part for ours, theirs in MINE.map.items() for part in ("--map", f"{ours}={theirs}")]
    start = perf_counter()
    result = CliRunner().invoke(main, arguments)
    assert perf_counter() - start < 10
    assert result.exit_code == 1
    head, first = (line.split() for line in result.stdout.splitlines()[:2])
    assert head == ["net_input", "input_gradient", "weight_gradient", "bias_gradient"]
    assert first == ["the", "layer", "itself", "right", "wrong", "right", "right"]
    assert "∂E/∂a[0,0,0,0] lacks δ[0,0,0,0]·w[0,0,0,0] and has a surplus δ[0,0,0,0]·w[0,0,1,1]" in result.stdout
    assert "likely: the filter is not rotated by 180°" in result.stdout
    result = CliRunner().invoke(main, [*arguments, "--json"])
    assert result.exit_code == 1
    record = json.loads(result.stdout)
    assert record["passed"] is False
    fields = {"claim", "method", "sizes", "passed", "skipped", "counterexample", "seconds"}
    assert all(fields <= verdict.keys() for verdict in record["verdicts"])
    wrong = {v["function"] for v in record["verdicts"] if v["outcome"] == "wrong"}
    assert wrong == {"input_gradient"}


def test_two_runs_say_the_same(tmp_path: Path) -> None:
    reports = [audited(VALUES[0].implementation, tmp_path) for _ in range(2)]
    assert str(reports[0]) == str(reports[1])


def test_python_gives_modules_classes_and_functions(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "handmade.py").write_text(MINE.source + BY_TITLE["a class that holds its gradients"].source)
    monkeypatch.syspath_prepend(tmp_path)
    import importlib

    handmade: ModuleType = importlib.import_module("handmade")
    one = symconv.convolution()
    held = {"weight_gradient": "dW", "bias_gradient": "db"}
    assert symconv.audit(handmade.Convolution, one, held)
    report = symconv.audit({"input_gradient": handmade.my_dx, "weight_gradient": handmade.my_dw}, one)
    assert report.functions == ("input_gradient", "weight_gradient")
    assert report
    assert ("every function is there", "noted") in report.findings()
    assert symconv.audit("handmade:my_net", one).functions == ("net_input",)
    with pytest.raises(RequestError, match="comes from no Python file"):
        symconv.audit(int, one)
    with pytest.raises(RequestError, match="can't be imported"):
        symconv.audit({"net_input": lambda *arrays: arrays[0]}, one)


def test_a_row_that_leaves_a_function_out_says_so_and_not_right(tmp_path: Path) -> None:
    [wrong] = [each for each in BEHAVIOUR if each.mistake == "adds up from call to call"]
    report = audited(wrong.implementation, tmp_path)
    rows = dict(report.findings())
    assert rows.pop("every function is there", "") == ""
    assert set(rows.values()) == {"not asked of bias_gradient"}
    assert "single precision" not in str(report)


def test_what_fails_by_chance_is_told_as_chance(tmp_path: Path) -> None:
    [wrong] = [each for each in BEHAVIOUR if each.mistake == "raises now and then"]
    told = "\n".join(sentence for _, sentence in audited(wrong.implementation, tmp_path).told())
    for other in ("the order in memory", "size of the filter", "read-only", "int64"):
        assert other not in told


@pytest.mark.parametrize("name", ["random", "fractions", "numpy", "symconv"])
def test_a_file_may_be_named_like_a_module_that_is_needed(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / f"{name}.py").write_text(MINE.source, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    assert audit_implementation(f"{name}.py", layer(Geometry()), MINE.map)


def test_what_lies_beside_a_file_is_imported_by_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(MINE.source, encoding="utf-8")
    (tmp_path / "beside.py").write_text("from mine import my_net as net_input\n", encoding="utf-8")
    assert audit_implementation(str(tmp_path / "beside.py"), layer(Geometry()))
    monkeypatch.chdir(tmp_path)
    assert audit_implementation("beside", layer(Geometry()))


def test_an_import_without_end_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(process, "SECONDS_TO_IMPORT", 3.0)
    path = tmp_path / "mine.py"
    path.write_text("while True:\n    pass\n", encoding="utf-8")
    start = perf_counter()
    with pytest.raises(RequestError, match="does not import: no answer within 3 seconds"):
        audit_implementation(str(path), layer(Geometry()))
    assert perf_counter() - start < 10


def test_what_takes_the_memory_takes_none_from_others(tmp_path: Path) -> None:
    [wrong] = [each for each in BROKEN if each.mistake == "keeps all the memory there is"]
    report = audited(wrong.implementation, tmp_path)
    failed = [(e.function, e.geometry, e.told) for e in report.entries if e.counterexample]
    assert failed == [("weight_gradient", OWN, "raised MemoryError")]


@pytest.mark.torch
@pytest.mark.parametrize(
    ("name", "said"),
    [("Unknown", "is made of c, n"), ("Numbers", "is made of c, n"), ("instance", "is an object of Conv2d")],
)
def test_a_module_that_can_not_be_made_is_one_sentence(name: str, said: str, tmp_path: Path) -> None:
    path = tmp_path / "mine.py"
    path.write_text(
        "import torch\n"
        "class Unknown(torch.nn.Conv2d):\n    def __init__(self, c, n, k): super().__init__(c, n, k)\n"
        "class Numbers(torch.nn.Conv2d):\n    def __init__(self, c=1, n=1, k=2): super().__init__(c, n, k)\n"
        "instance = torch.nn.Conv2d(1, 1, 2)\n",
        encoding="utf-8",
    )
    with pytest.raises(RequestError, match=said):
        audit_implementation(f"{path}:{name}", layer(Geometry()))
