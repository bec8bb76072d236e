"""The inside of the child process: read a request, limit oneself, judge, write one record a line."""

from __future__ import annotations

import json
import math
import os
import pickle
import sys
import warnings
from dataclasses import asdict
from typing import IO

from symconv.layers.layer import Layer
from symconv.verify.isolation import Limits
from symconv.verify.report import Verdict, answers
from symconv.verify.source import questions

FILE_SIZE = 64 * 2**20
"""Bytes that the judged code may write to one file."""
ASKED = ("claim", "method", "sizes", "done", "count")


def main() -> None:
    """Judge the request on stdin; the first argument is the descriptor of the pipe that the records go to."""
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as out:
        request: tuple[str, Layer, str, str, Limits] = pickle.load(sys.stdin.buffer)
        source, layer, layout, accuracy, limits = request
        limit(limits)
        warnings.simplefilter("ignore")
        judge(source, layer, layout, accuracy, out)
        write(out, {"end": True})
        # Threads or exit handlers of the judged code may not keep the process from ending.
        os._exit(0)


def judge(source: str, layer: Layer, layout: str, accuracy: str, out: IO[str]) -> None:
    """Ask and answer everything; each verdict is written before the next question is examined."""

    def progress(*asked: str | int) -> None:
        write(out, {"asked": dict(zip(ASKED, asked, strict=True))})

    for verdict in answers(questions(source, layer, layout, accuracy), progress):
        write(out, {"verdict": record(verdict)})


def record(verdict: Verdict) -> dict[str, object]:
    """A verdict as JSON holds it."""
    fields = asdict(verdict)
    return {**fields, "seconds": fields["seconds"] if math.isfinite(fields["seconds"]) else 0.0}


def write(out: IO[str], message: dict[str, object]) -> None:
    """One record, one line, at once."""
    out.write(json.dumps(message) + "\n")
    out.flush()


def limit(limits: Limits) -> None:
    """Limit what this process may use, where the system can."""
    try:
        import resource
    except ImportError:  # not on this system; the parent's clock remains
        return
    seconds = math.ceil(limits.seconds) + 1
    for what, most in (
        (resource.RLIMIT_AS, limits.memory),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, FILE_SIZE),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(what)
        resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
