"""The names Python users hold: signatures as promised, formulas that print and compute, refusals in one sentence."""

from __future__ import annotations

import importlib
import inspect
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sympy

import symconv
from symconv import RequestError
from symconv.algebra.evaluate import evaluate_sum
from symconv.api import OperatorForm
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.layers.geometry import Geometry

A, W, DELTA, DF = (sympy.IndexedBase(name) for name in ("a", "w", "delta", "df"))


@pytest.fixture(scope="module")
def lesson() -> symconv.LayerDerivation:
    return symconv.derive(symconv.convolution(input_size=(3, 3), filter_size=(2, 2), stride=1))


def test_elements_are_those_of_the_lesson(lesson: symconv.LayerDerivation) -> None:
    assert lesson.input_gradient.element(0, 0) == DELTA[0, 0] * W[0, 0]
    assert lesson.input_gradient.element(0, 1) == DELTA[0, 0] * W[0, 1] + DELTA[0, 1] * W[0, 0]
    in_full = DELTA[0, 0, 0, 0] * W[0, 0, 0, 1] + DELTA[0, 0, 0, 1] * W[0, 0, 0, 0]
    assert lesson.input_gradient.element(0, 0, 0, 1) == in_full
    assert lesson.weight_gradient is not None
    expected = sum(DELTA[i, j] * A[i, j + 1] for i in range(2) for j in range(2))
    assert lesson.weight_gradient.element(0, 1) == expected
    assert lesson.error_term.element(2, 2) == DELTA[1, 1] * W[1, 1] * DF[2, 2]
    assert lesson.bias_gradient is not None
    assert lesson.bias_gradient.element() == sum(DELTA[i, j] for i in range(2) for j in range(2))
    assert lesson.bias_gradient.element(0) == sum(DELTA[0, 0, i, j] for i in range(2) for j in range(2))


def test_operators_print_as_the_lesson_writes_them(lesson: symconv.LayerDerivation) -> None:
    assert str(lesson.input_gradient.operator) == "cross(pad(δ, 1), rot180(w))"
    assert str(lesson.error_term.operator) == "cross(pad(δ, 1), rot180(w)) ∘ f'(net^{l-1})"
    assert lesson.weight_gradient is not None
    assert str(lesson.weight_gradient.operator) == "cross(a, δ)"
    assert lesson.input_gradient.named(80) == ["∂E/∂a = cross(pad(δ, 1), rot180(w))"]


def test_formulas_name_their_index_base(lesson: symconv.LayerDerivation) -> None:
    assert lesson.weight_gradient is not None
    assert "a[i+p,j+q]" in lesson.weight_gradient.text()
    assert "a[i+p-1,j+q-1]" in lesson.weight_gradient.text(base=1)
    assert str(lesson.weight_gradient) == lesson.weight_gradient.text()
    with pytest.raises(RequestError, match="the index base 2 is not offered; give 0 or 1"):
        lesson.weight_gradient.text(base=2)


def test_formulas_show_themselves_in_jupyter(lesson: symconv.LayerDerivation) -> None:
    operator = lesson.input_gradient.operator
    assert operator is not None
    printed: tuple[symconv.Formula | OperatorForm, ...] = (*lesson.formulas.values(), operator)
    for formula in printed:
        latex = formula._repr_latex_()
        assert latex.startswith("$\\displaystyle ")
        assert latex.endswith("$")
        assert "\\" in formula.latex()


def test_a_prompt_shows_formulas_in_one_line(lesson: symconv.LayerDerivation) -> None:
    assert repr(lesson.net_input) == f"<Formula {lesson.net_input.text()}>"
    assert repr(lesson) == "<LayerDerivation of Layer (conv)>"


def test_the_general_formula_holds_for_any_size(lesson: symconv.LayerDerivation) -> None:
    (term,) = lesson.input_gradient.general
    assert {str(s) for a in term.target.tensor.axes for s in sympy.sympify(a.extent, strict=True).free_symbols} == {"H"}


def test_the_own_formula_agrees_with_the_elements() -> None:
    layer = symconv.convolution((5, 4), (3, 2), (2, 1), depth=2, filters=2, padding=(1, 0))
    derivation = symconv.derive(layer)
    rng = np.random.default_rng(0)
    v = {"δ": rng.integers(-9, 9, layer.geometry.output_shape), "w": rng.integers(-9, 9, layer.geometry.weight_shape)}
    (term,) = derivation.input_gradient.own.solved
    values = evaluate_sum(term, v)
    cell = derivation.input_gradient.element(0, 1, 2, 3)
    numbers = {DELTA[i]: n for i, n in np.ndenumerate(v["δ"])} | {W[i]: n for i, n in np.ndenumerate(v["w"])}
    assert cell.xreplace({k: sympy.Integer(int(n)) for k, n in numbers.items()}) == values[0, 1, 2, 3]


def test_every_step_checks_itself(lesson: symconv.LayerDerivation) -> None:
    assert lesson.steps
    assert all(step.check() for step in lesson.steps)


def test_elementwise_is_computed_once_and_only_when_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[Geometry] = []

    def counted(geometry: Geometry) -> Elementwise:
        calls.append(geometry)
        return elementwise(geometry)

    monkeypatch.setattr("symconv.api.derivations.elementwise", counted)
    derivation = symconv.derive(symconv.convolution())
    assert derivation.input_gradient.text()
    assert not calls
    derivation.input_gradient.element(0, 0)
    derivation.net_input.element(0, 0)
    assert len(calls) == 1


def test_what_a_layer_lacks_is_none() -> None:
    assert symconv.derive(symconv.convolution(bias=False)).bias_gradient is None
    pooling = symconv.derive(symconv.average_pooling())
    assert pooling.weight_gradient is None
    assert list(pooling.formulas) == ["net_input", "input_gradient", "error_term"]


def test_symbolic_sizes_have_formulas_and_no_elements() -> None:
    derivation = symconv.derive(symconv.convolution(("H", "W"), ("K", "L")))
    assert str(derivation.input_gradient.operator) == "cross(pad(δ, (K - 1)×(L - 1)), rot180(w))"
    with pytest.raises(RequestError, match="is a name"):
        derivation.input_gradient.element(0, 0)


SIGNATURES = {
    "convolution": "input_size filter_size stride depth filters batch groups padding dilation flip bias activation "
    "previous_activation name dtype",
    "transposed_convolution": "input_size filter_size stride depth filters batch groups padding output_padding "
    "dilation flip bias activation previous_activation name dtype",
    "dense": "depth filters batch bias activation previous_activation name dtype",
    "locally_connected": "input_size filter_size stride depth filters batch padding dilation bias activation "
    "previous_activation name dtype",
    "average_pooling": "input_size filter_size stride depth batch padding dilation count_include_pad ceil_mode "
    "activation previous_activation name dtype",
    "emit": "layer schedule layout accuracy",
}


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    assert list(inspect.signature(getattr(symconv, name)).parameters) == SIGNATURES[name].split()


def test_defaults_are_the_lesson() -> None:
    assert symconv.convolution().geometry == Geometry()
    assert symconv.convolution().activation.is_identity
    assert symconv.convolution().previous_activation is None


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ({"stride": (2, 1)}, Geometry(stride=(2, 1))),
        ({"padding": 1}, Geometry(padding=((1, 1), (1, 1)))),
        ({"padding": (1, 0)}, Geometry(padding=((1, 1), (0, 0)))),
        ({"padding": ((1, 0), (0, 2))}, Geometry(padding=((1, 0), (0, 2)))),
        ({"padding": "same"}, Geometry(padding=((0, 1), (0, 1)))),
        ({"input_size": np.array([3, 3]).tolist(), "dilation": np.int64(1)}, Geometry()),
        ({"input_size": ("H", "W")}, Geometry(input_size=("H", "W"))),
    ],
)
def test_python_values_are_read_like_text(arguments: dict[str, Any], expected: Geometry) -> None:
    assert symconv.convolution(**arguments).geometry == expected


def test_a_layer_file_makes_a_layer(tmp_path: Path) -> None:
    file = tmp_path / "layer.toml"
    file.write_text('layer = "dense"\ndepth = 4\nfilters = 2\nactivation = "relu"\nname = "Output"\n')
    layer = symconv.from_toml(file)
    assert (layer.name, layer.activation.name, layer.geometry) == (
        "Output",
        "relu",
        symconv.dense(4, 2).geometry,
    )


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: symconv.convolution(3.5), "the input size 3.5 is not understood"),  # type: ignore[arg-type]
        (lambda: symconv.convolution({3}, (2,)), "the input size {3} is not understood"),  # type: ignore[arg-type]
        (lambda: symconv.convolution((3, 32, 32), (5, 5)), "begins with depth 3, but depth 1 was given"),
        (lambda: symconv.convolution(flip=1), "flip is 1; write true or false"),  # type: ignore[arg-type]
        (lambda: symconv.convolution(name="1st"), "is not an identifier"),
        (lambda: symconv.convolution(name="import os"), "is not an identifier"),
        (lambda: symconv.convolution(dtype="int8"), "the dtype 'int8' is not offered"),
        (lambda: symconv.convolution(activation="__import__('os')"), "activation"),
        (lambda: symconv.convolution(activation="f(x)"), "activation"),
        (lambda: symconv.convolution(activation=abs), "the activation is <built-in function abs>"),  # type: ignore[arg-type]
        (lambda: symconv.dense(activation=""), "the activation is an empty text"),
        (lambda: symconv.from_toml("none.toml"), "is not there"),
        (lambda: symconv.from_toml(3), "not by int"),  # type: ignore[arg-type]
        (lambda: symconv.derive(3), "derive was given int, not a layer"),  # type: ignore[arg-type]
        (lambda: symconv.emit("layer"), "emit was given str, not a layer"),  # type: ignore[arg-type]
        (lambda: symconv.verify(3, symconv.convolution()), "verify was given int, not code"),  # type: ignore[arg-type]
        (lambda: symconv.verify("", 3), "verify was given int, not a layer"),  # type: ignore[arg-type]
        (lambda: symconv.max_pooling((4, 4)), "max pooling is not there yet"),
        (
            lambda: symconv.from_formula("net[i] = b[i]"),
            "is not an array of the layer",
        ),
        (lambda: symconv.check("dw[p] = 0", symconv.convolution()), "dw is written with 1 subscript"),
        (lambda: symconv.check(3, symconv.convolution()), "the formula is int, not a text"),  # type: ignore[call-overload]
        (lambda: symconv.check("dw = cross(a, delta)", 3), "check was given int, not a layer"),  # type: ignore[call-overload]
        (lambda: symconv.audit(None, symconv.convolution()), "audit was given NoneType, not code"),
        (lambda: symconv.audit("mine.py", None), "audit was given NoneType, not a layer"),  # type: ignore[arg-type]
        (lambda: symconv.prove(None), "prove is not there yet"),
        (lambda: symconv.derive(symconv.convolution()).net_input.element(0.5, 0), "not all whole numbers"),  # type: ignore[arg-type]
        (lambda: symconv.derive(symconv.convolution()).net_input.element(0), "has 4 axes"),
        (lambda: symconv.derive(symconv.convolution()).net_input.element(2, 0), "lies outside net"),
    ],
)
def test_what_makes_no_sense_is_refused_in_one_sentence(call: Callable[[], object], sentence: str) -> None:
    with pytest.raises(RequestError) as refusal:
        call()
    assert sentence in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_emitted_code_is_a_text_that_loads_and_explains_itself(tmp_path: Path) -> None:
    layer = symconv.convolution((4, 4), (3, 3), filters=2, name="Conv1")
    source = symconv.emit(layer)
    assert source.text == str(source)
    assert source.why.endswith(".")
    assert "\n" not in source.why
    source.save(tmp_path / "conv1.py")
    assert (tmp_path / "conv1.py").read_text(encoding="utf-8") == source.text
    module = source.load()
    a, w = np.ones((1, 1, 4, 4)), np.ones((2, 1, 3, 3))
    assert np.array_equal(module.net_input(a, w), np.full((1, 2, 2, 2), 9.0))
    assert module.Conv1(w, np.zeros(2)).forward(a).shape == (1, 2, 2, 2)
    with pytest.raises(FrozenInstanceError):
        source.text = ""  # type: ignore[misc]


@pytest.mark.parametrize("kind", ["convolution", "transposed_convolution", "locally_connected", "average_pooling"])
def test_channels_last_is_verified_in_that_layout(kind: str) -> None:
    layer = getattr(symconv, kind)((3, 4), (2, 2), stride=(2, 1), depth=2)
    source = symconv.emit(layer, layout="channels_last")
    assert source.layout == "channels_last"
    assert symconv.verify(source, layer)
    assert not symconv.verify(source, layer, layout="channels_first")
    with pytest.raises(symconv.RequestError, match="'last' is not known"):
        symconv.verify(source, layer, layout="last")


def test_verify_passes_what_was_emitted_and_fails_what_was_changed() -> None:
    layer = symconv.convolution()
    source = symconv.emit(layer, schedule="loops")
    assert symconv.verify(source, layer)
    report = symconv.verify("def net_input(a, w, bias=None):\n    return a\n", layer)
    assert not report
    assert not report.to_json()["passed"]


def test_documents_in_every_form(lesson: symconv.LayerDerivation) -> None:
    assert "rot180" in lesson.text() == str(lesson)
    assert lesson.latex().startswith("%") or "\\documentclass" in lesson.latex()
    assert {*lesson.markdown().splitlines()} < {*lesson._repr_markdown_().splitlines()}  # which has the figures besides
    assert lesson.document("json") == symconv.derive(symconv.convolution()).document("json")


def test_documents_in_another_language(lesson: symconv.LayerDerivation) -> None:
    assert "误差项" in lesson.text(language="zh") == lesson.document("text", language="zh")
    assert "ctexart" in lesson.latex(1, language="zh") == lesson.document("latex", language="zh", base=1)
    assert lesson.markdown(language="zh") != lesson.markdown(language="en") == lesson.markdown()
    drawn = symconv.figure("error-term", lesson.layer, language="zh")
    assert "误差项" in drawn.svg()
    assert "乘以" in drawn.tikz()
    with pytest.raises(RequestError, match="the language 'fr' is not offered; choose en or zh"):
        lesson.text(language="fr")


@pytest.mark.tex
def test_a_derivation_as_a_pdf(lesson: symconv.LayerDerivation) -> None:
    assert lesson.pdf().startswith(b"%PDF-")
    assert lesson.pdf(1) != lesson.pdf() == lesson.pdf(language="en")


def test_names_outlive_the_modules_of_the_same_name() -> None:
    for name in ("emit", "verify"):
        module = importlib.import_module(f"symconv.{name}")
        assert inspect.ismodule(module)
        assert inspect.isfunction(getattr(symconv, name))
    assert set(symconv.__all__) <= set(dir(symconv))
    with pytest.raises(AttributeError, match="has no attribute 'nonsense'"):
        _ = symconv.nonsense


@pytest.mark.parametrize("statement", ["import symconv", "import symconv.cli", "from symconv import __version__"])
def test_importing_is_light(statement: str) -> None:
    program = f"{statement}; import sys; print([m for m in ('sympy', 'numpy', 'rich', 'jinja2') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", program], capture_output=True, text=True).stdout == "[]\n"


STRIDED = symconv.convolution((6,), (3,), stride=2, padding=1)


def test_other_forms_of_a_formula() -> None:
    derivation = symconv.derive(STRIDED)
    gradient = derivation.input_gradient
    assert str(gradient.window_form) == "∂E/∂a[x] = Σ_{i=0..2} δ[i]·w[x - 2i + 1]"
    assert gradient.window_form is not None
    assert gradient.window_form.text(base=1) == "∂E/∂a[x] = Σ_{i=1..3} δ[i]·w[x - 2i + 3]"
    assert derivation.weight_gradient is not None
    assert str(derivation.weight_gradient.zero_inserted) == "cross(pad(a, 1, 0), δ↑2)"
    assert gradient.zero_inserted is None
    polyphase = gradient.polyphase
    assert polyphase is not None
    assert polyphase.text(base=1).splitlines()[::2] == [
        "∂E/∂a[2t] = Σ_{m=1..2} δ[t - m + 2]·w[2m - 1]",
        "∂E/∂a[2t - 1] = δ[t]·w[2]",
    ]
    assert polyphase.general.text() == "∂E/∂a[x] = Σ_{x = S·t + ρ - P} Σ_{m=0..⌈K/S⌉-1} δ[t - m]·w[S·m + ρ]"
    assert [(p.cells[0].start, p.cells[0].step, p.cells[0].count) for p in polyphase.own.parts] == [
        (1, 2, 3),
        (0, 2, 3),
    ]
    assert polyphase.latex().count(r"\\") == 3
    assert symconv.derive(symconv.convolution((6,), (3,))).input_gradient.polyphase is None


def test_the_record_has_the_other_forms() -> None:
    record = json.loads(symconv.derive(STRIDED).document("json", base=1))["formulas"]
    assert record["input_gradient"]["window_form"]["text"].endswith("w[x - 2i + 3]")
    assert record["input_gradient"]["polyphase"]["text"].startswith("∂E/∂a[2t] = ")
    assert record["weight_gradient"]["zero_inserted"]["latex"].endswith(r"\delta^{\uparrow 2})")
    assert record["bias_gradient"]["window_form"] is None


def test_a_figure_shows_itself_and_saves_itself(tmp_path: Path) -> None:
    layer = symconv.convolution((3, 3), (2, 2), name="First_layer")
    figure = symconv.figure("error-term", layer, 4, base=1)
    assert repr(figure) == "<Figure error-term of First_layer>"
    assert figure.steps == 9
    assert figure._repr_svg_() == figure.svg()
    assert figure.svg().startswith("<svg ")
    assert "prefers-color-scheme" not in figure.svg()
    assert "\\begin{tikzpicture}" in figure.tikz()
    figure.save(tmp_path / "f.svg")
    assert "prefers-color-scheme" in (tmp_path / "f.svg").read_text()
    assert "First_layer" in (tmp_path / "f.svg").read_text()


def test_figures_that_make_no_sense_are_refused(tmp_path: Path) -> None:
    layer = symconv.convolution((3, 3), (2, 2))
    with pytest.raises(symconv.RequestError, match="figure was given int, not a layer"):
        symconv.figure("forward", 3)  # type: ignore[arg-type]
    with pytest.raises(symconv.RequestError, match="index base 2"):
        symconv.figure("forward", layer, base=2)
    with pytest.raises(symconv.RequestError, match="a size that is a name"):
        symconv.figure("forward", symconv.convolution(("H",), ("K",)))
    with pytest.raises(symconv.RequestError, match=r"does not end in \.svg"):
        symconv.figure("forward", layer).save(tmp_path / "f.jpg")
    assert not list(tmp_path.iterdir())
