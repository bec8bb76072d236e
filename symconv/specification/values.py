"""A file of numbers: the arrays that a problem gives, and the answers somebody found, by the formula language's names.

TOML and JSON hold nested lists, ``.npz`` holds arrays; nothing in them is evaluated or unpickled.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from zipfile import ZipFile

import numpy as np

from symconv.errors import RequestError
from symconv.specification.files import read_table
from symconv.specification.notation import quote
from symconv.specification.numbers import Numbers, numbers_of

GIVEN = ("a", "w", "bias", "delta", "df", "net_prev")
"""What a problem gives; ``net_prev`` is net^{l-1}, and ``df`` is f'(net^{l-1})."""
ANSWERS = ("net", "da", "delta_prev", "dw", "dbias")
"""What a problem asks for."""
MOST_TEXT = 4_000_000
MOST_UNPACKED = 64_000_000
"""Bytes of a TOML or JSON file; bytes of all arrays of an ``.npz`` file."""

Source = str | Path | Mapping[str, object]


def read_values(source: Source) -> dict[str, Numbers]:
    """The arrays of a file or a mapping by their names; RequestError for a name or a number that makes no sense.

    >>> read_values({"delta": [[1, 2], [3, 4]]})["delta"].shape
    (2, 2)
    """
    match source:
        case Mapping():
            table = _known(source)
        case str() | Path():
            table = _file(Path(source))
        case _:
            raise RequestError(f"the values are {type(source).__name__}; give a path, or a mapping of names to numbers")
    return {name: numbers_of(name, value, may_lack=name in ANSWERS) for name, value in table.items()}


def source_name(source: Source) -> str:
    """How a verdict calls it: no folders, which differ from machine to machine."""
    return "the values" if isinstance(source, Mapping) else Path(source).name


def _file(path: Path) -> Mapping[str, object]:
    import tomllib

    parsers = {
        ".toml": ("TOML", partial(tomllib.loads, parse_float=Decimal)),
        ".json": ("JSON", partial(json.loads, parse_float=Decimal, parse_constant=Decimal)),
    }
    if path.suffix == ".npz":
        return _arrays(path)
    if path.suffix not in parsers:
        raise RequestError(f"the values file {quote(str(path))} ends in none of .toml, .json, .npz; give one that does")
    language, parse = parsers[path.suffix]
    missing = "give the path of a .toml, .json or .npz file"
    return _known(read_table(path, "values file", MOST_TEXT, parse, language=language, missing=missing))


def _known(table: Mapping[str, object]) -> Mapping[str, object]:
    _check_names(table)
    return table


def _check_names(names: Iterable[object]) -> None:
    for name in names:
        if name not in GIVEN + ANSWERS:
            close = get_close_matches(str(name), GIVEN + ANSWERS, n=1)
            advice = f"did you mean {close[0]}?" if close else f"names are {', '.join(GIVEN + ANSWERS)}"
            raise RequestError(f"the values give {quote(str(name))}, which is no array of a layer; {advice}")


def _arrays(path: Path) -> Mapping[str, object]:
    shown = f"the values file {quote(str(path))}"
    if not path.is_file():
        raise RequestError(f"{shown} is {'no file' if path.exists() else 'not there'}; give the path of an .npz file")
    try:
        with ZipFile(path) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MOST_UNPACKED:
            raise RequestError(f"{shown} unpacks to more than {MOST_UNPACKED} bytes; give smaller arrays")
        with np.load(path, allow_pickle=False) as arrays:
            _check_names(arrays.files)
            return {name: arrays[name] for name in arrays.files}
    except RequestError:
        raise
    except Exception as error:  # zipfile, zlib and NumPy raise a dozen kinds on what is no archive of plain arrays
        told = " ".join(str(error).split())[:120]
        raise RequestError(f"{shown} holds no plain arrays of numbers ({told}); save them with numpy.savez") from None
