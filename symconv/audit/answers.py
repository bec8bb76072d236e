"""Are these numbers right? An answer somebody worked out, held cell by cell to the derived formula's exact values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from time import perf_counter

import numpy as np
import numpy.typing as npt

from symconv.algebra.notation import parse
from symconv.algebra.setting import TARGETS
from symconv.audit.answer_reason import reason_of_answer, slack_of
from symconv.audit.answer_wording import WrongCell, sum_in_words
from symconv.audit.derived import derived_polynomials
from symconv.audit.formula import MEANING, check_formula
from symconv.audit.judge import judge
from symconv.audit.setting import setting
from symconv.audit.tables import shape_of
from symconv.audit.wording import cell_in_words, layer_in_words
from symconv.derivation.given import full_shape, given_arrays
from symconv.derivation.monomial import Array
from symconv.derivation.products import PolynomialArray
from symconv.errors import RequestError
from symconv.layers.geometry import show
from symconv.layers.layer import Layer
from symconv.specification.numbers import Numbers, shown
from symconv.specification.values import ANSWERS, Source, read_values, source_name
from symconv.verify.report import Report, Verdict
from symconv.verify.sizes import products

MOST_PRODUCTS = 300_000
MOST_CELLS = 1_000
MOST_TOLD = 4
"""Products of the layer; wrong cells that are kept, and told."""


@dataclass(frozen=True, slots=True)
class AnswerVerdict(Verdict):
    """A verdict on an array of numbers; true where every cell is right.

    ``counterexample`` is the sum of the first wrong cell worked out; ``wrong`` holds the wrong cells, the first 1,000
    of ``wrong_count``; ``reason`` is the likely mistake, where one explains all numbers.
    """

    reason: str | None = None
    wrong_count: int = 0
    wrong: tuple[WrongCell, ...] = ()

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        lines = [f"{'right' if self.passed else 'WRONG'}: {self.claim}", f"  judged by: {self.method}, {self.sizes}"]
        if self.wrong:
            told = [f"{each.cell} is {each.given}, not {each.right}" for each in self.wrong[:MOST_TOLD]]
            told += [f"and {self.wrong_count - len(told)} more"] if self.wrong_count > len(told) else []
            lines.append(f"  wrong cells: {'; '.join(told)}")
        for name, value in (("first wrong cell", self.counterexample), ("likely reason", self.reason)):
            if value:
                lines.append(f"  {name}: {value}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class AnswerReport(Report):
    """The verdicts on a formula, where one was given, and on the numbers."""

    def __str__(self) -> str:
        return "\n".join(map(str, self.verdicts))


def check_answers(text: str | None, layer: Layer, source: Source, base: int = 0) -> AnswerReport:
    """Judge numbers: those of a target's name, of a formula's target (and the formula too), or of every answer there.

    RequestError where the numbers do not fit the layer, or what the answer is made of is not given.
    """
    if base not in (0, 1) or isinstance(base, bool):
        raise RequestError(f"the base {base!r} is not offered; give 0 or 1")
    geometry = layer.geometry
    if not geometry.is_numeric:
        raise RequestError(
            "numbers are checked at sizes that are numbers, and a size of this layer is a name; give one"
        )
    if products(geometry) > MOST_PRODUCTS:
        raise RequestError(f"this layer has more than {MOST_PRODUCTS} products; check numbers of a smaller one")
    written, verdicts = None, list[Verdict]()
    if text is not None and text.strip() not in MEANING:
        verdict = check_formula(text, geometry, base)
        verdicts.append(verdict)
        statement = parse(text)
        text, written = statement.target.name, None if verdict else judge(statement, geometry, base).written
    numbers = read_values(source)
    targets = [text.strip()] if text else [name for name in ANSWERS if name in numbers]
    if not targets:
        raise RequestError(f"{source_name(source)} gives no answer; answers are named {', '.join(ANSWERS)}")
    where = source_name(source)
    arrays = given_arrays(numbers, layer, where)
    for target in targets:
        if target not in numbers:
            raise RequestError(f"{where} has no {target}, which is the answer that is asked about; give it")
        start = perf_counter()
        found = _judged(target, layer, arrays, numbers[target], base, where, written)
        verdicts.append(replace(found, seconds=perf_counter() - start))
    return AnswerReport(tuple(verdicts))


def _judged(
    target: str,
    layer: Layer,
    arrays: Mapping[str, Array],
    answer: Numbers,
    base: int,
    where: str,
    written: PolynomialArray | None,
) -> AnswerVerdict:
    geometry = layer.geometry
    if TARGETS[target] not in setting(geometry).axes:
        raise RequestError(f"this layer has no {TARGETS[target]}, and so no {target}; leave it out of the values")
    derived = derived_polynomials(geometry, target)
    _check_given(derived, arrays, where)
    right = derived.evaluate(arrays)
    claim, count = f"{target}, for {MEANING[target]}", f"{right.size} cell{'s' * (right.size != 1)} in {where}"
    verdict = AnswerVerdict(f"{claim}, {count}", _method(answer), layer_in_words(geometry), True)
    shape = shape_of(target, geometry)
    fitted = full_shape(answer.shape, shape)
    if fitted is None:
        reason: str | None = reason_of_answer(target, geometry, arrays, answer, right)
        told = f"the answer {_extent(answer)}, but {target} has {show(shape)}"
        return replace(verdict, passed=False, counterexample=told, reason=reason, wrong_count=right.size)
    answer = answer.reshaped(fitted)
    slack = slack_of(target, geometry, arrays, answer)
    wrong = np.argwhere(~_within(answer.values - right, slack))
    if not len(wrong):
        return replace(verdict, claim=f"{claim}, all {count}")
    indices = [tuple(int(i) for i in index) for index in wrong]
    cells = tuple(
        WrongCell(cell_in_words(target, at, derived.may_shorten, base), shown(answer.values[at]), shown(right[at]))
        for at in indices[:MOST_CELLS]
    )
    if written is not None and _within(answer.values - written.evaluate(arrays), slack).all():
        reason = "the numbers follow from the formula as it is written, and that is wrong"
    else:
        reason = reason_of_answer(target, geometry, arrays, answer, right)
    return replace(
        verdict,
        claim=f"{claim}, {len(indices)} of {count}",
        passed=False,
        counterexample=sum_in_words(derived, arrays, indices[0], base, cells[0]),
        reason=reason,
        wrong_count=len(indices),
        wrong=cells,
    )


def _within(off: Array, slack: Array) -> npt.NDArray[np.bool_]:
    """Cell by cell; what is no number is within nothing."""
    with np.errstate(invalid="ignore"):
        return np.asarray(abs(off) <= slack, dtype=bool)


def _extent(answer: Numbers) -> str:
    if answer.shape:
        return f"has shape {show(answer.shape)}"
    return "is a single number" if answer.values[()] == answer.values[()] else "is no array of numbers"


def _check_given(derived: PolynomialArray, arrays: Mapping[str, Array], where: str) -> None:
    for name in sorted({name for table in derived.terms for name, _ in table.factors}):
        if name not in arrays:
            advice = {
                "df": "give df = f'(net_prev), or net_prev and the previous activation",
                "bias": "give it, or say that the layer has no bias",
            }.get(name, "give it")
            raise RequestError(f"{derived.target} is made of {name}, which {where} does not give; {advice}")


def _method(answer: Numbers) -> str:
    if answer.unit.any():
        return "exact values, within rounding"
    return "exact values, to the digits written" if answer.half.any() else "exact values"
