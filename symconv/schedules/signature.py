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
from symconv.schedules.layout import arranged
from symconv.schedules.program import Divides, Expect, IfGiven, Reshape, Statement, Unpack, Var

COMMON_SIZE = 32
"""What stands for an input size that is a name."""
IDENTIFIERS = {"β": "bias", "δ": "delta", "∂E/∂a": "da", "∂E/∂w": "dw", "∂E/∂β": "dbias"}
"""Letters that are no Python identifiers, and the name used for them in code."""


def sized(geometry: Geometry) -> Geometry:
    """The layer at a common size where the input's is a name."""
    spans = [int(d) * (int(k) - 1) + 1 for d, k in zip(geometry.dilation, geometry.filter_size, strict=True)]
    given = zip(geometry.input_size, spans, strict=True)
    return replace(geometry, input_size=tuple(max(COMMON_SIZE, k) if isinstance(n, str) else n for n, k in given))


@dataclass(frozen=True, slots=True)
class Emission:
    """A layer seen as emitted code sees it: ``form`` and ``derived`` over size names, and the windows that tie them."""

    geometry: Geometry
    layout: str
    named: Geometry
    form: Form
    derived: Backward
    windows: tuple[Window, ...]

    @property
    def spatial(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The names of the input sizes and of the output sizes."""
        return tuple(str(v) for v in self.named.input_size), _names("O", self.geometry.dimensions)

    def axes(self, array: str) -> tuple[Axis, ...]:
        """The axes of an argument, by its name in code, in the order of the layout."""
        main = self.form.terms[0]
        return main.output.axes if array == "delta" else main.factor(array).axes

    def count(self, channel: Axis) -> int:
        """How many channels of a group the layer's own sizes have."""
        return int(self.geometry.depth if channel.name == "c" else self.geometry.filters) // self.groups

    @property
    def numbers(self) -> dict[str, int]:
        """A number for the name of every size: the layer's own, or what comes of common input sizes."""
        geometry = sized(self.geometry)
        named = zip(sum(self.spatial, ()), (*geometry.input_size, *geometry.output_size), strict=True)
        channels = {"B": geometry.batch, "C": geometry.depth, "N": geometry.output_shape[1]}
        return {name: int(n) for name, n in (*named, *channels.items())}

    def number(self, extent: Size) -> int:
        """A size at these numbers."""
        value = sympy.sympify(extent, strict=True)
        return int(value.subs({s: self.numbers[str(s)] for s in value.free_symbols}))

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


def emission(geometry: Geometry, layout: str = "channels_first") -> Emission:
    """The layer with names for the sizes that are read from arrays, and its axes in the order of the layout."""
    named = replace(geometry, batch="B", depth="C", filters="N", input_size=_names("H", geometry.dimensions))
    outputs = _names("O", geometry.dimensions)
    form = arranged(net_input(named, outputs), layout)
    return Emission(geometry, layout, named, form, backward(form), windows(named, outputs))


def identifier(symbol: str) -> str:
    """The name in code of an array's letter."""
    return IDENTIFIERS.get(symbol, symbol)


def split(name: str, axes: tuple[Axis, ...]) -> Labelled:
    """An array by its axes; with groups the flat channel axis is split in two."""
    value = Var(name)
    if not any(a.name == "g" for a in axes):
        return Labelled(value, axes)
    return Labelled(Reshape(value, tuple(a.extent for a in axes)), axes)


def flat_axes(axes: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes of the array as callers see it: a group axis is no axis of its own."""
    return tuple(a for a in axes if a.name != "g")


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
    if not layer.geometry.is_pooling:
        given += _weight_checks(layer)
    given += _reads(layer, "a", {"C"} if not layer.geometry.is_pooling else set())
    if heights:
        given.append(Unpack(outputs, f"_output_size({', '.join(heights)})"))
    given += _own_weights(layer)
    if layer.geometry.bias and not layer.geometry.is_pooling:
        given.append(IfGiven("bias", (Expect("bias", (_named("N"),)),)))
    return tuple(given)


def input_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """Shapes of ``delta``, ``w`` and the input size."""
    heights, _ = layer.spatial
    given: list[Statement] = []
    if not layer.geometry.is_pooling:
        given += _weight_checks(layer)
    given += _reads(layer, "delta", {"N"} if not layer.geometry.is_pooling else set())
    given.append(Unpack(heights, "_input_size(delta, input_size)"))
    return (*given, *_own_weights(layer))


def weight_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """Shapes of ``delta`` and ``a``."""
    heights, outputs = layer.spatial
    given = _reads(layer, "a", set())
    if heights:
        given.append(Unpack(outputs, f"_output_size({', '.join(heights)})"))
    shape = flat_shape(layer.axes("delta"))
    channel = [str(n) for n in shape].index("N")
    given += [
        Expect("delta", tuple(None if str(n) == "N" else n for n in shape)),
        Unpack(("N",), f"delta.shape[{channel}]"),
    ]
    if layer.groups > 1:
        given += [_divides(layer, "C", "a"), _divides(layer, "N", "delta")]
    return tuple(given)


def bias_gradient_checks(layer: Emission) -> tuple[Statement, ...]:
    """The rank of ``delta``."""
    return (Expect("delta", (None,) * (2 + layer.geometry.dimensions)),)


def _reads(layer: Emission, array: str, known: set[str]) -> list[Statement]:
    """The rank of an array and the sizes that are known already; the others are read from it."""
    shape = [str(n) for n in flat_shape(layer.axes(array))]
    expected = tuple(_named(n) if n in known else None for n in shape)
    return [Expect(array, expected), Unpack(tuple("_" if n in known else n for n in shape), f"{array}.shape")]


def _weight_checks(layer: Emission) -> list[Statement]:
    """Filter sizes are numbers; the channels are read, and with groups the ones that are counted within a group."""
    axes = flat_axes(layer.axes("w"))
    shape = flat_shape(layer.axes("w"))
    expected = Expect("w", tuple(n if a in layer.taps else None for a, n in zip(axes, shape, strict=True)))
    channels = [k for k, a in enumerate(axes) if a.name in ("n", "c")]
    names = tuple({"n": "N", "c": "C"}[axes[k].name] for k in channels)
    if layer.groups == 1:
        read = f"w.shape[{channels[0] or ''}:{channels[-1] + 1 if channels[-1] + 1 < len(axes) else ''}]"
        return [expected, Unpack(names, read if read != "w.shape[:]" else "w.shape")]
    sizes = [
        f"w.shape[{k}]" if str(shape[k]) == name else f"{layer.groups} * w.shape[{k}]"
        for k, name in zip(channels, names, strict=True)
    ]
    whole = next(name for k, name in zip(channels, names, strict=True) if str(shape[k]) == name)
    return [expected, Unpack(names, ", ".join(sizes)), _divides(layer, whole, "w")]


def _divides(layer: Emission, name: str, array: str) -> Divides:
    shape = [str(n) for n in flat_shape(layer.axes(array))]
    return Divides(layer.groups, name, array, shape.index(name), len(shape))


def _own_weights(layer: Emission) -> list[Statement]:
    """Weights that are not shared have the output's positions too."""
    if layer.geometry.kind != "locally-connected":
        return []
    return [Expect("w", flat_shape(layer.axes("w")))]


def _named(name: str) -> sympy.Symbol:
    return sympy.Symbol(name, integer=True, positive=True)


def _names(letter: str, dimensions: int) -> tuple[str, ...]:
    return (letter,) if dimensions == 1 else tuple(f"{letter}{d + 1}" for d in range(dimensions))
