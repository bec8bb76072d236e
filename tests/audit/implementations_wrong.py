"""WRONG: the layers of RIGHT with one mistake each, of the kinds that stand in courses, papers and libraries."""

from __future__ import annotations

from dataclasses import dataclass

from tests.audit.implementations_right import BY_TITLE, Implementation


@dataclass(frozen=True, slots=True)
class Spoiled:
    """An implementation with a mistake, and a piece of what should be said about it (empty: anything that fails)."""

    implementation: Implementation
    mistake: str
    said: str


def spoil(title: str, mistake: str, said: str, *replacements: tuple[str, str]) -> Spoiled:
    """The implementation of this title with pieces of its text replaced, each of which must stand there."""
    base = BY_TITLE[title]
    source = base.source
    for old, new in replacements:
        if old not in source or old == new:
            raise AssertionError(f"{mistake}: {old!r} does not stand in {title}")
        source = source.replace(old, new)
    return Spoiled(
        Implementation(f"{mistake} [{title}]", source, base.layer, base.map, base.name, base.torch), mistake, said
    )


LOOPS = "course, loops"
COLUMNS = "course, im2col"
VIEWS = "strided views under names of their own"
CLASS = "a class that holds its gradients"
FRAMEWORK = "a class as frameworks make it"
ALL = "all parameters"

VALUES: tuple[Spoiled, ...] = (
    spoil(LOOPS, "stride forgotten in ∂E/∂a", "", ("dxp[n, :, rows, columns] +=", "dxp[n, :, i:i + HH, j:j + WW] +=")),
    spoil(LOOPS, "stride forgotten in ∂E/∂w", "", ("* xp[n, :, rows, columns]", "* xp[n, :, i:i + HH, j:j + WW]")),
    spoil(LOOPS, "height and width of the filter exchanged", "", ("_, C, HH, WW = w.shape", "_, C, WW, HH = w.shape")),
    spoil(LOOPS, "only the last sample counts", "", ("dw[f] += dout[n, f", "dw[f] += (n == N - 1) * dout[n, f")),
    spoil(
        LOOPS, "bias gradient without the batch", "", ("db = dout.sum(axis=(0, 2, 3))", "db = dout[0].sum(axis=(1, 2))")
    ),
    spoil(LOOPS, "bias gradient is a mean", "", ("db = dout.sum(", "db = dout.mean(")),
    spoil(LOOPS, "gradients exchanged", "", ("return dx, dw, db", "return dw, dx, db")),
    spoil(LOOPS, "padding not cut off", "", ("dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]", "dxp")),
    spoil(
        LOOPS,
        "padding cut off at one end only",
        "",
        ("pad:pad + x.shape[2], pad:pad + x.shape[3]]", ":x.shape[2], :x.shape[3]]"),
    ),
    spoil(LOOPS, "assigns where it should add", "", ("dxp[n, :, rows, columns] +=", "dxp[n, :, rows, columns] =")),
    spoil(LOOPS, "bias left out", "", (" + b[f]", "")),
    spoil(
        LOOPS,
        "cut at -pad, which is nothing for pad 0",
        "",
        ("dxp[:, :, pad:pad + x.shape[2], pad:pad + x.shape[3]]", "dxp[:, :, pad:-pad, pad:-pad]"),
    ),
    spoil(
        COLUMNS,
        "rows for columns in the output size",
        "",
        (
            "Ho, Wo = (H + 2 * pad - HH) // stride + 1, (W + 2 * pad - WW) // stride + 1",
            "Ho, Wo = (W + 2 * pad - WW) // stride + 1, (H + 2 * pad - HH) // stride + 1",
        ),
    ),
    spoil(
        COLUMNS,
        "overlapping windows overwrite each other",
        "",
        ("np.add.at(dxp, (slice(None), k, i, j), dcols)", "dxp[:, k, i, j] += dcols"),
    ),
    spoil(
        COLUMNS,
        "weight gradient in the wrong order",
        "",
        ('"bnl,bkl->nk", flat, cols).reshape(w.shape)', '"bnl,bkl->kn", flat, cols).reshape(w.shape)'),
    ),
    spoil(
        "course, im2col, stride and padding",
        "stride left out of the backward pass",
        "",
        (
            "k, i, j, Ho, Wo = indices(shape, HH, WW, stride, padding)",
            "k, i, j, _, _ = indices(shape, HH, WW, 1, padding)\n    Ho, Wo = dout.shape[2:]\n"
            "    i, j = i[:, :Ho * Wo], j[:, :Ho * Wo]",
        ),
    ),
    spoil(
        "course, parameters in a dictionary",
        "one more row of padding",
        "",
        (
            "xp = np.pad(x, ((0, 0), (0, 0), (pad, pad), (pad, pad)))\n    dxp",
            "xp = np.pad(x, ((0, 0), (0, 0), (pad + 1, pad - 1), (pad, pad)))\n    dxp",
        ),
    ),
    spoil(
        "Fourier transforms",
        "no conjugation: a true convolution",
        "",
        (
            '"bcxy,ncxy->bnxy", rfft2(a, shape), np.conj(rfft2(w, shape))',
            '"bcxy,ncxy->bnxy", rfft2(a, shape), rfft2(w, shape)',
        ),
    ),
    spoil(
        "Fourier transforms",
        "the gradient wraps around",
        "",
        (
            'np.einsum("bnxy,ncxy->bcxy", D, rfft2(w, shape))',
            'np.einsum("bnxy,ncxy->bcxy", D, np.conj(rfft2(w, shape)))',
        ),
    ),
    spoil("scatter", "square inputs only", "", ("input_size), dtype", "input_size[:1], input_size[0]), dtype")),
    spoil(
        "scatter",
        "left-over rows not covered",
        "left-over",
        ("*input_size)", "*(S * (o - 1) + k for o, k in zip(delta.shape[2:], w.shape[2:])))"),
    ),
    spoil("scatter", "every tap of the first row", "", ("j, odd_j = divmod(y - q, S)", "j, odd_j = divmod(y, S)")),
    spoil(VIEWS, "filter not rotated", "rotated", ("w[:, :, ::-1, ::-1]", "w")),
    spoil(VIEWS, "filter rotated along one axis", "axis", ("w[:, :, ::-1, ::-1]", "w[:, :, ::-1]")),
    spoil(VIEWS, "filter transposed instead of rotated", "", ("w[:, :, ::-1, ::-1]", "w.transpose(0, 1, 3, 2)")),
    spoil(
        VIEWS,
        "rotated weight gradient",
        "rotated",
        (
            'return np.einsum("bcpqij,bnij->ncpq", windows(a, *delta.shape[2:]), delta)',
            'return np.einsum("bcpqij,bnij->ncpq", windows(a, *delta.shape[2:]), delta)[:, :, ::-1, ::-1]',
        ),
    ),
    spoil(VIEWS, "depths and filters exchanged", "", ('"bcpqij,bnij->ncpq"', '"bcpqij,bnij->cnpq"')),
    spoil(VIEWS, "divides by the batch", "", ('->n", delta)', '->n", delta) / len(delta)')),
    spoil(
        VIEWS,
        "reads memory as if it were C-ordered",
        "",
        (
            "sb, sc, sh, sw = a.strides",
            "sb, sc, sh, sw = (a.itemsize * c * h * w, a.itemsize * h * w, a.itemsize * w, a.itemsize)",
        ),
    ),
    spoil(
        CLASS,
        "gradient of one filter only",
        "",
        ('"bnij,nc->bcij", dout, self.W[:, :, p, q])', '"bij,c->bcij", dout[:, 0], self.W[0, :, p, q])'),
    ),
    spoil(
        CLASS,
        "sign of the update in the gradient",
        "",
        ("self.db = dout.sum(axis=(0, 2, 3))", "self.db = -dout.sum(axis=(0, 2, 3))"),
    ),
    spoil(
        FRAMEWORK,
        "stride not in the scattered slices",
        "",
        (
            "dxp[:, :, u:u + s * dout.shape[2]:s, v:v + s * dout.shape[3]:s]",
            "dxp[:, :, u:u + dout.shape[2], v:v + dout.shape[3]]",
        ),
    ),
    spoil(
        FRAMEWORK,
        "weights of one filter at initialisation kept",
        "",
        (
            "self.stride, self.padding = stride, padding",
            "self.stride, self.padding = stride, padding\n        self.kept = self.weight",
        ),
        ("np.tensordot(dout, self.weight[:, :, u, v], (1, 0))", "np.tensordot(dout, self.kept[:, :, u, v], (1, 0))"),
    ),
    spoil(
        ALL,
        "dilation missing from ∂E/∂w",
        "",
        (
            'np.einsum("bnij,bcij->nc", D, ap[where])',
            'np.einsum("bnij,bcij->nc", D, ap[:, g * c:(g + 1) * c, p:p + s * O:s, q:q + s * Q:s])',
        ),
    ),
    spoil(
        ALL,
        "first group for all",
        "",
        (
            'np.einsum("bnij,nc->bcij", D, w[g * n:(g + 1) * n, :, p, q])',
            'np.einsum("bnij,nc->bcij", D, w[:n, :, p, q])',
        ),
    ),
    spoil(
        "a class of static methods",
        "errors are swallowed",
        "",
        ('raise ValueError("only square filters are supported, not %s" % (w.shape[2:],))', "pass"),
    ),
    spoil("average pooling by reshaping", "gradient not divided", "", ("axis=3) / 4", "axis=3)")),
    spoil(
        "average pooling by reshaping",
        "all of it at the first cell",
        "",
        (
            "spread = np.repeat(np.repeat(dout, 2, axis=2), 2, axis=3) / 4",
            "spread = np.kron(dout, np.array([[1, 0], [0, 0]]))",
        ),
    ),
    spoil("fully connected", "weights transposed", "", ("dout.T @ x", "x.T @ dout")),
    spoil(
        "one dimension with np.convolve",
        "correlated where it should be convolved",
        "rotated",
        ('np.convolve(dout[b, n], w[n, c], "full")', 'np.correlate(dout[b, n], w[n, c], "full")'),
    ),
    spoil(
        "no cache: backward takes the arrays", "padded by K", "", ("(k - 1, k - 1), (l - 1, l - 1)", "(k, k), (l, l)")
    ),
    spoil(
        "transposed, scattered",
        "stride of the gradient",
        "",
        ("window = dout[:, :, s * x:s * x + K, s * y:s * y + L]", "window = dout[:, :, x:x + K, y:y + L]"),
    ),
    spoil(
        "torch module",
        "weights cut out of the graph by one filter",
        "",
        (
            "self.weight.reshape(len(self.weight), -1) @",
            "torch.cat([self.weight[:1].detach(), self.weight[1:]]).reshape(len(self.weight), -1) @",
        ),
    ),
    spoil("torch module", "the bias is added twice", "", ("self.bias[:, None]", "2 * self.bias[:, None]")),
    spoil(
        "torch function",
        "filter not rotated",
        "rotated",
        ("torch.nn.functional.conv_transpose2d(grad, w)", "torch.nn.functional.conv_transpose2d(grad, w.flip(2, 3))"),
    ),
    spoil(
        "torch function", "bias gradient forgotten", "", ("grad.sum((0, 2, 3))", "torch.zeros_like(grad[0, :, 0, 0])")
    ),
)

BIAS_OF_VIEWS = '    return np.einsum("bnij->n", delta)'
BEHAVIOUR: tuple[Spoiled, ...] = (
    spoil(
        LOOPS,
        "rounds to single precision",
        "single precision",
        ("out = np.zeros((N, F, Ho, Wo))", "out = np.zeros((N, F, Ho, Wo), dtype=np.float32)"),
    ),
    spoil(
        LOOPS,
        "writes to the error term",
        "writes to",
        (
            "    N, F, Ho, Wo = dout.shape",
            "    dout *= 1.0\n    dout += 0\n    N, F, Ho, Wo = dout.shape\n    dout[...] = dout",
        ),
        ("return dx, dw, db", "dout[...] = 0\n    return dx, dw, db"),
    ),
    spoil(
        LOOPS,
        "writes to the input",
        "writes to",
        (
            "return out, (x, w, b, stride, pad)",
            "kept = x.copy()\n    x += 1\n    return out, (kept, w, b, stride, pad)",
        ),
    ),
    spoil(
        CLASS,
        "gradients add up from call to call",
        "",
        (
            "self.dW = np.zeros_like(self.W)",
            "self.dW = Convolution.held = getattr(Convolution, 'held', np.zeros(self.W.shape)) "
            "if getattr(Convolution, 'held', np.zeros(0)).shape == self.W.shape else np.zeros(self.W.shape)",
        ),
        ("self.dW[:, :, p, q] =", "self.dW[:, :, p, q] +="),
    ),
    spoil(
        VIEWS,
        "a buffer that is handed out again and again",
        "",
        (
            'def my_db(delta):\n    return np.einsum("bnij->n", delta)',
            "BUFFERS = {}\n\ndef my_db(delta):\n    n = delta.shape[1]\n"
            "    held = BUFFERS.setdefault(n, np.zeros(n))\n    held[...] = delta.sum((0, 2, 3))\n    return held",
        ),
    ),
    spoil(
        VIEWS,
        "right only sometimes",
        "",
        (
            'def my_db(delta):\n    return np.einsum("bnij->n", delta)',
            "CALLS = [0]\n\ndef my_db(delta):\n    CALLS[0] += 1\n"
            '    return np.einsum("bnij->n", delta) + (CALLS[0] % 7 == 0)',
        ),
    ),
    spoil(
        VIEWS,
        "truncates to whole numbers",
        "likely: the result is cut to whole numbers",
        (
            '"bnxypq,ncpq->bcxy", windows(padded, k, l), w[:, :, ::-1, ::-1])',
            '"bnxypq,ncpq->bcxy", windows(padded, k, l), w[:, :, ::-1, ::-1]).astype(np.int32)',
        ),
    ),
    spoil(
        LOOPS,
        "adds up in whole numbers",
        "likely: the result is cut to whole numbers",
        ("out = np.zeros((N, F, Ho, Wo))", "out = np.zeros((N, F, Ho, Wo), dtype=int)"),
    ),
    spoil(
        CLASS,
        "rounds the gradient",
        "likely: the result is cut to whole numbers",
        ("self.db = dout.sum(axis=(0, 2, 3))", "self.db = np.round(dout.sum(axis=(0, 2, 3)))"),
    ),
    spoil(
        VIEWS,
        "wrong where numbers are not whole",
        "every number is 1.5 times what it should be",
        (BIAS_OF_VIEWS, BIAS_OF_VIEWS + " * (1 if np.all(delta == np.round(delta)) else 1.5)"),
    ),
    spoil(
        VIEWS,
        "returns half precision where nothing is lost",
        "bias_gradient returns float16 for float64: precision is lost",
        (
            BIAS_OF_VIEWS,
            BIAS_OF_VIEWS + ".astype(np.float64 if np.any(abs(delta) > 9) or np.any(delta % 1) else np.float16)",
        ),
    ),
    spoil(
        VIEWS,
        "no example is an exception",
        "raised AssertionError: no example on an empty batch",
        (BIAS_OF_VIEWS, "    assert len(delta), 'no example'\n" + BIAS_OF_VIEWS),
    ),
    spoil(
        VIEWS,
        "several filters in the order of memory",
        "bias_gradient depends on the order in memory",
        (BIAS_OF_VIEWS, "    delta = delta.ravel(order='K').reshape(delta.shape)\n" + BIAS_OF_VIEWS),
    ),
    spoil(
        VIEWS,
        "writes to the error term of several examples",
        "bias_gradient writes to its argument delta",
        (
            BIAS_OF_VIEWS,
            "    held = delta.sum((0, 2, 3))\n    if len(delta) > 1:\n        delta[...] = 0\n    return held",
        ),
    ),
    spoil(
        VIEWS,
        "adds up from call to call",
        "it holds state between calls",
        (
            BIAS_OF_VIEWS,
            "    key = delta.shape[1]\n    HELD[key] = HELD.get(key, 0) + delta.sum((0, 2, 3))\n    return HELD[key]"
            "\n\nHELD = {}",
        ),
    ),
    spoil(
        VIEWS,
        "returns the first result for ever",
        "returns for other arrays what it returned before: it holds state",
        (BIAS_OF_VIEWS, "    return HELD.setdefault(delta.shape[1], delta.sum((0, 2, 3)))\n\nHELD = {}"),
    ),
    spoil(
        VIEWS,
        "raises now and then",
        "bias_gradient is right when it is asked again, and was not at first",
        (
            BIAS_OF_VIEWS,
            "    COUNT[0] += 1\n    if COUNT[0] % 11 == 5:\n        return COUNT['bias']\n"
            + BIAS_OF_VIEWS
            + "\n\nCOUNT = {0: 0}",
        ),
    ),
    spoil(VIEWS, "always raises", "raised KeyError", ("def my_db(delta):", "def my_db(delta):\n    return {}['bias']")),
)

BROKEN: tuple[Spoiled, ...] = (
    spoil(VIEWS, "hangs", "timed out", ("def my_dw(delta, a):", "def my_dw(delta, a):\n    while True:\n        pass")),
    spoil(
        VIEWS,
        "ends the process",
        "crashed",
        ("def my_dw(delta, a):", "def my_dw(delta, a):\n    import os\n    os._exit(0)"),
    ),
    spoil(
        VIEWS,
        "takes all the memory there is",
        "MemoryError",
        (
            "def my_dw(delta, a):",
            "def my_dw(delta, a):\n    held = []\n    while True:\n        held.append(bytearray(10**8))",
        ),
    ),
    spoil(
        VIEWS,
        "keeps all the memory there is",
        "MemoryError",
        (
            "def my_dw(delta, a):",
            "HELD = []\n\ndef my_dw(delta, a):\n    while True:\n        HELD.append(bytearray(2**24))",
        ),
    ),
    spoil(
        VIEWS,
        "takes the process down",
        "crashed",
        ("def my_dw(delta, a):", "def my_dw(delta, a):\n    import os\n    os.kill(os.getpid(), 11)"),
    ),
    spoil(
        VIEWS,
        "asks to leave",
        "SystemExit",
        ("def my_dw(delta, a):", "def my_dw(delta, a):\n    import sys\n    sys.exit(0)"),
    ),
)

WRONG = (*VALUES, *BEHAVIOUR, *BROKEN)
