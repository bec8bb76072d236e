"""A convolution whose backward pass adds every window's share: right."""

import numpy as np


def forward(a, w, bias, stride=(1, 1), padding=(0, 0)):
    """The net input, and what the backward pass will need."""
    padded = np.pad(a, ((0, 0), (0, 0), *((p, p) for p in padding)))
    view = np.lib.stride_tricks.sliding_window_view(padded, w.shape[2:], axis=(2, 3))
    windows = view[:, :, :: stride[0], :: stride[1]]
    return np.einsum("bcijpq,ncpq->bnij", windows, w) + bias[:, None, None], (padded, w, stride, padding)


def backward(dout, cache):
    """The gradients of the input, the weights and the bias."""
    padded, w, stride, padding = cache
    dpadded, dw = np.zeros_like(padded), np.zeros_like(w)
    for i in range(dout.shape[2]):
        for j in range(dout.shape[3]):
            rows = slice(stride[0] * i, stride[0] * i + w.shape[2])
            columns = slice(stride[1] * j, stride[1] * j + w.shape[3])
            dw += np.tensordot(dout[:, :, i, j], padded[:, :, rows, columns], (0, 0))
            dpadded[:, :, rows, columns] += np.tensordot(dout[:, :, i, j], w, 1)
    height, width = (size - 2 * p for size, p in zip(padded.shape[2:], padding, strict=True))
    da = dpadded[:, :, padding[0] : padding[0] + height, padding[1] : padding[1] + width]
    return da, dw, dout.sum(axis=(0, 2, 3))
