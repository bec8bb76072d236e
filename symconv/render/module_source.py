"""An emitted module as a template sees it: every decision is made here, the template only places text."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod

from symconv.algebra.axes import Constant
from symconv.derivation.backward import Backward, Derivation, backward
from symconv.derivation.step import free_sizes
from symconv.derivation.winograd import Winograd
from symconv.layers.layer import Layer
from symconv.layers.net_input import net_input
from symconv.layers.window import output_extent
from symconv.render.activation_source import activation_functions
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.numpy_source import function_body, number
from symconv.render.winograd_source import error_lines, law_lines, matrices
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_goal, write_sums
from symconv.schedules.functions import programs
from symconv.schedules.layout import arranged
from symconv.schedules.program import Program
from symconv.schedules.signature import Emission, emission, flat_shape

_WIDTH = 92
_SUMMARIES = {
    "net_input": "net = Σ w·a + β, the net input of the layer.",
    "input_gradient": "∂E/∂a from δ = ∂E/∂net.",
    "weight_gradient": "∂E/∂w from δ = ∂E/∂net, summed over the batch.",
    "bias_gradient": "∂E/∂β from δ = ∂E/∂net, summed over the batch.",
}
_CALLS = {
    "uses_windows": "sliding_window_view(",
    "uses_blocks": "_blocks(",
    "uses_product": "_product(",
    "uses_tiles": "_transform(",
}
_TITLES = {
    "conv": "Convolutional layer",
    "conv-transpose": "Transposed convolutional layer",
    "dense": "Fully connected layer",
    "locally-connected": "Locally connected layer",
    "avg-pool": "Average pooling layer",
}


def module_context(layer: Layer, schedule: str, layout: str = "channels_first") -> dict[str, object]:
    """What the module template is filled with; its formulas hold for the sizes that the code reads from its arrays."""
    geometry = layer.geometry
    emitted = emission(geometry, layout)
    functions = programs(emitted, schedule)
    own = backward(arranged(net_input(geometry if schedule == "unrolled" else emitted.named), layout))
    counted = own if schedule == "unrolled" else emitted.derived
    rendered = [
        _in_tiles(p, p.law) if p.law else _function(p, getattr(own, p.name), getattr(counted, p.name), layer)
        for p in functions
    ]
    heights, outputs = emitted.spatial
    named = any(isinstance(n, str) for n in geometry.input_size)
    return {
        "title": f"{_TITLES[geometry.kind]} and its gradients.",
        "description": _description(layer, schedule, own, emitted),
        **{name: any(call in line for f in rendered for line in _lines(f["body"])) for name, call in _CALLS.items()},
        "input_size": None if named else _tuple(map(str, geometry.input_size)),
        "own_sizes_only": schedule == "unrolled",
        "matrices": matrices(functions),
        "functions": rendered,
        "class_name": layer.name,
        "class_summary": f"The layer with its activation: forward gives f(net), f = {layer.activation.name}.",
        "has_weights": not geometry.is_pooling,
        "has_bias": geometry.bias and not geometry.is_pooling,
        "activation": activation_functions(layer.activation),
        "dimensions": geometry.dimensions,
        "spatial": "2:" if layout == "channels_first" else "1:-1",
        "heights": ", ".join(heights),
        "height_tuple": _tuple(heights),
        "output_tuple": ", ".join(outputs) if len(outputs) > 1 else _tuple(outputs),
        "smallest_output": f"min({', '.join(outputs)})" if len(outputs) > 1 else "".join(outputs),
        "output_lines": _output_lines(emitted),
    }


def _description(layer: Layer, schedule: str, derived: Backward, emitted: Emission) -> list[str]:
    lines = [
        f"Activation {layer.activation.name}; schedule {schedule}.",
        f"Arrays: {_shapes(emitted)}.",
        "Formulas are 0-based, and a read outside its array or between its entries is 0.",
    ]
    if any(s.name.startswith("r") for goal in derived.goals for s in free_sizes(goal.form)):
        lines.append(
            "r: left-over rows, (H + P₋ + P₊ - D(K-1) - 1) mod S, which no window starts early enough to reach."
        )
    return lines


def _shapes(emitted: Emission) -> str:
    """The layout, as shapes."""
    arrays = {"a": "a", "w": "w", "delta": "net and δ"} if not emitted.geometry.is_pooling else {"a": "a", "delta": "net and δ"}
    shapes = {said: _tuple(number(n) for n in flat_shape(emitted.axes(name))) for name, said in arrays.items()}
    return ", ".join(f"{said} {shape}" for said, shape in shapes.items())


def _function(program: Program, goal: Derivation, counted: Derivation, layer: Layer) -> dict[str, object]:
    geometry = layer.geometry
    optional = {"bias": "bias=None", "input_size": "input_size=None"}
    arguments = ", ".join(optional.get(name, name) for name in program.inputs)
    summary = _SUMMARIES[program.name]
    if program.name == "net_input" and geometry.is_pooling:
        summary = "The average of every window."
    elif program.name == "net_input" and not geometry.bias:
        summary = "net = Σ w·a, the net input of the layer."
    return {
        "signature": f"{program.name}({arguments})",
        "summary": summary,
        "formula": [*_formula(goal), f"Cost: {_cost(counted)}."],
        "body": function_body(program.body),
    }


def _in_tiles(program: Program, law: Winograd) -> dict[str, object]:
    """A function that works by tiles, with the laws that it is built on."""
    by = ", ".join(dict.fromkeys(f"F({d.by.outputs},{d.by.taps})" for d in law.dimensions))
    return {
        "signature": f"{program.name}({', '.join(program.inputs)})",
        "summary": f"{law.form.output.symbol} by Winograd's algorithm, {by} along each axis.",
        "formula": [*law_lines(law, _WIDTH), *error_lines(law, _WIDTH)],
        "body": function_body(program.body),
    }


def _formula(goal: Derivation) -> list[str]:
    """The solved formula, and the operator form where there is one."""
    solved = write_sums(goal.solved)
    lines = unicode_lines(solved, _WIDTH)
    named = write_goal(goal)
    return lines if named is None else lines + [line for line in unicode_lines(named, _WIDTH) if line not in lines]


def _cost(goal: Derivation) -> str:
    """The terms of the solved sum that its index ranges hold: products, or additions where a single array is summed."""
    solved = max(goal.solved, key=lambda s: len(s.bounds))
    terms = prod(a.extent for a in (*solved.target.axes, *solved.bounds))
    arrays = [f for f in solved.factors if not isinstance(f.tensor, Constant)]
    what = "products" if len(arrays) > 1 else "additions"
    return f"{unicode(write_size(terms))} {what}"


def _output_lines(emitted: Emission) -> list[str]:
    return [f"{name} = {number(output_extent(emitted.named, d))}" for d, name in enumerate(emitted.spatial[1])]


def _lines(body: object) -> Iterable[str]:
    assert isinstance(body, list)
    return body


def _tuple(parts: Iterable[str]) -> str:
    listed = list(parts)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
