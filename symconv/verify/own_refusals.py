"""``input_size`` of a layer of one's own: left out or the layer's own; another one is refused."""

from __future__ import annotations

import numpy as np

from symconv.layers.own import OwnGeometry
from symconv.verify.execute import Subject, array_of_shape
from symconv.verify.integers import compare, draw
from symconv.verify.reference import expected
from symconv.verify.refusals import Misfit, refused


def examine_input_size(subject: Subject, geometry: OwnGeometry) -> None:
    """The input gradient with ``input_size`` and without is one; with another size it is a ValueError."""
    given = {name: array.astype(np.float64) for name, array in draw(geometry, 91).items()}
    own = tuple(int(h) for h in geometry.input_size)
    wanted = expected("input_gradient", geometry, given)
    for who, size in (("without input_size", None), (f"for input size {own}", own)):
        found = array_of_shape(subject.call("input_gradient", given, size), wanted.shape, f"input_gradient {who}")
        compare(subject, "input_gradient", geometry, given, found, wanted)
    other = (*own, 1) if not own else (*own[:-1], own[-1] + 1)
    refused(Misfit(f"input size {other}", lambda: subject.call("input_gradient", given, other)))
