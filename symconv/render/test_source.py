"""The emitted ``test_layer.py`` as its template sees it: a naive forward loop, sizes, and what is called how.

No gradient is written down: net is linear in a, in w and in β, so ``(E(+1) - E(-1))/2`` of ``E = Σ δ·net`` is the
derivative itself, exact in whole numbers. Through the activation the same quotient is taken with a small step.
"""

from __future__ import annotations

from math import prod

from symconv.derivation.own_elementwise import index_points
from symconv.layers.accuracy import FAST
from symconv.layers.geometry import Geometry
from symconv.layers.layer import Layer
from symconv.layers.own import OwnGeometry
from symconv.layers.smoothness import domain, kinks
from symconv.render.naive_activation import activation_lines
from symconv.render.naive_loop import formula, letters, net_input_lines, output_size_lines
from symconv.render.own_test_source import own_test_context
from symconv.render.probe_sizes import is_small, most_cells, probe_sizes, terms

__test__: dict[str, str] = {}  # pytest collects nothing here: this module's name only looks like that of a test

_KINDS = {
    "conv": "a convolutional layer",
    "conv-transpose": "a transposed convolutional layer",
    "dense": "a fully connected layer",
    "locally-connected": "a locally connected layer",
    "avg-pool": "an average pooling layer",
}

_UNEVEN_LINES = [
    "# One channel more does not split into the groups.",
    "more_a, more_delta = (np.insert(array, 0, 1, axis=1) for array in (a, delta))",
    "more_w = np.insert(w, 0, 1, axis=0)",
]


def test_context(layer: Layer, layout: str, accuracy: str) -> dict[str, object]:
    """What ``numpy/test_layer.py.jinja`` is filled with; the template itself decides nothing.

    A module that is fast (``layers.accuracy``) is exact on integers, and its floats are compared with those.
    """
    geometry = layer.geometry
    if isinstance(geometry, OwnGeometry):
        most = max(1, index_points(geometry) // max(1, prod(geometry.output_shape)))
        return {**own_test_context(geometry), **_activation(layer, most)}
    sizes = probe_sizes(geometry)
    functions = _functions(geometry)
    return {
        "kind": _KINDS[geometry.kind],
        "exactness": [
            "No gradient is written down here. E = Σ δ·net is linear in every cell of its arrays, so that",
            "(E(+1) - E(-1))/2 is the derivative itself, exact in whole numbers.",
        ],
        "is_steep": False,
        "batch_varies": True,
        "uses_fractions": geometry.is_pooling,
        "without_bias": "layer.net_input(a, w)",
        "zero_bias": "reference_net_input(a, w, 0 * bias)",
        "own_size_first": is_small(geometry),
        "size_comment": _size_comment(geometry),
        "sizes": [_size(g) for g in sizes],
        "formula": formula(geometry),
        "net_input_lines": net_input_lines(geometry),
        "heights": ", ".join(letters(geometry.dimensions).heights),
        "output_size_law": _output_size_law(geometry),
        "output_size_lines": output_size_lines(geometry) if geometry.dimensions else [],
        "most_cells": most_cells(sizes),
        "unpacked": "batch, depth" + ("" if geometry.is_pooling else ", filters"),
        "shapes": _shapes(geometry),
        **_numbers(geometry, accuracy),
        "fast": FAST if accuracy == "fast" else None,
        **functions,
        **_turned(geometry, layout),
        **_activation(layer, max(map(terms, sizes))),
    }


def _functions(geometry: Geometry) -> dict[str, object]:
    """The calls of the contract (INTERFACE "The emitted module") that this kind of layer has."""
    has_weights, has_bias = not geometry.is_pooling, geometry.bias and not geometry.is_pooling
    parameters = [*(["w"] if has_weights else []), *(["bias"] if has_bias else [])]
    size = ", a.shape[2:]" if geometry.dimensions else ""
    calls = {
        "net_input": f"layer.net_input({', '.join(['a', *parameters])})",
        "input_gradient": f"layer.input_gradient(delta{', w' if has_weights else ''}{size})",
    }
    if has_weights:
        calls["weight_gradient"] = "layer.weight_gradient(delta, a)"
    if has_bias:
        calls["bias_gradient"] = "layer.bias_gradient(delta)"
    gradients = [(name, "a" if name == "input_gradient" else _argument(name)) for name in calls if name != "net_input"]
    return {
        "parameters": ", ".join(parameters),
        "inputs": ", ".join(["a", *parameters]),
        "inputs_tuple": ", ".join(["a", *parameters]) if parameters else "a,",
        "tensors": ", ".join(["a", *parameters, "delta"]),
        "has_weights": has_weights,
        "has_bias": has_bias,
        "calls": calls,
        "gradients": [(name, variable, calls[name]) for name, variable in gradients],
        "own_input_gradient": f"layer.input_gradient(delta{', w' if has_weights else ''})" if size else None,
        "refused": _refused(geometry, calls),
        "uneven_lines": _UNEVEN_LINES if int(geometry.groups) > 1 else [],
    }


def _turned(geometry: Geometry, layout: str) -> dict[str, object]:
    """The arguments of a module with channels last, turned on the way in."""
    has_weights, has_bias = not geometry.is_pooling, geometry.bias and not geometry.is_pooling
    parameters = [*(["w"] if has_weights else []), *(["bias=None"] if has_bias else [])]
    turned = [*(["weights_last(w)"] if has_weights else []), *(["bias"] if has_bias else [])]
    d, local = geometry.dimensions, geometry.kind == "locally-connected"
    taps = range(2, 2 + d) if local else ()
    return {
        "channels_last": layout == "channels_last",
        "inputs_optional": ", ".join(["a", *parameters]),
        "inputs_last": ", ".join(["last(a)", *turned]),
        "gradient_inputs": ", ".join(["delta", *parameters[:1]]),
        "gradient_inputs_last": ", ".join(["last(delta)", *turned[:1]]),
        "parameters_optional": ", ".join(parameters),
        "parameters_last": ", ".join(turned),
        "weights_from": f"({', '.join(map(str, (0, 1, *taps)))})",
        "weights_to": f"({', '.join(map(str, (-1, -2, *(p - 4 - d for p in taps))))})",
    }


def _numbers(geometry: Geometry, accuracy: str) -> dict[str, object]:
    """Whole numbers of which every sum is exact, averages too; averages of integers are float64."""
    if geometry.is_pooling:
        kept = ["kept = np.float64 if dtype == np.int64 else dtype  # an average of integers is a float"]
        return {
            "whole": "whole numbers as fractions",
            "as_numbers": " * Fraction(1)",
            "kept": "== kept",
            "kept_lines": kept,
        }
    whole = "whole numbers" if accuracy == "fast" else "whole numbers in float64"
    as_numbers = "" if accuracy == "fast" else ".astype(float)"
    return {"whole": whole, "as_numbers": as_numbers, "kept": "== dtype", "kept_lines": []}


def _argument(gradient: str) -> str:
    return {"weight_gradient": "w", "bias_gradient": "bias"}[gradient]


def _refused(geometry: Geometry, calls: dict[str, str]) -> list[str]:
    """Calls with one wrong shape each."""
    wrong = [calls["net_input"].replace("(a", "(a[0]"), calls["input_gradient"].replace("delta", "delta[0]")]
    if geometry.dimensions:
        wrong.append(calls["input_gradient"].replace("delta", "np.repeat(delta, 2, axis=-1)"))
        if is_small(geometry):
            wrong.append(wrong[-1].replace(", a.shape[2:]", ""))
    if not geometry.is_pooling:
        wrong.append(calls["net_input"].replace("(a", "(np.repeat(a, 2, axis=1)"))
        wrong.append(calls["net_input"].replace(", w", ", w[0]"))
        if geometry.dimensions:
            wrong.append(calls["net_input"].replace(", w", ", np.repeat(w, 2, axis=2)"))
        wrong.append(calls["input_gradient"].replace("delta", "np.repeat(delta, 2, axis=1)"))
        wrong.append(calls["weight_gradient"].replace("delta", "np.repeat(delta, 2, axis=0)"))
    if int(geometry.groups) > 1:
        wrong += _uneven_groups(geometry)
    if "bias_gradient" in calls:
        wrong.append(calls["net_input"].replace("bias", "np.repeat(bias, 2)"))
        wrong.append(calls["bias_gradient"].replace("delta", "delta[0]"))
    return wrong


def _uneven_groups(geometry: Geometry) -> list[str]:
    """Calls whose arrays fit each other, and whose channels do not split into the groups: one channel more each."""
    first, second = ("more_a", "delta") if geometry.kind == "conv-transpose" else ("a", "more_delta")
    return [
        f"layer.net_input({first}, more_w)",
        f"layer.input_gradient({second}, more_w, a.shape[2:])",
        "layer.weight_gradient(delta, more_a)",
        "layer.weight_gradient(more_delta, a)",
    ]


def _activation(layer: Layer, most: int) -> dict[str, object]:
    """The activation as plain Python, and real numbers on which it is smooth, for sums of so many terms."""
    activation, numbers = layer.activation, domain(layer.activation)
    lines = activation_lines(activation)
    drawn: dict[str, object] = {"draw": None}
    if numbers is not None:
        scaled = [("w", numbers.weight_factor(most))] if layer.geometry.has_weights else []
        if numbers.sign < 0:
            scaled += [("bias", -1)] if layer.geometry.bias and scaled else []
            scaled += [("a", -1)] if not scaled else []
        drawn = {"draw": f"rng.uniform({numbers.low}, {numbers.high}, array.shape)", "scaled": scaled}
    return {
        "activation_lines": lines,
        "uses_math": any("math." in line for line in lines),
        "output": "reference_output" if lines else "reference_net_input",
        "kinks": _listed(kinks(activation.function)),
        **drawn,
    }


def _listed(numbers: tuple[float, ...]) -> str:
    """The inside of a tuple, to four digits; nothing for nothing."""
    return ", ".join(str(round(v, 4) + 0.0) for v in numbers) + ("," if len(numbers) == 1 else "")


def _size_comment(geometry: Geometry) -> str:
    channels = "batch, depth" if geometry.is_pooling else "batch, depth, filters"
    return f"{channels}, input size" if geometry.dimensions else channels


def _size(geometry: Geometry) -> str:
    channels = [geometry.batch, geometry.depth, *([] if geometry.is_pooling else [geometry.filters])]
    space = [f"({', '.join(map(str, geometry.input_size))}{',' if geometry.dimensions == 1 else ''})"]
    return f"({', '.join([*map(str, channels), *(space if geometry.dimensions else [])])})"


def _output_size_law(geometry: Geometry) -> str:
    if geometry.kind == "conv-transpose":
        return "O = S·(H - 1) + D·(K - 1) + 1 - P₋ - P₊ + output padding in each dimension."
    if geometry.ceil_mode:
        return "O = ⌈(H + P₋ + P₊ - D·(K - 1) - 1)/S⌉ + 1, less a last window that starts behind a."
    return "O = ⌊(H + P₋ + P₊ - D·(K - 1) - 1)/S⌋ + 1 in each dimension."


def _shapes(geometry: Geometry) -> list[str]:
    """Shapes of a, w, bias and delta in the names that a size is unpacked to."""
    g = geometry
    taps = "".join(f", {k}" for k in g.filter_size)
    first, second = ("depth", "filters") if g.kind == "conv-transpose" else ("filters", "depth")
    second = second if g.groups == 1 else f"{second} // {g.groups}"
    own = ", *output_size(*spatial)" if g.kind == "locally-connected" else ""
    space, output = (", *spatial", ", *output_size(*spatial)") if g.dimensions else ("", "")
    shapes = [f"(batch, depth{space})"]
    if not g.is_pooling:
        shapes.append(f"({first}, {second}{taps}{own})")
        shapes += ["(filters,)"] if g.bias else []
    return [*shapes, f"(batch, {'depth' if g.is_pooling else 'filters'}{output})"]
