"""What is printed is true: written formulas are evaluated as a reader would, in the base they are printed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction as Rational
from itertools import product
from typing import Any

import numpy as np
import pytest

from symconv.algebra.axes import Axis, Constant
from symconv.algebra.contraction import Form
from symconv.algebra.evaluate import constant_array, evaluate
from symconv.derivation.backward import backward
from symconv.derivation.derive import derive_layer
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.layers.net_input import net_input
from symconv.render.arrays import is_silent
from symconv.render.formula_unicode import unicode
from symconv.render.write_formula import write_form, write_goal, write_sums
from symconv.render.written import (
    Call,
    Equation,
    Fraction,
    Indexed,
    Letter,
    Number,
    Product,
    Sum,
    Summed,
    Written,
)
from tests.cases import GEOMETRIES

Arrays = Mapping[str, "np.ndarray[Any, Any]"]
SMALL = [name for name, g in GEOMETRIES.items() if np.prod(g.input_shape) * np.prod(g.output_shape) <= 400]


class Reader:
    """Evaluates a written formula: arrays by printed name, without the axes that are not printed."""

    def __init__(self, arrays: Arrays, extents: Mapping[str, int], base: int) -> None:
        self.arrays, self.extents, self.base = arrays, extents, base

    def value(self, formula: Written, at: Mapping[str, int]) -> Any:
        match formula:
            case Number(value):
                return value
            case Letter(name):
                return at[name] if name in at else self.arrays[name][()]
            case Sum(terms):
                return sum((-1 if t.negative else 1) * self.value(t.term, at) for t in terms)
            case Product(factors):
                return np.prod([self.value(f, at) for f in factors], dtype=object)
            case Fraction(top, bottom):
                return Rational(self.value(top, at)) / Rational(self.value(bottom, at))
            case Call(name, arguments):
                return self.read(name, [self.value(a, at) for a in arguments]) or 1
            case Indexed(array, subscripts):
                return self.read(unicode(array), [self.value(s, at) for s in subscripts])
            case Summed(ranges, equations, body):
                bounds = {r.letter: (self.value(r.first, at), self.value(r.last, at)) for r in ranges}
                tied = {letter for e in equations for letter in _letters(e) if letter not in at}
                bounds |= {letter: (self.base, self.extents[letter] - 1 + self.base) for letter in tied}
                points = [dict(at) | dict(zip(bounds, p, strict=True)) for p in product(*map(_closed, bounds.values()))]
                held = (p for p in points if all(self.value(e.left, p) == self.value(e.right, p) for e in equations))
                return sum(self.value(body, point) for point in held)
        raise AssertionError(f"{formula} is not expected in a formula of numeric sizes")

    def read(self, name: str, subscripts: list[Any]) -> Any:
        index = [s - self.base for s in subscripts]
        array = self.arrays[name]
        inside = all(i == int(i) and 0 <= i < n for i, n in zip(index, array.shape, strict=True))
        return array[tuple(int(i) for i in index)] if inside else 0


def _closed(bounds: tuple[int, int]) -> range:
    return range(bounds[0], bounds[1] + 1)


def _letters(formula: Written) -> Iterator[str]:
    match formula:
        case Letter(name):
            yield name
        case Sum(terms):
            yield from (name for t in terms for name in _letters(t.term))
        case Product(factors):
            yield from (name for f in factors for name in _letters(f))
        case Equation(left, right):
            yield from _letters(left)
            yield from _letters(right)


def _printed(array: np.ndarray[Any, Any], axes: tuple[Axis, ...]) -> np.ndarray[Any, Any]:
    return np.asarray(array[tuple(0 if is_silent(a) else slice(None) for a in axes)], dtype=object)


def _check(form: Form, written: Equation, base: int) -> None:
    rng = np.random.default_rng(7)
    operands = [f for term in form.terms for f in term.factors]
    given = {
        f.symbol: constant_array(f.tensor)
        if isinstance(f.tensor, Constant)
        else rng.integers(-9, 10, tuple(int(a.extent) for a in f.axes)).astype(object)
        for f in operands
    }
    expected = evaluate(form, given)
    arrays = {f.symbol: _printed(given[f.symbol], f.axes) for f in operands}
    counts = {name.removeprefix("1/"): np.array([1 / v for v in a]) for name, a in given.items() if "count" in name}
    extents = {a.name: int(a.extent) for term in form.terms for a in term.axes}
    reader = Reader({**arrays, **counts}, extents, base)
    for index in np.ndindex(expected.shape):
        at = {a.name: i + base for a, i in zip(form.output.axes, index, strict=True)}
        assert reader.value(written.right, at) == expected[index], (unicode(written), at)


@pytest.mark.parametrize("base", [0, 1])
@pytest.mark.parametrize("name", SMALL)
def test_printed_formulas_are_true_in_their_base(name: str, base: int) -> None:
    for derivation in backward(net_input(GEOMETRIES[name])).goals:
        _check(derivation.form, write_sums(derivation.solved, base), base)
        if np.prod([int(a.extent) for a in derivation.form.terms[0].axes]) <= 3000:
            _check(derivation.form, write_form(derivation.form, base), base)


def test_the_reader_notices_the_other_base() -> None:
    derivation = backward(net_input(Geometry())).goals[0]
    with pytest.raises((AssertionError, KeyError)):
        _check(derivation.form, write_sums(derivation.solved, 1), 0)


@pytest.mark.parametrize(
    ("base", "solved"),
    [
        (0, "∂E/∂w[p,q] = Σ_{i=0..H-K} Σ_{j=0..H-K} δ[i,j]·a[i+p,j+q]"),
        (1, "∂E/∂w[p,q] = Σ_{i=1..H-K+1} Σ_{j=1..H-K+1} δ[i,j]·a[i+p-1,j+q-1]"),
    ],
)
def test_the_lessons_trap(base: int, solved: str) -> None:
    derivation = derive_layer(layer(Geometry())).general.weight_gradient
    assert derivation is not None
    assert unicode(write_sums(derivation.solved, base)) == solved


THEORY = {
    "lesson": (Geometry(), "cross(pad(δ, K - 1), rot180(w)) ∘ f'(net^{l-1})"),
    "stride": (
        Geometry(input_size=(6, 6), stride=(2, 2), filter_size=(3, 3)),
        "cross(pad(δ↑S, K - 1, K - 1 + r), rot180(w)) ∘ f'(net^{l-1})",
    ),
    "dilation": (
        Geometry(input_size=(6, 6), stride=(2, 2), dilation=(2, 2), padding=((1, 1), (1, 1))),
        "cross(pad(δ↑S, D(K - 1) - P, D(K - 1) - P + r), rot180(w), dilation = D) ∘ f'(net^{l-1})",
    ),
    "filters": (Geometry(filters=3), "(Σ_{n=1..N} cross(pad(δ[n], K - 1), rot180(w[n]))) ∘ f'(net^{l-1})"),
}


@pytest.mark.parametrize("name", THEORY)
def test_error_term_of_theory(name: str) -> None:
    geometry, expected = THEORY[name]
    written = write_goal(derive_layer(layer(geometry)).general.error_term, base=1)
    assert written is not None
    assert unicode(written.right) == expected
