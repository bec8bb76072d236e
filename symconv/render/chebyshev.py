"""Polynomials that interpolate at Chebyshev points, and the source text that evaluates them.

On [-1, 1] that is within a small factor of the best polynomial of its degree (Trefethen 2013, Approximation Theory and
Approximation Practice, §15-16).
"""

from __future__ import annotations

from collections.abc import Callable

import mpmath

DIGITS = 50

POLYNOMIAL_SOURCE = '''
def _polynomial(coefficients, u):
    """Σ coefficients[k]·uᵏ by Horner's rule."""
    total = coefficients[-1]
    for coefficient in coefficients[-2::-1]:
        total = total * u + coefficient
    return total
'''


def interpolated(function: Callable[[mpmath.mpf], mpmath.mpf], terms: int) -> tuple[float, ...]:
    """Coefficients in powers of u of the interpolant at the zeros of the Chebyshev polynomial ``T_terms``."""
    with mpmath.workdps(DIGITS):
        angles = [mpmath.pi * (2 * k + 1) / (2 * terms) for k in range(terms)]
        values = [function(mpmath.cos(angle)) for angle in angles]
        powers = [mpmath.mpf(0)] * terms
        previous, current = [mpmath.mpf(0)] * terms, [mpmath.mpf(1)] + [mpmath.mpf(0)] * (terms - 1)
        for degree in range(terms):
            products = (value * mpmath.cos(degree * angle) for value, angle in zip(values, angles, strict=True))
            weight = mpmath.fsum(products) * (1 if degree == 0 else 2) / terms
            powers = [p + weight * c for p, c in zip(powers, current, strict=True)]
            step = 1 if degree == 0 else 2  # T₁ = u T₀, and T_{n+1} = 2u T_n - T_{n-1}
            following = [step * c - p for c, p in zip([mpmath.mpf(0), *current[:-1]], previous, strict=True)]
            previous, current = current, following
        return tuple(float(p) for p in powers)


def table(name: str, coefficients: tuple[float, ...]) -> str:
    """The coefficients as a Python assignment; ``float`` reads every number back exactly."""
    return f"{name} = (\n" + "".join(f"    {c!r},\n" for c in coefficients) + ")"
