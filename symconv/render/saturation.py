"""Exponentials inside functions that have long reached their limit.

``e^u`` leaves the range of float32 at u = 88, and NumPy warns, although ``tanh(e^u)`` has been 1 since u = 3. Law, for
an expression g that holds still beyond ``e^u = e^60``::

    g(e^u)                  -->  g(e^{min(u, 60)})
    e^v g, g such a factor  -->  e^{v + w} for g = e^w: one exponential, so that neither underflows alone
"""

from __future__ import annotations

import mpmath
import sympy

from symconv.layers.kinks import X
from symconv.render.rounding_bound import number, value_at
from symconv.render.tail_forms import minimum

LIMIT = 60
_BEYOND = (61, 90, 300, 800, 10_000)


def saturated(e: sympy.Expr) -> sympy.Expr:
    """The law, on the largest parts that it holds for.

    >>> saturated(sympy.exp(-sympy.exp(X)))
    exp(-exp(minimum(x, 60)))
    """
    if isinstance(e, sympy.Piecewise) or not _nested(e):
        return e
    if e.is_Mul:
        moving, others = sympy.sift(e.args, lambda f: bool(f.has(sympy.exp)), binary=True)
        powers, functions = sympy.sift(moving, lambda f: isinstance(f, sympy.exp), binary=True)
        product = sympy.Mul(sympy.exp(sympy.Add(*(p.args[0] for p in powers))), *functions)
        if _holds_still(product):
            return sympy.Mul(*others) * _clamped(product)
    elif not e.is_Add and _holds_still(e):
        return _clamped(e)
    return e.func(*map(saturated, e.args))


def _nested(e: sympy.Expr) -> set[sympy.Expr]:
    """The exponentials that other functions are given."""
    outer = [f for f in e.atoms(sympy.Function) if f.args[0].has(sympy.exp)]
    return {p for f in outer for p in f.atoms(sympy.exp) if p != f and not p.args[0].has(sympy.exp)}


def _clamped(e: sympy.Expr) -> sympy.Expr:
    return e.xreplace({p: sympy.exp(minimum(p.args[0], LIMIT)) for p in _nested(e)})


def _holds_still(e: sympy.Expr) -> bool:
    """Whether e is the same with the exponentials held at e^60, to all digits of float64, wherever they are larger."""
    powers = _nested(e)
    if len(powers) != 1:
        return False
    u = next(iter(powers)).args[0]
    if not u.is_polynomial(X) or sympy.degree(u, X) != 1:
        return False
    for value in _BEYOND:
        x = number((value - u.coeff(X, 0)) / u.coeff(X, 1))
        held, true = value_at(_clamped(e), x), value_at(e, x)
        if not abs(held - true) <= mpmath.mpf(10) ** -18 * abs(true) + mpmath.mpf(10) ** -330:
            return False
    return True
