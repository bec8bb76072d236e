"""Our own code as a contender: every schedule, layout and accuracy that was asked for, as emitted text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from symconv.bench.rows import Row
from symconv.emit import emit_module
from symconv.errors import RequestError
from symconv.layers.layer import layer
from symconv.schedules.choose import choose
from symconv.schedules.functions import SCHEDULES

AUTO = "auto"
SLOWEST = 1.0
"""Seconds of all directions together by the cost model; what takes longer is not run."""


@dataclass(frozen=True, slots=True)
class Variants:
    """The schedules (``all``: auto, and every one that auto weighs), layouts and accuracies that are measured."""

    schedules: tuple[str, ...] = (AUTO,)
    layouts: tuple[str, ...] = ("channels_first",)
    accuracies: tuple[str, ...] = ("exact",)

    def __post_init__(self) -> None:
        for name in self.schedules:
            if name not in (AUTO, "all", *SCHEDULES):
                raise RequestError(f"the schedule {name!r} is not there; choose auto, all, {', '.join(SCHEDULES)}")


@dataclass(frozen=True, slots=True)
class Emitted:
    """One emitted module, or the reason why there is none; ``told`` names the schedule that auto chose."""

    schedule: str
    layout: str
    accuracy: str
    text: str | None
    told: str

    @property
    def variant(self) -> str:
        """Layout and accuracy where they are not the usual ones."""
        unusual = (self.layout, "channels_first"), (self.accuracy, "exact")
        return ", ".join(value.replace("_", " ") for value, usual in unusual if value != usual)


def emitted(row: Row, variants: Variants, dtype: str) -> Iterator[Emitted]:
    """The modules of one layer."""
    asked = layer(row.geometry, dtype=dtype)
    seconds: dict[str, float] = {}
    passed_over: set[str] = set()
    most = "fast" if "fast" in variants.accuracies else "exact"
    for estimate in choose(row.geometry, AUTO, dtype, accuracy=most).table:
        seconds[estimate.schedule] = seconds.get(estimate.schedule, 0.0) + estimate.cost.seconds
        passed_over |= {estimate.schedule} if estimate.reason else set()
    weighed = [name for name in seconds if name not in passed_over]
    names = [n for name in variants.schedules for n in ((AUTO, *weighed) if name == "all" else (name,))]
    for schedule, layout, accuracy in product(dict.fromkeys(names), variants.layouts, variants.accuracies):
        if seconds.get(schedule, 0.0) > SLOWEST:
            told = f"not run: the cost model expects {seconds[schedule]:,.1f} s"
            yield Emitted(schedule, layout, accuracy, None, told)
            continue
        try:
            module = emit_module(asked, schedule=schedule, layout=layout, accuracy=accuracy)
            chosen = choose(row.geometry, schedule, dtype, layout, accuracy)
        except RequestError as error:
            yield Emitted(schedule, layout, accuracy, None, f"not run: {error}")
        else:
            taken = ", ".join(dict.fromkeys(chosen.schedules.values()))
            yield Emitted(schedule, layout, accuracy, module.text, taken if schedule == AUTO else "")
