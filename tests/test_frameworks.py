"""Against torch, where it is installed; without it, one sentence."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

from symconv.errors import OutsideError
from symconv.frameworks.comparison import compare_with_torch
from symconv.layers.layer import layer
from tests.wrong.record import Right
from tests.wrong.right import BY_NAME, RIGHT


@pytest.mark.skipif(find_spec("torch") is not None, reason="torch is installed")
def test_without_torch_the_way_to_it_is_told() -> None:
    with pytest.raises(OutsideError, match="pip install torch"):
        compare_with_torch(RIGHT[0].source, layer(RIGHT[0].layer))


@pytest.mark.torch
@pytest.mark.parametrize("module", RIGHT, ids=lambda module: module.name)
def test_right_modules_agree_with_torch(module: Right) -> None:
    report = compare_with_torch(module.source, layer(module.layer))
    assert report, str(report)
    assert all(verdict.passed for verdict in report)


@pytest.mark.torch
def test_a_wrong_module_does_not() -> None:
    module = BY_NAME["uneven, taps"]
    wrong = module.source.replace("shares[positions] +=", "shares[positions] -=")
    assert [v.passed for v in compare_with_torch(wrong, layer(module.layer))] == [True, False, True, True]
