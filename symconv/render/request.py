"""The request that names a layer: the flags of the command line that differ from the lesson's case."""

from __future__ import annotations

from symconv.layers.in_words import sizes_in_words
from symconv.layers.layer import UNNAMED, Layer
from symconv.layers.own import OwnGeometry


def request_line(layer: Layer) -> str:
    """``--layer conv --input 3x3 --filter 2x2 …``, enough to give the layer again; one line.

    >>> from symconv.layers.geometry import Geometry
    >>> from symconv.layers.layer import layer
    >>> request_line(layer(Geometry(stride=(2, 2), input_size=(6, 6))))
    '--layer conv --input 6x6 --filter 2x2 --stride 2'
    """
    g = layer.geometry
    flags = [("--formula", f'"{g.formula}"') if isinstance(g, OwnGeometry) else ("--layer", g.kind)]
    flags += [(f"--{name.replace(' ', '-')}", value) for name, value in sizes_in_words(g)]
    if layer.activation.name != "identity":
        flags.append(("--activation", _quoted(layer.activation.name)))
    if layer.previous_activation is not None:
        flags.append(("--previous-activation", _quoted(layer.previous_activation.name)))
    switches = [
        ("--flip", g.flip),
        ("--no-bias", not g.bias and not g.is_pooling and not isinstance(g, OwnGeometry)),
        ("--no-count-include-pad", not g.count_include_pad),
        ("--ceil-mode", g.ceil_mode),
    ]
    words = [f"{flag} {value}" for flag, value in flags] + [flag for flag, is_set in switches if is_set]
    if layer.name != UNNAMED:
        words.append(f"--name {layer.name}")
    return " ".join(words)


def _quoted(text: str) -> str:
    """An expression as a shell takes it; a name stands as it is."""
    plain = " ".join(text.split())
    return plain if plain.replace("-", "").isalnum() else f"'{plain}'"
