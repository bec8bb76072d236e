"""Numbers as somebody wrote them: their exact values, and how far what was meant may lie from each.

| written | value | what is meant lies within |
|---|---|---|
| ``3``, ``"2/3"`` | exact | 0 |
| ``0.25``, ``1.5e-3`` | exact as written | half a unit of the last digit that was written |
| a float of NumPy or Python, or 15 digits and more | exact as stored | what rounding can cause: in float32, for one |
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from numbers import Integral, Rational
from typing import Any

import numpy as np
import numpy.typing as npt

from symconv.errors import RequestError
from symconv.specification.notation import quote

Array = npt.NDArray[Any]
Index = tuple[int, ...]

MOST_ENTRIES = 300_000
MOST_AXES = 10
LARGEST = 10**100
DIGITS_OF_A_FLOAT = 15
"""A decimal of so many digits was printed by a machine: it is a float, and carries a float's rounding."""
DOUBLE, SINGLE = 2.0**-53, 2.0**-24
"""Half the distance from 1 to the next number of float64, of float32."""
MISSING = float("nan")
"""The value of a cell of an answer that holds no number, ``null`` or NaN."""
TEXT = re.compile(r"[+-]?\d{1,60}(/\d{1,60})?", re.ASCII)
DECIMAL = re.compile(r"[+-]?\d{1,60}\.\d{0,60}", re.ASCII)


@dataclass(frozen=True, slots=True, eq=False)
class Numbers:
    """An array of numbers as written: exact ``values``, ``half`` a unit of the last digit, rounding ``unit`` of floats.

    ``values`` and ``half`` hold ``int`` and ``Fraction``; ``half`` and ``unit`` are 0 for what is exact. A value
    that is not finite is a ``float``, and only an answer has one.
    """

    values: Array
    half: Array
    unit: Array

    @property
    def shape(self) -> tuple[int, ...]:
        """The extents as given."""
        return self.values.shape

    def reshaped(self, shape: tuple[int, ...]) -> Numbers:
        """The same with axes of extent 1 in front."""
        return Numbers(self.values.reshape(shape), self.half.reshape(shape), self.unit.reshape(shape))


def numbers_of(name: str, given: object, *, may_lack: bool = False) -> Numbers:
    """An array from nested lists, from a NumPy array or from one number; RequestError, with the place, for others.

    NaN, an infinity and None are RequestErrors too, unless cells ``may_lack`` a number.

    >>> found = numbers_of("a", [[1, "1/3"], [Decimal("0.25"), 2]])
    >>> found.shape, found.values[1, 0], found.half[1, 0]
    ((2, 2), Fraction(1, 4), Fraction(1, 200))
    """
    if isinstance(given, (np.ndarray, np.generic)):
        array = np.asarray(given)
        shape, entries = array.shape, array.ravel()
        if array.dtype.kind not in "iufO":
            raise RequestError(f"{name} is an array of {array.dtype}, not of numbers; give numbers")
        _check_count(name, array.size)
        leaves: Sequence[Any] = list(entries) if array.dtype.kind in "fO" else entries.tolist()
    else:
        shape, leaves = _nested(name, given)
    if not leaves:
        raise RequestError(f"{name} is empty; give its numbers")
    columns = [np.empty(len(leaves), dtype=object), np.empty(len(leaves), dtype=object), np.zeros(len(leaves))]
    for k, leaf in enumerate(leaves):
        for column, part in zip(columns, _number(name, leaf, k, shape, may_lack), strict=True):
            column[k] = part
    return Numbers(*(column.reshape(shape) for column in columns))


def _nested(name: str, given: object) -> tuple[tuple[int, ...], list[Any]]:
    """The extents of nested lists and what they hold in C order."""
    shape: list[int] = []
    level: list[Any] = [given]
    while level and isinstance(level[0], (list, tuple)):
        lengths = {len(part) if isinstance(part, (list, tuple)) else -1 for part in level}
        if len(lengths) > 1:
            raise RequestError(
                f"{name} is ragged: its lists at depth {len(shape) + 1} differ in length; make them alike"
            )
        shape.append(lengths.pop())
        level = [entry for part in level for entry in part]
        if len(shape) > MOST_AXES:
            raise RequestError(f"{name} has more than {MOST_AXES} axes; give an array of fewer")
        _check_count(name, len(level))
    if any(isinstance(part, (list, tuple)) for part in level):
        raise RequestError(f"{name} is ragged: numbers stand beside lists; make its lists alike")
    return tuple(shape), level


def _check_count(name: str, count: int) -> None:
    if count > MOST_ENTRIES:
        raise RequestError(f"{name} has {count} numbers, more than {MOST_ENTRIES}; give a smaller layer")


Value = int | Fraction | float


def _number(name: str, leaf: object, k: int, shape: Index, may_lack: bool) -> tuple[Value, int | Fraction, float]:
    if may_lack and (lacking := _not_finite(leaf)) is not None:
        return lacking, 0, 0.0
    found = _read(leaf)
    if found is None:
        at = "".join(f"[{int(i)}]" for i in np.unravel_index(k, shape)) if shape else ""
        shown = quote(leaf if isinstance(leaf, str) else str(leaf))
        raise RequestError(f'{name}{at} is {shown}, which is no number below 1e100; write 3, 0.25 or "1/3"')
    value, half, unit = found
    return _plain(value), _plain(half), unit


def _not_finite(leaf: object) -> float | None:
    """What stands where a number should; None for a number, and for what is none at all."""
    if leaf is None:
        return MISSING
    if isinstance(leaf, Decimal):
        return None if leaf.is_finite() else float(leaf)
    return float(leaf) if isinstance(leaf, (float, np.floating)) and not np.isfinite(leaf) else None


def _read(leaf: object) -> tuple[Fraction, Fraction, float] | None:
    """Value, half a unit of the last digit, and rounding unit; None for what is no number, not finite or too large."""
    exact = Fraction(0)
    match leaf:
        case bool() | np.bool_():
            return None
        case str() if TEXT.fullmatch(leaf) and not re.search("/0+$", leaf):
            return _small(Fraction(leaf), exact, 0.0)
        case str() if DECIMAL.fullmatch(leaf):
            return _read(Decimal(leaf))
        case Integral() | Rational():
            value = Fraction(int(leaf.numerator), int(leaf.denominator))
            return None if value.denominator >= LARGEST else _small(value, exact, 0.0)
        case Decimal() if leaf.is_finite():
            digits, exponent = leaf.as_tuple().digits, int(leaf.as_tuple().exponent)
            if len(digits) > 120 or abs(exponent) > 120:
                return None
            unit = _printed(float(leaf), len(digits)) if len(digits) >= DIGITS_OF_A_FLOAT else 0.0
            return _small(Fraction(leaf), Fraction(10) ** exponent / 2, unit)
        case np.floating() if np.isfinite(leaf):
            unit = float(np.finfo(leaf.dtype).eps) / 2
            return _small(Fraction(*leaf.as_integer_ratio()), exact, unit)
        case float() if np.isfinite(leaf):
            unit = _printed(leaf, len(Decimal(repr(leaf)).as_tuple().digits))
            return _small(Fraction(*leaf.as_integer_ratio()), exact, unit)
        case _:
            return None


def _printed(value: float, digits: int) -> float:
    """The rounding unit of a float that is printed with so many digits: many, though float32 holds it, tell of float32.

    Of the float64 numbers with 15 digits and more, float32 holds one in 5·10⁸.
    """
    with np.errstate(over="ignore"):
        is_single = digits >= DIGITS_OF_A_FLOAT and float(np.float32(value)) == value
    return SINGLE if is_single else DOUBLE


def _small(value: Fraction, half: Fraction, unit: float) -> tuple[Fraction, Fraction, float] | None:
    return (value, half, unit) if abs(value) < LARGEST else None


def _plain(value: Fraction) -> int | Fraction:
    """Whole numbers as Python's own, which multiply far faster."""
    return value.numerator if value.denominator == 1 else value


def shown(value: Value) -> str:
    """A number as a person would write it: whole, a short decimal where that is exact, a fraction, or 12 digits.

    >>> [shown(v) for v in (3, Fraction(1, 4), Fraction(-1, 3), Fraction(10**20 + 1, 3**40), MISSING)]
    ['3', '0.25', '-1/3', '8.22526333997', 'no number']
    """
    if isinstance(value, float):
        return "no number" if value != value else str(value)
    if int(value) == value:
        return str(int(value)) if -(10**21) < value < 10**21 else f"{float(value):.12g}"
    near = float(value)
    if Fraction(repr(near)) == value or Fraction(near) == value:
        return repr(near)
    exact = str(value)
    return exact if len(exact) <= 12 else f"{float(value):.12g}"
