"""The error function for NumPy, which has none: coefficients derived with mpmath, and the functions that use them.

Two intervals of ``v = |x|``, two polynomials in a variable u that runs over [-1, 1]::

    v ≤ 1/2         erf v = v P(u),                  u = 8v² - 1
    1/2 ≤ v ≤ 32    erfc v = e^{-v²} Q(u)/(1 + 2v),  u = 9/7 · (v - 4)/(v + 4),  4² = 1/2 · 32

beyond v = 27.3 every result has underflowed. The polynomials interpolate at Chebyshev points; the variable is that of
Shepherd and Laframboise (1981), Chebyshev approximation of (1 + 2x) exp(x²) erfc(x) in 0 ≤ x < ∞.
"""

from __future__ import annotations

from functools import cache

import mpmath

from symconv.render.chebyshev import interpolated, table


@cache
def near_coefficients() -> tuple[float, ...]:
    """P, lowest power first: ``erf(v)/v`` for ``0 ≤ v ≤ 1/2``."""

    def quotient(u: mpmath.mpf) -> mpmath.mpf:
        v = mpmath.sqrt((1 + u) / 8)
        return mpmath.erf(v) / v

    return interpolated(quotient, terms=9)


@cache
def far_coefficients() -> tuple[float, ...]:
    """Q, lowest power first: ``(1 + 2v) e^{v²} erfc(v)`` for ``1/2 ≤ v ≤ 32``."""

    def scaled(u: mpmath.mpf) -> mpmath.mpf:
        v = 4 * (9 + 7 * u) / (9 - 7 * u)
        return (1 + 2 * v) * mpmath.exp(v * v) * mpmath.erfc(v)

    return interpolated(scaled, terms=23)


GAUSSIAN_SOURCE = '''
def _scaled_gaussian(factor, x, rate):
    """factor · e^(-rate·x²).

    x² = h² + (x - h)(x + h) with h short enough for h² to be exact: rounding x² would cost the tail
    its last digits. The factor comes in before the last half of the exponential, where that has not
    underflowed yet.
    """
    h = np.trunc(x * 256) / 256
    half = np.exp(-rate / 2 * h * h)
    return factor * half * np.exp(-rate * (x - h) * (x + h)) * half
'''

ERFC_SOURCE = '''
def _scaled_erfc(factor, x, rate):
    """factor · erfc(√rate·x): 1 - erf near 0, a Gaussian times a polynomial in the tails."""
    v = rate**0.5 * np.abs(x)
    near = 1 - np.copysign(_erf_near(v), x)
    tail = factor / (1 + 2 * v) * _polynomial(_ERFC_FAR, 9 / 7 * (v - 4) / (v + 4))
    far = _scaled_gaussian(tail, x, rate)
    return np.where(v <= 0.5, factor * near, np.where(x < 0, 2 * factor - far, far))


def _erf_near(v):
    """erf(v) for 0 ≤ v ≤ 1/2; larger v are taken as 1/2."""
    v = np.minimum(v, 0.5)
    return v * _polynomial(_ERF_NEAR, 8 * v * v - 1)
'''

ERF_SOURCE = '''
def _erf(x):
    """erf(x): a polynomial near 0, 1 - erfc(|x|) beyond."""
    v = np.abs(x)
    return np.copysign(np.where(v <= 0.5, _erf_near(v), 1 - _scaled_erfc(1, v, 1)), x)
'''


def coefficient_source() -> str:
    """The two tables as Python assignments; ``float`` reads every number back exactly."""
    near = table("_ERF_NEAR", near_coefficients())
    far = table("_ERFC_FAR", far_coefficients())
    return f"""
# erf(v)/v for 0 ≤ v ≤ 1/2 in powers of 8v² - 1
{near}

# (1 + 2v)·e^(v²)·erfc(v) for 1/2 ≤ v ≤ 32 in powers of 9/7·(v - 4)/(v + 4)
{far}
"""
