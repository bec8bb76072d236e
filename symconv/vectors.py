"""Exact test vectors for any other implementation: integer arrays in, the integer arrays that must come out.

The results are the elementwise polynomials of THEORY §1 and their gradients, evaluated at random integers; no schedule
and no emitted code has a part in them. Inputs are so small that every partial sum is an exact number of the layer's
dtype, so an implementation in that dtype must agree to the last bit, in whatever order it adds.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from math import isqrt, lcm
from pathlib import Path
from typing import Any
from zipfile import ZipFile, ZipInfo

import numpy as np
import numpy.typing as npt

from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.products import PolynomialArray
from symconv.emit import write_bytes
from symconv.errors import RequestError
from symconv.layers.layer import Layer

Array = npt.NDArray[np.int64]

SEED = 0
LARGEST = 999
"""The largest input where sums leave room for it: three digits, to be read."""
MANTISSA = {"float32": 24, "float64": 53}
"""Integers up to 2 to this power are exact."""
EARLIEST = (1980, 1, 1, 0, 0, 0)
"""The first time a zip file can bear; the same bytes for the same layer."""

CONVENTION = "0-based; a (batch, depth, *spatial), w as the emitted module has it, gradients shaped as their arrays"


def exact_vectors(layer: Layer) -> dict[str, Array]:
    """``a``, ``w``, ``bias``, ``delta`` and the ``net``, ``da``, ``dw``, ``dbias`` they must give, without activation.

    What the layer does not have is left out. Averages come out whole: ``a`` and ``delta`` of a pooling layer are
    multiples of every count. RequestError for named sizes and for layers too large to be written out.
    """
    polynomials = elementwise(layer.geometry)
    results = _results(polynomials)
    shapes = {"a": polynomials.input_gradient.shape}
    for name, gradient in (("w", polynomials.weight_gradient), ("bias", polynomials.bias_gradient)):
        if gradient is not None:
            shapes[name] = gradient.shape
    shapes["delta"] = polynomials.net_input.shape
    step = lcm(*(term.denominator for array in results.values() for term in array.terms))
    bound = _bound(results.values(), MANTISSA[layer.dtype], step)
    # The numbers of RandomState stay as they are in every version of NumPy, those of a Generator may not.
    rng = np.random.RandomState(SEED)
    inputs = {name: step * rng.randint(-bound, bound + 1, shape, dtype=np.int64) for name, shape in shapes.items()}
    return {**inputs, **{name: array.evaluate(inputs).astype(np.int64) for name, array in results.items()}}


def write_vectors(layer: Layer, path: Path) -> None:
    """Write the test vectors of a layer as ``.npz``, and beside the arrays a ``metadata`` entry of JSON text.

    The file appears whole or not at all. OutsideError where it can not be written.
    """
    if path.suffix != ".npz":
        raise RequestError(f"{str(path)!r} does not end in .npz, the form test vectors have; give FILE.npz")
    write_bytes(path, packed({**exact_vectors(layer), "metadata": np.array(_metadata(layer))}))


def packed(arrays: Mapping[str, npt.NDArray[Any]]) -> bytes:
    """The bytes of an ``.npz`` file, the same for the same arrays on every machine, hence stored and not deflated."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, array in arrays.items():
            entry = io.BytesIO()
            np.lib.format.write_array(entry, array, allow_pickle=False)
            info = ZipInfo(f"{name}.npy", EARLIEST)
            info.create_system = 3  # else it names the system that wrote it
            archive.writestr(info, entry.getvalue())
    return buffer.getvalue()


def _results(polynomials: Elementwise) -> dict[str, PolynomialArray]:
    found = {
        "net": polynomials.net_input,
        "da": polynomials.input_gradient,
        "dw": polynomials.weight_gradient,
        "dbias": polynomials.bias_gradient,
    }
    return {name: array for name, array in found.items() if array is not None}


def _bound(arrays: Iterable[PolynomialArray], bits: int, step: int) -> int:
    """The largest M such that ``terms·(step·M)^degree ≤ 2^bits`` for the cell with most terms, at most `LARGEST`."""
    most, degree = 1, 1
    for array in arrays:
        cells = np.concatenate([term.cells for term in array.terms])
        most = max(most, int(np.bincount(cells).max(initial=1)))
        degree = max(degree, *(len(term.factors) for term in array.terms))
    room = 2**bits // most
    root = room if degree == 1 else isqrt(room) if degree == 2 else int(room ** (1 / degree))
    bound = min(LARGEST, root // step)
    if not bound:
        raise RequestError(
            f"sums of {most} terms over counts with the common multiple {step} do not stay exact below 2^{bits}; "
            "give a smaller layer, or dtype float64"
        )
    return bound


def _metadata(layer: Layer) -> str:
    record = {"layer": asdict(layer.geometry), "dtype": layer.dtype, "seed": SEED, "convention": CONVENTION}
    return json.dumps(record, sort_keys=True)
