"""Who is compared before anything is timed: right, wrong, raising, absent."""

from __future__ import annotations

from collections.abc import Callable
from concurrent import futures
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from symconv.bench.child import Job, cells
from symconv.bench.emitted import Emitted, Variants, emitted
from symconv.bench.record import FUNCTIONS, OURS, Cell, Run
from symconv.bench.rows import Row
from symconv.errors import OutsideError, RequestError
from symconv.frameworks.call import LAYOUTS, Call, Tensors, from_channels_last, to_channels_last
from symconv.frameworks.peers import PEERS, Peer, is_installed, opened
from symconv.layers.geometry import Geometry
from symconv.verify.execute import functions_of
from symconv.verify.reference import TARGET, expected, shapes
from symconv.verify.report import NotAsked
from tests.cases import ALL_GEOMETRIES, GEOMETRIES

TINY = Row("tiny", "tiny", GEOMETRIES["no-bias"])
RIGHT = tuple(emitted(TINY, Variants(), "float32"))


def found(emissions: tuple[Emitted, ...] = RIGHT, peers: tuple[str, ...] = (), row: Row = TINY) -> list[Cell]:
    """The cells of a job that takes no time."""
    job = Job(row, emissions, peers, "float32", 1e-6, "cpu")
    return list(cells(job, lambda _: None))


def run_of_cells(found: list[Cell]) -> Run:
    return Run({}, {}, {}, {}, tuple(found))


def peer(monkeypatch: pytest.MonkeyPatch, compute: Callable[[str, Geometry, Tensors], Any]) -> None:
    """A package named ``peer`` that computes so."""

    def calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
        result = compute(function, geometry, tensors)
        return {"channels_first": Call(lambda: result)}

    monkeypatch.setattr("symconv.bench.contenders.PEERS", {"peer": Peer("peer", calls)})


def test_workers_split_the_batch_of_emitted_code(monkeypatch: pytest.MonkeyPatch) -> None:
    started: list[int] = []

    class Pool(futures.ThreadPoolExecutor):
        def __init__(self, workers: int) -> None:
            started.append(workers)
            super().__init__(workers)

    monkeypatch.setattr(futures, "ThreadPoolExecutor", Pool)
    row = Row("two", "tiny", replace(TINY.geometry, batch=2))
    job = Job(row, tuple(emitted(row, Variants(), "float32")), (), "float32", 1e-6, "wall", threads=2)
    assert run_of_cells(list(cells(job, lambda _: None))).passed
    assert set(started) == {1}, "beside the thread that calls"


def test_emitted_code_is_compared_and_timed_in_every_direction() -> None:
    measured = found()
    assert [cell.function for cell in measured] == list(FUNCTIONS)
    for cell in measured:
        ours, *limits = cell.measured
        assert (ours.role, ours.wrong, ours.told) == (OURS, False, "im2col")
        assert ours.seconds is not None
        assert ours.seconds.median > 0
        assert ours.error is not None
        assert ours.error < 1e-6
        assert ours.peak is not None
        assert cell.reference in {m.label for m in limits}
    assert run_of_cells(measured).passed


def test_a_slow_call_is_timed_while_it_is_compared_and_not_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    def counted(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
        def run() -> Any:
            made.append(function)
            return expected(function, geometry, tensors)

        return {"channels_first": Call(run)}

    monkeypatch.setattr("symconv.bench.contenders.PEERS", {"peer": Peer("peer", counted)})
    monkeypatch.setattr("symconv.bench.child.SLOW", 1e-12)
    entries = [m for cell in found(peers=("peer",)) for m in cell.measured if m.name == "peer"]
    assert made == list(FUNCTIONS)
    assert [m.rounds for m in entries] == [1, 1, 1]
    assert all(m.seconds is not None and m.seconds.median > 0 for m in entries)


def test_bytes_held_are_those_given_and_returned() -> None:
    a, w, net = 9, 2 * 4, 2 * 4
    assert [cell.held for cell in found()] == [4 * (a + w + net)] * 3


def test_emitted_code_that_is_wrong_is_not_timed_and_the_run_fails() -> None:
    text = RIGHT[0].text or ""
    wrong = Emitted("im2col", "channels_first", "exact", text.replace("[:, :, ::-1, ::-1]", ""), "")
    assert wrong.text != text
    measured = found((wrong,))
    marks = {cell.function: next(cell.ours()).wrong for cell in measured}
    assert marks == {"net_input": False, "input_gradient": True, "weight_gradient": False}
    entry = next(measured[1].ours())
    assert (entry.seconds, entry.ratio, entry.rounds) == (None, None, 0)
    assert "of the largest entry" in entry.told
    assert not run_of_cells(measured).passed


def test_a_package_that_computes_something_else_is_not_timed_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    peer(monkeypatch, lambda f, g, t: -expected(f, g, t))
    measured = found(peers=("peer",))
    run = run_of_cells(measured)
    assert [(cell.function, m.name, m.seconds) for cell, m in run.wrong] == [(f, "peer", None) for f in FUNCTIONS]
    assert run.passed, "only our own mistakes fail a run"


@pytest.mark.parametrize(
    ("compute", "told"),
    [
        (lambda f, g, t: expected(f, g, t)[..., :-1], "it returns the shape"),
        (lambda f, g, t: None, "it returns the shape"),  # noqa: ARG005
        (lambda f, g, t: expected(f, g, t) * np.float32("nan"), "it is off by nan"),
    ],
)
def test_what_is_wrong_is_told(monkeypatch: pytest.MonkeyPatch, compute: Any, told: str) -> None:
    peer(monkeypatch, compute)
    assert all(m.told.startswith(told) for _, m in run_of_cells(found(peers=("peer",))).wrong)
    assert len(run_of_cells(found(peers=("peer",))).wrong) == 3


def test_a_package_that_lacks_the_layer_or_raises_is_left_out_with_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    def lacks(function: str, geometry: Geometry, tensors: Tensors) -> Any:
        if function == "net_input":
            raise NotAsked("it has no such layer")
        if function == "input_gradient":
            raise TypeError("a tuple\nwas given")
        return expected(function, geometry, tensors).astype(np.float64)

    peer(monkeypatch, lacks)
    told = [m.told for cell in found(peers=("peer",)) for m in cell.measured if m.name == "peer"]
    assert told == ["it has no such layer", "it raises TypeError: a tuple", "it returns float64"]


def test_only_our_code_may_not_refuse_when_it_is_called(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:  # noqa: ARG001
        def run() -> Any:
            raise ValueError("the windows do not fit")

        return {"channels_first": Call(run)}

    monkeypatch.setattr("symconv.bench.contenders.PEERS", {"peer": Peer("peer", refuses)})
    text = (RIGHT[0].text or "") + "\n\ndef net_input(a, w):\n    raise ValueError('no')\n"
    run = run_of_cells(found((Emitted("taps", "channels_first", "exact", text, ""),), ("peer",)))
    assert [(cell.function, m.name, m.told) for cell, m in run.wrong] == [
        ("net_input", "taps", "it raises ValueError: no"),
    ]
    told = {m.told for cell in run.cells for m in cell.measured if m.name == "peer"}
    assert told == {"it raises ValueError: the windows do not fit"}
    assert not run.passed


def test_torch_is_the_reference_where_it_is_right(monkeypatch: pytest.MonkeyPatch) -> None:
    peer(monkeypatch, expected)
    monkeypatch.setattr("symconv.bench.contenders.PEERS", {"torch": Peer("torch", _as_torch)})
    assert {cell.reference for cell in found(peers=("torch",))} <= {"torch, channels first", "torch, channels last"}
    for cell in found(peers=("torch",)):
        ratios = {m.label: m.ratio.median for m in cell.measured if m.ratio is not None}
        assert ratios[cell.reference or ""] == 1.0


def _as_torch(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    return {layout: Call(lambda: expected(function, geometry, tensors)) for layout in LAYOUTS}


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_every_layer_can_be_measured(geometry: Geometry) -> None:
    row = Row("layer", geometry.kind, geometry)
    measured = found(tuple(emitted(row, Variants(("all",)), "float32")), row=row)
    assert [cell.function for cell in measured] == [f for f in functions_of(geometry) if f in FUNCTIONS]
    assert run_of_cells(measured).wrong == []
    assert all(any(m.seconds for m in cell.ours()) for cell in measured)


def test_schedules_that_do_not_apply_or_take_too_long_are_not_run() -> None:
    large = Row("large", "3x3", Geometry(input_size=(40, 40), filter_size=(3, 3), depth=16, filters=16, bias=False))
    told = {
        e.schedule: (e.text is None, e.told)
        for e in emitted(large, Variants(("loops", "unrolled", "im2col")), "float32")
    }
    assert told["im2col"] == (False, "")
    assert told["loops"][0]
    assert told["unrolled"][0]
    assert all(reason.startswith("not run: ") for given, reason in told.values() if given)
    with pytest.raises(RequestError, match="'fft' is not there; choose auto, all"):
        Variants(("fft",))


@pytest.mark.parametrize("name", ["a", "w"])
def test_channels_go_last_and_back(name: str) -> None:
    array = np.arange(2 * 3 * 4 * 5).reshape(2, 3, 4, 5)
    last = to_channels_last(name, array)
    assert last.shape == ((4, 5, 3, 2) if name == "w" else (2, 4, 5, 3))
    assert last.flags.c_contiguous
    assert np.array_equal(from_channels_last(name, last), array)


@pytest.mark.filterwarnings("ignore")  # as in the measuring process: older packages are full of them
@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
@pytest.mark.parametrize("name", PEERS)
def test_packages_that_are_installed_compute_what_the_reference_says(name: str, geometry: Geometry) -> None:
    if not is_installed(name):
        with pytest.raises(OutsideError, match="not installed"):
            opened(name)
        return
    opened(name)
    random = np.random.default_rng(3)
    tensors = {n: random.uniform(-1, 1, shape) for n, shape in shapes(geometry).items() if n != "bias"}
    for function in (f for f in functions_of(geometry) if f in FUNCTIONS):
        wanted = expected(function, geometry, tensors)
        try:
            calls = PEERS[name].calls(function, geometry, tensors)
            found = [call.read(call.run()) for call in calls.values() for _ in range(2)]  # twice: what is left behind?
        except (NotAsked, ValueError):  # mygrad refuses windows that leave rows over so
            continue
        for array in found:
            np.testing.assert_allclose(array, wanted, rtol=0, atol=1e-12, err_msg=TARGET[function])


@pytest.mark.parametrize("name", PEERS)
def test_a_package_that_does_not_import_is_told_with_the_reason(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    def fails(package: str) -> None:
        raise AttributeError(f"{package} is too old\nfor this")

    monkeypatch.setattr("symconv.frameworks.peers.is_installed", lambda _: True)
    monkeypatch.setattr("symconv.frameworks.peers.import_module", fails)
    monkeypatch.setattr("symconv.frameworks.peers._put_back", lambda _: None)
    with pytest.raises(OutsideError) as told:
        opened(name)
    assert str(told.value) == f"it does not import: AttributeError: {PEERS[name].package} is too old"
