"""Cells written out: the net inputs of this size, and the special cases from which a rule can be guessed."""

from __future__ import annotations

from itertools import islice, product
from math import prod

from symconv.derivation.backward import Derivation
from symconv.derivation.monomial import Index, Shape
from symconv.render.cells import CellSum, central
from symconv.render.document import Block, EquationGroup, Math
from symconv.render.telling import Telling, product_count
from symconv.render.write_cells import LONGEST
from symconv.render.written import Written

_SEARCHED = 200
ALL_NET_INPUTS = 6
"""Up to this many net inputs are all written out."""


def net_input_cells(told: Telling) -> tuple[Block, ...]:
    """All net inputs of a small layer; of others the first, one at an edge, the last; none where sizes have names."""
    if not told.geometry.is_numeric:
        return ()
    heading = told.heading(1, "cells")
    shape = told.geometry.output_shape
    count = prod(shape)
    if count <= ALL_NET_INPUTS:
        indices = list(product(*map(range, shape)))
        intro = told.paragraph("cells.all")
    else:
        indices = list(dict.fromkeys((_corner(shape), _edge(shape), _last(shape))))
        intro = told.paragraph("cells.some" if len(indices) == 3 else "cells.few", count=count)
    sums = [told.cell_sum("net", told.derived.own.net_input, index) for index in indices]
    formulas = [told.cells.sum("net", i, cells) for i, cells in zip(indices, sums, strict=True)]
    blocks: list[Block] = [heading, intro, EquationGroup(tuple(formulas))]
    if any(_is_long(cells) for cells in sums):
        blocks.append(told.paragraph("cells.long"))
    if told.geometry.groups != 1:
        blocks.append(told.paragraph("cells.flat"))
    return tuple(blocks)


def special_cases(told: Telling, target: str, derivation: Derivation) -> tuple[Block, ...]:
    """``∂E/∂a`` (``da``) of a corner, an edge, the centre; ``∂E/∂w`` (``dw``) of the first taps."""
    blocks: list[Block] = [
        told.heading(2, "special_cases"),
        told.paragraph("special.intro" if target == "da" else "special.intro_w"),
    ]
    if told.road is None:
        blocks.append(told.paragraph("special.by_formula", count=_rounded(told)))
    for name, index in _cases(told, target, derivation):
        blocks += case(told, target, derivation, name, index)
    if target == "da":
        blocks += told.figures("special_cases")
    blocks.append(told.paragraph(f"special.{_pattern(told, target)}"))
    return tuple(blocks)


def case(told: Telling, target: str, derivation: Derivation, name: str, index: Index) -> list[Block]:
    """One cell: the net inputs that it reaches, the total derivative, and the sum that it gives."""
    cells = told.cell_sum(target, derivation, index)
    cell = told.cells.cell(target.removeprefix("d"), index)
    reached = list(dict.fromkeys(_delta(m.factors) for m in (*cells.first, *cells.last)))
    if not reached:
        return [told.paragraph(f"special.{_unreached(told, target, index)}", cell=cell)]
    shown = reached if len(reached) <= 4 else [*reached[:4], reached[-1]]
    names: list[Written] = [told.cells.cell("net", o) for o in shown]
    number = len(reached)
    count = told.say("special.uncounted") if cells.last else told.counted("special", number)
    return [
        told.paragraph(f"special.{name}", cell=Math(cell), count=count, reached=told.enumerated(names)),
        EquationGroup((told.cells.total_derivative(target, index, reached), told.cells.sum(target, index, cells))),
    ]


def _unreached(told: Telling, target: str, index: Index) -> str:
    """Why a cell reaches nothing: left over are the last ``r - P₊`` positions of the input."""
    if target == "dw":
        return "none_weight"
    spans = zip(told.geometry.left_over, told.geometry.padding, told.geometry.input_shape[2:], index[2:], strict=True)
    is_left_over = any(at >= n - (r - int(after)) for r, (_, after), n, at in spans if told.geometry.kind == "conv")
    return "none_left_over" if is_left_over else "none"


def _cases(told: Telling, target: str, derivation: Derivation) -> list[tuple[str, Index]]:
    """Which cells are looked at, each once, and the message that introduces it."""
    g = told.geometry
    if target == "dw":
        shape = g.weight_shape or ()
        first = _corner(shape)
        if g.kind == "locally-connected":
            return [("weight", index) for index in _local_weights(told, shape)]
        taps = range(2, 2 + g.dimensions) if g.dimensions else range(1, 2)
        second = next(((*first[:d], 1, *first[d + 1 :]) for d in reversed(taps) if shape[d] > 1), first)
        return [("weight", index) for index in dict.fromkeys((first, second))]
    shape = g.input_shape
    if not g.dimensions:
        return [("cell", _corner(shape))]
    found: dict[Index, str] = {_corner(shape): "corner"}
    if g.dimensions > 1:
        found.setdefault(_edge(shape), "edge")
    found.setdefault((0, 0, *central(derivation.solved, shape[2:])), "centre")
    if any(r > 0 for r in g.left_over) and g.kind != "conv-transpose":
        found.setdefault(_last(shape), "far")
    return [(case, index) for index, case in found.items()]


def _local_weights(told: Telling, shape: Shape) -> list[Index]:
    """Two weights of one position each, the first that meet more than padding."""
    derivation = told.derived.own.weight_gradient
    assert derivation is not None
    candidates = islice(product(*map(range, shape)), _SEARCHED)
    return list(islice((i for i in candidates if told.cell_sum("dw", derivation, i).first), 2)) or [_corner(shape)]


def _pattern(told: Telling, target: str) -> str:
    kind = told.geometry.kind
    if kind == "dense":
        return "pattern_dense" if target == "da" else "pattern_dense_w"
    if target == "dw":
        return {"conv-transpose": "pattern_w_transposed", "locally-connected": "pattern_local"}.get(kind, "pattern_w")
    if kind == "locally-connected":
        return "pattern_local_a"
    if kind == "conv" and told.geometry.flip:
        return "pattern_flip"
    if kind == "conv-transpose" and told.geometry.flip:
        return "pattern_transposed_flip"
    return {"conv-transpose": "pattern_transposed", "avg-pool": "pattern_pool"}.get(kind, "pattern")


def _delta(factors: tuple[tuple[str, Index], ...]) -> Index:
    return next(index for name, index in factors if name == "delta")


def _is_long(cells: CellSum) -> bool:
    return bool(cells.last) or len(cells.first) > LONGEST


def _rounded(told: Telling) -> str:
    count = product_count(told.geometry)
    digits = len(str(count)) - 2
    return f"{round(count, -digits):,}".replace(",", " ")


def _corner(shape: Shape) -> Index:
    return (0,) * len(shape)


def _edge(shape: Shape) -> Index:
    """In the middle of the last axis, first along all others."""
    return (*(0,) * (len(shape) - 1), (shape[-1] - 1) // 2)


def _last(shape: Shape) -> Index:
    return tuple(n - 1 for n in shape)
