"""The layer as a matrix: a row for each net input, a column for each cell of the input."""

from __future__ import annotations

from math import prod

from symconv.derivation.monomial import Index, unflat
from symconv.render.document import Prose
from symconv.render.figures.compose import Picture, above, beside, figure, grid
from symconv.render.figures.description import Cell, Figure, Role
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.grids import scaled
from symconv.render.figures.notes import below
from symconv.render.written import Fraction, Number, Written

LABELLED, WHOLE = 16, 72
"""Up to how many rows and columns a matrix is drawn with labels, and whole; of a larger one an excerpt has labels."""
_BARE = 0.2


def matrix(d: Drawing, name: str) -> Figure:
    """``net = M·a``: the entry is the weight by which the net input multiplies the cell, nothing where it does not."""
    a_shape, net_shape = d.geometry.input_shape[1:], d.geometry.output_shape[1:]
    size = prod(net_shape), prod(a_shape)
    labelled = max(size) <= LABELLED or max(size) > WHOLE
    rows = [(0, *unflat(k, net_shape)) for k in range(min(size[0], LABELLED if labelled else WHOLE))]
    columns = [(0, *unflat(k, a_shape)) for k in range(min(size[1], LABELLED if labelled else WHOLE))]
    entries = [_row(d, index, columns) for index in rows]
    wide = 1.0 if labelled else _BARE

    def cell(role: Role, label: Written | None) -> Cell:
        return Cell(role, label if labelled else None)

    top = grid([[cell(Role.INPUT, d.cells.cell("a", index)) for index in columns]], wide)
    left = grid([[cell(Role.RESULT, d.cells.cell("net", index))] for index in rows], wide)
    body = grid(
        [[cell(Role.FILTER, row[c]) if c in row else Cell(Role.BLANK) for c in columns] for row in entries], wide
    )
    corner = Picture((), left.width, top.height, top.axis)
    drawn = above([beside([corner, top], 0.3), beside([left, body], 0.3)], 0.3, align="start")
    told: list[Prose] = [d.say("matrix_note")]
    if (len(rows), len(columns)) != size:
        told.append(d.say("excerpt_matrix", rows=len(rows), all=size[0], columns=len(columns), every=size[1]))
    title, about = d.say("matrix", layer=d.name()), d.say("described_matrix")
    return figure(name, title, about, below(drawn, [], told))


def _row(d: Drawing, index: Index, columns: list[Index]) -> dict[Index, Written]:
    """The entries of one net input."""
    found: dict[Index, Written] = {}
    for product in d.products(d.own.net_input, index):
        read = dict(product.factors)
        if read.get("a") in columns:
            weight = d.cells.cell("w", read["w"]) if "w" in read else None
            plain = Fraction(Number(product.coefficient.p), Number(product.coefficient.q))
            found[read["a"]] = plain if weight is None else scaled(product.coefficient, weight)
    return found
