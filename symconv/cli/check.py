"""`check`: a formula judged, or numbers, or both."""

from __future__ import annotations

from symconv.cli.progress import working
from symconv.specification import specify
from symconv.verify.report import Report


def judge_formula(formula: str, given: dict[str, object], base: int) -> tuple[Report, str]:
    """The report for scripts, and the text for people; only what a formula needs is imported."""
    with working("checking"):
        from symconv.audit.formula import check_formula
        from symconv.layers.layer import layer

        asked = specify(given)
        whole = layer(
            asked.geometry, activation_name=asked.activation, previous_activation_name=asked.previous_activation
        )
        verdict = check_formula(formula, whole.geometry, base)
    return Report((verdict,)), str(verdict)


def judge_answers(formula: str | None, given: dict[str, object], base: int, values: str) -> tuple[Report, str]:
    """The same for the numbers of a file; sizes that are not given are those of its arrays."""
    from symconv import api
    from symconv.audit.answer_sizes import with_sizes
    from symconv.specification.values import read_values

    with working("checking"):
        specification = specify(with_sizes(given, read_values(values)))
        report = api.check(formula, api.layer_of(specification), base, values=values)
    return report, str(report)
