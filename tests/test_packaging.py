"""What a stranger gets: the sdist and the wheel built from it, installed where no checkout is near."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import pytest

import symconv

ROOT = Path(__file__).parents[1]

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("packaging")]


def run(*command: str | Path, cwd: str | Path = "/") -> str:
    """Standard output of a command that must succeed; what it said is the message where it does not."""
    done = subprocess.run([*map(str, command)], cwd=cwd, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    assert done.returncode == 0, f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from the sdist, so that both hold everything."""
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--outdir", folder, ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The programs of a fresh environment into which only the wheel was installed."""
    folder = tmp_path_factory.mktemp("environment")
    run(sys.executable, "-m", "venv", folder)
    programs = folder / ("Scripts" if sys.platform == "win32" else "bin")
    run(programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel)
    return programs


def files(folder: Path) -> set[str]:
    """What lies in a folder, caches aside, by the path it has in the wheel."""
    found = (p.relative_to(folder) for p in folder.rglob("*") if p.is_file())
    return {p.as_posix() for p in found if "__pycache__" not in p.parts}


def test_wheel_holds_the_package_the_templates_and_nothing_else(wheel: Path) -> None:
    names = {name for name in ZipFile(wheel).namelist() if ".dist-info/" not in name}
    templates = files(ROOT / "templates")
    assert templates
    assert names == {f"symconv/{name}" for name in files(ROOT / "symconv")} | {
        f"symconv/templates/{t}" for t in templates
    }


def test_wheel_carries_the_licence(wheel: Path) -> None:
    assert any(name.endswith(".dist-info/licenses/LICENSE") for name in ZipFile(wheel).namelist())


def test_command_says_its_version(environment: Path) -> None:
    assert symconv.__version__ in run(environment / "symconv", "--version")


def test_command_builds_the_lesson_from_the_installed_templates(environment: Path, tmp_path: Path) -> None:
    run(environment / "symconv", "build", "-o", tmp_path / "out", cwd=tmp_path)
    assert {"layer.py", "test_layer.py", "derivation.md"} <= {p.name for p in (tmp_path / "out").iterdir()}


def test_pytest_finds_the_plugin_of_the_installed_wheel(environment: Path, tmp_path: Path) -> None:
    run(environment / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "pytest")
    suite = "def test_theirs(symconv_geometry):\n    g = symconv_geometry\n    g.assert_right(net=g.right('net'))\n"
    (tmp_path / "test_theirs.py").write_text(suite)
    told = run(environment / "python", "-m", "pytest", "-v", "--strict-markers", "-W", "error", cwd=tmp_path)
    assert "test_theirs[stride-over-filter] PASSED" in told
