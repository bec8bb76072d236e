"""The article: everything of THEORY §3 and §4 in it, nothing claimed that was not done, every message used."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

import symconv
from symconv.derivation.derive import DerivedLayer, derive_layer
from symconv.derivation.example import own_example
from symconv.derivation.monomial import Monomial
from symconv.derivation.other_forms import other_forms
from symconv.emit import document, emit_module
from symconv.errors import RequestError
from symconv.exercise import exercise
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.article import article
from symconv.render.cells import cell_sum
from symconv.render.document import Document, Equation, EquationGroup, Figure, Heading, Paragraph
from symconv.render.document_text import text_prose
from symconv.render.formula_unicode import unicode
from symconv.render.messages import Catalogue, catalogue, offered
from symconv.render.telling import telling
from symconv.render.written import Written
from symconv.specification.values import read_values
from tests.cases import GEOMETRIES
from tests.own_layers import OWN, own_layer

SAME = {"input_size": (56, 56), "filter_size": (3, 3), "padding": ((1, 1), (1, 1))}
LARGE = Geometry(**SAME, depth=64, filters=64)  # type: ignore[arg-type]
NAMED = Geometry(input_size=("H", "W"), stride=(2, 2), padding=((1, 1), (1, 1)))


def derived(geometry: Geometry, **options: str) -> DerivedLayer:
    return derive_layer(layer(geometry, **options))


def formulas(document: Document) -> list[str]:
    shown: list[Written] = []
    for block in document.blocks:
        if isinstance(block, Equation):
            shown.append(block.formula)
        elif isinstance(block, EquationGroup):
            shown += block.formulas
    return [unicode(formula) for formula in shown]


def sentences(document: Document) -> str:
    numbers = {b.label: 0 for b in document.blocks if isinstance(b, Equation) and b.label}
    texts = [b.text for b in document.blocks if isinstance(b, Paragraph | Heading)]
    return "\n".join(text_prose(text, numbers) for text in texts).replace("\u00a0", " ")


def test_cells_count_from_zero_where_asked() -> None:
    shown = formulas(article(derived(Geometry()), base=0))
    assert "∂E/∂a₀₁ = δ₀₀w₀₁ + δ₀₁w₀₀" in shown
    assert "∂E/∂a₁₂ = δ₁₁w₁₂ + δ₁₂w₁₁" not in shown


def test_a_part_of_pooling_says_how_large_its_filter_of_ones_is() -> None:
    """A filter of ones is of the window's size, but not in a polyphase part."""
    said = "In each of them 𝟏 is as large as the part needs: one entry for each tap of that residue."
    one = {"input_size": (9,), "filter_size": (5,), "stride": (2,), "dilation": (1,), "padding": ((0, 0),)}
    strided = Geometry(kind="avg-pool", **one, output_padding=(0,), bias=False)  # type: ignore[arg-type]
    assert "∂E/∂a[2t + 1] = (1/5·cross(pad(δ, 1), rot180(𝟏)))[t]" in formulas(article(derived(strided), base=0))
    assert said in sentences(article(derived(strided)))
    assert said not in sentences(article(derived(GEOMETRIES["left-over-rows"])))


def test_the_cell_in_the_middle_is_one_that_reaches_something() -> None:
    """With stride and dilation 2 the cell right in the middle of nine is in no window."""
    holes = Geometry(
        input_size=(9,), filter_size=(3,), stride=(2,), dilation=(2,), padding=((1, 2),), output_padding=(0,)
    )
    told = article(derived(holes), base=0)
    assert "∂E/∂a₃ = δ₀w₂ + δ₁w₁ + δ₂w₀" in formulas(told)
    assert "∂E/∂a₄" not in "".join(formulas(told))
    drawn = [b.drawn for b in told.blocks if isinstance(b, Figure) and b.drawn.name in ("reach", "error-term")]
    assert [figure.name for figure in drawn] == ["reach", "error-term"]
    assert all("a₃" in text_prose(figure.title, {}) for figure in drawn)


def test_an_operator_form_is_not_denied_where_one_follows() -> None:
    """In letters the depths of the two reads are not known to be one number; at this layer's sizes there is a form."""
    formula = "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,i+p-1]*a[b,n,i]"
    found = derive_layer(symconv.from_formula(formula, input_size=8, filter_size=3, depth=2))
    in_letters, in_numbers = found.general.input_gradient, found.own.input_gradient
    assert (in_letters.operator is None, in_numbers.operator is None) == (True, False)
    told = sentences(article(found))
    denied = "No operator form is true of it"
    weight_gradient = told.index("The weight gradient")
    assert denied not in told[:weight_gradient]
    assert denied in told[weight_gradient:]


def test_one_row_of_ten_cells_has_an_example_and_one_of_eleven_has_none() -> None:
    """Where a matrix of several rows ends at eight columns."""
    row = {"filter_size": (3,), "stride": (1,), "dilation": (1,), "padding": ((0, 0),), "output_padding": (0,)}
    large = "The arrays of this layer are too large for an example"
    for size, is_large in ((10, False), (11, True)):
        told = sentences(article(derived(Geometry(input_size=(size,), **row))))  # type: ignore[arg-type]
        assert (large in told) == is_large
    assert large in sentences(article(derived(Geometry(input_size=(9, 9)))))


def test_groups_do_not_blur_what_sharing_changes() -> None:
    """Local connection and weight sharing are compared without them, and depths feed the filters of their group."""
    grouped = replace(GEOMETRIES["lesson"], depth=4, filters=4, groups=2)
    told = article(derived(grouped), base=0)
    assert "∂E/∂w[n,c,p,q] = Σ_{x = i + p; y = j + q} δ[n,i,j]·a[c,x,y]" in formulas(told)
    assert "Within its group, every depth of the input feeds every filter" in sentences(told)
    assert "Within its group, every depth" not in sentences(article(derived(replace(grouped, groups=1))))


def test_sections_are_told_in_the_order_of_the_lesson() -> None:
    headings = [
        text_prose(b.text, {}) for b in article(derived(GEOMETRIES["left-over-rows"])).blocks if isinstance(b, Heading)
    ]
    wanted = ["From a hidden layer to this one", "Special cases", "The rule they suggest", "Its derivation, law by law"]
    wanted += [
        "Through the activation function",
        "Stride and left-over rows",
        "The weight gradient",
        "The bias gradient",
    ]
    wanted += ["Summary"]
    found = [headings.index(heading) for heading in wanted]
    assert found == sorted(found)


@pytest.mark.parametrize("name", GEOMETRIES)
def test_every_layer_can_be_told_and_its_roads_agree(name: str) -> None:
    text = sentences(article(derived(GEOMETRIES[name]), base=1))
    assert "WARNING" not in text
    assert "compared with the general formulas term by term. They agree." in text
    assert "re-checked by itself" in text


@pytest.mark.parametrize("name", GEOMETRIES)
def test_a_cell_read_off_the_formula_is_that_of_the_elementwise_road(name: str) -> None:
    told = telling(derived(GEOMETRIES[name]), "en", 0)
    assert told.road is not None
    for target, derivation in (("da", told.derived.own.input_gradient), ("dw", told.derived.own.weight_gradient)):
        if derivation is None:
            continue
        array = told.road.gradient(target)
        for index, _ in list(array.elements())[:: max(1, len(array) // 20)]:
            [formula] = derivation.solved
            assert set(map(_named, cell_sum(formula, index).first)) == set(map(_named, array.monomials(*index)))


def _named(monomial: Monomial) -> tuple[object, frozenset[object]]:
    return monomial.coefficient, frozenset(monomial.factors)


def test_a_large_layer_is_not_written_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.render.telling.elementwise", None)
    document = article(derived(LARGE), base=1)
    text = sentences(document)
    assert "too large to write all its net inputs out" in text
    assert "They agree" not in text
    assert max(formula.count("δ") for formula in formulas(document)) <= 12
    assert any("⋯" in formula for formula in formulas(document))


def test_named_sizes_have_general_formulas_only() -> None:
    document = article(derived(NAMED), base=1)
    assert not any("₁₁" in formula for formula in formulas(document))
    assert "the second, elementwise road was not taken here" in sentences(document)


def test_left_over_rows_are_explained() -> None:
    text = sentences(article(derived(GEOMETRIES["left-over-rows"])))
    assert "r₁ = 1, r₂ = 1 are left over" in text


def test_a_step_that_is_wrong_is_said_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("symconv.derivation.step.Step.check", lambda *_: False)
    assert "WARNING: 10 of the 10 steps did not survive" in sentences(article(derived(Geometry())))


def test_roads_that_differ_are_said_to() -> None:
    whole = derived(Geometry())
    wrong = replace(whole.own, input_gradient=derived(Geometry(flip=True)).own.input_gradient)
    assert "do not give what the general formula gives for ∂E/∂a" in sentences(article(replace(whole, own=wrong)))


@pytest.mark.parametrize("base", [-1, 2])
def test_other_bases_are_refused(base: int) -> None:
    with pytest.raises(RequestError, match="choose 0 or 1"):
        article(derived(Geometry()), base=base)


def test_languages_without_catalogue_are_refused() -> None:
    with pytest.raises(RequestError, match="'zz' is not offered; choose"):
        article(derived(Geometry()), language="zz")


ACTIVATED = {"activation_name": "sigmoid", "previous_activation_name": "tanh", "name": "First"}


@cache
def layers_of_every_kind() -> list[DerivedLayer]:
    layers = [derived(g) for g in (*GEOMETRIES.values(), LARGE, NAMED)]
    layers += [derived(Geometry(), **ACTIVATED), derived(Geometry(), previous_activation_name="identity")]
    layers.append(derived(Geometry(), previous_activation_name="relu"))
    layers.append(derived(replace(NAMED, kind="locally-connected")))
    layers.append(derived(replace(LARGE, batch=32)))
    layers.append(derived(replace(GEOMETRIES["dense"], batch=1)))
    layers.append(derived(Geometry(input_size=(4, 4), stride=(2, 2), dilation=(2, 2))))
    layers.append(derived(Geometry(input_size=(1, 1), filter_size=(3, 3), padding=((1, 1), (1, 1)))))
    return layers + [derive_layer(own_layer(name)) for name in OWN]


@cache
def laws_of_steps() -> frozenset[str]:
    """A step that fails is told by the name of its law, so each law has one."""
    goals = [d for each in layers_of_every_kind() for part in (each.own, each.general) for d in part.goals]
    return frozenset(step.law for d in goals for step in (*d.steps, *other_forms(d).steps))


@cache
def laws_in_code() -> str:
    """A docstring that names the laws of its code."""
    dilated = Geometry(input_size=(9, 9), filter_size=(3, 3), dilation=(2, 2))
    return emit_module(layer(dilated), schedule="winograd", accuracy="fast").text


@pytest.mark.parametrize("language", offered())
def test_every_message_is_used_and_there(language: str, monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[str] = set()
    say = Catalogue.say

    def spy(self: Catalogue, message: str, /, **places: object) -> object:
        said.add(message)
        return say(self, message, **places)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalogue, "say", spy)
    for each in layers_of_every_kind():
        article(each, language)
    lesson = derived(Geometry())
    some = {"bias": [1], "w": [[1, 2], [3, 4]]}
    every = {**some, "a": [[1, 2, 3]] * 3, "delta": [[1, 2]] * 2}
    for values in (some, every):
        article(lesson, language, given=own_example(lesson.layer, read_values(values), "here"))
    article(derived(Geometry(), previous_activation_name="relu"), language)
    for seed in range(4):
        exercise(layer(Geometry(), previous_activation_name="relu"), seed, language)
    for sizes in (Geometry(), NAMED):
        document(derived(sizes), "ipynb", language=language)
    laws = {name: text for name, text in catalogue("en").texts.items() if name.startswith("law.")}
    said |= {name for name, text in laws.items() if text.lower() in laws_in_code()}
    said |= {f"law.{law}" for law in laws_of_steps()}
    alarms = {"checked.steps_failed", "checked.roads_failed", "checked.steps_skipped", "law.correlate"}
    # the code, the explorer and the figures have tests of their own, the others are no prose
    others = ("code.", "verdict.", "explorer.", "figure.", "html.", "latex.", "plural.")
    told = {name for name in catalogue(language).texts if not name.startswith(others)}
    assert told - said - alarms == set()
    assert {f"law.{law}" for law in laws_of_steps()} <= catalogue(language).texts.keys()
