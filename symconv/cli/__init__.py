"""The command line. Each command is a few lines over the Python API; SymPy and NumPy are imported when one runs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from symconv import __version__
from symconv.cli.bench import bench
from symconv.cli.options import (
    accuracy_option,
    against_option,
    beside,
    check_pdf,
    code_options,
    document_options,
    is_pdf,
    json_option,
    keys_given,
    layout_option,
    output_option,
    takes_keys,
    takes_layer,
)
from symconv.cli.program import FAILED, Program
from symconv.errors import RequestError
from symconv.render.figures.names import NAMES as FIGURES
from symconv.render.figures.names import check_name, check_suffix

if TYPE_CHECKING:
    from symconv.specification import Specification

FORMATS = ("text", "latex", "html", "markdown", "json", "ipynb")
STARTER = "layer.toml"
"""The file that `symconv new` writes where no other is named."""


@click.group(
    cls=Program,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 120},
)
@click.version_option(__version__, "--version", prog_name="symconv")
@click.pass_context
def main(ctx: click.Context) -> None:
    """Derive the backward pass of a layer, write it out, emit it as NumPy code, and check that code.

    LAYER is named by flags, by a file that ends in .toml, or by both (flags win). A bare `symconv build` does the
    lesson's case: a 3x3 input and one 2x2 filter.
    """
    if ctx.invoked_subcommand is None:
        click.echo(ctx.get_help())


@main.command()
@takes_layer
@document_options
@code_options
@click.option("--format", "format_", type=click.Choice(FORMATS), help="One more document beside .tex and .md.")
@click.option("--explain", is_flag=True, help="Show why the schedule was chosen.")
@against_option
@json_option
@output_option("folder", "DIR", "./symconv-out, or ./NAME")
def build(
    specification: Specification,
    language: str,
    base: str,
    values: str | None,
    pdf: bool,
    schedule: str,
    layout: str,
    accuracy: str,
    format_: str | None,
    explain: bool,
    against: str | None,
    as_json: bool,
    folder: str | None,
) -> None:
    """Derive, write, emit and verify a layer: everything into one folder."""
    specification.require_numbers()
    from symconv.cli.build import Choices, build_layer
    from symconv.cli.summary import print_explanation, print_summary

    target = Path(folder or specification.name or "symconv-out")
    choices = Choices(schedule, layout, accuracy, language, int(base), format_, pdf, against, values)
    built = build_layer(specification, choices, target)
    if as_json:
        click.echo(_json(built.report.to_json()))
    else:
        print_summary(built)
        if explain:
            print_explanation(built.source)
    _leave(built.report.passed)


@main.command()
@takes_keys
@click.option("--format", "format_", type=click.Choice(FORMATS), help="[default: text; latex beside --pdf]")
@document_options
@output_option("file", "FILE", "standard output")
def derive(
    given: dict[str, object],
    format_: str | None,
    language: str,
    base: str,
    values: str | None,
    pdf: bool,
    file: str | None,
) -> None:
    """Write the derivation, step by step.

    With --pdf and -o FILE.tex the PDF is FILE.pdf beside it; with -o FILE.pdf it is all that is written. --values FILE
    holds arrays (a, w, bias, delta, and df or net_prev), with which the example at the end is worked; sizes that are
    not given by flags are those of the arrays.
    """
    check_pdf(pdf, format_, file)
    from symconv.cli.progress import working
    from symconv.specification import specify

    if values is not None:
        from symconv.audit.answer_sizes import with_sizes
        from symconv.specification.values import read_values

        given = with_sizes(given, read_values(values))
    specification = specify(given)
    from symconv.cli.summary import deliver, deliver_pdf

    with working("deriving"):
        from symconv import api

        derivation = api.derive(api.layer_of(specification))
        form = format_ or ("latex" if pdf else "text")
        document = derivation.document(form, language=language, base=int(base), values=values)
    made = derivation.pdf(int(base), language=language, values=values) if pdf else None
    if made is None or not is_pdf(file):
        deliver(document, file)
    if made is not None:
        deliver_pdf(made, beside(str(file)))


@main.command()
@takes_layer
@code_options
@click.option("--explain", is_flag=True, help="Print why the schedule was chosen, instead of the code.")
@output_option("file", "FILE", "standard output")
def emit(
    specification: Specification, schedule: str, layout: str, accuracy: str, explain: bool, file: str | None
) -> None:
    """Emit the NumPy module."""
    specification.require_numbers()
    from symconv.cli.progress import working
    from symconv.cli.summary import deliver, print_explanation

    with working("emitting"):
        from symconv import api

        source = api.emit(api.layer_of(specification), schedule=schedule, layout=layout, accuracy=accuracy)
    if explain:
        print_explanation(source)
    if file or not explain:
        deliver(source.text, file)


@main.command()
@takes_layer
@click.option("--code", metavar="FILE", type=click.Path(), help="Judge this module; it runs in a process of its own.")
@layout_option
@accuracy_option
@against_option
@json_option
def verify(
    specification: Specification, code: str | None, layout: str, accuracy: str, against: str | None, as_json: bool
) -> None:
    """Verify the emitted module, or another one that keeps the contract."""
    specification.require_numbers()
    from symconv.cli.build import verify_layer
    from symconv.cli.summary import print_report

    report = verify_layer(specification, code, against, layout, accuracy)
    if as_json:
        click.echo(_json(report.to_json()))
    else:
        print_report(report)
    _leave(report.passed)


@main.command()
@click.argument("formula_", metavar="[FORMULA]", required=False)
@takes_keys
@click.option("--base", type=click.Choice(["0", "1"]), default="0", show_default=True, help="First index.")
@click.option("--values", metavar="FILE", type=click.Path(), help="A numeric answer: .toml, .json or .npz.")
@json_option
def check(given: dict[str, object], formula_: str | None, base: str, values: str | None, as_json: bool) -> None:
    """Judge a formula derived by hand, such as "da = cross(pad(delta, 1), rot180(w))", or an answer in numbers.

    --values FILE holds the arrays of a problem (a, w, bias, delta, and df or net_prev) and the answers somebody found
    (net, da, delta_prev, dw, dbias). With it, FORMULA may be an answer's name, such as da, to judge its numbers; a
    formula, to judge it and the numbers of its target; or be left out, to judge every answer. Sizes that are not given
    by flags are those of the arrays.
    """
    if formula_ is not None and formula_.endswith(".toml") and values is not None:
        formula_, given = None, {**keys_given(formula_, {}), **given}
    if formula_ is None and values is None:
        raise RequestError(
            'the argument FORMULA is missing; give one, such as "dw = cross(a, delta)", or --values FILE'
        )
    from symconv.cli.check import judge_answers, judge_formula

    if values is None:
        report, text = judge_formula(str(formula_), given, int(base))
    else:
        report, text = judge_answers(formula_, given, int(base), values)
    click.echo(_json(report.to_json()) if as_json else text)
    _leave(report.passed)


@main.command()
@click.argument("code", metavar="FILE.py|package.module[:name]")
@takes_layer
@click.option("--map", "names", multiple=True, metavar="contract_name=their_name", help="A name of theirs; repeatable.")
@json_option
def audit(specification: Specification, code: str, names: tuple[str, ...], as_json: bool) -> None:
    """Judge a hand-written layer: functions or a class, in a process of its own."""
    specification.require_numbers()
    from symconv.cli.audit import audit_layer, print_audit

    report = audit_layer(specification, code, names)
    if as_json:
        click.echo(_json(report.to_json()))
    else:
        print_audit(report)
    _leave(report.passed)


@main.command(
    help="Draw one figure of a layer. NAME is one of\n\n\b\n"
    + "\n".join(f"{name:22} {shows}" for name, shows in FIGURES.items())
)
@click.argument("figure_name", metavar="NAME")
@takes_layer
@click.option("--step", type=int, metavar="K", help="Which step, counted from 0.  [default: one in the middle]")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the text.")
@click.option("--base", type=click.Choice(["0", "1"]), default="0", show_default=True, help="First index.")
@output_option("file", "FILE.svg|.tex|.png|.gif", None)
def figure(
    specification: Specification, figure_name: str, step: int | None, language: str, base: str, file: str
) -> None:
    """Draw one figure of a layer."""
    check_name(figure_name)
    check_suffix(file)
    specification.require_numbers(input_too=True)
    from symconv.cli.progress import working

    with working("drawing"):
        from symconv import api

        drawn = api.figure(figure_name, api.layer_of(specification), step, language=language, base=int(base))
        drawn.save(file)
    click.echo(f"wrote {file}")


@main.command()
@takes_layer
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the text.")
@output_option("file", "FILE.html", None)
def explore(specification: Specification, language: str, file: str) -> None:
    """Write a page to play with: point at a cell and see what it reaches."""
    specification.require_numbers(input_too=True)
    from symconv.cli.progress import working

    with working("deriving"):
        from symconv import api

        api.explore(api.layer_of(specification), language=language).save(file)
    click.echo(f"wrote {file}; open it in a browser")


@main.command()
@takes_layer
@output_option("file", "FILE.npz", None)
def vectors(specification: Specification, file: str) -> None:
    """Write exact test vectors for any other implementation."""
    specification.require_numbers(input_too=True)
    from symconv.cli.progress import working

    with working("multiplying out"):
        from symconv import api
        from symconv.vectors import write_vectors

        write_vectors(api.layer_of(specification), Path(file))
    click.echo(f"wrote {file}")


@main.command()
@click.argument("file", metavar="[FILE.toml]", default=STARTER, type=click.Path())
def new(file: str) -> None:
    """Write a commented starter file."""
    if not file.endswith(".toml"):
        raise RequestError(f"{file!r} does not end in .toml, which is how a layer file is known; give FILE.toml")
    if Path(file).exists():
        raise RequestError(f"{file!r} is there already and is not overwritten; give another name")
    from symconv.emit import starter, write_text

    write_text(Path(file), starter())
    click.echo(f"wrote {file}; next: symconv build {file}")


main.add_command(bench)


@main.command()
@takes_layer
@click.option("--seed", type=int, default=0, show_default=True, help="Another number, another sheet.")
@click.option("--language", type=click.Choice(["en", "zh"]), default="en", show_default=True, help="Of the text.")
@click.option("--base", type=click.Choice(["0", "1"]), default="0", show_default=True, help="First index.")
@click.option("-o", "file", metavar="FILE", type=click.Path(), required=True, help="FILE.tex, .html, .md, .txt or .pdf")
def exercise(specification: Specification, seed: int, language: str, base: str, file: str) -> None:
    """Write a problem sheet for a small layer, and its key beside it as FILE-key."""
    specification.require_numbers()
    from symconv.cli.progress import working

    with working("making the problems"):
        from symconv import api

        made = api.exercise(api.layer_of(specification), seed, language=language, base=int(base))
        sheet, key = made.save(file)
    click.echo(f"wrote {sheet} and {key}")


def _not_there_yet(name: str, purpose: str) -> None:
    """A command of the contract that only says it is not there yet, whatever its arguments."""

    def say() -> None:
        raise RequestError(f"`symconv {name}` ({purpose}) is not there yet; `symconv --help` lists what is")

    settings = {"ignore_unknown_options": True, "allow_extra_args": True, "help_option_names": []}
    main.add_command(click.Command(name, callback=say, hidden=True, context_settings=settings))


for _name, _purpose in (
    ("prove", "a proof for all sizes"),
    ("demo", "a small CNN trained with emitted layers only"),
):
    _not_there_yet(_name, _purpose)


def _json(record: object) -> str:
    import json

    return json.dumps(record, indent=2, ensure_ascii=False)


def _leave(passed: bool) -> None:
    if not passed:
        raise click.exceptions.Exit(FAILED)
