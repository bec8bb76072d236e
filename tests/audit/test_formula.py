"""`check`: verdicts with the first wrong term at the smallest size, the likely reason, and for which sizes it holds."""

from __future__ import annotations

import random
import time
from typing import Any

import pytest

import symconv
from symconv.algebra.notation import parse
from symconv.audit.derived import derived_polynomials
from symconv.audit.formula import FormulaVerdict, check_formula
from symconv.audit.generality import names_of, widest_proved
from symconv.audit.judge import judge
from symconv.audit.mistakes import mistakes
from symconv.audit.relations import is_derived
from symconv.audit.sizes import instances
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.verify.report import Report
from tests.algebra.test_notation import mutated
from tests.audit.formula_record import Right
from tests.audit.formulas_right import RIGHT
from tests.cases import GEOMETRIES

LESSON = Geometry()
STRIDED = Geometry(input_size=(6, 6), filter_size=(3, 3), stride=(2, 2), depth=2, filters=2)


def test_a_right_formula_says_for_which_sizes_it_holds() -> None:
    verdict = check_formula("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+P-D*p)/S,(y+P-D*q)/S]", STRIDED)
    assert verdict
    assert verdict.method == "relations in normal form and exact polynomials"
    assert verdict.holds_for == (
        "every input size, filter size, stride, dilation, padding, batch, depth and number of filters, "
        "with the same stride, dilation and padding in each dimension"
    )


def test_numbers_in_the_formula_bind_it_to_those_of_the_layer() -> None:
    verdict = check_formula("da = cross(pad(insert_zeros(delta, 2), 2:3), rot180(w))", STRIDED)
    assert verdict
    assert verdict.holds_for is not None
    assert verdict.holds_for.endswith("at input 6x6, filter 3x3, stride 2, dilation 1 and no padding")


def test_a_wrong_formula_is_shown_at_the_smallest_size() -> None:
    verdict = check_formula("da = cross(pad(delta, 1), w)", Geometry(input_size=(9, 8), depth=3, filters=4, batch=2))
    assert not verdict
    assert verdict.sizes == "input 2x2, filter 2x2"
    assert verdict.counterexample == "da[0,0] lacks delta[0,0]·w[0,0] and has a surplus delta[0,0]·w[1,1]"
    assert verdict.reason == "the filter is not rotated by 180°"


def test_cells_are_counted_in_the_base_of_the_formula() -> None:
    verdict = check_formula("dw[n,c,i,j] = delta[b,n,k,l]*a[b,c,i+k,j+l]", LESSON, base=1)
    assert verdict.counterexample is not None
    assert verdict.counterexample.startswith("dw[1,1,1,1] lacks a[1,1,1,1]·delta[1,1,1,1]")
    assert verdict.reason == "the formula is right with indices from 0, and is read here with indices from 1"


def test_a_result_of_another_shape_says_both() -> None:
    verdict = check_formula("da = cross(pad(delta, K), rot180(w))", LESSON)
    assert verdict.counterexample == "the result has shape 1x1x4x4, but da has 1x1x2x2"
    assert verdict.reason is not None
    assert "K instead of K - 1" in verdict.reason


def test_a_formula_that_is_right_in_special_cases_says_which() -> None:
    verdict = check_formula("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,x-p,y-q]", STRIDED)
    assert not verdict
    assert verdict.reason == "the stride is missing: no zeros are inserted between the entries of δ"
    assert verdict.holds_for is not None
    assert "stride 1" in verdict.holds_for


def test_left_over_rows_are_told_from_a_missing_stride() -> None:
    verdict = check_formula("da = cross(pad(insert_zeros(delta, S), K-1), rot180(w))", STRIDED)
    assert verdict.reason == "the left-over rows are not covered, so the result has shape H - r"


@pytest.mark.parametrize(
    ("layer", "formula", "right"),
    [
        ({"input_size": ("H", "W")}, "da = cross(pad(delta, 1), rot180(w))", True),
        ({"input_size": ("H", "W")}, "da = cross(pad(delta, 1), w)", False),
        ({"input_size": ("H",), "filter_size": ("K",), "stride": ("S",)}, "da[x] = w[p]*delta[(x-p)/S]", True),
        ({"input_size": ("H",), "filter_size": ("K",), "stride": ("S",)}, "da[x] = w[p]*delta[x-p]", False),
    ],
)
def test_named_sizes_are_judged_for_every_size(layer: dict[str, Any], formula: str, right: bool) -> None:
    n = len(layer["input_size"])
    plain = {"filter_size": (2,) * n, "stride": (1,) * n, "dilation": (1,) * n, "output_padding": (0,) * n}
    verdict = check_formula(formula, Geometry(**{**plain, "padding": ((0, 0),) * n, **layer}))
    assert verdict.passed == right
    assert (verdict.sizes == "every size") == right


@pytest.mark.parametrize("right", RIGHT, ids=lambda record: record.name)
def test_what_is_said_to_hold_for_every_size_holds_at_those_tried(right: Right) -> None:
    statement = parse(right.formula)
    widest = widest_proved(statement, right.layer, right.base)
    if widest is None or not names_of(widest[0]):
        return
    tried = [g for g in instances(widest[0]) if right.layer.groups == 1 or g.groups != 1][:12]
    assert tried
    for geometry in tried:
        assert judge(statement, geometry, right.base).right, geometry


def test_most_right_formulas_are_proved_by_their_relations() -> None:
    proved = [r for r in RIGHT if is_derived(parse(r.formula), r.layer, r.base)]
    assert len(proved) >= 0.9 * len(RIGHT)


def test_a_mistake_changes_the_formula_or_says_nothing() -> None:
    """Each is made somewhere: a mistake that never applies would be a reason that is never given."""
    targets = ("net", "da", "delta_prev", "dw", "dbias")
    applied: dict[str, bool] = {}
    for geometry in (LESSON, STRIDED, GEOMETRIES["left-over-rows-padded"], GEOMETRIES["average-pooling"]):
        for target in targets if not geometry.is_pooling else targets[:3]:
            derived = derived_polynomials(geometry, target)
            for mistake in mistakes(target, geometry):
                made = mistake.make(geometry, target)
                changes = made is not None and derived.difference(made) is not None
                applied[mistake.reason] = applied.get(mistake.reason, False) or changes
    never = [reason for reason, changes in applied.items() if not changes]
    assert [r for r in never if "dilation" not in r and "batch" not in r and "of the dimensions" not in r] == []


def test_the_report_is_the_contract_and_more() -> None:
    verdict = symconv.check("dw = cross(a, delta)", symconv.convolution())
    assert isinstance(verdict, FormulaVerdict)
    [record] = Report((verdict,)).to_json()["verdicts"]
    assert record["passed"] is True
    assert set(record) >= {"claim", "method", "sizes", "passed", "skipped", "counterexample", "seconds"}
    assert str(verdict).startswith("right: dw = cross(a, delta), for ∂E/∂w\n  judged by: ")


def test_a_verdict_takes_less_than_a_second() -> None:
    check_formula("dw = cross(a, delta)", LESSON)
    start = time.process_time()
    check_formula("da = cross(pad(insert_zeros(delta, 2), 1), w)", STRIDED)
    assert time.process_time() - start < 1


@pytest.mark.parametrize("base", [2, -1, "1", True])
def test_other_bases_are_refused(base: Any) -> None:
    with pytest.raises(RequestError, match="the base"):
        check_formula("dw = cross(a, delta)", LESSON, base=base)


IMAGE = Geometry(input_size=(224, 224), filter_size=(7, 7), stride=(2, 2), padding=((3, 3),) * 2, depth=3, filters=64)


@pytest.mark.parametrize(
    ("formula", "right"),
    [
        ("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+P-p)/S,(y+P-q)/S]", True),
        ("da[b,c,x,y] = w[n,c,p,q]*delta[b,n,(x+P-p)/S,(y+P-q)]", False),
        ("da = cross(pad(insert_zeros(delta, 2), 3:4), rot180(w))", True),
        ("da = cross(pad(insert_zeros(delta, 2), 3), rot180(w))", False),
        ("dw[n,c,p,q] = a[b,c,2*i+p-3,2*j+q-3]*delta[b,n,i,j]", True),
        ("dw = cross(pad(a, 3), delta, dilation=2)", False),
        ("dbias[n] = sum(delta[b,n,i,j], i=111)", False),
    ],
)
def test_a_layer_too_large_to_be_written_out_is_judged(formula: str, right: bool) -> None:
    verdict = check_formula(formula, IMAGE)
    assert verdict.passed == right
    if right:
        assert "too large to be written out; the polynomials are those of input" in verdict.sizes


@pytest.mark.parametrize("sign", ["+a", "*a", "-a", "*(a+a)", "+a*a"])
def test_formulas_of_very_many_parts_are_refused_at_once(sign: str) -> None:
    start = time.process_time()
    with pytest.raises(RequestError, match=r"more than (256 terms|16 factors)"):
        check_formula("da=a" + sign * (3_900 // len(sign)), LESSON)
    assert time.process_time() - start < 3


def test_whatever_is_typed_gets_a_verdict_or_one_sentence() -> None:
    random_ = random.Random(4)
    layer = Geometry(
        input_size=(4,), filter_size=(2,), stride=(1,), dilation=(1,), padding=((0, 0),), output_padding=(0,)
    )
    sentences = []
    for _ in range(300):
        text = mutated(random_)
        try:
            judge(parse(text), layer)
        except RequestError as error:
            sentences.append(str(error))
    assert sentences
    assert not [s for s in sentences if "\n" in s]
