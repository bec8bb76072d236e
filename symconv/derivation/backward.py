"""The general road: exchange, then laws, down to the closed formula in indices and in operators.

One function derives every direction of every layer; which direction it is, is only the letter it exchanges by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symconv.algebra.axes import Axis, Tensor
from symconv.algebra.contraction import Contraction, Form, Operand
from symconv.algebra.exchange import PARTIAL, differentiate
from symconv.algebra.formula import IndexedSum, solve
from symconv.derivation.correlation import array_operand, core, correlate, group_constants
from symconv.derivation.operator import Elementwise, Name, Operator, Total, is_of_matrices, operator
from symconv.derivation.step import SLOPE, Step

ERROR_TERM = "δ^{l-1}"


@dataclass(frozen=True, slots=True)
class Derivation:
    """One goal and the steps that reach it.

    ``form`` is the result as relations, ``solved`` as indexed sums (one for each term), ``textbook`` the indexed sum
    after the laws, with plain subscripts in padded and zero-inserted arrays, and ``operator`` its name; the last two
    are None where no such form is true.
    """

    goal: str
    form: Form
    steps: tuple[Step, ...]
    solved: tuple[IndexedSum, ...]
    textbook: IndexedSum | None
    operator: Operator | None

    @property
    def target(self) -> Name:
        """The left-hand side of the operator form: the result with its channels, bare where matrices are multiplied."""
        main = self.form.terms[0]
        positions = {a for r in main.relations for a in r.axes}
        channels = () if is_of_matrices(self.operator) else main.output.axes
        return Name(main.output.symbol, tuple(a for a in channels if a not in positions and a.extent != 1))


@dataclass(frozen=True, slots=True)
class Backward:
    """The forward formula and everything derived from it; parts that the layer does not have are None."""

    net_input: Derivation
    input_gradient: Derivation
    error_term: Derivation
    weight_gradient: Derivation | None
    bias_gradient: Derivation | None

    @property
    def goals(self) -> tuple[Derivation, ...]:
        """Every derivation, in the order of the lesson."""
        parts = (self.net_input, self.input_gradient, self.error_term, self.weight_gradient, self.bias_gradient)
        return tuple(part for part in parts if part is not None)


def backward(net_input: Form) -> Backward:
    """Derive all that the net input has: ∂E/∂a, the error term of the layer before, ∂E/∂w and ∂E/∂β."""
    letters = {f.symbol for term in net_input.terms for f in term.factors}
    input_gradient = _derive(net_input, "a")
    return Backward(
        net_input=_rewrite("net", net_input, ()),
        input_gradient=input_gradient,
        error_term=_error_term(input_gradient),
        weight_gradient=_derive(net_input, "w") if "w" in letters else None,
        bias_gradient=_derive(net_input, "β") if "β" in letters else None,
    )


def _derive(net_input: Form, letter: str) -> Derivation:
    gradient = differentiate(net_input, letter)
    sources = [term for term in net_input.terms for f in term.factors if f.symbol == letter]
    exchanges = tuple(Step("exchange", s, t) for s, t in zip(sources, gradient.terms, strict=True))
    return _rewrite(PARTIAL + letter, gradient, exchanges)


def _rewrite(goal: str, form: Form, steps: tuple[Step, ...]) -> Derivation:
    """Solve every term; bring the one term with relations (or the only one) to its operator form."""
    sums = tuple(solve(term, solved_axes(term)) for term in form.terms)
    main = form.terms[0]
    if main.relations:
        steps += (Step("solve", main, sums[0]),)
    grouped = group_constants(main)
    chain = correlate(grouped)
    if chain and grouped != main:
        chain = (Step("group", main, grouped), *chain)
    last = chain[-1].after if chain else None
    textbook = None
    named: Operator | None = None
    if isinstance(last, Contraction):
        inner, _ = core(last)
        textbook = solve(inner, solved_axes(inner))
        named = operator(last)
    elif not main.relations:
        named = operator(main)
    rest = [operator(term) for term in form.terms[1:]]
    if is_of_matrices(named):
        rest = [Name(r.symbol) if isinstance(r, Name) else r for r in rest]
    if named is not None and rest:
        named = Total((named, *(r for r in rest if r is not None))) if None not in rest else None
    return Derivation(goal, form, steps + tuple(s for s in chain if s.law != "correlate"), sums, textbook, named)


def last_form(derivation: Derivation) -> Contraction:
    """The last step's relation form: the correlation form, where the laws reached one."""
    forms = [s.after for s in derivation.steps if isinstance(s.after, Contraction)]
    return forms[-1] if forms else derivation.form.terms[0]


def _error_term(gradient: Derivation) -> Derivation:
    """``δ^{l-1} = ∂E/∂a ∘ f'(net^{l-1})``, f the activation of layer l-1: the chain rule through ``a = f(net)``."""
    terms = tuple(_times_slope(term) for term in gradient.form.terms)
    steps = tuple(Step("slope", before, after) for before, after in zip(gradient.form.terms, terms, strict=True))
    sums = tuple(solve(term, solved_axes(term)) for term in terms)
    named = gradient.operator and Elementwise(gradient.operator, replace(gradient.target, symbol=SLOPE))
    return Derivation(ERROR_TERM, Form(terms), steps, sums, None, named)


def _times_slope(term: Contraction) -> Contraction:
    axes = term.output.axes
    slope = Operand(Tensor(SLOPE, axes), axes)
    return replace(term, output=Operand(Tensor(ERROR_TERM, axes), axes), factors=(*term.factors, slope))


def solved_axes(term: Contraction) -> tuple[Axis, ...]:
    """One summed axis for each relation: the array's, so that taps are what the sum runs over."""
    array = array_operand(term)
    chosen = []
    for r in term.relations:
        summed = [a for a in r.axes if a in term.summed]
        preferred = [a for a in summed if array is not None and a in array.axes]
        chosen.append((preferred or summed)[0])
    return tuple(chosen)
