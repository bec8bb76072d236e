"""A layer: its sizes, its net input as a form, and its activation."""

from __future__ import annotations

import builtins
import keyword
import re
from dataclasses import dataclass

from symconv.algebra.contraction import Form
from symconv.errors import RequestError
from symconv.html_table import html_table
from symconv.layers.activation import Activation, activation
from symconv.layers.geometry import Geometry, show
from symconv.layers.in_words import sizes_in_words
from symconv.layers.net_input import net_input
from symconv.layers.own import OwnGeometry

UNNAMED = "Layer"
"""The name of a layer that was given none, and of the emitted class whatever its name."""
DTYPES = ("float32", "float64")
RESERVED = frozenset(dir(builtins)) | frozenset(
    (
        *("INPUT_SIZE", "OWN_SIZES_ONLY", "np", "sliding_window_view", "switches"),
        *("activation", "activation_derivative", "bias_gradient", "input_gradient", "net_input", "weight_gradient"),
    )
)
"""Names that the emitted module uses itself, or may use."""


@dataclass(frozen=True, slots=True)
class Layer:
    """``a^l = f(net)`` with ``net`` a form. ``previous_activation`` is that of layer l-1; None is an unnamed f.

    ``dtype`` steers tests, error bounds and cost; emitted code keeps the dtype it is given.
    """

    name: str
    geometry: Geometry
    net_input: Form
    activation: Activation
    previous_activation: Activation | None
    dtype: str

    def _repr_html_(self) -> str:
        """Its sizes and its activation, a row of a table each."""
        g = self.geometry
        rows = [("layer", self.name), ("formula", g.formula) if isinstance(g, OwnGeometry) else ("kind", g.kind)]
        rows += sizes_in_words(g)
        if g.is_numeric:
            shapes = (("a", g.input_shape), ("w", g.weight_shape), ("net", g.output_shape))
            rows += [(f"shape of {array}", show(shape)) for array, shape in shapes if shape is not None]
        return html_table([*rows, ("activation", self.activation.name)])


def layer(
    geometry: Geometry,
    *,
    activation_name: str = "identity",
    previous_activation_name: str | None = None,
    name: str | None = None,
    dtype: str = "float64",
) -> Layer:
    """The layer of these sizes; RequestError where the name is no identifier or the dtype or activation is unknown."""
    name = UNNAMED if name is None else name
    if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) or len(name) > 64:
        raise RequestError(f"the name {name[:64]!r} is not an identifier; use letters, digits and _ only, at most 64")
    if name in RESERVED or name.startswith("_") or keyword.iskeyword(name):
        raise RequestError(f"the name {name!r} has a meaning in the emitted module; choose another")
    if dtype not in DTYPES:
        raise RequestError(f"the dtype {dtype!r} is not offered; choose {' or '.join(DTYPES)}")
    previous = None if previous_activation_name is None else activation(previous_activation_name)
    return Layer(name, geometry, net_input(geometry), activation(activation_name), previous, dtype)
