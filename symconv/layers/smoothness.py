"""Where an activation function can be differentiated: the points where its branches meet, and numbers to draw.

Whoever judges code by differences draws its numbers here, so that net inputs fall where f is real and smooth.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symconv.layers.activation import Activation
from symconv.layers.kinks import X

STEEPEST = 1e6
LEAST_FACTOR = 1e-4


@dataclass(frozen=True, slots=True)
class Domain:
    """From where a, bias and w are drawn: uniform in [low, high], w and bias times a sign.

    With w scaled by ``weight_factor`` net inputs stay in ``[-4, 4]``, on the side of 0 that ``points`` are on.
    """

    low: float
    high: float
    sign: int
    points: tuple[sympy.Rational, ...]

    def weight_factor(self, terms: int) -> float:
        """What w is multiplied by where a net input adds that many products; the sign is in it.

        >>> DOMAINS[0].weight_factor(4), DOMAINS[2].weight_factor(4)
        (1.0, -0.25)
        """
        scale = round(2 / terms**0.5, 3) if self.low < 0 else round(1 / terms, 4)
        return self.sign * max(scale, LEAST_FACTOR)


_HALVES = [sympy.Rational(k, 2) for k in range(-8, 9)]
DOMAINS = (
    Domain(-1.0, 1.0, 1, tuple(_HALVES)),
    Domain(0.5, 1.5, 1, tuple(t for t in _HALVES if t > 0)),
    Domain(0.5, 1.5, -1, tuple(t for t in _HALVES if t < 0)),
)
"""Net inputs of both signs, positive ones, negative ones, each with the points at which f is looked at."""


def domain(activation: Activation) -> Domain | None:
    """Numbers near 0, else positive, else negative ones, for which f is real, finite and not too steep; or None."""
    f = activation.function
    derivatives = (f, activation.derivative, sympy.diff(f, X, 3))
    return next((d for d in DOMAINS if all(_is_tame(derivatives, point) for point in d.points)), None)


def kinks(function: sympy.Expr) -> tuple[float, ...]:
    """Where two branches of f meet, in ascending order.

    >>> kinks(sympy.Piecewise((0, X <= 0), (X, X <= 6), (6, True)))
    (0.0, 6.0)
    """
    found = {
        float(condition.rhs)
        for piecewise in function.atoms(sympy.Piecewise)
        for _, condition in piecewise.args
        if isinstance(condition, sympy.Rel) and condition.lhs == X and condition.rhs.is_number
    }
    return tuple(sorted(found))


def _is_tame(derivatives: tuple[sympy.Expr, ...], point: sympy.Rational) -> bool:
    """f, f' and f''' are finite real numbers there, and a step of 1e-6 sees f' to six digits."""
    values = [e.subs(X, point).evalf() for e in derivatives]
    if not all(v.is_real and v.is_finite for v in values):
        return False
    value, _, third = (abs(float(v)) for v in values)
    return third <= STEEPEST * (1 + value)
