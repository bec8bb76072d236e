"""Differentiation: exchange the output with a factor and leave the relations alone.

For ``E`` any scalar and ``δ = ∂E/∂net``, the sum ``T = Σ δ·net`` is linear in each of δ and the factors, so

    ∂T/∂a[x]  =  Σ over the same points of  δ · (the other factors)

which is the same contraction with ``net`` and ``a`` in each other's place. Doing it twice gives the identical object:
exchange is an involution. Reference: Urban and van der Smagt (2017), Automatic differentiation for tensor algebras.
"""

from __future__ import annotations

from dataclasses import replace

from symconv.algebra.axes import Tensor
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.laws import rename

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
    """``∂E/∂symbol`` of ``Σ δ·form``: one exchange for every read of the tensor (product rule), summed."""
    parts = [
        exchange(term, factor)
        for term in form.terms
        for factor in dict.fromkeys(f for f in term.factors if f.symbol == symbol)
        for _ in range(term.factors.count(factor))
    ]
    if not parts:
        raise KeyError(symbol)
    return Form(tuple(_with_output_of(parts[0], part) for part in parts))


def _adjoint_operand(operand: Operand) -> Operand:
    tensor = operand.tensor
    return Operand(Tensor(adjoint(tensor.symbol), tensor.axes), operand.axes)


def _with_output_of(first: Contraction, part: Contraction) -> Contraction:
    """The part with its output axes named as in the first; axes of the part that would be captured are primed."""
    wanted = first.output.axes
    if part.output.axes == wanted:
        return part
    taken = {a.name for a in wanted}
    renaming = {}
    for a in part.axes:
        if a in part.output.axes:
            continue
        name = a.name
        while name in taken:
            name += "'"
        taken.add(name)
        renaming[a] = name
    primed = rename(part, renaming)
    return rename(primed, {own: target.name for own, target in zip(primed.output.axes, wanted, strict=True)})
