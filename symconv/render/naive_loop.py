"""The net input as loops of plain Python, written from THEORY §1 and the layer's numbers alone: no relation, no law.

Emitted tests judge an emitted module by it, so it shares nothing with the schedules but ``Geometry``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from symconv.layers.geometry import Geometry

INDENT = "    "
WIDTH = 92


@dataclass(frozen=True, slots=True)
class Letters:
    """Names of the axes: ``x y z`` of the input, ``i j k`` of the output, ``p q s`` of the taps, and two extents."""

    input: tuple[str, ...]
    output: tuple[str, ...]
    taps: tuple[str, ...]
    heights: tuple[str, ...]
    outputs: tuple[str, ...]


def letters(dimensions: int) -> Letters:
    """The names for that many dimensions; positions are numbered beyond three."""

    def named(three: str) -> tuple[str, ...]:
        return tuple(three[:dimensions]) if dimensions <= 3 else _numbered(three[0], dimensions)

    sizes = [(letter,) if dimensions == 1 else _numbered(letter, dimensions) for letter in "HO"]
    return Letters(named("xyz"), named("ijk"), named("pqs"), sizes[0], sizes[1])


def formula(geometry: Geometry) -> list[str]:
    """The net input in index notation, 0-based: the sum, then the positions it reads."""
    names, g = letters(geometry.dimensions), geometry
    output, taps, read = names.output, names.taps, names.input
    group, bias = "" if g.groups == 1 else "g,", "bias[n] + " if g.bias else ""
    if g.kind == "dense":
        return [f"net[b,n] = {bias}Σ_c w[n,c] · a[b,c]"]
    positions, ranges = f"{','.join(read)}", ", ".join(taps)
    if g.kind == "conv-transpose":
        output, read = read, output
        positions, ranges = ",".join(output), ", ".join((*output, *taps))
    where = [f"{x} = {text.replace(' * ', '·')}" for x, text in zip(read, _positions(g), strict=True)]
    cell = ",".join(names.output)
    if g.is_pooling:
        counted = {
            (True, False): str(prod(_ints(g.filter_size))),
            (True, True): "the number of its taps on the input or its padding",
            (False, False): "the number of its taps on the input",
            (False, True): "the number of its taps on the input",
        }[g.count_include_pad, g.ceil_mode]
        first = [f"net[b,c,{cell}] = Σ a[b,c,{positions}] over {ranges},", f"divided by {counted};"]
        first = [" ".join(first)] if len(" ".join(first)) <= WIDTH else first
    else:
        index = "c,n" if g.kind == "conv-transpose" else "n,c"
        own = f",{cell}" if g.kind == "locally-connected" else ""
        product = f"w[{group}{index},{','.join(taps)}{own}] · a[b,{group}c,{positions}]"
        bias = bias.replace("[", "[" + group)
        first = [f"net[b,{group}n,{cell}] = {bias}Σ {product}", f"over c, {ranges};"]
        first = [" ".join(first)] if len(" ".join(first)) <= WIDTH else first
    return [*first, *_joined(where)]


def net_input_lines(geometry: Geometry) -> list[str]:
    """The body of ``reference_net_input(a, w, bias)``; without bias ``(a, w)``, for pooling ``(a)``."""
    match geometry.kind:
        case "dense":
            return _dense(geometry)
        case "conv-transpose":
            return _scattered(geometry)
        case "avg-pool":
            return _averaged(geometry)
        case _:
            return _gathered(geometry)


def output_size_lines(geometry: Geometry) -> list[str]:
    """The body of ``output_size(H1, H2, …)``, which returns a tuple."""
    names = letters(geometry.dimensions)
    pairs = enumerate(_pairs(names.heights, names.outputs))
    lines = [line for d, (h, o) in pairs for line in _extent(geometry, d, h, o)]
    return [
        *lines,
        f"return {', '.join(names.outputs)}" if geometry.dimensions > 1 else f"return ({names.outputs[0]},)",
    ]


def affine(terms: Sequence[tuple[int, str]], offset: int) -> str:
    """A sum of multiples of names in Python.

    >>> affine([(2, "i"), (-1, "p")], 1)
    '2 * i - p + 1'
    """
    parts = [(k, name if abs(k) == 1 else f"{abs(k)} * {name}") for k, name in terms]
    parts += [(offset, str(abs(offset)))] if offset else []
    text = "".join(f" {'+' if k > 0 else '-'} {part}" for k, part in parts)
    return text.removeprefix(" + ")


def _gathered(geometry: Geometry) -> list[str]:
    """Convolution and locally connected: every output cell collects its window."""
    names, g = letters(geometry.dimensions), geometry
    cell = ", ".join(names.output)
    own = f", {cell}" if g.kind == "locally-connected" else ""
    taps = f"w.shape[1:{2 + g.dimensions}]" if own else "w.shape[1:]"
    depth = "c" if g.groups == 1 else "group * w.shape[1] + c"
    weight = f"w[n, c, {', '.join(names.taps)}{own}]"
    return [
        f"batch, _, {', '.join(names.heights)} = a.shape",
        f"net = np.zeros((batch, len(w), *output_size({', '.join(names.heights)})), a.dtype)",
        f"for b, n, {cell} in np.ndindex(net.shape):",
        *_in(1, [f"group = n // (len(w) // {g.groups})"] if g.groups != 1 else []),
        *_in(1, [f"net[b, n, {cell}] = bias[n]"] if g.bias else []),
        *_in(1, [f"for c, {', '.join(names.taps)} in np.ndindex({taps}):"]),
        *_in(2, _equations(names.input, _positions(g))),
        *_in(2, [f"if {_inside(names.input, names.heights)}:"]),
        *_in(3, [f"net[b, n, {cell}] += {weight} * a[b, {depth}, {', '.join(names.input)}]"]),
        "return net",
    ]


def _scattered(geometry: Geometry) -> list[str]:
    """Transposed convolution: every input cell is spread over its window of the output."""
    names, g = letters(geometry.dimensions), geometry
    cell, read = ", ".join(names.output), ", ".join(names.input)
    filters = "w.shape[1]" if g.groups == 1 else f"{g.groups} * w.shape[1]"
    filter_ = "n" if g.groups == 1 else "group * w.shape[1] + n"
    sizes = f"{names.outputs[0]} = net.shape[2]" if g.dimensions == 1 else f"{', '.join(names.outputs)} = net.shape[2:]"
    return [
        f"batch, {'_' if g.groups == 1 else 'depth'}, {', '.join(names.heights)} = a.shape",
        f"net = np.zeros((batch, {filters}, *output_size({', '.join(names.heights)})), a.dtype)",
        sizes,
        *([f"net += bias.reshape(-1{', 1' * g.dimensions})"] if g.bias else []),
        f"for b, c, {read} in np.ndindex(a.shape):",
        *_in(1, [f"group = c // (depth // {g.groups})"] if g.groups != 1 else []),
        *_in(1, [f"for n, {', '.join(names.taps)} in np.ndindex(w.shape[1:]):"]),
        *_in(2, _equations(names.output, _positions(g))),
        *_in(2, [f"if {_inside(names.output, names.outputs)}:"]),
        *_in(3, [f"net[b, {filter_}, {cell}] += w[c, n, {', '.join(names.taps)}] * a[b, c, {read}]"]),
        "return net",
    ]


def _averaged(geometry: Geometry) -> list[str]:
    """Average pooling: the sum of every window by the number of cells that count."""
    names, g = letters(geometry.dimensions), geometry
    cell, taps = ", ".join(names.output), _ints(g.filter_size)
    counts = not g.count_include_pad or g.ceil_mode
    padded = [
        f"{-before} <= {x} < {affine([(1, h)], after)}"
        for x, h, (before, after) in zip(names.input, names.heights, map(_ints, g.padding), strict=True)
    ]
    loop = f"range({taps[0]})" if g.dimensions == 1 else f"np.ndindex({', '.join(map(str, taps))})"
    return [
        f"batch, depth, {', '.join(names.heights)} = a.shape",
        f"net = np.zeros((batch, depth, *output_size({', '.join(names.heights)})), a.dtype)",
        f"for b, c, {cell} in np.ndindex(net.shape):",
        *_in(1, ["total = count = 0" if counts else "total = 0"]),
        *_in(1, [f"for {', '.join(names.taps)} in {loop}:"]),
        *_in(2, _equations(names.input, _positions(g))),
        *_in(2, [f"if {' and '.join(padded)}:", INDENT + "count += 1"] if counts and g.count_include_pad else []),
        *_in(2, [f"if {_inside(names.input, names.heights)}:"]),
        *_in(3, [f"total += a[b, c, {', '.join(names.input)}]"]),
        *_in(3, ["count += 1"] if counts and not g.count_include_pad else []),
        *_in(1, [f"net[b, c, {cell}] = total * Fraction(1, {'count' if counts else prod(taps)})"]),
        "return net",
    ]


def _dense(geometry: Geometry) -> list[str]:
    return [
        "net = np.zeros((len(a), len(w)), a.dtype)",
        "for b, n in np.ndindex(net.shape):",
        *_in(1, ["net[b, n] = bias[n]"] if geometry.bias else []),
        *_in(1, ["for c in range(w.shape[1]):", INDENT + "net[b, n] += w[n, c] * a[b, c]"]),
        "return net",
    ]


def _positions(geometry: Geometry) -> list[str]:
    """``S·i + D·p - P₋``, with flip ``S·i + D·(K-1-p) - P₋``; for the transposed layer in ``x`` instead of ``i``."""
    names, g = letters(geometry.dimensions), geometry
    moving = names.input if g.kind == "conv-transpose" else names.output
    found = []
    for d, (i, p) in enumerate(_pairs(moving, names.taps)):
        stride, dilation, taps, before = _ints((g.stride[d], g.dilation[d], g.filter_size[d], g.padding[d][0]))
        if g.flip:
            found.append(affine([(stride, i), (-dilation, p)], dilation * (taps - 1) - before))
        else:
            found.append(affine([(stride, i), (dilation, p)], -before))
    return found


def _extent(geometry: Geometry, d: int, height: str, output: str) -> list[str]:
    """``O = ⌊(H + P₋ + P₊ - D(K-1) - 1)/S⌋ + 1``; ceil mode: ``⌈…⌉``, no window starts behind the input."""
    g = geometry
    taps, stride, dilation = _ints((g.filter_size[d], g.stride[d], g.dilation[d]))
    before, after = _ints(g.padding[d])
    slack = before + after - dilation * (taps - 1) - 1
    if g.kind == "conv-transpose":
        return [f"{output} = {affine([(stride, height)], -stride - slack + int(g.output_padding[d]))}"]
    divided = f"{f'({affine([(1, height)], slack)})' if slack else height} // {stride}"
    if stride == 1:
        lines = [f"{output} = {affine([(1, height)], slack + 1)}"]
    else:
        lines = [f"{output} = -(-{divided}) + 1" if g.ceil_mode else f"{output} = {divided} + 1"]
    if g.ceil_mode:
        start = f"{output} - 1" if stride == 1 else f"{stride} * ({output} - 1)"
        lines += [f"if {start} >= {affine([(1, height)], before)}:", f"{INDENT}{output} -= 1"]
    return lines


def _equations(names: Sequence[str], values: Sequence[str]) -> list[str]:
    return [f"{name} = {value}" for name, value in zip(names, values, strict=True)]


def _inside(names: Sequence[str], extents: Sequence[str]) -> str:
    return " and ".join(f"0 <= {x} < {h}" for x, h in zip(names, extents, strict=True))


def _joined(where: list[str]) -> list[str]:
    """The positions on one line where they fit."""
    text = ", ".join(where) + "; a read outside is 0."
    return (
        [text] if len(text) <= WIDTH else [*(line + "," for line in where[:-1]), where[-1] + "; a read outside is 0."]
    )


def _in(depth: int, lines: list[str]) -> list[str]:
    return [INDENT * depth + line for line in lines]


def _pairs(left: Sequence[str], right: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(left, right, strict=True))


def _numbered(letter: str, count: int) -> tuple[str, ...]:
    return tuple(f"{letter}{d + 1}" for d in range(count))


def _ints(values: Sequence[int | str]) -> tuple[int, ...]:
    return tuple(int(v) for v in values)
