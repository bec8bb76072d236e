"""F(m, r): m outputs of r taps by m + r - 1 products, its matrices exact, its rounding bounded (Toom-Cook, Winograd).

A polynomial of degree m - 1 times one of degree r - 1 is known from its values at m + r - 1 points, and a value of a
product is the product of the values. Written out by coefficients that is the identity

    Σ_t A[e,t] · G[t,p] · B[t,y]  =  divisor · [y = e + p]          0 ≤ e < m,  0 ≤ p < r,  0 ≤ t, y < m + r - 1

with A and G the values of the powers at the points and B the coefficients of Lagrange's polynomials. A point is a
ratio ``α:β`` at which ``Xᵏ·Yˡ`` has the value ``αᵏ·βˡ``; ∞ is 1:0. All entries are then whole numbers.

References: Toom (1963); Winograd (1980), Arithmetic Complexity of Computations; Lavin and Gray (2016), Fast Algorithms
for Convolutional Neural Networks; for the points and the error Barabasz, Anderson, Soodhalter and Gregg (2020), Error
Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural Networks; for γ Higham (2002), §3.1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import product
from math import gcd, lcm, sqrt

Matrix = tuple[tuple[int, ...], ...]

POINTS = tuple(Fraction(*p) for p in ((0,), (1,), (-1,), (2,), (-1, 2), (-2,), (1, 2), (-4, 3), (3, 4), (4,), (-1, 4)))
"""Where polynomials are evaluated besides ∞: each the one that lets rounding grow least after those before it."""


@dataclass(frozen=True, slots=True)
class Transform:
    """The matrices of F(m, r) in whole numbers and the divisor that they share; the identity is proved when made."""

    A: Matrix
    G: Matrix
    B: Matrix
    divisor: int

    def __post_init__(self) -> None:
        n = len(self.B)
        if len(self.G) != n or any(len(row) != n for row in (*self.A, *self.B)) or n != self.outputs + self.taps - 1:
            raise ValueError(f"the matrices of F({self.outputs},{self.taps}) have {n} points and do not fit together")
        for e, p, y in product(range(self.outputs), range(self.taps), range(n)):
            found = sum(self.A[e][t] * self.G[t][p] * self.B[t][y] for t in range(n))
            if found != self.divisor * (y == e + p):
                raise ValueError(f"Σ A[{e},t]·G[t,{p}]·B[t,{y}] is {found}, not {self.divisor * (y == e + p)}")

    @property
    def outputs(self) -> int:
        """m, the outputs of a tile."""
        return len(self.A)

    @property
    def taps(self) -> int:
        """r, the taps."""
        return len(self.G[0])

    @property
    def points(self) -> int:
        """m + r - 1: products of a tile, and cells of the input that it reads."""
        return len(self.B)

    def longest(self, letter: str, *, transposed: bool = False) -> int:
        """The most products that a row of the matrix, or of its transpose, adds: so often a term of it is rounded."""
        matrix: Matrix = {"A": self.A, "G": self.G, "B": self.B}[letter]
        rows: Matrix = tuple(zip(*matrix, strict=True)) if transposed else matrix
        return max(sum(entry != 0 for entry in row) for row in rows)

    @property
    def growth(self) -> Fraction:
        """``κ = max over e, p of Σ_t |A[e,t]|·|G[t,p]|·Σ_y |B[t,y]| / divisor``; 1 for the plain sum.

        The entries are exact in floating point, and a term of a sum of k products is rounded k times. So with d
        dimensions, if a term is rounded N times on its way through all sums and the division,

            |error| ≤ γ_N · κᵈ · Σ|w| · max|a|          γ_N = N·u / (1 - N·u)

        since the terms' absolute values sum to at most ``κᵈ·Σ|w|·max|a|``.
        """
        inner = [sum(map(abs, row)) for row in self.B]
        sums = (
            sum(abs(self.A[e][t] * self.G[t][p]) * inner[t] for t in range(self.points))
            for e, p in product(range(self.outputs), range(self.taps))
        )
        return Fraction(max(sums), self.divisor)

    @property
    def spread(self) -> float:
        """The same in the mean: the root of ``Σ A²·Σ G²·Σ B² / r``, averaged over the outputs; 1 for the plain sum.

        Where roundings and numbers are independent, variances add up instead of absolute values.
        """
        squares = sum(
            self.A[e][t] ** 2 * sum(g * g for g in self.G[t]) * sum(b * b for b in self.B[t])
            for e, t in product(range(self.outputs), range(self.points))
        )
        return sqrt(Fraction(squares, self.outputs * self.taps * self.divisor**2))


@cache
def transform(outputs: int, taps: int, points: tuple[Fraction, ...] = POINTS) -> Transform:
    """F(m, r) from the first m + r - 2 of the points, which must differ, and ∞.

    >>> transform(2, 3).A, transform(2, 3).divisor
    (((1, 1, 1, 0), (0, 1, -1, 1)), 2)
    >>> float(transform(4, 3).growth)
    16.933333333333334
    """
    if outputs < 1 or taps < 1:
        raise ValueError(f"F({outputs},{taps}) has no outputs or no taps")
    if outputs + taps - 2 > len(points):
        raise ValueError(f"F({outputs},{taps}) needs {outputs + taps - 2} points besides ∞; there are {len(points)}")
    ratios = [(p.numerator, p.denominator) for p in points[: outputs + taps - 2]] + [(1, 0)]
    if len(set(ratios)) < len(ratios):
        raise ValueError(f"the points {', '.join(map(str, points))} are not all different")
    lagrange = [_lagrange(t, ratios) for t in range(len(ratios))]
    divisor = lcm(*(weight.denominator for _, weight in lagrange))
    weights = [int(weight * divisor) for _, weight in lagrange]
    common = gcd(divisor, *weights)
    values = zip(weights, _powers(ratios, taps), strict=True)
    return Transform(
        A=tuple(zip(*_powers(ratios, outputs), strict=True)),
        G=tuple(tuple(weight // common * value for value in row) for weight, row in values),
        B=tuple(row for row, _ in lagrange),
        divisor=divisor // common,
    )


def _powers(ratios: Sequence[tuple[int, int]], count: int) -> list[tuple[int, ...]]:
    """For each point the values of ``Xᵏ·Y^{count-1-k}``."""
    return [tuple(a**k * b ** (count - 1 - k) for k in range(count)) for a, b in ratios]


def _lagrange(t: int, ratios: list[tuple[int, int]]) -> tuple[tuple[int, ...], Fraction]:
    """``Π_{s≠t} (βₛ·X - αₛ·Y)``, which is 0 at all points but one: its coefficients, and 1 over its value there."""
    own, coefficients, value = ratios[t], [1], 1
    for a, b in ratios[:t] + ratios[t + 1 :]:
        lower, higher = [-a * c for c in coefficients] + [0], [0] + [b * c for c in coefficients]
        coefficients = [x + y for x, y in zip(lower, higher, strict=True)]
        value *= b * own[0] - a * own[1]
    common = gcd(*coefficients) if value > 0 else -gcd(*coefficients)
    return tuple(c // common for c in coefficients), Fraction(common, value)
