"""A run: every layer measured in a process of its own, which has as many cores as the run has threads from the start.

A BLAS reads the number of its threads when NumPy is imported, and always has one; what a layer leaves behind, in
memory or in a package, ends with its process; and if it takes the process down, the others are measured all the same.
"""

from __future__ import annotations

import queue
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from symconv import __version__
from symconv.audit.process import spawned
from symconv.bench.child import Job
from symconv.bench.emitted import Variants, emitted
from symconv.bench.record import Cell, Run, cell_of
from symconv.bench.rows import Row
from symconv.errors import OutsideError, RequestError
from symconv.frameworks.call import cores
from symconv.frameworks.peers import PEERS, is_installed

START = "from symconv.bench.child import main; main()"
PATIENCE = 300.0
"""Seconds without a word after which a measuring process is given up."""

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How a run measures: seconds are those of timing, shared by all who compute one function of one layer.

    ``threads`` are those over which emitted code and torch spread a batch; everyone else has one.
    """

    dtype: str = "float32"
    clock: str = "cpu"
    seconds: float = 2.0
    threads: int = 1

    def __post_init__(self) -> None:
        if self.dtype not in ("float32", "float64"):
            raise RequestError(f"the dtype {self.dtype!r} is not offered; choose float32 or float64")
        if not 0 < self.seconds <= 3600:
            raise RequestError(f"seconds {self.seconds:g} is out of range; give more than 0 and at most 3600")
        if not 1 <= self.threads <= len(cores()):
            raise RequestError(f"threads {self.threads} is out of range; give 1 to {len(cores())}, the cores there are")
        if self.threads > 1 and self.clock == "cpu":
            raise RequestError(f"CPU time adds up that of {self.threads} threads; read the clock wall")


@dataclass(slots=True)
class _Found:
    """What the measuring processes have told so far."""

    machine: dict[str, Any] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    absent: dict[str, str] = field(default_factory=dict)
    cells: list[Cell] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)


def peers(names: Sequence[str]) -> tuple[str, ...]:
    """The packages asked for: without a name all, none for ``none``; OutsideError for one that is not installed."""
    if "none" in names:
        return ()
    for name in names:
        if name not in PEERS:
            raise RequestError(f"the package {name!r} is not known here; choose none, {', '.join(PEERS)}")
        if not is_installed(name):
            raise OutsideError(f"{name} is not installed, and it was asked for; run `pip install {name}`")
    return tuple(names) or tuple(PEERS)


def run(rows: Sequence[Row], variants: Variants, against: Sequence[str], settings: Settings, tell: Tell) -> Run:
    """Measure all rows; who is not there or computes something else is in the record, with the reason."""
    found = _Found()
    for number, row in enumerate(rows):
        emissions = tuple(emitted(row, variants, settings.dtype))
        wanted = tuple(name for name in against if name not in found.absent)
        job = Job(row, emissions, wanted, settings.dtype, settings.seconds, settings.clock, settings.threads)
        for doing in _measured(job, found):
            tell(f"{row.name}, {doing}", number, len(rows))
    return Run(
        machine=found.machine,
        settings={
            "symconv": __version__,
            "threads": settings.threads,
            "dtype": settings.dtype,
            "clock": settings.clock,
            "seconds": settings.seconds,
        },
        versions=found.versions,
        absent=found.absent,
        cells=tuple(found.cells),
        failed=found.failed,
    )


def _measured(job: Job, found: _Found) -> Iterator[str]:
    """What the process is doing, as it goes on; what it finds is added to ``found``."""
    with tempfile.TemporaryDirectory() as folder:
        child = spawned(folder, job, START)
        try:
            while True:
                match child.next(PATIENCE):
                    case {"doing": str(doing)}:
                        yield doing
                    case {"cell": dict(cell)}:
                        found.cells.append(cell_of(cell))
                    case {"machine": dict(machine)}:
                        found.machine |= machine
                    case {"version": dict(version)}:
                        found.versions |= version
                    case {"absent": dict(absent)}:
                        found.absent |= absent
                    case {"end": True}:
                        return
                    case _:
                        found.failed[job.row.name] = child.manner()
                        return
        except queue.Empty:
            found.failed[job.row.name] = f"no word for {PATIENCE:.0f} seconds"
        finally:
            child.end()
