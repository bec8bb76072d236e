"""The derivative of an activation function in terms of its output, by elimination.

With ``a = f(x)`` the law is ``f'(x) = g(a)``. On each branch of f one of these finds g, or none does:

    constant      f' = c                                                     -->  g = c
    elimination   f and f' rational in t, with t = x or t = e^{kx}           -->  the factor of
                  resultant_t(numer(a - f), numer(d - f')) that is linear in d, solved for d
    inverse       f = h(u), h injective where u lives, u' = g_u(u)           -->  g = h'(u) g_u(u), u = h⁻¹(a)

A candidate of the elimination is accepted only when ``g(f) - f'`` cancels to 0 identically in t. Branches are put
together only where f increases from branch to branch (or decreases), shown by counting the real zeros of f' (Sturm),
so that the output tells the branch: ``relu`` passes, ``|x|`` does not, and neither does ``min(max(x, 0), 6)``, whose
output 6 belongs to two branches with different slopes. None means that no such g was found.
"""

from __future__ import annotations

from functools import cache

import sympy

from symconv.layers.kinks import X, inner_point, is_less

Y = sympy.Symbol("a", real=True)
"""The output ``a = f(x)``."""

_T = sympy.Dummy("t", positive=True)
_D = sympy.Dummy("d")
_U = sympy.Dummy("u", real=True)
_P = sympy.Dummy("a", positive=True)
_LIMIT_DEGREE = (8, 4, 2)
"""Degree in t beyond which no elimination is tried, with 0, 1 and 2 irrational constants; with more none is."""

_LIMIT_REWRITTEN = 32
"""Operations beyond which a found g is left as it is."""

_INVERSES = {
    sympy.log: sympy.exp,
    sympy.exp: sympy.log,
    sympy.atan: sympy.tan,
    sympy.tanh: sympy.atanh,
    sympy.sinh: sympy.asinh,
}
"""Functions that are injective on all of their real domain, and their inverses."""

Branch = tuple[sympy.Expr, sympy.Expr, sympy.Expr]
"""An expression on the interval (start, end]."""


@cache
def in_terms_of_output(function: sympy.Expr) -> sympy.Expr | None:
    """``g`` with ``f'(x) = g(f(x))`` for every x (at a cut: of the branch on its left), or None.

    >>> in_terms_of_output(1 / (1 + sympy.exp(-X)))
    a*(1 - a)
    """
    parts = _branches(function)
    if parts is None:
        return None
    slopes = [_slope(e, start, end) for e, start, end in parts]
    known = [slope for slope in slopes if slope is not None]
    if len(known) < len(slopes):
        return None
    if all(slope == known[0] for slope in known):
        return known[0]
    if _increases(parts):
        ends = [e.subs(X, end) for e, _, end in parts[:-1]]
        conditions = [*(Y <= end for end in ends), True]
        return sympy.Piecewise(*zip(known, conditions, strict=True))
    if _increases([(-e, start, end) for e, start, end in parts]):
        ends = [e.subs(X, end) for e, _, end in parts[:-1]]
        conditions = [*(Y >= end for end in ends), True]
        return sympy.Piecewise(*zip(known, conditions, strict=True))
    return None


def _branches(function: sympy.Expr) -> list[Branch] | None:
    """The branches of a ``Piecewise`` on ``x ≤ cut``; None when a condition is of another kind."""
    if not function.has(sympy.Piecewise):
        return [(function, -sympy.oo, sympy.oo)]
    if not isinstance(function, sympy.Piecewise):
        return None
    parts, start = [], -sympy.oo
    for expression, condition in function.args:
        if condition == True:  # noqa: E712  SymPy's own true
            end = sympy.oo
        elif isinstance(condition, sympy.Le) and condition.lhs == X and condition.rhs.is_number:
            end = condition.rhs
        else:
            return None
        parts.append((expression, start, end))
        start = end
    return None if any(e.has(sympy.Piecewise) for e, _, _ in parts) else parts


def _slope(u: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr | None:
    """``g(Y)`` with ``u' = g(u)`` on one branch."""
    derivative = sympy.diff(u, X)
    if not derivative.has(X):
        return derivative
    return _by_elimination(u, derivative) or _by_inverse(u, start, end)


def _by_elimination(u: sympy.Expr, derivative: sympy.Expr) -> sympy.Expr | None:
    rational = _rational((u, derivative))
    if rational is None:
        return None
    (value, slope), constants = rational
    output, rate = (sympy.numer(sympy.together(s - e)) for s, e in ((Y, value), (_D, slope)))
    if max(sympy.degree(output, _T), sympy.degree(rate, _T)) > _LIMIT_DEGREE[len(constants)]:
        return None
    for factor, _ in sympy.factor_list(sympy.resultant(output, rate, _T))[1]:
        if sympy.degree(factor, _D) != 1:
            continue
        head, tail = sympy.Poly(factor, _D).all_coeffs()
        candidate = sympy.cancel(-tail / head)
        if sympy.cancel(candidate.subs(Y, value) - slope) == 0:
            return _written(candidate.xreplace(constants))
    return None


def _by_inverse(u: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr | None:
    """Peel the outermost operation: a number added, a number multiplied, a power, an injective function."""
    offset, rest = u.as_independent(X, as_Add=True)
    if offset != 0:
        inner, outer, inverse = rest, _U + offset, Y - offset
    else:
        scale, rest = u.as_independent(X, as_Add=False)
        if scale != 1:
            inner, outer, inverse = rest, scale * _U, Y / scale
        elif u.func in _INVERSES:
            inner, outer, inverse = u.args[0], u.func(_U), _INVERSES[u.func](Y)
        elif u.is_Pow and u.exp.is_Rational:
            sign = 1 if not u.exp.is_Integer else _sign_on(u.base, start, end)
            if sign == 0:
                return None
            inner, outer, inverse = u.base, _U**u.exp, sign * (sign**u.exp * Y) ** (1 / u.exp)
            if not u.exp.is_Integer:
                inverse = _P ** (1 / u.exp)
        else:
            return None
    slope = _slope(inner, start, end)
    if slope is None:
        return None
    return _written((sympy.diff(outer, _U) * slope.subs(Y, _U)).subs(_U, inverse).xreplace({_P: Y}))


def _rational(
    expressions: tuple[sympy.Expr, ...],
) -> tuple[tuple[sympy.Expr, ...], dict[sympy.Basic, sympy.Expr]] | None:
    """The expressions as rational functions of t over the rationals; t is x, or e^{kx} (any fixed base).

    Irrational constants become symbols, given back with their values: an identity in the symbols holds for them.
    """
    hyperbolic = (sympy.tanh, sympy.sinh, sympy.cosh)
    rewritten = [sympy.powsimp(e.rewrite(hyperbolic, sympy.exp)) for e in expressions]
    powers = {p for e in rewritten for p in e.atoms(sympy.Pow, sympy.exp) if p.as_base_exp()[1].has(X)}
    replaced: dict[sympy.Expr, sympy.Expr] = {X: _T}
    if powers:
        bases = {p.as_base_exp()[0] for p in powers}
        exponents = {p: sympy.Poly(p.as_base_exp()[1], X) for p in powers if p.as_base_exp()[1].is_polynomial(X)}
        linear = all(p in exponents and exponents[p].degree() == 1 for p in powers)
        if len(bases) != 1 or bases.pop().has(X) or not linear:
            return None
        rates = {p: exponents[p].LC() for p in powers}
        if not all(rate.is_Rational for rate in rates.values()):
            return None
        unit = sympy.ilcm(*(rate.q for rate in rates.values()), 1)
        replaced = {p: _T ** (rates[p] * unit) * p.func(*_base(p), exponents[p].eval(0)) for p in powers}
    constants: dict[sympy.Expr, sympy.Symbol] = {}
    found = tuple(_constants_named(e.xreplace(replaced), constants) for e in rewritten)
    if len(constants) >= len(_LIMIT_DEGREE):
        return None
    if any(e.has(X) or not e.is_rational_function(_T, *constants.values()) for e in found):
        return None
    return found, {symbol: value for value, symbol in constants.items()}


def _base(power: sympy.Expr) -> tuple[sympy.Expr, ...]:
    return () if isinstance(power, sympy.exp) else (power.base,)


def _constants_named(e: sympy.Expr, names: dict[sympy.Expr, sympy.Symbol]) -> sympy.Expr:
    """Every largest irrational constant replaced by a symbol of its own."""
    if e.is_Rational or (not e.args and not e.is_number):
        return e
    if e.is_number and not (e.is_Add or e.is_Mul):
        return names.setdefault(e, sympy.Dummy("k", positive=True))
    return e.func(*(_constants_named(argument, names) for argument in e.args))


def _increases(parts: list[Branch]) -> bool:
    """Whether f grows strictly on every branch that is not constant, and the branches' outputs do not overlap."""
    for (e, start, end), following in zip(parts, [*parts[1:], None], strict=True):
        if e.has(X) and _sign_on(sympy.diff(e, X), start, end) <= 0:
            return False
        if following is not None:
            here, there = e.subs(X, end), following[0].subs(X, end)
            if not (here.is_finite and there.is_finite):
                return False
            overlap = is_less(there, here) if following[0].has(X) else not is_less(here, there)
            if overlap:
                return False
    return True


def _sign_on(u: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> int:
    """1 or -1 when u, rational in t, keeps that sign inside (start, end); 0 when that is not shown."""
    rational = _rational((u,))
    if rational is None or rational[1]:
        return 0
    is_exponential = any(p.as_base_exp()[1].has(X) for p in u.rewrite(sympy.exp).atoms(sympy.Pow, sympy.exp))
    ends = (start, end)
    if is_exponential:
        ends = (sympy.Integer(start == 0), sympy.Integer(1) if end == 0 else sympy.oo)
    if not all(point.is_Rational or point.is_infinite for point in ends):
        return 0
    for polynomial in sympy.fraction(sympy.together(rational[0][0])):
        if polynomial.has(_T):
            squarefree = sympy.Poly(polynomial, _T, domain="QQ").sqf_part()
            low, high = (None if point.is_infinite else point for point in ends)
            at_ends = sum(squarefree.eval(point) == 0 for point in (low, high) if point is not None)
            if squarefree.count_roots(low, high) > at_ends:
                return 0
    return 1 if is_less(sympy.Integer(0), u.subs(X, inner_point(start, end))) else -1


def _written(g: sympy.Expr) -> sympy.Expr:
    """Powers of a outside, the rest in ascending order: ``a(1-a)``, ``1-a²``, ``1-e^{-a}``."""
    for square in g.atoms(sympy.Pow):
        if isinstance(square.base, sympy.tan) and square.exp == 2:
            g = g.xreplace({1 + square: sympy.cos(square.base.args[0]) ** -2})
    if g.is_polynomial(Y) and g.count_ops() <= _LIMIT_REWRITTEN:
        (lowest,), scale = sympy.Poly(g, Y).terms()[-1]
        return abs(scale) * Y**lowest * sympy.expand(sympy.cancel(g / (abs(scale) * Y**lowest)))
    if g.count_ops() > _LIMIT_REWRITTEN:
        return g
    return sympy.factor(g) if g.is_rational_function(Y) else sympy.expand(g)
