"""For other people's test suites: is this formula right, is this layer right, are these arrays right?

    from symconv.testing import assert_formula, assert_layer, problems

``assert_…`` raise an `AssertionError` whose text is the report, with the first wrong term and the likely reason. Where
pytest is installed, ``symconv_geometry`` is a fixture that yields each of `problems` (``symconv.pytest_plugin``).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from symconv.audit.geometries import cases
from symconv.audit.report import columns
from symconv.errors import RequestError
from symconv.layers.geometry import KINDS, Geometry, Size

if TYPE_CHECKING:
    from symconv.derivation.monomial import Array
    from symconv.layers.layer import Layer

SEED = 1
PARAMETERS = frozenset(("filter_size", "stride", "padding", "dilation", "groups"))
FEATURES = ("stride", "dilation", "padding", "uneven-padding", "groups", "per-axis")
"""What ``without`` may name: numbers of a layer that code under test does not take."""
FUNCTIONS = {"net": "net_input", "da": "input_gradient", "dw": "weight_gradient", "dbias": "bias_gradient"}


def assert_formula(formula: str, layer: Layer, base: int = 0) -> None:
    """The formula is the derived one, as `symconv.check` judges it; ``base`` is its first index."""
    __tracebackhide__ = True
    from symconv.api import check

    verdict = check(formula, layer, base)
    if not verdict:
        raise AssertionError(str(verdict))


def assert_layer(implementation: object, layer: Layer, names: Mapping[str, str] | None = None) -> None:
    """The hand-written layer is right, as `symconv.audit` judges it in a process of its own.

    ``implementation`` is a module, a class, functions by the contract's names, or ``"FILE.py[:Name]"``; ``names`` maps
    names of the contract to theirs.
    """
    __tracebackhide__ = True
    from symconv.api import audit

    report = audit(implementation, layer, names)
    if not report:
        sentences = [f"{outcome}: {sentence}" for outcome, sentence in report.told()]
        raise AssertionError("\n".join([*sentences, "", *columns(list(report.rows())), report.summary()]))


@dataclass(frozen=True, slots=True)
class Problem:
    """One geometry with numbers: what to give to the code under test, and what must come out.

    Shapes are those of the emitted modules: ``a (batch, depth, *input)``, ``w (filters, depth/groups, *filter)``,
    ``bias (filters,)``, ``delta`` and ``net (batch, filters, *output)``. Arrays hold small whole numbers in float64
    and are made anew each time, so a test may write to them.
    """

    name: str
    geometry: Geometry

    def __str__(self) -> str:
        return self.name

    @property
    def layer(self) -> Layer:
        """The layer, for `symconv.derive`, `symconv.check` and the like."""
        from symconv.layers.layer import layer

        return layer(self.geometry)

    @property
    def input_size(self) -> tuple[int, ...]:
        """H of each dimension."""
        return _whole(self.geometry.input_size)

    @property
    def filter_size(self) -> tuple[int, ...]:
        """K of each dimension."""
        return _whole(self.geometry.filter_size)

    @property
    def stride(self) -> tuple[int, ...]:
        """S of each dimension."""
        return _whole(self.geometry.stride)

    @property
    def dilation(self) -> tuple[int, ...]:
        """D of each dimension."""
        return _whole(self.geometry.dilation)

    @property
    def padding(self) -> tuple[int, ...] | tuple[tuple[int, int], ...]:
        """P of each dimension; pairs (before, after) where the two differ somewhere."""
        return tuple(low for low, _ in self.pads) if all(low == high for low, high in self.pads) else self.pads

    @property
    def pads(self) -> tuple[tuple[int, int], ...]:
        """The pair (before, after) of each dimension."""
        return tuple((int(low), int(high)) for low, high in self.geometry.padding)

    @property
    def groups(self) -> int:
        """The number of groups."""
        return int(self.geometry.groups)

    @property
    def a(self) -> Array:
        """The input."""
        return self._given("a")

    @property
    def w(self) -> Array:
        """The filters; RequestError for pooling, which has none."""
        return self._given("w")

    @property
    def bias(self) -> Array:
        """The bias; RequestError for pooling, which has none."""
        return self._given("bias")

    @property
    def delta(self) -> Array:
        """The error term ``∂E/∂net``."""
        return self._given("delta")

    def right(self, target: str) -> Array:
        """What ``net``, ``da`` (∂E/∂a), ``dw`` or ``dbias`` has to be: a sum over taps, exact."""
        from symconv.verify.reference import expected

        if target not in FUNCTIONS:
            raise RequestError(f"there is no answer {target!r}; choose one of {', '.join(FUNCTIONS)}")
        return expected(FUNCTIONS[target], self.geometry, self._tensors())

    def assert_right(self, **answers: object) -> None:
        """``net=…, da=…, dw=…, dbias=…`` are right, within the rounding of their dtype."""
        __tracebackhide__ = True
        from symconv.api import check

        if not answers:
            raise RequestError(f"assert_right was given no array; give one by name: {', '.join(FUNCTIONS)}")
        report = check(None, self.layer, values={**self._tensors(), **answers})
        if not report:
            raise AssertionError("\n".join(str(v) for v in report if not v.passed))

    def _given(self, name: str) -> Array:
        tensors = self._tensors()
        if name not in tensors:
            raise RequestError(f"the layer of {self.name} has no {name}; leave it out")
        return tensors[name]

    def _tensors(self) -> dict[str, Array]:
        from symconv.verify.reference import shapes

        random = np.random.default_rng(SEED)
        return {
            name: random.integers(-9, 10, size=shape).astype(np.float64)
            for name, shape in shapes(self.geometry).items()
        }


def problems(dimensions: int = 2, kind: str = "conv", without: Collection[str] = ()) -> tuple[Problem, ...]:
    """The geometries that separate mistakes: non-square, left-over rows, stride over filter, uneven padding, groups, …

    ``without`` names what the code under test does not take, of ``stride``, ``dilation``, ``padding``,
    ``uneven-padding``, ``groups`` and ``per-axis`` (numbers that differ from axis to axis).

    >>> [problem.name for problem in problems(1, without=("stride", "dilation", "groups", "padding"))][:4]
    ['the-layer-itself', 'batch-of-3', 'more-channels', 'larger-batch-of-2-more-channels']
    """
    if not isinstance(dimensions, int) or not 1 <= dimensions <= 3:
        raise RequestError(f"there are no problems of {dimensions!r} dimensions; choose 1, 2 or 3")
    if kind not in KINDS or kind == "dense":
        raise RequestError(f"there are no problems of the kind {kind!r}; choose one of {', '.join(KINDS)}, not dense")
    for feature in without:
        if feature not in FEATURES:
            raise RequestError(f"problems can not be without {feature!r}; choose from {', '.join(FEATURES)}")
    each = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "output_padding": (0,)}
    sizes: dict[str, Any] = {name: value * dimensions for name, value in each.items()}
    channels = {"depth": 2, "filters": 2, "bias": False} if kind == "avg-pool" else {"depth": 2, "filters": 3}
    own = Geometry(
        kind=kind,
        input_size=tuple(range(4, 4 + dimensions)),
        filter_size=(2, 3, 2)[:dimensions],
        batch=2,
        **channels,  # type: ignore[arg-type]
        **sizes,
    )
    found = (Problem(_slug(case.name), case.geometry) for case in cases(own, PARAMETERS))
    return tuple(p for p in found if not _features(p) & set(without))


def _features(problem: Problem) -> set[str]:
    """The numbers that are not the plain ones."""
    g, pads = problem.geometry, problem.pads
    has = {
        "stride": set(g.stride) != {1},
        "dilation": set(g.dilation) != {1},
        "padding": set(pads) != {(0, 0)},
        "uneven-padding": any(low != high for low, high in pads),
        "groups": g.groups != 1,
        "per-axis": any(len(set(values)) > 1 for values in (g.stride, g.dilation, pads)),
    }
    return {name for name, there in has.items() if there}


def _slug(name: str) -> str:
    return "-".join(name.replace(",", " ").replace(" - ", " ").split())


def _whole(sizes: Iterable[Size]) -> tuple[int, ...]:
    return tuple(int(size) for size in sizes)
