"""Arrays that do not fit a layer of one's own: another rank, another fixed size, sizes that two arrays do not share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np

from symconv.layers.own import OwnGeometry, group_axis, own_weights
from symconv.layers.own_net_input import CONTRACT, needed, with_letters
from symconv.verify.execute import Subject, functions_of
from symconv.verify.reference import Array


def own_misfits(
    subject: Subject, geometry: OwnGeometry, given: Mapping[str, Array]
) -> Iterator[tuple[str, Callable[[], Any]]]:
    """What is wrong, and the call that must be refused.

    An axis more or less; one cell more where the size is the layer's own; twice a size that another array has too.
    """
    shapes = _shapes(geometry)
    for function in functions_of(geometry):
        names = [n for n in (*CONTRACT[function], *needed(geometry, function)) if n in given]
        for name in names:
            elsewhere = [size for other in names if other != name for size in shapes[other]]
            for what, wrong in _wrong(given[name], shapes[name], elsewhere):
                tensors = {**given, name: wrong}
                yield (
                    f"{function}, {name} {wrong.shape}, {what}",
                    lambda f=function, t=tensors: subject.call(f, t),  # type: ignore[misc]
                )
    held = subject.layer(given)
    held.forward(given["a"])
    wrong = given["delta"][..., None]
    yield f"Layer.backward, error {wrong.shape}, an axis more", lambda: held.backward(wrong)


def _wrong(array: Array, shape: tuple[int | str, ...], elsewhere: list[int | str]) -> Iterator[tuple[str, Array]]:
    if array.ndim:
        yield "an axis less", array[0]
    yield "an axis more", array[..., None]
    for axis, size in enumerate(shape):
        if isinstance(size, int):
            yield f"1 more on axis {axis}", np.take(array, [*range(size), 0], axis)
        elif size in elsewhere:
            yield f"twice the size of axis {axis}", np.concatenate([array, array], axis)


def _shapes(geometry: OwnGeometry) -> dict[str, tuple[int | str, ...]]:
    """The shapes of the arrays, with a letter for what is read from them."""
    g = with_letters(geometry)
    weights = own_weights(g)
    k = group_axis(g)
    if k is not None:
        weights = (*weights[:k], int(weights[k]) * int(weights[k + 1]), *weights[k + 2 :])
    return {
        "a": (g.batch, g.depth, *g.input_size),
        "delta": (g.batch, g.filters, *g.output),
        "w": weights,
        "bias": (g.filters,),
    }
