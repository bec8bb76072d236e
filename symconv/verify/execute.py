"""The judged text, run: the only place where code is executed, and the one door to its functions.

Here it runs in this process, which is for text that symconv emitted itself; text of anyone else's goes through
``symconv.verify.isolation``.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from inspect import signature
from types import ModuleType
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.layers.own_net_input import needed
from symconv.verify.reference import FUNCTIONS, Array
from symconv.verify.report import MODULE_NAME, NotAsked, Refuted

FAST_DTYPES = (np.dtype(np.float32), np.dtype(np.float64))
ALLOWED_IMPORTS = {"numpy", "__future__", "concurrent", "contextvars"}
"""The last two are the standard library's; a function imports them where it gets several ``workers``."""
Tensors = Mapping[str, Array]


def functions_of(geometry: Geometry) -> tuple[str, ...]:
    """The functions that a layer's module has (INTERFACE): no weights, no ``weight_gradient``; no bias, no bias's."""
    lacks = {"weight_gradient": not geometry.has_weights, "bias_gradient": not geometry.bias or geometry.is_pooling}
    return tuple(function for function in FUNCTIONS if not lacks.get(function))


def load(source: str) -> ModuleType:
    """The module that the text defines; whatever it raises while it is run is `Refuted`."""
    module = ModuleType(MODULE_NAME)
    earlier = sys.modules.get(MODULE_NAME)
    sys.modules[MODULE_NAME] = module  # dataclasses and the like look their module up by its name
    try:
        exec(compile(source, f"<{MODULE_NAME}>", "exec"), module.__dict__)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise Refuted(f"the module does not run: {type(error).__name__}: {error}") from error
    finally:
        if earlier is None:
            sys.modules.pop(MODULE_NAME, None)
        else:
            sys.modules[MODULE_NAME] = earlier
    return module


def foreign_imports(source: str) -> list[str]:
    """What a text imports besides numpy, in order of appearance."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            found.append("." * node.level + (node.module or ""))
    return [name for name in found if name.split(".")[0] not in ALLOWED_IMPORTS]


@dataclass(frozen=True, slots=True)
class Subject:
    """A module under judgement. Arrays go in by name, ``a, w, bias, delta``, and come out as the module returns them.

    ``geometry`` has the layer's own sizes; each call passes the sizes it is about. ``accuracy`` is what the module is
    held to (:mod:`symconv.layers.accuracy`). ``workers`` are asked of the functions that take them.
    """

    module: Any
    geometry: Geometry
    accuracy: str = field(default="exact", kw_only=True)
    workers: int = field(default=1, kw_only=True)

    @property
    def is_fast(self) -> bool:
        """Whether floating results may be off as ``fast`` allows."""
        return self.accuracy == "fast"

    def may_round(self, function: str, dtype: np.dtype[Any]) -> bool:
        """Whether that goes for a function in this dtype: ``∂E/∂β`` is a plain sum, and exact numbers stay exact."""
        return self.is_fast and dtype in FAST_DTYPES and function != "bias_gradient"

    @property
    def own_sizes_only(self) -> bool:
        """Whether the module says that it accepts no other sizes than its own."""
        return bool(getattr(self.module, "OWN_SIZES_ONLY", False))

    def refuse_other_sizes(self) -> None:
        """`NotAsked` for a module that accepts only its own sizes."""
        if self.own_sizes_only:
            raise NotAsked("the module accepts only its own sizes (OWN_SIZES_ONLY)")

    def call(self, function: str, tensors: Tensors, input_size: Sequence[int] | None = None) -> Any:
        """One function on the tensors it takes; what it returns is not looked at."""
        given, besides = self.arguments(function, tensors, input_size), self.besides(function, tensors)
        return getattr(self.module, function)(*given, **besides)

    def takes_workers(self, function: str) -> bool:
        """Whether a function can share its work between threads."""
        return "workers" in signature(getattr(self.module, function)).parameters

    def besides(self, function: str, tensors: Tensors) -> dict[str, Any]:
        """The arguments by name: what a layer of one's own needs beyond what the linear layers take, and workers."""
        more = needed(self.geometry, function) if isinstance(self.geometry, OwnGeometry) else ()
        found: dict[str, Any] = {name: tensors[name] for name in more if name in tensors}
        asked = self.workers != 1 and self.takes_workers(function)
        return found | ({"workers": self.workers} if asked else {})

    def arguments(self, function: str, tensors: Tensors, input_size: Sequence[int] | None = None) -> tuple[Any, ...]:
        """The positional arguments of a function (INTERFACE); a dense layer has no input size to pass."""
        size = () if input_size is None else (tuple(input_size),)
        match function:
            case "net_input":
                return tuple(tensors[name] for name in ("a", "w", "bias") if name in tensors)
            case "input_gradient" if "w" not in tensors:
                return (tensors["delta"], *size)
            case "input_gradient":
                return (tensors["delta"], tensors["w"], *size)
            case "weight_gradient":
                return (tensors["delta"], tensors["a"])
            case _:
                return (tensors["delta"],)

    def result(self, function: str, geometry: Geometry, tensors: Tensors) -> Array:
        """One function at given sizes, an array of the right shape; anything else is `Refuted`."""
        size = (
            tuple(int(h) for h in geometry.input_size) if function == "input_gradient" and geometry.dimensions else None
        )
        found = self.call(function, tensors, size)
        return array_of_shape(found, expected_shape(function, geometry), function)

    def layer(self, tensors: Tensors) -> Any:
        """A new object of the module's class."""
        given = [tensors[name] for name in ("w", "bias") if name in tensors]
        return self.module.Layer(*given)


def expected_shape(function: str, geometry: Geometry) -> tuple[int, ...]:
    """The shape of what a function returns."""
    match function:
        case "net_input":
            return geometry.output_shape
        case "input_gradient":
            return geometry.input_shape
        case "weight_gradient":
            return geometry.weight_shape or ()
        case _:
            return (int(geometry.filters),)


def array_of_shape(found: Any, shape: tuple[int, ...], what: str) -> Array:
    """``found`` if it is an array of this shape, else `Refuted`."""
    if not isinstance(found, np.ndarray):
        raise Refuted(f"{what} returns {type(found).__name__} instead of an array of shape {shape}")
    if found.shape != shape:
        raise Refuted(f"{what} returns an array of shape {found.shape} instead of {shape}")
    return found
