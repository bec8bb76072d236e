"""What one cell has to do with: the net inputs that a cell reaches, and what a pooling window gives back."""

from __future__ import annotations

import sympy

from symconv.algebra.contraction import Array
from symconv.derivation.monomial import Index, unflat
from symconv.errors import RequestError
from symconv.render.document import Math
from symconv.render.figures.compose import Picture, above, arrow, beside, captioned, figure
from symconv.render.figures.description import Cell, Figure, Role
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.grids import View, array_picture, caption, picture, scaled, view
from symconv.render.figures.notes import below, planes, rule, step_sum
from symconv.render.figures.reading import LEAD, extents
from symconv.render.written import Letter, Written


def given(d: Drawing, symbol: str) -> Array:
    """The array of a letter as the net input has it."""
    main = d.own.net_input.form.terms[0]
    return main.output.tensor if symbol == "net" else main.factor(symbol).tensor


def input_size(d: Drawing, name: str) -> Index:
    """The spatial size of the input: reach has a step for each of its cells."""
    d.require_space(name)
    return extents(given(d, "a"))


def output_size(d: Drawing, name: str) -> Index:
    """The spatial size of the net input: pooling has a step for each window."""
    if not d.geometry.is_pooling:
        raise RequestError(f"the figure {name} shows an average, and this layer takes none; choose forward or reach")
    d.require_space(name)
    return extents(given(d, "net"))


def reach(d: Drawing, name: str, step: int) -> Figure:
    """One cell of the input, and the net inputs in whose sums it is, each with the weight it has there."""
    size = input_size(d, name)
    at = unflat(step, size)
    index = (0, 0, *at)
    products = d.products(d.own.input_gradient, index)
    met = [(dict(m.factors), m.coefficient) for m in products]
    plane = met[0][0]["delta"][:LEAD] if met else (0, 0)
    drawn = [(read, factor) for read, factor in met if read["delta"][:LEAD] == plane]
    notes: dict[Index, Written | None] = {
        read["delta"][LEAD:]: d.label("w", read["w"][LEAD:]) if "w" in read else _share(d, factor, read["delta"])
        for read, factor in drawn
    }
    net, a = given(d, "net"), given(d, "a")
    shown = view([size, extents(net)])
    from_ = array_picture(d, shown, a, (0, 0), {at: None})
    to = array_picture(d, shown, net, plane, notes)
    is_row = d.dimensions == 1
    both = [from_, arrow(down=is_row), to]
    cell = Math(d.cells.cell("a", index))
    is_whole = len(drawn) == len(met)
    formula = step_sum(d, d.own.input_gradient, index) if is_whole else rule(d, d.own.input_gradient)
    told = planes(d, {"b": 0, "c": 0, "n": plane[1]}, is_whole)
    title = d.say("reach", layer=d.name(), cell=cell)
    about = d.say("described_reach", cell=cell, cells=len(notes))
    row = above(both, 0.3) if is_row else beside(both, 0.6)
    return figure(name, title, about, below(row, [formula], told))


def pooling(d: Drawing, name: str, step: int) -> Figure:
    """A window and the net input it gives; and how the error term of that net input is spread over the same cells."""
    size = output_size(d, name)
    at = unflat(step, size)
    index = (0, 0, *at)
    gathered = {dict(m.factors)["a"][LEAD:]: m.coefficient for m in d.products(d.own.net_input, index)}
    shares = {cell: _given_back(d, cell, index) for cell in gathered}
    net, a = given(d, "net"), given(d, "a")
    shown = view([size, extents(a)])
    pictures = [
        array_picture(d, shown, a, (0, 0), dict.fromkeys(gathered)),
        arrow(down=d.dimensions == 1),
        array_picture(d, shown, net, (0, 0), {at: None}),
        arrow((Math(d.label("δ", at)),), down=d.dimensions == 1),
        _spread(shown, extents(a), shares),
    ]
    row = above(pictures, 0.3) if d.dimensions == 1 else beside(pictures)
    cell = Math(d.cells.cell("net", index))
    title, about = d.say("pooling", layer=d.name(), cell=cell), d.say("described_pooling")
    notes = planes(d, {"b": 0, "c": 0})
    return figure(name, title, about, below(row, [step_sum(d, d.own.net_input, index)], notes))


def _spread(shown: View, size: Index, shares: dict[Index, Written | None]) -> Picture:
    def draw(cell: Index) -> Cell:
        return Cell(Role.RESULT, shares.get(cell), active=cell in shares)

    drawn = picture(shown, size, draw, shares, window=True)
    return captioned(drawn, caption(Letter("∂E/∂a"), size))


def _given_back(d: Drawing, cell: Index, index: Index) -> Written | None:
    """What ∂E/∂a of the cell has of this one error term."""
    for product in d.products(d.own.input_gradient, (0, 0, *cell)):
        if dict(product.factors)["delta"] == index:
            return _share(d, product.coefficient, index)
    return None


def _share(d: Drawing, factor: sympy.Rational, index: Index) -> Written:
    return scaled(factor, d.label("δ", index[LEAD:]))
