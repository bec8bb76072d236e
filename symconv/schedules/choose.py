"""Which schedule for each direction: what applies, what its program costs, and the reason in one sentence."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import prod

from symconv.derivation.own_elementwise import index_points
from symconv.errors import RequestError
from symconv.layers.accuracy import ACCURACIES
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry
from symconv.schedules.cost import cost, entries
from symconv.schedules.functions import FAST_ONLY, SCHEDULES, direction, directions, refusal
from symconv.schedules.memory import held
from symconv.schedules.meter import BLOCK, Cost
from symconv.schedules.own import own_emission
from symconv.schedules.rates import RATES, Rates
from symconv.schedules.signature import Emission, emission
from symconv.schedules.unrolled import MOST_PRODUCTS
from symconv.schedules.winograd_tile import Tiling, tiles_of

READ = {"unrolled": "it serves only its own sizes", "loops": "it is there to be read, and slow at other sizes"}
NAMES = {"net": "net_input", "∂E/∂a": "input_gradient", "∂E/∂w": "weight_gradient"}


@dataclass(frozen=True, slots=True)
class Estimate:
    """One schedule for one direction at the layer's sizes; ``reason`` if auto passes it over."""

    goal: str
    schedule: str
    cost: Cost
    reason: str

    @property
    def row(self) -> tuple[str, ...]:
        """Function, schedule, products, bytes moved, calls, time, and why auto passes it over, as text."""
        numbers = (f"{self.cost.products:,}", f"{self.cost.bytes:,}", f"{self.cost.calls:,}")
        return (NAMES[self.goal], self.schedule, *numbers, _seconds(self.cost.seconds), self.reason or "offered")


@dataclass(frozen=True, slots=True)
class Choice:
    """The schedule of each direction, by its goal, why, and every estimate behind it."""

    schedules: dict[str, str]
    why: str
    table: tuple[Estimate, ...]

    @property
    def name(self) -> str:
        """The one schedule of all directions, or ``auto`` where they differ."""
        chosen = set(self.schedules.values())
        return chosen.pop() if len(chosen) == 1 else "auto"

    @property
    def accuracy(self) -> str:
        """What floating results keep to: ``fast`` if the schedule of any direction rounds more, else ``exact``."""
        return "fast" if set(self.schedules.values()) & set(FAST_ONLY) else "exact"


def choose(
    geometry: Geometry,
    schedule: str = "auto",
    dtype: str = "float64",
    layout: str = "channels_first",
    accuracy: str = "exact",
    rates: Rates = RATES,
) -> Choice:
    """The schedule asked for, or with ``auto`` for each direction the cheapest that serves every size.

    RequestError for a schedule that rounds more than the accuracy allows.
    """
    if accuracy not in ACCURACIES:
        raise RequestError(f"the accuracy {accuracy!r} is not known; choose one of {', '.join(ACCURACIES)}")
    if isinstance(geometry, OwnGeometry):
        return _own_choice(geometry, schedule, layout, rates)
    if schedule in FAST_ONLY and accuracy == "exact":
        raise RequestError(f"schedule {schedule} rounds more than the plain sum; allow that with accuracy fast")
    layer = emission(geometry, layout)
    sizes, itemsize = layer.numbers, 4 if dtype == "float32" else 8
    table = tuple(e for goal in directions(layer) for e in _estimates(layer, goal, sizes, itemsize, accuracy, rates))
    goals = tuple(dict.fromkeys(e.goal for e in table))
    if schedule != "auto":
        return Choice(dict.fromkeys(goals, schedule), f"{schedule}: as asked.", table)
    offered = {
        g: sorted((e for e in table if e.goal == g and not e.reason), key=lambda e: e.cost.seconds) for g in goals
    }
    best = {goal: found[0] for goal, found in offered.items()}
    return Choice({goal: e.schedule for goal, e in best.items()}, _why(best, offered), table)


def _own_choice(geometry: OwnGeometry, schedule: str, layout: str, rates: Rates) -> Choice:
    """For a layer of one's own: gather serves every formula, the others are to be read."""
    if layout != "channels_first":
        raise RequestError(f"a layer of one's own has its axes as its formula writes them, not {layout}; leave it out")
    points = index_points(geometry)
    steps = Cost(points, 0, points, points * rates.cell)
    costs = {**dict.fromkeys(READ, steps), "gather": Cost(points, 8 * points, 1, rates.call + points / rates.einsum)}
    goals = [goal.goal for goal in own_emission(geometry, "gather").goals if goal.goal in NAMES]
    table = tuple(Estimate(goal, name, spent, READ.get(name, "")) for goal in goals for name, spent in costs.items())
    if schedule != "auto":
        return Choice(dict.fromkeys(goals, schedule), f"{schedule}: as asked.", table)
    why = "gather: it serves every formula and every size that is read from the arrays."
    return Choice(dict.fromkeys(goals, "gather"), why, table)


def _estimates(
    layer: Emission, goal: str, sizes: dict[str, int], itemsize: int, accuracy: str, rates: Rates
) -> list[Estimate]:
    """One for each schedule that applies, the cheapest reading ones by count alone."""
    found: list[Estimate] = []
    large: list[int] = []
    products = _products(layer, sizes)
    by_steps = Cost(products, 0, products, products * rates.cell)
    limit = 3 * sum(entries(layer.geometry)) * itemsize + BLOCK
    for schedule in SCHEDULES:
        reason = refusal(layer.geometry, schedule, layer.layout) or READ.get(schedule, "")
        if schedule == "unrolled" and products > MOST_PRODUCTS:
            reason = f"it would write {products} products, more than {MOST_PRODUCTS}"
        spent, peak = by_steps, 0
        if not reason and schedule == "winograd":
            tile = tiles_of(layer.geometry, goal)
            assert tile is not None
            tiling = Tiling(layer.geometry, goal, tile)
            spent, peak = tiling.cost(itemsize, rates), tiling.held(itemsize)
        elif not reason:
            program = direction(layer, goal, schedule)
            spent = cost(layer, program, sizes, itemsize, rates)
            peak = held(layer, program, itemsize, sizes).peak if limit > 4 * BLOCK else 0  # that takes time
        if schedule == "windows" and not layer.geometry.is_pooling and itemsize * _unfolded(layer, sizes) > BLOCK:
            reason = "it copies every window at once"
        if schedule in FAST_ONLY and accuracy == "exact":
            reason = "it rounds more than the plain sum; --accuracy fast admits it"
        if not reason and peak > limit:
            large.append(len(found))
        found.append(Estimate(goal, schedule, spent, reason))
    if len(large) < sum(not e.reason for e in found):  # else each of them does
        for k in large:
            found[k] = replace(found[k], reason="it holds more than three times the arrays")
    return found


def _why(best: dict[str, Estimate], offered: dict[str, list[Estimate]]) -> str:
    """What was taken for what, its time, and the next best one's."""
    by_schedule: dict[str, list[str]] = {}
    for goal, e in best.items():
        by_schedule.setdefault(e.schedule, []).append(NAMES[goal])
    taken = next(iter(by_schedule))
    if len(by_schedule) > 1:
        taken = ", ".join(f"{schedule} for {' and '.join(names)}" for schedule, names in by_schedule.items())
    total = sum(e.cost.seconds for e in best.values())
    others = {name: [e for found in offered.values() for e in found if e.schedule == name] for name in SCHEDULES}
    whole = {n: sum(e.cost.seconds for e in es) for n, es in others.items() if len(es) == len(best) and n != taken}
    text = f"{taken}: about {_seconds(total)} for forward and backward by the cost model"
    if not whole:
        return f"{text}, and no other is offered."
    second = min(whole, key=lambda name: whole[name])
    return f"{text}, {second} alone {_seconds(whole[second])}."


def _products(layer: Emission, sizes: dict[str, int]) -> int:
    """Products of one direction: every point of the main sum."""
    geometry = layer.geometry
    small = layer.spatial[0 if geometry.kind == "conv-transpose" else 1]
    channels = sizes["C"] if geometry.is_pooling else sizes["C"] * sizes["N"] // layer.groups
    return sizes["B"] * channels * prod(int(k) for k in geometry.filter_size) * prod(sizes[n] for n in small)


def _unfolded(layer: Emission, sizes: dict[str, int]) -> int:
    """Entries of all windows of the forward pass."""
    return _products(layer, sizes) // (1 if layer.geometry.is_pooling else max(1, sizes["N"] // layer.groups))


def _seconds(value: float) -> str:
    for unit, scale in (("s", 1.0), ("ms", 1e-3)):
        if value >= scale:
            return f"{value / scale:.3g} {unit}"
    return f"{value / 1e-6:.0f} µs"
