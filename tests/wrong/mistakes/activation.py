"""Wrong activations: f' forgotten, wrong, or at the wrong place."""

from __future__ import annotations

from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

SIGMOID = BY_NAME["smooth, taps"]
COLUMNS = BY_NAME["smooth, im2col"]
TANH = BY_NAME["smooth tanh, samples"]
CONNECTED = BY_NAME["connected, matrix"]
DELTA = "delta = error * derivative(self.net)"
STORED = "self.weight_gradient = weight_gradient(delta, self.a)"
STORED_BIAS = "self.bias_gradient = bias_gradient(delta)"
NET = "self.net = net_input(a, self.w, self.bias)"
RETURNED = "return input_gradient(delta, self.w, self.a.shape[2:])"
SLOPE = "small = np.exp(-np.abs(net))\n    return small / (1 + small) ** 2"
VALUE = "small = np.exp(-np.abs(net))\n    return np.where(net >= 0, 1, small) / (1 + small)"

ACTIVATION: tuple[Wrong, ...] = (
    spoil(
        SIGMOID,
        "f' of the output",
        "activated",
        "f' is taken at f(net) instead of net.",
        (DELTA, "delta = error * derivative(activation(self.net))"),
    ),
    spoil(SIGMOID, "f' missing", "activated", "backward takes the error for δ.", (DELTA, "delta = error")),
    spoil(
        SIGMOID, "f' of another function", "activated", "f' is that of tanh.", (SLOPE, "return 1 - np.tanh(net) ** 2")
    ),
    spoil(
        TANH,
        "f' of the sigmoid",
        "activated",
        "f' of tanh is written as that of the sigmoid of 2x, without its factor.",
        ("return 4 * small", "return small"),
    ),
    spoil(
        SIGMOID,
        "f' not negative enough",
        "activated",
        "f' is σ(1+σ) instead of σ(1-σ).",
        (SLOPE, "return activation(net) * (1 + activation(net))"),
    ),
    spoil(
        SIGMOID,
        "net for its sigmoid",
        "activated",
        "f' is net(1-net), the rule for outputs applied to net inputs.",
        (SLOPE, "return net * (1 - net)"),
    ),
    spoil(COLUMNS, "f' twice", "activated", "f' is multiplied twice.", (DELTA, DELTA + " * derivative(self.net)")),
    spoil(
        COLUMNS,
        "f left out",
        "activated",
        "forward returns the net input.",
        ("return activation(self.net)", "return self.net"),
    ),
    spoil(
        COLUMNS,
        "f of another function",
        "activated",
        "forward applies tanh, backward the derivative of the sigmoid.",
        (VALUE, "return np.tanh(net)"),
    ),
    spoil(
        COLUMNS,
        "f' missing in dw",
        "activated",
        "The weight gradient is made from the error instead of δ.",
        (STORED, "self.weight_gradient = weight_gradient(error, self.a)"),
    ),
    spoil(
        COLUMNS,
        "f' missing in the bias",
        "activated",
        "The bias gradient is made from the error instead of δ.",
        (STORED_BIAS, "self.bias_gradient = bias_gradient(error)"),
    ),
    spoil(
        COLUMNS,
        "f' missing in dx",
        "activated",
        "∂E/∂a is made from the error instead of δ.",
        (RETURNED, RETURNED.replace("(delta,", "(error,")),
    ),
    spoil(
        COLUMNS,
        "f applied on the way in",
        "activated",
        "The activation is applied to a as well.",
        (NET, NET.replace("(a,", "(activation(a),")),
    ),
    spoil(
        COLUMNS,
        "f' forgets the bias",
        "activated",
        "f' is taken at the net input without the bias.",
        (DELTA, "delta = error * derivative(net_input(self.a, self.w))"),
    ),
    spoil(
        COLUMNS,
        "f' of the mean",
        "activated",
        "f' is averaged over the positions.",
        (DELTA, "delta = error * derivative(self.net).mean(axis=(2, 3), keepdims=True)"),
    ),
    spoil(
        TANH,
        "hard tanh",
        "activated",
        "f is clipped to ±1 instead of tanh.",
        ("return np.tanh(net)", "return np.clip(net, -1, 1)"),
    ),
    spoil(
        SIGMOID,
        "float64 activation",
        "class_dtypes",
        "The activation makes float32 float64.",
        (VALUE, VALUE.replace("np.where(net >= 0, 1, small)", "np.where(net >= 0, np.ones(1), small)")),
    ),
    spoil(
        SIGMOID,
        "overflow",
        "tails",
        "exp overflows for large negative net inputs.",
        (VALUE, "return 1 / (1 + np.exp(-net))"),
    ),
    spoil(
        SIGMOID,
        "saturated",
        "tails",
        "f' is a(1-a), which loses its digits where a is near 1.",
        (SLOPE, "return activation(net) * (1 - activation(net))"),
    ),
    spoil(
        CONNECTED,
        "saturated tanh",
        "tails",
        "f' is 1-a², which is 0 where a rounds to 1.",
        ("small = np.exp(-2 * np.abs(net))\n    return 4 * small / (1 + small) ** 2", "return 1 - np.tanh(net) ** 2"),
    ),
)
