"""Average pooling, fully connected and locally connected layers."""

POOLING_REFUSALS = """

def dtype_of_average(array):
    return np.result_type(array, np.float64) if array.dtype.kind in "iub" else array.dtype


def refuse_pooling(a):
    if a.ndim != 2 + len(FILTER_SIZE):
        raise ValueError(f"a has shape {a.shape}, expected (batch, depth) and {len(FILTER_SIZE)} sizes")
    return output_size(a.shape[2:])


def refuse_pooling_gradient(delta, input_size):
    size = INPUT_SIZE if input_size is None else tuple(input_size)
    if delta.ndim != 2 + len(FILTER_SIZE) or delta.shape[2:] != output_size(size):
        raise ValueError(f"delta has shape {delta.shape}, which does not fit input size {size}")
    return size
"""

POOLING_WINDOWS = '''

def window(output, size):
    """The cells of the input that one window covers; padding is not among them."""
    return (
        ...,
        *(
            slice(max(0, s * i - before), min(h, s * i - before + k))
            for i, h, k, s, (before, _) in zip(output, size, FILTER_SIZE, STRIDE, PADDING)
        ),
    )


def net_input(a):
    output = refuse_pooling(a)
    net = np.zeros((*a.shape[:2], *output), dtype_of_average(a))
    spatial = tuple(range(2, a.ndim))
    for cell in np.ndindex(*output):
        read = a[window(cell, a.shape[2:])]
        count = read[0, 0].size if 0 not in read.shape[:2] else 1
        net[(..., *cell)] = read.astype(net.dtype).sum(axis=spatial) / count
    return net


def input_gradient(delta, input_size=None):
    size = refuse_pooling_gradient(delta, input_size)
    da = np.zeros((*delta.shape[:2], *size), dtype_of_average(delta))
    ones = np.ones(size, int)
    for cell in np.ndindex(*delta.shape[2:]):
        covered = window(cell, size)
        count = int(ones[covered].sum())
        share = delta[(..., *cell)].astype(da.dtype) / count
        da[covered] += share.reshape(*share.shape, *[1] * len(size))
    return da
'''

POOLING_TAPS = '''

def reached(tap, size, output):
    outputs, positions = [], []
    for p, h, o, s, (before, _) in zip(tap, size, output, STRIDE, PADDING):
        first = max(0, -((p - before) // s))
        last = max(first, min(o, (h - 1 - p + before) // s + 1))
        outputs.append(slice(first, last))
        positions.append(slice(s * first + p - before, s * last + p - before, s))
    return (..., *outputs), (..., *positions)


def counts(size, output, dtype):
    """How many cells of the input each window covers."""
    count = np.zeros(output, int)
    for tap in np.ndindex(*FILTER_SIZE):
        count[reached(tap, size, output)[0]] += 1
    return count.astype(dtype)


def net_input(a):
    output = refuse_pooling(a)
    net = np.zeros((*a.shape[:2], *output), dtype_of_average(a))
    for tap in np.ndindex(*FILTER_SIZE):
        outputs, positions = reached(tap, a.shape[2:], output)
        net[outputs] += a[positions]
    return net / counts(a.shape[2:], output, net.dtype)


def input_gradient(delta, input_size=None):
    size = refuse_pooling_gradient(delta, input_size)
    da = np.zeros((*delta.shape[:2], *size), dtype_of_average(delta))
    share = delta / counts(size, delta.shape[2:], da.dtype)
    for tap in np.ndindex(*FILTER_SIZE):
        outputs, positions = reached(tap, size, delta.shape[2:])
        da[positions] += share[outputs]
    return da
'''

POOLING_LAYER = """

class Layer:
    def forward(self, a):
        self.input_size = a.shape[2:]
        self.net = net_input(a)
        return activation(self.net)

    def backward(self, error):
        if error.shape != self.net.shape:
            raise ValueError(f"error has shape {error.shape}, expected {self.net.shape}")
        return input_gradient(error * derivative(self.net), self.input_size)
"""

DENSE = '''
def refuse_matrix(name, array):
    if array.ndim != 2:
        raise ValueError(f"{name} has shape {array.shape}, expected two axes")


def net_input(a, w, bias=None):
    """net[b,n] = bias[n] + sum over c of w[n,c] a[b,c]."""
    refuse_matrix("a", a)
    refuse_matrix("w", w)
    if a.shape[1] != w.shape[1]:
        raise ValueError(f"a has shape {a.shape}, w has shape {w.shape}: they do not fit")
    if bias is not None and bias.shape != w.shape[:1]:
        raise ValueError(f"bias has shape {bias.shape}, expected {w.shape[:1]}")
    net = a @ w.T
    return net if bias is None else net + bias


def input_gradient(delta, w, input_size=None):
    """dE/da = delta w."""
    refuse_matrix("delta", delta)
    refuse_matrix("w", w)
    if delta.shape[1] != w.shape[0] or input_size not in (None, ()):
        raise ValueError(f"delta has shape {delta.shape}, w has shape {w.shape}, input size {input_size}")
    return delta @ w


def weight_gradient(delta, a):
    """dE/dw[n,c] = sum over b of delta[b,n] a[b,c]."""
    refuse_matrix("delta", delta)
    refuse_matrix("a", a)
    if len(delta) != len(a):
        raise ValueError(f"delta has shape {delta.shape}, a has shape {a.shape}: they do not fit")
    return delta.T @ a


def bias_gradient(delta):
    refuse_matrix("delta", delta)
    return delta.sum(axis=0, dtype=delta.dtype)
'''

LOCAL_REFUSALS = '''

def refuse_local(delta, a, w, size):
    """All that is given must have one batch, one number of filters and of depths, and the layer's filter size."""
    rank, expected = len(FILTER_SIZE), output_size(size)
    shapes = ", ".join(str(array.shape) for array in (delta, a, w) if array is not None)
    fits = all(array is None or array.ndim == 2 + rank for array in (delta, a))
    fits = fits and (w is None or (w.ndim == 2 + 2 * rank and w.shape[2:] == FILTER_SIZE + expected))
    fits = fits and (delta is None or delta.shape[2:] == expected)
    fits = fits and (delta is None or w is None or delta.shape[1] == w.shape[0])
    fits = fits and (a is None or w is None or a.shape[1] == w.shape[1])
    fits = fits and (delta is None or a is None or delta.shape[0] == a.shape[0])
    if not fits:
        raise ValueError(f"shapes {shapes} do not fit each other, filter {FILTER_SIZE} and input {tuple(size)}")
    return expected


def net_input(a, w, bias=None):
    refuse_local(None, a, w, a.shape[2:])
    if bias is not None and bias.shape != w.shape[:1]:
        raise ValueError(f"bias has shape {bias.shape}, expected {w.shape[:1]}")
    net = local_net_input(a, w)
    return net if bias is None else net + bias.reshape(-1, *[1] * len(FILTER_SIZE))


def input_gradient(delta, w, input_size=None):
    size = INPUT_SIZE if input_size is None else tuple(input_size)
    refuse_local(delta, None, w, size)
    return local_input_gradient(delta, w, size)


def weight_gradient(delta, a):
    refuse_local(delta, a, None, a.shape[2:])
    return local_weight_gradient(delta, a)
'''

LOCAL_CELLS = '''

def cells(output, size):
    """Every output cell with the window it reads, and the part of the filter that falls inside the input."""
    for cell in np.ndindex(*output):
        taps, window = [], []
        for i, h, k, s, d, (before, _) in zip(cell, size, FILTER_SIZE, STRIDE, DILATION, PADDING):
            inside = [p for p in range(k) if 0 <= s * i + d * p - before < h]
            taps.append(np.array(inside, int))
            window.append(s * i - before + d * np.array(inside, int))
        yield cell, np.ix_(*taps), np.ix_(*window)


def local_net_input(a, w):
    output = w.shape[2 + len(FILTER_SIZE) :]
    net = np.zeros((a.shape[0], w.shape[0], *output), np.result_type(a, w))
    for cell, taps, window in cells(output, a.shape[2:]):
        own = w[(..., *cell)][(slice(None), slice(None), *taps)]
        net[(..., *cell)] = np.einsum("bcpq,ncpq->bn", a[(slice(None), slice(None), *window)], own)
    return net


def local_input_gradient(delta, w, size):
    da = np.zeros((delta.shape[0], w.shape[1], *size), np.result_type(delta, w))
    for cell, taps, window in cells(delta.shape[2:], size):
        own = w[(..., *cell)]
        share = np.einsum("bn,ncpq->bcpq", delta[(..., *cell)], own[(slice(None), slice(None), *taps)])
        da[(slice(None), slice(None), *window)] += share
    return da


def local_weight_gradient(delta, a):
    output = delta.shape[2:]
    dw = np.zeros((delta.shape[1], a.shape[1], *FILTER_SIZE, *output), np.result_type(delta, a))
    for cell, taps, window in cells(output, a.shape[2:]):
        own = dw[(..., *cell)]
        own[(slice(None), slice(None), *taps)] = np.einsum(
            "bn,bcpq->ncpq", delta[(..., *cell)], a[(slice(None), slice(None), *window)]
        )
    return dw
'''
