"""Floating-point error: what stays within the bound, and what does not."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from symconv.layers.layer import DTYPES
from symconv.verify.execute import Subject, functions_of, load
from symconv.verify.report import Refuted
from symconv.verify.rounding import examine, gamma
from tests.wrong.record import Right
from tests.wrong.right import BY_NAME, RIGHT

UNEVEN = BY_NAME["uneven, taps"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("module", RIGHT, ids=lambda module: module.name)
def test_right_modules_stay_within_the_bound(module: Right, dtype: str) -> None:
    subject = Subject(load(module.source), module.layer)
    for function in functions_of(module.layer):
        examine(subject, function, module.layer, dtype)


@pytest.mark.parametrize(("dtype", "lost"), [("float32", "float16"), ("float64", "float32")])
def test_digits_lost_on_the_way_are_noticed(dtype: str, lost: str) -> None:
    source = UNEVEN.source.replace("    return net", f"    return net.astype(np.{lost}).astype(net.dtype)", 1)
    assert source != UNEVEN.source
    with pytest.raises(Refuted, match=r"net\[0,0,0,0\] in float"), np.errstate(over="ignore"):
        examine(Subject(load(source), UNEVEN.layer), "net_input", UNEVEN.layer, dtype)


def test_the_bound_grows_with_the_number_of_terms() -> None:
    single = np.dtype("float32")
    assert gamma(1, single) == Fraction(1, 2**24 - 1)
    assert gamma(9, single) > 9 * gamma(1, single)
