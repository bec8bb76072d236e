"""Layers from Python: one function for each kind, all read by the normalisation that the command line uses.

Sizes are whole numbers, or names such as ``"H"`` for sizes that are left open; ``stride`` and ``dilation`` are one
number or one per dimension; ``padding`` is a number, numbers, (before, after) pairs, ``"same"`` or ``"valid"``. The
text forms of the command line (``"3x3"``, ``"1:2x0:1"``) are understood too. What makes no sense is a `RequestError`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from symconv.errors import RequestError
from symconv.layers.layer import Layer, layer
from symconv.specification import Specification, read_layer_file, specify

Size = int | str
Sizes = Size | Sequence[Size]
Padding = Sizes | Sequence[tuple[Size, Size]]


def layer_of(specification: Specification) -> Layer:
    """The layer that was asked for, its net input a form."""
    return layer(
        specification.geometry,
        activation_name=specification.activation,
        previous_activation_name=specification.previous_activation,
        name=specification.name,
        dtype=specification.dtype,
    )


def convolution(
    input_size: Sizes = (3, 3),
    filter_size: Sizes = (2, 2),
    stride: Sizes = 1,
    *,
    depth: Size = 1,
    filters: Size = 1,
    batch: Size = 1,
    groups: Size = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    flip: bool = False,
    bias: bool = True,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """``net[b,n,i] = β[n] + Σ w[n,c,p]·a[b,c, S·i + D·p - P₋]``, in any number of dimensions; `flip` turns the taps.

    >>> convolution((28, 28), (5, 5), filters=6).geometry.output_shape
    (1, 6, 24, 24)
    """
    return _made("conv", locals())


def transposed_convolution(
    input_size: Sizes = (3, 3),
    filter_size: Sizes = (2, 2),
    stride: Sizes = 1,
    *,
    depth: Size = 1,
    filters: Size = 1,
    batch: Size = 1,
    groups: Size = 1,
    padding: Padding = 0,
    output_padding: Sizes = 0,
    dilation: Sizes = 1,
    flip: bool = False,
    bias: bool = True,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """The layer whose forward pass is the input gradient of a convolution; `output_padding` is less than the stride.

    >>> transposed_convolution((3, 3), (2, 2), stride=2, output_padding=1).geometry.output_size
    (7, 7)
    """
    return _made("conv-transpose", locals())


def dense(
    depth: Size = 1,
    filters: Size = 1,
    *,
    batch: Size = 1,
    bias: bool = True,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """``net[b,n] = β[n] + Σ w[n,c]·a[b,c]``: `depth` inputs, `filters` neurons.

    >>> dense(400, 10).geometry.weight_shape
    (10, 400)
    """
    return _made("dense", locals())


def locally_connected(
    input_size: Sizes = (3, 3),
    filter_size: Sizes = (2, 2),
    stride: Sizes = 1,
    *,
    depth: Size = 1,
    filters: Size = 1,
    batch: Size = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    bias: bool = True,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """As `convolution`, but every output position has weights of its own: ``w[n,c,p,i]``."""
    return _made("locally-connected", locals())


def average_pooling(
    input_size: Sizes = (3, 3),
    filter_size: Sizes = (2, 2),
    stride: Sizes = 1,
    *,
    depth: Size = 1,
    batch: Size = 1,
    padding: Padding = 0,
    dilation: Sizes = 1,
    count_include_pad: bool = True,
    ceil_mode: bool = False,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """``net[b,c,i] = Σ a[b,c, S·i + D·p - P₋] / count[i]``, the count with padding (∏K) or without."""
    return _made("avg-pool", locals())


def from_toml(path: str | Path) -> Layer:
    """The layer of a file whose keys are the command line's flag names with ``_`` for ``-``."""
    if not isinstance(path, (str, Path)):
        raise RequestError(f"a layer file is named by its path, not by {type(path).__name__}; give a str or a Path")
    return layer_of(specify(read_layer_file(path)))


def max_pooling(*_: object, **__: object) -> NoReturn:
    """Max pooling is not there yet (RequestError)."""
    raise RequestError("max pooling is not there yet; average_pooling is")


def from_formula(
    formula: str,
    *,
    input_size: Sizes | None = None,
    output_size: Sizes | None = None,
    filter_size: Sizes | None = None,
    depth: Size | None = None,
    filters: Size | None = None,
    batch: Size = 1,
    groups: Size = 1,
    activation: str = "identity",
    previous_activation: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """A layer of one's own: ``net[…] = …`` in index notation (README, "Layers of one's own").

    Sizes that the formula does not tell are given, `filter_size` for the axes of w in order of appearance; what can
    not be told is asked for (RequestError, with the position in the formula where it has one).

    >>> from_formula("net[b,n] = w[n,c,d]*a[b,c]*a[b,d]", depth=3, filters=2).geometry.weight_shape
    (2, 3, 3)
    """
    return _made(None, locals())


def _made(kind: str | None, arguments: dict[str, object]) -> Layer:
    keys = {"input_size": "input", "output_size": "output", "filter_size": "filter"}
    return layer_of(specify({"layer": kind, **{keys.get(name, name): value for name, value in arguments.items()}}))
