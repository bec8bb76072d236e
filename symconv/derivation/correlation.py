"""The road to the textbook form: laws that turn a relation into that of a valid cross-correlation.

``cross(A, F)[o] = Σ_f A[s·o + d·f]·F[f]`` at stride s and dilation d has the relation ``u = s·o + d·f`` with the extent
``s·(extent(o) - 1) + d·(extent(f) - 1) + 1`` for u, or fewer than s cells more, which hold no further window.
Any relation of three axes gets there: zero insertion makes u's coefficient 1, flips make s and d positive, padding
takes the offset and sets the extent. The amounts follow from the relation; nothing here knows which direction of
which layer it is rewriting.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symconv.algebra.axes import Axis, Constant, Size, free_symbols, size
from symconv.algebra.contraction import Contraction, Definition, Operand, source
from symconv.algebra.laws import flip, group, insert_zeros, pad, weigh
from symconv.algebra.relations import Relation
from symconv.derivation.step import Step
from symconv.layers.window import is_left_over


@dataclass(frozen=True, slots=True)
class Correlation:
    """One dimension of a cross-correlation: ``position = stride·output + dilation·tap``."""

    position: Axis
    output: Axis
    tap: Axis
    stride: Size
    dilation: Size


def array_operand(contraction: Contraction) -> Operand | None:
    """The factor that plays the array A; the other one is the filter. None where no relation is to be read.

    Weights are the filter. Between two others (the weight gradient) the array is the one that the relation gives
    without a division, with the output axis on the same side.
    """
    given = [f for f in contraction.factors if not _is_filter(f)]
    candidates = [f for f in given if _spatial(contraction, f)]
    if not candidates:
        return None

    def quality(operand: Operand) -> tuple[bool, bool, bool]:
        return (
            all(_is_unit(r.coefficient(a)) for r, a in _spatial(contraction, operand)),
            all(_opposes_output(contraction, r, a) for r, a in _spatial(contraction, operand)),
            operand.symbol == "a",
        )

    return max(candidates, key=quality)


def _is_filter(operand: Operand) -> bool:
    origin = source(operand.tensor)
    return origin.symbol == "w" or isinstance(origin, Constant)


def group_constants(term: Contraction) -> Contraction:
    """Constants over an axis of the array (δ divided by a count) are taken into the array, before it is padded."""
    array = array_operand(term)
    if array is None:
        return term
    others = [f for f in term.factors if f != array and set(f.axes) <= set(array.axes)]
    inside = [f for f in others if not set(f.axes) <= set(term.output.axes)]
    return group(term, "∘".join(f.symbol for f in (array, *inside)), (array, *inside)) if inside else term


def correlate(contraction: Contraction) -> tuple[Step, ...]:
    """The steps to the cross-correlation; empty where it has no such form.

    There is none without relations, or where another factor too reads an axis of the array (weights that are not
    shared).
    """
    array = array_operand(contraction)
    if array is None or not is_separable(contraction, array):
        return ()
    steps: list[Step] = []
    turned = _negative_axes(contraction, contraction.output.axes)
    renumbered = flip(contraction, turned) if turned else contraction

    def apply(law: str, after: Contraction) -> Contraction:
        whole = with_core(renumbered, after) if turned else after
        steps.append(Step(law, steps[-1].after if steps else contraction, whole))
        return after

    current, _ = core(renumbered)
    if turned:
        apply("flip", current)
    unread = [a for a in current.summed if not any(a in f.axes for f in current.factors)]
    if unread:
        current = apply("weigh", weigh(current, unread))
    strides = {a: _magnitude(r.coefficient(a)) for r, a in _spatial(current, array)}
    if any(s != 1 for s in strides.values()):
        current = apply("insert_zeros", insert_zeros(current, strides))
    negative = _negative_axes(current, current.summed)
    if negative:
        current = apply("flip", flip(current, negative))
    amounts = _padding(current)
    if any(v != 0 for pair in amounts.values() for v in pair):
        current = apply("pad", pad(current, amounts))
    if not steps:
        steps.append(Step("correlate", contraction, contraction))
    return tuple(steps)


def core(contraction: Contraction) -> tuple[Contraction, bool]:
    """The contraction itself, or the one inside where the result is read in reverse; and whether it is."""
    first = contraction.factors[0].tensor if contraction.factors else None
    renumbers = bool(contraction.relations) and all(len(r.axes) == 2 for r in contraction.relations)
    if renumbers and isinstance(first, Definition):
        return first.contraction, True
    return contraction, False


def with_core(outer: Contraction, inner: Contraction) -> Contraction:
    """The contraction with another one inside."""
    [view] = outer.factors
    return replace(outer, factors=(Operand(Definition(inner), view.axes),))


def array_and_filter(contraction: Contraction) -> tuple[Operand, Operand]:
    """What windows are read of, and the other factor; ValueError where a contraction has not just these two."""
    array = array_operand(contraction)
    others = [f for f in contraction.factors if f != array and not isinstance(f.tensor, Constant)]
    if array is None or len(others) != 1:
        raise ValueError(f"{contraction.output.symbol} is no cross-correlation of an array with a filter")
    return array, others[0]


def correlations(contraction: Contraction) -> tuple[Correlation, ...]:
    """The dimensions of a contraction that is in correlation form (ValueError where a relation is not)."""
    found = []
    for r in contraction.relations:
        u, o, f = _roles(contraction, r)
        scale = -r.coefficient(u)
        entry = Correlation(u, o, f, size(r.coefficient(o) * scale), size(r.coefficient(f) * scale))
        reach = size(entry.stride * (o.extent - 1) + entry.dilation * (f.extent - 1) + 1)
        fits = r.offset == 0 and (u.extent == reach or _is_spare(size(u.extent - reach), entry.stride, o))
        if not fits or not _is_unit(scale) or _is_negative(entry.stride) or _is_negative(entry.dilation):
            raise ValueError(f"the relation {r.expression} = 0 is not that of a cross-correlation")
        found.append(entry)
    return tuple(found)


def _roles(contraction: Contraction, r: Relation) -> tuple[Axis, Axis, Axis]:
    """Position, output and tap axis of a relation; where weights are not shared both others belong to the output.

    ValueError where the relation has other parts.
    """
    array = array_operand(contraction)
    assert array is not None
    held = [a for a in r.axes if a in array.axes]
    others = [a for a in r.axes if a not in held]
    outer = [a for a in others if a in contraction.output.axes]
    if len(held) != 1 or len(others) != 2 or not outer:
        raise ValueError(f"the relation {r.expression} = 0 does not tie a position to an output and a tap")
    return held[0], outer[0], next(a for a in others if a != outer[0])


def is_separable(contraction: Contraction, array: Operand) -> bool:
    """Whether each relation has three axes of its own, one of them the array's, and none is summed over two factors."""
    tied = [a for r in contraction.relations for a in r.axes]
    if len(set(tied)) < len(tied):
        return False
    for r in contraction.relations:
        held = [a for a in r.axes if a in array.axes]
        outer = [a for a in r.axes if a in contraction.output.axes]
        if len(r.axes) != 3 or len(held) != 1 or not outer or held[0] in outer:
            return False
        if any(sum(a in f.axes for f in contraction.factors) > 1 for a in r.axes if a in contraction.summed):
            return False
    return True


def _negative_axes(contraction: Contraction, among: tuple[Axis, ...]) -> list[Axis]:
    """The given axes whose coefficient is negative once the relation is written ``u = …``."""
    found = []
    for r in contraction.relations:
        u, o, f = _roles(contraction, r)
        scale = -r.coefficient(u)
        found += [a for a in (o, f) if a in among and _is_negative(size(r.coefficient(a) * scale))]
    return found


def _padding(contraction: Contraction) -> dict[Axis, tuple[Size, Size]]:
    amounts = {}
    for r in contraction.relations:
        u, o, f = _roles(contraction, r)
        scale = -r.coefficient(u)
        stride, dilation = r.coefficient(o) * scale, r.coefficient(f) * scale
        before = size(-r.offset * scale)
        extent = stride * (o.extent - 1) + dilation * (f.extent - 1) + 1
        after = size(extent - before - u.extent)
        amounts[u] = (before, size(after + _spared(before, after, stride, o)))
    return amounts


def _spared(before: Size, after: Size, stride: Size, o: Axis) -> Size:
    """Cells at the far edge that hold no further window, fewer than the stride, and make the form simpler.

    They make both amounts agree, or keep the array from being cropped.
    """
    if isinstance(after, int):
        wanted = [before - after] if isinstance(before, int) else []
        wanted += [-after] if after < 0 else []
    else:
        wanted = [s for s in sorted(free_symbols(after), key=str) if after.coeff(s) == -1]
    return next((cells for cells in wanted if _is_spare(cells, stride, o)), 0)


def _is_spare(cells: Size, stride: Size, o: Axis) -> bool:
    """``0 ≤ cells < stride``, for numbers and for the left-over rows of the windows that the output axis counts."""
    if isinstance(cells, int):
        return isinstance(stride, int) and 0 <= cells < stride
    return is_left_over(cells, o.extent)


def _spatial(contraction: Contraction, operand: Operand) -> list[tuple[Relation, Axis]]:
    return [(r, a) for r in contraction.relations for a in r.axes if a in operand.axes]


def _opposes_output(contraction: Contraction, r: Relation, own: Axis) -> bool:
    outer = [a for a in r.axes if a in contraction.output.axes and a != own]
    return all(_is_negative(size(r.coefficient(a) * r.coefficient(own))) for a in outer)


def _is_unit(coefficient: Size) -> bool:
    return coefficient in (1, -1)


def _is_negative(coefficient: Size) -> bool:
    return coefficient < 0 if isinstance(coefficient, int) else bool(coefficient.could_extract_minus_sign())


def _magnitude(coefficient: Size) -> Size:
    return size(-coefficient) if _is_negative(coefficient) else coefficient
