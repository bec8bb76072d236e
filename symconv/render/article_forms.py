"""What else a gradient can be written as: the window form, zeros in place of a dilation, the polyphase parts."""

from __future__ import annotations

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.algebra.contraction import Contraction
from symconv.algebra.formula import IndexedSum
from symconv.derivation.polyphase import Polyphase
from symconv.derivation.step import Step
from symconv.render.article_laws import letters, told_law
from symconv.render.document import Block, Equation, EquationGroup, Reference
from symconv.render.operators import write_operator, write_strides
from symconv.render.telling import Telling
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_part, write_relation, write_sum, write_unreached
from symconv.render.written import ONES, Chain, Expression, Letter, Listed, Number, Sizes, Written
from symconv.render.written import Equation as Equal

MOST_PARTS = 4
"""Up to this many polyphase parts are all written out."""


def window_form(told: Telling) -> list[Block]:
    """∂E/∂a solved for the taps: one paragraph, one formula."""
    step = told.forms_in_letters.input_gradient.window
    if step is None:
        return []
    assert isinstance(step.before, Contraction)
    assert isinstance(step.after, IndexedSum)
    gone = letters(a for a in step.before.summed if a not in step.after.bounds)
    name = "reason.window_pool" if step.after.conditions else "reason.window"
    paragraph = told.paragraph(name, reference=Reference("a-1"), axes=gone)
    return [paragraph, Equation(write_sum(step.after, told.base), "window-form")]


def zero_inserted(told: Telling) -> list[Block]:
    """∂E/∂w with zeros between the entries of δ."""
    general = told.forms_in_letters.weight_gradient
    if general is None or general.inserted is None:
        return []
    found = general.inserted
    dilation = tuple(told.derived.general_geometry.dilation)
    name = "reason.zeros_read" if any(d != 1 for d in dilation) else "reason.zeros"
    if told.geometry.kind == "conv-transpose":
        name = "reason.zeros_transposed"
    goal = told.derived.general.weight_gradient
    assert goal is not None
    named = Equal(write_operator(goal.target, told.base), write_operator(found.operator, told.base))
    text = told.say(name, dilation=_sizes(dilation))
    head = told_law(told, "insert_zeros", text)
    return [head, EquationGroup((write_sum(found.solved, told.base), named))]


def polyphase(told: Telling) -> list[Block]:
    """Split, shift, and the parts: in letters, then one by one with the layer's numbers."""
    general, own = told.forms_in_letters.input_gradient.polyphase, told.forms_in_numbers.input_gradient.polyphase
    assert general is not None
    axes = {a.name: a for a in general.solved.bounds}
    residues = [axes[d.residue] for d in general.dimensions if d.factor != 1]
    blocks: list[Block] = [told.paragraph("polyphase.intro")]
    laws = {step.law: step for step in general.steps}
    if residues:
        text = told.say("reason.split", reference=Reference("a-1"), residues=letters(residues))
        taps = [d.p for d in general.dimensions if d.factor != 1]
        numbered = zip(_ties(told, laws["split"], taps), residues, strict=True)
        rows = tuple(Equal(tie.left, Listed((tie.right, _range(told, a)))) for tie, a in numbered)
        blocks += [told_law(told, "split", text), EquationGroup(rows)]
    blocks.append(told_law(told, "shift", told.say("reason.shift")))
    blocks.append(EquationGroup(_ties(told, laws["shift"], [d.i for d in general.dimensions])))
    left = letters([*(axes[d.position] for d in general.dimensions), *residues])
    blocks.append(told.paragraph("polyphase.solved", letters=left))
    blocks.append(Equation(write_sum(general.solved, told.base), "polyphase"))
    if residues:
        blocks.append(_meaning(told, general, letters(residues)))
    return blocks + (_parts(told, own) if own is not None and own.parts else [])


def _range(told: Telling, a: Axis) -> Written:
    return Chain(Number(told.base), Letter(a.name), write_size(a.extent), strict=told.base == 0)


def _ties(told: Telling, step: Step, axes: list[Axis]) -> tuple[Equal, ...]:
    """The relations by which a law has determined the axes, in their order."""
    assert isinstance(step.after, Contraction)
    assert isinstance(step.before, Contraction)
    added = [r for r in step.after.relations if r not in step.before.relations]
    inner = [r for r in added if not set(r.axes) & set(step.after.output.axes)]
    return tuple(write_relation(next(r for r in inner if a in r.axes), told.base) for a in axes)


def _meaning(told: Telling, general: Polyphase, residues: Written) -> Block:
    counts = [sympy.Min(d.p.extent, d.factor) for d in general.dimensions]
    steps = tuple(abs(d.step) for d in general.dimensions)
    name = "polyphase.meaning" if all(s == 1 for s in steps) else "polyphase.meaning_dilated"
    count = Sizes(tuple(Expression(c) for c in counts)) if len(counts) > 1 else Expression(counts[0])
    return told.paragraph(name, residues=residues, count=count, dilation=write_strides(steps))


def _parts(told: Telling, own: Polyphase) -> list[Block]:
    count = len(own.parts)
    shown = own.parts if count <= MOST_PARTS else own.parts[: MOST_PARTS - 1]
    name = "part" if count == 1 else "parts" if len(shown) == count else "some"
    blocks: list[Block] = [told.paragraph(f"polyphase.{name}", count=count)]
    blocks.append(EquationGroup(tuple(equation for part in shown for equation in write_part(part, told.base))))
    if told.geometry.is_pooling and any(part.operator is not None for part in shown):
        blocks.append(told.paragraph("polyphase.ones", ones=Letter(ONES)))
    zero = write_unreached(own, told.base)
    return [*blocks, told.paragraph("polyphase.unreached"), EquationGroup(zero)] if zero else blocks


def _sizes(values: tuple[Size | str, ...]) -> Written:
    return write_strides(tuple(sympy.Symbol(v) if isinstance(v, str) else v for v in values))
