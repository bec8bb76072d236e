"""The two tables: ``RIGHT``, which a verifier must pass, and ``WRONG``, every one of which it must catch.

Each record has ``name``, ``geometry`` (keyword arguments of ``symconv.layers.geometry.Geometry``; ``layer`` is the
record itself), ``activation`` and ``source``; a wrong one also has ``mistake``, ``respect`` and its ``base``.
"""

from __future__ import annotations

from tests.wrong.mistakes.activation import ACTIVATION
from tests.wrong.mistakes.bias import BIAS
from tests.wrong.mistakes.dtypes import DTYPES
from tests.wrong.mistakes.groups import GROUPS
from tests.wrong.mistakes.left_over import LEFT_OVER
from tests.wrong.mistakes.members import MEMBERS
from tests.wrong.mistakes.memory import MEMORY
from tests.wrong.mistakes.padding import PADDING
from tests.wrong.mistakes.pooling import POOLING
from tests.wrong.mistakes.rotation import ROTATION
from tests.wrong.mistakes.shapes import EMPTY, FALSE_STARTS, SHAPES
from tests.wrong.mistakes.sizes import SIZES
from tests.wrong.mistakes.state import STATE
from tests.wrong.mistakes.steps import DILATION, STRIDE
from tests.wrong.mistakes.sums import SUMS
from tests.wrong.mistakes.transposed import TRANSPOSED
from tests.wrong.mistakes.unshared import DENSE, LOCALLY
from tests.wrong.mistakes.variants import VARIANTS
from tests.wrong.record import Right, Wrong
from tests.wrong.right import RIGHT

WRONG: tuple[Wrong, ...] = (
    *ROTATION,
    *STRIDE,
    *DILATION,
    *MEMBERS,
    *PADDING,
    *LEFT_OVER,
    *SIZES,
    *SUMS,
    *GROUPS,
    *BIAS,
    *DTYPES,
    *MEMORY,
    *EMPTY,
    *SHAPES,
    *FALSE_STARTS,
    *POOLING,
    *TRANSPOSED,
    *LOCALLY,
    *DENSE,
    *VARIANTS,
    *ACTIVATION,
    *STATE,
)

__all__ = ["RIGHT", "WRONG", "Right", "Wrong"]
