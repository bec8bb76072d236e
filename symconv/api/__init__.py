"""What Python users hold; every name is also a name of the package ``symconv``."""

from symconv.api.constructors import (
    average_pooling,
    convolution,
    dense,
    from_formula,
    from_toml,
    layer_of,
    locally_connected,
    max_pooling,
    transposed_convolution,
)
from symconv.api.derivations import Formula, LayerDerivation, OperatorForm, derive
from symconv.api.exercises import Exercise, exercise
from symconv.api.explorer import Explorer, explore
from symconv.api.figures import Figure, figure
from symconv.api.sources import Source, audit, check, emit, prove, verify

__all__ = [
    "Exercise",
    "Explorer",
    "Figure",
    "Formula",
    "LayerDerivation",
    "OperatorForm",
    "Source",
    "audit",
    "average_pooling",
    "check",
    "convolution",
    "dense",
    "derive",
    "emit",
    "exercise",
    "explore",
    "figure",
    "from_formula",
    "from_toml",
    "layer_of",
    "locally_connected",
    "max_pooling",
    "prove",
    "transposed_convolution",
    "verify",
]
