"""A whole run: processes of their own, the record, and what is shown of it."""

from __future__ import annotations

import json
from dataclasses import fields, replace

import pytest

from symconv.bench import tune
from symconv.bench.emitted import Variants
from symconv.bench.plot import plot
from symconv.bench.record import FUNCTIONS, Run, run_of
from symconv.bench.rows import selected
from symconv.bench.run import Settings, peers, run
from symconv.bench.table import conditions, details, families, left_out, markdown, overview, remarks
from symconv.errors import OutsideError, RequestError
from symconv.frameworks.peers import PEERS, is_installed
from symconv.schedules.rates import Rates
from tests.bench.record import RUN
from tests.conftest import Golden

SHORT = Settings(seconds=1e-6)


def measured(against: tuple[str, ...] = (), told: list[str] | None = None) -> Run:
    """One tiny row, as fast as it goes."""
    doing: list[str] = [] if told is None else told
    return run(selected(["tiny-2x2-1"]), Variants(), against, SHORT, lambda what, *_: doing.append(what))


def test_a_run_is_a_record_and_its_process_has_one_thread() -> None:
    told: list[str] = []
    found = measured(told=told)
    assert run_of(json.loads(json.dumps(found.to_json()))) == found
    assert [cell.function for cell in found.cells] == list(FUNCTIONS)
    assert found.passed
    assert found.machine["cores"] >= 1
    assert found.machine.get("blas_threads", 1) == 1
    assert found.settings["threads"] == 1
    assert "tiny-2x2-1, net: comparing auto" in told


def test_threads_are_those_of_the_batch_and_read_by_the_wall(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.bench.run.cores", lambda: {0, 1})
    with pytest.raises(RequestError, match="CPU time adds up that of 2 threads"):
        Settings(threads=2)
    with pytest.raises(RequestError, match="give 1 to 2"):
        Settings(threads=3, clock="wall")
    two = Settings(seconds=1e-6, threads=2, clock="wall")
    found = run(selected(["tiny-2x2-1"]), Variants(), (), two, lambda *_: None)
    assert found.passed
    assert (found.settings["threads"], found.machine.get("blas_threads", 1)) == (2, 1)
    assert "2 threads, wall time" in conditions(found)


def test_packages_that_are_absent_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = tuple(name for name in PEERS if not is_installed(name))
    assert dict.fromkeys(absent, "not installed") == measured(absent).absent
    monkeypatch.setattr("symconv.bench.run.is_installed", lambda name: name != "torch")
    assert peers(()) == tuple(PEERS)
    assert peers(("none",)) == ()
    assert peers(("jax",)) == ("jax",)
    with pytest.raises(OutsideError, match="pip install torch"):
        peers(("jax", "torch"))
    with pytest.raises(RequestError, match="'tensorflow' is not known here"):
        peers(("tensorflow",))


@pytest.mark.parametrize(
    ("program", "told"),
    [
        ("import os; os._exit(3)", "the process ended with exit status 3"),
        ("import os; os.kill(os.getpid(), 11)", "the process ended by signal 11"),
    ],
)
def test_a_process_that_breaks_off_fails_its_row_only(monkeypatch: pytest.MonkeyPatch, program: str, told: str) -> None:
    monkeypatch.setattr("symconv.bench.run.START", program)
    found = measured()
    assert found.failed == {"tiny-2x2-1": told}
    assert not found.passed


@pytest.mark.parametrize(
    "record", [{}, [], None, {"format": 2}, {"format": 1, "cells": [{}]}, {"format": 1, "cells": 3}]
)
def test_what_is_no_record_is_refused(record: object) -> None:
    with pytest.raises(RequestError, match="holds no record of `symconv bench`"):
        run_of(record)


@pytest.mark.parametrize("more", [{"dtype": "float16"}, {"seconds": 0.0}, {"seconds": float("nan")}, {"threads": 0}])
def test_settings_that_make_no_sense_are_refused(more: dict[str, object]) -> None:
    with pytest.raises(RequestError):
        Settings(**more)  # type: ignore[arg-type]


def test_the_tables(golden: Golden) -> None:
    tables = (overview(RUN), details(RUN), families(RUN))
    text = "\n\n".join("\n".join(" | ".join(line) for line in table) for table in tables)
    golden("\n\n".join((text, *left_out(RUN), *remarks(RUN))) + "\n")


@pytest.mark.parametrize(
    ("vectors", "kernel", "is_told"),
    [
        ("AVX512_ICL", "Haswell", True),
        ("AVX512_ICL", "SkylakeX", False),
        ("AVX2", "Haswell", False),
        ("AVX512_ICL", None, False),
    ],
)
def test_kernels_of_half_the_width_are_told(vectors: str, kernel: str | None, is_told: bool) -> None:
    """OpenBLAS 0.3.31 takes Zen 5 for a processor without AVX-512; its products take twice the time."""
    run = replace(RUN, machine={**RUN.machine, "vectors": vectors, "blas_kernel": kernel})
    assert any("OPENBLAS_CORETYPE=SkylakeX" in remark for remark in remarks(run)) == is_told


def test_the_document(golden: Golden) -> None:
    golden(markdown(RUN), "md")


def test_the_picture(golden: Golden) -> None:
    """The same bytes for the same record, also after it was written and read."""
    golden(plot(RUN), "svg")
    assert plot(run_of(json.loads(json.dumps(RUN.to_json())))) == plot(RUN)


def test_a_run_that_timed_nothing_can_not_be_drawn() -> None:
    with pytest.raises(RequestError, match="nothing to draw"):
        plot(Run({}, {"dtype": "float32", "clock": "cpu"}, {}, {}, ()))


def test_the_constants_measured_are_those_of_the_cost_model() -> None:
    found = tune.constants("float32", 1e-6, "cpu")
    assert set(found) == {field.name for field in fields(Rates)}
    assert {c.unit for c in found.values()} == {"products/s", "bytes/s", "s"}
    assert all(c.value > 0 for c in found.values())
    assert max(found["call"].value, found["cell"].value) < 1e-3 < 1e6 < found["matmul"].value
