"""Somebody's code found: by the contract's names, by mapped names, or as the only class there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from types import ModuleType

from symconv.audit.parameters import parameters_of
from symconv.audit.styles import ARRAYS, Bridge, Functions, Passes, Style
from symconv.audit.target import Target, member
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.verify.execute import functions_of
from symconv.verify.reference import FUNCTIONS, shapes


def style_of(module: ModuleType, target: Target, geometry: Geometry, bridge: Bridge) -> Style:
    """How the code is called; RequestError where it has none of the names that are looked for."""
    if target.name is not None:
        found = member(module, target.name, target)
        if style := bridge(found, target, geometry):
            return style
        if isinstance(found, type):
            return _of_class(found, target, geometry)
        if isinstance(found, ModuleType):
            return style_of(found, replace(target, name=None), geometry, bridge)
        if not callable(found):
            raise RequestError(f"{target.name!r} is {type(found).__name__}, not a class or function; name one of those")
        if target.name == target.their("forward"):
            return Passes(module, None, target, geometry)
        key = target.name if target.name in FUNCTIONS else "net_input"
        _check_arrays(target.name, found, key, geometry)
        return Functions({key: found})
    for name in dict(target.map):
        if name in (*FUNCTIONS, "forward") and "." not in target.their(name):
            _check_mapped(module, name, target)
    functions = {f: getattr(module, target.their(f), None) for f in functions_of(geometry)}
    callables = {name: found for name, found in functions.items() if callable(found)}
    has_forward = callable(getattr(module, target.their("forward"), None))
    has_gradients = bool(callables.keys() & {"net_input", "input_gradient", "weight_gradient"})
    if has_gradients and "forward" not in dict(target.map):
        _check_dots(target)
        return Functions(callables)
    if has_forward:
        return Passes(module, None, target, geometry)
    if callables and not _classes(module, target):
        return Functions(callables)
    return _only_class(module, target, geometry, bridge)


def class_beside(module: ModuleType, target: Target, geometry: Geometry) -> Passes | None:
    """The class of the contract in a module whose functions are judged; None where it has none, or one was picked."""
    found = getattr(module, "Layer", None)
    if target.name is not None or not isinstance(found, type) or found.__module__ != module.__name__:
        return None
    return Passes(None, found, target, geometry)


def _check_arrays(name: str, found: Callable[..., object], key: str, geometry: Geometry) -> None:
    """A single function takes the arrays of the function that it is judged as."""
    wanted = [array for array in ARRAYS[key] if array in shapes(geometry) and array != "bias"]
    if (taken := parameters_of(found, len(wanted)).arrays) < len(wanted):
        raise RequestError(
            f"{name} takes {taken} argument{'s' * (taken != 1)}, and {key} is given {', '.join(wanted)}; name a "
            "function that takes them, or map it with --map contract_name=their_name"
        )


def _check_dots(target: Target) -> None:
    """A name with a dot is that of an attribute of an object, and functions that are judged leave none behind."""
    for name, theirs in target.map:
        if "." in theirs:
            raise RequestError(
                f"--map {name}={theirs} names an attribute by its dot, and here functions are judged; give the name "
                "of a function in the file"
            )


def _check_mapped(module: ModuleType, name: str, target: Target) -> None:
    """A mapped function must be there; a gradient may be an attribute of an object besides."""
    has_classes = any(isinstance(found, type) for found in vars(module).values())
    if name == "forward" or not (has_classes or "forward" in dict(target.map)):
        holders = [module, *(found for found in vars(module).values() if isinstance(found, type))]
        if not any(hasattr(holder, target.their(name)) for holder in holders):
            member(module, target.their(name), target)


def _of_class(found: type, target: Target, geometry: Geometry) -> Style:
    if not callable(getattr(found, target.their("forward"), None)):
        functions = {f: getattr(found, target.their(f), None) for f in functions_of(geometry)}
        if callables := {name: f for name, f in functions.items() if callable(f)}:
            return Functions(callables)
        raise RequestError(f"the class {found.__name__} has no {target.their('forward')}; --map forward=NAME names it")
    return Passes(None, found, target, geometry)


def _only_class(module: ModuleType, target: Target, geometry: Geometry, bridge: Bridge) -> Style:
    """The class called Layer, or the only one that the module defines and that has a forward."""
    fitting = _classes(module, target)
    if "Layer" in fitting or len(fitting) == 1:
        found = fitting.get("Layer") or next(iter(fitting.values()))
        return bridge(found, target, geometry) or _of_class(found, target, geometry)
    if fitting:
        raise RequestError(f"there are several classes, {', '.join(fitting)}; pick one with FILE.py:Name")
    raise RequestError(
        f"{target.place.rpartition('/')[2]!r} has none of {', '.join(functions_of(geometry))}, forward and backward, "
        "nor a class with them; name them with --map contract_name=their_name"
    )


def _classes(module: ModuleType, target: Target) -> dict[str, type]:
    """The classes that the module itself defines and that have a forward."""
    return {
        name: found
        for name, found in vars(module).items()
        if isinstance(found, type)
        and found.__module__ == module.__name__
        and callable(getattr(found, target.their("forward"), None))
    }
