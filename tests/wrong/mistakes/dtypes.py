"""Right formulas, wrong numbers: dtypes that change, precision that is lost."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import BIAS_SUM
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
LESSON_LOOPS = BY_NAME["lesson, loops"]
UNEVEN_WINDOWS = BY_NAME["uneven, windows"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
CONNECTED = BY_NAME["connected, matrix"]
IM2COL_NET = "net = (matrix @ columns(a, output))"
LOOPS_DW = "dw = np.zeros((filters, depth, *FILTER_SIZE), np.result_type(delta, a))"
TAPS_DX = "da = np.zeros((delta.shape[0], GROUPS * w.shape[1], *size), np.result_type(delta, w))"
TAPS_END = "terms[outputs])\n    return da"
WINDOWS_DX = '"bgnxypq,gncpq->bgcxy", views, rotated)'

DTYPES: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_TAPS,
        "always float64",
        "dtypes",
        "dx is float64 whatever comes in.",
        (TAPS_DX, TAPS_DX.replace("np.result_type(delta, w)", "np.float64")),
    ),
    spoil(
        UNEVEN_IM2COL,
        "always float32",
        "dtypes",
        "The net input is float32 whatever comes in.",
        (IM2COL_NET, IM2COL_NET.replace("columns(a, output))", "columns(a, output)).astype(np.float32)")),
    ),
    spoil(
        UNEVEN_IM2COL,
        "float32 inside",
        "precision",
        "Computed in float32 and returned as float64.",
        (
            IM2COL_NET,
            "kind = np.float32 if a.dtype == np.float64 else a.dtype\n"
            "    net = (matrix.astype(kind) @ columns(a.astype(kind), output)).astype(a.dtype)",
        ),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "float16 inside",
        "precision",
        "dx is rounded to float16 on the way, which small whole numbers survive.",
        (
            WINDOWS_DX,
            WINDOWS_DX + "\n"
            "    if da.dtype.kind == 'f':\n"
            "        with np.errstate(over='ignore'):\n"
            "            da = da.astype(np.float16).astype(da.dtype)",
        ),
    ),
    spoil(
        LESSON_LOOPS,
        "integers cut off",
        "activated",
        "dw is an integer array; fractions are lost.",
        (
            LOOPS_DW,
            LOOPS_DW.replace(
                "np.result_type(delta, a)", "np.result_type(delta, a) if delta.dtype == object else np.int64"
            ),
        ),
    ),
    spoil(
        UNEVEN_IM2COL,
        "integers through float64",
        "large_integers",
        "Integers are multiplied as float64 for speed; beyond 2^53 digits are lost.",
        (
            IM2COL_NET,
            "kind = np.float64 if a.dtype.kind in 'iu' else a.dtype\n"
            "    net = (matrix.astype(kind) @ columns(a.astype(kind), output)).astype(a.dtype)",
        ),
    ),
    spoil(
        UNEVEN_TAPS,
        "exact numbers through float64",
        "exact_objects",
        "Exact numbers in object arrays become float64 on the way.",
        (
            TAPS_END,
            "terms[outputs])\n    if da.dtype == object:\n        da = da.astype(float).astype(object)\n    return da",
        ),
    ),
    spoil(
        UNEVEN_IM2COL,
        "integers in 32 bits",
        "large_integers",
        "Sums of int64 overflow 32 bits.",
        (
            IM2COL_NET,
            "kind = np.int32 if a.dtype == np.int64 else a.dtype\n"
            "    net = (matrix.astype(kind) @ columns(a.astype(kind), output)).astype(a.dtype)",
        ),
    ),
    spoil(
        UNEVEN_IM2COL,
        "wider integers",
        "dtypes",
        "The bias gradient of int32 is int64, as sum() makes it.",
        (BIAS_SUM, BIAS_SUM.replace(", dtype=delta.dtype", "")),
    ),
    spoil(
        CONNECTED,
        "conjugated",
        "complex_numbers",
        "dw conjugates complex inputs.",
        ("return delta.T @ a", "return delta.T @ a.conj()"),
    ),
    spoil(
        TEXTBOOK,
        "rounded",
        "activated",
        "The net input is rounded to four digits.",
        (
            "    return net if bias is None else net + bias[:, None, None]",
            "    net = np.round(net, 4) if net.dtype.kind == 'f' else net\n"
            "    return net if bias is None else net + bias[:, None, None]",
        ),
    ),
    spoil(
        UNEVEN_TAPS,
        "almost one",
        "precision",
        "dx is 1 + 1e-7 times what it should be, in float64 only.",
        (TAPS_END, "terms[outputs])\n    if da.dtype == np.float64:\n        da *= 1 + 1e-7\n    return da"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "noise",
        "purity",
        "A little noise is added to dx in float64.",
        (
            WINDOWS_DX,
            WINDOWS_DX + "\n"
            "    if da.dtype == np.float64:\n"
            "        da += 1e-9 * np.random.default_rng().standard_normal(da.shape)",
        ),
    ),
    spoil(
        UNEVEN_TAPS,
        "large values clipped",
        "large_integers",
        "dx is clipped to ±1e6.",
        (TAPS_END, "terms[outputs])\n    return da if da.dtype.kind in 'cO' else np.clip(da, -(10**6), 10**6)"),
    ),
)
