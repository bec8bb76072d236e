"""Notebooks as the tests read them, and their code run from top to bottom."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]


def cells(notebook: str, kind: str) -> list[str]:
    """The text of every cell of a kind, in order."""
    record: dict[str, Any] = json.loads(notebook)
    return ["".join(cell["source"]) for cell in record["cells"] if cell["cell_type"] == kind]


def run_as_script(notebook: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """The code cells in a process of their own, one after another; a warning is an error."""
    script = folder / "cells.py"
    script.write_text("\n\n".join(cells(notebook, "code")) + "\n", encoding="utf-8")
    path = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONIOENCODING": "utf-8"}
    command = [sys.executable, "-W", "error", str(script)]
    return subprocess.run(command, cwd=folder, env=path, capture_output=True, encoding="utf-8")


def run_in_jupyter(notebook: str, folder: Path) -> list[dict[str, Any]]:
    """What the cells show when a kernel runs them; the first error is raised."""
    import nbclient
    import nbformat

    read = nbformat.reads(notebook, as_version=4)
    nbclient.NotebookClient(read, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    return [dict(output) for cell in read.cells if cell.cell_type == "code" for output in cell.outputs]
