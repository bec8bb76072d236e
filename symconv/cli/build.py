"""The main job, straight through.

*Layer → net input → exchange → laws → formula → program → source → verdicts; the same steps → documents.*
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from symconv import api
from symconv.cli.progress import Tell, progress
from symconv.errors import RequestError
from symconv.layers.layer import Layer
from symconv.specification import Specification
from symconv.verify.report import Progress, Report

if TYPE_CHECKING:
    from symconv.api import LayerDerivation, Source

DOCUMENTS = {
    "latex": "derivation.tex",
    "html": "derivation.html",
    "markdown": "derivation.md",
    "text": "derivation.txt",
    "json": "derivation.json",
    "ipynb": "derivation.ipynb",
}
ALWAYS = ("latex", "html", "markdown")
FIGURES = "figures"
"""The folder of the figures that the Markdown shows."""
LIMIT_CODE = 4_000_000
"""The largest module that is judged, in bytes."""


@dataclass(frozen=True, slots=True)
class Choices:
    """What a build may be asked for besides the layer."""

    schedule: str = "auto"
    layout: str = "channels_first"
    accuracy: str = "exact"
    language: str = "en"
    base: int = 0
    format: str | None = None
    pdf: bool = False
    against: str | None = None
    values: str | None = None


@dataclass(frozen=True, slots=True)
class Built:
    """What a build made and found; of ``files`` in a folder of their own only the folder, ``figures/``, is named."""

    derivation: LayerDerivation
    source: Source
    report: Report
    folder: Path
    files: tuple[str, ...]


def build_layer(specification: Specification, choices: Choices, folder: Path) -> Built:
    """Derive, emit and verify a layer; then write everything. A failed verdict does not keep the files back."""
    layer = api.layer_of(specification)
    if folder.exists() and not folder.is_dir():
        raise RequestError(f"{str(folder)!r} is a file, and a build goes into a folder; give another with -o")
    with progress() as tell:
        tell("deriving", 0, 0)
        derivation = api.derive(layer)
        tell("emitting", 0, 0)
        source = api.emit(layer, choices.schedule, choices.layout, choices.accuracy)
        report = _judged(source, layer, choices.against, tell)
        tell("writing", 0, 0)
        from symconv.emit import emit_test, write_all
        from symconv.typeset import pdf

        texts: dict[str, str | bytes] = {"layer.py": source.text}
        texts["test_layer.py"] = emit_test(layer, choices.layout, source.accuracy)
        language, base, values = choices.language, choices.base, choices.values
        told = partial(derivation.document, language=language, base=base, values=values, code=source, report=report)
        for format_ in dict.fromkeys((*ALWAYS, *filter(None, [choices.format]))):
            texts[DOCUMENTS[format_]] = told(format_, folder=FIGURES)
        pictures = derivation.pictures(language=language, base=base)
        texts |= {f"{FIGURES}/{name}": picture for name, picture in pictures.items()}
        if choices.pdf:
            tell("typesetting", 0, 0)
            texts["derivation.pdf"] = pdf(told("latex"))
    texts["verification.json"] = json.dumps(report.to_json(), indent=2, ensure_ascii=False) + "\n"
    write_all(folder, texts)
    files = dict.fromkeys(re.sub("/.*", "/", name) for name in texts)
    return Built(derivation, source, report, folder, tuple(files))


def verify_layer(
    specification: Specification,
    code: str | None,
    against: str | None,
    layout: str = "channels_first",
    accuracy: str = "exact",
) -> Report:
    """Judge the module in the file ``code``, or the one that symconv emits for the layer.

    ``accuracy`` is what a file's floating results are held to; an emitted module is held to what it keeps to.
    """
    if code is not None and against is not None:
        raise RequestError("--against runs code in this process, which --code may not; leave one of them out")
    foreign = None if code is None else read_code(code)
    with progress() as tell:
        tell("deriving", 0, 0)
        layer = api.layer_of(specification)
        if foreign is None:
            return _judged(api.emit(layer, layout=layout, accuracy=accuracy), layer, against, tell)
        return api.verify(foreign, layer, layout=layout, accuracy=accuracy, progress=_asked(tell))


def read_code(path: str) -> str:
    """The text of a module that is to be judged; RequestError where there is none to read."""
    try:
        with Path(path).open("rb") as file:
            content = file.read(LIMIT_CODE + 1)
        text = content.decode("utf-8-sig")
    except FileNotFoundError:
        raise RequestError(f"the file {path!r} is not there; give the path of a Python module") from None
    except OSError as error:
        raise RequestError(f"the file {path!r} can not be read ({error.strerror}); give another") from None
    except UnicodeDecodeError as error:
        raise RequestError(f"the file {path!r} is not UTF-8 text at byte {error.start}; save it as UTF-8") from None
    if len(content) > LIMIT_CODE:
        raise RequestError(f"the file {path!r} is larger than {LIMIT_CODE} bytes; give a smaller module")
    return text


def _asked(tell: Tell) -> Progress:
    def before(claim: str, method: str, sizes: str, done: int, of: int) -> None:  # noqa: ARG001  (the claim says enough)
        tell(claim, done, of)

    return before


def _judged(source: Source, layer: Layer, against: str | None, tell: Tell) -> Report:
    report = api.verify(source, layer, progress=_asked(tell))
    if against is None:
        return report
    from symconv.frameworks.comparison import compare_with_torch

    tell("comparing with torch", len(report.verdicts), len(report.verdicts) + 1)
    return Report((*report.verdicts, *compare_with_torch(str(source), layer, source.layout).verdicts))
