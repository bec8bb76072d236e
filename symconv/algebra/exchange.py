"""Differentiation: exchange the output with a factor and leave the relations alone.

For ``E`` any scalar and ``δ = ∂E/∂net``, the sum ``T = Σ δ·net`` is linear in each of δ and the factors, so

    ∂T/∂a[x]  =  Σ over the same points of  δ · (the other factors)

which is the same contraction with ``net`` and ``a`` in each other's place. Doing it twice gives the identical object:
exchange is an involution. Reference: Urban and van der Smagt (2017), Automatic differentiation for tensor algebras.
"""

from __future__ import annotations

from dataclasses import replace

import sympy

from symconv.algebra.axes import Axis, Tensor, primed
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.laws import rename
from symconv.algebra.relations import relation

PARTIAL = "∂E/∂"


def adjoint(symbol: str) -> str:
    """The letter of ``∂E/∂symbol``; the adjoint of an adjoint is the letter itself.

    >>> adjoint("net"), adjoint("δ"), adjoint("a"), adjoint("∂E/∂a")
    ('δ', 'net', '∂E/∂a', 'a')
    """
    if symbol in ("net", "δ"):
        return "δ" if symbol == "net" else "net"
    return symbol.removeprefix(PARTIAL) if symbol.startswith(PARTIAL) else PARTIAL + symbol


def exchange(contraction: Contraction, factor: Operand) -> Contraction:
    """``net = Σ … a …  -->  ∂E/∂a = Σ … δ …``: output and factor change places, the relations stay.

    The factor must read a given tensor, not a definition or a constant. ``∂T/∂a[x]`` of a sum of products, each
    linear in this read of a, collects the products whose read is ``a[x]``: that is the exchanged contraction.
    """
    if not isinstance(factor.tensor, Tensor):
        raise ValueError(f"{factor.symbol} is not a given tensor; exchange before rewriting by laws")
    position = contraction.factors.index(factor)
    factors = list(contraction.factors)
    factors[position] = _adjoint_operand(contraction.output)
    return replace(contraction, output=_adjoint_operand(factor), factors=tuple(factors))


def differentiate(form: Form, symbol: str) -> Form:
    """``∂E/∂symbol`` of ``Σ δ·form``: one exchange for every read of the tensor (product rule), summed.

    The result has the axes of the tensor, whatever the axes that it is read at; a diagonal by itself stays one.
    """
    parts = [
        exchange(term, factor)
        for term in form.terms
        for factor in dict.fromkeys(f for f in term.factors if f.symbol == symbol)
        for _ in range(term.factors.count(factor))
    ]
    if not parts:
        raise KeyError(symbol)
    own = parts[0].output.tensor.axes
    if len(set(own)) < len(own):  # a tensor over one axis twice lends no two names
        own = _untied_output(parts[0]).output.axes
    if len(parts) == 1 and len(set(parts[0].output.axes)) < len(own):
        return Form(tuple(parts))
    return Form(tuple(_with_output_axes(_untied_output(part), own) for part in parts))


def _adjoint_operand(operand: Operand) -> Operand:
    tensor = operand.tensor
    return Operand(Tensor(adjoint(tensor.symbol), tensor.axes), operand.axes)


def _untied_output(part: Contraction) -> Contraction:
    """``T[i,i] = …  -->  T[i,i'] = …`` with the relation ``i = i'``: an output that several terms can share."""
    names = {a.name for a in part.axes}
    axes: list[Axis] = []
    ties = []
    for a in part.output.axes:
        if a in axes:
            own = Axis(sympy.Symbol(primed(a.name, names), integer=True), a.extent)
            names.add(own.name)
            ties.append(relation({a: 1, own: -1}))
            axes.append(own)
        else:
            axes.append(a)
    output = Operand(part.output.tensor, tuple(axes))
    return replace(part, output=output, relations=(*part.relations, *ties)) if ties else part


def _with_output_axes(part: Contraction, wanted: tuple[Axis, ...]) -> Contraction:
    """The part with its output axes renamed; other axes that would be captured are primed."""
    names = {own: target.name for own, target in zip(part.output.axes, wanted, strict=True)}
    taken = {target.name for target in wanted}
    for a in part.axes:
        if a not in names:
            names[a] = primed(a.name, taken)
            taken.add(names[a])
    return rename(part, names)
