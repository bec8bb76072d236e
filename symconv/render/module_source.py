"""An emitted module as a template sees it: every decision is made here, the template only places text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Mapping
from math import prod

from symconv.algebra.axes import Constant
from symconv.derivation.backward import Backward, Derivation, backward
from symconv.derivation.step import free_sizes
from symconv.derivation.winograd import Winograd
from symconv.layers.layer import Layer
from symconv.layers.net_input import net_input
from symconv.layers.own import OwnGeometry
from symconv.layers.window import output_extent
from symconv.render.activation_source import activation_functions
from symconv.render.formula_unicode import unicode, unicode_lines
from symconv.render.memory_source import memory_lines
from symconv.render.numpy_source import function_body, number
from symconv.render.winograd_source import error_lines, law_lines, law_names, matrices
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_goal, write_sums
from symconv.schedules.functions import PARALLEL, programs
from symconv.schedules.layout import arranged
from symconv.schedules.own import own_emission, own_programs
from symconv.schedules.program import Program
from symconv.schedules.signature import Emission, emission, flat_shape

_WIDTH = 92
_SUMMARIES = {
    "net_input": "net = Σ w·a + β, the net input of the layer.",
    "input_gradient": "∂E/∂a from δ = ∂E/∂net.",
    "weight_gradient": "∂E/∂w from δ = ∂E/∂net, summed over the batch.",
    "bias_gradient": "∂E/∂β from δ = ∂E/∂net, summed over the batch.",
}
_OPTIONAL = {"bias": "bias=None", "input_size": "input_size=None", "workers": "workers=1"}
"""Arguments that have a default."""
_CALLS = {
    "uses_threads": "_in_threads(",
    "uses_windows": "sliding_window_view(",
    "uses_blocks": " _blocks(",
    "uses_product": "_product(",
    "uses_unfold": "_unfold(",
    "uses_groups": "_by_group(",
    "uses_times": "_windows_times(",
    "uses_summed": "_windows_summed(",
    "uses_tiles": "_transform(",
    "uses_piece": "_piece(",
}
_TITLES = {
    "conv": "Convolutional layer",
    "conv-transpose": "Transposed convolutional layer",
    "dense": "Fully connected layer",
    "locally-connected": "Locally connected layer",
    "avg-pool": "Average pooling layer",
}


def module_context(layer: Layer, schedules: Mapping[str, str], layout: str = "channels_first") -> dict[str, object]:
    """What the module template is filled with; its formulas hold for the sizes that the code reads from its arrays."""
    geometry = layer.geometry
    if isinstance(geometry, OwnGeometry):
        return _own_context(layer, geometry, next(iter(schedules.values())))
    emitted = emission(geometry, layout)
    functions = programs(emitted, schedules)
    own_sizes_only = "unrolled" in schedules.values()
    own = backward(arranged(net_input(geometry if own_sizes_only else emitted.named), layout))
    counted = own if own_sizes_only else emitted.derived
    rendered = [
        _in_tiles(p, p.law) if p.law else _function(p, getattr(own, p.name), getattr(counted, p.name), layer, emitted)
        for p in functions
    ]
    heights, outputs = emitted.spatial
    spatial = "2:" if layout == "channels_first" else "1:-1"
    named = any(isinstance(n, str) for n in geometry.input_size)
    return {
        "title": f"{_TITLES[geometry.kind]} and its gradients.",
        "description": _description(layer, schedules, own, emitted),
        **{name: any(call in line for f in rendered for line in _lines(f["body"])) for name, call in _CALLS.items()},
        "input_size": None if named else _tuple(map(str, geometry.input_size)),
        "own_sizes_only": own_sizes_only,
        "matrices": matrices(functions),
        "functions": rendered,
        **class_parts(functions, layer, spatial),
        "spatial": spatial,
        "own_formula": False,
        "activation": activation_functions(layer.activation),
        "dimensions": geometry.dimensions,
        "heights": ", ".join(heights),
        "height_tuple": _tuple(heights),
        "output_tuple": ", ".join(outputs) if len(outputs) > 1 else _tuple(outputs),
        "smallest_output": f"min({', '.join(outputs)})" if len(outputs) > 1 else "".join(outputs),
        "output_lines": _output_lines(emitted),
    }


def _own_context(layer: Layer, geometry: OwnGeometry, schedule: str) -> dict[str, object]:
    """The same for a layer of one's own, whose spatial sizes are fixed."""
    emitted = own_emission(geometry, schedule)
    functions = own_programs(emitted, schedule)
    rendered = [_own_function(p, goal) for p, goal in zip(functions, emitted.goals, strict=True)]
    free = [
        words
        for words, key in (("batch", "batch"), ("filters", "filters"), ("depth", "depth"))
        if isinstance(getattr(emitted.named, key), str)
    ]
    read = f"{', '.join(free)} {'are' if len(free) > 1 else 'is'} read from the arrays"
    fixed = f"Spatial sizes are the layer's own; {read}." if free else "All sizes are the layer's own."
    return {
        "title": "A layer of one's own and its gradients.",
        "description": [
            *textwrap.wrap(f"Formula {geometry.formula}", _WIDTH, break_on_hyphens=False),
            f"Activation {layer.activation.name}; schedule {schedule}.",
            fixed,
            "Formulas are 0-based, and a read outside its array or between its entries is 0.",
        ],
        **dict.fromkeys(_CALLS, False),
        "input_size": _tuple(map(str, geometry.input_size)),
        "own_sizes_only": schedule == "unrolled",
        "functions": rendered,
        **class_parts(functions, layer),
        "activation": activation_functions(layer.activation),
        "own_formula": True,
        "uses_positions": any("_at(" in line for f in rendered for line in _lines(f["body"])),
    }


def _own_function(program: Program, goal: Derivation) -> dict[str, object]:
    more = program.inputs[program.inputs.index("*") + 1 :] if "*" in program.inputs else ()
    summary = "net, the net input of the layer." if program.name == "net_input" else _SUMMARIES[program.name]
    if more:
        summary = f"{summary[:-1]}; the formula is such that it takes {' and '.join(more)} besides."
    return {
        "signature": _signature(program),
        "summary": summary,
        "formula": [*_formula(goal), f"Cost: {_cost(goal)}."],
        "body": function_body(program.body),
    }


def class_parts(functions: Iterable[Program], layer: Layer, spatial: str = "2:") -> dict[str, object]:
    """What the class holds, and how it calls the functions of the contract: each by its own arguments."""
    held = {program.name: program.inputs for program in functions if program.law is None}
    parameters: list[str] = [name for name in ("w", "bias") if name in held["net_input"]]
    parameters += ["workers"] if any("workers" in inputs for inputs in held.values()) else []
    given = {
        "delta": "delta",
        "a": "self._a",
        "w": "self.w",
        "bias": "self.bias",
        "workers": "self.workers",
        "input_size": f"self._a.shape[{spatial}]",
    }
    calls = {}
    for name, inputs in held.items():
        k = inputs.index("*") if "*" in inputs else len(inputs)
        arguments = [given[i] for i in inputs[:k]] + [f"{i}={given[i]}" for i in inputs[k + 1 :]]
        calls[name] = f"{name}({', '.join(arguments)})"
    gradients = [name for name in ("weight_gradient", "bias_gradient") if name in held]
    lines = [f"self.{name} = {name}" for name in parameters] + [f"self.{name} = None" for name in gradients]
    return {
        "class_name": layer.name,
        "class_summary": f"The layer with its activation: forward gives f(net), f = {layer.activation.name}.",
        "init_arguments": ", ".join(["self", *(_OPTIONAL.get(name, name) for name in parameters)]),
        "init_lines": lines,
        "parameter_gradients": gradients,
        "calls": calls,
    }


def _description(layer: Layer, schedules: Mapping[str, str], derived: Backward, emitted: Emission) -> list[str]:
    names = dict.fromkeys(schedules.values())
    told = [f"{name} ({', '.join(goal for goal, used in schedules.items() if used == name)})" for name in names]
    schedule = f"schedule {next(iter(names))}" if len(names) == 1 else f"schedules {', '.join(told)}"
    lines = [
        f"Activation {layer.activation.name}; {schedule}.",
        f"Arrays: {_shapes(emitted)}.",
        "Formulas are 0-based, and a read outside its array or between its entries is 0.",
    ]
    if set(names) & set(PARALLEL):
        lines.append("workers: threads that share the work; give BLAS one thread each where they are several.")
    if any(s.name.startswith("r") for goal in derived.goals for s in free_sizes(goal.form)):
        lines.append(
            "r: left-over rows, (H + P₋ + P₊ - D(K-1) - 1) mod S, which no window starts early enough to reach."
        )
    return lines


def _shapes(emitted: Emission) -> str:
    """The layout, as shapes."""
    arrays = (
        {"a": "a", "w": "w", "delta": "net and δ"}
        if not emitted.geometry.is_pooling
        else {"a": "a", "delta": "net and δ"}
    )
    shapes = {said: _tuple(number(n) for n in flat_shape(emitted.axes(name))) for name, said in arrays.items()}
    return ", ".join(f"{said} {shape}" for said, shape in shapes.items())


def _function(
    program: Program, goal: Derivation, counted: Derivation, layer: Layer, emitted: Emission
) -> dict[str, object]:
    geometry = layer.geometry
    summary = _SUMMARIES[program.name]
    if program.name == "net_input" and geometry.is_pooling:
        summary = "The average of every window."
    elif program.name == "net_input" and not geometry.bias:
        summary = "net = Σ w·a, the net input of the layer."
    return {
        "signature": _signature(program),
        "summary": summary,
        "formula": [
            *_formula(goal),
            *law_names(program.laws, _WIDTH),
            f"Cost: {_cost(counted)}.",
            *memory_lines(program, emitted, layer.dtype, _WIDTH),
        ],
        "body": function_body(program.body),
    }


def _in_tiles(program: Program, law: Winograd) -> dict[str, object]:
    """A function that works by tiles, with the laws that it is built on."""
    by = ", ".join(dict.fromkeys(f"F({d.by.outputs},{d.by.taps})" for d in law.dimensions))
    return {
        "signature": _signature(program),
        "summary": f"{law.result.output.symbol} by Winograd's algorithm, {by} along each axis.",
        "formula": [*law_lines(law, _WIDTH), *error_lines(law, program.by_block, _WIDTH)],
        "body": function_body(program.body),
    }


def _signature(program: Program) -> str:
    return f"{program.name}({', '.join(_OPTIONAL.get(name, name) for name in program.inputs)})"


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
