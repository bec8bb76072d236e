"""What the accuracies mean that a user can ask of emitted code.

``exact``: no more rounding than that of the plain sum, ``γ_n·Σ|terms|`` in each cell. ``fast``: algorithms that round
more are admitted, as long as no cell of a float32 or float64 result is off by more than ``FAST·u·max Σ|terms|``, the
maximum over the cells of the result and u the unit roundoff (1.5e-5 in float32, 2.8e-14 in float64 of that sum).
Integers, complex numbers and objects are computed exactly as ever.
"""

from __future__ import annotations

ACCURACIES = ("exact", "fast")
FAST = 256
"""Unit roundoffs of the largest ``Σ|terms|`` by which a fast result may be off."""
