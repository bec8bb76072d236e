"""Printed formulas read back: the text itself, as a reader would, in the index base that it is printed in.

Nothing of the algebra or of the written trees is used here. A formula is tokens, a recursive descent, and NumPy: a read
outside an array or at a non-integer is 0, a Σ over equations takes all letters that are not set yet.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import product
from math import ceil, floor, gcd
from typing import Any

import numpy as np

Env = Mapping[str, Any]
Value = Callable[[Env], Any]
_INDICES = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
_TOKEN = re.compile(
    r"\s*(?P<sum>Σ_\{)|\s*(?P<slope>f'\(net\^\{l-1\})|\s*(?P<name>(?:∂E/∂)?(?:net\^\{l-1\}|δ\^\{l-1\}|[^\W\d_]+'*[₀-₉]*))"
    r"|\s*(?P<number>\d+)|\s*(?P<dots>\.\.)|\s*(?P<sign>[-+·/∘(){}\[\]⌊⌋⌈⌉,;:×↑=≤<])"
)
MOST = 40
"""Values tried for a letter whose extent is not given: more than any array of the tests has."""
_FUNCTIONS = {"cross", "pad", "rot180", "every", "gcd", "min"}


def tokens(text: str) -> list[tuple[str, str]]:
    """(kind, text) of every token; an AssertionError names what is none."""
    found, at = [], 0
    text = text.replace("rot180", "rotate")
    while text[at:].strip():
        match = _TOKEN.match(text, at)
        assert match is not None, f"no token at {text[at:]!r}"
        kind = str(match.lastgroup)
        found.append((kind, match[kind].translate(_INDICES).replace("rotate", "rot180")))
        at = match.end()
    return found


class Printed:
    """One printed equation, ``left[subscripts] = right``, about arrays of so many spatial dimensions."""

    def __init__(self, text: str, extents: Mapping[str, int], base: int, dimensions: int = 1) -> None:
        self.base, self.extents, self.dimensions = base, extents, dimensions
        left, right = text.split(" = ", 1)
        self.rest = tokens(left)
        _, self.target = self.take()
        self.subscripts = self.listed("]") if self.rest else []
        self.letters = [name for kind, name in tokens(left)[1:] if kind == "name"]
        self.rest = tokens(right)
        self.right = self.total()
        assert not self.rest, f"{right!r} is read up to {self.rest}"

    def cells(self, shape: tuple[int, ...], env: Env) -> dict[tuple[int, ...], Any]:
        """The cells that the equation speaks of, 0-based, and what it says of each."""
        found = {}
        letters = list(dict.fromkeys(name for name in self.letters if name not in env))
        for point in product(*(range(self.base, self.base + self.extents.get(name, MOST)) for name in letters)):
            at = {**env, **dict(zip(letters, point, strict=True))}
            index = tuple(s(at) - self.base for s in self.subscripts)
            if all(i == int(i) and 0 <= i < n for i, n in zip(index, shape, strict=False)):
                found[tuple(map(int, index))] = self.right(at)
        return found

    def take(self, *wanted: str) -> tuple[str, str]:
        token = self.rest.pop(0)
        assert not wanted or token[1] in wanted, f"{token} instead of {wanted}"
        return token

    def peek(self) -> str:
        return self.rest[0][1] if self.rest else ""

    def total(self) -> Value:
        sign = -1 if self.peek() == "-" else 1
        if sign < 0:
            self.take()
        parts = [(sign, self.term())]
        while self.peek() in ("+", "-"):
            parts.append((1 if self.take()[1] == "+" else -1, self.term()))
        return lambda env: sum(s * part(env) for s, part in parts)

    def term(self) -> Value:
        if self.rest[0][0] == "sum":
            return self.sigma()
        value = self.factor()
        while self.rest:
            kind, text = self.rest[0]
            if text in ("·", "∘", "/", "mod"):
                self.take()
                value = _joined(value, self.sigma() if self.rest[0][0] == "sum" else self.factor(), text)
            elif kind in ("name", "slope", "sum") or text in ("(", "[", "⌊", "⌈"):
                value = _joined(value, self.term(), "·")
            else:
                break
        return value

    def sigma(self) -> Value:
        """``Σ_{p=0..K-1} body`` or ``Σ_{x = S·i + p; …} body``."""
        self.take()
        start = self.rest
        equations: list[tuple[Value, Value]] = []
        if ("dots", "..") in start[: start.index(("sign", "}"))]:
            letter = self.take()[1]
            self.take("=")
            first = self.total()
            self.take("..")
            last = self.total()
            names = [letter]
        else:
            names = [name for kind, name in start[: start.index(("sign", "}"))] if kind == "name"]
            first = last = lambda _: None
            while self.peek() != "}":
                left = self.total()
                self.take("=")
                equations.append((left, self.total()))
                self.take(";", "}") if self.peek() == ";" else None
        self.take("}")
        body = self.term()

        def value(env: Env) -> Any:
            free = [n for n in dict.fromkeys(names) if n not in env]
            if not equations:
                ranges = [range(int(first(env)), int(last(env)) + 1)]
            else:
                ranges = [range(self.base, self.base + self.extents.get(n, MOST)) for n in free]
            points = ({**env, **dict(zip(free, point, strict=True))} for point in product(*ranges))
            return sum(body(at) for at in points if all(left(at) == right(at) for left, right in equations))

        return value

    def factor(self) -> Value:
        kind, text = self.take()
        value: Value
        if kind == "number":
            number = int(text)
            return lambda _: number
        if kind == "slope":
            subscripts = self.listed("]") if self.peek() == "[" else []
            self.take(")")
            return self.read(lambda env: env["f'"], subscripts)
        if text in _FUNCTIONS:
            value = self.call(text)
        elif text == "(":
            value = self.total()
            self.take(")")
        elif text in "⌊⌈":
            inner, rounded = self.total(), floor if text == "⌊" else ceil
            self.take("⌋", "⌉")
            return lambda env: rounded(inner(env))
        elif text == "[":
            return self.bracket()
        else:
            value = lambda env: env[text]  # noqa: E731
        while self.peek() in ("↑", "["):
            value = self.zeros(value) if self.peek() == "↑" else self.read(value, self.listed("]"))
        return value

    def zeros(self, array: Value) -> Value:
        """``δ↑S``, ``δ↑(S₁×S₂)``."""
        self.take()
        bracketed = self.peek() == "("
        if bracketed:
            self.take()
            strides = self.amounts()
            self.take(")")
        else:
            one = self.take()[1]
            strides = lambda env: [(int(one) if one.isdigit() else env[one],) * 2]  # noqa: E731
        return lambda env: inserted(array(env), [s for s, _ in strides(env)], self.dimensions)

    def read(self, array: Value, subscripts: list[Value]) -> Value:
        def value(env: Env) -> Any:
            held = np.asarray(array(env), dtype=object)
            index = [s(env) - self.base for s in subscripts]
            inside = all(i == int(i) and 0 <= i < n for i, n in zip(index, held.shape, strict=False))
            return held[tuple(map(int, index))] if inside else np.zeros(held.shape[len(index) :], dtype=object)[()]

        return value

    def bracket(self) -> Value:
        """``[0 ≤ e < K]``."""
        low = self.total()
        self.take("≤")
        middle = self.total()
        strict = self.take("≤", "<")[1] == "<"
        high = self.total()
        self.take("]")
        return lambda env: int(low(env) <= middle(env) <= high(env) - strict)

    def listed(self, end: str) -> list[Value]:
        self.take("[", "(")
        found = [self.total()]
        while self.take(",", end)[1] == ",":
            found.append(self.total())
        return found

    def amounts(self) -> Value:
        """``1``, ``1×2``, ``1:2×0:1``: pairs, as many as are written."""
        pairs: list[tuple[Value, Value]] = []
        while True:
            low = self.total()
            if self.peek() == ":":
                self.take()
                pairs.append((low, self.total()))
            else:
                pairs.append((low, low))
            if self.peek() != "×":
                return lambda env: [(a(env), b(env)) for a, b in pairs]
            self.take()

    def call(self, name: str) -> Value:
        self.take("(")
        arguments: list[Value] = [self.total()]
        options: dict[str, Value] = {}
        while self.take(",", ")")[1] == ",":
            if self.peek() in ("stride", "dilation"):
                option = self.take()[1]
                self.take("=")
                options[option] = self.amounts()
            else:
                arguments.append(self.total() if name in ("gcd", "min", "cross") else self.amounts())
        first, *others = arguments

        def value(env: Env) -> Any:
            given, more = first(env), [f(env) for f in others]
            match name:
                case "gcd":
                    return gcd(given, *more)
                case "min":
                    return min(given, *more)
                case "rot180":
                    return np.flip(given, tuple(range(-self.dimensions, 0)))
                case "every":
                    steps = [s for s, _ in more[0]] * (given.ndim if len(more[0]) == 1 else 1)
                    return given[tuple(slice(None, None, int(s)) for s in steps)]
                case "pad":
                    return padded(given, more)
            chosen = {k: [v for v, _ in f(env)] for k, f in options.items()}
            return crossed(given, more[0], **chosen)

        return value


def _joined(left: Value, right: Value, sign: str) -> Value:
    if sign == "/":
        return lambda env: Fraction(left(env)) / Fraction(right(env))
    if sign == "mod":
        return lambda env: left(env) % right(env)
    return lambda env: left(env) * right(env)


def _each(values: list[Any], dimensions: int) -> list[int]:
    return [int(v) for v in (values * dimensions if len(values) == 1 else values)]


def padded(array: Any, amounts: list[list[tuple[Any, Any]]]) -> Any:
    """``pad(A, n)``, ``pad(A, before, after)`` or one pair for each dimension; negative amounts crop."""
    pairs = [(amounts[0][0][0], amounts[1][0][0])] if len(amounts) == 2 else amounts[0]
    pairs = pairs * array.ndim if len(pairs) == 1 else pairs
    shape = [n + int(low) + int(high) for n, (low, high) in zip(array.shape, pairs, strict=True)]
    result = np.zeros(shape, dtype=object)
    for index in np.ndindex(*shape):
        source = [i - int(low) for i, (low, _) in zip(index, pairs, strict=True)]
        if all(0 <= i < n for i, n in zip(source, array.shape, strict=True)):
            result[index] = array[tuple(source)]
    return result


def inserted(array: Any, strides: list[Any], dimensions: int) -> Any:
    """S - 1 zeros between neighbours along the spatial axes, which come last."""
    steps = [1] * (array.ndim - dimensions) + _each(strides, dimensions)
    result = np.zeros([s * (n - 1) + 1 for s, n in zip(steps, array.shape, strict=True)], dtype=object)
    result[tuple(slice(None, None, s) for s in steps)] = array
    return result


def crossed(array: Any, taps: Any, stride: list[Any] = [1], dilation: list[Any] = [1]) -> Any:  # noqa: B006
    """Valid cross-correlation."""
    steps, spread = _each(stride, array.ndim), _each(dilation, array.ndim)
    spans = [d * (k - 1) + 1 for d, k in zip(spread, taps.shape, strict=True)]
    result = np.zeros([(n - m) // s + 1 for n, m, s in zip(array.shape, spans, steps, strict=True)], dtype=object)
    for index in np.ndindex(*result.shape):
        window = tuple(slice(s * i, s * i + m, d) for i, s, m, d in zip(index, steps, spans, spread, strict=True))
        result[index] = np.sum(array[window] * taps)
    return result
