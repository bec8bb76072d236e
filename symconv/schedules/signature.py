"""What an emitted function is given: the names of sizes in code, the checks that read them, and flat or split arrays.

Emitted code reads batch, depth, filters and spatial sizes from the arrays; filter size, stride, padding, dilation and
groups are numbers in it. So a program is derived from the layer with names for the former: ``B C N``, ``H1 H2`` and
``O1 O2`` (without number in one dimension).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import sympy

from symconv.algebra.axes import Axis, Size, size
from symconv.algebra.contraction import Form
from symconv.derivation.backward import Backward, backward
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.layers.window import Window, windows
from symconv.schedules.contract import Labelled
from symconv.schedules.program import Divides, Expect, IfGiven, Reshape, Statement, Unpack, Var

IDENTIFIERS = {"β": "bias", "δ": "delta", "∂E/∂a": "da", "∂E/∂w": "dw", "∂E/∂β": "dbias"}
"""Letters that are no Python identifiers, and the name used for them in code."""


@dataclass(frozen=True, slots=True)
class Emission:
    """A layer seen as emitted code sees it: ``form`` and ``derived`` over size names, and the windows that tie them."""

    geometry: Geometry
    named: Geometry
    form: Form
    derived: Backward
    windows: tuple[Window, ...]

    @property
    def spatial(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the input sizes and of the output sizes."""
        return tuple(str(v) for v in self.named.input_size), _names("O", self.geometry.dimensions)

    @property
    def taps(self) -> tuple[Axis, ...]:
        """The tap axes: those of the relations that neither ``a`` nor ``net`` has."""
        main = self.form.terms[0]
        held = {*main.output.axes, *main.factor("a").axes}
        return tuple(a for r in main.relations for a in r.axes if a not in held)

    @property
    def left_over(self) -> tuple[range, ...]:
        """The values that the left-over rows ``r`` of each dimension can take; in ceil mode windows may hang over."""
        if self.geometry.kind == "conv-transpose":
            return tuple(range(int(r), int(r) + 1) for r in self.geometry.output_padding)
        strides = [int(s) for s in self.geometry.stride]
        return tuple(range(1 - s, s + 1) if self.geometry.ceil_mode else range(s) for s in strides)

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self.geometry.groups)


def emission(geometry: Geometry) -> Emission:
    """The layer with names for the sizes that are read from arrays."""
    named = replace(geometry, batch="B", depth="C", filters="N", input_size=_names("H", geometry.dimensions))
    outputs = _names("O", geometry.dimensions)
    form = net_input(named, outputs)
    return Emission(geometry, named, form, backward(form), windows(named, outputs))


def identifier(symbol: str) -> str:
    """The name in code of an array's letter."""
    return IDENTIFIERS.get(symbol, symbol)


def split(symbol: str, axes: tuple[Axis, ...]) -> Labelled:
    """A given array by its axes; with groups the flat channel axis is split in two."""
    value = Var(identifier(symbol))
    if not any(a.name == "g" for a in axes):
        return Labelled(value, axes)
    order = axes if symbol != "w" else tuple(sorted(axes, key=lambda a: a.name != "g"))
    return Labelled(Reshape(value, tuple(a.extent for a in order)), order)


def flat_shape(axes: tuple[Axis, ...]) -> tuple[Size, ...]:
    """The shape of the array as callers see it: the group axis is part of the axis after it."""
    shape: list[Size] = []
    groups: Size = 1
    for a in axes:
        if a.name == "g":
            groups = a.extent
        else:
            shape.append(size(groups * a.extent))
            groups = 1
    return tuple(shape)


def net_input_checks(layer: Emission) -> tuple[Statement, ...]:
    """Shapes of ``a``, ``w`` and ``bias``; binds every size."""
    heights, outputs = layer.spatial
    given: list[Statement] = []
    if layer.geometry.is_pooling:
        given += [Expect("a", (None,) * (2 + len(heights))), Unpack(("B", "C", *heights), "a.shape")]
    else:
        given += _weight_checks(layer)
        given += [Expect("a", (None, _named("C"), *_any(heights))), Unpack(("B", "_", *heights), "a.shape")]
    if heights:
        given.append(Unpack(outputs, f"_output_size({', '.join(heights)})"))
    given += _own_weights(layer)
    if layer.geometry.bias and not layer.geometry.is_pooling:
        given.append(IfGiven("bias", (Expect("bias", (_named("N"),)),)))
    return tuple(given)


def input_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """Shapes of ``delta``, ``w`` and the input size."""
    heights, outputs = layer.spatial
    given: list[Statement] = []
    if layer.geometry.is_pooling:
        given += [Expect("delta", (None,) * (2 + len(outputs))), Unpack(("B", "C", *outputs), "delta.shape")]
    else:
        given += _weight_checks(layer)
        given += [Expect("delta", (None, _named("N"), *_any(outputs))), Unpack(("B", "_", *outputs), "delta.shape")]
    given.append(Unpack(heights, "_input_size(delta, input_size)"))
    return (*given, *_own_weights(layer))


def weight_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """Shapes of ``delta`` and ``a``."""
    heights, outputs = layer.spatial
    given: list[Statement] = [Expect("a", (None,) * (2 + len(heights))), Unpack(("B", "C", *heights), "a.shape")]
    if heights:
        given.append(Unpack(outputs, f"_output_size({', '.join(heights)})"))
    given += [Expect("delta", (_named("B"), None, *(_named(o) for o in outputs))), Unpack(("N",), "delta.shape[1]")]
    if layer.groups > 1:
        given += [Divides(layer.groups, "C", "a"), Divides(layer.groups, "N", "delta")]
    return tuple(given)


def bias_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """The rank of ``delta``."""
    return (Expect("delta", (None,) * (2 + layer.geometry.dimensions)),)


def _weight_checks(layer: Emission) -> list[Statement]:
    geometry = layer.geometry
    own = len(layer.spatial[1]) if geometry.kind == "locally-connected" else 0
    taps = tuple(int(k) for k in geometry.filter_size)
    first, second = ("C", "N") if geometry.kind == "conv-transpose" else ("N", "C")
    if layer.groups == 1:
        return [Expect("w", (None, None, *taps, *(None,) * own)), Unpack((first, second), "w.shape[:2]")]
    return [
        Expect("w", (None, None, *taps)),
        Unpack((first, second), f"w.shape[0], {layer.groups} * w.shape[1]"),
        Divides(layer.groups, first, "w"),
    ]


def _own_weights(layer: Emission) -> list[Statement]:
    """Weights that are not shared have the output's positions too."""
    if layer.geometry.kind != "locally-connected":
        return []
    taps = tuple(int(k) for k in layer.geometry.filter_size)
    return [Expect("w", (_named("N"), _named("C"), *taps, *(_named(o) for o in layer.spatial[1])))]


def _named(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, integer=True, positive=True)


def _any(names: tuple[str, ...]) -> tuple[None, ...]:
    return (None,) * len(names)


def _names(letter: str, dimensions: int) -> tuple[str, ...]:
    return (letter,) if dimensions == 1 else tuple(f"{letter}{d + 1}" for d in range(dimensions))
