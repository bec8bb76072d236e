"""Somebody's code in a child process with limits; what hangs or takes the process down is one answer among others.

After such an answer another child takes over at the next question. The child is a fresh interpreter in a session of
its own, with nothing to read and its output thrown away; what comes back over the pipe is never more than data.
These limits hold accidents, not attacks.
"""

from __future__ import annotations

import json
import os
import pickle
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from math import isfinite
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from symconv.audit.child import Request
from symconv.audit.report import CRASHED, RIGHT, TIMED_OUT, Entry
from symconv.errors import RequestError
from symconv.verify.report import LONGEST, Progress

START = (
    "from symconv.frameworks.torch_style import style_of_torch as bridge; "
    "from symconv.audit.child import main; main(bridge)"
)
"""The program of the child: the questions of this room, and the frameworks' door, which is no import of this room."""
SECONDS_PER_QUESTION = 5.0
SECONDS_TO_IMPORT = 20.0
"""An engine such as torch takes its time to import; what takes longer than this does not end."""
ONE_THREAD = (*(f"{engine}_NUM_THREADS" for engine in ("OMP", "OPENBLAS", "MKL", "BLIS")), "VECLIB_MAXIMUM_THREADS")
"""Small arrays gain nothing from more, and each takes address space."""
NOTES = ("skipped", "counterexample")
TEXTS = ("claim", "method", "sizes", "outcome", "function", "geometry")


@dataclass(slots=True)
class Child:
    """One process, and the records that it writes."""

    process: subprocess.Popen[bytes]
    records: queue.Queue[dict[str, Any] | None]

    def next(self, seconds: float) -> dict[str, Any] | None:
        """The next record; None where the process has ended; `queue.Empty` where it is silent for too long."""
        return self.records.get(timeout=max(0.01, seconds))

    def manner(self) -> str:
        """How it came to its end."""
        try:
            code = self.process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            return "the process closed its pipe"
        return f"the process ended by signal {-code}" if code < 0 else f"the process ended with exit status {code}"

    def end(self) -> None:
        """End it and all that it started: its session is its own."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            self.process.kill()
        self.process.wait()


def judged(request: Request, progress: Progress | None = None) -> Iterator[Entry]:
    """The answers, each as it arrives; RequestError where the code does not import or has nothing to ask about."""
    deadline = perf_counter() + request.limits.seconds
    while True:
        with tempfile.TemporaryDirectory() as folder:
            child = spawned(folder, request, START)
            try:
                session = Session(child, request, deadline, progress)
                yield from session.entries()
            finally:
                child.end()
        if session.last is not None:
            yield session.last
        if session.is_done or perf_counter() > deadline:
            return
        request = session.remaining()


@dataclass(slots=True)
class Session:
    """What one child is asked and answers. ``last`` is the answer that its end makes, if it came to none by itself.

    ``failing`` is the function that was asked about when another child became necessary.
    """

    child: Child
    request: Request
    deadline: float
    progress: Progress | None
    last: Entry | None = None
    failing: str = ""
    is_done: bool = False
    number: int = -1
    outcomes: dict[tuple[str, str], str] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.outcomes |= self.request.outcomes
        self.done |= self.request.done

    def entries(self) -> Iterator[Entry]:
        """The answers up to the end, or up to what hangs or takes the process down."""
        asked: dict[str, Any] | None = None
        while True:
            patience = SECONDS_TO_IMPORT if asked is None else SECONDS_PER_QUESTION
            start = perf_counter()
            try:
                record = self.child.next(min(patience, self.deadline - start))
            except queue.Empty:
                self._broken(asked, TIMED_OUT, f"no answer within {perf_counter() - start:.0f} seconds")
                return
            match record:
                case {"refused": str(sentence)}:
                    raise RequestError(sentence)
                case {"asked": dict(asked), "number": int(number), "count": int(count)}:
                    self.number = number
                    if self.progress is not None:
                        self.progress(asked["claim"], asked["method"], asked["sizes"], number, count)
                case {"entry": dict(fields), "number": int(number)}:
                    self._settle(number, entry_of(fields))
                    yield entry_of(fields)
                case {"spent": True} if asked is not None:
                    self.failing = asked["function"]
                    return
                case {"end": True}:
                    self.is_done = True
                    return
                case _:
                    self._broken(asked, CRASHED, self.child.manner())
                    return

    def _settle(self, number: int, entry: Entry) -> None:
        self.done.add(number)
        if entry.function:
            self.outcomes[entry.function, entry.geometry] = entry.outcome

    def _broken(self, asked: dict[str, Any] | None, outcome: str, told: str) -> None:
        if asked is None:
            raise RequestError(f"{self.request.target} does not import: {told}; mend it first")
        self.last = entry_of({**asked, "outcome": outcome, "counterexample": told})
        self._settle(self.number, self.last)
        self.failing = self.last.function

    def remaining(self) -> Request:
        """What is left for another child."""
        broken = self.request.broken | ({self.failing} if self.failing else set())
        return replace(self.request, outcomes=self.outcomes, done=frozenset(self.done), broken=broken)


def spawned(folder: str, request: object, start: str) -> Child:
    """A child in an empty folder, given its request: it runs the program ``start``.

    It imports from where this process does, but for the folder that this process was started in: what lies there may
    bear the name of a module that the child itself needs.
    """
    read, write = os.pipe()
    here, own = Path.cwd().resolve(), Path(__file__).resolve().parents[2]
    paths = [p or str(here) for p in sys.path if here == own or Path(p).resolve() != here]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(paths), **dict.fromkeys(ONE_THREAD, "1")}
    try:
        process = subprocess.Popen(
            [sys.executable, "-c", start, str(write)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
            env=environment,
            pass_fds=(write,),
            start_new_session=True,
        )
    finally:
        os.close(write)
    child = Child(process, queue.Queue())
    threading.Thread(target=_receive, args=(os.fdopen(read, "rb"), child.records), daemon=True).start()
    threading.Thread(target=_send, args=(process, pickle.dumps(request)), daemon=True).start()
    return child


def _send(process: subprocess.Popen[bytes], request: bytes) -> None:
    """Hand the request over; a child that died before it read all of it is noticed by its silence."""
    if process.stdin is not None:
        try:
            with process.stdin as pipe:
                pipe.write(request)
        except OSError:
            return


def _receive(reader: BinaryIO, records: queue.Queue[dict[str, Any] | None]) -> None:
    """Queue the records; None when the pipe was closed, or held what is no record."""
    with reader:
        for line in reader:
            try:
                record = json.loads(line)
            except ValueError:
                break
            if not isinstance(record, dict):
                break
            records.put(record)
    records.put(None)


def entry_of(fields: dict[str, Any]) -> Entry:
    """An answer from a record, with texts of bounded length whatever the child wrote."""
    texts = {name: str(fields.get(name) or "")[: 2 * LONGEST] for name in (*TEXTS, *NOTES)}
    seconds = fields.get("seconds")
    return Entry(
        texts["claim"],
        texts["method"],
        texts["sizes"],
        texts["outcome"] == RIGHT,
        texts["skipped"] or None,
        texts["counterexample"] or None,
        float(seconds) if isinstance(seconds, (int, float)) and isfinite(seconds) else 0.0,
        texts["outcome"],
        texts["function"],
        texts["geometry"],
    )
