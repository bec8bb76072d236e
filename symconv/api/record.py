"""A derivation as JSON: the layer's sizes and every formula as text and LaTeX, the same bytes for the same layer."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from symconv.api.derivations import Formula, IndexForm, LayerDerivation, OperatorForm, PolyphaseForm


def derivation_json(derivation: LayerDerivation, base: int) -> str:
    """``{"layer": …, "index_base": …, "formulas": {name: {"goal", "text", "latex", "operator", …, "laws"}}}``."""
    layer = derivation.layer
    previous = layer.previous_activation
    record = {
        "layer": {
            "name": layer.name,
            "activation": layer.activation.name,
            "previous_activation": None if previous is None else previous.name,
            "dtype": layer.dtype,
            **asdict(layer.geometry),
        },
        "index_base": base,
        "formulas": {name: _formula(formula, base) for name, formula in derivation.formulas.items()},
    }
    return json.dumps(record, ensure_ascii=False, indent=2) + "\n"


def _formula(formula: Formula, base: int) -> dict[str, Any]:
    return {
        "goal": formula.own.goal,
        "text": formula.text(base),
        "latex": formula.latex(base),
        "operator": _printed(formula.operator, base),
        "window_form": _printed(formula.window_form, base),
        "zero_inserted": _printed(formula.zero_inserted, base),
        "polyphase": _printed(formula.polyphase, base),
        "laws": [step.law for step in formula.steps],
    }


def _printed(form: IndexForm | OperatorForm | PolyphaseForm | None, base: int) -> dict[str, str] | None:
    return None if form is None else {"text": form.text(base), "latex": form.latex(base)}
