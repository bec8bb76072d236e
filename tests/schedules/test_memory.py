"""What emitted functions hold at most: three times their arguments and result, and one block."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.schedules.functions import FAST_ONLY, SCHEDULES, refusal
from tests.schedules.test_functions import LAYOUTS, emitted, laid_out

SPACE: dict[str, Any] = {"input_size": (48, 48), "filter_size": (3, 3), "padding": ((1, 1), (1, 1))}
LAYERS = {
    "conv": Geometry(**SPACE, depth=32, filters=32, batch=4),
    "strided": Geometry(**SPACE, depth=32, filters=32, batch=4, stride=(2, 2)),
    "grouped": Geometry(**SPACE, depth=32, filters=32, batch=4, groups=4),
    "transposed": Geometry(kind="conv-transpose", **SPACE, depth=16, filters=16, batch=4, stride=(2, 2)),
    "1x1": Geometry(input_size=(48, 48), filter_size=(1, 1), depth=32, filters=64, batch=4),
}
BOUNDED = [s for s in SCHEDULES if s not in ("unrolled", "loops", "windows", *FAST_ONLY)]
CASES = [(name, s) for name, layer in LAYERS.items() for s in BOUNDED if refusal(layer, s) is None]


def peak(call: Callable[[], Any]) -> int:
    """The bytes that a call held at most, its result included."""
    call()
    tracemalloc.start()
    call()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("name", "schedule"), CASES)
def test_peak_memory(name: str, schedule: str, layout: str) -> None:
    geometry = LAYERS[name]
    module = emitted(geometry, schedule, layout)
    shapes = {"a": geometry.input_shape, "w": geometry.weight_shape, "delta": geometry.output_shape}
    rng = np.random.default_rng(0)
    made = {k: laid_out(rng.random(s or ()).astype(np.float32), k, layout, 2) for k, s in shapes.items()}
    a, w, delta = (np.ascontiguousarray(made[k]) for k in ("a", "w", "delta"))
    calls = {
        "net_input": (lambda: module["net_input"](a, w), a.nbytes + w.nbytes + delta.nbytes),
        "input_gradient": (lambda: module["input_gradient"](delta, w), a.nbytes + w.nbytes + delta.nbytes),
        "weight_gradient": (lambda: module["weight_gradient"](delta, a), a.nbytes + w.nbytes + delta.nbytes),
    }
    window = 9 * 32 * a.itemsize
    block = max(module.get("BLOCK", 0), 512 * window)
    for function, (call, arrays) in calls.items():
        assert peak(call) <= 3 * arrays + 2 * block, function
