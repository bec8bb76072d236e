"""Single cells of a solved formula: which products ``∂E/∂a[0,0,1,2]`` or ``net[0,0,3,0]`` is the sum of.

The elementwise road writes every cell out. Here one cell is read off the general formula by itself, so that a
document of a large layer expands what it prints and nothing else; and on small layers the two are compared.
Indices are flat as in the emitted arrays: a group axis is merged into the channel axis after it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, product
from math import prod

import sympy

from symconv.algebra.axes import Axis, Constant
from symconv.algebra.formula import Affine, IndexedSum, affine
from symconv.derivation.monomial import Index, Monomial

ALL_POINTS = 20_000
"""Up to this many points of the sum every product is found; beyond, those at either end."""
_AT_EITHER_END = 60
_NEAR = 4
"""How far from the middle a cell that is a sum of anything is looked for."""
_NAMES = {"δ": "delta", "β": "bias"}


@dataclass(frozen=True, slots=True)
class CellSum:
    """The products of one cell; ``first`` and ``last`` of them where they are many, else all in ``first``."""

    first: tuple[Monomial, ...]
    last: tuple[Monomial, ...] = ()


def cell_sum(formula: IndexedSum, index: Index) -> CellSum:
    """The products of the cell with this flat 0-based index; numeric sizes only."""
    bounds = [range(int(a.extent)) for a in formula.bounds]
    at = dict(zip((a.symbol for a in formula.target.axes), _split(formula.target.axes, index), strict=True))
    read = _reader(formula)
    if prod(map(len, bounds)) <= ALL_POINTS:
        return CellSum(tuple(_sorted(read.products(at, product(*bounds)))))
    backwards = product(*(reversed(r) for r in bounds))
    return CellSum(
        tuple(_sorted(islice(read.products(at, product(*bounds)), _AT_EITHER_END))),
        tuple(_sorted(islice(read.products(at, backwards), _AT_EITHER_END))),
    )


def has_products(formula: IndexedSum, index: Index) -> bool:
    """Whether the cell is a sum of anything; the search ends with the first product."""
    bounds = [range(int(a.extent)) for a in formula.bounds]
    at = dict(zip((a.symbol for a in formula.target.axes), _split(formula.target.axes, index), strict=True))
    return any(True for _ in _reader(formula).products(at, product(*bounds)))


def central(formulas: Sequence[IndexedSum], size: Index) -> Index:
    """The position nearest to the middle whose cell is a sum of anything, in the first planes; else the middle.

    There a window is least likely to touch a border. With strides, the cell right in the middle may be in no window.
    """
    middle = tuple((n - 1) // 2 for n in size)
    around = product(*(range(max(0, m - _NEAR), min(n, m + _NEAR + 1)) for m, n in zip(middle, size, strict=True)))
    near = sorted(around, key=lambda at: (sum(abs(x - m) for x, m in zip(at, middle, strict=True)), at))
    return next((at for at in near if any(has_products(f, (0, 0, *at)) for f in formulas)), middle)


class _Reader:
    """A solved formula with its subscripts taken apart."""

    def __init__(self, formula: IndexedSum) -> None:
        self.formula = formula
        self.letters = [a.symbol for a in formula.bounds]
        symbols = [*(a.symbol for a in formula.target.axes), *self.letters]
        self.reads = [(f, [affine(s, symbols) for s in f.subscripts]) for f in formula.factors]
        self.conditions = [(affine(c.expression, symbols), int(c.extent)) for c in formula.conditions]

    def products(self, at: dict[sympy.Symbol, int], points: Iterable[tuple[int, ...]]) -> Iterator[Monomial]:
        """The products that are not 0, in the order of the points."""
        for point in points:
            here = at | dict(zip(self.letters, point, strict=True))
            found = self._product(here)
            if found is not None:
                yield found

    def _product(self, at: dict[sympy.Symbol, int]) -> Monomial | None:
        if any(_value(e, at, extent) is None for e, extent in self.conditions):
            return None
        coefficient = sympy.sympify(self.formula.scale, strict=True)
        factors = []
        for read, subscripts in self.reads:
            where = [_value(s, at, int(a.extent)) for s, a in zip(subscripts, read.tensor.axes, strict=True)]
            index = tuple(v for v in where if v is not None)
            if len(index) < len(where):
                return None
            if isinstance(read.tensor, Constant):
                values = dict(zip((a.symbol for a in read.tensor.axes), index, strict=True))
                coefficient = coefficient * read.tensor.entry.subs(values)
            else:
                factors.append((_NAMES.get(read.symbol, read.symbol), _merged(read.tensor.axes, index)))
        return Monomial(coefficient, tuple(factors))


@lru_cache(maxsize=64)
def _reader(formula: IndexedSum) -> _Reader:
    """Taking subscripts apart takes longer than reading a cell."""
    return _Reader(formula)


def _value(subscript: Affine, at: dict[sympy.Symbol, int], extent: int) -> int | None:
    number, rest = divmod(sum(c * at[s] for s, c in subscript.coefficients) + subscript.offset, subscript.divisor)
    return number if rest == 0 and 0 <= number < extent else None


def _merged(axes: Sequence[Axis], index: Sequence[int]) -> Index:
    """``(g, n) → g·(filters per group) + n``."""
    found: list[int] = []
    group = 0
    for a, value in zip(axes, index, strict=True):
        if a.name == "g":
            group = value
        elif group:
            found.append(group * int(a.extent) + value)
            group = 0
        else:
            found.append(value)
    return tuple(found)


def _split(axes: Sequence[Axis], index: Sequence[int]) -> list[int]:
    """The inverse of merging, for a formula's own axes."""
    found: list[int] = []
    rest = list(index)
    for k, a in enumerate(axes):
        if a.name == "g":
            found.append(rest[0] // int(axes[k + 1].extent))
        elif k and axes[k - 1].name == "g":
            found.append(rest.pop(0) % int(a.extent))
        else:
            found.append(rest.pop(0))
    return found


def in_order(monomials: Iterable[Monomial]) -> list[Monomial]:
    """As the lesson writes a sum: by δ where there is one, else by w, then a; a product before a lone bias."""
    return _sorted(monomials)


def _sorted(monomials: Iterable[Monomial]) -> list[Monomial]:
    return sorted(monomials, key=_key)


def _key(monomial: Monomial) -> tuple[bool, list[Index]]:
    by_name = dict(monomial.factors)
    return "bias" in by_name, [by_name[name] for name in ("delta", "w", "a", "bias") if name in by_name]
