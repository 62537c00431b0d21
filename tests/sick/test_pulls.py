"""Every fault of the sick registry: a pull survives it, or says what is wrong and what to do; nothing is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from sregistry.codes import find
from tests.sick.catalogue import SCENARIOS
from tests.sick.judge import Verdict, complaints, environment
from tests.sick.scenario import CANARY
from tests.sick.server import SickRegistry
from tests.support.pulling import User

#: One scenario of each kind by the command itself, with every exchange shown.
BY_COMMAND = (
    "healthy",
    "refused",
    "tls-other-authority",
    "portal",
    "stale-login-403",
    "login-basic-wrong",
    "identity-token-stale",
    "token-redirected-with-login",
    "storage-after-login",
    "storage-expired",
    "tag-misspelt",
    "quota",
    "manifest-truncated",
    "index-other-platform",
    "artifact-helm",
    "blob-half-stored",
    "tar-name-dotdot",
    "gzip-truncated",
)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_pull_survives_or_explains(scenario: str, verdicts: Mapping[str, Future[Verdict]]) -> None:
    verdict = verdicts[scenario].result()
    found = complaints(SCENARIOS[scenario], verdict)
    assert not found, "\n".join([*found, "", verdict.said, *verdict.requests[:40]])


@pytest.mark.parametrize("name", BY_COMMAND)
def test_the_command_ends_as_the_function_does(name: str, sick_registry: SickRegistry, tmp_path: Path) -> None:
    scenario = SCENARIOS[name]
    with sick_registry.serving(scenario) as running:
        environ = environment(running, tmp_path / "home", sick_registry.certificates.authority)
        output = tmp_path / "home/out/image.sif"
        user = User(tmp_path / "home", environ)
        done = user.sregistry("pull", "--debug", "--json", "--output", output, running.reference, timeout=60)
    said = (done.stdout + done.stderr).decode()
    assert CANARY not in said
    assert "Traceback" not in said
    assert done.returncode not in (1, 70), said
    assert output.exists() == (done.returncode == 0), said
    if done.returncode:
        diagnosis = json.loads(done.stdout)
        assert diagnosis["exit_code"] == done.returncode
        assert diagnosis["code"] in scenario.expect.codes


def test_every_code_that_is_expected_is_declared() -> None:
    codes = {code for scenario in SCENARIOS.values() for code in scenario.expect.codes}
    assert {code for code in codes if find(code) is None} == set()
