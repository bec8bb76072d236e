"""The two tables' records: a right emitted module, and a wrong one with its mistake stated."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from symconv.layers.geometry import Geometry


@dataclass(frozen=True, slots=True)
class Right:
    """A hand-written module that keeps the contract of INTERFACE "The emitted module".

    ``geometry`` holds the keyword arguments of ``Geometry``; ``source`` is the whole text of the module.
    """

    name: str
    style: str
    geometry: dict[str, Any]
    activation: str
    source: str

    @property
    def layer(self) -> Geometry:
        """The geometry as a record."""
        return Geometry(**self.geometry)


@dataclass(frozen=True, slots=True)
class Wrong:
    """A module with one mistake.

    ``respect`` names the behaviour that breaks: a function of ``tests.wrong.behaviour`` that the module's ``base``
    (the same module without the mistake) passes and this one fails.
    """

    name: str
    mistake: str
    respect: str
    geometry: dict[str, Any]
    activation: str
    source: str
    base: Right

    @property
    def layer(self) -> Geometry:
        """The geometry as a record."""
        return Geometry(**self.geometry)


def spoil(base: Right, name: str, respect: str, mistake: str, *replacements: tuple[str, str]) -> Wrong:
    """The module ``base`` with pieces of its text replaced; each piece must stand there exactly once and change."""
    source = base.source
    for old, new in replacements:
        if source.count(old) != 1 or old == new:
            raise AssertionError(f"{name}: {old!r} stands {source.count(old)} times in {base.name}, or is not changed")
        source = source.replace(old, new)
    return Wrong(f"{name} [{base.name}]", mistake, respect, base.geometry, base.activation, source, base)
