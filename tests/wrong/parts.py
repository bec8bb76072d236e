"""Pieces of text that the hand-written modules share: sizes, refusals, activations and the class."""

from __future__ import annotations

from symconv.layers.geometry import Geometry

OUTPUT_SIZE = '''
def output_size(size):
    """O = floor((H + P + Q - D(K-1) - 1) / S) + 1 per dimension."""
    if len(size) != len(FILTER_SIZE):
        raise ValueError(f"{len(size)} spatial dimensions {tuple(size)}, expected those of {INPUT_SIZE}")
    output = tuple(
        (h + before + after - d * (k - 1) - 1) // s + 1
        for h, k, s, d, (before, after) in zip(size, FILTER_SIZE, STRIDE, DILATION, PADDING)
    )
    if min(output) < 1:
        raise ValueError(f"filter {FILTER_SIZE} does not fit input {tuple(size)}")
    return output
'''

REFUSALS = """

def refuse_weights(w):
    if w.ndim != 2 + len(FILTER_SIZE) or w.shape[2:] != FILTER_SIZE or w.shape[0] % GROUPS:
        raise ValueError(f"w has shape {w.shape}, expected (filters, depth/groups) + {FILTER_SIZE}")


def refuse_forward(a, w, bias):
    refuse_weights(w)
    if a.ndim != w.ndim or a.shape[1] != GROUPS * w.shape[1]:
        raise ValueError(f"a has shape {a.shape}, w has shape {w.shape}: they do not fit")
    if bias is not None and bias.shape != w.shape[:1]:
        raise ValueError(f"bias has shape {bias.shape}, expected {w.shape[:1]}")
    return output_size(a.shape[2:])


def refuse_input_gradient(delta, w, input_size):
    refuse_weights(w)
    size = INPUT_SIZE if input_size is None else tuple(input_size)
    if delta.ndim != w.ndim or delta.shape[1] != w.shape[0] or delta.shape[2:] != output_size(size):
        raise ValueError(f"delta has shape {delta.shape}, w has shape {w.shape}, input size {size}: they do not fit")
    return size


def refuse_weight_gradient(delta, a):
    rank = 2 + len(FILTER_SIZE)
    fits = delta.ndim == a.ndim == rank and delta.shape[0] == a.shape[0]
    if not fits or delta.shape[1] % GROUPS or a.shape[1] % GROUPS or delta.shape[2:] != output_size(a.shape[2:]):
        raise ValueError(f"delta has shape {delta.shape}, a has shape {a.shape}: they do not fit")
"""

BIAS_GRADIENT = '''

def bias_gradient(delta):
    """dE/dbias[n] = sum over b, i of delta[b,n,i]."""
    if delta.ndim != 2 + len(FILTER_SIZE):
        raise ValueError(f"delta has shape {delta.shape}, expected (batch, filters) + {len(FILTER_SIZE)} sizes")
    return delta.sum(axis=(0, *range(2, delta.ndim)), dtype=delta.dtype)
'''

ACTIVATIONS = {
    "identity": """

def activation(net):
    return net


def derivative(net):
    return np.ones_like(net)
""",
    "sigmoid": """

def activation(net):
    small = np.exp(-np.abs(net))
    return np.where(net >= 0, 1, small) / (1 + small)


def derivative(net):
    small = np.exp(-np.abs(net))
    return small / (1 + small) ** 2
""",
    "tanh": """

def activation(net):
    return np.tanh(net)


def derivative(net):
    small = np.exp(-2 * np.abs(net))
    return 4 * small / (1 + small) ** 2
""",
}

LAYER = """

class Layer:
    def __init__(self, w, bias=None):
        self.w = w
        self.bias = bias

    def forward(self, a):
        self.a = np.array(a)
        self.net = net_input(a, self.w, self.bias)
        return activation(self.net)

    def backward(self, error):
        if error.shape != self.net.shape:
            raise ValueError(f"error has shape {error.shape}, expected {self.net.shape}")
        delta = error * derivative(self.net)
        self.weight_gradient = weight_gradient(delta, self.a)
        self.bias_gradient = bias_gradient(delta)
        return input_gradient(delta, self.w, self.a.shape[2:])
"""


def sizes(layer: Geometry) -> str:
    """The constants of a layer, as the first lines of its module."""
    return f"""import numpy as np

INPUT_SIZE = {layer.input_size}
FILTER_SIZE = {layer.filter_size}
STRIDE = {layer.stride}
DILATION = {layer.dilation}
PADDING = {layer.padding}
OUTPUT_PADDING = {layer.output_padding}
GROUPS = {layer.groups}

"""


def convolution_module(layer: Geometry, activation: str, body: str) -> str:
    """A whole module from the three functions that a style writes its own way."""
    return sizes(layer) + OUTPUT_SIZE + REFUSALS + body + BIAS_GRADIENT + ACTIVATIONS[activation] + LAYER


def without_bias(source: str) -> str:
    """A tap-wise convolution module with every line about the bias taken out."""
    source = source.replace(BIAS_GRADIENT, "")
    for old, new in (
        ("(a, w, bias=None)", "(a, w)"),
        ("(a, w, bias)", "(a, w)"),
        ("(a, self.w, self.bias)", "(a, self.w)"),
        ("(self, w, bias=None)", "(self, w)"),
        ("        self.bias = bias\n", ""),
        ("        self.bias_gradient = bias_gradient(delta)\n", ""),
        ("np.result_type(a, w) if bias is None else np.result_type(a, w)", "np.result_type(a, w)"),
        ("    if bias is not None:\n        net += bias.reshape(-1, *[1] * len(output))\n", ""),
        (
            "    if bias is not None and bias.shape != w.shape[:1]:\n"
            '        raise ValueError(f"bias has shape {bias.shape}, expected {w.shape[:1]}")\n',
            "",
        ),
    ):
        source = source.replace(old, new)
    if "bias" in source:
        raise AssertionError("the module still speaks of a bias")
    return source
