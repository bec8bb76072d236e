"""Wrong order of the taps: the rotation is missing, half done, done twice, or done where it does not belong."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, DX_PRODUCT, IN, NET_PRODUCT, ROTATED
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
LESSON_LOOPS = BY_NAME["lesson, loops"]
UNEVEN_WINDOWS = BY_NAME["uneven, windows"]

ROTATION: tuple[Wrong, ...] = (
    spoil(TEXTBOOK, "no rotation", IN, "The filter is not rotated.", ("rot180(w[n, c])", "w[n, c]")),
    spoil(TEXTBOOK, "rows rotated only", IN, "Only the row axis is reversed.", ("W[::-1, ::-1]", "W[::-1]")),
    spoil(
        TEXTBOOK, "rotated twice", IN, "Two rotations undo each other.", ("rot180(w[n, c])", "rot180(rot180(w[n, c]))")
    ),
    spoil(TEXTBOOK, "transposed filter", IN, "Transposed instead of rotated.", ("W[::-1, ::-1]", "W.T")),
    spoil(TEXTBOOK, "quarter turn", IN, "Rotated by 90 degrees instead of 180.", ("W[::-1, ::-1]", "np.rot90(W)")),
    spoil(
        TEXTBOOK,
        "rotated error term",
        IN,
        "The error term is rotated too.",
        ("framed(delta[b, n])", "rot180(framed(delta[b, n]))"),
    ),
    spoil(
        TEXTBOOK,
        "rotation in dw",
        DW,
        "The error term is rotated in dw.",
        ("cross(a[b, c], delta[b, n])", "cross(a[b, c], rot180(delta[b, n]))"),
    ),
    spoil(
        TEXTBOOK,
        "rotated result of dw",
        DW,
        "dw comes out rotated.",
        ("cross(a[b, c], delta[b, n])", "rot180(cross(a[b, c], delta[b, n]))"),
    ),
    spoil(
        TEXTBOOK,
        "transposed dw",
        DW,
        "dw comes out transposed.",
        ("cross(a[b, c], delta[b, n])", "cross(a[b, c], delta[b, n]).T"),
    ),
    spoil(
        TEXTBOOK,
        "rotation in forward",
        "net",
        "Forward is true convolution, backward is not.",
        ("cross(a[b, c], w[n, c])", "cross(a[b, c], rot180(w[n, c]))"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "columns rotated only",
        IN,
        "Only the column axis is reversed.",
        (ROTATED, "rotated = w[:, :, :, ::-1]"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "filters reversed",
        IN,
        "The rotation reverses the filter axis as well.",
        (ROTATED, "rotated = w[::-1, :, ::-1, ::-1]"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "depth reversed",
        IN,
        "The rotation reverses the depth axis as well.",
        (ROTATED, "rotated = w[:, ::-1, ::-1, ::-1]"),
    ),
    spoil(
        LESSON_LOOPS,
        "another layer",
        "net",
        "All three functions agree with each other, on true convolution.",
        (NET_PRODUCT, "w[n, c, -1 - p, -1 - q] * a[b, first + c, x, y]"),
        (DX_PRODUCT, "w[n, channel, -1 - p, -1 - q] * delta[b, n, i, j]"),
        ("dw[n, c, p, q] += delta", "dw[n, c, -1 - p, -1 - q] += delta"),
    ),
)
