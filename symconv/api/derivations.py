"""The objects that hold a derivation for a user: formulas that print themselves, and the document of all steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from operator import index
from typing import TYPE_CHECKING

import sympy

from symconv.algebra.formula import IndexedSum
from symconv.derivation.backward import Derivation
from symconv.derivation.derive import DerivedLayer, derive_layer
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.example import own_example
from symconv.derivation.operator import Operator
from symconv.derivation.other_forms import other_forms, window_form, zero_inserted
from symconv.derivation.polyphase import Polyphase, polyphase
from symconv.derivation.products import PolynomialArray
from symconv.derivation.step import Step
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.render.formula_latex import latex
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.operators import write_operator
from symconv.render.write_formula import write_goal, write_polyphase, write_sum, write_sums
from symconv.specification.values import Source as ValuesSource
from symconv.specification.values import read_values, source_name

if TYPE_CHECKING:
    from symconv.api.sources import Source
    from symconv.render.article_code import Judged
    from symconv.verify.report import Report


@dataclass(frozen=True, slots=True)
class OperatorForm:
    """A formula in operators, ``cross(pad(δ, 1), rot180(w))``; ``tree`` is the expression that is printed."""

    tree: Operator

    def text(self, base: int = 0) -> str:
        """In Unicode, on one line; ``base`` is the first index of a sum over channels."""
        return unicode(write_operator(self.tree, _checked(base)))

    def latex(self, base: int = 0) -> str:
        """In LaTeX, without dollar signs."""
        return latex(write_operator(self.tree, _checked(base)))

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True, slots=True)
class IndexForm:
    """A formula in indices; ``sum`` is what is printed."""

    sum: IndexedSum

    def text(self, base: int = 0) -> str:
        """In Unicode, on one line; ``base`` is the first index."""
        return unicode(write_sum(self.sum, _checked(base)))

    def latex(self, base: int = 0) -> str:
        """In LaTeX, without dollar signs."""
        return latex(write_sum(self.sum, _checked(base)))

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True, slots=True)
class PolyphaseForm:
    """A result as stride-1 correlations that write disjoint slices; ``own`` holds them with their steps.

    ``general`` says it for all residues at once, in letters.
    """

    own: Polyphase
    general: IndexForm

    def text(self, base: int = 0) -> str:
        """Every part in indices and by its name, a line each: ``∂E/∂a[2t+1] = …``; what stays 0 comes last."""
        return "\n".join(unicode(formula) for formula in write_polyphase(self.own, _checked(base)))

    def latex(self, base: int = 0) -> str:
        """The same in LaTeX, the lines separated by ``\\\\``."""
        return " \\\\\n".join(latex(formula) for formula in write_polyphase(self.own, _checked(base)))

    def __str__(self) -> str:
        return self.text()

    def _repr_latex_(self) -> str:
        return f"$\\begin{{gathered}} {self.latex()} \\end{{gathered}}$"


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Formula:
    """One result: ``net``, ∂E/∂a, δ^{l-1}, ∂E/∂w or ∂E/∂β.

    Printing shows the formula at the layer's own sizes; ``general`` is that of any size.
    """

    own: Derivation
    any_size: Derivation
    cells: Callable[[], PolynomialArray]

    def element(self, *indices: int) -> sympy.Expr:
        """One cell as an exact polynomial in ``IndexedBase('a')[b, c, x, y]`` and its like; indices are 0-based.

        Batch and channel indices may be left out together where all of them are 1. RequestError for an index outside
        the array, and where a size is a name.
        """
        try:
            numbers = [index(i) for i in indices]
        except TypeError:
            shown = ", ".join(map(repr, indices))
            raise RequestError(f"the indices ({shown}) are not all whole numbers; give 0-based integers") from None
        return self.cells().element(*numbers)

    @property
    def general(self) -> tuple[IndexedSum, ...]:
        """The closed formula for any size, the sum of these terms; letters are those of THEORY §1."""
        return self.any_size.solved

    @property
    def operator(self) -> OperatorForm | None:
        """The form in ``cross``, ``pad``, ``rot180`` and zero insertion, or None where none is true."""
        tree = self.own.operator
        return None if tree is None else OperatorForm(tree)

    @property
    def window_form(self) -> IndexForm | None:
        """The relation solved for the other summed axis, ``∂E/∂a[x] = Σ_i δ[i]·w[(x + P - S·i)/D]``, or None."""
        step = window_form(self.own)
        return None if step is None or not isinstance(step.after, IndexedSum) else IndexForm(step.after)

    @property
    def zero_inserted(self) -> OperatorForm | None:
        """Zeros in the filter in place of its dilation, ``∂E/∂w = cross(pad(a, P, P - r), δ↑S)``, or None."""
        found = zero_inserted(self.own)
        return None if found is None else OperatorForm(found.operator)

    @property
    def polyphase(self) -> PolyphaseForm | None:
        """A result read off inserted zeros as correlations that multiply none of them; None where there are no zeros.

        ``.own.parts`` are the correlations, each with the slice that it writes.
        """
        own, general = polyphase(self.own), polyphase(self.any_size)
        return None if own is None or general is None else PolyphaseForm(own, IndexForm(general.solved))

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that lead here, each with ``check()``."""
        return self.own.steps

    def text(self, base: int = 0) -> str:
        """The closed formula in Unicode, on one line; ``base`` is the first index."""
        return unicode(write_sums(self.own.solved, _checked(base)))

    def latex(self, base: int = 0) -> str:
        """The closed formula in LaTeX, without dollar signs; ``base`` is the first index."""
        return latex(write_sums(self.own.solved, _checked(base)))

    def named(self, width: int, base: int = 0) -> list[str]:
        """``∂E/∂a = cross(…)`` in lines of a width; the closed formula where there is no operator form."""
        return unicode_lines(write_goal(self.own, _checked(base)) or write_sums(self.own.solved, base), width)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<Formula {self.text()}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex()}$"


@dataclass(frozen=True, eq=False, repr=False)
class LayerDerivation:
    """All that was derived for a layer. In Jupyter it shows itself as the written derivation."""

    derived: DerivedLayer

    @property
    def layer(self) -> Layer:
        """The layer that was derived."""
        return self.derived.layer

    @cached_property
    def elementwise(self) -> Elementwise:
        """Every cell of every array as a polynomial, made by SymPy when first asked for."""
        return elementwise(self.layer.geometry)

    @property
    def net_input(self) -> Formula:
        """``net``, the forward formula."""
        return self._formula("net_input")

    @property
    def input_gradient(self) -> Formula:
        """``∂E/∂a``."""
        return self._formula("input_gradient")

    @property
    def error_term(self) -> Formula:
        """``δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})``, f the activation of the layer before."""
        return self._formula("error_term")

    @property
    def weight_gradient(self) -> Formula | None:
        """``∂E/∂w``; None for a layer without weights."""
        return None if self.derived.own.weight_gradient is None else self._formula("weight_gradient")

    @property
    def bias_gradient(self) -> Formula | None:
        """``∂E/∂β``; None for a layer without bias."""
        return None if self.derived.own.bias_gradient is None else self._formula("bias_gradient")

    @property
    def formulas(self) -> dict[str, Formula]:
        """The formulas that this layer has, by name, in the order of the lesson."""
        names = ("net_input", "input_gradient", "error_term", "weight_gradient", "bias_gradient")
        found = {name: getattr(self, name) for name in names}
        return {name: formula for name, formula in found.items() if formula is not None}

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, in order, those to the other forms of a formula after its own; each can check itself."""
        found = self.formulas.values()
        return tuple(step for formula in found for step in (*formula.steps, *other_forms(formula.own).steps))

    def document(
        self,
        format: str = "text",  # noqa: A002
        *,
        language: str = "en",
        base: int = 0,
        values: ValuesSource | None = None,
        code: Source | None = None,
        report: Report | None = None,
        folder: str | None = None,
    ) -> str:
        """The written derivation; ``format`` is text, latex, html, markdown, ipynb or json.

        ``values`` is a path or a mapping with arrays by their names (``a``, ``w``, ``bias``, ``delta``, ``df`` or
        ``net_prev``), with which the example at the end is worked; small whole numbers stand for those left out.
        ``code`` is what the article ends with, and ``report`` what was found when it was verified. ``folder`` is where
        the ``pictures`` lie beside a Markdown file.
        """
        given = None if values is None else own_example(self.layer, read_values(values), source_name(values))
        if format == "json":
            from symconv.api.record import derivation_json

            return derivation_json(self, base)
        from symconv.emit import document

        judged = None if code is None else _judged(code, report)
        return document(
            self.derived, format=format, language=language, base=base, given=given, judged=judged, folder=folder
        )

    def pictures(self, *, language: str = "en", base: int = 0) -> dict[str, str]:
        """The figures of the article as SVG, by the names of the files that its Markdown shows."""
        from symconv.emit import pictures

        return pictures(self.derived, language=language, base=base)

    def _formula(self, name: str) -> Formula:
        own, general = getattr(self.derived.own, name), getattr(self.derived.general, name)
        return Formula(own, general, lambda: getattr(self.elementwise, name))

    def text(self, base: int = 0, *, language: str = "en") -> str:
        """The whole derivation in plain text."""
        return self.document("text", language=language, base=base)

    def latex(self, base: int = 0, *, language: str = "en") -> str:
        """The whole derivation as a LaTeX document."""
        return self.document("latex", language=language, base=base)

    def pdf(self, base: int = 0, *, language: str = "en", values: ValuesSource | None = None) -> bytes:
        """The whole derivation as a PDF file, the same bytes every time.

        OutsideError where the engine is missing or fails: pdflatex, or xelatex for what is not in Latin letters.
        """
        from symconv.typeset import pdf

        return pdf(self.document("latex", language=language, base=base, values=values))

    def html(self, base: int = 0, *, language: str = "en") -> str:
        """The whole derivation as a page by itself, which asks nothing of a network."""
        return self.document("html", language=language, base=base)

    def markdown(self, base: int = 0, *, language: str = "en") -> str:
        """The whole derivation in Markdown."""
        return self.document("markdown", language=language, base=base)

    def ipynb(self, base: int = 0, *, language: str = "en") -> str:
        """The whole derivation as a Jupyter notebook, whose last cells run the emitted code."""
        return self.document("ipynb", language=language, base=base)

    def __str__(self) -> str:
        return self.text()

    def __repr__(self) -> str:
        return f"<LayerDerivation of {self.layer.name} ({self.layer.geometry.kind})>"

    def _repr_markdown_(self) -> str:
        from symconv.render.document_markdown import HELD

        return self.document("markdown", folder=HELD)


def derive(layer: Layer) -> LayerDerivation:
    """Derive net input, ∂E/∂a, error term, ∂E/∂w and ∂E/∂β of a layer, every step kept."""
    if not isinstance(layer, Layer):
        raise RequestError(f"derive was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    return LayerDerivation(derive_layer(layer))


def _judged(code: Source, report: Report | None) -> Judged:
    """The code and the verdicts as the article tells them."""
    from symconv.render.article_code import Judged

    verdicts = () if report is None else tuple((v.mark, v.claim, v.method) for v in report)
    notes = () if report is None else tuple(report.told())
    return Judged(code.text, code.layout, code.accuracy, verdicts, notes)


def _checked(base: int) -> int:
    if base not in (0, 1):
        raise RequestError(f"the index base {base!r} is not offered; give 0 or 1")
    return base
