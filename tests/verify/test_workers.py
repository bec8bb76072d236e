"""``workers`` share the work, and what spoils that is noticed by its own verdict."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import symconv
from symconv.schedules.functions import PARALLEL, SCHEDULES
from symconv.verify.report import Verdict
from symconv.verify.source import questions

STRIDED = symconv.convolution((6, 5), (3, 2), stride=(2, 1), depth=2, filters=3)
SQUARE = symconv.convolution(8, 3, filters=2)
GROUPED = symconv.convolution((6, 5), (3, 2), stride=(2, 1), depth=2, filters=4, groups=2)
SERVED = {"winograd": SQUARE, "depthwise": GROUPED}
"""A layer for each schedule that does not serve the strided one."""
SPOILT = {
    "the last samples are left out": ("im2col", "size * k // parts", "size // parts * k"),
    "samples come twice": ("im2col", "[whole[i:j]", "[whole[max(0, i - 1) : j]"),
    "only one part of the weight gradient is taken": ("im2col", "return sum(others, first)", "return others[0]"),
    "the parts of the batch are added": ("im2col", "return np.concatenate(_in", "return sum(_in"),
    "the bias is not handed on": ("im2col", "net_input(a, w, bias), a)", "net_input(a, w), a)"),
    "the second worker does nothing": ("winograd", "for part in others]", "for part in others[1:]]"),
    "chunks come twice": ("winograd", "[whole[i:j]", "[whole[max(0, i - 1) : j]"),
    "only what the first worker summed is taken": ("winograd", "M += other", "pass"),
}
"""The schedule, and what of its text is replaced by what."""


def source(schedule: str) -> str:
    return symconv.emit(SERVED.get(schedule, STRIDED), schedule=schedule, accuracy="fast").text


def verdicts(text: str, layer: object = STRIDED, accuracy: str = "exact") -> list[Verdict]:
    asked = questions(text, layer, accuracy=accuracy)  # type: ignore[arg-type]
    return [question.answer() for question in asked if question.claim == "workers share the work"]


@pytest.mark.parametrize("schedule", sorted({*SCHEDULES} - {"unrolled"}))
def test_functions_that_work_in_blocks_take_workers(schedule: str) -> None:
    fast = ("fast",) if schedule == "winograd" else ()
    found = verdicts(source(schedule), SERVED.get(schedule, STRIDED), *fast)
    assert [verdict.mark for verdict in found] == ["passed"] * (schedule in PARALLEL)


@pytest.mark.skipif(np.lib.NumpyVersion(np.__version__) < "2.0.0", reason="before, a thread has its own error state")
@pytest.mark.parametrize("schedule", ["im2col", "winograd"])
def test_every_worker_has_the_error_state_of_the_caller(schedule: str) -> None:
    geometry = SERVED.get(schedule, STRIDED).geometry
    names: dict[str, Any] = {}
    exec(source(schedule), names)  # noqa: S102
    a = np.zeros((2, *geometry.input_shape[1:]), np.float32)
    a[-1] = 3e38
    w = np.full(geometry.weight_shape or (), 2, np.float32)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        names["net_input"](a, w, workers=2)


@pytest.mark.parametrize("schedule", ["taps", "im2col", "mec"])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.float32])
def test_a_sum_over_workers_has_the_dtype_of_one(schedule: str, dtype: Any) -> None:
    names: dict[str, Any] = {}
    exec(source(schedule), names)  # noqa: S102
    geometry = STRIDED.geometry
    a, delta = (np.ones((3, *shape[1:]), dtype) for shape in (geometry.input_shape, geometry.output_shape))
    alone, shared = (names["weight_gradient"](delta, a, workers=n) for n in (1, 2))
    assert shared.dtype == alone.dtype
    assert np.array_equal(shared, alone)


@pytest.mark.parametrize("name", SPOILT)
def test_a_batch_that_is_split_wrongly_is_noticed(name: str) -> None:
    schedule, right, wrong = SPOILT[name]
    text = source(schedule)
    assert right in text
    fast = ("fast",) if schedule == "winograd" else ()
    (verdict,) = verdicts(text.replace(right, wrong), SERVED.get(schedule, STRIDED), *fast)
    assert verdict.mark == "FAILED"
