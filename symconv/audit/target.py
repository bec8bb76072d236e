"""What is to be judged: a file or a module, a name in it, and which of its names stand for those of the contract."""

from __future__ import annotations

import importlib
import sys
import sysconfig
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from symconv.errors import RequestError
from symconv.verify.reference import FUNCTIONS

KEYS = (*FUNCTIONS, "forward", "backward", "w", "bias")
"""Names of the contract that another name may stand for."""
FILE_MODULE = "audited"
"""The name that a file is imported under; ``if __name__ == "__main__"`` does not run."""


@dataclass(frozen=True, slots=True)
class Target:
    """``place`` is the path of a file, or the dotted name of a module; ``name`` picks a class or function in it.

    The code may import what lies in ``folder``, where the user is, and beside the file.
    """

    place: str
    is_file: bool
    name: str | None = None
    map: tuple[tuple[str, str], ...] = ()
    folder: str = ""

    def their(self, name: str) -> str:
        """Their name for a name of the contract."""
        return dict(self.map).get(name, name)

    def __str__(self) -> str:
        return self.place if self.name is None else f"{self.place}:{self.name}"


def target_of(text: str, names: Mapping[str, str]) -> Target:
    """``FILE.py``, ``FILE.py:Name``, ``package.module`` or ``package.module:name``; RequestError where it is none.

    >>> target_of("package.module:Layer", {}).name
    'Layer'
    """
    place, colon, name = text.rpartition(":") if ":" in Path(text).name else (text, "", "")
    if colon and not all(part.isidentifier() for part in name.split(".")):
        raise RequestError(f"{text!r} names {name!r} after the colon, which is no Python name; give FILE.py:Name")
    for key, theirs in names.items():
        if key not in KEYS:
            raise RequestError(f"--map knows no {key!r}; it maps {', '.join(KEYS)}")
        if not all(part.isidentifier() for part in theirs.split(".")):
            raise RequestError(f"--map {key} is {theirs!r}, which is no Python name; give {key}=their_name")
    found = tuple(sorted(names.items()))
    if place.endswith(".py"):
        path = Path(place)
        if not path.is_file():
            what = "is a folder" if path.is_dir() else "is not there"
            raise RequestError(f"the file {place!r} {what}; give the path of a Python file, or package.module")
        return Target(str(path.resolve()), True, name or None, found, str(Path.cwd()))
    if not all(part.isidentifier() for part in place.split(".")):
        raise RequestError(f"{place!r} is neither a path that ends in .py nor a module's name; give one of them")
    return Target(place, False, name or None, found, str(Path.cwd()))


def pairs(options: Iterable[str]) -> dict[str, str]:
    """The mapping that ``--map key=name …`` writes; RequestError for another form, or a key given twice."""
    names: dict[str, str] = {}
    for option in options:
        key, equals, theirs = (part.strip() for part in option.partition("="))
        if not (key and equals and theirs):
            raise RequestError(f"--map {option!r} is not of the form contract_name=their_name; write one = in it")
        if key in names:
            raise RequestError(f"--map gives {key!r} twice; give each name once")
        names[key] = theirs
    return names


def opened(target: Target) -> ModuleType:
    """The module, imported; whatever it raises is a RequestError that tells the cause."""
    path = Path(target.place)
    for folder in dict.fromkeys([target.folder, str(path.parent)] if target.is_file else [target.folder]):
        _search(folder)
    try:
        if not target.is_file:
            return importlib.import_module(target.place)
        spec = spec_from_file_location(FILE_MODULE, path)
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules[FILE_MODULE] = module  # dataclasses and the like look their module up by its name
        spec.loader.exec_module(module)
    except SyntaxError as error:
        line = f"line {error.lineno}: " if error.lineno else ""
        raise RequestError(f"{_short(target)} is no Python: {line}{error.msg}; mend it first") from error
    except BaseException as error:
        text = " ".join(str(error).split())
        raise RequestError(
            f"{_short(target)} does not import: {type(error).__name__}: {text}; mend it first"
        ) from error
    return module


def _search(folder: str) -> None:
    """Let the code import what lies in this folder, after the standard library.

    A ``random.py`` there, or the very file, must not stand for the module of that name. (NumPy has been imported.)
    """
    library = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib"), sysconfig.get_config_var("DESTSHARED")}
    after = [sys.path.index(place) + 1 for place in library if place in sys.path]
    sys.path.insert(max(after, default=len(sys.path)), folder)


def _short(target: Target) -> str:
    return repr(Path(target.place).name if target.is_file else target.place)


def member(holder: object, name: str, target: Target) -> object:
    """A name of the module, dots included; RequestError, with names that are alike, where there is none."""
    found = holder
    for part in name.split("."):
        try:
            found = getattr(found, part)
        except AttributeError:
            alike = get_close_matches(part, [n for n in dir(found) if not n.startswith("_")], 1)
            meant = f"; did you mean {alike[0]}?" if alike else "; give the name of something in it"
            raise RequestError(f"{_short(target)} has no {name!r}{meant}") from None
    return found
