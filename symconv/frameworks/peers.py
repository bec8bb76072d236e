"""Other packages that compute the same layers, by the names under which they are installed.

A package is asked for one function of the contract at a time, and answers with a `Call` for each layout that it has,
made ready beforehand: what is called later computes and does nothing else.
"""

from __future__ import annotations

import collections
import collections.abc
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module, metadata
from importlib.util import find_spec

import numpy as np

from symconv.errors import OutsideError
from symconv.frameworks.call import Calls
from symconv.frameworks.jax_calls import jax_calls
from symconv.frameworks.numpy_calls import autograd_calls, chainer_calls, mygrad_calls, numpy_ml_calls, scipy_calls
from symconv.frameworks.torch_calls import torch_calls


@dataclass(frozen=True, slots=True)
class Peer:
    """A package: the name that is imported, how it is called, and whether it is NumPy all the way down."""

    package: str
    calls: Calls
    pure_numpy: bool = False


PEERS: Mapping[str, Peer] = {
    "torch": Peer("torch", torch_calls),
    "jax": Peer("jax", jax_calls),
    "scipy": Peer("scipy", scipy_calls),
    "numpy-ml": Peer("numpy_ml", numpy_ml_calls, pure_numpy=True),
    "mygrad": Peer("mygrad", mygrad_calls, pure_numpy=True),
    "autograd": Peer("autograd", autograd_calls, pure_numpy=True),
    "chainer": Peer("chainer", chainer_calls, pure_numpy=True),
}
"""By the name of the distribution, so that ``pip install NAME`` is the way to each."""


def is_installed(name: str) -> bool:
    """Whether the package can be found; it is not imported."""
    return find_spec(PEERS[name].package) is not None


def opened(name: str) -> str:
    """Import a package; its version. OutsideError, with the reason, where that fails."""
    peer = PEERS[name]
    if not is_installed(name):
        raise OutsideError("not installed")
    try:
        _put_back(peer.package)
        import_module(peer.package)
        return metadata.version(name).split("+")[0]
    except Exception as error:
        raise OutsideError(f"it does not import: {type(error).__name__}: {str(error).splitlines()[0]}") from error


def _put_back(package: str) -> None:
    """Names that two older packages import, and that Python 3.10 and NumPy 2.0 took away; for a process of its own."""
    if package == "numpy_ml" and not hasattr(collections, "Hashable"):
        collections.Hashable = collections.abc.Hashable  # type: ignore[attr-defined]
    if package == "chainer" and not hasattr(np, "sctypes"):
        kinds = {"int": "bhil", "uint": "BHIL", "float": "efd", "complex": "FD"}
        np.sctypes = {  # type: ignore[attr-defined]
            **{kind: [np.dtype(code).type for code in codes] for kind, codes in kinds.items()},
            "others": [bool, object, bytes, str, np.void],
        }
