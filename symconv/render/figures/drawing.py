"""What every figure is drawn from: a layer's formulas, the words of a language, an index base."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.derivation.backward import Backward, Derivation
from symconv.derivation.monomial import Index, Monomial
from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.layer import UNNAMED, Layer
from symconv.render.cells import cell_sum, in_order
from symconv.render.document import Inline, Prose
from symconv.render.messages import Catalogue, catalogue
from symconv.render.write_cells import CellWriter, cell_writer
from symconv.render.written import Indexed, Letter, Number, Sizes, Written

TARGETS = {"net": "net", "∂E/∂a": "da", "∂E/∂w": "dw", "∂E/∂β": "dbias"}
"""The results by the names that the writer of cells knows them by."""


@dataclass(frozen=True, slots=True)
class Drawing:
    """One layer about to be drawn; ``own`` is everything derived at its own sizes, which are numbers."""

    layer: Layer
    own: Backward
    catalogue: Catalogue
    base: int
    cells: CellWriter

    @property
    def geometry(self) -> Geometry:
        """The sizes of the layer."""
        return self.layer.geometry

    @property
    def dimensions(self) -> int:
        """The number of spatial dimensions."""
        return self.geometry.dimensions

    def say(self, message: str, /, **places: Inline | Prose | Written | int) -> Prose:
        """A message of the catalogue, by its name in the section of the figures."""
        return self.catalogue.say(f"figure.{message}", **places)

    def name(self) -> Prose:
        """What the layer is, with its name where it has one."""
        kind = self.catalogue.say(f"kind.{self.geometry.kind}")
        return kind if self.layer.name == UNNAMED else self.say("named", name=self.layer.name, kind=kind)

    def label(self, letter: str, index: Index) -> Written:
        """A cell by its spatial index; digits stand side by side where none can be misread."""
        g = self.geometry
        largest = max((*g.output_size, *(int(v) for v in (*g.input_size, *g.filter_size))), default=1) - 1
        numbers = tuple(Number(v + self.base) for v in index)
        return Indexed(Letter(letter), numbers, joined=largest + self.base <= 9) if numbers else Letter(letter)

    def products(self, derivation: Derivation, index: Index) -> list[Monomial]:
        """The products of one cell of a result, as the solved formula gives them."""
        return in_order(m for term in derivation.solved for m in cell_sum(term, index).first)

    def require_space(self, figure: str) -> None:
        """Refuse what can not be drawn as a grid of cells."""
        if self.dimensions == 0:
            raise RequestError(
                f"the figure {figure} shows windows, and a fully connected layer has none; "
                "choose connections, matrix or shapes"
            )
        if self.dimensions > 2:
            raise RequestError(
                f"the figure {figure} draws cells of one or two spatial dimensions, and this layer has "
                f"{self.dimensions}; choose windows, channels, connections, matrix or shapes, or fewer dimensions"
            )


def drawing(layer: Layer, own: Backward, language: str = "en", base: int = 0) -> Drawing:
    """The layer with everything a figure asks for; RequestError where its sizes are names."""
    if base not in (0, 1):
        raise RequestError(f"the index base {base} is not offered; choose 0 or 1")
    if not layer.geometry.is_numeric:
        raise RequestError("a figure shows cells, and a size that is a name has no number of them; give numbers")
    if layer.geometry.kind not in KINDS:
        raise RequestError(
            "figures of a layer that a formula gives are not there yet; `symconv derive` writes its derivation"
        )
    return Drawing(layer, own, catalogue(language), base, cell_writer(layer.geometry, base))


def size_of(extents: Index) -> Written:
    """``3 × 4``."""
    return Sizes(tuple(Number(v) for v in extents))
