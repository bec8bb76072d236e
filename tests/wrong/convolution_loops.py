"""Convolution written with loops: over every product, over the taps, over the samples. Any stride and dilation."""

LOOPS = '''

def net_input(a, w, bias=None):
    """net[b,n,i,j] = bias[n] + sum over c,p,q of w[n,c,p,q] a[b,c,Si+Dp-P,Sj+Dq-P]."""
    output = refuse_forward(a, w, bias)
    (batch, _, height, width), (filters, depth, rows, columns) = a.shape, w.shape
    dtype = np.result_type(a, w) if bias is None else np.result_type(a, w, bias)
    net = np.zeros((batch, filters, *output), dtype)
    for b, n, i, j in np.ndindex(net.shape):
        first = n // (filters // GROUPS) * depth
        if bias is not None:
            net[b, n, i, j] += bias[n]
        for c, p, q in np.ndindex(depth, rows, columns):
            x = STRIDE[0] * i + DILATION[0] * p - PADDING[0][0]
            y = STRIDE[1] * j + DILATION[1] * q - PADDING[1][0]
            if 0 <= x < height and 0 <= y < width:
                net[b, n, i, j] += w[n, c, p, q] * a[b, first + c, x, y]
    return net


def input_gradient(delta, w, input_size=None):
    """dE/da[b,c,x,y] = sum over n,p,q of w[n,c,p,q] delta[b,n,(x+P-Dp)/S,(y+P-Dq)/S], whole numbers only."""
    size = refuse_input_gradient(delta, w, input_size)
    (batch, filters, high, wide), (_, depth, rows, columns) = delta.shape, w.shape
    da = np.zeros((batch, GROUPS * depth, *size), np.result_type(delta, w))
    for b, c, x, y in np.ndindex(da.shape):
        group, channel = divmod(c, depth)
        members = range(group * (filters // GROUPS), (group + 1) * (filters // GROUPS))
        for p in range(rows):
            i, uneven = divmod(x + PADDING[0][0] - DILATION[0] * p, STRIDE[0])
            if uneven or not 0 <= i < high:
                continue
            for q in range(columns):
                j, uneven = divmod(y + PADDING[1][0] - DILATION[1] * q, STRIDE[1])
                if uneven or not 0 <= j < wide:
                    continue
                for n in members:
                    da[b, c, x, y] += w[n, channel, p, q] * delta[b, n, i, j]
    return da


def weight_gradient(delta, a):
    """dE/dw[n,c,p,q] = sum over b,i,j of delta[b,n,i,j] a[b,c,Si+Dp-P,Sj+Dq-P]."""
    refuse_weight_gradient(delta, a)
    (batch, filters, high, wide), (_, channels, height, width) = delta.shape, a.shape
    depth = channels // GROUPS
    dw = np.zeros((filters, depth, *FILTER_SIZE), np.result_type(delta, a))
    for n, c, p, q in np.ndindex(dw.shape):
        channel = n // (filters // GROUPS) * depth + c
        for b, i, j in np.ndindex(batch, high, wide):
            x = STRIDE[0] * i - PADDING[0][0] + DILATION[0] * p
            y = STRIDE[1] * j - PADDING[1][0] + DILATION[1] * q
            if 0 <= x < height and 0 <= y < width:
                dw[n, c, p, q] += delta[b, n, i, j] * a[b, channel, x, y]
    return dw
'''

TAPS = '''

def reached(tap, size, output):
    """For one tap: the outputs i whose position S*i + D*p - P lies inside the input, and those positions."""
    outputs, positions = [], []
    for p, h, o, s, d, (before, _) in zip(tap, size, output, STRIDE, DILATION, PADDING):
        offset = d * p - before
        first = max(0, -(offset // s))
        last = max(first, min(o, (h - 1 - offset) // s + 1))
        start = s * first + offset
        outputs.append(slice(first, last))
        positions.append(slice(start, start + s * (last - first), s))
    return (..., *outputs), (..., *positions)


def grouped(array):
    return array.reshape(array.shape[0], GROUPS, array.shape[1] // GROUPS, *array.shape[2:])


def grouped_weights(w):
    return w.reshape(GROUPS, w.shape[0] // GROUPS, *w.shape[1:])


def net_input(a, w, bias=None):
    """One tap after the other: the slice of a that the tap reads, times its weights, added to the net input."""
    output = refuse_forward(a, w, bias)
    dtype = np.result_type(a, w) if bias is None else np.result_type(a, w, bias)
    net = np.zeros((a.shape[0], w.shape[0], *output), dtype)
    if bias is not None:
        net += bias.reshape(-1, *[1] * len(output))
    net_groups, cells, weights = grouped(net), grouped(a), grouped_weights(w)
    for tap in np.ndindex(*FILTER_SIZE):
        outputs, positions = reached(tap, a.shape[2:], output)
        net_groups[outputs] += np.einsum("gnc,bgc...->bgn...", weights[(..., *tap)], cells[positions])
    return net


def input_gradient(delta, w, input_size=None):
    """Each tap scatters its share of delta to the positions it has read; shares add up."""
    size = refuse_input_gradient(delta, w, input_size)
    da = np.zeros((delta.shape[0], GROUPS * w.shape[1], *size), np.result_type(delta, w))
    shares, terms, weights = grouped(da), grouped(delta), grouped_weights(w)
    for tap in np.ndindex(*FILTER_SIZE):
        outputs, positions = reached(tap, size, delta.shape[2:])
        shares[positions] += np.einsum("gnc,bgn...->bgc...", weights[(..., *tap)], terms[outputs])
    return da


def weight_gradient(delta, a):
    """Each tap sums delta times what it has read, over batch and outputs."""
    refuse_weight_gradient(delta, a)
    dw = np.zeros((delta.shape[1], a.shape[1] // GROUPS, *FILTER_SIZE), np.result_type(delta, a))
    sums, terms, cells = grouped_weights(dw), grouped(delta), grouped(a)
    for tap in np.ndindex(*FILTER_SIZE):
        outputs, positions = reached(tap, a.shape[2:], delta.shape[2:])
        sums[(..., *tap)] = np.einsum("bgn...,bgc...->gnc...", terms[outputs], cells[positions]).sum(
            axis=tuple(range(3, 3 + len(FILTER_SIZE))), dtype=dw.dtype
        )
    return dw
'''

SAMPLES = '''

def window(i, j):
    """Where output (i, j) stands in the padded input."""
    rows = slice(STRIDE[0] * i, STRIDE[0] * i + DILATION[0] * (FILTER_SIZE[0] - 1) + 1, DILATION[0])
    columns = slice(STRIDE[1] * j, STRIDE[1] * j + DILATION[1] * (FILTER_SIZE[1] - 1) + 1, DILATION[1])
    return rows, columns


def empty_padded(channels, size, dtype):
    (top, bottom), (left, right) = PADDING
    padded = np.zeros((channels, top + size[0] + bottom, left + size[1] + right), dtype)
    return padded, padded[:, top : top + size[0], left : left + size[1]]


def channels_of(n, filters, depth):
    start = n // (filters // GROUPS) * depth
    return slice(start, start + depth)


def net_input(a, w, bias=None):
    """Sample by sample, filter by filter, the sum of window times filter."""
    output = refuse_forward(a, w, bias)
    dtype = np.result_type(a, w) if bias is None else np.result_type(a, w, bias)
    net = np.zeros((len(a), len(w), *output), dtype)
    for sample, result in zip(a, net):
        padded, middle = empty_padded(len(sample), sample.shape[1:], a.dtype)
        middle[...] = sample
        for n, i, j in np.ndindex(result.shape):
            read = padded[(channels_of(n, len(w), w.shape[1]), *window(i, j))]
            result[n, i, j] = (read * w[n]).sum() + (0 if bias is None else bias[n])
    return net


def input_gradient(delta, w, input_size=None):
    """Every error term hands its filter back to the window it came from."""
    size = refuse_input_gradient(delta, w, input_size)
    da = np.zeros((len(delta), GROUPS * w.shape[1], *size), np.result_type(delta, w))
    for terms, result in zip(delta, da):
        padded, middle = empty_padded(len(result), size, da.dtype)
        for n, i, j in np.ndindex(terms.shape):
            padded[(channels_of(n, len(w), w.shape[1]), *window(i, j))] += terms[n, i, j] * w[n]
        result[...] = middle
    return da


def weight_gradient(delta, a):
    """Every error term adds its window to the gradient of its filter."""
    refuse_weight_gradient(delta, a)
    filters, depth = delta.shape[1], a.shape[1] // GROUPS
    dw = np.zeros((filters, depth, *FILTER_SIZE), np.result_type(delta, a))
    for terms, sample in zip(delta, a):
        padded, middle = empty_padded(len(sample), sample.shape[1:], a.dtype)
        middle[...] = sample
        for n, i, j in np.ndindex(terms.shape):
            dw[n] += terms[n, i, j] * padded[(channels_of(n, filters, depth), *window(i, j))]
    return dw
'''
