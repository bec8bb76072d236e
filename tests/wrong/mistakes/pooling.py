"""Wrong average pooling."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

POOL_WINDOWS = BY_NAME["pooled, pool windows"]
POOL_TAPS = BY_NAME["pooled, pool taps"]
READ_MEAN = "read.astype(net.dtype).sum(axis=spatial) / count"
COVERED = "count = int(ones[covered].sum())"

POOLING: tuple[Wrong, ...] = (
    spoil(
        POOL_WINDOWS,
        "padding counted",
        "net",
        "The forward pass divides by the whole window.",
        ("count = read[0, 0].size if 0 not in read.shape[:2] else 1", "count = FILTER_SIZE[0] * FILTER_SIZE[1]"),
    ),
    spoil(
        POOL_WINDOWS,
        "padding counted in dx",
        IN,
        "The backward pass divides by the whole window.",
        (COVERED, "count = FILTER_SIZE[0] * FILTER_SIZE[1]"),
    ),
    spoil(
        POOL_TAPS,
        "padding counted everywhere",
        "net",
        "Forward and backward agree to divide by the whole window.",
        (
            "    return count.astype(dtype)",
            "    count[...] = FILTER_SIZE[0] * FILTER_SIZE[1]\n    return count.astype(dtype)",
        ),
    ),
    spoil(
        POOL_WINDOWS,
        "windows assigned",
        IN,
        "Where windows overlap the last one overwrites the others.",
        ("da[covered] += share", "da[covered] = share"),
    ),
    spoil(
        POOL_WINDOWS,
        "not divided in dx",
        IN,
        "The backward pass does not divide.",
        ("delta[(..., *cell)].astype(da.dtype) / count", "delta[(..., *cell)].astype(da.dtype)"),
    ),
    spoil(
        POOL_TAPS,
        "not divided in forward",
        "net",
        "The forward pass sums.",
        ("return net / counts(a.shape[2:], output, net.dtype)", "return net"),
    ),
    spoil(
        POOL_WINDOWS,
        "counts transposed",
        IN,
        "The count is that of the cell with row and column exchanged.",
        (COVERED, "count = int(ones[window(cell[::-1], size)].sum()) or 1"),
    ),
    spoil(
        POOL_WINDOWS,
        "maximum",
        "net",
        "The largest cell is taken instead of the mean.",
        (READ_MEAN, "read.astype(net.dtype).max(axis=spatial)"),
    ),
    spoil(
        POOL_WINDOWS,
        "averages cut off",
        "dtypes",
        "Averages of integers are integers.",
        (
            'return np.result_type(array, np.float64) if array.dtype.kind in "iub" else array.dtype',
            "return array.dtype",
        ),
    ),
    spoil(
        POOL_TAPS,
        "dx to one cell",
        IN,
        "delta goes to the first cell of its window, undivided by position.",
        ("da[positions] += share[outputs]", "da[positions] += share[outputs] if tap == (1, 1) else 0"),
    ),
    spoil(
        POOL_TAPS,
        "float64 averages",
        "dtypes",
        "Dividing by integer counts makes float32 float64.",
        ("    return count.astype(dtype)", "    return count"),
    ),
    spoil(
        POOL_WINDOWS,
        "windows side by side",
        "net",
        "The stride is taken to be the size of the window.",
        (
            "for i, h, k, s, (before, _) in zip(output, size, FILTER_SIZE, STRIDE, PADDING)",
            "for i, h, k, s, (before, _) in zip(output, size, FILTER_SIZE, (3, 2), PADDING)",
        ),
    ),
    spoil(
        POOL_TAPS,
        "input size ignored",
        "input_sizes",
        "input_size is not looked at.",
        ("size = INPUT_SIZE if input_size is None else tuple(input_size)", "size = INPUT_SIZE"),
    ),
)
