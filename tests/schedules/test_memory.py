"""What emitted functions hold at most: three times their arguments and result, and one block."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.render.memory_source import memory_lines
from symconv.schedules.functions import FAST_ONLY, SCHEDULES, programs, refusal
from symconv.schedules.memory import held
from symconv.schedules.signature import emission
from tests.schedules.test_functions import LAYOUTS, emitted, laid_out

SPACE: dict[str, Any] = {"input_size": (48, 48), "filter_size": (3, 3), "padding": ((1, 1), (1, 1))}
ALONG_ONE: dict[str, Any] = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "output_padding": (0,)}
LAYERS = {
    "conv": Geometry(**SPACE, depth=32, filters=32, batch=4),
    "strided": Geometry(**SPACE, depth=32, filters=32, batch=4, stride=(2, 2)),
    "grouped": Geometry(**SPACE, depth=32, filters=32, batch=4, groups=4),
    "transposed": Geometry(kind="conv-transpose", **SPACE, depth=16, filters=16, batch=4, stride=(2, 2)),
    "depthwise": Geometry(**SPACE, depth=64, filters=64, groups=64, batch=4),
    "depthwise, strided": Geometry(**SPACE, depth=64, filters=64, groups=64, batch=4, stride=(2, 2)),
    "few channels": Geometry(**SPACE, depth=1, filters=6, batch=16),
    "small images": Geometry(input_size=(12, 12), filter_size=(5, 5), depth=6, filters=16, batch=64),
    "signal": Geometry(**ALONG_ONE, input_size=(204,), filter_size=(5,), depth=3, filters=2, batch=256),
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
    calls, arrays = called(LAYERS[name], schedule, layout)
    block = max(2**19, 512 * 9 * 32 * 4)
    for function, call in calls.items():
        assert peak(call) <= 3 * arrays + 2 * block, function


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize(("name", "schedule"), CASES)
def test_what_is_told_is_what_is_held(name: str, schedule: str, layout: str) -> None:
    """Within a fifth, and the buffers of one einsum."""
    layer = emission(LAYERS[name], layout)
    calls, _ = called(LAYERS[name], schedule, layout)
    for program in programs(layer, schedule):
        if program.name in calls:
            told, measured = held(layer, program, 4).peak, peak(calls[program.name])
            assert abs(told - measured) <= measured / 5 + 2**17, (program.name, told, measured)


def test_a_docstring_tells_the_largest_arrays_and_all_of_them() -> None:
    layer = emission(LAYERS["few channels"], "channels_last")
    net = programs(layer, "toeplitz")[0]
    found = held(layer, net, 4)
    [text] = memory_lines(net, layer, "float32", 120)
    assert text.startswith("Memory at own sizes, float32: padded ")
    assert text.endswith(" MB at most.")
    assert {"padded", "net", "band"} <= set(found.arrays)
    assert "weights" not in text  # 216 bytes


def test_no_bytes_are_told_where_sizes_are_names() -> None:
    layer = emission(Geometry(input_size=("H", "W"), filter_size=(3, 3)))
    assert memory_lines(programs(layer, "im2col")[0], layer, "float32", 92) == []


def called(geometry: Geometry, schedule: str, layout: str) -> tuple[dict[str, Callable[[], Any]], int]:
    """The functions of an emitted module, to be called, and the bytes of their arguments and result together."""
    module = emitted(geometry, schedule, layout)
    shapes = {"a": geometry.input_shape, "w": geometry.weight_shape, "delta": geometry.output_shape}
    rng = np.random.default_rng(0)
    made = {
        k: laid_out(rng.random(s or ()).astype(np.float32), k, layout, geometry.dimensions) for k, s in shapes.items()
    }
    a, w, delta = (np.ascontiguousarray(made[k]) for k in ("a", "w", "delta"))
    calls: dict[str, Callable[[], Any]] = {
        "net_input": lambda: module["net_input"](a, w),
        "input_gradient": lambda: module["input_gradient"](delta, w),
        "weight_gradient": lambda: module["weight_gradient"](delta, a),
    }
    return calls, a.nbytes + w.nbytes + delta.nbytes
