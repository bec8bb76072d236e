"""Net-input polynomials differentiated by SymPy: every one of them, or one for all its kind.

Few products: every net input is built from its own symbols and differentiated. Many: all net inputs are the same
polynomial read at other cells, so one is differentiated over *slot* symbols, and each of its derivatives is read at
the cells of every neuron. A slot that holds padding is the number 0: setting a variable to 0 commutes with
differentiating by another one, so a product with such a slot is left out. Averages that divide by other counts are
other polynomials, so there is one for each count.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import prod
from typing import Any

import numpy as np
import sympy

from symconv.derivation.connections import connect_inputs, connect_weights, divisors
from symconv.derivation.monomial import Array, Shape
from symconv.derivation.products import Products
from symconv.layers.geometry import Geometry

VARIABLES = ("a", "w", "bias")
GRADIENT_OF = {"a": "da", "w": "dw", "bias": "dbias"}

Place = tuple[str, int]
"""Where a symbol stands: its tensor, and its flat position there or its slot."""


@dataclass(frozen=True, slots=True, eq=False)
class Neurons:
    """The cells that every net input joins: a row per neuron (b, n, i flat), a column per slot.

    Cells are SymPy expressions, or flat positions with -1 for none. ``weights`` and ``bias`` may be missing;
    ``divisors`` are 1 but for averages.
    """

    inputs: Array
    weights: Array | None
    bias: Array | None
    divisors: Array

    @classmethod
    def of(cls, geometry: Geometry, shapes: Mapping[str, Shape], tensors: Mapping[str, Array], nothing: Any) -> Neurons:
        """The neurons of a layer over arrays ``a``, ``w`` and ``bias`` of any content; ``nothing`` fills padding."""
        batch, filters, *output = shapes["net"]
        inputs = connect_inputs(tensors["a"], geometry, nothing)
        weights = bias = None
        if "w" in tensors:
            weights = np.broadcast_to(connect_weights(tensors["w"], geometry, tuple(output)), inputs.shape)
            weights = weights.reshape(-1, inputs.shape[-1])
        if "bias" in tensors:
            per_filter = tensors["bias"].reshape(filters, *(1 for _ in output))
            bias = np.broadcast_to(per_filter, (batch, filters, *output)).reshape(-1, 1)
        divisor = divisors(geometry) if geometry.is_pooling else np.ones(output, dtype=np.int64)
        divisor = np.broadcast_to(divisor, (batch, filters, *output)).reshape(-1)
        return cls(inputs.reshape(-1, inputs.shape[-1]), weights, bias, divisor)

    @property
    def tables(self) -> dict[str, Array]:
        """The cells by tensor."""
        found = {"a": self.inputs, "w": self.weights, "bias": self.bias}
        return {name: table for name, table in found.items() if table is not None}


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient · ∏ factors``, a summand of a net input (``by`` is None) or of its derivative by ``by``."""

    by: Place | None
    factors: tuple[Place, ...]
    coefficient: sympy.Rational

    @property
    def kind(self) -> Kind:
        """What a row of a table must share: variable, factors' tensors, coefficient."""
        return self.by and self.by[0], tuple(name for name, _ in self.factors), self.coefficient


Kind = tuple[str | None, tuple[str, ...], sympy.Rational]


def positions(shape: Shape) -> Array:
    """An array that holds its own flat positions."""
    return np.arange(prod(shape), dtype=np.int32).reshape(shape)


def symbols(name: str, shape: Shape) -> Array:
    """An array of SymPy symbols, one per cell."""
    cells = np.empty(prod(shape), dtype=object)
    cells[:] = [sympy.Symbol(f"{name}_{position}") for position in range(prod(shape))]
    return cells.reshape(shape)


def net_input(inputs: Array, weights: Array | None, bias: Array | None, d: int) -> sympy.Expr:
    """THEORY §1 for one neuron: ``β + Σ_slot w·a``; an average has no weights and divides by ``d``: ``Σ_slot a/d``."""
    if weights is None:
        return sympy.Add(*(sympy.Mul(sympy.Rational(1, d), a) for a in inputs))
    products = (sympy.Mul(w, a) for w, a in zip(weights, inputs, strict=True))
    return sympy.Add(*products, *(() if bias is None else bias))


def differentiate(net: sympy.Expr, place: Mapping[sympy.Symbol, Place]) -> Iterator[Term]:
    """The summands of a net input, then those of its derivative by each of its symbols.

    By the sum rule only the summands that hold a symbol are handed to SymPy's diff, so the cost is linear.
    """
    holding: dict[sympy.Symbol, list[sympy.Expr]] = defaultdict(list)
    for summand in sympy.Add.make_args(net):
        for symbol in summand.free_symbols:
            holding[symbol].append(summand)
    yield from _terms(net, None, place)
    for symbol in sorted(holding, key=place.__getitem__):
        yield from _terms(sympy.diff(sympy.Add(*holding[symbol]), symbol), place[symbol], place)


def each(neurons: Neurons, tensors: Mapping[str, Array], shapes: Mapping[str, Shape]) -> list[Products]:
    """Every net input over its own symbols, and every derivative of it."""
    place = _places(tensors)
    rows: dict[Kind, list[list[int]]] = defaultdict(list)
    for neuron, inputs in enumerate(neurons.inputs):
        weights = None if neurons.weights is None else neurons.weights[neuron]
        bias = None if neurons.bias is None else neurons.bias[neuron]
        for term in differentiate(net_input(inputs, weights, bias, int(neurons.divisors[neuron])), place):
            variable = [] if term.by is None else [term.by[1]]
            rows[term.kind].append([*variable, neuron, *(position for _, position in term.factors)])
    return [tabulated(kind, list(np.array(table).T), shapes) for kind, table in rows.items()]


def translated(neurons: Neurons, shapes: Mapping[str, Shape]) -> list[Products]:
    """One net input per divisor over slot symbols; its summands and derivatives read at all neurons of its kind."""
    slots = {name: symbols(name, table.shape[1:]) for name, table in neurons.tables.items()}
    place = _places(slots)
    tables = []
    for divisor in np.unique(neurons.divisors):
        rows = np.flatnonzero(neurons.divisors == divisor)
        alike: dict[Kind, list[Term]] = defaultdict(list)
        for term in differentiate(net_input(slots["a"], slots.get("w"), slots.get("bias"), int(divisor)), place):
            alike[term.kind].append(term)
        cells = {name: table[rows] if len(rows) < len(table) else table for name, table in neurons.tables.items()}
        for kind, terms in alike.items():
            tables.append(tabulated(kind, _columns(cells, rows, terms), shapes))
    return tables


def _columns(cells: Mapping[str, Array], rows: Array, terms: Sequence[Term]) -> list[Array]:
    """The columns of a table, terms of one kind × neurons: each slot becomes the cell that the neuron has there."""
    columns = [np.broadcast_to(rows.astype(np.int32)[:, None], (len(rows), len(terms)))]
    if terms[0].by is not None:
        columns.insert(0, cells[terms[0].by[0]][:, [term.by[1] for term in terms if term.by]])
    for k, (name, _) in enumerate(terms[0].factors):
        columns.append(cells[name][:, [term.factors[k][1] for term in terms]])
    real = np.logical_and.reduce([column >= 0 for column in columns])
    return [column[real] for column in columns]


def tabulated(kind: Kind, columns: Sequence[Array], shapes: Mapping[str, Shape]) -> Products:
    """The table of one kind of terms from its columns: [variable,] neuron, factors.

    A derivative's row is multiplied by δ at the neuron.
    """
    variable, names, coefficient = kind
    target = "net" if variable is None else GRADIENT_OF[variable]
    names = names if variable is None else ("delta", *names)
    return Products(
        target=target,
        shape=shapes[target],
        factors=tuple((name, shapes[name]) for name in names),
        cells=columns[0],
        reads=np.stack(columns[1:], axis=1) if len(columns) > 1 else np.zeros((len(columns[0]), 0), dtype=np.int64),
        coefficients=np.broadcast_to(np.int64(coefficient.p), columns[0].shape),
        denominator=int(coefficient.q),
    )


def _terms(polynomial: sympy.Expr, by: Place | None, place: Mapping[sympy.Symbol, Place]) -> Iterator[Term]:
    for summand in sympy.Add.make_args(polynomial):
        coefficient, factors = summand.as_coeff_mul()
        if coefficient != 0:
            powers = [(f, 1) if f.is_Symbol else f.as_base_exp() for f in factors]
            yield Term(by, tuple(sorted(place[base] for base, n in powers for _ in range(int(n)))), coefficient)


def _places(tensors: Mapping[str, Array]) -> dict[sympy.Symbol, Place]:
    return {symbol: (name, k) for name, cells in tensors.items() for k, symbol in enumerate(cells.flat)}
