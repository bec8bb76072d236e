"""Net inputs: each layer by its own plain loop, and the transposed one by exchange."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
import sympy

from symconv.algebra.axes import Constant, size
from symconv.algebra.contraction import Contraction
from symconv.algebra.evaluate import evaluate
from symconv.algebra.exchange import exchange
from symconv.algebra.laws import rename
from symconv.layers.geometry import KINDS, Geometry
from symconv.layers.net_input import convolution, net_input
from symconv.layers.window import windows
from tests.cases import ALL_GEOMETRIES, GEOMETRIES, integer_arrays, random_geometries

Array = npt.NDArray[Any]


def reached(geometry: Geometry, position: tuple[int, ...], tap: tuple[int, ...], extent: tuple[int, ...]) -> Any:
    """``S·position + D·tap - P`` where it lies inside, else None; flipped, the taps count from the far end."""
    cell = []
    for d, (o, p, n) in enumerate(zip(position, tap, extent, strict=True)):
        taps, before = int(geometry.filter_size[d]), int(geometry.padding[d][0])
        at = int(geometry.stride[d]) * o + int(geometry.dilation[d]) * (taps - 1 - p if geometry.flip else p) - before
        if not 0 <= at < n:
            return None
        cell.append(at)
    return tuple(cell)


def by_loops(g: Geometry, a: Array, w: Array | None, bias: Array | None) -> Array:
    """The net input in flat layout: one product at a time."""
    net = np.zeros(g.output_shape, dtype=object)
    transposed, size_of = g.kind == "conv-transpose", tuple(int(n) for n in g.input_size)
    small, large = (size_of, g.output_size) if transposed else (g.output_size, size_of)
    taps = tuple(int(k) for k in g.filter_size)
    groups, filters, depth = int(g.groups), net.shape[1], a.shape[1]
    for b, n, c in product(range(a.shape[0]), range(filters), range(depth)):
        if (c != n) if w is None else (n // (filters // groups) != c // (depth // groups)):
            continue
        for i, p in product(np.ndindex(*small), np.ndindex(*taps)):
            x = reached(g, i, p, large)
            if x is None:
                continue
            if w is None:
                net[(b, n, *i)] += a[(b, c, *x)] * sympy.Rational(1, counted(g, i))
            elif transposed:
                net[(b, n, *x)] += a[(b, c, *i)] * w[(c, n % (filters // groups), *p)]
            else:
                extra = i if g.kind == "locally-connected" else ()
                net[(b, n, *i)] += a[(b, c, *x)] * w[(n, c % (depth // groups), *p, *extra)]
    return net if bias is None else net + bias.reshape(1, -1, *(1,) * g.dimensions)


def counted(g: Geometry, position: tuple[int, ...]) -> int:
    """The cells an average divides by: inside the input, or inside input and padding."""
    count = 1
    for d, o in enumerate(position):
        before, after = (int(v) if g.count_include_pad else 0 for v in g.padding[d])
        start = int(g.stride[d]) * o - int(g.padding[d][0])
        cells = [start + int(g.dilation[d]) * p for p in range(int(g.filter_size[d]))]
        count *= sum(-before <= cell < int(g.input_size[d]) + after for cell in cells)
    return count


def agrees(geometry: Geometry) -> bool:
    form = net_input(geometry)
    arrays = integer_arrays(form)
    w = None if geometry.weight_shape is None else arrays["w"].reshape(geometry.weight_shape)
    bias = arrays["β"].reshape(-1) if "β" in arrays else None
    expected = by_loops(geometry, arrays["a"].reshape(geometry.input_shape), w, bias)
    return bool(np.array_equal(evaluate(form, arrays).reshape(geometry.output_shape), expected))


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_form_is_the_loop(geometry: Geometry) -> None:
    assert agrees(geometry)


@pytest.mark.parametrize("kind", KINDS)
def test_the_form_is_the_loop_at_random_geometries(kind: str) -> None:
    assert [g for g in random_geometries(kind, 40, seed=31) if not agrees(g)] == []


def letters(contraction: Contraction) -> dict[str, list[str]]:
    operands = (contraction.output, *contraction.factors)
    return {operand.symbol: [a.name for a in operand.axes] for operand in operands}


def test_axes_have_the_letters_of_the_project() -> None:
    assert letters(net_input(GEOMETRIES["groups"]).terms[0]) == {
        "net": ["b", "g", "n", "i", "j"],
        "w": ["g", "n", "c", "p", "q"],
        "a": ["b", "g", "c", "x", "y"],
    }
    assert letters(net_input(GEOMETRIES["locally-connected"]).terms[0])["w"] == ["n", "c", "p", "q", "i", "j"]
    assert letters(net_input(GEOMETRIES["transposed-groups"]).terms[0]) == {
        "net": ["b", "g", "n", "i", "j"],
        "w": ["g", "c", "n", "p", "q"],
        "a": ["b", "g", "c", "x", "y"],
    }
    assert letters(net_input(GEOMETRIES["three-dimensions"]).terms[0])["w"] == ["n", "c", "p", "q", "s"]
    four = Geometry(
        input_size=(2,) * 4,
        filter_size=(1,) * 4,
        stride=(1,) * 4,
        dilation=(1,) * 4,
        padding=((0, 0),) * 4,
        output_padding=(0,) * 4,
    )
    assert letters(net_input(four).terms[0])["a"] == ["b", "c", "x1", "x2", "x3", "x4"]


@pytest.mark.parametrize("name", ["transposed", "transposed-stride", "transposed-output-padding", "transposed-flip"])
def test_the_transposed_layer_is_the_exchange_of_convolution(name: str) -> None:
    """By ``==``: derive ∂E/∂a of the convolution, call it net, and call δ the input."""
    geometry = GEOMETRIES[name]
    as_convolution = Geometry(
        kind="conv",
        input_size=geometry.output_size,
        filter_size=geometry.filter_size,
        stride=geometry.stride,
        dilation=geometry.dilation,
        padding=geometry.padding,
        flip=geometry.flip,
        depth=geometry.filters,
        filters=geometry.depth,
        batch=geometry.batch,
    )
    forward = convolution(as_convolution, windows(as_convolution))
    backward = exchange(forward, forward.factor("a"))
    swap = dict(zip("xyijnc", "ijxycn", strict=True))
    renamed = rename(backward, {a: swap.get(a.name, a.name) for a in backward.axes})
    main = net_input(geometry).terms[0]
    assert main.relations == renamed.relations
    assert (main.output.axes, main.factor("w").axes) == (renamed.output.axes, renamed.factor("w").axes)
    assert main.factor("a").axes == renamed.factor("δ").axes


def test_padding_that_counts_is_a_scale() -> None:
    [main] = net_input(GEOMETRIES["average-pooling"]).terms
    assert (main.scale, [f.symbol for f in main.factors]) == (sympy.Rational(1, 4), ["a"])
    lettered = Geometry(kind="avg-pool", input_size=("H", "H"), filter_size=("K", "K"))
    assert net_input(lettered).terms[0].scale == 1 / size("K") ** 2


def test_padding_that_does_not_count_is_a_constant() -> None:
    [main] = net_input(GEOMETRIES["average-pooling-uncounted"]).terms
    assert main.scale == 1
    found = [f.tensor for f in main.factors if isinstance(f.tensor, Constant)]
    assert [c.symbol for c in found] == ["1/count1", "1/count2"]
    [i] = found[0].axes
    assert [found[0].entry.subs(i.symbol, n) for n in range(2)] == [sympy.Rational(1, 2), sympy.Rational(1, 3)]


@pytest.mark.parametrize("geometry", ALL_GEOMETRIES)
def test_the_bias_is_a_term_of_its_own(geometry: Geometry) -> None:
    form = net_input(geometry)
    expected = ["net"] * (1 if geometry.is_pooling or not geometry.bias else 2)
    assert [term.output.symbol for term in form.terms] == expected
    assert [f.symbol for term in form.terms[1:] for f in term.factors] == ["β"] * (len(expected) - 1)


def test_there_is_one_relation_for_each_dimension() -> None:
    for geometry in GEOMETRIES.values():
        main = net_input(geometry).terms[0]
        assert len(main.relations) == geometry.dimensions
