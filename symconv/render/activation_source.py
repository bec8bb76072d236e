"""NumPy source of an activation function and of its derivative, for the emitted module.

The text follows from two decisions on the expression, whatever its name:

- *Exact*: polynomials with rational coefficients, on branches of x or not, are evaluated in the arithmetic of the
  array itself: integers, fractions and symbols stay what they are (``x/100`` and not ``0.01·x``).
- *Floating*: everything else is first rewritten by the laws of ``symconv.render.stable_forms``. float32 and float64
  are kept; other numbers become float64. What needs erf or e^{-x²} is computed in float64 and rounded once.

f' is never computed from the output a: ``a(1 - a)`` loses its digits where a rounds to 1.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Callable

import sympy

from symconv.layers.activation import Activation
from symconv.layers.kinks import X
from symconv.render import erf
from symconv.render.chebyshev import POLYNOMIAL_SOURCE, table
from symconv.render.line_fit import fitted
from symconv.render.numpy_expression import formula, numpy_expression, with_floats
from symconv.render.stable_forms import stable
from symconv.render.tail_forms import WIDE, polynomial

_ONE = sympy.Symbol("one")
_WIDTH = 100

_FLOATING = '''
def _floating(net):
    """net as an array of floats: float64 unless it is one already."""
    net = np.asarray(net)
    return net if net.dtype.kind == "f" else net.astype(np.float64)
'''
_SIGMOID = '''
def _sigmoid(x):
    """σ(x) = 1/(1 + e⁻ˣ), in powers of e^(-|x|), which cannot overflow."""
    e = np.exp(-np.abs(x))
    return np.where(x < 0, e, 1) / (1 + e)
'''
_SCALED_SIGMOID = '''
def _scaled_sigmoid(factor, x):
    """factor · σ(x), where σ(x) = e^min(x,0)/(1 + e^(-|x|)).

    The factor comes in before the exponential underflows.
    """
    half = np.exp(np.minimum(x, 0) / 2)
    return factor * half / (1 + np.exp(-np.abs(x))) * half
'''
_SIGMOID_SLOPE = '''
def _sigmoid_slope(x):
    """σ'(x) = σ(x)·σ(-x) = e/(1 + e)², e = e^(-|x|): symmetric, all digits in both tails."""
    e = np.exp(-np.abs(x))
    return e / (1 + e) ** 2
'''
_SOFTPLUS = '''
def _softplus(x):
    """log(1 + eˣ) = max(x, 0) + log(1 + e^(-|x|))."""
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))
'''
_SECH = '''
def _sech(x):
    """1/cosh(x) = 2e/(1 + e²) with e = e^(-|x|)."""
    e = np.exp(-np.abs(x))
    return 2 * e / (1 + e * e)
'''
_HELPERS = {
    "_floating": _FLOATING,
    "_sigmoid": _SIGMOID,
    "_scaled_sigmoid": _SCALED_SIGMOID,
    "_sigmoid_slope": _SIGMOID_SLOPE,
    "_softplus": _SOFTPLUS,
    "_sech": _SECH,
    "_erf": erf.ERF_SOURCE,
    "_scaled_erfc": erf.ERFC_SOURCE,
    "_polynomial": POLYNOMIAL_SOURCE,
    "_scaled_gaussian": erf.GAUSSIAN_SOURCE,
}
"""Private functions of the emitted module in the order in which they are printed; each calls only later ones."""


def activation_functions(activation: Activation) -> str:
    """Source text of ``activation(net)`` and ``activation_derivative(net)`` with the private functions they call.

    Both take an array of any shape and return a new one of that shape. The text needs ``import numpy as np``. Where the
    function itself leaves the floating-point range (``exp(x)`` at 1e4) NumPy warns, as it should.
    """
    tables: list[str] = []
    functions = [
        _function("activation", "f(x)", activation.function, tables),
        _function("activation_derivative", "f'(x)", activation.derivative, tables),
    ]
    helpers: list[str] = []
    for name, text in _HELPERS.items():
        if any(re.search(rf"\b{name}\(", caller) for caller in (*functions, *helpers)):
            helpers.append(text)
    tables += [erf.coefficient_source()] if erf.ERFC_SOURCE in helpers else []
    return "\n\n".join(text.strip("\n") + "\n" for text in (*tables, *functions, *helpers))


def _function(name: str, symbol: str, expression: sympy.Expr, tables: list[str]) -> str:
    """One function: its formula, the argument as floats or as it is, common subexpressions, the result.

    Coefficients of polynomials go to ``tables``, one assignment each.
    """
    exact = _is_exact(expression)
    form = _on_branches(expression, sympy.together) if exact else _with_tables(stable(expression), symbol, tables)
    form = _as_array(with_floats(form), exact)
    calls = {f.func.__name__ for f in form.atoms(sympy.core.function.AppliedUndef)}
    is_wide = bool(calls & WIDE)
    if is_wide:
        lines = ["net = _floating(net)", "x = net.astype(np.float64)"]
    else:
        lines = ["x = np.asarray(net)" if exact else "x = _floating(net)"]
    if form.has(_ONE):
        lines.append("one = x**0  # integers, floats or fractions, as x is")
    if not exact and form.has(X):
        named, (form,) = sympy.cse([form], symbols=sympy.numbered_symbols("t", start=1))
        lines += [_assigned(f"{part} = ", numpy_expression(value)) for part, value in named]
    if is_wide:
        lines += [_assigned("result = ", numpy_expression(form)), "return result.astype(net.dtype)"]
    else:
        lines.append(_assigned("return ", "x.copy()" if form == X else numpy_expression(form)))
    docstring = textwrap.wrap(f'"""{symbol} = {formula(expression)}."""', _WIDTH, break_long_words=False)
    return f"def {name}(net):\n" + textwrap.indent("\n".join([*docstring, *lines]) + "\n", "    ")


def _with_tables(form: sympy.Expr, symbol: str, tables: list[str]) -> sympy.Expr:
    """``form`` with a name for each table of coefficients."""
    for found in sorted({f.args[0] for f in form.atoms(polynomial)}, key=sympy.default_sort_key):
        name = f"_NEAR_ZERO_{len(tables) + 1}"
        power = "8x² - 1" if form.has(sympy.Abs) else "2x"
        comment = f"# {symbol} for |x| ≤ 1/2, its zero taken out, in powers of {power}"
        tables.append(f"{comment}\n{table(name, tuple(map(float, found)))}")
        form = form.xreplace({found: sympy.Symbol(name)})
    return form


def _assigned(start: str, text: str) -> str:
    """A statement, on several lines when one would be too long for its place in a function."""
    return "\n".join(fitted(start + text, _WIDTH - 4))


def _is_exact(expression: sympy.Expr) -> bool:
    """Whether every branch is a polynomial with rational coefficients, and so are the cuts between them."""
    if isinstance(expression, sympy.Piecewise):
        return all(_is_exact(e) and (c == True or _is_exact(c.lhs - c.rhs)) for e, c in expression.args)  # noqa: E712
    return bool(expression.is_polynomial(X)) and all(c.is_Rational for c in sympy.Poly(expression, X).coeffs())


def _as_array(form: sympy.Expr, exact: bool) -> sympy.Expr:
    """Constants as multiples of an array of ones, where nothing else gives the result its shape and its arithmetic."""
    values = [e for e, _ in form.args] if isinstance(form, sympy.Piecewise) else [form]
    has_array = any(e.has(X) for e in values)
    if all(e == 0 for e in values):
        return sympy.Mul(0, _ONE, evaluate=False)

    def constant(e: sympy.Expr) -> sympy.Expr:
        is_plain = e == 0 or (has_array and (e.is_Integer or not exact))
        return e if e.has(X) or is_plain else e * _ONE

    return _on_branches(form, constant)


def _on_branches(expression: sympy.Expr, law: Callable[[sympy.Expr], sympy.Expr]) -> sympy.Expr:
    if isinstance(expression, sympy.Piecewise):
        return sympy.Piecewise(*((law(e), c) for e, c in expression.args), evaluate=False)
    return law(expression)
