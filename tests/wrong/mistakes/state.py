"""Wrong classes: state that goes stale, gradients that pile up or are not kept."""

from __future__ import annotations

from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

LINE = BY_NAME["line, taps"]
COLUMNS = BY_NAME["smooth, im2col"]
LESSON = BY_NAME["lesson, windows"]
UNEVEN = BY_NAME["uneven, im2col"]
POOLED = BY_NAME["pooled, pool taps"]
DELTA = "delta = error * derivative(self.net)"
STORED = "self.weight_gradient = weight_gradient(delta, self.a)"
STORED_BIAS = "self.bias_gradient = bias_gradient(delta)"
NET = "self.net = net_input(a, self.w, self.bias)"
RETURNED = "return input_gradient(delta, self.w, self.a.shape[2:])"
KEPT = "        self.a = np.array(a)\n"
START = "        self.bias = bias\n"
CHECK = "if error.shape != self.net.shape:\n            raise ValueError"

STATE: tuple[Wrong, ...] = (
    spoil(
        UNEVEN,
        "stale input",
        "class_state",
        "The first input is kept for ever.",
        (KEPT, '        self.a = getattr(self, "a", np.array(a))\n'),
    ),
    spoil(
        COLUMNS,
        "stale net input",
        "class_state",
        "backward uses the net input of the first forward.",
        (
            NET,
            "net = net_input(a, self.w, self.bias)\n"
            '        self.net = self.net if getattr(self, "net", net[:0]).shape == net.shape else net',
        ),
        ("return activation(self.net)", "return activation(net)"),
    ),
    spoil(
        UNEVEN,
        "weight gradient piles up",
        "class_state",
        "The weight gradient is added to that of the call before.",
        (STORED, 'self.weight_gradient = getattr(self, "weight_gradient", 0) + weight_gradient(delta, self.a)'),
    ),
    spoil(
        UNEVEN,
        "bias gradient piles up",
        "class_state",
        "The bias gradient is added to that of the call before.",
        (STORED_BIAS, 'self.bias_gradient = getattr(self, "bias_gradient", 0) + bias_gradient(delta)'),
    ),
    spoil(
        UNEVEN,
        "weight gradient not kept",
        "activated",
        "backward does not store the weight gradient.",
        (STORED, "weight_gradient(delta, self.a)"),
    ),
    spoil(
        UNEVEN,
        "bias gradient not kept",
        "activated",
        "backward does not store the bias gradient.",
        ("        " + STORED_BIAS + "\n", ""),
    ),
    spoil(
        UNEVEN,
        "gradients under other names",
        "activated",
        "The gradients are stored as dw and dbias.",
        (STORED, "self.dw = weight_gradient(delta, self.a)"),
        (STORED_BIAS, "self.dbias = bias_gradient(delta)"),
    ),
    spoil(
        UNEVEN,
        "weights updated",
        "class_state",
        "backward takes a step of descent.",
        (STORED, STORED + "\n        self.w = self.w - self.weight_gradient / 100"),
    ),
    spoil(
        UNEVEN,
        "mean in the class",
        "activated",
        "The class divides the weight gradient by the batch.",
        (STORED, STORED + "\n        self.weight_gradient = self.weight_gradient / len(delta)"),
    ),
    spoil(
        LESSON,
        "mean in the class, one sample",
        "class_sizes",
        "The class divides by the batch, which is 1 in the lesson.",
        (STORED, STORED + "\n        self.weight_gradient = self.weight_gradient / len(delta)"),
    ),
    spoil(
        UNEVEN,
        "one memory for all",
        "class_objects",
        "The input is kept in the class, not in the object.",
        (KEPT, "        Layer.a = np.array(a)\n"),
    ),
    spoil(
        UNEVEN,
        "the caller's array",
        "class_state",
        "forward keeps the array itself, which the caller may change before backward.",
        (KEPT, "        self.a = a\n"),
    ),
    spoil(LESSON, "bias unused", "activated", "The class forgets its bias.", (NET, "self.net = net_input(a, self.w)")),
    spoil(
        LINE,
        "own input size",
        "class_sizes",
        "backward leaves input_size out, and works for the layer's own size only.",
        (RETURNED, "return input_gradient(delta, self.w)"),
    ),
    spoil(
        UNEVEN,
        "any error",
        "refusals",
        "An error of another shape is broadcast against f'.",
        (CHECK, "if False:\n            raise ValueError"),
    ),
    spoil(
        UNEVEN,
        "None from backward",
        "activated",
        "backward returns nothing.",
        (RETURNED, RETURNED.replace("return ", "")),
    ),
    spoil(
        COLUMNS,
        "error overwritten",
        "untouched",
        "backward multiplies f' into the caller's array.",
        (DELTA, "delta = error\n        delta *= derivative(self.net)"),
    ),
    spoil(
        UNEVEN,
        "float32 weights",
        "activated",
        "The class keeps its weights as float32.",
        ("        self.w = w\n", "        self.w = w.astype(np.float32).astype(w.dtype)\n"),
    ),
    spoil(
        POOLED,
        "stale size",
        "class_state",
        "The pooling layer keeps what it saw first.",
        (
            "        self.input_size = a.shape[2:]\n        self.net = net_input(a)\n",
            '        self.input_size = a.shape[2:]\n        self.net = getattr(self, "net", net_input(a))\n',
        ),
    ),
    spoil(
        POOLED,
        "weights wanted",
        "activated",
        "The pooling class wants weights it has no use for.",
        ("class Layer:\n", "class Layer:\n    def __init__(self, w):\n        self.w = w\n\n"),
    ),
    spoil(
        UNEVEN,
        "no backward",
        "activated",
        "The class has no backward.",
        ("def backward(self, error)", "def back(self, error)"),
    ),
    spoil(
        UNEVEN,
        "weights copied wrong",
        "activated",
        "The class rotates the weights it is given.",
        (START, START + "        self.w = w[:, :, ::-1, ::-1]\n"),
    ),
)
