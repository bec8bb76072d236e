"""The table of respects: a name, and the function that raises when a module breaks it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from symconv.layers.geometry import Geometry
from tests.wrong import behaviour, behaviour_arrays, behaviour_class

Check = Callable[[ModuleType, Geometry, str], None]


def _without_activation(respect: behaviour.Respect) -> Check:
    def check(module: ModuleType, layer: Geometry, _activation: str) -> None:
        respect(module, layer)

    return check


RESPECTS: dict[str, Check] = {
    "net": _without_activation(behaviour.net_values),
    "input_gradient": _without_activation(behaviour.input_gradient_values),
    "weight_gradient": _without_activation(behaviour.weight_gradient_values),
    "bias_gradient": _without_activation(behaviour.bias_gradient_values),
    "other_sizes": _without_activation(behaviour.other_sizes),
    "other_channels": _without_activation(behaviour.other_channels),
    "no_bias": _without_activation(behaviour.no_bias),
    "exact_objects": _without_activation(behaviour_arrays.exact_objects),
    "large_integers": _without_activation(behaviour_arrays.large_integers),
    "precision": _without_activation(behaviour_arrays.precision),
    "dtypes": _without_activation(behaviour_arrays.dtypes),
    "complex_numbers": _without_activation(behaviour_arrays.complex_numbers),
    "layouts": _without_activation(behaviour_arrays.layouts),
    "untouched": _without_activation(behaviour_arrays.untouched),
    "empty_batch": _without_activation(behaviour_arrays.empty_batch),
    "purity": _without_activation(behaviour_arrays.purity),
    "refusals": _without_activation(behaviour_class.refusals),
    "input_sizes": _without_activation(behaviour_class.input_sizes),
    "activated": behaviour_class.activated,
    "class_sizes": behaviour_class.class_sizes,
    "class_state": _without_activation(behaviour_class.class_state),
    "class_objects": _without_activation(behaviour_class.class_objects),
    "class_dtypes": _without_activation(behaviour_class.class_dtypes),
    "tails": behaviour_class.tails,
}
