"""Other forms of a derived result: the relation solved for the other axis, zeros inserted in the filter, polyphase."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.algebra.axes import Constant
from symconv.algebra.contraction import Contraction, source
from symconv.algebra.formula import IndexedSum, solve
from symconv.algebra.laws import insert_zeros
from symconv.derivation.backward import Derivation, solved_axes
from symconv.derivation.correlation import core, correlations, with_core
from symconv.derivation.operator import Operator, operator
from symconv.derivation.polyphase import Polyphase, polyphase
from symconv.derivation.step import Step


@dataclass(frozen=True, slots=True)
class Inserted:
    """A correlation with zeros inserted in its filter in place of its dilation, in indices and by its name."""

    step: Step
    solved: IndexedSum
    operator: Operator


@dataclass(frozen=True, slots=True)
class OtherForms:
    """What else a result can be written as; None where there is no such form."""

    window: Step | None
    inserted: Inserted | None
    polyphase: Polyphase | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps that lead to them."""
        found = [self.window] if self.window is not None else []
        found += [self.inserted.step] if self.inserted is not None else []
        return (*found, *(self.polyphase.all_steps if self.polyphase is not None else ()))


def other_forms(derivation: Derivation) -> OtherForms:
    """All of them."""
    return OtherForms(window_form(derivation), zero_inserted(derivation), polyphase(derivation))


def window_form(derivation: Derivation) -> Step | None:
    """Each relation solved for the other of its summed axes: ``∂E/∂a[x] = Σ_i δ[i]·w[(x + P - S·i)/D]`` (THEORY §3)."""
    main = derivation.form.terms[0]
    used = solved_axes(main)
    others = [[a for a in r.axes if a in main.summed and a not in used] for r in main.relations]
    if not others or any(len(found) != 1 for found in others):
        return None
    return Step("solve", main, solve(main, [a for [a] in others]))


def zero_inserted(derivation: Derivation) -> Inserted | None:
    """``cross(A, F, dilation = S)  -->  cross(A, F↑S)``, for a filter that is an array of positions (THEORY §4).

    The weight gradient's filter is δ, whose dilation is the layer's stride; weights and ones keep theirs.
    """
    if derivation.textbook is None or derivation.operator is None:
        return None
    last = [derivation.form.terms[0], *(s.after for s in derivation.steps if isinstance(s.after, Contraction))][-1]
    inner, turned = core(last)
    dilations = {d.tap: d.dilation for d in correlations(inner)} if inner.relations else {}
    filters = [f for f in inner.factors if dilations.keys() & set(f.axes)]
    given = [source(f.tensor) for f in filters]
    fixed = any(isinstance(g, Constant) or g.symbol == "w" for g in given)
    if fixed or all(d == 1 for d in dilations.values()):
        return None
    zeros = insert_zeros(inner, dilations)
    whole = with_core(last, zeros) if turned else zeros
    named = operator(whole)
    assert named is not None
    return Inserted(Step("insert_zeros", last, whole), solve(zeros, solved_axes(zeros)), named)
