"""Maxima, minima and absolute values as branches on intervals of x.

Law: on an interval where ``u - v`` keeps its sign, ``max(u, v)`` is one of the two. The points where the sign
changes cut the real line, and an expression built on maxima becomes one smooth expression per interval::

    max(u, v)  -->  v where u - v ≤ 0, else u          min(u, v)  -->  u where u - v ≤ 0, else v
    |u|        -->  -u where u ≤ 0, else u             sign(u)    -->  -1 where u ≤ 0, else 1

A cut belongs to the interval on its left, so the derivative there is that of the branch ``x ≤ cut``; SymPy's own
derivative of ``Max`` would be a Heaviside step with the value 1/2. Cuts are found where ``u - v`` is a polynomial of
degree 1 or 2 in x, or ``c h(p) + d`` with h injective and p such a polynomial; elsewhere the comparison itself stays
as the condition.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sympy

from symconv.errors import RequestError

X = sympy.Symbol("x", real=True)
"""The net input, the variable of every activation function."""

maximum = sympy.Function("max")
minimum = sympy.Function("min")
_KINKS = (maximum, minimum, sympy.Abs, sympy.sign)
_DIGITS = 40

Branch = tuple[sympy.Expr, sympy.Expr]
"""An expression and the last x for which it holds (``oo`` on the last branch)."""


def branches(expression: sympy.Expr) -> tuple[Branch, ...]:
    """The smooth expressions of ``expression`` from left to right, each with the end of its interval.

    >>> branches(maximum(0, X))
    ((0, 0), (x, oo))
    """
    return tuple(_joined(_branches(expression, -sympy.oo, sympy.oo)))


def resolve(expression: sympy.Expr) -> sympy.Expr:
    """``expression`` without max, min, abs and sign: a ``Piecewise`` on ``x ≤ cut``, or smooth as it is.

    >>> resolve(sympy.exp(minimum(X, 0)) - 1 + maximum(X, 0))
    Piecewise((exp(x) - 1, x <= 0), (x, True))
    """
    *cut, (last, _) = branches(expression)
    return sympy.Piecewise(*((e, X <= end) for e, end in cut), (last, True)) if cut else last


def inner_point(start: sympy.Expr, end: sympy.Expr) -> sympy.Expr:
    """A point strictly between two cuts, either of which may be infinite.

    >>> inner_point(-sympy.oo, sympy.Integer(3))
    2
    """
    if start == -sympy.oo:
        return sympy.Integer(0) if end == sympy.oo else end - 1
    return start + 1 if end == sympy.oo else (start + end) / 2


def is_less(left: sympy.Expr, right: sympy.Expr) -> bool:
    """Whether one constant is less than another, decided numerically; equal within 40 digits is not less."""
    if sympy.oo in (left, right) or -sympy.oo in (left, right):
        return bool(left != right and (left == -sympy.oo or right == sympy.oo))
    return bool(sympy.N(right - left, _DIGITS) > sympy.Float(10) ** (5 - _DIGITS))


def _branches(expression: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> list[Branch]:
    """The branches of ``expression`` on the interval ``(start, end]``."""
    if not expression.has(*_KINKS):
        return [(expression, end)]
    arguments = [_branches(argument, start, end) for argument in expression.args]
    found: list[Branch] = []
    for stop in _cuts([last for parts in arguments for _, last in parts]):
        here = [next(e for e, last in parts if not is_less(last, stop)) for parts in arguments]
        found += _apply(expression.func, here, start, stop)
        start = stop
    return found


def _apply(kind: sympy.FunctionClass, arguments: list[sympy.Expr], start: sympy.Expr, end: sympy.Expr) -> list[Branch]:
    """``kind`` of smooth arguments on ``(start, end]``; SymPy may itself find an absolute value, as in √(x²)."""
    if kind == sympy.Abs:
        return _where(arguments[0], arguments[0], -arguments[0], start, end)
    if kind == sympy.sign:
        return _where(arguments[0], sympy.Integer(1), sympy.Integer(-1), start, end)
    if kind not in (maximum, minimum):
        built = kind(*arguments)
        return [(built, end)] if built.func == kind and built.args == tuple(arguments) else _branches(built, start, end)
    *others, v = arguments
    if not others:
        return [(v, end)]
    found: list[Branch] = []
    for u, stop in _apply(kind, others, start, end):
        found += _where(u - v, *((u, v) if kind == maximum else (v, u)), start, stop)
        start = stop
    return found


def _where(test: sympy.Expr, above: sympy.Expr, below: sympy.Expr, start: sympy.Expr, end: sympy.Expr) -> list[Branch]:
    """``below`` where ``test ≤ 0`` and ``above`` elsewhere, on ``(start, end]``."""
    if test.has(sympy.zoo, sympy.nan):
        return [(test, end)]  # undefined here, and so is what is built on it
    roots = _roots(test)
    if roots is None:
        if any(expression.has(sympy.Piecewise) for expression in (test, above, below)):
            raise RequestError(
                "the activation compares expressions that were compared before, at points that have no closed form; "
                "nest abs, max and min only where linear or quadratic expressions meet"
            )
        return [(sympy.Piecewise((below, test <= 0), (above, True)), end)]
    found: list[Branch] = []
    for stop in [*(root for root in roots if is_less(start, root) and is_less(root, end)), end]:
        positive = is_less(sympy.Integer(0), test.subs(X, inner_point(start, stop)))
        found.append((above if positive else below, stop))
        start = stop
    return found


def _roots(test: sympy.Expr) -> list[sympy.Expr] | None:
    """The real zeros in ascending order of a polynomial of degree at most 2, or of ``c h(p) + d``; None for others."""
    if not test.is_polynomial(X):
        d, moving = test.as_independent(X, as_Add=True)
        c, g = moving.as_independent(X, as_Add=False)
        return _roots_of_injective(g, -d / c)
    coefficients = sympy.Poly(test, X).all_coeffs()
    match coefficients:
        case [_]:
            return []
        case [slope, offset]:
            return [-offset / slope]
        case [a, b, c]:
            discriminant = b**2 - 4 * a * c
            if not is_less(sympy.Integer(0), discriminant):
                return []
            return _cuts([(-b - sympy.sqrt(discriminant)) / (2 * a), (-b + sympy.sqrt(discriminant)) / (2 * a)])
    return None


_INVERSES = {
    sympy.exp: (sympy.log, 0, sympy.oo),
    sympy.tanh: (sympy.atanh, -1, 1),
    sympy.atan: (sympy.tan, -sympy.pi / 2, sympy.pi / 2),
    sympy.sinh: (sympy.asinh, -sympy.oo, sympy.oo),
    sympy.asinh: (sympy.sinh, -sympy.oo, sympy.oo),
}
"""Injective functions, their inverses, and the open interval of their values."""


def _roots_of_injective(g: sympy.Expr, value: sympy.Expr) -> list[sympy.Expr] | None:
    """Where ``h(p) = value``."""
    if g.func not in _INVERSES or not g.args[0].is_polynomial(X):
        return None
    inverse, low, high = _INVERSES[g.func]
    if not (is_less(low, value) and is_less(value, high)):
        return []
    return _roots(g.args[0] - inverse(value))


def _cuts(points: Iterable[sympy.Expr]) -> list[sympy.Expr]:
    """Points in ascending order, each once."""
    ordered: list[sympy.Expr] = []
    for point in points:
        place = sum(is_less(other, point) for other in ordered)
        if place == len(ordered) or is_less(point, ordered[place]):
            ordered.insert(place, point)
    return ordered


def _joined(parts: Sequence[Branch]) -> list[Branch]:
    """Neighbours with the same expression as one branch."""
    return [
        part
        for part, following in zip(parts, [*parts[1:], None], strict=True)
        if not following or part[0] != following[0]
    ]
