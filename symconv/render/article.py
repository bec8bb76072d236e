"""The article: a derived layer told as a lesson, block by block, in the order of THEORY.md's last paragraph.

What a layer shares with a hidden layer and where it differs; the net inputs of this size; special cases of ∂E/∂a, the
rule they suggest, its derivation law by law; the activation; stride, depth, groups where they apply; the weight
gradient the same way; the bias; what was checked; a summary; a worked example; the emitted code and its verdicts. All
prose comes from the message catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count

from symconv.derivation.derive import DerivedLayer
from symconv.derivation.example import Example
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry
from symconv.render.article_cells import net_input_cells
from symconv.render.article_checked import checked
from symconv.render.article_code import Judged, code_and_verdicts
from symconv.render.article_example import worked_example
from symconv.render.article_goals import bias_gradient, error_term, weight_gradient
from symconv.render.article_hidden import hidden_layer
from symconv.render.article_known import known, net_input, notation, sizes
from symconv.render.article_own import own_article
from symconv.render.document import Block, Document, EquationGroup, Figure
from symconv.render.request import request_line
from symconv.render.telling import Telling, telling


def article(
    derived: DerivedLayer,
    language: str = "en",
    base: int = 0,
    given: Example | None = None,
    judged: Judged | None = None,
) -> Document:
    """The whole derivation of a layer as a document.

    ``base`` is what every printed index counts from, 0 or 1; ``given`` holds a reader's numbers for the example;
    ``judged`` is the code that it ends with.
    Raises RequestError for a language without catalogue or another base.
    """
    if base not in (0, 1):
        raise RequestError(f"the index base {base} is not offered; choose 0 or 1")
    told = telling(derived, language, base)
    sections = own_article if isinstance(told.geometry, OwnGeometry) else _sections
    title = told.say("title.text", kind=told.say(f"kind.{told.geometry.kind}"))
    blocks = (*sections(told), *summary(told), *worked_example(told, given), *code_and_verdicts(told, judged))
    return Document(title, request_line(derived.layer), language, base, tuple(_with_figures_numbered(told, blocks)))


def _sections(told: Telling) -> tuple[Block, ...]:
    """Every section of a built-in layer but the summary."""
    return (
        *known(told),
        *sizes(told),
        *notation(told),
        *net_input(told),
        *hidden_layer(told),
        *net_input_cells(told),
        *error_term(told),
        *weight_gradient(told),
        *bias_gradient(told),
        *checked(told),
    )


def _with_figures_numbered(told: Telling, blocks: Iterable[Block]) -> Iterator[Block]:
    numbers = count(1)
    for block in blocks:
        if isinstance(block, Figure):
            caption = told.say("title.figure", number=next(numbers), title=block.caption)
            yield replace(block, caption=caption)
        else:
            yield block


def summary(told: Telling) -> tuple[Block, ...]:
    """The formulas in one place, in letters and with the layer's numbers."""
    general, own = (
        tuple(told.rule(d) for d in part.goals if d is not part.input_gradient)
        for part in (told.derived.general, told.derived.own)
    )
    intro = "summary.intro" if told.has_letters else "summary.intro_plain"
    blocks: list[Block] = [told.heading(1, "summary"), told.paragraph(intro), EquationGroup(general)]
    if own != general:
        blocks += [told.paragraph("summary.intro_own"), EquationGroup(own)]
    return (*blocks, *told.figures("summary"))
