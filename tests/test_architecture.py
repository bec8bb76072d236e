"""What ARCHITECTURE.md says is so: its examples run, its modules and types are those of the package."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from importlib import import_module
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest

from tests.test_imports import PACKAGE, ROOMS, SOURCES

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (.+?)\n(.*?)(?=^## |\Z)", TEXT, re.MULTILINE | re.DOTALL))
EXAMPLES = {
    title: match.group(1)
    for title, section in SECTIONS.items()
    if (match := re.search(r"^```python\n(.*?)^```$", section, re.MULTILINE | re.DOTALL))
}
TYPES = re.findall(r"^\| `(\w+)` \| (.+?) \| .* \| `([\w.]+)` \|$", SECTIONS["The types"], re.MULTILINE)


def run(title: str, folder: Path) -> ModuleType:
    """The example of a section, imported as a module of its own."""
    path = folder / "example.py"
    path.write_text(EXAMPLES[title], encoding="utf-8")
    spec = spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_there_is_an_example_for_a_layer_a_law_and_a_schedule() -> None:
    assert list(EXAMPLES) == ["Adding a layer", "Adding a law", "Adding a schedule"]


@pytest.mark.parametrize("title", EXAMPLES)
def test_example_runs(title: str, tmp_path: Path) -> None:
    assert "assert" in EXAMPLES[title]
    run(title, tmp_path)


def test_the_schedule_prints_what_is_shown(tmp_path: Path) -> None:
    shown = re.search(r"^Which prints\n\n```\n(.*?)^```$", SECTIONS["Adding a schedule"], re.MULTILINE | re.DOTALL)
    assert shown is not None
    assert run("Adding a schedule", tmp_path).lines == shown.group(1).splitlines()


def test_every_module_is_listed_and_no_other() -> None:
    listed = re.findall(r"^\| `([\w.]+)` \| [^|]+ \|$", SECTIONS["The rooms"], re.MULTILINE)
    empty = {"symconv." + p.parent.name for p in PACKAGE.glob("*/__init__.py") if not p.stat().st_size}
    here = {name.removeprefix("symconv.") for name in SOURCES.keys() - empty - {"symconv", "symconv.__main__"}}
    assert len(listed) == len(set(listed))
    assert sorted(here ^ set(listed)) == [], "ARCHITECTURE.md lists every module with its purpose"


def test_the_order_of_imports_is_the_one_that_is_held() -> None:
    order = re.search(r"^    (errors < .*)$", SECTIONS["The rooms"], re.MULTILINE)
    assert order is not None
    there = {name.split(".")[1] for name in SOURCES if "." in name}
    assert order.group(1).split(" < ") == [room for room in ROOMS if room in there - {"__main__"}]


@pytest.mark.parametrize(("name", "named", "module"), TYPES, ids=[name for name, _, _ in TYPES])
def test_a_type_has_the_fields_that_are_listed(name: str, named: str, module: str) -> None:
    kind = getattr(import_module(f"symconv.{module}"), name)
    if not is_dataclass(kind):
        assert named == "a union"
        return
    own = [field.name for field in fields(kind)]
    listed = re.findall(r"\w+", named) if named.startswith("`") else []
    assert [field for field in own if field in listed] == listed
    assert "…" in named or listed == own
    assert getattr(kind, "__dataclass_params__").frozen  # noqa: B009  (typeshed does not know it)
    assert hasattr(kind, "__slots__")


def test_the_functions_of_the_sentence_are_there() -> None:
    sentence = re.search(r"^    specify → .*\n(    .*\n)+", SECTIONS["From layer to verdicts"], re.MULTILINE)
    assert sentence is not None
    functions = set(re.findall(r"\w+", sentence.group()))
    assert len(functions) > 15
    assert sorted(f for f in functions if not any(f"\ndef {f}(" in source for source in SOURCES.values())) == []
