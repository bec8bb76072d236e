"""A formula in operators as relations: an operator makes a new axis and ties it to the old one.

``pad``: y = x + l. ``insert_zeros``: y = S·x. ``rot180``: y = n - 1 - x. ``every``: x = D·y. ``cross``: x = S·i + D·p.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import count, product

import sympy

from symconv.algebra.axes import Axis, Size, axis, ratio, size
from symconv.algebra.index_form import constant
from symconv.algebra.notation_tree import Amounts, Call, Expression, Name, Number, Product, Statement, Sum
from symconv.algebra.relations import relation
from symconv.algebra.setting import TENSORS, whole
from symconv.audit.operator_form import ORDER, array_argument, check_call, options, padding, pairs
from symconv.audit.setting import LayerSetting
from symconv.audit.systems import System


class _Undecided(Exception):
    """The shape, or that two shapes are equal, can not be told without numbers."""


@dataclass(frozen=True, slots=True)
class _Part:
    """One product of an array: its system, its channel axes by letter, its spatial axes (None: the same everywhere)."""

    system: System
    labels: dict[str, Axis]
    spatial: tuple[Axis, ...] | None


def operator_systems(statement: Statement, here: LayerSetting) -> list[System] | None:
    """The products of a formula in operators; None where sizes do not tell."""
    try:
        return _Walk(here, statement.target.name).result(statement.right)
    except _Undecided:
        return None


class _Walk:
    """From the inside out; new axes are numbered."""

    def __init__(self, here: LayerSetting, target: str) -> None:
        self.here, self.target = here, target
        self.axes = here.tensor(target, 1)
        self.kept = {a.name for a in self.axes if a.name in ORDER}
        self._numbers = count()

    def result(self, node: Expression) -> list[System]:
        """The products, with the axes of the target tied to those of the result."""
        found = []
        for part in self.parts(node):
            system = part.system
            space = list(part.spatial or ())
            for n, a in enumerate(self.axes):
                real = axis(f"target.{n}", a.extent)
                if a.name in ORDER:
                    own = part.labels.get(a.name)
                elif part.spatial is None:
                    own = None
                else:
                    own = space.pop(0)
                    if own.extent != a.extent:
                        raise _Undecided
                if own is not None:
                    system = _tie(system, {real: 1, own: -1})
            found.append(system)
        return found

    def parts(self, node: Expression) -> list[_Part]:
        match node:
            case Number():
                return [_Part(System(whole(node.value), ()), {}, None)]
            case Name(name=name) if name not in TENSORS:
                return [_Part(System(whole(self.here.size(name, node.at)), ()), {}, None)]
            case Name(name=name, at=at):
                return [self._tensor(name, at)]
            case Sum(terms=terms):
                return [_scaled(p, sign) for sign, e in terms for p in self.parts(e)]
            case Product(factors=factors):
                found = [_Part(System(1, ()), {}, None)]
                for divides, e in factors:
                    if divides:
                        by = whole(constant(e, self.here))
                        found = [_scaled(p, ratio(1, by)) for p in found]
                    else:
                        found = [self._times(p, q) for p, q in product(found, self.parts(e))]
                return found
            case Call():
                return self._call(node)
            case _:
                raise _Undecided

    def _tensor(self, name: str, at: int) -> _Part:
        split = self.here.tensor(name, at)
        real = tuple(axis(f"{name}.{n}", a.extent) for n, a in enumerate(split))
        labels = {a.name: x for a, x in zip(split, real, strict=True) if a.name in ORDER}
        spatial = None if name == "bias" else real[len(labels) :]
        return _Part(System(1, (name,)), labels, spatial)

    def _call(self, node: Call) -> list[_Part]:
        check_call(node)
        arrays = self.parts(array_argument(node, 0))
        if node.function == "cross":
            given = options(node)
            steps = [self._steps(given[key]) if key in given else None for key in ("stride", "dilation")]
            return [self._cross(p, q, *steps) for p, q in product(arrays, self.parts(array_argument(node, 1)))]
        return [self._moved(p, node) for p in arrays]

    def _moved(self, part: _Part, node: Call) -> _Part:
        if part.spatial is None:
            raise _Undecided
        system, spatial = part.system, []
        for d, x in enumerate(part.spatial):
            y, terms, offset = self._step(node, d, x)
            system = _tie(system, terms, offset, y)
            spatial.append(y)
        return replace(part, system=system, spatial=tuple(spatial))

    def _step(self, node: Call, d: int, x: Axis) -> tuple[Axis, dict[Axis, Size], Size]:
        """The new axis of one dimension, and its relation to the old one."""
        match node.function:
            case "rot180":
                y = self._new(x.extent)
                return y, {y: 1, x: 1}, size(1 - x.extent)
            case "pad":
                before, after = pairs(padding(node), self.here.geometry.dimensions)[d]
                low, high = (whole(constant(e, self.here)) for e in (before, after))
                y = self._new(size(x.extent + low + high))
                return y, {y: 1, x: -1}, size(-low)
            case "insert_zeros":
                step = self._steps(node.arguments[1])[d]
                y = self._new(size(step * (x.extent - 1) + 1))
                return y, {y: 1, x: size(-step)}, 0
            case _:
                step = self._steps(node.arguments[1])[d]
                y = self._new(size(self._quotient(size(x.extent - 1), step) + 1))
                return y, {x: 1, y: size(-step)}, 0

    def _cross(self, array: _Part, taps: _Part, strides: list[Size] | None, dilations: list[Size] | None) -> _Part:
        if array.spatial is None or taps.spatial is None:
            raise _Undecided
        joined = self._times(replace(array, spatial=None), replace(taps, spatial=None))
        system, spatial = joined.system, []
        for d, (x, p) in enumerate(zip(array.spatial, taps.spatial, strict=True)):
            stride, dilation = (1 if steps is None else steps[d] for steps in (strides, dilations))
            span = size(x.extent - dilation * (p.extent - 1) - 1)
            i = self._new(size(self._quotient(span, stride) + 1))
            system = _tie(system, {x: 1, i: size(-stride), p: size(-dilation)}, 0, i)
            # Valid correlation reads inside the array only, so a range that x may have says nothing more.
            system = replace(system, free=system.free | ({x} & set(system.auxiliary)))
            spatial.append(i)
        labels = {k: a for k, a in joined.labels.items() if k in self.kept}
        return _Part(system, labels, tuple(spatial))

    def _times(self, left: _Part, right: _Part) -> _Part:
        """Both systems together; axes that both have are equal."""
        if set(left.system.reads) & set(right.system.reads):
            raise _Undecided
        one, two = left.system, right.system
        system = System(
            size(one.scale * two.scale),
            (*one.reads, *two.reads),
            (*one.relations, *two.relations),
            (*one.auxiliary, *two.auxiliary),
            one.free | two.free,
        )
        for k in left.labels.keys() & right.labels.keys():
            system = _tie(system, {left.labels[k]: 1, right.labels[k]: -1})
        if left.spatial is not None and right.spatial is not None:
            for x, y in zip(left.spatial, right.spatial, strict=True):
                if x.extent != y.extent:
                    raise _Undecided
                system = _tie(system, {x: 1, y: -1})
        spatial = right.spatial if left.spatial is None else left.spatial
        return _Part(system, {**right.labels, **left.labels}, spatial)

    def _steps(self, amount: Amounts) -> list[Size]:
        return [whole(constant(e, self.here)) for e, _ in pairs(amount, self.here.geometry.dimensions)]

    def _new(self, extent: Size) -> Axis:
        return axis(f"${next(self._numbers)}", extent)

    def _quotient(self, value: Size, by: Size) -> Size:
        """``⌊value/by⌋`` where the terms that ``by`` does not divide are a number or the left-over rows, 0 ≤ r < S."""
        if by == 1:
            return value
        if isinstance(value, int) and isinstance(by, int):
            return value // by
        whole_part: list[sympy.Expr] = []
        rest: list[sympy.Expr] = []
        for term in sympy.Add.make_args(value if isinstance(value, sympy.Expr) else sympy.Integer(value)):
            quotient = sympy.cancel(term / by)
            is_whole = sympy.fraction(quotient)[1] == 1
            (whole_part if is_whole else rest).append(quotient if is_whole else term)
        left = size(sympy.Add(*rest))
        if left == 0 or (left, by) in zip(self.here.sizes["R"], self.here.sizes["S"], strict=True):
            return size(sympy.Add(*whole_part))
        if isinstance(left, int) and isinstance(by, int):
            return size(sympy.Add(*whole_part) + left // by)
        raise _Undecided


def _tie(system: System, terms: dict[Axis, Size], offset: Size = 0, *new: Axis) -> System:
    return replace(
        system,
        relations=(*system.relations, relation(terms, offset)),
        auxiliary=(*system.auxiliary, *new),
    )


def _scaled(part: _Part, by: Size) -> _Part:
    return replace(part, system=replace(part.system, scale=size(part.system.scale * by)))
