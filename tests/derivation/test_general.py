"""One derivation for every size: the formulas of THEORY §3 and §4 in letters, each step true wherever it is tried."""

from __future__ import annotations

from time import process_time

import pytest
import sympy

from symconv.algebra.axes import size
from symconv.derivation.backward import Backward, Derivation, backward
from symconv.derivation.general import generalise
from symconv.derivation.operator import Cross, InsertZeros, Name, Operator, Pad, Rotate, Scaled, Total
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input
from tests.cases import ALL_GEOMETRIES, GEOMETRIES

D, K, P, Q, S = (size(name) for name in "DKPQS")
R = sympy.Symbol("r", integer=True, nonnegative=True)


def letters(dimensions: int = 1, **changes: object) -> Geometry:
    """Every size a letter."""
    fields: dict[str, object] = {
        "input_size": ("H",) * dimensions,
        "filter_size": ("K",) * dimensions,
        "stride": ("S",) * dimensions,
        "dilation": ("D",) * dimensions,
        "padding": (("P", "Q"),) * dimensions,
        "output_padding": (0,) * dimensions,
        **{"filters": "N", "depth": "C", "batch": "B"},
    }
    return Geometry(**(fields | changes))  # type: ignore[arg-type]


SYMBOLIC = {
    "conv": letters(),
    "conv-2d": letters(2),
    "conv-groups": letters(groups="G"),
    "conv-flip": letters(flip=True),
    "conv-stride-1": letters(stride=(1,)),
    "conv-transpose": letters(kind="conv-transpose", output_padding=("r",)),
    "locally-connected": letters(kind="locally-connected"),
    "avg-pool": letters(kind="avg-pool"),
    "avg-pool-uncounted": letters(kind="avg-pool", count_include_pad=False),
}
SIZES = [
    {"S": 1, "D": 1, "P": 0, "Q": 0, "K": 2, "O": 2, "r": 0},
    *({"S": 3, "D": 2, "P": 3, "Q": 1, "K": 2, "O": 3, "r": r} for r in range(3)),
    {"S": 4, "D": 1, "P": 1, "Q": 2, "K": 2, "O": 2, "r": 3},
    {"S": 2, "D": 3, "P": 0, "Q": 4, "K": 3, "O": 2, "r": 1},
]
CHANNELS = {"N": 2, "C": 2, "B": 2, "G": 2, "H": 7}


def unscaled(operator: Operator | None) -> Cross:
    """The cross-correlation, without the bias and the sum over channels."""
    main = operator.terms[0] if isinstance(operator, Total) else operator
    array = main.array if isinstance(main, Scaled) else main
    assert isinstance(array, Cross)
    return array


@pytest.mark.parametrize(
    ("name", "sizes"),
    [
        pytest.param(name, sizes, id=f"{name}-{''.join(f'{k}{v}' for k, v in sizes.items())}")
        for name in SYMBOLIC
        for sizes in SIZES
        if name != "avg-pool-uncounted" or sizes["P"] <= sizes["D"] * (sizes["K"] - 1)  # else a window counts no cell
    ],
)
def test_every_step_is_true_at_every_size(name: str, sizes: dict[str, int]) -> None:
    result = backward(net_input(SYMBOLIC[name]))
    for derivation in result.goals:
        wrong = [step.law for step in derivation.steps if not step.check(CHANNELS | sizes, seed=1)]
        assert not wrong, derivation.goal


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_every_step_is_true_at_the_layer_s_own_size(geometry: Geometry) -> None:
    for derivation in backward(net_input(geometry)).goals:
        assert all(step.check() for step in derivation.steps), derivation.goal


def test_deriving_with_every_size_in_letters_is_quick() -> None:
    geometry = letters(2, groups="G")
    backward(net_input(geometry))
    times = []
    for _ in range(3):
        started = process_time()
        backward(net_input(geometry))
        times.append(process_time() - started)
    assert min(times) < 0.3


def test_the_error_term_in_operators() -> None:
    """``Σ_n cross(pad(δ_n↑S, D(K-1)-P, D(K-1)-Q+r), rot180(w_n))`` at dilation D (THEORY §3)."""
    found = unscaled(backward(net_input(letters())).input_gradient.operator)
    assert isinstance(found.array, Pad)
    assert found.array.amounts == ((size(D * (K - 1) - P), size(D * (K - 1) - Q + R)),)
    assert isinstance(found.array.array, InsertZeros)
    assert found.array.array.strides == (S,)
    assert isinstance(found.filter, Rotate)
    assert (names(found), found.stride, found.dilation) == (("δ", "w"), (1,), (D,))


def test_the_weight_gradient_in_operators() -> None:
    """``cross(pad(a, P, Q-r), δ↑S)`` read at every D-th position: stride and dilation change places (THEORY §4)."""
    found = unscaled(weight_gradient(backward(net_input(letters()))).operator)
    assert found.array == Pad(inner(found.array), ((P, size(Q - R)),))
    assert (names(found), found.stride, found.dilation) == (("a", "δ"), (D,), (S,))


def test_the_forward_formula_in_operators() -> None:
    """``cross(pad(a, P, Q), w)`` at stride S: the left-over rows hold no further window, and are not cropped."""
    found = unscaled(backward(net_input(letters())).net_input.operator)
    assert found.array == Pad(inner(found.array), ((P, Q),))
    assert (names(found), found.stride, found.dilation) == (("a", "w"), (S,), (D,))


def weight_gradient(result: Backward) -> Derivation:
    assert result.weight_gradient is not None
    return result.weight_gradient


def inner(operator: Operator) -> Operator:
    assert isinstance(operator, Pad | InsertZeros | Rotate)
    return operator.array


def names(cross: Cross) -> tuple[str, str]:
    """The letters of the array and the filter."""

    def letter(operator: Operator) -> str:
        return operator.symbol if isinstance(operator, Name) else letter(inner(operator))

    return letter(cross.array), letter(cross.filter)


@pytest.mark.parametrize(
    ("goal", "expected"),
    [
        ("∂E/∂a", "Σ over n, p: w(n, c, p) δ(b, n, (-D*p + P + x)/S)"),
        ("∂E/∂w", "Σ over b, i: δ(b, n, i) a(b, c, D*p - P + S*i)"),
        ("net", "Σ over c, p: w(n, c, p) a(b, c, D*p - P + S*i)"),
    ],
)
def test_the_closed_formula_in_indices(goal: str, expected: str) -> None:
    result = backward(net_input(letters()))
    [solved] = [d.solved[0] for d in result.goals if d.goal == goal]
    reads = " ".join(f"{f.symbol}({', '.join(map(str, f.subscripts))})" for f in solved.factors)
    assert f"Σ over {', '.join(a.name for a in solved.bounds)}: {reads}" == expected
    assert solved.conditions == ()


def test_the_bias_gradient_is_the_sum_of_the_error() -> None:
    result = backward(net_input(letters()))
    assert result.bias_gradient is not None
    [solved] = result.bias_gradient.solved
    assert [a.name for a in solved.target.axes] == ["n"]
    assert [a.name for a in solved.bounds] == ["b", "i"]
    assert [f.symbol for f in solved.factors] == ["δ"]


def test_input_size_follows_from_output_size_and_rest() -> None:
    """``H = S(O-1) + D(K-1) + 1 - P - Q + r``: no floor, no remainder."""
    [main, *_] = net_input(letters()).terms
    assert main.axis("x").extent == size(S * (size("O") - 1) + D * (K - 1) + 1 - P - Q + R)


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_numbers_that_say_nothing_stay(geometry: Geometry) -> None:
    general = generalise(geometry)
    for name, nothing in (("stride", 1), ("dilation", 1)):
        for own, letter in zip(getattr(geometry, name), getattr(general, name), strict=True):
            assert (own == letter) if own == nothing or geometry.ceil_mode else isinstance(letter, str)
    assert (general.kind, general.flip, general.bias) == (geometry.kind, geometry.flip, geometry.bias)


def test_dimensions_that_differ_have_letters_of_their_own() -> None:
    general = generalise(GEOMETRIES["left-over-rows-padded"])
    assert (general.input_size, general.filter_size, general.stride) == (("H1", "H2"), ("K", "K"), ("S1", "S2"))
    assert general.padding == (("P", 0), ("P", "Q2"))


def test_names_of_the_user_s_stay() -> None:
    assert generalise(Geometry(input_size=("H", "W"), depth="M")).input_size == ("H", "W")
    assert generalise(Geometry(input_size=("H", "W"), depth="M")).depth == "M"


def test_ceil_mode_keeps_its_sizes() -> None:
    geometry = GEOMETRIES["average-pooling-ceil"]
    general = generalise(geometry)
    assert (general.depth, general.input_size, general.stride) == (1, (6, 5), (2, 2))
    assert (
        backward(net_input(general)).input_gradient.form.output.axes[-2:]
        == (backward(net_input(geometry)).input_gradient.form.output.axes[-2:])
    )
