"""``windows``: sliding windows over the placed array and one einsum, to be read beside the correlation form.

It copies what einsum copies, many times the input: it is there for small sizes and for reading.
"""

from __future__ import annotations

from symconv.derivation.backward import Derivation
from symconv.schedules.contract import Labelled, einsum
from symconv.schedules.place import regrouped, windows_of
from symconv.schedules.program import Let, Reshape, Var
from symconv.schedules.reading import Lowered, array_name, array_of, finished, flat, given, read
from symconv.schedules.signature import Emission
from symconv.schedules.taps import scattered


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements, and the value of the main term of a derivation in the layout of the layer."""
    main = derivation.form.terms[0]
    if not main.relations:
        return (), flat(einsum([given(layer, f) for f in main.factors], main.output.axes))
    reading = read(layer, derivation)
    if reading is None:
        return scattered(layer, derivation)
    placed, wide = array_of(reading)
    grouped = regrouped(wide, reading.base.axes, reading.made)
    if grouped != wide:
        name = f"{array_name(wide)}_by_group"
        placed, grouped = (*placed, Let(name, grouped)), Var(name)
    view = windows_of(grouped, reading.array.axes, reading.dimensions, layer.taps)
    seen = Labelled(Var("windows"), view.axes)
    others = [given(layer, reading.other)] if reading.other is not None else []
    named = tuple(Let(f"{array_name(o.value)}_by_group", o.value) for o in others if isinstance(o.value, Reshape))
    others = [Labelled(Var(n.name), o.axes) for n, o in zip(named, others, strict=False)] or others
    divide, value = finished(reading, einsum([seen, *others], reading.inner.output.axes))
    return (*placed, Let("windows", view.value), *named, *divide), value
