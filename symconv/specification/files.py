"""Files that users write: read as a table of keys and values, or refused in one sentence."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from symconv.errors import RequestError
from symconv.specification.notation import quote


def read_table(
    path: str | Path, kind: str, most: int, parse: Callable[[str], Any], *, language: str = "TOML", missing: str
) -> Mapping[str, object]:
    """What a text file of at most so many bytes says; ``kind`` and ``language`` are its words in a message.

    RequestError for a file that is not there (``missing`` says what to do), can not be read, is too large, or is not
    what ``parse`` reads.
    """
    shown = f"the {kind} {quote(str(path))}"
    try:
        if Path(path).exists() and not Path(path).is_file():
            raise RequestError(f"{shown} can not be read (a folder, or no file at all); give another")
        with Path(path).open("rb") as file:
            content = file.read(most + 1)
        if len(content) > most:
            raise RequestError(f"{shown} is larger than {most} bytes; give a smaller one")
        table = parse(content.decode("utf-8-sig"))
    except FileNotFoundError:
        raise RequestError(f"{shown} is not there; {missing}") from None
    except OSError as error:
        raise RequestError(f"{shown} can not be read ({error.strerror}); give another") from None
    except UnicodeDecodeError as error:
        raise RequestError(f"{shown} is not UTF-8 text at byte {error.start}; save it as UTF-8") from None
    except RecursionError:
        raise RequestError(f"{shown} nests too deeply; write its keys side by side") from None
    except RequestError:
        raise
    except ValueError as error:  # the parser's, a null byte in the path, a number of thousands of digits
        told = str(error).partition("; use sys.")[0].rstrip(".")  # advice to programmers
        raise RequestError(f"{shown} is not {language} ({told}); correct it") from None
    if not isinstance(table, Mapping):
        raise RequestError(f"{shown} holds {type(table).__name__}, not keys and values; correct it")
    return table
