"""jax's convolution, compiled, in both layouts."""

from __future__ import annotations

from typing import Any

import numpy as np

from symconv.frameworks.call import (
    LAYOUTS,
    VARIABLE,
    Call,
    Tensors,
    from_channels_last,
    plain_convolution,
    steps,
    to_channels_last,
)
from symconv.layers.geometry import Geometry

RESULT = {"net_input": "net", "input_gradient": "a", "weight_gradient": "w"}


def jax_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """One compiled call for each layout; gradients are those of ``jax.vjp``."""
    plain_convolution(geometry, grouped=True, uneven=True)
    import jax

    jax.config.update("jax_enable_x64", True)
    return {layout: _call(jax, function, geometry, tensors, layout) for layout in LAYOUTS}


def _call(jax: Any, function: str, geometry: Geometry, tensors: Tensors, layout: str) -> Call:
    last = layout == "channels_last"
    arrays = {name: to_channels_last(name, array) if last else array for name, array in tensors.items()}
    space = "DHW"[-geometry.dimensions :]
    orders = (f"N{space}C", f"{space}IO", f"N{space}C") if last else (f"NC{space}", f"OI{space}", f"NC{space}")
    stride, _, dilation = steps(geometry)

    def forward(a: Any, w: Any) -> Any:
        return jax.lax.conv_general_dilated(
            a,
            w,
            window_strides=stride,
            padding=[(int(before), int(after)) for before, after in geometry.padding],
            rhs_dilation=dilation,
            dimension_numbers=orders,
            feature_group_count=int(geometry.groups),
        )

    def gradient(a: Any, w: Any, delta: Any) -> Any:
        pulled = jax.vjp(forward, a, w)[1](delta)
        return pulled[0 if VARIABLE[function] == "a" else 1]

    names = ("a", "w") if function == "net_input" else ("a", "w", "delta")
    given = [jax.numpy.asarray(arrays[name]) for name in names]
    compiled = jax.jit(forward if function == "net_input" else gradient).lower(*given).compile()

    def read(result: Any) -> Any:
        array = np.asarray(result)
        return from_channels_last(RESULT[function], array) if last else array

    return Call(lambda: compiled(*given).block_until_ready(), read)
