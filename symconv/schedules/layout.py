"""Layout: in which order arrays hold their axes. The one place where that is decided.

A layer's net input is the same contraction in either layout; only its tensors list their axes in another order, and
everything that is derived, printed and emitted from it follows:

    channels_first    a, net (b, channel, *position)    w (n, c, *tap, *own position)
    channels_last     a, net (b, *position, channel)    w (*own position, *tap, c, n)

with c and n exchanged for the transposed convolution, and a group axis before the channel axis it divides.
"""

from __future__ import annotations

from dataclasses import replace

from symconv.algebra.axes import Axis, Tensor
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.errors import RequestError

LAYOUTS = ("channels_first", "channels_last")


def arranged(form: Form, layout: str) -> Form:
    """The form with the axes of its tensors in the order of the layout (RequestError for an unknown one)."""
    if layout not in LAYOUTS:
        raise RequestError(f"the layout {layout!r} is not known; choose one of {', '.join(LAYOUTS)}")
    if layout == "channels_first":
        return form
    main = form.terms[0]
    return Form(tuple(_channels_last(term, main) for term in form.terms))


def _channels_last(term: Contraction, main: Contraction) -> Contraction:
    tied = {a for r in main.relations for a in r.axes}

    def moved(operand: Operand) -> Operand:
        if not isinstance(operand.tensor, Tensor) or operand.symbol == "β":
            return operand
        channels = tuple(a for a in operand.axes if a not in tied)
        spatial = tuple(a for a in operand.axes if a in tied)
        if operand.symbol == "w":
            own = tuple(a for a in spatial if a in main.output.axes)
            taps = tuple(a for a in spatial if a not in own)
            axes: tuple[Axis, ...] = (*own, *taps, channels[-1], *channels[:-1])
        else:
            axes = (channels[0], *spatial, *channels[1:])
        return Operand(Tensor(operand.symbol, axes), axes)

    return replace(term, output=moved(term.output), factors=tuple(moved(f) for f in term.factors))
