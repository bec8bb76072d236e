"""The layers that are measured: those of well-known networks, a row each, and what they stand for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from symconv.errors import RequestError
from symconv.layers.geometry import Geometry, show
from symconv.specification import specify


@dataclass(frozen=True, slots=True)
class Row:
    """One layer under a name; rows of one family are averaged together."""

    name: str
    family: str
    geometry: Geometry

    @property
    def sizes(self) -> str:
        """The layer in the words of the command line."""
        g = self.geometry
        told = [show(g.input_shape)]
        if g.kind != "conv":
            told.insert(0, g.kind)
        if g.dimensions:
            told.append(f"filter {show(g.filter_size)}")
        if not g.is_pooling:
            told.append(f"filters {g.filters}")
        for word, values, plain in (("stride", g.stride, 1), ("dilation", g.dilation, 1)):
            if any(v != plain for v in values):
                told.append(f"{word} {_joined([str(v) for v in values])}")
        if any(v for pair in g.padding for v in pair):
            told.append(f"padding {_joined([str(a) if a == b else f'{a}:{b}' for a, b in g.padding])}")
        if g.groups != 1:
            told.append(f"groups {g.groups}")
        return ", ".join(told)


def _joined(values: Sequence[str]) -> str:
    """``2`` for every dimension, or ``2x1``."""
    return values[0] if len({*values}) == 1 else "x".join(values)


def _row(name: str, family: str, given: str) -> Row:
    """A row from flags without their dashes: ``batch 4 input 64x56x56 …``; no row has a bias."""
    words = given.split()
    keys: Mapping[str, str] = dict(zip(words[::2], words[1::2], strict=True))
    return Row(name, family, specify({**keys, "bias": False}).geometry)


ROWS = (
    _row("resnet-1x1-64", "1x1", "batch 4 input 64x56x56 filter 1x1 filters 256"),
    _row("resnet-1x1-1024", "1x1", "batch 8 input 1024x14x14 filter 1x1 filters 256"),
    _row("mobilenet-1x1-128", "1x1", "batch 4 input 128x56x56 filter 1x1 filters 128"),
    _row("mobilenet-1x1-512", "1x1", "batch 8 input 512x14x14 filter 1x1 filters 512"),
    _row("resnet-3x3-64", "3x3", "batch 4 input 64x56x56 filter 3x3 filters 64 padding 1"),
    _row("resnet-3x3-128", "3x3", "batch 4 input 128x28x28 filter 3x3 filters 128 padding 1"),
    _row("resnet-3x3-256", "3x3", "batch 8 input 256x14x14 filter 3x3 filters 256 padding 1"),
    _row("vgg-3x3-64", "3x3", "batch 1 input 64x112x112 filter 3x3 filters 128 padding 1"),
    _row("resnet-3x3-512", "3x3-512", "batch 8 input 512x7x7 filter 3x3 filters 512 padding 1"),
    _row("resnet-3x3-512-b32", "3x3-512", "batch 32 input 512x7x7 filter 3x3 filters 512 padding 1"),
    _row("dilated-3x3-256", "dilated", "batch 2 input 256x28x28 filter 3x3 filters 256 padding 2 dilation 2"),
    _row("resnet-stem-7x7", "stem", "batch 2 input 3x224x224 filter 7x7 filters 64 stride 2 padding 3"),
    _row("alexnet-stem-11x11", "stem", "batch 4 input 3x224x224 filter 11x11 filters 64 stride 4 padding 2"),
    _row("resnet-stride2-128", "stride-2", "batch 4 input 128x56x56 filter 3x3 filters 128 stride 2 padding 1"),
    _row("lenet-5x5-1", "lenet", "batch 64 input 1x28x28 filter 5x5 filters 6 padding 2"),
    _row("lenet-5x5-6", "lenet", "batch 64 input 6x14x14 filter 5x5 filters 16"),
    _row("mobilenet-dw-128", "depthwise", "batch 4 input 128x56x56 filter 3x3 filters 128 padding 1 groups 128"),
    _row(
        "mobilenet-dw-128-s2",
        "depthwise",
        "batch 4 input 128x56x56 filter 3x3 filters 128 stride 2 padding 1 groups 128",
    ),
    _row("mobilenet-dw-512", "depthwise", "batch 8 input 512x14x14 filter 3x3 filters 512 padding 1 groups 512"),
    _row("resnext-3x3-128", "grouped", "batch 4 input 128x28x28 filter 3x3 filters 128 padding 1 groups 32"),
    _row("signal-9-64", "1-d", "batch 8 input 64x1024 filter 9 filters 64 padding 4"),
    _row("video-3x3x3-32", "3-d", "batch 1 input 32x8x28x28 filter 3x3x3 filters 64 padding 1"),
    _row("volume-3x3x3-1", "3-d", "batch 1 input 1x32x32x32 filter 3x3x3 filters 16 padding 1"),
    _row("tiny-3x3-2", "tiny", "batch 1 input 2x8x8 filter 3x3 filters 3"),
    _row("tiny-2x2-1", "tiny", "batch 1 input 1x3x3 filter 2x2 filters 1"),
)
"""The layer table, by family."""
QUICK = ("resnet-3x3-128", "lenet-5x5-6", "mobilenet-dw-512", "tiny-2x2-1")
"""A look, in place of the whole table."""


def selected(names: Sequence[str]) -> tuple[Row, ...]:
    """The rows of these names, families or networks (``resnet``), in the table's order; without a name all."""
    for name in names:
        if not any(_meant(row, name) for row in ROWS):
            known = [word for row in ROWS for word in (row.name, row.family)]
            close = get_close_matches(name, known, n=1)
            advice = f"did you mean {close[0]}?" if close else "`symconv bench --list` lists the rows"
            raise RequestError(f"no row or family of the layer table is named {name!r}; {advice}")
    return tuple(row for row in ROWS if not names or any(_meant(row, name) for name in names))


def _meant(row: Row, name: str) -> bool:
    return name in (row.name, row.family) or row.name.startswith(f"{name}-")
