"""The worked example: numbers for the arrays, one or two cells of each result worked out, then the whole result.

Every number is the derivation's: cells and results are the polynomials of the elementwise road at these arrays.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import prod

import numpy as np

from symconv.derivation.example import Example, example
from symconv.derivation.monomial import Array, Index, Shape, unflat
from symconv.derivation.products import PolynomialArray
from symconv.errors import RequestError
from symconv.layers.geometry import show
from symconv.render.cells import CellSum, in_order
from symconv.render.document import Block, EquationGroup
from symconv.render.formula_latex import latex
from symconv.render.latex_width import latex_width
from symconv.render.telling import Telling
from symconv.render.write_cells import LETTERS, CellWriter
from symconv.render.written import Equation, Letter, Listed, Matrix, Value, Written, chain, product
from symconv.specification.numbers import shown

MOST_ROWS, MOST_PLANES = 8, 12
"""Rows and columns of a matrix, and matrices of one array, that are printed."""
_MOST_IN_ONE_ROW = 10
"""Columns of a matrix of one row; a bmatrix of LaTeX has no more."""
_ROOM = 370.0
_ARRAYS = ("a", "w", "bias", "delta", "net_prev", "df")


def worked_example(told: Telling, given: Example | None = None) -> tuple[Block, ...]:
    """The last section but the code; a sentence in its place where sizes have names or arrays are large.

    RequestError where a reader's arrays are too large to be printed.
    """
    heading = told.heading(1, "example")
    if not told.geometry.is_numeric:
        return (heading, told.paragraph("example.named"))
    if told.road is None or not is_printable(told):
        if given is not None:
            raise RequestError(
                f"the arrays of this layer, with input {show(told.geometry.input_shape)}, are too large to be printed; "
                f"give a smaller layer, of at most {MOST_ROWS} rows and columns and {MOST_PLANES} planes an array"
            )
        return (heading, told.paragraph("example.large"))
    chosen = given or example(told.layer)
    blocks: list[Block] = [heading, _intro(told, chosen), *matrices(told, chosen.arrays)]
    for target, polynomials in asked(told):
        values = polynomials.evaluate(chosen.arrays)
        cells = tuple(worked_cell(told, polynomials, index, chosen.arrays) for index in telling_cells(polynomials))
        blocks += [told.paragraph(f"example.{target}"), EquationGroup(cells), *matrices(told, {target: values})]
        if target == "da" and "df" in chosen.arrays:
            blocks += error_term(told, values, chosen.arrays)
    return tuple(blocks)


def asked(told: Telling) -> list[tuple[str, PolynomialArray]]:
    """The results that the layer has, each by its name in the formula language."""
    assert told.road is not None
    found = {"net": told.road.net_input, "da": told.road.input_gradient}
    found |= {} if told.road.weight_gradient is None else {"dw": told.road.weight_gradient}
    return list((found | ({} if told.road.bias_gradient is None else {"dbias": told.road.bias_gradient})).items())


def is_printable(told: Telling) -> bool:
    """Whether every array of the layer is a few small matrices."""
    names = told.cells.shapes
    planes = [_matrix_shape(name, shape) for name, shape in names.items()]
    counts = [prod(names[name]) // (r * c) for name, (r, c) in zip(names, planes, strict=True)]
    fits = all(r <= MOST_ROWS and c <= (_MOST_IN_ONE_ROW if r == 1 else MOST_ROWS) for r, c in planes)
    return fits and max(counts) <= MOST_PLANES


def telling_cells(polynomials: PolynomialArray) -> list[Index]:
    """The first cell, and the first of those that are sums of most products; one of no products tells nothing."""
    counts = sum(
        (np.bincount(term.cells, minlength=prod(polynomials.shape)) for term in polynomials.terms),
        np.zeros(prod(polynomials.shape), dtype=np.int64),
    )
    positions = dict.fromkeys((0, int(np.argmax(counts))))
    if polynomials.target == "net":
        positions = dict.fromkeys([int(np.argmax(counts))])
    return [unflat(k, polynomials.shape) for k in positions if counts[k]] or [unflat(0, polynomials.shape)]


def worked_cell(told: Telling, polynomials: PolynomialArray, index: Index, arrays: Mapping[str, Array]) -> Equation:
    """``∂E/∂a₀₁ = δ₀₀w₀₁ + δ₀₁w₀₀ = 1·2 + 3·1 = 5``."""
    cells = CellSum(tuple(in_order(polynomials.monomials(*index))))
    result = sum(m.value(arrays) for m in cells.first)
    letters = told.cells.sum(polynomials.target, index, cells)
    numbers = told.cells.numbers(cells, arrays)
    worked = chain(letters.left, letters.right, numbers, Value(shown(result)))
    assert isinstance(worked, Equation)
    return worked


def matrices(told: Telling, arrays: Mapping[str, Array]) -> list[Block]:
    """Arrays as matrices, as many beside each other as a line holds; planes by their leading indices."""
    rows: list[list[Written]] = []
    used = _ROOM
    names = [name for name in _ARRAYS if name in arrays] + [name for name in arrays if name not in _ARRAYS]
    for formula in (f for name in names for f in planes(told.cells, name, arrays[name])):
        width = latex_width(latex(formula))
        if used + width > _ROOM:
            rows.append([])
            used = 0.0
        rows[-1].append(formula)
        used += width + 12.0
    return [EquationGroup((row[0] if len(row) == 1 else Listed(tuple(row)),)) for row in rows]


def planes(cells: CellWriter, name: str, array: Array) -> Iterator[Equation]:
    """``w[n,c] = [matrix]`` for every plane of an array; one number stands without brackets."""
    height, width = _matrix_shape(name, array.shape)
    lead = array.shape[: next(k for k in range(array.ndim + 1) if prod(array.shape[k:]) == height * width)]
    letter = LETTERS.get(name, name)
    for index in np.ndindex(lead):
        plane = array[index].reshape(height, width)
        entries = tuple(tuple(Value(shown(v)) for v in row) for row in plane)
        right: Written = entries[0][0] if plane.size == 1 else Matrix(entries)
        yield Equation(cells.plane(letter, index, lead), right)


def _matrix_shape(name: str, shape: Shape) -> tuple[int, int]:
    """Rows and columns: the last two spatial axes, one spatial axis as a row, else channels; a bias is a row."""
    if name in ("bias", "dbias") or len(shape) < 2:
        return 1, prod(shape)
    spatial = shape[2:]
    if not spatial:
        return shape[0], shape[1]
    return (1, spatial[0]) if len(spatial) == 1 else (spatial[-2], spatial[-1])


def _intro(told: Telling, chosen: Example) -> Block:
    if not chosen.given:
        return told.paragraph("example.intro")
    if not chosen.filled:
        return told.paragraph("example.given")
    names = told.enumerated([Letter(LETTERS.get(name, name)) for name in chosen.filled], most=len(chosen.filled))
    return told.paragraph("example.filled", names=names)


def error_term(told: Telling, values: Array, arrays: Mapping[str, Array]) -> list[Block]:
    """``δ^{l-1} = ∂E/∂a·f'(net^{l-1})``, cell by cell."""
    index = unflat(int(np.argmax(values != 0)), values.shape)
    result = values * arrays["df"]
    factors = product(told.cells.cell("da", index), told.cells.cell("df", index))
    numbers = product(Value(shown(values[index])), Value(shown(arrays["df"][index])))
    one = chain(told.cells.cell("delta_prev", index), factors, numbers, Value(shown(result[index])))
    assert isinstance(one, Equation)
    blocks: list[Block] = [told.paragraph("example.delta_prev"), EquationGroup((one,))]
    return [*blocks, *matrices(told, {"delta_prev": result})]
