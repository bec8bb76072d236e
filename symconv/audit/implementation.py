"""Is this hand-written layer right? Somebody's code, judged against the layer it is meant to be.

*Target → child process → module → style → questions at the geometries that separate mistakes → report.* A style
presents the code as the functions of the contract; the questions, the exact reference and the probes for the first
wrong term are the verifier's.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from types import ModuleType

from symconv.audit.child import Request
from symconv.audit.process import judged
from symconv.audit.report import AuditReport
from symconv.audit.target import KEYS, Target, target_of
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.verify.isolation import Limits
from symconv.verify.report import Progress
from symconv.verify.sizes import concrete

LIMITS = Limits(seconds=120.0, memory=12 * 2**30)


def audit_implementation(
    implementation: object, layer: Layer, names: Mapping[str, str] | None = None, progress: Progress | None = None
) -> AuditReport:
    """Judge ``FILE.py[:Name]``, ``package.module[:name]``, a module, a class, a function, or functions by their names.

    ``names`` maps names of the contract to theirs. The code is imported again, in a child process, so what is given
    must come from a file. RequestError where it does not import, or lacks a name.
    """
    concrete(layer.geometry)
    target = located(implementation, dict(names or {}))
    return AuditReport(tuple(judged(Request(target, layer, LIMITS, {}), progress)))


def located(implementation: object, names: dict[str, str]) -> Target:
    """Where code that is given as text or as objects is to be found."""
    match implementation:
        case str():
            return target_of(implementation, names)
        case ModuleType():
            return target_of(_file(implementation), names)
        case type():
            return target_of(f"{_file(implementation)}:{_name(implementation)}", names)
        case Mapping():
            return _functions(implementation, names)
        case _ if inspect.isfunction(implementation):
            return target_of(f"{_file(implementation)}:{_name(implementation)}", names)
    raise RequestError(
        f"audit was given {type(implementation).__name__}, not code; give FILE.py, a module, a class or "
        "a dictionary of functions"
    )


def _functions(given: Mapping[str, object], names: dict[str, str]) -> Target:
    """``{"net_input": f, …}``, all from one file."""
    if not given or not all(inspect.isfunction(function) for function in given.values()):
        raise RequestError(f"audit was given a dictionary that does not map {', '.join(KEYS[:4])} to functions; do so")
    files = {_file(function) for function in given.values()}
    if len(files) > 1:
        raise RequestError(
            f"the functions come from {len(files)} files, and are looked up in one; import them into one"
        )
    return target_of(files.pop(), {**{key: _name(function) for key, function in given.items()}, **names})


def _file(found: object) -> str:
    """The file that something was defined in."""
    try:
        path = inspect.getsourcefile(found)  # type: ignore[arg-type]
    except TypeError:
        path = None
    if path is None or not path.endswith(".py"):
        name = getattr(found, "__name__", type(found).__name__)
        raise RequestError(f"{name} comes from no Python file, and it is imported again to be judged; save it to one")
    return path


def _name(found: Callable[..., object] | object) -> str:
    """Its name in its module."""
    name = str(getattr(found, "__qualname__", ""))
    if "<" in name:
        raise RequestError(f"{name} is defined inside a function and can't be imported; define it in a module")
    return name
