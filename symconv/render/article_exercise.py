"""A problem sheet and its key: one list of problems, told without and with what is found.

The arrays are small whole numbers, and every number of the key is the derivation's, as in the worked example.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

from symconv.derivation.monomial import Array, Index
from symconv.derivation.products import PolynomialArray
from symconv.errors import RequestError
from symconv.layers.geometry import show
from symconv.render.article_example import (
    MOST_PLANES,
    MOST_ROWS,
    asked,
    error_term,
    is_printable,
    matrices,
    telling_cells,
    worked_cell,
)
from symconv.render.article_known import sizes
from symconv.render.document import Block, Document, EquationGroup, Math
from symconv.render.request import request_line
from symconv.render.telling import Telling
from symconv.render.written import Equation, Value, Written
from symconv.specification.numbers import shown


@dataclass(frozen=True, slots=True)
class Fault:
    """Where a formula is wrong: the cell, what the formula gives there, and what is right."""

    index: Index
    found: int | Fraction
    right: int | Fraction


@dataclass(frozen=True, slots=True)
class Claim:
    """A formula to be judged; ``fault`` is None where it is right, and ``rule`` is the right one."""

    target: str
    formula: Equation
    rule: Equation
    fault: Fault | None


def check_printable(told: Telling) -> None:
    """RequestError for a layer whose arrays are not worked by hand."""
    if not told.geometry.is_numeric:
        raise RequestError("an exercise is worked in numbers, and a size of this layer is a name; give a number")
    if told.road is None or not is_printable(told):
        raise RequestError(
            f"the arrays of this layer, with input {show(told.geometry.input_shape)}, are too large for an exercise; "
            f"give a layer of at most {MOST_ROWS} rows and columns and {MOST_PLANES} planes an array"
        )


def sheet(told: Telling, arrays: Mapping[str, Array], claims: tuple[Claim, ...]) -> Document:
    """The problems."""
    return _document(told, "exercise.sheet", (*_given(told, arrays), *_problems(told, arrays, claims, solved=False)))


def key(told: Telling, arrays: Mapping[str, Array], claims: tuple[Claim, ...]) -> Document:
    """The problems solved."""
    return _document(told, "exercise.key", (*_given(told, arrays), *_problems(told, arrays, claims, solved=True)))


def _document(told: Telling, title: str, blocks: tuple[Block, ...]) -> Document:
    text = told.say(title, kind=told.say(f"kind.{told.geometry.kind}"))
    return Document(text, request_line(told.layer), told.catalogue.language, told.base, blocks)


def _given(told: Telling, arrays: Mapping[str, Array]) -> tuple[Block, ...]:
    _, *layer = sizes(told)
    given = (told.heading(1, "exercise_given"), told.paragraph("exercise.given"), *matrices(told, arrays))
    return (told.heading(1, "exercise_layer"), *layer, *given)


def _problems(
    told: Telling, arrays: Mapping[str, Array], claims: tuple[Claim, ...], *, solved: bool
) -> Iterator[Block]:
    yield told.heading(1, "exercise_problems")
    for target, polynomials in asked(told):
        yield told.heading(2, f"exercise_{target}")
        yield told.paragraph(f"exercise.{target}")
        if solved:
            yield from _solution(told, target, polynomials, arrays)
        if target == "da" and "df" in arrays:
            yield told.heading(2, "exercise_delta_prev")
            yield told.paragraph("exercise.delta_prev")
            if solved:
                yield from error_term(told, polynomials.evaluate(arrays), arrays)
    for claim in claims:
        yield told.heading(2, "exercise_claim")
        yield told.paragraph("exercise.claim")
        yield EquationGroup((claim.formula,))
        if solved:
            yield from _verdict(told, claim)


def _solution(told: Telling, target: str, polynomials: PolynomialArray, arrays: Mapping[str, Array]) -> Iterator[Block]:
    cells = tuple(worked_cell(told, polynomials, index, arrays) for index in telling_cells(polynomials))
    yield EquationGroup(cells)
    yield from matrices(told, {target: polynomials.evaluate(arrays)})


def _verdict(told: Telling, claim: Claim) -> Iterator[Block]:
    if claim.fault is None:
        yield told.paragraph("exercise.right")
        return
    fault = claim.fault
    cell: Written = told.cells.cell(claim.target, fault.index)
    numbers = {name: Math(Value(shown(value))) for name, value in (("found", fault.found), ("right", fault.right))}
    yield told.paragraph("exercise.wrong", cell=Math(cell), **numbers)
    yield EquationGroup((claim.rule,))
