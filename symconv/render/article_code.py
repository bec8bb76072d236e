"""The end of an article: the code that came out of the derivation, and the verdicts on it."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.render.document import Block, Code, Items, Prose, Table, Verbatim
from symconv.render.telling import Telling


@dataclass(frozen=True, slots=True)
class Judged:
    """The text of an emitted module, how it was emitted, and what was found when it was verified, if it was.

    Each of ``verdicts`` is a mark, a claim and what it was judged by, as a report tells them in English; each of
    ``notes`` is a mark and a sentence on a claim that did not pass.
    """

    text: str
    layout: str = "channels_first"
    accuracy: str = "exact"
    verdicts: tuple[tuple[str, str, str], ...] = ()
    notes: tuple[tuple[str, str], ...] = ()


def code_and_verdicts(told: Telling, judged: Judged | None) -> tuple[Block, ...]:
    """The module and what is known of it; nothing where there is none."""
    if judged is None:
        return ()
    blocks = (told.heading(1, "code"), told.paragraph("code.module"), Code(judged.text, "python"))
    return (*blocks, *_verdicts(told, judged)) if judged.verdicts else blocks


def _verdicts(told: Telling, judged: Judged) -> tuple[Block, ...]:
    """A row for each claim, however many methods it was judged by, and below it what did not pass."""
    methods: dict[tuple[str, str], list[str]] = {}
    for mark, claim, method in judged.verdicts:
        methods.setdefault((mark, claim), []).append(method)
    rows = tuple(
        (_in_words(told, claim), told.catalogue.listed([_in_words(told, m) for m in found]), _in_words(told, mark))
        for (mark, claim), found in methods.items()
    )
    count = {mark: sum(v[0] == mark for v in judged.verdicts) for mark in ("passed", "FAILED", "skipped")}
    header = (told.say("code.claim"), told.say("code.judged_by"), told.say("code.verdict"))
    lead = told.paragraph("code.verdicts", passed=count["passed"], failed=count["FAILED"], skipped=count["skipped"])
    notes = tuple(told.say("code.note", mark=_in_words(told, mark), note=Verbatim(note)) for mark, note in judged.notes)
    return lead, Table(header, rows), *((Items(notes),) if notes else ())


def _in_words(told: Telling, text: str) -> Prose:
    """What a report tells in the words of a language; what its catalogue does not have stays as it is."""
    message = f"verdict.{text}"
    return told.say(message) if message in told.catalogue else (Verbatim(text),)
