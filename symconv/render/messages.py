"""The message catalogues: all prose of the documents, one TOML file per language, none of it in code.

A message is text with places in braces: ``{name}`` takes what the caller gives under that name; a letter of the
notation in braces (``{δ}``, ``{∂E/∂a}``) is set as a formula; ``{*word*}`` is emphasised, ``{`word`}`` is code. Where
an ideograph meets a formula, a Latin letter or a digit a space is put between them, so that no catalogue has to.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from symconv.errors import RequestError
from symconv.render.document import Emphasis, Inline, Math, Prose, Verbatim
from symconv.render.east_asian import is_parted, spaced
from symconv.render.written import Letter, Number, Signed, Sum, Written

FOLDER = Path(__file__).with_name("messages")
_PLACE = re.compile(r"\{((?:[^{}]|\{[^{}]*\})*)\}")
_LETTERS = (
    *("a", "w", "β", "net", "δ", "E", "f", "f'", "a^{l-1}", "net^{l-1}", "δ^{l-1}", "f'(net^{l-1})"),
    *(
        "∂E/∂a",
        "∂E/∂w",
        "∂E/∂β",
        "∂E/∂net",
        "S",
        "D",
        "P",
        "Q",
        "K",
        "H",
        "O",
        "r",
        "B",
        "N",
        "C",
        "G",
        "l",
        "u",
        "v",
        "t",
    ),
    *("b", "g", "n", "c", "x", "y", "z", "i", "j", "k", "p", "q", "s"),
)
_VOCABULARY: dict[str, Written] = {
    **{name: Letter(name) for name in _LETTERS},
    **{str(n): Number(n) for n in range(3)},
    **{f"{name}-1": Sum((Signed(False, Letter(name)), Signed(True, Number(1)))) for name in ("l", "S")},
}


@dataclass(frozen=True, slots=True)
class Catalogue:
    """The messages of one language by dotted name."""

    language: str
    texts: dict[str, str]

    def __contains__(self, name: str) -> bool:
        return name in self.texts

    def section(self, table: str) -> dict[str, str]:
        """The texts of one table by the names they have there, for a page that fills their places with letters."""
        prefix = f"{table}."
        found = {name.removeprefix(prefix): text for name, text in self.texts.items() if name.startswith(prefix)}
        return {name: _with_places(" ".join(text.split())) for name, text in found.items()}

    def say(self, message: str, /, **places: Inline | Prose | Written | int) -> Prose:
        """The message with its places filled; KeyError for a message or place that is not there."""
        found: list[Inline] = []
        for k, part in enumerate(_PLACE.split(" ".join(self.texts[message].split()))):
            if k % 2 == 0:
                found += [part] if part else []
            else:
                found += _filled(part, places)
        return _joined(found)

    def listed(self, parts: Sequence[Prose], most: int | None = None) -> Prose:
        """Several things in a line of text; of more than ``most`` the first few and the last."""
        is_cut = most is not None and len(parts) > most
        kept = [*parts[: most - 1], parts[-1]] if most is not None and is_cut else list(parts)
        shown: Prose = kept[0] if kept else ()
        for k, part in enumerate(kept[1:], 2):
            message = "next" if k < len(kept) else "last_of_many" if is_cut else "last"
            shown = self.say(f"list.{message}", before=shown, next=part)
        return shown

    def form(self, number: int) -> str:
        """Which form of a noun stands after a number: the first of the plural table whose pattern it has."""
        forms = {name: text for name, text in self.texts.items() if name.startswith("plural.")}
        return next(name for name, text in forms.items() if re.fullmatch(text, str(number))).removeprefix("plural.")


def _with_places(message: str) -> str:
    parts: list[Inline] = [
        spaced(part) if k % 2 == 0 else Verbatim(f"{{{part}}}") for k, part in enumerate(_PLACE.split(message))
    ]
    return "".join(part.text if isinstance(part, Verbatim | Emphasis) else str(part) for part in _joined(parts))


def _filled(place: str, places: dict[str, Any]) -> Prose:
    if place in places:
        value = places[place]
        if isinstance(value, tuple):
            return value
        if isinstance(value, int):
            return (str(value),)
        return (value if isinstance(value, Inline) else Math(value),)
    if place.startswith("*"):
        return (Emphasis(place.strip("*")),)
    if place.startswith("`"):
        return (Verbatim(place.strip("`")),)
    return (Math(_VOCABULARY[place]),)


def _joined(parts: list[Inline]) -> Prose:
    """The parts with spaces where ideographs meet anything else that is read as letters."""
    found: list[Inline] = []
    last = ""
    for part in parts:
        first, end = _ends(part)
        if last and first and is_parted(last, first):
            found.append(" ")
        found.append(spaced(part) if isinstance(part, str) else part)
        last = end or last
    return tuple(found)


def _ends(part: Inline) -> tuple[str, str]:
    """The first and the last character; those of a formula, a reference or a user's text count as Latin letters."""
    if isinstance(part, str | Emphasis):
        text = part if isinstance(part, str) else part.text
        return text[:1], text[-1:]
    return "a", "a"


def offered() -> tuple[str, ...]:
    """The languages that have a catalogue."""
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


@cache
def catalogue(language: str) -> Catalogue:
    """The messages of a language; RequestError where there is no catalogue for it."""
    if language not in offered():
        raise RequestError(f"the language {language!r} is not offered; choose {' or '.join(offered())}")
    tables = tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))
    return Catalogue(
        language, {f"{table}.{name}": text for table, texts in tables.items() for name, text in texts.items()}
    )
