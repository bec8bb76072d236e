"""What the formula is held to: the derived one, at numeric sizes as polynomials, at any sizes as relations.

Gradients come from exchange (THEORY §2); nothing here is a formula of its own.
"""

from __future__ import annotations

from functools import lru_cache

from symconv.algebra.contraction import Form
from symconv.algebra.exchange import differentiate
from symconv.algebra.formula import solve
from symconv.derivation.backward import solved_axes
from symconv.derivation.products import PolynomialArray
from symconv.derivation.roads import enumerate_sum
from symconv.layers.geometry import Geometry
from symconv.layers.net_input import net_input

LETTERS = {"da": "a", "delta_prev": "a", "dw": "w", "dbias": "β"}


def derived_form(net: Form, target: str) -> Form:
    """``net`` itself, or its derivative; for ``delta_prev`` that is ∂E/∂a, which f'(net^{l-1}) multiplies still."""
    return net if target == "net" else differentiate(net, LETTERS[target])


def form_polynomials(form: Form, geometry: Geometry, target: str) -> PolynomialArray:
    """A form of numeric sizes written out; under the name of the error term it is multiplied by ``df``."""
    sums = tuple(solve(term, solved_axes(term)) for term in form.terms)
    found = enumerate_sum(sums, geometry)
    if target != "delta_prev":
        return found
    df = ("df", geometry.input_shape)
    return PolynomialArray(target, found.shape, tuple(t.times(df, t.cells, target) for t in found.terms))


@lru_cache(maxsize=256)
def derived_polynomials(geometry: Geometry, target: str) -> PolynomialArray:
    """The derived formula at numeric sizes."""
    return form_polynomials(derived_form(net_input(geometry), target), geometry, target)
