"""The layers and geometries that tests are run on: a table with a reason for every line, and a seeded generator."""

from __future__ import annotations

import random
from collections.abc import Mapping
from math import prod
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from symconv.algebra.axes import Axis, Tensor
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, Geometry

Arrays = dict[str, npt.NDArray[Any]]

NO_SPACE: Mapping[str, Any] = dict.fromkeys(
    ("input_size", "filter_size", "stride", "dilation", "padding", "output_padding"), ()
)


def _space(
    input_size: tuple[int, ...],
    filter_size: tuple[int, ...],
    stride: tuple[int, ...] | None = None,
    dilation: tuple[int, ...] | None = None,
    padding: tuple[tuple[int, int], ...] | None = None,
    output_padding: tuple[int, ...] | None = None,
) -> dict[str, Any]:
    """The spatial fields; what is left out says nothing."""
    ones, zeros = (1,) * len(input_size), (0,) * len(input_size)
    return {
        "input_size": input_size,
        "filter_size": filter_size,
        "stride": stride or ones,
        "dilation": dilation or ones,
        "padding": padding or ((0, 0),) * len(input_size),
        "output_padding": output_padding or zeros,
    }


GEOMETRIES: dict[str, Geometry] = {
    "lesson": Geometry(),
    "not-square": Geometry(**_space((4, 3), (2, 3))),
    "padded": Geometry(**_space((3, 3), (3, 3), padding=((1, 1), (1, 1)))),
    "uneven-padding": Geometry(**_space((4, 3), (2, 3), padding=((1, 0), (0, 2)))),
    "padding-over-filter-1": Geometry(**_space((3, 2), (2, 1), padding=((3, 2), (1, 2)))),
    "stride": Geometry(**_space((5, 5), (3, 3), stride=(2, 2))),
    "left-over-rows": Geometry(**_space((6, 7), (2, 3), stride=(3, 3))),
    "left-over-rows-padded": Geometry(**_space((6, 5), (2, 2), stride=(3, 2), padding=((1, 0), (1, 1)))),
    "stride-over-filter": Geometry(**_space((7, 6), (2, 1), stride=(3, 4))),
    "dilation": Geometry(**_space((6, 5), (3, 2), dilation=(2, 3))),
    "stride-and-dilation": Geometry(**_space((8, 9), (3, 2), (2, 4), (3, 2), ((2, 1), (0, 3)))),
    "one-dimension": Geometry(**_space((8,), (3,), (3,), (2,), ((2, 4),)), depth=2, filters=2),
    "three-dimensions": Geometry(**_space((3, 4, 2), (2, 2, 1), (1, 2, 1)), filters=2),
    "depth-filters-batch": Geometry(depth=2, filters=3, batch=2),
    "groups": Geometry(**_space((4, 3), (2, 2), (2, 1)), depth=4, filters=6, groups=2),
    "depthwise": Geometry(depth=3, filters=3, groups=3),
    "depthwise-twice": Geometry(depth=2, filters=4, groups=2, batch=2),
    "no-bias": Geometry(bias=False, filters=2),
    "flip": Geometry(**_space((4, 5), (2, 3), padding=((1, 0), (0, 1))), flip=True),
    "flip-stride": Geometry(**_space((6, 5), (3, 2), stride=(2, 3), dilation=(1, 2)), flip=True, depth=2),
    "one-cell": Geometry(**_space((1, 1), (1, 1))),
    "dense": Geometry(kind="dense", **NO_SPACE, depth=4, filters=3, batch=2),
    "dense-no-bias": Geometry(kind="dense", **NO_SPACE, depth=2, filters=2, bias=False),
    "locally-connected": Geometry(kind="locally-connected", depth=2, filters=2),
    "locally-connected-stride": Geometry(
        kind="locally-connected", **_space((6, 5), (2, 3), (3, 2), padding=((1, 0), (0, 1)))
    ),
    "transposed": Geometry(kind="conv-transpose", **_space((2, 3), (3, 2))),
    "transposed-stride": Geometry(kind="conv-transpose", **_space((3, 2), (3, 2), (2, 3), padding=((1, 0), (0, 1)))),
    "transposed-output-padding": Geometry(
        kind="conv-transpose", **_space((2, 3), (2, 2), (3, 2), output_padding=(2, 1)), depth=2, filters=3
    ),
    "transposed-groups": Geometry(
        kind="conv-transpose", **_space((2, 2), (2, 1), (1, 2), (2, 1)), depth=4, filters=2, groups=2
    ),
    "transposed-flip": Geometry(kind="conv-transpose", **_space((3, 2), (2, 3), (2, 1)), flip=True),
    "average-pooling": Geometry(kind="avg-pool", **_space((4, 4), (2, 2), (2, 2)), depth=2),
    "average-pooling-one-cell": Geometry(kind="avg-pool", **_space((2, 3), (1, 1)), depth=2),
    "average-pooling-overlapping": Geometry(kind="avg-pool", **_space((5, 4), (3, 2), padding=((1, 1), (0, 1)))),
    "average-pooling-uncounted": Geometry(
        kind="avg-pool", **_space((4, 5), (3, 3), (2, 2), padding=((1, 1), (1, 1))), count_include_pad=False
    ),
    "average-pooling-ceil": Geometry(kind="avg-pool", **_space((6, 5), (3, 2), (2, 2)), ceil_mode=True),
    "average-pooling-ceil-uncounted": Geometry(
        kind="avg-pool",
        **_space((6, 5), (3, 2), (2, 2), padding=((1, 1), (0, 1))),
        ceil_mode=True,
        count_include_pad=False,
    ),
}
"""Small layers of numeric sizes, by what they are there for."""

ALL_GEOMETRIES = [pytest.param(geometry, id=name) for name, geometry in GEOMETRIES.items()]
SEED = 20260101
LARGEST_INPUT = {1: 9, 2: 5, 3: 3}
MOST_PRODUCTS = 300
"""Of the net input of a random geometry: what SymPy differentiates in a few hundredths of a second."""


def random_geometries(kind: str, count: int, seed: int = SEED) -> tuple[Geometry, ...]:
    """Small geometries of a layer kind, the same ones for the same arguments, no two alike."""
    if kind not in KINDS:
        raise ValueError(f"the kind {kind!r} is not one of {KINDS}")
    rng = random.Random(f"{kind} {seed}")
    found: dict[Geometry, None] = {}
    while len(found) < count:
        geometry = _drawn(kind, rng)
        if geometry is not None and products(geometry) <= MOST_PRODUCTS:
            found[geometry] = None
    return tuple(found)


def products(geometry: Geometry) -> int:
    """The products in all net inputs, counting those with padding."""
    depth = 1 if geometry.is_pooling else int(geometry.depth) // int(geometry.groups)
    sites = geometry.input_shape if geometry.kind == "conv-transpose" else geometry.output_shape
    channels = int(geometry.filters) if geometry.kind == "conv-transpose" else 1
    return prod(sites) * prod(int(k) for k in geometry.filter_size) * depth * channels


def _drawn(kind: str, rng: random.Random) -> Geometry | None:
    """One draw; None where the numbers make no layer."""
    try:
        return Geometry(kind=kind, **_drawn_space(kind, rng), **_drawn_channels(kind, rng))
    except RequestError:
        return None


def _drawn_space(kind: str, rng: random.Random) -> dict[str, Any]:
    if kind == "dense":
        return dict(NO_SPACE)
    dimensions = rng.choice((1, 1, 2, 2, 2, 3))

    def each(low: int, high: int) -> tuple[int, ...]:
        return tuple(rng.randint(low, high) for _ in range(dimensions))

    taps, stride = each(1, 3), each(1, rng.choice((1, 2, 4)))
    padded = rng.choice((0, 1, 1, 2))
    return {
        "input_size": each(1, LARGEST_INPUT[dimensions]),
        "filter_size": taps,
        "stride": stride,
        "dilation": each(1, rng.choice((1, 1, 3))),
        "padding": tuple((rng.randint(0, padded * k), rng.randint(0, padded * k)) for k in taps),
        "output_padding": tuple(rng.randint(0, s - 1) if kind == "conv-transpose" else 0 for s in stride),
    }


def _drawn_channels(kind: str, rng: random.Random) -> dict[str, Any]:
    most = 9 if kind == "dense" else 3
    depth, filters = rng.randint(1, most), rng.randint(1, most)
    drawn: dict[str, Any] = {"batch": rng.choice((1, 1, 2)), "depth": depth}
    if kind == "avg-pool":
        return drawn | {"bias": False, "count_include_pad": rng.random() < 0.5, "ceil_mode": rng.random() < 0.5}
    drawn |= {"filters": filters, "bias": rng.random() < 0.7}
    if kind in ("conv", "conv-transpose"):
        groups = rng.choice((1, 1, 2, 3))
        drawn |= {"groups": groups, "flip": rng.random() < 0.3}
        drawn |= {"depth": groups * rng.randint(1, 2), "filters": groups * rng.randint(1, 2)} if groups > 1 else {}
    return drawn


def integer_arrays(value: Contraction | Form, seed: int = 0, **more: tuple[Axis, ...]) -> Arrays:
    """Random integers for every given tensor that a form of numeric sizes reads, and for others by their axes."""
    rng = np.random.default_rng(seed)
    wanted = {**_tensors(value), **more}
    return {
        symbol: rng.integers(-9, 10, tuple(int(a.extent) for a in axes)).astype(object)
        for symbol, axes in sorted(wanted.items())
    }


def _tensors(value: Contraction | Form) -> dict[str, tuple[Axis, ...]]:
    found: dict[str, tuple[Axis, ...]] = {}
    for term in value.terms if isinstance(value, Form) else (value,):
        for factor in term.factors:
            match factor.tensor:
                case Tensor(symbol, axes):
                    found[symbol] = axes
                case Definition(contraction):
                    found |= _tensors(contraction)
    return found
