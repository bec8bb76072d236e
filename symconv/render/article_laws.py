"""A derivation told law by law: before → after, the reason, and what each new array holds.

Down to the solution a step is shown with its relations below the sum. From there on every step is shown solved, so
that one sees what a law does to the subscripts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import sympy

from symconv.algebra.axes import Axis
from symconv.algebra.contraction import Array, Contraction, Definition, Form
from symconv.algebra.exchange import PARTIAL
from symconv.algebra.formula import IndexedSum, solve
from symconv.derivation.backward import Derivation, solved_axes
from symconv.derivation.correlation import core
from symconv.derivation.step import Step
from symconv.render.arrays import write_array
from symconv.render.article_known import NET
from symconv.render.document import Block, Emphasis, Equation, EquationGroup, Math, Paragraph, Prose, Reference
from symconv.render.telling import Telling
from symconv.render.write_formula import write_contraction, write_definition, write_goal, write_sum
from symconv.render.written import ONES, Letter, Listed, Product, Summed, Written
from symconv.render.written import Equation as Equal


def law_by_law(told: Telling, derivation: Derivation) -> tuple[Block, ...]:
    """The steps of a derivation in general letters, each with its law, then the name of what they reach."""
    terms = len(told.derived.general.net_input.form.terms)
    start = "derivation.start_terms" if terms > 1 else "derivation.start"
    blocks: list[Block] = [told.heading(2, "derivation"), told.paragraph(start, reference=Reference(NET))]
    labels: dict[object, str] = {}
    stem = derivation.goal.removeprefix(PARTIAL).replace("β", "bias")
    # Where no operator form is true, the laws towards one lead nowhere a reader wants to go.
    steps = [s for s in derivation.steps if derivation.operator is not None or s.law in ("exchange", "solve")]
    for k, step in enumerate(steps):
        label = f"{stem}-{k + 1}"
        blocks += _step(told, derivation, step, labels, label)
        labels[step.after] = label
    named = write_goal(derivation, told.base)
    if derivation.textbook is not None and named is not None and derivation.is_single:
        blocks += [told.paragraph("reason.named"), EquationGroup((named,))]
    return tuple(blocks)


def _step(told: Telling, derivation: Derivation, step: Step, labels: dict[object, str], label: str) -> Iterator[Block]:
    yield told_law(told, step.law, _reason(told, derivation, step, labels))
    yield Equation(write_step(told, step), label)
    made = [write_definition(d, told.base) for d in _new_definitions(step) if len(d.contraction.factors) == 1]
    if made:
        yield told.paragraph("derivation.where")
        yield EquationGroup(tuple(made))


def told_law(told: Telling, law: str, reason: Prose) -> Paragraph:
    """The name of a law at the head of a paragraph, and why it holds."""
    name = Emphasis("".join(str(part) for part in told.say(f"law.{law}")))
    return told.paragraph("derivation.law", law=name, reason=reason)


def write_step(told: Telling, step: Step) -> Equal:
    """What a step comes to; a contraction whose result is read in reverse is shown as what it is inside."""
    match step.after:
        case IndexedSum() as solved:
            return write_sum(solved, told.base)
        case Contraction() as after if step.law == "exchange":
            return write_contraction(after, told.base)
        case Contraction() as after:
            inner, _ = core(after)
            return write_sum(solve(inner, solved_axes(inner)), told.base)
        case Form():
            raise ValueError(f"{step.law} comes to several terms, which are told one by one")


def _reason(told: Telling, derivation: Derivation, step: Step, labels: dict[object, str]) -> Prose:
    before = step.before
    match step.law:
        case "exchange":
            letter = derivation.goal.removeprefix(PARTIAL)
            if isinstance(before, Contraction) and sum(f.symbol == letter for f in before.factors) > 1:
                return told.say("reason.exchange_read", letter=Letter(letter), goal=Letter(derivation.goal))
            pairing = Summed((), (), Product((Letter("δ"), Letter("net"))))
            return told.say(f"reason.exchange_{letter}", pairing=pairing)
        case "solve":
            assert isinstance(before, Contraction)
            assert isinstance(step.after, IndexedSum)
            gone = tuple(a for a in before.summed if a not in step.after.bounds)
            reference = Reference(labels.get(before, NET))
            if not gone:
                return told.say("reason.solve_nothing", reference=reference)
            return told.say("reason.solve", reference=reference, axes=letters(gone))
        case "weigh":
            return told.say("reason.weigh", ones=Letter(ONES))
    assert isinstance(before, Contraction)
    made = _new_definitions(step)
    if step.law == "flip" and not made:
        return told.say("reason.flip_output")
    array, source = _sources(made)
    if step.law == "pad" and _crops(made):
        return told.say("reason.pad_crop")
    return told.say(f"reason.{step.law}", array=Math(array), source=Math(source))


def _sources(made: list[Definition]) -> tuple[Written, Written]:
    """What was made, and from what."""
    first = made[0]
    return write_array(first), write_array(first.contraction.factors[0].tensor)


def _crops(made: list[Definition]) -> bool:
    """Whether padding is known to leave fewer cells along some axis."""
    for definition in made:
        inner = definition.contraction
        for wide, narrow in zip(definition.axes, inner.factors[0].axes, strict=True):
            grown = sympy.sympify(wide.extent - narrow.extent, strict=True)
            if grown != 0 and grown.is_nonpositive:
                return True
    return False


def _new_definitions(step: Step) -> list[Definition]:
    """Arrays that the right side reads and the left side does not."""
    if not isinstance(step.before, Contraction) or not isinstance(step.after, Contraction):
        return []
    old = set(_arrays(step.before))
    return [t for t in _arrays(step.after) if isinstance(t, Definition) and t not in old]


def _arrays(value: Contraction) -> list[Array]:
    return [f.tensor for f in core(value)[0].factors]


def letters(axes: Iterable[Axis]) -> Written:
    """The names of some axes, side by side."""
    return Listed(tuple(Letter(a.name) for a in axes))
