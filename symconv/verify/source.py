"""The verifier of emitted text: from a source and its layer to a report, question by question.

Roads (i) exact symbols, (ii) exact whole numbers, the contract's conventions, (iii) finite differences through the
activation, (iv) floating-point error within its bound. How the text was made is not known here, and does not matter.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache, partial

import numpy as np

from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.layers.layer import UNNAMED, Layer
from symconv.layers.own import OwnGeometry
from symconv.verify import (
    activation,
    conventions,
    finite_difference,
    integers,
    own_refusals,
    polynomials,
    refusals,
    rounding,
)
from symconv.verify.effort import own_size
from symconv.verify.execute import Subject, foreign_imports, functions_of, load
from symconv.verify.isolation import Limits, isolated
from symconv.verify.layout import channels_first
from symconv.verify.reference import SIGN, TARGET
from symconv.verify.report import Progress, Question, Refuted, Report, answers
from symconv.verify.sizes import concrete, describe, neighbours, products, reduced

SMALL = 400
"""Products of the twin on which conventions are examined."""
MEDIUM = 20_000
"""Products of the twin whose neighbours are examined."""
TRIALS = 2
BATCH = 5
WORKERS = (2, 3, BATCH + 1)
"""Threads over a batch that they do not divide, and more threads than samples."""


def verify_source(
    source: str,
    layer: Layer,
    *,
    layout: str = "channels_first",
    accuracy: str = "exact",
    trusted: bool = True,
    progress: Progress | None = None,
) -> Report:
    """Judge the text of a module against the layer it claims to be (INTERFACE "The emitted module").

    ``accuracy`` says what floating results are held to: ``exact`` or ``fast`` (:mod:`symconv.layers.accuracy`).

    Text that is not ours, ``trusted=False``, is judged in a child process with limited time and memory: that it hangs
    or takes the process down is a failed verdict. RequestError where a size other than the input's is a name.
    """
    concrete(layer.geometry)
    if not trusted:
        return Report(tuple(isolated(source, layer, layout, Limits(), progress, accuracy=accuracy)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return Report(tuple(answers(questions(source, layer, layout, accuracy), progress)))


def questions(source: str, layer: Layer, layout: str = "channels_first", accuracy: str = "exact") -> Iterator[Question]:
    """What is asked of a text; when the text does not even run, that is the only question."""
    geometry = concrete(layer.geometry)
    start = Question("the module runs and has the names of the contract", "execution", describe(geometry), lambda: None)
    try:
        subject = Subject(channels_first(load(source), geometry, layout), geometry, accuracy=accuracy)
        _names(subject, layer)
    except Refuted as refutation:
        yield _failed(start, refutation)
        return
    yield start
    yield Question("the module imports numpy only", "its text", "", partial(_imports, source))
    yield from _value_questions(subject)
    yield from _convention_questions(subject)
    if isinstance(geometry, OwnGeometry):
        claim, ask = "input_size is the layer's own", partial(own_refusals.examine_input_size, subject, geometry)
        yield Question(claim, "exact whole numbers", describe(geometry), ask)
    elif geometry.dimensions and layer.geometry.is_numeric:
        claim, examine = "input_size chooses among the sizes that fit", partial(refusals.examine_input_size, subject)
        yield Question(claim, "exact whole numbers", describe(geometry), partial(examine, geometry))
    yield from _activation_questions(subject, layer)
    yield from _rounding_questions(subject, layer)


def _failed(question: Question, refutation: Refuted) -> Question:
    def examine() -> None:
        raise refutation

    return Question(question.claim, question.method, question.sizes, examine)


def _imports(source: str) -> None:
    foreign = foreign_imports(source)
    if foreign:
        raise Refuted(f"the module imports {foreign[0]}")


def _names(subject: Subject, layer: Layer) -> None:
    wanted = [*functions_of(subject.geometry), "Layer"]
    if layer.name != UNNAMED:
        wanted.append(layer.name)
    for name in wanted:
        if not callable(getattr(subject.module, name, None)):
            raise Refuted(f"the module has no {name}")


def _value_questions(subject: Subject) -> Iterator[Question]:
    own = subject.geometry
    symbolic = own if subject.own_sizes_only else reduced(own, polynomials.MOST_PRODUCTS)
    road = cache(partial(polynomials.polynomials_of, symbolic))
    for function in functions_of(own):
        claim = f"{function} is {SIGN[TARGET[function]]}"

        def on_symbols(function: str = function) -> None:
            polynomials.examine(subject, function, symbolic, road())

        yield Question(claim, "exact symbols", _sizes(symbolic, own), on_symbols)
    largest = own_size(subject)
    near = neighbours(reduced(own, MEDIUM))
    for function in functions_of(own):
        claim = f"{function} is {SIGN[TARGET[function]]}"

        def on_integers(function: str = function) -> None:
            for trial in range(TRIALS if products(largest) <= MEDIUM else 1):
                integers.examine(subject, function, largest, trial)

        def on_neighbours(function: str = function) -> None:
            subject.refuse_other_sizes()
            for seed, geometry in enumerate(near):
                integers.examine(subject, function, geometry, 1000 + seed)

        yield Question(
            claim, _on_floats(subject, function, "exact whole numbers in float64"), _sizes(largest, own), on_integers
        )
        method = _on_floats(subject, function, "exact whole numbers, other sizes")
        yield Question(claim, method, "; ".join(map(describe, near)), on_neighbours)


def _convention_questions(subject: Subject) -> Iterator[Question]:
    own = subject.geometry
    geometry = own if subject.own_sizes_only else reduced(own, SMALL)

    def ask(claim: str, method: str, examine: Callable[[Subject, Geometry], None]) -> Question:
        return Question(claim, method, _sizes(geometry, own), lambda: examine(subject, geometry))

    yield ask("results keep the dtype of what came in", "float32, float64, int32, int64", conventions.examine_dtypes)
    yield ask("exact numbers stay exact", "fractions in object arrays", conventions.examine_exact_numbers)
    yield ask("no conjugation", "Gaussian integers", conventions.examine_complex)
    yield ask("any memory layout, and read-only, will do", "four layouts", conventions.examine_layouts)
    yield ask("inputs are not written to", "copies compared", conventions.examine_inputs_untouched)
    yield ask("calls do not depend on each other", "repeated calls", conventions.examine_independence)
    yield ask("calls in several threads agree", "threads", conventions.examine_threads)
    if any(map(subject.takes_workers, functions_of(own))):
        batch = geometry if subject.own_sizes_only else replace(geometry, batch=BATCH)
        told = f"{', '.join(map(str, WORKERS))} threads"
        yield Question("workers share the work", told, _sizes(batch, own), partial(_with_workers, subject, batch))
    yield ask("a batch of 0 gives empty results", "arrays without samples", conventions.examine_empty_batch)
    if own.bias and not own.is_pooling:
        yield ask("the bias may be left out", "exact whole numbers", conventions.examine_without_bias)
    yield ask("wrong shapes are refused", "ValueError with both shapes", refusals.examine_wrong_shapes)


def _with_workers(subject: Subject, geometry: Geometry) -> None:
    for workers in WORKERS:
        for function in filter(subject.takes_workers, functions_of(geometry)):
            integers.examine(replace(subject, workers=workers), function, geometry, workers)


def _activation_questions(subject: Subject, layer: Layer) -> Iterator[Question]:
    own = subject.geometry
    geometry = own if subject.own_sizes_only else reduced(own, SMALL)

    def ask(claim: str, method: str, examine: Callable[[Subject, Layer, Geometry], None]) -> Question:
        return Question(claim, method, _sizes(geometry, own), lambda: examine(subject, layer, geometry))

    yield ask("Layer: δ = error ∘ f'(net)", "finite differences, fourth order", finite_difference.examine)
    yield ask("Layer: a pass knows nothing of others", "repeated passes", finite_difference.examine_state)
    yield ask("Layer: backward keeps to the a of forward", "a changed in place", finite_difference.examine_copies)
    yield ask("Layer: other sizes as well", "exact δ, other sizes", finite_difference.examine_other_sizes)
    if own.bias and not own.is_pooling:
        yield ask("Layer: the bias may be left out", "exact δ", finite_difference.examine_without_bias)
    yield ask("Layer: the dtype is kept", "float32, float64", finite_difference.examine_dtypes)
    if not layer.activation.is_identity:
        yield ask("f and f' to the last digits", "SymPy's f and f' from -1e4 to 1e4", activation.examine_tails)


def _rounding_questions(subject: Subject, layer: Layer) -> Iterator[Question]:
    own = subject.geometry
    geometry = own if subject.own_sizes_only else reduced(own, rounding.MOST_PRODUCTS)
    for function in functions_of(own):
        claim = f"{function} is within its rounding error"

        def examine(function: str = function) -> None:
            rounding.examine(subject, function, geometry, layer.dtype)

        method = _on_floats(subject, function, f"{layer.dtype}, bound γ_n Σ|terms|")
        yield Question(claim, method, _sizes(geometry, own), examine)


def _on_floats(subject: Subject, function: str, method: str) -> str:
    """How floating results are judged: as the method has it, or as near as ``fast`` allows."""
    if not subject.may_round(function, np.dtype(np.float64)):
        return method
    return f"{method.removeprefix('exact ').split(', bound')[0]}, off by at most {FAST} u of the largest Σ|terms|"


def _sizes(geometry: Geometry, own: Geometry) -> str:
    """The sizes examined, and where they are not the layer's own, that they stand for it."""
    return describe(geometry) if geometry == own else f"{describe(geometry)} (reduced)"
