"""Is this formula right? A hand-derived formula, held to the derived one, with the first wrong term where it is not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

from symconv.algebra.notation import parse
from symconv.algebra.notation_tree import Statement
from symconv.audit.explanation import likely_reason
from symconv.audit.generality import proved_sizes
from symconv.audit.holds import Holding, general_claim, special_cases
from symconv.audit.judge import Outcome, judge
from symconv.audit.sizes import instances, smaller
from symconv.audit.wording import differing, layer_in_words
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.verify.report import Verdict

MEANING = {"net": "net", "da": "∂E/∂a", "delta_prev": "δ^{l-1}", "dw": "∂E/∂w", "dbias": "∂E/∂β"}
PROVED = "relations in normal form and exact polynomials"
TRIED = "exact polynomials"


@dataclass(frozen=True, slots=True)
class FormulaVerdict(Verdict):
    """A verdict on a formula; true where it is right for the layer as given.

    ``reason`` is the likely mistake in words, where one explains every term; ``holds_for`` says for which other sizes
    the formula is right.
    """

    reason: str | None = None
    holds_for: str | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        lines = [f"{'right' if self.passed else 'WRONG'}: {self.claim}", f"  judged by: {self.method}, {self.sizes}"]
        for name, value in (
            ("first wrong term", self.counterexample),
            ("likely reason", self.reason),
            ("holds for", self.holds_for),
        ):
            if value:
                lines.append(f"  {name}: {value}")
        return "\n".join(lines)


def check_formula(text: str, geometry: Geometry, base: int = 0) -> FormulaVerdict:
    """Judge a formula for a layer; RequestError where the text is no formula or makes no sense for the layer."""
    start = perf_counter()
    if base not in (0, 1) or isinstance(base, bool):
        raise RequestError(f"the base {base!r} is not offered; give 0 or 1")
    statement = parse(text)
    meaning = MEANING.get(statement.target.name, "?")
    claim = f"{' '.join(text.split())}" + (", indices from 1" if base else "") + f", for {meaning}"
    numeric = (geometry,) if geometry.is_numeric else instances(geometry)
    outcomes = [judge(statement, g, base) for g in numeric]
    wrong = next((o for o in outcomes if not o.right), None)
    if wrong is None:
        holding = _where_it_holds(statement, geometry, base)
        method = PROVED if holding.proved_here else TRIED
        sizes = "every size" if not geometry.is_numeric and holding.proved_here else _sizes(geometry, numeric)
        return FormulaVerdict(claim, method, sizes, True, holds_for=holding.words, seconds=perf_counter() - start)
    found = _smallest(statement, wrong, base)
    return FormulaVerdict(
        claim,
        TRIED,
        layer_in_words(found.geometry),
        False,
        counterexample=differing(found, statement, base),
        reason=likely_reason(statement, wrong, base),
        holds_for=special_cases(statement, wrong.geometry, base),
        seconds=perf_counter() - start,
    )


@lru_cache(maxsize=64)
def _where_it_holds(statement: Statement, geometry: Geometry, base: int) -> Holding:
    return general_claim(statement, geometry, base, proved_sizes(statement, geometry, base))


def _smallest(statement: Statement, wrong: Outcome, base: int) -> Outcome:
    """The failure at the smallest layer with the same window that shows one of the same kind."""
    for geometry in smaller(wrong.geometry):
        try:
            found = judge(statement, geometry, base)
        except RequestError:
            continue  # with one filter less, a rank or a range may no longer make sense
        if not found.right and (found.fault is None) == (wrong.fault is None):
            return found
    return wrong


def _sizes(geometry: Geometry, tried: Iterable[Geometry]) -> str:
    if geometry.is_numeric:
        return layer_in_words(geometry)
    return f"{sum(1 for _ in tried)} sizes tried"
