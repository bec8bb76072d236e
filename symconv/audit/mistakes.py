"""The mistakes that are made in a convolution's formulas, each with its name in words, the most telling first.

What each does to the derived formula is said in `changes`; a reason is offered only where the changed formula is the
user's, polynomial by polynomial, at several sizes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from math import prod

import numpy as np

from symconv.audit.changes import (
    Count,
    Mistake,
    bias_subtracted,
    exchanged,
    letters_of,
    of_window,
    one_late,
    one_short,
    only_where,
    scaled,
    shifted,
    slope_twice,
    some_terms,
    transposed_channels,
    transposed_filter,
    transposed_unrotated,
    with_slope,
    without_left_over,
    without_slope,
)
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry


def mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    """The mistakes to compare with, the most telling first; they are those of windows, not of any formula."""
    if isinstance(geometry, OwnGeometry):
        return
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
    yield of_window(rotated, lambda w: replace(w, flip=not w.flip))
    for d in range(n if n > 1 else 0):
        yield of_window(
            f"only one axis of the filter is rotated: along dimension {d + 1} it is not"
            if gradient
            else f"one axis of the filter is rotated: dimension {d + 1}",
            lambda w: replace(w, flip=not w.flip),
            d,
        )
    yield of_window(
        "the sign of the tap is wrong: x + p stands for x - p"
        if gradient
        else "the sign of the tap is wrong: i - p stands for i + p",
        lambda w: replace(w, dilation=-w.dilation),
    )
    yield of_window("stride and dilation are exchanged", lambda w: replace(w, stride=w.dilation, dilation=w.stride))
    missing = "the stride is missing" + (": no zeros are inserted between the entries of δ" if gradient else "")
    yield of_window(missing, lambda w: replace(w, stride=1))
    yield of_window("the dilation is missing", lambda w: replace(w, dilation=1))
    yield of_window("the stride and the dilation are missing", lambda w: replace(w, stride=1, dilation=1))
    for d in range(n if n > 1 else 0):
        yield of_window(f"{missing}, along dimension {d + 1}", lambda w: replace(w, stride=1), d)
        yield of_window(f"the dilation is missing along dimension {d + 1}", lambda w: replace(w, dilation=1), d)
    yield of_window("the padding is missing", lambda w: replace(w, before=0))
    yield of_window("the sign of the padding is wrong", lambda w: replace(w, before=-w.before))
    yield of_window("padding before and after are exchanged", lambda w: replace(w, before=w.after))
    if n > 1:
        yield Mistake("rows and columns of the filter are exchanged (transposed, not rotated)", transposed_filter)
        yield Mistake("the filter is transposed besides being left unrotated", transposed_unrotated)
        for field in ("stride", "dilation", "before"):
            yield Mistake(
                f"the {'padding' if field == 'before' else field} of the dimensions is exchanged", exchanged(field)
            )


def _factor_mistakes(target: str) -> Iterator[Mistake]:
    if target == "delta_prev":
        yield Mistake("f' is missing: δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})", without_slope)
        yield Mistake("f' is multiplied twice", slope_twice)
    if target == "da":
        yield Mistake("f' does not belong to ∂E/∂a, only to δ^{l-1}", with_slope)
    if target == "net":
        yield Mistake("the bias is missing", lambda g, t: some_terms(g, t, slice(0, 1)))
        yield Mistake("the sign of the bias is wrong", bias_subtracted)
        yield Mistake("only the bias is left", lambda g, t: some_terms(g, t, slice(1, 2)))
    yield Mistake("the channels are transposed: filter and depth change places in w", transposed_channels)


def _sum_mistakes(target: str, geometry: Geometry) -> Iterator[Mistake]:
    n = geometry.dimensions
    over = {"net": "c", "da": "n", "delta_prev": "n", "dw": "b", "dbias": "b"}[target]
    words = {"c": "the depths", "n": "the filters", "b": "the batch"}
    yield only_where(f"the sum over {words[over]} is missing", lambda c: c[over] == 0)
    yield only_where(
        f"the sum over {words[over]} is missing: only the last is there", lambda c: c[over] == c[over].max(initial=0)
    )
    if target in ("da", "delta_prev", "net"):
        yield only_where(
            "the sum over the channels is missing: filter and depth are tied to each other", lambda c: c["n"] == c["c"]
        )
    if target in ("dw", "dbias"):
        yield only_where(
            "the sum over the positions is missing",
            lambda c: np.logical_and.reduce([c[k] == 0 for k in letters_of("i", c)]),
        )
        yield only_where(
            "the sum over the batch and the positions is missing",
            lambda c: np.logical_and.reduce([c[k] == 0 for k in ("b", *letters_of("i", c))]),
        )
    if target in ("da", "delta_prev") and n:
        yield Mistake("the left-over rows are not covered: the result has shape H - r", without_left_over)
    if n:
        yield only_where(
            "the sum over the taps is missing", lambda c: np.logical_and.reduce([c[k] == 0 for k in letters_of("p", c)])
        )
        yield one_short("the sum over the taps stops one too early", "p")
        yield one_short("the sum over the positions stops one too early", "i")
        yield one_late("the sum over the taps begins one too late", "p")
        yield one_late("the sum over the positions begins one too late", "i")


def _scale_mistakes(geometry: Geometry) -> Iterator[Mistake]:
    yield scaled("the sign is wrong", lambda _: Fraction(-1))
    for what, count in (("batch", _batch), ("positions", _positions), ("batch and the positions", _examples)):
        yield scaled(f"the mean over the {what} is taken, not the sum", _inverse(count))
    if geometry.is_pooling:
        yield scaled("the division by the number of cells of the window is missing", _taps)
        yield scaled("the division by the number of cells of the window is done twice", _inverse(_taps))
    for factor in (Fraction(2), Fraction(1, 2)):
        yield scaled(f"there is a factor of {factor} too much", _always(factor))


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
        yield of_window(f"everything is shifted by one cell: {what}", shifted(by))
        for d in range(geometry.dimensions if geometry.dimensions > 1 else 0):
            yield of_window(
                f"everything is shifted by one cell along dimension {d + 1}: {what}",
                shifted(by),
                d,
            )
