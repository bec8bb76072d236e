"""The inside of the measuring process: one layer, everyone who computes it, first compared, then timed."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np

from symconv.bench.contenders import Contender, compared, contenders
from symconv.bench.emitted import Emitted
from symconv.bench.machine import machine
from symconv.bench.matrix_product import products
from symconv.bench.record import FUNCTIONS, MATMUL, Cell, Measured, Spread
from symconv.bench.rounds import CLOCKS, SLOW, interleaved, ratio, spread
from symconv.bench.rows import Row
from symconv.errors import OutsideError
from symconv.frameworks.call import cores
from symconv.frameworks.peers import opened
from symconv.verify.child import write
from symconv.verify.execute import functions_of
from symconv.verify.reference import FACTORS, expected, shapes


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be measured: one layer, our modules of it, the packages, and how."""

    row: Row
    emissions: tuple[Emitted, ...]
    peers: tuple[str, ...]
    dtype: str
    seconds: float
    clock: str
    threads: int = 1


def main() -> None:
    """Do the job on stdin; the first argument is the descriptor of the pipe that the records go to."""
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as out:
        job: Job = pickle.load(sys.stdin.buffer)
        warnings.simplefilter("ignore")
        keep_to_cores(job.threads)

        def tell(record: dict[str, Any]) -> None:
            write(out, record)

        peers = []
        for name in job.peers:
            tell({"doing": f"importing {name}"})
            try:
                tell({"version": {name: opened(name)}})
                peers.append(name)
            except OutsideError as error:
                tell({"absent": {name: str(error)}})
        tell({"machine": machine()})
        for cell in cells(replace(job, peers=tuple(peers)), tell):
            tell({"cell": asdict(cell)})
        tell({"end": True})
        os._exit(0)  # engines' threads may not keep the process from ending


def keep_to_cores(count: int = 1) -> None:
    """So many cores, where the system can: an engine that counts them then starts as many threads."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(cores())[-count:])
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false"


def cells(job: Job, tell: Callable[[dict[str, Any]], None]) -> Iterator[Cell]:
    """The functions of the layer, each measured."""
    g = job.row.geometry
    random = np.random.default_rng(171)
    tensors = {name: random.uniform(-1, 1, shape).astype(job.dtype) for name, shape in shapes(g).items()}
    for function in (f for f in FUNCTIONS if f in functions_of(g)):
        tell({"doing": f"{FUNCTIONS[function]}: the reference"})
        wanted = expected(function, g, {name: array.astype(np.float64) for name, array in tensors.items()})
        left_out: list[Measured] = []
        right: list[Contender] = []
        for who in contenders(job.emissions, job.peers, function, g, tensors, job.threads, left_out):
            tell({"doing": f"{FUNCTIONS[function]}: comparing {who.measured.label}"})
            checked = compared(who, wanted, job.dtype, CLOCKS[job.clock])
            if isinstance(checked, Contender):
                right.append(checked)
            else:
                left_out.append(checked)
        tell({"doing": f"{FUNCTIONS[function]}: timing"})
        timed, reference = _timed(right, job)
        given = [tensors[name] for name in FACTORS[function] if name in tensors]
        held = sum(array.nbytes for array in given) + wanted.size * np.dtype(job.dtype).itemsize
        yield Cell(
            job.row.name,
            job.row.family,
            job.row.sizes,
            function,
            products(g),
            held,
            reference,
            (*timed, *left_out),
        )


def _timed(contenders: list[Contender], job: Job) -> tuple[list[Measured], str | None]:
    """Medians and ratios, and who the reference was."""
    runs = {who.measured.label: who.call.run for who in contenders if who.took <= SLOW}
    samples = interleaved(runs, job.seconds, CLOCKS[job.clock], anew=job.threads > 1)
    samples |= {who.measured.label: [who.took] for who in contenders if who.took > SLOW}
    times = {label: spread(numbers) for label, numbers in samples.items()}
    reference = _reference([who.measured for who in contenders], times)
    measured = [
        replace(
            who.measured,
            seconds=times[who.measured.label],
            ratio=None if reference is None else ratio(samples[who.measured.label], samples[reference]),
            rounds=len(samples[who.measured.label]),
        )
        for who in contenders
    ]
    return measured, reference


def _reference(measured: list[Measured], times: dict[str, Spread]) -> str | None:
    """The better of torch's layouts, else the better way round of the matrix product."""
    for name in ("torch", MATMUL):
        labels = [m.label for m in measured if m.name == name]
        if labels:
            return min(labels, key=lambda label: times[label].median)
    return None
