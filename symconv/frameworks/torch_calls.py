"""torch's layers, ready to be timed, in both memory formats."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from symconv.frameworks.call import LAYOUTS, VARIABLE, Call, Tensors, cores, steps
from symconv.frameworks.comparison import Witness
from symconv.layers.geometry import Geometry
from symconv.verify.report import NotAsked


def torch_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """One call for each memory format that the arrays have; a thread for each core that the process may use."""
    import torch

    torch.set_num_threads(len(cores()))
    formats = {4: torch.channels_last, 5: torch.channels_last_3d}
    found = {}
    for layout in LAYOUTS:
        given = {name: torch.from_numpy(array.copy()) for name, array in tensors.items()}
        if layout == "channels_last":
            if (geometry.dimensions + 2) not in formats:
                continue
            given = {
                name: t.contiguous(memory_format=formats[t.ndim]) if t.ndim in formats else t
                for name, t in given.items()
            }
        found[layout] = Call(_run(torch, function, geometry, given), lambda result: result.detach().numpy())
    return found


def _run(torch: Any, function: str, g: Geometry, given: dict[str, Any]) -> Callable[[], Any]:
    if g.kind not in ("conv", "conv-transpose") or g.flip or any(lo != hi for lo, hi in g.padding):
        return _by_graph(torch, function, g, given)
    if not 1 <= g.dimensions <= 3:
        raise NotAsked(f"it has no such layer in {g.dimensions} dimensions")
    stride, padding, dilation = steps(g)
    extra = tuple(int(v) for v in g.output_padding)
    options = (stride, padding, dilation, g.kind == "conv-transpose", extra, int(g.groups))
    a, w, bias, delta = (given.get(name) for name in ("a", "w", "bias", "delta"))

    def forward() -> Any:
        with torch.inference_mode():
            return torch.ops.aten.convolution(a, w, bias, *options)

    if function == "net_input":
        return forward
    wanted = [function == "input_gradient", function == "weight_gradient", False]

    def backward() -> Any:
        with torch.inference_mode():
            gradients = torch.ops.aten.convolution_backward(delta, a, w, None, *options, wanted)
            return gradients[wanted.index(True)]

    return backward


def _by_graph(torch: Any, function: str, geometry: Geometry, given: dict[str, Any]) -> Callable[[], Any]:
    """Layers that are no single operator of torch's: their gradients go through a graph, which is kept."""
    witness = Witness(torch, geometry)
    a, w, bias, delta = (given.get(name) for name in ("a", "w", "bias", "delta"))

    def forward() -> Any:
        with torch.inference_mode():
            return witness.forward(a, w, bias)

    if function == "net_input":
        return forward
    variable = given[VARIABLE[function]].requires_grad_(True)
    net = witness.forward(a, w, bias)
    return lambda: torch.autograd.grad(net, (variable,), delta, retain_graph=True)[0]
