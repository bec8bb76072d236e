"""The explorer's page in Chromium, as the tests of it drive it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from symconv.emit import explorer_page
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.explorer import setting
from symconv.render.explorer_data import DIMENSIONS, KINDS
from tests.cases import GEOMETRIES, random_geometries

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

VIEWS = {
    "net": "net_input",
    "∂E/∂a": "input_gradient",
    "δ^{l-1}": "error_term",
    "∂E/∂w": "weight_gradient",
    "∂E/∂β": "bias_gradient",
}
"""The goals of the page, and what a derivation calls them."""


def _is_drawn(geometry: Geometry) -> bool:
    return geometry.kind in KINDS and geometry.dimensions in DIMENSIONS


SETTINGS = {
    **{name: geometry for name, geometry in GEOMETRIES.items() if _is_drawn(geometry)},
    **{
        f"{kind}-{k}": geometry
        for kind in KINDS
        for k, geometry in enumerate(random_geometries(kind, 14))
        if _is_drawn(geometry)
    },
}
"""Settings of the sliders, by what they are there for."""


class Opened:
    """A page, what it wrote to its console, and what it asked of the network."""

    def __init__(self, page: Page, file: Path) -> None:
        self.page, self.file = page, file
        self.complaints: list[str] = []
        self.requests: list[str] = []
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("request", lambda request: self.requests.append(request.url))

    def go(self, fragment: str = "") -> None:
        """Open the page anew at an address."""
        self.page.goto("about:blank")
        self.page.goto(f"{self.file.as_uri()}#{fragment}")

    def ask(self, script: str, argument: Any = None) -> Any:
        """The value of an expression in the page's script; ``given`` is the argument."""
        return self.page.evaluate(f"(given) => ({script})", argument)

    def text(self, selector: str) -> str:
        """The text of one element."""
        return self.page.locator(selector).inner_text()


@cache
def written(geometry: Geometry, language: str) -> str:
    """The page of a layer."""
    return explorer_page(layer(geometry), language)


@contextmanager
def opened(
    browser: Browser, folder: Path, geometry: Geometry, language: str = "en", **settings: Any
) -> Iterator[Opened]:
    """The page of a layer, opened; when it is closed it must have had no complaint and asked for nothing but itself."""
    file = folder / "explorer.html"
    file.write_text(written(geometry, language), encoding="utf-8")
    page = browser.new_page(**settings)
    try:
        found = Opened(page, file)
        found.go()
        yield found
        assert found.complaints == []
        assert {url.split("#")[0] for url in found.requests} <= {file.as_uri(), "about:blank", "data:,"}
    finally:
        page.close()


def as_setting(geometry: Geometry) -> dict[str, object]:
    """The numbers of the sliders for a layer."""
    found: dict[str, object] = json.loads(json.dumps(setting(geometry)))
    return found


def cell(array: str, flat: int) -> str:
    """The selector of a cell."""
    return f'[data-array="{array}"] [data-flat="{flat}"]'


def marked(page: Opened, kind: str = "active") -> dict[str, list[int]]:
    """The cells of every array that are marked so."""
    found: dict[str, list[int]] = page.ask(
        "Object.fromEntries(model.arrays.map((array) => [array, built.get(array).cells.flatMap("
        f"(c, flat) => (c.classList.contains('{kind}') ? [flat] : []))]))"
    )
    return {array: sorted(cells) for array, cells in found.items() if cells}


def slide(page: Opened, selector: str, steps: int) -> None:
    """Move a slider by keys."""
    page.page.focus(selector)
    for _ in range(abs(steps)):
        page.page.keyboard.press("ArrowRight" if steps > 0 else "ArrowLeft")
