"""`check --values`: numbers held to the exact ones cell by cell, with the first wrong sum and the likely reason."""

from __future__ import annotations

import json
import time
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

import symconv
from symconv.audit.answers import AnswerVerdict
from symconv.cli import main
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer, layer
from symconv.specification.numbers import numbers_of
from symconv.specification.values import read_values
from symconv.verify.reference import TARGET, expected, shapes
from tests.cases import GEOMETRIES

LESSON = symconv.convolution()
DELTA, W = [[1, 2], [3, 4]], [[1, 2], [3, 5]]
RIGHT = [[1, 4, 4], [6, 21, 18], [9, 27, 20]]
UNROTATED = [[5, 13, 6], [17, 34, 14], [6, 11, 4]]


def judged(formula: str | None, of: Layer = LESSON, base: int = 0, **values: Any) -> AnswerVerdict:
    verdict = symconv.check(formula, of, base, values=values).verdicts[-1]
    assert isinstance(verdict, AnswerVerdict)
    return verdict


def problem(geometry: Geometry, seed: int = 0) -> dict[str, Any]:
    """Small whole numbers for every array of a layer, and the right answers by the verifier's reference."""
    random = np.random.default_rng(seed)
    given: dict[str, Any] = {n: random.integers(-9, 10, s).astype(object) for n, s in shapes(geometry).items()}
    answers = {
        target: expected(function, geometry, given)
        for function, target in TARGET.items()
        if not (function in ("weight_gradient", "bias_gradient") and geometry.is_pooling)
        and not (function == "bias_gradient" and not geometry.bias)
    }
    df = random.integers(1, 4, geometry.input_shape)
    return {**given, "df": df, **answers, "delta_prev": answers["da"] * df}


NUMERIC = {name: g for name, g in GEOMETRIES.items() if g.is_numeric}


@pytest.mark.parametrize("name", NUMERIC)
def test_right_numbers_are_right_and_one_wrong_cell_is_found(name: str) -> None:
    of, values = layer(NUMERIC[name]), problem(NUMERIC[name])
    report = symconv.check(None, of, values=values)
    assert report, str(report)
    for target in (t for t in ("net", "da", "delta_prev", "dw", "dbias") if t in values):
        spoiled = np.array(values[target], dtype=object)
        at = tuple(n - 1 for n in spoiled.shape)
        spoiled[at] += 1
        verdict = symconv.check(target, of, values={**values, target: spoiled}).verdicts[0]
        assert isinstance(verdict, AnswerVerdict)
        assert verdict.wrong_count == 1
        assert Fraction(verdict.wrong[0].given) - Fraction(verdict.wrong[0].right) == 1


def test_the_sum_of_the_first_wrong_cell_is_worked_out() -> None:
    wrong = [row.copy() for row in RIGHT]
    wrong[0][1] = 9
    verdict = judged("da", delta=DELTA, w=W, da=wrong)
    assert verdict.counterexample == "da[0,1] = delta[0,0]·w[0,1] + delta[0,1]·w[0,0] = 1·2 + 2·1 = 4, not 9"
    verdict = judged("da", base=1, delta=DELTA, w=W, da=wrong)
    assert str(verdict.counterexample).startswith("da[1,2] = delta[1,1]·w[1,2] + ")
    assert [each.cell for each in verdict.wrong] == ["da[1,2]"]


def test_long_sums_are_cut_and_fractions_bracketed() -> None:
    of = symconv.convolution((4, 4), (3, 3), padding=1)
    values: dict[str, Any] = {"delta": np.full((4, 4), -1), "w": [["1/3"] * 3] * 3, "da": np.zeros((4, 4), dtype=int)}
    verdict = symconv.check("da", of, values=values).verdicts[0]
    assert isinstance(verdict, AnswerVerdict)
    assert verdict.wrong[5].right == "-3"
    values["da"] = [[Fraction(-4, 3), -2, -2, Fraction(-4, 3)], [-2, 3, -3, -2], [-2, -3, -3, -2]]
    values["da"].append(["-4/3", -2, -2, "-4/3"])
    told = str(symconv.check("da", of, values=values))
    assert "+ … (9 terms) = (-1)·(1/3) + " in told
    assert told.rstrip().endswith("= -3, not 3")


ROUNDED = (
    ("0.33", "1/3", True),
    ("0.34", "1/3", False),
    ("0.3", "1/3", True),
    ("0.333", "1/3", True),
    ("0.66", "2/3", False),
    ("0.67", "2/3", True),
    ("2.0", "2", True),
    ("2.0", "41/20", True),
    ("2.00", "41/20", False),
    ("2", "41/20", False),
    ("15e-1", "3/2", True),
    ("1e2", "104", True),
    ("0.333333333333333", "1/3", True),
    ("0.30000000000000004", "3/10", True),
    ("0.30000000000004", "3/10", False),
    ("0.333333333333", "1/3", True),
    ("0.333333333334", "1/3", False),
)
"""What was written, the exact value, and whether it is within half a unit of the last digit (or a float's rounding)."""


@pytest.mark.parametrize(("written", "exact", "right"), ROUNDED)
def test_decimals_are_right_within_half_a_unit_of_the_last_digit(
    written: str, exact: str, right: bool, tmp_path: Path
) -> None:
    path = tmp_path / "answer.toml"
    path.write_text(f'delta = [["{exact}"]]\nw = [[1]]\nda = [[{written}]]\n')
    one = symconv.convolution((1, 1), (1, 1))
    assert bool(symconv.check("da", one, values=path)) == right


def test_floats_are_right_within_rounding_and_whole_numbers_exactly() -> None:
    of = symconv.convolution((9, 9), (3, 3), depth=4, filters=3)
    random = np.random.default_rng(1)
    for dtype, off in ((np.float64, 1e-9), (np.float32, 1e-2)):
        given = {n: random.normal(size=s).astype(dtype) for n, s in shapes(of.geometry).items()}
        given["da"] = expected("input_gradient", of.geometry, given)
        assert symconv.check("da", of, values=given)
        given["da"][0, 1, 2, 3] += off
        assert not symconv.check("da", of, values=given)
    assert not judged("da", delta=DELTA, w=W, da=[[1, 4, 4], [6, 21, 18], [9, 27, 20 + 10**30]])


def test_leading_axes_of_one_may_be_left_out() -> None:
    assert judged("da", delta=[[DELTA]], w=W, da=[RIGHT])
    assert judged("dbias", delta=DELTA, dbias=10)
    with pytest.raises(RequestError, match=r"w in the values has shape 2x2, but in this layer 1x3x2x2 .leading axes"):
        judged("da", symconv.convolution(depth=3), delta=DELTA, w=W, da=RIGHT)


def test_the_error_term_is_made_of_the_slope() -> None:
    of = symconv.convolution(previous_activation="relu")
    net_prev = [[-1, 2, 3], [4, -5, "1/2"], [0, 0.5, 7]]
    masked = [[0, 4, 4], [6, 0, 18], [0, 27, 20]]
    assert judged("delta_prev", of, delta=DELTA, w=W, net_prev=net_prev, delta_prev=masked)
    assert judged("delta_prev", delta=DELTA, w=W, df=[[0, 1, 1], [1, 0, 1], [0, 1, 1]], delta_prev=masked)
    verdict = judged("delta_prev", of, delta=DELTA, w=W, net_prev=net_prev, delta_prev=RIGHT)
    assert verdict.reason == "f' is missing: δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})"
    sigmoid = symconv.convolution((1, 1), (1, 1), previous_activation="sigmoid")
    assert judged("delta_prev", sigmoid, delta=2, w=1, net_prev=0, delta_prev=Decimal("0.5"))
    assert judged("delta_prev", sigmoid, delta=2, w=1, net_prev=1, delta_prev=Decimal("0.39322"))
    assert not judged("delta_prev", sigmoid, delta=2, w=1, net_prev=1, delta_prev=Decimal("0.39323"))
    with pytest.raises(RequestError, match=r"give df = f'.net_prev., or net_prev and the previous activation"):
        judged("delta_prev", delta=DELTA, w=W, net_prev=net_prev, delta_prev=RIGHT)


STRIDED = symconv.convolution((6, 6), (3, 3), 2, filters=2)
_P = problem(STRIDED.geometry, 5)
_SQUARE = problem(Geometry(input_size=(4, 4), filter_size=(3, 3), depth=2, filters=2, batch=2), 3)
SQUARE = symconv.convolution((4, 4), (3, 3), depth=2, filters=2, batch=2)


def _loops(of: Any, values: dict[str, Any], turn: Any = lambda w: w) -> Any:
    return expected("input_gradient", of.geometry, {**values, "w": turn(values["w"])})


REASONS: tuple[tuple[str, str, Any, dict[str, Any], Any], ...] = (
    ("da", "the filter is not rotated", SQUARE, _SQUARE, _loops(SQUARE, _SQUARE, lambda w: w[:, :, ::-1, ::-1])),
    ("da", "rotated along one axis only", SQUARE, _SQUARE, _loops(SQUARE, _SQUARE, lambda w: w[:, :, ::-1])),
    ("da", "exchanged", SQUARE, _SQUARE, _loops(SQUARE, _SQUARE, lambda w: w.swapaxes(0, 1))),
    (
        "da",
        "sum over the filters is missing",
        SQUARE,
        _SQUARE,
        _loops(SQUARE, _SQUARE, lambda w: w * np.array([1, 0])[:, None, None, None]),
    ),
    ("da", "the result is transposed", SQUARE, _SQUARE, _SQUARE["da"].swapaxes(2, 3)),
    ("dw", "rotated by 180°", SQUARE, _SQUARE, _SQUARE["dw"][:, :, ::-1, ::-1]),
    (
        "dw",
        "a mean over the batch",
        SQUARE,
        _SQUARE,
        [[[[Fraction(v, 2) for v in r] for r in p] for p in q] for q in _SQUARE["dw"].tolist()],
    ),
    (
        "dw",
        "the sum over the batch is missing",
        SQUARE,
        _SQUARE,
        expected(
            "weight_gradient", SQUARE.geometry, {**_SQUARE, "a": _SQUARE["a"] * np.array([1, 0])[:, None, None, None]}
        ),
    ),
    ("net", "the bias is left out", SQUARE, _SQUARE, _SQUARE["net"] - _SQUARE["bias"][None, :, None, None]),
    ("da", "the left-over rows are not covered", STRIDED, _P, _P["da"][:, :, :5, :5]),
    ("da", "padded by K instead of K-1", SQUARE, _SQUARE, np.pad(_SQUARE["da"], ((0, 0), (0, 0), (1, 1), (1, 1)))),
    ("da", "0 everywhere", SQUARE, _SQUARE, _SQUARE["da"] * 0),
    ("da", "the sign is", SQUARE, _SQUARE, -_SQUARE["da"]),
)


@pytest.mark.parametrize(("target", "reason", "of", "values", "answer"), REASONS, ids=[r for _, r, *_ in REASONS])
def test_the_likely_reason_is_told(target: str, reason: str, of: Any, values: Any, answer: Any) -> None:
    verdict = symconv.check(target, of, values={**values, target: answer}).verdicts[0]
    assert isinstance(verdict, AnswerVerdict)
    assert not verdict
    assert reason in str(verdict.reason)


def test_another_shape_is_a_wrong_answer_that_says_both() -> None:
    verdict = judged("da", delta=DELTA, w=W, da=DELTA)
    assert not verdict
    assert verdict.counterexample == "the answer has shape 2x2, but da has 1x1x3x3"


def test_an_answer_printed_in_single_precision_is_right_within_its_rounding() -> None:
    random = np.random.default_rng(4)
    a, delta = random.standard_normal((3, 3)), random.standard_normal((2, 2))
    dw = np.array([[(a[p : p + 2, q : q + 2] * delta).sum() for q in (0, 1)] for p in (0, 1)], dtype=np.float32)
    printed = json.loads(json.dumps(dw.tolist()), parse_float=Decimal)
    for answer in (dw, dw.tolist(), printed):
        assert judged("dw", a=a, delta=delta, dw=answer)
    assert not judged("dw", a=a, delta=delta, dw=(dw * np.float32(1.001)).tolist())
    assert not judged("dw", a=a, delta=delta, dw=(dw.astype(np.float64) + 1e-9).tolist())


@pytest.mark.parametrize("gap", [None, float("nan"), float("inf"), Decimal("NaN")])
def test_a_cell_without_a_number_is_a_wrong_cell(gap: object) -> None:
    verdict = judged("da", delta=DELTA, w=W, da=[[1, 4, 4], [6, gap, 18], [9, 27, 20]])
    assert not verdict
    assert verdict.wrong_count == 1
    assert f"is {'inf' if gap == float('inf') else 'no number'}, not 21" in str(verdict)


def test_what_is_no_array_is_a_wrong_answer() -> None:
    for answer, told in ((None, "the answer is no array of numbers"), (7, "the answer is a single number")):
        assert told in str(judged("da", delta=DELTA, w=W, da=answer))


def test_a_formula_and_its_numbers_are_two_verdicts() -> None:
    right, wrong = "da = cross(pad(delta, 1), rot180(w))", "da = cross(pad(delta, 1), w)"
    for formula, numbers, passed in ((right, RIGHT, [1, 1]), (wrong, RIGHT, [0, 1]), (right, UNROTATED, [1, 0])):
        report = symconv.check(formula, LESSON, values={"delta": DELTA, "w": W, "da": numbers})
        assert [v.passed for v in report] == passed
    report = symconv.check(wrong, LESSON, values={"delta": DELTA, "w": W, "da": UNROTATED})
    assert "the numbers follow from the formula as it is written" in str(report)


def test_a_large_answer_is_judged_in_seconds() -> None:
    of = symconv.convolution((20, 20), (5, 5), depth=2, filters=4)
    given: dict[str, Any] = {n: np.random.default_rng(1).normal(size=s) for n, s in shapes(of.geometry).items()}
    given["da"] = expected("input_gradient", of.geometry, given)[:, :, ::-1]
    start = time.process_time()
    assert not symconv.check("da", of, values=given)
    assert time.process_time() - start < 5
    with pytest.raises(RequestError, match="more than 300000 products"):
        symconv.check("da", symconv.convolution((99, 99), (9, 9)), values=given)


HOSTILE = (
    ("a.toml", b"a = [[1, 2], [3]]", "a is ragged"),
    ("a.toml", b"a = [1, [2]]", "a is ragged"),
    ("a.toml", b"a = []", "a is empty"),
    ("a.toml", b"a = ['x']", "a[0] is 'x', which is no number"),
    ("a.toml", b"a = [true]", "a[0] is 'True', which is no number"),
    ("a.toml", b"a = [[1, nan]]", "a[0][1] is 'NaN', which is no number"),
    ("a.toml", b"a = [-inf]", "which is no number"),
    ("a.toml", b"a = [1979-05-27]", "which is no number"),
    ("a.toml", b"a = ['1/0']", "a[0] is '1/0'"),
    ("a.toml", b"a = [1e999999999]", "which is no number below 1e100"),
    ("a.toml", b"a = [1.0e-999999]", "which is no number"),
    ("a.toml", b"a = 1" + b"0" * 200, "which is no number below 1e100"),
    ("a.toml", b"a = 1" + b"0" * 9_000, "is not TOML"),
    ("a.toml", b"da", "is not TOML"),
    ("a.toml", b"\xff\x00", "is not UTF-8 text"),
    ("a.toml", b"dela = [1]", "did you mean delta?"),
    ("a.toml", b"x = " + b"[" * 5_000 + b"]" * 5_000, "nests too deeply"),
    ("a.toml", b"# " + b"x" * 4_000_000, "is larger than 4000000 bytes"),
    ("a.json", b'{"a": [[1, NaN]]}', "a[0][1] is 'NaN'"),
    ("a.json", b'{"da": [[1, "x"]]}', "da[0][1] is 'x', which is no number"),
    ("a.json", b'{"a": 1' + b"0" * 100_000 + b"}", "100001 digits); correct it"),
    ("a.json", b'{"a": [null]}', "a[0] is 'None'"),
    ("a.json", b'{"a": {"b": 1}}', "which is no number"),
    ("a.json", b"[1, 2]", "holds list, not keys and values"),
    ("a.json", b'{"a": [1,', "is not JSON"),
    ("a.json", b'{"a": ' + b"[" * 100_000, "nests too deeply"),
    ("a.json", b'{"a": ' + b"[" * 50 + b"1" + b"]" * 50 + b"}", "more than 10 axes"),
    ("a.json", b'{"a": [' + b"1," * 300_000 + b"1]}", "more than 300000"),
    ("a.npz", b"junk", "holds no plain arrays of numbers"),
    ("a.npz", b"PK\x03\x04" + bytes(range(256)), "holds no plain arrays of numbers"),
    ("a.txt", b"a = 1", "ends in none of .toml, .json, .npz"),
    ("a.toml", b"a = [[1, 2], [3, 4]]", "gives no answer"),
)


@pytest.mark.parametrize(("name", "content", "sentence"), HOSTILE, ids=[f"{n}-{s}" for n, _, s in HOSTILE])
def test_hostile_files_are_one_sentence(name: str, content: bytes, sentence: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(content)
    start = time.process_time()
    result = CliRunner().invoke(main, ["check", "--values", str(tmp_path / name)])
    assert time.process_time() - start < 5
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    assert result.stderr.count("\n") == 1


class Trap:
    """Unpickling it leaves a file behind."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> Any:
        return Path.touch, (self.path,)


def test_archives_are_never_unpickled_nor_unpacked_beyond_a_bound(tmp_path: Path) -> None:
    trapped: Any = np.empty(1, dtype=object)
    trapped[0] = Trap(tmp_path / "sprung")
    np.savez(tmp_path / "trap.npz", a=trapped)
    np.savez_compressed(tmp_path / "bomb.npz", a=np.zeros(10_000_000))
    np.savez(tmp_path / "text.npz", a=np.array(["x"]))
    np.savez(tmp_path / "complex.npz", a=np.array([1j]))
    np.savez(tmp_path / "nan.npz", a=np.array([np.nan]))
    np.savez(tmp_path / "many.npz", a=np.zeros(400_000, dtype=np.int8))
    for name, sentence in (
        ("trap", "holds no plain arrays of numbers"),
        ("bomb", "unpacks to more than"),
        ("text", "an array of <U1"),
        ("complex", "an array of complex128"),
        ("nan", "a[0] is 'nan'"),
        ("many", "more than 300000"),
        ("absent", "is not there"),
    ):
        with pytest.raises(RequestError, match=sentence.replace("[", r"\[")):
            read_values(tmp_path / f"{name}.npz")
    assert not (tmp_path / "sprung").exists()
    (tmp_path / "folder.toml").mkdir()
    (tmp_path / "folder.npz").mkdir()
    for name, sentence in (("folder.toml", "can not be read"), ("folder.npz", "is no file")):
        with pytest.raises(RequestError, match=sentence):
            read_values(tmp_path / name)


def test_the_three_formats_say_the_same(tmp_path: Path) -> None:
    values = {"delta": DELTA, "w": W, "da": UNROTATED}
    (tmp_path / "a.toml").write_text("\n".join(f"{name} = {value}" for name, value in values.items()))
    (tmp_path / "a.json").write_text(json.dumps(values))
    np.savez(tmp_path / "a.npz", delta=np.array(DELTA), w=np.array(W), da=np.array(UNROTATED))
    told = [str(symconv.check("da", LESSON, values=tmp_path / f"a.{kind}")) for kind in ("toml", "json", "npz")]
    assert len({each.replace("toml", "json").replace("npz", "json") for each in told}) == 1
    assert "likely reason: the filter is not rotated by 180°" in told[0]


CHECKED: tuple[tuple[list[str], dict[str, Any], int, str], ...] = (
    ([], {"delta": DELTA, "w": W, "da": UNROTATED}, 1, "likely reason: the filter is not rotated"),
    (["da"], {"delta": DELTA, "w": W, "da": RIGHT}, 0, "right: da, for ∂E/∂a, all 9 cells in answer.json"),
    (["da", "--base", "1"], {"delta": DELTA, "w": W, "da": UNROTATED}, 1, "da[1,1] is 5, not 1"),
    (["da = cross(pad(delta, 1), w)"], {"delta": DELTA, "w": W, "da": RIGHT}, 1, "WRONG: da = cross"),
    (["dw"], {"delta": [[2]], "a": [[1, 2, 3]], "w": [[0, 0, 0]], "dw": [[2, 4, 6]]}, 0, "input 1x3, filter 1x3"),
    (["dw", "--filter", "1"], {"delta": [2, 1], "a": [1, 2], "dw": [4]}, 0, "input 2, filter 1"),
    (["da", "--layer", "dense"], {"delta": [1, 2], "w": [[1, 2, 3], [4, 5, 6]], "da": [9, 12, 15]}, 0, "depth 3"),
    (["da", "--stride", "2"], {"delta": [1, 2], "w": [3, 4], "da": [3, 4, 6, 8]}, 0, "input 4, filter 2, stride 2"),
    (["da", "--stride", "2", "--input", "5"], {"delta": [1, 2], "w": [3, 4], "da": [3, 4, 6, 8]}, 1, "not covered"),
    (["dw"], {"delta": DELTA, "w": W, "da": RIGHT}, 2, "answer.json has no dw"),
    (["dw"], {"delta": DELTA, "dw": W}, 2, "dw is made of a, which answer.json does not give"),
    (["da", "--input", "4x4"], {"delta": DELTA, "w": W, "da": RIGHT}, 2, "delta in answer.json has shape 2x2"),
    (["net"], {"a": RIGHT, "w": W, "net": DELTA}, 2, "net is made of bias"),
    (["dw", "--layer", "avg-pool"], {"delta": DELTA, "dw": 1}, 2, "this layer has no w, and so no dw"),
    (["--layer", "avg-pool"], {"delta": DELTA, "w": W, "da": 1}, 2, "gives w, and this layer has none"),
    (["da", "--input", "HxW"], {"delta": DELTA, "w": W, "da": RIGHT}, 2, "a size of this layer is a name"),
)


@pytest.mark.parametrize(("arguments", "values", "status", "said"), CHECKED, ids=[said for *_, said in CHECKED])
def test_the_command_judges_numbers(
    arguments: list[str], values: dict[str, Any], status: int, said: str, tmp_path: Path
) -> None:
    (tmp_path / "answer.json").write_text(json.dumps(values))
    result = CliRunner().invoke(main, ["check", *arguments, "--values", str(tmp_path / "answer.json")])
    assert result.exit_code == status, result.output
    assert said in result.output
    assert status != 2 or (result.stdout == "" and result.stderr.count("\n") == 1)


def test_a_layer_file_serves_without_a_formula_and_json_tells_the_cells(tmp_path: Path) -> None:
    (tmp_path / "layer.toml").write_text('input = "3x3"\nfilter = "2x2"\n')
    (tmp_path / "answer.json").write_text(json.dumps({"delta": DELTA, "w": W, "da": UNROTATED}))
    arguments = ["check", str(tmp_path / "layer.toml"), "--values", str(tmp_path / "answer.json"), "--json"]
    [record] = json.loads(CliRunner().invoke(main, arguments).stdout)["verdicts"]
    assert record["wrong"][0] == {"cell": "da[0,0]", "given": "5", "right": "1"}
    assert record["wrong_count"] == 9


def test_nothing_to_judge_is_one_sentence() -> None:
    result = CliRunner().invoke(main, ["check"])
    assert (result.exit_code, result.stderr.count("\n")) == (2, 1)
    assert "the argument FORMULA is missing" in result.stderr
    with pytest.raises(RequestError, match="neither a formula nor values"):
        symconv.check(None, LESSON)  # type: ignore[call-overload]


@pytest.mark.parametrize("given", [object(), [1, None], {"b": 1}, b"1", 1j, "0x1", "1_000", "１"])
def test_what_is_no_number_is_refused(given: object) -> None:
    with pytest.raises(RequestError, match="which is no number"):
        numbers_of("a", given)
