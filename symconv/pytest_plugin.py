"""The pytest plugin: a fixture and a marker. Nothing but pytest is loaded until a test asks for the fixture."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from symconv.testing import Problem

FIXTURE = "symconv_geometry"
MARKER = "symconv_geometries"


def pytest_configure(config: pytest.Config) -> None:
    """The marker is known, so that ``--strict-markers`` lets it pass."""
    config.addinivalue_line(
        "markers",
        f"{MARKER}(dimensions=2, kind='conv', without=()): which geometries the fixture {FIXTURE} yields; "
        "without names what the code under test does not take: stride, dilation, padding, uneven-padding, groups, "
        "per-axis",
    )


@pytest.fixture
def symconv_geometry(request: pytest.FixtureRequest) -> Problem:
    """Each geometry that catches a mistake people make, with arrays for it (symconv.testing.Problem)."""
    problem: Problem = request.param
    return problem


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """One test for each geometry that the marker leaves, all of two dimensions where there is no marker."""
    if FIXTURE not in metafunc.fixturenames:
        return
    from symconv.errors import RequestError
    from symconv.testing import problems

    marker = metafunc.definition.get_closest_marker(MARKER)
    try:
        found = problems(*marker.args, **marker.kwargs) if marker else problems()
    except (RequestError, TypeError) as error:
        raise pytest.UsageError(f"{metafunc.definition.nodeid}: the marker {MARKER}: {error}") from None
    metafunc.parametrize(FIXTURE, found, ids=[problem.name for problem in found], indirect=True)
