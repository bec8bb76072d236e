"""What an emitted function says of the memory that it takes, at the layer's own sizes."""

from __future__ import annotations

import textwrap

from symconv.schedules.memory import held
from symconv.schedules.program import (
    Contiguous,
    Einsum,
    Expression,
    IfFloating,
    Let,
    Program,
    Reshape,
    Return,
    Transpose,
)
from symconv.schedules.signature import Emission

SHARE = 100
"""Arrays that take less than one part in so many of the whole are not told."""


def memory_lines(program: Program, emitted: Emission, dtype: str, width: int) -> list[str]:
    """The arrays besides the arguments, and all of them together; nothing where no array is worked in.

    Nothing either where sizes are names, where the function only calls another, and for the bias.
    """
    switches = any(isinstance(s, IfFloating) for s in program.body)
    if not program.laws or switches or not emitted.geometry.is_numeric:
        return []
    found = held(emitted, program, 4 if dtype == "float32" else 8)
    arrays = [f"{name} {in_bytes(n)}" for name, n in found.arrays.items() if n * SHARE >= found.peak]
    copies = any(_is_einsum(s.value) for s in program.body if isinstance(s, (Let, Return)))
    besides = ", and every window that einsum copies" if copies else ""
    listed = f"{', '.join(arrays)}; " if arrays else ""
    text = f"Memory at own sizes, {dtype}: {listed}{in_bytes(found.peak)} at most{besides}."
    return textwrap.wrap(text, width)


def _is_einsum(value: Expression) -> bool:
    """Whether a new einsum stands under reshapes and the like."""
    while isinstance(value, (Contiguous, Reshape, Transpose)):
        value = value.array
    return isinstance(value, Einsum)


def in_bytes(count: int) -> str:
    """In units of a thousand.

    >>> in_bytes(640), in_bytes(81_920), in_bytes(1_204_224)
    ('640 bytes', '81.9 kB', '1.2 MB')
    """
    value, units = float(count), ["bytes", "kB", "MB", "GB"]
    while value >= 999.5 and len(units) > 1:
        value, units = value / 1000, units[1:]
    return f"{value:.3g} {units[0]}"
