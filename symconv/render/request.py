"""The request that names a layer: the flags of the command line that differ from the lesson's case."""

from __future__ import annotations

from symconv.layers.geometry import show
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
    flags = [("--layer", g.kind)]
    if isinstance(g, OwnGeometry):
        flags = [("--formula", f'"{g.formula}"')]
        flags += [(f"--{key}", show(v)) for key, v in (("input", g.input_size), ("output", g.output)) if v]
        flags += [("--filter", show(g.filter_size))] if g.filter_size else []
    elif g.dimensions:
        flags += [("--input", show(g.input_size)), ("--filter", show(g.filter_size))]
    for flag, values in (("--stride", g.stride), ("--dilation", g.dilation), ("--output-padding", g.output_padding)):
        if any(v != (0 if flag == "--output-padding" else 1) for v in values):
            flags.append((flag, show(values if len(set(values)) > 1 else values[:1])))
    if any(v != 0 for pair in g.padding for v in pair):
        pairs = [show(pair if len(set(pair)) > 1 else pair[:1], ":") for pair in g.padding]
        flags.append(("--padding", show(pairs if len(set(pairs)) > 1 else pairs[:1])))
    for flag, value in (("--depth", g.depth), ("--filters", g.filters), ("--batch", g.batch), ("--groups", g.groups)):
        if value != 1:
            flags.append((flag, str(value)))
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
