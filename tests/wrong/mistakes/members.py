"""Wrong members of a sum: taps that are dropped, overwritten, or counted with the wrong sign."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import BACKWARD_TAPS, DW, FORWARD_TAPS, IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_TAPS = BY_NAME["uneven, taps"]

MEMBERS: tuple[Wrong, ...] = (
    spoil(
        UNEVEN_TAPS,
        "last tap dropped in dx",
        IN,
        "dx leaves out the last tap.",
        (BACKWARD_TAPS, BACKWARD_TAPS.replace("np.ndindex(*FILTER_SIZE)", "list(np.ndindex(*FILTER_SIZE))[:-1]")),
    ),
    spoil(
        UNEVEN_TAPS,
        "first tap dropped in forward",
        "net",
        "The net input leaves out the first tap.",
        (FORWARD_TAPS, FORWARD_TAPS.replace("np.ndindex(*FILTER_SIZE)", "list(np.ndindex(*FILTER_SIZE))[1:]")),
    ),
    spoil(
        UNEVEN_TAPS,
        "last output dropped in forward",
        "net",
        "The last row and column get the bias only.",
        (FORWARD_TAPS, FORWARD_TAPS.replace("a.shape[2:], output)", "a.shape[2:], [o - 1 for o in output])")),
    ),
    spoil(
        BY_NAME["lesson, taps"],
        "taps assigned in dx",
        IN,
        "The last tap to reach a cell overwrites the others.",
        ("shares[positions] +=", "shares[positions] ="),
    ),
    spoil(UNEVEN_TAPS, "sign of dx", IN, "dx has the wrong sign.", ("shares[positions] +=", "shares[positions] -=")),
    spoil(
        UNEVEN_LOOPS,
        "sign of dw",
        DW,
        "dw has the wrong sign, as if it were the step of descent.",
        ("dw[n, c, p, q] += delta", "dw[n, c, p, q] -= delta"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "sign of one tap",
        DW,
        "The sign of one tap of dw is wrong.",
        ("    return dw", "    dw[-1, -1, -1, -1] *= -1\n    return dw"),
    ),
    spoil(
        BY_NAME["lesson, im2col"],
        "overlaps lost",
        IN,
        "Cells read by several windows get one share only.",
        ("np.add.at(da, (slice(None), slice(None), rows, cols), share)", "da[:, :, rows, cols] += share"),
    ),
    spoil(
        BY_NAME["dilated, windows"],
        "taps transposed in dw",
        "weight_gradient",
        "The tap axes of dw are read in the wrong order.",
        ('"bgnij,bgcijpq->gncpq"', '"bgnij,bgcijpq->gncqp"'),
    ),
)
