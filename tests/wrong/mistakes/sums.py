"""Wrong sums over batch, depth and filters."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, IN, NET_PRODUCT
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

TEXTBOOK = BY_NAME["lesson, textbook"]
UNEVEN_LOOPS = BY_NAME["uneven, loops"]
UNEVEN_WINDOWS = BY_NAME["uneven, windows"]
UNEVEN_IM2COL = BY_NAME["uneven, im2col"]
UNEVEN_SAMPLES = BY_NAME["uneven, samples"]
SMOOTH_TAPS = BY_NAME["smooth, taps"]
PRODUCT_SUM = "product.sum(axis=0, dtype=product.dtype)"

SUMS: tuple[Wrong, ...] = (
    spoil(
        TEXTBOOK,
        "last filter only",
        "other_channels",
        "dx is that of the last filter; the lesson has only one.",
        ("da[b, c] += cross", "da[b, c] = cross"),
    ),
    spoil(
        TEXTBOOK,
        "last depth only",
        "other_channels",
        "The net input reads the last depth only; the lesson has only one.",
        ("net[b, n] += cross", "net[b, n] = cross"),
    ),
    spoil(
        TEXTBOOK,
        "last sample only",
        "other_channels",
        "dw is that of the last sample; the lesson has only one.",
        ("dw[n, c] += cross", "dw[n, c] = cross"),
    ),
    spoil(
        TEXTBOOK,
        "first sample only",
        "other_channels",
        "Every sample's dx is made from the first sample's error term.",
        ("framed(delta[b, n])", "framed(delta[0, n])"),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "no sum over filters",
        IN,
        "dx sums over the first filter only.",
        ('"bgnxypq,gncpq->bgcxy", views, rotated', '"bgnxypq,gncpq->bgcxy", views[:, :, :1], rotated[:, :1]'),
    ),
    spoil(
        UNEVEN_WINDOWS,
        "mean over filters",
        IN,
        "dx is the mean over the filters instead of the sum.",
        ('"bgnxypq,gncpq->bgcxy", views, rotated)', '"bgnxypq,gncpq->bgcxy", views, rotated) // w.shape[0]'),
    ),
    spoil(UNEVEN_IM2COL, "no sum over the batch", DW, "dw is the first sample's.", (PRODUCT_SUM, "product[0]")),
    spoil(
        UNEVEN_IM2COL,
        "mean over the batch",
        DW,
        "dw is the mean over the batch instead of the sum.",
        (PRODUCT_SUM, "(" + PRODUCT_SUM + " // max(1, batch))"),
    ),
    spoil(
        BY_NAME["lesson, im2col"],
        "mean over a batch of one",
        "other_channels",
        "dw is the mean over the batch, which shows only when there are more samples than the lesson's one.",
        (PRODUCT_SUM, "(" + PRODUCT_SUM + " // max(1, batch))"),
    ),
    spoil(
        UNEVEN_IM2COL,
        "batch reversed",
        "net",
        "Windows are taken from sample B-1-b, in dw too.",
        ("cells = pad(a, PADDING)[", "cells = pad(a[::-1], PADDING)["),
    ),
    spoil(
        UNEVEN_IM2COL,
        "depth reversed in forward",
        "net",
        "The depths are read in reverse.",
        ("(matrix @ columns(a, output))", "(matrix @ columns(a[:, ::-1], output))"),
    ),
    spoil(
        UNEVEN_SAMPLES,
        "one depth for all",
        DW,
        "Every depth of dw gets the sum over the depths.",
        (
            "dw[n] += terms[n, i, j] * padded[(channels_of(n, filters, depth), *window(i, j))]",
            "dw[n] += terms[n, i, j] * padded[(channels_of(n, filters, depth), *window(i, j))].sum(axis=0)",
        ),
    ),
    spoil(
        SMOOTH_TAPS,
        "channels swapped in dx",
        IN,
        "w is read as (depth, filters) in dx; both are 2, so that it fits.",
        ('"gnc,bgn...->bgc..."', '"gcn,bgn...->bgc..."'),
    ),
    spoil(
        SMOOTH_TAPS,
        "channels swapped in forward",
        "net",
        "w is read as (depth, filters) in the net input.",
        ('"gnc,bgc...->bgn..."', '"gcn,bgc...->bgn..."'),
    ),
    spoil(
        SMOOTH_TAPS,
        "channels swapped in dw",
        DW,
        "dw comes out as (depth, filters).",
        ('"bgn...,bgc...->gnc..."', '"bgn...,bgc...->gcn..."'),
    ),
    spoil(
        UNEVEN_LOOPS,
        "depth forgotten",
        "net",
        "Every depth is convolved with the filter's first slice.",
        (NET_PRODUCT, NET_PRODUCT.replace("w[n, c,", "w[n, 0,")),
    ),
    spoil(
        UNEVEN_LOOPS,
        "two samples at most",
        "other_channels",
        "dw sums over the first two samples, as many as the layer has.",
        ("np.ndindex(batch, high, wide)", "np.ndindex(min(batch, 2), high, wide)"),
    ),
    spoil(
        UNEVEN_LOOPS,
        "two depths at most",
        "other_channels",
        "The net input sums over the first two depths, as many as the layer has.",
        ("np.ndindex(depth, rows, columns)", "np.ndindex(min(depth, 2), rows, columns)"),
    ),
)
