"""The page for every reader: on a phone, in the dark, without motion, in Chinese, and as fast as a pointer moves."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from symconv.layers.geometry import Geometry
from symconv.render.explorer import VIEWS
from tests.explorer_page import Opened, opened, slide

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]
LESSON = Geometry()
STRIDED = Geometry(
    input_size=(6, 5), filter_size=(3, 2), stride=(2, 2), padding=((1, 1), (1, 1)), depth=2, filters=4, groups=2
)
FRAME = 16
"""Milliseconds that a screen gives to a picture."""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    "geometry", [LESSON, STRIDED, Geometry(input_size=(16, 16))], ids=["lesson", "strided", "16x16"]
)
def test_a_phone_scrolls_in_one_direction_only(
    browser: Browser, tmp_path: Path, geometry: Geometry, view: str, scheme: Any
) -> None:
    size: Any = {"width": 360, "height": 740}
    with opened(browser, tmp_path, geometry, viewport=size, color_scheme=scheme, has_touch=True) as page:
        page.go(f"view={view}")
        assert page.ask("document.documentElement.scrollWidth") <= 360
        wide = "[...document.querySelectorAll('.formula')].filter((f) => f.scrollWidth > f.clientWidth + 1)"
        assert page.ask(f"{wide}.map((f) => f.getAttribute('aria-label'))") == []
        fragment = f"view={view}&layer=conv&input=9&filter=3&stride=2&dilation=2&padding=1:2&depth=4&filters=4&groups=2"
        page.go(fragment)
        assert page.ask(f"{wide}.map((f) => f.getAttribute('aria-label'))") == []
        page.go(f"view={view}")
        page.page.tap(f"#arrays .cell >> nth={0}")
        assert page.ask("model.cell.flat") == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_letters_stand_out_from_their_ground(browser: Browser, tmp_path: Path, scheme: Any) -> None:
    """Contrast of at least 4.5 in every cell, marked or not, read or left over (WCAG 2, level AA)."""
    with opened(browser, tmp_path, STRIDED, color_scheme=scheme, reduced_motion="reduce") as page:
        for view in VIEWS:
            for left_over in ("", "&input=6x6&filter=3x3&padding=0&groups=1&depth=1&filters=1"):
                page.go(f"view={view}{left_over}")
                assert page.ask(CONTRAST) >= 4.5


CONTRAST = """(() => {
    const parse = (c) => { const [r, g, b, a] = c.match(/[\\d.]+/g).map(Number); return [r, g, b, a ?? 1]; };
    const over = ([r, g, b, a], base) => [r, g, b].map((v, k) => v * a + base[k] * (1 - a));
    const light = (c) => c.map((v) => v / 255).map((v) => (v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, k) => sum + v * [0.2126, 0.7152, 0.0722][k], 0);
    const ground = parse(getComputedStyle(document.body).backgroundColor);
    return Math.min(...[...document.querySelectorAll('#arrays .cell')].map((cell) => {
        const style = getComputedStyle(cell), back = over(parse(style.backgroundColor), ground);
        const [one, other] = [light(over(parse(style.color), back)), light(back)].sort((x, y) => y - x);
        return (one + 0.05) / (other + 0.05);
    }));
})()"""


@pytest.mark.parametrize(("width", "input_size", "is_there"), [(360, 3, True), (1280, 3, True), (360, 16, False)])
def test_numbers_of_the_terms_can_be_read_or_are_not_there(
    browser: Browser, tmp_path: Path, width: int, input_size: int, is_there: bool
) -> None:
    """They are no smaller than 8 pixels; in cells that have no room for that there are none."""
    size: Any = {"width": width, "height": 740}
    with opened(browser, tmp_path, Geometry(input_size=(input_size, input_size)), viewport=size) as page:
        assert page.page.locator("[data-term]").count() == 9  # four of a, four of w, and the bias
        style = "getComputedStyle(document.querySelector('[data-term]'), '::after')"
        assert page.ask(f"{style}.display") == ("block" if is_there else "none")
        assert page.ask(f"parseFloat({style}.fontSize)") >= 8


def test_no_flag_is_broken_in_two(browser: Browser, tmp_path: Path) -> None:
    """A command breaks between its flags: not after a hyphen, not before the value."""
    size: Any = {"width": 360, "height": 740}
    with opened(browser, tmp_path, STRIDED, viewport=size) as page:
        for selector in ("#command", "#code-about", "#origin"):
            flags = page.page.locator(f"{selector} .flag").all_inner_texts()
            assert {"--input 6x5", "--stride 2", "--groups 2"} <= set(flags)
        rows = "[...document.querySelectorAll('.flag')].map((flag) => flag.getClientRects().length)"
        assert set(page.ask(rows)) == {1}


def test_on_paper_nothing_is_covered_or_to_be_moved(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, STRIDED) as page:
        page.page.emulate_media(media="print")
        assert page.ask("getComputedStyle(document.getElementById('this')).position") == "static"
        for selector in ("#sliders", "#play", "#renew"):
            assert not page.page.is_visible(selector)
        for selector in ("#command", "#reading", "#line", "#general"):
            assert page.page.is_visible(selector)


def test_a_chinese_page_is_chinese(browser: Browser, tmp_path: Path) -> None:
    """From its title to its last button, also where the script speaks: no English word is left but names and code."""
    with opened(browser, tmp_path, STRIDED, language="zh") as page:
        assert page.ask("document.documentElement.lang") == "zh"
        slide(page, "#set-groups-G", 1)
        spoken = [page.ask("document.title"), page.text("header"), page.text("#settings"), page.text(".tabs")]
        spoken += [page.text(f"#{name}") for name in ("about", "sizes", "note", "code-about", "problem")]
        spoken += page.ask(
            "[...document.querySelectorAll('figcaption span, dt, .steps label')].map((e) => e.innerText)"
        )
        command = page.text("#command")
        words = set(re.findall(r"[A-Za-z]{3,}", " ".join(spoken).replace(command, "")))
        assert words <= {"symconv", "Tab", "net", *re.findall(r"[a-z]+", command), "emit", "schedule", "loops"}
        assert "组数" in page.text("#problem")


def test_nothing_moves_by_itself(browser: Browser, tmp_path: Path) -> None:
    """No transition and no animation: the quickest answer, and the one for who wants less motion."""
    with opened(browser, tmp_path, LESSON) as page:
        page.page.hover("#arrays .cell >> nth=3")
        moving = "[...document.querySelectorAll('*')].filter((e) => ['transitionDuration', 'animationDuration']"
        assert page.ask(f"{moving}.some((name) => parseFloat(getComputedStyle(e)[name]) > 0)).length") == 0


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize("stride", [1, 2])
def test_a_pointer_is_answered_within_a_frame(browser: Browser, tmp_path: Path, view: str, stride: int) -> None:
    """Script, styles and layout at 16×16 on the page's own thread, the mean over cells, however busy the machine is."""
    with opened(browser, tmp_path, LESSON) as page:
        page.go(f"view={view}&input=16x16&filter=3x3&stride={stride}x{stride}&padding=1x1")
        arrays = page.ask("model.arrays")
        assert max(min(_milliseconds(page, array) for _ in range(4)) for array in arrays) < FRAME


def _milliseconds(page: Opened, array: str) -> float:
    """Of the processor's time that the page takes to answer a pointer on a cell of an array."""
    engine = page.page.context.new_cdp_session(page.page)
    engine.send("Performance.enable", {"timeDomain": "threadTicks"})

    def spent() -> float:
        metrics = {metric["name"]: metric["value"] for metric in engine.send("Performance.getMetrics")["metrics"]}
        return float(metrics["TaskDuration"])

    started = spent()
    page.ask(f"[...Array({CELLS}).keys()].forEach(({POINT})(given))", array)
    found = (spent() - started) / CELLS * 1000
    engine.detach()
    return found


CELLS = 24
POINT = """(array) => (k) => {
    point({ array, flat: (k * 37) % countOf(model.layer, array) });
    document.getElementById("this").getBoundingClientRect();
}"""
