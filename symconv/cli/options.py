"""The flags that name a layer, one table for all commands, and the options that several commands share."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import click

from symconv.errors import RequestError
from symconv.specification import KEYS, read_layer_file, specify

Command = Callable[..., Any]

FLAGS: tuple[Callable[[Command], Command], ...] = (
    click.argument("layer_file", metavar="[LAYER.toml]", required=False, type=click.Path()),
    click.option(
        "--layer",
        metavar="KIND",
        help="conv, conv-transpose, dense, locally-connected, avg-pool or max-pool.  [default: conv]",
    ),
    click.option("--name", metavar="NAME", help="An identifier; names the emitted class and the folder."),
    click.option(
        "--input",
        metavar="SIZES",
        help="Spatial sizes, 3x32x32 with the depth first beside a --filter of two dimensions; upper-case "
        "names such as HxW leave sizes open.  [default: 3x3]",
    ),
    click.option("--filter", metavar="SIZES", help="Filter size.  [default: 2 in each dimension]"),
    click.option("--filters", metavar="N", help="Number of filters.  [default: 1]"),
    click.option("--depth", metavar="C", help="Input channels.  [default: 1]"),
    click.option("--batch", metavar="B", help="Examples in one array.  [default: 1]"),
    click.option("--groups", metavar="G", help="Groups of channels.  [default: 1]"),
    click.option("--stride", metavar="S", help="One number, or one per dimension: 2x1.  [default: 1]"),
    click.option("--dilation", metavar="D", help="One number, or one per dimension.  [default: 1]"),
    click.option("--padding", metavar="P", help="1, 1x2, before:after 1:2x0:1, same or valid.  [default: 0]"),
    click.option("--output-padding", metavar="R", help="conv-transpose only.  [default: 0]"),
    click.option("--flip", is_flag=True, default=None, help="True convolution instead of cross-correlation."),
    click.option(
        "--activation",
        metavar="F",
        help="identity, relu, leaky-relu, sigmoid, tanh, softplus, elu, gelu, silu, or an expression in x.  "
        "[default: identity]",
    ),
    click.option("--previous-activation", metavar="F", help="That of the layer before.  [default: an unnamed f]"),
    click.option("--bias/--no-bias", default=None, help="With or without a bias.  [default: bias]"),
    click.option("--count-include-pad/--no-count-include-pad", default=None, help="avg-pool: count padding, or not."),
    click.option("--ceil-mode/--no-ceil-mode", default=None, help="Pooling: round the output size up, or down."),
    click.option("--dtype", metavar="TYPE", help="float32 or float64; for tests and bounds.  [default: float64]"),
    click.option(
        "--formula",
        metavar="TEXT",
        help='A layer of one\'s own in index notation, "net[b,n,i] = …", with --input, --output, and --filter for w.',
    ),
    click.option("--output", metavar="SIZES", help="Spatial sizes of net; beside --formula only."),
)


def takes_layer(command: Command) -> Command:
    """Give a command the flags of a layer and the layer file; it is called with the `Specification` they make."""

    @wraps(command)
    def run(*, given: dict[str, object], **options: Any) -> Any:
        return command(specification=specify(given), **options)

    return takes_keys(run)


def takes_keys(command: Command) -> Command:
    """The same flags; the command is called with the keys and values that were ``given``, for it to complete."""

    @wraps(command)
    def run(*, layer_file: str | None, **options: Any) -> Any:
        flags = {key: options.pop(key) for key in KEYS}
        return command(given=keys_given(layer_file, flags), **options)

    return options(*FLAGS)(run)


def keys_given(layer_file: str | None, flags: dict[str, object]) -> dict[str, object]:
    """The keys and values of a file and flags; flags win."""
    if layer_file is not None and not layer_file.endswith(".toml"):
        raise RequestError(f"{layer_file!r} is no path that ends in .toml; name the layer by flags or by a layer file")
    from_file = {} if layer_file is None else read_layer_file(layer_file)
    return {**from_file, **{key: value for key, value in flags.items() if value is not None}}


def options(*shared: Callable[[Command], Command]) -> Callable[[Command], Command]:
    """Several options in the order of the help text."""

    def add(command: Command) -> Command:
        for option in reversed(shared):
            command = option(command)
        return command

    return add


document_options = options(
    click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the text."),
    click.option("--base", type=click.Choice(["0", "1"]), default="0", show_default=True, help="First index."),
    click.option("--values", metavar="FILE", type=click.Path(), help="Numbers for the example: .toml, .json or .npz."),
    click.option("--pdf", is_flag=True, help="Write a PDF too, typeset by pdflatex; Chinese by xelatex."),
)

layout_option = click.option(
    "--layout",
    type=click.Choice(["channels_first", "channels_last"]),
    default="channels_first",
    show_default=True,
    help="Where arrays have their channel axis.",
)
accuracy_option = click.option(
    "--accuracy",
    type=click.Choice(["exact", "fast"]),
    default="exact",
    show_default=True,
    help="Whether algorithms that round more are allowed.",
)
code_options = options(
    click.option("--schedule", metavar="NAME", default="auto", show_default=True, help="How the sums are computed."),
    layout_option,
    accuracy_option,
)

json_option = click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
against_option = click.option("--against", type=click.Choice(["torch"]), help="Compare with a framework as well.")


def output_option(name: str, metavar: str, default: str | None) -> Callable[[Command], Command]:
    """``-o``: where to write; without a default it has to be given."""
    shown = {"required": True} if default is None else {"help": f"[default: {default}]"}
    return click.option("-o", name, metavar=metavar, type=click.Path(), callback=_not_empty, **shown)


def _not_empty(_: click.Context, __: click.Parameter, path: str | None) -> str | None:
    if path == "":
        raise RequestError("the path after -o is empty; name a place to write to")
    return path


def is_pdf(file: str | None) -> bool:
    """Whether a file is called as a PDF is."""
    return file is not None and file.endswith(".pdf")


def beside(file: str) -> str:
    """The PDF that goes with a file of another kind."""
    return str(Path(file).with_suffix(".pdf"))


def check_pdf(pdf: bool, format_: str | None, file: str | None) -> None:
    """Refuse a PDF without a file, a text in a file that is called a PDF, and a PDF of another format than LaTeX."""
    if pdf and file in (None, "-"):
        raise RequestError("--pdf writes a file and none is named; add -o FILE.tex, or -o FILE.pdf")
    if not pdf and is_pdf(file):
        raise RequestError(f"{file!r} is called a PDF, and the derivation is written as text; add --pdf")
    if is_pdf(file) and format_ not in (None, "latex"):
        raise RequestError(f"{file!r} is called a PDF, and --format {format_} is none; leave one of them out")
    if pdf and Path(beside(str(file))).is_dir():
        raise RequestError(f"{beside(str(file))!r} is a folder; give a file with -o")
