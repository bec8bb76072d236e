"""A figure shows what is so: marked cells are those that the elementwise road joins, which knows of no relation."""

from __future__ import annotations

from collections import Counter
from itertools import product
from math import prod as count

import pytest
from sympy import Rational

import symconv
from symconv.derivation.monomial import unflat
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.render.figures.description import Grid, Line, Role
from tests.cases import GEOMETRIES
from tests.render.figures.reading_figures import (
    EVERY,
    cells,
    expected,
    figures,
    grids,
    marked,
    name_of,
    pairs,
    road,
    shown,
    text,
)

EACH = [pytest.param(geometry, id=name) for name, geometry in EVERY.items()]
SLIDING = {"forward": ("net", "a", "w"), "error-term": ("da", "delta", "w"), "weight-gradient": ("dw", "a", "delta")}


@pytest.mark.parametrize("geometry", EACH)
@pytest.mark.parametrize("name", SLIDING)
def test_the_window_holds_the_products_of_the_step(name: str, geometry: Geometry) -> None:
    target, array, taps = SLIDING[name]
    sizes = {"net": geometry.output_size, "da": geometry.input_size, "dw": geometry.filter_size}
    for step, figure in figures(name, geometry):
        *windows, result = (g for g in grids(figure) if marked(g))
        at = unflat(int(step or 0), tuple(int(v) for v in sizes[target]))
        products = pairs(expected(geometry, target, (0, 0, *at)), array, taps)
        assert list(marked(result)) == [(0, *at)[-2:]]
        if not windows:
            assert not products
        elif any(cell.label for cell in marked(windows[0]).values()):
            assert turned(shown(windows[0])) == turned(products)
        else:
            given = [cell for cell in marked(windows[0]).values() if cell.role in (Role.INPUT, Role.ERROR)]
            assert len(given) == products.total()


def turned(products: Counter[tuple[str, str, Rational]]) -> Counter[tuple[frozenset[str], Rational]]:
    """Without the order of the two: in a weight gradient either array may be the filter."""
    return Counter({(frozenset((cell, tap)), factor): n for (cell, tap, factor), n in products.items()})


@pytest.mark.parametrize("geometry", EACH)
def test_windows_lie_where_the_definition_says_and_hatched_cells_are_in_none(geometry: Geometry) -> None:
    """``S·i + D·p`` in the padded input, as THEORY §1 has it."""
    if geometry.kind == "conv-transpose" or geometry.ceil_mode:
        return
    s, d, k, o = (
        tuple(map(int, v)) for v in (geometry.stride, geometry.dilation, geometry.filter_size, geometry.output_size)
    )

    def window(at: tuple[int, ...]) -> set[tuple[int, ...]]:
        ranges = [[s[n] * at[n] + d[n] * p for p in range(k[n])] for n in range(len(at))]
        return {(0, *v)[-2:] for v in product(*ranges)}

    read = set().union(*(window(at) for at in product(*map(range, o))))
    for step, figure in figures("forward", geometry):
        array, _ = (g for g in grids(figure) if marked(g))
        assert set(marked(array)) == window(unflat(int(step or 0), o))
        assert {at for at, cell in cells(array).items() if cell.role is Role.UNREAD} == set(cells(array)) - read
        assert _labels(array) == _padded(geometry)


@pytest.mark.parametrize("geometry", EACH)
def test_inserted_zeros_stand_between_the_cells_of_the_error_term_and_padding_around_them(geometry: Geometry) -> None:
    for _, figure in figures("zero-insertion", geometry):
        last = [g for g in grids(figure) if g.size > 0.5][-1]
        given = [at for at, cell in cells(last).items() if cell.role is Role.ERROR]
        if len(given) < count(geometry.output_size):
            continue  # cropped: zeros stand where a cell was cut off
        top, left, bottom, right = (pick(at[n] for at in given) for pick in (min, max) for n in (0, 1))
        for (r, c), cell in cells(last).items():
            if (r, c) not in given:
                is_between = top <= r <= bottom and left <= c <= right
                assert cell.role is (Role.INSERTED if is_between else Role.PADDING)


@pytest.mark.parametrize("geometry", EACH)
def test_a_cell_reaches_the_net_inputs_whose_sums_it_is_in(geometry: Geometry) -> None:
    for step, figure in figures("reach", geometry):
        a, net = grids(figure)[:2]
        at = unflat(int(step or 0), tuple(int(v) for v in geometry.input_size))
        products = expected(geometry, "da", (0, 0, *at))
        assert list(marked(a)) == [(0, *at)[-2:]]
        reached = {(0, *dict(m.factors)["delta"])[-2:]: m for m in products}
        if len(at) == 1:
            reached = {(0, key[-1]): m for key, m in reached.items()}
        assert set(marked(net)) == set(reached)
        for where, m in reached.items():
            read = dict(m.factors)
            weight = name_of("w", read["w"]) if "w" in read else None
            shown_weight = text(marked(net)[where].note)
            assert weight is None or shown_weight in (weight, "" if net.size < 1 else weight)


@pytest.mark.parametrize("geometry", EACH)
def test_a_pooling_window_gives_back_what_the_input_gradient_has_of_it(geometry: Geometry) -> None:
    for step, figure in figures("pooling", geometry):
        gathered, net, spread = (g for g in grids(figure))
        at = unflat(int(step or 0), geometry.output_size)
        from_window = {(0, *dict(m.factors)["a"][2:])[-2:] for m in expected(geometry, "net", (0, 0, *at))}
        assert set(marked(gathered)) == set(marked(spread)) == from_window
        assert list(marked(net)) == [(0, *at)[-2:]]
        for where, cell in marked(spread).items():
            own = expected(geometry, "da", (0, 0, *where[-len(at) :]))
            [share] = [m for m in own if dict(m.factors)["delta"][2:] == at]
            bottom = f"/{share.coefficient.q}" if share.coefficient.q > 1 else ""
            assert text(cell.label) == name_of("δ", (0, 0, *at)) + bottom


@pytest.mark.parametrize("geometry", EACH)
def test_the_matrix_has_an_entry_for_every_product(geometry: Geometry) -> None:
    for _, figure in figures("matrix", geometry):
        top, left, body = grids(figure)
        a_shape, net_shape = geometry.input_shape[1:], geometry.output_shape[1:]
        entries = {at for at, cell in cells(body).items() if cell.role is Role.FILTER}
        wanted = set()
        for row in range(len(left.rows)):
            for m in road(geometry).net_input.monomials(0, *unflat(row, net_shape)):
                read = dict(m.factors)
                if "a" in read:
                    wanted.add((row, sum(v * _stride(a_shape, n) for n, v in enumerate(read["a"][1:]))))
        assert entries == {(r, c) for r, c in wanted if c < len(top.rows[0])}


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in GEOMETRIES.items()])
def test_there_is_a_line_for_every_product_between_the_cells_shown(geometry: Geometry) -> None:
    for _, figure in figures("connections", geometry):
        a_shape, net_shape = geometry.input_shape[1:], geometry.output_shape[1:]
        lines = [n for n in figure.nodes if isinstance(n, Line) and n.to_x - n.x > 2]
        wanted = 0
        for row in range(min(12, _stride(net_shape, -1))):
            for m in road(geometry).net_input.monomials(0, *unflat(row, net_shape)):
                at = dict(m.factors).get("a")
                wanted += at is not None and sum(v * _stride(a_shape, n) for n, v in enumerate(at[1:])) < 12
        assert len(lines) == wanted


@pytest.mark.parametrize("geometry", [pytest.param(g, id=n) for n, g in GEOMETRIES.items()])
def test_a_filter_has_a_plane_for_each_depth_of_its_group(geometry: Geometry) -> None:
    for _, figure in figures("channels", geometry):
        ties = {
            (at[1], dict(m.factors)["a"][1])
            for at in product(range(1), *map(range, geometry.output_shape[1:]))
            for m in road(geometry).net_input.monomials(*at)
            if "a" in dict(m.factors)
        }
        planes = [n for n in figure.nodes if isinstance(n, Grid) or (hasattr(n, "role") and n.role is Role.FILTER)]
        assert len(planes) == len({tie for tie in ties if max(tie) < 6})


def _stride(shape: tuple[int, ...], axis: int) -> int:
    """Cells from one index to the next along an axis; all of them for -1."""
    count = 1
    for extent in shape[axis + 1 :]:
        count *= extent
    return count


def _labels(grid: Grid) -> list[list[str]]:
    return [[text(cell.label) for cell in row] for row in grid.rows]


def _padded(geometry: Geometry) -> list[list[str]]:
    """The input with its padding, by names."""
    sizes = [int(v) for v in geometry.input_size]
    before = [int(b) for b, _ in geometry.padding]
    whole = [n + sum(map(int, pair)) for n, pair in zip(sizes, geometry.padding, strict=True)]

    def label(at: tuple[int, ...]) -> str:
        inner = tuple(v - b for v, b in zip(at, before, strict=True))
        inside = all(0 <= v < n for v, n in zip(inner, sizes, strict=True))
        return name_of("a", (0, 0, *inner)) if inside else "0"

    rows = range(whole[0]) if len(whole) == 2 else [None]
    return [[label((c,) if r is None else (r, c)) for c in range(whole[-1])] for r in rows]


def test_a_refused_figure_is_called_as_it_was_asked_for() -> None:
    with pytest.raises(RequestError, match="the figure zero-insertion shows windows"):
        symconv.figure("zero-insertion", symconv.dense(4, 3))
