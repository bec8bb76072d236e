"""Lines of Python source that fit a width, broken as a formatter would: at operators, else in the last bracket."""

from __future__ import annotations

from collections.abc import Iterator

INDENT = "    "


def fitted(line: str, width: int) -> list[str]:
    """The statement in one line where it fits, else with its value in brackets over several.

    >>> fitted("total = first_term + second_term", 24)
    ['total = (', '    first_term', '    + second_term', ')']
    >>> fitted("cells[first, second, third] = part[0]", 24)
    ['cells[', '    first, second, third', '] = part[0]']
    """
    if len(line) <= width:
        return [line]
    indent = line[: len(line) - len(line.lstrip())]
    head, value = _assignment(line)
    operands = _operands(value)
    if len(operands) > 1:
        return [f"{head}(", *_each(operands, indent + INDENT, width), f"{indent})"]
    opening = _last_group(line)
    if opening is not None and opening < width:
        if _is_grouping(line, opening):
            inner = _operands(line[opening + 1 : -1])
            return [line[: opening + 1], *_each(inner, indent + INDENT, width), indent + line[-1]]
        return [line[: opening + 1], *_items(line[opening + 1 : -1], indent + INDENT, width), indent + line[-1]]
    calls = list(_calls(value))
    bracketed = len(calls) > 1 or (len(head) < width and len(indent + INDENT + value) <= width)
    if bracketed:
        return [f"{head}(", *_each(calls, indent + INDENT, width), f"{indent})"]
    target = head.rstrip(" +=")
    opening = _last_group(target)
    if opening is None:
        return [line]
    subscripts, rest = target[opening + 1 : -1], line[len(target) - 1 :]
    return [target[: opening + 1], *_items(subscripts, indent + INDENT, width), indent + rest]


def _is_grouping(line: str, opening: int) -> bool:
    """Whether a bracket only holds a value together: a comma behind that value would make it a tuple."""
    before = line[opening - 1] if opening else " "
    is_called = before.isalnum() or before in "_)]"
    return line[opening] == "(" and not is_called and len(list(_split(line[opening + 1 : -1], ","))) == 1


def _each(parts: list[str], indent: str, width: int) -> list[str]:
    return [piece for part in parts for piece in fitted(indent + part, width)]


def _assignment(line: str) -> tuple[str, str]:
    """What comes before a value, an operator that a line begins with included, and the value."""
    if line.lstrip()[:2] in ("+ ", "- ", "* ", "/ ", "@ "):
        start = len(line) - len(line.lstrip()) + 2
        return line[:start], line[start:]
    for mark in (" = ", " += "):
        head, found, value = line.partition(mark)
        if found:
            return head + mark, value
    start = len(line) - len(line.lstrip())
    if line[start:].startswith("return "):
        start += len("return ")
    return line[:start], line[start:]


def _items(inner: str, indent: str, width: int) -> list[str]:
    """Arguments in one line where they fit, else one a line."""
    if len(indent + inner) <= width:
        return [indent + inner]
    return [f"{indent}{item.strip()}," for item in _split(inner, ",")]


def _operands(value: str) -> list[str]:
    """Those of the outermost sums, else of the outermost products."""
    added = list(_terms(value, ("+", "-")))
    return added if len(added) > 1 else list(_terms(value, ("*", "/", "@")))


def _terms(value: str, operators: tuple[str, ...]) -> Iterator[str]:
    """The operands of the outermost operators, each but the first with its operator in front."""
    start = 0
    for k, depth in _depths(value):
        if depth == 0 and value[k] in operators and value[k - 1 : k + 2] == f" {value[k]} ":
            yield value[start:k].rstrip()
            start = k
    yield value[start:]


def _calls(value: str) -> Iterator[str]:
    """A chain of methods, each but the first with its dot in front."""
    start = 0
    for k, depth in _depths(value):
        if depth == 0 and value[k] == "." and value[k - 1] in ")]":
            yield value[start:k]
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
