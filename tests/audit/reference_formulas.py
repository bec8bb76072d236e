"""What a formula computes, in the plainest way: every index runs over a box, a read outside its tensor is 0.

A term is summed over the whole box of its indices and its products are added to the cells of the target. Slow and
obvious.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from itertools import count
from math import ceil, floor
from typing import Any

import numpy as np

from symconv.layers.geometry import Geometry
from tests.audit.reference_operators import operated
from tests.audit.reference_reading import OPERATORS, Affine, Read, Term, parsed, read, terms
from tests.audit.reference_setting import TARGETS, NotAFormulaError, Setting, setting
from tests.wrong.reference import Array


def value(text: str, layer: Geometry, base: int) -> tuple[Array, Array]:
    """What a formula computes, and what its target must be."""
    left, right = parsed(text)
    given, targets = setting(layer, base)
    if any(isinstance(node, ast.Call) and ast.unparse(node.func) in OPERATORS for node in ast.walk(right)):
        return operated(left, right, given, targets)
    target = read(left, given)
    if target.tensor not in TARGETS or target.tensor not in targets:
        raise NotAFormulaError(f"no target {target.tensor}")
    shaped = replace(given, arrays={target.tensor: targets[target.tensor]})
    result = np.zeros(shaped.array(target.tensor, len(target.subscripts)).shape, object)
    for term in terms(right, given, count()):
        _add(result, target, term, given)
    return result.reshape(targets[target.tensor].shape), targets[target.tensor]


def _add(result: Array, target: Read, term: Term, given: Setting) -> None:
    """Add one term to every cell it reaches."""
    places = [
        (target.subscripts, result),
        *((r.subscripts, given.array(r.tensor, len(r.subscripts))) for r in term.reads),
    ]
    span = _box([(s, e) for subs, array in places for s, e in zip(subs, array.shape, strict=True)], term, given.base)
    names = sorted(span)
    grid = dict(zip(names, np.ix_(*(np.arange(lo, hi + 1) for lo, hi in (span[n] for n in names))), strict=True))
    shape = tuple(max(0, span[n][1] - span[n][0] + 1) for n in names)
    inside, cells = np.ones(shape, bool), []
    for subscripts, array in places:
        cells.append([_cells(s, e, grid, inside, given.base) for s, e in zip(subscripts, array.shape, strict=True)])
    product: Any = np.ones(shape, np.int64)[inside]
    for at, (_, array) in zip(cells[1:], places[1:], strict=True):
        product = product * array[tuple(np.broadcast_to(c, shape)[inside] for c in at)]
    added = np.zeros(result.size, object)
    reached: Any = np.zeros(product.shape, int)
    for cell, extent in zip(cells[0], result.shape, strict=True):
        reached = reached * extent + np.broadcast_to(cell, shape)[inside]
    np.add.at(added, reached, product)
    result += added.reshape(result.shape) * term.coefficient


def _cells(subscript: Affine, extent: int, grid: dict[str, Array], inside: Array, base: int) -> Array:
    """The 0-based cells of one subscript; marks those that do not exist."""
    scale = int(np.lcm.reduce([v.denominator for v in (*subscript.coefficients.values(), subscript.constant)]))
    total: Array = np.array(int(subscript.constant * scale))
    for name, coefficient in subscript.coefficients.items():
        total = total + int(coefficient * scale) * grid[name]
    cell = total // scale - base
    inside &= (total % scale == 0) & (cell >= 0) & (cell < extent)
    return np.asarray(cell)


def _box(subscripts: list[tuple[Affine, int]], term: Term, base: int) -> dict[str, tuple[int, int]]:
    """A range for every index: given, of a whole axis, or wide enough for every subscript to be inside its axis."""
    spans = dict(term.ranges)
    names = {n for s, _ in subscripts for n in s.coefficients} | set(spans)
    for s, extent in subscripts:
        if s.bare:
            low, high = spans.get(s.bare, (base, base + extent - 1))
            spans[s.bare] = (max(low, base), min(high, base + extent - 1))
    while open_names := names - set(spans):
        found = False
        for s, extent in subscripts:
            unknown = [n for n in s.coefficients if n not in spans]
            if len(unknown) == 1:
                spans[unknown[0]] = _solved(s, unknown[0], extent, spans, base)
                found = True
        if not found:
            raise NotAFormulaError(f"nothing bounds {', '.join(sorted(open_names))}")
    return spans


def _solved(s: Affine, name: str, extent: int, spans: dict[str, tuple[int, int]], base: int) -> tuple[int, int]:
    """The values of an index for which ``base ≤ s < base + extent`` can hold, the others within their spans."""
    others = [sorted((v * spans[n][0], v * spans[n][1])) for n, v in s.coefficients.items() if n != name]
    low = base - s.constant - sum(o[1] for o in others)
    high = base + extent - 1 - s.constant - sum(o[0] for o in others)
    ends = sorted((low / s.coefficients[name], high / s.coefficients[name]))
    return ceil(ends[0]), floor(ends[1])
