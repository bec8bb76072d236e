"""Whatever is typed gets a verdict or one sentence, soon, and leaves no memory: mutants of the tables, and junk."""

from __future__ import annotations

import gc
import random
import re
import sys
from pathlib import Path
from time import process_time

import pytest

from symconv.algebra.notation import LIMIT_DEPTH, LIMIT_LENGTH, parse
from symconv.audit.formula import check_formula
from symconv.audit.judge import judge
from symconv.errors import RequestError
from symconv.layers.geometry import Geometry
from tests.audit.formulas_bad_input import BAD_INPUT
from tests.audit.formulas_right import RIGHT
from tests.audit.formulas_wrong import WRONG

SECONDS = 3.0
"""Of this process, for one input."""
GROWTH = 30_000_000
"""Bytes of resident memory that many thousand inputs may leave behind, caches filled before."""
TOKEN = re.compile(r"[A-Za-z][A-Za-z_0-9]*|\d+(?:\.\d+)?|\s+|.", re.DOTALL)
GROUP = re.compile(r"[\[(][^\[\]()]*[\])]")
NASTY = (
    *(
        "999999999",
        "0",
        "1/0",
        "0.000000001",
        "-",
        "--",
        "999999999*999999999*i",
        "i*i",
        "i/3",
        "(i+p)/2",
        "2x2x2",
        "1:",
    ),
    *(
        "H9",
        "K",
        "S",
        "R",
        "a[",
        "w(",
        "sum(",
        "sum(a,i=999999999)",
        "cross(a,w)",
        "pad(a,999999)",
        "insert_zeros(a,99999)",
    ),
    *(
        "every(a,0)",
        "rot180(rot180(a))",
        "δ",
        "\0",
        "\n",
        "\ud800",
        "٣",
        "𝟙",
        "=",
        "x",
        ",,",
        "a[i,i,i,i]",
        "*df",
        "^2",
    ),
)
RECORDS = tuple((r.formula, r.layer, r.base) for table in (RIGHT, WRONG, BAD_INPUT) for r in table)
FORMULAS = tuple(formula for formula, _, _ in RECORDS)
TOKENS: tuple[str, ...] = tuple(sorted({token for formula in FORMULAS for token in TOKEN.findall(formula)}))
NUMBERS = ("0", "1", "2", "3", "7", "0.5", "12", "65536", "999999999")
SIGNS = ("+", "-", "*", "/", ",", ":", "x")
GROUPS: tuple[str, ...] = tuple(sorted({group for formula in FORMULAS for group in GROUP.findall(formula)}))


def mutant(formula: str, draw: random.Random) -> str:
    """A formula with tokens exchanged for their like, dropped or doubled, or with a part or the rest of another."""
    for _ in range(draw.choice((1, 1, 1, 2, 3))):
        tokens = TOKEN.findall(formula) or [""]
        at = draw.randrange(len(tokens))
        match draw.randrange(14):
            case 0:
                tokens[at] = ""
            case 1:
                tokens[at] *= 2
            case 2:
                tokens[at] = draw.choice(TOKENS)
            case 3:
                tokens[at] = draw.choice(NASTY)
            case 4:
                other = draw.randrange(len(tokens))
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 5:
                rest = TOKEN.findall(draw.choice(FORMULAS))
                tokens[at:] = rest[draw.randrange(len(rest) + 1) :]
            case 6 | 7:
                groups = list(GROUP.finditer(formula))
                if groups:
                    found = draw.choice(groups)
                    tokens = [formula[: found.start()], draw.choice(GROUPS), formula[found.end() :]]
            case _:
                tokens[at] = alike(tokens[at], draw)
        formula = "".join(tokens)
    return formula


def alike(token: str, draw: random.Random) -> str:
    """Another token of the same kind, so that the text may still be a formula."""
    if token[:1].isdigit():
        return draw.choice(NUMBERS)
    if token[:1].isalpha():
        return draw.choice([t for t in TOKENS if t[0].isalpha() and t[0].isupper() == token[0].isupper()])
    return draw.choice(SIGNS) if token in SIGNS else token


def junk(draw: random.Random) -> str:
    """Characters of any kind, tokens in any order, or much of the same."""
    length = draw.randint(0, 60)
    match draw.randrange(4):
        case 0:
            return "".join(chr(draw.randrange(1, 0x11000)) for _ in range(length))
        case 1:
            return "".join(draw.choice(TOKENS + NASTY) for _ in range(length))
        case 2:
            return draw.choice(("da=", "da=a", "dw=w")) + draw.choice(
                ("(", "-", "a[", "sum(", "+a", "*a", "/2", ")")
            ) * draw.randint(1, LIMIT_LENGTH // 2)
        case _:
            return "da=" + "rot180(" * (depth := draw.randint(1, LIMIT_DEPTH + 2)) + "delta" + ")" * depth


def typed(draw: random.Random) -> tuple[str, Geometry, int]:
    """A text, and the layer and the base it is read for."""
    formula, layer, base = draw.choice(RECORDS)
    return (junk(draw) if draw.random() < 0.15 else mutant(formula, draw)), layer, base


def fuzz(count: int, seed: int, whole: bool = False) -> tuple[int, int]:
    """How many were read as formulas, and how many made sense for their layer."""
    draw, read, judged = random.Random(seed), 0, 0
    for _ in range(count):
        text, layer, base = typed(draw)
        start = process_time()
        try:
            statement = parse(text)
            read += 1
            if whole:
                check_formula(text, layer, base)
            elif layer.is_numeric:
                judge(statement, layer, base)
            judged += 1
        except RequestError as error:
            if "\n" in str(error) or len(str(error)) > 1_000:
                pytest.fail(f"{text!r} is refused in more than a sentence: {error}")
        except Exception as error:
            pytest.fail(f"{text!r} for {layer} in base {base}: {error!r}")
        took = process_time() - start
        assert took < SECONDS, f"{text!r} for {layer} in base {base} took {took:.1f} s"
    return read, judged


def resident() -> int:
    """Bytes of memory that this process holds."""
    gc.collect()
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096


def test_mutants_and_junk_get_a_verdict_or_one_sentence() -> None:
    read, judged = fuzz(600, seed=1)
    assert 90 < judged < read < 400


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_hundred_thousand_inputs_neither_crash_nor_hang_nor_grow() -> None:
    fuzz(10_000, seed=2)
    before = resident()
    fuzz(90_000, seed=3)
    assert resident() - before < GROWTH


@pytest.mark.slow
def test_reasons_and_generality_are_found_for_whatever_is_typed() -> None:
    fuzz(1_000, seed=4, whole=True)
