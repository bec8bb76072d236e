"""`bench`: layers measured, or a run that was stored shown again."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from symconv.cli.options import FLAGS, keys_given, options
from symconv.cli.program import FAILED
from symconv.errors import OutsideError, RequestError
from symconv.layers.geometry import FORMULA
from symconv.specification import KEYS, specify

if TYPE_CHECKING:
    from symconv.bench.record import Run
    from symconv.bench.rows import Row

SUFFIXES = (".json", ".svg", ".md")
SECONDS, QUICK_SECONDS = 3.0, 0.2


@click.command()
@click.argument("names", metavar="[ROW…|LAYER.toml]", nargs=-1)
@options(*FLAGS[1:])
@click.option("--against", multiple=True, metavar="NAME", help="A package, or none.  [default: all installed]")
@click.option("--schedule", "schedules", multiple=True, metavar="NAME", help="auto, all, or one.  [default: auto]")
@click.option(
    "--layout",
    "layouts",
    multiple=True,
    type=click.Choice(["channels_first", "channels_last"]),
    default=["channels_first"],
    show_default=True,
)
@click.option(
    "--accuracy",
    "accuracies",
    multiple=True,
    type=click.Choice(["exact", "fast"]),
    default=["exact"],
    show_default=True,
)
@click.option("--threads", type=int, default=1, show_default=True, help="Of emitted code and torch; the rest have one.")
@click.option("--clock", type=click.Choice(["cpu", "wall"]), help="What is read.  [default: cpu; wall with --threads]")
@click.option(
    "--seconds", type=float, help=f"Timing of one function of one layer, shared by all.  [default: {SECONDS:g}]"
)
@click.option("--quick", is_flag=True, help="Four rows, little time.")
@click.option("--list", "listed", is_flag=True, help="List the rows, and measure nothing.")
@click.option("--from", "stored", metavar="FILE.json", type=click.Path(), help="Show a stored run.")
@click.option("--tune", is_flag=True, help="Measure the constants of the cost model instead.")
@click.option("--json", "as_json", is_flag=True, help="Print the record as JSON.")
@click.option("-o", "files", multiple=True, metavar="FILE", type=click.Path(), help="Write .json, .svg or .md.")
def bench(names: tuple[str, ...], **given: Any) -> None:
    """Measure emitted layers beside other packages: forward and both gradients, first compared, then timed.

    Without a name the whole layer table; names are those of rows, families and networks (--list). A layer of one's
    own is given as everywhere, by flags or a layer file; its bias is left out (a formula keeps it), and --dtype is
    float32 unless given here. Repeat --against, --schedule, --layout, --accuracy and -o for several.
    """
    files = _checked(given["files"])
    given["clock"] = given["clock"] or ("cpu" if given["threads"] == 1 else "wall")
    flags = {key: given[key] for key in KEYS}
    if given["listed"]:
        return _list(names)
    if given["tune"]:
        return _tune(given, files)
    if given["stored"]:
        run, one = _read(given["stored"]), False
    else:
        rows = _rows(names, flags, given["quick"])
        run, one = _measure(rows, flags["dtype"], given), len(rows) == 1
    _deliver(run, one, files, given["as_json"])
    if not run.passed:
        raise click.exceptions.Exit(FAILED)
    return None


def _checked(files: Sequence[str]) -> list[Path]:
    """Files that can be written, known before anything is measured."""
    for file in files:
        if not file.endswith(SUFFIXES):
            raise RequestError(f"{file!r} does not end in {', '.join(SUFFIXES)}; name the file so with -o")
        if Path(file).is_dir():
            raise RequestError(f"{file!r} is a folder; give a file with -o")
    return [Path(file) for file in files]


def _rows(names: Sequence[str], flags: dict[str, Any], quick: bool) -> Sequence[Row]:
    """The rows named, or the one layer of the flags; ``--dtype`` names none."""
    from dataclasses import replace

    from symconv.bench.rows import QUICK, Row, selected

    layer_files = [name for name in names if name.endswith(".toml")]
    of_a_layer = {key: value for key, value in flags.items() if value is not None and key != "dtype"}
    if not layer_files and not of_a_layer:
        return selected(names or (QUICK if quick else ()))
    if len(names) > len(layer_files[:1]):
        raise RequestError(f"{' '.join(names)!r} beside a layer of one's own; name rows of the table, or one layer")
    asked = specify(keys_given(layer_files[0] if layer_files else None, flags))
    asked.require_numbers(input_too=True)
    geometry = asked.geometry if asked.geometry.kind == FORMULA else replace(asked.geometry, bias=False)
    return (Row(asked.name or "layer", geometry.kind, geometry),)


def _measure(rows: Sequence[Row], dtype: str | None, given: dict[str, Any]) -> Run:
    from symconv.bench.emitted import Variants
    from symconv.bench.run import Settings, peers, run
    from symconv.cli.progress import progress

    seconds = given["seconds"] if given["seconds"] is not None else QUICK_SECONDS if given["quick"] else SECONDS
    variants = Variants(given["schedules"] or ("auto",), given["layouts"], given["accuracies"])
    settings = Settings(dtype or "float32", given["clock"], seconds, given["threads"])
    against = peers(given["against"])
    with progress() as tell:
        return run(rows, variants, against, settings, tell)


def _read(stored: str) -> Run:
    from symconv.bench.record import run_of

    try:
        return run_of(json.loads(Path(stored).read_text(encoding="utf-8")))
    except FileNotFoundError:
        raise RequestError(f"the file {stored!r} is not there; -o FILE.json writes one") from None
    except ValueError as error:
        if isinstance(error, RequestError):
            raise
        raise RequestError(f"the file {stored!r} is no JSON; give one that -o FILE.json wrote") from None
    except OSError as error:
        raise OutsideError(f"the file {stored!r} can not be read: {error.strerror}") from None


def _deliver(run: Run, one: bool, files: Sequence[Path], as_json: bool) -> None:
    """The files, then the record or the tables."""
    from symconv.bench.plot import plot
    from symconv.bench.table import conditions, details, families, left_out, markdown, overview, remarks
    from symconv.cli.summary import print_table
    from symconv.emit import write_text

    record = json.dumps(run.to_json(), indent=1, ensure_ascii=False) + "\n"
    for file in files:
        text = {".json": lambda: record, ".svg": lambda: plot(run), ".md": lambda: markdown(run)}[file.suffix]()
        write_text(file, text)
    if as_json:
        click.echo(record, nl=False)
        return
    click.echo(conditions(run))
    click.echo()
    print_table(details(run) if one else overview(run))
    means = families(run)
    if not one and len(means) > 2:
        click.echo()
        print_table(means)
    for sentence in (*(left_out(run) if one else ()), *remarks(run)):
        click.echo(sentence)
    for file in files:
        click.echo(f"wrote {file}")


def _list(names: Sequence[str]) -> None:
    from symconv.bench.matrix_product import products
    from symconv.bench.rows import selected
    from symconv.cli.summary import print_table

    rows = [(r.name, r.family, f"{products(r.geometry):,}", r.sizes) for r in selected(names)]
    print_table([("layer", "family", "products", "sizes"), *rows])


def _tune(given: dict[str, Any], files: Sequence[Path]) -> None:
    from symconv.bench.run import Settings
    from symconv.bench.tune import tuned
    from symconv.cli.progress import working
    from symconv.cli.summary import print_table
    from symconv.emit import write_text

    if any(file.suffix != ".json" for file in files):
        raise RequestError("constants are written as JSON only; name a file that ends in .json with -o")
    settings = Settings(given["dtype"] or "float32", given["clock"], given["seconds"] or SECONDS)
    with working("measuring this machine"):
        record = tuned(settings.dtype, settings.seconds, settings.clock)
    text = json.dumps(record, indent=1) + "\n"
    for file in files:
        write_text(file, text)
    if given["as_json"]:
        click.echo(text, nl=False)
        return
    found = record["constants"].items()
    print_table(
        [("constant", "value", "unit", ""), *((n, f"{c['value']:.3g}", c["unit"], c["what"]) for n, c in found)]
    )
    for file in files:
        click.echo(f"wrote {file}")
