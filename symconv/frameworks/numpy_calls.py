"""Packages on NumPy alone, and scipy, ready to be timed; each computes its gradients itself."""

from __future__ import annotations

from typing import Any

import numpy as np

from symconv.frameworks.call import (
    VARIABLE,
    Call,
    Tensors,
    from_channels_last,
    plain_convolution,
    steps,
    to_channels_last,
)
from symconv.layers.geometry import Geometry
from symconv.verify.reference import Array
from symconv.verify.report import NotAsked

FIRST = "channels_first"


def scipy_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """``scipy.signal.correlate``, a call for each example and filter; it has no stride, and no gradients."""
    plain_convolution(geometry, uneven=True)
    if function != "net_input":
        raise NotAsked("it has no gradients")
    _one_step(geometry)
    from scipy.signal import correlate

    a, w = tensors["a"], tensors["w"]
    amounts = [(0, 0), (0, 0), *((int(before), int(after)) for before, after in geometry.padding)]

    def run() -> Any:
        padded = np.pad(a, amounts)
        net = np.empty(geometry.output_shape, a.dtype)
        for b in range(len(padded)):
            for n in range(len(w)):
                net[b, n] = correlate(padded[b], w[n], mode="valid")[0]
        return net

    return {FIRST: Call(run)}


def mygrad_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """``mygrad.nnet.layers.conv_nd``; a gradient is the backward pass of that operation alone."""
    plain_convolution(geometry)
    import mygrad
    from mygrad.nnet.layers import conv_nd

    stride, padding, dilation = steps(geometry)
    options = {"stride": stride, "padding": padding, "dilation": dilation}
    a, w, delta = (mygrad.tensor(tensors[name]) for name in ("a", "w", "delta"))

    def forward() -> Any:
        with mygrad.no_autodiff:
            return conv_nd(a, w, **options)

    if function == "net_input":
        return {FIRST: Call(forward, lambda net: np.asarray(net.data))}
    net = conv_nd(a, w, **options)
    index = 0 if VARIABLE[function] == "a" else 1
    return {FIRST: Call(lambda: net.creator.backward_var(delta.data, index))}


def autograd_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """``autograd.scipy.signal.convolve``, which has no stride; gradients by ``make_vjp``."""
    plain_convolution(geometry, uneven=True)
    _one_step(geometry)
    import autograd.numpy
    from autograd import make_vjp
    from autograd.scipy.signal import convolve

    space = list(range(2, 2 + geometry.dimensions))
    turned = (slice(None), slice(None), *(slice(None, None, -1) for _ in space))
    amounts = [(0, 0), (0, 0), *((int(before), int(after)) for before, after in geometry.padding)]

    def forward(a: Any, w: Any) -> Any:
        padded = autograd.numpy.pad(a, amounts, mode="constant")
        return convolve(padded, w[turned], axes=[space, space], dot_axes=[[1], [1]], mode="valid")

    a, w, delta = tensors["a"], tensors["w"], tensors["delta"]
    match function:
        case "net_input":
            return {FIRST: Call(lambda: forward(a, w))}
        case "input_gradient":
            pull, _ = make_vjp(lambda variable: forward(variable, w))(a)
        case _:
            pull, _ = make_vjp(lambda variable: forward(a, variable))(w)
    return {FIRST: Call(lambda: pull(delta))}


def chainer_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """``chainer.functions.convolution_nd``, in two dimensions ``convolution_2d``; gradients by ``chainer.grad``."""
    plain_convolution(geometry, grouped=True)
    import chainer

    stride, padding, dilation = steps(geometry)
    flat = geometry.dimensions == 2
    operator = chainer.functions.convolution_2d if flat else chainer.functions.convolution_nd
    options = {"stride": stride, "pad": padding, "dilate": dilation, "groups": int(geometry.groups)}
    given = {name: chainer.Variable(array) for name, array in tensors.items()}

    def forward() -> Any:
        with chainer.no_backprop_mode():
            return operator(given["a"], given["w"], **options)

    def read(result: Any) -> Array:
        return np.asarray(result.array)

    if function == "net_input":
        return {FIRST: Call(forward, read)}
    net = operator(given["a"], given["w"], **options)
    variable = given[VARIABLE[function]]
    return {FIRST: Call(lambda: chainer.grad([net], [variable], [given["delta"]])[0], read)}


def numpy_ml_calls(function: str, geometry: Geometry, tensors: Tensors) -> dict[str, Call]:
    """``numpy_ml.neural_nets.layers.Conv2D``, channels last; its backward pass computes all gradients at once."""
    plain_convolution(geometry)
    stride, padding, dilation = steps(geometry)
    if geometry.dimensions != 2 or len({*stride}) > 1 or len({*dilation}) > 1:
        raise NotAsked("it has two dimensions, and one stride and dilation for both")
    from numpy_ml.neural_nets.layers import Conv2D

    a, w, delta = (to_channels_last(name, tensors[name]) for name in ("a", "w", "delta"))
    layer = Conv2D(
        out_ch=int(geometry.filters),
        kernel_shape=tuple(int(k) for k in geometry.filter_size),
        pad=(padding[0], padding[0], padding[1], padding[1]),
        stride=stride[0],
        dilation=dilation[0] - 1,  # it counts the cells left out between two taps
    )
    net = layer.forward(a)
    layer.parameters.update(W=w, b=np.zeros((1, 1, 1, int(geometry.filters)), w.dtype))
    if function == "net_input":
        call = Call(lambda: layer.forward(a, retain_derived=False), lambda y: from_channels_last("net", y))
    else:
        variable = VARIABLE[function]
        index = 0 if variable == "a" else 1
        call = Call(lambda: layer._bwd(delta, a, net), lambda both: from_channels_last(variable, both[index]))
    return {"channels_last": call}


def _one_step(geometry: Geometry) -> None:
    if any(int(step) != 1 for step in (*geometry.stride, *geometry.dilation)):
        raise NotAsked("it has no stride and no dilation")
