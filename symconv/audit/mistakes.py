"""Likely mistakes: each changes the *derived* formula in one way, and one that gives the user's formula explains it.

Windows are changed in the relation ``x = S·i + D·p - P₋``, sums by leaving products out, and results by a factor. A
reason is offered only where the changed formula is the user's, polynomial by polynomial, at several sizes.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from math import prod

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


def mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    """The mistakes to compare with, the most telling first."""
    yield from _window_mistakes(target, geometry)
    yield from _factor_mistakes(target)
    yield from _sum_mistakes(target, geometry)
    yield from _scale_mistakes(geometry)
    yield from _shift_mistakes(target, geometry)


def _window_mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    n = geometry.dimensions
    gradient = target in ("da", "delta_prev")
    transposed = geometry.kind == "conv-transpose"
    rotated = {
        True: "the filter is not rotated by 180°",
        False: "the filter is rotated by 180°, and here it must not be",
    }[gradient != (transposed or geometry.flip)]
    if target == "dw":
        rotated = "the weight gradient comes out rotated by 180°"
    yield _window(rotated, lambda w: replace(w, flip=not w.flip))
    for d in range(n if n > 1 else 0):
        yield _window(
            f"only one axis of the filter is treated so: along dimension {d + 1} it is not rotated as it should be"
            if gradient
            else f"one axis of the filter is rotated: dimension {d + 1}",
            lambda w: replace(w, flip=not w.flip),
            d,
        )
    yield _window(
        "the sign of the tap is wrong: x + p stands for x - p"
        if gradient
        else "the sign of the tap is wrong: i - p stands for i + p",
        lambda w: replace(w, dilation=-w.dilation),
    )
    yield _window("stride and dilation are exchanged", lambda w: replace(w, stride=w.dilation, dilation=w.stride))
    missing = "the stride is missing" + (": no zeros are inserted between the entries of δ" if gradient else "")
    yield _window(missing, lambda w: replace(w, stride=1))
    yield _window("the dilation is missing", lambda w: replace(w, dilation=1))
    yield _window("the stride and the dilation are missing", lambda w: replace(w, stride=1, dilation=1))
    yield _window("the padding is missing", lambda w: replace(w, before=0))
    yield _window("the sign of the padding is wrong", lambda w: replace(w, before=-w.before))
    yield _window("padding before and after are exchanged", lambda w: replace(w, before=w.after))
    if n > 1:
        yield Mistake("rows and columns of the filter are exchanged (transposed, not rotated)", _transposed_filter)
        yield Mistake("the filter is transposed besides being left unrotated", _transposed_unrotated)
        for field in ("stride", "dilation", "before"):
            yield Mistake(
                f"the {'padding' if field == 'before' else field} of the dimensions is exchanged", _exchanged(field)
            )


def _factor_mistakes(target: str) -> Iterator[Mistake]:
    if target == "delta_prev":
        yield Mistake("f' is missing: δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})", _without_slope)
    if target == "da":
        yield Mistake("f' does not belong to ∂E/∂a, only to δ^{l-1}", _with_slope)
    if target == "net":
        yield Mistake("the bias is missing", lambda g, t: _terms(g, t, slice(0, 1)))
        yield Mistake("only the bias is left", lambda g, t: _terms(g, t, slice(1, 2)))
    yield Mistake("the channels are transposed: filter and depth change places in w", _transposed_channels)


def _sum_mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    n = geometry.dimensions
    over = {"net": "c", "da": "n", "delta_prev": "n", "dw": "b", "dbias": "b"}[target]
    words = {"c": "the depths", "n": "the filters", "b": "the batch"}
    yield _kept(f"the sum over {words[over]} is missing", lambda c: c[over] == 0)
    if target in ("da", "delta_prev", "net"):
        yield _kept(
            "the sum over the channels is missing: filter and depth are tied to each other", lambda c: c["n"] == c["c"]
        )
    if target in ("dw", "dbias"):
        yield _kept(
            "the sum over the positions is missing",
            lambda c: np.logical_and.reduce([c[k] == 0 for k in _letters("i", c)]),
        )
        yield _kept(
            "the sum over the batch and the positions is missing",
            lambda c: np.logical_and.reduce([c[k] == 0 for k in ("b", *_letters("i", c))]),
        )
    if target in ("da", "delta_prev") and n:
        yield Mistake("the left-over rows are not covered: the result has shape H - r", _without_left_over)
    if n:
        yield _kept(
            "the sum over the taps is missing", lambda c: np.logical_and.reduce([c[k] == 0 for k in _letters("p", c)])
        )
        yield _short("the sum over the taps stops one too early", "p")
        yield _short("the sum over the positions stops one too early", "i")
        yield _late("the sum over the taps begins one too late", "p")
        yield _late("the sum over the positions begins one too late", "i")


def _scale_mistakes(geometry: Geometry) -> Iterator[Mistake]:
    yield _scaled("the sign is wrong", lambda _: Fraction(-1))
    for what, count in (("batch", _batch), ("positions", _positions), ("batch and the positions", _examples)):
        yield _scaled(f"the mean over the {what} is taken, not the sum", _inverse(count))
    if geometry.is_pooling:
        yield _scaled("the division by the number of cells of the window is missing", _taps)
        yield _scaled("the division by the number of cells of the window is done twice", _inverse(_taps))
    for factor in (Fraction(2), Fraction(1, 2)):
        yield _scaled(f"there is a factor of {factor} too much", _always(factor))


def _batch(geometry: Geometry) -> Fraction:
    return Fraction(int(geometry.batch))


def _positions(geometry: Geometry) -> Fraction:
    return Fraction(prod(geometry.output_size))


def _examples(geometry: Geometry) -> Fraction:
    return _batch(geometry) * _positions(geometry)


def _taps(geometry: Geometry) -> Fraction:
    return Fraction(prod(int(k) for k in geometry.filter_size))


def _inverse(count: Count) -> Count:
    return lambda geometry: 1 / count(geometry)


def _always(factor: Fraction) -> Count:
    return lambda _: factor


def _shift_mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    what = (
        "padding K instead of K - 1, or an index counted from 1"
        if target in ("da", "delta_prev")
        else ("an index counted from 1, or padding off by one")
    )
    for by in (1, -1):
        yield _window(f"everything is shifted by one cell: {what}", _shifted(by))
        for d in range(geometry.dimensions if geometry.dimensions > 1 else 0):
            yield _window(
                f"everything is shifted by one cell along dimension {d + 1}: {what}",
                _shifted(by),
                d,
            )


def _shifted(by: int) -> Callable[[Window], Window]:
    return lambda w: replace(w, before=w.before + by)


def _window(reason: str, change: Callable[[Window], Window], only: int | None = None) -> Mistake:
    """The relation of each dimension (or of one) with a changed window, the axes as they are."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        changed = [change(w) if only in (None, d) else w for d, w in enumerate(windows(geometry))]
        return _with_windows(geometry, target, changed)

    return Mistake(reason, make)


def _exchanged(field: str) -> Make:
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


def _terms(geometry: Geometry, target: str, part: slice) -> PolynomialArray | None:
    terms = derived_form(net_input(geometry), target).terms[part]
    return form_polynomials(Form(terms), geometry, target) if terms else None


def _without_slope(geometry: Geometry, target: str) -> PolynomialArray:
    found = derived_polynomials(geometry, "da")
    return PolynomialArray(target, found.shape, tuple(replace(t, target=target) for t in found.terms))


def _with_slope(geometry: Geometry, target: str) -> PolynomialArray:
    found = derived_polynomials(geometry, "delta_prev")
    return PolynomialArray(target, found.shape, tuple(replace(t, target=target) for t in found.terms))


def _transposed_channels(geometry: Geometry, target: str) -> PolynomialArray | None:
    return _moved(geometry, target, (1, 0, *range(2, 2 + geometry.dimensions)))


def _transposed_filter(geometry: Geometry, target: str) -> PolynomialArray | None:
    n = geometry.dimensions
    return _moved(geometry, target, (0, 1, *range(1 + n, 1, -1)))


def _transposed_unrotated(geometry: Geometry, target: str) -> PolynomialArray | None:
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


def _kept(reason: str, keep: Callable[[Columns], Array]) -> Mistake:
    """Only the products of some index values; None where the formula has no such index."""

    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        return _filtered(geometry, target, keep)

    return Mistake(reason, make)


def _short(reason: str, letter: str) -> Mistake:
    def make(geometry: Geometry, target: str) -> PolynomialArray | None:
        sizes = geometry.filter_size if letter == "p" else geometry.output_size
        return _filtered(
            geometry,
            target,
            lambda c: np.logical_and.reduce(
                [c[k] < int(e) - 1 for k, e in zip(_letters(letter, c), sizes, strict=True)]
            ),
        )

    return Mistake(reason, make)


def _late(reason: str, letter: str) -> Mistake:
    return _kept(reason, lambda c: np.logical_and.reduce([c[k] > 0 for k in _letters(letter, c)]))


def _without_left_over(geometry: Geometry, target: str) -> PolynomialArray | None:
    if geometry.kind == "conv-transpose" or not any(geometry.left_over):
        return None
    reach = [int(h) - r for h, r in zip(geometry.input_size, geometry.left_over, strict=True)]
    return _filtered(
        geometry,
        target,
        lambda c: np.logical_and.reduce([c[k] < e for k, e in zip(_letters("x", c), reach, strict=True)]),
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


def _letters(letter: str, columns: Columns) -> list[str]:
    found = sorted(k for k in columns if k[0] == letter and len(k) > 1)
    if not found:
        raise KeyError(letter)
    return found


def _scaled(reason: str, factor: Count) -> Mistake:
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
