"""The test suite's own instruments: a golden file or a required engine that could not fail would hold nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

GOLDEN = "def test_lesson(golden):\n    golden({text!r}, 'md')\n"
DIRECTORY = """
from pathlib import Path
def test_all(golden_directory):
    golden_directory({"a.py": "a = 1\\n", "sub/b.py": "b = 2\\n"}, Path(__file__).parent / "generated")
"""
ENGINE = """
import pytest
@pytest.mark.torch
def test_engine():
    pytest.skip("for another reason")
"""


@pytest.fixture
def suite(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> pytest.Pytester:
    """A small suite with this conftest and none of what the outer run set."""
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    monkeypatch.delenv("SYMCONV_REQUIRE", raising=False)
    pytester.makeconftest(Path(__file__).with_name("conftest.py").read_text(encoding="utf-8"))
    pytester.makeini("[pytest]\nmarkers =\n  torch: needs it\n  tex: needs it")
    return pytester


def test_golden_file_is_made_kept_and_compared(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_article=GOLDEN.format(text="δ = 1\n"))
    suite.runpytest("-n0").stdout.fnmatch_lines(["*missing: *golden/test_article/test_lesson.md*"])
    suite.runpytest("-n0", "--update-golden").assert_outcomes(passed=1)
    stored = suite.path / "golden/test_article/test_lesson.md"
    assert stored.read_bytes() == "δ = 1\n".encode()
    suite.runpytest("-n0").assert_outcomes(passed=1)

    suite.makepyfile(test_article=GOLDEN.format(text="δ = 2\n"))
    suite.runpytest("-n0").stdout.fnmatch_lines(
        ["*differing: *", "-δ = 1", "+δ = 2", "*: pytest test_article.py::test_lesson --update-golden"]
    )
    assert stored.read_bytes() == "δ = 1\n".encode()


def test_golden_file_notices_a_line_ending(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_article=GOLDEN.format(text="a\n"))
    stored = suite.path / "golden/test_article/test_lesson.md"
    stored.parent.mkdir(parents=True)
    stored.write_bytes(b"a\r\n")
    suite.runpytest("-n0").assert_outcomes(failed=1)


def test_directory_names_what_differs_is_missing_or_extra(suite: pytest.Pytester) -> None:
    suite.makepyfile(test_generated=DIRECTORY)
    directory = suite.mkdir("generated")
    for name, text in {"a.py": "a = 0\n", "left.py": "", "__pycache__/a.pyc": ""}.items():
        (directory / name).parent.mkdir(exist_ok=True)
        (directory / name).write_text(text)
    outcome = suite.runpytest("-n0")
    outcome.stdout.fnmatch_lines(["*differing: a.py", "-a = 0", "+a = 1", "*missing: sub/b.py*", "*extra: left.py*"])
    outcome.stdout.no_fnmatch_line("*a.pyc*")

    suite.runpytest("-n0", "--update-golden").assert_outcomes(passed=1)
    suite.runpytest("-n0").assert_outcomes(passed=1)
    assert not (directory / "left.py").exists()


@pytest.mark.parametrize("engine", ["tex", "torch"])
def test_missing_engine_skips_or_fails(suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, engine: str) -> None:
    conftest = suite.path / "conftest.py"
    conftest.write_text(
        conftest.read_text(encoding="utf-8") + "\nENGINES = dict.fromkeys(ENGINES, ('it', lambda: False))\n"
    )
    suite.makepyfile(f"import pytest\n@pytest.mark.{engine}\ndef test_engine(): pass\ndef test_plain(): pass")
    suite.runpytest("-n0").assert_outcomes(skipped=1, passed=1)
    monkeypatch.setenv("SYMCONV_REQUIRE", "tex,torch")
    outcome = suite.runpytest("-n0")
    outcome.assert_outcomes(errors=1, passed=1)
    outcome.stdout.fnmatch_lines([f"*SYMCONV_REQUIRE names {engine}, but this test needs it*"])


def test_skipping_by_another_road_fails_where_the_engine_is_required(
    suite: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    conftest = suite.path / "conftest.py"
    conftest.write_text(
        conftest.read_text(encoding="utf-8") + "\nENGINES = dict.fromkeys(ENGINES, ('it', lambda: True))\n"
    )
    suite.makepyfile(ENGINE)
    suite.runpytest("-n0").assert_outcomes(skipped=1)
    monkeypatch.setenv("SYMCONV_REQUIRE", "torch")
    suite.runpytest("-n0").assert_outcomes(failed=1)
