"""Texts that leave the house: templates filled, files written whole. The only importer of jinja2."""

from __future__ import annotations

import html
import os
import tempfile
import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path

import jinja2

from symconv import __version__
from symconv.derivation.derive import DerivedLayer
from symconv.derivation.example import Example
from symconv.errors import OutsideError, RequestError
from symconv.layers.layer import Layer
from symconv.render.article import article
from symconv.render.article_code import Judged
from symconv.render.document import Document
from symconv.render.document import Figure as Picture
from symconv.render.document_html import html_contents, html_document, html_prose
from symconv.render.document_latex import latex_document
from symconv.render.document_markdown import markdown_document
from symconv.render.document_notebook import notebook_document
from symconv.render.document_text import WIDTH, text_document, text_prose, underlined
from symconv.render.explorer import page_context
from symconv.render.figures.description import Figure
from symconv.render.figures.svg import svg
from symconv.render.figures.tikz import size as printed_size
from symconv.render.figures.tikz import tikz
from symconv.render.math_font import math_font
from symconv.render.messages import catalogue
from symconv.render.module_source import module_context
from symconv.render.prose_latex import latex_prose
from symconv.render.request import request_line
from symconv.render.test_source import test_context
from symconv.schedules.choose import choose

_PACKAGE = Path(__file__).parent
TEMPLATE_FOLDERS = (_PACKAGE / "templates", _PACKAGE.parent / "templates")
"""Where templates lie: inside the package once it is installed, beside it in a checkout."""
PAGES = ("text", "latex", "html", "markdown")
"""What any document is written as."""
FORMATS = (*PAGES, "ipynb")


def document(
    derived: DerivedLayer,
    format: str = "text",  # noqa: A002
    *,
    language: str = "en",
    base: int = 0,
    given: Example | None = None,
    judged: Judged | None = None,
    folder: str | None = None,
) -> str:
    """The written derivation of a layer as one complete text.

    ``base`` is what printed indices count from, 0 or 1; ``given`` holds a reader's numbers for the example; ``judged``
    is the code that it ends with. A notebook has code in any case, where sizes are numbers, and tests it. ``folder``
    is where, beside a Markdown file, the ``pictures`` will be; without one it shows none.
    RequestError for a format, language or base that is not offered.
    """
    if format not in FORMATS:
        raise RequestError(f"the format {format!r} is not offered; choose one of {', '.join(FORMATS)}")
    if format == "ipynb" and judged is None and derived.layer.geometry.is_numeric:
        module = emit_module(derived.layer)
        judged = Judged(module.text, accuracy=module.accuracy)
    told = _told(derived, language, base, given, judged)
    values = "" if given is None else f" --values {given.where}"
    origin = provenance(f"{told.source}{spoken(language)} --base {base}{values}")
    if format == "ipynb":
        return notebook_document(told, origin, _comparison(derived.layer, judged))
    return written_out(told, format, origin, folder)


def pictures(derived: DerivedLayer, *, language: str = "en", base: int = 0) -> dict[str, str]:
    """The figures of the written derivation as SVG, by the names of the files that its Markdown shows."""
    told = _told(derived, language, base, None, None)
    origin = f"{told.source}{spoken(language)} --base {base}"
    drawn = [block.drawn for block in told.blocks if isinstance(block, Picture)]
    return {f"{figure.name}.svg": figure_svg(figure, origin) for figure in drawn}


def written_out(told: Document, format: str, origin: str, folder: str | None = None) -> str:  # noqa: A002
    """A document as one complete text in a format of PAGES; ``origin`` says what it was made from."""
    language = told.language
    match format:
        case "latex":
            texts = catalogue(language).texts
            places = {"title": latex_prose(told.title), "body": latex_document(told).rstrip("\n")}
            places |= {"options": texts["latex.options"], "class": texts["latex.class"]}
            return fill("latex/derivation.tex", provenance=origin, **places)
        case "html":
            return fill(
                "html/derivation.html",
                provenance=html.escape(origin),
                language=language,
                title=html.escape(text_prose(told.title, {})),
                heading=html_prose(told.title, {}),
                contents_title=html.escape(catalogue(language).texts["html.contents"]),
                contents=html_contents(told),
                body=html_document(told).rstrip("\n"),
                font=math_font(),
            )
        case "markdown":
            body = markdown_document(told, folder).rstrip("\n")
            return fill("markdown/derivation.md", provenance=origin, body=body)
    origin = textwrap.fill(origin, WIDTH, break_long_words=False, break_on_hyphens=False)
    return fill(
        "text/derivation.txt",
        provenance=origin,
        title=underlined(text_prose(told.title, {})),
        body=text_document(told).rstrip("\n"),
    )


@dataclass(frozen=True, slots=True)
class EmittedModule:
    """An emitted module's text, why its schedule was chosen, and the estimates behind that, a row each.

    ``accuracy`` is what its floating results keep to, ``exact`` if the schedule is, whatever was allowed.
    """

    text: str
    why: str
    table: tuple[tuple[str, ...], ...]
    accuracy: str


def emit_module(
    layer: Layer, *, schedule: str = "auto", layout: str = "channels_first", accuracy: str = "exact"
) -> EmittedModule:
    """The NumPy module of a layer: *formula → program → source*.

    RequestError for a schedule that does not apply, for sizes that are names, and for what is not there yet.
    """
    chosen = choose(layer.geometry, schedule, layer.dtype, layout, accuracy)
    origin = provenance(f"{request_line(layer)} --schedule {chosen.name}{_flags(layout, chosen.accuracy)}")
    text = fill(
        "numpy/layer.py",
        provenance=_sentence(origin),
        **module_context(layer, chosen.schedules, layout),
    )
    return EmittedModule(text, chosen.why, tuple(e.row for e in chosen.table), chosen.accuracy)


def emit_test(layer: Layer, layout: str = "channels_first", accuracy: str = "exact") -> str:
    """The test file of an emitted module, with a naive forward loop from THEORY §1 as its reference.

    ``accuracy`` is what the module's floating results keep to.
    """
    origin = _sentence(provenance(request_line(layer) + _flags(layout, accuracy)))
    return fill("numpy/test_layer.py", provenance=origin, **test_context(layer, layout, accuracy))


def _comparison(layer: Layer, judged: Judged | None) -> list[tuple[str, str]]:
    """The cells of a notebook in which its module is held to the definition, on whole numbers.

    The definition has its channels first, so there are none for a module that has them last.
    """
    if judged is None or judged.layout != "channels_first":
        return []
    context = {**test_context(layer, judged.layout, judged.accuracy), "activation_lines": []}
    return [(name, fill(f"notebook/{name}.py", **context)) for name in ("reference", "comparison")]


def _flags(layout: str, accuracy: str) -> str:
    """The flags that a layer's own do not say, where they are not the defaults."""
    of_layout = "" if layout == "channels_first" else f" --layout {layout}"
    return of_layout + ("" if accuracy == "exact" else f" --accuracy {accuracy}")


def explorer_page(layer: Layer, language: str) -> str:
    """The page on which a layer is explored, whole: it asks nothing of a network."""
    origin = provenance(f"explore {request_line(layer)}{spoken(language)}")
    return fill("html/explorer.html", provenance=html.escape(origin), font=math_font(), **page_context(layer, language))


def spoken(language: str) -> str:
    """The flag of a language that is not the default."""
    return "" if language == "en" else f" --language {language}"


def figure_svg(figure: Figure, source: str) -> str:
    """A figure as an SVG file; ``source`` is the request it answers."""
    return svg(figure, origin=provenance(source))


def figure_document(figures: Sequence[Figure], source: str) -> str:
    """Figures as a LaTeX document, a page for each, all pages as large as the largest figure.

    What is between the two rules can be pasted into a document that has the same packages.
    """
    sizes = [printed_size(figure) for figure in figures]
    pictures = [tikz(figure).rstrip("\n") for figure in figures]
    return fill(
        "latex/figure.tex",
        provenance=provenance(source),
        width=f"{max(width for width, _ in sizes):.2f}",
        height=f"{max(height for _, height in sizes):.2f}",
        pictures=pictures,
        is_latin=all(picture.isascii() for picture in pictures),
    )


def starter() -> str:
    """A commented layer file to begin with."""
    return fill("text/starter.toml")


@lru_cache(maxsize=2)
def _told(derived: DerivedLayer, language: str, base: int, given: Example | None, judged: Judged | None) -> Document:
    """One article for all formats of it; the second is the one without code, for its figures."""
    return article(derived, language, base, given, judged)


def provenance(source: str) -> str:
    """Where a text comes from, in one line: no date, no path, so that the same layer gives the same bytes."""
    return f"generated by symconv {__version__} from {' '.join(source.split())}"


def fill(name: str, /, **values: object) -> str:
    """The template of that output path with its places filled; a place without a value is an error."""
    return _environment().get_template(f"{name}.jinja").render(values)


@cache
def _environment() -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in TEMPLATE_FOLDERS]),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        autoescape=False,
    )


def _sentence(text: str) -> str:
    """In lines that a docstring holds, as a sentence."""
    wrapped = textwrap.wrap(text[0].upper() + text[1:] + ".", 96, break_on_hyphens=False, break_long_words=False)
    return "\n".join(wrapped)


def write_text(path: Path, text: str) -> None:
    """Write a text file whole or not at all (OutsideError where that is not possible)."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file whole or not at all: beside it first, then in its place. OutsideError where that is not possible.

    A link is followed, and what is no file (a device, a pipe) is written to and stays what it is.
    """
    path = Path(path)
    temporary: str | None = None
    try:
        path = path.resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(content)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name[:64]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        Path(temporary).chmod(_mode(path))
        os.replace(temporary, path)  # noqa: PTH105  (Path.replace returns another path and says the same)
        temporary = None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutsideError(f"{path} could not be written: {reason}; give another place, or make room there") from error
    finally:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)


def write_all(folder: Path, contents: Mapping[str, str | bytes]) -> None:
    """Write ``{name: text or bytes}`` into a folder, each file whole or not at all, in the order given."""
    for name, content in contents.items():
        write_bytes(Path(folder) / name, content.encode() if isinstance(content, str) else content)


def _mode(path: Path) -> int:
    """The permissions a new file gets here, or those of the file that is replaced."""
    if path.exists():
        return path.stat().st_mode & 0o777
    mask = os.umask(0)
    os.umask(mask)
    return 0o666 & ~mask
