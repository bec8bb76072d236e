"""The operators on whole arrays: an array whose leading axes are named by letters, the rest being spatial."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from tests.audit.reference_reading import LARGEST, whole
from tests.audit.reference_setting import NotAFormulaError, Setting
from tests.wrong.reference import Array

AXES = {"a": "bc", "da": "bc", "df": "bc", "delta_prev": "bc", "delta": "bn", "net": "bn"}


@dataclass(frozen=True, slots=True)
class Named:
    """An array and a letter for each of its leading axes."""

    axes: str
    array: Array


def operated(left: ast.expr, right: ast.expr, given: Setting, targets: dict[str, Array]) -> tuple[Array, Array]:
    """What an operator formula computes, its axes in the target's order, and what its target must be."""
    target = ast.unparse(left)
    if target not in targets:
        raise NotAFormulaError(f"no target {target}")
    found = _value(right, given, _axes(target, given))
    return _ordered(found, _axes(target, given)), targets[target]


def _axes(name: str, given: Setting) -> str:
    if name in ("w", "dw"):
        return "cn" if given.layer.kind == "conv-transpose" else "nc"
    if name in ("bias", "dbias"):
        return "n"
    return AXES[name]


def _ordered(value: Named, axes: str) -> Array:
    if sorted(value.axes) != sorted(axes):
        raise NotAFormulaError(f"the result has the axes {value.axes}, the target {axes}")
    at = [value.axes.index(letter) for letter in axes]
    return value.array.transpose(*at, *range(len(axes), value.array.ndim))


def _value(node: ast.expr, given: Setting, wanted: str) -> Named:
    match node:
        case ast.Name(name) if name in given.arrays:
            return Named(_axes(name, given), given.arrays[name])
        case ast.BinOp(left, ast.Add() | ast.Mult() as op, right):
            one, other = (
                _ordered(_spread(_value(side, given, wanted), wanted, given), wanted) for side in (left, right)
            )
            return Named(wanted, one + other if isinstance(op, ast.Add) else one * other)
        case ast.Call(ast.Name("rot180"), [body], []):
            inner = _value(body, given, wanted)
            return Named(inner.axes, np.flip(inner.array, tuple(range(len(inner.axes), inner.array.ndim))))
        case ast.Call(ast.Name("pad" | "insert_zeros" | "every" as name), [body, amount], []):
            inner = _value(body, given, wanted)
            operation = {"pad": _padded, "insert_zeros": _inserted, "every": _kept}[name]
            array = inner.array
            for d, pair in enumerate(_amounts(amount, given, -LARGEST if name == "pad" else 1)):
                array = operation(array, len(inner.axes) + d, *pair)
            return Named(inner.axes, array)
        case ast.Call(ast.Name("cross"), [a, f], keywords) if {k.arg for k in keywords} <= {"stride", "dilation"}:
            steps = {str(k.arg): [pair[0] for pair in _amounts(k.value, given, 1)] for k in keywords}
            ones = [1] * given.layer.dimensions
            return _cross(
                _value(a, given, wanted),
                _value(f, given, wanted),
                wanted,
                steps.pop("stride", ones),
                steps.pop("dilation", ones),
            )
    raise NotAFormulaError(f"no operator formula: {ast.unparse(node)}")


def _spread(value: Named, wanted: str, given: Setting) -> Named:
    """A tensor without spatial axes (the bias) counts at every position, in every batch."""
    if value.axes == "n" and value.array.ndim == 1 and "n" in wanted:
        shape = given.layer.output_shape
        full = np.broadcast_to(value.array.reshape(-1, *[1] * given.layer.dimensions), shape)
        return Named("bn", full)
    return value


def _amounts(node: ast.expr, given: Setting, least: int) -> list[tuple[int, int]]:
    """Before and after per dimension."""
    dimensions = given.layer.dimensions
    if not (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        return [(whole(node, given, least),) * 2] * dimensions
    pairs = [tuple(int(v) for v in part.split(":")) for part in node.value.split("x")]
    if len(pairs) not in (1, dimensions):
        raise NotAFormulaError(f"{node.value} has {len(pairs)} dimensions, not {dimensions}")
    if any(not least <= v <= LARGEST for pair in pairs for v in pair) or (least > 0 and ":" in node.value):
        raise NotAFormulaError(f"no amounts: {node.value}")
    return [(pair[0], pair[-1]) for pair in (pairs * dimensions if len(pairs) == 1 else pairs)]


def _moved(array: Array, axis: int, length: int, cells: list[tuple[int, int]]) -> Array:
    """A new axis of zeros of a length, some of its cells taken from the old one: (to, from)."""
    source = np.moveaxis(array, axis, 0)
    result = np.zeros((max(length, 0), *source.shape[1:]), array.dtype)
    for to, origin in cells:
        result[to] = source[origin]
    return np.moveaxis(result, 0, axis)


def _padded(array: Array, axis: int, low: int, high: int) -> Array:
    length = array.shape[axis] + low + high
    return _moved(array, axis, length, [(x, x - low) for x in range(length) if 0 <= x - low < array.shape[axis]])


def _inserted(array: Array, axis: int, step: int, _: int) -> Array:
    size = array.shape[axis]
    return _moved(array, axis, step * (size - 1) + 1, [(step * i, i) for i in range(size)])


def _kept(array: Array, axis: int, step: int, _: int) -> Array:
    kept = range(0, array.shape[axis], step)
    return _moved(array, axis, len(kept), list(enumerate(kept)))


def _cross(a: Named, f: Named, wanted: str, stride: list[int], dilation: list[int]) -> Named:
    """``Σ_p F[p] · A[S·i + D·p]`` where the whole filter fits, every axis summed that the target lacks."""
    sizes, taps = a.array.shape[len(a.axes) :], f.array.shape[len(f.axes) :]
    spans = [s - d * (k - 1) - 1 for s, k, d in zip(sizes, taps, dilation, strict=True)]
    outputs = [max(0, span // s + 1) for span, s in zip(spans, stride, strict=True)]
    axes = "".join(letter for letter in dict.fromkeys(a.axes + f.axes) if letter in wanted)
    result: Array | int = 0
    for tap in product(*map(range, taps)):
        starts = [d * p for d, p in zip(dilation, tap, strict=True)]
        window: Any = [slice(x, x + s * (o - 1) + 1, s) for x, s, o in zip(starts, stride, outputs, strict=True)]
        weights: Any = f.array[(slice(None),) * len(f.axes) + tap]
        result = result + np.einsum(f"{a.axes}...,{f.axes}->{axes}...", a.array[(..., *window)], weights)
    return Named(axes, np.asarray(result))
