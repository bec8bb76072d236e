"""The formula language read into sums of products, with Python's own parser (nothing is evaluated).

The language looks enough like Python for that; amounts such as ``1:2x0:1`` are quoted first. An expression is a sum of
terms ``coefficient · ∏ reads`` with products multiplied out.
"""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import count

from tests.audit.reference_setting import TARGETS, NotAFormulaError, Setting

OPERATORS = ("cross", "pad", "insert_zeros", "rot180", "every")
AMOUNT = re.compile(r"(?<=[,=])\s*(-?\d+(?::-?\d+)?(?:x-?\d+(?::-?\d+)?)*)\s*(?=[,)])")
LONGEST = 4000
LARGEST = 10**6
"""Of a number in a formula."""


@dataclass(frozen=True, slots=True)
class Affine:
    """``Σ coefficients[index] · index + constant``, with fractions: an exact division by a number is a factor."""

    coefficients: dict[str, Fraction]
    constant: Fraction

    @property
    def bare(self) -> str | None:
        """The index, where the subscript is nothing else."""
        return next(iter(self.coefficients)) if list(self.coefficients.values()) == [1] and not self.constant else None


@dataclass(frozen=True, slots=True)
class Read:
    """A tensor at subscripts."""

    tensor: str
    subscripts: tuple[Affine, ...]


@dataclass(frozen=True, slots=True)
class Term:
    """``coefficient · ∏ reads``, counted once for every value of its indices; some ranges are given."""

    coefficient: Fraction
    reads: tuple[Read, ...] = ()
    ranges: dict[str, tuple[int, int]] = field(default_factory=dict)


def parsed(text: str) -> tuple[ast.expr, ast.expr]:
    """Left and right side as syntax trees."""
    if len(text) > LONGEST:
        raise NotAFormulaError("too long")
    left, equals, right = text.partition("=")
    if not equals or not text.isascii():
        raise NotAFormulaError("no formula")
    right = AMOUNT.sub(lambda m: repr(m[1]) if re.search("[:x]", m[1]) else m[1], right)
    try:
        trees = [ast.parse(" ".join(side.split()), mode="eval").body for side in (left, right)]
    except (ValueError, SyntaxError, RecursionError, MemoryError) as error:  # the first for null bytes, before 3.11.4
        raise NotAFormulaError(str(error)) from error
    if any(
        isinstance(node, ast.Constant) and isinstance(node.value, int) and node.value > LARGEST
        for node in ast.walk(trees[1])
    ):
        raise NotAFormulaError("a number is too large")
    return trees[0], trees[1]


def affine(node: ast.expr, given: Setting) -> Affine:
    """A subscript, or a number made of sizes."""
    match node:
        case ast.Constant(int(value)) if not isinstance(value, bool):
            return Affine({}, Fraction(value))
        case ast.Name(name) if name in given.sizes:
            return Affine({}, Fraction(given.sizes[name]))
        case ast.Name(name) if name == name.lower() and name not in (*given.arrays, *TARGETS, *OPERATORS, "sum"):
            return Affine({name: Fraction(1)}, Fraction(0))
        case ast.UnaryOp(ast.USub(), value):
            return _scaled(affine(value, given), Fraction(-1))
        case ast.BinOp(left, ast.Add() | ast.Sub() as op, right):
            one, other = (
                affine(left, given),
                _scaled(affine(right, given), Fraction(1 if isinstance(op, ast.Add) else -1)),
            )
            names = {*one.coefficients, *other.coefficients}
            sums = {n: one.coefficients.get(n, Fraction(0)) + other.coefficients.get(n, Fraction(0)) for n in names}
            return Affine({n: v for n, v in sums.items() if v}, one.constant + other.constant)
        case ast.BinOp(left, ast.Mult() | ast.Div() as op, right):
            one, other = affine(left, given), affine(right, given)
            if isinstance(op, ast.Mult) and not one.coefficients:
                return _scaled(other, one.constant)
            if not other.coefficients and (isinstance(op, ast.Mult) or other.constant):
                return _scaled(one, other.constant if isinstance(op, ast.Mult) else 1 / other.constant)
    raise NotAFormulaError(f"not integer-affine: {ast.unparse(node)}")


def whole(node: ast.expr, given: Setting, least: int) -> int:
    """A whole number made of numbers and sizes."""
    number = affine(node, given)
    if number.coefficients or number.constant.denominator != 1 or number.constant < least:
        raise NotAFormulaError(f"no whole number from {least}: {ast.unparse(node)}")
    return int(number.constant)


def _index(node: ast.expr, given: Setting) -> str:
    found = affine(node, given).bare
    if found is None:
        raise NotAFormulaError(f"no index: {ast.unparse(node)}")
    return found


def _scaled(value: Affine, by: Fraction) -> Affine:
    return Affine({n: v * by for n, v in value.coefficients.items() if v * by}, value.constant * by)


def read(node: ast.expr, given: Setting) -> Read:
    """``name[subscripts]``, or a bare name for a single number."""
    match node:
        case ast.Name(name):
            return Read(name, ())
        case ast.Subscript(ast.Name(name), ast.Tuple(subscripts)):
            return Read(name, tuple(affine(s, given) for s in subscripts))
        case ast.Subscript(ast.Name(name), subscript):
            return Read(name, (affine(subscript, given),))
    raise NotAFormulaError(f"not a tensor: {ast.unparse(node)}")


def terms(node: ast.expr, given: Setting, fresh: count[int]) -> list[Term]:
    """The expression multiplied out."""
    match node:
        case ast.Constant(int(value)):
            return [Term(Fraction(value))]
        case ast.UnaryOp(ast.USub(), value):
            return [replace(t, coefficient=-t.coefficient) for t in terms(value, given, fresh)]
        case ast.BinOp(left, ast.Add(), right):
            return terms(left, given, fresh) + terms(right, given, fresh)
        case ast.BinOp(left, ast.Sub(), right):
            return terms(left, given, fresh) + terms(ast.UnaryOp(ast.USub(), right), given, fresh)
        case ast.BinOp(left, ast.Mult(), right):
            return [
                Term(s.coefficient * t.coefficient, s.reads + t.reads, s.ranges | t.ranges)
                for s in terms(left, given, fresh)
                for t in terms(right, given, fresh)
            ]
        case ast.BinOp(left, ast.Div(), right):
            by = affine(right, given)
            if by.coefficients or not by.constant:
                raise NotAFormulaError("division by something else than a number")
            return [replace(t, coefficient=t.coefficient / by.constant) for t in terms(left, given, fresh)]
        case ast.Call(ast.Name("sum"), [body, *bound], keywords) if bound or keywords:
            return _summed(terms(body, given, fresh), bound, keywords, given, fresh)
        case ast.Name(name) if name in given.sizes:
            return [Term(Fraction(given.sizes[name]))]
        case ast.Name() | ast.Subscript():
            found = read(node, given)
            given.array(found.tensor, len(found.subscripts))
            return [Term(Fraction(1), (found,))]
    raise NotAFormulaError(f"not in the language: {ast.unparse(node)}")


def _summed(
    body: list[Term], bound: list[ast.expr], keywords: list[ast.keyword], given: Setting, fresh: count[int]
) -> list[Term]:
    """Bind indices in all terms under names of their own, each with one range for all of them."""
    limits = {str(k.arg): whole(k.value, given, 1) for k in keywords}
    names = [_index(node, given) for node in (*bound, *(ast.Name(name) for name in limits))][: len(bound)]
    ranges = {name: (given.base, given.base + size - 1) for name, size in limits.items()}
    for name in names:
        if extents := [e for t in body for e in _extents_of(name, t, given)]:
            ranges[name] = (given.base, given.base + min(extents) - 1)
        elif not all(any(name in s.coefficients for r in t.reads for s in r.subscripts) for t in body):
            raise NotAFormulaError(f"nothing bounds {name}")
    own = {name: f"{name}'{next(fresh)}" for name in (*names, *limits)}

    def renamed(value: Affine) -> Affine:
        return Affine({own.get(n, n): v for n, v in value.coefficients.items()}, value.constant)

    return [
        Term(
            t.coefficient,
            tuple(Read(r.tensor, tuple(map(renamed, r.subscripts))) for r in t.reads),
            t.ranges | {own[name]: span for name, span in ranges.items()},
        )
        for t in body
    ]


def _extents_of(index: str, term: Term, given: Setting) -> list[int]:
    """The extents of the axes on which an index stands alone."""
    return [
        extent
        for r in term.reads
        for s, extent in zip(r.subscripts, given.array(r.tensor, len(r.subscripts)).shape, strict=True)
        if s.bare == index
    ]
