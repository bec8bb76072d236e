"""A filter that slides over an array: the forward window, the error term, the weight gradient."""

from __future__ import annotations

from dataclasses import dataclass

from symconv.algebra.contraction import Definition
from symconv.derivation.backward import Derivation
from symconv.derivation.monomial import Index, unflat
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.render.arrays import CHANNELS, write_array
from symconv.render.cells import ALL_POINTS, has_products
from symconv.render.document import Math, Prose
from symconv.render.figures.compose import Picture, above, arrow, beside, captioned, figure
from symconv.render.figures.description import Cell, Figure, Role
from symconv.render.figures.drawing import TARGETS, Drawing
from symconv.render.figures.grids import View, array_picture, caption, picture, place, scaled, view, written
from symconv.render.figures.notes import below, legend, planes, rule, step_sum
from symconv.render.figures.reading import LEAD, Meeting, Padding, Reading, content, extents, reading, source
from symconv.render.written import Letter, Number, Written

GOALS = {
    "forward": "net_input",
    **dict.fromkeys(("error-term", "zero-insertion"), "input_gradient"),
    "weight-gradient": "weight_gradient",
}


@dataclass(frozen=True, slots=True)
class Slide:
    """One step of a filter: the cell of the result with this full index, and the products that are drawn.

    Drawn are those of one example, filter and depth.
    """

    reading: Reading
    index: Index
    met: tuple[Meeting, ...]

    @property
    def lead(self) -> Index:
        """Example and channel of the array that is drawn."""
        return self.met[0].cell[:LEAD] if self.met else (0,) * LEAD

    @property
    def window(self) -> Index:
        """How far the window reaches along each dimension."""
        along = zip(*(m.cell[LEAD:] for m in self.met), strict=True)
        return tuple(max(cells) - min(cells) + 1 for cells in along)


def slid_over(d: Drawing, name: str) -> Reading:
    """The correlation that a figure shows; RequestError where the layer has none."""
    d.require_space(name)
    derivation: Derivation | None = getattr(d.own, GOALS[name.removesuffix("-steps")])
    if derivation is None:
        raise RequestError(f"the figure {name} shows weights, and a pooling layer has none; choose pooling or reach")
    found = reading(derivation, own_padding(d.geometry) if derivation is d.own.net_input else ())
    if len(found.extents) > d.dimensions:
        raise RequestError(
            f"the figure {name} shows a sum over positions, and weights that are not shared have none; "
            "choose connections, matrix or reach"
        )
    if found.window > ALL_POINTS:
        raise RequestError(
            f"one step of {name} is a window of {found.window} cells, and at most {ALL_POINTS} can be drawn; "
            "give a smaller layer, or choose windows or shapes"
        )
    return found


def own_padding(g: Geometry) -> Padding:
    """The padding of the input; none where it is said of the output (transposed) or windows go beyond it (ceil)."""
    if g.kind == "conv-transpose" or g.ceil_mode:
        return ()
    return tuple((int(before), int(after)) for before, after in g.padding)


def slide(r: Reading, at: Index) -> Slide:
    """The step that gives the cell at this spatial index, first example and channels."""
    index = (*(0,) * LEAD, *at)
    return Slide(r, index, r.meetings(index))


def sliding(d: Drawing, name: str, step: int) -> Figure:
    """One step: the filter, the array with the window on it, the result with the cell that this step is about."""
    r = slid_over(d, name)
    s = slide(r, unflat(step, r.extents))
    shown = view([extents(r.array)[: d.dimensions], r.extents], s.window)
    is_row = d.dimensions == 1
    parts = [*filter_pictures(d, s, shown), _array(d, s, shown), arrow(down=is_row), _result(d, s, shown)]
    drawn = above(parts, 0.3) if is_row else beside(parts, 0.45)
    goal = r.derivation
    formula = step_sum(d, goal, s.index) if r.is_whole else rule(d, goal)
    notes = [*which_planes(d, s), *([d.say("chain")] if name == "error-term" else [])]
    cell = Math(d.cells.cell(TARGETS[goal.goal], s.index))
    title = d.say(name.replace("-", "_"), layer=d.name(), cell=cell)
    about = d.say(
        "described_step", array=Math(write_array(r.array)), cells=len(s.met), cell=cell, result=goal_letter(r)
    )
    return figure(name, title, about, below(drawn, [formula], notes, legend(d, drawn.nodes)))


def filter_pictures(d: Drawing, s: Slide, shown: View) -> list[Picture]:
    """The filter as it is given and as it is used; none for pooling, or where the taps are of several filters."""
    taps = [m.tap for m in s.met if m.tap is not None]
    filter_ = s.reading.filter
    if filter_ is None or not taps or len({(tap[:LEAD], tap[LEAD + d.dimensions :]) for tap in taps}) > 1:
        return []
    lead, trail = taps[0][:LEAD], taps[0][LEAD + d.dimensions :]
    used = array_picture(d, shown, filter_, lead, {}, trail=trail)
    if not isinstance(filter_, Definition):
        return [used]
    given = array_picture(d, shown, source(filter_), lead, {}, trail=trail)
    return [beside([given, arrow(), used]) if d.dimensions == 1 else above([given, arrow(down=True), used], 0.2)]


def goal_letter(r: Reading) -> Math:
    """The letter of the result."""
    return Math(Letter(r.derivation.goal))


def which_planes(d: Drawing, s: Slide) -> list[Prose]:
    """Which example, filter and depth are drawn."""
    found: dict[str, int] = {}
    for array, index in (
        (s.reading.derivation.form.output.tensor, s.index),
        (s.reading.array, s.lead),
        (s.reading.filter, s.met[0].tap if s.met else None),
    ):
        given = None if array is None else source(array)
        if given is not None and index is not None and given.symbol != "w":
            names = [a.name for a in given.axes if a.name in CHANNELS and a.name != "g"]
            found |= dict(zip(names, index, strict=False))
    return planes(d, found, s.reading.is_whole)


def _array(d: Drawing, s: Slide, shown: View) -> Picture:
    """The array with the window: each active cell with the tap that it meets; cells that no window reads are told."""
    notes = {m.cell[LEAD:]: _tap(d, s.reading, m) for m in s.met}
    if s.reading.derivation.goal != "net":
        return array_picture(d, shown, s.reading.array, s.lead, notes)
    return array_picture(d, shown, s.reading.array, s.lead, notes, s.reading.is_read)


def _result(d: Drawing, s: Slide, shown: View) -> Picture:
    """The result with its active cell; a cell that nothing reaches is 0."""
    derivation = s.reading.derivation

    def draw(at: Index) -> Cell:
        full = (*s.index[:LEAD], *at)
        if not any(has_products(term, full) for term in derivation.solved):
            return Cell(Role.UNREAD, Number(0), active=full == s.index)
        label = d.label("net", at) if derivation.goal == "net" else place(d, at)
        return Cell(Role.RESULT, label, active=full == s.index)

    size = s.reading.extents
    return captioned(picture(shown, size, draw, [s.index[LEAD:]], window=True), caption(Letter(derivation.goal), size))


def _tap(d: Drawing, r: Reading, meeting: Meeting) -> Written | None:
    """What a cell in the window is multiplied by: a weight, or its share of an average."""
    if r.filter is None or meeting.tap is None:
        return None if meeting.factor == 1 else scaled(meeting.factor, Number(1))
    return written(d, source(r.filter).symbol, content(r.filter, meeting.tap))
