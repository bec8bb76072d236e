"""Formulas in LaTeX: what is written, how wide it is, and that δ is the error term only."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
import sympy

from symconv.derivation.derive import derive_layer
from symconv.layers.layer import layer
from symconv.render.expression_latex import print_expression
from symconv.render.formula_latex import latex, latex_lines
from symconv.render.latex_width import latex_width
from symconv.render.write_formula import write_form, write_goal, write_sums
from symconv.render.written import Equation, Indexed, Letter, Number, Product, Signed, Sum, Written
from tests.cases import GEOMETRIES

x, i, j = sympy.symbols("x i j", integer=True)


def _cell(name: str, *index: int) -> Written:
    return Indexed(Letter(name), tuple(map(Number, index)), joined=len(index) == 2)


@pytest.mark.parametrize(
    ("formula", "written"),
    [
        (_cell("δ", 1, 2), r"\delta_{12}"),
        (_cell("∂E/∂a", 1, 2, 11), r"\frac{\partial E}{\partial a_{1,2,11}}"),
        (_cell("δ^{l-1}", 1, 2), r"\delta^{l-1}_{12}"),
        (_cell("f'(net^{l-1})", 1, 2), r"f'(\mathrm{net}^{l-1}_{12})"),
        (Product((_cell("a", 1, 1), _cell("w", 1, 2))), r"a_{11}\, w_{12}"),
        (Letter("K2"), "K_{2}"),
        (Letter("β"), r"\beta"),
    ],
)
def test_cells_and_letters(formula: Written, written: str) -> None:
    assert latex(formula) == written


def test_general_formulas_of_a_strided_layer() -> None:
    derived = derive_layer(layer(GEOMETRIES["stride"])).general
    goal = write_goal(derived.error_term)
    assert goal is not None
    assert latex(goal) == (
        r"\delta^{l-1} = \operatorname{cross}(\operatorname{pad}(\delta^{\uparrow S},\; K - 1,\; K - 1 + r),\; "
        r"\operatorname{rot180}(w)) \circ f'(\mathrm{net}^{l-1})"
    )
    assert latex(write_sums(derived.input_gradient.solved, 0)) == (
        r"\frac{\partial E}{\partial a_{x,y}} = \sum_{p=0}^{K-1} \;\sum_{q=0}^{K-1} "
        r"\delta\bigl[\tfrac{x - p}{S},\, \tfrac{y - q}{S}\bigr] \cdot w_{p,q}"
    )


@pytest.mark.parametrize(
    ("expression", "written"),
    [
        (sympy.KroneckerDelta(i, j), r"[\,i = j\,]"),
        (sympy.Heaviside(x), r"[\,x > 0\,]"),
        (sympy.Piecewise((0, x <= 0), (x, True)), r"\begin{cases} 0 & x \leq 0 \\ x & x > 0 \end{cases}"),
        (sympy.erf(x), r"\operatorname{erf}\left(x\right)"),
    ],
)
def test_symbols_mean_one_thing(expression: sympy.Expr, written: str) -> None:
    assert print_expression(expression) == written


def test_long_sums_are_cut_between_terms() -> None:
    terms = tuple(Signed(False, _cell("w", 1, k)) for k in range(1, 10))
    lines = latex_lines(Equation(Letter("net"), Sum(terms)), 150)
    assert len(lines) > 1
    assert all(latex_width(line) <= 150 for line in lines)
    assert lines[0].startswith(r"\mathrm{net} &= w_{11}")
    assert all(line.startswith(r"&\quad + ") for line in lines[1:])


def _formulas() -> list[str]:
    found: dict[str, None] = {}
    for geometry in GEOMETRIES.values():
        for derivation in derive_layer(layer(geometry)).general.goals:
            goal = write_goal(derivation, 1)
            written = [write_form(derivation.form, 1), write_sums(derivation.solved, 0), *([goal] if goal else [])]
            found |= dict.fromkeys(map(latex, written))
    return list(found)


@pytest.mark.tex
def test_estimated_widths_are_not_below_what_tex_measures(tmp_path: Path) -> None:
    formulas = _formulas()
    boxes = "\n".join(rf"\settowidth\W{{$\displaystyle {f}$}}\typeout{{WIDTH \the\W}}" for f in formulas)
    document = (
        rf"\documentclass[11pt]{{article}}\usepackage{{amsmath}}\newlength\W\begin{{document}}{boxes}\end{{document}}"
    )
    (tmp_path / "widths.tex").write_text(document)
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "widths.tex"]
    output = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace").stdout
    measured = [float(w) for w in re.findall(r"WIDTH ([\d.]+)pt", output)]
    assert len(measured) == len(formulas)
    ratios = [latex_width(f) / w for f, w in zip(formulas, measured, strict=True)]
    assert 0.97 < min(ratios)
    assert max(ratios) < 1.3
