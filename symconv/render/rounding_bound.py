"""How far floating-point evaluation of an expression may be off: Wilkinson's running error analysis.

Every operation rounds once, and passes on the errors of what it is given. With ``E(v)`` the bound of the error of v in
units of the last place of 1::

    E(x) = 0                                   E(v₁ + v₂) = E(v₁) + E(v₂) + |v₁ + v₂|
    E(c) = 0 or |c|, c a constant              E(v₁ v₂)   = |v₂| E(v₁) + |v₁| E(v₂) + |v₁ v₂|
    E(g(v₁, …)) = Σ |∂g/∂vᵢ| E(vᵢ) + |g|       (Higham 2002, Accuracy and Stability of Numerical Algorithms, §3.3)

A number beyond the range of the format has no bound, one below its normal numbers adds the least of all. The values
come from mpmath with digits enough, so the bound tells of the form of the expression and not of luck at one point. It
is compared with what rounding x alone would do: a form is good at x where ``E(f) ≤ LIMIT·(|f| + |x f'|)``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import mpmath
import sympy

from symconv.layers.kinks import X
from symconv.render.tail_forms import WIDE, polynomial, where

DIGITS = 60
STEP = mpmath.mpf(10) ** -25
LIMIT = 24
LARGEST_EXPONENT = 10**9
LARGEST_ANGLE = 10**40

MAGNITUDES = (
    *("1e-20", "1e-8", "1e-4", "0.03", "0.2", "0.4", "0.6", "0.9", "1.1", "1.7", "2.6", "4.3", "8.7"),
    *("15", "26", "38", "60", "86", "95", "110", "340", "700", "720", "1500", "1e4"),
)
POINTS = tuple(sorted([mpmath.mpf(0), *(sign * mpmath.mpf(m) for m in MAGNITUDES for sign in (1, -1))]))
"""Where forms are judged: near 0, and past everything that overflows or underflows."""


@dataclass(frozen=True, slots=True)
class Format:
    """A floating-point format: its largest number, its least normal one, and the unit of the last place of 1."""

    largest: mpmath.mpf
    least: mpmath.mpf
    unit: mpmath.mpf


FLOAT32 = Format(mpmath.mpf(2) ** 128, mpmath.mpf(2) ** -126, mpmath.mpf(2) ** -23)
FLOAT64 = Format(mpmath.mpf(2) ** 1024, mpmath.mpf(2) ** -1022, mpmath.mpf(2) ** -52)

Bounded = tuple[Any, Any]
"""A value, and the bound of its error in units of the last place of 1."""


def bad_points(form: sympy.Expr, points: Iterable[mpmath.mpf] = POINTS) -> list[mpmath.mpf]:
    """Where the bound is too large, or an operation leaves the range although f does not.

    >>> [float(x) for x in bad_points(sympy.exp(X) - 1) if abs(x) > 1e-7]
    [-0.0001, 0.0001]
    """
    is_wide = any(f.func.__name__ in WIDE for f in form.atoms(sympy.core.function.AppliedUndef))
    with mpmath.workdps(DIGITS):
        return [x for x in points if not _is_good(form, x, is_wide)]


def _is_good(form: sympy.Expr, x: mpmath.mpf, is_wide: bool) -> bool:
    """Judged in float32 where f is a normal number of float32: there float64 has more room and the same digits."""
    fmt = FLOAT64 if is_wide else FLOAT32
    value, error = _bounded(form, x, fmt)
    if fmt is FLOAT32 and not FLOAT32.least <= abs(value) <= FLOAT32.largest / 16:
        if abs(value) < FLOAT32.least and not mpmath.isfinite(error):
            return False
        fmt = FLOAT64
        value, error = _bounded(form, x, fmt)
    if error <= LIMIT * abs(value) + fmt.least / fmt.unit:
        return True
    if not x:
        return all(_is_asked_nothing(form, x, value, side * STEP, fmt) for side in (1, -1))
    if _is_asked_nothing(form, x, value, x * STEP, fmt):
        return True
    moved = abs(_bounded(form, x * (1 + STEP), FLOAT64)[0] - value) / STEP
    return bool(error <= LIMIT * (abs(value) + moved) + fmt.least / fmt.unit)


def _is_asked_nothing(form: sympy.Expr, x: mpmath.mpf, value: Any, step: mpmath.mpf, fmt: Format) -> bool:
    """Whether f has a pole at x, or is no number of this format there, as seen from the side of ``x + step``."""
    beside, nearer = (_bounded(form, x + by, FLOAT64)[0] for by in (step, step / 1000))
    is_pole = not mpmath.isfinite(value) and abs(nearer) > abs(beside) * (1 + STEP)
    return bool(is_pole or not mpmath.isfinite(beside) or abs(beside) > fmt.largest / 16)


def value_at(e: sympy.Expr, x: mpmath.mpf) -> Any:
    """The value of a form at x; infinite or NaN where it has none."""
    with mpmath.workdps(DIGITS):
        return _bounded(e, x, FLOAT64)[0]


@lru_cache(maxsize=100_000)
def _bounded(e: sympy.Expr, x: mpmath.mpf, fmt: Format) -> Bounded:
    value, error = _operation(e, x, fmt)
    if not mpmath.isfinite(value) or not mpmath.isfinite(error) or abs(value) > fmt.largest:
        return value, mpmath.inf
    return value, error + (fmt.least if abs(value) < fmt.least else 0)


def _operation(e: sympy.Expr, x: mpmath.mpf, fmt: Format) -> Bounded:
    if e == X:
        return x, mpmath.mpf(0)
    if e.is_number:
        value = number(e)
        return value, abs(value) if value != int(value) else mpmath.mpf(0)
    if e.is_Piecewise:
        return _branch(e, x, fmt)
    if e.is_Mul:
        below, above = sympy.sift(e.args, lambda f: bool(f.is_Pow and f.exp.is_Rational and f.exp < 0), binary=True)
        top = _product([_bounded(f, x, fmt) for f in above], fmt)
        return _quotient(top, _product([_bounded(1 / f, x, fmt) for f in below], fmt)) if below else top
    if e.is_Pow and e.exp.is_Rational:
        if e.exp < 0:
            return _quotient((mpmath.mpf(1), mpmath.mpf(0)), _bounded(1 / e, x, fmt))
        power = number(e.exp)
        return _applied(lambda b: b**power if b or power > 0 else mpmath.inf, [_bounded(e.base, x, fmt)])
    if e.func == where:
        return _branch(sympy.Piecewise((e.args[1], e.args[0]), (e.args[2], True), evaluate=False), x, fmt)
    if e.func == polynomial:
        coefficients = [number(c) for c in reversed(e.args[0])]
        return _applied(lambda u: mpmath.polyval(coefficients, u), [_bounded(e.args[1], x, fmt)])
    arguments = [_bounded(argument, x, fmt) for argument in e.args]
    if e.is_Add:
        value = mpmath.fsum(v for v, _ in arguments)
        rounded = abs(value) if len(arguments) == 2 else mpmath.fsum(abs(v) for v, _ in arguments)
        return value, mpmath.fsum(error for _, error in arguments) + rounded
    if e.is_Pow:
        return _applied(lambda b, p: _exp(p * mpmath.log(b)), arguments)
    return _applied(_FUNCTIONS[e.func.__name__], arguments)


def _product(factors: list[Bounded], fmt: Format) -> Bounded:
    value, error = mpmath.mpf(1), mpmath.mpf(0)
    for v, other in factors:
        is_exact = abs(v) == 1 or abs(value) == 1
        value, error = value * v, error * abs(v) + other * abs(value) + (0 if is_exact else abs(value * v))
    return (value, error) if abs(value) <= fmt.largest else (value, mpmath.inf)


def _quotient(above: Bounded, below: Bounded) -> Bounded:
    if below[0] == 0:
        return mpmath.nan, mpmath.inf
    value = above[0] / below[0]
    return value, (above[1] + abs(value) * below[1]) / abs(below[0]) + abs(value)


def _applied(function: Callable[..., Any], arguments: list[Bounded]) -> Bounded:
    """A function of one or two arguments; its slopes are differences, since there are digits enough."""
    values = [v for v, _ in arguments]
    if not all(map(mpmath.isfinite, values)):
        return mpmath.nan, mpmath.inf
    value = _real(function, values)
    error = abs(value)
    for place, (v, given) in enumerate(arguments):
        if given:
            step = (abs(v) or 1) * STEP
            moved = _real(function, [*values[:place], v + step, *values[place + 1 :]])
            error += abs(moved - value) / step * given
    return value, error


def _real(function: Callable[..., Any], values: list[Any]) -> Any:
    try:
        value = function(*values)
    except (ArithmeticError, ValueError):
        return mpmath.nan
    return value if mpmath.im(value) == 0 else mpmath.nan


def _branch(e: sympy.Piecewise, x: mpmath.mpf, fmt: Format) -> Bounded:
    """The branch that holds; NumPy computes the others too, and warns if they leave the range."""
    found = [_bounded(value, x, fmt) for value, _ in e.args]
    holding = next(place for place, (_, condition) in enumerate(e.args) if _holds(condition, x, fmt))
    value, error = found[holding]
    return value, error if all(mpmath.isfinite(other) for _, other in found) else mpmath.inf


def _holds(condition: Any, x: mpmath.mpf, fmt: Format) -> bool:
    if condition in (True, False):
        return bool(condition)
    left, right = (_bounded(side, x, fmt)[0] for side in condition.args)
    return _COMPARED[condition.rel_op](left, right)


_COMPARED: dict[str, Callable[[Any, Any], bool]] = {
    "<=": lambda a, b: bool(a <= b),
    "<": lambda a, b: bool(a < b),
    ">=": lambda a, b: bool(a >= b),
    ">": lambda a, b: bool(a > b),
}


def number(e: sympy.Expr) -> Any:
    """A constant as a number of mpmath."""
    if e in (sympy.oo, -sympy.oo):
        return mpmath.inf if e > 0 else -mpmath.inf
    return mpmath.mpf(e.p) / e.q if e.is_Rational else mpmath.mpf(str(e.evalf(DIGITS)))


def _exp(u: Any) -> Any:
    if abs(u) > LARGEST_EXPONENT:
        return mpmath.inf if u > 0 else mpmath.mpf(0)
    return mpmath.exp(u)


def _sigmoid(u: Any) -> Any:
    return 1 / (1 + _exp(-u))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: getattr(mpmath, name) for name in ("log", "log1p", "expm1", "atan", "asinh", "erf", "erfc")},
    "exp": _exp,
    "expm1": lambda u: mpmath.expm1(u) if abs(u) < 1 else _exp(u) - 1,
    "tanh": lambda u: mpmath.tanh(u) if abs(u) < 1 else 1 - 2 * _sigmoid(-2 * u),
    "sinh": lambda u: mpmath.sinh(u) if abs(u) < 1 else (_exp(u) - _exp(-u)) / 2,
    "cosh": lambda u: (_exp(u) + _exp(-u)) / 2,
    "sin": lambda u: mpmath.sin(u) if abs(u) < LARGEST_ANGLE else mpmath.nan,
    "cos": lambda u: mpmath.cos(u) if abs(u) < LARGEST_ANGLE else mpmath.nan,
    "arctan2": mpmath.atan2,
    "reciprocal": lambda v: 1 / v,
    "divide": lambda above, below: above / below,
    "minimum": min,
    "maximum": max,
    "Abs": abs,
    "_sigmoid": _sigmoid,
    "_scaled_sigmoid": lambda factor, u: factor * _sigmoid(u),
    "_sigmoid_slope": lambda u: _sigmoid(u) * _sigmoid(-u),
    "_softplus": lambda u: max(u, 0) + mpmath.log1p(_exp(-abs(u))),
    "_sech": lambda u: 2 / (_exp(u) + _exp(-u)),
    "_erf": mpmath.erf,
    "_scaled_erfc": lambda factor, x, rate: factor * mpmath.erfc(mpmath.sqrt(rate) * x),
    "_scaled_gaussian": lambda factor, x, rate: factor * _exp(-rate * x * x),
}
"""What the emitted functions compute, without rounding."""
