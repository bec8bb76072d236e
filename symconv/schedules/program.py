"""A schedule's result: a closed set of NumPy statements, printed by ``render.numpy_source`` and nothing else.

Sizes inside are ints or SymPy expressions over the names that the program's first statements read from the arrays.
"""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from symconv.algebra.axes import Axis, Size
from symconv.derivation.winograd import Winograd


@dataclass(frozen=True, slots=True)
class Var:
    """A name in the emitted code."""

    name: str


@dataclass(frozen=True, slots=True)
class Number:
    """A size, an index or another whole-number expression."""

    value: Size


@dataclass(frozen=True, slots=True)
class Zeros:
    """``np.zeros(shape, dtype)``; the dtype is that of one array, or what several combine to."""

    shape: tuple[Size, ...]
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ones:
    """``np.ones(shape, dtype)``, the dtype that of an array."""

    shape: tuple[Size, ...]
    like: str


@dataclass(frozen=True, slots=True)
class At:
    """The entries at ``position/divisor`` along an axis, 0 outside and between; the position's axes take its place."""

    array: Expression
    axis: int
    position: sympy.Expr
    divisor: int = 1


@dataclass(frozen=True, slots=True)
class Empty:
    """``np.empty(shape, dtype)``, to be filled."""

    shape: tuple[Size, ...]
    like: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Span:
    """``start:stop:step`` of a slice; None leaves a part out."""

    start: Size | None = None
    stop: Size | None = None
    step: int | None = None


Subscript = Span | Size | Var
"""A range of an axis, one index, or the name of either."""


@dataclass(frozen=True, slots=True)
class Item:
    """``array[…]``; with ``new`` axes appended for broadcasting."""

    array: Expression
    subscripts: tuple[Subscript, ...]
    new: int = 0


@dataclass(frozen=True, slots=True)
class Reshape:
    """``array.reshape(shape)``."""

    array: Expression
    shape: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """``np.repeat(array, count, axis)``: every entry along an axis so many times."""

    array: Expression
    count: Size
    axis: int


@dataclass(frozen=True, slots=True)
class Transpose:
    """``array.transpose(order)``."""

    array: Expression
    order: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Windows:
    """``view[…, o, …, f] = array[…, stride·o + dilation·f, …]`` over the axes of these numbers; f axes come last."""

    array: Expression
    taps: tuple[Size, ...]
    stride: tuple[int, ...]
    dilation: tuple[int, ...]
    axes: tuple[int, ...]
    rank: int


@dataclass(frozen=True, slots=True)
class View:
    """An array in one piece read by other axes, each with its stride in bytes over the names of the array's own."""

    array: str
    shape: tuple[Size, ...]
    strides: tuple[Size, ...]


@dataclass(frozen=True, slots=True)
class Contiguous:
    """``array`` in one piece: itself, or a copy where it is not."""

    array: Expression


@dataclass(frozen=True, slots=True)
class Shaped:
    """``array.reshape(like.shape)``; with ``first``, of the first cells of a workspace, as many as ``like`` has."""

    array: Expression
    like: str
    first: bool = False


@dataclass(frozen=True, slots=True)
class Call:
    """``function(arguments)``: another function of the module, given arrays and sizes by name."""

    function: str
    arguments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Kron:
    """The Kronecker product of matrices; of a single one, itself."""

    matrices: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class Einsum:
    """``np.einsum(subscripts, …)``: the contraction in its own letters."""

    subscripts: str
    operands: tuple[Expression, ...]


@dataclass(frozen=True, slots=True)
class MatMul:
    """``left @ right``."""

    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Sum:
    """``array.sum(axis=axes)``; with ``like``, in the dtype of that array (NumPy widens small integers)."""

    array: Expression
    axes: tuple[int, ...]
    like: str | None = None


@dataclass(frozen=True, slots=True)
class Binary:
    """``left operator right`` with one of ``+ - * /``."""

    operator: str
    left: Expression
    right: Expression


@dataclass(frozen=True, slots=True)
class Range:
    """``np.arange(extent)``, the values of one axis."""

    extent: Size


@dataclass(frozen=True, slots=True)
class Entries:
    """An entry expression over names of :class:`Range` arrays, evaluated elementwise by NumPy."""

    entry: sympy.Expr


@dataclass(frozen=True, slots=True)
class Cell:
    """One number, as SymPy expression in items of arrays and shared subexpressions."""

    value: sympy.Expr


@dataclass(frozen=True, slots=True)
class Cast:
    """``array`` in the dtype of another array."""

    array: Expression
    like: str


Expression = (
    Var
    | Number
    | Zeros
    | Ones
    | At
    | Empty
    | Item
    | Reshape
    | Repeat
    | Transpose
    | Windows
    | View
    | Contiguous
    | Shaped
    | Call
    | Kron
    | Einsum
    | MatMul
    | Sum
    | Binary
    | Range
    | Entries
    | Cell
    | Cast
)


@dataclass(frozen=True, slots=True)
class Let:
    """``name = value``."""

    name: str
    value: Expression


@dataclass(frozen=True, slots=True)
class Unpack:
    """``names = sizes``: size names read from a shape or from a call on sizes."""

    names: tuple[str, ...]
    source: str


@dataclass(frozen=True, slots=True)
class Space:
    """Arrays of these names and shapes to be filled, in one piece of memory, in the dtype of one array."""

    names: tuple[str, ...]
    shapes: tuple[tuple[Size, ...], ...]
    like: str


@dataclass(frozen=True, slots=True)
class Expect:
    """Raise ValueError unless the array has this shape; None stands for any size."""

    array: str
    shape: tuple[Size | None, ...]


@dataclass(frozen=True, slots=True)
class Divides:
    """Raise ValueError unless the named size, that of one axis of an array, splits into so many groups."""

    groups: int
    name: str
    array: str
    axis: int
    rank: int


@dataclass(frozen=True, slots=True)
class Store:
    """``target = value`` or, with ``add``, ``target += value``, the target an item of an array."""

    target: Expression
    value: Expression
    add: bool = False


@dataclass(frozen=True, slots=True)
class Plus:
    """``name = name + value``, in place where that keeps the dtype."""

    name: str
    value: Item


@dataclass(frozen=True, slots=True)
class Into:
    """``out = function(operands)`` without a new array; ``out`` is a view or a name.

    The functions are ``matmul``, ``divide``, ``einsum`` with its subscripts, ``rows``, a matrix product by blocks of
    rows, ``unfold``, the product of windows, unfolded a block at a time, with a matrix, ``windows_times`` and
    ``windows_summed``, that of windows that lie in slabs, with three numbers (:mod:`symconv.schedules.slabs`),
    ``by_group``, the product with a matrix for each group, and ``transform``, a small matrix times each of many, by
    blocks of columns.
    """

    function: str
    operands: tuple[Expression, ...]
    out: Expression
    subscripts: str = ""


@dataclass(frozen=True, slots=True)
class Blocks:
    """Run the body for each block of positions, named ranges of these axes.

    A block has at least so many positions, and of the first ``single`` axes one cell. ``array`` is what is read a
    block at a time, ``block`` one block of it; ``space``, if any, names a workspace that holds the largest one.
    """

    names: tuple[Var, ...]
    axes: tuple[Axis, ...]
    array: Expression
    block: Expression
    least: int = 1
    single: int = 0
    space: str | None = None
    body: tuple[Statement, ...] = ()


@dataclass(frozen=True, slots=True)
class IfSmall:
    """Run the body where the named array fits one block, else the other body."""

    array: str
    body: tuple[Statement, ...]
    otherwise: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class For:
    """``for name in range(stop)``, or in steps from 0."""

    name: str
    stop: Size
    body: tuple[Statement, ...]
    step: Size = 1


@dataclass(frozen=True, slots=True)
class Inside:
    """Two slices: the k in ``0 ≤ k < count`` with ``0 ≤ first + step·k < extent``, and these positions."""

    names: tuple[str, str]
    first: Size
    step: int
    count: Size
    extent: Size


@dataclass(frozen=True, slots=True)
class IfFloating:
    """Run the body where the arrays together are float32 or float64 and none is empty, else the exact one."""

    arrays: tuple[str, ...]
    body: tuple[Statement, ...]
    exact: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class Guard:
    """Run the body where ``value`` is a multiple of ``divisor`` and the quotient, bound to ``name``, in range."""

    name: str
    value: sympy.Expr
    divisor: Size
    extent: Size
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class IfGiven:
    """Run the body where an optional argument is given."""

    name: str
    body: tuple[Statement, ...]


@dataclass(frozen=True, slots=True)
class InThreads:
    """Return what the function makes of parts of the batch, each in a thread, where workers are more than one.

    ``batches`` are split, ``others`` handed on; the results are added, or else joined along the batch.
    """

    function: str
    batches: tuple[str, ...]
    others: tuple[str, ...]
    add: bool


@dataclass(frozen=True, slots=True)
class ForInThreads:
    """Run the body for every step of nested loops, ``(name, stop, step)`` from 0, which workers share.

    ``steps`` is what the list of these steps is called. Each worker makes its ``workspace`` first; the array of it that
    ``added`` names is summed over the workers.
    """

    steps: str
    loops: tuple[tuple[str, Size, Size], ...]
    workspace: tuple[Statement, ...]
    body: tuple[Statement, ...]
    added: str | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """``return value``."""

    value: Expression


Statement = (
    Let
    | Unpack
    | Space
    | Expect
    | Divides
    | Store
    | Plus
    | Into
    | Inside
    | Blocks
    | IfSmall
    | IfFloating
    | For
    | Guard
    | IfGiven
    | InThreads
    | ForInThreads
    | Return
)


@dataclass(frozen=True, slots=True)
class Program:
    """One emitted function: its name, its arguments, its statements, and the laws that it is built on, by name.

    ``law`` is Winograd's, with its definitions, for a function that works in tiles; ``by_block`` says that what it
    makes of the filters alone is never held whole.
    """

    name: str
    inputs: tuple[str, ...]
    body: tuple[Statement, ...]
    law: Winograd | None = None
    laws: tuple[str, ...] = ()
    by_block: bool = False
