"""Verdicts: one piece of evidence each, and the report that gathers them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from html import escape
from time import perf_counter
from traceback import walk_tb
from typing import Any

from symconv.html_table import html_table

Progress = Callable[[str, str, str, int, int], None]
"""Called before each question: claim, method, sizes, how many were answered before it, and how many there are."""

MODULE_NAME = "emitted_layer"
"""The judged module's own name; its frames in a traceback have it in angle brackets."""
LONGEST = 500
"""A counterexample is a sentence; an exception's text may be pages."""


class Refuted(AssertionError):
    """The claim is wrong; the message names the cell and the first wrong or missing term."""


class NotAsked(Exception):
    """The claim was not examined; the message says why."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One claim about the code, and how it fared.

    ``sizes`` tells on which sizes the claim was examined; ``skipped`` is the reason why it was not, and a skipped
    claim is neither passed nor failed; ``counterexample`` shows what is wrong, and ``seconds`` is all that may differ
    between two runs.
    """

    claim: str
    method: str
    sizes: str
    passed: bool
    skipped: str | None = None
    counterexample: str | None = None
    seconds: float = 0.0

    @property
    def mark(self) -> str:
        """One word: passed, skipped or FAILED."""
        return "passed" if self.passed else "skipped" if self.skipped else "FAILED"

    def __str__(self) -> str:
        notes = (("first wrong term", self.counterexample), ("why", self.skipped))
        lines = [f"{self.mark}: {self.claim}", f"  judged by: {', '.join(filter(None, (self.method, self.sizes)))}"]
        return "\n".join([*lines, *(f"  {name}: {note}" for name, note in notes if note)])

    def _repr_html_(self) -> str:
        """The lines that it prints, each a row of a table."""
        return html_table(_named(line) for line in str(self).splitlines())


@dataclass(frozen=True, slots=True)
class Report:
    """All verdicts on one text, in the order in which they were reached; true when none failed.

    >>> report = Report((Verdict("net_input is net", "exact symbols", "input 3x3", True, seconds=0.25),))
    >>> bool(report), report.to_json()["passed"]
    (True, True)
    >>> print(report)
    passed  net_input is net  exact symbols  input 3x3  0.25 s
    1 passed, 0 failed, 0 skipped
    """

    verdicts: tuple[Verdict, ...]

    @property
    def passed(self) -> bool:
        """Whether there are verdicts and none failed; what was skipped does not count."""
        return bool(self.verdicts) and not self.failed

    @property
    def failed(self) -> tuple[Verdict, ...]:
        """The verdicts that failed."""
        return tuple(v for v in self.verdicts if v.mark == "FAILED")

    def __bool__(self) -> bool:
        return self.passed

    def __iter__(self) -> Iterator[Verdict]:
        return iter(self.verdicts)

    def to_json(self) -> dict[str, Any]:
        """The record of INTERFACE "Reports", ready for ``json.dump``."""
        return {"passed": self.passed, "verdicts": [asdict(v) for v in self.verdicts]}

    def rows(self) -> Iterator[tuple[str, ...]]:
        """A table: its head, then a row for each verdict."""
        yield ("", "claim", "judged by", "sizes")
        yield from ((v.mark, v.claim, v.method, v.sizes) for v in self.verdicts)

    def findings(self) -> Iterator[tuple[str, str]]:
        """What stands in no row of the table; nothing here."""
        return iter(())

    def told(self) -> Iterator[tuple[str, str]]:
        """What is to be said of the verdicts that did not pass: a mark and a sentence each."""
        for verdict in self.verdicts:
            if notes := [line.strip() for line in str(verdict).splitlines()[2:]]:
                yield verdict.mark, f"{verdict.claim}: {'; '.join(notes)}"

    def summary(self) -> str:
        """How many verdicts of each kind there are."""
        count = {mark: sum(v.mark == mark for v in self.verdicts) for mark in ("passed", "FAILED", "skipped")}
        return f"{count['passed']} passed, {count['FAILED']} failed, {count['skipped']} skipped"

    def _repr_html_(self) -> str:
        """The table, what is to be said below it, and the count; times are left out."""
        head, *rows = self.rows()
        below = [*self.findings(), *self.told()]
        return html_table(rows, head) + (html_table(below) if below else "") + f"<p>{escape(self.summary())}</p>"

    def __str__(self) -> str:
        columns = [(v.mark, v.claim, v.method, v.sizes) for v in self.verdicts]
        widths = [max(map(len, column)) for column in zip(*columns, strict=True)]
        lines = []
        for verdict, row in zip(self.verdicts, columns, strict=True):
            cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
            lines.append(f"{'  '.join(cells)}  {verdict.seconds:.2f} s")
            lines += [f"        {note}" for note in (verdict.counterexample, verdict.skipped) if note]
        return "\n".join([*lines, self.summary()])


@dataclass(frozen=True, slots=True)
class Question:
    """A claim before it is examined. ``examine`` returns, or raises `Refuted` or `NotAsked`."""

    claim: str
    method: str
    sizes: str
    examine: Callable[[], None]

    def verdict(self, passed: bool, seconds: float = 0.0, *, skipped: str = "", wrong: str = "") -> Verdict:
        """The answer to this question."""
        short = wrong if len(wrong) <= LONGEST else f"{wrong[:LONGEST]} …"
        return Verdict(self.claim, self.method, self.sizes, passed, skipped or None, short or None, seconds)

    def answer(self) -> Verdict:
        """Examine the claim. Whatever the judged code raises, ``SystemExit`` included, fails it."""
        start = perf_counter()
        try:
            self.examine()
        except KeyboardInterrupt:
            raise
        except NotAsked as reason:
            return self.verdict(False, perf_counter() - start, skipped=str(reason))
        except Refuted as refutation:
            return self.verdict(False, perf_counter() - start, wrong=str(refutation))
        except MemoryError as error:
            if is_of_the_judged_code(error):
                return self.verdict(False, perf_counter() - start, wrong=raised(error))
            return self.verdict(False, perf_counter() - start, skipped="memory ran out before the code was called")
        except BaseException as error:
            return self.verdict(False, perf_counter() - start, wrong=raised(error))
        return self.verdict(True, perf_counter() - start)


def answers(questions: Iterable[Question], progress: Progress | None = None) -> Iterator[Verdict]:
    """The verdicts one by one, each as soon as it is reached."""
    asked = list(questions)
    for done, question in enumerate(asked):
        if progress is not None:
            progress(question.claim, question.method, question.sizes, done, len(asked))
        yield question.answer()


def _named(line: str) -> tuple[str, str]:
    """A printed line as a name and what stands under it."""
    name, _, value = line.strip().partition(": ")
    return (name, value) if value else ("", name)


def is_of_the_judged_code(error: BaseException) -> bool:
    """Whether the judged module was at work when this was raised."""
    return any(frame.f_code.co_filename == f"<{MODULE_NAME}>" for frame, _ in walk_tb(error.__traceback__))


def raised(error: BaseException) -> str:
    """An exception as one line; memory addresses would differ from run to run, so only its own text is told."""
    text = " ".join(str(error).split())
    return f"raised {type(error).__name__}: {text}" if text else f"raised {type(error).__name__}"
