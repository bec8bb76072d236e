"""The verifier on layers of one's own: right code passes, and each mistake that such code can have is found."""

from __future__ import annotations

from collections.abc import Callable

import pytest

import symconv
from symconv.schedules.own import OWN_SCHEDULES
from symconv.verify.report import Report
from tests.own_layers import OWN, own_layer

QUICK = (
    "dense",
    "groups",
    "diagonal",
    "reflected",
    "gated",
    "squared bias",
    "average",
    "autocorrelation without weights",
)


def judged(name: str, schedule: str = "auto", change: Callable[[str], str] = str) -> Report:
    """The report on the emitted module of a layer with tanh, or on a changed one."""
    layer = own_layer(name, activation="tanh")
    text = symconv.emit(layer, schedule=schedule).text
    changed = change(text)
    assert change is str or changed != text
    return symconv.verify(symconv.api.Source(changed, ""), layer)


@pytest.mark.parametrize("name", QUICK)
def test_emitted_code_passes(name: str) -> None:
    report = judged(name)
    assert report, str(report)


def test_fast_admits_nothing_that_a_layer_of_ones_own_has_but_judges_it_as_asked() -> None:
    """Its code stays exact, and its tests say so; a result that is a little off passes as fast, and not as exact."""
    layer = own_layer("dense", activation="tanh")
    source = symconv.emit(layer, accuracy="fast")
    assert (source.accuracy, source.text) == ("exact", symconv.emit(layer).text)
    off = source.text.replace("    return net\n", "    return net if net.dtype != float else net * (1 + 2**-50)\n", 1)
    assert off != source.text
    assert symconv.verify(symconv.api.Source(off, "", accuracy="fast"), layer)
    assert not symconv.verify(symconv.api.Source(off, ""), layer)


@pytest.mark.slow
@pytest.mark.parametrize("schedule", OWN_SCHEDULES)
@pytest.mark.parametrize("name", OWN)
def test_emitted_code_passes_whatever_the_formula(name: str, schedule: str) -> None:
    report = judged(name, schedule)
    assert report, str(report)


def replaced(old: str, new: str, count: int = 1) -> Callable[[str], str]:
    """A text with one place changed, which has to be there."""

    def change(text: str) -> str:
        assert old in text, text
        return text.replace(old, new, count)

    return change


def dropped(start: str, nth: int) -> Callable[[str], str]:
    """The text without the nth statement that begins so."""

    def change(text: str) -> str:
        lines = text.split("\n")
        places = [k for k, line in enumerate(lines) if line.strip().startswith(start)]
        first = places[nth]
        depth, last = 0, first
        for last in range(first, len(lines)):
            depth += sum(lines[last].count(c) for c in "([") - sum(lines[last].count(c) for c in ")]")
            if depth == 0:
                break
        return "\n".join(lines[:first] + lines[last + 1 :])

    return change


WRONG: dict[str, tuple[str, Callable[[str], str], str]] = {
    "the product rule's second term is missing": ("gated", dropped("da += ", 0), "input_gradient is ∂E/∂a"),
    "a square counts once": ("square", replaced("da = 2 * ", "da = "), "input_gradient is ∂E/∂a"),
    "the square of a weight counts once": (
        "square of a weight",
        replaced("dw = 2 * ", "dw = "),
        "weight_gradient is ∂E/∂w",
    ),
    "the diagonal is missing": (
        "diagonal",
        replaced("_at(np.ones((1,), dtype=delta.dtype), 0, x[:, None] - y)", "np.ones((3, 3), dtype=delta.dtype)"),
        "input_gradient is ∂E/∂a",
    ),
    "a read at the border is dropped": ("reflected", dropped("net += ", 0), "net_input is net"),
    "its gradient is dropped at the border": ("reflected", dropped("da += ", 0), "input_gradient is ∂E/∂a"),
    "the constant subscript is another": ("constant", replaced("a[:, :, 0]", "a[:, :, 1]"), "net_input is net"),
    "the sum over the diagonal is missing": ("trace", replaced('"nc,bcyy->bn"', '"nc,bcyx->bn"'), "net_input is net"),
    "a read outside is not 0": (
        "the issue's",
        replaced("inside = (rest == 0) & (0 <= index) & (index < array.shape[axis])", "inside = rest == rest"),
        "net_input is net",
    ),
    "positions between the entries are read": (
        "the issue's",
        replaced("inside = (rest == 0) & ", "inside = "),
        "input_gradient is ∂E/∂a",
    ),
    "the average is not divided": ("average", replaced("return net / 3", "return net"), "net_input is net"),
    "the gradient of the average is not": (
        "average",
        replaced("return da / 3", "return da"),
        "input_gradient is ∂E/∂a",
    ),
    "the sign of a term is lost": ("constant taps", replaced("net += -1 * ", "net += "), "net_input is net"),
    "the bias gradient forgets the input": (
        "bias times input",
        replaced('dbias = np.einsum("bni,bni->n", _at(a, 2, i + 1)', 'dbias = np.einsum("bni,bni->n", _at(a, 2, i)'),
        "bias_gradient is ∂E/∂β",
    ),
    "the other channel is read": (
        "volterra",
        replaced(",bnip,bniq->bni", ",bnip,bmiq->bni"),
        "net_input is net",
    ),
    "the class forgets what the gradient needs": (
        "gated",
        replaced("a=self._a)", "a=0 * self._a)"),
        "Layer: δ = error ∘ f'(net)",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
def test_wrong_code_is_found(mistake: str) -> None:
    name, change, claim = WRONG[mistake]
    report = judged(name, change=change)
    assert claim in {verdict.claim for verdict in report.failed}, str(report)


def test_the_first_wrong_term_is_named() -> None:
    report = judged("square", change=replaced("da = 2 * ", "da = "))
    first = next(v for v in report.failed if v.method == "exact symbols")
    assert first.counterexample == (
        "∂E/∂a[0,0,0] has δ[0,0,0]·w[0,0,0]·a[0,0,0] instead of 2·δ[0,0,0]·w[0,0,0]·a[0,0,0]"
    )


def test_code_of_others_is_judged_in_a_process_of_its_own() -> None:
    layer = own_layer("gated")
    text = symconv.emit(layer, schedule="loops").text
    assert symconv.verify(text, layer)
    assert not symconv.verify(text.replace("return da", "return 2 * da"), layer)
