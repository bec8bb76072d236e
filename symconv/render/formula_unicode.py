"""Formulas in plain Unicode, for a terminal: ``∂E/∂a[x, y] = Σ_p Σ_q δ[x - p, y - q]·w[p, q]``."""

from __future__ import annotations

from symconv.render.expression_unicode import print_expression
from symconv.render.layout import Group, Part, fill, prefixed, separated, suffixed, text_of
from symconv.render.matrix_unicode import Block, beside, bracketed, flow
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
    has_matrix,
    is_signed,
)

DIGITS = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def unicode(formula: Written) -> str:
    """The formula in one line.

    >>> unicode(Indexed(Letter("w"), (Number(1), Number(2)), joined=True))
    'w₁₂'
    """
    return text_of(_parts(formula))


def unicode_lines(formula: Written, width: int) -> list[str]:
    """The formula in lines of at most ``width`` characters; what follows ``=`` is aligned after it."""
    if has_matrix(formula):
        members = formula.members if isinstance(formula, Listed) else (formula,)
        blocks = [_block(member) for member in members]
        return flow([*(beside(block, [","]) for block in blocks[:-1]), blocks[-1]], width)
    if not isinstance(formula, Equation):
        return fill(_parts(formula), (width, width), len)
    left = unicode(formula.left) + " = "
    indent = len(left) if len(left) <= width // 3 else 4
    if isinstance(formula.right, Equation) and len(unicode(formula)) > width:
        sides = [fill(_parts(side), (width - indent, width - indent), len) for side in formula.sides[1:]]
        lines = [("  " if k else "= ") + line for side in sides for k, line in enumerate(side)]
        return [left + lines[0][2:], *(" " * (indent - 2) + line for line in lines[1:])]
    first = width - len(left)
    lines = fill(_parts(formula.right), (first, width - indent), len)
    return [(left + lines[0]).rstrip(), *(" " * indent + line for line in lines[1:])]


def _block(formula: Written) -> Block:
    match formula:
        case Matrix(rows):
            return bracketed([[unicode(entry) for entry in row] for row in rows])
        case Equation(left, right):
            return beside(_block(left), [" = "], _block(right))
    return [unicode(formula)]


def _parts(formula: Written) -> Part:
    match formula:
        case Sum(terms):
            return Group(tuple(_signed(term, first=k == 0) for k, term in enumerate(terms)))
        case Summed(ranges, equations, body):
            return Group((*(_sigma(r) for r in ranges), *_such(equations), _factor(body)))
        case Product(factors):
            return _product(factors)
        case Equation(left, right):
            return prefixed(unicode(left) + " = ", _parts(right))
        case Hadamard(left, right):
            return Group((_operand(left), prefixed(" ∘ ", _operand(right))))
        case Call(name, arguments, options):
            inner = separated([*(_parts(a) for a in arguments), *(_parts(o) for o in options)], ", ")
            return Group((_letter(name) + "(", suffixed(inner, ")")))
        case Indexed(Call("cross") | Summed() | Product() as array, subscripts):
            return suffixed(_operand(array), _brackets(subscripts))
        case Sizes(entries):
            return separated([_wrapped(e) for e in entries], "×")
        case Expression(value):
            return separated([*print_expression(value).split(" ")], " ")
        case Listed(members):
            return separated([_parts(m) for m in members], ", ")
        case _:
            return _atom(formula)


def _atom(formula: Written) -> str:
    match formula:
        case Letter(name):
            return _letter(name)
        case Number(value):
            return str(value)
        case Value(text):
            return text
        case Matrix(rows):
            return f"[{'; '.join(' '.join(unicode(entry) for entry in row) for row in rows)}]"
        case Dots():
            return "⋯"
        case Indexed(array, subscripts, joined):
            name, closing = _opened(text_of(_factor(array)))
            return name + (_digits(subscripts) if joined else _brackets(subscripts)) + closing
        case Fraction(top, bottom):
            return f"{text_of(_wrapped(top))}/{text_of(_factor(bottom, within_quotient=True))}"
        case Floor(value):
            return f"⌊{unicode(value)}⌋"
        case Modulo(value, modulus):
            return f"{text_of(_factor(value))} mod {text_of(_factor(modulus))}"
        case Chain(first, middle, last, strict):
            return f"{unicode(first)} ≤ {unicode(middle)} {'<' if strict else '≤'} {unicode(last)}"
        case Iverson(condition):
            return f"[{unicode(condition)}]"
        case Inserted(array, stride):
            mark = unicode(stride)
            return text_of(_factor(array)) + "↑" + (mark if mark.isalnum() else f"({mark})")
        case Transposed(array):
            return unicode(array) + "ᵀ"
        case Pair(before, after):
            return f"{_amount(before)}:{_amount(after)}"
        case Signed():
            return text_of(_signed(formula, first=True))
    return text_of(_parts(formula))


def _opened(name: str) -> tuple[str, str]:
    """``f'(net)`` is read at an index inside its parenthesis."""
    return (name[:-1], ")") if name.startswith("f'(") else (name, "")


def _digits(subscripts: tuple[Written, ...]) -> str:
    return "".join(unicode(s).translate(DIGITS) for s in subscripts)


def _brackets(subscripts: tuple[Written, ...]) -> str:
    return f"[{','.join(_tight(unicode(s), len(subscripts)) for s in subscripts)}]" if subscripts else ""


def _letter(name: str) -> str:
    stem = name if name == ROTATION else name.rstrip("0123456789")
    return stem + name[len(stem) :].translate(DIGITS)


def _tight(subscript: str, count: int) -> str:
    """Subscripts of two or more lean on their commas."""
    return subscript if count == 1 else subscript.replace(" + ", "+").replace(" - ", "-")


def _signed(term: Signed, first: bool) -> Part:
    sign = ("-" if term.negative else "") if first else (" - " if term.negative else " + ")
    body = _wrapped(term.term) if term.negative or isinstance(term.term, Sum) else _parts(term.term)
    return prefixed(sign, body)


def _sigma(r: Range) -> str:
    return f"Σ_{{{_letter(r.letter)}={unicode(r.first)}..{_tight(unicode(r.last), 2)}}} "


def _such(equations: tuple[Equation, ...]) -> list[Part]:
    if not equations:
        return []
    return [prefixed("Σ_{", suffixed(separated([_parts(e) for e in equations], "; "), "} "))]


def _product(factors: tuple[Written, ...]) -> Part:
    """Cells stand side by side, and so do a number and a letter; all else is joined by a dot."""
    parts: list[Part] = []
    for k, factor in enumerate(factors):
        part = _parenthesised(factor) if is_signed(factor) else _factor(factor)
        parts.append(part if k == 0 or _side_by_side(factors[k - 1], factor) else prefixed("·", part))
    return Group(tuple(parts))


def _side_by_side(left: Written, right: Written) -> bool:
    match left, right:
        case Indexed(joined=True), Indexed(joined=True):
            return True
        case Number(), Letter() | Indexed(joined=True) | Sum():
            return True
        case Letter(), Sum():
            return True
    return False


def _factor(formula: Written, within_quotient: bool = False) -> Part:
    loose = (Sum, Hadamard, Equation) + ((Product, Fraction) if within_quotient else ())
    return _parenthesised(formula) if isinstance(formula, loose) else _parts(formula)


def _wrapped(formula: Written) -> Part:
    return _parenthesised(formula) if isinstance(formula, Sum) else _parts(formula)


def _amount(formula: Written) -> str:
    """One side of ``before:after``; a minus sign needs no parenthesis there."""
    return text_of(_wrapped(formula)) if isinstance(formula, Sum) and len(formula.terms) > 1 else unicode(formula)


def _operand(formula: Written) -> Part:
    """What stands beside ∘: a Σ reaches as far as it can, so it is held in."""
    return _parenthesised(formula) if isinstance(formula, Sum | Summed | Product) else _parts(formula)


def _parenthesised(formula: Written) -> Part:
    return prefixed("(", suffixed(_parts(formula), ")"))
