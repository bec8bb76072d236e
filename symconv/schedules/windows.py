"""``windows``: sliding windows over the placed array and one einsum. ``im2col``: the same, as one matrix product.

Both read the correlation form that the laws derive: the array with its padding and inserted zeros, the filter (maybe
rotated), and for each dimension ``u = s·o + d·f``. They serve every direction of every layer with such a form; where an
axis is shared so that there is none (the input gradient of weights that are not shared) they fold, see :func:`fold`.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from symconv.algebra.axes import Axis, Constant, Size, size
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.derivation.backward import Derivation
from symconv.derivation.correlation import Correlation, array_operand, core, correlations
from symconv.layers.window import Window
from symconv.schedules.contract import Labelled, einsum, matrix_product, reshaped
from symconv.schedules.place import placed, placements, regrouped, windows_of
from symconv.schedules.program import (
    Binary,
    Cast,
    Entries,
    Expression,
    For,
    Item,
    Let,
    Range,
    Reshape,
    Span,
    Statement,
    Store,
    Var,
    Zeros,
)
from symconv.schedules.signature import Emission, flat_shape, identifier, split

Contract = Callable[[list[Labelled], tuple[Axis, ...], Size], tuple[tuple[Statement, ...], Labelled]]
Lowered = tuple[tuple[Statement, ...], Expression]


def by_einsum(
    operands: list[Labelled], output: tuple[Axis, ...], scale: Size
) -> tuple[tuple[Statement, ...], Labelled]:
    """One einsum in the contraction's own letters; an operand split into groups is named first."""
    statements: list[Statement] = []
    named = []
    for operand in operands:
        value = operand.value
        if isinstance(value, Reshape):
            name = f"{_array_name(value)}_by_group"
            statements.append(Let(name, value))
            value = Var(name)
        named.append(Labelled(value, operand.axes))
    return tuple(statements), einsum(named, output, scale)


def by_matrix_product(
    operands: list[Labelled], output: tuple[Axis, ...], scale: Size
) -> tuple[tuple[Statement, ...], Labelled]:
    """One matrix product, the windows unfolded into columns; a lone operand is summed."""
    if len(operands) != 2:
        return (), einsum(operands, output, scale)
    view, weights = operands
    if isinstance(view.value, Var) and view.value.name != "windows" and output[0] in view.axes:
        view, weights = weights, view
    return matrix_product(("rows", weights), ("columns", view), output, scale)


def lower(layer: Emission, derivation: Derivation, contract: Contract) -> Lowered:
    """Statements, and the value of the main term of a derivation in flat layout."""
    main = derivation.form.terms[0]
    if not main.relations:
        statements, product = contract([_given(layer, f) for f in main.factors], main.output.axes, main.scale)
        return statements, _flat(product)
    inner, turned = core(_last_form(derivation))
    try:
        dimensions = correlations(inner)
    except ValueError:
        return fold(layer, main)
    array = array_operand(inner)
    assert array is not None
    seen, view = _windows(layer, array, dimensions)
    others = [f for f in inner.factors if f != array and not isinstance(_base(f)[0].tensor, Constant)]
    flattened, product = contract([view, *(_given(layer, f) for f in others)], inner.output.axes, inner.scale)
    like = identifier(_letters(array)[0])
    divide, result = divided(_flat(product), inner.output.axes, counts_of(inner), like)
    if turned:
        name = identifier(main.output.symbol)
        divide = (*divide, Let(name, result))
        result = Item(Var(name), _reversed(layer, inner.output))
    return (*seen, *flattened, *divide), result


def _windows(
    layer: Emission, array: Operand, dimensions: tuple[Correlation, ...]
) -> tuple[tuple[Statement, ...], Labelled]:
    """The array placed among its zeros, split into groups, and the view of its windows, each step under a name."""
    named, source = shared_array(array)
    base, made = placements(layer, array, dimensions)
    store, wide = placed("padded", source, base.axes, made, _array_name(source))
    grouped = regrouped(wide, base.axes, made)
    if grouped != wide:
        name = f"{_array_name(wide)}_by_group"
        store, grouped = (*store, Let(name, grouped)), Var(name)
    view = windows_of(grouped, array.axes, dimensions, layer.taps)
    return (*named, *store, Let("windows", view.value)), Labelled(Var("windows"), view.axes)


def fold(layer: Emission, main: Contraction) -> Lowered:
    """``∂E/∂a[x] = Σₚ m[p, i]`` where ``x = S·i + D·p - P₋``: products first, then each tap added where it belongs.

    The adjoint of taking windows. Used where the relation's axes are shared by two factors.
    """
    x = [a for r in main.relations for a in r.axes if a in main.output.axes]
    i = [a for r in main.relations for a in r.axes if a not in main.output.axes and a not in layer.taps]
    channels = tuple(a for a in main.output.axes if a not in x)
    products = einsum([_given(layer, f) for f in main.factors], (*channels, *layer.taps, *i), main.scale)
    lead = (Span(),) * len(channels)
    extents = [size(_reach(w, a)) for w, a in zip(layer.windows, x, strict=True)]
    target = Item(
        Var("padded"),
        (
            *lead,
            *(
                Span(
                    _offset(w, p),
                    size(_offset(w, p) + w.stride * (o.extent - 1) + 1),
                    int(w.stride) if w.stride != 1 else None,
                )
                for w, p, o in zip(layer.windows, layer.taps, i, strict=True)
            ),
        ),
    )
    of_tap = Item(Var("products"), (*lead, *(p.symbol for p in layer.taps)))
    block: tuple[Statement, ...] = (Let("reached", target), Store(Var("reached"), of_tap, add=True))
    for p in reversed(layer.taps):
        block = (For(p.name, p.extent, block),)
    cropped = tuple(Span(w.before or None, size(w.before + a.extent)) for w, a in zip(layer.windows, x, strict=True))
    return (
        Let("products", products.value),
        Let("padded", Zeros((*flat_shape(channels), *extents), ("products",))),
        *block,
    ), Item(Var("padded"), (*lead, *cropped))


def shared_array(array: Operand) -> Lowered:
    """The given array; where it is defined as a product with constants, that product, named first."""
    base, _ = _base(array)
    if not isinstance(base.tensor, Definition):
        return (), Var(identifier(base.symbol))
    product = base.tensor.contraction
    [given] = [f for f in product.factors if not isinstance(f.tensor, Constant)]
    name = identifier(given.symbol)
    statements, value = divided(Var(name), product.output.axes, counts_of(product), name)
    return (*statements, Let("shared", value)), Var("shared")


def counts_of(contraction: Contraction) -> list[Operand]:
    """The factors ``1/count`` that a result or an array is divided by."""
    return [f for f in contraction.factors if isinstance(f.tensor, Constant) and f.tensor.entry != 1]


def divided(value: Expression, axes: tuple[Axis, ...], counts: list[Operand], like: str) -> Lowered:
    """``value ∘ 1/count``: the counts of each dimension from their entries, multiplied and divided by."""
    if not counts:
        return (), value
    statements: list[Statement] = []
    product: Expression | None = None
    for k, factor in enumerate(counts):
        assert isinstance(factor.tensor, Constant)
        [own] = factor.axes
        statements += [
            Let(own.name, Range(own.extent)),
            Let(f"count{k + 1}", Entries(sympy.denom(sympy.together(factor.tensor.entry)))),
        ]
        spread = Item(Var(f"count{k + 1}"), (Span(),), new=len(axes) - 1 - axes.index(own))
        product = spread if product is None else Binary("*", product, spread)
    assert product is not None
    return (*statements, Let("count", product)), Binary("/", value, Cast(Var("count"), like))


def _last_form(derivation: Derivation) -> Contraction:
    """The last step's relation form: the correlation form, where the laws reached one."""
    forms = [s.after for s in derivation.steps if isinstance(s.after, Contraction)]
    return forms[-1] if forms else derivation.form.terms[0]


def _given(layer: Emission, operand: Operand) -> Labelled:
    """A given tensor by its axes, reversed where a rotation defines it."""
    base, rotated = _base(operand)
    given = split(base.symbol, operand.axes)
    if not rotated:
        return given
    flipped = Item(Var(identifier(base.symbol)), _reversed(layer, operand))
    if isinstance(given.value, Reshape):
        return Labelled(reshaped(flipped, given.value.shape), given.axes)
    return Labelled(flipped, given.axes)


def _array_name(value: Expression) -> str:
    """The name of the array at the bottom of reshapes and items."""
    while isinstance(value, (Reshape, Item)):
        value = value.array
    return value.name if isinstance(value, Var) else "operand"


def _base(operand: Operand) -> tuple[Operand, bool]:
    """The operand under its views, and whether one of them is a rotation."""
    rotated = False
    while isinstance(operand.tensor, Definition) and operand.tensor.contraction.relations:
        contraction = operand.tensor.contraction
        rotated |= any(r.coefficients[0][1] == r.coefficients[1][1] for r in contraction.relations)
        [operand] = contraction.factors
    return operand, rotated


def _reversed(layer: Emission, operand: Operand) -> tuple[Span, ...]:
    """``[:, :, ::-1, ::-1]`` on the tap axes, in flat layout."""
    taps = {a.name for a in layer.taps}
    flat = [a for a in operand.axes if a.name != "g"]
    return tuple(Span(step=-1) if a.name.rstrip("'") in taps else Span() for a in flat)


def _flat(result: Labelled) -> Expression:
    """The value with its group axis merged into the channels."""
    if not any(a.name == "g" for a in result.axes):
        return result.value
    return reshaped(result.value, flat_shape(result.axes))


def _letters(operand: Operand) -> list[str]:
    """The letters of the given tensors under an operand."""
    if not isinstance(operand.tensor, Definition):
        return [] if isinstance(operand.tensor, Constant) else [operand.symbol]
    return [letter for f in operand.tensor.contraction.factors for letter in _letters(f)]


def _offset(window: Window, p: Axis) -> Size:
    return size(window.dilation * p.symbol)


def _reach(window: Window, x: Axis) -> sympy.Expr:
    used = window.stride * (window.output - 1) + window.dilation * (window.taps - 1) + 1
    return sympy.Max(sympy.expand(used), sympy.expand(window.before + x.extent))
