"""What the layer shares with a hidden layer, and what local connection and weight sharing each change.

The formulas set side by side are derived for it: the fully connected and the locally connected layer are made from
this layer's letters and differentiated like any other.
"""

from __future__ import annotations

from dataclasses import replace
from math import prod

from symconv.derivation.backward import Backward, backward
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.render.document import Block, EquationGroup
from symconv.render.figures.connections import MOST
from symconv.render.telling import Telling
from symconv.render.write_formula import write_contraction, write_goal

_DENSE = Geometry("dense", (), (), "N", "C", "B", 1, (), (), (), (), bias=False)
"""Every one of C inputs feeds every one of N neurons."""


def hidden_layer(told: Telling) -> tuple[Block, ...]:
    """The comparison, as far as it says something for this kind of layer."""
    kind = told.geometry.kind
    blocks: list[Block] = [told.heading(1, "hidden")]
    if kind == "dense":
        rules = tuple(told.rule(d) for d in told.derived.general.goals if d.goal in ("δ^{l-1}", "∂E/∂w", "∂E/∂β"))
        return (*blocks, told.paragraph("hidden.dense_own"), EquationGroup(rules))
    dense = backward(net_input(_DENSE))
    formula = write_goal(dense.net_input, told.base)
    assert formula is not None
    rules = tuple(told.rule(d) for d in dense.goals if d.goal in ("δ^{l-1}", "∂E/∂w"))
    blocks += [told.paragraph("hidden.dense", formula=formula), EquationGroup(rules)]
    if kind not in ("conv", "locally-connected"):
        return (*blocks, told.paragraph("hidden.pooling" if told.geometry.is_pooling else "hidden.transposed"))
    local = backward(net_input(_local(told.derived.general_geometry)))
    blocks += [told.paragraph("hidden.share"), told.paragraph("hidden.local"), _compare(told, "∂E/∂a", dense, local)]
    if kind == "locally-connected":
        return (*blocks, told.paragraph("hidden.not_shared"), _compare(told, "∂E/∂w", dense, local))
    shared = backward(net_input(replace(told.derived.general_geometry, groups=1)))
    compared = _compare(told, "∂E/∂w", local, shared)
    return (*blocks, told.paragraph("hidden.sharing"), compared, *_connections(told))


def _connections(told: Telling) -> tuple[Block, ...]:
    """Which cells are connected, where all of them can be drawn: an excerpt would not show what is missing."""
    if not told.geometry.is_numeric:
        return ()
    shapes = (told.geometry.input_shape, told.geometry.output_shape)
    return told.figures("hidden") if all(prod(shape) <= MOST for shape in shapes) else ()


def _compare(told: Telling, goal: str, *layers: Backward) -> EquationGroup:
    """One derivative of several layers, in relations."""
    terms = [d.form.terms[0] for part in layers for d in part.goals if d.goal == goal]
    return EquationGroup(tuple(write_contraction(term, told.base) for term in terms))


def _local(letters: Geometry) -> Geometry:
    """The same windows, with weights of their own at every position."""
    return replace(letters, kind="locally-connected", groups=1, flip=False, bias=False)
