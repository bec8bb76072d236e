"""Arrays of polynomials that operators act on: ``cross``, ``pad``, ``insert_zeros``, ``rot180``, ``every``.

An array has channel axes by their letters (``b g n c``) and spatial axes by their order. Each row of its tables adds
one product of tensor cells to one cell, so an operator only moves cells and joins rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from symconv.algebra.index_form import LIMIT_TERMS
from symconv.audit.points import LIMIT_POINTS
from symconv.derivation.monomial import Array, Factor, Shape
from symconv.errors import RequestError
from symconv.layers.geometry import show


class ShapeFault(Exception):
    """Arrays do not fit each other; the message says which shapes."""


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """``array[cell] += coefficient · ∏ factor[read]``: one column of ``cells`` for each axis of the array."""

    factors: tuple[Factor, ...]
    cells: Array
    reads: Array
    coefficient: Fraction


@dataclass(frozen=True, slots=True, eq=False)
class Field:
    """An array of polynomials. ``spatial`` is None where it is the same at every position (a bias, a number)."""

    labels: tuple[str, ...]
    extents: Shape
    spatial: Shape | None
    rows: tuple[Rows, ...]

    @property
    def shape(self) -> Shape:
        """All extents."""
        return (*self.extents, *(self.spatial or ()))

    def extent(self, label: str) -> int:
        """The extent of a channel axis."""
        return self.extents[self.labels.index(label)]


def tensor(name: str, shape: Shape, labels: tuple[str, ...], split: Shape) -> Field:
    """A given tensor: cell by cell itself; ``split`` are its extents with a group axis apart."""
    cells = np.indices(split).reshape(len(split), int(np.prod(split))).T
    reads = np.arange(len(cells))[:, None]
    spatial = None if name == "bias" else split[len(labels) :]
    rows = Rows(((name, shape),), cells, reads, Fraction(1))
    return Field(labels, split[: len(labels)], spatial, (rows,))


def number(value: Fraction) -> Field:
    """The same number everywhere."""
    return Field((), (), None, (Rows((), np.zeros((1, 0), dtype=np.int64), np.zeros((1, 0), dtype=np.int64), value),))


def pad(array: Field, amounts: Sequence[tuple[int, int]]) -> Field:
    """``pad(A, l:h)[x] = A[x - l]`` for ``0 ≤ x < n + l + h``; a negative amount crops."""
    spatial = tuple(n + low + high for n, (low, high) in zip(_space(array, "pad"), amounts, strict=True))
    if min(spatial, default=1) < 1:
        raise ShapeFault(f"cropping {show(array.spatial or ())} leaves nothing of it")
    return _moved(array, spatial, lambda d, x: x + amounts[d][0])


def insert_zeros(array: Field, steps: Sequence[int]) -> Field:
    """``A↑S``: S - 1 zeros between neighbours."""
    spatial = tuple(s * (n - 1) + 1 for n, s in zip(_space(array, "insert_zeros"), steps, strict=True))
    return _moved(array, spatial, lambda d, x: x * steps[d])


def rot180(array: Field) -> Field:
    """Every spatial axis reversed."""
    spatial = _space(array, "rot180")
    return _moved(array, spatial, lambda d, x: spatial[d] - 1 - x)


def every(array: Field, steps: Sequence[int]) -> Field:
    """Each D-th position, beginning with the first."""
    spatial = tuple(-(-n // s) for n, s in zip(_space(array, "every"), steps, strict=True))
    return _moved(array, spatial, lambda d, x: np.where(x % steps[d] == 0, x // steps[d], -1))


def cross(array: Field, taps: Field, strides: Sequence[int], dilations: Sequence[int], kept: Sequence[str]) -> Field:
    """Valid cross-correlation ``Σ_p A[S·i + D·p]·F[p]``; channel axes that are not ``kept`` are summed over."""
    large, small = _space(array, "cross"), _space(taps, "cross")
    spans = [n - d * (k - 1) - 1 for n, k, d in zip(large, small, dilations, strict=True)]
    if min(spans, default=0) < 0:
        raise ShapeFault(f"a filter of {show(small)} does not fit into an array of {show(large)}")
    spatial = tuple(span // s + 1 for span, s in zip(spans, strides, strict=True))
    labels = tuple(k for k in kept if k in (*array.labels, *taps.labels))
    _check_terms(len(array.rows) * len(taps.rows))
    found = []
    for mine in array.rows:
        for theirs in taps.rows:
            left, right = _joined(array, mine, taps, theirs, spatial=False)
            columns = [
                mine.cells[left, len(array.labels) + d] - dilations[d] * theirs.cells[right, len(taps.labels) + d]
                for d in range(len(spatial))
            ]
            inside = np.ones(len(left), dtype=bool)
            for d, c in enumerate(columns):
                inside &= (c % strides[d] == 0) & (c >= 0) & (c // strides[d] < spatial[d])
            left, right = left[inside], right[inside]
            positions = [c[inside] // strides[d] for d, c in enumerate(columns)]
            found.append(_product(array, mine, left, taps, theirs, right, labels, positions))
    return Field(labels, tuple(_extent(k, array, taps) for k in labels), spatial, tuple(found))


def times(left: Field, right: Field, order: Sequence[str]) -> Field:
    """The elementwise product; an array that lacks an axis is the same along it."""
    spatial = _common_space(left, right)
    labels = tuple(k for k in order if k in (*left.labels, *right.labels))
    _check_terms(len(left.rows) * len(right.rows))
    found = []
    for mine in left.rows:
        for theirs in right.rows:
            a, b = _joined(left, mine, right, theirs, spatial=left.spatial is not None and right.spatial is not None)
            owner, cells, at = (left, mine.cells, a) if left.spatial is not None else (right, theirs.cells, b)
            positions = [cells[at, len(owner.labels) + d] for d in range(len(spatial or ()))]
            found.append(_product(left, mine, a, right, theirs, b, labels, positions))
    return Field(labels, tuple(_extent(k, left, right) for k in labels), spatial, tuple(found))


def plus(left: Field, right: Field, order: Sequence[str]) -> Field:
    """The sum; an array that lacks an axis is the same along it."""
    spatial = _common_space(left, right)
    labels = tuple(k for k in order if k in (*left.labels, *right.labels))
    extents = tuple(_extent(k, left, right) for k in labels)
    _check_terms(len(left.rows) + len(right.rows))
    mine, theirs = (broadcast(f, labels, extents, spatial) for f in (left, right))
    return Field(labels, extents, spatial, (*mine.rows, *theirs.rows))


def broadcast(array: Field, labels: tuple[str, ...], extents: Shape, spatial: Shape | None) -> Field:
    """The array with these axes: repeated along those it lacks."""
    if (labels, spatial) == (array.labels, array.spatial):
        return array
    new = [(k, e) for k, e in zip(labels, extents, strict=True) if k not in array.labels]
    space = tuple(spatial or ()) if array.spatial is None else ()
    repeat = (*(e for _, e in new), *space)
    grid = np.indices(repeat).reshape(len(repeat), int(np.prod(repeat))).T
    found = []
    for rows in array.rows:
        _check(len(rows.cells) * len(grid))
        at = np.repeat(np.arange(len(rows.cells)), len(grid))
        extra = np.tile(grid, (len(rows.cells), 1))
        columns = {k: rows.cells[at, n] for n, k in enumerate(array.labels)}
        columns |= {k: extra[:, n] for n, (k, _) in enumerate(new)}
        own = [rows.cells[at, n] for n in range(len(array.labels), rows.cells.shape[1])]
        own += [extra[:, n] for n in range(len(new), len(repeat))]
        found.append(
            replace(rows, cells=_stacked([*(columns[k] for k in labels), *own], len(at)), reads=rows.reads[at])
        )
    return Field(labels, extents, spatial, tuple(found))


def _moved(array: Field, spatial: Shape, move: object) -> Field:
    """Cells at new positions; those outside the new extents are dropped."""
    lead = len(array.labels)
    found = []
    for rows in array.rows:
        cells = rows.cells.copy()
        inside = np.ones(len(cells), dtype=bool)
        for d, extent in enumerate(spatial):
            cells[:, lead + d] = move(d, cells[:, lead + d])  # type: ignore[operator]
            inside &= (cells[:, lead + d] >= 0) & (cells[:, lead + d] < extent)
        found.append(replace(rows, cells=cells[inside], reads=rows.reads[inside]))
    return replace(array, spatial=spatial, rows=tuple(found))


def _joined(left: Field, mine: Rows, right: Field, theirs: Rows, *, spatial: bool) -> tuple[Array, Array]:
    """The pairs of rows that agree on the axes both arrays have."""
    shared = [k for k in left.labels if k in right.labels]
    for k in shared:
        if left.extent(k) != right.extent(k):
            raise ShapeFault(f"axis {k} has extents {left.extent(k)} and {right.extent(k)}")
    places = [(left.labels.index(k), right.labels.index(k), left.extent(k)) for k in shared]
    if spatial:
        space = left.spatial or ()
        places += [(len(left.labels) + d, len(right.labels) + d, extent) for d, extent in enumerate(space)]
    a, b = np.zeros(len(mine.cells), dtype=np.int64), np.zeros(len(theirs.cells), dtype=np.int64)
    for m, t, extent in places:
        a, b = a * extent + mine.cells[:, m], b * extent + theirs.cells[:, t]
    order = np.argsort(b, kind="stable")
    first, last = np.searchsorted(b[order], a), np.searchsorted(b[order], a, side="right")
    counts = last - first
    _check(int(counts.sum()))
    at = np.repeat(np.arange(len(a)), counts)
    inner = np.arange(len(at)) - np.repeat(np.cumsum(counts) - counts, counts)
    return at, order[first[at] + inner]


def _product(
    left: Field,
    mine: Rows,
    a: Array,
    right: Field,
    theirs: Rows,
    b: Array,
    labels: tuple[str, ...],
    positions: Sequence[Array],
) -> Rows:
    columns = [
        mine.cells[a, left.labels.index(k)] if k in left.labels else theirs.cells[b, right.labels.index(k)]
        for k in labels
    ]
    return Rows(
        (*mine.factors, *theirs.factors),
        _stacked([*columns, *positions], len(a)),
        np.concatenate((mine.reads[a], theirs.reads[b]), axis=1),
        mine.coefficient * theirs.coefficient,
    )


def _stacked(columns: Sequence[Array], rows: int) -> Array:
    return np.stack(columns, axis=1) if columns else np.zeros((rows, 0), dtype=np.int64)


def _extent(label: str, left: Field, right: Field) -> int:
    return left.extent(label) if label in left.labels else right.extent(label)


def _space(array: Field, operator: str) -> Shape:
    if array.spatial is None:
        raise ShapeFault(f"{operator} acts on spatial axes, and its argument has none")
    return array.spatial


def _common_space(left: Field, right: Field) -> Shape | None:
    if left.spatial is not None and right.spatial is not None and left.spatial != right.spatial:
        raise ShapeFault(f"arrays of {show(left.spatial)} and {show(right.spatial)} do not fit each other")
    return right.spatial if left.spatial is None else left.spatial


def _check(rows: int) -> None:
    if rows > LIMIT_POINTS:
        raise RequestError(f"the formula has more than {LIMIT_POINTS} products at this size; give a smaller layer")


def _check_terms(terms: int) -> None:
    if terms > LIMIT_TERMS:
        raise RequestError(f"the formula has more than {LIMIT_TERMS} terms; give a shorter one")
