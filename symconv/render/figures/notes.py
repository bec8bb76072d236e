"""What stands below the cells: the sum of this step, what is not drawn, and what the edges of cells mean."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from symconv.derivation.backward import Derivation
from symconv.derivation.monomial import Index
from symconv.render.cells import CellSum
from symconv.render.document import Math, Prose
from symconv.render.east_asian import NO_START, pieces
from symconv.render.figures.compose import CAPTION, NOTE, Picture, above, beside, grid, lines
from symconv.render.figures.description import Cell, Grid, Node, Role
from symconv.render.figures.drawing import TARGETS, Drawing
from symconv.render.figures.runs import width
from symconv.render.write_formula import write_goal, write_sums
from symconv.render.written import Equation, Signed, Sum, Written

LEAST = 9.0
"""A formula below a narrow picture may be this wide before it is broken."""
EXPLAINED = (Role.PADDING, Role.INSERTED, Role.UNREAD)
"""Roles that carry no letter of their own and are told below the figure."""


def below(
    drawn: Picture, formulas: Sequence[Written], notes: Sequence[Prose] = (), key: Picture | None = None
) -> Picture:
    """The picture, formulas, notes and key under it."""
    room = max(drawn.width, LEAST)
    written = [line for formula in formulas for line in broken(formula, room / CAPTION)]
    wrapped = [line for note in notes for line in filled(note, room / NOTE)]
    parts = [drawn]
    parts += [lines(written, CAPTION)] if written else []
    parts += [lines(wrapped, NOTE)] if wrapped else []
    parts += [key] if key is not None else []
    return above(parts, 0.35)


def step_sum(d: Drawing, derivation: Derivation, index: Index) -> Written:
    """The cell of a result as the sum of its products."""
    return d.cells.sum(TARGETS[derivation.goal], index, CellSum(tuple(d.products(derivation, index))))


def rule(d: Drawing, derivation: Derivation) -> Written:
    """The formula of the whole result."""
    return write_goal(derivation, d.base) or write_sums(derivation.solved, d.base)


def planes(d: Drawing, drawn: Mapping[str, int], is_whole: bool = True) -> list[Prose]:
    """Which example, filter and depth are drawn, where there is more than one; and whether the sum has more of them."""
    g = d.geometry
    many = {"b": g.batch, "n": 1 if g.is_pooling else g.filters, "c": g.depth}
    named = [d.say(f"plane_{axis}", index=drawn[axis] + d.base) for axis in many if many[axis] != 1 and axis in drawn]
    found = [d.say("planes", planes=d.catalogue.listed(named))] if named else []
    return found if is_whole else [*found, d.say("more_planes")]


def legend(d: Drawing, nodes: Iterable[Node]) -> Picture | None:
    """A sample of each role that needs one, with its meaning."""
    used = {cell.role for node in nodes if isinstance(node, Grid) for row in node.rows for cell in row}
    samples = [
        beside([grid([[Cell(role)]], 0.45), lines([d.say(f"role_{role.value}")], NOTE)], 0.15)
        for role in EXPLAINED
        if role in used
    ]
    return beside(samples, 0.7) if samples else None


def broken(formula: Written, room: float) -> list[Prose]:
    """A formula in lines of at most ``room``: a sum is broken before a sign."""
    match formula:
        case Equation(left, Sum(terms)) if width((Math(formula),)) > room:
            rows: list[Prose] = []
            kept: list[Signed] = []
            for term in terms:
                if kept and width(_row(left, [*kept, term], first=not rows)) > room:
                    rows.append(_row(left, kept, first=not rows))
                    kept = []
                kept.append(term)
            return [*rows, _row(left, kept, first=not rows)]
    return [(Math(formula),)]


def filled(content: Prose, room: float) -> list[Prose]:
    """Prose in lines of at most ``room``, broken where a line may end."""
    kept: list[Prose] = []
    for part in content:
        for piece in pieces(part) if isinstance(part, str) else [part]:
            if kept and isinstance(piece, str) and piece[0] in {" ", *NO_START}:
                kept[-1] = (*kept[-1], piece)
            else:
                kept.append((piece,))
    rows: list[Prose] = [()]
    for held in kept:
        if rows[-1] and width((*rows[-1], *held)) > room:
            rows.append(())
        rows[-1] = (*rows[-1], *held)
    return rows


def _row(left: Written, terms: Sequence[Signed], first: bool) -> Prose:
    if first:
        return (Math(Equation(left, Sum(tuple(terms)))),)
    sign = "− " if terms[0].negative else "+ "
    return (sign, Math(Sum((Signed(False, terms[0].term), *terms[1:]))))
