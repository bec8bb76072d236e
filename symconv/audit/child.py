"""The inside of the child process: import somebody's code, ask, and write one record a line."""

from __future__ import annotations

import os
import pickle
import sys
import warnings
from dataclasses import asdict, dataclass
from typing import IO

from symconv.audit.discovery import class_beside, style_of
from symconv.audit.questions import Asked, questions
from symconv.audit.report import FAILING, SKIPPED
from symconv.audit.styles import Bridge, Functions
from symconv.audit.target import Target, opened
from symconv.audit.values import Adapted
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.verify.child import limit, write
from symconv.verify.isolation import Limits
from symconv.verify.sizes import concrete

MORE_MEMORY = 2**30
"""Bytes of address space beyond those in use when the code has been imported."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the child is to do; ``outcomes`` and ``done`` tell what was answered by a child before it.

    ``broken`` are functions that hung, took their process down or the memory; they are not asked about more.
    """

    target: Target
    layer: Layer
    limits: Limits
    outcomes: dict[tuple[str, str], str]
    done: frozenset[int] = frozenset()
    broken: frozenset[str] = frozenset()


def main(bridge: Bridge) -> None:
    """Do what stdin asks; the first argument is the descriptor of the pipe that the records go to."""
    with os.fdopen(int(sys.argv[1]), "w", encoding="utf-8") as out:
        request: Request = pickle.load(sys.stdin.buffer)
        limit(request.limits)
        warnings.simplefilter("ignore")
        geometry = concrete(request.layer.geometry)
        try:
            module = opened(request.target)
            style = style_of(module, request.target, geometry, bridge)
        except RequestError as error:
            write(out, {"refused": str(error)})
        else:
            most = keep_memory(MORE_MEMORY)
            subjects = [Adapted(module, geometry, style)]
            if isinstance(style, Functions) and (beside := class_beside(module, request.target, geometry)):
                subjects.append(Adapted(module, geometry, beside))
            asked = [
                q
                for subject in subjects
                for q in questions(subject, request.layer, request.outcomes, beside=subject is not subjects[0])
            ]
            ask(asked, request, out, most)
        write(out, {"end": True})
        os._exit(0)  # threads or exit handlers of the judged code may not keep the process from ending


def ask(asked: list[Asked], request: Request, out: IO[str], most: int | None) -> None:
    """Every question that is not done; each is announced, so that a silence can be told of.

    What fails and leaves less than half of the memory ends this child, lest others lack it; another one goes on.
    """
    for number, question in enumerate(asked):
        if number in request.done:
            continue
        place = {"claim": question.claim, "method": question.method, "sizes": question.sizes}
        place |= {"function": question.function, "geometry": question.geometry}
        write(out, {"asked": place, "number": number, "count": len(asked)})
        if question.function in request.broken:
            entry = question.entry(SKIPPED, "it timed out, crashed or took the memory before, and was not asked again")
        else:
            entry = question.answer()
        if entry.function:
            request.outcomes[entry.function, entry.geometry] = entry.outcome
        write(out, {"entry": asdict(entry), "number": number})
        if most and entry.outcome in FAILING and (address_space() or 0) > most - MORE_MEMORY // 2:
            write(out, {"spent": True})
            return


def keep_memory(more: int) -> int | None:
    """From here on, so many bytes more of address space; engines take theirs when they are imported.

    How many bytes that makes, or None on a system that does not tell; there the limit from the start remains.
    """
    used = address_space()
    if used is None:
        return None
    import resource

    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    most = used + more if hard == resource.RLIM_INFINITY else min(used + more, hard)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    return most


def address_space() -> int | None:
    """Bytes of address space in use; None on a system that does not tell."""
    try:
        import resource

        with open("/proc/self/statm", encoding="ascii") as file:  # noqa: PTH123  (no file of the user's)
            return int(file.read().split()[0]) * resource.getpagesize()
    except (ImportError, OSError):
        return None
