"""A cell of an answer in words: the sum that it is, with letters and then with numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from symconv.audit.wording import cell_in_words
from symconv.derivation.monomial import Array, Index, Monomial
from symconv.derivation.products import PolynomialArray
from symconv.specification.numbers import shown

MOST_TERMS = 8
"""Terms of a sum that are written out."""


@dataclass(frozen=True, slots=True)
class WrongCell:
    """One cell of an answer as it is printed, what was given, and the exact value (12 digits where it is long)."""

    cell: str
    given: str
    right: str


def sum_in_words(derived: PolynomialArray, arrays: Mapping[str, Array], at: Index, base: int, wrong: WrongCell) -> str:
    """``da[0,1] = delta[0,0]·w[0,1] + delta[0,1]·w[0,0] = 2·3 + 1·4 = 10, not 9``."""
    terms = sorted(derived.monomials(*at), key=_factors)
    if not terms:
        return f"{wrong.cell} is reached by nothing and so is 0, not {wrong.given}"
    kept = terms if len(terms) <= MOST_TERMS else terms[: MOST_TERMS - 1]
    rest = [f"… ({len(terms)} terms)"] if len(kept) < len(terms) else []
    letters = [_product(m, [cell_in_words(n, i, derived.may_shorten, base) for n, i in _factors(m)]) for m in kept]
    values = [_product(m, [_bracketed(arrays[n][i]) for n, i in _factors(m)]) for m in kept]
    sums = (" + ".join((*written, *rest)) for written in (letters, values))
    return f"{wrong.cell} = {' = '.join(sums)} = {wrong.right}, not {wrong.given}"


def _factors(monomial: Monomial) -> list[tuple[str, Index]]:
    return sorted(monomial.factors)


def _product(monomial: Monomial, factors: list[str]) -> str:
    coefficient = Fraction(int(monomial.coefficient.p), int(monomial.coefficient.q))
    return "·".join(([] if coefficient == 1 else [_bracketed(coefficient)]) + factors)


def _bracketed(value: int | Fraction) -> str:
    text = shown(value)
    return f"({text})" if value < 0 or "/" in text else text
