"""Toeplitz blocks as steps of a derivation: each keeps the value, and one chain serves the three directions."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from symconv.algebra.contraction import Contraction, Definition
from symconv.algebra.evaluate import evaluate
from symconv.derivation.backward import Derivation
from symconv.derivation.correlation import core
from symconv.derivation.toeplitz import toeplitz
from symconv.layers.geometry import Geometry
from tests.cases import GEOMETRIES, NO_SPACE, integer_arrays
from tests.derivation.test_winograd import directions, line, taps_of

CASES = {
    "a run and a half": line(5, 3),
    "runs that fit": line(6, 3),
    "padded unevenly": line(4, 3, padding=((1, 2),)),
    "channels, filters, batch": line(4, 2, depth=2, filters=2, batch=2),
    "groups": line(4, 2, depth=2, filters=4, groups=2),
    "dilation": line(7, 2, dilation=(2,), padding=((1, 0),)),
    "stride": line(8, 3, stride=(2,), padding=((1, 0),)),
    "stride and dilation": line(9, 2, stride=(3,), dilation=(2,)),
    "flipped": line(5, 3, flip=True),
    "two dimensions": GEOMETRIES["lesson"],
    "two dimensions, not square": GEOMETRIES["not-square"],
    "transposed": line(3, 3, kind="conv-transpose"),
    "transposed with a stride": line(3, 3, kind="conv-transpose", stride=(2,)),
}


def last(derivation: Derivation, geometry: Geometry, size: int) -> Contraction:
    after = toeplitz(derivation, taps_of(geometry), size).steps[-1].after
    assert isinstance(after, Contraction)
    return after


@pytest.mark.parametrize("size", [1, 2, 3])
@pytest.mark.parametrize("name", CASES)
def test_every_step_keeps_the_value_in_all_directions(name: str, size: int) -> None:
    geometry = CASES[name]
    for derivation in directions(geometry):
        steps = toeplitz(derivation, taps_of(geometry), size).steps
        assert [s.law for s in steps] == ["split", "subtotal", "group"]
        assert [s.before for s in steps[1:]] == [s.after for s in steps[:-1]]
        assert all(step.check() for step in steps), derivation.goal


def test_the_last_form_is_the_net_input_itself() -> None:
    for geometry, size in ((line(9, 3, depth=2, padding=((1, 1),)), 4), (replace(GEOMETRIES["lesson"], batch=2), 2)):
        for derivation in directions(geometry):
            arrays = integer_arrays(derivation.form)
            form = last(derivation, geometry, size)
            assert np.array_equal(evaluate(form, arrays), evaluate(derivation.form.terms[0], arrays))


def test_the_matrix_is_a_toeplitz_matrix() -> None:
    """Each column is the one before, a stride further down; taps are a dilation apart, and all else is 0."""
    geometry = line(11, 2, stride=(2,), dilation=(3,))
    net, _, _ = directions(geometry)
    law = toeplitz(net, taps_of(geometry), 3)
    tensor = core(last(net, geometry, 3))[0].factor("T").tensor
    assert isinstance(tensor, Definition)
    order = tensor.axes.index(law.input), tensor.axes.index(law.output)
    w = np.array([5, 7], dtype=object).reshape(1, 1, 2)
    band = np.moveaxis(evaluate(tensor.contraction, {"w": w}), order, (0, 1)).reshape(8, 3)
    expected = np.zeros((8, 3), dtype=object)
    for column in range(3):
        expected[2 * column : 2 * column + 4 : 3, column] = w.ravel()
    assert np.array_equal(band, expected)


def test_the_weight_gradient_sums_diagonals() -> None:
    """M is taken before any tap is told from another: the result reads it on ``ξ = ε + p``."""
    geometry = line(6, 3)
    *_, dw = directions(geometry)
    law = toeplitz(dw, taps_of(geometry), 2)
    form = core(last(dw, geometry, 2))[0]
    assert {f.symbol for f in form.factors} == {"M"}
    assert form.relations == (law.band,)
    assert set(law.band.axes) == {law.input, law.output, law.tap}


def test_what_is_no_correlation_is_refused() -> None:
    dense = Geometry(kind="dense", **NO_SPACE, depth=2, filters=2)
    with pytest.raises(ValueError, match="no cross-correlation"):
        toeplitz(next(iter(directions(dense))), (), 2)
