"""The rooms of the house: imports point one way, engines have one door, and nothing evaluates text."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "symconv"

# Lowest first: a room imports from itself and from rooms before it. Rooms on one line stand side by side in the design;
# of those too a later one may use an earlier one (an audit runs code through verify, a bench through frameworks).
ROOMS = (
    *("errors", "html_table"),
    "algebra",
    "layers",
    "specification",
    "derivation",
    "schedules",
    "render",
    "emit",
    "typeset",
    *("verify", "proof", "audit"),
    *("frameworks", "bench", "vectors", "exercise"),
    "api",
    *("testing", "pytest_plugin", "cli", "__main__"),
    "__init__",
)

# What only one module may import: outside package → room.
DOORS = {
    **{"jinja2": "emit", "PIL": "typeset", "pytest": "pytest_plugin"},
    **dict.fromkeys(("torch", "jax", "jaxlib", "onnx"), "frameworks"),
    **dict.fromkeys(("scipy", "mygrad", "autograd", "chainer", "numpy_ml"), "frameworks"),
    "threadpoolctl": "bench",
    "fontTools": "render",
}

# Verification judges the emitted text, so it must not know how the text was made.
BLIND = {"verify": {"schedules", "render"}}

# The elementwise road is a witness only as long as neither it nor what it imports has seen a Relation or a Window: from
# below its own room it knows the numbers that name a layer, the syntax tree of a formula, and how to refuse.
WITNESS = "symconv.derivation.elementwise"
WITNESS_MAY_SEE = {
    *("symconv.layers.geometry", "symconv.layers.own", "symconv.errors"),
    *("symconv.algebra.notation", "symconv.algebra.notation_signs", "symconv.algebra.notation_tree"),
}

# Call → the only module that may make it (None: no module). sympify(…, strict=True) refuses text, and is not meant.
EVALUATORS = {"eval": None, "sympify": None, "parse_expr": None, "exec": "symconv.verify.execute"}


def module_name(path: Path) -> str:
    """``symconv.algebra.axes`` for the file, ``symconv.algebra`` for a package's ``__init__``."""
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


SOURCES = {module_name(path): path.read_text(encoding="utf-8") for path in sorted(PACKAGE.rglob("*.py"))}


def room(module: str) -> str:
    """The room a module of ours lies in; the package itself is the one above all."""
    return module.split(".")[1] if "." in module else "__init__"


def imports(source: str) -> Iterator[str]:
    """Every module a source imports, wherever the import stands, by its absolute name."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from (alias.name for alias in names)
            case ast.ImportFrom(module=str(module), names=names, level=0):
                inner = [f"{module}.{alias.name}" for alias in names]
                # The version is set before the package imports anything, so any room may read it.
                yield from (name if name in SOURCES else module for name in inner if name != "symconv.__version__")
            case ast.ImportFrom():
                yield "." * node.level
            case ast.Call(
                func=ast.Name("import_module") | ast.Attribute(attr="import_module"),
                args=[ast.Constant(str(name)), *_],
            ):
                yield name


def calls(source: str) -> Iterator[str]:
    """The evaluators a source calls; ``f.eval(x)`` is SymPy's or torch's method and evaluates no text."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Name("sympify") | ast.Attribute(attr="sympify" | "S"), keywords=keywords):
                if not any(k.arg == "strict" and ast.unparse(k.value) == "True" for k in keywords):
                    yield "sympify"
            case ast.Call(func=ast.Name(name)) if name in EVALUATORS:
                yield name
            case ast.Call(func=ast.Attribute(value=ast.Name(owner), attr=name)) if name in EVALUATORS:
                if owner == "builtins" or name == "parse_expr":
                    yield name


def reach(module: str, sources: Mapping[str, str]) -> set[str]:
    """Every module of ours that a module imports, itself or through another."""
    reached: set[str] = set()
    ahead = [module]
    while ahead:
        ours = {name for name in imports(sources.get(ahead.pop(), "")) if name.split(".")[0] == "symconv"}
        ahead += sorted(ours - reached)
        reached |= ours
    return reached - {module}


def seen_by_the_witness(sources: Mapping[str, str]) -> set[str]:
    """What the elementwise road reaches and must not; modules of its own room count by what they reach in turn."""
    return {m for m in reach(WITNESS, sources) if room(m) != room(WITNESS) and m not in WITNESS_MAY_SEE}


def broken_rules(module: str, source: str) -> list[str]:
    """A sentence for each import and each call that the design does not allow in this module."""
    here = room(module)
    if here not in ROOMS:
        return [f"{module} lies in no room of the design"]
    broken = []
    for name in sorted(set(imports(source))):
        outside = name.split(".")[0]
        if name.startswith("."):
            broken.append(f"{module} has a relative import")
        elif outside != "symconv":
            if DOORS.get(outside, here) != here:
                broken.append(f"{module} imports {outside}, which only {DOORS[outside]} may")
        elif room(name) not in ROOMS:
            broken.append(f"{module} imports {name}, which lies in no room of the design")
        elif ROOMS.index(room(name)) > ROOMS.index(here):
            broken.append(f"{module} imports {name} from the higher room {room(name)}")
        elif room(name) in BLIND.get(here, ()):
            broken.append(f"{module} imports {name}, and {here} must not know {room(name)}")
    broken += [f"{module} calls {name}" for name in sorted(set(calls(source))) if EVALUATORS[name] != module]
    return broken


@pytest.mark.parametrize("module", SOURCES)
def test_module_keeps_the_rules(module: str) -> None:
    assert not broken_rules(module, SOURCES[module])


def test_the_witness_has_seen_no_relation() -> None:
    assert not seen_by_the_witness(SOURCES)


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (WITNESS, "from symconv.algebra.relations import Relation"),
        (WITNESS, "from symconv.layers.window import Window"),
        (WITNESS, "from symconv.layers import Window"),
        ("symconv.layers.geometry", "from symconv.layers.window import Window"),
        ("symconv.derivation.arrays", "from symconv.algebra.relations import Relation"),
    ],
)
def test_a_witness_that_has_seen_one_is_noticed(name: str, source: str) -> None:
    road = f"{SOURCES.get(WITNESS, '')}\nfrom symconv.layers.geometry import Geometry\nimport symconv.derivation.arrays"
    assert seen_by_the_witness({**SOURCES, WITNESS: road} | {name: f"{road if name == WITNESS else ''}\n{source}"})


@pytest.mark.parametrize(
    ("module", "source", "complaint"),
    [
        ("symconv.algebra.laws", "from symconv.layers.window import Window", "higher room layers"),
        ("symconv.algebra.laws", "def f():\n    import symconv.api", "higher room api"),
        ("symconv.algebra.laws", "import importlib\nimportlib.import_module('symconv.cli')", "higher room cli"),
        ("symconv.errors", "from symconv import derive", "higher room __init__"),
        ("symconv.proof.sets", "from symconv.audit import formula", "higher room audit"),
        ("symconv.layers.layer", "from .window import Window", "relative import"),
        ("symconv.render.article", "from symconv.utils import join", "symconv.utils, which lies in no room"),
        ("symconv.utils", "", "symconv.utils lies in no room"),
        ("symconv.render.article", "from jinja2 import Template", "which only emit may"),
        ("symconv.verify.report", "import torch.nn", "which only frameworks may"),
        ("symconv.bench.child", "from scipy.signal import correlate", "which only frameworks may"),
        ("symconv.verify.polynomials", "from symconv.schedules.program import Program", "must not know schedules"),
        ("symconv.verify.polynomials", "from symconv.render.numpy_source import render", "must not know render"),
        ("symconv.cli", "eval(text)", "calls eval"),
        ("symconv.cli", "exec(text)", "calls exec"),
        ("symconv.cli", "import builtins\nbuiltins.eval(text)", "calls eval"),
        ("symconv.layers.activation", "import sympy\nsympy.sympify(text)", "calls sympify"),
        ("symconv.layers.activation", "from sympy import sympify\nsympify(text)", "calls sympify"),
        ("symconv.layers.activation", "import sympy\nsympy.S(text)", "calls sympify"),
        ("symconv.layers.activation", "import sympy\nsympy.sympify(text, strict=False)", "calls sympify"),
        ("symconv.layers.activation", "from sympy import parsing\nparsing.parse_expr(text)", "calls parse_expr"),
        ("symconv.verify.execute", "eval(text)", "calls eval"),
    ],
)
def test_a_broken_rule_is_noticed(module: str, source: str, complaint: str) -> None:
    assert [sentence for sentence in broken_rules(module, source) if complaint in sentence]


@pytest.mark.parametrize(
    ("module", "source"),
    [
        ("symconv.audit.implementation", "from symconv.verify.execute import run"),
        ("symconv.bench", "from symconv.frameworks import compare"),
        ("symconv.emit", "import jinja2\nfrom symconv import __version__"),
        ("symconv.verify.execute", "exec(compile(text, name, 'exec'), namespace)"),
        ("symconv.frameworks", "import torch\nmodel.eval()"),
        ("symconv.algebra.laws", "import sympy\nsympy.sympify(size, strict=True)"),
    ],
)
def test_what_the_design_allows_is_allowed(module: str, source: str) -> None:
    assert not broken_rules(module, source)
