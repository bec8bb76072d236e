"""The first sections: what is known and asked, the layer's sizes, the notation, the net input."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import sympy

from symconv.algebra.axes import Axis, Constant, Size, size
from symconv.layers.geometry import Geometry
from symconv.layers.layer import UNNAMED
from symconv.layers.own import OwnGeometry
from symconv.layers.window import Window, output_extent, windows
from symconv.render.arrays import COUNT, is_silent
from symconv.render.document import Block, Equation, EquationGroup, Items, Math, Prose, Table, Verbatim
from symconv.render.formula_unicode import unicode
from symconv.render.operators import write_strides
from symconv.render.telling import Telling
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_count, write_form, write_sums
from symconv.render.written import (
    ONES,
    Call,
    Chain,
    Floor,
    Fraction,
    Hadamard,
    Inserted,
    Letter,
    Listed,
    Modulo,
    Number,
    Signed,
    Sizes,
    Sum,
    Transposed,
    Written,
)
from symconv.render.written import Equation as Equal

_OWN_SIZES = {"input": "input_size", "output": "output", "filter": "filter_size"}
_OWN_CHANNELS = {"depth": "depth", "filters": "filters", "batch": "batch", "groups": "groups"}
NET = "net"
NET_SOLVED = "net-solved"


def parameters(told: Telling) -> str:
    """What the layer learns, as messages are named for it."""
    if not told.geometry.has_weights:
        return "bias" if isinstance(told.geometry, OwnGeometry) and told.geometry.bias else "nothing"
    return "weights_bias" if told.geometry.bias else "weights"


def known(told: Telling) -> tuple[Block, ...]:
    """The layer between its neighbours: what is given, what is looked for."""
    learns = parameters(told)
    delta = Equal(Letter("δ"), Letter("∂E/∂net"))
    return (
        told.heading(1, "known"),
        told.paragraph("known.forward", delta_is=delta, known=told.say(f"known.known_{learns}")),
        told.paragraph(f"known.asked_{learns}"),
    )


def sizes(told: Telling) -> tuple[Block, ...]:
    """Every number that names the layer, with its letter where formulas have one."""
    layer = told.layer
    kind = told.say(f"kind.{layer.geometry.kind}")
    named = layer.name != UNNAMED
    header = tuple(told.say(f"sizes.{column}") for column in ("size", "letter", "value"))
    rows: list[tuple[Prose, ...]] = [
        (told.say(f"sizes.{name}"), (Math(letter),) if letter is not None else ("",), (Math(value),))
        for name, letter, value in size_rows(told)
    ]
    for name, activation in (("activation", layer.activation), ("previous_activation", layer.previous_activation)):
        text: Prose = told.say("sizes.unnamed") if activation is None else (Verbatim(activation.name),)
        rows.append((told.say(f"sizes.{name}"), ("",), text))
    return (
        told.heading(2, "sizes"),
        told.paragraph("sizes.intro_named" if named else "sizes.intro", name=Verbatim(layer.name), kind=kind),
        Table(header, tuple(rows)),
    )


def size_rows(told: Telling) -> list[tuple[str, Written | None, Written]]:
    """(message, letter or None, value) of every size."""
    g, letters = told.geometry, told.derived.general_geometry
    if isinstance(g, OwnGeometry) and isinstance(letters, OwnGeometry):
        return _own_rows(g, letters)
    own, general = windows(g), windows(letters)
    rows: list[tuple[str, Written | None, Written]] = []

    def row(name: str, letter: Iterable[Size | str], value: Iterable[Size | str]) -> None:
        named, valued = tuple(map(size, letter)), tuple(map(size, value))
        rows.append((name, None if all(isinstance(v, int) for v in named) else write_strides(named), _sizes(valued)))

    if g.dimensions:
        row("input", letters.input_size, g.input_size)
        row("window" if g.is_pooling else "filter", letters.filter_size, g.filter_size)
        row("stride", letters.stride, g.stride)
        row("dilation", letters.dilation, g.dilation)
        if all(b == a for b, a in letters.padding) and all(b == a for b, a in g.padding):
            row("padding", (b for b, _ in letters.padding), (b for b, _ in g.padding))
        else:
            row("before", (b for b, _ in letters.padding), (b for b, _ in g.padding))
            row("after", (a for _, a in letters.padding), (a for _, a in g.padding))
        large = _outputs(g.kind)
        row("output", (large(w) for w in general), (large(w) for w in own))
        if any(w.stride != 1 for w in own):
            name = "output_padding" if g.kind == "conv-transpose" else "left_over"
            row(name, (w.left_over for w in general), (w.left_over for w in own))
    if g.kind == "dense":
        row("inputs", (letters.depth,), (g.depth,))
        row("neurons", (letters.filters,), (g.filters,))
    else:
        row("depth", (letters.depth,), (g.depth,))
        if not g.is_pooling:
            row("filters", (letters.filters,), (g.filters,))
    row("batch", (letters.batch,), (g.batch,))
    if g.groups != 1:
        row("groups", (letters.groups,), (g.groups,))
    return rows


def _own_rows(g: OwnGeometry, letters: OwnGeometry) -> list[tuple[str, Written | None, Written]]:
    """The sizes of a layer of one's own; those of its filter are the ones that were given."""
    sizes = [(name, getattr(letters, key), getattr(g, key)) for name, key in _OWN_SIZES.items()]
    sizes += [(name, (getattr(letters, key),), (getattr(g, key),)) for name, key in _OWN_CHANNELS.items()]
    found: list[tuple[str, Written | None, Written]] = []
    for name, letter, value in sizes:
        if value and (name != "groups" or g.groups != 1):
            named = tuple(map(size, letter))
            shown = None if all(isinstance(v, int) for v in named) else write_strides(named)
            found.append((name, shown, _sizes(tuple(map(size, value)))))
    return found


def _sizes(values: tuple[Size, ...]) -> Written:
    """The value of a size is written out for every dimension: 3 × 3."""
    return write_size(values[0]) if len(values) == 1 else Sizes(tuple(write_size(v) for v in values))


def _outputs(kind: str) -> Callable[[Window], Size]:
    """The window of a transposed convolution is that of the convolution it turns round."""
    return (lambda w: w.input) if kind == "conv-transpose" else (lambda w: w.output)


def notation(told: Telling) -> tuple[Block, ...]:
    """What the indices run over, the index base, and the operator words that occur."""
    header = tuple(told.say(f"notation.{column}") for column in ("index", "over", "range"))
    return (told.heading(2, "notation"), Table(header, tuple(_index_rows(told))), Items(tuple(rules(told))))


def rules(told: Telling) -> list[Prose]:
    """The index base, what a read outside is, and the operator words that occur."""
    found = [told.say("notation.base", base=told.base)]
    if told.geometry.dimensions:
        found.append(told.say("notation.outside"))
    printed = " ".join(unicode(told.rule(d)) for part in (told.derived.general, told.derived.own) for d in part.goals)
    parts = told.forms_in_numbers.input_gradient.polyphase
    if parts is not None and any(p.operator is not None and p.residues for p in parts.parts):
        printed += "every("
    if "pad(" in printed or "↑" in printed:
        found.append(told.say("notation.positions"))
    return found + [told.say(f"notation.{word}", **places) for word, mark, places in _words() if mark in printed]


def _words() -> list[tuple[str, str, dict[str, Written | str]]]:
    """(message, how it looks in plain text, the places of the message) of every operator word."""
    a, f, b = Letter("A"), Letter("F"), Letter("B")
    amounts = {"before": Letter("h"), "after": Letter("h'")}
    option = Equal(Letter("stride"), Letter("S"))
    return [
        ("cross", "cross(", {"cross": Call("cross", (a, f)), "A": a, "F": f, "option": option}),
        ("rot180", "rot180(", {"rot180": Call("rot180", (f,))}),
        ("pad", "pad(", {"pad": Call("pad", (a, *amounts.values())), **amounts, "times": "×", "colon": ":"}),
        ("every", "every(", {"every": Call("every", (a, Letter("S"))), "A": a}),
        ("inserted", "↑", {"inserted": Inserted(a, Letter("S"))}),
        ("hadamard", "∘", {"hadamard": Hadamard(a, b)}),
        ("transposed", "ᵀ", {"transposed": Transposed(a)}),
        ("ones", ONES, {"ones": Letter(ONES)}),
    ]


def _index_rows(told: Telling) -> list[tuple[Prose, ...]]:
    """Axes of one kind and extent share a row; an axis with one value has no letter."""
    g = told.geometry
    form = told.derived.general.net_input.form
    axes = {a.name: a for term in form.terms for a in term.axes if not is_silent(a)}
    suffix = {
        "n": "_dense" if g.kind == "dense" else "_group" if g.groups != 1 else "",
        "c": "_dense" if g.kind == "dense" else "_pool" if g.is_pooling else "_group" if g.groups != 1 else "",
        "p": "_pool" if g.is_pooling else "",
    }
    families = {"b": "b", "g": "g", "n": "n", "c": "c", "x": "xyz", "i": "ijk", "p": "pqs"}
    inputs = dict(zip("xyz", told.derived.general_geometry.input_size, strict=False))
    rows: list[tuple[Prose, ...]] = []
    for family, letters in families.items():
        extents: dict[Size, list[Axis]] = {}
        for a in axes.values():
            if a.name[0] in letters:
                extents.setdefault(size(inputs.get(a.name, a.extent)), []).append(a)
        for extent, members in extents.items():
            names = Listed(tuple(Letter(a.name) for a in members))
            chain = Chain(Number(told.base), names, write_size(extent), strict=told.base == 0)
            rows.append(((Math(names),), told.say(f"notation.{family}{suffix.get(family, '')}"), (Math(chain),)))
    return rows


def net_input(told: Telling) -> tuple[Block, ...]:
    """The net input in relations, then solved; where sizes follow from others, how."""
    g, derivation = told.geometry, told.derived.general.net_input
    blocks: list[Block] = [told.heading(1, "net_input")]
    if g.kind == "conv-transpose":
        blocks.append(told.paragraph("net_input.transposed"))
    blocks += [told.paragraph("net_input.relation"), Equation(write_form(derivation.form, told.base), NET)]
    constants = dict.fromkeys(
        f.tensor
        for f in derivation.form.terms[0].factors
        if isinstance(f.tensor, Constant) and f.symbol.startswith(COUNT)
    )
    if constants:
        counts = [write_count(c, told.base) for c in constants]
        blocks.append(told.paragraph("net_input.count", counts=told.enumerated([c.left for c in counts])))
        blocks.append(EquationGroup(tuple(counts)))
    if not derivation.form.terms[0].relations:
        return (*blocks, told.paragraph("net_input.no_relation"))
    blocks += [told.paragraph("net_input.below"), told.paragraph("net_input.solved")]
    blocks.append(Equation(write_sums(derivation.solved, told.base), NET_SOLVED))
    return (*blocks, *told.figures("net_input"), *_extents(told), *told.figures("extents"))


def _extents(told: Telling) -> list[Block]:
    """``H = S(O - 1) + …`` where O and r are the primitive letters, ``O = H - K + 1`` where H is."""
    letters = told.derived.general_geometry
    if letters.ceil_mode:
        return []
    follows, leftover, outputs = [], [], []
    divisions: list[Equal] = []
    suffixes = [str(d + 1) for d in range(letters.dimensions)] if len(set(windows(letters))) > 1 else [""] * 9
    for d, w in enumerate(windows(letters)):
        if letters.kind == "conv-transpose":
            outputs.append(Equal(Letter("O" + suffixes[d]), write_size(w.input)))
        elif w.stride == 1:
            outputs.append(Equal(Letter("O" + suffixes[d]), write_size(w.output)))
        else:
            follows.append(Equal(Letter(str(letters.input_size[d])), write_size(w.input)))
            leftover.append(Chain(Number(0), write_size(w.left_over), write_size(w.stride), strict=True))
            divisions += _division(letters, d, w)
    blocks: list[Block] = []
    if follows:
        rest = Listed(tuple(dict.fromkeys(leftover)))
        blocks += [told.paragraph("net_input.input_extent"), EquationGroup(tuple(dict.fromkeys(follows)))]
        names = Listed(tuple(dict.fromkeys(chain.middle for chain in leftover)))
        blocks.append(told.paragraph("net_input.input_extent_why", r=names, range=rest))
        blocks += [told.paragraph("net_input.division"), EquationGroup(tuple(dict.fromkeys(divisions)))]
    if outputs:
        blocks += [told.paragraph("net_input.output_extent"), EquationGroup(tuple(dict.fromkeys(outputs)))]
    return blocks


def _division(geometry: Geometry, d: int, w: Window) -> tuple[Equal, Equal]:
    """``O = ⌊(H + P₋ + P₊ - D(K-1) - 1)/S⌋ + 1`` and ``r = (…) mod S``: the same equation, solved for O and r."""
    [quotient] = [term for term in output_extent(geometry, d).args if isinstance(term, sympy.floor)]
    stride = write_size(w.stride)
    slack = write_size(sympy.expand(quotient.args[0] * w.stride))
    windows_after_the_first = Signed(False, Floor(Fraction(slack, stride)))
    output = Sum((windows_after_the_first, Signed(False, Number(1))))
    return Equal(write_size(w.output), output), Equal(write_size(w.left_over), Modulo(slack, stride))
