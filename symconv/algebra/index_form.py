"""A formula in index notation, read for a layer: additive terms, each a coefficient and reads at affine subscripts.

    target[…] = Σ over terms of coefficient · ∏ tensor[(Σ coefficient·index + offset)]

Products are multiplied out. An index that `sum` binds gets a name of its own, so that it is summed in its scope and
nowhere else; one that the target has in an affine subscript (scatter) stays what it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from symconv.algebra.axes import Size
from symconv.algebra.linear import Linear, added, multiplied
from symconv.algebra.notation import refusal, short
from symconv.algebra.notation_tree import Amounts, Call, Expression, Name, Number, Product, Statement, Subscripted, Sum
from symconv.algebra.setting import FUNCTIONS, TARGETS, TENSORS, Setting, Value, whole

LIMIT_TERMS = 256
"""The largest number of additive terms once products are multiplied out."""


@dataclass(frozen=True, slots=True)
class IndexRead:
    """A tensor at subscripts; ``extents`` are those of the axes that are written."""

    tensor: str
    subscripts: tuple[Linear, ...]
    extents: tuple[Size, ...]
    at: int


@dataclass(frozen=True, slots=True)
class Term:
    """One additive term; ``ranges`` holds the indices whose extent `sum` gives."""

    coefficient: Value
    reads: tuple[IndexRead, ...] = ()
    ranges: Mapping[str, Size] = field(default_factory=dict)

    @property
    def indices(self) -> tuple[str, ...]:
        """Every index of the term, in order of appearance."""
        found = [name for read in self.reads for s in read.subscripts for name in s.coefficients]
        return tuple(dict.fromkeys((*found, *self.ranges)))

    def bare_extents(self, name: str) -> list[Size]:
        """The extents of the axes on which an index stands alone."""
        return [e for read in self.reads for s, e in zip(read.subscripts, read.extents, strict=True) if s.bare == name]


@dataclass(frozen=True, slots=True)
class IndexForm:
    """The formula: where it writes, and what it adds there."""

    target: IndexRead
    terms: tuple[Term, ...]


def is_operator_form(statement: Statement) -> bool:
    """Whether the formula is one in operators: an operator occurs, or nothing has subscripts."""
    from symconv.algebra.notation_tree import nodes

    found = list(nodes(statement.right))
    if any(isinstance(n, Call) and n.function in FUNCTIONS and n.function != "sum" for n in found):
        return True
    return isinstance(statement.target, Name) and not any(isinstance(n, Subscripted) for n in found)


def read_index_form(statement: Statement, setting: Setting) -> IndexForm:
    """The terms of a formula in index notation; RequestError where a name, a rank or a subscript makes no sense."""
    node = statement.target
    check_target(node.name, node.at)
    subscripts = node.subscripts if isinstance(node, Subscripted) else ()
    reader = _Reader(setting)
    target = reader.read(node.name, subscripts, node.at, {})
    reader.of_target = {name: s.bare == name for s in target.subscripts for name in s.coefficients}
    return IndexForm(target, reader.terms(statement.right, {}))


def check_target(name: str, at: int) -> None:
    """Refuse a left-hand side that is no target."""
    if name not in TARGETS:
        raise refusal(at, f"{short(name)} is not a target", f"targets are {', '.join(TARGETS)}")


def constant(node: Expression, setting: Setting, at: int | None = None) -> Value:
    """The value of an expression in numbers and sizes; ``at`` is where a refusal points, by default where it stands."""
    linear = _Reader(setting).linear(node, {})
    if linear.coefficients:
        name = next(iter(linear.coefficients))
        what = f"the index {short(name)} stands where numbers and sizes are expected"
        raise refusal(at or node.at, what, "give a size")
    return linear.offset


class _Reader:
    """Reads expressions; ``scope`` maps an index as written to the name it has here."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.of_target: dict[str, bool] = {}
        self._fresh = 0

    def terms(self, node: Expression, scope: Mapping[str, str]) -> tuple[Term, ...]:
        match node:
            case Number(value=number):
                return (Term(number),)
            case Name(name=name, at=at):
                if name[0].isupper():
                    return (Term(self.setting.size(name, at)),)
                if name in TENSORS:
                    return (Term(Fraction(1), (self.read(name, (), at, scope),)),)
                raise refusal(at, f"{short(name)} stands outside brackets", "an index is written in a subscript only")
            case Subscripted(name=name, subscripts=subscripts, at=at):
                if name not in TENSORS:
                    known = ", ".join(TENSORS)
                    raise refusal(at, f"{short(name)} is not a tensor that a formula can read", f"tensors are {known}")
                return (Term(Fraction(1), (self.read(name, subscripts, at, scope),)),)
            case Sum(terms=parts, at=at):
                found = [
                    replace(t, coefficient=sign * t.coefficient) for sign, e in parts for t in self.terms(e, scope)
                ]
                return self._bounded(found, at)
            case Product():
                return self._product(node, scope)
            case Call():
                return self._sum(node, scope)

    def _product(self, node: Product, scope: Mapping[str, str]) -> tuple[Term, ...]:
        product: tuple[Term, ...] = (Term(Fraction(1)),)
        for divides, factor in node.factors:
            if divides:
                if isinstance(factor, Subscripted) or (isinstance(factor, Name) and factor.name in TENSORS):
                    raise refusal(
                        factor.at, f"the formula divides by {factor.name}", "divide by numbers and sizes only"
                    )
                divisor = self.linear(factor, scope)
                if divisor.coefficients or divisor.offset == 0:
                    raise refusal(factor.at, "the divisor is zero or no number", "divide by a number or a size")
                product = tuple(replace(t, coefficient=t.coefficient / divisor.offset) for t in product)
                continue
            others = self.terms(factor, scope)
            if len(product) * len(others) > LIMIT_TERMS:
                raise refusal(node.at, f"the product has more than {LIMIT_TERMS} terms", "give a shorter formula")
            product = tuple(
                Term(t.coefficient * o.coefficient, (*t.reads, *o.reads), {**t.ranges, **o.ranges})
                for t in product
                for o in others
            )
        return product

    def _bounded(self, terms: list[Term], at: int) -> tuple[Term, ...]:
        if len(terms) > LIMIT_TERMS:
            raise refusal(at, f"the sum has more than {LIMIT_TERMS} terms", "give a shorter formula")
        return tuple(terms)

    def _sum(self, node: Call, scope: Mapping[str, str]) -> tuple[Term, ...]:
        """``sum(e, i, j=N)``: i and j are bound in e, with one range in all its terms."""
        if node.function != "sum":
            what = "an operator" if node.function in FUNCTIONS else "not a function"
            raise refusal(
                node.at,
                f"{short(node.function)} is {what}",
                "in index notation the one function is sum(expression, i, j=2)",
            )
        if not node.arguments:
            raise refusal(node.at, "sum has nothing to sum", "write sum(expression, i, j=2)")
        own: dict[str, str] = {}
        given: dict[str, Size] = {}
        for argument in node.arguments[1:]:
            own[self._bind(_single(argument), own)] = ""
        for name, amount in node.keywords:
            bound = self._bind(Name(name, amount.at), own)
            own[bound] = ""
            extent = whole(self._count(name, amount))
            if (not isinstance(extent, int) and self.setting.is_numeric) or (isinstance(extent, int) and extent < 0):
                raise refusal(
                    amount.at, f"the range {name} = {extent} is no whole number", "give how many values it has"
                )
            given[bound] = extent
        for name in own:
            self._fresh += 1
            own[name] = name if name in self.of_target else f"{name}@{self._fresh}"
        inner = self.terms(_single(node.arguments[0]), {**scope, **own})
        for name, fresh in own.items():
            inner = tuple(self._ranged(t, fresh, given.get(name), inner, node.at) for t in inner)
        return inner

    def _count(self, name: str, amount: Amounts) -> Value:
        """How many values an index has: ``p=3``, or ``p=0:2`` (Σ_{p=0..2}), which begins where indices do."""
        [(first, last), *_] = amount.pairs
        if last is None:
            return constant(_single(amount), self.setting, amount.at)
        low, base = constant(first, self.setting), self.setting.base
        if low != base:
            what = f"the sum over {short(name)} begins at {low}, and indices are counted from {base}"
            raise refusal(amount.at, what, f"begin at {base}, or read the formula with indices from {1 - base}")
        return constant(last, self.setting) - low + 1

    def _bind(self, node: Expression, own: Mapping[str, str]) -> str:
        if not isinstance(node, Name) or node.name[0].isupper() or node.name in (*TENSORS, *TARGETS, *FUNCTIONS):
            raise refusal(node.at, "sum binds indices", "write sum(expression, i, j=2)")
        if node.name in own:
            raise refusal(node.at, f"{node.name} is bound twice", "bind it once")
        if self.of_target.get(node.name):
            raise refusal(node.at, f"{node.name} is an index of the target and summed over too", "rename one of them")
        return node.name

    def _ranged(self, term: Term, name: str, given: Size | None, scope: tuple[Term, ...], at: int) -> Term:
        """The term with the range of a bound index: given, or that of the axes it stands on anywhere in the scope."""
        if given is not None:
            return replace(term, ranges={**term.ranges, name: given})
        if term.bare_extents(name):
            return term
        extents = [e for t in scope for e in t.bare_extents(name)]
        if extents:
            numbers = [e for e in extents if isinstance(e, int)]
            return replace(term, ranges={**term.ranges, name: min(numbers) if numbers else extents[0]})
        if name in term.indices:
            return term
        written = name.partition("@")[0]
        raise refusal(
            at, f"nothing bounds {written} in a term of the sum", f"give its range, as in sum(…, {written}=2)"
        )

    def read(self, name: str, subscripts: tuple[Expression, ...], at: int, scope: Mapping[str, str]) -> IndexRead:
        extents = self.setting.written(name, len(subscripts), at)
        return IndexRead(name, tuple(self.linear(s, scope) for s in subscripts), extents, at)

    def linear(self, node: Expression, scope: Mapping[str, str]) -> Linear:
        """An integer-affine expression in indices, whose coefficients are numbers and sizes."""
        match node:
            case Number(value=number):
                return Linear({}, number)
            case Name(name=name, at=at):
                if name[0].isupper():
                    return Linear({}, self.setting.size(name, at))
                if name in TENSORS or name in TARGETS or name in FUNCTIONS:
                    raise refusal(at, f"{name} stands in a subscript", "subscripts are made of indices")
                return Linear({scope.get(name, name): Fraction(1)}, Fraction(0))
            case Sum(terms=parts):
                total = Linear({}, Fraction(0))
                for sign, part in parts:
                    total = added(total, self.linear(part, scope), sign)
                return total
            case Product(factors=factors):
                read = [(divides, factor.at, self.linear(factor, scope)) for divides, factor in factors]
                is_zero = any(f == Number(Fraction(0), f.at) and not divides for divides, f in factors)
                if is_zero and any(linear.coefficients for *_, linear in read):
                    raise refusal(node.at, "an index is multiplied by 0", "leave it out")
                product = Linear({}, Fraction(1))
                for divides, at, linear in read:
                    product = multiplied(product, linear, divides, at)
                return product
            case Subscripted(at=at) | Call(at=at):
                raise refusal(at, "a subscript depends on data or on a function", "subscripts are affine in indices")


def _single(amount: Amounts) -> Expression:
    """The one expression that an argument of `sum` is."""
    (before, after), *rest = amount.pairs
    if rest or after is not None:
        raise refusal(amount.at, "an amount per dimension stands where one expression is expected", "give one")
    return before
