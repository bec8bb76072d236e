"""The emitted lines that a page shows beside a formula, and which of them do the product."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import product
from typing import TypedDict

from symconv.derivation.backward import ERROR_TERM
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.render.explorer_data import DIMENSIONS, KINDS, lettered
from symconv.render.module_source import module_context
from symconv.render.numpy_source import function_body
from symconv.schedules.functions import by_loops
from symconv.schedules.signature import emission


class Code(TypedDict):
    """Lines of text, and the first and last of each statement that adds to the result."""

    lines: list[str]
    does: list[tuple[int, int]]


GROUPS: tuple[int | str, ...] = (1, "G")
SLOPE_LINE = "delta = error * activation_derivative(self._net)"
"""What an emitted layer's ``backward`` begins with: of the layer before it makes δ^{l-1} of ∂E/∂a."""
_DOES = (" += ", "np.add(net", "delta.sum(", SLOPE_LINE)
_GOALS = {"net_input": "net", "input_gradient": "∂E/∂a", "weight_gradient": "∂E/∂w", "bias_gradient": "∂E/∂β"}


def own_code(layer: Layer) -> dict[str, Code]:
    """The functions that ``symconv emit --schedule loops`` writes for the layer, by goal."""
    functions = module_context(layer, dict.fromkeys(_GOALS.values(), "loops"))["functions"]
    assert isinstance(functions, list)
    found = {f["signature"].partition("(")[0]: [f"def {f['signature']}:", *f["body"]] for f in functions}
    return _with_slope({_GOALS[name]: _code(lines) for name, lines in found.items()})


def lettered_code(flip: bool, bias: bool) -> dict[str, dict[str, Code]]:
    """The same statements with a letter for every number, without groups (1) and with (G), by goal."""
    found = {}
    for kind, dimensions in product(KINDS, DIMENSIONS):
        for groups in GROUPS:
            geometry = lettered(kind, ("S",) * dimensions, flip=flip, bias=bias, groups=groups)
            found[f"{kind} {dimensions} {groups}"] = _lettered(geometry)
    return found


def _lettered(geometry: Geometry) -> dict[str, Code]:
    return _with_slope(
        {
            goal: _code([line.removeprefix("    ") for line in function_body(statements)])
            for goal, statements in by_loops(emission(geometry)).items()
        }
    )


def _with_slope(found: dict[str, Code]) -> dict[str, Code]:
    return {**found, ERROR_TERM: _code([*found["∂E/∂a"]["lines"], "", SLOPE_LINE])}


def _code(lines: Sequence[str]) -> Code:
    first = [k for k, line in enumerate(lines) if any(sign in line for sign in _DOES)]
    return {"lines": list(lines), "does": [(k, _last(lines, k)) for k in first]}


def _last(lines: Sequence[str], first: int) -> int:
    """A statement goes on as long as a parenthesis is open."""

    def open_in(text: Iterable[str]) -> int:
        return sum(line.count("(") - line.count(")") for line in text)

    return next(k for k in range(first, len(lines)) if open_in(lines[first : k + 1]) == 0)
