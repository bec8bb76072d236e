"""Toeplitz blocks: a few neighbouring positions as one product with what they read, the filter laid out as a band.

For ``u = s·i + d·p``, i a position and p a tap, *split* the positions into blocks, ``i = m·μ + ε``, and name what is
read within a block, ``ξ = s·ε + d·p`` (*subtotal*); what is left is ``u = s·m·μ + ξ``. The relation of ξ then depends
on the filter alone, or, where the result has the taps, on the result alone, and the rest is an array of its own
(*group*):

    T[ξ, ε] = Σ_p [ξ = s·ε + d·p]·w[p]              net[m·μ + ε] = Σ_ξ a[s·m·μ + ξ]·T[ξ, ε]
    M[ξ, ε] = Σ_μ a[s·m·μ + ξ]·δ[m·μ + ε]           dw[p] = Σ_ε M[s·ε + d·p, ε]

T is a Toeplitz matrix: every column is the one before, s cells further down. Which direction of the layer it is makes
no difference; the axis with the taps decides what is a block.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from symconv.algebra.axes import Axis
from symconv.algebra.bilinear import subtotal
from symconv.algebra.laws import group, split
from symconv.algebra.relations import Relation, relation
from symconv.derivation.backward import Derivation, last_form
from symconv.derivation.correlation import array_and_filter, core, correlations, with_core
from symconv.derivation.step import Step

_BLOCK, _OUTPUT, _INPUT = "μ", "ε", "ξ"


@dataclass(frozen=True, slots=True)
class Toeplitz:
    """The steps from the correlation form on, and the axes of the last dimension by what they number.

    ``position``, ``own`` and ``tap`` are those of the relation ``u = s·i + d·p``; block, output and input are new.
    """

    steps: tuple[Step, ...]
    position: Axis
    own: Axis
    tap: Axis
    block: Axis
    output: Axis
    input: Axis
    read: Relation
    """``u = s·m·μ + ξ``: the cells of a block."""
    band: Relation
    """``ξ = s·ε + d·p``: the entries of the matrix that are not 0."""


def toeplitz(derivation: Derivation, taps: Collection[Axis], size: int) -> Toeplitz:
    """The laws applied to the last dimension of the correlation form, in blocks of so many positions.

    ``taps`` are the axes of the filter's cells. ValueError where there is no correlation form with another factor.
    """
    whole = last_form(derivation)
    form, turned = core(whole)
    array, filter_ = array_and_filter(form)
    d = correlations(form)[-1]
    own, tap = (d.output, d.tap) if d.tap in taps else (d.tap, d.output)
    tie = relation({d.position: 1, d.output: -d.stride, d.tap: -d.dilation})
    forms = [form, split(form, own, size, _BLOCK, _OUTPUT)]
    block, output = forms[-1].axis(_BLOCK), forms[-1].axis(_OUTPUT)
    tie = tie.substitute(own, {block: size, output: 1})
    forms.append(subtotal(forms[-1], tie, (output, tap), _INPUT))
    xi = forms[-1].axis(_INPUT)
    read, band = (next(r for r in forms[-1].relations if {xi, a} <= set(r.axes)) for a in (d.position, output))
    of_filter = tap not in form.output.axes
    inside = (band,) if of_filter else tuple(r for r in forms[-1].relations if r != band)
    made = (filter_,) if of_filter else (array, filter_)
    forms.append(group(forms[-1], "T" if of_filter else "M", made, inside))
    values = [with_core(whole, value) if turned else value for value in forms]
    laws = ("split", "subtotal", "group")
    steps = tuple(Step(law, before, after) for law, before, after in zip(laws, values, values[1:], strict=False))
    return Toeplitz(steps, d.position, own, tap, block, output, xi, read, band)
