"""Every formula of THEORY §1, §3 and §4 is printed for its case, 0-based and 1-based, and is true as it is printed.

The table says what a document must hold. The printed text is then read back by :mod:`tests.render.printed_reader` and
evaluated in its base; what it must come to are loops over the definition in THEORY §1.
"""

from __future__ import annotations

import re
import tomllib
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from symconv.derivation.derive import derive_layer
from symconv.layers.geometry import Geometry
from symconv.layers.layer import layer
from symconv.render.article import article
from symconv.render.document import Equation, EquationGroup
from symconv.render.formula_latex import latex
from symconv.render.formula_unicode import unicode
from symconv.render.written import Written
from tests.render.printed_reader import Printed, padded

FORMULAS = tomllib.loads(Path(__file__).with_name("theory_formulas.toml").read_text(encoding="utf-8"))


def _line(size: int, taps: int, **fields: Any) -> Geometry:
    """A layer of one dimension."""
    single = {"stride": (1,), "dilation": (1,), "padding": ((0, 0),), "output_padding": (0,)}
    return Geometry(input_size=(size,), filter_size=(taps,), **(single | fields))


CASES = {
    "lesson": Geometry(),
    # gcd(S, D) = 2, r = 3, uneven padding: nothing vanishes and nothing agrees by chance.
    "strided": _line(17, 3, stride=(4,), dilation=(6,), padding=((1, 2),), depth=2, filters=3, batch=2),
    "flip": _line(5, 3, dilation=(2,), padding=((1, 1),), flip=True),
    "groups": _line(4, 2, depth=4, filters=6, groups=2),
}
BASES = (0, 1)


@cache
def printed(case: str, base: int) -> tuple[Written, ...]:
    """The displayed formulas of a document."""
    found: list[Written] = []
    for block in article(derive_layer(layer(CASES[case])), base=base).blocks:
        found += [block.formula] if isinstance(block, Equation) else []
        found += block.formulas if isinstance(block, EquationGroup) else []
    return tuple(found)


@cache
def truth(case: str) -> dict[str, Any]:
    """Arrays, gradients and sizes: every product of THEORY §1, each counted where it belongs.

    Axes that are not printed are left out; with groups filters and depths are split in two.
    """
    g = CASES[case]
    rng = np.random.default_rng(3)
    shapes: dict[str, Any] = {
        "a": g.input_shape,
        "w": g.weight_shape,
        "δ": g.output_shape,
        "β": (g.filters,),
        "f'": g.input_shape,
    }
    values: dict[str, Any] = {name: rng.integers(1, 99, shape).astype(object) for name, shape in shapes.items()}
    net = np.zeros(g.output_shape, dtype=object) + values["β"].reshape(1, -1, *(1,) * g.dimensions)
    da, dw = np.zeros_like(values["a"]), np.zeros_like(values["w"])
    depth = int(g.depth) // int(g.groups)
    filters = int(g.filters) // int(g.groups)
    for b, n, *i in np.ndindex(*g.output_shape):
        for c, *p in np.ndindex(depth, *map(int, g.filter_size)):
            taps = [int(k) - 1 - t if g.flip else t for t, k in zip(p, g.filter_size, strict=True)]
            reach = zip(i, taps, g.stride, g.dilation, g.padding, strict=True)
            x = [int(s) * o + int(d) * t - int(before) for o, t, s, d, (before, _) in reach]
            if not all(0 <= at < size for at, size in zip(x, g.input_shape[2:], strict=True)):
                continue
            cell, tap, out = (b, n // filters * depth + c, *x), (n, c, *p), (b, n, *i)
            net[out] += values["w"][tap] * values["a"][cell]
            da[cell] += values["w"][tap] * values["δ"][out]
            dw[tap] += values["a"][cell] * values["δ"][out]
    values |= {"net": net, "∂E/∂a": da, "∂E/∂w": dw, "δ^{l-1}": da * values["f'"]}
    values["∂E/∂β"] = np.sum(values["δ"], axis=(0, *range(2, 2 + g.dimensions)))
    values = {name: _as_printed(name, np.asarray(array), g) for name, array in values.items()}
    sizes = _sizes(g)
    if g.dimensions == 1:
        kept = [(0, 0)] * (values["a"].ndim - 1)
        values["padded"] = padded(values["a"], [[*kept, (sizes["P"], sizes["Q"] - sizes["r"])]])
    return values | sizes


def _as_printed(name: str, array: np.ndarray[Any, Any], g: Geometry) -> np.ndarray[Any, Any]:
    positions = () if name.endswith("β") else array.shape[array.ndim - g.dimensions :]
    channels = array.shape[: array.ndim - len(positions)]
    groups = int(g.groups)
    if groups > 1 and name.endswith(("w", "β")):
        channels = (groups, channels[0] // groups, *channels[1:])
    elif groups > 1:
        channels = (channels[0], groups, channels[1] // groups)
    return array.reshape((*(n for n in channels if n > 1), *positions))


def _sizes(g: Geometry) -> dict[str, Any]:
    s, d, (before, after) = g.stride[0], g.dilation[0], g.padding[0]
    slack = int(g.input_size[0]) + int(before) + int(after) - int(d) * (int(g.filter_size[0]) - 1) - 1
    named = {"S": s, "D": d, "P": before, "Q": after, "K": g.filter_size[0], "H": g.input_size[0]}
    named |= {"O": slack // int(s) + 1, "r": slack % int(s)}
    named |= {"N": g.filters, "C": g.depth, "B": g.batch, "G": g.groups}
    return {name: int(value) for name, value in named.items()}


def claims(text: str, case: str, base: int) -> dict[tuple[int, ...], Any]:
    """What a printed formula says, cell by cell; 0-based."""
    known = truth(case)
    formula = Printed(text, extents(case), base, CASES[case].dimensions)
    env = {name: value for name, value in known.items() if name != formula.target}
    return formula.cells(np.shape(known[formula.target]), env)


def extents(case: str) -> dict[str, int]:
    known, g = truth(case), CASES[case]
    positions = {"x": known["H"], "y": known["H"], "i": known["O"], "j": known["O"], "p": known["K"], "q": known["K"]}
    groups = known["G"]
    channels = {"b": known["B"], "g": groups, "n": known["N"] // groups, "c": known["C"] // groups}
    return positions | channels | {"ρ": known["S"] // np.gcd(int(g.stride[0]), int(g.dilation[0]))}


def is_true(text: str, case: str, base: int) -> bool:
    """Whether all cells that a printed formula speaks of are what they must be, and whether it speaks of any."""
    target = text.split(" = ")[0].split("[")[0]
    expected = np.asarray(truth(case)[target], dtype=object)
    found = claims(text, case, base)
    return bool(found) and all(np.array_equal(expected[index], value) for index, value in found.items())


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", FORMULAS)
def test_the_document_of_its_case_prints_it(name: str, base: int) -> None:
    shown = printed(FORMULAS[name]["case"], base)
    assert FORMULAS[name][f"text_{base}"] in [unicode(formula) for formula in shown]
    assert FORMULAS[name][f"latex_{base}"] in [latex(formula) for formula in shown]


CELL = re.compile(r"(∂E/∂[aw]|net|[δwa])([₀-₉]{2})")
"""A cell of the lesson, its indices side by side."""


def spelled(text: str) -> str:
    """``δ₁₂w₂₁`` as ``δ[1,2]·w[2,1]``, which the reader knows; ``pad(a)``, whose amounts stand elsewhere, by a name."""
    digits = str.maketrans("₀₁₂₃₄₅₆₇₈₉", "0123456789")
    joined = CELL.sub(lambda m: f"{m[1]}[{','.join(m[2].translate(digits))}]", text)
    return joined.replace("pad(a)[", "padded[")


EVALUATED = [name for name, formula in FORMULAS.items() if formula["text_0"][0] != "p"]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("name", EVALUATED)
def test_it_is_true_as_it_is_printed(name: str, base: int) -> None:
    assert is_true(spelled(FORMULAS[name][f"text_{base}"]), FORMULAS[name]["case"], base)


IN_OPERATORS = ("pad(δ, K - 1)", "cross(a, δ)", "H = ", "O = ", "r = ")
"""What a formula without any index is made of: it is the same in both bases."""


@pytest.mark.parametrize("name", [n for n in EVALUATED if not any(w in FORMULAS[n]["text_0"] for w in IN_OPERATORS)])
def test_read_in_the_other_base_it_is_not(name: str) -> None:
    """Nothing that has an index survives being read 1-based where it is printed 0-based, and the other way round."""
    if name.startswith("§3 polyphase, no tap"):
        pytest.skip("another slice that is 0 as well")
    for base in BASES:
        text = spelled(FORMULAS[name][f"text_{base}"])
        assert text != spelled(FORMULAS[name][f"text_{1 - base}"])
        with suppress(ValueError):  # arrays that do not fit
            assert not is_true(text, FORMULAS[name]["case"], 1 - base)


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize(
    ("name", "right", "wrong"),
    [
        ("§1 input size", " + r", ""),
        ("§3 rot180", "Q + r", "Q"),
        ("§3 rot180", "rot180(w[n,c])", "w[n,c]"),
        ("§3 error term", "Q + r", "Q"),
        ("§3 zeros inserted", "x+P", "x"),
        ("§3 window form", "/D", "/S"),
        ("§3 polyphase", "⌈K·gcd(S, D)/S⌉", "⌊K·gcd(S, D)/S⌋"),
        ("§3 polyphase, part 1", "2, 3", "3, 2"),
        ("§4 zeros inserted", "stride = D", "stride = S"),
        ("§4 stride and dilation change places", "stride = D, dilation = S", "stride = S, dilation = D"),
    ],
)
def test_a_formula_with_one_thing_wrong_is_noticed(name: str, right: str, wrong: str, base: int) -> None:
    text = FORMULAS[name][f"text_{base}"]
    assert right in text
    with suppress(ValueError):  # arrays that do not fit
        assert not is_true(text.replace(right, wrong), FORMULAS[name]["case"], base)


@pytest.mark.parametrize("base", BASES)
def test_without_the_left_over_rows_the_weight_gradient_has_more_taps(base: int) -> None:
    """``K + ⌊r/D⌋`` of them, the first K right (THEORY §4, the trap). D is 1 here, so that there are more."""
    text = FORMULAS["§4 zeros inserted"][f"text_{base}"].replace("Q - r", "Q").replace("stride = D", "stride = 1")
    known = truth("strided")
    env = {**known, "D": 1}
    first = base
    right = Printed(text, extents("strided"), base).right({**env, "n": first, "c": first})
    assert len(right) == known["D"] * (known["K"] - 1) + 1 + known["r"]


@pytest.mark.parametrize("base", BASES)
@pytest.mark.parametrize("kind", ["in indices", "by name"])
def test_parts_and_zeros_write_every_cell_once(kind: str, base: int) -> None:
    """The slices of a polyphase form do not overlap, and together they are the whole gradient."""
    names = [n for n in FORMULAS if n.startswith("§3 polyphase, ") and not n.endswith("taps")]
    chosen = [n for n in names if "no tap" in n or n.endswith("in indices") == (kind == "in indices")]
    found = [claims(FORMULAS[n][f"text_{base}"], "strided", base) for n in chosen]
    expected = truth("strided")["∂E/∂a"]
    assert sum(map(len, found)) == expected.size
    together = {index: value for part in found for index, value in part.items()}
    assert all(expected[index] == together[index] for index in np.ndindex(*expected.shape))


@pytest.mark.parametrize("base", BASES)
def test_residues_and_quotients_number_every_tap_once(base: int) -> None:
    known = truth("strided")
    formula = Printed(FORMULAS["§3 polyphase, taps"][f"text_{base}"], {}, base)
    residues = range(base, base + extents("strided")["ρ"])
    values = [formula.right({**known, "m": m, "ρ": rho}) for m in range(base, base + 2) for rho in residues]
    assert [v for v in sorted(values) if v < known["K"] + base] == list(range(base, base + known["K"]))
