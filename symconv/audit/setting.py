"""The layer that a formula is read for: which tensors there are, their axes, and what the size names stand for.

All of it is taken from the layer's net input (THEORY §1), so it serves for numbers and for named sizes alike. A size
is `K` where all dimensions agree, `K1`, `K2` where they differ; `W` is H2 and `L` is K2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.algebra.axes import size as normal
from symconv.algebra.contraction import Form
from symconv.algebra.notation import refusal, short
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.layers.window import windows

Value: TypeAlias = Any
"""A `Fraction` at numeric sizes, a SymPy expression at named ones."""

TARGETS = {"net": "net", "da": "a", "delta_prev": "a", "dw": "w", "dbias": "bias"}
"""Target → the tensor whose shape it has."""
TENSORS = {"a": "a", "df": "a", "net": "net", "delta": "net", "w": "w", "bias": "bias"}
"""Tensor of the formula language → the tensor whose shape it has."""
FUNCTIONS = ("cross", "pad", "insert_zeros", "rot180", "every", "sum")
ALIASES = {"W": "H2", "L": "K2"}
LETTERS = {
    **{"H": "input size", "K": "filter size", "S": "stride", "D": "dilation", "P": "padding before"},
    **{"Q": "padding after", "O": "output size", "R": "left-over rows"},
}
CHANNELS = {"B": "batch", "N": "filters", "C": "depth", "G": "groups"}


@dataclass(frozen=True, slots=True, eq=False)
class Setting:
    """A layer's tensors and sizes, and the base its indices are counted from. Make one with :func:`setting`."""

    geometry: Geometry
    form: Form
    axes: dict[str, tuple[Axis, ...]]
    sizes: dict[str, tuple[Size, ...]]
    base: int

    @property
    def is_numeric(self) -> bool:
        """Whether every size is a number."""
        return self.geometry.is_numeric

    def size(self, name: str, at: int) -> Value:
        """What a size name stands for."""
        letter = ALIASES.get(name, name)
        if letter in self.sizes:
            values = self.sizes[letter]
            if len(set(values)) == 1:
                return value(values[0])
            names = ", ".join(f"{letter}{d + 1}" for d in range(len(values)))
            raise refusal(at, f"the size {name} differs between the dimensions", f"write {names}")
        stem, digits = letter.rstrip("0123456789"), letter[len(letter.rstrip("0123456789")) :]
        if stem in LETTERS and digits and stem in self.sizes and 1 <= int(digits) <= len(self.sizes[stem]):
            return value(self.sizes[stem][int(digits) - 1])
        if stem in LETTERS:
            raise refusal(at, f"the size {name} is of a dimension that this layer does not have", "leave it out")
        known = " ".join((*LETTERS, *CHANNELS))
        raise refusal(at, f"the name {short(name)} is not a size", f"sizes are {known}, indices begin in lower case")

    def tensor(self, name: str, at: int) -> tuple[Axis, ...]:
        """The axes of a tensor or target, a group axis apart where there are groups."""
        source = TENSORS.get(name) or TARGETS.get(name)
        if source is None:
            known = ", ".join(TENSORS)
            raise refusal(at, f"{short(name)} is not a tensor", f"tensors are {known}")
        if source not in self.axes:
            raise refusal(at, f"this layer has no {source}, and so no {name}", "leave it out, or choose another layer")
        return self.axes[source]

    def leading(self, name: str, at: int) -> int:
        """How many axes of a tensor are batch, group and channel axes."""
        return sum(a.name in ("b", "g", "n", "c") for a in self.tensor(name, at))

    def written(self, name: str, rank: int, at: int) -> tuple[Size, ...]:
        """The extents of the axes that are written, by their number: flat, with a group axis, or without leading ones.

        Batch and channel axes are left out together, where all their extents are 1 (INTERFACE).
        """
        split = self.tensor(name, at)
        lead = self.leading(name, at)
        flat = _flattened(split)
        forms = [flat] + ([tuple(a.extent for a in split)] if len(split) > len(flat) else [])
        for extents in forms:
            leading_here = lead - (len(split) - len(extents))
            dropped = len(extents) - rank
            if dropped in (0, leading_here) and all(e == 1 for e in extents[:dropped]):
                return extents[dropped:]
        shape = "x".join(map(str, flat))
        raise refusal(
            at,
            f"{name} is written with {rank} subscript{'s' * (rank != 1)}, but it has {len(flat)} axes ({shape})",
            f"give {len(flat)}; batch and channel axes may be left out together where all have extent 1",
        )


def setting(geometry: Geometry, base: int = 0) -> Setting:
    """The tensors and sizes of a layer."""
    form = net_input(geometry)
    axes = {"net": form.output.axes}
    for term in form.terms:
        for factor in term.factors:
            if factor.symbol in ("a", "w", "β"):
                axes["bias" if factor.symbol == "β" else factor.symbol] = factor.axes
    return Setting(geometry, form, axes, _sizes(geometry), base)


def value(size: Size) -> Value:
    """A size as an exact value to reckon with."""
    return Fraction(size) if isinstance(size, int) else size


def whole(number: Value) -> Size:
    """The value as a size in normal form."""
    if isinstance(number, Fraction):
        return normal(sympy.Rational(number.numerator, number.denominator))
    return normal(number)


def _flattened(axes: tuple[Axis, ...]) -> tuple[Size, ...]:
    """Extents with a group axis and the channel axis after it as one."""
    extents: list[Size] = []
    groups: list[Size] = []
    for a in axes:
        if a.name == "g":
            groups.append(a.extent)
        else:
            extents.append(normal(prod((*groups, a.extent))))
            groups = []
    return tuple(extents)


def _sizes(geometry: Geometry) -> dict[str, tuple[Size, ...]]:
    spatial = windows(geometry)
    sizes: dict[str, tuple[Size, ...]] = {
        "B": (normal(geometry.batch),),
        "C": (normal(geometry.depth),),
        "G": (normal(geometry.groups),),
    }
    if not geometry.is_pooling:
        sizes["N"] = (normal(geometry.filters),)
    if not spatial:
        return sizes
    transposed = geometry.kind == "conv-transpose"
    sizes["H"] = tuple(w.output if transposed else w.input for w in spatial)
    sizes["O"] = tuple(w.input if transposed else w.output for w in spatial)
    sizes["K"] = tuple(w.taps for w in spatial)
    sizes["S"] = tuple(w.stride for w in spatial)
    sizes["D"] = tuple(w.dilation for w in spatial)
    sizes["P"] = tuple(w.before for w in spatial)
    sizes["Q"] = tuple(w.after for w in spatial)
    sizes["R"] = tuple(w.left_over for w in spatial)
    for d, given in enumerate(geometry.input_size):
        if isinstance(given, str) and given.rstrip("0123456789") not in (*sizes, *ALIASES):
            sizes[given] = (sizes["H"][d],)
    return sizes
