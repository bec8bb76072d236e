"""A layer of one's own told as a lesson: the formula as given, its relations, and every gradient by exchange.

Where a net input is not linear in an array, the product rule gives one exchange for each read.
"""

from __future__ import annotations

from itertools import islice, product

from symconv.algebra.axes import Axis, Size
from symconv.derivation.backward import Derivation
from symconv.layers.own import OwnGeometry
from symconv.render.arrays import is_silent
from symconv.render.article_cells import case, net_input_cells
from symconv.render.article_checked import checked
from symconv.render.article_goals import activation
from symconv.render.article_known import NET, NET_SOLVED, known, rules, sizes
from symconv.render.article_laws import law_by_law
from symconv.render.document import Block, Equation, EquationGroup, Items, Math, Prose, Table, Verbatim
from symconv.render.telling import Telling
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_form, write_goal, write_sums
from symconv.render.written import Chain, Letter, Listed, Number

_FAMILIES = {"b": "b", "g": "g", "n": "n", "c": "c", "x": "xyz", "i": "ijk"}
_CASES, _SEARCHED = 2, 200


def own_article(told: Telling) -> tuple[Block, ...]:
    """Every section but the summary."""
    own, general = told.derived.own, told.derived.general
    goals = (
        ("error_term", "da", own.input_gradient, general.input_gradient),
        ("weight_gradient", "dw", own.weight_gradient, general.weight_gradient),
        ("bias_gradient", "dbias", own.bias_gradient, general.bias_gradient),
    )
    blocks = [*known(told), *sizes(told), *_notation(told), *_net_input(told), *net_input_cells(told)]
    for name, target, at_own, in_letters in goals:
        if at_own is not None and in_letters is not None:
            blocks += _goal(told, name, target, at_own, in_letters)
    return (*blocks, *checked(told))


def _notation(told: Telling) -> tuple[Block, ...]:
    """What every index runs over; indices of one kind and range share a row."""
    axes = {a.name: a for term in told.derived.general.net_input.form.terms for a in term.axes if not is_silent(a)}
    groups: dict[tuple[str, Size], list[Axis]] = {}
    for a in axes.values():
        family = next((f for f, letters in _FAMILIES.items() if a.name[0] in letters), "own")
        groups.setdefault((family, a.extent), []).append(a)
    rows: list[tuple[Prose, ...]] = []
    for (family, extent), members in groups.items():
        names = Listed(tuple(Letter(a.name) for a in members))
        chain = Chain(Number(told.base), names, write_size(extent), strict=told.base == 0)
        rows.append(((Math(names),), told.say(f"notation.{family}"), (Math(chain),)))
    header = tuple(told.say(f"notation.{column}") for column in ("index", "over", "range"))
    return (told.heading(2, "notation"), Table(header, tuple(rows)), Items(tuple(rules(told))))


def _net_input(told: Telling) -> tuple[Block, ...]:
    """The formula as it was given, as relations, solved, and by its name where it has one."""
    geometry, derivation = told.geometry, told.derived.general.net_input
    assert isinstance(geometry, OwnGeometry)
    blocks: list[Block] = [
        told.heading(1, "net_input"),
        told.paragraph("own.given", formula=Verbatim(geometry.formula)),
        told.paragraph("net_input.relation"),
        Equation(write_form(derivation.form, told.base), NET),
    ]
    if any(term.relations for term in derivation.form.terms):
        solved = Equation(write_sums(derivation.solved, told.base), NET_SOLVED)
        blocks += [told.paragraph("own.below"), told.paragraph("own.solved"), solved]
    named = write_goal(derivation, told.base)
    if named is not None and any(term.relations for term in derivation.form.terms):
        blocks += [told.paragraph("own.named"), EquationGroup((named,))]
    return tuple(blocks)


def _goal(told: Telling, name: str, target: str, own: Derivation, general: Derivation) -> list[Block]:
    """Special cases, exchange for every read, the rule in letters and in numbers; the activation after ∂E/∂a."""
    letter = general.goal.removeprefix("∂E/∂")
    blocks: list[Block] = [told.heading(1, name)]
    if told.geometry.is_numeric:
        blocks += _cells(told, target, own)
    reads = [term.factors for term in told.derived.general.net_input.form.terms]
    most = max(sum(f.symbol == letter for f in factors) for factors in reads)
    blocks += [told.paragraph("own.product_rule" if most > 1 else "own.linear", letter=Letter(letter))]
    blocks += law_by_law(told, general)
    in_letters, in_numbers = told.rule(general), told.rule(own)
    has_operator = general.operator is not None or own.operator is not None
    lead = "own.rule" if has_operator else "own.rule_in_indices"
    blocks += [told.heading(2, "own_rule"), told.paragraph(lead), Equation(in_letters, f"rule-{target}")]
    if in_numbers != in_letters:
        blocks += [told.paragraph("rule.own"), EquationGroup((in_numbers,))]
    return [*blocks, *(activation(told) if target == "da" else [])]


def _cells(told: Telling, target: str, derivation: Derivation) -> list[Block]:
    """Two cells that some term reads: the first, the middle and the last are tried before others."""
    shapes = {"da": told.geometry.input_shape, "dw": told.geometry.weight_shape or ()}
    shape = shapes.get(target, (int(told.geometry.filters),))
    middle = tuple((n - 1) // 2 for n in shape)
    corners = (tuple(0 for _ in shape), middle, tuple(n - 1 for n in shape))
    candidates = dict.fromkeys((*corners, *islice(product(*map(range, shape)), _SEARCHED)))
    read = islice((i for i in candidates if told.cell_sum(target, derivation, i).first), _CASES)
    blocks: list[Block] = [told.heading(2, "special_cases"), told.paragraph("own.cells")]
    for index in read:
        blocks += case(told, target, derivation, "cell", index)
    return blocks
