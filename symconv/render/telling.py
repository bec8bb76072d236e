"""What every section of the article tells from: the derived layer, its language, its index base, its cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from symconv.derivation.backward import Backward, Derivation
from symconv.derivation.derive import DerivedLayer
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.monomial import Index
from symconv.derivation.other_forms import OtherForms, other_forms, zero_inserted
from symconv.derivation.own_elementwise import index_points
from symconv.derivation.step import Step
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.render.cells import CellSum, cell_sum, in_order
from symconv.render.document import Figure, Heading, Inline, Math, Paragraph, Prose
from symconv.render.figures.draw import section_figures
from symconv.render.figures.drawing import Drawing
from symconv.render.messages import Catalogue, catalogue
from symconv.render.write_cells import CellWriter, cell_writer
from symconv.render.write_formula import write_goal, write_sums
from symconv.render.written import Equation, Written

MOST_PRODUCTS = 20_000
"""Layers of more products are not written out on the elementwise road for a document: about a quarter of a second."""


@dataclass(frozen=True, slots=True)
class Others:
    """The other forms of ∂E/∂a and ∂E/∂w; None for a layer without weights."""

    input_gradient: OtherForms
    weight_gradient: OtherForms | None

    @property
    def steps(self) -> tuple[Step, ...]:
        """All steps that lead to them."""
        return self.input_gradient.steps + (self.weight_gradient.steps if self.weight_gradient is not None else ())


@dataclass(frozen=True, slots=True)
class Telling:
    """One layer about to be told. ``road`` is the elementwise road, None where the layer is too large or has names.

    ``cells`` writes single cells, and ``drawing`` draws them; with named sizes there are none. The last two
    are the other forms of the gradients, in letters and with the layer's numbers.
    """

    derived: DerivedLayer
    catalogue: Catalogue
    base: int
    road: Elementwise | None
    cells: CellWriter
    drawing: Drawing | None
    forms_in_letters: Others
    forms_in_numbers: Others

    @property
    def layer(self) -> Layer:
        """The layer."""
        return self.derived.layer

    @property
    def geometry(self) -> Geometry:
        """Its own sizes."""
        return self.derived.layer.geometry

    @property
    def has_letters(self) -> bool:
        """Whether the general formulas differ from those at the layer's own numbers."""
        return self.derived.general != self.derived.own

    def say(self, message: str, /, **places: Inline | Prose | Written | int) -> Prose:
        """A message of the catalogue."""
        return self.catalogue.say(message, **places)

    def paragraph(self, message: str, /, **places: Inline | Prose | Written | int) -> Paragraph:
        """A message as a paragraph."""
        return Paragraph(self.say(message, **places))

    def counted(self, table: str, number: int) -> Prose:
        """A number with its noun, which has a form for each that the language's plural table names."""
        return self.say(f"{table}.{self.catalogue.form(number)}", number=number)

    def enumerated(self, formulas: Sequence[Written], most: int = 4) -> Prose:
        """Formulas in a line of text; of many the first and the last."""
        return self.catalogue.listed([(Math(formula),) for formula in formulas], most)

    def heading(self, level: int, name: str) -> Heading:
        """A heading of the catalogue."""
        return Heading(level, self.say(f"heading.{name}"))

    def figures(self, section: str) -> tuple[Figure, ...]:
        """The pictures of a section; none where this layer has no cells that can be drawn."""
        return () if self.drawing is None else tuple(Figure(d, d.title) for d in section_figures(self.drawing, section))

    def rule(self, derivation: Derivation) -> Equation:
        """The operator form where there is one, else the solved sum."""
        return write_goal(derivation, self.base) or write_sums(derivation.solved, self.base)

    def cell_sum(self, target: str, derivation: Derivation, index: Index) -> CellSum:
        """The products of one cell, from the elementwise road where it was taken, else read off the solved formula."""
        if self.road is not None:
            array = self.road.net_input if target == "net" else self.road.gradient(target)
            return CellSum(tuple(in_order(array.monomials(*index))))
        parts = [cell_sum(term, index) for term in derivation.solved]
        if not any(part.last for part in parts):
            return CellSum(tuple(m for part in parts for m in part.first))
        return CellSum(parts[0].first, tuple(m for part in parts for m in (part.last or part.first)))


def telling(derived: DerivedLayer, language: str, base: int) -> Telling:
    """Everything the sections need; the elementwise road is taken where the layer is small enough."""
    geometry = derived.layer.geometry
    small = geometry.is_numeric and product_count(geometry) <= MOST_PRODUCTS
    cells = cell_writer(geometry, base) if geometry.is_numeric else CellWriter({}, base, joined=False)
    road = elementwise(geometry) if small else None
    drawn = geometry.is_numeric and geometry.kind in KINDS
    drawing = Drawing(derived.layer, derived.own, catalogue(language), base, cells) if drawn else None
    forms = _others(derived.general), _others(derived.own)
    return Telling(derived, catalogue(language), base, road, cells, drawing, *forms)


def _others(backward: Backward) -> Others:
    """What is told of them: of ∂E/∂w the zeros in place of a dilation only."""
    weight = backward.weight_gradient
    told = None if weight is None else OtherForms(None, zero_inserted(weight), None)
    return Others(other_forms(backward.input_gradient), told)


def product_count(geometry: Geometry) -> int:
    """The products in all net inputs, those with padding counted too."""
    if isinstance(geometry, OwnGeometry):
        return index_points(geometry)
    transposed = geometry.kind == "conv-transpose"
    sites = geometry.input_shape if transposed else geometry.output_shape
    per_site = 1 if geometry.is_pooling else int(geometry.filters if transposed else geometry.depth)
    return prod(sites) * prod(int(k) for k in geometry.filter_size) * per_site // int(geometry.groups)
