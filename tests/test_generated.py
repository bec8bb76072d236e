"""``generated/``: every file comes from the command beside it in the folder's README, byte for byte."""

from __future__ import annotations

import ast
import re
import shlex
from pathlib import Path

import pytest
from click.testing import CliRunner

import symconv
from symconv.cli import main
from tests.conftest import GoldenDirectory

GENERATED = Path(__file__).parents[1] / "generated"
README = (GENERATED / "README.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| (?P<shows>.+) \| `symconv (?P<command>.+)` \|$", re.MULTILINE)
COMMANDS = [row["command"] for row in ROW.finditer(README)]
LEFT_OUT = ("verification.json", "derivation.html")
"""The one holds times, the other a font that another package brings."""
MOST_BYTES = 400_000

MODULES = sorted(p for p in GENERATED.rglob("layer.py"))
EMITTED = [command for command in COMMANDS if command.startswith("emit ")]


def written(folder: Path) -> dict[str, str]:
    """What the commands of the README write, by path."""
    for command in COMMANDS:
        done = CliRunner().invoke(main, shlex.split(command), catch_exceptions=False)
        assert done.exit_code == 0, f"symconv {command}: {done.output}"
    found = (p for p in folder.rglob("*") if p.is_file() and p.name not in LEFT_OUT)
    return {p.relative_to(folder).as_posix(): p.read_bytes().decode("utf-8") for p in found}


def test_every_file_is_what_its_command_writes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, golden_directory: GoldenDirectory
) -> None:
    monkeypatch.chdir(tmp_path)
    golden_directory({**written(tmp_path), "README.md": README}, GENERATED)


def test_every_row_of_the_table_is_read() -> None:
    rows = [line for line in README.splitlines() if line.startswith("|")]
    assert len(COMMANDS) == len(rows) - 2 > 8
    assert len(set(COMMANDS)) == len(COMMANDS)


def test_links_lead_to_files_and_every_folder_is_shown() -> None:
    links = re.findall(r"\]\(([^)]+)\)", README)
    assert [link for link in links if not (GENERATED / link).is_file()] == []
    shown = {Path(link).parts[0] for link in links}
    assert shown == {p.name for p in GENERATED.iterdir() if p.is_dir() and p.name != "__pycache__"}


def test_the_folder_is_small_and_bears_no_date_and_no_path() -> None:
    texts = {
        p: p.read_text(encoding="utf-8")
        for p in GENERATED.rglob("*")
        if p.suffix in (".py", ".md", ".tex", ".txt", ".svg")
    }
    assert sum(len(text.encode()) for text in texts.values()) < MOST_BYTES
    foreign = re.compile(r"\b20\d\d-\d\d|\b\d\d:\d\d:\d\d|(?<![\w.])/(home|tmp|root|usr|work|Users)/|C:\\\\")
    assert [p.name for p, text in texts.items() if foreign.search(text)] == []


@pytest.mark.parametrize("path", MODULES, ids=lambda p: p.parent.name)
def test_a_module_runs_with_numpy_alone(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    imported = {
        name
        for node in ast.walk(ast.parse(text))
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [str(node.module)]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert imported - {"concurrent.futures", "contextvars"} <= {"numpy", "numpy.lib.stride_tricks"}
    module = symconv.Source(text, why="").load()
    assert callable(module.Layer)


@pytest.mark.slow
@pytest.mark.parametrize("command", EMITTED)
def test_an_emitted_module_passes_every_verdict(command: str) -> None:
    layer = re.sub(r"^emit|--schedule \w+|-o \S+", "", command)
    file = GENERATED / command.split()[-1]
    done = CliRunner().invoke(main, ["verify", *shlex.split(layer), "--code", str(file)])
    assert done.exit_code == 0, done.output
