"""Rewriting an activation function into operations that neither overflow nor cancel.

Every law is an identity of real functions, for any subexpression u; what changes is the rounding. With
``σ(u) = 1/(1 + e⁻ᵘ)``:

    1 + tanh u             -->  2 σ(2u)                               1 - tanh² u  -->  4 σ'(2u)
    sinh u / cosh u        -->  tanh u                                1/cosh u  -->  2e/(1 + e²), e = e^{-|u|}
    log(1 + eᵘ)            -->  max(u, 0) + log1p(e^{-|u|})           log(u + √(u² + 1))  -->  asinh u
    log(1 + u)             -->  log1p(u)                              c eᵘ - c  -->  c expm1(u)
    1 + erf u              -->  erfc(-u)                              1 - erf u  -->  erfc(u)
    1 - cos u              -->  2 sin²(u/2)                           cosh u - 1  -->  2 sinh²(u/2)
    π/2 - atan u           -->  atan2(1, u)                           p/q + r/s in x  -->  one fraction, in factors
    p/gⁿ                   -->  ((p/g)/g)/…, where gⁿ leaves the range
    R(eᵘ), R rational      -->  R(e^{min(u,0)}) where u ≤ 0, else R in powers of e^{-max(u,0)}
    g(x) on x ≤ c          -->  g(min(x, c)), so that the branch not taken cannot overflow

Those in ``symconv.render.exponential_forms`` are of the same kind. What stands in front of σ, erfc and e^{-u²} is then
gathered by ``symconv.render.tail_forms``. Their direction matters at saturation: ``σ' = a(1 - a)`` and
``tanh' = 1 - a²`` hold exactly, and lose every digit where a rounds to 1; the right-hand sides above keep them.

Other laws (``algebraic_forms``, ``one_fraction``, ``near_zero``) do not help everywhere: they propose, and the bound
of ``symconv.render.rounding_bound`` decides. The first form without a bad point is taken, else that with the fewest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sympy
from mpmath import isfinite, mpf

from symconv.layers.kinks import X, inner_point
from symconv.render.algebraic_forms import fractions, is_small, over_rationals
from symconv.render.exponential_forms import logarithm, logistic, one_fraction, softplus_sum, split_by_sign, tangent
from symconv.render.near_zero import HALF, beside_zero, flat_radius, joined
from symconv.render.rounding_bound import POINTS, bad_points, number, value_at
from symconv.render.saturation import saturated
from symconv.render.tail_forms import (
    arctan2,
    away_from_zero,
    divide,
    erfc,
    error_function,
    expm1,
    gathered,
    log1p,
    maximum,
    minimum,
    sech,
    sigmoid,
    where,
)

Laws = tuple[Callable[[sympy.Expr], sympy.Expr | None], ...]


def stable(expression: sympy.Expr) -> sympy.Expr:
    """``expression`` in operations that keep its digits; the same function of x.

    >>> stable(X / (1 + sympy.exp(-X)))
    _scaled_sigmoid(x, x)
    """
    return _best(expression, -sympy.oo, sympy.oo)


def _best(e: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr:
    """The first form of ``e`` that is good on ``(start, end]``, else the one that is good at the most points."""
    if isinstance(e, sympy.Piecewise):
        return _on_branches(e, _best)
    points = [x for x in POINTS if number(start) < x <= number(end)]
    best, bad = e, points
    for form in _proposals(e, start, end):
        found = bad_points(form, points)
        if best is e or len(found) < len(bad):
            best, bad = form, found
        if not bad:
            return best
    return min([best, *_remedies(e, best, bad, start, end)], key=lambda form: len(bad_points(form, points)))


def _remedies(
    e: sympy.Expr, best: sympy.Expr, bad: list[mpf], start: sympy.Expr, end: sympy.Expr
) -> Iterator[sympy.Expr]:
    """Forms that mend the best one of those proposed where it is bad."""
    yield _one_by_one(best)
    if not any(abs(x) < HALF for x in bad):
        return
    radius = flat_radius(e, start, end)
    if radius is not None:
        yield joined(sympy.Integer(0), best.xreplace({X: away_from_zero(radius)}), radius)
    near = beside_zero(e)
    if near is not None:
        yield from (joined(near, form) for form in (best, best.xreplace({X: away_from_zero(HALF)})))


def _one_by_one(e: sympy.Expr) -> sympy.Expr:
    """``p/gⁿ --> ((p/g)/g)/…``, so that gⁿ does not leave the range although the quotient is inside it."""
    if not e.args or e.is_number:
        return e
    if isinstance(e, sympy.Piecewise):
        return sympy.Piecewise(*((_one_by_one(branch), condition) for branch, condition in e.args), evaluate=False)
    factors = [f.as_base_exp() for f in sympy.Mul.make_args(e)]
    below = [(g, -n) for g, n in factors if n.is_Integer and n < -1 and g.has(X)]
    if not below:
        return e.func(*map(_one_by_one, e.args))
    quotient = e * sympy.Mul(*(g**n for g, n in below))
    for g, n in below:
        for _ in range(n):
            quotient = divide(quotient, g)
    return quotient


def _proposals(e: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> Iterator[sympy.Expr]:
    """Forms of ``e``, the plainest first."""
    orders = (_PLAIN, (*_PLAIN, _balanced), (_balanced, *_PLAIN)) if e.has(sympy.exp, sympy.tanh) else (_PLAIN,)
    yield from (_kept(e, laws) for laws in orders)
    fraction = one_fraction(e)
    if fraction is not None:
        yield from (_kept(fraction, laws) for laws in orders)
    yield from map(_kept, fractions(e))
    split = split_by_sign(_rewritten(e, _PLAIN))
    if split is not None:
        yield _kept(split)
    if e.args and not e.is_number:
        yield _kept(e.func(*(_best(argument, start, end) for argument in e.args)))


def _kept(e: sympy.Expr, laws: Laws | None = None) -> sympy.Expr:
    """``e`` by these laws (the plain ones), gathered and held where it is saturated."""
    if isinstance(e, sympy.Piecewise):
        return _on_branches(e, lambda branch, *_: _kept(branch, laws))
    return saturated(gathered(_rewritten(e, laws or _PLAIN)))


def _on_branches(
    piecewise: sympy.Piecewise, law: Callable[[sympy.Expr, sympy.Expr, sympy.Expr], sympy.Expr]
) -> sympy.Expr:
    """``g(x) on x ≤ c --> g(min(x, c))``, ``g(x) on x > c --> g(max(x, c))``; polynomials cannot overflow."""
    parts, start = [], -sympy.oo
    for branch, condition in piecewise.args:
        is_cut = isinstance(condition, sympy.Le) and condition.lhs == X and condition.rhs.is_number
        end = condition.rhs if is_cut else sympy.oo
        form = law(branch, start, end)
        if not branch.is_polynomial(X):
            form = form.xreplace({X: _held_inside(form, start, end)})
        is_compared = condition != True and not is_cut  # noqa: E712  SymPy's own true
        sides = [gathered(_rewritten(side, _PLAIN)) for side in condition.args] if is_compared else []
        parts.append((form, condition.func(*sides, evaluate=False) if is_compared else condition))
        start = end if is_cut else -sympy.oo
    return sympy.Piecewise(*parts, evaluate=False)


def _held_inside(form: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> sympy.Expr:
    """x; where it is outside ``(start, end]`` the end in its place, or a number inside where g has a pole there."""
    x, inside = X, inner_point(start, end)
    if start != -sympy.oo:
        x = maximum(X, start) if isfinite(value_at(form, number(start))) else where(X <= start, inside, X)
    if end != sympy.oo:
        x = minimum(x, end) if isfinite(value_at(form, number(end))) else where(X <= end, x, inside)
    return x


def _rewritten(e: sympy.Expr, laws: Laws) -> sympy.Expr:
    """The laws that replace a subexpression, outermost first."""
    if not e.args or e.is_number:
        return e
    if isinstance(e, sympy.Piecewise):
        return _on_branches(e, lambda branch, *_: _kept(branch, laws))
    for law in laws:
        found = law(e)
        if found is not None:
            return found if law is _balanced else _rewritten(found, laws)
    rebuilt = e.func(*(_rewritten(argument, laws) for argument in e.args))
    return softplus_sum(rebuilt) or rebuilt


def _secant(e: sympy.Expr) -> sympy.Expr | None:
    """``sinhᵏ u / coshᵐ u --> tanhᵏ u / coshᵐ⁻ᵏ u`` for 0 ≤ k ≤ m, where 1/cosh has its own operation."""
    powers = e.as_powers_dict() if e.is_Mul or e.is_Pow else {}
    for base, power in powers.items():
        if isinstance(base, sympy.cosh) and power.is_Integer and power < 0:
            u = base.args[0]
            k = powers.get(sympy.sinh(u), sympy.Integer(0))
            k = k if k.is_Integer and 0 <= k <= -power else sympy.Integer(0)
            rest = sympy.Mul(*(b**p for b, p in powers.items() if b != base and (k == 0 or b != sympy.sinh(u))))
            return rest * sympy.tanh(u) ** k * sech(u) ** (-power - k)
    return None


def _logarithm(e: sympy.Expr) -> sympy.Expr | None:
    """``log(u + √(u² + 1)) --> asinh u``, those of sums of exponentials, and ``log(1 + u) --> log1p(u)``."""
    if not isinstance(e, sympy.log):
        return None
    inside = e.args[0]
    for root in inside.args if inside.is_Add else ():
        if root.is_Pow and root.exp == sympy.Rational(1, 2) and sympy.expand(root.base - (inside - root) ** 2) == 1:
            return sympy.asinh(inside - root)
    constant, u = inside.as_independent(X, as_Add=True)
    return logarithm(e) or (log1p(u) if constant == 1 else None)


def _sum(e: sympy.Expr) -> sympy.Expr | None:
    """A constant c and a term that comes near ±c, in one operation: tanh u, tanh² u, erf u and eᵘ beside it."""
    if not e.is_Add:
        return None
    if e.is_rational_function(X) and not e.is_polynomial(X) and over_rationals(e):
        together = sympy.factor(e)
        return None if together.is_Add else together
    constant, others = e.as_independent(X, as_Add=True)
    for term in sympy.Add.make_args(others) if constant != 0 else ():
        c, g = term.as_independent(X, as_Add=False)
        found = _beside_constant(constant, c, *((g, 1) if isinstance(g, sympy.exp) else g.as_base_exp()))
        if found is not None:
            return others - term + found
    return None


def _beside_constant(constant: sympy.Expr, c: sympy.Expr, base: sympy.Expr, power: sympy.Expr) -> sympy.Expr | None:
    """``constant + c·base^power`` in one operation."""
    if not base.args or power not in (1, 2):
        return None
    u = base.args[0]
    quotient = sympy.cancel(constant / c)
    if base.func == sympy.atan and power == 1 and quotient in (sympy.pi / 2, -sympy.pi / 2):
        sign = 1 if quotient.is_positive else -1
        return sign * c * arctan2(1, -sign * u)
    if base.func == sympy.tanh and quotient.is_number and 1 <= abs(quotient) <= 2:
        sign = 1 if quotient.is_positive else -1
        rest = constant - sign * c
        if power == 1:
            return rest + 2 * sign * c * sigmoid(2 * sign * u)
        return rest - 4 * c * sigmoid(2 * u) * sigmoid(-2 * u) if sign < 0 else None
    if power != 1 or quotient not in (1, -1):
        return None
    match base.func, int(quotient):
        case sympy.erf, sign:
            return constant * erfc(-sign * u)
        case sympy.exp, -1:
            return c * expm1(u)
        case sympy.cos, -1:
            return -2 * c * sympy.sin(u / 2) ** 2
        case sympy.cosh, -1:
            return 2 * c * sympy.sinh(u / 2) ** 2
    return None


def _error_function(e: sympy.Expr) -> sympy.Expr | None:
    return error_function(e.args[0]) if isinstance(e, sympy.erf) else None


def _balanced(e: sympy.Expr) -> sympy.Expr | None:
    """``R(e^{kx}) --> R`` in powers of e^{kx} where x ≤ 0, else in powers of e^{-kx}."""
    if e.is_Mul and any(not f.has(sympy.exp) for f in e.args):
        inside, outside = sympy.sift(e.args, lambda f: f.has(sympy.exp), binary=True)
        found = _balanced(sympy.Mul(*inside))
        return None if found is None else found * sympy.Mul(*(_rewritten(f, _PLAIN) for f in outside))
    if not over_rationals(e) or not any(p.exp.is_negative and p.base.has(sympy.exp) for p in e.atoms(sympy.Pow)):
        return None
    powers = e.atoms(sympy.exp)
    rates = [sympy.cancel(p.args[0] / X) for p in powers]
    if not all(rate.is_Rational for rate in rates):
        return None
    unit, t = sympy.ilcm(1, *(rate.q for rate in rates)), sympy.Dummy("t", positive=True)
    rational = e.xreplace({p: t ** (rate * unit) for p, rate in zip(powers, rates, strict=True)})
    if rational.has(X) or not rational.is_rational_function(t) or not is_small(rational, t):
        return None
    whole = _rewritten(sympy.factor(rational).subs(t, sympy.exp(X / unit)), _PLAIN)
    if not whole.has(sympy.exp, expm1):
        return whole
    halves = []
    for point in (t, 1 / t):
        numerator, denominator = sympy.fraction(sympy.factor(rational.subs(t, point)))
        halves.append((numerator / denominator).subs(t, sympy.exp((X if point == t else -X) / unit)))
    return _on_branches(
        sympy.Piecewise((halves[0], X <= 0), (halves[1], True), evaluate=False),
        lambda g, *_: gathered(_rewritten(g, _PLAIN)),
    )


_PLAIN: Laws = (tangent, logistic, _secant, _logarithm, softplus_sum, _sum, _error_function)
"""The laws that never lose digits, in the order in which they are tried."""
