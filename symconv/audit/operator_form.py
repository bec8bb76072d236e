"""A formula in operators at numeric sizes: evaluated on arrays of polynomials, from the inside out."""

from __future__ import annotations

from fractions import Fraction
from math import prod

import numpy as np

from symconv.algebra.index_form import check_target, constant
from symconv.algebra.notation import refusal, short
from symconv.algebra.notation_tree import Amounts, Call, Expression, Name, Number, Product, Statement, Subscripted, Sum
from symconv.algebra.setting import TENSORS
from symconv.audit import arrays
from symconv.audit.arrays import Field, ShapeFault
from symconv.audit.setting import LayerSetting
from symconv.audit.tables import shape_of
from symconv.derivation.products import PolynomialArray, Products
from symconv.layers.geometry import LIMIT, show

ORDER = ("b", "g", "n", "c")
ARGUMENTS = {"cross": 2, "pad": 2, "insert_zeros": 2, "rot180": 1, "every": 2}


def operator_field(statement: Statement, setting: LayerSetting) -> Field:
    """What the right-hand side of a formula in operators is, before its shape is held to that of the target."""
    target = statement.target
    check_target(target.name, target.at)
    if isinstance(target, Subscripted):
        raise refusal(target.at, "subscripts stand on the target of a formula in operators", f"write {target.name} = …")
    kept = tuple(a.name for a in setting.tensor(target.name, target.at) if a.name in ORDER)
    return _field(statement.right, setting, kept)


def operator_polynomials(field: Field, target: str, setting: LayerSetting) -> PolynomialArray:
    """The polynomials in the target's layout; `ShapeFault` where the shapes differ."""
    axes = setting.tensor(target, 1)
    labels = tuple(a.name for a in axes if a.name in ORDER)
    extents = tuple(int(a.extent) for a in axes)
    lead, space = extents[: len(labels)], extents[len(labels) :]
    field = _without_single_axes(field, labels)
    if set(field.labels) != set(labels) or (field.spatial is None and space):
        field = arrays.broadcast(field, *_missing_single(field, labels, lead), field.spatial)
    spatial = field.spatial or ()
    here = tuple(field.extent(k) for k in labels if k in field.labels)
    if field.labels != labels:
        order = [field.labels.index(k) for k in labels if k in field.labels]
        if len(order) != len(labels) or len(order) != len(field.labels):
            raise ShapeFault(f"the result has channel axes {_axes(field.labels)}, but {target} has {_axes(labels)}")
        order += list(range(len(order), len(order) + len(spatial)))
        rows = tuple(arrays.Rows(r.factors, r.cells[:, order], r.reads, r.coefficient) for r in field.rows)
        field = Field(labels, here, field.spatial, rows)
    if here != lead or spatial != space:
        raise ShapeFault(f"the result has shape {show((*here, *spatial))}, but {target} has {show(extents)}")
    return PolynomialArray(
        target, shape_of(target, setting.geometry), tuple(_table(r, target, extents, setting) for r in field.rows)
    )


def _table(rows: arrays.Rows, target: str, extents: tuple[int, ...], setting: LayerSetting) -> Products:
    cells = np.zeros(len(rows.cells), dtype=np.int64)
    for d, extent in enumerate(extents):
        cells = cells * extent + rows.cells[:, d]
    return Products(
        target,
        shape_of(target, setting.geometry),
        rows.factors,
        cells,
        rows.reads,
        np.full(len(cells), rows.coefficient.numerator, dtype=np.int64),
        rows.coefficient.denominator,
    )


def _without_single_axes(field: Field, labels: tuple[str, ...]) -> Field:
    """Channel axes of extent 1 that the target lacks say nothing."""
    keep = [n for n, k in enumerate(field.labels) if k in labels or field.extents[n] != 1]
    if len(keep) == len(field.labels):
        return field
    columns = keep + list(range(len(field.labels), len(field.labels) + len(field.spatial or ())))
    rows = tuple(arrays.Rows(r.factors, r.cells[:, columns], r.reads, r.coefficient) for r in field.rows)
    return Field(tuple(field.labels[n] for n in keep), tuple(field.extents[n] for n in keep), field.spatial, rows)


def _missing_single(
    field: Field, labels: tuple[str, ...], lead: tuple[int, ...]
) -> tuple[tuple[str, ...], tuple[int, ...]]:
    """The array's channel axes, and those of extent 1 that it lacks."""
    found = {k: field.extent(k) for k in field.labels}
    found |= {k: e for k, e in zip(labels, lead, strict=True) if k not in found and e == 1}
    names = tuple(k for k in ORDER if k in found)
    return names, tuple(found[k] for k in names)


def _axes(labels: tuple[str, ...]) -> str:
    return ",".join(labels) or "none"


def _field(node: Expression, setting: LayerSetting, kept: tuple[str, ...]) -> Field:
    match node:
        case Number(value=number):
            return arrays.number(number)
        case Name(name=name, at=at):
            return _tensor(name, at, setting)
        case Subscripted(at=at):
            raise refusal(at, "subscripts stand in a formula in operators", "use one notation, indices or operators")
        case Sum(terms=parts):
            total: Field | None = None
            for sign, part in parts:
                term = _field(part, setting, kept)
                term = term if sign == 1 else arrays.times(arrays.number(Fraction(-1)), term, ORDER)
                total = term if total is None else arrays.plus(total, term, ORDER)
            assert total is not None
            return total
        case Product(factors=factors):
            product = arrays.number(Fraction(1))
            for divides, factor in factors:
                other = _divisor(factor, setting) if divides else _field(factor, setting, kept)
                product = arrays.times(product, other, ORDER)
            return product
        case Call():
            return _call(node, setting, kept)


def _tensor(name: str, at: int, setting: LayerSetting) -> Field:
    if name[0].isupper():
        return arrays.number(Fraction(setting.size(name, at)))
    if name not in TENSORS:
        raise refusal(at, f"{short(name)} is not a tensor", f"tensors are {', '.join(TENSORS)}")
    axes = setting.tensor(name, at)
    if TENSORS[name] == "w" and setting.geometry.kind == "locally-connected":
        raise refusal(at, "locally connected weights have positions beside taps", "write the formula with indices")
    labels = tuple(a.name for a in axes if a.name in ORDER)
    return arrays.tensor(name, shape_of(name, setting.geometry), labels, tuple(int(a.extent) for a in axes))


def _divisor(node: Expression, setting: LayerSetting) -> Field:
    value = Fraction(constant(node, setting))
    if value == 0:
        raise refusal(node.at, "the divisor is zero", "divide by another number")
    return arrays.number(1 / value)


def check_call(node: Call) -> None:
    """Refuse an operator that is not known, or that has the wrong arguments."""
    if node.function not in ARGUMENTS:
        known = ", ".join(ARGUMENTS)
        raise refusal(node.at, f"{short(node.function)} is not an operator", f"operators are {known}")
    most = {"cross": 4, "pad": 3}.get(node.function, ARGUMENTS[node.function])
    least = ARGUMENTS[node.function]
    if not least <= len(node.arguments) <= most:
        raise refusal(
            node.at,
            f"{node.function} is given {len(node.arguments)} argument{'s' * (len(node.arguments) != 1)}",
            f"it takes {least}",
        )
    for keyword, value in node.keywords:
        if node.function != "cross" or keyword not in ("stride", "dilation"):
            raise refusal(value.at, f"{node.function} takes no {short(keyword)}", "cross takes stride= and dilation=")


def array_argument(node: Call, place: int) -> Expression:
    """An argument that is an array, not amounts."""
    amount = node.arguments[place]
    (first, after), *rest = amount.pairs
    if rest or after is not None:
        raise refusal(amount.at, f"{node.function} is given an amount where an array belongs", "write the array first")
    return first


def padding(node: Call) -> Amounts:
    """The amounts of `pad`, where ``pad(A, before, after)`` is ``pad(A, before:after)``."""
    first, *more = node.arguments[1:]
    if not more:
        return first
    for amount in (first, *more):
        if len(amount.pairs) != 1 or amount.pairs[0][1] is not None:
            raise refusal(
                amount.at,
                "pad is given several amounts where one belongs",
                "write pad(A, before, after) or before:after",
            )
    return Amounts(((first.pairs[0][0], more[0].pairs[0][0]),), first.at)


def options(node: Call) -> dict[str, Amounts]:
    """The stride and dilation of `cross`, by name or in this order."""
    given = dict(zip(("stride", "dilation"), node.arguments[2:], strict=False))
    for keyword, value in node.keywords:
        if keyword in given:
            raise refusal(value.at, f"the {keyword} is given twice", "give it once")
        given[keyword] = value
    return given


def _call(node: Call, setting: LayerSetting, kept: tuple[str, ...]) -> Field:
    check_call(node)
    array = _field(array_argument(node, 0), setting, kept)
    match node.function:
        case "rot180":
            return arrays.rot180(array)
        case "pad":
            return arrays.pad(array, _pairs(padding(node), setting))
        case "insert_zeros":
            return _bounded(arrays.insert_zeros(array, _steps(node.arguments[1], node.function, setting)), node)
        case "every":
            return arrays.every(array, _steps(node.arguments[1], node.function, setting))
        case _:
            given = options(node)
            strides, dilations = (
                _steps(given[key], f"cross with {key}", setting) if key in given else (1,) * setting.geometry.dimensions
                for key in ("stride", "dilation")
            )
            taps = _field(array_argument(node, 1), setting, kept)
            return arrays.cross(array, taps, strides, dilations, tuple(k for k in ORDER if k in kept))


def _bounded(field: Field, node: Call) -> Field:
    if prod(field.shape) > LIMIT**2:
        raise refusal(node.at, "the array has too many cells", "give a smaller amount")
    return field


def pairs(amount: Amounts, dimensions: int) -> tuple[tuple[Expression, Expression], ...]:
    """An amount before and after for each dimension."""
    found = tuple((before, before if after is None else after) for before, after in amount.pairs)
    if len(found) not in (1, dimensions):
        raise refusal(
            amount.at,
            f"{len(found)} amounts are given for {dimensions} spatial dimensions",
            "give one, or one for each",
        )
    return found * dimensions if len(found) == 1 else found


def _pairs(amount: Amounts, setting: LayerSetting) -> list[tuple[int, int]]:
    found = pairs(amount, setting.geometry.dimensions)
    return [
        (_whole(low, "pad", amount.at, setting, -LIMIT), _whole(high, "pad", amount.at, setting, -LIMIT))
        for low, high in found
    ]


def _steps(amount: Amounts, function: str, setting: LayerSetting) -> list[int]:
    for _, after in amount.pairs:
        if after is not None:
            raise refusal(amount.at, f"{function} takes no before:after", "give one number for each dimension")
    return [_whole(step, function, amount.at, setting, 1) for step, _ in pairs(amount, setting.geometry.dimensions)]


def _whole(node: Expression, function: str, at: int, setting: LayerSetting, least: int) -> int:
    value = Fraction(constant(node, setting))
    if value.denominator != 1 or not least <= value <= LIMIT:
        what = f"{function} is given {value}, which is no whole number from {least} to {LIMIT}"
        raise refusal(at, what, "give such a number")
    return int(value)
