"""Formulas in LaTeX, within what amsmath, KaTeX and MathJax all know."""

from __future__ import annotations

import re

from symconv.render.expression_latex import print_expression
from symconv.render.latex_width import latex_width
from symconv.render.layout import Group, Part, fill, prefixed, separated, suffixed, text_of
from symconv.render.written import (
    ROTATION,
    Call,
    Chain,
    Dots,
    Equation,
    Expression,
    Floor,
    Fraction,
    Hadamard,
    Indexed,
    Inserted,
    Iverson,
    Letter,
    Listed,
    Matrix,
    Modulo,
    Number,
    Pair,
    Product,
    Range,
    Signed,
    Sizes,
    Sum,
    Summed,
    Transposed,
    Value,
    Written,
    is_signed,
)

_NAMES = {
    "δ": r"\delta",
    "β": r"\beta",
    "𝟏": r"\mathbf{1}",
    "∂net": r"\partial \mathrm{net}",
    "∂a": r"\partial a",
    "∂w": r"\partial w",
    "∂β": r"\partial \beta",
    "f": "f",
    "f'": "f'",
    "ρ": r"\rho",
    "net": r"\mathrm{net}",
    "δ^{l-1}": r"\delta^{l-1}",
    "net^{l-1}": r"\mathrm{net}^{l-1}",
    "a^{l-1}": r"a^{l-1}",
    "f'(net^{l-1})": r"f'(\mathrm{net}^{l-1})",
}
_PARTIAL = "∂E/∂"
_ARGUMENT = r"\{((?:[^{}]|\{[^{}]*\})*)\}"
_FRACTION = re.compile(r"\\frac" + _ARGUMENT * 2)


def latex(formula: Written) -> str:
    r"""The formula in one line.

    >>> latex(Indexed(Letter("w"), (Number(1), Number(2)), joined=True))
    'w_{12}'
    """
    return text_of(_parts(formula)).strip()


def latex_lines(formula: Written, width: float) -> list[str]:
    r"""The formula in lines of at most ``width`` points, ``&`` before the relation sign or the indent."""
    if not isinstance(formula, Equation):
        return [f"&{line}" for line in fill(_parts(formula), (width, width), latex_width)]
    left = latex(formula.left)
    own = latex_width(left) + latex_width("= ")
    indent = r"\qquad "
    if isinstance(formula.right, Equation) and latex_width(latex(formula)) > width:
        room = width - own - latex_width(r"\quad ")
        sides = [fill(_parts(side), (room, room), latex_width) for side in formula.sides[1:]]
        lines = [(r"\quad " if k else "= ") + line for side in sides for k, line in enumerate(side)]
        return [f"{left} &{lines[0]}", *(f"&{line}" for line in lines[1:])]
    if own > width / 3:
        rest = width - 2 * latex_width(indent)
        lines = fill(_parts(formula.right), (width - own, rest), latex_width)
        if len(lines) == 1:
            return [f"{left} &= {lines[0]}"]
        return [f"&{left} = {lines[0]}", *(f"&{indent}{line}" for line in lines[1:])]
    lines = fill(_parts(formula.right), (width - own, width - own - latex_width(r"\quad ")), latex_width)
    return [f"{left} &= {lines[0]}", *(rf"&\quad {line}" for line in lines[1:])]


def _parts(formula: Written) -> Part:
    match formula:
        case Sum(terms):
            return Group(tuple(_signed(term, first=k == 0) for k, term in enumerate(terms)))
        case Summed(ranges, equations, body):
            return Group((*_apart([_sigma(r) for r in ranges]), *_such(equations), _factor(body)))
        case Product(factors):
            return Group(tuple(_times(factors, k) for k in range(len(factors))))
        case Equation(left, right):
            return prefixed(latex(left) + " = ", _parts(right))
        case Hadamard(left, right):
            return Group((_operand(left), prefixed(r" \circ ", _operand(right))))
        case Call(name, arguments, options):
            inner = separated([*(_parts(a) for a in arguments), *(_parts(o) for o in options)], r",\; ")
            return Group((letter(name) + "(", suffixed(inner, ")")))
        case Indexed(Call("cross") | Summed() | Product() as array, subscripts):
            return suffixed(_operand(array), _brackets(subscripts))
        case Sizes(entries):
            return separated([_wrapped(e) for e in entries], r" \times ")
        case Listed(members):
            return separated([_parts(m) for m in members], r",\; ")
        case _:
            return _atom(formula)


def _atom(formula: Written) -> str:
    match formula:
        case Letter(name):
            return letter(name)
        case Number(value):
            return str(value)
        case Value(text):
            return _value(text)
        case Matrix(rows):
            inner = r" \\ ".join(" & ".join(latex(entry) for entry in row) for row in rows)
            return rf"\begin{{bmatrix}} {inner} \end{{bmatrix}}"
        case Dots():
            return r"\cdots"
        case Indexed(Letter(name), subscripts, joined):
            return _entry(name, subscripts, joined)
        case Indexed(array, subscripts, _):
            return text_of(_factor(array)) + _brackets(subscripts)
        case Fraction(top, bottom):
            return rf"\frac{{{latex(top)}}}{{{latex(bottom)}}}"
        case Floor(value):
            return rf"\left\lfloor {latex(value)} \right\rfloor"
        case Modulo(value, modulus):
            return rf"{text_of(_factor(value))} \bmod {text_of(_factor(modulus))}"
        case Chain(first, middle, last, strict):
            below = "<" if strict else r"\le"
            return rf"{latex(first)} \le {latex(middle)} {below} {latex(last)}"
        case Iverson(condition):
            return rf"[\,{latex(condition)}\,]"
        case Inserted(array, stride):
            return rf"{text_of(_factor(array))}^{{\uparrow {latex(stride)}}}"
        case Transposed(array):
            return rf"{latex(array)}^{{\mathsf T}}"
        case Pair(before, after):
            return f"{_amount(before)} : {_amount(after)}"
        case Signed():
            return text_of(_signed(formula, first=True))
        case Expression(value):
            return print_expression(value)
    return text_of(_parts(formula))


def _value(text: str) -> str:
    sign, number = ("-", text[1:]) if text.startswith("-") else ("", text)
    if "/" in number:
        top, bottom = number.split("/")
        return rf"{sign}\frac{{{top}}}{{{bottom}}}"
    if "e" in number:
        digits, exponent = number.split("e")
        return rf"{sign}{digits} \cdot 10^{{{int(exponent)}}}"
    return text


def letter(name: str) -> str:
    r"""A letter of the notation: ``K2`` is ``K_{2}``, ``x'`` stays, ``∂E/∂a`` is a fraction."""
    if name in _NAMES:
        return _NAMES[name]
    if name.startswith(_PARTIAL):
        return rf"\frac{{\partial E}}{{\partial {letter(name.removeprefix(_PARTIAL))}}}"
    stem = name if name == ROTATION else name.rstrip("0123456789")
    plain = stem if len(stem.rstrip("'")) == 1 else rf"\operatorname{{{stem}}}"
    upright = _NAMES.get(stem, plain)
    return upright if stem == name else f"{upright}_{{{name[len(stem) :]}}}"


def _entry(name: str, subscripts: tuple[Written, ...], joined: bool) -> str:
    """An entry of a named array: the subscript of ``∂E/∂a`` belongs to the a, that of ``f'(net)`` to the net."""
    if not subscripts:
        return letter(name)
    if name.startswith(_PARTIAL):
        own = _entry(name.removeprefix(_PARTIAL), subscripts, joined)
        return rf"\frac{{\partial E}}{{\partial {own}}}"
    if name.startswith("f'("):
        return rf"f'({_entry(name[3:-1], subscripts, joined)})"
    if any(_is_tall(s) for s in subscripts):
        return letter(name) + _brackets(subscripts)
    separator = "" if joined else ","
    return f"{letter(name)}_{{{separator.join(_tight(latex(s)) for s in subscripts)}}}"


def _tight(subscript: str) -> str:
    return subscript.replace(" + ", "+").replace(" - ", "-")


def _brackets(subscripts: tuple[Written, ...]) -> str:
    if any(_is_tall(s) for s in subscripts):
        inner = ",\\, ".join(latex(s).replace(r"\frac", r"\tfrac") for s in subscripts)
        return rf"\bigl[{inner}\bigr]"
    return f"[{','.join(_tight(latex(s)) for s in subscripts)}]"


def _is_tall(subscript: Written) -> bool:
    match subscript:
        case Fraction():
            return True
        case Sum(terms):
            return any(_is_tall(t.term) for t in terms)
        case Product(factors):
            return any(map(_is_tall, factors))
    return False


def _signed(term: Signed, first: bool) -> Part:
    sign = ("-" if term.negative else "") if first else (" - " if term.negative else " + ")
    body = _wrapped(term.term) if term.negative or isinstance(term.term, Sum) else _parts(term.term)
    return prefixed(sign, body)


def _sigma(r: Range) -> str:
    return rf"\sum_{{{letter(r.letter)}={_tight(latex(r.first))}}}^{{{_tight(_in_line(latex(r.last)))}}} "


def _apart(sigmas: list[str]) -> list[str]:
    """A little space between neighbours of which one has limits wider than itself: they would nearly touch."""
    wide = [latex_width(sigma) > latex_width(r"\sum\,") for sigma in sigmas]
    return [(r"\;" if k and (wide[k - 1] or wide[k]) else "") + sigma for k, sigma in enumerate(sigmas)]


def _in_line(text: str) -> str:
    """Quotients with a slash and brackets of one line's height: what stands above a Σ is small already."""

    def slashed(match: re.Match[str]) -> str:
        return "/".join(f"({part})" if re.search(" [-+] ", part) else part for part in match.groups())

    return _FRACTION.sub(slashed, text).replace(r"\left", "").replace(r"\right", "")


def _such(equations: tuple[Equation, ...]) -> list[str]:
    if not equations:
        return []
    lines = [latex(e) for e in equations]
    if len(lines) == 1:
        return [rf"\;\sum_{{{lines[0]}}} "]
    rows = r" \\ ".join(lines)
    return [rf"\;\sum_{{\substack{{{rows}}}}} "]


def _times(factors: tuple[Written, ...], k: int) -> Part:
    """Factors side by side; a dot where brackets would run into what follows."""
    part = _parenthesised(factors[k]) if is_signed(factors[k]) else _factor(factors[k])
    if k == 0:
        return part
    if isinstance(factors[k - 1], Value) or isinstance(factors[k], Value):
        return prefixed(r" \cdot ", part)
    if isinstance(factors[k], Sum) or (isinstance(factors[k - 1], Number) and isinstance(factors[k], Letter)):
        return part
    needs_dot = any(_is_bracketed(f) for f in (factors[k - 1], factors[k]))
    return prefixed(r" \cdot " if needs_dot else r"\, ", part)


def _is_bracketed(factor: Written) -> bool:
    match factor:
        case Indexed(Letter(), subscripts, _):
            return any(_is_tall(s) for s in subscripts)
        case Indexed() | Call() | Fraction():
            return True
    return False


def _factor(formula: Written) -> Part:
    return _parenthesised(formula) if isinstance(formula, Sum | Hadamard | Equation) else _parts(formula)


def _wrapped(formula: Written) -> Part:
    return _parenthesised(formula) if isinstance(formula, Sum) else _parts(formula)


def _amount(formula: Written) -> str:
    """One side of ``before:after``; a minus sign needs no parenthesis there."""
    return text_of(_wrapped(formula)) if isinstance(formula, Sum) and len(formula.terms) > 1 else latex(formula)


def _operand(formula: Written) -> Part:
    """What stands beside ∘: a Σ reaches as far as it can, so it is held in."""
    return _parenthesised(formula) if isinstance(formula, Sum | Summed | Product) else _parts(formula)


def _parenthesised(formula: Written) -> Part:
    return prefixed("(", suffixed(_parts(formula), ")"))
