"""What an audit found: a table of geometries and functions, the first wrong terms, and findings besides the numbers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import cast

from symconv.verify.report import Report, Verdict

RIGHT, WRONG, RAISED, REFUSED, NOTED, TIMED_OUT, CRASHED, SKIPPED = OUTCOMES = (
    *("right", "wrong", "raised", "refused", "noted", "timed out", "crashed", "not asked"),
)
FAILING = {WRONG, RAISED, TIMED_OUT, CRASHED}
MOST_TOLD = 3
"""Counterexamples of one function; the table shows where the others are."""


@dataclass(frozen=True, slots=True)
class Entry(Verdict):
    """One answer. ``function`` and ``geometry`` name its place in the table; findings have no function."""

    outcome: str = RIGHT
    function: str = ""
    geometry: str = ""

    @property
    def told(self) -> str:
        """Why it is not right."""
        return self.counterexample or self.skipped or ""


@dataclass(frozen=True, slots=True)
class AuditReport(Report):
    """All answers, in the order in which they were reached; true when nothing is wrong and something is right."""

    @property
    def passed(self) -> bool:
        """Whether nothing failed and something is right; what was refused or only noted does not count."""
        return not self.failed and any(entry.outcome == RIGHT and entry.function for entry in self.entries)

    @property
    def entries(self) -> tuple[Entry, ...]:
        """The answers, each with its place in the table."""
        return cast("tuple[Entry, ...]", self.verdicts)

    @property
    def functions(self) -> tuple[str, ...]:
        """The functions that were judged, each once."""
        return tuple(dict.fromkeys(entry.function for entry in self.entries if entry.function))

    def rows(self) -> Iterator[tuple[str, ...]]:
        """The table: a head, then for each geometry how each function fared."""
        yield ("", *self.functions)
        places: dict[str, dict[str, str]] = {}
        for entry in self.entries:
            if entry.function:
                places.setdefault(entry.geometry, {})[entry.function] = entry.outcome
        for geometry, outcomes in places.items():
            yield (geometry, *(outcomes.get(function, "") for function in self.functions))

    def findings(self) -> Iterator[tuple[str, str]]:
        """Claims besides the numbers, and how they fared; of which functions one was not asked."""
        for entry in self.entries:
            if not entry.function:
                yield entry.claim, f"{entry.outcome} {entry.skipped}" if entry.outcome == SKIPPED else entry.outcome

    def told(self) -> Iterator[tuple[str, str]]:
        """Outcome and sentence for what is not right: for each function the first few, each kind once."""
        seen: Counter[tuple[str, str]] = Counter()
        kinds: set[tuple[str, str, str]] = set()
        for entry in self.entries:
            who = entry.geometry if entry.outcome in (NOTED, REFUSED) else entry.function
            kind = (who or entry.claim, entry.outcome, _reason(entry))
            if entry.outcome in (RIGHT, SKIPPED) or kind in kinds:
                continue
            kinds.add(kind)
            seen[kind[:2]] += 1
            if seen[kind[:2]] <= MOST_TOLD:
                where = f"{entry.function}, {entry.geometry}" if entry.function else entry.claim
                yield entry.outcome, f"{where}: {entry.told}"

    def summary(self) -> str:
        """How many answers of each kind there are."""
        count = Counter(entry.outcome for entry in self.entries)
        return ", ".join(f"{count[outcome]} {outcome}" for outcome in OUTCOMES if count[outcome])

    def __str__(self) -> str:
        lines = [*columns(list(self.rows())), ""]
        lines += columns(list(self.findings()))
        lines += ["", *(f"{outcome}: {sentence}" for outcome, sentence in self.told()), self.summary()]
        return "\n".join(lines)


def columns(rows: Sequence[Sequence[str]]) -> list[str]:
    """Rows below each other, the last column as it is."""
    if not rows:
        return []
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _reason(entry: Entry) -> str:
    """What tells one counterexample of a function from another."""
    _, likely, reason = entry.told.partition("; likely: ")
    return reason.split(" (")[0] if likely else ""
