"""What is asked of an implementation: each function at each geometry, and then how it behaves besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from opcode import opname
from time import perf_counter
from types import TracebackType

from symconv.audit import behaviour, values
from symconv.audit.geometries import OTHER_FILTER, OWN, SMALL, Case, cases
from symconv.audit.report import NOTED, RAISED, REFUSED, RIGHT, SKIPPED, WRONG, Entry
from symconv.audit.styles import Passes
from symconv.audit.values import Adapted
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.verify import finite_difference
from symconv.verify.execute import functions_of
from symconv.verify.polynomials import MOST_PRODUCTS
from symconv.verify.reference import SIGN, TARGET
from symconv.verify.report import LONGEST, NotAsked, Refuted, raised
from symconv.verify.sizes import describe, reduced

POLITE = (ValueError, NotImplementedError, AssertionError)
SYMBOLS = 200
"""Products of the twin that is asked about on symbols."""
RETURNED_SHAPE = " returns an array of shape "
Outcomes = MutableMapping[tuple[str, str], str]
"""(function, geometry) → outcome, of what was answered so far."""


class Refused(Exception):
    """The code said in so many words that it does not do this size."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A claim before it is examined, with its place in the table."""

    function: str
    geometry: str
    claim: str
    method: str
    sizes: str
    examine: Callable[[], None]

    def entry(self, outcome: str, told: str = "", seconds: float = 0.0) -> Entry:
        """The answer. On the layer itself a refusal is no answer to the question that was put."""
        short = told if len(told) <= LONGEST else f"{told[:LONGEST]} …"
        neutral = outcome in (NOTED, SKIPPED) or (outcome == REFUSED and self.geometry != OWN)
        return Entry(
            self.claim,
            self.method,
            self.sizes,
            outcome == RIGHT,
            short if neutral else None,
            None if neutral or outcome == RIGHT else short,
            seconds,
            outcome,
            self.function,
            self.geometry,
        )

    def answer(self) -> Entry:
        """Examine the claim; whatever the judged code raises is an answer."""
        start = perf_counter()
        outcome, told = self._outcome()
        return self.entry(outcome, told, perf_counter() - start)

    def _outcome(self) -> tuple[str, str]:
        try:
            self.examine()
        except KeyboardInterrupt:
            raise
        except NotAsked as reason:
            return NOTED, str(reason)
        except Refuted as refutation:
            return WRONG, str(refutation)
        except BaseException as error:
            if is_polite(error):
                return REFUSED, raised(error)
            return RAISED, raised(error)
        return RIGHT, ""


def is_polite(error: BaseException) -> bool:
    """Whether this is an explicit refusal: a ``raise`` or ``assert`` that somebody wrote, no failed operation."""
    if not isinstance(error, POLITE) or error.__traceback__ is None:
        return False
    last: TracebackType = error.__traceback__
    while last.tb_next is not None:
        last = last.tb_next
    code = last.tb_frame.f_code
    outside = any(part in code.co_filename for part in ("site-packages", "dist-packages", "lib/python"))
    return not outside and opname[code.co_code[last.tb_lasti]] == "RAISE_VARARGS"


def questions(subject: Adapted, layer: Layer, outcomes: Outcomes, *, beside: bool = False) -> Iterator[Asked]:
    """All that is asked; ``outcomes`` is read when a question is examined, and holds what was answered before it.

    A class ``beside`` functions that are judged, or one that applies an activation, is asked about as a whole.
    """
    own = subject.geometry
    is_class = isinstance(subject.style, Passes) and subject.style.keeps_weights
    if is_class and (beside or not layer.activation.is_identity):
        yield from _through_activation(subject, layer)
        return
    for case in cases(own, subject.style.varied, own_sizes_only=subject.own_sizes_only):
        for function in subject.style.functions:
            claim = f"{function} is {SIGN[TARGET[function]]}"
            examine = partial(_value, subject, function, case, outcomes)
            yield Asked(function, case.name, claim, "whole numbers in float64", described(case, own), examine)
    small = reduced(own, SMALL)
    if missing := [f for f in functions_of(own) if f not in subject.style.functions]:
        yield Asked("", "", "every function is there", "names", "", partial(_missing, missing))
    if is_class:
        yield _state(subject, layer)
    for claim, method, geometry, examine_all in (
        ("whole numbers in int64 too", "int64", small, _integers),
        (
            "exact symbols",
            "symbols in object arrays",
            reduced(own, min(SYMBOLS, MOST_PRODUCTS)),
            behaviour.examine_symbols,
        ),
        ("arguments are not written to", "copies compared", small, behaviour.examine_inputs_untouched),
        ("any order in memory will do", "four layouts", small, behaviour.examine_layouts),
        ("calls do not depend on each other", f"{behaviour.RUNS} repeated runs", small, behaviour.examine_repeated),
        ("dtypes are kept", "float32, float64", small, behaviour.examine_dtypes),
        ("a batch of 0 is no exception", "arrays without samples", small, behaviour.examine_empty_batch),
    ):
        ask = partial(_behaviour, subject, geometry, outcomes, examine_all)
        yield Asked("", "", claim, method, describe(geometry), ask)


def described(case: Case, own: Geometry) -> str:
    """The sizes of the arrays, and those numbers that are not the layer's own."""
    text = describe(case.geometry)
    for name in ("filter_size", "stride", "padding", "dilation", "groups"):
        found = getattr(case.geometry, name)
        if found != getattr(own, name):
            text += f", {name.replace('_', ' ')} {_shown(found)}"
    return text


def _shown(found: object) -> str:
    if not isinstance(found, tuple):
        return str(found)
    return "x".join(":".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in found)


def _value(subject: Adapted, function: str, case: Case, outcomes: Outcomes) -> None:
    other_filter = case.geometry.filter_size != subject.geometry.filter_size and not subject.style.reads_filter_size
    if case.name != OWN and outcomes.get((function, OWN)) in (RAISED, REFUSED):
        raise NotAsked("it does not do the layer itself")
    try:
        values.examine(subject, function, case.geometry, seed=1)
    except Refuted as wrong:
        if other_filter and not _takes_filters(function, case, outcomes):
            raise NotAsked(_fixed_filter(function, outcomes)) from wrong
        reason = ""
        if RETURNED_SHAPE in str(wrong):
            reason = values.wrong_shape_reason(function, case.geometry, subject.style)
        raise Refuted(f"{wrong}{f'; likely: {reason}' if reason else ''}") from wrong
    except Exception as error:
        if case.probing and not is_polite(error):
            raise NotAsked(f"it takes one number for all axes ({raised(error)})") from error
        if other_filter and not is_polite(error) and not _takes_filters(function, case, outcomes):
            raise NotAsked(_fixed_filter(function, outcomes)) from error
        raise


def _takes_filters(function: str, case: Case, outcomes: Outcomes) -> bool:
    """Whether the function has shown that it reads the filter's size: then a wrong result at another one counts."""
    return case.name != OTHER_FILTER and outcomes.get((function, OTHER_FILTER)) == RIGHT


def _fixed_filter(function: str, outcomes: Outcomes) -> str:
    if outcomes.get((function, OWN)) == RIGHT:
        return "the size of the filter is fixed in the code"
    return "not right on the layer itself either"


def _missing(functions: list[str]) -> None:
    raise NotAsked(f"there is no {', no '.join(functions)}; --map {functions[0]}=NAME names it, if it is there")


Examine = Callable[[Adapted, tuple[str, ...], Geometry], None]


def _behaviour(subject: Adapted, geometry: Geometry, outcomes: Outcomes, examine: Examine) -> None:
    """Functions that are wrong on the layer itself are not asked about more."""
    functions = tuple(f for f in subject.style.functions if outcomes.get((f, OWN)) == RIGHT)
    if not functions:
        raise NotAsked("no function is right on the layer itself")
    examine(subject, functions, geometry)


def _integers(subject: Adapted, functions: tuple[str, ...], geometry: Geometry) -> None:
    for function in functions:
        try:
            values.examine_integers(subject, function, geometry)
        except Refuted:
            raise
        except Exception as error:
            raise NotAsked(f"{function} does not take int64 ({raised(error)})") from error


def _through_activation(subject: Adapted, layer: Layer) -> Iterator[Asked]:
    """A class that applies f: forward is f(net), backward takes ``∂E/∂f(net)``, at every geometry."""
    for case in cases(subject.geometry, subject.style.varied, own_sizes_only=subject.own_sizes_only):
        there = replace(subject, geometry=case.geometry)
        examine = partial(finite_difference.examine, there, layer, case.geometry)
        sizes = described(case, subject.geometry)
        yield Asked("Layer", case.name, "δ = error ∘ f'(net)", "finite differences, fourth order", sizes, examine)
    yield _state(subject, layer)


def _state(subject: Adapted, layer: Layer) -> Asked:
    """Two objects of a class, and passes one after the other."""
    geometry = reduced(subject.geometry, SMALL)
    examine = partial(finite_difference.examine_state, replace(subject, geometry=geometry), layer, geometry)
    return Asked("", "", "passes do not depend on each other", "repeated passes", describe(geometry), examine)
