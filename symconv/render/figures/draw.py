"""The figures by name: how many steps each has, and how it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import prod

import numpy as np

from symconv.derivation.backward import Derivation
from symconv.derivation.monomial import Index
from symconv.errors import RequestError
from symconv.render.cells import central
from symconv.render.figures.channels import channels
from symconv.render.figures.connections import connections
from symconv.render.figures.description import Figure
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.matrix import matrix
from symconv.render.figures.names import check_name
from symconv.render.figures.reach import input_size, output_size, pooling, reach
from symconv.render.figures.shapes import shapes
from symconv.render.figures.sliding import GOALS, slid_over, sliding
from symconv.render.figures.strip import preparation, strip
from symconv.render.figures.windows import windows


@dataclass(frozen=True, slots=True)
class Stepped:
    """A figure of one step at a time: the size of what it steps through, one step for each cell, and one of them.

    ``goal`` is the field of a backward pass that holds the result whose cells these are.
    """

    size: Callable[[Drawing, str], Index]
    draw: Callable[[Drawing, str, int], Figure]
    goal: str


def _result(d: Drawing, name: str) -> Index:
    return slid_over(d, name).extents


_STEPPED = {
    **{name: Stepped(_result, sliding, GOALS[name]) for name in ("forward", "error-term", "weight-gradient")},
    "reach": Stepped(input_size, reach, "input_gradient"),
    "pooling": Stepped(output_size, pooling, "net_input"),
}
_WHOLE: dict[str, Callable[[Drawing, str], Figure]] = {
    **dict.fromkeys(("forward-steps", "error-term-steps", "weight-gradient-steps"), strip),
    "zero-insertion": preparation,
    "windows": windows,
    "channels": channels,
    "connections": connections,
    "matrix": matrix,
    "shapes": shapes,
}
_SECTIONS = {
    "net_input": ("forward",),
    "extents": ("windows",),
    "hidden": ("connections", "matrix"),
    "special_cases": ("reach", "pooling"),
    "error_term": ("error-term",),
    "stride": ("zero-insertion",),
    "channels": ("channels",),
    "weight_gradient": ("weight-gradient",),
    "summary": ("shapes",),
}
"""Which figures belong to which section of the article."""


def step_count(d: Drawing, name: str) -> int | None:
    """How many steps a figure has for this layer; None for one that shows everything at once."""
    check_name(name)
    return prod(_STEPPED[name].size(d, name)) if name in _STEPPED else None


def draw(d: Drawing, name: str, step: int | None = None) -> Figure:
    """The figure of this name; of one with steps the given one, counted from 0, or else one in the middle.

    RequestError for a name or step that is not there, and for what this layer does not have.
    """
    count = step_count(d, name)
    if count is None:
        if step is not None:
            raise RequestError(f"the figure {name} shows everything at once and has no step {step}; leave the step out")
        return _WHOLE[name](d, name)
    if step is None:
        step = middle(d, name)
    if not 0 <= step < count:
        raise RequestError(
            f"step {step} is out of range: {name} of this layer has the steps 0 to {count - 1}; give one of them"
        )
    return _STEPPED[name].draw(d, name, step)


def middle(d: Drawing, name: str) -> int:
    """The step in the middle, or the nearest to it of a cell that is a sum of anything."""
    size = _STEPPED[name].size(d, name)
    derivation: Derivation = getattr(d.own, _STEPPED[name].goal)
    return int(np.ravel_multi_index(central(derivation.solved, size), size))


def section_figures(d: Drawing, section: str) -> tuple[Figure, ...]:
    """The figures of a section of the article, those that this layer has; none for a section without."""
    found = []
    for name in _SECTIONS.get(section, ()):
        try:
            found.append(draw(d, name))
        except RequestError:
            continue
    return tuple(found)
