"""The elementwise road: the lesson's formulas literally, and every kind of layer against loops written here.

The loops know THEORY §1 only: which products a net input has. That ``E = Σ δ·net`` is linear in each tensor gives the
gradients: the coefficient of a variable is what is left of the product without it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from itertools import product

import numpy as np
import pytest
import sympy

from symconv.derivation.elementwise import Elementwise, elementwise
from symconv.derivation.products import PolynomialArray, Products
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry

A, W, BIAS, DELTA, DF = (sympy.IndexedBase(name) for name in ("a", "w", "bias", "delta", "df"))

Cell = tuple[str, tuple[int, ...]]
Naive = Counter[tuple[tuple[int, ...], tuple[Cell, ...], Fraction]]


def spatial(kind: str, size: tuple[int, ...], taps: tuple[int, ...], **fields: object) -> Geometry:
    """A geometry whose unnamed fields have one plain value per dimension."""
    n = len(size)
    plain: dict[str, object] = {"stride": (1,) * n, "dilation": (1,) * n, "padding": ((0, 0),) * n}
    fields = {**plain, "output_padding": (0,) * n, **fields}
    return Geometry(kind=kind, input_size=size, filter_size=taps, **fields)  # type: ignore[arg-type]


CASES = {
    "lesson": Geometry(),
    "no-bias": Geometry(bias=False),
    "left-over": spatial("conv", (6, 8), (3, 2), stride=(2, 3), depth=2, filters=2),
    "left-over-padded": spatial("conv", (5, 6), (2, 2), stride=(3, 2), padding=((0, 1), (2, 1))),
    "stride-over-filter": spatial("conv", (8,), (2,), stride=(3,)),
    "dilation": spatial("conv", (7, 6), (3, 2), dilation=(2, 3), padding=((1, 0), (0, 2)), batch=2),
    "stride-and-dilation": spatial("conv", (9, 8), (3, 2), stride=(2, 3), dilation=(3, 2), padding=((1, 2), (0, 1))),
    "padding-over-filter": spatial("conv", (3, 2), (2, 2), padding=((3, 1), (0, 4)), stride=(2, 1)),
    "groups": spatial("conv", (4, 3), (2, 2), depth=4, filters=6, groups=2),
    "depthwise": spatial("conv", (4,), (3,), depth=3, filters=6, groups=3, padding=((1, 1),), batch=2),
    "one-dimension": spatial("conv", (7,), (3,), stride=(2,), padding=((2, 1),), depth=2, filters=2),
    "three-dimensions": spatial("conv", (3, 4, 2), (2, 3, 1), stride=(1, 1, 2), padding=((0, 1), (1, 0), (0, 0))),
    "flip": spatial("conv", (4, 5), (2, 3), flip=True, padding=((1, 0), (0, 2)), stride=(1, 2), dilation=(2, 1)),
    "dense": spatial("dense", (), (), depth=5, filters=3, batch=2),
    "local": spatial("locally-connected", (5, 4), (2, 3), stride=(2, 1), depth=2, filters=2, padding=((1, 0), (0, 1))),
    "local-batch": spatial("locally-connected", (6,), (2,), dilation=(2,), batch=2),
    "transpose": spatial("conv-transpose", (3, 2), (2, 3), depth=2, filters=3),
    "transpose-stride": spatial(
        "conv-transpose", (3, 4), (3, 2), stride=(2, 3), padding=((1, 0), (0, 2)), output_padding=(1, 2), batch=2
    ),
    "transpose-dilation": spatial("conv-transpose", (4,), (3,), stride=(3,), dilation=(2,), padding=((2, 3),)),
    "transpose-groups": spatial("conv-transpose", (2, 3), (2, 2), depth=4, filters=6, groups=2, flip=True),
    "transpose-far": spatial("conv-transpose", (2,), (1,), stride=(4,), output_padding=(3,)),
    "pool": spatial("avg-pool", (4, 6), (2, 3), stride=(2, 3), depth=2, batch=2),
    "pool-counted": spatial("avg-pool", (5, 4), (3, 2), stride=(2, 1), padding=((1, 1), (1, 0))),
    "pool-uncounted": spatial("avg-pool", (5, 4), (3, 2), padding=((1, 1), (1, 0)), count_include_pad=False),
    "pool-ceil": spatial("avg-pool", (6, 5), (3, 2), stride=(2, 2), padding=((1, 1), (0, 0)), ceil_mode=True),
    "pool-ceil-uncounted": spatial(
        "avg-pool", (6, 5), (3, 2), stride=(2, 2), padding=((1, 1), (0, 0)), ceil_mode=True, count_include_pad=False
    ),
    "pool-ceil-no-start-in-padding": spatial("avg-pool", (5,), (3,), stride=(3,), padding=((1, 1),), ceil_mode=True),
    "pool-dilation": spatial("avg-pool", (7,), (2,), dilation=(3,), stride=(2,), ceil_mode=True),
}


def naive_size(g: Geometry, d: int) -> int:
    """Output extents by counting, for the loops below."""
    size, taps, step, wide = (int(v[d]) for v in (g.input_size, g.filter_size, g.stride, g.dilation))
    before, after = (int(v) for v in g.padding[d])
    if g.kind == "conv-transpose":
        landed = [step * x + wide * p for x in range(size) for p in range(taps)]
        return max(landed) + 1 + int(g.output_padding[d]) - before - after
    last = size + before + after - 1
    fitting = sum(start + wide * (taps - 1) <= last for start in range(0, last + 1, step))
    over = step * (fitting - 1) + wide * (taps - 1) < last
    return fitting + 1 if g.ceil_mode and over and step * fitting < size + before else fitting


def naive_taps(g: Geometry, output: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], tuple[int, ...]]]:
    """The pairs (tap of w, input position) of one output position, by trying all of them."""
    before = [int(pair[0]) for pair in g.padding]
    steps = [(int(s), int(w)) for s, w in zip(g.stride, g.dilation, strict=True)]
    for p in product(*(range(int(k)) for k in g.filter_size)):
        for x in product(*(range(int(h)) for h in g.input_size)):
            if g.kind == "conv-transpose":
                met = all(
                    i + b == s * e + w * t for i, b, (s, w), e, t in zip(output, before, steps, x, p, strict=True)
                )
            else:
                met = all(
                    e + b == s * i + w * t for i, b, (s, w), e, t in zip(output, before, steps, x, p, strict=True)
                )
            if met:
                turned = tuple(int(k) - 1 - t for k, t in zip(g.filter_size, p, strict=True))
                yield (turned if g.flip else p), x


def naive_divisor(g: Geometry, output: tuple[int, ...]) -> int:
    """What an average divides by: taps in the padded input, or in the input."""
    count = 1
    for d, i in enumerate(output):
        before, after = (int(v) for v in g.padding[d])
        low, high = (0, int(g.input_size[d]) + before + after)
        if not g.count_include_pad:
            low, high = before, high - after
        at = [int(g.stride[d]) * i + int(g.dilation[d]) * p for p in range(int(g.filter_size[d]))]
        count *= sum(low <= position < high for position in at)
    return count


def naive_net(g: Geometry) -> Naive:
    """Every product of every net input, THEORY §1 by loops over everything."""
    depth, groups = int(g.depth), int(g.groups)
    filters = depth if g.kind == "avg-pool" else int(g.filters)
    sizes = [naive_size(g, d) for d in range(len(g.input_size))]
    found: Naive = Counter()
    for b, n, *i in product(range(int(g.batch)), range(filters), *map(range, sizes)):
        o = (b, n, *i)
        if g.bias and g.kind != "avg-pool":
            found[o, (("bias", (n,)),), Fraction(1)] += 1
        for c, (p, x) in product(range(depth), naive_taps(g, tuple(i))):
            if c // (depth // groups) != n // (filters // groups) and g.kind != "avg-pool":
                continue
            if g.kind == "avg-pool":
                if c == n:
                    found[o, (("a", (b, c, *x)),), Fraction(1, naive_divisor(g, tuple(i)))] += 1
                continue
            tap = (n, c % (depth // groups), *p)
            if g.kind == "conv-transpose":
                tap = (c, n % (filters // groups), *p)
            elif g.kind == "locally-connected":
                tap = (n, c, *p, *i)
            found[o, (("a", (b, c, *x)), ("w", tap)), Fraction(1)] += 1
    return found


def naive_gradient(net: Naive, tensor: str) -> Naive:
    """The coefficient of each cell in ``Σ δ·net``: the products that hold it, without it."""
    found: Naive = Counter()
    for (o, factors, scale), times in net.items():
        for name, cell in factors:
            if name == tensor:
                rest = tuple(factor for factor in factors if factor[0] != tensor)
                found[cell, tuple(sorted((("delta", o), *rest))), scale] += times
    return found


def listed(array: PolynomialArray) -> Naive:
    """The same listing of a polynomial array."""
    found: Naive = Counter()
    for index in np.ndindex(*array.shape):
        for m in array.monomials(*index):
            found[index, tuple(sorted(m.factors)), Fraction(int(m.coefficient.p), int(m.coefficient.q))] += 1
    return found


def both_roads(geometry: Geometry) -> list[Elementwise]:
    """Every net input differentiated, and one for all."""
    return [elementwise(geometry, every_net_input=limit) for limit in (10**9, 0)]


# The lesson, THEORY §3 and §4, read 0-based.


def test_the_lesson_net_input() -> None:
    net = elementwise(Geometry()).net_input
    assert net.element(0, 0) == W[0, 0] * A[0, 0] + W[0, 1] * A[0, 1] + W[1, 0] * A[1, 0] + W[1, 1] * A[1, 1] + BIAS[0]
    assert net.element(0, 1) == W[0, 0] * A[0, 1] + W[0, 1] * A[0, 2] + W[1, 0] * A[1, 1] + W[1, 1] * A[1, 2] + BIAS[0]


def test_the_lesson_error_term() -> None:
    lesson = elementwise(Geometry())
    corner, edge = DELTA[0, 0] * W[0, 0], DELTA[0, 0] * W[0, 1] + DELTA[0, 1] * W[0, 0]
    centre = DELTA[0, 0] * W[1, 1] + DELTA[0, 1] * W[1, 0] + DELTA[1, 0] * W[0, 1] + DELTA[1, 1] * W[0, 0]
    for cell, expected in {(0, 0): corner, (0, 1): edge, (1, 1): centre}.items():
        assert lesson.input_gradient.element(*cell) == expected
        assert lesson.error_term.element(*cell) == sympy.expand(expected * DF[cell])


def test_the_lesson_weight_gradient() -> None:
    lesson = elementwise(Geometry())
    assert lesson.weight_gradient is not None
    assert lesson.bias_gradient is not None
    assert lesson.weight_gradient.element(0, 0) == (
        DELTA[0, 0] * A[0, 0] + DELTA[0, 1] * A[0, 1] + DELTA[1, 0] * A[1, 0] + DELTA[1, 1] * A[1, 1]
    )
    assert lesson.weight_gradient.element(0, 1) == (
        DELTA[0, 0] * A[0, 1] + DELTA[0, 1] * A[0, 2] + DELTA[1, 0] * A[1, 1] + DELTA[1, 1] * A[1, 2]
    )
    assert lesson.bias_gradient.element() == DELTA[0, 0] + DELTA[0, 1] + DELTA[1, 0] + DELTA[1, 1]
    assert lesson.bias_gradient.element(0) == sum(DELTA[0, 0, i, j] for i in (0, 1) for j in (0, 1))


def test_full_indices_print_full_subscripts() -> None:
    lesson = elementwise(Geometry())
    assert lesson.input_gradient.element(0, 0, 0, 1) == (
        DELTA[0, 0, 0, 0] * W[0, 0, 0, 1] + DELTA[0, 0, 0, 1] * W[0, 0, 0, 0]
    )


# Every kind of layer, both ways, against the loops.


@pytest.mark.parametrize("name", CASES)
def test_products_are_those_of_the_loops(name: str) -> None:
    net = naive_net(CASES[name])
    for layer in both_roads(CASES[name]):
        assert listed(layer.net_input) == net
        assert listed(layer.input_gradient) == naive_gradient(net, "a")
        gradients = {"w": layer.weight_gradient, "bias": layer.bias_gradient}
        for tensor, gradient in gradients.items():
            expected = naive_gradient(net, tensor)
            assert (gradient is None) == (not expected)
            assert gradient is None or listed(gradient) == expected


@pytest.mark.parametrize("name", CASES)
def test_shapes_are_those_of_the_emitted_code(name: str) -> None:
    geometry = CASES[name]
    layer = elementwise(geometry)
    assert layer.net_input.shape == geometry.output_shape
    assert layer.input_gradient.shape == layer.error_term.shape == geometry.input_shape
    assert (layer.weight_gradient and layer.weight_gradient.shape) == geometry.weight_shape
    if layer.bias_gradient is not None:
        assert layer.bias_gradient.shape == (geometry.filters,)


@pytest.mark.parametrize("name", CASES)
def test_the_error_term_is_the_input_gradient_times_df(name: str) -> None:
    layer = elementwise(CASES[name])
    expected = naive_gradient(naive_net(CASES[name]), "a")
    assert listed(layer.error_term) == Counter(
        {(at, tuple(sorted((*factors, ("df", at)))), scale): n for (at, factors, scale), n in expected.items()}
    )


@pytest.mark.parametrize("name", CASES)
def test_one_neuron_for_all_is_every_neuron(name: str) -> None:
    every, one = both_roads(CASES[name])
    for left, right in zip(arrays(every), arrays(one), strict=True):
        assert left.difference(right) is None
        assert len(left) == len(right)


def test_the_seam_between_the_roads() -> None:
    geometry = spatial("conv", (9, 9), (5, 5), filters=3)
    products = 3 * 5 * 5 * 25
    below, above = (elementwise(geometry, every_net_input=limit) for limit in (products, products - 1))
    for left, right in zip(arrays(below), arrays(above), strict=True):
        assert left.same_as(right)


def arrays(layer: Elementwise) -> list[PolynomialArray]:
    """All polynomial arrays of a layer."""
    found = (layer.net_input, layer.input_gradient, layer.weight_gradient, layer.bias_gradient, layer.error_term)
    return [array for array in found if array is not None]


@pytest.mark.parametrize("name", CASES)
def test_finite_differences_are_exact_in_integers(name: str) -> None:
    """E = Σ δ·net is linear in each cell, so a step of 1 gives the derivative itself."""
    layer = elementwise(CASES[name])
    random = np.random.default_rng(7)
    shapes = {"delta": layer.net_input.shape, **{n: s for t in layer.net_input.terms for n, s in t.factors}}
    tensors = {tensor: random.integers(-99, 100, shape).astype(object) for tensor, shape in shapes.items()}

    def error() -> Fraction:
        return Fraction((tensors["delta"] * layer.net_input.evaluate(tensors)).sum())

    before = error()
    gradients = {"a": layer.input_gradient, "w": layer.weight_gradient, "bias": layer.bias_gradient}
    for tensor, gradient in gradients.items():
        if gradient is None:
            continue
        slopes = gradient.evaluate(tensors)
        for cell in random.permutation(list(np.ndindex(*gradient.shape)))[:6]:
            tensors[tensor][tuple(cell)] += 1
            assert error() - before == slopes[tuple(cell)]
            tensors[tensor][tuple(cell)] -= 1


def test_left_over_rows_are_there_and_zero() -> None:
    layer = elementwise(spatial("conv", (6,), (2,), stride=(3,)))
    assert layer.input_gradient.shape == (1, 1, 6)
    assert [layer.input_gradient.element(x) for x in range(6)] == [
        DELTA[0] * W[0], DELTA[0] * W[1], 0, DELTA[1] * W[0], DELTA[1] * W[1], 0
    ]  # fmt: skip


# The total derivative, one step of the lesson.


def test_a_total_derivative_tells_whom_the_cell_reaches() -> None:
    lesson = elementwise(Geometry())
    step = lesson.total_derivative("da", (0, 1))
    assert (step.target, step.index, step.cell) == ("da", (0, 1), A[0, 1])
    assert step.reaches == (((0, 0), W[0, 1]), ((0, 1), W[0, 0]))
    assert step.result == lesson.input_gradient.element(0, 1)
    assert lesson.total_derivative("dbias", ()).reaches == tuple(((i, j), sympy.S.One) for i in (0, 1) for j in (0, 1))
    full = lesson.total_derivative("dw", (0, 0, 1, 1))
    assert full.reaches[-1] == ((0, 0, 1, 1), A[0, 0, 2, 2])


@pytest.mark.parametrize("name", CASES)
def test_total_derivatives_check_themselves(name: str) -> None:
    layer = elementwise(CASES[name])
    for target in ("da", "dw", "dbias"):
        if target not in {array.target for array in arrays(layer)}:
            continue
        gradient = layer.gradient(target)
        for index in list(np.ndindex(*gradient.shape))[:: max(1, len(gradient) // 40)]:
            step = layer.total_derivative(target, index)
            assert step.check()
            assert sympy.expand(step.result - gradient.element(*index)) == 0


@pytest.mark.parametrize("field", ["reaches", "result"])
def test_a_wrong_step_does_not_pass_its_check(field: str) -> None:
    step = elementwise(Geometry()).total_derivative("da", (1, 1))
    wrong = {"reaches": step.reaches[1:], "result": step.result - DELTA[0, 0] * W[1, 1] + DELTA[0, 0] * W[0, 0]}
    fields = {name: getattr(step, name) for name in step.__slots__}
    assert type(step)(**fields).check()
    assert not type(step)(**{**fields, field: wrong[field]}).check()


def test_a_cell_that_no_window_reaches_has_derivative_zero() -> None:
    step = elementwise(spatial("conv", (6,), (2,), stride=(3,))).total_derivative("da", (2,))
    assert (step.reaches, step.result, step.check()) == ((), 0, True)


# A gradient that is wrong is noticed, and named.


def rewritten(array: PolynomialArray, change: str) -> PolynomialArray:
    """The array with one mistake in its largest table."""
    *rest, table = sorted(array.terms, key=len)
    cells, reads, coefficients = table.cells.copy(), table.reads.copy(), np.array(table.coefficients)
    names = [name for name, _ in table.factors]
    if change == "a product is missing":
        cells, reads, coefficients = cells[1:], reads[1:], coefficients[1:]
    elif change == "taps rotated" and "w" in names:
        column = names.index("w")
        reads[:, column] = reads[:, column].max() - reads[:, column]
    elif change == "taps rotated":
        cells = cells.max() - cells
    elif change == "wrong sign":
        coefficients[3] = -coefficients[3]
    else:
        cells[0] = (cells[0] + 1) % np.prod(array.shape)
    broken = Products(table.target, table.shape, table.factors, cells, reads, coefficients, table.denominator)
    return PolynomialArray(array.target, array.shape, (*rest, broken))


@pytest.mark.parametrize("change", ["a product is missing", "taps rotated", "wrong sign", "wrong cell"])
def test_a_broken_array_is_noticed(change: str) -> None:
    layer = elementwise(CASES["stride-and-dilation"])
    for array in arrays(layer):
        if array is not layer.bias_gradient:
            assert array.difference(rewritten(array, change)) is not None


def test_a_missing_term_is_named() -> None:
    array = elementwise(Geometry()).input_gradient
    (table,) = array.terms
    last = len(table) - 1
    shorter = Products(
        table.target, table.shape, table.factors, table.cells[:last], table.reads[:last], table.coefficients[:last]
    )
    found = array.difference(PolynomialArray(array.target, array.shape, (shorter,)))
    assert str(found) == "da[0,0,2,2] lacks delta[0, 0, 1, 1]*w[0, 0, 1, 1]"


# What makes no sense is one sentence.


@pytest.mark.parametrize(
    ("fields", "name"), [({"input_size": ("H", "W")}, "H, W"), ({"filters": "N"}, "N"), ({"stride": ("S", 1)}, "S")]
)
def test_named_sizes_are_refused(fields: dict[str, object], name: str) -> None:
    with pytest.raises(RequestError) as refusal:
        elementwise(Geometry(**fields))  # type: ignore[arg-type]
    assert str(refusal.value) == (
        f"the size {name} is a name, and elementwise formulas are written out cell by cell; "
        "give a number for every size"
    )


def test_too_many_products_are_refused_at_once() -> None:
    with pytest.raises(RequestError) as refusal:
        elementwise(spatial("conv", (224, 224), (3, 3), depth=64, filters=64))
    assert str(refusal.value) == (
        "this conv layer with input 224x224, depth 64 and 64 filters has 1816805376 products, too many to write out "
        "(at most 10000000); give a smaller layer"
    )


def test_a_gradient_the_layer_does_not_have_is_refused() -> None:
    with pytest.raises(RequestError) as refusal:
        elementwise(CASES["pool"]).total_derivative("dw", (0, 0, 0, 0))
    assert str(refusal.value) == "this avg-pool layer has no gradient 'dw'; choose one of da"
