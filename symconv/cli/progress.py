"""What long work shows while it goes on: on a terminal, and not before it has lasted a second."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Timer

PATIENCE = 1.0
"""Seconds of work that pass without a word."""

Tell = Callable[[str, int, int], None]
"""What is being done now, how many parts are done, and how many there are (0: nobody knows)."""


@contextmanager
def progress() -> Iterator[Tell]:
    """A line on stderr that goes away when the work is done; nothing at all where stderr is no terminal."""
    if not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), BarColumn(bar_width=20), TextColumn("{task.description}"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=None)

    def tell(what: str, done: int, of: int) -> None:
        bar.update(task, description=what, completed=done, total=of or None)

    timer = Timer(PATIENCE, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield tell
    finally:
        timer.cancel()
        timer.join()  # else it might start the bar after it was stopped
        bar.stop()


@contextmanager
def working(what: str) -> Iterator[None]:
    """The same for work that is done in one piece."""
    with progress() as tell:
        tell(what, 0, 0)
        yield
