"""The arrays and sizes that a formula is read for: which tensors there are, their axes, what the size names stand for.

A size is `K` where all dimensions agree, `K1`, `K2` where they differ; `W` is H2 and `L` is K2.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import prod
from typing import Any, TypeAlias

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.algebra.axes import size as normal
from symconv.algebra.notation import refusal, short

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
    """Tensors by their axes, sizes by their letters (a value per dimension), the base that indices are counted from."""

    axes: dict[str, tuple[Axis, ...]]
    sizes: dict[str, tuple[Size, ...]]
    base: int
    is_numeric: bool

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
