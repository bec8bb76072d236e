"""Rational functions of x, with or without one root s = Q^(1/n) of a polynomial Q, as one fraction.

Laws, for polynomials A, B, C in x with rational coefficients::

    any rational function of x and s     -->  (A + B s)/C, by sⁿ = Q and, for n = 2, 1/(C + E s) = (C - E s)/(C² - E² Q)
    B s/(Q C)                            -->  B/(C s^{n-1})
    A + B s, n = 2, where A B < 0        -->  (A² - B² Q)/(A - B s): the square is taken exactly, before rounding
    R(x) where |x| > 1                   -->  R in powers of 1/x, so that no power overflows

The sign of A B changes only at its zeros; they cut the line.
"""

from __future__ import annotations

from collections.abc import Iterator

import sympy

from symconv.layers.kinks import X, inner_point
from symconv.render.tail_forms import away_from_zero, maximum, minimum, reciprocal

_S = sympy.Dummy("s", positive=True)
_Y = sympy.Dummy("y")
LIMIT_DEGREE = 100
"""Degree beyond which no common denominator is looked for."""


def over_rationals(e: sympy.Expr) -> bool:
    """Whether all constants are rational: factoring over anything else takes long."""
    return all(part.is_Rational for part in sympy.preorder_traversal(e) if part.is_number)


def is_small(e: sympy.Expr, t: sympy.Symbol) -> bool:
    """Whether ``e``, rational in t, can be put over one denominator of moderate degree without effort."""
    return max(_degrees(e, t)) <= LIMIT_DEGREE


def _degrees(e: sympy.Expr, t: sympy.Symbol) -> tuple[int, int]:
    """Bounds of the degrees of numerator and denominator."""
    if not e.has(t) or e == t:
        return int(e == t), 0
    if e.is_Pow:
        above, below = (int(abs(e.exp)) * d for d in _degrees(e.base, t))
        return (above, below) if e.exp > 0 else (below, above)
    parts = [_degrees(argument, t) for argument in e.args]
    below = sum(d for _, d in parts)
    return (sum(n for n, _ in parts) if e.is_Mul else max(n - d for n, d in parts) + below), below


def fractions(e: sympy.Expr) -> Iterator[sympy.Expr]:
    """Other forms of an algebraic function of x, the plainest first; none for other functions."""
    if not over_rationals(e):
        return
    if e.is_rational_function(X):
        if not is_small(e, X):
            return
        yield sympy.factor(e)
        yield from _in_powers_of_inverse(e)
        return
    root = _root(e)
    if root is None:
        return
    radicand, degree = root
    found = _normal(e, radicand, degree)
    if found is None:
        return
    a, b, c, power = found
    s = radicand ** sympy.Rational(1, degree)
    if a == 0 or b == 0:
        yield (a + b) / c * s ** (power + (0 if b == 0 else 1))
        return
    yield from _conjugated(a, b, c, radicand, s**power)


def _root(e: sympy.Expr) -> tuple[sympy.Expr, int] | None:
    """(Q, n) when every root in ``e`` is a power of Q^(1/n), Q a polynomial, and the rest is rational in x."""
    powers = [p for p in e.atoms(sympy.Pow) if not p.exp.is_Integer and p.has(X)]
    bases = {p.base for p in powers}
    if len(bases) != 1 or not all(p.exp.is_Rational for p in powers):
        return None
    (radicand,) = bases
    degree = sympy.ilcm(1, *(p.exp.q for p in powers))
    rational = e.xreplace({p: _S ** (p.exp * degree) for p in powers})
    if not radicand.is_polynomial(X) or not rational.is_rational_function(X, _S):
        return None
    return radicand, int(degree)


def _normal(
    e: sympy.Expr, radicand: sympy.Expr, degree: int
) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr, sympy.Expr] | None:
    """``(A, B, C, k)`` with ``e = (A + B s) sᵏ/C``."""
    rational = e.replace(
        lambda p: p.is_Pow and p.base == radicand and not p.exp.is_Integer, lambda p: _S ** (p.exp * degree)
    )
    rational = rational.xreplace({radicand: _S**degree})
    if not is_small(rational, X) or not is_small(rational, _S):
        return None
    above, below = (sympy.Poly(part, _S) for part in sympy.fraction(sympy.together(rational)))
    power = -min(k for (k,) in below.monoms())
    below = below.quo(sympy.Poly(_S**-power, _S))
    relation = sympy.Poly(_S**degree - radicand, _S)
    above, below = above.rem(relation), below.rem(relation)
    if below.degree() > 0:
        if degree != 2:
            return None
        d, f = below.coeff_monomial(1), below.coeff_monomial(_S)
        conjugate = sympy.Poly(d - f * _S, _S)
        above, below = (above * conjugate).rem(relation), (below * conjugate).rem(relation)
    terms = {k: sympy.cancel(c / below.as_expr()) for (k,), c in above.terms()}
    terms = {k: c for k, c in terms.items() if c != 0}
    if len(terms) == 1:
        ((k, c),) = terms.items()
        return (*_without(c, radicand, degree, power + k),)
    if degree != 2 or set(terms) != {0, 1}:
        return None
    a, b, c = _over_one(terms[0], terms[1])
    return a, b, c, sympy.Integer(power)


def _without(
    c: sympy.Expr, radicand: sympy.Expr, degree: int, power: int
) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr, sympy.Expr]:
    """``c sᵏ`` with the powers of Q in c counted as powers of s."""
    above, below = sympy.fraction(sympy.factor(c))
    for step in (-1, 1):
        part = below if step < 0 else above
        quotient, rest = sympy.div(part, radicand, X)
        while rest == 0 and part.has(X):
            part, power = quotient, power + step * degree
            quotient, rest = sympy.div(part, radicand, X)
        above, below = (above, part) if step < 0 else (part, below)
    return sympy.factor(above), sympy.Integer(0), sympy.factor(below), sympy.Integer(power)


def _over_one(a: sympy.Expr, b: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr, sympy.Expr]:
    """Two fractions over their common denominator."""
    (p, q), (r, t) = sympy.fraction(a), sympy.fraction(b)
    common = sympy.lcm(q, t)
    return sympy.cancel(p * common / q), sympy.cancel(r * common / t), common


def _conjugated(
    a: sympy.Expr, b: sympy.Expr, c: sympy.Expr, radicand: sympy.Expr, scale: sympy.Expr
) -> Iterator[sympy.Expr]:
    """``(A + B s)/C`` with the conjugate wherever A and B differ in sign."""
    root = sympy.sqrt(radicand)
    content = sympy.gcd(a, b)
    a, b = sympy.cancel(a / content), sympy.cancel(b / content)
    direct = sympy.factor(content / c) * (a + b * root) * scale
    square = sympy.factor(sympy.cancel((a**2 - b**2 * radicand) * content / c))
    partner = a - b * root
    conjugate = (-square / -partner if a.could_extract_minus_sign() else square / partner) * scale
    cuts = _real_roots(a * b)
    if cuts is None:
        return
    pieces: list[tuple[sympy.Expr, sympy.Expr]] = []
    start = -sympy.oo
    for end in [*cuts, sympy.oo]:
        is_opposite = (a * b).subs(X, inner_point(start, end)) < 0
        form = conjugate if is_opposite else direct
        if pieces and pieces[-1][0] == form:
            pieces.pop()
        pieces.append((form, end))
        start = end
    *cut, (last, _) = pieces
    yield sympy.Piecewise(*((form, X <= end) for form, end in cut), (last, True), evaluate=False) if cut else last


def _real_roots(polynomial: sympy.Expr) -> list[sympy.Expr] | None:
    """The real zeros in ascending order; None where one has no closed form."""
    if not polynomial.has(X):
        return []
    roots = sorted(set(sympy.Poly(polynomial, X).real_roots()))
    return roots if len(roots) <= 3 and all(root.is_Rational for root in roots) else None


def _in_powers_of_inverse(e: sympy.Expr) -> Iterator[sympy.Expr]:
    """``R(x) --> R in powers of 1/x`` where |x| > 1; ``reciprocal``, since SymPy makes (1/x)⁹ into 1/x⁹."""
    above, below = sympy.fraction(sympy.cancel(e))
    if not below.has(X):
        return
    inner = _square_free(above) / _square_free(below)
    above, below = sympy.fraction(sympy.cancel(e.subs(X, 1 / _Y)))
    outer = (_square_free(above) / _square_free(below)).xreplace({_Y: reciprocal(away_from_zero(sympy.Integer(1)))})
    inner = inner.xreplace({X: minimum(maximum(X, -1), 1)})
    yield sympy.Piecewise((inner, sympy.Le(sympy.Abs(X), 1, evaluate=False)), (outer, True), evaluate=False)


def _square_free(polynomial: sympy.Expr) -> sympy.Expr:
    """In factors that are repeated, and no others: x¹⁰ + 1 stays."""
    content, parts = sympy.sqf_list(polynomial)
    return content * sympy.Mul(*(part**k for part, k in parts))
