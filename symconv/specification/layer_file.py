"""The TOML file that names a layer: read into keys and values, judged by nobody here but the parser."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from symconv.errors import RequestError
from symconv.specification.files import read_table
from symconv.specification.notation import quote

LIMIT_BYTES = 65_536
"""The largest layer file."""

NEGATABLE = ("bias", "count_include_pad", "ceil_mode")
"""Keys that have a flag of the form --no-…"""


def read_layer_file(path: str | Path) -> dict[str, object]:
    """The keys and values of a layer file; ``no_bias = true`` is read as ``bias = false``, and so on.

    RequestError for a file that is not there, can not be read, is too large, or is no TOML (with the line).
    """
    import tomllib

    missing = "`symconv new` writes one to start from"
    return _without_negations(read_table(path, "layer file", LIMIT_BYTES, tomllib.loads, missing=missing))


def _without_negations(table: Mapping[str, object]) -> dict[str, object]:
    values: dict[str, object] = {}
    for key, value in table.items():
        positive = key.removeprefix("no_")
        negated = positive != key and positive in NEGATABLE
        if negated and positive in table:
            raise RequestError(f"the layer file gives both {positive} and {key}; keep one of them")
        if negated and not isinstance(value, bool):
            raise RequestError(f"the key {key} is {quote(value)}; write true or false")
        values[positive if negated else key] = not value if negated else value
    return values
