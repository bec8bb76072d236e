"""Wrong groups: filters that read the depths of another group."""

from __future__ import annotations

from tests.wrong.mistakes.phrases import DW, DX_PRODUCT, IN
from tests.wrong.record import Wrong, spoil
from tests.wrong.right import BY_NAME

GROUPED_LOOPS = BY_NAME["grouped, loops"]
GROUPED_TAPS = BY_NAME["grouped, taps"]
GROUPED_SAMPLES = BY_NAME["grouped, samples"]
GROUPED_IM2COL = BY_NAME["grouped, im2col"]
DX_GROUP = "group, channel = divmod(c, depth)"
FIRST_CHANNEL = "first = n // (filters // GROUPS) * depth\n"

GROUPS: tuple[Wrong, ...] = (
    spoil(
        GROUPED_LOOPS,
        "two depths per group at most",
        "other_channels",
        "The net input sums over the first two depths of a group, as many as the layer has.",
        ("np.ndindex(depth, rows, columns)", "np.ndindex(min(depth, 2), rows, columns)"),
    ),
    spoil(
        GROUPED_LOOPS,
        "two filters per group",
        "other_channels",
        "The group of a filter is n // 2, which holds for the layer's own number of filters.",
        ("first = n // (filters // GROUPS) * depth", "first = n // 2 % GROUPS * depth"),
    ),
    spoil(
        GROUPED_LOOPS,
        "groups interleaved",
        "net",
        "Filter n reads the depths of group n mod G.",
        (FIRST_CHANNEL, "first = n % GROUPS * depth\n"),
    ),
    spoil(
        GROUPED_LOOPS,
        "one group for all",
        "net",
        "Every filter reads the depths of the first group.",
        (FIRST_CHANNEL, "first = 0\n"),
    ),
    spoil(
        GROUPED_LOOPS,
        "groups mixed in dx",
        IN,
        "Depth c belongs to group c mod G in dx.",
        (DX_GROUP, "channel, group = divmod(c, GROUPS)"),
    ),
    spoil(
        GROUPED_LOOPS,
        "groups ignored in dx",
        IN,
        "dx sums over the filters of all groups.",
        ("for n in members:", "for n in range(filters):"),
    ),
    spoil(
        GROUPED_LOOPS,
        "groups mixed in dw",
        DW,
        "dw reads the depths of the wrong group.",
        ("channel = n // (filters // GROUPS) * depth + c", "channel = n % GROUPS * depth + c"),
    ),
    spoil(
        GROUPED_LOOPS,
        "groups swapped in dx",
        IN,
        "Each group's dx comes from the other group's error term.",
        (DX_PRODUCT, DX_PRODUCT.replace("delta[b, n,", "delta[b, n - filters // GROUPS,")),
    ),
    spoil(
        GROUPED_TAPS,
        "group gradient transposed",
        DW,
        "Within a group dw has filters and depths exchanged.",
        ('"bgn...,bgc...->gnc..."', '"bgn...,bgc...->gcn..."'),
    ),
    spoil(
        GROUPED_TAPS,
        "interleaved everywhere",
        "net",
        "All functions agree that channels alternate between the groups.",
        (
            "return array.reshape(array.shape[0], GROUPS, array.shape[1] // GROUPS, *array.shape[2:])",
            "return array.reshape(array.shape[0], array.shape[1] // GROUPS, GROUPS, *array.shape[2:]).swapaxes(1, 2)",
        ),
    ),
    spoil(
        GROUPED_IM2COL,
        "groups reversed",
        "net",
        "The first group's filters meet the last group's windows.",
        ("(matrix @ columns(a, output))", "(matrix[::-1] @ columns(a, output))"),
    ),
    spoil(
        GROUPED_SAMPLES,
        "as many groups as depths",
        "net",
        "Depths start at n times the depth per group, modulo the depth.",
        ("start = n // (filters // GROUPS) * depth", "start = n * depth % (GROUPS * depth)"),
    ),
    spoil(
        GROUPED_LOOPS,
        "any number of filters",
        "refusals",
        "Filters that do not split into the groups are accepted; those left over stay 0 or read other depths.",
        (" or w.shape[0] % GROUPS:", ":"),
    ),
    spoil(
        GROUPED_LOOPS,
        "any depth in dw",
        "refusals",
        "A depth that does not split into the groups is accepted by dw, and the channel left over is not read.",
        (" or a.shape[1] % GROUPS or", " or"),
    ),
    spoil(
        GROUPED_LOOPS,
        "any error term in dw",
        "refusals",
        "An error term that does not split into the groups is accepted by dw.",
        (" or delta.shape[1] % GROUPS or", " or"),
    ),
)
