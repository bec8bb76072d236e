"""Expressions in e^u and the functions made of it, so that nothing overflows or cancels.

Laws, with ``σ(u) = 1/(1 + e⁻ᵘ)`` and t = eᵘ; exponents are rational multiples of one u::

    e^{ku} (1 + eᵘ)⁻ᵐ          -->  σ(u)ᵏ σ(-u)ᵐ⁻ᵏ, whole 0 ≤ k ≤ m
    e^{ku} (1 + eᵘ)⁻ᵐ          -->  e^{k min(u,0) + (k-m) max(u,0)} (1 + e^{-|u|})⁻ᵐ, any other 0 ≤ k ≤ m
    e^{mu/2} (1 + eᵘ)⁻ᵐ        -->  (sech(u/2)/2)ᵐ                            (eᵘ - 1)/(eᵘ + 1)  -->  tanh(u/2)
    tanh v, sinh v, cosh v     -->  rational in eᵛ
    Σ pᵢ Rᵢ(t), R rational     -->  the Rᵢ as one fraction each, in factors
    log(c e^v + d e^w)         -->  v + log c + softplus(w - v + log(d/c))
    c softplus(u) - c u        -->  c softplus(-u)
    softplus(u), σ(u), u > 0   -->  u + softplus(-u), 1 - σ(-u)
"""

from __future__ import annotations

import sympy

from symconv.layers.kinks import X
from symconv.render.algebraic_forms import is_small
from symconv.render.tail_forms import maximum, minimum, sech, sigmoid, softplus

_T = sympy.Dummy("t", positive=True)


def logistic(e: sympy.Expr) -> sympy.Expr | None:
    """The laws for ``(1 + eᵘ)⁻ᵐ``; what is left of the exponent stays outside."""
    if not (e.is_Mul or e.is_Pow):
        return None
    powers, factors = _split(e)
    exponents = [p * sympy.log(b) for b, p in powers]
    for base, power in factors:
        content, u = _beside_one(base, 1)
        if u is None or u.has(sympy.Abs) or not power.is_Rational or power > 0:
            continue  # e^{-|u|} stays small as it is
        multiples = [v for v in exponents if sympy.cancel(v / u).is_Rational] or exponents
        k = sympy.cancel(sympy.Add(*multiples) / u)
        rest = sympy.Mul(*(b**p for b, p in factors if b != base))
        others = sympy.Mul(*(sympy.exp(v) for v in exponents if v not in multiples))
        if power.is_Integer and k.is_Rational and not k.is_Integer and 0 < k < -power:
            is_symmetric = k == -power / 2
            return (2 * content) ** power * rest * others * sech(u / 2) ** -power if is_symmetric else None
        is_inside = k.is_Rational and k > 0 and (k.is_Integer or not power.is_Integer)
        inside = min(k, -power) if is_inside else sympy.Integer(0)
        if power.is_Integer:
            form = sigmoid(u) ** inside * sigmoid(-u) ** (-power - inside)
        else:
            exponent = inside * minimum(u, 0) + (inside + power) * maximum(u, 0)
            form = sympy.exp(exponent) * (1 + sympy.exp(-sympy.Abs(u))) ** power
        left = sympy.exp(sympy.expand(sympy.Add(*multiples) - inside * u))
        return content**power * rest * others * left * form
    return None


def tangent(e: sympy.Expr) -> sympy.Expr | None:
    """``(eᵘ - 1)ʲ (eᵘ + 1)⁻ᵐ --> tanh(u/2) (eᵘ - 1)ʲ⁻¹ (eᵘ + 1)¹⁻ᵐ``."""
    if not e.is_Mul:
        return None
    _, factors = _split(e)
    above = [(base, *_beside_one(base, -1)) for base, power in factors if power.is_Integer and power > 0]
    below = [(base, *_beside_one(base, 1)) for base, power in factors if power.is_Integer and power < 0]
    for top, scale, u in above:
        for bottom, content, v in below:
            if u is not None and u == v:
                return e * bottom / top * scale / content * sympy.tanh(u / 2)
    return None


def logarithm(e: sympy.Expr) -> sympy.Expr | None:
    """The logarithm of a product of powers, each of eᵘ or of a sum of two with positive coefficients."""
    if not isinstance(e, sympy.log):
        return None
    inside = e.args[0].replace(sympy.cosh, lambda u: (sympy.exp(u) + sympy.exp(-u)) / 2)
    found = [_logarithm_of(*f.as_base_exp()) for f in sympy.Mul.make_args(inside)]
    terms = [term for term in found if term is not None]
    return sympy.Add(*terms) if len(terms) == len(found) and any(term.has(softplus) for term in terms) else None


def _logarithm_of(base: sympy.Expr, power: sympy.Expr) -> sympy.Expr | None:
    if base.is_positive and base.is_number:
        return power * sympy.log(base)
    if not base.is_Add or len(base.args) != 2:
        return None
    (c, v), (d, w) = (_as_exponential(term) for term in base.args)
    if v is None or w is None or not (c.is_positive and d.is_positive and power.is_Rational):
        return None
    return power * (v + sympy.log(c) + softplus(sympy.expand(w - v) + sympy.log(d / c)))


def _as_exponential(term: sympy.Expr) -> tuple[sympy.Expr, sympy.Expr | None]:
    """``(c, v)`` with ``term = c eᵛ``."""
    c, g = term.as_independent(X, as_Add=False)
    base, exponent = g.as_base_exp()
    if g == 1:
        return c, sympy.Integer(0)
    return c, exponent * sympy.log(base) if base.is_number and base.is_positive else None


def softplus_sum(e: sympy.Expr) -> sympy.Expr | None:
    """``c softplus(u) - c u --> c softplus(-u)``, where the sum holds just that multiple of u."""
    if not e.is_Add:
        return None
    for term in e.args:
        c, g = term.as_independent(X, as_Add=False)
        if g.func == softplus and g.args[0].has(X):
            u = g.args[0]
            linear, _ = u.as_independent(X, as_Add=True)
            moving = u - linear
            others = sympy.expand(e - term)
            left = sympy.expand(others + c * moving)
            if left.is_number and not others.is_number:
                return left + c * linear + c * softplus(-u)
    return None


def one_fraction(e: sympy.Expr) -> sympy.Expr | None:
    """``e`` as a polynomial in everything but one t = eᵘ, each coefficient one fraction in t; None without such a t."""
    e = e.replace(sympy.tanh, lambda v: (sympy.exp(2 * v) - 1) / (sympy.exp(2 * v) + 1))
    e = e.replace(sympy.sinh, lambda v: (sympy.exp(v) - sympy.exp(-v)) / 2)
    e = e.replace(sympy.cosh, lambda v: (sympy.exp(v) + sympy.exp(-v)) / 2)
    powers = [p for p in e.atoms(sympy.exp, sympy.Pow) if p.as_base_exp()[0].is_number and p.has(X)]
    exponents = [sympy.expand(p.as_base_exp()[1] * sympy.log(p.as_base_exp()[0])) for p in powers]
    if not exponents:
        return None
    rates = [sympy.cancel(v / exponents[0]) for v in exponents]
    if not all(rate.is_Rational for rate in rates):
        return None
    unit = sympy.Rational(1, sympy.ilcm(1, *(rate.q for rate in rates)))
    u = exponents[0] * unit
    u, sign = (-u, -1) if u.could_extract_minus_sign() else (u, 1)
    rational = e.xreplace({p: _T ** (sign * rate / unit) for p, rate in zip(powers, rates, strict=True)})
    letters = {o: sympy.Dummy(f"p{k}") for k, o in enumerate(sorted(_others(rational), key=sympy.default_sort_key))}
    rational = rational.xreplace(letters)
    if not rational.is_rational_function(_T, *letters.values()) or not is_small(rational, _T):
        return None
    above, below = sympy.fraction(sympy.together(rational))
    outside, inside = sympy.factor(below).as_independent(_T, as_Add=False)
    if inside.has(*letters.values()):
        return None
    terms = sympy.Poly(above, *letters.values()).terms() if letters else [((), above)]
    back = {letter: o for o, letter in letters.items()} | {_T: sympy.exp(u)}
    form = [
        sympy.factor(c / inside) * sympy.Mul(*(p**k for p, k in zip(letters.values(), monom, strict=True)))
        for monom, c in terms
    ]
    return (sympy.Add(*(f.subs(back) for f in form))) / outside.subs(back)


def split_by_sign(e: sympy.Expr) -> sympy.Expr | None:
    """The numerator by ``softplus(u) --> u + softplus(-u)``, ``σ(u) --> 1 - σ(-u)`` where u > 0; then x cancels."""
    if not e.has(softplus):
        return None
    above, below = sympy.fraction(sympy.together(e))

    def side(sign: int) -> sympy.Expr:
        grows = [f for f in above.atoms(softplus, sigmoid) if (f.args[0] / X * sign).is_positive]
        mirror = {f: f.args[0] + softplus(-f.args[0]) if f.func == softplus else 1 - sigmoid(-f.args[0]) for f in grows}
        return sympy.factor_terms(sympy.expand(above.xreplace(mirror))) / below

    return sympy.Piecewise((side(-1), X <= 0), (side(1), True), evaluate=False)


def _others(e: sympy.Expr) -> set[sympy.Expr]:
    """What ``e`` is built of by arithmetic, other than t and rational numbers."""
    if e == _T or e.is_Rational:
        return set()
    if e.is_Add or e.is_Mul or (e.is_Pow and e.exp.is_Integer and not e.is_number):
        return set().union(*(_others(argument) for argument in e.args))
    return {e}


def _split(e: sympy.Expr) -> tuple[list[tuple[sympy.Expr, sympy.Expr]], list[tuple[sympy.Expr, sympy.Expr]]]:
    """Bases and exponents of the factors: the exponentials, and the others."""
    pairs = [f.as_base_exp() for f in sympy.Mul.make_args(e)]
    powers, factors = sympy.sift(pairs, lambda pair: bool(pair[0].is_number and pair[1].has(X)), binary=True)
    return powers, factors


def _beside_one(e: sympy.Expr, sign: int) -> tuple[sympy.Expr, sympy.Expr | None]:
    """``(c, u)`` with ``e = c (eᵘ + sign)``; u is None where there is none."""
    if e.is_Add and len(e.args) == 2 and e.args[0].is_number:
        c, g = e.args[1].as_independent(X, as_Add=False)
        base, exponent = g.as_base_exp()
        if e.args[0] == sign * c and base.is_number and exponent.has(X):
            return c, exponent * sympy.log(base)
    return sympy.Integer(1), None
