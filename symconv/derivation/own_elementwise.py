"""The elementwise road for a layer of one's own: the syntax tree of its formula, enumerated as INTERFACE defines it.

Every index takes all its values; a point at which all reads and the written cell exist is one product of cells; a read
outside its array or at a non-integer is 0. No relation is made and none is solved: subscripts are evaluated, on arrays
of index values. The net inputs are then SymPy polynomials, differentiated by SymPy, as for any other layer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import ceil, floor, prod
from typing import Any

import numpy as np
import sympy

from symconv.algebra.notation_tree import Call, Expression, Name, Number, Product, Subscripted, Sum
from symconv.derivation.calculus import GRADIENT_OF, Kind, Place, differentiate, symbols, tabulated
from symconv.derivation.monomial import Array, Shape
from symconv.derivation.products import Products
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry, anatomy
from symconv.layers.own import Place as Written

CHUNK = 1 << 18
MOST_POINTS = 20_000_000
"""More index points than this are refused: they would take minutes."""
EVERY_PRODUCT = 150
"""Up to this many products each net input is differentiated by itself: its polynomial is built anew for every cell."""
ALIASES = {"W": "H2", "L": "K2"}


@dataclass(frozen=True, slots=True)
class Summand:
    """One additive term: a number times reads; ``ranges`` are those that `sum` gives, or another term of its scope."""

    coefficient: Fraction
    reads: tuple[Written, ...] = ()
    ranges: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """The products of one summand: a row each, the flat position that is written and those that are read."""

    coefficient: Fraction
    arrays: tuple[str, ...]
    written: Array
    read: Array


def own_tables(geometry: OwnGeometry, shapes: Mapping[str, Shape], every_net_input: int) -> list[Products]:
    """The tables of ``net`` and of its gradients; up to so many products each net input is differentiated by itself."""
    found = [cells for cells in _cells(geometry) if len(cells.written)]
    if sum(len(cells.written) for cells in found) > min(every_net_input, EVERY_PRODUCT):
        return [table for cells in found for table in _translated(cells, shapes)]
    return _each(found, shapes)


def _each(found: Sequence[Cells], shapes: Mapping[str, Shape]) -> list[Products]:
    """Every net input as the polynomial of its own symbols, and every derivative of it."""
    tensors = {name: symbols(name, shapes[name]).reshape(-1) for name in {n for cells in found for n in cells.arrays}}
    place: dict[sympy.Symbol, Place] = {s: (name, k) for name, cells in tensors.items() for k, s in enumerate(cells)}
    summands: dict[int, list[sympy.Expr]] = defaultdict(list)
    for cells in found:
        number = sympy.Rational(cells.coefficient.numerator, cells.coefficient.denominator)
        for neuron, reads in zip(cells.written.tolist(), cells.read.tolist(), strict=True):
            factors = (tensors[name][at] for name, at in zip(cells.arrays, reads, strict=True))
            summands[neuron].append(sympy.Mul(number, *factors))
    rows: dict[Kind, list[list[int]]] = defaultdict(list)
    for neuron in sorted(summands):
        for term in differentiate(sympy.Add(*summands[neuron]), place):
            variable = [] if term.by is None else [term.by[1]]
            rows[term.kind].append([*variable, neuron, *(position for _, position in term.factors)])
    return [tabulated(kind, list(np.array(table).T), shapes) for kind, table in rows.items()]


def _translated(cells: Cells, shapes: Mapping[str, Shape]) -> Iterator[Products]:
    """One product of *slots*, differentiated by SymPy and read at every row.

    By the chain rule a cell that stands in several slots gets the derivatives by all of them.
    """
    slots = [sympy.Symbol(f"slot_{k}") for k in range(len(cells.arrays))]
    place: dict[sympy.Symbol, Place] = {slots[k]: (name, k) for k, name in enumerate(cells.arrays)}
    number = sympy.Rational(cells.coefficient.numerator, cells.coefficient.denominator)
    for term in differentiate(sympy.Mul(number, *slots), place):
        columns = [cells.written, *(cells.read[:, k] for _, k in term.factors)]
        if term.by is not None:
            columns.insert(0, cells.read[:, term.by[1]])
        yield tabulated(term.kind, columns, shapes)


def index_points(geometry: OwnGeometry) -> int:
    """How many products the definition has, reads outside included: what it costs to write it out, or to compute it."""
    found = anatomy(geometry.formula)
    tree = Tree(geometry, found.target)
    points = 0
    for summand in tree.summands(found.statement.right, {}):
        ranges = tree.ranges(summand, (found.target, *summand.reads))
        points += prod(max(0, high - low) for low, high in ranges.values())
    return points


def _cells(geometry: OwnGeometry) -> Iterator[Cells]:
    """The products that the formula denotes, summand by summand."""
    found = anatomy(geometry.formula)
    tree = Tree(geometry, found.target)
    for summand in tree.summands(found.statement.right, {}):
        if geometry.bias or all(read.array != "bias" for read in summand.reads):
            yield tree.enumerated(summand)


class Tree:
    """The formula at the layer's sizes."""

    def __init__(self, geometry: OwnGeometry, target: Written) -> None:
        self.geometry, self.target = geometry, target
        self.sizes = _sizes(geometry)
        self.of_target = {name for subscript in target.subscripts for name in _names(subscript, {})}

    def summands(self, node: Expression, scope: Mapping[str, str]) -> list[Summand]:
        """The expression multiplied out."""
        match node:
            case Number(value=value):
                return [Summand(value)]
            case Name(name=name) if name[0].isupper():
                return [Summand(Fraction(self.sizes[name]))]
            case Name(name=name, at=at):
                return [Summand(Fraction(1), (Written(name, (), scope, at),))]
            case Subscripted(name=name, subscripts=subscripts, at=at):
                return [Summand(Fraction(1), (Written(name, subscripts, scope, at),))]
            case Sum(terms=terms):
                parts = [(sign, s) for sign, e in terms for s in self.summands(e, scope)]
                return [replace(s, coefficient=sign * s.coefficient) for sign, s in parts]
            case Product(factors=factors):
                found = [Summand(Fraction(1))]
                for divides, factor in factors:
                    if divides:
                        value, divisor = self.value(factor, scope, {})
                        found = [replace(s, coefficient=s.coefficient * divisor / int(value)) for s in found]
                    else:
                        found = [_times(s, t) for s in found for t in self.summands(factor, scope)]
                return found
            case Call():
                return self._summed(node, scope)

    def _summed(self, node: Call, scope: Mapping[str, str]) -> list[Summand]:
        own = dict(scope)
        given: dict[str, int] = {}
        for amount in node.arguments[1:]:
            index = amount.pairs[0][0]
            assert isinstance(index, Name)
            own[index.name] = index.name if index.name in self.of_target else f"{index.name}@{index.at}"
        for name, amount in node.keywords:
            own[name] = name if name in self.of_target else f"{name}@{amount.at}"
            value, divisor = self.value(amount.pairs[0][0], scope, {})
            given[own[name]] = int(value) // divisor
        inner = self.summands(node.arguments[0].pairs[0][0], own)
        bound = [*given, *(own[a.pairs[0][0].name] for a in node.arguments[1:] if isinstance(a.pairs[0][0], Name))]
        for name in bound:
            extents = [e for s in inner for e in self.extents(name, s.reads)]
            extent = given.get(name, min(extents) if extents else None)
            if extent is not None:
                inner = [
                    s
                    if name not in given and self.extents(name, s.reads)
                    else replace(s, ranges={**s.ranges, name: extent})
                    for s in inner
                ]
        return inner

    def extents(self, index: str, places: Sequence[Written]) -> list[int]:
        """The extents of the axes on which an index stands alone."""
        return [int(extent) for place in places for k, extent in enumerate(self.shape(place)) if place.bare(k) == index]

    def shape(self, place: Written) -> Shape:
        """The extents of the axes that are written."""
        extents = self.geometry.extents(place.array, len(place.subscripts))
        assert extents is not None
        return tuple(int(e) for e in extents)

    def value(self, node: Expression, scope: Mapping[str, str], at: Mapping[str, Any]) -> tuple[Any, int]:
        """Numerator and denominator of a subscript where indices have these values."""
        match node:
            case Number(value=number):
                return number.numerator, number.denominator
            case Name(name=name):
                return (self.sizes[name] if name[0].isupper() else at[scope.get(name, name)]), 1
            case Sum(terms=terms):
                total: tuple[Any, int] = (0, 1)
                for sign, part in terms:
                    value, below = self.value(part, scope, at)
                    total = total[0] * below + sign * value * total[1], total[1] * below
                return total
            case Product(factors=factors):
                total = (1, 1)
                for divides, part in factors:
                    value, below = self.value(part, scope, at)
                    above, under = (below, int(value)) if divides else (value, below)
                    total = total[0] * above, total[1] * under
                return total if total[1] > 0 else (-total[0], -total[1])
        raise AssertionError(node)

    def enumerated(self, summand: Summand) -> Cells:
        """All index points, a chunk at a time; those stay at which every subscript is whole and inside."""
        places = (self.target, *summand.reads)
        ranges = self.ranges(summand, places)
        starts = [low for low, _ in ranges.values()]
        extents = tuple(max(0, high - low) for low, high in ranges.values())
        if prod(extents) > MOST_POINTS:
            raise RequestError(
                f"the formula has {prod(extents)} index points at this size, too many to write out (at most "
                f"{MOST_POINTS}); give smaller sizes"
            )
        columns: list[list[Array]] = [[] for _ in places]
        for first in range(0, prod(extents), CHUNK):
            flat = np.arange(first, min(prod(extents), first + CHUNK))
            values = np.unravel_index(flat, extents) if extents else ()
            at = {name: v + low for name, v, low in zip(ranges, values, starts, strict=True)}
            found = [self._positions(place, at, len(flat)) for place in places]
            inside = np.logical_and.reduce([exists for _, exists in found])
            for column, (position, _) in zip(columns, found, strict=True):
                column.append(position[inside])
        whole = [np.concatenate(column) if column else np.zeros(0, dtype=np.int64) for column in columns]
        read = np.stack(whole[1:], axis=1) if len(whole) > 1 else np.zeros((len(whole[0]), 0), dtype=np.int64)
        return Cells(summand.coefficient, tuple(r.array for r in summand.reads), whole[0], read)

    def _positions(self, place: Written, at: Mapping[str, Array], rows: int) -> tuple[Array, Array]:
        """The flat position of a cell at every point, and whether there is one."""
        flat, exists = np.zeros(rows, dtype=np.int64), np.ones(rows, dtype=bool)
        for subscript, extent in zip(place.subscripts, self.shape(place), strict=True):
            value, divisor = self.value(subscript, place.scope, at)
            index, rest = np.divmod(np.broadcast_to(np.asarray(value, dtype=np.int64), (rows,)), divisor)
            exists = exists & (rest == 0) & (index >= 0) & (index < extent)
            flat = flat * extent + index
        return flat, exists

    def ranges(self, summand: Summand, places: Sequence[Written]) -> dict[str, tuple[int, int]]:
        """Index → first value and one more than the last.

        An index that stands alone has the values of that axis, the shorter one of two; another one those for which
        the reads can be inside, told by its subscripts at the ends of the other ranges.
        """
        names = dict.fromkeys(n for p in places for s in p.subscripts for n in _names(s, p.scope))
        ranges: dict[str, tuple[int, int]] = {}
        for name in (*names, *(n for n in summand.ranges if n not in names)):
            extents = [*self.extents(name, places), *([summand.ranges[name]] if name in summand.ranges else [])]
            if extents:
                ranges[name] = (0, min(extents))
        waiting = [name for name in names if name not in ranges]
        while waiting:
            told = {n: spans for n in waiting if (spans := self._spans(n, places, ranges))}
            if not told:
                raise RequestError(f"nothing bounds the index {waiting[0].partition('@')[0]}; give its range in sum(…)")
            for name, spans in told.items():
                ranges[name] = (max(low for low, _ in spans), min(high for _, high in spans) + 1)
            waiting = [name for name in waiting if name not in ranges]
        return ranges

    def _spans(
        self, name: str, places: Sequence[Written], ranges: Mapping[str, tuple[int, int]]
    ) -> list[tuple[int, int]]:
        """For each subscript with this index whose others have ranges, the values at which it can be inside."""
        spans = []
        for place in places:
            for subscript, extent in zip(place.subscripts, self.shape(place), strict=True):
                names = set(_names(subscript, place.scope))
                others = sorted(names - {name})
                if name not in names or any(other not in ranges for other in others):
                    continue
                ends = [(ranges[o][0], ranges[o][1] - 1) for o in others]
                found: list[tuple[int, int]] = []
                for corner in product(*ends):
                    at = dict(zip(others, corner, strict=True))
                    base = self._at(subscript, place, {**at, name: 0})
                    slope = self._at(subscript, place, {**at, name: 1}) - base
                    if slope:
                        low, high = sorted((-base / slope, (extent - 1 - base) / slope))
                        found.append((ceil(low), floor(high)))
                if found:
                    spans.append((min(low for low, _ in found), max(high for _, high in found)))
        return spans

    def _at(self, subscript: Expression, place: Written, at: Mapping[str, int]) -> Fraction:
        value, divisor = self.value(subscript, place.scope, at)
        return Fraction(int(value), divisor)


def _times(one: Summand, other: Summand) -> Summand:
    return Summand(one.coefficient * other.coefficient, (*one.reads, *other.reads), {**one.ranges, **other.ranges})


def _names(node: Expression, scope: Mapping[str, str]) -> Iterator[str]:
    """The indices in a subscript."""
    match node:
        case Name(name=name) if not name[0].isupper():
            yield scope.get(name, name)
        case Sum(terms=parts) | Product(factors=parts):
            for _, part in parts:
                yield from _names(part, scope)


def _sizes(geometry: OwnGeometry) -> dict[str, int]:
    """What the upper-case names stand for."""
    g = geometry
    found = {"B": int(g.batch), "N": int(g.filters), "C": int(g.depth), "G": int(g.groups)}
    for letter, values in (("H", g.input_size), ("O", g.output), ("K", g.filter_size)):
        found |= {f"{letter}{d + 1}": int(v) for d, v in enumerate(values)}
        if values and len(set(values)) == 1:
            found[letter] = int(values[0])
    return found | {alias: found[name] for alias, name in ALIASES.items() if name in found}


def own_shapes(geometry: OwnGeometry) -> dict[str, Shape]:
    """The shape of every array of the layer, gradients included."""
    shapes: dict[str, Shape] = {"a": geometry.input_shape, "delta": geometry.output_shape}
    if geometry.weight_shape is not None:
        shapes["w"] = geometry.weight_shape
    if geometry.bias:
        shapes["bias"] = (int(geometry.filters),)
    return {**shapes, "net": shapes["delta"], **{GRADIENT_OF[n]: s for n, s in shapes.items() if n in GRADIENT_OF}}
