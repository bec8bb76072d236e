"""The programs of one emitted module: every direction of a layer by one schedule."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from symconv.algebra.contraction import Form
from symconv.derivation.backward import Derivation
from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.schedules import (
    depthwise,
    im2col,
    loops,
    mec,
    polyphase,
    taps,
    toeplitz,
    unrolled,
    windows,
    winograd,
    winograd_plan,
)
from symconv.schedules.program import (
    Binary,
    Expect,
    Expression,
    IfGiven,
    InThreads,
    Item,
    Let,
    Number,
    Plus,
    Program,
    Return,
    Span,
    Statement,
    Sum,
    Unpack,
    Var,
)
from symconv.schedules.reading import Lowered, counts_of, read
from symconv.schedules.signature import (
    Emission,
    bias_gradient_checks,
    flat_axes,
    identifier,
    input_gradient_checks,
    net_input_checks,
    weight_gradient_checks,
)

PARALLEL = ("taps", "im2col", "polyphase", "depthwise", "mec", "toeplitz", "winograd")
"""Schedules whose functions take ``workers``: NumPy lets other threads run while it works on large arrays."""
SCHEDULES = ("unrolled", "loops", "windows", *PARALLEL)
FAST_ONLY = ("winograd",)
"""Schedules that round more than the plain sum, which only the accuracy ``fast`` admits."""

LOWER: dict[str, Callable[[Emission, Derivation], Lowered]] = {
    "loops": loops.lower,
    "windows": windows.lower,
    "taps": taps.lower,
    "im2col": im2col.lower,
    "polyphase": polyphase.lower,
    "depthwise": depthwise.lower,
    "mec": mec.lower,
    "toeplitz": toeplitz.lower,
}
"""From a derivation to statements, by each schedule that reads it."""
_REFUSALS: dict[str, Callable[[Geometry], str | None]] = {
    "depthwise": depthwise.refusal,
    "mec": mec.refusal,
    "toeplitz": toeplitz.refusal,
    "winograd": winograd_plan.refusal,
}
_INPUTS = {
    "net": ("a", "w", "bias"),
    "∂E/∂a": ("delta", "w", "input_size"),
    "∂E/∂w": ("delta", "a"),
    "∂E/∂β": ("delta",),
}
_NAMES = {
    "net": "net_input",
    "∂E/∂a": "input_gradient",
    "∂E/∂w": "weight_gradient",
    "∂E/∂β": "bias_gradient",
}


def refusal(geometry: Geometry, schedule: str, layout: str = "channels_first") -> str | None:
    """Why a schedule does not apply to a layer, whatever its sizes; None where it does."""
    if schedule == "unrolled" and layout != "channels_first":
        return "its cells are written with channels first"
    if schedule in ("im2col", "polyphase") and geometry.is_pooling:
        return "a sum has no matrix product"
    if schedule in ("im2col", "polyphase") and geometry.kind == "locally-connected":
        return "weights that are not shared are no matrix that serves every position"
    if schedule == "polyphase" and all(s == 1 for s in geometry.stride):
        return "at stride 1 no zeros are inserted, so that there is nothing to split"
    own = _REFUSALS.get(schedule)
    return own(geometry) if own else None


def programs(layer: Emission, schedule: str | Mapping[str, str]) -> tuple[Program, ...]:
    """net_input, input_gradient and what else the layer has, by one schedule, or by one for each goal.

    Each is followed by the private function that it calls, if any. RequestError if a schedule does not apply.
    """
    goals = directions(layer)
    chosen = dict.fromkeys(goals, schedule) if isinstance(schedule, str) else schedule
    for name in dict.fromkeys(chosen.values()):
        _require(layer, name)
    road = elementwise(layer.geometry) if "unrolled" in chosen.values() else None
    found = [
        program
        for goal, derivation in goals.items()
        for program in _programs(layer, derivation, chosen[goal], road if chosen[goal] == "unrolled" else None)
    ]
    bias = layer.derived.bias_gradient
    return tuple(found) if bias is None else (*found, *_programs(layer, bias, "", None))


def directions(layer: Emission) -> dict[str, Derivation]:
    """The derivations that have a schedule, by their goals."""
    derived = layer.derived
    found = (derived.net_input, derived.input_gradient, derived.weight_gradient)
    return {d.goal: d for d in found if d is not None}


def direction(layer: Emission, goal: str, schedule: str) -> Program:
    """The program of one goal by one schedule, without the functions that it calls."""
    return _programs(layer, directions(layer)[goal], schedule, None)[0]


def by_loops(layer: Emission) -> dict[str, tuple[Statement, ...]]:
    """Every goal by loops, without the checks of what is given: here all sizes of the layer may be letters."""
    found: dict[str, tuple[Statement, ...]] = {}
    for goal, derivation in directions(layer).items():
        statements, value = loops.lower(layer, derivation)
        finish = _with_bias(derivation.form, value) if "bias" in _inputs(layer, goal) else (Return(value),)
        found[goal] = (*statements, *finish)
    bias = layer.derived.bias_gradient
    return found if bias is None else {**found, bias.goal: (Return(_channel_sum(bias)),)}


def _require(layer: Emission, schedule: str) -> None:
    if schedule not in SCHEDULES:
        raise RequestError(f"the schedule {schedule!r} is not there yet; choose auto, {', '.join(SCHEDULES)}")
    if reason := refusal(layer.geometry, schedule, layer.layout):
        raise RequestError(f"schedule {schedule} does not apply to {layer.geometry.kind}: {reason}; choose auto")


def _programs(layer: Emission, goal: Derivation, schedule: str, road: Elementwise | None) -> tuple[Program, ...]:
    inputs = _inputs(layer, goal.goal)
    if goal.goal == "∂E/∂β":
        return (Program(_NAMES[goal.goal], inputs, (*bias_gradient_checks(layer), Return(_channel_sum(goal)))),)
    called: Sequence[Program] = ()
    if road is not None:
        checks = _own_size_checks(layer.geometry, goal.goal)
        statements, value = _unrolled(road, goal.goal, inputs)
    else:
        checks = {
            "net": net_input_checks,
            "∂E/∂a": input_gradient_checks,
            "∂E/∂w": weight_gradient_checks,
        }[goal.goal](layer)
        if schedule == "winograd":
            statements, value, *called = winograd.lower(layer, goal, checks)
        else:
            statements, value = _as_average(layer, goal, LOWER[schedule](layer, goal))
    finish = _with_bias(goal.form, value) if "bias" in inputs else (Return(value),)
    name = _NAMES[goal.goal]
    laws = _laws(layer, goal, schedule)
    split: tuple[Statement, ...] = ()
    if schedule in PARALLEL:
        if schedule != "winograd":  # whose workers share tiles or filters
            split = (_in_threads(name, inputs),)
        inputs = (*inputs, "workers")
    return (Program(name, inputs, (*checks, *split, *statements, *finish), laws=laws), *called)


def _laws(layer: Emission, goal: Derivation, schedule: str) -> tuple[str, ...]:
    """The laws from the net input to what a schedule reads, each once; the elementwise road has none."""
    steps = goal.steps
    reading = read(layer, goal)
    scatters = reading is None or (reading.inserts_zeros and schedule == "taps")
    in_parts = polyphase.split_of(goal) if schedule in ("polyphase", "depthwise") else None
    if schedule == "unrolled":
        steps = ()
    elif schedule == "toeplitz":
        steps = (*steps, *toeplitz.law(layer, goal).steps)
    elif in_parts is not None:
        steps = (*(s for s in steps if s.law == "exchange"), *in_parts.all_steps)
    elif scatters:
        steps = tuple(s for s in steps if s.law in ("exchange", "group"))
    chain = tuple(dict.fromkeys(s.law for s in steps))
    if schedule == "loops":
        return chain[: chain.index("solve") + 1] if "solve" in chain else chain
    return tuple(law for law in chain if law != "solve")  # windows are read off relations


def _in_threads(function: str, inputs: tuple[str, ...]) -> InThreads:
    """A and δ have the batch; where both are given it is summed, and so are the parts."""
    batches = tuple(name for name in inputs if name in ("a", "delta"))
    return InThreads(function, batches, tuple(name for name in inputs if name not in batches), len(batches) > 1)


def _as_average(layer: Emission, goal: Derivation, lowered: Lowered) -> Lowered:
    """The average over a window of one cell divides by 1: averages of integers are floats, whatever the window."""
    main = goal.form.terms[0]
    if not layer.geometry.is_pooling or main.scale != 1 or counts_of(main):
        return lowered
    statements, value = lowered
    return statements, Binary("/", value, Number(1))


def _inputs(layer: Emission, goal: str) -> tuple[str, ...]:
    missing = {"w"} if layer.geometry.is_pooling else set()
    if layer.geometry.is_pooling or not layer.geometry.bias:
        missing.add("bias")
    return tuple(name for name in _INPUTS[goal] if name not in missing)


def _with_bias(form: Form, value: Expression) -> tuple[Statement, ...]:
    """The form's other terms: β has the channel axis only and is broadcast over the axes after it."""
    flat = [a.name for a in flat_axes(form.output.axes)]
    positions = len(flat) - 1 - flat.index("n")
    begin: tuple[Statement, ...] = () if value == Var("net") else (Let("net", value),)
    others = [identifier(f.symbol) for term in form.terms[1:] for f in term.factors]
    added = tuple(IfGiven(name, (Plus("net", Item(Var(name), (Span(),), new=positions)),)) for name in others)
    return (*begin, *added, Return(Var("net")))


def _channel_sum(goal: Derivation) -> Expression:
    """``Σ δ`` over every axis of δ that the target lacks."""
    [term] = goal.form.terms
    [delta] = term.factors
    away = tuple(k for k, a in enumerate(flat_axes(delta.axes)) if a not in term.output.axes)
    name = identifier(delta.symbol)
    return Sum(Var(name), away, like=name)


def _unrolled(road: Elementwise, goal: str, inputs: tuple[str, ...]) -> Lowered:
    arrays = tuple(name for name in inputs if name not in ("bias", "input_size"))
    averages = road.geometry.is_pooling
    match goal:
        case "net":
            weighted = tuple(t for t in road.net_input.terms if all(name != "bias" for name, _ in t.factors))
            return unrolled.lower("net", replace(road.net_input, terms=weighted), arrays, averages)
        case "∂E/∂a":
            return unrolled.lower("da", road.input_gradient, arrays, averages)
        case _:
            assert road.weight_gradient is not None
            return unrolled.lower("dw", road.weight_gradient, arrays)


def _own_size_checks(geometry: Geometry, goal: str) -> tuple[Statement, ...]:
    """Exact shapes: unrolled code has its own sizes only."""
    shapes: dict[str, Iterable[int] | None] = {
        "a": geometry.input_shape,
        "w": geometry.weight_shape,
        "delta": geometry.output_shape,
    }
    expected = [Expect(name, tuple(shapes[name] or ())) for name in _INPUTS[goal] if shapes.get(name) is not None]
    extra: list[Statement] = []
    if goal == "∂E/∂a":
        extra.append(Unpack((), "_input_size(delta, input_size)"))
    if goal == "net" and geometry.bias and not geometry.is_pooling:
        extra.append(IfGiven("bias", (Expect("bias", (int(geometry.filters),)),)))
    return (*expected, *extra)
