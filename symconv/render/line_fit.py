"""Lines of Python source that fit a width, broken as a formatter would: at the outermost operators, else in the last bracket."""

from __future__ import annotations

from collections.abc import Iterator

INDENT = "    "


def fitted(line: str, width: int) -> list[str]:
    """The statement in one line where it fits, else with its value in brackets over several.

    >>> fitted("total = first_term + second_term", 24)
    ['total = (', '    first_term', '    + second_term', ')']
    """
    if len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    head, value = _assignment(line)
    for operators in (("+", "-"), ("*", "/", "@")):
        parts = list(_terms(value, operators))
        if len(parts) > 1:
            return [f"{head}(", *(f"{indent}{INDENT}{part}" for part in parts), f"{indent})"]
    opening = _last_group(line)
    if opening is None:
        return [line]
    if line[opening] == "[" or len(line[: opening + 1]) > width:
        return [f"{head}(", f"{indent}{INDENT}{value}", f"{indent})"]
    return [line[: opening + 1], *_items(line[opening + 1 : -1], indent + INDENT, width), indent + line[-1]]


def _assignment(line: str) -> tuple[str, str]:
    for mark in (" = ", " += "):
        head, found, value = line.partition(mark)
        if found:
            return head + mark, value
    word = line.lstrip().split(" ")[0]
    start = line.index(word) + len(word) + 1
    return line[:start], line[start:]


def _items(inner: str, indent: str, width: int) -> list[str]:
    """Arguments in one line where they fit, else one a line."""
    if len(indent + inner) <= width:
        return [indent + inner]
    return [f"{indent}{item.strip()}," for item in _split(inner, ",")]


def _terms(value: str, operators: tuple[str, ...]) -> Iterator[str]:
    """The operands of the outermost operators, each but the first with its operator in front."""
    start = 0
    for k, depth in _depths(value):
        if depth == 0 and value[k] in operators and value[k - 1 : k + 2] == f" {value[k]} ":
            yield value[start:k].rstrip()
            start = k
    yield value[start:]


def _split(text: str, mark: str) -> Iterator[str]:
    start = 0
    for k, depth in _depths(text):
        if depth == 0 and text[k] == mark:
            yield text[start:k]
            start = k + 1
    yield text[start:]


def _depths(text: str) -> Iterator[tuple[int, int]]:
    """Each position outside of strings with its depth of brackets."""
    depth, quoted = 0, False
    for k, character in enumerate(text):
        quoted ^= character == '"'
        if quoted:
            continue
        depth += (character in "([{") - (character in ")]}")
        yield k, depth


def _last_group(line: str) -> int | None:
    """Where the bracket that ends the line was opened, if the line ends with one that holds something."""
    if not line.endswith((")", "]")) or line.endswith("()"):
        return None
    opened = [k for k, depth in _depths(line) if line[k] in "([" and depth == 1]
    return opened[-1] if opened else None
