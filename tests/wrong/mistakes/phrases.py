"""Pieces of the hand-written texts in which several mistakes are made."""

from __future__ import annotations

IN = "input_gradient"
DW = "weight_gradient"
ROTATED = "rotated = w[:, :, ::-1, ::-1]"
DX_ROW = "divmod(x + PADDING[0][0] - DILATION[0] * p, STRIDE[0])"
DX_COLUMN = "divmod(y + PADDING[1][0] - DILATION[1] * q, STRIDE[1])"
DW_ROW = "x = STRIDE[0] * i - PADDING[0][0] + DILATION[0] * p"
DW_COLUMN = "y = STRIDE[1] * j - PADDING[1][0] + DILATION[1] * q"
NET_ROW = "x = STRIDE[0] * i + DILATION[0] * p - PADDING[0][0]"
NET_COLUMN = "y = STRIDE[1] * j + DILATION[1] * q - PADDING[1][0]"
NET_PRODUCT = "w[n, c, p, q] * a[b, first + c, x, y]"
DX_PRODUCT = "w[n, channel, p, q] * delta[b, n, i, j]"
FORWARD_TAPS = "for tap in np.ndindex(*FILTER_SIZE):\n        outputs, positions = reached(tap, a.shape[2:], output)"
BACKWARD_TAPS = "for tap in np.ndindex(*FILTER_SIZE):\n        outputs, positions = reached(tap, size, delta.shape[2:])"
BIAS_SUM = "delta.sum(axis=(0, *range(2, delta.ndim)), dtype=delta.dtype)"
OWN_SIZE = "size = INPUT_SIZE if input_size is None else tuple(input_size)"
