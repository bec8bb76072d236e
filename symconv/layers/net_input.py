"""The net input of each layer as a form: constructors only, no algorithms (THEORY §1, §5).

A convolution, a dense layer and a locally connected layer differ in which axes the weights have; pooling has no
weights; the transposed convolution is convolution exchanged by ``a`` and renamed, not a formula of its own.
"""

from __future__ import annotations

from math import prod

import sympy

from symconv.algebra.axes import Axis, Constant, Tensor, axis, ratio, size
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.exchange import exchange
from symconv.algebra.laws import rename
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import own_net_input
from symconv.layers.window import Window, windows


def net_input(geometry: Geometry, output_size: tuple[str, ...] | None = None) -> Form:
    """``net`` of the layer. ``output_size`` names output extents that are read from arrays (see :func:`windows`).

    A layer of one's own has the output size that is given with its formula.
    """
    if isinstance(geometry, OwnGeometry):
        return own_net_input(geometry)
    spatial = windows(geometry, output_size)
    match geometry.kind:
        case "conv" | "dense":
            main = convolution(geometry, spatial)
        case "locally-connected":
            main = locally_connected(geometry, spatial)
        case "conv-transpose":
            main = transposed_convolution(geometry, spatial)
        case _:
            return Form((average_pooling(geometry, spatial),))
    return Form((main, _bias(main.output)) if geometry.bias else (main,))


def convolution(geometry: Geometry, spatial: tuple[Window, ...]) -> Contraction:
    """``net[b,n,i] = Σ w[n,c,p]·a[b,c,x]`` over ``x = S·i + D·p - P₋``; without spatial axes the dense layer.

    Groups are an axis ``g`` that all three share: ``w[g,n,c,p]``, ``a[b,g,c,x]``, ``net[b,g,n,i]``.
    """
    x, i, p = _positions(spatial)
    b, g, n, c = _channels(geometry)
    w = (*g, n, c, *p)
    return _contraction((b, *g, n, *i), w, (b, *g, c, *x), spatial)


def locally_connected(geometry: Geometry, spatial: tuple[Window, ...]) -> Contraction:
    """As convolution, but every output position has weights of its own: ``w[n,c,p,i]``."""
    x, i, p = _positions(spatial)
    b, _, n, c = _channels(geometry)
    return _contraction((b, n, *i), (n, c, *p, *i), (b, c, *x), spatial)


def transposed_convolution(geometry: Geometry, spatial: tuple[Window, ...]) -> Contraction:
    """The exchange of convolution by ``a``, renamed: its input is that layer's net input, its output the other's input.

    ``net[b,n,i] = Σ w[c,n,p]·a[b,c,x]`` over ``i = S·x + D·p - P₋``.
    """
    large, small, p = _positions(spatial)
    b, g, n, c = _channels(geometry)
    conv = _contraction((b, *g, c, *small), (*g, c, n, *p), (b, *g, n, *large), spatial)
    letters = {o.name: o for o in (*large, *small)}
    exchanged = exchange(conv, conv.factor("a"))
    swap = {
        **{exchanged.axis(o.name): letters[s.name].name for o, s in zip(large, small, strict=True)},
        **{exchanged.axis(s.name): letters[o.name].name for o, s in zip(large, small, strict=True)},
    }
    moved = rename(exchanged, swap)
    output, w, a = moved.output, moved.factor("w"), moved.factor("δ")
    return Contraction(
        Operand(Tensor("net", output.axes), output.axes),
        (Operand(Tensor("w", w.axes), w.axes), Operand(Tensor("a", a.axes), a.axes)),
        moved.relations,
    )


def average_pooling(geometry: Geometry, spatial: tuple[Window, ...]) -> Contraction:
    """``net[b,c,i] = (1/∏K)·Σ a[b,c,x]``; where cells are not counted, a constant ``1/count[i]`` per dimension."""
    x, i, p = _positions(spatial)
    b, _, _, c = _channels(geometry)
    output, a = (b, c, *i), (b, c, *x)
    relations = tuple(w.relation(*axes) for w, *axes in zip(spatial, x, i, p, strict=True))
    factors = [Operand(Tensor("a", a), a)]
    if geometry.count_include_pad and not geometry.ceil_mode:
        scale = ratio(1, prod(w.taps for w in spatial))
        return Contraction(Operand(Tensor("net", output), output), tuple(factors), relations, scale)
    for d, (w, o) in enumerate(zip(spatial, i, strict=True)):
        suffix = str(d + 1) if len(spatial) > 1 else ""
        entry = 1 / _count(w, o, geometry.count_include_pad)
        factors.append(Operand(Constant("1/count" + suffix, (o,), entry), (o,)))
    return Contraction(Operand(Tensor("net", output), output), tuple(factors), relations)


def _count(w: Window, i: Axis, count_padding: bool) -> sympy.Expr:
    """How many taps of the window at ``i`` fall on counted cells, ``low ≤ S·i + D·p - P₋ < high``."""
    high = w.input + w.after if count_padding else w.input
    low = -w.before if count_padding else 0
    last = sympy.floor((high - 1 + w.before - w.stride * i.symbol) / sympy.Integer(1) / w.dilation)
    if low + w.before == 0:
        return sympy.Min(w.taps, last + 1)
    first = sympy.ceiling((low + w.before - w.stride * i.symbol) / sympy.Integer(1) / w.dilation)
    return sympy.Min(w.taps, last + 1) - sympy.Max(0, first)


def _bias(output: Operand) -> Contraction:
    """``β[n]`` (``β[g,n]``), the same at every position."""
    axes = tuple(a for a in output.axes if a.name in ("g", "n"))
    return Contraction(output, (Operand(Tensor("β", axes), axes),))


def _contraction(
    output: tuple[Axis, ...], w: tuple[Axis, ...], a: tuple[Axis, ...], spatial: tuple[Window, ...]
) -> Contraction:
    x, i, p = _positions(spatial)
    return Contraction(
        Operand(Tensor("net", output), output),
        (Operand(Tensor("w", w), w), Operand(Tensor("a", a), a)),
        tuple(window.relation(*axes) for window, *axes in zip(spatial, x, i, p, strict=True)),
    )


def _channels(geometry: Geometry) -> tuple[Axis, tuple[Axis, ...], Axis, Axis]:
    """Batch, group (none for one group), filter and depth axis; the last two are counted within a group."""
    groups = size(geometry.groups)
    g = () if groups == 1 else (axis("g", groups),)
    n, c = (axis(name, ratio(size(total), groups)) for name, total in (("n", geometry.filters), ("c", geometry.depth)))
    return axis("b", size(geometry.batch)), g, n, c


def _positions(spatial: tuple[Window, ...]) -> tuple[tuple[Axis, ...], tuple[Axis, ...], tuple[Axis, ...]]:
    """Input positions ``x y z``, output positions ``i j k`` and taps ``p q s``; numbered beyond three dimensions."""

    def letters(three: str) -> list[str]:
        if len(spatial) <= 3:
            return list(three[: len(spatial)])
        return [f"{three[0]}{d + 1}" for d in range(len(spatial))]

    return (
        tuple(axis(name, w.input) for name, w in zip(letters("xyz"), spatial, strict=True)),
        tuple(axis(name, w.output) for name, w in zip(letters("ijk"), spatial, strict=True)),
        tuple(axis(name, w.taps) for name, w in zip(letters("pqs"), spatial, strict=True)),
    )
