"""Polynomials held as tables of products, so that a million of them cost megabytes and are compared in a second.

One row of `Products` is one product of tensor cells, added into one cell of the target:

    target[cell] += (coefficient / denominator) · ∏_k factor_k[read_k]

Cells and reads are flat (C order) 0-based positions. A `PolynomialArray` is an array of such polynomials. It becomes
SymPy one cell at a time, when a cell is asked for. Names are those of the formula language: targets ``net``, ``da``,
``dw``, ``dbias`` and ``delta_prev``; tensors ``a``, ``w``, ``bias``, ``delta`` and ``df`` (THEORY §1, INTERFACE).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import prod

import numpy as np
import numpy.typing as npt
import sympy

from symconv.derivation.comparison import Difference, differ, first_difference
from symconv.derivation.monomial import (
    BIAS,
    Array,
    Factor,
    Index,
    Monomial,
    Shape,
    flat,
    leading_axes,
    monomial_at,
    unflat,
)
from symconv.errors import RequestError


@dataclass(frozen=True, slots=True, eq=False)
class Products:
    """A table of products of one kind: every row reads the same tensors.

    ``cells``: n flat positions in the target; ``reads``: n × len(factors), flat positions in each factor;
    ``coefficients``: n integers, all over one ``denominator``. A position outside its array is a ValueError.
    """

    target: str
    shape: Shape
    factors: tuple[Factor, ...]
    cells: Array
    reads: Array
    coefficients: Array
    denominator: int = 1

    def __post_init__(self) -> None:
        n = len(self.cells)
        if self.reads.shape != (n, len(self.factors)) or self.coefficients.shape != (n,):
            raise ValueError(
                f"{n} cells need reads of shape ({n}, {len(self.factors)}) and {n} coefficients, "
                f"not {self.reads.shape} and {self.coefficients.shape}"
            )
        if self.denominator < 1:
            raise ValueError(f"the denominator is {self.denominator}; it must be at least 1")
        columns = [(name, shape, self.reads[:, k]) for k, (name, shape) in enumerate(self.factors)]
        for name, shape, column in [(self.target, self.shape, self.cells), *columns]:
            if n and (column.min() < 0 or column.max() >= prod(shape)):
                raise ValueError(f"a position in {name} lies outside its shape {shape}")

    @classmethod
    def from_indices(
        cls,
        target: str,
        shape: Shape,
        cell: Sequence[npt.ArrayLike],
        factors: Sequence[tuple[str, Shape, Sequence[npt.ArrayLike]]],
        coefficient: npt.ArrayLike = 1,
        denominator: int = 1,
    ) -> Products:
        """Products from index arrays, one per axis (0-based); all of them broadcast against each other.

        An index outside its axis is a ValueError: what counts as 0 is left out by whoever enumerates.

        >>> i = np.arange(2)
        >>> table = Products.from_indices("net", (2,), (i,), [("w", (1,), (0,)), ("a", (3,), (i + 1,))])
        >>> table.cells, table.reads.tolist()
        (array([0, 1]), [[0, 1], [0, 2]])
        """
        axes = [np.asarray(index) for index in (*cell, *(i for _, _, index in factors for i in index), coefficient)]
        rows = np.broadcast_shapes(*(index.shape for index in axes))
        n = prod(rows)

        def positions(indices: Sequence[npt.ArrayLike], extents: Shape) -> Array:
            arrays = [np.broadcast_to(np.asarray(index), rows).reshape(n) for index in indices]
            if not n or not extents:
                return np.zeros(n, dtype=np.int64)
            return np.asarray(np.ravel_multi_index(arrays, extents))

        reads = [positions(index, extents) for _, extents, index in factors]
        return cls(
            target=target,
            shape=tuple(shape),
            factors=tuple((name, tuple(extents)) for name, extents, _ in factors),
            cells=positions(cell, shape),
            reads=np.stack(reads, axis=1) if reads else np.zeros((n, 0), dtype=np.int64),
            coefficients=np.broadcast_to(np.asarray(coefficient), rows).reshape(n),
            denominator=denominator,
        )

    def __len__(self) -> int:
        return len(self.cells)

    def times(self, factor: Factor, reads: Array, target: str) -> Products:
        """``target[cell] += row · factor[reads]``: the same rows with one more factor, at the given positions."""
        return Products(
            target,
            self.shape,
            (*self.factors, factor),
            self.cells,
            np.column_stack((self.reads, reads)),
            self.coefficients,
            self.denominator,
        )

    def monomial(self, row: int) -> Monomial:
        """One row as a monomial with full indices."""
        return monomial_at(self.factors, self.reads[row], int(self.coefficients[row]), self.denominator)


@dataclass(frozen=True, slots=True, eq=False)
class PolynomialArray:
    """An array of polynomials, ``array[cell]`` = the sum of that cell's products over all tables.

    ``len()`` is the number of products, so compare with None rather than test for truth.

    >>> i = np.arange(2)
    >>> table = Products.from_indices("net", (1, 1, 2), (0, 0, i), [("a", (1, 1, 3), (0, 0, i + 1))])
    >>> array = PolynomialArray("net", (1, 1, 2), (table,))
    >>> array.element(0, 0, 1), array.element(1)
    (a[0, 0, 2], a[2])
    """

    target: str
    shape: Shape
    terms: tuple[Products, ...]

    def __post_init__(self) -> None:
        for term in self.terms:
            if (term.target, term.shape) != (self.target, self.shape):
                raise ValueError(f"products of {term.target}{term.shape} in {self.target}{self.shape}")

    def __len__(self) -> int:
        return sum(len(term) for term in self.terms)

    @property
    def may_shorten(self) -> bool:
        """Whether batch and channel indices may be left out: all of them have extent 1 and other axes remain."""
        shapes = [(self.target, self.shape), *(factor for term in self.terms for factor in term.factors)]
        return all(
            set(shape[: leading_axes(name)]) <= {1} and (name in BIAS or len(shape) > leading_axes(name))
            for name, shape in shapes
        )

    def full_index(self, indices: Sequence[int]) -> tuple[Index, bool]:
        """The full index, and whether the short form was used; RequestError for an index that does not exist."""
        lead = leading_axes(self.target)
        short = self.may_shorten and len(indices) == len(self.shape) - lead
        index = ((0,) * lead if short else ()) + tuple(int(i) for i in indices)
        extents = "x".join(map(str, self.shape))
        if len(index) != len(self.shape):
            raise RequestError(
                f"{self.target} has {len(self.shape)} axes ({extents}), but {len(index)} indices were given; give all "
                f"{len(self.shape)} (batch and channel indices may be left out together where all of them are 1)"
            )
        if not all(0 <= i < extent for i, extent in zip(index, self.shape, strict=True)):
            given = ",".join(map(str, indices))
            raise RequestError(
                f"the index [{given}] lies outside {self.target} of size {extents}; give 0-based indices inside it"
            )
        return index, short

    def monomials(self, *indices: int) -> tuple[Monomial, ...]:
        """The products of one cell, as they stand in the tables."""
        index, _ = self.full_index(indices)
        cell = flat(index, self.shape)
        return tuple(t.monomial(int(row)) for t in self.terms for row in np.flatnonzero(t.cells == cell))

    def element(self, *indices: int) -> sympy.Expr:
        """One cell as a SymPy polynomial in ``IndexedBase('a')[b, c, x, y]`` and its like (0-based).

        Where all batch and channel extents are 1 their indices may be left out, here and so in what is printed.
        """
        _, short = self.full_index(indices)
        return sympy.Add(*(m.expression(short) for m in self.monomials(*indices)))

    def elements(self, short: bool = False) -> Iterator[tuple[Index, sympy.Expr]]:
        """Every cell in C order with its polynomial, each made when the iterator reaches it."""
        edges = np.arange(prod(self.shape) + 1)
        orders = [np.argsort(t.cells, kind="stable") for t in self.terms]
        starts = [np.searchsorted(t.cells[o], edges) for t, o in zip(self.terms, orders, strict=True)]
        for cell in range(prod(self.shape)):
            rows = zip(self.terms, orders, starts, strict=True)
            parts = [t.monomial(int(row)).expression(short) for t, o, s in rows for row in o[s[cell] : s[cell + 1]]]
            yield unflat(cell, self.shape), sympy.Add(*parts)

    def cells_reading(self, name: str, index: Index) -> tuple[Index, ...]:
        """The cells in which ``name[index]`` occurs, in C order."""
        cells = {
            int(cell)
            for term in self.terms
            for k, (tensor, shape) in enumerate(term.factors)
            if tensor == name
            for cell in term.cells[term.reads[:, k] == flat(index, shape)]
        }
        return tuple(unflat(cell, self.shape) for cell in sorted(cells))

    def evaluate(self, tensors: Mapping[str, Array]) -> Array:
        """The polynomials' values at given tensors: exact Python numbers in an object array of this shape."""
        total = np.zeros(prod(self.shape), dtype=object)
        for term in self.terms:
            values = term.coefficients.astype(object)
            for k, (name, _) in enumerate(term.factors):
                values = values * np.asarray(tensors[name], dtype=object).reshape(-1)[term.reads[:, k]]
            np.add.at(total, term.cells, values if term.denominator == 1 else values * Fraction(1, term.denominator))
        return total.reshape(self.shape)

    def same_as(self, other: PolynomialArray) -> bool:
        """Whether both are the same polynomials: row order and factor order do not matter, like products are added."""
        return (self.target, self.shape) == (other.target, other.shape) and not differ(self.terms, other.terms)

    def difference(self, other: PolynomialArray) -> Difference | None:
        """The first cell (C order) at which ``other`` is another polynomial, or None; ValueError for another shape."""
        if (self.target, self.shape) != (other.target, other.shape):
            raise ValueError(f"{self.target}{self.shape} cannot be compared with {other.target}{other.shape}")
        return first_difference(self.terms, other.terms)
