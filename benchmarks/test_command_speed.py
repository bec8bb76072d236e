"""`symconv --help` within 0.15 s, a bad request as fast, and `symconv build` of the lesson's case within 3 s in all."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1])}


def command(folder: Path, *arguments: str) -> int:
    """The exit status of a whole run of the command, start of Python included."""
    run = [sys.executable, "-m", "symconv", *arguments]
    return subprocess.run(run, cwd=folder, capture_output=True, stdin=subprocess.DEVNULL, env=ENVIRONMENT).returncode


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--help"], 0), (["build", "--help"], 0), (["derive", "--stride", "0"], 2)]
)
def test_an_answer_without_algebra(benchmark: Any, tmp_path: Path, arguments: list[str], status: int) -> None:
    assert benchmark(command, tmp_path, *arguments) == status


def test_build_of_the_lesson(benchmark: Any, tmp_path: Path) -> None:
    assert benchmark.pedantic(command, (tmp_path, "build"), rounds=3) == 0
