"""Shapes: for every result a row of boxes, from what is given through what is defined on the way to the result."""

from __future__ import annotations

from symconv.algebra.axes import Axis
from symconv.algebra.contraction import Array
from symconv.derivation.backward import ERROR_TERM, Derivation
from symconv.derivation.operator import Cross, Operator, Rotate, Scaled, Total
from symconv.render.arrays import write_array
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import CAPTION, LINE, NOTE, Picture, above, arrow, beside, figure
from symconv.render.figures.description import Box, Figure, Role, Text
from symconv.render.figures.drawing import Drawing, size_of
from symconv.render.figures.notes import below
from symconv.render.figures.reading import chain, reading, source
from symconv.render.figures.runs import width
from symconv.render.operators import write_strides
from symconv.render.written import Equation, Letter

_ROLES = {"a": Role.INPUT, "δ": Role.ERROR, "w": Role.FILTER}


def shapes(d: Drawing, name: str) -> Figure:
    """The forward pass, then every gradient, a row for each."""
    rows = [_row(d, goal) for goal in d.own.goals if goal is not d.own.error_term]
    title, about = d.say("shapes", layer=d.name()), d.say("described_shapes")
    return figure(name, title, about, below(above(rows, 0.45, align="start"), [], []))


def _row(d: Drawing, derivation: Derivation) -> Picture:
    main = derivation.form.terms[0]
    if main.relations:
        r = reading(derivation)
        arrays = chain(r.array)
        label = _by(d, r.filter, derivation.operator)
    else:
        first = next(f.tensor for f in main.factors if f.symbol != "w")
        arrays = (first,)
        others = [f.tensor for f in main.factors if f.tensor != first]
        label = d.say("multiplied", factor=write_array(others[0])) if others else d.say("added")
    boxes = [_box(Math(write_array(array)), _shape(array.axes), _ROLES[source(array).symbol]) for array in arrays]
    pictures: list[Picture] = []
    for box in boxes:
        pictures += [arrow(), box] if pictures else [box]
    pictures += [arrow(label), _box(Math(Letter(derivation.goal)), _shape(main.output.axes), Role.RESULT)]
    if derivation is d.own.input_gradient:
        pictures += [
            arrow(d.say("times")),
            _box(Math(Letter(ERROR_TERM)), _shape(main.output.axes), Role.ERROR),
        ]
    return beside(pictures, 0.15)


def _by(d: Drawing, filter_: Array | None, named: Operator | None) -> Prose:
    """What the array is correlated with, and how."""
    if filter_ is None:
        return ()
    if named is None:
        return d.say("multiplied", factor=write_array(filter_))
    crossed = d.say("crossed", filter=write_array(filter_))
    for option in _options(named):
        crossed = d.say("option", crossed=crossed, option=option)
    return crossed


def _options(named: Operator | None) -> tuple[Equation, ...]:
    match named:
        case Cross(_, _, stride, dilation):
            return tuple(
                Equation(Letter(word), write_strides(values))
                for word, values in (("stride", stride), ("dilation", dilation))
                if any(v != 1 for v in values)
            )
        case Scaled(_, _, inner) | Rotate(inner):
            return _options(inner)
        case Total(terms):
            return _options(terms[0])
    return ()


def _shape(axes: tuple[Axis, ...]) -> tuple[int, ...]:
    """The shape in the arrays of the code: groups are merged into the channels after them."""
    found: list[int] = []
    group = 1
    for a in axes:
        if a.name == "g":
            group = int(a.extent)
        else:
            found.append(int(a.extent) * group)
            group = 1
    return tuple(found)


def _box(name: Math, size: tuple[int, ...], role: Role) -> Picture:
    """An array as a box with its name and its shape."""
    below_name = (Math(size_of(size)),)
    wide = max(width((name,)) * CAPTION, width(below_name) * NOTE) + 0.35
    high = LINE * CAPTION + LINE * NOTE + 0.3
    texts = (
        Text(wide / 2, 0.12 + LINE * CAPTION / 2, (name,), CAPTION),
        Text(wide / 2, high - 0.14 - LINE * NOTE / 2, below_name, NOTE),
    )
    return Picture((Box(0, 0, wide, high, role), *texts), wide, high, high / 2)
