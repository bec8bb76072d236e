"""What the README shows is what happens: every block is run, and every output compared; only seconds may differ."""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.conftest import difference, update_command, write

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\(([^)#:]+)\)")
FIRST_SCREEN = 45

# A reader's shell: the commands of this environment, this checkout, and no terminal.
ENVIRONMENT = {
    **os.environ,
    "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
    "PYTHONPATH": str(ROOT),
    "PYTHONDONTWRITEBYTECODE": "1",
}


def text() -> str:
    return README.read_text(encoding="utf-8")


def without_seconds(shown: str) -> str:
    """Times blotted out."""
    return re.sub(r"\b\d+\.\d+ ?s\b", "0.00s", shown)


def console(block: str, folder: Path) -> str:
    """Each ``$ command`` of a block, followed by what it prints."""
    shown = []
    for command in re.findall(r"^\$ (.*)$", block, re.MULTILINE):
        done = subprocess.run(
            ["bash", "-o", "pipefail", "-c", command],
            cwd=folder,
            env=ENVIRONMENT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            encoding="utf-8",
        )
        shown.append(f"$ {command}\n{done.stdout}")
    return "".join(shown)


class Recorder(doctest.DocTestRunner):
    """Runs the examples of a block and keeps what each printed; an exception is no output."""

    def __init__(self) -> None:
        super().__init__(verbose=False)
        self.got: list[str] = []

    def report_success(self, *arguments: Any) -> None:
        self.got.append(arguments[-1])

    def report_failure(self, *arguments: Any) -> None:
        self.got.append(arguments[-1])

    def report_unexpected_exception(self, *arguments: Any) -> None:
        _, _, example, (_, error, _) = arguments
        pytest.fail(f"{README.name}, {example.source.strip()}: {error!r}", pytrace=False)


def session(block: str, folder: Path) -> str:  # noqa: ARG001  (a session has its own modules only)
    """Each ``>>> statement`` of a block, followed by what it prints."""
    test = doctest.DocTestParser().get_doctest(block, {"__name__": "__main__"}, README.name, None, None)
    recorder = Recorder()
    recorder.run(test, out=lambda _: None)
    assert len(recorder.got) == len(test.examples)
    prompts = (re.sub(r"^", "... ", e.source, flags=re.MULTILINE).removesuffix("... ") for e in test.examples)
    return "".join(f">>> {p.removeprefix('... ')}{got}" for p, got in zip(prompts, recorder.got, strict=True))


def layer_file(block: str, folder: Path) -> str:
    """A file named by its first line; commands further down use it."""
    name = block.splitlines()[0].removeprefix("# ")
    (folder / name).write_text(block, encoding="utf-8")
    return block


def targets(block: str, folder: Path) -> str:  # noqa: ARG001  (the Makefile lies in the checkout)
    """Set-up is not run inside a test; that make knows each target and what to do for it is checked."""
    for line in block.splitlines():
        command = line.split("#")[0].split()
        assert command[0] == "make"
        subprocess.run([*command, "--dry-run"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return block


RUN: dict[str, Callable[[str, Path], str]] = {
    "console": console,
    "python": session,
    "toml": layer_file,
    "sh": targets,
}


def test_every_block_shows_what_it_prints(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for folder in ("examples", "benchmarks"):
        (tmp_path / folder).symlink_to(ROOT / folder)
    monkeypatch.chdir(tmp_path)

    def shown(block: re.Match[str]) -> str:
        language, stored = block.groups()
        produced = RUN[language](stored, tmp_path)
        same = without_seconds(produced) == without_seconds(stored)
        return block.group() if same else f"```{language}\n{produced}```"

    produced = BLOCK.sub(shown, text())
    if request.config.getoption("--update-golden"):
        write(README, produced)
    elif complaint := difference(README, produced, README.name):
        pytest.fail(f"{complaint}\n{update_command(request)}", pytrace=False)


def test_first_screen_is_a_sentence_a_command_and_its_output() -> None:
    screen = text().split("\n## ")[0]
    assert len(screen.splitlines()) <= FIRST_SCREEN
    first = BLOCK.search(screen)
    assert first is not None
    assert first.group(2).startswith("$ symconv build\n")
    assert "![" not in screen


def test_links_lead_somewhere() -> None:
    links = LINK.findall(text())
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_a_changed_output_is_noticed(tmp_path: Path) -> None:
    assert console("$ echo 1\n2\n$ echo 3\n", tmp_path) == "$ echo 1\n1\n$ echo 3\n3\n"
    assert session(">>> 1 + 1\n3\n>>> for i in range(2):\n...     print(i)\n", tmp_path) == (
        ">>> 1 + 1\n2\n>>> for i in range(2):\n...     print(i)\n0\n1\n"
    )
    assert without_seconds("2 passed in 0.72s, 0.01 s") == "2 passed in 0.00s, 0.00s"
