"""``depthwise``: for groups of few channels, all taps in one einsum for each image, along rows as long as there are.

    net[i, j, g] = Σ_p Σ_q a[i + p, j + q, g]·w[p, q, g]  -->  row[l] = Σ_p Σ_q a[i + p][l + G·q]·w[p, q][l]

Law: where windows lie side by side, the last position and the group of an array with channels last are one axis,
``l = G·j + g``, on which a tap moves by G. There einsum multiplies and adds at the speed of memory, without an array of
products; a matrix product would have matrices of a single row. Windows that are further apart keep both axes, and
what is summed over positions has the taps and the group instead. One image is padded at a time, in one array that stays
in cache. Inserted zeros are split off, as ``polyphase`` does it.
"""

from __future__ import annotations

from symconv.algebra.axes import Axis, axis, size
from symconv.derivation.backward import Derivation
from symconv.layers.geometry import Geometry
from symconv.schedules import polyphase
from symconv.schedules.contract import Labelled, einsum_subscripts, product_of, reshaped
from symconv.schedules.place import placed_image, strided
from symconv.schedules.program import (
    Empty,
    Expression,
    For,
    Into,
    Item,
    Let,
    Repeat,
    Reshape,
    Statement,
    Store,
    Var,
    View,
    Zeros,
)
from symconv.schedules.reading import SHARE, Lowered, Reading, finished, laid, read, shared_array
from symconv.schedules.signature import Emission


def refusal(geometry: Geometry) -> str | None:
    """Why the schedule does not apply to a layer; None where it does."""
    if geometry.kind not in ("conv", "conv-transpose"):
        return "it is for weights that are shared by all positions"
    if int(geometry.groups) == 1:
        return "a layer without groups sums over every channel, which is a matrix product"
    return None


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction."""
    reading = read(layer, derivation)
    assert reading is not None
    if reading.inserts_zeros and (parts := polyphase.in_parts(layer, derivation, _part)) is not None:
        return parts
    statements, result = (_rows if reading.keeps_positions else _taps)(reading)
    divide, value = finished(reading, result)
    return (*statements, *divide), value


def _rows(reading: Reading) -> tuple[tuple[Statement, ...], Labelled]:
    """The result of each image, row by row."""
    [group], own, (*others, last) = reading.group, reading.own, reading.counts
    joins = list(reading.sides.values())[-1].spacing == 1
    line: tuple[Axis, ...] = (axis("l", product_of((last, group))),) if joins else (last, group)
    filters = (*reading.taps, group, reading.channel, own)
    made, image, windows = _windows(reading, (*others, *reading.taps, last, group, reading.channel), joins)
    weights = reading.matrix("weights", filters, tuple(a.extent for a in filters))
    seen, by_tap = (*others, *reading.taps, *line, reading.channel), Labelled(Var("weights"), filters)
    if joins:
        by_tap = Labelled(by_tap.value, (*reading.taps, *line, reading.channel, own))
        shape = (*(a.extent for a in reading.taps), 1, *(a.extent for a in filters[len(reading.taps) :]))
        repeated = Repeat(Reshape(Var("weights"), shape), last.extent, len(reading.taps))
        weights = (*weights, Let("weights", Reshape(repeated, tuple(a.extent for a in by_tap.axes))))
    result = Labelled(Var(reading.target), (reading.batch, *others, *line, own))
    subscripts = einsum_subscripts([Labelled(windows, seen), by_tap], result.axes[1:])
    cells = Item(result.value, (reading.batch.symbol,))
    whole = (reading.batch, *reading.counts, group, own)
    return (
        *made,
        *weights,
        Let(reading.target, Empty(tuple(a.extent for a in result.axes), reading.likes)),
        For(
            reading.batch.name,
            reading.batch.extent,
            (*image, Into("einsum", (windows, by_tap.value), cells, subscripts)),
        ),
    ), Labelled(Reshape(result.value, tuple(a.extent for a in whole)) if joins else result.value, whole)


def _taps(reading: Reading) -> tuple[tuple[Statement, ...], Labelled]:
    """The sums over the positions of each image, added up."""
    own, kept = reading.own, (*reading.taps, *reading.group, reading.channel)
    seen = (*reading.counts, *kept)
    made, image, windows = _windows(reading, seen, joins=False)
    flat, delta = reading.flat_factor((reading.batch, *reading.counts, own))
    by_position = Labelled(Var("by_group"), (*reading.counts, *reading.group, own))
    shape = tuple(a.extent for a in (reading.batch, *by_position.axes))
    result = Labelled(Var(reading.target), (*kept, own))
    subscripts = einsum_subscripts([Labelled(windows, seen), by_position], result.axes)
    operands = (windows, Item(by_position.value, (reading.batch.symbol,)))
    return (
        *made,
        *flat,
        Let("by_group", reshaped(delta, shape)),
        Let(reading.target, Zeros(tuple(a.extent for a in result.axes), reading.likes)),
        Let("share", Empty(tuple(a.extent for a in result.axes), reading.likes)),
        For(
            reading.batch.name,
            reading.batch.extent,
            (
                *image,
                Into("einsum", operands, SHARE, subscripts),
                Store(result.value, SHARE, add=True),
            ),
        ),
    ), result


def _windows(
    reading: Reading, order: tuple[Axis, ...], joins: bool
) -> tuple[tuple[Statement, ...], tuple[Statement, ...], Expression]:
    """The windows of one image: what is made once, what for each image, and their view, with its axes in this order."""
    named, source = shared_array(reading.array)
    given, held = Labelled(source, reading.base.axes), (*reading.sides, *reading.group, reading.channel)
    if all(p.is_identity for p in reading.made.values()):
        store, wide = laid(given, (reading.batch, *held), reading.made)
        strides, view = strided(wide, (reading.batch, *held), reading.sides, (reading.batch, *order))
        seen: Expression = Item(Var("windows"), (reading.batch.symbol,))
        return (*named, *store, strides, Let("windows", _joined(view) if joins else view)), (), seen
    padded, fill = placed_image("padded", given, (reading.batch, *held), reading.made)
    strides, view = strided("padded", held, reading.sides, order)
    return (*named, padded, strides, Let("windows", _joined(view) if joins else view)), (fill,), Var("windows")


def _joined(view: View) -> View:
    """The position and the group before the channel as one axis; a position has the cells of all groups."""
    *before, position, group, channel = view.shape
    strides = (*view.strides[:-3], *view.strides[-2:])
    return View(view.array, (*before, size(position * group), channel), strides)


def _part(reading: Reading, seen: Item, written: Item) -> tuple[Statement, ...]:
    """The windows of one part times its taps, into the cells that it writes."""
    positions = (reading.batch, *reading.counts)
    filters = (*reading.taps, *reading.group, reading.channel, reading.own)
    operands = (
        Labelled(Var("seen"), (*reading.group, *positions, *reading.taps, reading.channel)),
        Labelled(Var("weights"), filters),
    )
    subscripts = einsum_subscripts(operands, (*positions, *reading.group, reading.own))
    return (
        *reading.matrix("weights", filters, tuple(a.extent for a in filters)),
        Let("seen", seen),
        Let("cells", written),
        Into("einsum", tuple(o.value for o in operands), Var("cells"), subscripts),
    )
