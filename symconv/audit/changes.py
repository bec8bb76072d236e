"""What a mistake does to the derived formula: to its relation, to its sums, to its factors, to its scale.

Windows are changed in the relation ``x = S·i + D·p - P₋``, sums by leaving products out, and results by a factor.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from symconv.algebra.axes import Axis
from symconv.algebra.contraction import Form
from symconv.audit.derived import derived_form, derived_polynomials, form_polynomials
from symconv.derivation.monomial import Array, Shape, leading_axes
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.layers.window import Window, windows

Make = Callable[[Geometry, str], PolynomialArray | None]
"""The changed formula at a geometry, for a target; None where the mistake has no meaning."""
Count = Callable[[Geometry], Fraction]
Columns = dict[str, Array]
"""Axis letter → its index in every row of a table."""


@dataclass(frozen=True, slots=True)
class Mistake:
    """What went wrong, in words, and the formula that results."""

    reason: str
    make: Make


def shifted(by: int) -> Callable[[Window], Window]:
    """Another padding before: everything moves by so many cells."""
    return lambda w: replace(w, before=w.before + by)


def of_window(reason: str, change: Callable[[Window], Window], only: int | None = None) -> Mistake:
    """The relation of each dimension (or of one) with a changed window, the axes as they are."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        changed = [change(w) if only in (None, d) else w for d, w in enumerate(windows(geometry))]
        return _with_windows(geometry, target, changed)

    return Mistake(reason, make)


def exchanged(field: str) -> Make:
    """One number of the window in the opposite order of dimensions."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        given = windows(geometry)
        values = [getattr(w, field) for w in given][::-1]
        return _with_windows(geometry, target, [replace(w, **{field: v}) for w, v in zip(given, values, strict=True)])

    return make


def _with_windows(geometry: Geometry, target: str, changed: list[Window]) -> PolynomialArray | None:
    form = derived_form(net_input(geometry), target)
    main = form.terms[0]
    if not main.relations or any(int(w.stride) == 0 for w in changed):
        return None
    relations = []
    for d, window in enumerate(changed):
        own = [r for r in main.relations if any(a.name in _names(d, len(changed)) for a in r.axes)]
        [old] = own
        x, i, p = (_letter(old.axes, group) for group in ("xyz", "ijk", "pqs"))
        if geometry.kind == "conv-transpose":
            x, i = i, x
        relations.append(window.relation(x, i, p))
    return form_polynomials(Form((replace(main, relations=tuple(relations)), *form.terms[1:])), geometry, target)


def _names(d: int, n: int) -> tuple[str, ...]:
    return tuple(group[d] if n <= 3 else f"{group[0]}{d + 1}" for group in ("xyz", "ijk", "pqs"))


def _letter(axes: tuple[Axis, ...], group: str) -> Axis:
    [found] = [a for a in axes if a.name[0] in group]
    return found


def some_terms(geometry: Geometry, target: str, part: slice) -> PolynomialArray | None:
    """Only some terms of the form: the products, or the bias."""
    terms = derived_form(net_input(geometry), target).terms[part]
    return form_polynomials(Form(terms), geometry, target) if terms else None


def bias_subtracted(geometry: Geometry, target: str) -> PolynomialArray | None:
    """The net input with its last term, the bias, negated."""
    found = derived_polynomials(geometry, target)
    if not geometry.bias or geometry.is_pooling:
        return None
    *products, bias = found.terms
    return replace(found, terms=(*products, replace(bias, coefficients=-bias.coefficients)))


def without_slope(geometry: Geometry, target: str) -> PolynomialArray:
    """∂E/∂a in the place of the error term."""
    found = derived_polynomials(geometry, "da")
    return PolynomialArray(target, found.shape, tuple(replace(t, target=target) for t in found.terms))


def with_slope(geometry: Geometry, target: str) -> PolynomialArray:
    """The error term in the place of ∂E/∂a."""
    found = derived_polynomials(geometry, "delta_prev")
    return PolynomialArray(target, found.shape, tuple(replace(t, target=target) for t in found.terms))


def slope_twice(geometry: Geometry, target: str) -> PolynomialArray:
    """The error term, multiplied by f' once more."""
    found, df = derived_polynomials(geometry, "delta_prev"), ("df", geometry.input_shape)
    return PolynomialArray(target, found.shape, tuple(t.times(df, t.cells, target) for t in found.terms))


def transposed_channels(geometry: Geometry, target: str) -> PolynomialArray | None:
    """w[c,n] for w[n,c]."""
    return _moved(geometry, target, (1, 0, *range(2, 2 + geometry.dimensions)))


def transposed_filter(geometry: Geometry, target: str) -> PolynomialArray | None:
    """w[q,p] for w[p,q]."""
    n = geometry.dimensions
    return _moved(geometry, target, (0, 1, *range(1 + n, 1, -1)))


def transposed_unrotated(geometry: Geometry, target: str) -> PolynomialArray | None:
    """w[q,p] for w[p,q], and the filter not rotated."""
    changed = _with_windows(geometry, target, [replace(w, flip=not w.flip) for w in windows(geometry)])
    n = geometry.dimensions
    return None if changed is None else _moved_array(changed, geometry, target, (0, 1, *range(1 + n, 1, -1)))


def _moved(geometry: Geometry, target: str, order: tuple[int, ...]) -> PolynomialArray | None:
    return _moved_array(derived_polynomials(geometry, target), geometry, target, order)


def _moved_array(
    array: PolynomialArray, geometry: Geometry, target: str, order: tuple[int, ...]
) -> PolynomialArray | None:
    """The axes of w in another order, where it is read or where it is written; what falls outside is dropped."""
    shape = geometry.weight_shape
    if shape is None or len(shape) != len(order):
        return None
    found = []
    for table in array.terms:
        places = [k for k, (name, _) in enumerate(table.factors) if name == "w"]
        if target == "dw":
            cells, inside = _reordered(table.cells, shape, order)
            found.append(_rows(replace(table, cells=np.where(inside, cells, 0)), inside))
        elif places:
            reads, inside = _reordered(table.reads[:, places[0]], shape, order)
            columns = table.reads.copy()
            columns[:, places[0]] = np.where(inside, reads, 0)
            found.append(_rows(replace(table, reads=columns), inside))
        else:
            found.append(table)
    return replace(array, terms=tuple(found))


def _reordered(flat: Array, shape: Shape, order: tuple[int, ...]) -> tuple[Array, Array]:
    index = np.unravel_index(flat, shape)
    moved = [index[k] for k in order]
    inside = np.logical_and.reduce([m < e for m, e in zip(moved, shape, strict=True)])
    clipped = [np.minimum(m, e - 1) for m, e in zip(moved, shape, strict=True)]
    return np.ravel_multi_index(clipped, shape), inside


def only_where(reason: str, keep: Callable[[Columns], Array]) -> Mistake:
    """Only the products of some index values; None where the formula has no such index."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        return _filtered(geometry, target, keep)

    return Mistake(reason, make)


def one_short(reason: str, letter: str) -> Mistake:
    """A sum that lacks the last value of its indices."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        sizes = geometry.filter_size if letter == "p" else geometry.output_size
        return _filtered(
            geometry,
            target,
            lambda c: np.logical_and.reduce(
                [c[k] < int(e) - 1 for k, e in zip(letters_of(letter, c), sizes, strict=True)]
            ),
        )

    return Mistake(reason, make)


def one_late(reason: str, letter: str) -> Mistake:
    """A sum that lacks the first value of its indices."""
    return only_where(reason, lambda c: np.logical_and.reduce([c[k] > 0 for k in letters_of(letter, c)]))


def without_left_over(geometry: Geometry, target: str) -> PolynomialArray | None:
    """Nothing written to the left-over rows, ``x ≥ H - r``."""
    if geometry.kind == "conv-transpose" or not any(geometry.left_over):
        return None
    reach = [int(h) - r for h, r in zip(geometry.input_size, geometry.left_over, strict=True)]
    return _filtered(
        geometry,
        target,
        lambda c: np.logical_and.reduce([c[k] < e for k, e in zip(letters_of("x", c), reach, strict=True)]),
    )


def _filtered(geometry: Geometry, target: str, keep: Callable[[Columns], Array]) -> PolynomialArray | None:
    array = derived_polynomials(geometry, target)
    found = []
    for table in array.terms:
        if target == "net" and table.factors[0][0] == "bias":
            found.append(table)
            continue
        try:
            found.append(_rows(table, keep(_columns(table, geometry.dimensions))))
        except KeyError:
            return None
    return replace(array, terms=tuple(found))


def _columns(table: Products, dimensions: int) -> Columns:
    """Every axis letter of the tensors of a table; a tap or position axis of dimension d is ``p1``, ``i1``, ``x1``."""
    found: Columns = {}
    reads = [(name, shape, table.reads[:, k]) for k, (name, shape) in enumerate(table.factors)]
    for name, shape, flat in [*reads, (table.target, table.shape, table.cells)]:
        letters = {"a": "bcx", "df": "bcx", "da": "bcx", "delta_prev": "bcx", "net": "bni", "delta": "bni"}.get(
            name, "ncp"
        )
        index = np.unravel_index(flat, shape)
        lead = leading_axes(name)
        for k, column in enumerate(index[: lead + dimensions]):
            found[letters[k] if k < lead else f"{letters[2]}{k - lead + 1}"] = column
    return found


def letters_of(letter: str, columns: Columns) -> list[str]:
    """The axes ``letter1``, ``letter2``, …; KeyError where there is none."""
    found = sorted(k for k in columns if k[0] == letter and len(k) > 1)
    if not found:
        raise KeyError(letter)
    return found


def scaled(reason: str, factor: Count) -> Mistake:
    """The derived formula times a number; none where that is 1."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        by = factor(geometry)
        if by == 1:
            return None
        array = derived_polynomials(geometry, target)
        terms = (
            replace(t, coefficients=t.coefficients * by.numerator, denominator=t.denominator * by.denominator)
            for t in array.terms
        )
        return replace(array, terms=tuple(terms))

    return Mistake(reason, make)


def _rows(table: Products, keep: Array) -> Products:
    return replace(table, cells=table.cells[keep], reads=table.reads[keep], coefficients=table.coefficients[keep])


def within(array: PolynomialArray, bounds: Sequence[tuple[int, int]]) -> PolynomialArray:
    """The array with the cells outside some spatial bounds left empty."""
    found = []
    for table in array.terms:
        index = np.unravel_index(table.cells, table.shape)
        space = index[leading_axes(table.target) :]
        inside = np.ones(len(table), dtype=bool)
        for column, (low, high) in zip(space, bounds, strict=True):
            inside &= (column >= low) & (column < high)
        found.append(_rows(table, inside))
    return replace(array, terms=tuple(found))
