"""The emitted ``test_layer.py`` of a layer of one's own, as its template sees it."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from dataclasses import replace
from math import prod

from symconv.derivation.own_elementwise import index_points
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry, channels_agree
from symconv.layers.own_net_input import needed, own_net_input
from symconv.render.own_naive_loop import own_net_input_lines, own_shape, varies

COST, FEWEST_CELLS = 120_000, 8
_CONTRACT = {
    "net_input": ("a", "w", "bias"),
    "input_gradient": ("delta", "w"),
    "weight_gradient": ("delta", "a"),
    "bias_gradient": ("delta",),
}
_VARIABLES = {"input_gradient": "a", "weight_gradient": "w", "bias_gradient": "bias"}


def own_test_context(geometry: OwnGeometry) -> dict[str, object]:
    """What the template is filled with besides the activation; the sizes are batch, depth and filters."""
    has = [name for name in ("a", "w", "bias") if _has(geometry, name)]
    calls = {name: _call(geometry, name) for name in _CONTRACT if _has(geometry, _VARIABLES.get(name, "a"))}
    sizes = _sizes(geometry)
    cells = sum(prod(s) for s in (geometry.input_shape, geometry.weight_shape or ()))
    points = index_points(geometry)
    inputs = ", ".join(has)
    return {
        "kind": "a layer of one's own",
        "exactness": _exactness(geometry),
        "own_size_first": True,
        "size_comment": "batch, depth, filters",
        "sizes": [f"({g.batch}, {g.depth}, {g.filters})" for g in sizes],
        "formula": textwrap.wrap(geometry.formula, 92, break_on_hyphens=False),
        "net_input_lines": own_net_input_lines(geometry),
        "heights": "",
        "output_size_law": "",
        "output_size_lines": [],
        "most_cells": None if points * cells <= 4 * COST else max(FEWEST_CELLS, COST // points),
        "unpacked": "batch, depth, filters",
        "shapes": [_tuple(own_shape(name, geometry)) for name in (*has, "delta")],
        "whole": "whole numbers as fractions" if geometry.divides else "whole numbers in float64",
        "as_numbers": " * Fraction(1)" if geometry.divides else ".astype(float)",
        "uses_fractions": geometry.divides,
        "kept": "in (dtype, np.float64)" if geometry.divides else "== dtype",
        "kept_lines": [],
        "fast": None,
        "channels_last": False,
        "parameters": ", ".join(has[1:]),
        "inputs": inputs,
        "inputs_tuple": inputs if len(has) > 1 else "a,",
        "tensors": f"{inputs}, delta",
        "has_weights": "w" in has,
        "has_bias": "bias" in has,
        "without_bias": f"layer.net_input({', '.join(has[:-1])})",
        "zero_bias": f"reference_net_input({', '.join(has[:-1])}, 0 * bias)",
        "calls": calls,
        "gradients": [(name, _VARIABLES[name], call) for name, call in calls.items() if name != "net_input"],
        "own_input_gradient": calls["input_gradient"].replace(", a.shape[2:]", ""),
        "batch_varies": "batch" in varies(geometry),
        "is_steep": _steepest(geometry) > 2,
        "refused": _refused(geometry, calls),
        "uneven_lines": [],
    }


def _has(geometry: OwnGeometry, array: str) -> bool:
    return {"w": geometry.has_weights, "bias": geometry.bias}.get(array, True)


def _call(geometry: OwnGeometry, function: str) -> str:
    given = [name for name in _CONTRACT[function] if _has(geometry, name)]
    given += ["a.shape[2:]"] if function == "input_gradient" else []
    return f"layer.{function}({', '.join([*given, *(f'{n}={n}' for n in needed(geometry, function))])})"


def _sizes(geometry: OwnGeometry) -> list[OwnGeometry]:
    """The layer's own size, and others for what the module reads from its arrays."""
    free, one = varies(geometry), channels_agree(geometry)
    found = [geometry]
    for batch, depth, filters in ((2, 3, 2), (1, 2, 3), (3, 1, 1)):
        wanted = {"batch": batch, "depth": depth, "filters": depth if one else filters}
        try:
            found.append(replace(geometry, **{name: n for name, n in wanted.items() if name in free}))  # type: ignore[arg-type]
        except RequestError:
            continue
    return list(dict.fromkeys(found))


def _steepest(geometry: OwnGeometry) -> int:
    """How often one product can read one cell."""
    terms = own_net_input(geometry).terms
    return max(max(Counter(f.symbol for f in term.factors).values(), default=0) for term in terms)


def _exactness(geometry: OwnGeometry) -> list[str]:
    """Why a difference quotient with a step of 1 is the derivative."""
    if _steepest(geometry) > 2:
        return [
            "No gradient is written down here. E = Σ δ·net is a polynomial of degree 4 at most in every cell, so that",
            "(8·(E(+1) - E(-1)) - (E(+2) - E(-2)))/12 is the derivative itself, exact in whole numbers.",
        ]
    return [
        "No gradient is written down here. E = Σ δ·net is a polynomial of degree 2 at most in every cell, so that",
        "(E(+1) - E(-1))/2 is the derivative itself, exact in whole numbers.",
    ]


def _refused(geometry: OwnGeometry, calls: dict[str, str]) -> list[str]:
    """Calls with one wrong shape each: an axis more, or one of the layer's own sizes doubled."""
    found = []
    for call in calls.values():
        for name in re.findall(r"(?<=[(, =])(?:a|w|bias|delta)(?=[,)])", call):
            if f"{name}={name}" in call:
                wrong = call.replace(f"{name}={name}", f"{name}={name}[..., None]")
                found.append(wrong)
                continue
            pattern = rf"(?<=[(, ]){name}(?=[,)])"
            found.append(re.sub(pattern, f"{name}[..., None]", call, count=1))
            fixed = [k for k, extent in enumerate(own_shape(name, geometry)) if extent.isdigit()]
            if fixed:
                found.append(re.sub(pattern, f"np.repeat({name}, 2, axis={fixed[-1]})", call, count=1))
    return found


def _tuple(parts: list[str]) -> str:
    return f"({', '.join(parts)}{',' if len(parts) == 1 else ''})"
