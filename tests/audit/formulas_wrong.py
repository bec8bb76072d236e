"""``WRONG``: formulas that fail for their layer, with the reason; most are right for a simpler layer."""

from __future__ import annotations

from tests.audit.formula_record import Wrong
from tests.audit.formulas_wrong_padding import WRONG_PADDING
from tests.audit.formulas_wrong_steps import WRONG_STEPS
from tests.audit.formulas_wrong_sums import WRONG_SUMS
from tests.audit.formulas_wrong_turns import WRONG_TURNS
from tests.audit.formulas_wrong_values import WRONG_VALUES
from tests.audit.formulas_wrong_zeros import WRONG_ZEROS

WRONG: tuple[Wrong, ...] = (
    *WRONG_TURNS,
    *WRONG_PADDING,
    *WRONG_ZEROS,
    *WRONG_STEPS,
    *WRONG_SUMS,
    *WRONG_VALUES,
)
