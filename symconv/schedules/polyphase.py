"""``polyphase``: where a result is read off inserted zeros, the parts that multiply none, each into cells of its own.

    part_ρ[t] = Σ_m δ[t - (D/G)·m]·w[(S/G)·m + ρ]        da[S·t + D·ρ - P] = part_ρ[t]        G = gcd(S, D)

Each part is a correlation at stride 1 (:mod:`symconv.derivation.polyphase`) and is taken as ``im2col`` takes it. All
parts read one padded array through one view; cells that no part writes are 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from symconv.algebra.axes import Axis, axis, size
from symconv.derivation.backward import Derivation
from symconv.derivation.correlation import array_operand, correlations
from symconv.derivation.polyphase import Part, Polyphase, polyphase
from symconv.schedules import im2col
from symconv.schedules.contract import Labelled, product_of
from symconv.schedules.place import LEFT_OVER, Placement, Sides, by_left_over, placements, spans, strided, trimmed
from symconv.schedules.program import Empty, Expression, For, Into, Item, Let, Span, Statement, Var, Zeros
from symconv.schedules.reading import Lowered, Reading, in_layout, laid, shared_array
from symconv.schedules.signature import Emission, identifier


def lower(layer: Emission, derivation: Derivation) -> Lowered:
    """Statements and value of one direction: its parts, or ``im2col`` where it inserts no zeros."""
    return in_parts(layer, derivation, _part) or im2col.lower(layer, derivation)


def split_of(derivation: Derivation) -> Polyphase | None:
    """The parts of one direction; None where it inserts no zeros, or the parts are not told one by one."""
    split = polyphase(derivation)
    return split if split is not None and split.parts else None


def in_parts(
    layer: Emission, derivation: Derivation, of_part: Callable[[Reading, Item, Item], tuple[Statement, ...]]
) -> Lowered | None:
    """What one direction's parts write, each by the statements of its reading; None where it inserts no zeros.

    These are given what the part sees, with the axes ``g, b, t…, m…, channel``, and its cells, ``b, x…, g, own``.
    """
    split = split_of(derivation)
    if split is None:
        return None
    readings = [_reading(layer, derivation, part) for part in split.parts]
    first, output = readings[0], derivation.form.output.axes
    wide = [_Wide.of(layer, readings, d) for d in range(len(first.made))]
    named, source = shared_array(first.array)
    held = (first.batch, *(w.own for w in wide), *first.group, first.channel)
    store, array = laid(Labelled(source, first.base.axes), held, {w.own: w.placement for w in wide})
    order = (*first.group, first.batch, *(w.position for w in wide), *(w.tap for w in wide), first.channel)
    strides, view = strided(array, held, {w.own: w.sides for w in wide}, order)
    positions = tuple(d.x for d in split.dimensions)
    result = Labelled(Var(first.target), (first.batch, *positions, *first.group, first.own))
    fill = Zeros if split.unreached else Empty
    started = (
        Let(first.target, fill(tuple(a.extent for a in result.axes), first.likes)),
        strides,
        Let("windows", view),
    )
    parts: tuple[Statement, ...] = ()
    for part, reading in zip(split.parts, readings, strict=True):
        cells = {x: Span(c.start or None, None, int(c.step)) for x, c in zip(positions, part.cells, strict=True)}
        written = Item(result.value, spans(cells, result.axes))
        parts = (*parts, *of_part(reading, _seen(reading, wide, Var("windows")), written))
    return (*named, *store, *started, *parts), in_layout(result, output)


def _reading(layer: Emission, derivation: Derivation, part: Part) -> Reading:
    """The correlation form of one part."""
    inner = part.correlation
    dimensions, array = correlations(inner), array_operand(inner)
    assert array is not None
    base, made = placements(layer, array, dimensions)
    return Reading(layer, identifier(derivation.form.output.symbol), inner, False, dimensions, array, base, made)


@dataclass(frozen=True, slots=True)
class _Wide:
    """One dimension of the array that all parts read: padded for each, every position with as many taps as any has."""

    own: Axis
    placement: Placement
    position: Axis
    tap: Axis
    step: int

    @property
    def sides(self) -> Sides:
        return Sides(self.position, self.tap, 1, self.step)

    @classmethod
    def of(cls, layer: Emission, readings: list[Reading], d: int) -> _Wide:
        made = [list(r.made.values())[d] for r in readings]
        counts, taps = zip(*((r.counts[d], r.taps[d]) for r in readings), strict=True)
        own, step = list(readings[0].made)[d], int(list(readings[0].sides.values())[d].dilation)
        before = max(0, *(p.before for p in made))
        most = max(int(m.extent) for m in taps)
        reach = [size(t.extent + before - p.before + step * (most - 1)) for t, p in zip(counts, made, strict=True)]
        over = [by_left_over(size(n - before - own.extent), layer.windows[d]) for n in reach]
        after = max(0, *(int(n.subs(LEFT_OVER, r)) for n in over for r in layer.left_over[d]))
        extent = size(before + own.extent + after)
        placement = Placement(own.extent, 1, before, extent, True, False)
        return cls(own, placement, axis(f"t{d + 1}", extent - step * (most - 1)), axis(f"m{d + 1}", most), step)


def _seen(reading: Reading, wide: list[_Wide], windows: Expression) -> Item:
    """What one part sees: its positions, shifted by the padding it does not need, and its taps."""
    everything = [Span()] * (len(reading.group) + 1)
    starts = [w.placement.before - p.before for w, p in zip(wide, reading.made.values(), strict=True)]
    positions = [Span(s or None, size(s + t.extent)) for s, t in zip(starts, reading.counts, strict=True)]
    taps = [
        Span(None, m.extent) if m.extent != w.tap.extent else Span() for m, w in zip(reading.taps, wide, strict=True)
    ]
    return Item(windows, trimmed([*everything, *positions, *taps]))


def _part(reading: Reading, seen: Item, written: Item) -> tuple[Statement, ...]:
    """The windows of one part times its taps, into the cells that it writes; group by group."""
    group, own, inner = reading.group, reading.own, (*reading.taps, reading.channel)
    groups, entries = tuple(a.extent for a in group), product_of(inner)
    weights = reading.matrix("weights", (*group, *inner, own), (*groups, entries, own.extent))
    if not group:
        return (*weights, Into("unfold", (seen, Var("weights")), written))
    [g] = group
    named = (Let("seen", seen), Let("cells", written))
    everything = (Span(),) * (1 + len(reading.counts))
    one = Into(
        "unfold",
        (Item(Var("seen"), (g.symbol,)), Item(Var("weights"), (g.symbol,))),
        Item(Var("cells"), (*everything, g.symbol)),
    )
    return (*weights, *named, For(g.name, g.extent, (one,)))
