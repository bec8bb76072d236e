"""What an emitted module tells of Winograd's algorithm: its matrices, the arrays that the laws made, and its error."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Sequence
from math import prod

from symconv.algebra.contraction import Contraction, Definition
from symconv.algebra.transform import POINTS, Transform
from symconv.derivation.winograd import Winograd
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.messages import catalogue
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_contraction
from symconv.schedules.program import Program
from symconv.schedules.winograd_plan import matrix_name


def matrices(programs: Iterable[Program]) -> list[str]:
    """The constants of every F(m, r) that the functions use, each with the identity that it satisfies."""
    used = {d.by: None for p in programs if p.law is not None for d in p.law.dimensions}
    return [line for by in used for line in _matrices(by)]


def _matrices(by: Transform) -> list[str]:
    points = ", ".join([*(str(p) for p in POINTS[: by.points - 1]), "∞"])
    identity = f"Σ_t A[e,t]·G[t,p]·B[t,y] = {by.divisor}·[y = e + p], exactly"
    lines = [f"# F({by.outputs},{by.taps}): {identity}.", f"# Points: {points}."]
    for letter, rows in (("A", by.A), ("G", by.G), ("B", by.B)):
        entries = [f"[{', '.join(map(str, row))}]" for row in rows]
        lines += [f"{matrix_name(letter, by)} = np.array(", "    [", *(f"        {e}," for e in entries), "    ]", ")"]
    return lines


def law_lines(law: Winograd, width: int) -> list[str]:
    """The law chain, and the arrays that it made."""
    made = [law.of_filter, law.of_array, law.product, law.form]
    if law.is_apart:
        made = [_definitions(law.of_filter)[-1], *made, law.result]
    formulas = [line for c in made for line in unicode_lines(write_contraction(c), width)]
    return [*law_names([step.law for step in law.steps], width), *formulas]


def law_names(laws: Sequence[str], width: int) -> list[str]:
    """``Laws: …``, where there are any."""
    names = catalogue("en").texts
    chain = ", ".join(names[f"law.{law}"].lower() for law in laws)
    return textwrap.wrap(f"Laws: {chain}.", width) if laws else []


def error_lines(law: Winograd, by_block: bool, width: int) -> list[str]:
    """The bound of :class:`~symconv.algebra.transform.Transform`, and the mean; what is held besides the arrays."""
    by = [d.by for d in law.dimensions]
    roundings = unicode(write_size(law.roundings))
    growth, spread = float(prod(t.growth for t in by)), prod(t.spread for t in by)
    of_filter, of_array = _given(law.of_filter), _given(law.of_array)
    bound = f"γ_k·{growth:.4g}·Σ|{of_filter}|·max|{of_array}|"
    told = (
        f"Error: at most {bound} with k = {roundings}, γ_k = k·u/(1 - k·u) and "
        "u = 6e-8 in float32, 1.1e-16 in float64; "
        f"its root mean square is as a rule below {spread:.2g}·√k·u of that of the results."
    )
    space = f"Workspace: {_workspace(law.sums_tiles, by_block)}, and at most twice as much between them."
    return [line for text in (told, space) for line in textwrap.wrap(text, width, break_long_words=False)]


def _workspace(sums_tiles: bool, by_block: bool) -> str:
    """What is held besides the arrays, and how much that is for a chunk."""
    most = "no more than the arrays take"
    if by_block:
        array = "V and U" if sums_tiles else "V"
        of_worker = "M and its share for a block of channels" if sums_tiles else "U and M for a block of filters"
        return f"for a chunk of tiles {array}, 8·CHUNK bytes or 64 tiles, {most}; for each worker {of_worker}"
    once = "for each worker M and its share, and V and U" if sums_tiles else "U; for each worker V and a block of M"
    return f"{once} for a chunk of tiles, CHUNK bytes or 64 tiles together, in all workers {most}"


def _given(contraction: Contraction) -> str:
    """The letter of the given tensor that a definition reads."""
    return _definitions(contraction)[-1].factors[0].symbol


def _definitions(contraction: Contraction) -> list[Contraction]:
    """A definition, and what the first factor of each is defined by."""
    first = contraction.factors[0].tensor
    return [contraction, *(_definitions(first.contraction) if isinstance(first, Definition) else [])]
