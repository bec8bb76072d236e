"""``RIGHT``: formulas that hold for their layer, in every notation of INTERFACE "Formula language"."""

from __future__ import annotations

from tests.audit.formula_record import Right
from tests.audit.formulas_right_index import RIGHT_INDEX
from tests.audit.formulas_right_layers import RIGHT_LAYERS
from tests.audit.formulas_right_operators import RIGHT_OPERATORS

RIGHT: tuple[Right, ...] = (*RIGHT_INDEX, *RIGHT_OPERATORS, *RIGHT_LAYERS)
