"""The grammar of the formula language: trees, positions, bounds; and whatever is typed, an answer or one sentence."""

from __future__ import annotations

import random
import time
from fractions import Fraction

import pytest

from symconv.algebra.notation import LIMIT_DEPTH, LIMIT_LENGTH, parse
from symconv.algebra.notation_tree import (
    Amounts,
    Call,
    Expression,
    Name,
    Number,
    Product,
    Statement,
    Subscripted,
    Sum,
    nodes,
)
from symconv.errors import RequestError

FORMULAS = (
    "da[x,y] = w[p,q]*delta[x-p,y-q]",
    "net[b,n,i] = bias[n] + sum(w[n,c,p]*a[b,c,2*i+p-1], c, p=3)/4",
    "delta_prev = cross(pad(insert_zeros(delta, 2x1), 1:2x0:1), rot180(w), dilation=2) * df",
    "dw[p] = every(a, D)",
)
TOKENS = (
    *(
        "da",
        "dw",
        "net",
        "w",
        "a",
        "delta",
        "df",
        "bias",
        "x",
        "p",
        "i",
        "K",
        "S",
        "H1",
        "sum",
        "cross",
        "pad",
        "rot180",
    ),
    *("[", "]", "(", ")", ",", "=", "+", "-", "*", "/", ":", "1", "2x1", "0.5", "99", " ", "δ", "$", ".", "\n", "\0"),
)


def test_a_formula_in_indices_is_a_product_of_reads() -> None:
    assert parse(" dw[p] = 2*delta[i] * a[i+p]").right == Product(
        (
            (False, Number(Fraction(2), 10)),
            (False, Subscripted("delta", (Name("i", 18),), 12)),
            (False, Subscripted("a", (Sum(((1, Name("i", 25)), (1, Name("p", 27))), 25),), 23)),
        ),
        10,
    )


def test_amounts_have_a_pair_for_each_dimension() -> None:
    right = parse("da = pad(delta, 1:2x-1)").right
    assert isinstance(right, Call)
    assert right.arguments[1] == Amounts(
        ((Number(Fraction(1), 17), Number(Fraction(2), 19)), (Sum(((-1, Number(Fraction(1), 22)),), 21), None)), 17
    )


def test_x_is_an_index_where_it_is_no_separator() -> None:
    right = parse("da = pad(x, x2x3)").right
    assert isinstance(right, Call)
    [_, amounts] = right.arguments
    assert amounts.pairs == ((Name("x2x3", 13), None),)
    right = parse("da = pad(x, K-1xK-1)").right
    assert isinstance(right, Call)
    assert len(right.arguments[1].pairs) == 2


def test_keywords_stand_apart_from_arguments() -> None:
    right = parse("dw = sum(a[i], i, p=2)").right
    assert isinstance(right, Call)
    assert [len(right.arguments), [name for name, _ in right.keywords]] == [2, ["p"]]


@pytest.mark.parametrize("text", FORMULAS)
def test_positions_are_those_of_the_text(text: str) -> None:
    statement = parse(text)
    assert statement.text == text
    for node in (statement.target, *nodes(statement.right)):
        if isinstance(node, (Name, Subscripted)):
            assert text[node.at - 1 :].startswith(node.name)
        elif isinstance(node, Call):
            assert text[node.at - 1 :].startswith(node.function)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "the formula is an empty text"),
        ("da[x,y]", "at position 8 of the formula, it ends too early"),
        ("da[x = 1", "at position 6 of the formula ('= 1'), the formula is not understood"),
        ("da = a = w", "at position 8 of the formula ('= w'), a second = stands"),
        ("da = a[1;2]", "at position 9 of the formula (';2]')"),
        ("da = 1234567890*a", "the number '1234567890' has more than 9 digits"),
        (f"da = {'n' * 33}", "has more than 32 letters"),
        ("da = sum(a, p=1, p=2)", "at position 18 of the formula ('p=2)'), 'p' is given twice"),
        ("da = cross(a, stride=2, w)", "an argument without a name follows one with a name"),
        ("da = " + "(" * (LIMIT_DEPTH + 1) + "a", "nest less deeply"),
        ("da = " + "-" * 100 + "a", "operations are nested; nest less deeply"),
        ("da = " + "a+" * LIMIT_LENGTH, "is too long"),
    ],
)
def test_what_is_no_formula_is_refused_with_its_position(text: str, words: str) -> None:
    with pytest.raises(RequestError) as refusal:
        parse(text)
    assert words in str(refusal.value)
    assert "\n" not in str(refusal.value)


def mutated(random_: random.Random) -> str:
    """A formula with some characters dropped, doubled or exchanged for tokens; or tokens only."""
    if random_.random() < 0.3:
        return "".join(random_.choice(TOKENS) for _ in range(random_.randint(0, 30)))
    text = list(random_.choice(FORMULAS))
    for _ in range(random_.randint(1, 4)):
        place = random_.randrange(len(text))
        text[place] = random_.choice(("", text[place] * 2, random_.choice(TOKENS), random_.choice(text)))
    return "".join(text)


def read(text: str) -> Statement | None:
    """The tree, or None for a refusal in one sentence; anything else that is raised fails the test."""
    try:
        return parse(text)
    except RequestError as error:
        if "\n" in str(error):
            raise
        return None


def deepest(node: Expression) -> int:
    from symconv.algebra.notation_tree import children

    return 1 + max((deepest(child) for child in children(node)), default=0)


def fuzz(count: int, seed: int) -> int:
    random_, understood = random.Random(seed), 0
    for _ in range(count):
        start = time.perf_counter()
        statement = read(mutated(random_))
        assert time.perf_counter() - start < 2
        if statement is not None:
            understood += 1
            assert deepest(statement.right) <= 2 * LIMIT_DEPTH + 1
    return understood


def test_whatever_is_typed_is_a_formula_or_one_sentence() -> None:
    understood = fuzz(3_000, seed=1)
    assert 300 < understood < 2_700


def test_the_longest_formula_is_read_at_once() -> None:
    start = time.perf_counter()
    assert read("da=" + "a" + "+a" * ((LIMIT_LENGTH - 4) // 2)) is not None
    assert read("da=" + "(" * LIMIT_DEPTH + "a" + ")" * LIMIT_DEPTH + "+a" * 1_900) is not None
    assert time.perf_counter() - start < 2
