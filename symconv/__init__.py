"""symconv derives the backward pass of a layer from its net input, writes it out, emits it as code and checks it.

>>> layer = convolution(input_size=(3, 3), filter_size=(2, 2))
>>> derive(layer).weight_gradient.element(0, 1)
a[0, 1]*delta[0, 0] + a[0, 2]*delta[0, 1] + a[1, 1]*delta[1, 0] + a[1, 2]*delta[1, 1]

Names are looked up when they are first used, so that ``import symconv`` alone loads neither SymPy nor NumPy.
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING

__version__ = "0.1.0"

if TYPE_CHECKING:
    from symconv.api import (
        Exercise,
        Explorer,
        Figure,
        Formula,
        LayerDerivation,
        Source,
        audit,
        average_pooling,
        check,
        convolution,
        dense,
        derive,
        emit,
        exercise,
        explore,
        figure,
        from_formula,
        from_toml,
        locally_connected,
        max_pooling,
        prove,
        transposed_convolution,
        verify,
    )
    from symconv.errors import OutsideError, RequestError

__all__ = [
    "Exercise",
    "Explorer",
    "Figure",
    "Formula",
    "LayerDerivation",
    "OutsideError",
    "RequestError",
    "Source",
    "__version__",
    "audit",
    "average_pooling",
    "check",
    "convolution",
    "dense",
    "derive",
    "emit",
    "exercise",
    "explore",
    "figure",
    "from_formula",
    "from_toml",
    "locally_connected",
    "max_pooling",
    "prove",
    "transposed_convolution",
    "verify",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'symconv' has no attribute {name!r}")
    from symconv import api, errors

    value: object = getattr(errors if name in ("RequestError", "OutsideError") else api, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """The functions `emit`, `verify` and `audit` keep their names when the modules of the same names are loaded.

    Python binds a submodule in its package when it is imported; write ``from symconv.emit import …`` to reach one.
    """

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in __all__ and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
