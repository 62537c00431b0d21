"""A script does what the prompt would: values are shown, a failure is explained and does not end it."""

from __future__ import annotations

from typing import Any

import pytest

from sregistry.errors import NetworkError
from sregistry.shell.script import run_script


def run(text: str, capsys: pytest.CaptureFixture[str], **namespace: Any) -> tuple[bool, str, str]:
    """Whether all went well, and what was shown on each stream."""
    well = run_script(text.splitlines(keepends=True), namespace)
    return well, *capsys.readouterr()


def fail() -> None:
    raise NetworkError("network-refused", "nobody is there", host="h.example.org")


def test_values_are_shown_and_names_are_kept(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("x = 20\nif x:\n    x += 1\nx * 2\n", capsys) == (True, "42\n", "")


def test_failures_of_ours_are_explained(capsys: pytest.CaptureFixture[str]) -> None:
    well, shown, said = run("fail()\n'next'\n", capsys, fail=fail)
    assert (well, shown) == (False, "'next'\n")
    assert said.startswith("✗ ")
    assert "network-refused" in said
    assert "Traceback" not in said


def test_others_have_their_traceback_with_the_line_of_the_script(capsys: pytest.CaptureFixture[str]) -> None:
    well, shown, said = run("\n\n1 / 0\n'next'\n", capsys)
    assert (well, shown) == (False, "'next'\n")
    assert said.splitlines()[0] == "Traceback (most recent call last):"
    assert 'File "<stdin>", line 3' in said
    assert "script.py" not in said
    assert said.endswith("ZeroDivisionError: division by zero\n")


def test_what_is_no_python_is_pointed_at(capsys: pytest.CaptureFixture[str]) -> None:
    well, shown, said = run("x = )\n'next'\n", capsys)
    assert (well, shown) == (False, "'next'\n")
    assert "Traceback" not in said
    assert "SyntaxError" in said


def test_leaving_ends_the_script() -> None:
    with pytest.raises(SystemExit):
        run_script(["raise SystemExit(3)\n", "1 / 0\n"], {})
