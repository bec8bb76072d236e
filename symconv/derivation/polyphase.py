"""Polyphase: a correlation over inserted zeros as several correlations at stride 1, none of which multiplies a zero.

For ``x = S·i + D·p - P`` with x in the result, i in the array (∂E/∂a of a strided layer, net of a transposed one) let
``G = gcd(S, D)``. *Split* the taps, ``p = (S/G)·m + ρ``, and *shift* the positions, ``t = i + (D/G)·m``. What is left
is ``x = S·t + D·ρ - P``, so each residue ρ reaches the x of one residue modulo S, and what it writes there,

    part_ρ[t] = Σ_m array[t - (D/G)·m] · filter[(S/G)·m + ρ],

is a correlation at stride 1 and dilation D/G (THEORY §3). S/G and D/G have no common divisor, so no two parts write the
same cell, and a residue of x that no ρ < min(K, S/G) gives is 0.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Size, gcd, ratio, size
from symconv.algebra.contraction import Contraction, Definition, Form
from symconv.algebra.formula import IndexedSum, solve
from symconv.algebra.laws import View, group, is_natural, renumber, shift, split
from symconv.algebra.partition import forget, nest, sample, separate
from symconv.algebra.relations import Relation
from symconv.derivation.backward import Derivation
from symconv.derivation.correlation import array_operand, correlate, group_constants, is_separable, with_core
from symconv.derivation.operator import Operator, operator
from symconv.derivation.step import Step

PART = "part"
"""The letter of what one residue writes, before it stands in its slice."""
PHASES = "phases(w)"
"""The filter by quotients and residues of its taps, ``phases(w)[m, ρ] = w[S·m + ρ]``."""


@dataclass(frozen=True, slots=True)
class Dimension:
    """``x = stride·i + dilation·p + …``: the taps are split by ``factor``, the positions move by ``step`` for each m.

    ``quotient``, ``residue`` and ``position`` are the letters m, ρ and t.
    """

    x: Axis
    i: Axis
    p: Axis
    stride: Size
    dilation: Size
    quotient: str
    residue: str
    position: str

    @property
    def factor(self) -> Size:
        """``S/gcd(S, D)``: as many residues as there are."""
        return ratio(self.stride, size(gcd(self.stride, _magnitude(self.dilation))))

    @property
    def step(self) -> Size:
        """``D/gcd(S, D)``, negative where the taps count from the far end."""
        return ratio(self.dilation, size(gcd(self.stride, _magnitude(self.dilation))))

    @property
    def is_numeric(self) -> bool:
        """Whether residues can be told one by one."""
        return all(isinstance(v, int) for v in (self.stride, self.dilation, self.p.extent))


@dataclass(frozen=True, slots=True)
class Slice:
    """``start, start + step, …``: the cells of one dimension that a part writes, ``count`` of them, all there are."""

    start: Size
    step: Size
    count: Size


@dataclass(frozen=True, slots=True)
class Part:
    """What the taps of one residue (per dimension) contribute: a correlation at stride 1, and where it is written.

    ``contraction`` is the last of the steps: ``result[x] = part[t]`` over ``x = step·t + start``, with the correlation
    as the definition that it reads. ``solved`` is the part in indices, ``operator`` its name.
    """

    residues: tuple[int, ...]
    steps: tuple[Step, ...]
    contraction: Contraction
    solved: IndexedSum
    operator: Operator | None
    cells: tuple[Slice, ...]

    @property
    def correlation(self) -> Contraction:
        """The part itself, in correlation form."""
        return part_of(self.contraction)


@dataclass(frozen=True, slots=True)
class Polyphase:
    """``steps`` split and shift; ``solved`` says it for all residues at once, over ``x = S·t + D·ρ - P``.

    ``parts`` has the residues one by one, where stride, dilation and taps are numbers; a part without cells is left
    out.
    """

    dimensions: tuple[Dimension, ...]
    steps: tuple[Step, ...]
    solved: IndexedSum
    parts: tuple[Part, ...]

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """Those of the parts too."""
        return self.steps + tuple(step for part in self.parts for step in part.steps)

    @property
    def unreached(self) -> tuple[tuple[Axis, sympy.Expr], ...]:
        """The slices that no part writes, ``x = S·t + start`` along one dimension; they are 0.

        Every x of the first dimension where no part writes anything.
        """
        if not self.parts:
            first = self.dimensions[0]
            return ((first.x, first.x.symbol),) if all(d.is_numeric for d in self.dimensions) else ()
        found = []
        for k, d in enumerate(self.dimensions):
            written = {part.cells[k].start for part in self.parts}
            t = self.parts[0].contraction.axis(d.position).symbol
            starts = [o for o in range(int(d.stride)) if o not in written and not is_natural(size(o - d.x.extent))]
            found += [(d.x, d.stride * t + start) for start in starts]
        return tuple(found)


def as_channels(derivation: Derivation) -> tuple[Step, ...]:
    """The steps to all parts at once: one correlation at stride 1, of which the residue is one more channel.

    At D = 1 the parts differ in the filter alone. With ``p = S·m + ρ`` and ``t = i + m``, ``x = S·i + p - P`` is
    ``x = S·t + ρ - P``, so

        part[t, ρ] = Σ_m array[t - m] · phases(w)[m, ρ]        result[S·t + ρ - P] = part[t, ρ]

    where *group* makes ``phases(w)[m, ρ] = w[S·m + ρ]`` an array, 0 where there is no such tap, and *nest* makes the
    part one. Empty where nothing is strided. ValueError where a dimension has both a stride and a dilation.
    """
    main = derivation.form.terms[0]
    dimensions = tuple(d for d in _dimensions(main) if d.stride != 1)
    if any(_magnitude(d.dilation) != 1 for d in dimensions):
        raise ValueError("a dimension has both a stride and a dilation")
    if not dimensions:
        return ()
    steps: list[Step] = []

    def apply(law: str, after: Contraction) -> Contraction:
        steps.append(Step(law, steps[-1].after if steps else main, after))
        return after

    current = apply("split", _each(main, dimensions, _split))
    current = apply("shift", _each(current, dimensions, _shift))
    parts = {d.x: (current.axis(d.position), current.axis(d.residue)) for d in dimensions}
    axes = tuple(part for a in current.output.axes for part in parts.get(a, (a,)))
    nested = apply("nest", nest(current, PART, axes))
    inner, taps = part_of(nested), {d.p for d in dimensions}
    [filter_] = [f for f in inner.factors if taps & set(f.axes)]
    inner = group(inner, PHASES, (filter_,), [r for r in inner.relations if taps & set(r.axes)])
    apply("group", with_core(nested, inner))
    for step in correlate(inner):
        assert isinstance(step.after, Contraction)
        if step.law != "correlate":
            apply(step.law, with_core(nested, step.after))
    return tuple(steps)


def polyphase(derivation: Derivation) -> Polyphase | None:
    """The polyphase form of a result that is read off zeros inserted in an array; None where no zeros are.

    None too where another factor reads the array's positions (weights that are not shared): the parts would be no
    correlations. And for a sum of several terms, of which each would have its own.
    """
    if not derivation.is_single:
        return None
    main = derivation.form.terms[0]
    current = group_constants(main)
    dimensions = _dimensions(current)
    if all(d.stride == 1 for d in dimensions):
        return None
    steps: list[Step] = []

    def apply(law: str, after: Contraction) -> Contraction:
        steps.append(Step(law, current, after))
        return after

    if current != main:
        steps.append(Step("group", main, current))
    splits = any(d.factor != 1 for d in dimensions)
    if splits:
        current = apply("split", _each(current, dimensions, _split))
    current = apply("shift", _each(current, dimensions, _shift))
    determined = [*(d.p for d in dimensions if splits), *(d.i for d in dimensions)]
    solved = solve(current, determined)
    steps.append(Step("solve", current, solved))
    if not all(d.is_numeric for d in dimensions):
        return Polyphase(dimensions, tuple(steps), solved, ())
    terms = [current]
    for d in dimensions if splits else ():
        terms = [part for term in terms for part in separate(term, term.axis(d.residue)).terms]
    if splits:
        steps.append(Step("separate", current, Form(tuple(terms))))
    found = [_part(term, dimensions, splits) for term in terms]
    return Polyphase(dimensions, tuple(steps), solved, tuple(p for p in found if all(c.count != 0 for c in p.cells)))


def _dimensions(contraction: Contraction) -> tuple[Dimension, ...]:
    """One for each relation ``x = S·i + D·p + …`` with S > 0; none where a relation has another shape."""
    array = array_operand(contraction)
    if array is None or not is_separable(contraction, array):
        return ()
    found = []
    for k, r in enumerate(contraction.relations):
        suffix = str(k + 1) if len(contraction.relations) > 1 else ""
        outer = [a for a in r.axes if a in contraction.output.axes]
        if len(outer) != 1 or r.coefficient(outer[0]) not in (1, -1):
            return ()
        [x] = outer
        [i] = [a for a in r.axes if a in array.axes]
        [p] = [a for a in r.axes if a not in (x, i)]
        stride, dilation = (size(-r.coefficient(x) * r.coefficient(a)) for a in (i, p))
        if _magnitude(stride) != stride:
            return ()
        found.append(Dimension(x, i, p, stride, dilation, "m" + suffix, "ρ" + suffix, "t" + suffix))
    return tuple(found)


def _each(
    contraction: Contraction,
    dimensions: tuple[Dimension, ...],
    law: Callable[[Contraction, Dimension], Contraction],
) -> Contraction:
    for d in dimensions:
        contraction = law(contraction, d)
    return contraction


def _split(contraction: Contraction, d: Dimension) -> Contraction:
    return split(contraction, d.p, d.factor, d.quotient, d.residue)


def _shift(contraction: Contraction, d: Dimension) -> Contraction:
    names = {a.name: a for a in contraction.axes}
    return shift(contraction, d.i, d.position, {names.get(d.quotient, d.p): d.step})


def _part(term: Contraction, dimensions: tuple[Dimension, ...], splits: bool) -> Part:
    """Ranges cut to what there is, the sum nested, the filter sampled, and the laws of every correlation."""
    steps: list[Step] = []
    residues = (
        tuple(int(_tie(term, d.p).solve_for(d.p).subs(term.axis(d.quotient).symbol, 0)) for d in dimensions)
        if splits
        else ()
    )
    ranges, cells = {}, []
    for d in dimensions:
        t = term.axis(d.position)
        low, count, start = _reach(_tie(term, d.x), d.x, t)
        ranges[t] = View(1, -low, count)
        cells.append(Slice(start, d.stride, count))
        if splits:
            m = term.axis(d.quotient)
            ranges[m] = View(1, 0, len(range(residues[len(cells) - 1], int(d.p.extent), int(d.factor))))
    current = renumber(term, ranges)
    steps.append(Step("renumber", term, current))
    has_filter = any(d.p in f.axes for d in dimensions for f in current.factors)
    for d in dimensions if splits and not has_filter else ():
        steps.append(Step("forget", current, forget(current, d.p)))
        current = forget(current, d.p)
    positions = {d.x: current.axis(d.position) for d in dimensions}
    nested = nest(current, PART, tuple(positions.get(a, a) for a in term.output.axes))
    steps.append(Step("nest", current, nested))
    inner = part_of(nested)
    solved = solve(inner, [*(d.p for d in dimensions if splits and has_filter), *(d.i for d in dimensions)])

    def apply(law: str, after: Contraction) -> None:
        before = steps[-1].after
        steps.append(Step(law, before, with_core(nested, after)))

    if splits and has_filter:
        inner = sample(inner, [d.p for d in dimensions])
        apply("sample", inner)
    for step in correlate(inner):
        assert isinstance(step.after, Contraction)
        inner = step.after
        apply(step.law, inner)
    last = steps[-1].after
    assert isinstance(last, Contraction)
    return Part(residues, tuple(steps), last, solved, operator(inner), tuple(cells))


def _reach(r: Relation, x: Axis, t: Axis) -> tuple[Size, Size, Size]:
    """From which t on the cells ``x = S·t + c`` exist, how many they are, and which is the first."""
    first = r.solve_for(x)
    step, offset = first.coeff(t.symbol), first.subs(t.symbol, 0)
    low = sympy.ceiling(-offset / step)
    high = sympy.floor((x.extent - 1 - offset) / step)
    count = size(high - low + 1)
    return size(low), max(0, count) if isinstance(count, int) else count, size(step * low + offset)


def _tie(contraction: Contraction, own: Axis) -> Relation:
    [found] = [r for r in contraction.relations if own in r.axes]
    return found


def part_of(outer: Contraction) -> Contraction:
    """The contraction of the part that a result by *nest* reads its cells from."""
    [view] = outer.factors
    assert isinstance(view.tensor, Definition)
    return view.tensor.contraction


def _magnitude(value: Size) -> Size:
    falls = value < 0 if isinstance(value, int) else value.could_extract_minus_sign()
    return size(-value) if falls else value
