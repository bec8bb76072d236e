"""Is this formula right? A hand-derived formula, held to the derived one, with the first wrong term where it is not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from time import perf_counter

from symconv.algebra.notation import parse
from symconv.algebra.notation_tree import Statement
from symconv.audit.decision import Decision, decide, smallest
from symconv.audit.explanation import likely_reason
from symconv.audit.generality import proved_sizes
from symconv.audit.holds import Holding, general_claim, special_cases
from symconv.audit.wording import differing, layer_in_words, tried_in_words
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.verify.report import Verdict

MEANING = {"net": "net", "da": "∂E/∂a", "delta_prev": "δ^{l-1}", "dw": "∂E/∂w", "dbias": "∂E/∂β"}
PROVED = "relations in normal form and exact polynomials"
TRIED = "exact polynomials"
UNDECIDED = (
    "it is right at the sizes tried, but the numbers in it reach further than can be tried with the sizes left open; "
    "give numbers for them"
)


@dataclass(frozen=True, slots=True)
class FormulaVerdict(Verdict):
    """A verdict on a formula; true where it is right for the layer as given.

    ``reason`` is the likely mistake in words, where one explains every term; ``holds_for`` says for which other sizes
    the formula is right; ``undecided`` is why a formula that was found wrong nowhere is not called right.
    """

    reason: str | None = None
    holds_for: str | None = None
    undecided: str | None = None

    def __bool__(self) -> bool:
        return self.passed

    def __str__(self) -> str:
        word = "right" if self.passed else "not decided" if self.undecided else "WRONG"
        lines = [f"{word}: {self.claim}", f"  judged by: {self.method}, {self.sizes}"]
        for name, value in (
            ("why", self.undecided),
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
    found = decide(statement, geometry, base)
    if found.wrong is not None:
        shown = smallest(statement, geometry, found.wrong, base)
        return FormulaVerdict(
            claim,
            TRIED,
            layer_in_words(shown.geometry),
            False,
            counterexample=differing(shown, statement, base),
            reason=likely_reason(statement, found.wrong, base),
            holds_for=special_cases(statement, geometry, found.wrong.geometry, base),
            seconds=perf_counter() - start,
        )
    if not found.right:
        return FormulaVerdict(
            claim,
            TRIED,
            tried_in_words(geometry, found.tried),
            False,
            undecided=UNDECIDED,
            seconds=perf_counter() - start,
        )
    holding = _where_it_holds(statement, geometry, base)
    return FormulaVerdict(
        claim,
        PROVED if holding.proved_here else TRIED,
        _sizes(geometry, found, holding.proved_here),
        True,
        holds_for=holding.words,
        seconds=perf_counter() - start,
    )


@lru_cache(maxsize=64)
def _where_it_holds(statement: Statement, geometry: Geometry, base: int) -> Holding:
    return general_claim(statement, geometry, base, proved_sizes(statement, geometry, base))


def _sizes(geometry: Geometry, found: Decision, is_proved: bool) -> str:
    if not geometry.is_numeric:
        return "every size" if is_proved else tried_in_words(geometry, found.tried)
    if found.tried == (geometry,):
        return layer_in_words(geometry)
    [written] = found.tried
    given, shown = layer_in_words(geometry), layer_in_words(written)
    return f"{given} (too large to be written out; the polynomials are those of {shown})"
