"""Program → Python source: one ``match`` over the statement nodes, one over the expressions."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import reduce

import sympy

from symconv.algebra.axes import Size
from symconv.render.line_fit import fitted
from symconv.schedules.program import (
    At,
    Binary,
    Blocks,
    Call,
    Cast,
    Cell,
    Contiguous,
    Divides,
    Einsum,
    Empty,
    Entries,
    Expect,
    Expression,
    For,
    ForInThreads,
    Guard,
    IfFloating,
    IfGiven,
    IfSmall,
    Inside,
    InThreads,
    Into,
    Item,
    Kron,
    Let,
    MatMul,
    Number,
    Ones,
    Plus,
    Range,
    Repeat,
    Reshape,
    Return,
    Shaped,
    Space,
    Span,
    Statement,
    Store,
    Subscript,
    Sum,
    Transpose,
    Unpack,
    Var,
    View,
    Windows,
    Zeros,
)

INDENT = "    "
WIDTH = 100


def function_body(body: Iterable[Statement]) -> list[str]:
    """The lines of a function; a size that is read from a shape and not used later is not named."""
    lines: list[str] = []
    used: set[str] = set()
    for statement in reversed(tuple(body)):
        match statement:
            case Unpack(names, source):
                kept = tuple(name if name in used else "_" for name in names)
                if set(kept) <= {"_"}:
                    block = statements((Unpack((), source),)) if source.endswith(")") else []
                else:
                    block = statements((Unpack(kept, source),))
            case _:
                block = statements((statement,))
        used |= set(re.findall(r"\w+", "\n".join(block)))
        lines = block + lines
    return lines


def statements(body: Iterable[Statement], depth: int = 1) -> list[str]:
    """The lines of a block, indented, none longer than the width."""
    lines = [line for statement in body for line in _statement(statement)]
    return [piece for line in lines for piece in fitted((INDENT * depth + line).rstrip(), WIDTH)]


def _block(body: Iterable[Statement]) -> list[str]:
    return [INDENT + line for statement in body for line in _statement(statement)]


def _statement(statement: Statement) -> list[str]:
    match statement:
        case Let(name, value):
            return [f"{name} = {expression(value)}"]
        case Unpack((), source):
            return [source]
        case Unpack(names, source):
            single = len(names) == 1 and source.endswith(")")
            return [f"({names[0]},) = {source}" if single else f"{', '.join(names)} = {source}"]
        case Space(names, shapes, like):
            taken = ", ".join(_tuple(map(number, shape)) for shape in shapes)
            return [f"{', '.join(names)} = _space({like}.dtype, {taken})"]
        case Expect(array, shape):
            return [f'_expect("{array}", {array}, {_tuple("None" if n is None else number(n) for n in shape)})']
        case Divides(groups, name, array, axis, rank):
            wanted = _tuple(f"a multiple of {groups}" if k == axis else "None" for k in range(rank))
            return [
                f"if {name} % {groups}:",
                f'{INDENT}raise ValueError(f"{array} has shape {{{array}.shape}}, expected {wanted}")',
            ]
        case Store(target, value, add):
            return [f"{expression(target)} {'+=' if add else '='} {expression(value)}"]
        case Plus(name, value):
            same = f"{name} if {expression(value.array)}.dtype == {name}.dtype else None"
            return [f"{name} = np.add({name}, {expression(value)}, out={same})"]
        case Into(function, operands, out, subscripts):
            return [_into(function, operands, out, subscripts)]
        case Blocks():
            return _blocks(statement)
        case IfSmall(array, body, otherwise):
            return [f"if {array}.nbytes <= BLOCK:", *_block(body), "else:", *_block(otherwise)]
        case IfFloating(arrays, body, exact):
            given = f"np.result_type({', '.join(arrays)})"
            switch = f"if {given} in (np.float32, np.float64) and {' and '.join(f'{a}.size' for a in arrays)}:"
            return [switch, *_block(body), "else:  # exact numbers and empty arrays take the plain sum", *_block(exact)]
        case Inside((cells, positions), first, step, count, extent):
            arguments = ", ".join(map(number, (first, step, count, extent)))
            return [f"{cells}, {positions} = _inside({arguments})"]
        case For(name, stop, body, 1):
            return [f"for {name} in range({number(stop)}):", *_block(body)]
        case For(name, stop, body, step):
            return [f"for {name} in range(0, {number(stop)}, {number(step)}):", *_block(body)]
        case Guard(name, value, divisor, extent, body):
            return _guard(name, value, divisor, extent, body)
        case IfGiven(name, body):
            return [f"if {name} is not None:", *_block(body)]
        case InThreads(function, batches, others, add):
            call = f"lambda {', '.join(batches)}: {function}({', '.join((*batches, *others))})" if others else function
            parts = f"_in_threads(workers, {call}, {', '.join(batches)})"
            summed = [f"first, *others = {parts}", "return sum(others, first)"]
            lines = summed if add else [f"return np.concatenate({parts})"]
            return ["if workers > 1:", *(INDENT + line for line in lines)]
        case ForInThreads():
            return _for_in_threads(statement)
        case Return(value):
            return [f"return {expression(value)}"]


def _for_in_threads(loop: ForInThreads) -> list[str]:
    names = ", ".join(name for name, _, _ in loop.loops)
    ranges = [f"range(0, {number(stop)}, {number(step)})" for _, stop, step in loop.loops]
    loops = " ".join(f"for {name} in {each}" for (name, _, _), each in zip(loop.loops, ranges, strict=True))
    steps = ranges[0] if len(ranges) == 1 else f"[({names}) {loops}]"
    returned: tuple[Statement, ...] = ()
    called = [f"_in_threads(workers, of_{loop.steps}, {loop.steps})"]
    if loop.added is not None:
        returned = (Return(Var(loop.added)),)
        first = f"{loop.added}, *others = {called[0]}"
        called = [first, "for other in others:", f"{INDENT}{loop.added} += other"]
    return [
        "",
        f"def of_{loop.steps}({loop.steps}):",
        *_block(loop.workspace),
        f"{INDENT}for {names} in {loop.steps}:",
        *(INDENT + line for line in _block(loop.body)),
        *_block(returned),
        "",
        f"{loop.steps} = {steps}",
        *called,
    ]


def _into(function: str, operands: tuple[Expression, ...], out: Expression, subscripts: str) -> str:
    listed = ", ".join(map(expression, operands))
    match function:
        case "rows" | "unfold" | "by_group" | "transform":
            return f"_{'product' if function == 'rows' else function}({listed}, {expression(out)})"
        case "windows_times" | "windows_summed":
            array, factor, *numbers = map(expression, operands)
            named = ", ".join(f"{name}={n}" for name, n in zip(("step", "least", "single"), numbers, strict=True))
            return f"_{function}({array}, {factor}, {expression(out)}, {named})"
        case "einsum":
            return f'np.einsum("{subscripts}", {listed}, out={expression(out)})'
    return f"np.{function}({listed}, out={expression(out)})"


def _blocks(blocks: Blocks) -> list[str]:
    """The blocks of positions; the first one is the largest, and makes the workspace."""
    names = ", ".join(v.name for v in blocks.names) + ("," if len(blocks.names) == 1 else "")
    extents = ", ".join(number(a.extent) for a in blocks.axes)
    extra = f", least={blocks.least}" * (blocks.least > 1) + f", single={blocks.single}" * (blocks.single > 0)
    made = f"_blocks({expression(blocks.array)}.nbytes, {extents}{extra})"
    if blocks.space is None:
        return [f"for {names} in {made}:", *_block(blocks.body)]
    first = expression(blocks.block)
    return [
        f"blocks = {made}",
        f"{names} = blocks[0]",
        f"{blocks.space} = np.empty({first}.size, {first.split('[')[0]}.dtype)",
        f"for {names} in blocks:",
        *_block(blocks.body),
    ]


def _guard(name: str, value: sympy.Expr, divisor: Size, extent: Size, body: tuple[Statement, ...]) -> list[str]:
    if divisor == 1:
        return [f"{name} = {number(value)}", f"if 0 <= {name} < {number(extent)}:", *_block(body)]
    return [
        f"{name}, rest = divmod({number(value)}, {divisor})",
        f"if rest == 0 and 0 <= {name} < {number(extent)}:",
        *_block(body),
    ]


def expression(value: Expression) -> str:
    """The Python source of an expression."""
    match value:
        case Var(name):
            return name
        case Number(size):
            return number(size)
        case Zeros(shape, (single,)):
            return f"np.zeros({_tuple(map(number, shape))}, dtype={single}.dtype)"
        case Zeros(shape, like):
            return f"np.zeros({_tuple(map(number, shape))}, dtype=np.result_type({', '.join(like)}))"
        case Ones(shape, like):
            return f"np.ones({_tuple(map(number, shape))}, dtype={like}.dtype)"
        case At(array, axis, position, divisor):
            rest = f", {divisor}" if divisor != 1 else ""
            return f"_at({expression(array)}, {axis}, {number(position)}{rest})"
        case Empty(shape, (single,)):
            return f"np.empty({_tuple(map(number, shape))}, dtype={single}.dtype)"
        case Empty(shape, like):
            return f"np.empty({_tuple(map(number, shape))}, dtype=np.result_type({', '.join(like)}))"
        case View(array, shape, strides):
            sizes = f"{_tuple(map(number, shape))}, {array}.dtype, {array}, 0, {_tuple(map(number, strides))}"
            return f"np.ndarray({sizes})"
        case Kron(matrices):
            return reduce(lambda left, right: f"np.kron({left}, {right})", map(expression, matrices))
        case Call(function, arguments):
            return f"{function}({', '.join(arguments)})"
        case Contiguous(array):
            return f"np.ascontiguousarray({expression(array)})"
        case Shaped(array, like, first):
            return f"{_operand(array)}{f'[: {like}.size]' * first}.reshape({like}.shape)"
        case Item(array, (), 0):
            return f"{_operand(array)}[...]"
        case Item(array, (Span(None, None, None),), 0):
            return expression(array)
        case Item(array, subscripts, new):
            return f"{_operand(array)}[{', '.join([*map(_subscript, subscripts), *['None'] * new])}]"
        case Reshape(array, shape):
            return f"{_operand(array)}.reshape({', '.join(map(number, shape))})"
        case Repeat(array, count, axis):
            return f"np.repeat({expression(array)}, {number(count)}, axis={axis})"
        case Transpose(array, (1, 0)):
            return f"{_operand(array)}.T"
        case Transpose(array, order):
            return f"{_operand(array)}.transpose({', '.join(map(str, order))})"
        case Windows():
            return _windows(value)
        case Einsum(subscripts, operands):
            return f'np.einsum("{subscripts}", {", ".join(map(expression, operands))}, optimize=True)'
        case MatMul(left, right):
            return f"{_operand(left)} @ {_operand(right)}"
        case Sum(array, axes, like):
            dtype = f", dtype={like}.dtype" if like else ""
            return f"{_operand(array)}.sum(axis={_tuple(map(str, axes))}{dtype})"
        case Binary(operator, left, right):
            return f"{_operand(left)} {operator} {_operand(right)}"
        case Range(extent):
            return f"np.arange({number(extent)})"
        case Entries(entry):
            return _entries(entry)
        case Cell(value):
            return _cell(value)
        case Cast(array, like):
            return f"{_operand(array)}.astype({like}.dtype)"


def number(value: Size) -> str:
    r"""A whole-number expression as Python source; divisions in it are exact or floored.

    >>> n = sympy.Symbol("n", integer=True, positive=True)
    >>> number(2 * n - 1), number(n / 2), number(sympy.floor((n + 1) / 2) + 1)
    ('2 * n - 1', 'n // 2', '(n + 1) // 2 + 1')
    """
    return _number(sympy.sympify(value, strict=True))


def _number(value: sympy.Expr) -> str:
    if isinstance(value, sympy.floor):
        return _floored(value.args[0])
    if isinstance(value, sympy.ceiling):
        numerator, divisor = sympy.fraction(sympy.together(value.args[0]))
        return _number(numerator) if divisor == 1 else f"-(-{_grouped(numerator)} // {divisor})"
    if isinstance(value, (sympy.Min, sympy.Max)):
        name = "min" if isinstance(value, sympy.Min) else "max"
        return f"{name}({', '.join(sorted(map(_number, value.args)))})"
    if value.is_Add:
        return _added(value, _number)
    if value.is_Mul:
        numerator, divisor = sympy.fraction(value)
        if divisor != 1:
            return _floored(value)
        coefficient, rest = numerator.as_coeff_Mul()
        factors = [] if abs(coefficient) == 1 else [str(abs(coefficient))]
        product = " * ".join([*factors, *(_grouped(f) for f in rest.as_ordered_factors())])
        return f"-{product}" if coefficient < 0 else product
    return str(value)


def _floored(quotient: sympy.Expr) -> str:
    numerator, divisor = sympy.fraction(sympy.together(quotient))
    return _number(numerator) if divisor == 1 else f"{_grouped(numerator)} // {divisor}"


def _grouped(value: sympy.Expr) -> str:
    text = _number(value)
    return f"({text})" if value.is_Add or text.startswith("-") else text


def _added(value: sympy.Expr, render: Callable[[sympy.Expr], str]) -> str:
    """A sum with the positive terms first, names before numbers."""
    terms = sorted(value.as_ordered_terms(), key=lambda t: (t.could_extract_minus_sign(), t.is_number, t.is_Symbol))
    text = render(terms[0])
    for term in terms[1:]:
        negative = term.could_extract_minus_sign()
        text += f" - {render(-term)}" if negative else f" + {render(term)}"
    return text


def _entries(entry: sympy.Expr) -> str:
    """Elementwise: minimum and maximum of arrays are NumPy's, everything else is a whole-number expression."""
    if isinstance(entry, (sympy.Min, sympy.Max)):
        name = "np.minimum" if isinstance(entry, sympy.Min) else "np.maximum"
        parts = sorted((_entries(a) for a in entry.args), key=lambda t: (len(t), t))
        text = parts[-1]
        for part in parts[-2::-1]:
            text = f"{name}({part}, {text})"
        return text
    if entry.is_Add:
        return _added(entry, _entries)
    if entry.is_Mul and any(isinstance(f, (sympy.Min, sympy.Max)) for f in entry.args):
        return " * ".join(_entries(f) for f in entry.as_ordered_factors())
    return _number(entry)


def _cell(value: sympy.Expr) -> str:
    """One number; a rational factor is a division last, so that exact numbers stay exact."""
    if value.is_Add:
        return _added(value, _cell)
    if value.is_Mul:
        coefficient, rest = value.as_coeff_Mul()
        factors = [str(abs(coefficient.p))] if abs(coefficient.p) != 1 else []
        factors += [f"({_cell(f)})" if f.is_Add else _cell(f) for f in rest.as_ordered_factors()]
        sign = "-" if coefficient.p < 0 else ""
        return sign + " * ".join(factors) + (f" / {coefficient.q}" if coefficient.q != 1 else "")
    return str(value)


def _windows(view: Windows) -> str:
    spans = [_sum_span(t, d) for t, d in zip(view.taps, view.dilation, strict=True)]
    axes = _tuple(map(str, view.axes))
    text = f"sliding_window_view({expression(view.array)}, {_tuple(map(number, spans))}, axis={axes})"
    steps = [1] * view.rank + list(view.dilation)
    for k, step in zip(view.axes, view.stride, strict=True):
        steps[k] = step
    while steps and steps[-1] == 1:
        steps.pop()
    return text + (f"[{', '.join('::' + str(s) if s != 1 else ':' for s in steps)}]" if steps else "")


def _sum_span(taps: Size, dilation: int) -> Size:
    return dilation * (taps - 1) + 1


def _subscript(subscript: Subscript) -> str:
    if isinstance(subscript, Var):
        return subscript.name
    if not isinstance(subscript, Span):
        return number(subscript)
    backwards = subscript.step is not None and subscript.step < 0
    start = "" if subscript.start is None or (subscript.start == 0 and not backwards) else number(subscript.start)
    stop = "" if subscript.stop is None else number(subscript.stop)
    parts = [start, stop] if subscript.step is None else [start, stop, str(subscript.step)]
    if any(mark in part for part in parts for mark in " .("):
        return " : ".join(parts).strip().replace(":  :", "::")
    return ":".join(parts)


def _operand(value: Expression) -> str:
    text = expression(value)
    return f"({text})" if isinstance(value, (MatMul, Binary, Number)) and " " in text else text


def _tuple(parts: Iterable[str]) -> str:
    listed = list(parts)
    return f"({', '.join(listed)}{',' if len(listed) == 1 else ''})"
