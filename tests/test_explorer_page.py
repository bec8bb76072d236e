"""The page in a reader's hands: pointer, keys, sliders, address."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from symconv.layers.geometry import Geometry
from symconv.render.explorer import VIEWS
from tests.explorer_page import SETTINGS, Opened, as_setting, cell, marked, opened, slide, written

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = [pytest.mark.chromium, pytest.mark.xdist_group("chromium")]
LESSON = Geometry()


@pytest.fixture(scope="module")
def shared(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Opened]:
    with opened(browser, tmp_path_factory.mktemp("explorer"), LESSON, viewport={"width": 1280, "height": 900}) as page:
        yield page


@pytest.fixture
def page(shared: Opened) -> Opened:
    """The lesson's page, opened anew."""
    shared.go()
    return shared


def test_forward_view_of_the_lesson(page: Opened) -> None:
    """net[0,1] reads the window at row 0, column 1, every weight and the bias."""
    page.page.hover(cell("net", 1))
    assert marked(page) == {"a": [1, 2, 4, 5], "w": [0, 1, 2, 3], "β": [0]}
    assert marked(page, "current") == {"net": [1]}
    values = page.ask("model.values")
    products = [values["w"][k] * values["a"][at] for k, at in enumerate((1, 2, 4, 5))]
    assert values["net"][1] == sum(products) + values["β"][0]
    sentence = page.ask("document.getElementById('sentence').textContent")
    assert sentence.startswith("net[0,1] = w[0,0]·a[0,1] + w[0,1]·a[0,2] + w[1,0]·a[1,1] + w[1,1]·a[1,2] + … = ")
    assert sentence.endswith(f" = {values['net'][1]}".replace("-", "−"))


@pytest.mark.parametrize(
    ("view", "pointed", "reached"),
    [
        ("net", ("a", 4), {"w": [0, 1, 2, 3], "net": [0, 1, 2, 3]}),
        ("net", ("a", 0), {"w": [0], "net": [0]}),
        ("net", ("w", 3), {"a": [4, 5, 7, 8], "net": [0, 1, 2, 3]}),
        ("net", ("β", 0), {"net": [0, 1, 2, 3]}),
        ("da", ("∂E/∂a", 4), {"δ": [0, 1, 2, 3], "w": [0, 1, 2, 3]}),
        ("da", ("∂E/∂a", 0), {"δ": [0], "w": [0]}),
        ("da", ("δ", 0), {"w": [0, 1, 2, 3], "∂E/∂a": [0, 1, 3, 4]}),
        ("da", ("w", 0), {"δ": [0, 1, 2, 3], "∂E/∂a": [0, 1, 3, 4]}),
        ("delta_prev", ("δ^{l-1}", 4), {"δ": [0, 1, 2, 3], "w": [0, 1, 2, 3], "f'(net^{l-1})": [4]}),
        ("delta_prev", ("f'(net^{l-1})", 0), {"δ": [0], "w": [0], "δ^{l-1}": [0]}),
        ("dw", ("∂E/∂w", 1), {"δ": [0, 1, 2, 3], "a": [1, 2, 4, 5]}),
        ("dw", ("δ", 3), {"a": [4, 5, 7, 8], "∂E/∂w": [0, 1, 2, 3]}),
        ("dw", ("a", 4), {"δ": [0, 1, 2, 3], "∂E/∂w": [0, 1, 2, 3]}),
        ("dbias", ("∂E/∂β", 0), {"δ": [0, 1, 2, 3]}),
        ("dbias", ("δ", 2), {"∂E/∂β": [0]}),
    ],
)
def test_a_cell_shows_what_it_reaches(
    page: Opened, view: str, pointed: tuple[str, int], reached: dict[str, list[int]]
) -> None:
    page.page.click(f"#tab-{view}")
    page.page.hover(cell(*pointed))
    assert marked(page) == reached
    assert marked(page, "current") == {pointed[0]: [pointed[1]]}


def test_zeros_that_are_read_are_drawn_and_marked(page: Opened) -> None:
    """∂E/∂a[0,0] of the lesson reads three zeros around δ; at stride 2 there are zeros between its cells as well."""
    page.page.click("#tab-da")
    page.page.hover(cell("∂E/∂a", 0))
    assert page.page.locator('[data-array="δ"] .zero').count() == 12
    assert page.page.locator(".active-zero.padding").count() == 3
    page.go("view=da&input=5x5&filter=3x3&stride=2")
    assert page.page.locator('[data-array="δ"] .inserted').count() == 5
    page.page.uncheck("#zeros")
    assert page.page.locator(".zero").count() == 0


def test_error_term_of_the_layer_before_is_the_input_gradient_times_the_slope(page: Opened) -> None:
    """The sum is held in parentheses, with its own numbers, and then one number: that which the view of ∂E/∂a shows."""
    gradient = page.ask("modelOf(model.setting, 'da', 1).values['∂E/∂a'][4]")
    page.go("view=delta_prev&cell=delta_prev.0.0.0.1.1")
    values = page.ask("model.values")
    slope = values["f'(net^{l-1})"][4]
    assert values["δ^{l-1}"][4] == gradient * slope
    sentence = page.ask("document.getElementById('sentence').textContent")
    assert sentence.startswith("δ^{l-1}[1,1] = f'(net^{l-1}[1,1])·(δ[1,1]·w[0,0] + δ[1,0]·w[0,1] + ")
    assert gradient < 0
    assert sentence.endswith(f" = {slope}·({gradient}) = {gradient * slope}".replace("-", "−"))
    assert page.page.locator("#arrays [data-term]").count() == 8


@pytest.mark.parametrize("sandbox", ['sandbox="allow-scripts"', ""], ids=["sandboxed", "plain"])
def test_page_inside_a_frame_works(browser: Browser, tmp_path: Path, sandbox: str) -> None:
    """A notebook shows a page as the srcdoc of a sandboxed iframe, where the address may not be changed."""
    file = tmp_path / "frame.html"
    srcdoc = escape(written(LESSON, "en"), quote=True)
    file.write_text(f'<iframe {sandbox} srcdoc="{srcdoc}" width="1200" height="900"></iframe>', encoding="utf-8")
    outer = Opened(browser.new_page(), file)
    outer.go()
    inside = outer.page.frame_locator("iframe")
    inside.locator("#tab-da").click()
    inside.locator(cell("∂E/∂a", 4)).click()
    inside.locator("#set-stride-S").press("ArrowRight")
    assert "/S" in str(inside.locator("#general .formula").first.get_attribute("aria-label"))
    assert not inside.locator("#share").is_visible()
    assert outer.complaints == []
    outer.page.close()


def test_cells_that_no_product_has_are_told(page: Opened) -> None:
    page.go("view=da&input=6&filter=2&stride=2&dilation=1&padding=0&cell=da.0.0.0.5")
    assert page.page.locator('[data-array="∂E/∂a"] .unread').count() == 0
    page.go("view=da&input=7&filter=2&stride=2&dilation=1&padding=0&cell=da.0.0.0.6")
    assert page.page.locator('[data-array="∂E/∂a"] .unread').count() == 1
    assert "No product reaches this cell" in page.text("#note")
    assert "1" in page.text("#sizes")


def test_the_line_of_code_that_does_it(page: Opened) -> None:
    """The emitted module's while the sliders are those of its layer; else text with letters, which holds for any."""
    for view, line in (
        ("net", "net[b, n, i, j] += w[n, c, p, q] * a[b, c, i + p, j + q]"),
        ("da", "da[b, c, x, y] += w[n, c, p, q] * delta[b, n, i, j]"),
        ("dw", "dw[n, c, p, q] += delta[b, n, i, j] * a[b, c, i + p, j + q]"),
        ("dbias", "return delta.sum(axis=(0, 2, 3), dtype=delta.dtype)"),
    ):
        page.page.click(f"#tab-{view}")
        assert page.page.locator("#code mark").first.inner_text().strip() == line
        assert "symconv emit --layer conv --input 3x3 --filter 2x2" in page.text("#code-about")
    page.page.click("#tab-net")
    slide(page, "#set-stride-S", 1)
    assert "x = D1 * p + S1 * i - P1" in page.text("#code")
    assert "any sizes" in page.text("#code-about")


def test_sliders_move_picture_and_formulas(page: Opened) -> None:
    slide(page, "#set-input-H1", 3)
    slide(page, "#set-stride-S", 1)
    slide(page, "#set-padding-P", 1)
    assert page.ask("shapeOf(model.layer, 'a').slice(-2)") == [6, 3]
    assert page.ask("shapeOf(model.layer, 'net').slice(-2)") == [4, 2]
    shown = page.ask("[...document.querySelectorAll('#general .formula')].map((f) => f.getAttribute('aria-label'))")
    assert shown[0] == "net[i,j] = β + Σ_{p=0..K-1} Σ_{q=0..K-1} w[p,q]·a[S·i+p-P,S·j+q-P]"
    assert shown[1] == "net = cross(pad(a, P), w, stride = S) + β"
    assert page.text("#command") == "symconv build --layer conv --input 6x3 --filter 2x2 --stride 2 --padding 1"


@pytest.mark.parametrize(
    ("fragment", "slider", "steps", "told"),
    [
        ("", "#set-filter-K1", 3, "spans more cells"),
        ("depth=2&filters=2", "#set-groups-G", 2, "groups do not divide"),
        ("layer=conv-transpose&output-padding=0", "#set-outputPadding-r", 1, "output padding is not less"),
        ("layer=conv-transpose&input=1x1", "#set-padding-P", 3, "leaves no output"),
        ("layer=conv-transpose&input=16x16&stride=2", "#set-stride-S", 2, "too large to draw"),
    ],
)
def test_what_makes_no_layer_is_told_and_the_last_picture_stays(
    page: Opened, fragment: str, slider: str, steps: int, told: str
) -> None:
    page.go(fragment)
    before = page.ask("document.getElementById('arrays').innerHTML.length")
    assert page.page.locator("#problem").inner_text() == ""
    slide(page, slider, steps)
    assert told in page.text("#problem")
    assert page.page.locator("#arrays .cell").count() > 0
    if steps == 1:
        assert page.ask("document.getElementById('arrays').innerHTML.length") == before
    page.page.click("#tab-da")
    assert told in page.text("#problem")
    slide(page, slider, -steps)
    assert page.page.locator("#problem").inner_text() == ""


def test_no_position_of_any_slider_breaks_the_page(page: Opened) -> None:
    """Every slider at either end, one after the other, over both kinds and dimensions: the page has no complaint."""
    for layer in ("conv", "conv-transpose"):
        for dimensions in ("1", "2"):
            page.page.check(f"input[name=layer][value={layer}]")
            page.page.check(f'input[name=dimensions][value="{dimensions}"]')
            for alike in (False, True):
                page.page.set_checked("#alike", alike)
                for name in page.ask("[...document.querySelectorAll('#sliders input')].map((i) => i.id)"):
                    for key in ("End", "Home"):
                        page.page.focus(f"#{name}")
                        page.page.keyboard.press(key)
    page.page.click("#reset")
    assert page.ask("same(model.setting, DATA.initial)")


@pytest.mark.parametrize("name", ["stride-and-dilation", "groups", "one-dimension", "transposed-output-padding"])
@pytest.mark.parametrize("view", VIEWS)
def test_address_gives_the_page_again(page: Opened, name: str, view: str) -> None:
    setting = as_setting(SETTINGS[name])
    page.ask("enter(given[0], {view: given[1], seed: 7})", [setting, view])
    page.ask("select({array: model.arrays[0], flat: 1})")
    fragment = page.ask("location.hash.slice(1)")
    seen = "[model.setting, model.view, model.seed, model.cell, document.getElementById('views').innerText]"
    before = page.ask(seen)
    page.go(fragment)
    assert page.ask(seen) == before
    assert page.ask("location.hash.slice(1)") == fragment


@pytest.mark.parametrize(
    "fragment",
    [
        "input=axb", "input=3x3x3", "stride=0x0&filter=99x99", "input=&filter=", "padding=1:2:3x0", "groups=5",
        "cell=a.9.9.9.9.9&view=none&numbers=-1", "%%%", "cell=__proto__.1&layer=constructor", "input=3x3&filter=2",
    ],
)  # fmt: skip
def test_address_without_sense_gives_a_page_all_the_same(page: Opened, fragment: str) -> None:
    page.go(fragment)
    assert page.page.locator("#arrays .cell").count() > 0
    assert page.page.locator("#reading math").count() > 0


def test_keys_alone_reach_everything(page: Opened) -> None:
    """Tab goes from tab to play, step, and one cell of every array; arrows walk inside; the sentence follows."""
    keyboard = page.page.keyboard
    page.page.focus("#tab-net")
    keyboard.press("ArrowRight")
    assert page.ask("model.view") == "da"
    assert page.ask("document.activeElement.id") == "tab-da"
    visited = []
    for _ in range(3):
        keyboard.press("Tab")
        visited.append(page.ask("document.activeElement.closest('figure')?.dataset.array"))
    assert visited == ["δ", "w", "∂E/∂a"]
    at = page.ask("model.cell")
    assert at["array"] == "∂E/∂a"
    for key, flat in (("ArrowRight", 1), ("ArrowDown", 4), ("End", 5), ("ArrowRight", 5), ("Home", 3), ("ArrowUp", 0)):
        if key == "ArrowRight" and flat == 1:
            page.ask("built.get('∂E/∂a').cells[0].focus()")
        keyboard.press(key)
        assert page.ask("model.cell.flat") == flat
        shown = page.ask("document.getElementById('sentence').textContent")
        assert shown.startswith(f"∂E/∂a[{flat // 3},{flat % 3}] = ")
        assert page.ask("document.activeElement.getAttribute('aria-label')").startswith(shown.split(" = ")[0])
        assert page.ask("document.getElementById('step').value") == str(flat)
    keyboard.press("Tab")
    assert page.ask("document.activeElement.id") == "play"
    keyboard.press("Tab")
    keyboard.press("End")
    assert page.ask("model.cell.flat") == 8


def test_a_reader_types_numbers_of_his_own(page: Opened) -> None:
    """A digit on a cell that is given opens the field; the sums follow, the address holds it, Enter leads back."""
    keyboard = page.page.keyboard
    page.go("view=da&cell=w.0.0.0.1.0")
    before = page.ask("model.values")
    page.page.focus(cell("w", 2))
    keyboard.type("-7")
    values = page.ask("model.values")
    assert values["w"] == [*before["w"][:2], -7, before["w"][3]]
    gained = np.zeros((3, 3), int)
    gained[1:, :2] = np.reshape(before["δ"], (2, 2)) * (-7 - before["w"][2])
    assert (np.array(values["∂E/∂a"]) == before["∂E/∂a"] + gained.ravel()).all()
    assert page.page.locator(cell("w", 2)).get_attribute("aria-label") == "w[1,0] = −7"
    assert "= −7." in page.ask("document.getElementById('sentence').textContent")
    keyboard.press("Enter")
    assert page.ask("[model.cell, document.activeElement.dataset.flat]") == [{"array": "w", "flat": 2}, "2"]
    keyboard.press("ArrowUp")
    keyboard.type("4")
    keyboard.press("Escape")
    page.page.click("#tab-net")
    fragment = page.ask("location.hash.slice(1)")
    assert fragment.endswith("&own=w.0:4,w.2:-7")
    values = page.ask("model.values")
    assert values["w"][::2] == [4, -7]
    page.go(fragment)
    assert page.ask("model.values") == values
    slide(page, "#set-input-H1", 1)
    assert page.ask("model.values.w[2]") == -7
    slide(page, "#set-filter-K1", 1)
    assert page.ask("model.edits") == {}


def test_only_given_cells_take_small_whole_numbers(page: Opened) -> None:
    page.go("view=net&own=a.9:1,net.0:3,a.1:100,a.2:5,bias.0:-3,δ.0:1,a.x:2,__proto__.0:1")
    assert page.ask("model.edits") == {"a": {"2": 5}, "β": {"0": -3}}
    page.page.click(cell("net", 0))
    assert not page.page.is_visible("#edit")
    page.page.click(cell("a", 0))
    for given in ("100", "1.5", ""):
        page.page.fill("#value", given)
        assert page.ask("model.edits") == {"a": {"2": 5}, "β": {"0": -3}}
    page.page.fill("#value", "12")
    assert page.ask("model.values.a[0]") == 12
    page.page.click("#renew")
    assert page.ask("model.edits") == {}


@pytest.mark.parametrize("height", [500, 740])
def test_reading_is_in_sight_and_never_over_the_cell_that_keys_are_on(
    browser: Browser, tmp_path: Path, height: int
) -> None:
    size: Any = {"width": 1000, "height": height}
    with opened(browser, tmp_path, LESSON, viewport=size) as page:
        page.go("view=da&input=16x16&filter=3x3&stride=2&cell=da.0.0.0.0.0")
        page.page.focus(cell("∂E/∂a", 0))
        for _ in range(15):
            page.page.keyboard.press("ArrowDown")
            box, own = (page.ask(f"{at}.getBoundingClientRect().toJSON()") for at in BOXES)
            assert 0 <= own["top"] < own["bottom"] <= box["top"]
            assert box["bottom"] <= height
            assert page.ask("document.getElementById('line').getBoundingClientRect().bottom") <= height
        assert page.ask("model.cell.flat") == 15 * 16


BOXES = ("document.getElementById('this')", "document.activeElement")


def test_line_of_code_is_told_with_the_indices_of_the_cell(page: Opened) -> None:
    for view, pointed, line, at in (
        ("net", ("net", 1), "net[b, n, i, j] += w[n, c, p, q] * a[b, c, i + p, j + q]", "b = 0, n = 0, i = 0, j = 1"),
        ("net", ("w", 2), "net[b, n, i, j] += w[n, c, p, q] * a[b, c, i + p, j + q]", "n = 0, c = 0, p = 1, q = 0"),
        ("da", ("∂E/∂a", 5), "da[b, c, x, y] += w[n, c, p, q] * delta[b, n, i, j]", "b = 0, c = 0, x = 1, y = 2"),
        ("dbias", ("∂E/∂β", 0), "return delta.sum(axis=(0, 2, 3), dtype=delta.dtype)", ""),
    ):
        page.page.click(f"#tab-{view}")
        page.page.hover(cell(*pointed))
        assert page.text("#line").splitlines()[0] == line
        assert page.text("#at") == at


def test_slope_reaches_its_cell_once(page: Opened) -> None:
    """f'(net) is no factor of single products but of their sum, and is told so."""
    page.page.click("#tab-delta_prev")
    page.page.hover(cell("f'(net^{l-1})", 4))
    assert page.page.locator("#reading .reached").count() == 1
    page.page.hover(cell("δ", 0))
    assert page.page.locator("#reading .reached").count() == 4


def test_play_steps_through_the_result(page: Opened) -> None:
    page.page.clock.install()
    page.go("view=net&cell=net.0.0.0.0.0")
    page.page.click("#play")
    assert page.text("#play") == "Pause"
    seen = [page.ask("model.cell.flat")]
    for _ in range(3):
        page.page.clock.run_for(900)
        seen.append(page.ask("model.cell.flat"))
    assert seen == [1, 2, 3, 3]
    assert page.text("#play") == "Play"
    assert page.page.get_attribute("#play", "aria-pressed") == "false"


def test_roles_and_names_for_who_listens(page: Opened) -> None:
    problems = page.ask(
        """(() => {
            const named = 'input, button, [role=grid], [role=gridcell], section, aside';
            const unnamed = [...document.querySelectorAll(named)]
                .filter((e) => !(e.getAttribute('aria-label') || e.innerText?.trim() || e.labels?.length));
            const ids = [...document.querySelectorAll('[id]')].map((e) => e.id);
            return [unnamed.map((e) => e.outerHTML), ids.filter((id, k) => ids.indexOf(id) !== k)];
        })()"""
    )
    assert problems == [[], []]
    assert page.page.locator("[aria-live=polite]").count() == 1
    assert page.page.locator("[role=row] > [role=gridcell]").count() == page.page.locator("#arrays .cell").count()
    page.page.click("#tab-da")
    assert page.ask(
        "[...document.querySelectorAll('[role=row]:not([aria-hidden])')].every((r) => r.querySelector('.cell'))"
    )
    assert page.page.get_by_role("tab", name="to the input ∂E/∂a", exact=True).count() == 1
    assert page.page.locator("[role=tab][aria-selected=true]").count() == 1
    assert page.ask("document.documentElement.lang") == "en"


def test_page_opens_on_a_cell_that_products_reach(page: Opened) -> None:
    """At stride and dilation 2 no product reaches every other cell of ∂E/∂a, and one of these is in the middle."""
    page.go("view=da&input=9&filter=3&stride=2&dilation=2&padding=1")
    assert page.page.locator(cell("∂E/∂a", 4) + ".unread").count() == 1
    assert page.page.locator('[data-array="∂E/∂a"] .current.unread').count() == 0
    assert page.ask("model.cell.flat") in (3, 5)


def test_panels_of_one_filter_stay_together(page: Opened) -> None:
    page.go("view=net&depth=3&filters=4")
    labels = [
        bundle.locator(".label").all_inner_texts() for bundle in page.page.locator('[data-array="w"] .bundle').all()
    ]
    assert labels == [[f"n = {n}, c = {c}" for c in range(3)] for n in range(4)]
    assert page.page.locator('[data-array="a"] .bundle').count() == 1


def test_without_bias_there_is_no_view_of_it(browser: Browser, tmp_path: Path) -> None:
    with opened(browser, tmp_path, Geometry(bias=False)) as page:
        assert not page.page.is_visible("#tab-dbias")
        assert "β" not in page.text("#general")
        assert page.text("#command").endswith("--no-bias")
        page.go("view=dbias")
        assert page.ask("model.view") == "net"


@pytest.mark.parametrize(
    "name", ["stride-and-dilation", "one-dimension", "groups", "flip", "transposed-output-padding"]
)
def test_page_opens_with_the_layer_it_was_made_for(browser: Browser, tmp_path: Path, name: str) -> None:
    with opened(browser, tmp_path, SETTINGS[name]) as page:
        assert page.ask("model.setting") == as_setting(SETTINGS[name])
        assert page.text("#problem") == ""
        assert page.ask("document.getElementById('command').textContent").startswith("symconv build --layer ")
