"""Amounts of padding in the wrong order: a formula in operators that is right once they are exchanged."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from symconv.algebra.notation_tree import Amounts, Call, Expression, Product, Statement, Sum

Change = Callable[[tuple[Amounts, ...]], tuple[Amounts, ...]]


def reordered(statement: Statement) -> Iterator[tuple[str, Statement]]:
    """The formula with the amounts of every `pad` in another order, where that makes another formula; and in words."""
    for words, change in (
        ("padding before and after are exchanged", _ends),
        ("the padding of the dimensions is exchanged", _dimensions),
    ):
        right = _changed(statement.right, change)
        if right != statement.right:
            yield words, replace(statement, right=right)


def _ends(amounts: tuple[Amounts, ...]) -> tuple[Amounts, ...]:
    if len(amounts) == 2:
        return amounts[::-1]
    return tuple(replace(a, pairs=tuple((p if q is None else q, q and p) for p, q in a.pairs)) for a in amounts)


def _dimensions(amounts: tuple[Amounts, ...]) -> tuple[Amounts, ...]:
    return tuple(replace(a, pairs=a.pairs[::-1]) for a in amounts)


def _changed(node: Expression, change: Change) -> Expression:
    match node:
        case Call(function=name, arguments=(array, *amounts)):
            first = _inside(array, change)
            rest = tuple(amounts)
            rest = change(rest) if name == "pad" else tuple(_inside(a, change) for a in rest)
            return replace(node, arguments=(first, *rest))
        case Sum(terms=terms):
            return replace(node, terms=tuple((sign, _changed(part, change)) for sign, part in terms))
        case Product(factors=factors):
            return replace(node, factors=tuple((divides, _changed(part, change)) for divides, part in factors))
        case _:
            return node


def _inside(amount: Amounts, change: Change) -> Amounts:
    return replace(
        amount, pairs=tuple((_changed(p, change), None if q is None else _changed(q, change)) for p, q in amount.pairs)
    )
