"""What a run found, as a record that is written as JSON and read back.

Times are seconds of one call. ``ratio`` is the time divided by the reference's, taken round by round: the better of
torch's layouts where torch is there, else the bare matrix product.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from symconv.errors import RequestError

FUNCTIONS = {"net_input": "net", "input_gradient": "∂E/∂a", "weight_gradient": "∂E/∂w"}
"""What is measured, and its sign."""
OURS, PEER, LIMIT = "ours", "peer", "limit"
MATMUL = "matmul"
MEMORY_LIMIT = 3
"""Peak memory in units of the arrays given and returned that no schedule should go over."""
MEMORY_OF_PYTHON = 2**16
"""Bytes that objects of Python's take beside the arrays, and that count for nothing."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of some numbers, and the quartiles about it."""

    median: float
    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One contender at one function of one layer; ``told`` says why it was not timed, or what is to be known.

    ``error`` is the largest difference from the verified reference, relative to the largest entry; ``peak`` the bytes
    that NumPy and Python held at most beyond what was given.
    """

    name: str
    variant: str
    role: str
    seconds: Spread | None = None
    ratio: Spread | None = None
    rounds: int = 0
    error: float | None = None
    peak: int | None = None
    wrong: bool = False
    told: str = ""

    def is_over(self, held: int) -> bool:
        """Whether our code took more memory than it should, where so many bytes are given and returned."""
        return self.role == OURS and self.peak is not None and self.peak > MEMORY_LIMIT * held + MEMORY_OF_PYTHON

    @property
    def label(self) -> str:
        """Name and variant as one text."""
        return f"{self.name}, {self.variant}" if self.variant else self.name


@dataclass(frozen=True, slots=True)
class Cell:
    """One function of one layer: its products, the bytes of the arrays given and returned, and all who computed it."""

    row: str
    family: str
    sizes: str
    function: str
    products: int
    held: int
    reference: str | None
    measured: tuple[Measured, ...]

    def ours(self) -> Iterator[Measured]:
        """The emitted code in all its variants."""
        return (m for m in self.measured if m.role == OURS)

    def best(self, names: frozenset[str]) -> Measured | None:
        """The fastest of these names that is right."""
        timed = [m for m in self.measured if m.name in names and m.seconds is not None]
        return min(timed, key=lambda m: m.seconds.median if m.seconds else 0.0, default=None)


@dataclass(frozen=True, slots=True)
class Run:
    """One run: the machine in general terms, what was asked for, who was absent and why, and all cells."""

    machine: Mapping[str, Any]
    settings: Mapping[str, Any]
    versions: Mapping[str, str]
    absent: Mapping[str, str]
    cells: tuple[Cell, ...]
    failed: Mapping[str, str] = field(default_factory=dict)
    format: int = 1

    @property
    def wrong(self) -> list[tuple[Cell, Measured]]:
        """Whoever computed something else than the reference."""
        return [(cell, m) for cell in self.cells for m in cell.measured if m.wrong]

    @property
    def passed(self) -> bool:
        """Whether our code was right wherever it ran, and every layer came to its end."""
        return not self.failed and not any(m.role == OURS for _, m in self.wrong)

    def to_json(self) -> dict[str, Any]:
        """The record as JSON holds it."""
        return asdict(self)


def run_of(record: Any) -> Run:
    """The run of a JSON record; RequestError where it is none."""
    try:
        if record["format"] != 1:
            raise ValueError(record["format"])
        return Run(**{**record, "cells": tuple(cell_of(cell) for cell in record["cells"])})
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RequestError("the file holds no record of `symconv bench`; give one that -o FILE.json wrote") from error


def cell_of(record: Mapping[str, Any]) -> Cell:
    """The cell of a JSON record."""
    return Cell(**{**record, "measured": tuple(_measured(m) for m in record["measured"])})


def _measured(record: Mapping[str, Any]) -> Measured:
    spreads = {key: None if record[key] is None else Spread(**record[key]) for key in ("seconds", "ratio")}
    return Measured(**{**record, **spreads})
