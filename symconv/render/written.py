"""Formulas as a person writes them: a small tree between the algebra and the printers.

What is decided once (index base, order of terms, which subscripts are left out, what a long sum shows) is decided
when this tree is written; a printer only chooses glyphs. Letters are the field's own (THEORY.md): ``δ``, ``net``,
``∂E/∂a``, ``f'(net^{l-1})``; trailing digits of a size's letter are its dimension (``K2``).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

ROTATION = "rot180"
"""The one operator's word whose digits are not an index."""
ONES = "𝟏"
"""The letter of a filter of ones."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of the notation, or an operator's word such as ``rot180``."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A whole number of at least 0; a sign belongs to the sum it stands in."""

    value: int


@dataclass(frozen=True, slots=True)
class Value:
    """A number that stands in the place of a cell: ``-2``, ``0.25``, ``1/3``, ``6.02e+23``.

    In a product it is parted by dots from what stands beside it, and held in brackets where it is negative.
    """

    text: str


@dataclass(frozen=True, slots=True)
class Indexed:
    """One entry of an array. ``joined``: subscripts are single digits and stand side by side, ``w₁₂``."""

    array: Written
    subscripts: tuple[Written, ...]
    joined: bool = False


@dataclass(frozen=True, slots=True)
class Product:
    """Factors side by side."""

    factors: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """A term of a sum and its sign."""

    negative: bool
    term: Written


@dataclass(frozen=True, slots=True)
class Sum:
    """Signed terms, in the order in which they are printed."""

    terms: tuple[Signed, ...]


@dataclass(frozen=True, slots=True)
class Fraction:
    """``numerator / denominator``."""

    numerator: Written
    denominator: Written


@dataclass(frozen=True, slots=True)
class Floor:
    """``⌊value⌋``."""

    value: Written


@dataclass(frozen=True, slots=True)
class Modulo:
    """``value mod modulus``, at least 0."""

    value: Written
    modulus: Written


@dataclass(frozen=True, slots=True)
class Range:
    """Below a Σ: ``letter = first … last``."""

    letter: str
    first: Written
    last: Written


@dataclass(frozen=True, slots=True)
class Summed:
    """``Σ`` over ranges, then over all values that satisfy the equations, of a body."""

    ranges: tuple[Range, ...]
    equations: tuple[Equation, ...]
    body: Written


@dataclass(frozen=True, slots=True)
class Equation:
    """``left = right``. Where the right side is an equation too, they are a chain ``a = b = c``."""

    left: Written
    right: Written

    @property
    def sides(self) -> tuple[Written, ...]:
        """Everything between the equality signs of a chain."""
        return (self.left, *(self.right.sides if isinstance(self.right, Equation) else (self.right,)))


@dataclass(frozen=True, slots=True)
class Chain:
    """``first ≤ middle ≤ last``, or with ``<`` on the right."""

    first: Written
    middle: Written
    last: Written
    strict: bool = False


@dataclass(frozen=True, slots=True)
class Iverson:
    """``[condition]``: 1 where it holds, else 0."""

    condition: Written


@dataclass(frozen=True, slots=True)
class Call:
    """A named operator with its arguments, then options ``word = value``."""

    name: str
    arguments: tuple[Written, ...]
    options: tuple[Equation, ...] = ()


@dataclass(frozen=True, slots=True)
class Hadamard:
    """``left ∘ right``, the elementwise product."""

    left: Written
    right: Written


@dataclass(frozen=True, slots=True)
class Inserted:
    """``array↑stride``: zero insertion."""

    array: Written
    stride: Written


@dataclass(frozen=True, slots=True)
class Transposed:
    """``arrayᵀ``."""

    array: Written


@dataclass(frozen=True, slots=True)
class Sizes:
    """One size per dimension, ``1 × 2``; each may be a pair ``before : after``."""

    entries: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """``before : after``."""

    before: Written
    after: Written


@dataclass(frozen=True, slots=True)
class Listed:
    """Members side by side, separated by commas."""

    members: tuple[Written, ...]


@dataclass(frozen=True, slots=True)
class Matrix:
    """Rows of entries, all of one length, between brackets."""

    rows: tuple[tuple[Written, ...], ...]


@dataclass(frozen=True, slots=True)
class Dots:
    """The terms of a long sum that its pattern shows."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A SymPy expression as it is: an activation function, a count."""

    value: sympy.Expr


Written = (
    Letter
    | Number
    | Value
    | Indexed
    | Product
    | Signed
    | Sum
    | Fraction
    | Floor
    | Modulo
    | Summed
    | Equation
    | Chain
    | Iverson
    | Call
    | Hadamard
    | Inserted
    | Transposed
    | Sizes
    | Pair
    | Listed
    | Matrix
    | Dots
    | Expression
)


def product(*factors: Written) -> Written:
    """The factors side by side, ones left out, products within flattened."""
    flat = [f for given in factors for f in (given.factors if isinstance(given, Product) else (given,))]
    kept = tuple(f for f in flat if f != Number(1))
    if not kept:
        return Number(1)
    return kept[0] if len(kept) == 1 else Product(kept)


def total(terms: tuple[Signed, ...]) -> Written:
    """The sum of the terms; nothing is 0, and one positive term stands alone."""
    if not terms:
        return Number(0)
    if len(terms) == 1 and not terms[0].negative:
        return terms[0].term
    return Sum(terms)


def chain(*sides: Written) -> Written:
    """``a = b = c``; a side that is the one before it again is left out."""
    kept = [side for k, side in enumerate(sides) if k == 0 or side != sides[k - 1]]
    found = kept.pop()
    while kept:
        found = Equation(kept.pop(), found)
    return found


def is_signed(formula: Written) -> bool:
    """Whether a number in the place of a cell needs brackets within a product."""
    return isinstance(formula, Value) and formula.text.startswith("-")


def has_matrix(formula: Written) -> bool:
    """Whether matrices stand in the formula, beside each other or on a side of an equation."""
    match formula:
        case Matrix():
            return True
        case Equation(left, right):
            return has_matrix(left) or has_matrix(right)
        case Listed(members):
            return any(map(has_matrix, members))
    return False
