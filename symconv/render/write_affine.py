"""Subscripts, bounds and sizes written as a person does: ``S(i - 1) + D(p - 1) - P``, ``D(K - 1) - P + r``.

A product with a stride or dilation keeps its parenthesis; indices come before sizes, positions before taps, what is
added before what is taken away. SymPy's own order (``-P + S*i``) says nothing to a reader.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import sympy

from symconv.algebra.axes import Size, gcd
from symconv.render.written import Expression, Floor, Fraction, Letter, Number, Signed, Written, product, total

_POSITIONS = "xyzuvtijk"


def write_size(value: Size) -> Written:
    """An extent, stride, padding or bound.

    >>> from symconv.render.formula_unicode import unicode
    >>> D, K, P, r = sympy.symbols("D K P r")
    >>> unicode(write_size(sympy.expand(D * (K - 1) - P + r)))
    'D(K - 1) - P + r'
    """
    return write_affine(sympy.Integer(value) if isinstance(value, int) else value, ())


def write_affine(expression: sympy.Expr, indices: Collection[sympy.Symbol], add: int = 0) -> Written:
    """An affine expression in index letters, possibly divided, plus a number."""
    numerator, denominator = _fraction(expression, indices)
    if denominator == 1:
        return total(_sorted(_terms(sympy.expand(numerator + add), indices)))
    divided = Fraction(write_affine(numerator, indices), write_size(denominator))
    rest = () if not add else (Signed(add < 0, Number(abs(add))),)
    return total((Signed(False, divided), *rest))


def _fraction(expression: sympy.Expr, indices: Collection[sympy.Symbol]) -> tuple[sympy.Expr, sympy.Expr]:
    """Numerator and positive denominator where indices are divided; a quotient of sizes alone stays a term.

    So does the coefficient ``S/gcd(S, D)``, which is a whole number.
    """
    if not indices or not any(s in expression.free_symbols for s in indices) or expression.has(gcd):
        return expression, sympy.S.One
    numerator, denominator = expression.as_numer_denom()
    if denominator.could_extract_minus_sign():
        numerator, denominator = -numerator, -denominator
    return sympy.expand(numerator), denominator


_Term = tuple[float, str, bool, Written]
"""Rank, letter for ties, negative, term."""


def _terms(expression: sympy.Expr, indices: Collection[sympy.Symbol]) -> list[_Term]:
    rest = list(sympy.Add.make_args(expression)) if expression != 0 else []
    found: list[_Term] = []
    for index in sorted(indices, key=lambda s: str(s.name)):
        own = expression.coeff(index)
        if own == 0:
            continue
        rest = [t for t in rest if index not in t.free_symbols]
        negative = bool(own.could_extract_minus_sign())
        size = -own if negative else own
        body: Written = product(write_size(sympy.expand(size)), Letter(str(index.name)))
        if not size.is_number:
            inner = -index if negative else index
            taken = [t for t in rest if _divides(size, t)]
            rest = [t for t in rest if t not in taken]
            inner = sympy.expand(inner + sympy.Add(*taken) / size)
            takes_sizes = any(t.could_extract_minus_sign() and not (t / size).is_number for t in taken)
            negative = takes_sizes if any(not (t / size).is_number for t in taken) else negative
            inner = sympy.expand(-inner if negative else inner)
            body = product(write_size(sympy.expand(size)), total(_sorted(_terms(inner, indices))))
        tap = 0 if index.name[0] in _POSITIONS else 1
        found.append((5 + tap if negative else tap, str(index.name), negative, body))
    return found + _size_terms(rest, bool(found) and any(not negative for _, _, negative, _ in found))


def _divides(size: sympy.Expr, term: sympy.Expr) -> bool:
    return bool(size.free_symbols and size.free_symbols <= term.free_symbols and (term / size).as_numer_denom()[1] == 1)


def _size_terms(terms: list[sympy.Expr], after_indices: bool) -> list[_Term]:
    """Sizes: those that share a stride or dilation are grouped, ``S(O - 1)``."""
    found: list[_Term] = []
    for letter in ("S", "D"):
        for symbol in sorted({s for t in terms for s in t.free_symbols if s.name[0] == letter}, key=lambda s: s.name):
            own = [t for t in terms if symbol in t.free_symbols and _divides(symbol, t)]
            if len(own) < 2:
                continue
            terms = [t for t in terms if t not in own]
            inner = sympy.expand(sympy.Add(*own) / symbol)
            negative = _leads_negative(inner)
            rest = total(_sorted(_size_terms(list(sympy.Add.make_args(-inner if negative else inner)), False)))
            written = product(Letter(symbol.name), rest)
            found.append((2 if letter == "S" and not negative else 3, symbol.name, negative, written))
    for term in terms:
        coefficient, body = term.as_coeff_Mul()
        negative = bool(coefficient.is_negative)
        rank = _rank(body, negative) if body != 1 else (8 if after_indices else 4)
        found.append((rank, str(body), negative, _single(abs(coefficient), body)))
    return found


def _rank(body: sympy.Expr, negative: bool) -> float:
    letters = {str(s.name)[0] for s in body.free_symbols}
    if letters <= {"r", "R"}:
        return 9
    if letters <= {"P", "Q"}:
        return 7 if negative else 2.5
    return 3 if letters & {"K", "L", "D"} else 2


def _leads_negative(expression: sympy.Expr) -> bool:
    """Whether the size of highest standing in it is taken away."""
    named = [t for t in sympy.Add.make_args(expression) if not t.is_number]
    return bool(named) and all(t.could_extract_minus_sign() for t in named)


def _single(coefficient: Any, body: sympy.Expr) -> Written:
    top, bottom = (coefficient * body).as_numer_denom()
    if bottom == 1:
        return _monomial(top)
    return Fraction(_monomial(top), _monomial(bottom))


def _monomial(term: sympy.Expr) -> Written:
    coefficient, body = term.as_coeff_Mul()
    factors = [] if body == 1 else sympy.Mul.make_args(body)
    return product(Number(int(coefficient)), *(Letter(str(f.name)) if f.is_Symbol else _function(f) for f in factors))


def _function(value: sympy.Expr) -> Written:
    """A size that is no polynomial: ``⌊(r - 1)/2⌋``, ``gcd(S, D)``."""
    if not isinstance(value, sympy.floor):
        return Expression(value)
    top, bottom = sympy.together(value.args[0]).as_numer_denom()
    return Floor(Fraction(write_size(sympy.expand(top)), write_size(bottom)) if bottom != 1 else write_size(top))


def _sorted(terms: list[_Term]) -> tuple[Signed, ...]:
    """By rank; something positive stands first where there is anything."""
    ordered = sorted(terms, key=lambda t: (t[0], t[1]))
    first = next((t for t in ordered if not t[2]), None)
    if first is not None:
        ordered = [first, *(t for t in ordered if t is not first)]
    return tuple(Signed(negative, body) for _, _, negative, body in ordered)
