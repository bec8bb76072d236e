"""Transposed convolution: net[b,n,x] = bias[n] + sum over c, p, i with x = S*i + D*p - P of w[c,n,p] a[b,c,i]."""

TRANSPOSED_REFUSALS = '''
def output_size(size):
    """O = S(H-1) + D(K-1) + 1 - P - Q + output padding per dimension."""
    if len(size) != len(FILTER_SIZE) or min(size) < 1:
        raise ValueError(f"spatial sizes {tuple(size)}, expected as many as in {INPUT_SIZE}, each at least 1")
    output = tuple(
        s * (h - 1) + d * (k - 1) + 1 - before - after + extra
        for h, k, s, d, (before, after), extra in zip(
            size, FILTER_SIZE, STRIDE, DILATION, PADDING, OUTPUT_PADDING
        )
    )
    if min(output) < 1:
        raise ValueError(f"padding {PADDING} leaves no output for input {tuple(size)}")
    return output


def refuse_weights(w):
    if w.ndim != 2 + len(FILTER_SIZE) or w.shape[2:] != FILTER_SIZE or w.shape[0] % GROUPS:
        raise ValueError(f"w has shape {w.shape}, expected (depth, filters/groups) + {FILTER_SIZE}")


def refuse_forward(a, w, bias):
    refuse_weights(w)
    if a.ndim != w.ndim or a.shape[1] != w.shape[0]:
        raise ValueError(f"a has shape {a.shape}, w has shape {w.shape}: they do not fit")
    if bias is not None and bias.shape != (GROUPS * w.shape[1],):
        raise ValueError(f"bias has shape {bias.shape}, expected {(GROUPS * w.shape[1],)}")
    return output_size(a.shape[2:])


def refuse_input_gradient(delta, w, input_size):
    refuse_weights(w)
    size = INPUT_SIZE if input_size is None else tuple(input_size)
    if delta.ndim != w.ndim or delta.shape[1] != GROUPS * w.shape[1] or delta.shape[2:] != output_size(size):
        raise ValueError(f"delta has shape {delta.shape}, w has shape {w.shape}, input size {size}: they do not fit")
    return size


def refuse_weight_gradient(delta, a):
    rank = 2 + len(FILTER_SIZE)
    fits = delta.ndim == a.ndim == rank and delta.shape[0] == a.shape[0]
    if not fits or delta.shape[1] % GROUPS or a.shape[1] % GROUPS or delta.shape[2:] != output_size(a.shape[2:]):
        raise ValueError(f"delta has shape {delta.shape}, a has shape {a.shape}: they do not fit")
'''

TRANSPOSED_SCATTER = '''

def inside(i, tap, output):
    """Where input cell i sends its product with one tap, or None outside the output."""
    cell = tuple(s * x + d * p - before for x, p, s, d, (before, _) in zip(i, tap, STRIDE, DILATION, PADDING))
    return cell if all(0 <= x < o for x, o in zip(cell, output)) else None


def net_input(a, w, bias=None):
    """Every input cell adds its filter, times its value, to the window it spreads over."""
    output = refuse_forward(a, w, bias)
    dtype = np.result_type(a, w) if bias is None else np.result_type(a, w, bias)
    net = np.zeros((a.shape[0], GROUPS * w.shape[1], *output), dtype)
    if bias is not None:
        net += bias.reshape(-1, *[1] * len(output))
    for c in range(w.shape[0]):
        first = c // (w.shape[0] // GROUPS) * w.shape[1]
        for n in range(w.shape[1]):
            for i in np.ndindex(*a.shape[2:]):
                for tap in np.ndindex(*FILTER_SIZE):
                    x = inside(i, tap, output)
                    if x is not None:
                        net[(slice(None), first + n, *x)] += a[(slice(None), c, *i)] * w[(c, n, *tap)]
    return net


def input_gradient(delta, w, input_size=None):
    """Every input cell collects the error terms of its window."""
    size = refuse_input_gradient(delta, w, input_size)
    da = np.zeros((delta.shape[0], w.shape[0], *size), np.result_type(delta, w))
    for c in range(w.shape[0]):
        first = c // (w.shape[0] // GROUPS) * w.shape[1]
        for n in range(w.shape[1]):
            for i in np.ndindex(*size):
                for tap in np.ndindex(*FILTER_SIZE):
                    x = inside(i, tap, delta.shape[2:])
                    if x is not None:
                        da[(slice(None), c, *i)] += delta[(slice(None), first + n, *x)] * w[(c, n, *tap)]
    return da


def weight_gradient(delta, a):
    refuse_weight_gradient(delta, a)
    filters, depth = delta.shape[1] // GROUPS, a.shape[1]
    dw = np.zeros((depth, filters, *FILTER_SIZE), np.result_type(delta, a))
    for c in range(depth):
        first = c // (depth // GROUPS) * filters
        for n in range(filters):
            for i in np.ndindex(*a.shape[2:]):
                for tap in np.ndindex(*FILTER_SIZE):
                    x = inside(i, tap, delta.shape[2:])
                    if x is not None:
                        dw[(c, n, *tap)] += (delta[(slice(None), first + n, *x)] * a[(slice(None), c, *i)]).sum()
    return dw
'''

TRANSPOSED_WINDOWS = '''

def spread(a):
    """a with S-1 zeros between neighbours, D(K-1) zeros around it, and the output padding after it."""
    lengths = [
        s * (h - 1) + 1 + 2 * d * (k - 1) + extra
        for h, k, s, d, extra in zip(a.shape[2:], FILTER_SIZE, STRIDE, DILATION, OUTPUT_PADDING)
    ]
    wide = np.zeros((*a.shape[:2], *lengths), a.dtype)
    starts = [d * (k - 1) for k, d in zip(FILTER_SIZE, DILATION)]
    wide[(..., *(slice(t, t + s * (h - 1) + 1, s) for t, h, s in zip(starts, a.shape[2:], STRIDE)))] = a
    return wide


def windows(array):
    span = tuple(d * (k - 1) + 1 for k, d in zip(FILTER_SIZE, DILATION))
    views = np.lib.stride_tricks.sliding_window_view(array, span, axis=(2, 3))
    return views[..., :: DILATION[0], :: DILATION[1]]


def cropped(views, output):
    """Without the rows that the padding takes away."""
    (top, _), (left, _) = PADDING
    return views[:, :, top : top + output[0], left : left + output[1]]


def read(delta, size):
    """The windows of delta, with its padding back in place, that start at the cells of a."""
    (top, bottom), (left, right) = PADDING
    high, wide = delta.shape[2:]
    padded = np.zeros((*delta.shape[:2], top + high + bottom, left + wide + right), delta.dtype)
    padded[:, :, top : top + high, left : left + wide] = delta
    return windows(padded)[:, :, :: STRIDE[0], :: STRIDE[1]][:, :, : size[0], : size[1]]


def net_input(a, w, bias=None):
    output = refuse_forward(a, w, bias)
    net = np.einsum("bcxypq,cnpq->bnxy", cropped(windows(spread(a)), output), w[:, :, ::-1, ::-1])
    return net if bias is None else net + bias[:, None, None]


def input_gradient(delta, w, input_size=None):
    size = refuse_input_gradient(delta, w, input_size)
    return np.einsum("bnijpq,cnpq->bcij", read(delta, size), w)


def weight_gradient(delta, a):
    refuse_weight_gradient(delta, a)
    return np.einsum("bcij,bnijpq->cnpq", a, read(delta, a.shape[2:]))
'''
