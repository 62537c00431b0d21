"""Reports: whole enough to find a bug with, and free of secrets."""

from pathlib import Path

import pytest

from sregistry.diagnosis import report
from sregistry.settings import load

CANARY = "c4n4ry-s3cr3t"


def crash() -> None:
    raise IndexError(f"no {CANARY} in the list")


def caught() -> IndexError:
    try:
        crash()
    except IndexError as error:
        return error
    raise AssertionError


def test_a_bug_report_has_command_traceback_and_versions_but_no_secret(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    arguments = ["pull", f"docker://ada:{CANARY}@ghcr.io/x"]
    diagnosis = report.write_bug_report(caught(), arguments, {"MY_TOKEN": CANARY})
    (file,) = tmp_path.iterdir()
    text = file.read_text()
    assert CANARY not in text
    assert CANARY not in str(diagnosis.as_dict())
    assert file.name in diagnosis.steps[0].comment
    for part in ("sregistry pull", "Traceback (most recent call last)", "in crash", "## Versions", "- Python: "):
        assert part in text


def test_where_no_folder_takes_the_report_the_diagnosis_goes_without(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(report, "_write", lambda text: "")
    assert report.write_bug_report(caught(), [], {}).steps[0].comment.startswith("Please report it, with the command")


def test_only_changed_settings_are_listed_with_their_source() -> None:
    settings = load(
        {"HOME": "/home/ada", "SREGISTRY_JOBS": "3", "SREGISTRY_DATABASE_URL": f"postgresql://ada:{CANARY}@db/x"}
    )
    assert report.changed_settings(settings) == [
        ("jobs", "3 (SREGISTRY_JOBS (environment))"),
        ("database_url", "postgresql://ada:***@db/x (SREGISTRY_DATABASE_URL (environment))"),
    ]
    text = report.compose("Title", ["doctor"], [("Part", "Text")], {}, settings)
    assert "## Settings that were changed" in text
    assert CANARY not in text


def test_a_value_that_was_to_be_kept_is_not_in_the_report() -> None:
    words = ["backend", "add", "--force", "nvidia", "token", CANARY]
    text = report.compose("Title", words, [], {})
    assert CANARY not in text
    assert "sregistry backend add --force nvidia token" in text
