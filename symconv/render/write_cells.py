"""Cells and their sums as written: ``∂E/∂a₁₂ = δ₁₁w₁₂ + δ₁₂w₁₁``, a long sum by its first and last terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from symconv.derivation.monomial import Array, Index, Monomial, Shape, leading_axes
from symconv.layers.geometry import Geometry
from symconv.render.cells import CellSum
from symconv.render.written import (
    Dots,
    Equation,
    Fraction,
    Indexed,
    Letter,
    Number,
    Product,
    Signed,
    Sum,
    Value,
    Written,
    product,
    total,
)
from symconv.specification.numbers import shown

LONGEST = 12
"""A sum of more terms is shown by its pattern."""
_FIRST, _LAST = 5, 2
LETTERS = {
    **{"delta": "δ", "bias": "β", "da": "∂E/∂a", "dw": "∂E/∂w", "dbias": "∂E/∂β"},
    **{"delta_prev": "δ^{l-1}", "net_prev": "net^{l-1}", "df": "f'(net^{l-1})"},
}
"""Arrays by the names of the formula language, and how they are written."""
_LIKE = {"delta_prev": "a", "net_prev": "a", "df": "a"}
_ORDER = {"delta": 0, "w": 1, "a": 2, "bias": 3}


@dataclass(frozen=True, slots=True)
class CellWriter:
    """Writes cells of one layer in an index base; make one with :func:`cell_writer`.

    Batch and channel indices of an axis with one entry are left out. ``joined``: digits stand side by side, ``w₁₂``.
    """

    shapes: Mapping[str, Shape]
    base: int
    joined: bool

    def cell(self, name: str, index: Index) -> Written:
        """One cell by the emitted code's name of its array."""
        return self._entry(LETTERS.get(name, name), _LIKE.get(name, name), index)

    def plane(self, letter: str, index: Index, shape: Shape) -> Written:
        """The part of an array that has these leading indices; those of an axis with one entry are left out."""
        shown = tuple(Number(v + self.base) for v, extent in zip(index, shape, strict=True) if extent != 1)
        return Indexed(Letter(letter), shown, joined=False) if shown else Letter(letter)

    def total_derivative(self, target: str, index: Index, reached: Sequence[Index]) -> Equation:
        """``∂E/∂a = Σ ∂E/∂net·∂net/∂a`` over the net inputs that the cell reaches."""
        tensor = target.removeprefix("d")
        cell = self._entry(f"∂{'β' if tensor == 'bias' else tensor}", tensor, index)
        terms = [
            product(self.cell("delta", o), Fraction(self._entry("∂net", "net", o), cell))
            for o in (*reached[:_FIRST], *(reached[-_LAST:] if len(reached) > LONGEST else reached[_FIRST:]))
        ]
        return Equation(self.cell(target, index), _with_dots(terms, len(reached) > LONGEST))

    def sum(self, target: str, index: Index, cells: CellSum) -> Equation:
        """The cell and the sum of its products."""
        is_cut = bool(cells.last) or len(cells.first) > LONGEST
        kept = (*cells.first[:_FIRST], *(cells.last or cells.first)[-_LAST:]) if is_cut else cells.first
        signs = [bool(m.coefficient < 0) for m in kept]
        return Equation(self.cell(target, index), _with_dots([self._product(m) for m in kept], is_cut, signs))

    def numbers(self, cells: CellSum, arrays: Mapping[str, Array]) -> Written:
        """The sum with numbers in the place of its cells; as many terms as :meth:`sum` shows."""
        is_cut = bool(cells.last) or len(cells.first) > LONGEST
        kept = (*cells.first[:_FIRST], *(cells.last or cells.first)[-_LAST:]) if is_cut else cells.first
        terms = [_numbers(m, arrays) for m in kept]
        signs = [bool(m.coefficient < 0) for m in kept]
        for k, term in enumerate(terms):
            if isinstance(term, Value) and term.text.startswith("-"):
                terms[k], signs[k] = Value(term.text[1:]), not signs[k]
        return _with_dots(terms, is_cut, signs)

    def _product(self, monomial: Monomial) -> Written:
        return _scaled(monomial, [self.cell(name, index) for name, index in _ordered(monomial)])

    def _entry(self, letter: str, name: str, index: Index) -> Written:
        shape, lead = self.shapes[name], leading_axes(name)
        shown = [v for k, v in enumerate(index) if k >= lead or shape[k] != 1]
        if not shown:
            return Letter(letter)
        return Indexed(Letter(letter), tuple(Number(v + self.base) for v in shown), joined=self.joined)


def _ordered(monomial: Monomial) -> list[tuple[str, Index]]:
    return sorted(monomial.factors, key=lambda f: _ORDER[f[0]])


def _numbers(monomial: Monomial, arrays: Mapping[str, Array]) -> Written:
    return _scaled(monomial, [Value(shown(arrays[name][index])) for name, index in _ordered(monomial)])


def _scaled(monomial: Monomial, factors: Sequence[Written]) -> Written:
    """The factors with the size of the coefficient before them."""
    top, bottom = abs(monomial.coefficient.p), monomial.coefficient.q
    if bottom == 1:
        return product(Number(top), *factors)
    return Product((Fraction(Number(top), Number(bottom)), *factors))


def cell_writer(geometry: Geometry, base: int) -> CellWriter:
    """The writer for a layer of numeric sizes.

    Digits are joined where they can not be misread: one batch, depth and filter, and no index above 9.
    """
    tensors = {"a": geometry.input_shape, "net": geometry.output_shape}
    if geometry.weight_shape is not None:
        tensors["w"] = geometry.weight_shape
    alone = all(extent == 1 for shape in tensors.values() for extent in shape[:2])
    joined = alone and all(extent - 1 + base <= 9 for shape in tensors.values() for extent in shape[2:])
    shapes = {**tensors, "delta": tensors["net"], "bias": (int(geometry.filters),)}
    gradients = {f"d{name}": shapes[name] for name in ("a", "w", "bias") if name in shapes}
    return CellWriter({**shapes, **gradients}, base, joined)


def _with_dots(terms: list[Written], is_cut: bool, negative: Sequence[bool] = ()) -> Written:
    signs = negative or [False] * len(terms)
    signed = [Signed(sign, term) for sign, term in zip(signs, terms, strict=True)]
    if is_cut:
        return Sum((*signed[:_FIRST], Signed(False, Dots()), *signed[_FIRST:]))
    return total(tuple(signed))
