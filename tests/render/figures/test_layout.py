"""Where things stand: no two labels touch, none leaves its figure, and large layers are drawn as excerpts."""

from __future__ import annotations

from dataclasses import replace

import pytest

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.document import Math
from symconv.render.figures.compose import above, beside, text
from symconv.render.figures.description import Cell, Grid, Role, Text
from symconv.render.figures.draw import draw, section_figures, step_count
from symconv.render.figures.names import NAMES
from symconv.render.figures.notes import broken, filled
from symconv.render.figures.place import Extent, extent, inside, texts
from symconv.render.figures.runs import runs, width
from symconv.render.messages import Catalogue, catalogue
from symconv.render.written import Indexed, Letter, Number
from tests.cases import GEOMETRIES
from tests.render.figures.reading_figures import drawn_from, every_figure, figures, grids

SECTIONS = ("net_input", "hidden", "special_cases", "error_term", "stride", "channels", "weight_gradient", "summary")
UP_TO_EIGHT = {
    f"{size}x{size}, {taps}x{taps}, stride {stride}": Geometry(
        input_size=(size, size), filter_size=(taps, taps), stride=(stride, stride), padding=((pad, pad),) * 2
    )
    for size, taps, stride, pad in ((4, 2, 1, 0), (5, 3, 2, 1), (7, 3, 1, 1), (8, 3, 1, 0), (8, 5, 1, 2), (8, 2, 3, 0))
}
CASES = {
    **GEOMETRIES,
    **UP_TO_EIGHT,
    "large": Geometry(input_size=(224, 200), filter_size=(7, 7), stride=(2, 2), padding=((3, 3), (3, 3))),
    "deep": Geometry(input_size=(12, 12), filter_size=(3, 3), depth=512, filters=256),
}


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in CASES.items()])
def test_no_two_texts_touch_and_none_leaves_the_figure(geometry: Geometry) -> None:
    for figure in every_figure(geometry):
        found = [(extent(t), t) for t in texts(figure.nodes)]
        assert inside(figure), figure.name
        for (one, first), (other, second) in _near(found):
            assert not one.overlaps(other), (figure.name, first, second)


def _near(found: list[tuple[Extent, Text]]) -> list[tuple[tuple[Extent, Text], tuple[Extent, Text]]]:
    """Pairs of texts that begin within a line of each other."""
    ordered = sorted(found, key=lambda pair: pair[0].top)
    return [(a, b) for k, a in enumerate(ordered) for b in ordered[k + 1 : k + 200] if b[0].top < a[0].bottom]


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in UP_TO_EIGHT.items()])
def test_arrays_up_to_eight_are_drawn_with_labels(geometry: Geometry) -> None:
    for name in ("forward", "error-term", "weight-gradient", "reach"):
        for _, figure in figures(name, geometry, most=2):
            whole = [g for g in grids(figure) if g.size == 1.0]
            assert all(cell.label for g in whole for row in g.rows for cell in row)
            assert len(whole) >= 2


def test_larger_arrays_have_no_labels_and_the_largest_are_cut_around_the_window() -> None:
    bare = drawn_from(Geometry(input_size=(14, 14), filter_size=(3, 3)))
    cut = drawn_from(Geometry(input_size=(60, 60), filter_size=(3, 3)))
    assert not any(cell.label for g in grids(draw(bare, "forward")) for row in g.rows for cell in row)
    for step in (0, 1711, 3363):
        filter_, window, result = grids(draw(cut, "forward", step))
        assert max(len(window.rows), len(result.rows)) <= 9
        assert sum(cell.active for row in window.rows for cell in row) == 9
        assert sum(cell.active for row in result.rows for cell in row) == 1
        assert all(cell.label for row in filter_.rows for cell in row)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("base", [0, 1])
def test_a_figure_is_the_same_every_time_and_counts_from_its_base(name: str, base: int) -> None:
    geometry = GEOMETRIES[{"pooling": "average-pooling", "matrix": "lesson"}.get(name, "left-over-rows-padded")]
    one, other = (draw(drawn_from.__wrapped__(geometry, base), name) for _ in range(2))
    assert one == other
    formulas = [p.formula for t in texts(one.nodes) for p in t.content if isinstance(p, Math)]
    counted = [n.value for f in formulas if isinstance(f, Indexed) for n in f.subscripts if isinstance(n, Number)]
    assert name == "shapes" or min(counted) == base


def test_steps_are_counted_and_others_refused() -> None:
    lesson = drawn_from(Geometry())
    assert step_count(lesson, "forward") == 4
    assert step_count(lesson, "error-term") == 9
    assert step_count(lesson, "matrix") is None
    with pytest.raises(RequestError, match=r"step 4 is out of range: forward of this layer has the steps 0 to 3"):
        draw(lesson, "forward", 4)
    with pytest.raises(RequestError, match="step -1 is out of range"):
        draw(lesson, "forward", -1)
    with pytest.raises(RequestError, match="matrix shows everything at once and has no step 0"):
        draw(lesson, "matrix", 0)
    with pytest.raises(RequestError, match="the figure 'sketch' is not known; choose one of forward, "):
        draw(lesson, "sketch")


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in GEOMETRIES.items()])
def test_a_section_has_the_figures_that_its_layer_has(geometry: Geometry) -> None:
    d = drawn_from(geometry)
    names = [figure.name for section in SECTIONS for figure in section_figures(d, section)]
    assert {"connections", "matrix", "shapes"} <= set(names)
    assert len(names) == len(set(names))
    assert ("pooling" in names) == geometry.is_pooling
    assert section_figures(d, "bias_gradient") == ()


def test_every_message_of_the_figures_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    said: set[str] = set()
    say = Catalogue.say

    def spy(self: Catalogue, message: str, /, **places: object) -> object:
        said.add(message)
        return say(self, message, **places)  # type: ignore[arg-type]

    monkeypatch.setattr(Catalogue, "say", spy)
    for geometry in (*GEOMETRIES.values(), CASES["large"], CASES["deep"]):
        every_figure.__wrapped__(geometry)
    draw(replace(drawn_from(Geometry()), layer=layer(Geometry(), name="First")), "shapes")
    assert {name for name in catalogue("en").texts if name.startswith("figure.")} <= said


def test_pictures_stand_beside_and_above_each_other() -> None:
    one, two = text(("one",)), text(("number two",))
    row, column = beside([one, two], 0.5), above([one, two], 0.5)
    assert row.width == pytest.approx(one.width + 0.5 + two.width)
    assert column.height == pytest.approx(one.height + 0.5 + two.height)
    assert column.width == two.width


def test_lines_of_text_are_broken_at_words_and_formulas_at_signs() -> None:
    rows = filled(("one two three ", Math(Letter("δ")), "."), width(("one two thr",)))
    assert ["".join(p for p in row if isinstance(p, str)).strip() for row in rows] == ["one two", "three ."]
    assert len(broken(Letter("δ"), 0.1)) == 1


def test_a_label_is_runs_of_one_style() -> None:
    label = (Math(Indexed(Letter("δ"), (Number(1), Number(2)), joined=True)),)
    assert [(r.text, r.level, r.italic) for r in runs(label)] == [("δ", 0, True), ("12", -1, False)]
    power = (Math(Letter("f'(net^{l-1})")),)
    assert [(r.text, r.level, r.italic) for r in runs(power)] == [
        ("f", 0, True),
        ("'(net", 0, False),
        ("l-1", 1, False),
        (")", 0, False),
    ]


def test_grids_and_texts_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="equally long"):
        Grid(0, 0, 1, ((Cell(Role.BLANK),), ()))
    with pytest.raises(ValueError, match="not left"):
        Text(0, 0, ("x",), anchor="left")
