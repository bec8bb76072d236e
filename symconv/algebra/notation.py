"""The formula language: ``da[x,y] = w[p,q]*delta[x-p,y-q]`` or ``da = cross(pad(delta, 1), rot180(w))``, as a tree.

Text is read by a grammar and built node by node, never evaluated. Length, nesting and numbers are bounded, and what is
not understood is a `RequestError` that names the position, counted from 1. Whether names and ranks make sense for a
layer is judged by whoever reads the tree in the context of one (INTERFACE, "Formula language").
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import Any

from lark import Lark, Token, Transformer, UnexpectedInput, v_args

from symconv.algebra.notation_signs import INDEX_X, plain
from symconv.algebra.notation_tree import (
    Amounts,
    Call,
    Expression,
    Name,
    Number,
    Product,
    Statement,
    Subscripted,
    Sum,
    children,
)
from symconv.errors import RequestError

LIMIT_LENGTH = 4_000
LIMIT_DEPTH = 32
LIMIT_DIGITS = 9
LIMIT_NAME = 32
LIMIT_SHOWN = 20
"""Bounds: characters; nested operations; digits of a number; letters of a name; characters a message repeats."""

GRAMMAR = r"""
statement: _name ["[" subscripts "]"] "=" sum
subscripts: sum ("," sum)*
sum: product (SIGN product)*
product: first (OPERATOR signed)* (OPERATOR summed)? | summed
?first: atom | COEFFICIENT atom -> scaled | SIGN first -> signed
summed: SIGMA NAME "=" sum ".." sum "}" product
?signed: atom | SIGN signed -> signed
?atom: NUMBER -> number | _name -> name | _name "[" subscripts "]" -> subscripted | call | "(" sum ")"
    | slope | inserted
slope: SLOPE ["[" subscripts "]"] ")"
inserted: atom INSERT step
?step: NUMBER -> one_step | NAME -> one_step | "(" amounts ")"
_name: NAME | PRINTED
call: NAME "(" (argument ("," argument)*)? ")"
argument: [NAME "="] amounts
amounts: pair (BY pair)*
pair: sum [":" sum]
SIGN: "+" | "-"
OPERATOR: "*" | "/" | "·" | "∘"
BY: "x"
SIGMA: /Σ_\{/
COEFFICIENT.2: /[0-9]+(\.[0-9]+)?(?=\s*([A-Za-wyzδβ(\uE000]))/
INSERT: "↑"
SLOPE.1: /f'\(net\^\{l-1\}/
PRINTED: /∂E\/∂[awβ]|δ\^\{l-1\}|[δβ]/
NUMBER: /[0-9]+(\.[0-9]+)?/
NAME: /[A-Za-z\uE000][A-Za-z_0-9]*/
%ignore /\s+/
"""

AS_PRINTED = {"δ": "delta", "β": "bias", "∂E/∂a": "da", "∂E/∂w": "dw", "∂E/∂β": "dbias", "δ^{l-1}": "delta_prev"}
"""What a derivation prints → the name of the language; `df` is ``f'(net^{l-1})``, with its subscripts inside."""

EXAMPLE = "dw[p,q] = delta[i,j]*a[i+p,j+q]"


def parse(text: str) -> Statement:
    """The tree of a formula (RequestError, with the position, where the text is none).

    >>> parse("dw[p] = delta[i]*a[i+p]").target
    Subscripted(name='dw', subscripts=(Name(name='p', at=4),), at=1)
    """
    if not isinstance(text, str):
        raise RequestError(f"the formula is {type(text).__name__}, not a text; write one such as {EXAMPLE!r}")
    if not text.strip():
        raise RequestError(f"the formula is an empty text; write one such as {EXAMPLE!r}")
    if len(text) > LIMIT_LENGTH:
        raise RequestError(f"the formula has {len(text)} characters and is too long; give at most {LIMIT_LENGTH}")
    depth = 0
    for position, character in enumerate(text, 1):
        depth += (character in "([") - (character in ")]")
        if depth > LIMIT_DEPTH:
            raise refusal(position, f"more than {LIMIT_DEPTH} brackets are open", "nest less deeply").within(text)
    try:
        parsed: Any = _parser().parse(plain(text))
    except UnexpectedInput as error:
        raise _unexpected(text, error) from None
    except FormulaError as error:
        raise error.within(text) from None
    target, right = parsed
    return Statement(target, right, text)


class FormulaError(RequestError):
    """The refusal of a formula: where, what is wrong, what to do. :meth:`within` shows what stands there."""

    def __init__(self, position: int, what: str, advice: str, excerpt: str = "") -> None:
        place = f" ({excerpt})" if excerpt else ""
        super().__init__(f"at position {position} of the formula{place}, {what}; {advice}")
        self.position, self.what, self.advice = position, what, advice

    def within(self, text: str) -> FormulaError:
        """The same with what stands at the position."""
        rest = text[self.position - 1 :].strip()
        return FormulaError(self.position, self.what, self.advice, short(rest) if rest else "")


def refusal(position: int, what: str, advice: str) -> FormulaError:
    """The sentence about one place in a formula, counted from 1."""
    return FormulaError(position, what, advice)


def short(text: str) -> str:
    """What was written, quoted and of bounded length."""
    return repr(str(text) if len(text) <= LIMIT_SHOWN else f"{text[: LIMIT_SHOWN - 1]}…")


@v_args(inline=True)
class _Build(Transformer[Token, object]):
    """Builds the tree bottom-up; called by the parser as each rule is complete, so nothing recurses."""

    def statement(self, name: Token, subscripts: tuple[Expression, ...] | None, right: Expression) -> object:
        target = self.name(name) if subscripts is None else Subscripted(_name(name), subscripts, _at(name))
        return target, right

    def subscripts(self, *parts: Expression) -> tuple[Expression, ...]:
        return parts

    def number(self, token: Token) -> Number:
        if len(token) > LIMIT_DIGITS:
            raise FormulaError(
                _at(token), f"the number {short(token)} has more than {LIMIT_DIGITS} digits", "give a smaller one"
            )
        return Number(Fraction(str(token)), _at(token))

    def name(self, token: Token) -> Name:
        return Name(_name(token), _at(token))

    def subscripted(self, token: Token, subscripts: tuple[Expression, ...]) -> Expression:
        return _bounded(Subscripted(_name(token), subscripts, _at(token)))

    def slope(self, token: Token, subscripts: tuple[Expression, ...] | None) -> Expression:
        return Name("df", _at(token)) if subscripts is None else _bounded(Subscripted("df", subscripts, _at(token)))

    def inserted(self, array: Expression, arrow: Token, step: Amounts) -> Expression:
        return _bounded(Call("insert_zeros", (Amounts(((array, None),), array.at), step), (), _at(arrow)))

    def one_step(self, token: Token) -> Amounts:
        step = self.number(token) if token.type == "NUMBER" else self.name(token)
        return Amounts(((step, None),), _at(token))

    def signed(self, sign: Token, part: Expression) -> Expression:
        return _bounded(Sum(((_sign(sign), part),), _at(sign)))

    def sum(self, first: Expression, *rest: Token | Expression) -> Expression:
        if not rest:
            return first
        signs, parts = rest[::2], rest[1::2]
        terms = [(1, first), *((_sign(str(s)), p) for s, p in zip(signs, parts, strict=True))]
        return _bounded(Sum(tuple(terms), first.at))  # type: ignore[arg-type]

    def product(self, first: Expression, *rest: Token | Expression) -> Expression:
        if not rest:
            return first
        signs, parts = rest[::2], rest[1::2]
        factors = [(False, first), *((s == "/", p) for s, p in zip(signs, parts, strict=True))]
        return _bounded(Product(tuple(factors), first.at))  # type: ignore[arg-type]

    def scaled(self, coefficient: Token, part: Expression) -> Expression:
        return _bounded(Product(((False, self.number(coefficient)), (False, part)), _at(coefficient)))

    def summed(self, _: Token, index: Token, low: Expression, high: Expression, body: Expression) -> Expression:
        """``Σ_{p=l..h} e`` is ``sum(e, p=l:h)``."""
        whole = Amounts(((body, None),), body.at)
        return _bounded(Call("sum", (whole,), ((_name(index), Amounts(((low, high),), _at(index))),), _at(index)))

    def call(self, token: Token, *arguments: tuple[Token | None, Amounts]) -> Expression:
        plain: list[Amounts] = []
        named: dict[str, Amounts] = {}
        for keyword, value in arguments:
            if keyword is None and named:
                raise FormulaError(value.at, "an argument without a name follows one with a name", "write it before")
            if keyword is None:
                plain.append(value)
            elif _name(keyword) in named:
                raise FormulaError(_at(keyword), f"{short(keyword)} is given twice", "give it once")
            else:
                named[_name(keyword)] = value
        return _bounded(Call(_name(token), tuple(plain), tuple(named.items()), _at(token)))

    def argument(self, keyword: Token | None, value: Amounts) -> tuple[Token | None, Amounts]:
        return keyword, value if keyword is None else Amounts(value.pairs, _at(keyword))

    def amounts(self, *parts: Token | tuple[Expression, Expression | None]) -> Amounts:
        pairs = tuple(part for part in parts if not isinstance(part, Token))
        return Amounts(pairs, pairs[0][0].at)

    def pair(self, before: Expression, after: Expression | None) -> tuple[Expression, Expression | None]:
        return before, after


def _bounded(node: Expression) -> Expression:
    """The node, if it is not nested too deeply; the parentheses are counted before, so signs are what is left."""
    level: list[Expression] = [node]
    for _ in range(2 * LIMIT_DEPTH):
        level = [child for parent in level for child in children(parent)]
        if not level:
            return node
    raise FormulaError(node.at, f"more than {2 * LIMIT_DEPTH} operations are nested", "nest less deeply")


@cache
def _parser() -> Lark:
    return Lark(GRAMMAR, start="statement", parser="lalr", transformer=_Build(), maybe_placeholders=True)


def _at(token: Token) -> int:
    return (token.start_pos or 0) + 1


def _sign(sign: str) -> int:
    return 1 if sign == "+" else -1


def _name(token: Token) -> str:
    if len(token) > LIMIT_NAME:
        raise FormulaError(
            _at(token), f"the name {short(token)} has more than {LIMIT_NAME} letters", "give a shorter one"
        )
    name = str(token).replace(INDEX_X, "x")
    return AS_PRINTED.get(name, name)


def _unexpected(text: str, error: UnexpectedInput) -> RequestError:
    """Where the grammar stopped, and what stood there."""
    position = error.pos_in_stream
    token = getattr(error, "token", None)
    if position is None or position < 0 or (token is not None and token.type == "$END"):
        return refusal(
            len(text.rstrip()) + 1, "it ends too early", f"write target[indices] = expression, as in {EXAMPLE}"
        )
    if text[position] == "=" and "=" in text[:position]:
        return refusal(position + 1, "a second = stands", "write one target = expression").within(text)
    what = "the formula is not understood"
    return refusal(position + 1, what, f"write target[indices] = expression, as in {EXAMPLE}").within(text)
