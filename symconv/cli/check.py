"""`check`: a formula judged, or numbers, or both."""

from __future__ import annotations

from symconv import api
from symconv.cli.progress import working
from symconv.specification import specify
from symconv.verify.report import Report


def judge_formula(formula: str, given: dict[str, object], base: int) -> tuple[Report, str]:
    """The report for scripts, and the text for people."""
    specification = specify(given)
    with working("checking"):
        verdict = api.check(formula, api.layer_of(specification), base)
    return Report((verdict,)), str(verdict)


def judge_answers(formula: str | None, given: dict[str, object], base: int, values: str) -> tuple[Report, str]:
    """The same for the numbers of a file; sizes that are not given are those of its arrays."""
    from symconv.audit.answer_sizes import with_sizes
    from symconv.specification.values import read_values

    with working("checking"):
        specification = specify(with_sizes(given, read_values(values)))
        report = api.check(formula, api.layer_of(specification), base, values=values)
    return report, str(report)
