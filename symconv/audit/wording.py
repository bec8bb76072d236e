"""How a verdict on a formula is worded: layers, cells and terms, in the names and the index base of the formula."""

from __future__ import annotations

from collections.abc import Sequence

from symconv.algebra.notation_tree import Name, Statement, Subscripted, nodes
from symconv.audit.judge import Outcome
from symconv.audit.sizes import named_sizes, numbers_of
from symconv.derivation.monomial import BIAS, Index, Monomial, leading_axes
from symconv.layers.geometry import Geometry
from symconv.layers.in_words import sizes_in_words

MOST_TERMS = 2
"""So many missing and surplus terms are named; of more, the number."""


def layer_in_words(g: Geometry) -> str:
    """The sizes of a layer; what says nothing is left out."""
    return ", ".join(f"{name} {value}" for name, value in sizes_in_words(g)) or "one of each"


def tried_in_words(family: Geometry, tried: Sequence[Geometry]) -> str:
    """The numbers that the named sizes were given."""
    found = [numbers for g in tried if (numbers := numbers_of(family, g)) is not None]
    parts = [
        f"{name} = {', '.join(map(str, sorted({numbers[name] for numbers in found})))}" for name in named_sizes(family)
    ]
    return f"{len(tried)} layers tried: {'; '.join(parts)}"


def differing(outcome: Outcome, statement: Statement, base: int) -> str:
    """The first wrong cell with its missing and surplus terms, or the two shapes."""
    if outcome.fault is not None or outcome.difference is None:
        return str(outcome.fault)
    d, is_short = outcome.difference, _leaves_channels_out(outcome, statement)
    cell = cell_in_words(d.target, d.index, is_short, base)
    parts = []
    for verb, terms in (("lacks", d.lacking), ("has a surplus", d.exceeding)):
        if terms:
            named = " and ".join(_product(t, is_short, base) for t in terms[:MOST_TERMS])
            rest = len(terms) - MOST_TERMS
            parts.append(f"{verb} {named}" + (f" and {rest} more" if rest > 0 else ""))
    return f"{cell} {' and '.join(parts)}"


def _leaves_channels_out(outcome: Outcome, statement: Statement) -> bool:
    """Whether cells are shown without channel indices: where the formula leaves them out, or has no indices."""
    if outcome.written is None or not outcome.written.may_shorten:
        return False
    target = statement.target
    if isinstance(target, Name):
        return all(not isinstance(n, Subscripted) for n in nodes(statement.right)) or target.name in BIAS
    return target.name not in BIAS and len(target.subscripts) == len(outcome.written.shape) - leading_axes(target.name)


def cell_in_words(name: str, index: Index, is_short: bool, base: int) -> str:
    """One cell in the base of the formula; ``is_short`` leaves batch and channel indices out."""
    shown = index[leading_axes(name) :] if is_short else index
    return f"{name}[{','.join(str(i + base) for i in shown)}]" if shown else name


def _product(term: Monomial, is_short: bool, base: int) -> str:
    cells = sorted(cell_in_words(name, index, is_short, base) for name, index in term.factors)
    if not cells:
        return str(term.coefficient)
    return {1: "", -1: "-"}.get(term.coefficient, f"{term.coefficient}·") + "·".join(cells)
