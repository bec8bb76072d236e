"""The numbers that name a layer, exactly as a user gives them, before any formula.

THEORY §1 is the only mathematics in this file: the output size ``O = ⌊(H + P₋ + P₊ - D(K-1) - 1)/S⌋ + 1``, the
left-over rows ``r`` and, for a transposed convolution, the same equation read for ``H``. Nothing here imports
SymPy, so a request can be refused before the algebra is loaded.

Reference: Dumoulin and Visin (2016), A guide to convolution arithmetic for deep learning.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import prod

from symconv.errors import RequestError

Size = int | str
"""A size: a number, or the name of a size that is left open."""

KINDS = ("conv", "conv-transpose", "dense", "locally-connected", "avg-pool")
FORMULA = "formula"
"""The kind of a layer of one's own (`symconv.layers.own`), which a formula names and no flag."""
LIMIT = 65_536
"""The largest number accepted for one size, stride, dilation or padding."""
LIMIT_TAPS = 4096
"""The largest number of taps accepted for one filter."""
LIMIT_PRODUCT = 2**31
"""The largest number of entries accepted for one array."""


@dataclass(frozen=True, slots=True)
class Geometry:
    """One layer's sizes. Spatial fields hold one entry per dimension; a dense layer has none.

    Numbers are checked when the record is made; names stand for positive sizes and are left to the algebra.
    For the transposed convolution ``input_size`` is the small side, as the layer's user sees it.

    >>> g = Geometry(kind="conv", input_size=(6, 5), filter_size=(3, 2), stride=(2, 1))
    >>> g.output_size, g.left_over
    ((2, 4), (1, 0))
    """

    kind: str = "conv"
    input_size: tuple[Size, ...] = (3, 3)
    filter_size: tuple[Size, ...] = (2, 2)
    filters: Size = 1
    depth: Size = 1
    batch: Size = 1
    groups: Size = 1
    stride: tuple[Size, ...] = (1, 1)
    dilation: tuple[Size, ...] = (1, 1)
    padding: tuple[tuple[Size, Size], ...] = ((0, 0), (0, 0))
    output_padding: tuple[Size, ...] = (0, 0)
    flip: bool = False
    bias: bool = True
    count_include_pad: bool = True
    ceil_mode: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise RequestError(f"the layer {self.kind!r} is not known; choose one of {', '.join(KINDS)}")
        if not all(len(values) == self.dimensions for values in self._spatial()):
            raise RequestError(
                f"input size {show(self.input_size)} has {self.dimensions} spatial dimensions, but "
                f"filter size {show(self.filter_size)}, stride {show(self.stride)}, dilation {show(self.dilation)} "
                "or the padding has another number; give one value per dimension"
            )
        self._check_numbers()
        self._check_channels()
        for d in range(self.dimensions):
            if self.is_numeric_in(d):
                self._check_fit(d)
        if self.is_numeric:
            self._check_memory()

    @property
    def dimensions(self) -> int:
        """The number of spatial dimensions."""
        return len(self.input_size)

    @property
    def is_numeric(self) -> bool:
        """Whether every size is a number."""
        channels = (self.filters, self.depth, self.batch, self.groups)
        return all(isinstance(v, int) for values in (channels, *self._spatial()) for v in _flat(values))

    def is_numeric_in(self, d: int) -> bool:
        """Whether every size of one spatial dimension is a number."""
        return all(isinstance(v, int) for values in self._spatial() for v in _flat(values[d : d + 1]))

    @property
    def output_size(self) -> tuple[int, ...]:
        """``O`` per dimension (numbers only)."""
        return tuple(self.output_in(d) for d in range(self.dimensions))

    @property
    def left_over(self) -> tuple[int, ...]:
        """``r`` per dimension: input rows that no window starts early enough to reach (below 0 in ceil mode).

        For the transposed convolution these are the rows of its output, ``r = output padding``.
        """
        if self.kind == "conv-transpose":
            return tuple(int(v) for v in self.output_padding)
        return tuple(self._slack(d) - int(self.stride[d]) * (o - 1) for d, o in enumerate(self.output_size))

    @property
    def input_shape(self) -> tuple[int, ...]:
        """Shape of ``a``: (batch, depth, *input size)."""
        return _ints((self.batch, self.depth, *self.input_size))

    @property
    def output_shape(self) -> tuple[int, ...]:
        """Shape of ``net`` and ``δ``: (batch, filters, *output size); pooling keeps the depth."""
        return _ints((self.batch, self.depth if self.is_pooling else self.filters, *self.output_size))

    @property
    def weight_shape(self) -> tuple[int, ...] | None:
        """Shape of ``w`` in the emitted code (INTERFACE); None for pooling."""
        if self.is_pooling:
            return None
        filters, depth, groups = _ints((self.filters, self.depth, self.groups))
        if self.kind == "conv-transpose":
            return (depth, filters // groups, *_ints(self.filter_size))
        extra = self.output_size if self.kind == "locally-connected" else ()
        return (filters, depth // groups, *_ints(self.filter_size), *extra)

    @property
    def is_pooling(self) -> bool:
        """Whether the layer has no weights."""
        return self.kind == "avg-pool"

    @property
    def has_weights(self) -> bool:
        """Whether the layer has a ``w``."""
        return not self.is_pooling

    @property
    def divides(self) -> bool:
        """Whether the net input divides by numbers: integers do not stay integers then."""
        return self.is_pooling

    def _spatial(self) -> tuple[tuple[object, ...], ...]:
        return (self.input_size, self.filter_size, self.stride, self.dilation, self.padding, self.output_padding)

    def _slack(self, d: int) -> int:
        before, after = _ints(self.padding[d])
        size, taps, dilation = _ints((self.input_size[d], self.filter_size[d], self.dilation[d]))
        return size + before + after - dilation * (taps - 1) - 1

    def output_in(self, d: int) -> int:
        """``O`` in one dimension (numbers only)."""
        size, taps, stride, dilation = _ints(
            (self.input_size[d], self.filter_size[d], self.stride[d], self.dilation[d])
        )
        before, after = _ints(self.padding[d])
        if self.kind == "conv-transpose":
            return stride * (size - 1) + dilation * (taps - 1) + 1 - before - after + int(self.output_padding[d])
        if not self.ceil_mode:
            return self._slack(d) // stride + 1
        output = -(-self._slack(d) // stride) + 1
        starts_in_padding_after = stride * (output - 1) >= size + before
        return output - 1 if starts_in_padding_after else output

    def _check_numbers(self) -> None:
        for name, values, least in (
            ("input size", self.input_size, 1),
            ("filter size", self.filter_size, 1),
            ("filters", (self.filters,), 1),
            ("depth", (self.depth,), 1),
            ("batch", (self.batch,), 1),
            ("groups", (self.groups,), 1),
            ("stride", self.stride, 1),
            ("dilation", self.dilation, 1),
            ("padding", self.padding, 0),
            ("output padding", self.output_padding, 0),
        ):
            for value in _flat(values):
                if isinstance(value, int) and not least <= value <= LIMIT:
                    raise RequestError(f"{name} {value} is out of range; give a whole number from {least} to {LIMIT}")

        taps = prod(k for k in self.filter_size if isinstance(k, int))
        if taps > LIMIT_TAPS:
            raise RequestError(f"filter size {show(self.filter_size)} has {taps} taps; give at most {LIMIT_TAPS}")

    def _check_channels(self) -> None:
        if self.groups != 1 and self.kind in ("dense", "locally-connected", "avg-pool"):
            raise RequestError(f"groups {self.groups} on {a_layer(self.kind)} has no meaning; leave groups out")
        for name, value in (("depth", self.depth), ("filters", self.filters)):
            if isinstance(value, int) and isinstance(self.groups, int) and value % self.groups:
                raise RequestError(f"groups {self.groups} does not divide {name} {value}; give a divisor of {value}")
        if any(self.output_padding) and self.kind != "conv-transpose":
            raise RequestError(f"output padding on {a_layer(self.kind)} has no meaning; leave it out")
        for extra, stride in zip(self.output_padding, self.stride, strict=True):
            if isinstance(extra, int) and isinstance(stride, int) and extra >= stride:
                raise RequestError(f"output padding {extra} is not less than the stride {stride}; give at most S - 1")
        if self.ceil_mode and not self.is_pooling:
            raise RequestError(f"ceil mode on {a_layer(self.kind)} has no meaning; it belongs to pooling")
        if self.flip and self.kind not in ("conv", "conv-transpose"):
            raise RequestError(f"flip on {a_layer(self.kind)} has no meaning; it belongs to convolution")

    def _check_fit(self, d: int) -> None:
        span = int(self.dilation[d]) * (int(self.filter_size[d]) - 1) + 1
        padded = int(self.input_size[d]) + sum(_ints(self.padding[d]))
        if self.kind == "conv-transpose":
            if self.output_in(d) < 1:
                raise RequestError(
                    f"padding {show(self.padding[d], ':')} leaves no output in dimension {d + 1}; "
                    "give less padding or a larger input"
                )
        elif span > padded:
            raise RequestError(
                f"filter size {show(self.filter_size)} does not fit input size {show(self.input_size)}: "
                f"in dimension {d + 1} it spans {span} cells of {padded}; "
                "give a smaller filter or dilation, or more padding"
            )
        if self.is_pooling and not self.count_include_pad:
            self._check_counts(d)

    def _check_counts(self, d: int) -> None:
        """A window that holds padding only has no average."""
        before, _ = _ints(self.padding[d])
        size, taps, stride, dilation = _ints(
            (self.input_size[d], self.filter_size[d], self.stride[d], self.dilation[d])
        )
        for i in range(self.output_in(d)):
            if not any(0 <= stride * i + dilation * p - before < size for p in range(taps)):
                raise RequestError(
                    f"padding {show(self.padding[d], ':')} gives window {i} of dimension {d + 1} no cell to count; "
                    "give less padding, or count it"
                )

    def _check_memory(self) -> None:
        for name, shape in (("input", self.input_shape), ("output", self.output_shape), ("weight", self.weight_shape)):
            if shape and prod(shape) > LIMIT_PRODUCT:
                raise RequestError(
                    f"the {name} array {show(shape)} has more than {LIMIT_PRODUCT} entries; give smaller sizes"
                )


def a_layer(kind: str) -> str:
    """A kind of layer in a sentence.

    >>> a_layer("avg-pool")
    'an avg-pool layer'
    """
    return f"{'an' if kind[0] in 'aeiou' else 'a'} {kind} layer"


def resolve_same_padding(
    input_size: Sequence[Size], filter_size: Sequence[Size], stride: Sequence[Size], dilation: Sequence[Size]
) -> tuple[tuple[int, int], ...]:
    """Padding for which ``O = ⌈H/S⌉``; the odd cell goes after."""
    pairs = []
    for size, taps, step, dilated in zip(input_size, filter_size, stride, dilation, strict=True):
        if isinstance(taps, str) or isinstance(step, str) or isinstance(dilated, str):
            raise RequestError("padding 'same' needs numbers for filter size, stride and dilation; give the padding")
        span = dilated * (taps - 1) + 1
        if step == 1:
            total = span - 1
        elif isinstance(size, str):
            raise RequestError(
                f"padding 'same' at stride {step} depends on the size {size}; give the padding in numbers"
            )
        else:
            total = max(0, (-(-size // step) - 1) * step + span - size)
        pairs.append((total // 2, total - total // 2))
    return tuple(pairs)


def show(sizes: Sequence[object], separator: str = "x") -> str:
    """Sizes as the command line writes them.

    >>> show((3, 32, 32))
    '3x32x32'
    """
    return separator.join(str(v) for v in sizes) or "none"


def _ints(values: Sequence[Size]) -> tuple[int, ...]:
    if any(isinstance(v, str) for v in values):
        names = ", ".join(str(v) for v in values if isinstance(v, str))
        raise RequestError(f"the size {names} is a name; give a number where numbers are needed")
    return tuple(int(v) for v in values)


def _flat(values: Sequence[object]) -> list[object]:
    return [v for item in values for v in (item if isinstance(item, tuple) else (item,))]
