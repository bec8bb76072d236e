"""A convolution in the style of courses, with a mistake in it: `symconv audit examples/course_layer.py` tells it."""

import numpy as np


def forward(a, w, bias, stride=1):
    """The net input, and what the backward pass will need."""
    view = np.lib.stride_tricks.sliding_window_view(a, w.shape[2:], axis=(2, 3))[:, :, ::stride, ::stride]
    return np.einsum("bcijpq,ncpq->bnij", view, w) + bias[:, None, None], (a, w, stride)


def backward(dout, cache):
    """The gradients of the input, the weights and the bias."""
    a, w, stride = cache
    height, width = w.shape[2:]
    da, dw = np.zeros_like(a), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows, columns = slice(stride * i, stride * i + height), slice(stride * j, stride * j + width)
            dw += np.tensordot(dout[:, :, i, j], a[:, :, rows, columns], (0, 0))
            da[:, :, i : i + height, j : j + width] += np.tensordot(dout[:, :, i, j], w, 1)
    return da, dw, dout.sum(axis=(0, 2, 3))
