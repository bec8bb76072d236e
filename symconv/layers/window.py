"""One spatial dimension of a layer: its relation ``x = S·i + D·p - P₋`` and the two extents it ties (THEORY §1, §2)."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.algebra.relations import Relation, relation
from symconv.layers.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Window:
    """Taps of one dimension: how many, how far apart, and where the first window starts.

    ``input`` and ``output`` are the extents of position axes; for named sizes at a stride other than 1 the output
    size ``O`` and the left-over rows ``r`` are the primitive symbols and ``H`` follows from them.
    """

    taps: Size
    stride: Size
    dilation: Size
    before: Size
    after: Size
    input: Size
    output: Size
    flip: bool = False

    @property
    def left_over(self) -> Size:
        """``r = H + P₋ + P₊ - D(K-1) - 1 - S(O-1)``."""
        return size(
            (self.input + self.before + self.after - self.dilation * (self.taps - 1) - 1)
            - self.stride * (self.output - 1)
        )

    def relation(self, x: Axis, i: Axis, p: Axis) -> Relation:
        """``x = S·i + D·p - P₋``; with ``flip`` the taps count from the far end, ``x = S·i + D·(K-1-p) - P₋``."""
        if not self.flip:
            return relation({x: 1, i: -self.stride, p: -self.dilation}, self.before)
        return relation({x: 1, i: -self.stride, p: self.dilation}, self.before - self.dilation * (self.taps - 1))


def extents(
    given: Size,
    taps: Size,
    stride: Size,
    dilation: Size,
    before: Size,
    after: Size,
    suffix: str,
    ceil_mode: bool = False,
) -> tuple[Size, Size]:
    """Input and output extent for a named input size.

    Stride 1: ``O = H + P₋ + P₊ - D(K-1)``. Else ``O`` and ``0 ≤ r < S`` are new symbols (with the dimension as
    suffix) and ``H = S(O-1) + D(K-1) + 1 - P₋ - P₊ + r``: no floor and no remainder, so formulas compare by ``==``.
    In ceil mode r is any whole number, at stride 1 too: a window that starts in the padding after is left out.
    """
    if stride == 1 and not ceil_mode:
        return given, size(given + before + after - dilation * (taps - 1))
    output = size("O" + suffix)
    sign = {} if ceil_mode else {"nonnegative": True}
    rest = sympy.Symbol("r" + suffix, integer=True, **sign)
    return size(stride * (output - 1) + dilation * (taps - 1) + 1 - before - after + rest), output


def is_left_over(cells: Size, output: Size) -> bool:
    """Whether the symbols are the ``r`` and ``O`` of one dimension, made together: then ``0 ≤ r < S``.

    In ceil mode r has no sign, and the answer is no.
    """
    if not isinstance(cells, sympy.Symbol) or not cells.is_nonnegative:
        return False
    name = str(cells)
    return name.startswith("r") and str(output) == "O" + name[1:]


def output_extent(geometry: Geometry, d: int) -> sympy.Expr:
    """``O = ⌊(H + P₋ + P₊ - D(K-1) - 1)/S⌋ + 1`` of one dimension, as expression of a named H.

    In ceil mode ``⌈…⌉``, less one if that last window would start in the padding after, ``S(O-1) ≥ H + P₋``. For the
    transposed convolution ``O = S(H-1) + D(K-1) + 1 - P₋ - P₊ + output padding``.
    """
    given, taps = size(geometry.input_size[d]), size(geometry.filter_size[d])
    stride, dilation = size(geometry.stride[d]), size(geometry.dilation[d])
    before, after = (size(v) for v in geometry.padding[d])
    reach = dilation * (taps - 1) + 1
    if geometry.kind == "conv-transpose":
        return sympy.expand(stride * (given - 1) + reach - before - after + size(geometry.output_padding[d]))
    slack = sympy.expand(given + before + after - reach)
    if not geometry.ceil_mode:
        return sympy.floor(slack / stride) + 1
    most = sympy.ceiling(slack / stride) + 1
    return sympy.Max(most - 1, sympy.Min(most, sympy.ceiling(sympy.expand(given + before) / stride)))


def windows(geometry: Geometry, output_size: tuple[str, ...] | None = None) -> tuple[Window, ...]:
    """The window of each dimension. ``output_size`` names the output extents where they are read from arrays.

    For the transposed convolution these are the windows of the convolution it is the exchange of: their input is the
    layer's output, ``S(H-1) + D(K-1) + 1 - P₋ - P₊ + output padding``.
    """
    made = []
    for d in range(geometry.dimensions):
        given, taps = size(geometry.input_size[d]), size(geometry.filter_size[d])
        stride, dilation = size(geometry.stride[d]), size(geometry.dilation[d])
        before, after = (size(v) for v in geometry.padding[d])
        if output_size is not None:
            large, small = given, size(output_size[d])
            if geometry.kind == "conv-transpose":
                large, small = small, large
        elif geometry.kind == "conv-transpose":
            large, small = size(output_extent(geometry, d)), given
        elif geometry.is_numeric_in(d):
            large, small = given, geometry.output_in(d)
        else:
            suffix = str(d + 1) if len(set(_columns(geometry))) > 1 else ""
            large, small = extents(given, taps, stride, dilation, before, after, suffix, geometry.ceil_mode)
        made.append(Window(taps, stride, dilation, before, after, large, small, geometry.flip))
    return tuple(made)


def _columns(geometry: Geometry) -> list[object]:
    """What distinguishes the dimensions; where nothing does, they share their symbols."""
    g = geometry
    return list(zip(g.input_size, g.filter_size, g.stride, g.dilation, g.padding, strict=True))
