"""A formula as relations between the axes of the tensors it reads: index notation, operators, and the derived one.

None stands for what has no such form at these sizes, such as a shape that can not be told without numbers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction

import sympy

from symconv.algebra.axes import Axis, Size, axis, size
from symconv.algebra.contraction import Contraction
from symconv.algebra.index_form import IndexForm, IndexRead, Term, is_operator_form, read_index_form
from symconv.algebra.linear import Linear
from symconv.algebra.notation_tree import Statement
from symconv.algebra.relations import Relation, relation
from symconv.algebra.setting import whole
from symconv.audit.derived import derived_form
from symconv.audit.operator_relations import operator_systems
from symconv.audit.setting import LayerSetting, setting
from symconv.audit.systems import Normal, System, normal_form
from symconv.layers.geometry import Geometry

NAMES = {"a": "a", "w": "w", "β": "bias", "δ": "delta"}


def is_derived(statement: Statement, geometry: Geometry, base: int) -> bool:
    """Whether the formula and the derived one have the same normal form, term by term, at these sizes."""
    here = setting(geometry, base)
    if is_operator_form(statement):
        systems = operator_systems(statement, here)
    else:
        systems = index_systems(read_index_form(statement, here), here)
    if systems is None:
        return False
    form = derived_form(here.form, statement.target.name)
    wanted = [contraction_system(term, statement.target.name) for term in form.terms]
    return _collected(systems) == _collected(wanted)


def tensor_axes(name: str, place: int, extents: Sequence[Size]) -> tuple[Axis, ...]:
    """The axes of one read; ``place`` tells several reads of one tensor apart."""
    return tuple(axis(f"{name}{place or ''}.{n}", extent) for n, extent in enumerate(extents))


def index_systems(form: IndexForm, here: LayerSetting) -> list[System] | None:
    """The terms of a formula in index notation."""
    found = []
    for term in form.terms:
        system = _index_system(term, form.target, here)
        if system is None:
            return None
        found.append(system)
    return found


def contraction_system(term: Contraction, target: str) -> System:
    """A derived contraction: its axes are indices, each with its range. The error term is multiplied by ``df``."""
    reads = [(NAMES[f.symbol], f.axes) for f in term.factors if f.symbol in NAMES]
    if target == "delta_prev":
        reads.append(("df", term.output.axes))
    own = {a: axis(f"#{a.name}", a.extent) for a in term.axes}
    relations = [relation({own[a]: c for a, c in r.coefficients}, r.offset) for r in term.relations]
    seen: Counter[str] = Counter()
    for name, axes in [("target", term.output.axes), *reads]:
        real = tensor_axes(name, seen[name], [a.extent for a in axes])
        seen[name] += 1
        relations += [relation({x: 1, own[a]: -1}) for x, a in zip(real, axes, strict=True)]
    return System(term.scale, tuple(name for name, _ in reads), tuple(relations), tuple(own.values()))


def _index_system(term: Term, target: IndexRead, here: LayerSetting) -> System | None:
    names = dict.fromkeys((*(n for s in target.subscripts for n in s.coefficients), *term.indices))
    own = {n: axis(f"#{n}", term.ranges.get(n, 0)) for n in names}
    relations: list[Relation] = []
    seen: Counter[str] = Counter()
    for read in (target, *term.reads):
        name = "target" if read is target else read.tensor
        places = _places(name, seen[name], read, here)
        if places is None:
            return None
        seen[name] += 1
        relations += [_tied(place, s, own, here.base) for place, s in zip(places, read.subscripts, strict=True)]
    free = frozenset(a for n, a in own.items() if n not in term.ranges)
    return System(
        whole(term.coefficient), tuple(r.tensor for r in term.reads), tuple(relations), tuple(own.values()), free
    )


def _places(name: str, place: int, read: IndexRead, here: LayerSetting) -> list[dict[Axis, Size]] | None:
    """The position that each subscript gives, in the axes of the tensor: a flat channel is ``R·g + n``."""
    split = here.tensor(read.tensor, read.at)
    real = tensor_axes(name, place, [a.extent for a in split])
    flat: list[dict[Axis, Size]] = []
    for n, x in enumerate(real):
        if n and split[n - 1].name == "g" and len(read.extents) < len(split):
            flat[-1] = {real[n - 1]: x.extent, x: 1}
        else:
            flat.append({x: 1})
    dropped = len(flat) - len(read.extents)
    if dropped < 0 or any(a.extent != 1 for terms in flat[:dropped] for a in terms):
        return None
    return flat[dropped:]


def _tied(position: dict[Axis, Size], subscript: Linear, own: dict[str, Axis], base: int) -> Relation:
    """``d·position = Σ d·c·index + d·offset`` with the common divisor d; indices counted from 0 here."""
    values = {n: _expression(c) for n, c in subscript.coefficients.items()}
    offset = _expression(subscript.offset) + base * sum(values.values()) - base
    divisor = sympy.Integer(1)
    for value in (*values.values(), offset):
        divisor = sympy.lcm(divisor, sympy.fraction(sympy.together(value))[1])
    terms: dict[Axis, Size] = {x: size(divisor * c) for x, c in position.items()}
    for n, value in values.items():
        terms[own[n]] = size(-sympy.cancel(divisor * value))
    return relation(terms, size(-sympy.cancel(divisor * offset)))


def _expression(value: object) -> sympy.Expr:
    return sympy.Rational(value.numerator, value.denominator) if isinstance(value, Fraction) else sympy.expand(value)


def _collected(systems: Sequence[System]) -> dict[Normal, sympy.Expr]:
    """Normal forms with the sum of their scales; what cancels is left out."""
    found: dict[Normal, sympy.Expr] = {}
    for system in systems:
        scale, *rest = normal_form(system)
        key = tuple(rest)
        found[key] = sympy.expand(found.get(key, 0) + scale)
    return {key: scale for key, scale in found.items() if scale != 0}
