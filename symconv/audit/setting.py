"""The layer that a formula is checked for: its tensors and sizes, all taken from its net input (THEORY §1).

So it serves for numbers and for named sizes alike.
"""

from __future__ import annotations

from dataclasses import dataclass

from symconv.algebra.axes import Size
from symconv.algebra.axes import size as normal
from symconv.algebra.contraction import Form
from symconv.algebra.setting import ALIASES, Setting
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import own_setting
from symconv.layers.window import windows


@dataclass(frozen=True, slots=True, eq=False)
class LayerSetting(Setting):
    """The setting of a layer. Make one with :func:`setting`."""

    geometry: Geometry
    form: Form


def setting(geometry: Geometry, base: int = 0) -> LayerSetting:
    """The tensors and sizes of a layer."""
    form = net_input(geometry)
    axes = {"net": form.output.axes}
    for term in form.terms:
        for factor in term.factors:
            if factor.symbol in ("a", "w", "β"):
                axes["bias" if factor.symbol == "β" else factor.symbol] = factor.tensor.axes
    return LayerSetting(axes, _sizes(geometry), base, geometry.is_numeric, geometry, form)


def _sizes(geometry: Geometry) -> dict[str, tuple[Size, ...]]:
    if isinstance(geometry, OwnGeometry):
        return own_setting(geometry).sizes
    spatial = windows(geometry)
    sizes: dict[str, tuple[Size, ...]] = {
        "B": (normal(geometry.batch),),
        "C": (normal(geometry.depth),),
        "G": (normal(geometry.groups),),
    }
    if not geometry.is_pooling:
        sizes["N"] = (normal(geometry.filters),)
    if not spatial:
        return sizes
    transposed = geometry.kind == "conv-transpose"
    sizes["H"] = tuple(w.output if transposed else w.input for w in spatial)
    sizes["O"] = tuple(w.input if transposed else w.output for w in spatial)
    sizes["K"] = tuple(w.taps for w in spatial)
    sizes["S"] = tuple(w.stride for w in spatial)
    sizes["D"] = tuple(w.dilation for w in spatial)
    sizes["P"] = tuple(w.before for w in spatial)
    sizes["Q"] = tuple(w.after for w in spatial)
    sizes["R"] = tuple(w.left_over for w in spatial)
    for d, given in enumerate(geometry.input_size):
        if isinstance(given, str) and given.rstrip("0123456789") not in (*sizes, *ALIASES):
            sizes[given] = (sizes["H"][d],)
    return sizes
