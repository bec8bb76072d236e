"""Operator notation: ``cross(pad(δ↑S), rot180(w)) ∘ f'(net)`` read off a contraction in correlation form.

The words are recognised from the relations of the definitions (``u = i + before`` is padding, ``u = S·i`` zero
insertion, ``u = K-1-p`` rotation), so what is printed is what the object is. Operators act on the spatial axes;
channels are subscripts and a Σ in front.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Constant, Size, ratio, size
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.algebra.relations import Relation
from symconv.derivation.correlation import core, correlations


@dataclass(frozen=True, slots=True)
class Name:
    """An array by its letter; ``subscripts`` are channel axes, spatial ones are left to the operators."""

    symbol: str
    subscripts: tuple[Axis, ...] = ()


@dataclass(frozen=True, slots=True)
class Pad:
    """``pad(A, before, after)``, one pair per spatial dimension; negative amounts crop."""

    array: Operator
    amounts: tuple[tuple[Size, Size], ...]


@dataclass(frozen=True, slots=True)
class InsertZeros:
    """``A↑S``: S - 1 zeros between neighbours, per spatial dimension."""

    array: Operator
    strides: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Every:
    """``every(A, D)``: each D-th position from the first on, per spatial dimension."""

    array: Operator
    steps: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Rotate:
    """``rot180(A)``: every spatial axis reversed."""

    array: Operator


@dataclass(frozen=True, slots=True)
class Cross:
    """``cross(A, F)``: valid cross-correlation at a stride and a dilation of F."""

    array: Operator
    filter: Operator
    stride: tuple[Size, ...]
    dilation: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Elementwise:
    """``A ∘ B``."""

    left: Operator
    right: Operator


@dataclass(frozen=True, slots=True)
class Scaled:
    """``scale · A``, and ``Σ`` over channel axes in front."""

    scale: Size
    summed: tuple[Axis, ...]
    array: Operator


@dataclass(frozen=True, slots=True)
class Matrix:
    """``A·B``, the product of two matrices, or of a matrix and a vector; a name with ``transposed`` is ``Aᵀ``."""

    left: Name
    right: Name
    left_transposed: bool
    right_transposed: bool


@dataclass(frozen=True, slots=True)
class Total:
    """``A + B + …``, the terms of a form."""

    terms: tuple[Operator, ...]


Operator = Name | Pad | InsertZeros | Every | Rotate | Cross | Elementwise | Scaled | Matrix | Total


def operator(contraction: Contraction) -> Operator | None:
    """The operator form of a contraction in correlation form, or of a product without relations; None where none is."""
    inner, reversed_ = core(contraction)
    if not inner.relations:
        return _sum_form(inner)
    try:
        dimensions = correlations(inner)
    except ValueError:
        return None
    positions = {d.position for d in dimensions}
    taps = {d.tap for d in dimensions}
    array = next(f for f in inner.factors if positions & set(f.axes))
    weights = [f for f in inner.factors if taps & set(f.axes)]
    outputs = {d.output for d in dimensions}
    if len(weights) != 1 or outputs & set(weights[0].axes) or taps & set(inner.output.axes):
        return None
    spatial = positions | taps | outputs
    crossed: Operator = Cross(
        _named(array, spatial),
        _named(weights[0], spatial),
        tuple(d.stride for d in dimensions),
        tuple(d.dilation for d in dimensions),
    )
    channels = tuple(a for a in inner.summed if a not in spatial and a.extent != 1)
    result = _scaled(inner.scale, channels, crossed)
    for factor in inner.factors:
        if factor not in (array, weights[0]):
            result = Elementwise(result, _named(factor, spatial))
    return Rotate(result) if reversed_ else result


def is_of_matrices(tree: Operator | None) -> bool:
    """Whether an operator form multiplies matrices, ``a·wᵀ + β`` or ``(δ·w) ∘ f'``: arrays without subscripts."""
    match tree:
        case Matrix():
            return True
        case Elementwise(left, _):
            return is_of_matrices(left)
        case Total(terms):
            return any(is_of_matrices(term) for term in terms)
    return False


def _sum_form(contraction: Contraction) -> Operator | None:
    """Without relations: a bias, a sum of one array, or a matrix product."""
    if len(contraction.factors) == 1:
        [only] = contraction.factors
        return _scaled(
            contraction.scale, tuple(a for a in contraction.summed if a.extent != 1), Name(only.symbol, only.axes)
        )
    if len(contraction.factors) != 2 or contraction.scale != 1 or len(contraction.output.axes) != 2:
        return None
    left, right = contraction.factors
    rows, columns = contraction.output.axes
    if rows in right.axes:
        left, right = right, left
    shared = [a for a in left.axes if a in right.axes]
    if len(left.axes) != 2 or len(right.axes) != 2 or len(shared) != 1 or columns not in right.axes:
        return None
    return Matrix(Name(left.symbol), Name(right.symbol), left.axes[1] == rows, right.axes[0] == columns)


def _scaled(scale: Size, channels: tuple[Axis, ...], array: Operator) -> Operator:
    return Scaled(scale, channels, array) if channels or scale != 1 else array


def _named(operand: Operand, spatial: set[Axis]) -> Operator:
    """The operand with its definitions unfolded into words."""
    channels = tuple(a for a in operand.axes if a not in spatial and a.extent != 1)
    return _unfold(operand, channels)


def _unfold(operand: Operand, channels: tuple[Axis, ...]) -> Operator:
    if not isinstance(operand.tensor, Definition):
        bare = operand.axes if isinstance(operand.tensor, Constant) and operand.symbol != "1" else channels
        return Name(operand.symbol, bare)
    contraction = operand.tensor.contraction
    if len(contraction.factors) != 1:
        product: Operator = _unfold(contraction.factors[0], channels)
        for factor in contraction.factors[1:]:
            product = Elementwise(product, _unfold(factor, channels))
        return product
    [source] = contraction.factors
    array = _unfold(source, channels)
    views = [_view(r, contraction.output.axes) for r in contraction.relations]
    coefficients = [c for c, _, _, _ in views]
    if all(c == -1 for c in coefficients):
        return Rotate(array)
    if all(c == 1 for c in coefficients):
        return Pad(array, tuple((before, size(wide - before - narrow)) for _, before, wide, narrow in views))
    if any(sympy.denom(c) != 1 for c in coefficients):
        return _sampled(array, views)
    return InsertZeros(array, tuple(coefficients))


def _sampled(array: Operator, views: list[tuple[Size, Size, Size, Size]]) -> Operator:
    """``T'[m] = T[c·m + o]``: the first o entries cropped, then every c-th."""
    steps = tuple(ratio(1, c) for c, _, _, _ in views)
    offsets = tuple(size(-o * c) for (_, o, _, _), c in zip(views, steps, strict=True))
    kept = Pad(array, tuple((size(-o), 0) for o in offsets)) if any(o != 0 for o in offsets) else array
    return Every(kept, steps)


def _view(r: Relation, outer: tuple[Axis, ...]) -> tuple[Size, Size, Size, Size]:
    """``u = c·i + o`` as (c, o, extent of u, extent of i)."""
    [u] = [a for a in r.axes if a in outer]
    [i] = [a for a in r.axes if a not in outer]
    own = r.coefficient(u)
    return (
        ratio(size(-r.coefficient(i)), own),
        ratio(size(-r.offset), own),
        u.extent,
        i.extent,
    )
