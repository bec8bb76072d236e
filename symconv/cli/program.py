"""The group of commands, and how it ends: a status and at most one sentence on stderr, never a traceback."""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from functools import partial
from typing import Any

import click

from symconv.errors import OutsideError, RequestError

PASSED, FAILED, REFUSED, OUTSIDE = 0, 1, 2, 3
"""Exit status: done; a verdict failed; the request made no sense; something outside failed."""
INTERRUPTED, PIPE_CLOSED = 130, 141
"""128 + SIGINT and 128 + SIGPIPE, what a shell reports for programs that end so."""


class Program(click.Group):
    """A click group whose every failure is one sentence and an exit status."""

    def main(self, *args: Any, standalone_mode: bool = True, **extra: Any) -> Any:
        """Run the command line; with ``standalone_mode`` leave the process with the status."""
        write_utf8()
        run: Callable[..., Any] = partial(super().main, **{**extra, "standalone_mode": False})
        if not standalone_mode:
            return run(*args)
        try:
            if sys.stdout is None:
                raise OutsideError("standard output is closed; leave it open, or send it to a file")
            result = run(*args)
        except SystemExit:  # how click answers a reader that closed the pipe
            sys.exit(PIPE_CLOSED)
        except Exception as error:
            if sys.flags.dev_mode:  # python -X dev -m symconv … shows where a fault of ours lies
                raise
            status, message = status_and_message(error)
            click.echo(f"symconv: {' '.join(message.split())}", err=True)
            sys.exit(status)
        sys.exit(result if isinstance(result, int) else PASSED)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  (click's signature)
        """The commands in the order in which they were made, the main job first."""
        return list(self.commands)

    def invoke(self, ctx: click.Context) -> Any:
        """Run one command, and see its output through: a reader that closed the pipe (``| head``) ends it here."""
        result = super().invoke(ctx)
        sys.stdout.flush()
        return result


def write_utf8() -> None:
    """Code and documents in a pipe are UTF-8 whatever the locale; a terminal that lacks a letter shows its number."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def status_and_message(error: Exception) -> tuple[int, str]:
    """The exit status and the sentence of a failure."""
    match error:
        case RequestError():
            return REFUSED, str(error)
        case OutsideError():
            return OUTSIDE, str(error)
        case click.Abort():
            return INTERRUPTED, "interrupted"
        case click.ClickException():
            return REFUSED, one_sentence(error.format_message()) + _advice(error)
        case OSError():
            where = f" {error.filename!r}" if error.filename else ""
            return OUTSIDE, f"the system refused{where}: {error.strerror or type(error).__name__}"
        case MemoryError():
            return OUTSIDE, "the memory of this machine is used up; give smaller sizes"
        case _:
            return OUTSIDE, f"symconv itself failed with {type(error).__name__}: {error}; please report the command"


def _advice(error: click.ClickException) -> str:
    """Where to look, after a message of click's that tells only what is wrong."""
    told = "; " in one_sentence(error.format_message())
    context = error.ctx if isinstance(error, click.UsageError) else None
    return "" if told or context is None else f"; `{context.command_path} --help` tells what there is"


def one_sentence(message: str) -> str:
    """click's messages in the form of ours.

    >>> one_sentence("No such option '--strid'. Did you mean '--stride'?")
    "no such option '--strid'; did you mean '--stride'?"
    """
    joined = message.strip().rstrip(".").replace(". ", "; ").replace("; Did you", "; did you")
    return joined[:1].lower() + joined[1:]
