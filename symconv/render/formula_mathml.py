"""Formulas in MathML Core: the tree as elements, long ones in lines that end where those of print would."""

from __future__ import annotations

from symconv.render.expression_mathml import print_expression
from symconv.render.layout import Group, Part, fill, prefixed, separated, suffixed, text_of
from symconv.render.mathml import (
    SPACE,
    THIN,
    WIDE,
    above,
    bracket,
    closed,
    comma,
    fraction,
    letter,
    number,
    opened,
    prefix,
    row,
    sign,
    table,
)
from symconv.render.mathml_width import mathml_width
from symconv.render.written import (
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

_OPEN, _CLOSE = opened("("), closed(")")


def mathml(formula: Written) -> str:
    """The formula in one line, as elements side by side.

    >>> mathml(Indexed(Letter("w"), (Number(1), Number(2)), joined=True))
    '<msub><mi>w</mi><mrow><mn>1</mn><mn>2</mn></mrow></msub>'
    """
    return text_of(_parts(formula))


def mathml_rows(formula: Written, width: float) -> list[tuple[str, str]]:
    """The formula in lines of at most ``width`` em, each as what stands before its relation sign and the rest."""
    if not isinstance(formula, Equation):
        return [("", line) for line in fill(_parts(formula), (width, width), mathml_width)]
    left, equals = mathml(formula.left), sign("=")
    own = mathml_width(left + equals)
    if isinstance(formula.right, Equation) and own + mathml_width(mathml(formula.right)) > width:
        room = width - own
        sides = [fill(_parts(side), (room, room - 1), mathml_width) for side in formula.sides[1:]]
        lines = [(WIDE if k else equals) + line for side in sides for k, line in enumerate(side)]
        return [(left, lines[0]), *(("", line) for line in lines[1:])]
    if own > width / 3:
        lines = fill(_parts(formula.right), (width - own, width - 2), mathml_width)
        if len(lines) > 1:
            return [("", left + equals + lines[0]), *(("", WIDE * 2 + line) for line in lines[1:])]
    else:
        lines = fill(_parts(formula.right), (width - own, width - own - 1), mathml_width)
    return [(left, equals + lines[0]), *(("", WIDE + line) for line in lines[1:])]


def _parts(formula: Written) -> Part:
    match formula:
        case Sum(terms):
            return Group(tuple(_signed(term, first=k == 0) for k, term in enumerate(terms)))
        case Summed(ranges, equations, body):
            return Group((*(_sigma(r) for r in ranges), *_such(equations), _factor(body)))
        case Product(factors):
            return Group(tuple(_times(factors, k) for k in range(len(factors))))
        case Equation(left, right):
            return prefixed(mathml(left) + sign("="), _parts(right))
        case Hadamard(left, right):
            return Group((_operand(left), prefixed(sign("∘"), _operand(right))))
        case Call(name, arguments, options):
            inner = separated([*map(_parts, arguments), *map(_parts, options)], comma() + THIN)
            return Group((letter(name) + _OPEN, suffixed(inner, _CLOSE)))
        case Indexed(Call("cross") | Summed() | Product() as array, subscripts):
            return suffixed(_operand(array), _brackets(subscripts))
        case Sizes(entries):
            return separated([_wrapped(e) for e in entries], sign("×"))
        case Listed(members):
            return separated([_parts(m) for m in members], comma() + THIN)
        case _:
            return _atom(formula)


def _atom(formula: Written) -> str:
    match formula:
        case Letter(name):
            return letter(name)
        case Number(value):
            return number(value)
        case Value(text):
            return _value(text)
        case Matrix(rows):
            return bracket("[", "]", table([[mathml(entry) for entry in line] for line in rows], "matrix"), grows=True)
        case Dots():
            return sign("⋯")
        case Indexed(Letter(name), subscripts, joined) if not any(map(_is_tall, subscripts)):
            inner = ("" if joined else comma()).join(map(mathml, subscripts))
            return letter(name, inner)
        case Indexed(array, subscripts, _):
            return text_of(_factor(array)) + _brackets(subscripts)
        case Fraction(top, bottom):
            return fraction(mathml(top), mathml(bottom))
        case Floor(value):
            return bracket("⌊", "⌋", mathml(value), grows=True)
        case Modulo(value, modulus):
            return text_of(_factor(value)) + SPACE + letter("mod") + SPACE + text_of(_factor(modulus))
        case Chain(first, middle, last, strict):
            return mathml(first) + sign("≤") + mathml(middle) + sign("<" if strict else "≤") + mathml(last)
        case Iverson(condition):
            return bracket("[", "]", THIN, mathml(condition), THIN)
        case Inserted(array, stride):
            return above(row(text_of(_factor(array))), prefix("↑"), mathml(stride))
        case Transposed(array):
            return above(row(mathml(array)), '<mi mathvariant="normal">T</mi>')
        case Pair(before, after):
            return _amount(before) + sign(":") + _amount(after)
        case Signed():
            return text_of(_signed(formula, first=True))
        case Expression(value):
            return print_expression(value)
    return text_of(_parts(formula))


def _brackets(subscripts: tuple[Written, ...]) -> str:
    """Subscripts in brackets; quotients in them are as small as in a line of text."""
    tall = any(map(_is_tall, subscripts))
    inner = (comma() + THIN * tall).join(map(mathml, subscripts))
    if tall:
        inner = f'<mrow displaystyle="false">{inner}</mrow>'
    return bracket("[", "]", inner, grows=tall)


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
    mark = "−" if term.negative else "+"
    before = (prefix(mark) if term.negative else "") if first else sign(mark)
    body = _wrapped(term.term) if term.negative or isinstance(term.term, Sum) else _parts(term.term)
    return prefixed(before, body)


def _sigma(r: Range) -> str:
    start = row(letter(r.letter), sign("="), mathml(r.first))
    return f"<munderover><mo>∑</mo>{start}{row(mathml(_in_line(r.last)))}</munderover>{THIN}"


def _in_line(formula: Written) -> Written:
    """What stands above a Σ is small already: its quotients get a slash."""
    match formula:
        case Fraction(top, bottom):
            return Product((_in_line(top), _SLASH, _in_line(bottom)))
        case Floor(value):
            return Floor(_in_line(value))
        case Sum(terms):
            return Sum(tuple(Signed(t.negative, _in_line(t.term)) for t in terms))
        case Product(factors):
            return Product(tuple(map(_in_line, factors)))
    return formula


_SLASH = Letter("/")


def _such(equations: tuple[Equation, ...]) -> list[str]:
    if not equations:
        return []
    lines = [[mathml(e)] for e in equations]
    under = row(lines[0][0]) if len(lines) == 1 else table(lines, "such")
    return [f"<munder><mo>∑</mo>{under}</munder>{THIN}"]


def _times(factors: tuple[Written, ...], k: int) -> Part:
    """Factors side by side; a dot where brackets would run into what follows."""
    part = _parenthesised(factors[k]) if is_signed(factors[k]) else _factor(factors[k])
    if k == 0:
        return part
    if any(isinstance(factor, Value) for factor in factors[k - 1 : k + 1]):
        return prefixed(sign("·"), part)
    if _SLASH in factors[k - 1 : k + 1]:
        return part
    if isinstance(factors[k], Sum) or (isinstance(factors[k - 1], Number) and isinstance(factors[k], Letter)):
        return part
    needs_dot = any(map(_is_bracketed, factors[k - 1 : k + 1]))
    return prefixed(sign("·") if needs_dot else THIN, part)


def _value(text: str) -> str:
    """A number in the place of a cell: whole, a fraction, or a decimal with its power of ten."""
    mark, digits = (prefix("−"), text[1:]) if text.startswith("-") else ("", text)
    if "/" in digits:
        top, bottom = digits.split("/")
        return mark + fraction(number(top), number(bottom))
    if "e" in digits:
        mantissa, exponent = digits.split("e")
        return mark + number(mantissa) + sign("·") + above(number(10), mathml(Value(str(int(exponent)))))
    return mark + number(digits)


def _is_bracketed(factor: Written) -> bool:
    match factor:
        case Indexed(Letter(), subscripts, _):
            return any(map(_is_tall, subscripts))
        case Indexed() | Call() | Fraction():
            return True
    return False


def _factor(formula: Written) -> Part:
    return _parenthesised(formula) if isinstance(formula, Sum | Hadamard | Equation) else _parts(formula)


def _wrapped(formula: Written) -> Part:
    return _parenthesised(formula) if isinstance(formula, Sum) else _parts(formula)


def _amount(formula: Written) -> str:
    """One side of ``before:after``; a minus sign needs no parenthesis there."""
    return text_of(_wrapped(formula)) if isinstance(formula, Sum) and len(formula.terms) > 1 else mathml(formula)


def _operand(formula: Written) -> Part:
    """What stands beside ∘: a Σ reaches as far as it can, so it is held in."""
    return _parenthesised(formula) if isinstance(formula, Sum | Summed | Product) else _parts(formula)


def _parenthesised(formula: Written) -> Part:
    return prefixed(_OPEN, suffixed(_parts(formula), _CLOSE))
