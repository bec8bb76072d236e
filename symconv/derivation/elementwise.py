"""The elementwise road: explicit polynomials of THEORY §1, differentiated by SymPy and summed by the total derivative.

    ∂E/∂v = Σ_o δ[o] · ∂net[o]/∂v            for v = a cell of a, of w, or of the bias

This road never sees a relation between indices: it is the independent witness for the general road. `connections`
pads and slices arrays, `calculus` differentiates the polynomials that stand in them, and this module gathers the
results per tensor and tells them step by step.

All indices are 0-based.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import prod

import sympy

from symconv.derivation.calculus import GRADIENT_OF, VARIABLES, Neurons, each, positions, symbols, translated
from symconv.derivation.connections import numbers, output_size
from symconv.derivation.monomial import Index, Shape, leading_axes, read
from symconv.derivation.own_elementwise import own_shapes, own_tables
from symconv.derivation.products import PolynomialArray, Products
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, show
from symconv.layers.own import OwnGeometry

EVERY_NET_INPUT = 2_000
"""Up to this many products every net input is differentiated by itself."""
MOST_PRODUCTS = 10_000_000
"""More products than this are refused: they would need gigabytes."""

CELL_OF = {gradient: tensor for tensor, gradient in GRADIENT_OF.items()}


@dataclass(frozen=True, slots=True)
class TotalDerivative:
    """One step of the lesson: which net inputs a cell reaches, and what they bring to its gradient.

    ``result = Σ_o δ[o]·∂net[o]/∂cell`` over ``reaches``, the pairs (o, ∂net[o]/∂cell) in C order. 0-based;
    ``short`` says that batch and channel indices, all 0, are left out throughout.
    """

    target: str
    index: Index
    cell: sympy.Expr
    reaches: tuple[tuple[Index, sympy.Expr], ...]
    result: sympy.Expr
    short: bool
    net_input: PolynomialArray = field(repr=False, compare=False)

    def check(self) -> bool:
        """Whether SymPy's diff of the whole net-input polynomials gives the same derivatives and the same sum."""
        tensor = CELL_OF[self.target]
        lead = (0,) * (leading_axes(self.target) if self.short else 0)
        # Indexed.diff compares every subscript; a plain symbol per cell says the same and is quick.
        symbols: dict[tuple[str, Index], sympy.Symbol] = defaultdict(sympy.Dummy)
        variable = symbols[tensor, lead + self.index]
        found = []
        for output in self.net_input.cells_reading(tensor, lead + self.index):
            net = self.net_input.monomials(*output)
            polynomial = sympy.Add(*(sympy.Mul(m.coefficient, *(symbols[cell] for cell in m.factors)) for m in net))
            found.append((output, sympy.diff(polynomial, variable)))
        cells = {symbol: read(name, index, self.short) for (name, index), symbol in symbols.items()}
        derivatives = [(output, derivative.xreplace(cells)) for output, derivative in found]
        total = sympy.Add(*(read("delta", output, self.short) * derivative for output, derivative in derivatives))
        reaches = tuple((output[2:] if self.short else output, derivative) for output, derivative in derivatives)
        return reaches == self.reaches and sympy.expand(self.result - total) == 0


@dataclass(frozen=True, slots=True, eq=False)
class Elementwise:
    """All polynomials of one layer. ``error_term`` is ``∂E/∂a ∘ df``, with ``df = f'(net)`` of the layer before.

    Shapes are those of the emitted code (INTERFACE); a gradient that the layer does not have is None.
    """

    geometry: Geometry
    net_input: PolynomialArray
    input_gradient: PolynomialArray
    weight_gradient: PolynomialArray | None
    bias_gradient: PolynomialArray | None
    error_term: PolynomialArray

    def gradient(self, target: str) -> PolynomialArray:
        """The gradient called ``da``, ``dw`` or ``dbias``; RequestError where the layer has none."""
        gradients = {"da": self.input_gradient, "dw": self.weight_gradient, "dbias": self.bias_gradient}
        found = gradients.get(target)
        if found is None:
            offered = ", ".join(name for name, array in gradients.items() if array is not None)
            raise RequestError(f"this {self.geometry.kind} layer has no gradient {target!r}; choose one of {offered}")
        return found

    def total_derivative(self, target: str, index: Sequence[int]) -> TotalDerivative:
        """The total derivative ``Σ_o δ[o]·∂net[o]/∂cell`` for one cell of ``da``, ``dw`` or ``dbias`` (0-based).

        >>> lesson = elementwise(Geometry())
        >>> step = lesson.total_derivative("da", (0, 1))
        >>> step.reaches, step.result, step.check()
        ((((0, 0), w[0, 1]), ((0, 1), w[0, 0])), delta[0, 0]*w[0, 1] + delta[0, 1]*w[0, 0], True)
        """
        gradient = self.gradient(target)
        full, short = gradient.full_index(index)
        derivatives: dict[Index, list[sympy.Expr]] = defaultdict(list)
        for monomial in gradient.monomials(*full):
            (output,) = (at for name, at in monomial.factors if name == "delta")
            rest = [read(name, at, short) for name, at in monomial.factors if name != "delta"]
            derivatives[output].append(sympy.Mul(monomial.coefficient, *rest))
        reaches = [(output, sympy.Add(*derivatives[output])) for output in sorted(derivatives)]
        return TotalDerivative(
            target=target,
            index=tuple(int(i) for i in index),
            cell=read(CELL_OF[target], full, short),
            reaches=tuple((output[2:] if short else output, derivative) for output, derivative in reaches),
            result=sympy.Add(*(read("delta", output, short) * derivative for output, derivative in reaches)),
            short=short,
            net_input=self.net_input,
        )


def elementwise(geometry: Geometry, *, every_net_input: int = EVERY_NET_INPUT) -> Elementwise:
    """Net-input polynomials and their gradients for a layer with numeric sizes.

    Up to ``every_net_input`` products each net input is differentiated by itself, above that one for all. Named
    sizes, and layers of more than `MOST_PRODUCTS` products, are a RequestError.

    >>> elementwise(Geometry()).weight_gradient.element(0, 1)
    a[0, 1]*delta[0, 0] + a[0, 2]*delta[0, 1] + a[1, 1]*delta[1, 0] + a[1, 2]*delta[1, 1]
    """
    if isinstance(geometry, OwnGeometry):
        _require_numbers(geometry)
        own = own_shapes(geometry)
        return _gathered(geometry, own, own_tables(geometry, own, every_net_input))
    shapes = _shapes(geometry)
    numbered = Neurons.of(geometry, shapes, {name: positions(shapes[name]) for name in VARIABLES if name in shapes}, -1)
    if int((numbered.inputs >= 0).sum()) > every_net_input:
        tables = translated(numbered, shapes)
    else:
        named = {name: symbols(name, shapes[name]) for name in VARIABLES if name in shapes}
        tables = each(Neurons.of(geometry, shapes, named, sympy.S.Zero), named, shapes)
    return _gathered(geometry, shapes, tables)


def _gathered(geometry: Geometry, shapes: Mapping[str, Shape], tables: Sequence[Products]) -> Elementwise:
    """The tables by their targets, and the error term with them."""
    arrays = {
        target: PolynomialArray(target, shapes[target], tuple(table for table in tables if table.target == target))
        for target in ("net", *GRADIENT_OF.values())
        if target in shapes
    }
    da = arrays["da"]
    carried = tuple(term.times(("df", da.shape), term.cells, "delta_prev") for term in da.terms)
    return Elementwise(
        geometry=geometry,
        net_input=arrays["net"],
        input_gradient=da,
        weight_gradient=arrays.get("dw"),
        bias_gradient=arrays.get("dbias"),
        error_term=PolynomialArray("delta_prev", da.shape, carried),
    )


def _shapes(geometry: Geometry) -> dict[str, Shape]:
    """The shape of every array of the layer, gradients included; RequestError where there is none to speak of."""
    _require_numbers(geometry)
    output, taps, spatial = output_size(geometry), numbers(geometry.filter_size), numbers(geometry.input_size)
    batch, depth, groups = numbers((geometry.batch, geometry.depth, geometry.groups))
    filters = depth if geometry.is_pooling else int(geometry.filters)
    slots = prod(taps) * (1 if geometry.is_pooling else depth // groups)
    if (products := batch * filters * prod(output) * slots) > MOST_PRODUCTS:
        raise RequestError(
            f"this {geometry.kind} layer with input {show(spatial)}, depth {depth} and {filters} filters has "
            f"{products} products, too many to write out (at most {MOST_PRODUCTS}); give a smaller layer"
        )
    shapes: dict[str, Shape] = {"a": (batch, depth, *spatial), "delta": (batch, filters, *output)}
    if geometry.kind == "conv-transpose":
        shapes["w"] = (depth, filters // groups, *taps)
    elif geometry.kind == "locally-connected":
        shapes["w"] = (filters, depth, *taps, *output)
    elif not geometry.is_pooling:
        shapes["w"] = (filters, depth // groups, *taps)
    if geometry.bias and not geometry.is_pooling:
        shapes["bias"] = (filters,)
    gradients = {GRADIENT_OF[name]: shapes[name] for name in VARIABLES if name in shapes}
    return {**shapes, "net": shapes["delta"], **gradients}


def _require_numbers(geometry: Geometry) -> None:
    if not geometry.is_numeric:
        raise RequestError(
            f"the size {', '.join(_names(geometry))} is a name, and elementwise formulas are written out cell by cell; "
            "give a number for every size"
        )


def _names(geometry: Geometry) -> list[str]:
    pairs = (amount for pair in geometry.padding for amount in pair)
    channels = (geometry.filters, geometry.depth, geometry.batch, geometry.groups)
    steps = (*geometry.stride, *geometry.dilation, *pairs, *geometry.output_padding)
    output = geometry.output if isinstance(geometry, OwnGeometry) else ()
    sizes = (*geometry.input_size, *geometry.filter_size, *output, *channels, *steps)
    return list(dict.fromkeys(size for size in sizes if isinstance(size, str)))
