"""What a result reads, asked of the derivation cell by cell: nothing here knows what padding or a stride is.

A derivation in correlation form reads a defined array (padded, zero-inserted) through a filter (turned around). Which
cells one cell of the result reads is a row of that formula written out; what a cell of a defined array holds is its
definition written out: a cell of the given array, or a zero, and the law that put it there.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from math import prod

import sympy

from symconv.algebra.axes import Constant, Size, Tensor
from symconv.algebra.contraction import Array, Contraction, Definition
from symconv.algebra.exchange import exchange
from symconv.algebra.formula import IndexedSum, Read, solve
from symconv.algebra.laws import pad
from symconv.derivation.backward import Derivation, solved_axes
from symconv.derivation.correlation import array_operand, core
from symconv.derivation.monomial import Index
from symconv.errors import RequestError
from symconv.render.arrays import CHANNELS, view_coefficients
from symconv.render.cells import cell_sum, has_products
from symconv.render.figures.description import Role

LEAD = 2
"""Batch and channel, or filter and depth, come before the spatial indices of every array but the bias."""
Padding = tuple[tuple[int, int], ...]
_ROLES = {"a": Role.INPUT, "δ": Role.ERROR, "w": Role.FILTER, "net": Role.RESULT}


@dataclass(frozen=True, slots=True)
class Content:
    """What a cell holds: ``factor`` times the cell ``index`` of a given array, or a zero where that is None."""

    role: Role
    index: Index | None = None
    factor: sympy.Rational = sympy.S.One


@dataclass(frozen=True, slots=True)
class Meeting:
    """One product: a cell of the array, the tap it meets (None without a filter), by full 0-based indices; a factor."""

    cell: Index
    tap: Index | None
    factor: sympy.Rational


@dataclass(frozen=True, slots=True)
class Reading:
    """One result as a sum of products of an array's cells and a filter's taps.

    ``outer`` renumbers the result where the correlation is read in reverse; ``filter`` is None for pooling.
    """

    derivation: Derivation
    formula: IndexedSum
    outer: IndexedSum | None
    inner: Contraction
    array: Array
    filter: Array | None

    @property
    def extents(self) -> Index:
        """The spatial size of the result."""
        return extents(self.derivation.form.output.tensor)

    @property
    def is_whole(self) -> bool:
        """Whether one example, filter and depth are all that a cell of the result is the sum of."""
        return all(a.extent == 1 for a in self.formula.bounds if a.name in CHANNELS)

    @property
    def window(self) -> int:
        """How many products one example, filter and depth have in a cell of the result."""
        return prod(int(a.extent) for a in self.formula.bounds if a.name not in CHANNELS)

    def meetings(self, index: Index) -> tuple[Meeting, ...]:
        """What the cell of the result with this full index has of the first example, filter and depth."""
        if self.outer is not None:
            [[_, index]] = cell_sum(self.outer, index).first[0].factors
        array, taps = _name(self.array), None if self.filter is None else _name(self.filter)
        found = []
        for product in cell_sum(_first_plane(self.formula), index).first:
            read = dict(product.factors)
            found.append(Meeting(read[array], None if taps is None else read[taps], product.coefficient))
        return tuple(found)

    def is_read(self, cell: Index) -> bool:
        """Whether any cell of the result reads this cell of the array: a row of the formula exchanged by the array."""
        return has_products(_read_by(self.inner, self.array), cell)


def reading(derivation: Derivation, padding: Padding = ()) -> Reading:
    """The correlation form of a derivation, or its solved sum where there is none.

    The correlation form pads no more than its windows need; with ``padding``, that of the layer for each dimension,
    the array is as the layer has it, left-over rows and all. RequestError where no array is read through windows.
    """
    main = derivation.form.terms[0]
    last = next((s.after for s in reversed(derivation.steps) if isinstance(s.after, Contraction)), main)
    inner, is_reversed = core(last)
    formula = derivation.textbook or derivation.solved[0]
    if derivation.textbook is not None and (stated := _as_stated(derivation, padding)) is not None:
        inner, is_reversed = stated, False
        formula = solve(inner, solved_axes(inner))
    array = next((f for f in formula.factors if _is_slid_over(f, formula)), None)
    if array is None:
        raise RequestError(
            f"{derivation.goal} of this layer reads no array through windows, so none can be drawn; "
            "choose connections or matrix"
        )
    others = [f.tensor for f in formula.factors if f is not array and isinstance(source(f.tensor), Tensor)]
    outer = _solved(last) if is_reversed else None
    return Reading(derivation, formula, outer, inner, array.tensor, others[0] if others else None)


def _as_stated(derivation: Derivation, padding: Padding) -> Contraction | None:
    """The correlation with the array padded by these amounts; None without any, or where they do not suffice."""
    if not any(amount for pair in padding for amount in pair):
        return None
    earlier = [s.after for s in derivation.steps if s.law != "pad" and isinstance(s.after, Contraction)]
    unpadded = earlier[-1] if earlier else derivation.form.terms[0]
    array = array_operand(unpadded)
    assert array is not None
    positions = [next(a for a in r.axes if a in array.axes) for r in unpadded.relations]
    try:
        return pad(unpadded, dict(zip(positions, padding, strict=True)))
    except ValueError:
        return None


def source(array: Array) -> Tensor | Constant:
    """The given array that a defined one is made of."""
    while isinstance(array, Definition):
        array = array.contraction.factors[0].tensor
    return array


def chain(array: Array) -> tuple[Array, ...]:
    """The given array, then each array defined from the one before, the array itself last."""
    if isinstance(array, Definition):
        return (*chain(array.contraction.factors[0].tensor), array)
    return (array,)


def extents(array: Array) -> Index:
    """The spatial extents: of weights that are not shared, those of one filter come first."""
    return tuple(int(a.extent) for a in array.axes if a.name not in CHANNELS)


@cache
def content(array: Array, index: Index) -> Content:
    """What the cell of this full index holds."""
    if not isinstance(array, Definition):
        return Content(_ROLES.get(array.symbol, Role.FILTER), index)
    products = cell_sum(_solved(array.contraction), index).first
    if not products:
        return Content(_zero(array))
    [[first, *_]] = [product.factors for product in products]
    inner = content(array.contraction.factors[0].tensor, first[1])
    return Content(inner.role, inner.index, inner.factor * products[0].coefficient)


@cache
def _first_plane(formula: IndexedSum) -> IndexedSum:
    """The part of a sum with the first example, filter and depth of those that are summed over."""
    bounds = tuple(replace(a, extent=1) if a.name in CHANNELS else a for a in formula.bounds)
    return replace(formula, bounds=bounds)


@cache
def _read_by(inner: Contraction, array: Array) -> IndexedSum:
    """The exchange of a contraction by one of its arrays, taken as given."""
    given = Tensor(array.symbol, array.axes)
    factors = tuple(replace(f, tensor=given) if f.tensor == array else f for f in inner.factors)
    exchanged = exchange(replace(inner, factors=factors), next(f for f in factors if f.tensor == given))
    return solve(exchanged, solved_axes(exchanged))


def _zero(definition: Definition) -> Role:
    """Who put a zero there: zero insertion spreads the cells of an array, padding leaves them as close as they were."""
    return Role.PADDING if all(_is_unit(c) for c in view_coefficients(definition)) else Role.INSERTED


def _is_unit(coefficient: Size) -> bool:
    return coefficient in (1, -1)


@cache
def _solved(contraction: Contraction) -> IndexedSum:
    """Each relation solved for what it adds: a definition as a reading of the array it is made of."""
    return solve(contraction, [next(a for a in r.axes if a in contraction.summed) for r in contraction.relations])


def _is_slid_over(read: Read, formula: IndexedSum) -> bool:
    """Whether a subscript joins a position of the result with a bound axis: the array, not the filter."""
    symbols = {a.symbol for a in (*formula.target.axes, *formula.bounds)}
    given = source(read.tensor)
    is_array = isinstance(given, Tensor) and given.symbol != "w"
    return is_array and any(len(s.free_symbols & symbols) > 1 for s in read.subscripts)


def _name(array: Array) -> str:
    """The name under which a written-out product lists the array."""
    return {"δ": "delta", "β": "bias"}.get(array.symbol, array.symbol)
