"""What every test may use: golden files, engines that may be missing, and one profile for hypothesis."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Callable, Generator, Iterator, Mapping
from difflib import unified_diff
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# The same examples on every machine; a slow or busy one must not turn a law into a failure.
settings.register_profile(
    "symconv",
    derandomize=True,
    database=None,
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("symconv")

ENGINES: dict[str, tuple[str, Callable[[], bool]]] = {
    "tex": ("pdflatex, which is not on the path; install texlive-latex-base", lambda: bool(shutil.which("pdflatex"))),
    "pixels": (
        "xelatex and pdftoppm, which are not on the path; install texlive-xetex texlive-lang-chinese poppler-utils",
        lambda: bool(shutil.which("xelatex") and shutil.which("pdftoppm")),
    ),
    "chromium": (
        "playwright and Chromium, of which one is not there; pip install playwright, apt-get install chromium",
        lambda: find_spec("playwright") is not None and bool(shutil.which("chromium")),
    ),
    "jupyter": (
        "nbformat, nbclient and ipykernel, of which one is not there; pip install 'symconv[dev]'",
        lambda: all(find_spec(name) is not None for name in ("nbformat", "nbclient", "ipykernel")),
    ),
    "torch": ("PyTorch, which is not installed; pip install torch", lambda: find_spec("torch") is not None),
}
"""Marker → what a test that bears it needs, and whether it is there."""

CACHES = {"__pycache__", ".pytest_cache"}
"""Folders that running code leaves behind; never part of a compared directory."""

Golden = Callable[..., None]
GoldenDirectory = Callable[[Mapping[str, str], Path], None]


def pytest_addoption(parser: pytest.Parser) -> None:
    """One flag rewrites golden files and compared directories alike."""
    parser.addoption(
        "--update-golden", action="store_true", help="write what the tests produce instead of comparing it"
    )


def required_engines(item: pytest.Item) -> list[str]:
    """The engines the test is marked with that SYMCONV_REQUIRE (names joined by commas) says must be there."""
    demanded = os.environ.get("SYMCONV_REQUIRE", "").split(",")
    return [name for name in ENGINES if item.get_closest_marker(name) and name in demanded]


def pytest_runtest_setup(item: pytest.Item) -> None:
    """A test whose engine is missing is skipped, or fails where the engine is required."""
    for name, (need, is_there) in ENGINES.items():
        if item.get_closest_marker(name) and not is_there():
            if name in required_engines(item):
                pytest.fail(f"SYMCONV_REQUIRE names {name}, but this test needs {need}", pytrace=False)
            pytest.skip(f"needs {need}")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Where an engine is required, no other way of skipping its tests counts as passing them either."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail") and (names := required_engines(item)):
        report.outcome = "failed"
        report.longrepr = f"SYMCONV_REQUIRE names {', '.join(names)}, but the test was skipped: {report.longrepr}"
    return report


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Chromium without a window; tests that use it bear the mark ``chromium``."""
    from playwright.sync_api import sync_playwright

    arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=arguments)
        yield running
        running.close()


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """``golden(text, extension="txt")`` holds ``text`` equal to ``tests/golden/<module>/<test>.<extension>``."""
    tests = Path(__file__).parent
    module = request.path.relative_to(tests).with_suffix("")
    name = re.sub(r"[^\w.=+-]+", "-", request.node.name).strip("-")

    def compare(text: str, extension: str = "txt") -> None:
        path = tests / "golden" / module / f"{name}.{extension}"
        if request.config.getoption("--update-golden"):
            write(path, text)
        elif complaint := difference(path, text, path.relative_to(tests.parent).as_posix()):
            pytest.fail(f"{complaint}\n{update_command(request)}", pytrace=False)

    return compare


@pytest.fixture
def golden_directory(request: pytest.FixtureRequest) -> GoldenDirectory:
    """``golden_directory(texts, directory)`` holds a directory to ``{relative path: text}``, byte for byte.

    Files that differ, that are missing and that nothing accounts for are named, all of them.
    """

    def compare(texts: Mapping[str, str], directory: Path) -> None:
        found = {p.relative_to(directory).as_posix() for p in directory.rglob("*") if p.is_file()}
        extra = sorted(name for name in found - texts.keys() if CACHES.isdisjoint(Path(name).parts))
        if request.config.getoption("--update-golden"):
            for name in extra:
                (directory / name).unlink()
            for name, text in texts.items():
                write(directory / name, text)
            return
        complaints = [difference(directory / name, text, name) for name, text in sorted(texts.items())]
        complaints += [f"extra: {name} is in {directory.name}/, but nothing produces it" for name in extra]
        if any(complaints):
            pytest.fail("\n".join([*filter(None, complaints), update_command(request)]), pytrace=False)

    return compare


def difference(path: Path, text: str, name: str) -> str:
    """A sentence and a unified diff when the file at ``path`` is not ``text``, byte for byte; else nothing."""
    if not path.is_file():
        return f"missing: {name} is not there"
    stored = path.read_bytes()
    if stored == text.encode():
        return ""
    lines = stored.decode(errors="backslashreplace").splitlines(keepends=True), text.splitlines(keepends=True)
    diff = (line if line.endswith("\n") else f"{line}\n" for line in unified_diff(*lines, "stored", "produced"))
    return f"differing: {name}\n{''.join(diff)}"


def write(path: Path, text: str) -> None:
    """``text`` as UTF-8 with its own line endings, in a folder made when needed."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode())


def update_command(request: pytest.FixtureRequest) -> str:
    """The command that accepts what this one test produces."""
    return f"to accept what the test produces: pytest {shlex.quote(request.node.nodeid)} --update-golden"
