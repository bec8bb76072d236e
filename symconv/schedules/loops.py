"""``loops``: the solved formula written out, to be read beside the derivation.

One loop for each axis of the target and of the sum, one guard for each subscript that can leave its array or fall
between its entries. Nothing here is fast, and nothing is left to the reader.
"""

from __future__ import annotations

import sympy

from symconv.algebra.axes import Axis, Constant, Size, size
from symconv.algebra.formula import Read, solve
from symconv.derivation.backward import Derivation, solved_axes
from symconv.derivation.correlation import array_operand
from symconv.schedules.contract import scaled
from symconv.schedules.place import LEFT_OVER, by_left_over
from symconv.schedules.program import (
    Binary,
    Expression,
    For,
    Guard,
    Item,
    Let,
    Statement,
    Store,
    Var,
    Zeros,
)
from symconv.schedules.reading import Lowered, counts_of, divided, main_form, shared_array
from symconv.schedules.signature import Emission, flat_shape, identifier


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements that fill the target cell by cell, and its value in flat layout."""
    main = main_form(derivation)
    formula = solve(main, solved_axes(main))
    name = identifier(formula.target.symbol)
    array = array_operand(main)
    named: tuple[Statement, ...] = ()
    names = {f.symbol: identifier(f.symbol) for f in main.factors}
    if array is not None:
        named, shared = shared_array(array)
        assert isinstance(shared, Var)
        names[array.symbol] = shared.name
    reads = [f for f in formula.factors if not isinstance(f.tensor, Constant)]
    axes = main.output.axes
    target = Item(Var(name), _subscripts(axes, tuple(a.symbol for a in axes)))
    product: Expression | None = None
    guards: dict[str, tuple[sympy.Expr, Size, Axis]] = {}
    for read in reads:
        item = _item(layer, names[read.symbol], read, guards)
        product = item if product is None else Binary("*", product, item)
    assert product is not None
    body = nested((*axes, *formula.bounds), guards, Store(target, product, add=True))
    like = tuple(names[r.symbol] for r in reads)
    divide, value = divided(Var(name), axes, counts_of(main), like[0])
    result = scaled(value, formula.scale)
    return (*named, Let(name, Zeros(flat_shape(axes), like)), body, *divide), result


def nested(
    loops: tuple[Axis, ...], guards: dict[str, tuple[sympy.Expr, Size, Axis]], innermost: Statement
) -> Statement:
    """The loops around a statement, each guard as far out as the letters it reads allow."""
    letters = [a.symbol for a in loops]
    depth = {
        own: max(letters.index(s) for s in value.free_symbols if s in letters) for own, (value, _, _) in guards.items()
    }
    body = innermost
    for k in reversed(range(len(loops))):
        for own, (value, divisor, axis) in reversed(guards.items()):
            if depth[own] == k:
                body = Guard(own, value, divisor, axis.extent, (body,))
        body = For(loops[k].name, loops[k].extent, (body,))
    return body


def _item(layer: Emission, name: str, read: Read, guards: dict[str, tuple[sympy.Expr, Size, Axis]]) -> Item:
    """The read as an item; a subscript that may miss its axis goes through a guard that binds the axis' letter."""
    subscripts: list[sympy.Expr] = []
    for own, subscript in zip(read.tensor.axes, read.subscripts, strict=True):
        numerator, divisor = sympy.fraction(sympy.together(subscript))
        if divisor == 1 and (subscript.is_Symbol or _stays_inside(layer, own, subscript)):
            subscripts.append(subscript)
            continue
        guards[own.name] = (sympy.expand(numerator), size(divisor), own)
        subscripts.append(own.symbol)
    return Item(Var(name), _subscripts(read.tensor.axes, tuple(subscripts)))


def _stays_inside(layer: Emission, own: Axis, subscript: sympy.Expr) -> bool:
    """Whether a subscript is in range at its least and its greatest value; one with letters for sizes may not be."""
    extents = {a.symbol: a.extent for a in _axes(layer)}
    if not subscript.free_symbols <= extents.keys():
        return False
    least, most = sympy.expand(subscript), sympy.expand(subscript)
    for letter in sorted(subscript.free_symbols, key=str):
        last = size(extents[letter] - 1)
        rising = not sympy.expand(subscript).coeff(letter).could_extract_minus_sign()
        least, most = (e.subs(letter, v) for e, v in ((least, 0 if rising else last), (most, last if rising else 0)))
    window = next(w for w in layer.windows if own.extent in (w.input, w.output))
    over = by_left_over(size(most - own.extent + 1), window)
    under = by_left_over(size(least), window)
    d = layer.windows.index(window)
    return all(
        _is_at_most(over.subs(LEFT_OVER, r)) and _is_at_most(-under.subs(LEFT_OVER, r)) for r in layer.left_over[d]
    )


def _is_at_most(value: sympy.Expr) -> bool:
    return bool(sympy.expand(value).is_nonpositive)


def _axes(layer: Emission) -> tuple[Axis, ...]:
    return tuple(a for term in layer.form.terms for a in term.axes)


def _subscripts(axes: tuple[Axis, ...], values: tuple[sympy.Expr, ...]) -> tuple[Size, ...]:
    """Flat subscripts: group ``g`` and channel ``n`` of its group are channel ``g·extent + n``."""
    flat: list[Size] = []
    group: sympy.Expr | None = None
    for a, value in zip(axes, values, strict=True):
        if a.name == "g":
            group = value
        elif group is not None:
            flat.append(group * a.extent + value)
            group = None
        else:
            flat.append(value)
    return tuple(flat)
