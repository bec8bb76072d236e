"""Contractions: an output and some factors whose axes are tied by integer relations.

    output[o] = scale · Σ over all axis points that satisfy the relations, of ∏ factors

This file is the whole language. A layer's net input is a :class:`Form`, a sum of contractions with one output
(weights and bias). A factor may itself be the result of a contraction, a :class:`Definition` (a padded or
zero-inserted array); the laws introduce those, and a contraction then carries all it needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from symconv.algebra.axes import Axis, Constant, Size, Tensor
from symconv.algebra.relations import Relation


@dataclass(frozen=True, slots=True)
class Definition:
    """An intermediate array: what ``contraction`` computes, under its output's letter and axes."""

    contraction: Contraction

    @property
    def symbol(self) -> str:
        """The letter of the array, such as ``rot180(w)``."""
        return self.contraction.output.symbol

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The axes of the array."""
        return self.contraction.output.axes


Array = Tensor | Constant | Definition


def source(array: Array) -> Tensor | Constant:
    """The array that a chain of definitions starts from: w for ``rot180(w)``, of a product its first factor."""
    while isinstance(array, Definition):
        array = array.contraction.factors[0].tensor
    return array


@dataclass(frozen=True, slots=True)
class Operand:
    """An array read at plain axes, one for each of its own."""

    tensor: Array
    axes: tuple[Axis, ...]

    def __post_init__(self) -> None:
        if [a.extent for a in self.axes] != [a.extent for a in self.tensor.axes]:
            raise ValueError(
                f"{self.tensor.symbol} has extents {[a.extent for a in self.tensor.axes]} "
                f"but is read at axes {list(self.axes)}"
            )

    @property
    def symbol(self) -> str:
        """The letter of the array."""
        return self.tensor.symbol


@dataclass(frozen=True, slots=True)
class Contraction:
    """``output[o] = scale · Σ ∏ factors`` over the axis points that satisfy all relations.

    The summed axes are those of the factors *and of the relations* that the output does not have.
    """

    output: Operand
    factors: tuple[Operand, ...]
    relations: tuple[Relation, ...] = ()
    scale: Size = 1

    def __post_init__(self) -> None:
        extents: dict[str, Axis] = {}
        for a in self.axes:
            if extents.setdefault(a.name, a) != a:
                raise ValueError(f"the axis {a.name} has two extents: {extents[a.name].extent} and {a.extent}")

    @property
    def axes(self) -> tuple[Axis, ...]:
        """Every axis, the output's first, in order of appearance."""
        holders: Iterable[Operand | Relation] = (self.output, *self.factors, *self.relations)
        return tuple(dict.fromkeys(a for holder in holders for a in holder.axes))

    @property
    def summed(self) -> tuple[Axis, ...]:
        """The axes that are summed over."""
        return tuple(a for a in self.axes if a not in self.output.axes)

    def factor(self, symbol: str) -> Operand:
        """The factor that reads the array of this letter (KeyError if none, ValueError if several)."""
        found = [f for f in self.factors if f.symbol == symbol]
        if not found:
            raise KeyError(symbol)
        if len(found) > 1:
            raise ValueError(f"{symbol} is read {len(found)} times")
        return found[0]

    def axis(self, name: str) -> Axis:
        """The axis of this name (KeyError if none)."""
        return {a.name: a for a in self.axes}[name]


@dataclass(frozen=True, slots=True)
class Form:
    """A sum of contractions with one output."""

    terms: tuple[Contraction, ...]

    def __post_init__(self) -> None:
        if not self.terms:
            raise ValueError("a form has at least one term")
        if any(term.output != self.output for term in self.terms):
            raise ValueError("the terms of a form have one output")

    @property
    def output(self) -> Operand:
        """The output that all terms share."""
        return self.terms[0].output
