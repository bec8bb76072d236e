"""The three goals: the error term of the layer before, the weight gradient, the bias gradient."""

from __future__ import annotations

import sympy

from symconv.algebra.axes import size
from symconv.derivation.backward import Derivation
from symconv.layers.activation import Activation, X, Y
from symconv.layers.window import windows
from symconv.render.arrays import is_silent
from symconv.render.article_cells import special_cases
from symconv.render.article_forms import polyphase, window_form, zero_inserted
from symconv.render.article_laws import law_by_law
from symconv.render.document import Block, Equation, EquationGroup, Verbatim
from symconv.render.operators import write_strides
from symconv.render.telling import Telling
from symconv.render.write_affine import write_size
from symconv.render.write_formula import write_sums
from symconv.render.written import Call, Expression, Inserted, Letter, Listed, Signed, Sum, Written
from symconv.render.written import Equation as Equal


def error_term(told: Telling) -> tuple[Block, ...]:
    """∂E/∂a, the activation of the layer before, then what stride, padding, depth and groups each do."""
    general, own = told.derived.general, told.derived.own
    blocks: list[Block] = [told.heading(1, "error_term")]
    if told.geometry.is_numeric:
        blocks += special_cases(told, "da", own.input_gradient)
    blocks += _rule(told, general.input_gradient, own.input_gradient, "rule-a")
    blocks += law_by_law(told, general.input_gradient)
    blocks += window_form(told)
    blocks += activation(told)
    for name, parts in _parts(told):
        blocks += [told.heading(2, name), *parts]
    return tuple(blocks)


def weight_gradient(told: Telling) -> tuple[Block, ...]:
    """∂E/∂w the same way; nothing where the layer has no weights."""
    general, own = told.derived.general.weight_gradient, told.derived.own.weight_gradient
    if general is None or own is None:
        return ()
    blocks: list[Block] = [told.heading(1, "weight_gradient")]
    if told.geometry.is_numeric:
        blocks += special_cases(told, "dw", own)
    blocks += _rule(told, general, own, "rule-w")
    return (*blocks, *law_by_law(told, general), *_weight_parts(told), *zero_inserted(told))


def bias_gradient(told: Telling) -> tuple[Block, ...]:
    """∂E/∂β; nothing where the layer has no bias."""
    general = told.derived.general.bias_gradient
    if general is None:
        return ()
    intro = "bias.intro"
    if told.geometry.kind == "dense":
        intro = "bias.dense" if told.geometry.batch != 1 else "bias.dense_one"
    formula = Equation(write_sums(general.solved, told.base), "rule-bias")
    heading = told.heading(1, "bias_gradient")
    return (heading, told.paragraph(intro), told.paragraph("bias.exchange"), formula)


def _rule(told: Telling, general: Derivation, own: Derivation, label: str) -> list[Block]:
    goal = "weight_gradient" if label == "rule-w" else "error_term"
    lead = f"rule.{goal}" if general.operator is not None else "rule.none" + ("_w" if label == "rule-w" else "")
    in_letters, in_numbers = told.rule(general), told.rule(own)
    blocks: list[Block] = [told.heading(2, "rule"), told.paragraph(lead), Equation(in_letters, label)]
    if in_numbers != in_letters:
        blocks += [told.paragraph("rule.own"), EquationGroup((in_numbers,))]
    return [*blocks, *told.figures(goal)]


def activation(told: Telling) -> list[Block]:
    """The chain rule through ``a = f(net)``, and what f' is where f is named."""
    derivation = told.derived.general.error_term
    blocks: list[Block] = [
        told.heading(2, "activation"),
        told.paragraph("activation.chain"),
        Equation(told.rule(derivation), "error-term"),
    ]
    if derivation.operator is not None:
        indexed = EquationGroup((write_sums(derivation.solved, told.base),))
        blocks += [told.paragraph("activation.general"), indexed]
    previous = told.layer.previous_activation
    if previous is None:
        blocks.append(told.paragraph("activation.unnamed"))
    elif previous.is_identity:
        blocks.append(told.paragraph("activation.identity", name=Verbatim(previous.name)))
    else:
        blocks += [told.paragraph("activation.named", name=Verbatim(previous.name)), *_slope(told, previous)]
    own = told.layer.activation
    if own.is_identity:
        return [*blocks, told.paragraph("activation.own_identity", name=Verbatim(own.name))]
    return [*blocks, told.paragraph("activation.own", name=Verbatim(own.name)), *_slope(told, own)]


def _slope(told: Telling, chosen: Activation) -> list[Block]:
    """``f``, ``f'`` and, where there is one, f' in terms of the output."""
    function, derivative = _function("f", chosen.function), _function("f'", chosen.derivative)
    blocks: list[Block] = [EquationGroup((function, derivative))]
    by_output = chosen.derivative_from_output
    if by_output is not None and by_output.has(Y):
        shown = _function("f'", by_output.subs(Y, sympy.Symbol("a")))
        blocks += [told.paragraph("activation.output"), EquationGroup((shown,))]
    return blocks


def _function(name: str, value: sympy.Expr) -> Equal:
    """``f(x) = …``; a sum may be cut between its terms."""
    left = Call(name, (Expression(X),))
    terms = value.as_ordered_terms() if value.is_Add else [value]
    negative = [bool(t.could_extract_minus_sign()) for t in terms]
    if len(terms) == 1:
        return Equal(left, Expression(value))
    signed = (Signed(n, Expression(-t if n else t)) for n, t in zip(negative, terms, strict=True))
    return Equal(left, Sum(tuple(sorted(signed, key=lambda s: s.negative))))


def _parts(told: Telling) -> list[tuple[str, list[Block]]]:
    """A heading's name and its paragraphs for everything about this layer that is not trivial."""
    g, letters = told.geometry, told.derived.general_geometry
    found: list[tuple[str, list[Block]]] = []
    if g.kind in ("conv", "avg-pool", "locally-connected") and any(s != 1 for s in g.stride):
        found.append(("stride", _stride(told)))
    if told.forms_in_letters.input_gradient.polyphase is not None:
        found.append(("polyphase", polyphase(told)))
    if g.kind in ("conv", "avg-pool") and any(v != 0 for pair in g.padding for v in pair):
        found.append(("padding", [told.paragraph("part.padding")]))
    if g.kind == "conv" and any(d != 1 for d in g.dilation):
        found.append(("dilation", [told.paragraph("part.dilation")]))
    axes = {a.name for a in told.derived.general.net_input.form.terms[0].axes if not is_silent(a)}
    if g.kind != "dense" and axes & {"n", "c"}:
        name = "channels" if {"n", "c"} <= axes else "depth_only" if "c" in axes else "filters_only"
        name += "_group" if name == "channels" and "g" in axes else ""
        found.append(
            ("channels", [told.paragraph(f"part.{'pooled' if g.is_pooling else name}"), *told.figures("channels")])
        )
    if letters.groups != 1:
        found.append(("groups", [told.paragraph("part.groups")]))
    if g.flip and g.kind == "conv":
        found.append(("flip", [told.paragraph("part.flip")]))
    if told.derived.general.net_input.form.terms[0].scale == 1 and g.is_pooling:
        found.append(("counts", [told.paragraph("part.counts")]))
    return found


def _stride(told: Telling) -> list[Block]:
    if told.geometry.kind == "locally-connected":
        return [told.paragraph("part.stride_local")]
    strides = tuple(size(s) for s in told.derived.general_geometry.stride)
    mark = Inserted(Letter("δ"), write_strides(strides))
    blocks: list[Block] = [told.paragraph("part.stride", stride=write_strides(strides), inserted=mark)]
    own, general = windows(told.geometry), windows(told.derived.general_geometry)
    values: list[Written] = []
    for w, letter in zip(own, general, strict=True):
        if letter.left_over == w.left_over:
            values.append(write_size(w.left_over))
        else:
            values.append(Equal(write_size(letter.left_over), write_size(w.left_over)))
    shown = Listed(tuple(dict.fromkeys(v for v, w in zip(values, own, strict=True) if w.stride != 1)))
    symbolic = any(not isinstance(w.left_over, int) for w in own)
    blocks += told.figures("stride")
    if told.geometry.ceil_mode:
        return blocks
    if symbolic:
        return [*blocks, told.paragraph("part.left_over_symbol", values=shown)]
    name = "left_over" if any(w.left_over != 0 for w in own) else "no_left_over"
    return [*blocks, told.paragraph(f"part.{name}", values=shown)]


def _weight_parts(told: Telling) -> list[Block]:
    """What stride, depth and batch do to the weight gradient."""
    g, letters = told.geometry, told.derived.general_geometry
    blocks: list[Block] = []
    if g.kind == "conv" and any(s != 1 for s in g.stride):
        stride, dilation = (
            write_strides(tuple(size(v) for v in values)) for values in (letters.stride, letters.dilation)
        )
        blocks.append(told.paragraph("part.w_stride", stride=stride, dilation=dilation))
        if any(w.left_over != 0 for w in windows(g)):
            blocks.append(told.paragraph("part.w_left_over"))
    axes = {a.name for a in told.derived.general.net_input.form.terms[0].axes if not is_silent(a)}
    if g.kind != "dense" and {"n", "c"} <= axes:
        blocks.append(told.paragraph("part.w_channels_group" if "g" in axes else "part.w_channels"))
    if "b" in axes:
        blocks.append(told.paragraph("part.w_batch"))
    return blocks
