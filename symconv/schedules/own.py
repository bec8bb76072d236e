"""The programs of a layer of one's own, whatever its formula: every solved sum by loops, or gathered into one einsum.

A layer of one's own has fixed spatial sizes; batch, filters and depth are read from the arrays where the formula leaves
them free. ``gather``: each array is read at all positions that its subscripts name, 0 outside, and one einsum
multiplies and adds. A gradient that needs more than the contract passes takes it by keyword: ``input_gradient(delta, w,
input_size=None, *, a)``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import lcm

import sympy

from symconv.algebra.axes import Axis, Size, Tensor, size
from symconv.algebra.formula import Condition, IndexedSum, Read
from symconv.derivation.backward import Backward, Derivation, backward
from symconv.derivation.elementwise import elementwise
from symconv.derivation.products import PolynomialArray
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import CONTRACT, needed, own_net_input, with_letters
from symconv.schedules import unrolled
from symconv.schedules.contract import Labelled, transposed
from symconv.schedules.loops import nested
from symconv.schedules.program import (
    At,
    Binary,
    Cell,
    Einsum,
    Expect,
    Expression,
    IfGiven,
    Item,
    Let,
    Number,
    Ones,
    Program,
    Range,
    Reshape,
    Return,
    Span,
    Statement,
    Store,
    Sum,
    Transpose,
    Unpack,
    Var,
    Zeros,
)
from symconv.schedules.signature import flat_shape, identifier

OWN_SCHEDULES = ("unrolled", "loops", "gather")
FUNCTIONS = {"net": "net_input", "∂E/∂a": "input_gradient", "∂E/∂w": "weight_gradient", "∂E/∂β": "bias_gradient"}
_LETTERS = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"


@dataclass(frozen=True, slots=True)
class OwnEmission:
    """A layer of one's own as emitted code sees it; ``named`` has letters for the sizes that are read from arrays."""

    geometry: OwnGeometry
    named: OwnGeometry
    derived: Backward

    @property
    def goals(self) -> tuple[Derivation, ...]:
        """What is emitted: a function each."""
        d = self.derived
        return tuple(g for g in (d.net_input, d.input_gradient, d.weight_gradient, d.bias_gradient) if g is not None)

    @property
    def axes(self) -> dict[str, tuple[Axis, ...]]:
        """The axes of every array, by its name in code."""
        found = {"delta": self.derived.net_input.form.output.axes}
        for term in self.derived.net_input.form.terms:
            found |= {identifier(f.symbol): f.tensor.axes for f in term.factors if isinstance(f.tensor, Tensor)}
        return found


def own_emission(geometry: OwnGeometry, schedule: str) -> OwnEmission:
    """The layer with letters for batch and channels, where they are free; unrolled code has numbers only."""
    named = geometry if schedule == "unrolled" else with_letters(geometry)
    return OwnEmission(geometry, named, backward(own_net_input(named)))


def own_programs(layer: OwnEmission, schedule: str) -> tuple[Program, ...]:
    """A function for each goal by one schedule (RequestError where it does not apply)."""
    if schedule not in OWN_SCHEDULES:
        raise RequestError(
            f"the schedule {schedule!r} is made for the windows of a built-in layer; "
            f"for a layer of one's own choose auto or one of {', '.join(OWN_SCHEDULES)}"
        )
    return tuple(_program(layer, goal, schedule) for goal in layer.goals)


def inputs_of(layer: OwnEmission, goal: Derivation) -> tuple[str, ...]:
    """The arguments of a function: those of the contract, then after ``*`` whatever else its formula reads."""
    function = FUNCTIONS[goal.goal]
    contract = [name for name in CONTRACT[function] if name in layer.axes]
    contract += ["input_size"] if goal.goal == "∂E/∂a" else []
    more = needed(layer.geometry, function)
    return (*contract, "*", *more) if more else tuple(contract)


def _program(layer: OwnEmission, goal: Derivation, schedule: str) -> Program:
    inputs = inputs_of(layer, goal)
    arrays = tuple(name for name in inputs if name not in ("input_size", "*"))
    checks = _checks(layer, arrays, "input_size" in inputs)
    unrolls = schedule == "unrolled"
    body = _unrolled(layer.geometry, goal, arrays) if unrolls else _summed(layer, goal, arrays, schedule)
    return Program(FUNCTIONS[goal.goal], inputs, (*checks, *body))


def _checks(layer: OwnEmission, arrays: Sequence[str], takes_size: bool) -> tuple[Statement, ...]:
    """The shape of every array; a letter is read where it first stands, and held to afterwards."""
    known: set[str] = set()
    found: list[Statement] = []
    for name in arrays:
        extents = flat_shape(layer.axes[name])
        letters = {k: str(e) for k, e in enumerate(extents) if not isinstance(e, int)}
        check: list[Statement] = [
            Expect(name, tuple(None if k in letters and letters[k] not in known else e for k, e in enumerate(extents)))
        ]
        new = {k: letter for k, letter in letters.items() if letter not in known}
        for k, letter in new.items():
            if letter not in known:
                known.add(letter)
                check.append(Unpack((letter,), f"{name}.shape[{k}]"))
        if len(set(new.values())) < len(new):
            check.append(Expect(name, extents))
        found += [IfGiven(name, tuple(check))] if name == "bias" else check
    if takes_size:
        found.append(Unpack((), "_own_input_size(input_size)"))
    return tuple(found)


def _summed(layer: OwnEmission, goal: Derivation, arrays: Sequence[str], schedule: str) -> tuple[Statement, ...]:
    """The terms one after the other, those with the bias where it is given.

    They are divided once, at the end, which keeps numbers exact. Arrays with a group axis are split first, and the
    result is put together last.
    """
    name, axes = identifier(goal.goal), goal.solved[0].target.axes
    common = lcm(*(int(s.q) for term in goal.solved if (s := sympy.sympify(term.scale, strict=True)).is_Rational))
    zeros = Let(name, Zeros(tuple(a.extent for a in axes), tuple(array for array in arrays if array != "bias")))
    body: list[Statement] = []
    for array in arrays:
        if any(a.name == "g" for a in layer.axes[array]):
            grouped = Let(array, Reshape(Var(array), tuple(a.extent for a in layer.axes[array])))
            body.append(IfGiven(array, (grouped,)) if array == "bias" else grouped)
    made: set[Statement] = set()
    held = False
    for term in map(_in_identifiers, goal.solved):
        needs_bias = any(f.symbol == "β" for f in term.factors)
        scale = size(term.scale * common)
        if schedule == "loops":
            added = _looped(term, name, scale)
            starts = False
        else:
            statements, value = _gathered(term, scale, arrays[0])
            starts = not held and not needs_bias and _is_new(value) and _makes_all(term)
            added = tuple(s for s in statements if s not in made)
            if needs_bias:  # its dtype may be another one
                value = Binary("+", Var(name), value)
            added += (Let(name, value) if starts or needs_bias else Store(Var(name), value, add=True),)
            made |= set() if needs_bias else set(statements)
        if not held and not starts:
            body.append(zeros)
        body += [IfGiven("bias", added)] if needs_bias else added
        held = True
    result: Expression = Var(name)
    if any(a.name == "g" for a in axes):
        result = Reshape(result, flat_shape(axes))
    return (*body, Return(Binary("/", result, Number(common)) if common != 1 else result))


def _is_new(value: Expression) -> bool:
    """Whether the value is an array of its own, not a view of a given one."""
    match value:
        case Item(array=array) | Reshape(array=array) | Transpose(array=array):
            return _is_new(array)
        case Sum(axes=axes):
            return bool(axes)
        case Var():
            return False
    return True


def _makes_all(term: IndexedSum) -> bool:
    """Whether every axis of the target, but for those of one cell, is one of an array that the term reads."""
    subscripts = [s for f in term.factors for s in f.subscripts] + [c.expression for c in term.conditions]
    needed = {a.symbol for a in term.target.axes if a.extent != 1}
    return needed <= {letter for s in subscripts for letter in s.free_symbols}


def _looped(term: IndexedSum, name: str, scale: Size) -> tuple[Statement, ...]:
    """One loop for each axis of the target and of the sum, one guard for each subscript that can miss its array."""
    loops = (*dict.fromkeys(term.target.axes), *term.bounds)
    extents = {a.symbol: a.extent for a in loops}
    guards: dict[str, tuple[sympy.Expr, int, Axis]] = {}
    product: Expression | None = None
    factors: list[Expression] = [] if scale == 1 and term.factors else [Number(scale)]
    for read in term.factors:
        subscripts: list[Size] = []
        for own, subscript in zip(read.tensor.axes, read.subscripts, strict=True):
            if _stays_inside(subscript, own.extent, extents):
                subscripts.append(subscript)
                continue
            letter = _unused(own.name, {*guards, *(a.name for a in loops)})
            guards[letter] = (*_divided(subscript), own)
            subscripts.append(sympy.Symbol(letter, integer=True))
        factors.append(Item(Var(identifier(read.symbol)), tuple(subscripts)))
    for condition in term.conditions:
        letter = _unused("m", {*guards, *(a.name for a in loops)})
        guards[letter] = (*_divided(condition.expression), Axis(sympy.Symbol(letter), condition.extent))
    for factor in factors:
        product = factor if product is None else Binary("*", product, factor)
    assert product is not None
    target = Item(Var(name), tuple(a.symbol for a in term.target.axes))
    return (nested(loops, guards, Store(target, product, add=True)),)


def _gathered(term: IndexedSum, scale: Size, like: str) -> tuple[tuple[Statement, ...], Expression]:
    """Every array at the positions that its subscripts name, then one einsum. Axes that no array has are broadcast."""
    letters = {a.symbol: a for a in (*dict.fromkeys(term.target.axes), *term.bounds)}
    reader = _Reader(letters)
    operands = [reader.read(Var(identifier(read.symbol)), read.tensor.axes, read.subscripts) for read in term.factors]
    for condition in term.conditions:
        ones = Ones((condition.extent,), like)
        operands.append(reader.read(ones, (Axis(sympy.Symbol("m"), condition.extent),), (condition.expression,)))
    wanted = term.target.axes
    present = tuple(a for a in wanted if any(a in o.axes for o in operands))
    value = _contracted(operands, present, like) if operands else Number(scale)
    if scale != 1 and operands:
        value = Binary("*", Number(scale), value)
    if len(present) < len(wanted) and present:
        value = Reshape(value, tuple(a.extent if a in present else 1 for a in wanted))
    return reader.statements, value


def _contracted(operands: Sequence[Labelled], output: tuple[Axis, ...], like: str) -> Expression:
    """``Σ ∏ operands`` as one einsum; a single array without a diagonal is summed and transposed."""
    if len(operands) == 1 and len(set(operands[0].axes)) == len(operands[0].axes):
        [only] = operands
        away = tuple(k for k, a in enumerate(only.axes) if a not in output)
        kept = tuple(a for a in only.axes if a in output)
        return transposed(Labelled(Sum(only.value, away, like) if away else only.value, kept), output).value
    axes = list(dict.fromkeys(a for o in operands for a in o.axes))
    own = {a: a.name for a in axes if a.name in _LETTERS}
    spare = iter(letter for letter in _LETTERS if letter not in own.values())
    letters = {a: own.get(a) or next(spare) for a in axes}
    inputs = ",".join("".join(letters[a] for a in o.axes) for o in operands)
    return Einsum(f"{inputs}->{''.join(letters[a] for a in output)}", tuple(o.value for o in operands))


class _Reader:
    """Reads of arrays at positions; ``statements`` make the index arrays that the positions are reckoned from."""

    def __init__(self, letters: Mapping[sympy.Symbol, Axis]) -> None:
        self.letters = letters
        self.statements: tuple[Statement, ...] = ()

    def read(self, array: Expression, axes: tuple[Axis, ...], subscripts: tuple[sympy.Expr, ...]) -> Labelled:
        """The array with each axis replaced by the letters of its subscript."""
        value = array
        found: list[tuple[Axis, ...]] = []
        fixed: list[Span | Size] = []
        for own, subscript in zip(axes, subscripts, strict=True):
            letter = self.letters.get(subscript) if subscript.is_Symbol else None
            if letter is not None and letter.extent == own.extent:
                found.append((letter,))
            else:
                found.append(tuple(a for s, a in self.letters.items() if s in subscript.free_symbols))
            fixed.append(Span() if found[-1] else size(subscript))
        for k in reversed(range(len(axes))):
            if found[k] and not (subscripts[k].is_Symbol and found[k][0].extent == axes[k].extent):
                numerator, divisor = _divided(subscripts[k])
                value = At(value, k, numerator.xreplace(self._spread(found[k])), divisor)
        if any(not isinstance(f, Span) for f in fixed):
            # An axis of several letters stands for so many axes now; those before it are as they were.
            spread = [span for f, own in zip(fixed, found, strict=True) for span in ([f] * max(1, len(own)))]
            value = Item(value, tuple(spread))
        return Labelled(value, tuple(a for own in found for a in own))

    def _spread(self, letters: tuple[Axis, ...]) -> dict[sympy.Symbol, sympy.Symbol]:
        """Index arrays that broadcast against each other: ``i[:, None] + p``."""
        made = tuple(Let(a.name, Range(a.extent)) for a in letters)
        self.statements = tuple(dict.fromkeys((*self.statements, *made)))
        after = reversed(range(len(letters)))
        return {
            a.symbol: sympy.Symbol(f"{a.name}[:{', None' * n}]" if n else a.name, integer=True)
            for n, a in zip(after, letters, strict=True)
        }


def _unrolled(geometry: OwnGeometry, goal: Derivation, arrays: Sequence[str]) -> tuple[Statement, ...]:
    """Every cell from the elementwise road; the products with the bias are added where it is given."""
    road = elementwise(geometry)
    found = {
        "net": road.net_input,
        "∂E/∂a": road.input_gradient,
        "∂E/∂w": road.weight_gradient,
        "∂E/∂β": road.bias_gradient,
    }[goal.goal]
    assert found is not None
    plain = tuple(t for t in found.terms if all(name != "bias" for name, _ in t.factors))
    biased = PolynomialArray(found.target, found.shape, tuple(t for t in found.terms if t not in plain))
    divides = any(t.denominator != 1 for t in found.terms)
    like = tuple(array for array in arrays if array != "bias")
    name = identifier(goal.goal)
    statements, value = unrolled.lower(name, PolynomialArray(found.target, found.shape, plain), like, divides)
    added = tuple(Store(Item(Var(name), tuple(i)), Cell(e), add=True) for i, e in biased.elements() if e != 0)
    return (*statements, *([IfGiven("bias", added)] if added else []), Return(value))


def _in_identifiers(term: IndexedSum) -> IndexedSum:
    """The sum with letters that Python takes: ``x'`` is ``x_``."""
    axes = {a for read in term.factors for a in read.tensor.axes} | {*term.target.axes, *term.bounds}
    names = {a.symbol: sympy.Symbol(a.name.replace("'", "_"), integer=True) for a in axes}

    def named(a: Axis) -> Axis:
        return Axis(names[a.symbol], a.extent)

    return IndexedSum(
        replace(term.target, axes=tuple(map(named, term.target.axes))),
        tuple(map(named, term.bounds)),
        tuple(Read(f.tensor, tuple(s.xreplace(names) for s in f.subscripts)) for f in term.factors),
        tuple(Condition(c.expression.xreplace(names), c.extent) for c in term.conditions),
        term.scale,
    )


def _divided(subscript: sympy.Expr) -> tuple[sympy.Expr, int]:
    numerator, divisor = sympy.fraction(sympy.together(subscript))
    return sympy.expand(numerator), int(divisor)


def _stays_inside(subscript: sympy.Expr, extent: Size, extents: Mapping[sympy.Symbol, Size]) -> bool:
    """Whether a subscript is whole and in range at every point: at its least and its greatest value."""
    if subscript.is_Symbol and extents.get(subscript) == extent:
        return True
    numerator, divisor = _divided(subscript)
    least = most = numerator
    for letter in numerator.free_symbols & extents.keys():
        last = size(extents[letter] - 1)
        ends = (last, 0) if numerator.coeff(letter).could_extract_minus_sign() else (0, last)
        least, most = least.subs(letter, ends[0]), most.subs(letter, ends[1])
    inside = (sympy.expand(least).is_nonnegative, sympy.expand(extent - 1 - most).is_nonnegative)
    return divisor == 1 and all(v is True for v in inside)


def _unused(name: str, taken: Iterable[str]) -> str:
    name = name.replace("'", "_")
    while name in taken:
        name += "_"
    return name
