"""The general road: exchange, then laws, down to the closed formula in indices and in operators.

One function derives every direction of every layer; which direction it is, is only the letter it exchanges by.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from symconv.algebra.axes import Axis, Tensor
from symconv.algebra.contraction import Contraction, Form, Operand, collected
from symconv.algebra.exchange import PARTIAL, differentiate
from symconv.algebra.formula import IndexedSum, solve
from symconv.algebra.relations import Relation
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
    def is_single(self) -> bool:
        """Whether the result is one sum; a bias beside it does not count."""
        return all(f.symbol == "β" for term in self.form.terms[1:] for f in term.factors)

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
    return _rewrite(PARTIAL + letter, collected(gradient), exchanges)


def _rewrite(goal: str, form: Form, steps: tuple[Step, ...]) -> Derivation:
    """Solve every term, and bring it to its operator form; the textbook form is that of the first."""
    parts = [_rewritten(term) for term in form.terms]
    sums = tuple(part.solved for part in parts)
    names = [part.operator for part in parts]
    if is_of_matrices(names[0]):
        names[1:] = [Name(r.symbol) if isinstance(r, Name) else r for r in names[1:]]
    whole = [name for name in names if name is not None]
    named = None if len(whole) < len(names) else whole[0] if len(whole) == 1 else Total(tuple(whole))
    taken = tuple(step for part in parts for step in part.steps)
    return Derivation(goal, form, steps + taken, sums, parts[0].textbook, named)


@dataclass(frozen=True, slots=True)
class _Rewritten:
    """One term, solved, with the laws towards its operator form."""

    steps: tuple[Step, ...]
    solved: IndexedSum
    textbook: IndexedSum | None
    operator: Operator | None


def _rewritten(term: Contraction) -> _Rewritten:
    solved = solve(term, solved_axes(term))
    steps = (Step("solve", term, solved),) if term.relations else ()
    grouped = group_constants(term)
    chain = correlate(grouped)
    if not chain:
        return _Rewritten(steps, solved, None, None if term.relations else operator(term))
    if grouped != term:
        chain = (Step("group", term, grouped), *chain)
    last = chain[-1].after
    assert isinstance(last, Contraction)
    inner, _ = core(last)
    textbook = solve(inner, solved_axes(inner))
    return _Rewritten((*steps, *(s for s in chain if s.law != "correlate")), solved, textbook, operator(last))


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
    """One summed axis for each relation that has one: the array's, so that taps are what the sum runs over.

    Else an axis that its relation gives without a division, the position of a read rather than a bare index. A
    relation of which all axes are the output's, or taken, is left as a condition.
    """
    array = array_operand(term)
    chosen: list[Axis] = []
    pending = list(term.relations)
    while pending:
        r = pending.pop(0)
        summed = [a for a in r.axes if a in term.summed]
        if not summed:
            continue
        own = min(summed, key=lambda a: _reluctance(term, r, a, array))
        chosen.append(own)
        pending = [other.eliminate(own, r) for other in pending]
    return tuple(chosen)


def _reluctance(term: Contraction, r: Relation, own: Axis, array: Operand | None) -> tuple[bool | int, ...]:
    """Least for the axis to be solved for: taps are the last choice, then what nothing reads, then a division."""
    is_shared = sum(own in s.axes for s in term.relations) > 1
    is_of_weights = any(own in f.axes for f in term.factors if f.symbol == "w")
    reads = sum(own in f.axes for f in term.factors)
    in_array = array is not None and own in array.axes
    return not in_array, is_of_weights, reads == 0, r.coefficient(own) not in (1, -1), is_shared, reads
