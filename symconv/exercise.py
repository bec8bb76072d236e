"""Exercises: a problem sheet with small whole numbers, and the key with everything worked out.

Some problems ask whether a formula is right. It is the derived one, or that with a slip that people make; which of
the two it is, `check` decides, so the key is proved and not remembered.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random

import numpy as np

from symconv.algebra.notation import parse
from symconv.audit.formula import check_formula
from symconv.audit.judge import judge
from symconv.derivation.backward import Derivation
from symconv.derivation.derive import derive_layer
from symconv.derivation.example import example
from symconv.derivation.monomial import Array
from symconv.derivation.products import PolynomialArray
from symconv.emit import PAGES, provenance, spoken, written_out
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.render.article_example import asked
from symconv.render.article_exercise import Claim, Fault, check_printable, key, sheet
from symconv.render.document import Document
from symconv.render.formula_unicode import unicode
from symconv.render.telling import Telling, telling
from symconv.render.write_formula import write_goal, write_sums
from symconv.render.written import (
    ROTATION,
    Call,
    Equation,
    Fraction,
    Indexed,
    Letter,
    Number,
    Product,
    Signed,
    Sum,
    Summed,
    Written,
)

READS = {"da": "δ", "dw": "a"}
"""The array whose subscript a slip is made in."""


def exercise(layer: Layer, seed: int = 0, language: str = "en", base: int = 0) -> tuple[Document, Document]:
    """Sheet and key; the same for the same seed. RequestError for sizes that are names, and for large arrays."""
    if base not in (0, 1):
        raise RequestError(f"the index base {base} is not offered; choose 0 or 1")
    told = telling(derive_layer(layer), language, base)
    check_printable(told)
    arrays = example(layer, seed).arrays
    claims = tuple(_claims(told, arrays, Random(f"{seed} claims")))
    return sheet(told, arrays, claims), key(told, arrays, claims)


def exercise_texts(
    layer: Layer,
    format: str = "text",  # noqa: A002
    *,
    seed: int = 0,
    language: str = "en",
    base: int = 0,
) -> tuple[str, str]:
    """Sheet and key as complete texts; RequestError for a format that is not offered."""
    if format not in PAGES:
        raise RequestError(f"the format {format!r} is not offered; choose one of {', '.join(PAGES)}")
    documents = exercise(layer, seed, language, base)
    origin = provenance(f"exercise {documents[0].source}{spoken(language)} --base {base} --seed {seed}")
    first, second = (written_out(document, format, origin) for document in documents)
    return first, second


def _claims(told: Telling, arrays: Mapping[str, Array], random: Random) -> Iterator[Claim]:
    """One formula for each gradient that has taps; the first that is drawn is as often right as wrong."""
    backward, polynomials = told.derived.own, dict(asked(told))
    for target, derivation in (("da", backward.input_gradient), ("dw", backward.weight_gradient)):
        if derivation is None:
            continue
        found = list(_judged(told, target, derivation, polynomials[target], arrays))
        right = [claim for claim in found if claim.fault is None]
        wrong = [claim for claim in found if claim.fault is not None]
        kinds = [kind for kind in (right, wrong) if kind]
        if kinds:
            yield random.choice(random.choice(kinds))


def _judged(
    told: Telling, target: str, derivation: Derivation, polynomials: PolynomialArray, arrays: Mapping[str, Array]
) -> Iterator[Claim]:
    right = polynomials.evaluate(arrays)
    forms = filter(None, (write_sums(derivation.solved, told.base), write_goal(derivation, told.base)))
    for rule, formula in ((form, changed) for form in forms for changed in _with_slips(form, READS[target])):
        text = unicode(formula)
        try:
            verdict = check_formula(text, told.geometry, told.base)
            outcome = judge(parse(text), told.geometry, told.base)
        except RequestError:  # operator forms of several channels can not be typed, and a slip may leave no bound
            continue
        if verdict.passed:
            yield Claim(target, formula, rule, None)
        elif outcome.written is not None:
            values = outcome.written.evaluate(arrays)
            off = np.argwhere(values != right)
            if len(off):
                index = tuple(int(i) for i in off[0])
                yield Claim(target, formula, rule, Fault(index, values[index], right[index]))


def _with_slips(rule: Equation, read: str) -> Iterator[Equation]:
    """The rule, and what each slip makes of it."""
    made = (slip(rule, read) for slip in SLIPS)
    yield from dict.fromkeys((rule, *(formula for formula in made if isinstance(formula, Equation))))


def _sign_of_tap(formula: Written, read: str) -> Written:
    """``x - p`` for ``x + p``, and the other way round."""
    return _changed(formula, lambda array: replace(array, subscripts=tuple(map(_turned, array.subscripts))), read)


def _stride_forgotten(formula: Written, read: str) -> Written:
    """``x - p`` for ``(x - p)/S``, ``i + p`` for ``S·i + p``."""
    return _changed(formula, lambda array: replace(array, subscripts=tuple(map(_unscaled, array.subscripts))), read)


def _filter_turned(formula: Written, read: str) -> Written:
    """``cross(A, F)`` for ``cross(A, rot180(F))``, and the other way round."""
    match formula:
        case Equation(left, right):
            return Equation(left, _filter_turned(right, read))
        case Call("cross", (array, Call(name, (turned,)))) if name == ROTATION:
            return replace(formula, arguments=(array, turned))
        case Call("cross", (array, filter)):
            return replace(formula, arguments=(array, Call(ROTATION, (filter,))))
    return formula


SLIPS: tuple[Callable[[Written, str], Written], ...] = (_sign_of_tap, _stride_forgotten, _filter_turned)
"""Slips that people make; which of them are wrong for a layer, `check` says."""


def _changed(formula: Written, change: Callable[[Indexed], Indexed], read: str) -> Written:
    """The formula with every read of one array changed."""
    match formula:
        case Equation(left, right):
            return Equation(left, _changed(right, change, read))
        case Summed():
            return replace(formula, body=_changed(formula.body, change, read))
        case Sum(terms):
            return Sum(tuple(Signed(t.negative, _changed(t.term, change, read)) for t in terms))
        case Product(factors):
            return Product(tuple(_changed(factor, change, read) for factor in factors))
        case Indexed(Letter(name)) if name == read:
            return change(formula)
    return formula


def _turned(subscript: Written) -> Written:
    """The sign of the last letter of a sum of two and more exchanged."""
    match subscript:
        case Fraction(top, bottom):
            return Fraction(_turned(top), bottom)
        case Sum(terms):
            letters = [k for k, term in enumerate(terms) if not isinstance(term.term, Number)]
            if len(letters) > 1:
                last = letters[-1]
                turned = Signed(not terms[last].negative, terms[last].term)
                return Sum((*terms[:last], turned, *terms[last + 1 :]))
    return subscript


def _unscaled(subscript: Written) -> Written:
    match subscript:
        case Fraction(top):
            return top
        case Product((Number(), letter)):
            return letter
        case Sum(terms):
            return Sum(tuple(Signed(t.negative, _unscaled(t.term)) for t in terms))
    return subscript
