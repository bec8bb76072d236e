"""Rewriting an activation function into operations that neither overflow nor cancel.

Every law is an identity of real functions, for any subexpression u; what changes is the rounding. With
``σ(u) = 1/(1 + e⁻ᵘ)``:

    (1 + eᵘ)⁻ᵐ             -->  σ(-u)ᵐ                                eᵘ (1 + eᵘ)⁻¹  -->  σ(u)
    1 + tanh u             -->  2 σ(2u)                               1 - tanh² u  -->  4 σ'(2u)
    sinh u / cosh u        -->  tanh u                                1/cosh u  -->  2e/(1 + e²), e = e^{-|u|}
    log(1 + eᵘ)            -->  max(u, 0) + log1p(e^{-|u|})           log σ(u)  -->  -log(1 + e⁻ᵘ)
    log(1 + u)             -->  log1p(u)                              c eᵘ - c  -->  c expm1(u)
    1 + erf u              -->  erfc(-u)                              1 - erf u  -->  erfc(u)
    p/q + r/s in x         -->  one fraction, in factors
    R(eᵘ), R rational      -->  R(e^{min(u,0)}) where u ≤ 0, else R in powers of e^{-max(u,0)}
    g(x) on x ≤ c          -->  g(min(x, c)), so that the branch not taken cannot overflow

What stands in front of σ, erfc and e^{-u²} is then gathered by ``symconv.render.tail_forms``.

Their direction matters at saturation: ``σ' = a(1 - a)`` and ``tanh' = 1 - a²`` hold exactly, and lose every digit
where a rounds to 1; the right-hand sides above keep them.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy

from symconv.layers.kinks import X
from symconv.render.tail_forms import (
    erfc,
    error_function,
    expm1,
    gathered,
    log1p,
    maximum,
    minimum,
    sech,
    sigmoid,
    softplus,
)


def stable(expression: sympy.Expr) -> sympy.Expr:
    """``expression`` in operations that keep its digits; the same function of x.

    >>> stable(X / (1 + sympy.exp(-X)))
    _scaled_sigmoid(x, x)
    """
    if isinstance(expression, sympy.Piecewise):
        return _on_branches(expression, stable)
    return gathered(_rewritten(expression))


def _on_branches(piecewise: sympy.Piecewise, law: Callable[[sympy.Expr], sympy.Expr]) -> sympy.Expr:
    """``g(x) on x ≤ c --> g(min(x, c))``, ``g(x) on x > c --> g(max(x, c))``; polynomials cannot overflow."""
    parts, start = [], None
    for branch, condition in piecewise.args:
        is_cut = isinstance(condition, sympy.Le) and condition.lhs == X and condition.rhs.is_number
        end = condition.rhs if is_cut else None
        form = law(branch)
        if not branch.is_polynomial(X):
            inside = X if start is None else maximum(X, start)
            form = form.xreplace({X: inside if end is None else minimum(inside, end)})
        is_compared = condition != True and not is_cut  # noqa: E712  SymPy's own true
        sides = [gathered(_rewritten(side, balance=False)) for side in condition.args] if is_compared else []
        parts.append((form, condition.func(*sides, evaluate=False) if is_compared else condition))
        start = end
    return sympy.Piecewise(*parts, evaluate=False)


def _rewritten(e: sympy.Expr, balance: bool = True) -> sympy.Expr:
    """The laws that replace a subexpression, outermost first."""
    if not e.args or e.is_number:
        return e
    if isinstance(e, sympy.Piecewise):
        return stable(e)
    laws = (_logistic, _secant, _logarithm, _sum, _error_function, *([_balanced] if balance else []))
    for law in laws:
        found = law(e)
        if found is not None:
            return found if law is _balanced else _rewritten(found, balance)
    return e.func(*(_rewritten(argument, balance) for argument in e.args))


def _logistic(e: sympy.Expr) -> sympy.Expr | None:
    """``e^{ku} (1 + eᵘ)⁻ᵐ --> σ(u)ᵏ σ(-u)ᵐ⁻ᵏ`` for a whole k, 0 ≤ k ≤ m; more of the exponent is left outside."""
    if not (e.is_Mul or e.is_Pow):
        return None
    pairs = [f.as_base_exp() for f in sympy.Mul.make_args(e)]
    powers, factors = sympy.sift(pairs, lambda pair: pair[0].is_number and pair[1].has(X), binary=True)
    exponents = [p * sympy.log(b) for b, p in powers]
    for base, power in factors:
        content, sum_ = base.primitive() if base.is_Add else (1, base)
        u = _exponent_beside_one(sum_)
        if u is None or not power.is_Integer or power > 0:
            continue
        multiples = [v for v in exponents if sympy.cancel(v / u).is_Integer] or exponents
        exponent = sympy.Add(*multiples)
        k = sympy.cancel(exponent / u)
        k = min(k, -power) if k.is_Integer and k > 0 else sympy.Integer(0)
        others = sympy.Mul(*(sympy.exp(v) for v in exponents if v not in multiples))
        rest = sympy.Mul(*(b**p for b, p in factors if b != base)) * others * sympy.exp(sympy.expand(exponent - k * u))
        return content**power * rest * sigmoid(u) ** k * sigmoid(-u) ** (-power - k)
    return None


def _exponent_beside_one(e: sympy.Expr) -> sympy.Expr | None:
    """``u`` of ``1 + eᵘ`` (of any positive base), or None."""
    if not (e.is_Add and len(e.args) == 2 and e.args[0] == 1):
        return None
    base, exponent = e.args[1].as_base_exp()
    return exponent * sympy.log(base) if base.is_number and exponent.has(X) else None


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
    """``log (1 + eᵘ)ⁿ --> n softplus(u)`` and ``log(1 + u) --> log1p(u)``."""
    if not isinstance(e, sympy.log):
        return None
    base, power = e.args[0].as_base_exp()
    u = _exponent_beside_one(base)
    if u is not None and power.is_Integer:
        return power * softplus(u)
    constant, u = e.args[0].as_independent(X, as_Add=True)
    return log1p(u) if constant == 1 else None


def _sum(e: sympy.Expr) -> sympy.Expr | None:
    """A constant c and a term that comes near ±c, in one operation: tanh u, tanh² u, erf u and eᵘ beside it."""
    if not e.is_Add:
        return None
    if e.is_rational_function(X) and not e.is_polynomial(X) and _is_over_rationals(e):
        together = sympy.factor(e)
        return None if together.is_Add else together
    constant, others = e.as_independent(X, as_Add=True)
    for term in sympy.Add.make_args(others):
        c, g = term.as_independent(X, as_Add=False)
        base, power = (g, 1) if isinstance(g, sympy.exp) else g.as_base_exp()
        if constant == 0 or c not in (constant, -constant) or base.func not in (sympy.tanh, sympy.erf, sympy.exp):
            continue
        u, sign = base.args[0], 1 if c == constant else -1
        match base.func, power, sign:
            case sympy.tanh, 1, _:
                found = 2 * constant * sigmoid(sign * 2 * u)
            case sympy.tanh, 2, -1:
                found = 4 * constant * sigmoid(2 * u) * sigmoid(-2 * u)
            case sympy.erf, 1, _:
                found = constant * erfc(-sign * u)
            case sympy.exp, 1, -1:
                found = c * expm1(u)
            case _:
                continue
        return others - term + found
    return None


def _error_function(e: sympy.Expr) -> sympy.Expr | None:
    return error_function(e.args[0]) if isinstance(e, sympy.erf) else None


def _balanced(e: sympy.Expr) -> sympy.Expr | None:
    """``R(e^{kx}) --> R`` in powers of e^{kx} where x ≤ 0, else in powers of e^{-kx}."""
    if e.is_Mul and any(not f.has(sympy.exp) for f in e.args):
        inside, outside = sympy.sift(e.args, lambda f: f.has(sympy.exp), binary=True)
        found = _balanced(sympy.Mul(*inside))
        return None if found is None else found * sympy.Mul(*(_rewritten(f) for f in outside))
    if not _is_over_rationals(e) or not any(p.exp.is_negative and p.base.has(sympy.exp) for p in e.atoms(sympy.Pow)):
        return None
    powers = e.atoms(sympy.exp)
    rates = [sympy.cancel(p.args[0] / X) for p in powers]
    if not all(rate.is_Rational for rate in rates):
        return None
    unit, t = sympy.ilcm(1, *(rate.q for rate in rates)), sympy.Dummy("t", positive=True)
    rational = e.xreplace({p: t ** (rate * unit) for p, rate in zip(powers, rates, strict=True)})
    if rational.has(X) or not rational.is_rational_function(t):
        return None
    whole = _rewritten(sympy.factor(rational).subs(t, sympy.exp(X / unit)), balance=False)
    if not whole.has(sympy.exp, expm1):
        return whole
    halves = []
    for point in (t, 1 / t):
        numerator, denominator = sympy.fraction(sympy.factor(rational.subs(t, point)))
        halves.append((numerator / denominator).subs(t, sympy.exp((X if point == t else -X) / unit)))
    return _on_branches(
        sympy.Piecewise((halves[0], X <= 0), (halves[1], True), evaluate=False),
        lambda g: gathered(_rewritten(g, False)),
    )


def _is_over_rationals(e: sympy.Expr) -> bool:
    """Whether all constants are rational: factoring over anything else takes long."""
    return all(part.is_Rational for part in sympy.preorder_traversal(e) if part.is_number)
