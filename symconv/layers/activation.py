"""Activation functions: one SymPy expression each; what else is known about them is derived.

A name stands for an expression in the same language that users type (``symconv.layers.expression``).
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symconv.layers.expression import parse_expression
from symconv.layers.kinks import X
from symconv.layers.output_form import Y, in_terms_of_output

__all__ = ["NAMED", "Activation", "X", "Y", "activation"]

NAMED = {
    "identity": "x",
    "relu": "max(0, x)",
    "leaky-relu": "max(x/100, x)",
    "sigmoid": "1/(1 + exp(-x))",
    "tanh": "tanh(x)",
    "softplus": "log(1 + exp(x))",
    "elu": "max(0, x) + exp(min(0, x)) - 1",
    "gelu": "x*(1 + erf(x/sqrt(2)))/2",
    "silu": "x/(1 + exp(-x))",
}
"""The activation functions that have a name.

Sources: elu Clevert, Unterthiner, Hochreiter (2016), α = 1; gelu Hendrycks and Gimpel (2016), the exact form; leaky
relu Maas, Hannun, Ng (2013), slope 1/100; silu Elfwing, Uchibe, Doya (2018); softplus Dugas et al. (2001).
"""


@dataclass(frozen=True, slots=True)
class Activation:
    """``a = f(x)``, applied element by element to the net input x.

    ``function`` is an expression in ``X``; kinks are ``Piecewise`` on ``x ≤ cut``.

    >>> activation("sigmoid").derivative_from_output
    a*(1 - a)
    """

    name: str
    function: sympy.Expr

    @property
    def derivative(self) -> sympy.Expr:
        """``f'(x)`` by SymPy. At a kink it is the derivative of the branch on the left, ``x ≤ cut``.

        Hence relu'(0) = 0, leaky-relu'(0) = 1/100, elu'(0) = 1, |x|' at 0 is -1.
        """
        return sympy.diff(self.function, X)

    @property
    def derivative_from_output(self) -> sympy.Expr | None:
        """``g(a)`` in the output symbol ``Y`` with ``f'(x) = g(f(x))`` exactly; None where no g is found."""
        return in_terms_of_output(self.function)

    @property
    def is_identity(self) -> bool:
        """Whether ``f(x) = x``."""
        return bool(self.function == X)


def activation(text: str) -> Activation:
    """The activation function of that name, or the one that an expression in x denotes.

    Raises ``RequestError`` for a text that is neither.

    >>> activation("relu").function
    Piecewise((0, x <= 0), (x, True))
    >>> activation("x**3/3").derivative
    x**2
    """
    name = text.strip()
    return Activation(name, parse_expression(NAMED.get(name, name)))
