"""Tables of products: what they mean in SymPy, and that a comparison sees every difference and no other."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st

from symconv.derivation.products import PolynomialArray, Products
from symconv.errors import RequestError

A, W, DELTA = (sympy.IndexedBase(name) for name in ("a", "w", "delta"))
LINE = (1, 1, 3)


def one_dimensional(taps: int = 2, filters: int = 1, target: str = "net") -> PolynomialArray:
    """``net[0,n,i] = Σ_p w[n,0,p]·a[0,0,i+p]`` with 4 outputs, by index arrays."""
    n, i, p = np.ogrid[:filters, :4, :taps]
    shape, a, w = (1, filters, 4), (1, 1, 3 + taps), (filters, 1, taps)
    table = Products.from_indices(target, shape, (0, n, i), [("w", w, (n, 0, p)), ("a", a, (0, 0, i + p))])
    return PolynomialArray(target, shape, (table,))


def single(factors: list[tuple[str, int]], coefficient: int = 1, denominator: int = 1, cell: int = 0) -> Products:
    """One product, target ``net`` of shape 1x1x3, every factor of that shape too."""
    reads = [(name, LINE, (0, 0, at)) for name, at in factors]
    return Products.from_indices("net", LINE, (0, 0, cell), reads, coefficient, denominator)


def array(*terms: Products) -> PolynomialArray:
    return PolynomialArray("net", LINE, terms)


def test_an_element_is_the_sum_of_its_products() -> None:
    net = one_dimensional(filters=2)
    assert len(net) == 16
    assert net.element(0, 1, 2) == W[1, 0, 0] * A[0, 0, 2] + W[1, 0, 1] * A[0, 0, 3]


def test_batch_and_channel_indices_may_be_left_out_where_all_are_1() -> None:
    assert one_dimensional().element(2) == W[0] * A[2] + W[1] * A[3]
    assert one_dimensional().element(0, 0, 2) == W[0, 0, 0] * A[0, 0, 2] + W[0, 0, 1] * A[0, 0, 3]


def test_the_bias_keeps_its_index() -> None:
    bias = Products.from_indices("net", LINE, (0, 0, 1), [("bias", (1,), (0,))])
    assert array(bias).element(1) == array(bias).element(0, 0, 1) == sympy.IndexedBase("bias")[0]


@pytest.mark.parametrize(
    ("indices", "message"),
    [
        ((1,), "net has 3 axes (1x2x4), but 1 indices were given; give all 3"),
        ((0, 1, 4), "the index [0,1,4] lies outside net of size 1x2x4; give 0-based indices inside it"),
        ((0, -1, 0), "the index [0,-1,0] lies outside net of size 1x2x4; give 0-based indices inside it"),
    ],
)
def test_an_index_that_does_not_exist_is_refused(indices: tuple[int, ...], message: str) -> None:
    with pytest.raises(RequestError) as refusal:
        one_dimensional(filters=2).element(*indices)
    assert str(refusal.value).startswith(message)


def test_coefficients_are_exact() -> None:
    table = Products.from_indices("net", LINE, (0, 0, np.arange(3)), [("a", LINE, (0, 0, np.arange(3)))], [1, 2, -3], 6)
    net = array(table)
    assert [net.element(i) for i in range(3)] == [A[0] / 6, A[1] / 3, -A[2] / 2]
    assert net.evaluate({"a": np.array([[[1, 1, 5]]])}).tolist() == [
        [[Fraction(1, 6), Fraction(1, 3), Fraction(-5, 2)]]
    ]


def test_elements_come_one_at_a_time() -> None:
    net = one_dimensional(filters=2)
    iterator = net.elements()
    assert next(iterator) == ((0, 0, 0), net.element(0, 0, 0))
    assert [index for index, _ in net.elements()] == list(np.ndindex(1, 2, 4))
    assert all(net.element(*index) == polynomial for index, polynomial in net.elements())
    assert next(one_dimensional().elements(short=True))[1] == one_dimensional().element(0)


def test_a_cell_without_products_is_zero() -> None:
    assert array(single([("a", 0)], cell=1)).element(0) == 0
    assert array().element(2) == 0


def test_the_cells_that_read_a_cell() -> None:
    assert one_dimensional().cells_reading("a", (0, 0, 1)) == ((0, 0, 0), (0, 0, 1))
    assert one_dimensional().cells_reading("delta", (0, 0, 1)) == ()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ([single([("a", 1), ("w", 2)])], [single([("w", 2), ("a", 1)])]),
        ([single([("a", 1), ("a", 2)])], [single([("a", 2), ("a", 1)])]),
        ([single([("a", 1)], 2)], [single([("a", 1)]), single([("a", 1)])]),
        ([single([("a", 1)], 1, 2)], [single([("a", 1)], 1, 3), single([("a", 1)], 1, 6)]),
        ([single([("a", 1)], 2, 4)], [single([("a", 1)], 1, 2)]),
        ([], [single([("a", 1)], 0)]),
        ([], [single([("a", 1)]), single([("a", 1)], -1)]),
        ([single([("a", 1)], 2**62, 1)] * 2, [single([("a", 1)], 2**61)] * 4),
    ],
)
def test_the_same_polynomial_written_otherwise_is_the_same(left: list[Products], right: list[Products]) -> None:
    assert array(*left).same_as(array(*right))
    assert array(*right).same_as(array(*left))


@pytest.mark.parametrize(
    ("right", "missing", "surplus"),
    [
        ([], [2 * A[0, 0, 1] * W[0, 0, 2]], []),
        ([single([("a", 1), ("w", 1)], 2)], [2 * A[0, 0, 1] * W[0, 0, 2]], [2 * A[0, 0, 1] * W[0, 0, 1]]),
        ([single([("a", 1), ("w", 2)])], [2 * A[0, 0, 1] * W[0, 0, 2]], [A[0, 0, 1] * W[0, 0, 2]]),
        (
            [single([("a", 1), ("w", 2)], 2), single([("delta", 0)], 1, 3)],
            [],
            [DELTA[0, 0, 0] / 3],
        ),
    ],
)
def test_a_difference_names_what_is_missing_and_what_is_too_much(
    right: list[Products], missing: list[sympy.Expr], surplus: list[sympy.Expr]
) -> None:
    found = array(single([("a", 1), ("w", 2)], 2)).difference(array(*right))
    assert found is not None
    assert (found.target, found.index) == ("net", (0, 0, 0))
    assert (list(found.missing), list(found.surplus)) == (missing, surplus)


def test_the_first_differing_cell_is_named_whichever_table_holds_it() -> None:
    left = array(single([("a", 1)], cell=2), single([("w", 1)], cell=1))
    found = left.difference(array())
    assert found is not None
    assert (found.index, str(found)) == ((0, 0, 1), "net[0,0,1] lacks w[0, 0, 1]")
    assert str(array().difference(left)) == "net[0,0,1] has w[0, 0, 1] too much"


def test_sizes_too_large_for_one_key_are_sorted_by_columns() -> None:
    shape = (1, 1, 2**30)
    cells = (0, 0, np.array([3, 1, 2]))
    factors = [(name, shape, (0, 0, np.array([5, 2**30 - 1, 7]))) for name in ("a", "w", "delta")]
    left = PolynomialArray("net", shape, (Products.from_indices("net", shape, cells, factors),))
    turned = [(name, extents, (b, c, x[::-1])) for name, extents, (b, c, x) in reversed(factors)]
    same = Products.from_indices("net", shape, (0, 0, cells[2][::-1]), turned)
    moved = Products.from_indices("net", shape, (0, 0, np.array([3, 1, 1])), factors)
    assert left.same_as(PolynomialArray("net", shape, (same,)))
    found = left.difference(PolynomialArray("net", shape, (moved,)))
    assert found is not None
    assert (found.index, found.missing) == ((0, 0, 1), ())
    assert found.surplus == (A[0, 0, 7] * DELTA[0, 0, 7] * W[0, 0, 7],)


@given(st.data())
def test_changing_one_read_is_always_noticed(data: st.DataObject) -> None:
    net = one_dimensional(taps=3, filters=2)
    (table,) = net.terms
    row = data.draw(st.integers(0, len(table) - 1))
    column, size = data.draw(st.sampled_from([(0, 6), (1, 6)]))
    reads = table.reads.copy()
    reads[row, column] = data.draw(st.integers(0, size - 1).filter(lambda at: at != reads[row, column]))
    order = np.array(data.draw(st.permutations(range(len(table)))))
    shuffled = Products(
        net.target, net.shape, table.factors, table.cells[order], table.reads[order], table.coefficients
    )
    broken = Products(net.target, net.shape, table.factors, table.cells, reads, table.coefficients)
    assert net.same_as(PolynomialArray(net.target, net.shape, (shuffled,)))
    found = net.difference(PolynomialArray(net.target, net.shape, (broken,)))
    assert found is not None
    assert found.index == table_index(table, row)
    difference = net.element(*found.index) - PolynomialArray(net.target, net.shape, (broken,)).element(*found.index)
    assert sympy.expand(difference - sympy.Add(*found.missing) + sympy.Add(*found.surplus)) == 0


def table_index(table: Products, row: int) -> tuple[int, ...]:
    return tuple(int(i) for i in np.unravel_index(table.cells[row], table.shape))


def test_tables_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="outside its shape"):
        Products("net", LINE, (("a", LINE),), np.array([3]), np.array([[0]]), np.array([1]))
    with pytest.raises(ValueError, match="outside its shape"):
        Products("net", LINE, (("a", LINE),), np.array([0]), np.array([[-1]]), np.array([1]))
    with pytest.raises(ValueError, match="coefficients"):
        Products("net", LINE, (("a", LINE),), np.array([0]), np.array([[0]]), np.array([1, 2]))
    with pytest.raises(ValueError, match="denominator"):
        Products("net", LINE, (("a", LINE),), np.array([0]), np.array([[0]]), np.array([1]), 0)
    with pytest.raises(ValueError, match="invalid entry"):
        single([("a", 3)])
    with pytest.raises(ValueError, match="products of net"):
        PolynomialArray("da", LINE, (single([("a", 0)]),))
    with pytest.raises(ValueError, match="cannot be compared"):
        one_dimensional().difference(one_dimensional(filters=2))


def test_another_shape_is_not_the_same() -> None:
    assert not one_dimensional().same_as(one_dimensional(filters=2))
    assert not one_dimensional().same_as(one_dimensional(target="da"))
