"""Text that is not ours, judged in a child process with limits on time and memory.

The child is a fresh interpreter in a session of its own, in an empty folder, with nothing to read and its output
thrown away. It writes its verdicts, one JSON record a line, to a pipe; nothing that comes back is ever more than data.
That it hangs, or takes its process down, is a verdict too: a failed one, on the question that was being examined.

These limits hold accidents, not attacks: a process of the same user is no prison.
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
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, BinaryIO

from symconv.layers.layer import Layer
from symconv.verify.report import LONGEST, Progress, Verdict

TEXTS = ("claim", "method", "sizes")
START = "from symconv.verify.child import main; main()"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the child may use: wall-clock seconds in all, and bytes of address space."""

    seconds: float = 120.0
    memory: int = 6 * 2**30


def isolated(
    source: str,
    layer: Layer,
    layout: str,
    limits: Limits,
    progress: Progress | None = None,
    *,
    accuracy: str = "exact",
) -> Iterator[Verdict]:
    """The verdicts of a child process, each as it arrives; a last, failed one where it did not reach the end."""
    with tempfile.TemporaryDirectory() as folder:
        start = perf_counter()
        child, reader = _spawn(folder)
        records: queue.Queue[dict[str, Any] | None] = queue.Queue()
        threading.Thread(target=_receive, args=(reader, records), daemon=True).start()
        try:
            request = pickle.dumps((source, layer, layout, accuracy, limits))
            threading.Thread(target=_send, args=(child, request), daemon=True).start()
            yield from _verdicts(child, records, limits, start, progress)
        finally:
            _end(child)


def _spawn(folder: str) -> tuple[subprocess.Popen[bytes], BinaryIO]:
    read, write = os.pipe()
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p or str(Path.cwd()) for p in sys.path)}
    try:
        child = subprocess.Popen(
            [sys.executable, "-c", START, str(write)],
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
    return child, os.fdopen(read, "rb")


def _send(child: subprocess.Popen[bytes], request: bytes) -> None:
    """Hand the request over; a child that died before it read all of it is noticed by its silence."""
    if child.stdin is not None:
        try:
            with child.stdin as pipe:
                pipe.write(request)
        except OSError:
            return


def _receive(reader: BinaryIO, records: queue.Queue[dict[str, Any] | None]) -> None:
    """Queue the child's records; None when it closed the pipe or wrote what is no record."""
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


def _verdicts(
    child: subprocess.Popen[bytes],
    records: queue.Queue[dict[str, Any] | None],
    limits: Limits,
    start: float,
    progress: Progress | None,
) -> Iterator[Verdict]:
    """Follow the child's records: what it asks, what it answers, and that it is done."""
    asked: dict[str, Any] = {"claim": "the module runs and has the names of the contract", "method": "execution"}
    while True:
        try:
            record = records.get(timeout=max(0.0, limits.seconds - (perf_counter() - start)))
        except queue.Empty:
            yield _broken_off(asked, f"it did not come to an end within {limits.seconds:g} seconds", start)
            return
        match record:
            case {"asked": dict(asked)}:
                if progress is not None:
                    claim, method, sizes = (str(asked.get(name)) for name in TEXTS)
                    progress(claim, method, sizes, int(asked.get("done", 0)), int(asked.get("count", 0)))
            case {"verdict": {"claim": str(), "method": str(), "sizes": str(), "passed": bool()} as fields}:
                yield _verdict(fields)
            case {"end": True}:
                return
            case _:
                yield _broken_off(asked, f"the process ended {_manner(child)}", start)
                return


def _verdict(fields: dict[str, Any]) -> Verdict:
    notes = {
        name: str(fields[name])[: 2 * LONGEST] if fields.get(name) else None for name in ("skipped", "counterexample")
    }
    return Verdict(
        fields["claim"], fields["method"], fields["sizes"], fields["passed"], **notes, seconds=_seconds(fields)
    )


def _seconds(fields: dict[str, Any]) -> float:
    seconds = fields.get("seconds")
    return float(seconds) if isinstance(seconds, (int, float)) else 0.0


def _broken_off(asked: dict[str, Any], what: str, start: float) -> Verdict:
    claim, method, sizes = (str(asked.get(name, "")) for name in TEXTS)
    return Verdict(claim, method, sizes, False, None, what, perf_counter() - start)


def _manner(child: subprocess.Popen[bytes]) -> str:
    """How a child that closed its pipe came to its end."""
    try:
        code = child.wait(timeout=5)
    except subprocess.TimeoutExpired:
        return "its report before the last question"
    return f"by signal {-code}" if code < 0 else f"with exit status {code}, before the last question"


def _end(child: subprocess.Popen[bytes]) -> None:
    """End the child and all that it started: its session is its own."""
    try:
        os.killpg(child.pid, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        child.kill()
    child.wait()
