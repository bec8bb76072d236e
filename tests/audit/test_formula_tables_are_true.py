"""The tables judged without any checker: right formulas compute the gradient, wrong ones do not, the rest is nothing.

The formulas are read by an interpreter of these tests; the gradients are exact central differences of THEORY §1.
"""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import product

import pytest

from symconv.layers.geometry import Geometry
from tests.audit.formula_record import REASONS, Keywords, NoFormula, Right, Wrong
from tests.audit.formulas_bad_input import BAD_INPUT
from tests.audit.formulas_right import RIGHT
from tests.audit.formulas_wrong import WRONG
from tests.audit.reference_formulas import value
from tests.audit.reference_setting import NotAFormulaError
from tests.wrong.reference import expected

SIZES = {"H": (5, 6, 8), "W": (4, 5), "K": (2, 3, 4)}


def numeric(geometry: Keywords) -> list[Geometry]:
    """The layer itself, or with several numbers for every named size."""
    names = sorted({v for key in ("input_size", "filter_size") for v in geometry[key] if isinstance(v, str)})
    layers = []
    for numbers in product(*(SIZES[name] for name in names)):
        size = dict(zip(names, numbers, strict=True))
        named = {key: tuple(size.get(v, v) for v in geometry[key]) for key in ("input_size", "filter_size")}
        layers.append(Geometry(**{**geometry, **named}))
    return layers


def holds(formula: str, geometry: Keywords, base: int) -> bool:
    """Whether a formula computes its target at every size."""
    return all(
        found.shape == wanted.shape and bool((found == wanted).all())
        for found, wanted in (value(formula, layer, base) for layer in numeric(geometry))
    )


@pytest.mark.parametrize("right", RIGHT, ids=lambda record: record.name)
def test_right_formula_is_the_gradient(right: Right) -> None:
    assert holds(right.formula, right.geometry, right.base)


@pytest.mark.parametrize("wrong", WRONG, ids=lambda record: record.name)
def test_wrong_formula_is_not_the_gradient(wrong: Wrong) -> None:
    assert not holds(wrong.formula, wrong.geometry, wrong.base)


@pytest.mark.parametrize(
    "wrong", [w for w in WRONG if w.right_for is not None or w.right_base is not None], ids=lambda record: record.name
)
def test_wrong_formula_is_right_where_it_says_so(wrong: Wrong) -> None:
    geometry = wrong.geometry if wrong.right_for is None else wrong.right_for
    base = wrong.base if wrong.right_base is None else wrong.right_base
    assert wrong.when
    assert holds(wrong.formula, geometry, base)


@pytest.mark.parametrize("bad", BAD_INPUT, ids=lambda record: record.name)
def test_bad_input_is_no_formula(bad: NoFormula) -> None:
    with pytest.raises(NotAFormulaError):
        value(bad.formula, numeric(bad.geometry)[0], bad.base)


def of(reason: str) -> list[Wrong]:
    """The wrong formulas that one reason alone describes."""
    return [wrong for wrong in WRONG if wrong.reason == reason and not wrong.also]


@pytest.mark.parametrize("wrong", of("rotation"), ids=lambda record: record.name)
def test_filter_not_rotated_is_right_for_the_other_convolution(wrong: Wrong) -> None:
    turned = {**wrong.geometry, "flip": not wrong.layer.flip}
    assert holds(wrong.formula, turned, wrong.base)


@pytest.mark.parametrize("wrong", of("slope"), ids=lambda record: record.name)
def test_slope_missing_is_the_input_gradient(wrong: Wrong) -> None:
    assert holds(wrong.formula.replace("delta_prev", "da"), wrong.geometry, wrong.base)


@pytest.mark.parametrize("wrong", of("sign") + of("coefficient"), ids=lambda record: record.name)
def test_sign_and_coefficient_are_one_factor(wrong: Wrong) -> None:
    found, wanted = value(wrong.formula, wrong.layer, wrong.base)
    factors = {Fraction(f) / Fraction(w) for f, w in zip(found.flat, wanted.flat, strict=True) if w}
    assert len(factors) == 1
    assert all(not f for f, w in zip(found.flat, wanted.flat, strict=True) if not w)
    assert (factors == {-1}) == (wrong.reason == "sign")


def test_wrong_shape_is_the_reason_given_for_shapes_only() -> None:
    for wrong in WRONG:
        if wrong.reason == "shape":
            found, wanted = value(wrong.formula, wrong.layer, wrong.base)
            assert found.shape != wanted.shape


def test_tables_are_as_large_as_they_should_be() -> None:
    assert len(RIGHT) >= 80
    assert len(WRONG) >= 140
    assert len(BAD_INPUT) >= 60


def test_names_and_records_are_unique() -> None:
    table: tuple[Right | Wrong | NoFormula, ...] = (*RIGHT, *WRONG, *BAD_INPUT)
    names = [record.name for record in table]
    records = [(r.formula, Geometry(**r.geometry), r.base) for r in table]
    assert [name for name, times in Counter(names).items() if times > 1] == []
    assert [record for record, times in Counter(records).items() if times > 1] == []


def test_every_reason_is_in_the_table() -> None:
    assert {wrong.reason for wrong in WRONG} == set(REASONS)
    assert {reason for wrong in WRONG for reason in wrong.also} <= set(REASONS)


def test_every_target_is_right_somewhere_and_wrong_somewhere() -> None:
    targets = {"net", "da", "delta_prev", "dw", "dbias"}
    for table in (RIGHT, WRONG):
        assert {record.formula.replace(" ", "").partition("=")[0].partition("[")[0] for record in table} == targets


def test_positions_are_within_the_text() -> None:
    for bad in BAD_INPUT:
        assert bad.at is None or 0 <= bad.at <= len(bad.formula)
        if bad.at is not None and bad.word in bad.formula and bad.word not in ("=", "bias"):
            assert bad.formula.startswith(bad.word, bad.at)


def test_reference_computes_the_worked_case() -> None:
    """THEORY §3, written out cell by cell: the interpreter is judged by sums that stand there in full."""
    found, _ = value("da[x,y] = w[p,q]*delta[x-p,y-q]", Geometry(), 0)
    given = expected(Geometry())
    delta, w = given.delta[0, 0], given.w[0, 0]
    assert found[0, 0, 0, 0] == delta[0, 0] * w[0, 0]
    assert found[0, 0, 0, 1] == delta[0, 0] * w[0, 1] + delta[0, 1] * w[0, 0]
    assert found[0, 0, 1, 1] == (
        delta[0, 0] * w[1, 1] + delta[0, 1] * w[1, 0] + delta[1, 0] * w[0, 1] + delta[1, 1] * w[0, 0]
    )
