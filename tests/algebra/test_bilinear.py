"""The laws that lead to Winograd's algorithm keep the value, commute with exchange, and say why they do not apply."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from symconv.algebra.axes import Tensor, axis
from symconv.algebra.bilinear import bilinear, by_residue, identify, subtotal
from symconv.algebra.contraction import Contraction, Operand
from symconv.algebra.exchange import exchange
from symconv.algebra.laws import group
from symconv.algebra.relations import Relation, relation
from symconv.algebra.transform import transform
from tests.algebra.contractions import contractions, keeps_its_value, relations

E, P, Y = axis("e", 2), axis("q", 3), axis("y", 4)
TIE = relation({Y: 1, E: -1, P: -1})
Law = Callable[[Contraction], Contraction]


@st.composite
def tied(draw: st.DrawFn, tie: Relation) -> Contraction:
    """A random contraction with one more relation, whose axes are read here and there."""
    whole = draw(contractions())
    read = draw(st.lists(st.sampled_from(tie.axes), min_size=1, max_size=3))
    factor = Operand(Tensor("s", tuple(read)), tuple(read))
    outer = draw(st.lists(st.sampled_from(tie.axes), max_size=2))
    output = (*whole.output.axes, *outer)
    return replace(
        whole,
        output=Operand(Tensor("net", output), output),
        factors=(*whole.factors, factor),
        relations=draw(st.sampled_from(((tie, *whole.relations), (*whole.relations, tie)))),
    )


def keeps_and_commutes(contraction: Contraction, law: Law) -> None:
    """The law keeps the value, and exchange by any factor before it or after it gives the identical object."""
    after = law(contraction)
    assert keeps_its_value(contraction, after)
    for position, factor in enumerate(contraction.factors):
        if contraction.factors.index(factor) == position:
            assert exchange(after, after.factors[position]) == law(exchange(contraction, factor))


@given(tied(TIE), st.booleans())
def test_bilinear(contraction: Contraction, swapped: bool) -> None:
    tiled, size = (P, (3, 2)) if swapped else (E, (2, 3))
    keeps_and_commutes(contraction, lambda c: bilinear(c, TIE, tiled, transform(*size), "t"))


@given(st.data(), st.sampled_from((1, -1)), st.sampled_from((1, -1, 2)), st.integers(-2, 2))
def test_subtotal(data: st.DataObject, way: int, outer: int, offset: int) -> None:
    parts = data.draw(st.lists(st.sampled_from((E, P)), min_size=1, unique=True))
    tie = relation({Y: outer, **{a: way * data.draw(st.integers(1, 2)) for a in parts}}, offset)
    contraction = data.draw(tied(tie))
    keeps_and_commutes(contraction, lambda c: subtotal(c, tie, parts, "τ"))


@given(st.data(), st.integers(2, 4))
def test_by_residue(data: st.DataObject, divisor: int) -> None:
    rho, sigma = axis("ρ", divisor), axis("σ", data.draw(st.integers(1, divisor)))
    tie = relation({Y: divisor, E: -divisor, P: 2 * divisor, sigma: 1, rho: -1})
    contraction = data.draw(tied(tie))
    keeps_and_commutes(contraction, lambda c: by_residue(c, tie, divisor))


@given(st.data())
def test_identify(data: st.DataObject) -> None:
    other = axis("f", 2)
    tie = relation({E: 1, other: -1})
    drawn = data.draw(tied(tie))
    more = data.draw(st.lists(relations((E, other, Y)), max_size=1))
    assume(tie not in more)
    contraction = replace(drawn, relations=(*drawn.relations, *more))
    kept = data.draw(st.sampled_from((E, other)))

    def law(c: Contraction) -> Contraction:
        return identify(c, tie, kept)

    if {E, other} <= set(contraction.output.axes):
        with pytest.raises(ValueError, match="both belong to the output"):
            law(contraction)
    else:
        assert keeps_its_value(contraction, law(contraction))
        for position, factor in enumerate(contraction.factors):
            if contraction.factors.index(factor) == position and not {E, other} <= set(factor.axes):
                assert exchange(law(contraction), law(contraction).factors[position]) == law(
                    exchange(contraction, factor)
                )


@given(st.data(), tied(TIE))
def test_group_sums_inside_what_nothing_outside_has(data: st.DataObject, contraction: Contraction) -> None:
    indices = data.draw(st.lists(st.sampled_from(range(len(contraction.factors))), min_size=1, unique=True))
    within = data.draw(st.sampled_from(((), (TIE,), contraction.relations)))
    after = group(contraction, "h", [contraction.factors[i] for i in indices], within)
    assert keeps_its_value(contraction, after)
    hidden = set(contraction.axes) - set(after.axes)
    assert not hidden & set(contraction.output.axes)


SMALL = Contraction(
    Operand(Tensor("net", (E,)), (E,)),
    (Operand(Tensor("w", (P,)), (P,)), Operand(Tensor("a", (Y,)), (Y,))),
    (TIE,),
)
STRIDED = replace(SMALL, relations=(relation({Y: 1, E: -2, P: -1}),))
OFFSET = replace(SMALL, relations=(relation({Y: 1, E: -1, P: -1}, 1),))

REFUSALS: dict[str, tuple[Callable[[], Contraction], str]] = {
    "bilinear at a stride": (
        lambda: bilinear(STRIDED, STRIDED.relations[0], E, transform(2, 3), "t"),
        "does not say that an axis is e and another, added",
    ),
    "bilinear with an offset": (
        lambda: bilinear(OFFSET, OFFSET.relations[0], E, transform(2, 3), "t"),
        "does not say that an axis is e and another, added",
    ),
    "bilinear of the sum": (
        lambda: bilinear(SMALL, TIE, Y, transform(4, 3), "t"),
        "does not say that an axis is y and another, added",
    ),
    "bilinear by the transform of other sizes": (
        lambda: bilinear(SMALL, TIE, E, transform(3, 2), "t"),
        r"F\(3,2\) takes extents 3, 2 and 4; e, q and y have 2, 3 and 4",
    ),
    "bilinear with a letter in use": (
        lambda: bilinear(SMALL, TIE, E, transform(2, 3), "q"),
        "the letter q is in use",
    ),
    "bilinear of a relation that is not there": (
        lambda: bilinear(SMALL, STRIDED.relations[0], E, transform(2, 3), "t"),
        "is no relation of the contraction",
    ),
    "subtotal of both signs": (
        lambda: subtotal(SMALL, TIE, (Y, E), "t"),
        "the coefficients of y, e are not whole numbers of one sign",
    ),
    "subtotal of an axis that is not there": (
        lambda: subtotal(SMALL, TIE, (axis("i", 2),), "t"),
        "the coefficients of i are not whole numbers of one sign",
    ),
    "subtotal with a letter in use": (lambda: subtotal(SMALL, TIE, (E, P), "y"), "the letter y is in use"),
    "residues that reach too far": (
        lambda: by_residue(STRIDED, STRIDED.relations[0], 2),
        "reaches from -3 to 2, not only between -2 and 2",
    ),
    "axes that are not equal": (lambda: identify(SMALL, TIE, E), "does not make e equal to an axis of its extent"),
    "a relation that is grouped and not there": (
        lambda: group(SMALL, "h", SMALL.factors, STRIDED.relations),
        "a relation that is to be grouped with h is none of the contraction's",
    ),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_a_law_says_why_it_does_not_apply(name: str) -> None:
    rewrite, sentence = REFUSALS[name]
    with pytest.raises(ValueError, match=sentence):
        rewrite()
