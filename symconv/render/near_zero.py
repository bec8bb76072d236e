"""A function beside its zero, or its removable singularity, at x = 0.

Where terms of ordinary size leave next to nothing, as in ``x - tanh x``, and no identity takes the difference exactly,
f is interpolated on ``|x| ≤ 1/2``, with its zero of order m taken out so that all digits stay::

    f(x) --> xᵐ P(u) where |x| ≤ 1/2, else f(x),   u = 8x² - 1 for even and odd f, else u = 2x

P interpolates at Chebyshev points, to the last digits of float64. A zero of every order, as ``e^{-1/x²}`` has, is no
polynomial; there f is less than any float on a whole interval, and 0 itself takes the limit::

    f(x) --> 0 where |x| ≤ r, else f(x),   |f| < 10⁻³³⁰ for 0 < |x| ≤ r
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy

from symconv.layers.kinks import X
from symconv.render.chebyshev import interpolated
from symconv.render.rounding_bound import number, value_at
from symconv.render.tail_forms import maximum, minimum, polynomial

DIGITS = 300
LIMIT_ORDER = 6
TERMS = range(6, 31, 2)
"""Even numbers, so that 0 is not among the points."""
AGREE = mpmath.mpf(10) ** -9
LAST_DIGIT = mpmath.mpf(2) ** -52
HALF = sympy.Rational(1, 2)
LIMIT_HALVINGS = 30
VANISHING = mpmath.mpf(10) ** -330
_DISTANCES = (*(mpmath.mpf(k) / 16 for k in range(1, 17)), *(mpmath.mpf(10) ** -k for k in (2, 4, 8, 16, 30)))
_SAMPLES = tuple(mpmath.mpf(k) / 37 for k in range(-18, 19) if k)


def beside_zero(e: sympy.Expr) -> sympy.Expr | None:
    """The polynomial; None where f is not smooth at 0 or no short polynomial comes near."""
    with mpmath.workdps(DIGITS):
        try:
            found = _polynomial(sympy.lambdify(X, e, "mpmath"))
        except (ArithmeticError, ValueError, TypeError):
            return None
    if found is None:
        return None
    order, has_parity, coefficients = found
    table = sympy.Tuple(*(sympy.Float(c, 17) for c in coefficients))
    inside = minimum(sympy.Abs(X), HALF) if has_parity else minimum(maximum(X, -HALF), HALF)
    return X**order * polynomial(table, 8 * inside**2 - 1 if has_parity else 2 * inside)


def flat_radius(e: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr | None:
    """The largest r = 2⁻ᵏ such that f is less than any float on the part of ``0 < |x| ≤ r`` in ``(start, end]``.

    None where there is none, or f is 0 itself.

    >>> flat_radius(sympy.exp(-1 / X**2), -sympy.oo, sympy.oo)
    1/32
    """
    if not e.has(X):
        return None
    inside = [x for x in (*_DISTANCES, *(-x for x in _DISTANCES)) if number(start) < x <= number(end)]
    for k in range(1, LIMIT_HALVINGS + 1) if inside else ():
        if all(abs(value_at(e, x / 2**k)) < VANISHING for x in inside):
            return sympy.Rational(1, 2**k)
    return None


def joined(near: sympy.Expr, form: sympy.Expr, radius: sympy.Expr = HALF) -> sympy.Expr:
    """``near`` where ``|x| ≤ radius``, else ``form``."""
    return sympy.Piecewise((near, sympy.Le(sympy.Abs(X), radius, evaluate=False)), (form, True), evaluate=False)


def _polynomial(f: Callable[[Any], Any]) -> tuple[int, bool, tuple[float, ...]] | None:
    """The order of the zero, whether f is even or odd, and the coefficients."""
    order = next((m for m in range(LIMIT_ORDER + 1) if _is_constant_beside_zero(f, m)), None)
    if order is None:
        return None
    has_parity = any(all(_is_near(f(-x), sign * f(x)) for x in _SAMPLES) for sign in (1, -1))

    def quotient(u: Any) -> Any:
        with mpmath.workdps(DIGITS):
            x = mpmath.sqrt((1 + u) / 8) if has_parity else u / 2
            return mpmath.re(f(x) / x**order)

    for terms in TERMS:
        coefficients = interpolated(quotient, terms)
        reverse = [mpmath.mpf(c) for c in reversed(coefficients)]
        tests = [8 * x * x - 1 if has_parity else 2 * x for x in _SAMPLES]
        if all(abs(mpmath.polyval(reverse, u) / quotient(u) - 1) <= LAST_DIGIT for u in tests):
            return order, has_parity, coefficients
    return None


def _is_constant_beside_zero(f: Callable[[Any], Any], order: int) -> bool:
    """Whether ``f/x^order`` tends to the same number, not 0, from both sides."""
    near = [sign * mpmath.mpf(10) ** -k for k in (15, 25) for sign in (1, -1)]
    values = [f(x) / x**order for x in near]
    return all(mpmath.isfinite(v) and v != 0 and abs(v / values[0] - 1) < AGREE for v in values)


def _is_near(a: Any, b: Any) -> bool:
    return bool(abs(a - b) <= abs(a) * mpmath.mpf(10) ** -40)
