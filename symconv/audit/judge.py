"""One formula at one geometry: read for it, written out, and held to the derived polynomials."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.algebra.index_form import check_target, is_operator_form, read_index_form
from symconv.algebra.notation import FormulaError, refusal
from symconv.algebra.notation_tree import Statement
from symconv.audit.arrays import Field, ShapeFault
from symconv.audit.derived import derived_polynomials
from symconv.audit.operator_form import operator_field, operator_polynomials
from symconv.audit.setting import setting
from symconv.audit.tables import index_polynomials
from symconv.derivation.comparison import Difference
from symconv.derivation.products import PolynomialArray
from symconv.layers.geometry import Geometry

LIMIT_FACTORS = 16
"""Tensors in one product: a derived formula has three."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a formula fared at one geometry: right, or the first wrong cell, or a result of another shape.

    ``written`` are the polynomials that the formula denotes; a result of another shape has ``field`` instead.
    """

    geometry: Geometry
    difference: Difference | None = None
    fault: str | None = None
    written: PolynomialArray | None = None
    field: Field | None = None

    @property
    def right(self) -> bool:
        """Whether the formula is right at this geometry."""
        return self.difference is None and self.fault is None


def judge(statement: Statement, geometry: Geometry, base: int = 0) -> Outcome:
    """Hold the formula to the derived one; RequestError where it makes no sense for this geometry."""
    try:
        return _judge(statement, geometry, base)
    except FormulaError as error:
        raise error.within(statement.text) from None


def _judge(statement: Statement, geometry: Geometry, base: int) -> Outcome:
    target = statement.target
    check_target(target.name, target.at)
    here = setting(geometry, base)
    here.tensor(target.name, target.at)
    field: Field | None = None
    try:
        if is_operator_form(statement):
            field = operator_field(statement, here)
            written = operator_polynomials(field, target.name, here)
        else:
            written = index_polynomials(read_index_form(statement, here), here)
    except ShapeFault as fault:
        return Outcome(geometry, fault=str(fault), field=field)
    if any(len(table.factors) > LIMIT_FACTORS for table in written.terms):
        raise refusal(statement.right.at, f"a product has more than {LIMIT_FACTORS} factors", "give a shorter formula")
    derived = derived_polynomials(geometry, target.name)
    try:
        return Outcome(geometry, derived.difference(written), written=written)
    except OverflowError:
        raise refusal(statement.right.at, "a coefficient is too large", "give smaller numbers") from None
