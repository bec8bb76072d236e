"""The command as a process of its own: streams that close or fill, interrupts, terminals, and what it loads."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[1]), "TERM": "xterm", "COLUMNS": "80"}
COMMAND = (sys.executable, "-m", "symconv")


def run(
    *arguments: str, cwd: Path, stdout: int | IO[str] = subprocess.PIPE, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """The command run to its end, its streams as bytes."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        env={**ENVIRONMENT, **environment},
    )


def python(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=ENVIRONMENT)


def test_a_full_disk_is_status_3(tmp_path: Path) -> None:
    if not Path("/dev/full").exists():
        pytest.skip("needs /dev/full")
    with open("/dev/full", "w") as full:  # noqa: PTH123  (a device, not a file of ours)
        done = run("derive", cwd=tmp_path, stdout=full)
    assert done.returncode == 3
    assert b"No space left on device" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("arguments", ["derive", "build", "emit --explain", "--help"])
def test_a_reader_that_leaves_early_hears_nothing_more(tmp_path: Path, arguments: str) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    done = run(*arguments.split(), cwd=tmp_path, stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (141, b"")


def test_an_interrupt_is_status_130_and_leaves_nothing(tmp_path: Path) -> None:
    program = (
        "import signal, time\nfrom symconv import api\nfrom symconv.cli import main\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"  # a shell may ignore it
        "def verify(*_, **__):\n    print('verifying', flush=True)\n    time.sleep(60)\n"
        "api.verify = verify\nmain(['build'])"
    )
    started = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert started.stdout is not None
    assert started.stdout.readline() == "verifying\n"
    started.send_signal(signal.SIGINT)
    printed, said = started.communicate(timeout=60)
    assert (started.returncode, printed, said.strip()) == (130, "", "symconv: interrupted")
    assert not list(tmp_path.iterdir())


def test_a_pipe_gets_utf8_whatever_the_locale(tmp_path: Path) -> None:
    done = run("derive", cwd=tmp_path, PYTHONIOENCODING="ascii")
    assert (done.returncode, done.stderr) == (0, b"")
    assert "∂E/∂w" in done.stdout.decode("utf-8")


@pytest.mark.parametrize(("seconds", "is_shown"), [(0.1, False), (1.5, True)])
def test_progress_shows_on_a_terminal_after_a_second(seconds: float, is_shown: bool) -> None:
    pty = pytest.importorskip("pty")
    program = (
        "import time\nfrom symconv.cli.progress import progress\n"
        f"with progress() as tell:\n    tell('net_input is net', 1, 4)\n    time.sleep({seconds})"
    )
    terminal, other_end = pty.openpty()
    done = subprocess.run([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=other_end, env=ENVIRONMENT)
    os.write(other_end, b"end")
    shown = os.read(terminal, 65_536).decode()
    os.close(terminal)
    os.close(other_end)
    assert (done.returncode, done.stdout) == (0, b"")
    assert ("net_input is net" in shown) == is_shown


@pytest.mark.parametrize("width", [60, 80])
def test_a_summary_fits_the_terminal(tmp_path: Path, width: int) -> None:
    pty = pytest.importorskip("pty")
    terminal, other_end = pty.openpty()
    layer = ["--input", "2x9x9", "--filter", "3x3", "--filters", "3", "--stride", "2", "--padding", "1"]
    environment = {**ENVIRONMENT, "COLUMNS": str(width)}
    done = subprocess.run([*COMMAND, "build", *layer], cwd=tmp_path, stdout=other_end, env=environment)
    os.write(other_end, b"end")
    shown = os.read(terminal, 65_536).decode()
    os.close(terminal)
    os.close(other_end)
    assert done.returncode == 0
    assert "\x1b[" in shown
    lines = re.sub(r"\x1b\[[0-9;]*m", "", shown).splitlines()
    assert "net 1x3x5x5" in lines[0]
    assert max(map(len, lines)) <= width


def test_progress_is_silent_in_a_pipe() -> None:
    done = python("from symconv.cli.progress import progress\nwith progress() as tell: tell('x', 1, 4)")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("arguments", "status"), [(["--help"], 0), ([], 0), (["derive", "--stride", "0"], 2), (["prove"], 2)]
)
def test_a_real_process_ends_with_the_status(tmp_path: Path, arguments: list[str], status: int) -> None:
    done = run(*arguments, cwd=tmp_path)
    assert done.returncode == status
    assert (done.stderr == b"") == (status == 0)


@pytest.mark.parametrize("arguments", ["['--help']", "['build', '--help']", "['derive', '--stride', '0']", "['prove']"])
def test_help_and_refusals_load_neither_sympy_nor_rich(arguments: str) -> None:
    program = (
        "import sys\nfrom symconv.cli import main\n"
        f"try: main({arguments})\nexcept SystemExit: pass\n"
        "print([m for m in ('sympy', 'numpy', 'rich', 'jinja2') if m in sys.modules], file=sys.stderr)"
    )
    done = python(program)
    assert done.stderr.splitlines()[-1] == "[]"
