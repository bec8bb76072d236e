"""What is asked of an implementation: each function at each geometry, and then how it behaves besides."""

from __future__ import annotations

from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass, replace
from functools import partial
from opcode import opname
from time import perf_counter
from types import TracebackType

from symconv.audit import behaviour, values
from symconv.audit.geometries import OTHER_FILTER, OWN, SMALL, Case, cases, several
from symconv.audit.report import FAILING, NOTED, RAISED, REFUSED, RIGHT, SKIPPED, WRONG, Entry
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
"""How people write an explicit refusal: the contract names the first, layers of courses raise or assert the others."""
SYMBOLS = 200
"""Products of the twin that is asked about on symbols."""
RETURNED_SHAPE = " returns an array of shape "
Outcomes = MutableMapping[tuple[str, str], str]
"""(function, geometry) → outcome, of what was answered so far."""


class LeftOut(Exception):
    """A function is wrong already, and was not asked about this besides; the message names it."""


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
        except LeftOut as functions:
            return SKIPPED, str(functions)
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
        yield from _through_activation(subject, layer, outcomes)
        return
    for case in cases(own, subject.style.varied, own_sizes_only=subject.own_sizes_only):
        for function in subject.style.functions:
            claim = f"{function} is {SIGN[TARGET[function]]}"
            examine = partial(_value, subject, function, case, outcomes)
            yield Asked(
                function, case.name, claim, "whole numbers and eighths in float64", described(case, own), examine
            )
    if missing := [f for f in functions_of(own) if f not in subject.style.functions]:
        yield Asked("", "", "every function is there", "names", "", partial(_missing, missing))
    if is_class:
        yield _state(subject, layer, outcomes)
    for claim, method, examine_one in behaviour.ROWS:
        places = _places(subject, symbols=examine_one is behaviour.examine_symbols)
        sizes = "; ".join(describe(place.geometry) for place in places)
        yield Asked("", "", claim, method, sizes, partial(_behaviour, subject, places, outcomes, examine_one))


def _places(subject: Adapted, *, symbols: bool) -> tuple[Case, ...]:
    """Where behaviour is asked about: a small twin of the layer itself, and where there are several of everything."""
    own = subject.geometry
    if symbols:
        return (Case(OWN, reduced(own, min(SYMBOLS, MOST_PRODUCTS))),)
    more = several(cases(own, subject.style.varied, own_sizes_only=subject.own_sizes_only))
    return (Case(OWN, reduced(own, SMALL)), *more)


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
    other_filter = other_filter and function != "bias_gradient"  # which knows nothing of the filter
    if case.name != OWN and outcomes.get((function, OWN)) in (RAISED, REFUSED):
        raise NotAsked("it does not do the layer itself")
    try:
        _steadily(subject, function, case.geometry)
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


def _steadily(subject: Adapted, function: str, geometry: Geometry) -> None:
    """The numbers of one function; what does not fail twice is no matter of these sizes."""
    try:
        values.examine(subject, function, geometry, seed=1)
    except Exception as error:
        if is_polite(error) or isinstance(error, MemoryError):
            raise
        try:
            values.examine(subject, function, geometry, seed=1)
        except Exception:
            raise error from None
        how = "wrong" if isinstance(error, Refuted) else "no result"
        raise Refuted(
            f"{function} is right when it is asked again, and was not at first ({how}): it leaves something to chance, "
            "or holds state between calls"
        ) from error


def _takes_filters(function: str, case: Case, outcomes: Outcomes) -> bool:
    """Whether the function has shown that it reads the filter's size: then a wrong result at another one counts."""
    return case.name != OTHER_FILTER and outcomes.get((function, OTHER_FILTER)) == RIGHT


def _fixed_filter(function: str, outcomes: Outcomes) -> str:
    if outcomes.get((function, OWN)) == RIGHT:
        return "the size of the filter is fixed in the code"
    return "not right on the layer itself either"


def _missing(functions: list[str]) -> None:
    raise NotAsked(f"there is no {', no '.join(functions)}; --map {functions[0]}=NAME names it, if it is there")


def _behaviour(subject: Adapted, places: tuple[Case, ...], outcomes: Outcomes, examine: behaviour.Examine) -> None:
    """One row, function by function; a function that is wrong at these sizes is left out, and then the row says so."""
    left, notes = [], []
    for function in subject.style.functions:
        fared = [outcomes.get((function, place.name)) for place in places]
        if fared[0] != RIGHT or FAILING & set(fared):
            left.append(function)
            continue
        for place in [place for place, how in zip(places, fared, strict=True) if how == RIGHT]:
            try:
                examine(subject, function, place.geometry)
            except Exception as reason:
                if examine is not behaviour.examine_repeated:  # what fails now and then fails any row by chance
                    behaviour.examine_repeated(subject, function, place.geometry)
                if not isinstance(reason, NotAsked):
                    raise
                notes.append(str(reason))
    if left:
        raise LeftOut(f"of {', '.join(left)}")
    if notes:
        raise NotAsked("; ".join(dict.fromkeys(notes)))


def _through_activation(subject: Adapted, layer: Layer, outcomes: Outcomes) -> Iterator[Asked]:
    """A class that applies f: forward is f(net), backward takes ``∂E/∂f(net)``, at every geometry."""
    for case in cases(subject.geometry, subject.style.varied, own_sizes_only=subject.own_sizes_only):
        there = replace(subject, geometry=case.geometry)
        examine = partial(finite_difference.examine, there, layer, case.geometry)
        sizes = described(case, subject.geometry)
        yield Asked("Layer", case.name, "δ = error ∘ f'(net)", "finite differences, fourth order", sizes, examine)
    yield _state(subject, layer, outcomes, ("Layer",))


def _state(subject: Adapted, layer: Layer, outcomes: Outcomes, functions: tuple[str, ...] = ()) -> Asked:
    """Two objects of a class, and passes one after the other."""
    geometry = reduced(subject.geometry, SMALL)

    def examine() -> None:
        if left := [f for f in functions or subject.style.functions if outcomes.get((f, OWN)) != RIGHT]:
            raise LeftOut(f"of {', '.join(left)}")
        finite_difference.examine_state(replace(subject, geometry=geometry), layer, geometry)

    return Asked("", "", "passes do not depend on each other", "repeated passes", describe(geometry), examine)
