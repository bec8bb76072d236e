"""How far the numbers of a formula reach: layers large enough that none of them is hidden by a small size.

A formula with a number in it, such as ``w[20]`` or ``sum(…, i=6)``, may be right at small sizes only. Two reads
overlap, or not, within twice the largest number that stands in a subscript, a range or an amount; beyond that, nothing
new begins.
"""

from __future__ import annotations

from dataclasses import replace
from math import ceil, prod

from symconv.algebra.notation_tree import Expression, Name, Number, Product, Statement, Sum, children, nodes
from symconv.audit.sizes import named_sizes, numbered
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from symconv.layers.own import OwnGeometry

MOST_PRODUCTS = 300_000
"""A layer with more products is not written out where a smaller one tells as much."""


def past_the_numbers(statement: Statement, geometry: Geometry) -> tuple[tuple[Geometry, ...], bool]:
    """Layers of a family of named sizes that reach past every number of the formula, and whether those were all.

    Two: one with small strides, dilations and paddings, and one where they reach as far. Too large a one is left out.
    """
    names = named_sizes(geometry)
    found: dict[Geometry, None] = {}
    is_all = True
    for wide in (False, True):
        numbers = {
            name: _past(statement, geometry, field, wide) + place % 3
            for place, (name, field) in enumerate(names.items())
        }
        made = numbered(geometry, numbers)
        if made is None or products(made, statement.target.name) > MOST_PRODUCTS:
            is_all = False
        else:
            found[made] = None
    return tuple(found), is_all


def written_out(statement: Statement, geometry: Geometry) -> Geometry:
    """The layer, or, of a very large one, a layer with its window that reaches past every number of the formula."""
    if isinstance(geometry, OwnGeometry) or products(geometry, statement.target.name) <= MOST_PRODUCTS:
        return geometry
    most, groups = largest_number(statement), int(geometry.groups)
    channels = {
        "batch": min(int(geometry.batch), most + 2),
        "depth": min(int(geometry.depth), groups * (most + 2)),
        "filters": min(int(geometry.filters), groups * (most + 2)),
    }
    inputs = tuple(_input_past(statement, geometry, d) for d in range(geometry.dimensions))
    try:
        found = replace(geometry, **channels, input_size=inputs)  # type: ignore[arg-type]
    except RequestError:
        return geometry
    target = statement.target.name
    return found if products(found, target) < products(geometry, target) else geometry


def products(geometry: Geometry, target: str) -> int:
    """How many products the derived formula adds up, those outside the input counted too."""
    if target == "dbias":
        return prod(geometry.output_shape)
    filters = 1 if geometry.is_pooling else int(geometry.filters)
    small = geometry.input_size if geometry.kind == "conv-transpose" else geometry.output_size
    channels = int(geometry.batch) * int(geometry.depth) * filters // int(geometry.groups)
    return channels * prod(int(n) for n in (*geometry.filter_size, *small))


def largest_number(statement: Statement, of_a_name: int = 1) -> int:
    """The largest whole number that a part of the formula comes to, where each name in a product stands for one."""
    parts = [part for side in (statement.target, statement.right) for part in nodes(side)]
    return max((_value(part, of_a_name) for part in parts), default=0)


def _value(node: Expression, of_a_name: int) -> int:
    match node:
        case Number(value=value):
            return ceil(abs(value))
        case Sum(terms=terms):
            return sum(_value(part, of_a_name) for _, part in terms)
        case Product(factors=factors):
            names = sum(isinstance(part, Name) for _, part in factors)
            values = [of_a_name if isinstance(part, Name) else _value(part, of_a_name) for _, part in factors]
            return prod(max(1, v) for v in values) if names > 1 or any(_has_number(part) for _, part in factors) else 0
        case _:
            return 0


def _has_number(node: Expression) -> bool:
    return isinstance(node, Number) or (isinstance(node, Sum | Product) and any(map(_has_number, children(node))))


def _past(statement: Statement, geometry: Geometry, field: str, wide: bool) -> int:
    """A number for a named size beyond all numbers of the formula."""
    most = largest_number(statement)
    if field in ("stride", "dilation", "padding", "output_padding"):
        return most + 1 if wide else {"stride": 2, "output_padding": 0}.get(field, 1)
    if field not in ("input_size", "output"):
        return most + 2
    given = [v for name in ("filter_size", "stride", "dilation") for v in getattr(geometry, name)]
    window = max((v if isinstance(v, int) else most + 4 for v in given), default=1)
    return 2 * largest_number(statement, window) + window * (window + 3 if wide else 1) + 4


def _input_past(statement: Statement, geometry: Geometry, d: int) -> int:
    """An input size of one dimension beyond all numbers of the formula, with as many left-over rows; never a larger."""
    taps, stride, dilation = (int(getattr(geometry, k)[d]) for k in ("filter_size", "stride", "dilation"))
    most = 2 * largest_number(statement, taps) + dilation * (taps - 1) + 2 * stride + 1
    given = int(geometry.input_size[d])
    return given if most >= given else given - (given - most) // stride * stride
