"""Emitted code held to torch.

Agreement with torch says that shapes, padding, groups and the meaning of every argument are those of the frameworks.
It proves no formula: torch's own are judged by the same verdicts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from symconv.errors import OutsideError, RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject, functions_of, load
from symconv.verify.layout import channels_first
from symconv.verify.polynomials import cell_sign
from symconv.verify.reference import SIGN, TARGET, Array, shapes
from symconv.verify.report import NotAsked, Question, Refuted, Report
from symconv.verify.sizes import concrete, describe, reduced

RELATIVE = 1e-12
"""Of the largest entry of an array: float64, and another order of summation."""
MOST_PRODUCTS = 50_000_000
UNTOLD = "torch has no such layer"


def compare_with_torch(source: str, layer: Layer, layout: str = "channels_first") -> Report:
    """One verdict per function of the module: float64, relative error at most 1e-12.

    The text is run in this process, so it must be ours. OutsideError where torch is not installed.
    """
    if isinstance(layer.geometry, OwnGeometry):
        raise RequestError("torch has no layer of this formula to compare with; leave --against torch out")
    torch = _torch()
    own = concrete(layer.geometry)
    subject = Subject(channels_first(load(source), own, layout), own)
    geometry = own if subject.own_sizes_only else reduced(own, MOST_PRODUCTS)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return Report(tuple(_question(torch, subject, f, geometry).answer() for f in functions_of(own)))
    finally:
        torch.set_num_threads(threads)


def _torch() -> Any:
    try:
        import torch
    except ImportError as error:
        raise OutsideError("torch is not installed, and it was asked for; run `pip install torch`") from error
    return torch


def _question(torch: Any, subject: Subject, function: str, geometry: Geometry) -> Question:
    def examine() -> None:
        tensors = _random(geometry)
        wanted = Witness(torch, geometry).result(function, tensors)
        _compare(function, subject.result(function, geometry, tensors), wanted)

    claim = f"{function} is torch's {SIGN[TARGET[function]]}"
    return Question(claim, f"torch {torch.__version__.split('+')[0]}, float64", describe(geometry), examine)


def _random(geometry: Geometry) -> dict[str, Array]:
    random = np.random.default_rng(171)
    return {name: random.uniform(-1, 1, size=shape) for name, shape in shapes(geometry).items()}


def _compare(function: str, found: Array, wanted: Array) -> None:
    if found.shape != wanted.shape:
        raise Refuted(f"{function} has shape {found.shape}, and torch's {wanted.shape}")
    allowed = RELATIVE * float(np.max(np.abs(wanted), initial=0.0))
    wrong = np.argwhere(~(np.abs(found - wanted) <= allowed))
    if len(wrong):
        cell = tuple(int(i) for i in wrong[0])
        raise Refuted(f"{cell_sign(TARGET[function], cell)} is {found[cell]:.17g}, and torch's {wanted[cell]:.17g}")


@dataclass(frozen=True, slots=True)
class Witness:
    """The layer in torch; its gradients are torch's, by automatic differentiation of the forward pass."""

    torch: Any
    geometry: Geometry

    def result(self, function: str, tensors: dict[str, Array]) -> Array:
        """What torch has for one function of the module."""
        given = {name: self.torch.tensor(array, requires_grad=name != "delta") for name, array in tensors.items()}
        net = self.forward(given["a"], given.get("w"), given.get("bias"))
        if function == "net_input":
            return np.asarray(net.detach().numpy())
        variable = {"input_gradient": "a", "weight_gradient": "w", "bias_gradient": "bias"}[function]
        (gradient,) = self.torch.autograd.grad(net, given[variable], given["delta"])
        return np.asarray(gradient.numpy())

    def forward(self, a: Any, w: Any, bias: Any) -> Any:
        """net; `NotAsked` where torch has no such layer."""
        g = self.geometry
        functional = self.torch.nn.functional
        if g.kind == "dense":
            return functional.linear(a, w, bias)
        if g.kind == "locally-connected":
            return self._locally_connected(a, w, bias)
        if not 1 <= g.dimensions <= 3:
            raise NotAsked(f"{UNTOLD} in {g.dimensions} dimensions")
        if g.kind == "avg-pool":
            return self._average(a)
        if g.flip:
            w = self.torch.flip(w, tuple(range(2, 2 + g.dimensions)))
        if g.kind == "conv-transpose":
            return self._transposed(a, w, bias)
        operator = getattr(functional, f"conv{g.dimensions}d")
        steps = {"stride": tuple(g.stride), "dilation": tuple(g.dilation), "groups": g.groups}
        return operator(self._padded(a), w, bias, **steps)

    def _padded(self, a: Any) -> Any:
        """Zero padding of any amounts; torch lists the last dimension first."""
        amounts = [int(v) for pair in reversed(self.geometry.padding) for v in pair]
        return self.torch.nn.functional.pad(a, amounts)

    def _transposed(self, a: Any, w: Any, bias: Any) -> Any:
        """Without padding, and then cropped: torch's own padding is even, and output padding lengthens the far end."""
        g = self.geometry
        operator = getattr(self.torch.nn.functional, f"conv_transpose{g.dimensions}d")
        steps = {"stride": tuple(g.stride), "dilation": tuple(g.dilation), "groups": g.groups}
        full = operator(a, w, None, **steps)
        longer = [0 if side == 0 else int(v) for v in reversed(g.output_padding) for side in (0, 1)]
        full = self.torch.nn.functional.pad(full, longer)
        crop = [-int(v) for pair in reversed(g.padding) for v in pair]
        net = self.torch.nn.functional.pad(full, crop)
        return net if bias is None else net + bias.reshape(-1, *(1 for _ in range(g.dimensions)))

    def _average(self, a: Any) -> Any:
        g = self.geometry
        operator = getattr(self.torch.nn.functional, f"avg_pool{g.dimensions}d")
        size, stride = tuple(g.filter_size), tuple(g.stride)
        if any(int(d) != 1 for d in g.dilation):
            raise NotAsked(f"{UNTOLD}: its averages know dilation 1 only")
        if g.count_include_pad and not g.ceil_mode:
            return operator(self._padded(a), size, stride=stride)
        if any(before != after for before, after in g.padding):
            raise NotAsked(f"{UNTOLD}: its averages that do not count padding pad alike before and after")
        if any(2 * int(before) > int(k) for (before, _), k in zip(g.padding, g.filter_size, strict=True)):
            raise NotAsked(f"{UNTOLD}: its averages pad by half the window at most")
        padding = tuple(int(before) for before, _ in g.padding)
        modes = {"ceil_mode": g.ceil_mode, "count_include_pad": g.count_include_pad}
        return operator(a, size, stride=stride, padding=padding, **modes)

    def _locally_connected(self, a: Any, w: Any, bias: Any) -> Any:
        """torch has no such layer, but windows: ``net[b,n,i] = Σ_c Σ_p w[n,c,p,i] · window[b,c,i,p]``."""
        g = self.geometry
        if g.dimensions > 3:
            raise NotAsked(f"{UNTOLD} in {g.dimensions} dimensions")
        windows = self._padded(a)
        for d in range(g.dimensions):
            reach = int(g.dilation[d]) * (int(g.filter_size[d]) - 1) + 1
            windows = windows.unfold(2 + d, reach, int(g.stride[d]))
        for d in range(g.dimensions):
            axis = 2 + g.dimensions + d
            taps = self.torch.arange(0, windows.shape[axis], int(g.dilation[d]))
            windows = windows.index_select(axis, taps)
        i, p = "xyz"[: g.dimensions], "pqs"[: g.dimensions]
        net = self.torch.einsum(f"nc{p}{i},bc{i}{p}->bn{i}", w, windows)
        return net if bias is None else net + bias.reshape(-1, *(1 for _ in range(g.dimensions)))
