"""Convolution written with whole arrays: columns, windows and einsum, strided views, the textbook."""

PAD = '''

def pad(array, amounts):
    """Zeros before and after each spatial axis; a negative amount crops."""
    low = [max(before, 0) for before, _ in amounts]
    high = [max(after, 0) for _, after in amounts]
    lengths = [lo + n + hi for lo, n, hi in zip(low, array.shape[2:], high)]
    grown = np.zeros((*array.shape[:2], *lengths), array.dtype)
    grown[(..., *(slice(lo, lo + n) for lo, n in zip(low, array.shape[2:])))] = array
    return grown[
        (..., *(slice(max(-before, 0), n - max(-after, 0)) for (before, after), n in zip(amounts, lengths)))
    ]
'''

IM2COL = (
    PAD
    + '''

def positions(output):
    """The rows and columns of the padded input that (tap, output) read: S*i + D*p."""
    x = DILATION[0] * np.arange(FILTER_SIZE[0])[:, None] + STRIDE[0] * np.arange(output[0])
    y = DILATION[1] * np.arange(FILTER_SIZE[1])[:, None] + STRIDE[1] * np.arange(output[1])
    return x[:, None, :, None], y[None, :, None, :]


def columns(a, output):
    """Shape (batch, groups, depth/groups * taps, outputs)."""
    rows, cols = positions(output)
    cells = pad(a, PADDING)[:, :, rows, cols]
    taps = FILTER_SIZE[0] * FILTER_SIZE[1]
    return cells.reshape(a.shape[0], GROUPS, a.shape[1] // GROUPS * taps, output[0] * output[1])


def net_input(a, w, bias=None):
    """One matrix product per group: filters as rows, windows as columns."""
    output = refuse_forward(a, w, bias)
    matrix = w.reshape(GROUPS, w.shape[0] // GROUPS, w.shape[1] * w.shape[2] * w.shape[3])
    net = (matrix @ columns(a, output)).reshape(a.shape[0], w.shape[0], *output)
    return net if bias is None else net + bias[:, None, None]


def input_gradient(delta, w, input_size=None):
    """The transposed product, then every column goes back to where it was read; what overlaps adds up."""
    size = refuse_input_gradient(delta, w, input_size)
    batch, filters, high, wide = delta.shape
    matrix = w.reshape(GROUPS, filters // GROUPS, w.shape[1] * w.shape[2] * w.shape[3])
    share = matrix.swapaxes(1, 2) @ delta.reshape(batch, GROUPS, filters // GROUPS, high * wide)
    share = share.reshape(batch, GROUPS * w.shape[1], *FILTER_SIZE, high, wide)
    (top, bottom), (left, right) = PADDING
    da = np.zeros((*share.shape[:2], top + size[0] + bottom, left + size[1] + right), share.dtype)
    rows, cols = positions((high, wide))
    np.add.at(da, (slice(None), slice(None), rows, cols), share)
    return da[:, :, top : top + size[0], left : left + size[1]]


def weight_gradient(delta, a):
    """delta as rows, windows as columns, summed over the batch."""
    refuse_weight_gradient(delta, a)
    batch, filters, high, wide = delta.shape
    rows = delta.reshape(batch, GROUPS, filters // GROUPS, high * wide)
    product = rows @ columns(a, (high, wide)).swapaxes(2, 3)
    return product.sum(axis=0, dtype=product.dtype).reshape(filters, a.shape[1] // GROUPS, *FILTER_SIZE)
'''
)

WINDOWS = (
    PAD
    + '''

def windows(array, span, step, skip):
    """Views (batch, groups, channels, i, j, p, q) of array[..., step*i + skip*p, step*j + skip*q]."""
    views = np.lib.stride_tricks.sliding_window_view(array, span, axis=(2, 3))
    views = views[:, :, :: step[0], :: step[1], :: skip[0], :: skip[1]]
    return views.reshape(array.shape[0], GROUPS, array.shape[1] // GROUPS, *views.shape[2:])


def span():
    return tuple(d * (k - 1) + 1 for k, d in zip(FILTER_SIZE, DILATION))


def insert_zeros(delta):
    """S-1 zeros between neighbours."""
    high, wide = (s * (o - 1) + 1 for o, s in zip(delta.shape[2:], STRIDE))
    spread = np.zeros((*delta.shape[:2], high, wide), delta.dtype)
    spread[:, :, :: STRIDE[0], :: STRIDE[1]] = delta
    return spread


def net_input(a, w, bias=None):
    """net = cross(pad(a), w) + bias, read at every S-th position."""
    refuse_forward(a, w, bias)
    weights = w.reshape(GROUPS, w.shape[0] // GROUPS, *w.shape[1:])
    net = np.einsum("bgcijpq,gncpq->bgnij", windows(pad(a, PADDING), span(), STRIDE, DILATION), weights)
    net = net.reshape(a.shape[0], w.shape[0], *net.shape[3:])
    return net if bias is None else net + bias.reshape(-1, 1, 1)


def input_gradient(delta, w, input_size=None):
    """dE/da = cross(pad(insert_zeros(delta), D(K-1)-P, D(K-1)-P+r), rot180(w))."""
    size = refuse_input_gradient(delta, w, input_size)
    amounts = []
    for h, o, k, s, d, (before, after) in zip(size, delta.shape[2:], FILTER_SIZE, STRIDE, DILATION, PADDING):
        left_over = h + before + after - d * (k - 1) - 1 - s * (o - 1)
        amounts.append((d * (k - 1) - before, d * (k - 1) - after + left_over))
    rotated = w[:, :, ::-1, ::-1]
    rotated = rotated.reshape(GROUPS, w.shape[0] // GROUPS, *w.shape[1:])
    views = windows(pad(insert_zeros(delta), amounts), span(), (1, 1), DILATION)
    da = np.einsum("bgnxypq,gncpq->bgcxy", views, rotated)
    return da.reshape(delta.shape[0], GROUPS * w.shape[1], *size)


def weight_gradient(delta, a):
    """dE/dw[n,c,p,q]: delta is the filter and the padded input is correlated with it."""
    refuse_weight_gradient(delta, a)
    terms = delta.reshape(delta.shape[0], GROUPS, delta.shape[1] // GROUPS, *delta.shape[2:])
    dw = np.einsum("bgnij,bgcijpq->gncpq", terms, windows(pad(a, PADDING), span(), STRIDE, DILATION))
    return dw.reshape(delta.shape[1], a.shape[1] // GROUPS, *FILTER_SIZE)
'''
)

STRIDED_LINE = (
    PAD
    + '''

def windows(a, output):
    """A view (batch, groups, depth/groups, output, tap) of the padded line, by its strides."""
    line = pad(a, PADDING)
    line = line.reshape(a.shape[0], GROUPS, a.shape[1] // GROUPS, line.shape[2])
    shape = (*line.shape[:3], output, FILTER_SIZE[0])
    strides = (*line.strides[:3], STRIDE[0] * line.strides[3], DILATION[0] * line.strides[3])
    return np.lib.stride_tricks.as_strided(line, shape, strides, writeable=False)


def net_input(a, w, bias=None):
    (output,) = refuse_forward(a, w, bias)
    view = windows(a, output)
    net = [
        np.tensordot(view[:, g], filters, axes=((1, 3), (1, 2))).transpose(0, 2, 1)
        for g, filters in enumerate(np.split(w, GROUPS))
    ]
    net = np.concatenate(net, axis=1)
    return net if bias is None else net + bias[:, None]


def input_gradient(delta, w, input_size=None):
    (size,) = refuse_input_gradient(delta, w, input_size)
    (before, after), length = PADDING[0], delta.shape[2]
    parts = []
    for terms, filters in zip(np.split(delta, GROUPS, axis=1), np.split(w, GROUPS)):
        share = np.tensordot(terms, filters, axes=((1,), (0,)))
        da = np.zeros((delta.shape[0], w.shape[1], before + size + after), share.dtype)
        for p in range(FILTER_SIZE[0]):
            start = DILATION[0] * p
            da[:, :, start : start + STRIDE[0] * (length - 1) + 1 : STRIDE[0]] += share[..., p].swapaxes(1, 2)
        parts.append(da[:, :, before : before + size])
    return np.concatenate(parts, axis=1)


def weight_gradient(delta, a):
    refuse_weight_gradient(delta, a)
    view = windows(a, delta.shape[2])
    parts = [
        np.tensordot(terms, view[:, g], axes=((0, 2), (0, 2)))
        for g, terms in enumerate(np.split(delta, GROUPS, axis=1))
    ]
    return np.concatenate(parts, axis=0)
'''
)

TEXTBOOK = '''

def cross(A, F):
    """Valid cross-correlation of two matrices."""
    out = np.zeros((A.shape[0] - F.shape[0] + 1, A.shape[1] - F.shape[1] + 1), np.result_type(A, F))
    for i, j in np.ndindex(out.shape):
        out[i, j] = (A[i : i + F.shape[0], j : j + F.shape[1]] * F).sum()
    return out


def rot180(W):
    return W[::-1, ::-1]


def framed(A):
    """A with K-1 zeros on every side."""
    rows, columns = FILTER_SIZE[0] - 1, FILTER_SIZE[1] - 1
    out = np.zeros((A.shape[0] + 2 * rows, A.shape[1] + 2 * columns), A.dtype)
    out[rows : rows + A.shape[0], columns : columns + A.shape[1]] = A
    return out


def net_input(a, w, bias=None):
    output = refuse_forward(a, w, bias)
    dtype = np.result_type(a, w) if bias is None else np.result_type(a, w, bias)
    net = np.zeros((a.shape[0], w.shape[0], *output), dtype)
    for b, n, c in np.ndindex(*net.shape[:2], w.shape[1]):
        net[b, n] += cross(a[b, c], w[n, c])
    return net if bias is None else net + bias[:, None, None]


def input_gradient(delta, w, input_size=None):
    size = refuse_input_gradient(delta, w, input_size)
    da = np.zeros((delta.shape[0], w.shape[1], *size), np.result_type(delta, w))
    for b, c, n in np.ndindex(*da.shape[:2], w.shape[0]):
        da[b, c] += cross(framed(delta[b, n]), rot180(w[n, c]))
    return da


def weight_gradient(delta, a):
    refuse_weight_gradient(delta, a)
    dw = np.zeros((delta.shape[1], a.shape[1], *FILTER_SIZE), np.result_type(delta, a))
    for n, c, b in np.ndindex(*dw.shape[:2], delta.shape[0]):
        dw[n, c] += cross(a[b, c], delta[b, n])
    return dw
'''
