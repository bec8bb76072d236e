"""Factors in front of a function that underflows, gathered so that they come in before it does.

At ``x = -744`` the number ``e^x`` has hardly a digit left, nor has ``x e^x`` formed from it. The functions named
here take the factor as an argument and multiply by half of the exponential twice::

    p σ(u), p not constant    -->  scaled_sigmoid(p, u)          p σ(u) + q σ(u)  -->  scaled_sigmoid(p + q, u)
    p erfc(√k u)              -->  scaled_erfc(p, u, k)          p e^{-k u²}      -->  scaled_gaussian(p, u, k)
    σ(u) σ(-u)                -->  σ'(u)

The last two also need ``k u²`` without its rounding error, which the exponential would magnify.
"""

from __future__ import annotations

import sympy

from symconv.layers.kinks import X

sigmoid = sympy.Function("_sigmoid")
scaled_sigmoid = sympy.Function("_scaled_sigmoid")
sigmoid_slope = sympy.Function("_sigmoid_slope")
softplus = sympy.Function("_softplus")
sech = sympy.Function("_sech")
error_function = sympy.Function("_erf")
scaled_erfc = sympy.Function("_scaled_erfc")
scaled_gaussian = sympy.Function("_scaled_gaussian")
log1p = sympy.Function("log1p")
expm1 = sympy.Function("expm1")
minimum = sympy.Function("minimum")
maximum = sympy.Function("maximum")
polynomial = sympy.Function("_polynomial")
arctan2 = sympy.Function("arctan2")
reciprocal = sympy.Function("reciprocal")
divide = sympy.Function("divide")
where = sympy.Function("where")
"""Named as in the emitted text: NumPy's own, and (leading underscore) those that the emitted module brings along.

``_polynomial(c, u)`` is ``Σ cₖ uᵏ``, ``_scaled_sigmoid(p, u)`` is ``p σ(u)``, ``_scaled_erfc(p, u, k)`` is
``p erfc(√k u)``, and ``_scaled_gaussian(p, u, k)`` is ``p e^{-k u²}``.
"""


def away_from_zero(radius: sympy.Expr) -> sympy.Expr:
    """x, and 1 in its place where ``|x| ≤ radius``."""
    return where(sympy.Le(sympy.Abs(X), radius, evaluate=False), 1, X)


WIDE = frozenset({"_erf", "_scaled_erfc", "_scaled_gaussian"})
"""Functions that work in float64 only."""

erfc = sympy.Function("erfc")
"""SymPy's own ``erfc`` turns erfc(-u) into 2 - erfc(u), which is the cancellation to be avoided."""


def gathered(e: sympy.Expr) -> sympy.Expr:
    """The laws that gather factors: in front of σ, erfc and the Gaussian, and σ(u) σ(-u)."""
    if not e.args or e.is_number or isinstance(e, sympy.Piecewise):
        return e
    if e.is_Add:
        common = _common_sigmoid(e)
        if common is not None:
            rest = sympy.Add(*(term / common for term in e.args))
            return scaled_sigmoid(gathered(rest), common.args[0])
    if not e.is_Mul:
        rebuilt = e.func(*map(gathered, e.args))
        return _as_tail(rebuilt) or rebuilt
    factors = [gathered(f) for f in _paired(e)]
    for place, f in enumerate(factors):
        rest = sympy.Mul(*factors[:place], *factors[place + 1 :])
        if f.func in (scaled_erfc, scaled_gaussian):
            return f.func(rest * f.args[0], *f.args[1:])
        if f.func == sigmoid and rest.has(X):
            return scaled_sigmoid(rest, f.args[0])
    return sympy.Mul(*factors)


def _as_tail(e: sympy.Expr) -> sympy.Expr | None:
    """``erfc(√k u)`` and ``e^{-k u²}`` with a rational k, the factor in front still 1."""
    if e.func == erfc:
        c, u = e.args[0].as_independent(X, as_Add=False)
        return scaled_erfc(1, sympy.sign(c) * u, c**2) if (c**2).is_Rational else scaled_erfc(1, e.args[0], 1)
    if isinstance(e, sympy.exp):
        c, square = e.args[0].as_independent(X, as_Add=False)
        if c.is_Rational and c < 0 and square.is_Pow and square.exp == 2:
            return scaled_gaussian(1, square.base, -c)
    return None


def _common_sigmoid(e: sympy.Expr) -> sympy.Expr | None:
    """A σ(u) that divides every term of a sum, one of which has another factor in x."""
    for candidate in sorted((f for f in e.atoms(sympy.Function) if f.func == sigmoid), key=sympy.default_sort_key):
        powers = [term.as_powers_dict()[candidate] for term in e.args]
        plain = any((term / candidate**power).has(X) for term, power in zip(e.args, powers, strict=True))
        if all(power >= 1 for power in powers) and plain:
            return candidate
    return None


def _paired(e: sympy.Expr) -> list[sympy.Expr]:
    """The factors of a product, with ``σ(u) σ(-u)`` taken together; whole powers of σ are written out."""
    powers = dict(e.as_powers_dict())
    for f in sorted((f for f in powers if f.func == sigmoid), key=sympy.default_sort_key):
        mirror = sigmoid(-f.args[0])
        both = sympy.Min(powers[f], powers.get(mirror, 0))
        if both.is_Integer and both > 0:
            u = max(f.args[0], mirror.args[0], key=lambda v: not v.could_extract_minus_sign())
            powers[f] -= both
            powers[mirror] -= both
            powers[sigmoid_slope(u)] = powers.get(sigmoid_slope(u), 0) + both
    found = []
    for base, power in powers.items():
        is_repeated = base.func == sigmoid and power.is_Integer and power > 0
        found += [base] * int(power) if is_repeated else [base**power]
    return [f for f in found if f != 1]
