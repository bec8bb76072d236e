"""A layer with everything derived: the pipeline's first half, *layer → net input → exchange → laws → formula*."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.derivation.backward import Backward, backward
from symconv.derivation.general import generalise
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.layers.net_input import net_input


@dataclass(frozen=True, slots=True)
class DerivedLayer:
    """The general road twice: ``general`` with a letter for every number, ``own`` at the layer's own sizes."""

    layer: Layer
    general_geometry: Geometry
    general: Backward
    own: Backward


def derive_layer(layer: Layer) -> DerivedLayer:
    """Derive net input, ∂E/∂a, error term, ∂E/∂w and ∂E/∂β of a layer."""
    letters = generalise(layer.geometry)
    return DerivedLayer(layer, letters, backward(net_input(letters)), backward(layer.net_input))
