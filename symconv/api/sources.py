"""Emitted code in a user's hands: its text, why it looks so, and what was found when it was verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from importlib.abc import InspectLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, NoReturn, overload

from symconv.errors import RequestError
from symconv.layers.accuracy import ACCURACIES
from symconv.layers.layer import Layer

if TYPE_CHECKING:
    from symconv.audit.answers import AnswerReport
    from symconv.audit.formula import FormulaVerdict
    from symconv.audit.report import AuditReport
    from symconv.specification.values import Source as ValuesSource
    from symconv.verify.report import Progress, Report


@dataclass(frozen=True, slots=True)
class Source:
    """The text of an emitted module; ``why`` tells in one sentence how its schedule was chosen.

    ``table`` holds the schedules that were weighed, one row each.
    """

    text: str
    why: str
    table: Sequence[Sequence[str]] = ()
    name: str = "layer"
    layout: str = "channels_first"
    accuracy: str = "exact"

    def __str__(self) -> str:
        return self.text

    def _repr_html_(self) -> str:
        return f"<pre><code>{escape(self.text)}</code></pre>"

    def save(self, path: str | Path) -> None:
        """Write the text to a file, whole or not at all."""
        from symconv.emit import write_text

        write_text(Path(path), self.text)

    def load(self) -> ModuleType:
        """The module, imported from the text itself; tracebacks show its lines."""
        spec = spec_from_loader(self.name, _TextLoader(self.text))
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        spec.loader.exec_module(module)
        return module


class _TextLoader(InspectLoader):
    """Imports a module from a text."""

    def __init__(self, text: str) -> None:
        self.text = text

    def get_source(self, fullname: str) -> str:  # noqa: ARG002  (the text is the same under any name)
        """The text."""
        return self.text


def emit(layer: Layer, schedule: str = "auto", layout: str = "channels_first", accuracy: str = "exact") -> Source:
    """The NumPy module of a layer."""
    from symconv.emit import emit_module

    if not isinstance(layer, Layer):
        raise RequestError(f"emit was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    module = emit_module(layer, schedule=schedule, layout=layout, accuracy=accuracy)
    return Source(module.text, module.why, module.table, layer.name, layout, module.accuracy)


def verify(
    source: Source | str,
    layer: Layer,
    *,
    layout: str | None = None,
    accuracy: str | None = None,
    progress: Progress | None = None,
) -> Report:
    """Judge a module by exact symbols, exact integers, finite differences and rounding bounds.

    A `Source` is our own and runs here; any other text runs in a process of its own, with limits. ``layout`` and
    ``accuracy``, what floating results are held to, are the source's own, and ``"channels_first"`` and ``"exact"`` for
    a text.
    """
    from symconv.verify.source import verify_source

    if not isinstance(source, (Source, str)):
        raise RequestError(f"verify was given {type(source).__name__}, not code; give what emit returned, or its text")
    if not isinstance(layer, Layer):
        raise RequestError(f"verify was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    ours = isinstance(source, Source)
    own = source if isinstance(source, Source) else Source("", "")
    layout, accuracy = layout or own.layout, accuracy or own.accuracy
    layouts = ("channels_first", "channels_last")
    for what, given, known in (("layout", layout, layouts), ("accuracy", accuracy, ACCURACIES)):
        if given not in known:
            raise RequestError(f"the {what} {given!r} is not known; choose one of {', '.join(known)}")
    return verify_source(str(source), layer, layout=layout, accuracy=accuracy, trusted=ours, progress=progress)


@overload
def check(formula: str, layer: Layer, base: int = 0, *, values: None = None) -> FormulaVerdict: ...
@overload
def check(formula: str | None, layer: Layer, base: int = 0, *, values: ValuesSource) -> AnswerReport: ...
def check(
    formula: str | None, layer: Layer, base: int = 0, *, values: ValuesSource | None = None
) -> FormulaVerdict | AnswerReport:
    """Judge a hand-derived formula (INTERFACE, "Formula language") by the derived one; true where it is right.

    ``base`` is the first index. ``values`` is a path or a mapping with the numbers of a problem and of its answer, by
    the names of the language: then ``formula`` may be a target only (``"da"``: its numbers are judged), a formula (it
    and the numbers of its target are), or None (every answer there is), and a report of verdicts comes back.
    RequestError, with the position, where the text makes no sense for the layer, or the numbers do not.
    """
    from symconv.audit.formula import check_formula

    if not isinstance(layer, Layer):
        raise RequestError(f"check was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    if values is not None:
        from symconv.audit.answers import check_answers

        return check_answers(formula, layer, values, base)
    if formula is None:
        raise RequestError("check was given neither a formula nor values; give one, such as 'dw = cross(a, delta)'")
    return check_formula(formula, layer.geometry, base)


def audit(
    implementation: object, layer: Layer, names: Mapping[str, str] | None = None, *, progress: Progress | None = None
) -> AuditReport:
    """Judge a hand-written layer (INTERFACE "What `audit` expects") in a process of its own; true where it is right.

    ``implementation`` is ``"FILE.py[:Name]"``, ``"package.module[:name]"``, a module, a class, a function, or a
    dictionary of functions by the contract's names; ``names`` maps names of the contract to theirs. RequestError where
    it does not import or lacks a name.
    """
    from symconv.audit.implementation import audit_implementation

    if not isinstance(layer, Layer):
        raise RequestError(f"audit was given {type(layer).__name__}, not a layer; make one with symconv.convolution")
    return audit_implementation(implementation, layer, names, progress)


def prove(*_: object, **__: object) -> NoReturn:
    """A proof for all sizes is not there yet (RequestError)."""
    raise RequestError("prove is not there yet; verify judges code at the layer's size and its neighbours")
