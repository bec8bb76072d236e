"""The syntax tree of the formula language: what was written and where, before anything is known of a layer.

Positions (``at``) count characters from 1. A name is a tensor, an index or a size by how it is spelt; the tree keeps
the spelling only.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number or a decimal fraction, exact."""

    value: Fraction
    at: int


@dataclass(frozen=True, slots=True)
class Name:
    """An index, a size, or a tensor without subscripts."""

    name: str
    at: int


@dataclass(frozen=True, slots=True)
class Subscripted:
    """``tensor[subscript, …]``."""

    name: str
    subscripts: tuple[Expression, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Amounts:
    """``1``, ``1x2``, ``1:2x0:1``: a pair (before, after) per dimension; ``after`` is None where there is no colon."""

    pairs: tuple[tuple[Expression, Expression | None], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Call:
    """``function(argument, …, keyword=argument, …)``."""

    function: str
    arguments: tuple[Amounts, ...]
    keywords: tuple[tuple[str, Amounts], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Sum:
    """``± term ± term …``: each term with its sign, 1 or -1."""

    terms: tuple[tuple[int, Expression], ...]
    at: int


@dataclass(frozen=True, slots=True)
class Product:
    """``factor * factor / factor …``: each factor with whether it divides."""

    factors: tuple[tuple[bool, Expression], ...]
    at: int


Expression: TypeAlias = Number | Name | Subscripted | Call | Sum | Product


@dataclass(frozen=True, slots=True)
class Statement:
    """``target[subscripts] = right``; ``target`` is a `Subscripted`, or a `Name` where no subscripts were given."""

    target: Name | Subscripted
    right: Expression
    text: str


def children(node: Expression) -> tuple[Expression, ...]:
    """The expressions a node is made of."""
    match node:
        case Subscripted():
            return node.subscripts
        case Call():
            amounts = (*node.arguments, *(value for _, value in node.keywords))
            return tuple(e for amount in amounts for pair in amount.pairs for e in pair if e is not None)
        case Sum():
            return tuple(term for _, term in node.terms)
        case Product():
            return tuple(factor for _, factor in node.factors)
        case _:
            return ()


def nodes(node: Expression) -> Iterator[Expression]:
    """A node and everything below it, in the order of the text."""
    yield node
    for child in children(node):
        yield from nodes(child)
