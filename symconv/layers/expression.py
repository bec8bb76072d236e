"""An activation function typed as text: parsed by a grammar, built node by node, never evaluated as Python.

The language is real arithmetic in one variable ``x``: numbers (exact: ``0.1`` is 1/10), ``pi``, ``e``,
``+ - * / **``, parentheses, and the functions in ``FUNCTIONS``. Every node is bounded when it is built, before
SymPy can spend time on it: the length of the text, the depth, the exponents, the degree, the digits of exact
constants, and the value of every constant part, which has to be a finite real number.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

import sympy
from lark import Lark, Token, Transformer, UnexpectedCharacters, UnexpectedInput, v_args

from symconv.errors import RequestError
from symconv.layers.kinks import X, maximum, minimum, resolve

FUNCTIONS: dict[str, tuple[Callable[..., sympy.Expr], Callable[..., float], range]] = {
    "exp": (sympy.exp, math.exp, range(1, 2)),
    "log": (sympy.log, math.log, range(1, 2)),
    "sqrt": (sympy.sqrt, math.sqrt, range(1, 2)),
    "tanh": (sympy.tanh, math.tanh, range(1, 2)),
    "sinh": (sympy.sinh, math.sinh, range(1, 2)),
    "cosh": (sympy.cosh, math.cosh, range(1, 2)),
    "sin": (sympy.sin, math.sin, range(1, 2)),
    "cos": (sympy.cos, math.cos, range(1, 2)),
    "atan": (sympy.atan, math.atan, range(1, 2)),
    "asinh": (sympy.asinh, math.asinh, range(1, 2)),
    "erf": (sympy.erf, math.erf, range(1, 2)),
    "erfc": (lambda u: 1 - sympy.erf(u), math.erfc, range(1, 2)),
    "expm1": (lambda u: sympy.exp(u) - 1, math.expm1, range(1, 2)),
    "log1p": (lambda u: sympy.log(1 + u), math.log1p, range(1, 2)),
    "sech": (lambda u: 1 / sympy.cosh(u), lambda u: 1 / math.cosh(u), range(1, 2)),
    "sigmoid": (lambda u: 1 / (1 + sympy.exp(-u)), lambda u: 1 / (1 + math.exp(-u)), range(1, 2)),
    "softplus": (lambda u: sympy.log(1 + sympy.exp(u)), lambda u: math.log1p(math.exp(u)), range(1, 2)),
    "relu": (lambda u: maximum(0, u), lambda u: max(0, u), range(1, 2)),
    "abs": (sympy.Abs, abs, range(1, 2)),
    "max": (maximum, max, range(2, 9)),
    "min": (minimum, min, range(2, 9)),
}
"""Name → its expression, its value at a number, how many arguments it takes."""

LIMIT_LENGTH = 256
LIMIT_DEPTH = 24
LIMIT_DEGREE = 64
LIMIT_BITS = 2048
LIMIT_VALUE = 1e100
LIMIT_KINKS = 8
"""Bounds: characters; nested operations; exponents and degrees; bits of an exact constant; size of a constant; uses
of abs, max and min."""

GRAMMAR = r"""
?sum: product | sum SUM_SIGN product -> binary
?product: signed | product PRODUCT_SIGN signed -> binary
?signed: power | SUM_SIGN signed -> signed
?power: atom | atom POWER signed -> raise_to
?atom: NUMBER -> number | NAME -> name | call | "(" sum ")"
call: NAME "(" sum ("," sum)* ")"
SUM_SIGN: "+" | "-"
PRODUCT_SIGN: "*" | "/"
POWER: "**"
NUMBER: /([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?/
NAME: /[A-Za-z_][A-Za-z_0-9]*/
%ignore " "
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A subexpression; ``value`` is its number when x does not occur in it."""

    expression: sympy.Expr
    value: float | None


def parse_expression(text: str) -> sympy.Expr:
    """The function of x that a text denotes, with abs, max and min resolved into branches (``Piecewise``).

    Constants are functions of x too and are accepted; so is an expression such as ``log(x)`` that is real on a part
    of the line only. Raises ``RequestError`` that names the position, counted
    from 1.

    >>> parse_expression("max(0, x)**2 + 0.5")
    Piecewise((1/2, x <= 0), (x**2 + 1/2, True))
    """
    if not text.strip():
        raise RequestError("the activation is an empty text; give a name such as relu, or an expression in x")
    if len(text) > LIMIT_LENGTH:
        raise RequestError(
            f"the activation has {len(text)} characters, more than {LIMIT_LENGTH}; give a shorter expression in x"
        )
    depth = 0
    for position, character in enumerate(text, 1):
        depth += (character == "(") - (character == ")")
        if depth > LIMIT_DEPTH:
            raise _refusal(text, position, f"more than {LIMIT_DEPTH} parentheses are open", "nest less deeply")
    try:
        part: Part = _parser().parse(text)  # type: ignore[assignment]
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except _Refused as error:
        raise _refusal(text, error.position, error.what, error.advice) from None
    expression = resolve(part.expression)
    if not _is_real(expression):
        raise _refusal(
            text, 1, "the expression divides by zero or leaves the real numbers", "give a real function of x"
        )
    return expression


def _is_real(expression: sympy.Expr) -> bool:
    """Whether no part is infinite, undefined, or a root of a negative constant."""
    if expression.has(sympy.zoo, sympy.nan, sympy.oo, -sympy.oo, sympy.I, sympy.AccumBounds):
        return False
    return not any(
        p.base.is_negative and p.base.is_number and not p.exp.is_integer for p in expression.atoms(sympy.Pow)
    )


class _Refused(Exception):
    """A node that is out of bounds, on its way to the text that names its position."""

    def __init__(self, position: int, what: str, advice: str) -> None:
        super().__init__(what)
        self.position, self.what, self.advice = position, what, advice


@v_args(inline=True)
class _Build(Transformer[Token, Part]):
    """Builds SymPy expressions bottom-up; called by the parser as each rule is complete, so nothing recurses."""

    def number(self, token: Token) -> Part:
        mantissa, _, exponent = token.lower().partition("e")
        if len(exponent) > 4 or abs(int(exponent or 0)) > 100 or len(mantissa) > 40:
            raise _Refused(_at(token), f"the number {_short(token)} is too long or too large", "give a smaller one")
        return _checked(sympy.Rational(str(token)), float(token), _at(token))

    def name(self, token: Token) -> Part:
        match str(token):
            case "x":
                return Part(X, None)
            case "pi":
                return Part(sympy.pi, math.pi)
            case "e":
                return Part(sympy.E, math.e)
        raise _Refused(_at(token), f"the name {_short(token)} is not known", "use x, pi or e")

    def call(self, token: Token, *arguments: Part) -> Part:
        if token not in FUNCTIONS:
            known = ", ".join(FUNCTIONS)
            raise _Refused(_at(token), f"the function {_short(token)} is not known", f"use one of {known}")
        function, at_number, counts = FUNCTIONS[token]
        if len(arguments) not in counts:
            wanted = "1 argument" if counts == range(1, 2) else f"{counts[0]} to {counts[-1]} arguments"
            raise _Refused(_at(token), f"{token} has {len(arguments)} arguments", f"give it {wanted}")
        return _compute(function, at_number, arguments, _at(token))

    def binary(self, left: Part, sign: Token, right: Part) -> Part:
        operation = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}[sign]
        return _compute(operation, operation, (left, right), _at(sign))

    def signed(self, sign: Token, operand: Part) -> Part:
        operation = operator.neg if sign == "-" else operator.pos
        return _compute(operation, operation, (operand,), _at(sign))

    def raise_to(self, base: Part, sign: Token, exponent: Part) -> Part:
        if exponent.value is not None and abs(exponent.value) > LIMIT_DEGREE:
            raise _Refused(_at(sign), f"the exponent is larger than {LIMIT_DEGREE}", "give a smaller one")
        bits = _bits(base.expression) * abs(exponent.value or 0)
        if bits > LIMIT_BITS:
            raise _Refused(_at(sign), "the power is too large to be held exactly", "give smaller numbers")
        if exponent.value is None and base.value is not None and base.value <= 0:
            raise _Refused(_at(sign), "a power of a number that is not positive is not real", "give a positive base")
        return _compute(operator.pow, math.pow, (base, exponent), _at(sign))


def _compute(
    exact: Callable[..., sympy.Expr], at_numbers: Callable[..., float], operands: tuple[Part, ...], position: int
) -> Part:
    """Apply an operation; the numbers go first, so that a constant out of range never reaches SymPy."""
    value: float | None = None
    numbers = [operand.value for operand in operands]
    if None not in numbers:
        try:
            value = at_numbers(*numbers)
        except (ValueError, ZeroDivisionError, OverflowError):
            value = math.nan
        if not abs(value) < LIMIT_VALUE:
            raise _Refused(position, "a constant is not a real number of moderate size", "give a finite real constant")
    expression = exact(*(operand.expression for operand in operands))
    return _checked(expression if value is None else resolve(expression), value, position)


def _checked(expression: sympy.Expr, value: float | None, position: int) -> Part:
    if not _is_real(expression):
        raise _Refused(position, "the expression divides by zero or leaves the real numbers", "give a real function")
    if value is None and expression.is_number:
        value = float(expression)  # x has cancelled
        if not abs(value) < LIMIT_VALUE:
            raise _Refused(position, "a constant is not a real number of moderate size", "give a finite real constant")
    depth, degree, bits, kinks = _measure(expression)
    for size, limit, what in (
        (depth, LIMIT_DEPTH, "the depth of the expression"),
        (degree, LIMIT_DEGREE, "the degree of the expression"),
        (bits, LIMIT_BITS, "the number of bits of a constant"),
        (kinks, LIMIT_KINKS, "the number of uses of abs, max and min"),
    ):
        if size > limit:
            raise _Refused(position, f"{what} is {size:.0f}, more than {limit}", "give a simpler expression")
    return Part(expression, value)


def _measure(expression: sympy.Expr) -> tuple[int, float, int, int]:
    """Depth, an upper bound of the degree, bits of the largest exact constant, uses of abs, max and min."""
    if not expression.args:
        return 1, float(expression == X), _bits(expression), 0
    depths, degrees, bits, kinks = zip(*map(_measure, expression.args), strict=True)
    degree = sum(degrees) if expression.is_Mul else max(degrees)
    if expression.is_Pow and expression.exp.is_Rational:
        degree = degrees[0] * abs(expression.exp.p) / expression.exp.q
        bits = bits[:1]
    is_kink = expression.func in (maximum, minimum, sympy.Abs)
    return 1 + max(depths), degree, max(bits), sum(kinks) + is_kink


def _bits(expression: sympy.Expr) -> int:
    if not isinstance(expression, sympy.Rational):
        return 0
    return int(max(abs(expression.p).bit_length(), expression.q.bit_length()))


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, parser="lalr", start="sum", transformer=_Build())


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _short(value: object) -> str:
    text = str(value)
    return repr(text if len(text) <= 20 else text[:17] + "...")


def _unexpected(text: str, error: UnexpectedInput) -> RequestError:
    """What the parser met and did not expect."""
    if isinstance(error, UnexpectedCharacters):
        return _refusal(
            text, (error.pos_in_stream or 0) + 1, f"{_short(error.char)} is not expected", "give an expression in x"
        )
    token = getattr(error, "token", None)
    if token is None or token.type == "$END":
        return _refusal(text, len(text) + 1, "the expression ends too early", "complete it")
    return _refusal(text, _at(token), f"{_short(token)} is not expected", "give an expression in x")


def _refusal(text: str, position: int, what: str, advice: str) -> RequestError:
    shown = text if len(text) <= 40 else text[:37] + "..."
    return RequestError(f"the activation {shown!r} is refused at character {position}: {what}; {advice}")
