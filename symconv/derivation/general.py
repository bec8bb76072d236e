"""The layer with names for its numbers, so that one derivation speaks of every size.

A number that says nothing (stride 1, dilation 1, padding 0, one filter) stays as it is and vanishes from the
formulas; any other becomes its letter of THEORY.md. Where all dimensions agree they share a letter; where they do not,
each has its own, with the dimension as suffix.
"""

from __future__ import annotations

from dataclasses import replace

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, Size
from symconv.layers.own import OwnGeometry, channels_agree
from symconv.layers.own_net_input import own_net_input

_TRIVIAL = {"S": 1, "D": 1, "P": 0, "Q": 0, "r": 0, "B": 1, "N": 1, "C": 1, "G": 1}


def generalise(geometry: Geometry) -> Geometry:
    """The same layer with letters for sizes; spatial sizes stay in ceil mode, where O has no formula without ⌈⌉.

    >>> generalise(Geometry(input_size=(6, 6), filter_size=(3, 3), stride=(2, 2))).stride
    ('S', 'S')
    >>> generalise(Geometry(input_size=(6, 6), filter_size=(3, 3))).stride
    (1, 1)
    """
    if isinstance(geometry, OwnGeometry):
        return _own(geometry)
    channels = replace(
        geometry,
        filters=_letters("N", (geometry.filters,))[0],
        depth=_letters("C", (geometry.depth,))[0],
        batch=_letters("B", (geometry.batch,))[0],
        groups=_letters("G", (geometry.groups,))[0],
    )
    if geometry.ceil_mode:
        return channels
    before = _letters("P", tuple(pair[0] for pair in geometry.padding))
    after = _letters("Q", tuple(pair[1] for pair in geometry.padding))
    symmetric = all(pair[0] == pair[1] for pair in geometry.padding)
    return replace(
        channels,
        input_size=_letters("H", geometry.input_size),
        filter_size=_letters("K", geometry.filter_size),
        stride=_letters("S", geometry.stride),
        dilation=_letters("D", geometry.dilation),
        padding=tuple(zip(before, before if symmetric else after, strict=True)),
        output_padding=_letters("r", geometry.output_padding),
    )


def _own(geometry: OwnGeometry) -> OwnGeometry:
    """As many letters as the formula can be read with: where its ranges need numbers, those stay."""
    channels = {
        "batch": _letters("B", (geometry.batch,))[0],
        "filters": _letters("N", (geometry.filters,))[0],
        "depth": _letters("N" if channels_agree(geometry) else "C", (geometry.depth,))[0],
    }
    if geometry.groups != 1:  # channels are counted within a group, N/G of them
        channels = {"batch": channels["batch"]}
    spatial = {
        "input_size": _letters("H", geometry.input_size),
        "output": _letters("O", geometry.output),
        "filter_size": _letters("K", geometry.filter_size),
    }
    for changes in ({**channels, **spatial}, spatial, channels):
        try:
            letters = replace(geometry, **changes)
            own_net_input(letters)
        except RequestError:
            continue
        return letters
    return geometry


def _letters(letter: str, values: tuple[Size, ...]) -> tuple[Size, ...]:
    """One letter per dimension; a name the user gave, or a value that says nothing, stays."""
    suffixes = [str(d + 1) for d in range(len(values))] if len(set(values)) > 1 else [""] * len(values)
    return tuple(
        v if isinstance(v, str) or v == _TRIVIAL.get(letter) else letter + suffix
        for v, suffix in zip(values, suffixes, strict=True)
    )
