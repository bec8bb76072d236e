"""The numbers of a layer of one's own: its formula, and the extents that the formula, the flags or both of them give.

``net`` is (batch, filters, *output), ``a`` (batch, depth, *input), ``bias`` (filters); ``w`` has the axes that are
written. An axis of ``w`` is as long as its index has values: known from ``net`` and ``a``, else from the filter size,
in order of appearance, else from ``sum(…, p=3)``. Read off the syntax tree alone: no relation, no SymPy.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from symconv.algebra.notation import FormulaError, parse, refusal, short
from symconv.algebra.notation_tree import (
    Call,
    Expression,
    Name,
    Number,
    Product,
    Statement,
    Subscripted,
    Sum,
    children,
    nodes,
)
from symconv.errors import RequestError
from symconv.layers.geometry import FORMULA, LIMIT, Geometry, Size, show

EXAMPLE = "net[b,n,i] = bias[n] + w[n,c,p]*a[b,c,2*i+p-1]"
READABLE = ("a", "w", "bias")
OPERATORS = ("cross", "pad", "insert_zeros", "rot180", "every")
NOT_BEFORE = ("net", "delta", "df", "da", "dw", "dbias", "delta_prev")
"""Names of the language that have a value only once there is a layer."""

Key: TypeAlias = str | int
"""What an axis of ``w`` takes its extent for: the index that stands there, or else its place."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where an array is read or written. ``scope`` tells an index that `sum` binds from others of its name."""

    array: str
    subscripts: tuple[Expression, ...]
    scope: Mapping[str, str]
    at: int

    def bare(self, axis: int) -> str | None:
        """The index, where the subscript is one index and nothing else."""
        match self.subscripts[axis]:
            case Name(name=name) if name[0].islower() and name not in READABLE:
                return self.scope.get(name, name)
        return None


@dataclass(frozen=True, slots=True)
class Anatomy:
    """A formula for a net input: what it writes, what it reads, and the ranges that `sum` gives."""

    statement: Statement
    target: Place
    reads: tuple[Place, ...]
    ranges: Mapping[str, Expression]

    def of(self, array: str) -> tuple[Place, ...]:
        """The reads of one array."""
        return tuple(read for read in self.reads if read.array == array)


@lru_cache(maxsize=256)
def anatomy(text: str) -> Anatomy:
    """The formula of a layer taken apart; RequestError where it is none, or not that of a net input."""
    statement = parse(text)
    try:
        return _anatomy(statement)
    except FormulaError as error:
        raise error.within(text) from None


def _anatomy(statement: Statement) -> Anatomy:
    target = statement.target
    if target.name != "net":
        raise refusal(target.at, f"{short(target.name)} is given, and a layer is its net input", f"write {EXAMPLE}")
    if isinstance(target, Name):
        raise refusal(target.at, "net has no indices", f"write it in index notation, as in {EXAMPLE}")
    ranges: dict[str, Expression] = {}
    kept = {node.name for s in target.subscripts for node in nodes(s) if isinstance(node, Name)}
    reads = tuple(_reads(statement.right, {}, ranges, kept))
    if not any(read.array == "a" for read in reads):
        raise refusal(statement.right.at, "a is never read, so there is no layer to derive", "read a[…] in a term")
    ranks = {len(read.subscripts) for read in reads if read.array == "w"}
    if len(ranks) > 1:
        other = next(r for r in reads if r.array == "w" and len(r.subscripts) != len(_first(reads, "w").subscripts))
        wanted = len(_first(reads, "w").subscripts)
        raise refusal(other.at, f"w has {wanted} subscripts before and {len(other.subscripts)} here", "write w alike")
    return Anatomy(statement, Place("net", target.subscripts, {}, target.at), reads, ranges)


def _first(reads: Sequence[Place], array: str) -> Place:
    return next(read for read in reads if read.array == array)


def _reads(
    node: Expression, scope: Mapping[str, str], ranges: dict[str, Expression], kept: Set[str]
) -> Iterator[Place]:
    """Every read, in the order of the text, each index by the name it has in its scope; those of the target keep it."""
    match node:
        case Subscripted(name=name, subscripts=subscripts, at=at):
            _check_readable(name, at)
            yield Place(name, subscripts, scope, at)
        case Name(name=name, at=at) if not name[0].isupper():
            _check_readable(name, at)
            yield Place(name, (), scope, at)
        case Call(function="sum", arguments=arguments, keywords=keywords):
            own = dict(scope)
            for amount in arguments[1:]:
                if isinstance(index := amount.pairs[0][0], Name):
                    own[index.name] = index.name if index.name in kept else f"{index.name}@{index.at}"
            for name, amount in keywords:
                own[name] = name if name in kept else f"{name}@{amount.at}"
                ranges[own[name]] = amount.pairs[0][0]
            for amount in arguments[:1]:
                yield from _reads(amount.pairs[0][0], own, ranges, kept)
        case Call(function=name, at=at) if name in OPERATORS:
            what = f"{name} is an operator, and a layer of one's own is written in indices"
            raise refusal(at, what, f"write it as in {EXAMPLE}")
        case Call(function=name, at=at):
            what = f"{short(name)} is a function, and a net input is made of sums and products only"
            raise refusal(at, what, "a function of the whole net input is its activation")
        case _:
            for child in children(node):
                yield from _reads(child, scope, ranges, kept)


def _check_readable(name: str, at: int) -> None:
    if name in NOT_BEFORE:
        raise refusal(at, f"{name} stands on the right of a net input", f"read {', '.join(READABLE)} only")
    if name not in READABLE:
        raise refusal(at, f"{short(name)} is not an array of the layer", f"arrays are {', '.join(READABLE)}")


@dataclass(frozen=True, slots=True)
class OwnGeometry(Geometry):
    """The sizes of a layer of one's own. Make one with :func:`own_geometry`, which asks for what can not be told.

    ``filter_size`` holds what was given for the axes of ``w``; ``bias=False`` leaves out the terms that read the bias.
    Stride, padding and the like have no meaning beside a formula and say nothing here.

    >>> g = own_geometry("net[b,n,i] = w[n,c,p]*a[b,c,2*i+p-1]", input_size=(8,), output_size=(4,), filter_size=(3,))
    >>> g.output_shape, g.weight_shape
    ((1, 1, 4), (1, 1, 3))
    """

    formula: str = ""
    output: tuple[Size, ...] = ()

    def __post_init__(self) -> None:
        self._check_numbers()
        for value in self.output:
            if isinstance(value, int) and not 1 <= value <= LIMIT:
                raise RequestError(f"output size {value} is out of range; give a whole number from 1 to {LIMIT}")
        self._check_channels()
        own_weights(self)
        if self.is_numeric:
            self._check_memory()

    @property
    def is_numeric(self) -> bool:
        """Whether every size is a number."""
        channels = (self.batch, self.filters, self.depth, self.groups)
        sizes = (*channels, *self.input_size, *self.output, *self.filter_size)
        return all(isinstance(v, int) for v in sizes)

    @property
    def output_size(self) -> tuple[int, ...]:
        """The sizes of ``net``, as given (numbers only)."""
        return tuple(int(v) for v in self.output)

    @property
    def left_over(self) -> tuple[int, ...]:
        """A formula names the cells it reads; nothing is left over."""
        return (0,) * len(self.input_size)

    @property
    def weight_shape(self) -> tuple[int, ...] | None:
        """The shape of ``w``, a group axis merged with the axis after it; None where the formula reads no w."""
        if not self.has_weights:
            return None
        extents = [int(v) for v in own_weights(self)]
        k = group_axis(self)
        return tuple(extents) if k is None else (*extents[:k], extents[k] * extents[k + 1], *extents[k + 2 :])

    @property
    def has_weights(self) -> bool:
        """Whether the formula reads w."""
        return bool(anatomy(self.formula).of("w"))

    @property
    def divides(self) -> bool:
        """Whether the formula divides by numbers."""
        return _divides(anatomy(self.formula).statement.right)

    def extents(self, array: str, rank: int) -> tuple[Size, ...] | None:
        """The extents of the axes that are written when an array has so many subscripts; None where it can not have.

        With groups an array may be written with a group axis; leading axes may be left out together where all are 1.
        """
        if array == "w":
            return own_weights(self)
        channel = self.depth if array == "a" else self.filters
        space = {"a": self.input_size, "net": self.output, "bias": ()}[array]
        lead: tuple[Size, ...] = (channel,) if array == "bias" else (self.batch, channel)
        if rank == len(lead) + len(space):
            return (*lead, *space)
        if rank == len(lead) + len(space) + 1 and self.groups != 1:
            split = (self.groups, int(channel) // int(self.groups))
            return (*lead[:-1], *split, *space)
        return space if rank == len(space) and all(v == 1 for v in lead) else None


def own_geometry(
    formula: str,
    *,
    input_size: tuple[Size, ...] | None = None,
    output_size: tuple[Size, ...] | None = None,
    filter_size: tuple[Size, ...] = (),
    depth: Size | None = None,
    filters: Size | None = None,
    batch: Size = 1,
    groups: Size = 1,
) -> OwnGeometry:
    """The layer of a formula; what is None is told from the formula where an index tells it, else asked for.

    One size more than ``a`` has spatial axes means depth first, as in ``3x32x32``.
    """
    found = anatomy(formula)
    if isinstance(groups, str):
        raise RequestError(f"groups {groups} is a name, and a layer of one's own needs their number; give a number")
    rank = len(_first(found.reads, "a").subscripts)
    if input_size is not None and rank >= 2 and len(input_size) == rank - 1 and depth in (None, input_size[0]):
        depth, input_size = input_size[0], input_size[1:]
    if input_size is None:
        if rank != 2:
            raise RequestError("the sizes of a can not be told from a formula alone; give them as --input")
        input_size = ()
    depth, filters = _channels(found, len(input_size), depth, filters)
    if output_size is None:
        output_size = _outputs(found, input_size)
    n = len(input_size)
    return OwnGeometry(
        kind=FORMULA,
        input_size=input_size,
        filter_size=filter_size,
        filters=filters,
        depth=depth,
        batch=batch,
        groups=groups,
        stride=(1,) * n,
        dilation=(1,) * n,
        padding=((0, 0),) * n,
        output_padding=(0,) * n,
        bias=bool(found.of("bias")),
        formula=" ".join(formula.split()),
        output=output_size,
    )


def _channels(found: Anatomy, dimensions: int, depth: Size | None, filters: Size | None) -> tuple[Size, Size]:
    """Depth and filters; an index that stands on both, or has a range, tells one that was not given. Else 1."""
    depths = {read.bare(1) for read in found.of("a") if len(read.subscripts) == dimensions + 2} - {None}
    target = found.target
    of_net = target.bare(1) if len(target.subscripts) >= 2 else None
    ranges = [_number(found.ranges[index]) for index in sorted(filter(None, depths)) if index in found.ranges]
    if depth is None and of_net is not None and of_net in depths:
        depth = filters
    if depth is None:
        depth = next((value for value in ranges if value is not None), None)
    if filters is None and of_net is not None and of_net in depths:
        filters = depth
    return 1 if depth is None else depth, 1 if filters is None else filters


def _outputs(found: Anatomy, input_size: tuple[Size, ...]) -> tuple[Size, ...]:
    """The output size, where each of its indices stands alone on a spatial axis of ``a`` too."""
    target = found.target
    is_short = len(_first(found.reads, "a").subscripts) == len(input_size) > 0
    lead = 0 if is_short else 2
    sizes: list[Size] = []
    for axis in range(lead, len(target.subscripts)):
        index = target.bare(axis)
        told = [
            input_size[k - (len(read.subscripts) - len(input_size))]
            for read in found.of("a")
            for k in range(len(read.subscripts) - len(input_size), len(read.subscripts))
            if k >= 0 and index is not None and read.bare(k) == index
        ]
        if not told:
            raise RequestError(
                f"the size of net along its axis {axis + 1} can not be told from the formula; "
                "give the output size as --output"
            )
        sizes.append(told[0])
    return tuple(sizes)


@lru_cache(maxsize=1024)
def own_weights(geometry: OwnGeometry) -> tuple[Size, ...]:
    """The extents of the axes of ``w`` as they are written; RequestError where one can not be told."""
    found = anatomy(geometry.formula)
    reads = found.of("w")
    known = _index_extents(geometry, found)
    if not reads:
        if geometry.filter_size:
            raise RequestError(
                f"the filter size {show(geometry.filter_size)} has no meaning, as the formula reads no w; leave it out"
            )
        return ()
    axes = range(len(reads[0].subscripts))
    told = [_shorter([e for read in reads for e in known.get(read.bare(k) or "", ())]) for k in axes]
    keys: list[Key] = [next((i for read in reads if (i := read.bare(k)) is not None), k) for k in axes]
    asked = list(dict.fromkeys(key for k, key in enumerate(keys) if told[k] is None))
    given = _given(geometry, found, reads, asked)
    return tuple(given[key] if size is None else size for size, key in zip(told, keys, strict=True))


def is_free(geometry: OwnGeometry, letter: str) -> bool:
    """Whether there may be any number of what a letter counts: an array has no cell at a constant unless it is long
    enough, and of two sizes that count one axis of ``w`` the shorter one is not known."""
    found = anatomy(geometry.formula)
    for place in (found.target, *found.reads):
        extents = geometry.extents(place.array, len(place.subscripts)) or ()
        if any(e == letter and not _has_index(s) for e, s in zip(extents, place.subscripts, strict=True)):
            return False
    known = _index_extents(geometry, found)
    bare = ({read.bare(k) for read in found.of("w")} for k in range(len(own_weights(geometry))))
    counted = [{extent for index in indices for extent in known.get(index or "", ())} for indices in bare]
    return all(len(sizes) == 1 for sizes in counted if letter in sizes)


def _has_index(subscript: Expression) -> bool:
    return any(isinstance(node, Name) and not node.name[0].isupper() for node in nodes(subscript))


def _given(geometry: OwnGeometry, found: Anatomy, reads: Sequence[Place], asked: Sequence[Key]) -> dict[Key, Size]:
    """What neither ``net`` nor ``a`` tells: from the filter size in order, else from a range, or the largest number."""
    numbers = {key: value for key in asked if (value := _own_range(found, reads, key)) is not None}
    open_ = [key for key in asked if key not in numbers]
    sizes = geometry.filter_size
    if len(sizes) == len(asked):
        return dict(zip(asked, sizes, strict=True))
    if len(sizes) == len(open_):
        return {**numbers, **dict(zip(open_, sizes, strict=True))}
    names = ", ".join(_shown(key) for key in asked)
    if not asked:
        raise RequestError(
            f"the filter size {show(sizes)} has no meaning, as the formula tells every axis of w; leave it out"
        )
    if len(sizes) < len(open_):
        missing = _shown(open_[len(sizes)])
        raise RequestError(
            f"the extent of w along {missing} can not be told; give one size for each of {names} as --filter, "
            f"or a range in the formula, as in sum(…, p=3)"
        )
    raise RequestError(
        f"the filter size {show(sizes)} is too long: nothing else tells the extents of w along {names}; "
        "give one size for each"
    )


def _shown(key: Key) -> str:
    return f"its axis {key + 1}" if isinstance(key, int) else key.partition("@")[0]


def _own_range(found: Anatomy, reads: Sequence[Place], key: Key) -> Size | None:
    """The range that `sum` gives an index; of an axis that is read at numbers only, one more than the largest."""
    if isinstance(key, str):
        same = [r for index, r in found.ranges.items() if index == key]
        return _number(same[0]) if same else None
    values = [_number(read.subscripts[key]) for read in reads]
    numbers = [v for v in values if isinstance(v, int)]
    return max(numbers) + 1 if len(numbers) == len(values) == len([k for k in values if k is not None]) else None


def _index_extents(geometry: OwnGeometry, found: Anatomy) -> dict[str, list[Size]]:
    """For every index the extents of the axes of ``net``, ``a`` and ``bias`` on which it stands alone."""
    known: dict[str, list[Size]] = {}
    for place in (found.target, *found.reads):
        if place.array == "w":
            continue
        extents = geometry.extents(place.array, len(place.subscripts))
        if extents is None:
            raise _wrong_rank(geometry, place)
        for axis, extent in enumerate(extents):
            if (index := place.bare(axis)) is not None:
                known.setdefault(index, []).append(extent)
    return known


def _wrong_rank(geometry: OwnGeometry, place: Place) -> RequestError:
    """An array with as many subscripts as it can not have."""
    rank = {"a": 2 + len(geometry.input_size), "net": 2 + len(geometry.output), "bias": 1}[place.array]
    shape = show((geometry.batch, geometry.depth, *geometry.input_size)[:rank]) if place.array == "a" else ""
    shape = show((geometry.batch, geometry.filters, *geometry.output)) if place.array == "net" else shape
    written = len(place.subscripts)
    return refusal(
        place.at,
        f"{place.array} is written with {written} subscript{'s' * (written != 1)}, but it has {rank} axes"
        + (f" ({shape})" if shape else ""),
        f"give {rank}; batch and channel axes may be left out together where all have extent 1",
    ).within(geometry.formula)


def _divides(node: Expression) -> bool:
    """Whether a value, not a subscript, is divided."""
    match node:
        case Number(value=value):
            return value.denominator != 1
        case Subscripted():
            return False
        case Product(factors=factors):
            return any(divides or _divides(part) for divides, part in factors)
    return any(map(_divides, children(node)))


def _shorter(extents: Sequence[Size]) -> Size | None:
    """The shorter one of numbers; of names the first."""
    numbers = [e for e in extents if isinstance(e, int)]
    return None if not extents else min(numbers) if len(numbers) == len(extents) else extents[0]


def _number(node: Expression) -> Size | None:
    """A whole number, or the name of a size; None for anything else."""
    match node:
        case Number(value=value) if value.denominator == 1:
            return int(value)
        case Name(name=name) if name[0].isupper():
            return name
        case Sum(terms=((1, only),)):
            return _number(only)
    return None


def group_axis(geometry: OwnGeometry) -> int | None:
    """The axis of ``w`` that is the group's, where ``net`` is written with a group axis and another one follows."""
    found = anatomy(geometry.formula)
    if geometry.groups == 1 or len(found.target.subscripts) != 3 + len(geometry.output) or not found.of("w"):
        return None
    first = found.of("w")[0]
    axes = [k for k in range(len(first.subscripts) - 1) if first.bare(k) == found.target.bare(1) is not None]
    return axes[0] if axes else None


def channels_agree(geometry: OwnGeometry) -> bool:
    """Whether one index counts the filters of ``net`` and the depths of ``a``, and they are as many."""
    found, dimensions = anatomy(geometry.formula), len(geometry.input_size)
    index = found.target.bare(1) if len(found.target.subscripts) == 2 + len(geometry.output) else None
    reads = [read for read in found.of("a") if len(read.subscripts) == 2 + dimensions]
    return geometry.filters == geometry.depth and index is not None and any(r.bare(1) == index for r in reads)
