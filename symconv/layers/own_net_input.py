"""The net input of a layer of one's own as a form: each additive term of the formula is a contraction.

An index is an axis; a subscript that is more than an index is a new axis and a relation to the indices in it, so that a
diagonal ``a[b,c,i,i]``, a constant ``a[b,c,0]`` and a target ``net[b,n,2*i+p]`` are nothing special.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

import sympy

from symconv.algebra.axes import Axis, Size, Tensor, axis, primed, size
from symconv.algebra.contraction import Contraction, Form, Operand, collected
from symconv.algebra.exchange import differentiate
from symconv.algebra.index_form import IndexForm, IndexRead, Term, read_index_form
from symconv.algebra.linear import Linear
from symconv.algebra.notation import FormulaError, refusal
from symconv.algebra.relations import Relation, relation
from symconv.algebra.setting import Setting, Value, whole
from symconv.errors import RequestError
from symconv.layers.own import OwnGeometry, anatomy, channels_agree, group_axis, is_free, own_weights

LETTERS = {"w": "w", "a": "a", "bias": "β", "net": "net"}
ORDER = ("w", "a", "bias")
TAPS = "pqsmolefhdruvtk"
"""Letters for axes of ``w`` alone whose index has a letter that something else bears."""


def own_net_input(geometry: OwnGeometry) -> Form:
    """``net`` of the formula; its tensors have the axes of THEORY.md, ``net[b,n,i]`` and ``a[b,c,x]``.

    RequestError, with the position, where the text makes no sense for these sizes.
    """
    return _read(geometry)[1]


def own_setting(geometry: OwnGeometry) -> Setting:
    """The arrays and sizes that the formula is read for."""
    return _read(geometry)[0]


@lru_cache(maxsize=256)
def _read(geometry: OwnGeometry) -> tuple[Setting, Form]:
    statement = anatomy(geometry.formula).statement
    here = _setting(geometry)
    try:
        found = read_index_form(statement, here)
        terms = [_term(t, found, here) for t in _kept(found, geometry.bias)]
    except FormulaError as error:
        raise error.within(geometry.formula) from None
    if not any(f.symbol == "a" for term in terms for f in term.factors):
        raise RequestError(f"without its bias the formula {geometry.formula!r} reads no a; read a in another term")
    return here, collected(Form(tuple(sorted(terms, key=lambda term: -len(term.factors)))))


def _kept(found: IndexForm, bias: bool) -> list[Term]:
    """The terms, without those that read the bias where there is none."""
    return [t for t in found.terms if bias or all(r.tensor != "bias" for r in t.reads)]


def _setting(geometry: OwnGeometry) -> Setting:
    g = geometry
    groups = size(g.groups)
    b, c, n = axis("b", g.batch), size(g.depth), size(g.filters)
    group = () if groups == 1 else (axis("g", groups),)
    if groups != 1:
        c, n = (size(sympy.Rational(v, groups)) for v in (c, n))
    net = (b, *group, axis("n", n), *_positions("ijk", g.output))
    a = (b, *group, axis("c", c), *_positions("xyz", g.input_size))
    axes = {"net": net, "a": a}
    if g.bias:
        axes["bias"] = tuple(x for x in net if x.name in ("g", "n"))
    if g.has_weights:
        axes["w"] = _weight_axes(g, net, a)
    sizes: dict[str, tuple[Size, ...]] = {"B": (size(g.batch),), "C": (size(g.depth),), "N": (size(g.filters),)}
    sizes["G"] = (groups,)
    for letter, values in (("H", g.input_size), ("O", g.output), ("K", g.filter_size)):
        if values:
            sizes[letter] = tuple(map(size, values))
    for value in (*g.input_size, *g.output, *g.filter_size, g.batch, g.depth, g.filters):
        if isinstance(value, str) and value.rstrip("0123456789") not in ("W", "L", *sizes):
            sizes[value] = (size(value),)
    return Setting(axes, sizes, 0, g.is_numeric)


def _positions(three: str, extents: tuple[int | str, ...]) -> tuple[Axis, ...]:
    """Position axes ``x y z`` or ``i j k``; numbered beyond three."""
    names = three if len(extents) <= 3 else [f"{three[0]}{d + 1}" for d in range(len(extents))]
    return tuple(axis(name, extent) for name, extent in zip(names, extents, strict=False))


def _weight_axes(g: OwnGeometry, net: tuple[Axis, ...], a: tuple[Axis, ...]) -> tuple[Axis, ...]:
    """The axes of ``w``: by the letter of the axis of ``net`` or ``a`` on which its index stands, else the index's."""
    found = anatomy(g.formula)
    known: dict[str, str] = {}
    for place, axes in [(found.target, net), *((read, a) for read in found.of("a"))]:
        letters = [x.name for x in axes if x.name != "g" or len(place.subscripts) == len(axes)]
        for k, letter in enumerate(letters[len(letters) - len(place.subscripts) :]):
            if (index := place.bare(k)) is not None:
                known.setdefault(index, letter)
    first = found.of("w")[0]
    names: list[str] = []
    spare = iter(TAPS)
    for k in range(len(first.subscripts)):
        index = first.bare(k)
        name = known.get(index) if index is not None else None
        if name is None and index is not None and len(index.partition("@")[0]) == 1:
            name = index.partition("@")[0]
            name = None if name in {x.name for x in (*net, *a)} or name in "bgncxyzijk" else name
        if name is None or name in names or (name == "g" and group_axis(g) != k):
            name = next(letter for letter in spare if letter not in (*names, *(x.name for x in (*net, *a))))
        names.append(name)
    return tuple(axis(name, extent) for name, extent in zip(names, own_weights(g), strict=True))


def _term(term: Term, form: IndexForm, here: Setting) -> Contraction:
    """One additive term: indices with their ranges first, then every array at its axes."""
    reads = sorted(term.reads, key=lambda read: ORDER.index(read.tensor))
    term = replace(term, reads=tuple(reads))
    found = _Term(here, form.target, term)
    output = Operand(Tensor("net", here.axes["net"]), here.axes["net"])
    found.write()
    factors = tuple(Operand(Tensor(LETTERS[r.tensor], here.axes[r.tensor]), found.read(r)) for r in reads)
    scale = whole(term.coefficient)
    found.eliminate()
    held = {*output.axes, *(a for f in factors for a in f.axes), *(a for r in found.relations for a in r.axes)}
    for name, index in found.indices.items():
        if index.axis not in held and name not in found.free:  # `sum` over an index that the term lacks
            scale = size(scale * index.axis.extent)
    return Contraction(output, factors, tuple(dict.fromkeys(found.relations)), scale)


@dataclass(frozen=True, slots=True)
class _Index:
    """An index as an axis: its value is the axis' plus ``least``."""

    axis: Axis
    least: Size


class _Term:
    """The axes of one term and the relations between them, gathered read by read."""

    def __init__(self, here: Setting, target: IndexRead, term: Term) -> None:
        self.here, self.target, self.term = here, target, term
        self.relations: list[Relation] = []
        self.taken = {a.name for a in here.axes["net"]}
        self.indices: dict[str, _Index] = {}
        waiting = []
        for name in dict.fromkeys((*_names(target), *term.indices)):
            if not self._has_range(name):
                waiting.append(name)
        self.free = tuple(waiting)
        while told := next((name for name in waiting if self._is_bounded(name)), None):
            waiting.remove(told)
        for name in waiting:
            self.indices[name] = _Index(axis(f"{name}°", 0), 0)

    def _has_range(self, name: str) -> bool:
        """An index that stands alone on an axis, or whose range is given, counts from 0; of several the shorter."""
        places = [
            (position, e)
            for read in (self.target, *self.term.reads)
            for position, s, e in zip(positions(self.here, read), read.subscripts, read.extents, strict=True)
            if s.bare == name
        ]
        extents = [e for _, e in places]
        extents += [self.term.ranges[name]] if name in self.term.ranges else []
        if not extents:
            return False
        numbers = [e for e in extents if isinstance(e, int)]
        extent = min(numbers) if len(numbers) == len(extents) else extents[0]
        if extent == 0:
            raise refusal(self.target.at, f"{name.partition('@')[0]} has no values", "give it one at least")
        if places and len(places[0][0]) == 1 and places[0][1] == extent and self._is_of_target(name):
            self.indices[name] = _Index(places[0][0][0], 0)
            return True
        letter = places[0][0][-1].name if places else name.partition("@")[0]
        self.indices[name] = _Index(axis(self._fresh(letter), extent), 0)
        return True

    def _is_of_target(self, name: str) -> bool:
        return any(s.bare == name for s in self.target.subscripts)

    def _is_bounded(self, name: str) -> bool:
        """An index that never stands alone has the values for which the reads are inside their arrays.

        One subscript suffices, as the others are relations of the term; of numbers the tightest is taken.
        """
        found = [
            span
            for read in (self.target, *self.term.reads)
            for s, extent in zip(read.subscripts, read.extents, strict=True)
            if (span := _span(name, s, extent, self.indices)) is not None
        ]
        if not found:
            return False
        low, high = found[0]
        if all(bound.is_number for span in found for bound in span):
            low, high = max(low for low, _ in found), min(high for _, high in found)
        extent = size(high - low + 1)
        written = name.partition("@")[0]
        if isinstance(extent, int) and extent < 1:
            raise refusal(
                self._where(name),
                f"for no value of the index {written} are all reads inside their arrays, so the sum is empty",
                "correct a subscript or a size",
            )
        self.indices[name] = _Index(axis(f"{name}°", extent), size(low))
        return True

    def eliminate(self) -> None:
        """``x = i + p, r = K - 1 - p  -->  x = i + K - 1 - r``: an index that never stands alone has no range to keep.

        Where no relation has it with coefficient ±1 it stays, with the range that the reads allow.
        """
        for name in self.free:
            own = self.indices[name].axis
            by = next((r for r in self.relations if r.coefficient(own) in (1, -1)), None)
            if by is not None:
                self.relations = [r.eliminate(own, by) for r in self.relations if r is not by]
            elif own.extent != 0:
                new = axis(self._fresh(name.partition("@")[0]), own.extent)
                self.relations = [r.substitute(own, {new: 1}) for r in self.relations]
            else:
                written = name.partition("@")[0]
                raise refusal(
                    self._where(name),
                    f"nothing bounds the index {written}",
                    f"give its range, as in sum(…, {written}=2)",
                )

    def _where(self, name: str) -> int:
        reads = (*self.term.reads, self.target)
        return next((r.at for r in reads for s in r.subscripts if name in s.coefficients), self.target.at)

    def _fresh(self, letter: str) -> str:
        """A name that no axis of the term has; of long names a letter."""
        if len(letter.rstrip("0123456789")) > 1:
            letter = next((spare for spare in TAPS if spare not in self.taken), "m")
        name = primed(letter, self.taken)
        self.taken.add(name)
        return name

    def read(self, read: IndexRead) -> tuple[Axis, ...]:
        """The axes that an array is read at: indices where they fit, else new ones with a relation to the indices.

        An index on two axes of one array is a diagonal: the second axis is a new one.
        """
        axes: list[Axis] = []
        written = positions(self.here, read)
        dropped = [a for a in self.here.axes[read.tensor] if all(a not in position for position in written)]
        for a in dropped:  # of extent 1: the axis of net, where that is as long, else one of its own
            axes.append(a if a in self.here.axes["net"] else axis(self._fresh(a.name), a.extent))
        for position, subscript in zip(written, read.subscripts, strict=True):
            index = self.indices.get(subscript.bare or "")
            fits = index is not None and index.least == 0 and [a.extent for a in position] == [index.axis.extent]
            if index is not None and fits and index.axis not in axes:
                axes.append(index.axis)
                continue
            new = tuple(Axis(sympy.Symbol(self._fresh(a.name), integer=True), a.extent) for a in position)
            axes += new
            self._tie(new, subscript)
        return tuple(axes)

    def write(self) -> None:
        """Relations for the axes of ``net`` that are no index themselves, and for indices that stand on two."""
        seen: list[Axis] = []
        for position, subscript in zip(positions(self.here, self.target), self.target.subscripts, strict=True):
            index = self.indices.get(subscript.bare or "")
            if index is None or (index.axis,) != position or index.axis in seen:
                self._tie(position, subscript)
            seen += position

    def _tie(self, position: tuple[Axis, ...], subscript: Linear) -> None:
        """``d·position = Σ d·c·(axis + least) + d·offset``, d the common divisor; a flat channel is ``R·g + n``."""
        values = [(self.indices[n], _expression(c)) for n, c in subscript.coefficients.items()]
        offset = sympy.Add(_expression(subscript.offset), *(c * i.least for i, c in values))
        divisor = sympy.Integer(1)
        for value in (*(c for _, c in values), offset):
            divisor = sympy.lcm(divisor, sympy.fraction(sympy.together(value))[1])
        self._check_reach(position, values, offset)
        if not values and all(a.extent == 1 for a in position):
            return
        terms: dict[Axis, Size] = {position[-1]: size(divisor)}
        if len(position) > 1:
            terms[position[0]] = size(divisor * position[1].extent)
        for index, value in values:
            terms[index.axis] = size(terms.get(index.axis, 0) - divisor * value)
        self.relations.append(relation(terms, size(-divisor * offset)))

    def _check_reach(
        self, position: tuple[Axis, ...], values: list[tuple[_Index, sympy.Expr]], offset: sympy.Expr
    ) -> None:
        """Refuse a subscript, of numbers, that lies outside whatever its indices are: the term would always be 0."""
        extent = size(sympy.prod([a.extent for a in position]))
        low = high = offset
        for index, c in values:
            reach = c * (index.axis.extent - 1)
            low, high = (low + reach, high) if _is_negative(c) else (low, high + reach)
        is_free = any(index.axis.extent == 0 for index, _ in values)
        if is_free or not isinstance(extent, int) or not (low.is_number and high.is_number):
            return
        if high < 0 or low >= extent or (not values and not offset.is_Integer):
            shown = f"{low}" if low == high else f"from {low} to {high}"
            what = f"the subscript is {shown}, outside an axis of {extent} cells, so its term is always 0"
            raise refusal(self.term.reads[0].at if self.term.reads else self.target.at, what, "correct it, or a size")


def positions(here: Setting, read: IndexRead) -> list[tuple[Axis, ...]]:
    """The axes behind each subscript: one, or group and channel where the array is written flat."""
    found: list[tuple[Axis, ...]] = []
    axes = here.axes[read.tensor]
    for k, a in enumerate(axes):
        if k and axes[k - 1].name == "g" and len(read.subscripts) < len(axes):
            found[-1] = (*found[-1], a)
        else:
            found.append((a,))
    return found[len(found) - len(read.subscripts) :]


def _names(read: IndexRead) -> Iterator[str]:
    return (name for s in read.subscripts for name in s.coefficients)


def _span(
    name: str, subscript: Linear, extent: Size, known: Mapping[str, _Index]
) -> tuple[sympy.Expr, sympy.Expr] | None:
    """The values of one index for which a subscript can lie inside, if all others have ranges and signs are known."""
    own = _expression(subscript.coefficients.get(name, Fraction(0)))
    if own == 0 or any(n != name and n not in known for n in subscript.coefficients):
        return None
    low, high = -_expression(subscript.offset), _expression(extent) - 1 - _expression(subscript.offset)
    for other, c in subscript.coefficients.items():
        if other != name:
            first = known[other].least
            ends = [_expression(c) * first, _expression(c) * (first + known[other].axis.extent - 1)]
            least, most = reversed(ends) if _is_negative(c) else ends
            low, high = low - most, high - least
    low, high = sympy.expand(low / own), sympy.expand(high / own)
    if _is_negative(own):
        low, high = high, low
    if own not in (1, -1) and not (low.is_number and high.is_number):
        return None
    return sympy.ceiling(low), sympy.floor(high)


def _is_negative(value: Value) -> bool:
    return bool(_expression(value).could_extract_minus_sign())


def _expression(value: Value) -> sympy.Expr:
    return sympy.sympify(whole(value), strict=True)


@lru_cache(maxsize=256)
def with_letters(geometry: OwnGeometry) -> OwnGeometry:
    """The layer with ``B``, ``N`` and ``C`` for what an implementation can read from its arrays; the rest stays.

    Batch, filters and depth are free where the formula can be read with a letter in their place (no leading axes left
    out, no groups, no constant on their axis) and where the weights, or the other channels, have that letter too.
    """
    one = channels_agree(geometry)
    changes = [{"batch": "B"}]
    if geometry.groups == 1:
        changes += [{"filters": "N", "depth": "N"}] if one else [{"filters": "N"}, {"depth": "C"}]
    found = geometry
    for change in changes:
        try:
            wider = replace(found, **change)  # type: ignore[arg-type]
            own_net_input(wider)
        except RequestError:
            continue
        if not all(is_free(wider, letter) for letter in set(change.values())):
            continue
        if "batch" in change or one or set(change.values()) & set(own_weights(wider)):
            found = wider
    return found


def free_sizes(geometry: OwnGeometry) -> tuple[str, ...]:
    """Which of batch, filters and depth an implementation reads from its arrays."""
    wide = with_letters(geometry)
    return tuple(name for name in ("batch", "filters", "depth") if isinstance(getattr(wide, name), str))


GRADIENTS = {"input_gradient": "a", "weight_gradient": "w", "bias_gradient": "β"}
CONTRACT = {
    "net_input": ("a", "w", "bias"),
    "input_gradient": ("delta", "w"),
    "weight_gradient": ("delta", "a"),
    "bias_gradient": ("delta",),
}
"""The arrays that a function is given where the net input is linear in each (INTERFACE "The emitted module")."""


@lru_cache(maxsize=256)
def needed(geometry: OwnGeometry, function: str) -> tuple[str, ...]:
    """The arrays that a gradient reads beyond those of the contract, where a factor occurs more than once."""
    if function not in GRADIENTS:
        return ()
    gradient = collected(differentiate(own_net_input(geometry), GRADIENTS[function]))
    read = {f.symbol for term in gradient.terms for f in term.factors}
    names = {"a": "a", "w": "w", "bias": "β"}
    return tuple(name for name, letter in names.items() if letter in read and name not in CONTRACT[function])
