"""The net input of a layer of one's own as loops of plain Python, from the syntax tree of its formula: no relation.

Emitted tests judge an emitted module by it. Each additive term is one loop over all its indices; a subscript that can
miss its array is reckoned and guarded.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from fractions import Fraction
from math import lcm

from symconv.algebra.notation_tree import Name, nodes
from symconv.derivation.own_elementwise import Summand, Tree
from symconv.layers.own import OwnGeometry, Place, anatomy, group_axis, own_weights
from symconv.layers.own_net_input import free_sizes, with_letters
from symconv.render.naive_loop import INDENT, affine

NAMES = {"B": "batch", "N": "filters", "C": "depth"}
"""How the test file calls the sizes that it varies."""


def own_net_input_lines(geometry: OwnGeometry) -> list[str]:
    """The body of ``reference_net_input(a, w, bias)``: loops that add every product where it belongs."""
    found = anatomy(geometry.formula)
    tree = Tree(geometry, found.target)
    lines = [*_unpacked(geometry), f"net = np.zeros({_tuple(own_shape('net', geometry))}, a.dtype)"]
    for summand in tree.summands(found.statement.right, {}):
        lines += _Loop(geometry, tree, summand).lines(found.target)
    return [*lines, "return net"]


def varies(geometry: OwnGeometry) -> tuple[str, ...]:
    """Which of batch, filters and depth the loops take as they come: those that no number in them depends on."""
    found = anatomy(geometry.formula)
    tree = Tree(geometry, found.target)
    depends = bool({n.name for n in nodes(found.statement.right) if isinstance(n, Name)} & set(NAMES))
    for summand in tree.summands(found.statement.right, {}):
        places = (found.target, *summand.reads)
        told = [n for n in tree.ranges(summand, places) if not tree.extents(n, places) and n not in summand.ranges]
        depends |= any(_on_channels(name, places) for name in told)
    return () if depends else free_sizes(geometry)


def _on_channels(name: str, places: tuple[Place, ...]) -> bool:
    """Whether an index without a range of its own stands in one of the first two subscripts of an array."""
    return any(
        name in {p.scope.get(n.name, n.name) for n in nodes(s) if isinstance(n, Name)}
        for p in places
        for s in p.subscripts[:2]
    )


def own_shape(array: str, geometry: OwnGeometry) -> list[str]:
    """The shape of an array, in the names of the test file where they vary."""
    g = with_letters(geometry)
    weights = list(own_weights(g))
    k = group_axis(g)
    if k is not None:
        weights[k : k + 2] = [int(weights[k]) * int(weights[k + 1])]
    shapes = {
        "a": [g.batch, g.depth, *g.input_size],
        "net": [g.batch, g.filters, *g.output],
        "bias": [g.filters],
        "w": weights,
    }
    return [_named(v, geometry) for v in shapes["net" if array == "delta" else array]]


def _named(value: int | str, geometry: OwnGeometry) -> str:
    if value == "N" and "filters" not in free_sizes(geometry):
        return "depth"
    return NAMES.get(str(value), str(value))


def _unpacked(geometry: OwnGeometry) -> list[str]:
    """The sizes that the loops need, from the arrays that have them."""
    lines: list[str] = []
    seen: set[str] = set()
    for array in ("a", "w", "bias"):
        if (array == "w" and not geometry.has_weights) or (array == "bias" and not geometry.bias):
            continue
        for k, name in enumerate(own_shape(array, geometry)):
            if not name.isdigit() and name not in seen:
                seen.add(name)
                lines.append(f"{name} = {array}.shape[{k}]")
    return lines


class _Loop:
    """One additive term: its indices under names of Python, its ranges, its guards."""

    def __init__(self, geometry: OwnGeometry, tree: Tree, summand: Summand) -> None:
        self.geometry, self.tree, self.summand = geometry, tree, summand
        places = (anatomy(geometry.formula).target, *summand.reads)
        self.ranges = tree.ranges(summand, places)
        self.names: dict[str, str] = {}
        for index in self.ranges:
            name = index.partition("@")[0]
            taken = {*self.names.values(), "a", "w", "bias", "net", *NAMES.values()}
            while name in taken or keyword.iskeyword(name):
                name += "_"
            self.names[index] = name
        self.equations: list[str] = []
        self.conditions: list[str] = []

    def lines(self, target: Place) -> list[str]:
        """``for … in np.ndindex(…)``, the positions, the guard, the product."""
        cell = self._read("net", target)
        factors = [self._read(read.array, read) for read in self.summand.reads]
        c = self.summand.coefficient
        number = str(c) if c.denominator == 1 else f"Fraction({c.numerator}, {c.denominator})"
        product = " * ".join([number, *factors] if c != 1 or not factors else factors)
        body = [f"{cell} += {product}"]
        if self.conditions:
            body = [f"if {' and '.join(self.conditions)}:", *(INDENT + line for line in body)]
        extents = [self._extent(index) for index in self.ranges]
        names = ", ".join(self.names.values())
        loop = f"for {names}{',' if len(self.names) == 1 else ''} in np.ndindex({', '.join(extents)}):"
        if not extents:
            return [*self.equations, *body]
        return [loop, *(INDENT + line for line in (*self.equations, *body))]

    def _extent(self, index: str) -> str:
        """How many values: the axis on which the index stands alone, the shorter one of several, or a number."""
        places = (anatomy(self.geometry.formula).target, *self.summand.reads)
        wide = with_letters(self.geometry)
        texts = []
        for place in places:
            for k, extent in enumerate(wide.extents(place.array, len(place.subscripts)) or ()):
                if place.bare(k) == index:
                    texts.append(_named(extent, self.geometry))
        if index in self.summand.ranges:
            texts.append(str(self.summand.ranges[index]))
        distinct = sorted(dict.fromkeys(texts), key=lambda text: (text.isdigit(), text))
        low, high = self.ranges[index]
        if not distinct or all(text.isdigit() for text in distinct):
            return str(high - low)
        return distinct[0] if len(distinct) == 1 else f"min({', '.join(distinct)})"

    def _read(self, array: str, place: Place) -> str:
        """``a[b, c, x]``: plain indices as they are, other subscripts by a position of their own."""
        extents = with_letters(self.geometry).extents(array, len(place.subscripts)) or ()
        written = [self._subscript(place, k, _named(e, self.geometry)) for k, e in enumerate(extents)]
        full = len(own_shape(array, self.geometry))
        merged = self._merged(array, written, [_named(e, self.geometry) for e in extents])
        return f"{array}[{', '.join(['0'] * (full - len(merged)) + merged)}]"

    def _merged(self, array: str, written: list[str], extents: list[str]) -> list[str]:
        """Group and channel as one subscript, as the arrays have them."""
        full = len(own_shape(array, self.geometry))
        if len(written) == full + 1:
            k = group_axis(self.geometry) if array == "w" else (0 if array == "bias" else 1)
            assert k is not None
            return [*written[:k], f"{extents[k + 1]} * {written[k]} + {written[k + 1]}", *written[k + 2 :]]
        return written

    def _subscript(self, place: Place, k: int, extent: str) -> str:
        index = place.bare(k)
        if index is not None and self._extent(index) == extent and self.ranges[index][0] == 0:
            return self.names[index]
        coefficients, offset = self._affine(place, k)
        divisor = lcm(offset.denominator, *(c.denominator for c in coefficients.values()))
        terms = [(int(c * divisor), self.names[name]) for name, c in coefficients.items()]
        text = affine(terms, int(offset * divisor)) or "0"
        if not coefficients:
            return text
        position = "xyzuvst"[len(self.equations) % 7] + "_" * (len(self.equations) // 7 + 1)
        if divisor == 1:
            self.equations.append(f"{position} = {text}")
        else:
            self.equations.append(f"{position}, rest_{position} = divmod({text}, {divisor})")
            self.conditions.append(f"rest_{position} == 0")
        self.conditions.append(f"0 <= {position} < {extent}")
        return position

    def _affine(self, place: Place, k: int) -> tuple[Mapping[str, Fraction], Fraction]:
        """Coefficients and offset, from the values of the subscript where one index at a time is 1."""
        zero = dict.fromkeys(self.ranges, 0)
        offset = self._value(place, k, zero)
        slopes = {name: self._value(place, k, {**zero, name: 1}) - offset for name in self.ranges}
        least = sum((c * self.ranges[name][0] for name, c in slopes.items()), Fraction(0))
        return {name: c for name, c in slopes.items() if c}, offset + least

    def _value(self, place: Place, k: int, at: Mapping[str, int]) -> Fraction:
        value, divisor = self.tree.value(place.subscripts[k], place.scope, at)
        return Fraction(int(value), divisor)


def _tuple(parts: list[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
