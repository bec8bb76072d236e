"""From a cross-correlation to Winograd's algorithm, law by law: tiles, three constant factors, three arrays.

A dimension ``u = s·o + d·f`` in which s or d is 1 is first taken apart by residues into stride-1 parts (a dilated
filter reads so many interleaved images, a strided one has as many channels over a coarser image); then the axis that
has no taps is cut into tiles, ``i = m·μ + ε``, in which :func:`~symconv.algebra.bilinear.bilinear` applies. What
depends on the filter alone, on the array alone, and their product then become arrays of their own:

    U = Σ G·w        V = Σ B·a        M = Σ U·V        net = Σ A·M / divisor

Which direction of the layer it is makes no difference; the axis with the taps decides what is a tile.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from math import prod

import sympy

from symconv.algebra.axes import Axis, Constant, Size, primed, size
from symconv.algebra.bilinear import bilinear, by_residue, identify, subtotal
from symconv.algebra.contraction import Contraction, Definition, Operand
from symconv.algebra.laws import group, split
from symconv.algebra.relations import Relation, relation
from symconv.algebra.transform import Transform, transform
from symconv.derivation.backward import Derivation, last_form
from symconv.derivation.correlation import Correlation, array_and_filter, core, correlations, with_core
from symconv.derivation.polyphase import as_channels, part_of
from symconv.derivation.step import Step

_TILES, _OUTPUTS, _INPUTS, _POINTS = "μνκ", "εηθ", "ξψζ", "τσφ"


Rewritten = list[tuple[str, Contraction]]


@dataclass(frozen=True, slots=True)
class Tiled:
    """One dimension after the laws: F(m, r), and the axes by what they number.

    ``position``, ``own`` and ``tap`` are what the arrays' axes have become, each with that axis first and then what
    is left of it where parts at stride 1 were taken. Those are numbered by ``image`` where a dilation takes images
    apart, by ``channel`` where a stride makes more channels. The others are new.
    """

    by: Transform
    position: tuple[Axis, ...]
    own: tuple[Axis, ...]
    tap: tuple[Axis, ...]
    image: Axis | None
    channel: Axis | None
    tile: Axis
    output: Axis
    input: Axis
    point: Axis


@dataclass(frozen=True, slots=True)
class Winograd:
    """The steps from the derivation's form on, and the dimensions that they tile.

    ``form`` is the last one, inside where the result is read in reverse (``turned``) or has its cells apart. It reads
    constants and M, and M reads U and V, made of ``filter`` and ``array``; each is the definition of this letter.
    ``dimensions[k]`` is dimension ``order[k]`` of the array.
    """

    steps: tuple[Step, ...]
    form: Contraction
    turned: bool
    array: Operand
    filter: Operand
    order: tuple[int, ...]
    dimensions: tuple[Tiled, ...]

    @property
    def result(self) -> Contraction:
        """The last form as the whole result."""
        after = self.steps[-1].after
        assert isinstance(after, Contraction)
        return after

    @property
    def sums_tiles(self) -> bool:
        """Whether M is summed over the tiles, and the result has the taps."""
        return all(d.tap[0] in self.form.output.axes for d in self.dimensions)

    @property
    def is_apart(self) -> bool:
        """Whether residues of a stride are channels of the result's parts, rather than of the array."""
        return any(d.channel is not None and len(d.own) > 1 for d in self.dimensions)

    @property
    def roundings(self) -> Size:
        """How often a term is rounded, where G serves all dimensions at once, A and B one dimension after the other."""
        by = [d.by for d in self.dimensions]
        terms = sympy.Mul(*(a.extent for a in self.product.summed))
        of_taps = prod(t.longest("G", transposed=self.sums_tiles) for t in by)
        others = sum(t.longest("A", transposed=self.sums_tiles) + t.longest("B") for t in by)
        return size(terms + of_taps + others + 1)

    @property
    def product(self) -> Contraction:
        """M, what the last form reads."""
        return _defined(self.form.factor("M"))

    @property
    def of_filter(self) -> Contraction:
        """U, made of the filter."""
        return _defined(self.product.factor("U"))

    @property
    def of_array(self) -> Contraction:
        """V, made of the array."""
        return _defined(self.product.factor("V"))


def winograd(derivation: Derivation, taps: Collection[Axis], tile: Sequence[int], first: int = 0) -> Winograd:
    """The laws applied to the correlation form of a derivation, in tiles of so many positions in each dimension.

    ``taps`` are the axes of the filter's cells. ``tile`` and ``first`` number the dimensions as the array has them;
    ``first`` is tiled before the others, and comes first in the result. ValueError where there is no correlation form,
    where a dimension has both a stride and a dilation, or where the tile and the filter need more points than there
    are.
    """
    opening = as_channels(derivation)
    whole = opening[-1].after if opening else last_form(derivation)
    assert isinstance(whole, Contraction)
    form, turned = (part_of(whole), False) if opening else core(whole)
    array, filter_ = array_and_filter(form)
    rewritten: Rewritten = [("", form)]
    taps = (*taps, *filter_.axes) if opening else taps  # those of phases(w) are new
    by_axis = sorted(correlations(form), key=lambda d: array.axes.index(d.position))
    order = (first, *(k for k in range(len(by_axis)) if k != first))
    dimensions = tuple(_tile(rewritten, by_axis[d], taps, tile[d], k) for k, d in enumerate(order))
    dimensions = tuple(_placed(d, whole) for d in dimensions) if opening else dimensions
    _group(rewritten, "U", filter_, dimensions)
    _group(rewritten, "V", array, dimensions)
    last = rewritten[-1][1]
    last = group(last, "M", (last.factor("U"), last.factor("V")))
    rewritten.append(("group", last))
    values = [with_core(whole, value) if turned or opening else value for _, value in rewritten]
    laws = [law for law, _ in rewritten[1:]]
    steps = tuple(Step(law, before, after) for law, before, after in zip(laws, values[:-1], values[1:], strict=True))
    return Winograd((*opening, *steps), last, turned, array, filter_, order, dimensions)


def _placed(d: Tiled, whole: Contraction) -> Tiled:
    """A dimension of a part of the result, ``x = S·t + ρ - P``: with x, and ρ as its channel."""
    for r in whole.relations:
        if d.own[0] in r.axes:
            [x] = [a for a in r.axes if a in whole.output.axes]
            [rho] = [a for a in r.axes if a not in (x, d.own[0])]
            return replace(d, own=(x, *d.own), channel=rho)
    return d


def _tile(rewritten: Rewritten, d: Correlation, taps: Collection[Axis], tile: int, k: int) -> Tiled:
    """One dimension: parts at stride 1, tiles ``i = m·μ + ε``, ``ξ = ε + p``, three factors."""
    tie, position, own, tap, residue = _stride_one(rewritten, d, taps)
    form = split(rewritten[-1][1], own[-1], tile, _TILES[k], _OUTPUTS[k])
    rewritten.append(("split", form))
    mu, epsilon = form.axis(_TILES[k]), form.axis(_OUTPUTS[k])
    tie = tie.substitute(own[-1], {mu: tile, epsilon: 1})
    form = subtotal(form, tie, (epsilon, tap[-1]), _INPUTS[k])
    rewritten.append(("subtotal", form))
    by, xi = transform(tile, int(tap[-1].extent)), form.axis(_INPUTS[k])
    form = bilinear(form, relation({xi: 1, epsilon: -1, tap[-1]: -1}), epsilon, by, _POINTS[k])
    rewritten.append(("bilinear", form))
    image, channel = (residue, None) if len(own) > 1 else (None, residue)
    return Tiled(by, position, own, tap, image, channel, mu, epsilon, xi, form.axis(_POINTS[k]))


def _stride_one(
    rewritten: Rewritten, d: Correlation, taps: Collection[Axis]
) -> tuple[Relation, tuple[Axis, ...], tuple[Axis, ...], tuple[Axis, ...], Axis | None]:
    """A relation with coefficients 1, what position, own axis and tap have become, and the residue.

    ``u = o + D·f``: with ``o = D·o' + ρ`` and ``u = D·u' + σ`` it says ``σ = ρ`` and ``u' = o' + f``.
    """
    single, other = (d.output, d.tap) if d.stride == 1 else (d.tap, d.output)
    divisor = d.dilation if d.stride == 1 else d.stride
    tie = relation({d.position: 1, d.output: -d.stride, d.tap: -d.dilation})
    made: dict[Axis, tuple[Axis, ...]] = {a: (a,) for a in (d.position, single, other)}
    residue = None
    if 1 not in (d.stride, d.dilation) or not isinstance(divisor, int):
        raise ValueError(f"{tie.expression} = 0 has both a stride and a dilation, or one that is no number")
    if divisor > 1:
        form, tie, quotients, residues = _by_residues(rewritten[-1][1], tie, (single, d.position), divisor)
        rewritten.append(("split", form))
        form = by_residue(form, tie, divisor)
        rewritten.append(("by_residue", form))
        residue = residues[0]
        form = identify(form, relation({residues[1]: 1, residue: -1}), residue)
        rewritten.append(("identify", form))
        made = {single: (single, quotients[0]), d.position: (d.position, quotients[1]), other: (other,)}
        tie = relation({quotients[1]: 1, quotients[0]: -1, other: -1})
    own, tap = (d.output, d.tap) if d.tap in taps else (d.tap, d.output)
    return tie, made[d.position], made[own], made[tap], residue


def _by_residues(
    form: Contraction, tie: Relation, axes: tuple[Axis, ...], divisor: int
) -> tuple[Contraction, Relation, list[Axis], list[Axis]]:
    """The axes split by their residues, with what the relation has become, the quotients and the residues."""
    quotients, residues = [], []
    for a in axes:
        taken = {b.name for b in form.axes}
        quotient, residue = primed(f"{a.name}'", taken), primed("ρ", taken)
        form = split(form, a, divisor, quotient, residue)
        quotients.append(form.axis(quotient))
        residues.append(form.axis(residue))
        tie = tie.substitute(a, {quotients[-1]: divisor, residues[-1]: 1})
    return form, tie, quotients, residues


def _defined(operand: Operand) -> Contraction:
    assert isinstance(operand.tensor, Definition)
    return operand.tensor.contraction


def _group(rewritten: Rewritten, symbol: str, operand: Operand, dimensions: tuple[Tiled, ...]) -> None:
    """A given operand, the constants on its axes, and the relations that say what these are made of, as one array."""
    form = rewritten[-1][1]
    parts = [p for d in dimensions for p in (d.position, d.own, d.tap) if p[0] in operand.axes]
    inner = {a for d in dimensions for p in parts for a in _summed_within(d, p)}
    constants = [f for f in form.factors if isinstance(f.tensor, Constant) and inner & set(f.axes)]
    relations = [r for r in form.relations if any(a in r.axes for p in parts for a in p)]
    rewritten.append(("group", group(form, symbol, (operand, *constants), relations)))


def _summed_within(d: Tiled, part: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axis of a tile, or the tap, that a part of this dimension is read at."""
    return {d.position: (d.input,), d.own: (d.output,), d.tap: (d.tap[-1],)}.get(part, ())
