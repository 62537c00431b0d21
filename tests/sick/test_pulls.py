"""Every fault of the sick registry: a pull survives it, or says what is wrong and what to do; nothing is left."""

from __future__ import annotations

import json
from collections.abc import Mapping
from concurrent.futures import Future
from pathlib import Path

import pytest

from sregistry.diagnosis.rules import RULES
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


#: Faults that are not yet answered as they should be, and why; a scenario that is mended must leave this table.
KNOWN = {
    "blob-stalls-patiently": "time spent in reads that fail is not charged to the patience",
    **dict.fromkeys(
        ("reset", "closed", "closed-twice", "silent", "silent-patiently", "ssh", "binary", "status-400-ping"),
        "on loopback, the probe for plain http takes a broken answer for a refused TLS handshake",
    ),
    "portal-status-511": "511 is reported as an error of the registry",
    "challenge-realm-no-url": "a realm that is no URL is tried as a path",
    "token-endless": "an endless token answer is called a manifest",
    "config-endless": "an endless config is reported by its size alone",
    "blob-length-contradiction": "two lengths are reported as a reset",
    "answer-drips": "a slow answer is said to have stopped",
}


def _cases() -> list[object]:
    return [
        pytest.param(name, marks=pytest.mark.xfail(reason=KNOWN[name], strict=False)) if name in KNOWN else name
        for name in SCENARIOS
    ]


@pytest.mark.parametrize("scenario", _cases())
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


def test_every_code_that_is_expected_has_a_rule() -> None:
    codes = {code for scenario in SCENARIOS.values() for code in scenario.expect.codes}
    assert codes <= RULES.keys()
