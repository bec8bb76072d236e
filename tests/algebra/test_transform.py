"""F(m, r): the identity that makes it, refused where it does not hold, and what it does to rounding."""

from __future__ import annotations

from fractions import Fraction
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from symconv.algebra.transform import POINTS, Transform, transform

SIZES = [(m, r) for m in range(1, 9) for r in range(1, 9) if m + r - 2 <= len(POINTS)]
FEW_POINTS = st.lists(st.fractions(-4, 4, max_denominator=5), min_size=5, max_size=5, unique=True).map(tuple)


@pytest.mark.parametrize(("m", "r"), SIZES)
def test_three_factors_are_the_relation(m: int, r: int) -> None:
    """``Σ_t A[e,t]·G[t,p]·B[t,y] = divisor·[y = e + p]``, at the default points."""
    f = transform(m, r)
    a, g, b = (np.array(matrix, dtype=object) for matrix in (f.A, f.G, f.B))
    e, p, y = np.ogrid[:m, :r, : m + r - 1]
    assert (f.outputs, f.taps, f.points) == (m, r, m + r - 1)
    assert np.array_equal(np.einsum("et,tp,ty->epy", a, g, b), np.where(y == e + p, f.divisor, 0))


@given(st.sampled_from([(2, 3), (3, 2), (4, 3), (2, 5), (5, 2), (6, 1), (1, 6)]), FEW_POINTS)
def test_any_points_will_do(size: tuple[int, int], points: tuple[Fraction, ...]) -> None:
    f = transform(*size, points)
    random = np.random.default_rng(0)
    filters, cells = (
        random.integers(-99, 100, f.taps).astype(object),
        random.integers(-99, 100, f.points).astype(object),
    )
    a, g, b = (np.array(matrix, dtype=object) for matrix in (f.A, f.G, f.B))
    outputs = [sum(filters * cells[e : e + f.taps]) for e in range(f.outputs)]
    assert list(a @ ((g @ filters) * (b @ cells))) == [f.divisor * v for v in outputs]


def test_the_matrices_of_f23_are_those_of_the_literature() -> None:
    """Lavin and Gray (2016), §4.1, up to signs that cancel and the divisor 2 taken out of G."""
    f = transform(2, 3)
    assert f.A == ((1, 1, 1, 0), (0, 1, -1, 1))
    assert f.G == ((2, 0, 0), (1, 1, 1), (1, -1, 1), (0, 0, 2))
    assert f.B == ((1, 0, -1, 0), (0, 1, 1, 0), (0, -1, 1, 0), (0, -1, 0, 1))
    assert f.divisor == 2


@given(st.data(), st.sampled_from([(2, 3), (4, 3), (3, 2)]))
def test_matrices_with_another_entry_are_refused(data: st.DataObject, size: tuple[int, int]) -> None:
    f = transform(*size)
    name = data.draw(st.sampled_from("AGB"))
    rows = [list(row) for row in getattr(f, name)]
    row, column = data.draw(st.integers(0, len(rows) - 1)), data.draw(st.integers(0, len(rows[0]) - 1))
    rows[row][column] += 1
    changed = {"A": f.A, "G": f.G, "B": f.B, name: tuple(map(tuple, rows))}
    with pytest.raises(ValueError, match="Σ A"):
        Transform(changed["A"], changed["G"], changed["B"], f.divisor)


def test_what_has_no_matrices_is_refused() -> None:
    with pytest.raises(ValueError, match=r"F\(0,3\) has no outputs or no taps"):
        transform(0, 3)
    with pytest.raises(ValueError, match=r"F\(10,4\) needs 12 points besides ∞; there are 11"):
        transform(10, 4)
    with pytest.raises(ValueError, match="the points 0, 1, 0 are not all different"):
        transform(2, 3, (Fraction(0), Fraction(1), Fraction(0)))
    with pytest.raises(ValueError, match="do not fit together"):
        Transform(((1,),), ((1, 2),), ((1,),), 1)


@pytest.mark.parametrize(("m", "r"), [(2, 3), (4, 3), (6, 3), (2, 5)])
def test_growth_is_reached_and_not_passed(m: int, r: int) -> None:
    """``Σ |A|·|G·w|·|B·a| ≤ divisor·κ·Σ|w|·max|a|``, with equality for one tap and some signs of a."""
    f = transform(m, r)
    a, g, b = (np.abs(np.array(matrix)) for matrix in (f.A, f.G, f.B))
    sums = [max(a @ ((g @ np.eye(r)[p]) * (b @ np.ones(f.points)))) for p in range(r)]
    assert max(sums) == float(f.growth * f.divisor)


@pytest.mark.parametrize(("m", "r", "channels"), list(product((2, 4, 6), (3,), (1, 16))))
def test_error_keeps_to_the_bound_and_near_its_mean(m: int, r: int, channels: int) -> None:
    """float32 tiles: within γ_N·κᵈ·Σ|w|·max|a|, and in the mean about u·√N·spreadᵈ of the results."""
    f = transform(m, r)
    random = np.random.default_rng(5)
    w, cells = random.standard_normal((channels, r, r)), random.standard_normal((400, channels, f.points, f.points))
    w, cells = w.astype(np.float32), cells.astype(np.float32)

    def outputs(dtype: type[np.floating]) -> np.ndarray:
        a, g, b = (np.array(matrix, dtype=dtype) for matrix in (f.A, f.G, f.B))
        products = np.sum((g @ w.astype(dtype) @ g.T) * (b @ cells.astype(dtype) @ b.T), axis=1, dtype=dtype)
        return np.asarray(a @ products @ a.T / dtype(f.divisor**2))

    exact = outputs(np.float64)
    error = np.abs(outputs(np.float32) - exact)
    u = float(np.finfo(np.float32).eps) / 2
    roundings = 2 * sum(map(f.longest, "AGB")) + channels + 1
    bound = roundings * u / (1 - roundings * u) * float(f.growth) ** 2 * np.abs(w).sum() * np.abs(cells).max()
    typical = u * roundings**0.5 * f.spread**2 * np.sqrt(np.mean(exact**2))
    root_mean_square = np.sqrt(np.mean(error**2))
    assert error.max() <= bound
    assert typical / 10 < root_mean_square < typical
