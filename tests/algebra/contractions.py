"""Random contractions, small enough to be enumerated: diagonal reads, tensors read twice, relations of any kind."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from hypothesis import strategies as st

from symconv.algebra.axes import Axis, Size, Tensor, axis
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.evaluate import evaluate
from symconv.algebra.relations import Relation, relation
from tests.cases import integer_arrays

LETTERS = "xipbn"


@st.composite
def axis_pools(draw: st.DrawFn) -> tuple[Axis, ...]:
    """Two to five axes of extents 1 to 4; extents repeat, so that an array can be read along a diagonal."""
    extents = draw(st.lists(st.sampled_from((1, 2, 3, 3, 4)), min_size=2, max_size=len(LETTERS)))
    return tuple(axis(name, extent) for name, extent in zip(LETTERS, extents, strict=False))


@st.composite
def relations(draw: st.DrawFn, pool: Sequence[Axis]) -> Relation:
    """One to three axes with coefficients up to 3 and a small offset."""
    chosen = draw(st.lists(st.sampled_from(pool), min_size=1, max_size=3, unique=True))
    coefficients: dict[Axis, Size] = {a: draw(st.sampled_from((1, 1, -1, -1, 2, -2, -3))) for a in chosen}
    return relation(coefficients, draw(st.integers(-3, 3)))


@st.composite
def contractions(draw: st.DrawFn) -> Contraction:
    """``net = scale · Σ t·u·…`` with up to three factors and two relations; some read one tensor twice."""
    pool = draw(axis_pools())
    reads = st.lists(st.sampled_from(pool), max_size=3).map(tuple)
    factors: list[Operand] = []
    for letter in "tuv"[: draw(st.integers(1, 3))]:
        axes = draw(reads)
        factors.append(Operand(Tensor(letter, axes), axes))
    if draw(st.booleans()):
        factors.append(draw(other_reads(pool, factors[0])))
    output = draw(reads)
    tied = draw(st.lists(relations(pool), max_size=2))
    scale = draw(st.sampled_from((1, 1, 2, -3)))
    return Contraction(Operand(Tensor("net", output), output), tuple(factors), tuple(tied), scale)


@st.composite
def other_reads(draw: st.DrawFn, pool: Sequence[Axis], operand: Operand) -> Operand:
    """The same tensor read at other axes of its extents."""
    axes = tuple(draw(st.sampled_from([b for b in pool if b.extent == a.extent])) for a in operand.axes)
    return Operand(operand.tensor, axes)


def keeps_its_value(before: Contraction, after: Contraction) -> bool:
    """Whether both give the same array for the same random integers."""
    arrays = integer_arrays(before)
    return bool(np.array_equal(evaluate(before, arrays), evaluate(after, arrays)))


def read_once(contraction: Contraction) -> list[Axis]:
    """The axes that exactly one operand, the output included, reads."""
    operands = (contraction.output, *contraction.factors)
    return [a for a in contraction.axes if sum(a in operand.axes for operand in operands) == 1]


def pairing(array: Any, other: Any) -> Any:
    """``Σ array·other`` over all cells."""
    return np.sum(array * other)
