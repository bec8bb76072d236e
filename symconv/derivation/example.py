"""Arrays to work an example with: small whole numbers, or those of a reader, completed by small whole numbers.

    w        distinct in a small filter, none of them 0, so that a turned filter shows
    net_prev where f' of the layer before is exact on them: then a = f(net_prev), and δ^{l-1} can be worked out too

The same layer and seed give the same arrays with every version of Python and NumPy.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import prod
from random import Random

import numpy as np

from symconv.derivation.given import given_arrays, given_shapes, outputs, slopes
from symconv.derivation.monomial import Array, Shape
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.specification.numbers import Numbers

DECKS = {
    "a": (2, 1, 0, 3, -1, 1, -2, 2, 1),
    "net_prev": (2, 1, -1, 3, -2, 1),
    "w": (1, 2, -1, 3, -2),
    "bias": (1, -1, 2),
    "delta": (1, 2, -1, 3, -2),
}
"""The numbers that an array is dealt, in an order that the seed shuffles, again and again until it is full."""


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Exact arrays by the names of the formula language; f'(net^{l-1}), ``df``, where it is known.

    ``given`` says that they are a reader's, ``filled`` which of them a reader left out, ``where`` where they are
    from.
    """

    arrays: Mapping[str, Array]
    given: bool = False
    filled: tuple[str, ...] = ()
    where: str = ""


def example(layer: Layer, seed: object = 0) -> Example:
    """Small whole numbers for every array of a layer of numeric sizes."""
    dealt = {name: _dealt(name, shape, seed) for name, shape in given_shapes(layer).items() if name in DECKS}
    net_prev = dealt.pop("net_prev", None)
    return Example({**dealt, **_before(layer, net_prev)})


def own_example(layer: Layer, numbers: Mapping[str, Numbers], where: str) -> Example:
    """A reader's arrays; those that are left out are filled. RequestError where one does not fit the layer.

    Answers among the numbers are passed over.
    """
    if not layer.geometry.is_numeric:
        raise RequestError(f"{where} is worked at sizes that are numbers, and a size of this layer is a name; give one")
    given = given_arrays(numbers, layer, where)
    if not given:
        raise RequestError(f"{where} gives none of the arrays of a problem; give some of a, w, bias, delta")
    ours = example(layer).arrays
    if "net_prev" in numbers and layer.previous_activation is not None:
        given["net_prev"] = numbers["net_prev"].values.reshape(layer.geometry.input_shape)
        if "a" not in given:
            given["a"] = outputs(layer.previous_activation, given["net_prev"])
    filled = tuple(name for name in ("a", "w", "bias", "delta") if name in ours and name not in given)
    return Example({**given, **{name: ours[name] for name in filled}}, given=True, filled=filled, where=where)


def _dealt(name: str, shape: Shape, seed: object) -> Array:
    """An array of numbers from its deck; text seeds a generator alike everywhere."""
    draw = Random(f"{seed} {name}")
    numbers: list[int] = []
    while len(numbers) < prod(shape):
        deck = sorted((draw.random(), k) for k in range(len(DECKS[name])))
        numbers += [DECKS[name][k] for _, k in deck]
    array = np.empty(prod(shape), dtype=object)
    array[:] = numbers[: prod(shape)]
    return array.reshape(shape)


def _before(layer: Layer, net_prev: Array | None) -> dict[str, Array]:
    """net^{l-1}, a = f(net^{l-1}) and f'(net^{l-1}); nothing where f is unknown, the identity, or not exact there."""
    f = layer.previous_activation
    if f is None or f.is_identity or net_prev is None:
        return {}
    try:
        found = {"a": outputs(f, net_prev), "df": slopes(f, net_prev)}
    except RequestError:  # f or f' does not exist at one of these numbers
        return {}
    is_short = all(Fraction(v).denominator <= 100 for array in found.values() for v in array.reshape(-1))
    return {**found, "net_prev": net_prev} if is_short else {}
