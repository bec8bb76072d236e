"""Somebody's layer in torch, as the audit calls it."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from symconv.audit.parameters import MEANING, parameters_of
from symconv.audit.styles import WEIGHTS, Style, called, made, parameter_name
from symconv.audit.target import Target
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.verify.execute import functions_of
from symconv.verify.reference import Array
from symconv.verify.report import Refuted


def style_of_torch(found: object, target: Target, geometry: Geometry) -> Style | None:
    """How a ``torch.nn.Module`` or ``torch.autograd.Function`` is called; None for anything else.

    Whoever defined such a class has imported torch, so nobody waits for it in vain. RequestError where it is not known
    how to make an object of the class.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return None
    if isinstance(found, torch.nn.Module):
        name = type(found).__name__
        raise RequestError(f"{target.name} is an object of {name}, of one size; give its class, and it is made of many")
    if not isinstance(found, type):
        return None
    if issubclass(found, torch.nn.Module):
        _check_constructor(found)
        return TorchStyle(torch, found, target, geometry, False)
    if issubclass(found, torch.autograd.Function):
        return TorchStyle(torch, found, target, geometry, True)
    return None


def _check_constructor(maker: type) -> None:
    """A module is made of sizes, or of its weights; a number of another name may be any of its sizes."""
    known = (*WEIGHTS["w"], *WEIGHTS["bias"], *MEANING)
    unknown = [
        p.name
        for p in inspect.signature(maker).parameters.values()
        if p.kind is p.POSITIONAL_OR_KEYWORD
        and (p.default is p.empty or type(p.default) is int)
        and p.name not in known
        and p.name.lower() not in known
    ]
    if unknown:
        raise RequestError(
            f"{maker.__name__} is made of {', '.join(unknown)}, and it is not known what that is; let its __init__ "
            "take in_channels, out_channels, kernel_size, stride, padding and the like, or the weights, (w, bias=None)"
        )


@dataclass(frozen=True, slots=True)
class TorchStyle:
    """Arrays become tensors; the gradients are those that torch's graph, with the code's own backward in it, gives.

    A module is made of its weights, or of sizes by their names and then the values of its ``weight`` and ``bias`` are
    put in place; a function is applied to ``(a, w, bias[, stride, padding])``.
    """

    torch: Any
    maker: Any
    target: Target
    geometry: Geometry
    is_function: bool

    @property
    def functions(self) -> tuple[str, ...]:
        """All: what there is a forward pass of, torch differentiates."""
        return functions_of(self.geometry)

    @property
    def varied(self) -> frozenset[str]:
        """Numbers of the layer that the class takes."""
        if not self.is_function:
            return parameters_of(self.maker, 0).varied
        return parameters_of(self.maker.forward, 3).varied

    @property
    def reads_filter_size(self) -> bool:
        """Weights are at hand in both passes."""
        return True

    def run(self, function: str, geometry: Geometry, tensors: Mapping[str, Array]) -> Any:
        """One function of the contract."""
        given = {
            name: self.torch.tensor(np.array(array), requires_grad=name != "delta" and array.dtype.kind == "f")
            for name, array in tensors.items()
        }
        if self.is_function:
            taken = parameters_of(self.maker.forward, min(3, len(given)))  # the first is ctx
            arrays = [given[name] for name in ("a", "w", "bias") if name in given]
            net = called(self.maker.apply, replace(taken, arrays=len(arrays)), arrays, geometry)
            held = given
        else:
            module, held = self._module(geometry, given)
            net = module(given["a"])
        if function == "net_input":
            return net.detach().numpy()
        variable = {"input_gradient": "a", "weight_gradient": "w", "bias_gradient": "bias"}[function]
        (gradient,) = self.torch.autograd.grad(net, held[variable], given["delta"], allow_unused=True)
        if gradient is None:
            raise Refuted(f"torch finds no gradient: net does not depend on {variable}")
        return gradient.numpy()

    @property
    def _is_made_of_weights(self) -> bool:
        first = next(iter(inspect.signature(self.maker).parameters), "")
        return first in WEIGHTS["w"]

    def _module(self, geometry: Geometry, given: dict[str, Any]) -> tuple[Any, dict[str, Any]]:
        """A new module with these weights, and its parameters by the names of the contract."""
        weights = {name: array.detach().clone() for name, array in given.items() if name in ("w", "bias")}
        module = made(self.maker, self.target, geometry, weights, self._is_made_of_weights)
        held = {"a": given["a"]}
        for name in ("w", "bias"):
            if name in given:
                held[name] = self._put(module, name, given[name].detach())
        return module, held

    def _put(self, module: Any, name: str, values: Any) -> Any:
        """The parameter of that name, of the module itself or of one inside it (``conv.weight``), with these values."""
        theirs = self.target.their(name)
        last = WEIGHTS[name] if theirs == name else ()
        found = [p for path, p in module.named_parameters() if path == theirs or path.rpartition(".")[2] in last]
        if len(found) == 1:
            found[0].data = values
            return found[0]
        parameter = self.torch.nn.Parameter(values)
        setattr(module, parameter_name(module, name, self.target), parameter)
        return parameter
