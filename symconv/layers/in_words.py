"""What there is to say of a layer's sizes: the names they are given under, and their numbers as they are written."""

from __future__ import annotations

from symconv.layers.geometry import Geometry, show
from symconv.layers.own import OwnGeometry


def sizes_in_words(g: Geometry) -> list[tuple[str, str]]:
    """Each size by its name; what is at its default is left out, but for the input and the filter.

    >>> sizes_in_words(Geometry(input_size=(6, 6), stride=(2, 2), padding=((1, 0), (1, 0))))
    [('input', '6x6'), ('filter', '2x2'), ('stride', '2'), ('padding', '1:0')]
    """
    found = [("input", show(g.input_size))] if g.dimensions else []
    if isinstance(g, OwnGeometry) and g.output:
        found.append(("output", show(g.output)))
    if g.filter_size:
        found.append(("filter", show(g.filter_size)))
    for name, values, trivial in (
        ("stride", g.stride, 1),
        ("dilation", g.dilation, 1),
        ("output padding", g.output_padding, 0),
    ):
        if any(v != trivial for v in values):
            found.append((name, show(values if len(set(values)) > 1 else values[:1])))
    if any(v != 0 for pair in g.padding for v in pair):
        pairs = [show(pair if pair[0] != pair[1] else pair[:1], ":") for pair in g.padding]
        found.append(("padding", show(pairs if len(set(pairs)) > 1 else pairs[:1])))
    channels = (("depth", g.depth), ("filters", 1 if g.is_pooling else g.filters), ("batch", g.batch))
    return found + [(name, str(value)) for name, value in (*channels, ("groups", g.groups)) if value != 1]
