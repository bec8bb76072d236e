"""RIGHT: layers as people write them, none in the form of the emitted module, each right for the layer it names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Implementation:
    """Somebody's code: how it is found (``name`` of a class, ``map``), and the layer it is meant to be."""

    title: str
    source: str
    layer: Mapping[str, Any] = field(default_factory=dict)
    map: Mapping[str, str] = field(default_factory=dict)
    name: str | None = None
    torch: bool = False


COURSE_LOOPS = """
import numpy as np

def forward(x, w, b, stride=1, pad=0):
    N, C, H, W = x.shape
    F, _, HH, WW = w.shape
    Ho = (H + 2 * pad - HH) // stride + 1
    Wo = (W + 2 * pad - WW) // stride + 1
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    out = np.zeros((N, F, Ho, Wo))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    window = xp[n, :, i * stride:i * stride + HH, j * stride:j * stride + WW]
                    out[n, f, i, j] = np.sum(window * w[f]) + b[f]
    return out, (x, w, b, stride, pad)

def backward(dout, cache):
    x, w, b, stride, pad = cache
    N, F, Ho, Wo = dout.shape
    _, C, HH, WW = w.shape
    xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))
    dxp = np.zeros(xp.shape)
    dw = np.zeros(w.shape)
    db = dout.sum(axis=(0, 2, 3))
    for n in range(N):
        for f in range(F):
            for i in range(Ho):
                for j in range(Wo):
                    rows = slice(i * stride, i * stride + HH)
                    columns = slice(j * stride, j * stride + WW)
                    dw[f] += dout[n, f, i, j] * xp[n, :, rows, columns]
                    dxp[n, :, rows, columns] += dout[n, f, i, j] * w[f]
    dx = dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]
    return dx, dw, db
"""

COURSE_IM2COL = """
import numpy as np

def indices(shape, HH, WW, stride, pad):
    N, C, H, W = shape
    Ho, Wo = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1
    i0 = np.tile(np.repeat(np.arange(HH), WW), C)
    j0 = np.tile(np.arange(WW), HH * C)
    i1 = stride * np.repeat(np.arange(Ho), Wo)
    j1 = stride * np.tile(np.arange(Wo), Ho)
    k = np.repeat(np.arange(C), HH * WW).reshape(-1, 1)
    return k, i0.reshape(-1, 1) + i1, j0.reshape(-1, 1) + j1, Ho, Wo

def forward(x, w, b, stride=1, padding=0):
    F, C, HH, WW = w.shape
    k, i, j, Ho, Wo = indices(x.shape, HH, WW, stride, padding)
    xp = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    cols = xp[:, k, i, j]
    out = w.reshape(F, -1) @ cols + b.reshape(-1, 1)
    return out.reshape(len(x), F, Ho, Wo), (x.shape, w, cols, stride, padding)

def backward(dout, cache):
    shape, w, cols, stride, padding = cache
    F, C, HH, WW = w.shape
    k, i, j, Ho, Wo = indices(shape, HH, WW, stride, padding)
    flat = dout.reshape(dout.shape[0], F, Ho * Wo)
    dw = np.einsum("bnl,bkl->nk", flat, cols).reshape(w.shape)
    dcols = w.reshape(F, -1).T @ flat
    B, _, H, W = shape
    dxp = np.zeros((B, C, H + 2 * padding, W + 2 * padding), dtype=dcols.dtype)
    np.add.at(dxp, (slice(None), k, i, j), dcols)
    return dxp[:, :, padding:H + padding, padding:W + padding], dw, flat.sum(axis=(0, 2))
"""

CONV_PARAM = (
    COURSE_LOOPS.replace(
        "def forward(x, w, b, stride=1, pad=0):",
        "def forward(x, w, b, conv_param):\n    stride, pad = conv_param['stride'], conv_param['pad']",
    )
    .replace("def forward", "def conv_forward_naive")
    .replace("def backward", "def conv_backward_naive")
)

FFT = """
import numpy as np
from numpy.fft import irfft2, rfft2

def forward(a, w, bias):
    shape = a.shape[2:]
    kh, kw = w.shape[2:]
    spectrum = np.einsum("bcxy,ncxy->bnxy", rfft2(a, shape), np.conj(rfft2(w, shape)))
    full = irfft2(spectrum, shape)
    out = full[:, :, :shape[0] - kh + 1, :shape[1] - kw + 1]
    return out + bias[:, None, None], (a, w)

def backward(dout, cache):
    a, w = cache
    shape = a.shape[2:]
    kh, kw = w.shape[2:]
    D = rfft2(dout, shape)
    da = irfft2(np.einsum("bnxy,ncxy->bcxy", D, rfft2(w, shape)), shape)
    dw = irfft2(np.einsum("bcxy,bnxy->ncxy", rfft2(a, shape), np.conj(D)), shape)[:, :, :kh, :kw]
    return da, dw, dout.sum(axis=(0, 2, 3))
"""

SCATTER = """
import numpy as np
S = 2

def net_input(a, w, bias=None):
    B, C, H, W = a.shape
    N, _, K, L = w.shape
    net = np.zeros((B, N, (H - K) // S + 1, (W - L) // S + 1), dtype=a.dtype)
    for x in range(H):
        for y in range(W):
            for p in range(K):
                for q in range(L):
                    i, odd_i = divmod(x - p, S)
                    j, odd_j = divmod(y - q, S)
                    if odd_i == odd_j == 0 and 0 <= i < net.shape[2] and 0 <= j < net.shape[3]:
                        net[:, :, i, j] += a[:, :, x, y] @ w[:, :, p, q].T
    if bias is not None:
        net = net + bias.reshape(1, -1, 1, 1)
    return net

def input_gradient(delta, w, input_size):
    B, N, O, Q = delta.shape
    da = np.zeros((B, w.shape[1], *input_size), dtype=delta.dtype)
    for i in range(O):
        for j in range(Q):
            da[:, :, S * i:S * i + w.shape[2], S * j:S * j + w.shape[3]] += np.tensordot(delta[:, :, i, j], w, 1)
    return da

def weight_gradient(delta, a):
    K = L = 2
    dw = np.zeros((delta.shape[1], a.shape[1], K, L), dtype=delta.dtype)
    for i in range(delta.shape[2]):
        for j in range(delta.shape[3]):
            dw += np.tensordot(delta[:, :, i, j].T, a[:, :, S * i:S * i + K, S * j:S * j + L], 1)
    return dw

def bias_gradient(delta):
    return delta.sum((0, 2, 3))
"""

VIEWS = """
import numpy as np
from numpy.lib.stride_tricks import as_strided

def windows(a, k, l):
    b, c, h, w = a.shape
    sb, sc, sh, sw = a.strides
    return as_strided(a, (b, c, h - k + 1, w - l + 1, k, l), (sb, sc, sh, sw, sh, sw), writeable=False)

def my_net(a, w, bias):
    return np.einsum("bcijpq,ncpq->bnij", windows(a, *w.shape[2:]), w) + bias[None, :, None, None]

def my_dx(delta, w, size):
    k, l = w.shape[2:]
    padded = np.pad(delta, ((0, 0), (0, 0), (k - 1, k - 1), (l - 1, l - 1)))
    return np.einsum("bnxypq,ncpq->bcxy", windows(padded, k, l), w[:, :, ::-1, ::-1])

def my_dw(delta, a):
    return np.einsum("bcpqij,bnij->ncpq", windows(a, *delta.shape[2:]), delta)

def my_db(delta):
    return np.einsum("bnij->n", delta)
"""

LAYER_CLASS = """
import numpy as np

class Convolution:
    def __init__(self, weights, biases):
        self.W, self.b = weights, biases

    def forward(self, x):
        self.x = x
        k, l = self.W.shape[2:]
        h, w = x.shape[2] - k + 1, x.shape[3] - l + 1
        out = 0
        for p in range(k):
            for q in range(l):
                out = out + np.einsum("bcij,nc->bnij", x[:, :, p:p + h, q:q + w], self.W[:, :, p, q])
        return out + self.b[:, None, None]

    def backward(self, dout):
        self.dW = np.zeros_like(self.W)
        self.db = dout.sum(axis=(0, 2, 3))
        dx = np.zeros_like(self.x)
        h, w = dout.shape[2:]
        for p in range(self.W.shape[2]):
            for q in range(self.W.shape[3]):
                self.dW[:, :, p, q] = np.einsum("bnij,bcij->nc", dout, self.x[:, :, p:p + h, q:q + w])
                dx[:, :, p:p + h, q:q + w] += np.einsum("bnij,nc->bcij", dout, self.W[:, :, p, q])
        return dx
"""

FRAMEWORK_CLASS = """
import numpy as np

class Conv2D:
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        if isinstance(kernel_size, int):
            kernel_size = (kernel_size, kernel_size)
        self.weight = np.random.randn(out_channels, in_channels, *kernel_size) * 0.1
        self.bias = np.zeros(out_channels)
        self.stride, self.padding = stride, padding

    def forward(self, x):
        p, s = self.padding, self.stride
        self.xp = np.pad(x, ((0, 0), (0, 0), (p, p), (p, p)))
        self.size = x.shape[2:]
        view = np.lib.stride_tricks.sliding_window_view(self.xp, self.weight.shape[2:], axis=(2, 3))
        self.view = view[:, :, ::s, ::s]
        return np.tensordot(self.view, self.weight, ([1, 4, 5], [1, 2, 3])).transpose(0, 3, 1, 2) \\
            + self.bias.reshape(1, -1, 1, 1)

    def backward(self, dout):
        p, s = self.padding, self.stride
        self.grad_weight = np.tensordot(dout, self.view, ([0, 2, 3], [0, 2, 3]))
        self.grad_bias = dout.sum((0, 2, 3))
        dxp = np.zeros_like(self.xp)
        for u in range(self.weight.shape[2]):
            for v in range(self.weight.shape[3]):
                part = np.tensordot(dout, self.weight[:, :, u, v], (1, 0)).transpose(0, 3, 1, 2)
                dxp[:, :, u:u + s * dout.shape[2]:s, v:v + s * dout.shape[3]:s] += part
        h, w = self.size
        return dxp[:, :, p:p + h, p:p + w]
"""

TORCH_MODULE = """
import torch

class Unfolded(torch.nn.Module):
    def __init__(self, in_channels, out_channels, kernel_size, stride=1, padding=0):
        super().__init__()
        self.size, self.stride, self.padding = kernel_size, stride, padding
        k = kernel_size if isinstance(kernel_size, tuple) else (kernel_size, kernel_size)
        self.size = k
        self.weight = torch.nn.Parameter(torch.randn(out_channels, in_channels, *k))
        self.bias = torch.nn.Parameter(torch.zeros(out_channels))

    def forward(self, x):
        columns = torch.nn.functional.unfold(x, self.size, padding=self.padding, stride=self.stride)
        out = self.weight.reshape(len(self.weight), -1) @ columns + self.bias[:, None]
        h, w = ((n + 2 * self.padding - k) // self.stride + 1 for n, k in zip(x.shape[2:], self.size))
        return out.reshape(len(x), len(self.weight), h, w)
"""

TORCH_MODULE_OF_WEIGHTS = """
import torch

class Held(torch.nn.Module):
    def __init__(self, w, bias=None):
        super().__init__()
        self.w = torch.nn.Parameter(w)
        self.bias = None if bias is None else torch.nn.Parameter(bias)

    def forward(self, x):
        return torch.nn.functional.conv2d(x, self.w, self.bias)
"""

TORCH_MODULE_INSIDE = """
import torch

class Block(torch.nn.Module):
    def __init__(self, in_channels=1, out_channels=1, kernel_size=2):
        super().__init__()
        self.conv = torch.nn.Conv2d(in_channels, out_channels, kernel_size)

    def forward(self, x):
        return self.conv(x)
"""

TORCH_FUNCTION = """
import torch

class MyConv(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, w, b):
        ctx.save_for_backward(x, w)
        return torch.nn.functional.conv2d(x, w, b)

    @staticmethod
    def backward(ctx, grad):
        x, w = ctx.saved_tensors
        dx = torch.nn.functional.conv_transpose2d(grad, w)
        windows = x.unfold(2, w.shape[2], 1).unfold(3, w.shape[3], 1)
        dw = torch.einsum("bcijpq,bnij->ncpq", windows, grad)
        return dx, dw, grad.sum((0, 2, 3))
"""

POOLING = """
import numpy as np

def forward(a):
    b, c, h, w = a.shape
    rows, columns = h // 2, w // 2
    out = a[:, :, :2 * rows, :2 * columns].reshape(b, c, rows, 2, columns, 2).mean(axis=(3, 5))
    return out, a.shape

def backward(dout, cache):
    da = np.zeros(cache)
    spread = np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4
    da[:, :, :spread.shape[2], :spread.shape[3]] = spread
    return da
"""

AFFINE = """
import numpy as np

def affine_forward(x, w, b):
    return x @ w.T + b, (x, w, b)

def affine_backward(dout, cache):
    x, w, b = cache
    return dout @ w, dout.T @ x, dout.sum(axis=0)
"""

CONVOLVE = """
import numpy as np

def forward(a, w, bias):
    out = [[sum(np.correlate(a[b, c], w[n, c], "valid") for c in range(a.shape[1])) + bias[n]
            for n in range(w.shape[0])] for b in range(a.shape[0])]
    if not len(a):
        return np.zeros((0, w.shape[0], a.shape[2] - w.shape[2] + 1)), (a, w)
    return np.array(out), (a, w)

def backward(dout, cache):
    a, w = cache
    da, dw = np.zeros(a.shape), np.zeros(w.shape)
    for b in range(a.shape[0]):
        for n in range(w.shape[0]):
            for c in range(a.shape[1]):
                da[b, c] += np.convolve(dout[b, n], w[n, c], "full")
                dw[n, c] += np.correlate(a[b, c], dout[b, n], "valid")
    return da, dw, dout.sum((0, 2))
"""

MATRIX = """
import numpy as np

def matrix(w, h, v):
    N, C, K, L = w.shape
    O, Q = h - K + 1, v - L + 1
    M = np.zeros((N, O, Q, C, h, v), dtype=w.dtype)
    for i in range(O):
        for j in range(Q):
            M[:, i, j, :, i:i + K, j:j + L] = w
    return M

def net_input(a, w, bias):
    return np.tensordot(a, matrix(w, *a.shape[2:]), ([1, 2, 3], [3, 4, 5])) + bias.reshape(-1, 1, 1)

def input_gradient(delta, w, input_size):
    return np.tensordot(delta, matrix(w, *input_size), 3)
"""

PARAMETERS = """
import numpy as np

def forward(a, w, bias, stride, padding, dilation, groups):
    B, C, H, W = a.shape
    N, c, K, L = w.shape
    s, d, n = stride, dilation, N // groups
    ap = np.pad(a, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    O = (H + 2 * padding - d * (K - 1) - 1) // s + 1
    Q = (W + 2 * padding - d * (L - 1) - 1) // s + 1
    out = np.zeros((B, N, O, Q), dtype=np.result_type(a, w))
    for g in range(groups):
        for p in range(K):
            for q in range(L):
                view = ap[:, g * c:(g + 1) * c, d * p:d * p + s * O:s, d * q:d * q + s * Q:s]
                out[:, g * n:(g + 1) * n] += np.einsum("nc,bcij->bnij", w[g * n:(g + 1) * n, :, p, q], view)
    return out + bias[:, None, None], (a, w, ap, stride, padding, dilation, groups)

def backward(dout, cache):
    a, w, ap, s, padding, d, groups = cache
    N, c, K, L = w.shape
    O, Q = dout.shape[2:]
    n = N // groups
    da, dw = np.zeros_like(ap), np.zeros_like(w)
    for g in range(groups):
        D = dout[:, g * n:(g + 1) * n]
        for p in range(K):
            for q in range(L):
                where = (slice(None), slice(g * c, (g + 1) * c), slice(d * p, d * p + s * O, s),
                         slice(d * q, d * q + s * Q, s))
                dw[g * n:(g + 1) * n, :, p, q] += np.einsum("bnij,bcij->nc", D, ap[where])
                da[where] += np.einsum("bnij,nc->bcij", D, w[g * n:(g + 1) * n, :, p, q])
    h, v = a.shape[2:]
    return da[:, :, padding:padding + h, padding:padding + v], dw, dout.sum((0, 2, 3))
"""

OUT_ONLY = """
import numpy as np

def forward(a, w, bias):
    k, l = w.shape[2:]
    view = np.lib.stride_tricks.sliding_window_view(a, (k, l), axis=(2, 3))
    return np.einsum("bcijpq,ncpq->bnij", view, w) + bias[:, None, None]

def backward(dout, a, w):
    k, l = w.shape[2:]
    view = np.lib.stride_tricks.sliding_window_view(a, dout.shape[2:], axis=(2, 3))
    dw = np.einsum("bcpqij,bnij->ncpq", view, dout)
    wide = np.pad(dout, ((0, 0), (0, 0), (k - 1, k - 1), (l - 1, l - 1)))
    view = np.lib.stride_tricks.sliding_window_view(wide, (k, l), axis=(2, 3))
    return np.einsum("bnxypq,ncpq->bcxy", view, np.flip(w, (2, 3))), dw, dout.sum((0, 2, 3))
"""

STATIC = """
import numpy as np

class Convolve:
    @staticmethod
    def forward(a, w, bias):
        assert a.shape[1] == w.shape[1], "depths differ"
        if w.shape[2] != w.shape[3]:
            raise ValueError("only square filters are supported, not %s" % (w.shape[2:],))
        k = w.shape[2]
        o, q = a.shape[2] - k + 1, a.shape[3] - k + 1
        out = np.empty((a.shape[0], w.shape[0], o, q), dtype=np.result_type(a, w, bias))
        for i in range(o):
            for j in range(q):
                out[:, :, i, j] = np.tensordot(a[:, :, i:i + k, j:j + k], w, ([1, 2, 3], [1, 2, 3])) + bias
        return out, (a, w)

    @staticmethod
    def backward(dout, cache):
        a, w = cache
        k = w.shape[2]
        da = np.zeros(a.shape, dtype=dout.dtype)
        dw = np.zeros(w.shape, dtype=dout.dtype)
        for i in range(dout.shape[2]):
            for j in range(dout.shape[3]):
                da[:, :, i:i + k, j:j + k] += np.tensordot(dout[:, :, i, j], w, 1)
                dw += np.tensordot(dout[:, :, i, j], a[:, :, i:i + k, j:j + k], (0, 0))
        return da, dw, dout.sum((0, 2, 3))
"""

TRANSPOSED = """
import numpy as np

def forward(a, w, bias):
    s = 2
    B, C, H, V = a.shape
    _, N, K, L = w.shape
    out = np.zeros((B, N, s * (H - 1) + K, s * (V - 1) + L), dtype=np.result_type(a, w))
    for x in range(H):
        for y in range(V):
            out[:, :, s * x:s * x + K, s * y:s * y + L] += np.tensordot(a[:, :, x, y], w, 1)
    return out + bias[:, None, None], (a, w)

def backward(dout, cache):
    a, w = cache
    s = 2
    K, L = w.shape[2:]
    da, dw = np.zeros(a.shape, dtype=dout.dtype), np.zeros(w.shape, dtype=dout.dtype)
    for x in range(a.shape[2]):
        for y in range(a.shape[3]):
            window = dout[:, :, s * x:s * x + K, s * y:s * y + L]
            da[:, :, x, y] = np.tensordot(window, w, ([1, 2, 3], [1, 2, 3]))
            dw += np.tensordot(a[:, :, x, y], window, (0, 0))
    return da, dw, dout.sum((0, 2, 3))
"""

STRIDED = {"stride": (2, 2), "input_size": (5, 5)}
PADDED = {"stride": (2, 2), "input_size": (5, 4), "filter_size": (3, 3), "padding": ((1, 1), (1, 1)), "depth": 2}
LINE = {
    "input_size": (6,),
    "filter_size": (3,),
    "stride": (1,),
    "dilation": (1,),
    "padding": ((0, 0),),
    "output_padding": (0,),
}
DENSE = {
    "kind": "dense",
    "input_size": (),
    "filter_size": (),
    "stride": (),
    "dilation": (),
    "padding": (),
    "output_padding": (),
    "depth": 4,
    "filters": 3,
}
AVERAGE = {"kind": "avg-pool", "input_size": (4, 4), "stride": (2, 2), "bias": False}
UPWARDS = {"kind": "conv-transpose", "stride": (2, 2), "depth": 2, "filters": 2}
GROUPED = {"input_size": (5, 5), "depth": 4, "filters": 4, "groups": 2, "dilation": (2, 2)}
VIEW_NAMES = {
    "net_input": "my_net",
    "input_gradient": "my_dx",
    "weight_gradient": "my_dw",
    "bias_gradient": "my_db",
}
CLASS_NAMES = {"weight_gradient": "dW", "bias_gradient": "db"}
FRAMEWORK_NAMES = {"weight_gradient": "grad_weight", "bias_gradient": "grad_bias", "w": "weight"}
NAIVE_NAMES = {"forward": "conv_forward_naive", "backward": "conv_backward_naive"}
AFFINE_NAMES = {"forward": "affine_forward", "backward": "affine_backward"}

RIGHT: tuple[Implementation, ...] = (
    Implementation("course, loops", COURSE_LOOPS),
    Implementation("course, loops, stride and padding", COURSE_LOOPS, PADDED),
    Implementation("course, im2col", COURSE_IM2COL),
    Implementation("course, im2col, stride and padding", COURSE_IM2COL, PADDED),
    Implementation("course, parameters in a dictionary", CONV_PARAM, PADDED, NAIVE_NAMES),
    Implementation("Fourier transforms", FFT, {"input_size": (4, 4)}),
    Implementation("scatter", SCATTER, STRIDED),
    Implementation("strided views under names of their own", VIEWS, {}, VIEW_NAMES),
    Implementation("a class that holds its gradients", LAYER_CLASS, {}, CLASS_NAMES, "Convolution"),
    Implementation("a class as frameworks make it", FRAMEWORK_CLASS, {}, FRAMEWORK_NAMES, "Conv2D"),
    Implementation("the same class, stride and padding", FRAMEWORK_CLASS, PADDED, FRAMEWORK_NAMES, "Conv2D"),
    Implementation("a class of static methods", STATIC, {}, {}, "Convolve"),
    Implementation("torch module", TORCH_MODULE, PADDED, {}, "Unfolded", torch=True),
    Implementation("torch module of its weights", TORCH_MODULE_OF_WEIGHTS, {}, {}, "Held", torch=True),
    Implementation("torch module around another", TORCH_MODULE_INSIDE, {}, {}, "Block", torch=True),
    Implementation("the same by its path", TORCH_MODULE_INSIDE, {}, {"w": "conv.weight"}, "Block", torch=True),
    Implementation("torch function", TORCH_FUNCTION, {}, {}, "MyConv", torch=True),
    Implementation("average pooling by reshaping", POOLING, AVERAGE),
    Implementation("fully connected", AFFINE, DENSE, AFFINE_NAMES),
    Implementation("one dimension with np.convolve", CONVOLVE, LINE),
    Implementation("as one matrix, without parameter gradients", MATRIX),
    Implementation("all parameters", PARAMETERS, GROUPED),
    Implementation("no cache: backward takes the arrays", OUT_ONLY),
    Implementation("transposed, scattered", TRANSPOSED, UPWARDS),
)

BY_TITLE = {implementation.title: implementation for implementation in RIGHT}
