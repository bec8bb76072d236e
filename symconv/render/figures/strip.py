"""All steps of a filter at once, and the arrays that its array is made of, one after the other."""

from __future__ import annotations

from dataclasses import replace

from symconv.derivation.monomial import Index
from symconv.render.arrays import write_array
from symconv.render.document import Math
from symconv.render.figures.compose import NOTE, Picture, above, arrow, beside, captioned, figure
from symconv.render.figures.description import Cell, Figure
from symconv.render.figures.drawing import Drawing
from symconv.render.figures.grids import View, array_picture, picture, view
from symconv.render.figures.notes import below, legend
from symconv.render.figures.reading import LEAD, Reading, chain, content, extents
from symconv.render.figures.sliding import filter_pictures, goal_letter, slid_over, slide, which_planes

MOST, ROOM = {1: 12, 2: 6}, 28.0
"""So many steps are shown along each side of the result, by dimensions; fewer where they take more room than this."""
_SIZE, _GAP = 0.34, 0.45


def strip(d: Drawing, name: str) -> Figure:
    """Small grids arranged as the cells of the result are; of a large result the first ones."""
    r = slid_over(d, name)
    rows, columns = r.extents if d.dimensions == 2 else (r.extents[0], 1)
    size = extents(r.array)[: d.dimensions]
    first = slide(r, (0,) * d.dimensions)
    mini = replace(view([size], first.window), labelled=False, size=_SIZE)
    most = max(2, min(MOST[d.dimensions], int(ROOM / (min(max(size), mini.most + 2) * _SIZE + _GAP))))
    spans = range(min(rows, most)), range(min(columns, most))
    steps = [[(u, v)[: d.dimensions] for v in spans[1]] for u in spans[0]]
    minis = above([beside([_mini(d, r, mini, at) for at in row], _GAP) for row in steps], 0.3)
    taps = filter_pictures(d, first, view([size], first.window))
    drawn = above([*taps, minis]) if d.dimensions == 1 else beside([*taps, minis], 0.9)
    notes = which_planes(d, first)
    shown = len(spans[0]) * len(spans[1])
    if shown < rows * columns:
        notes.append(d.say("first_steps", shown=shown, all=rows * columns))
    title = d.say(name.replace("-", "_"), layer=d.name())
    about = d.say("described_steps", array=Math(write_array(r.array)), result=goal_letter(r))
    return figure(name, title, about, below(drawn, [], notes, legend(d, drawn.nodes)))


def preparation(d: Drawing, name: str) -> Figure:
    """The error term as it is given, with zeros inserted, and padded: what the turned filter then slides over."""
    r = slid_over(d, name)
    arrays = chain(r.array)
    shown = view([extents(array)[: d.dimensions] for array in arrays])
    s = slide(r, (0,) * d.dimensions)
    is_row = d.dimensions == 1
    pictures: list[Picture] = []
    for array in arrays:
        pictures += [arrow(down=is_row)] if pictures else []
        pictures.append(array_picture(d, shown, array, s.lead, {}))
    drawn = above(pictures, 0.3) if is_row else beside(pictures)
    told = d.catalogue.listed([(Math(write_array(array)),) for array in arrays])
    title = d.say("zero_insertion", layer=d.name(), arrays=told)
    about = d.say("described_chain", arrays=told)
    return figure(name, title, about, below(drawn, [], which_planes(d, s)[:1], legend(d, drawn.nodes)))


def _mini(d: Drawing, r: Reading, mini: View, at: Index) -> Picture:
    """One step without labels, under the cell of the result that it gives."""
    s = slide(r, at)
    active = {m.cell[LEAD:] for m in s.met}

    def draw(index: Index) -> Cell:
        return Cell(content(r.array, (*s.lead, *index)).role, active=index in active)

    drawn = picture(mini, extents(r.array)[: d.dimensions], draw, active, window=True)
    return captioned(drawn, (Math(d.label(r.derivation.goal, at)),), NOTE)
