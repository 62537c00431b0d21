"""Credential helpers: real programs are run, and a bad one costs no more than a clear warning."""

from __future__ import annotations

import json
import os
import signal
import time
from pathlib import Path

import pytest

from sregistry.auth import helpers
from sregistry.auth.docker_config import Login
from sregistry.errors import RegistryError
from sregistry.http.secret import Secret
from tests.registry.helper_program import environ, keeping_helper, write_helper

PLENTY = 30.0


def test_gets_user_name_and_password(tmp_path: Path) -> None:
    write_helper(
        tmp_path,
        "fake",
        'read server; echo "{\\"ServerURL\\":\\"$server\\",\\"Username\\":\\"$server\\",\\"Secret\\":\\"pw\\"}"',
    )
    assert helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY) == Login("basic", "ghcr.io", Secret("pw"))


def test_the_user_token_means_an_identity_token(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", """echo '{"Username": "<token>", "Secret": "tok"}'""")
    login = helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert login == Login("identity-token", "<token>", Secret("tok"))


@pytest.mark.parametrize(
    "script",
    [
        "echo 'credentials not found in native keychain'; exit 1",
        """echo '{"Username": "", "Secret": ""}'""",
    ],
)
def test_no_login_is_none(tmp_path: Path, script: str) -> None:
    write_helper(tmp_path, "fake", script)
    assert helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY) is None


@pytest.mark.parametrize("name", ["absent", "../../bin/sh", "", "a/b", "x\0y"])
def test_a_missing_helper_is_named(tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError) as caught:
        helpers.get(name, "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code == "auth-helper-missing"
    assert caught.value.facts["helper"] == f"docker-credential-{name}"


def test_what_a_failing_helper_prints_is_shown(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", "echo 'the key ring is locked'; echo 'gpg: no pinentry' >&2; exit 3")
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code == "auth-helper-failed"
    assert caught.value.facts["output"] == "the key ring is locked\ngpg: no pinentry"
    assert "(exit status 3): the key ring is locked" in caught.value.message


@pytest.mark.parametrize(
    "script",
    [
        """echo '{"Username": "me", "Secret": "canary"}'; exit 1""",
        """echo '{"Username": "me", "Secret": "canary"'""",
        """echo '{"Username": "me", "Secret": ["canary"]}'""",
        "echo canary",
        """echo '["canary"]'""",
        """echo '{"Username": ["canary"], "Secret": 1}'""",
    ],
)
def test_an_answer_that_may_hold_the_secret_is_never_repeated(tmp_path: Path, script: str) -> None:
    write_helper(tmp_path, "fake", script)
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code in ("auth-helper-malformed", "auth-helper-failed")
    assert "canary" not in f"{caught.value} {caught.value.facts}"


def test_an_answer_that_is_no_login_is_malformed(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", "echo hello")
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code == "auth-helper-malformed"


def is_running(pid: int) -> bool:
    """Whether there is such a process, and it is not only waiting to be reaped."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().split(")")[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def test_a_helper_that_does_not_answer_is_ended_with_its_children(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", f"sleep 60 & echo $! > {tmp_path}/child; wait")
    start = time.monotonic()
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=0.5)
    assert caught.value.code == "auth-helper-timeout"
    assert time.monotonic() - start < 10
    child = int((tmp_path / "child").read_text())
    while is_running(child):  # killed, but it may not have had the processor since
        assert time.monotonic() - start < 10
        time.sleep(0.01)


def test_a_helper_that_cannot_be_run_has_failed(tmp_path: Path) -> None:
    program = tmp_path / "docker-credential-fake"
    program.write_text("#!/no/such/interpreter\n")
    program.chmod(0o755)
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code == "auth-helper-failed"


def test_a_helper_that_reads_nothing_is_heard_all_the_same(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", """exec <&-; echo '{"Username": "me", "Secret": "pw"}'""")
    assert helpers.get("fake", "x" * 200_000, environ(tmp_path), timeout=PLENTY) == Login("basic", "me", Secret("pw"))


def test_stores_finds_and_erases(tmp_path: Path) -> None:
    keeping_helper(tmp_path, "kept")
    around = environ(tmp_path)
    assert helpers.get("kept", "ghcr.io", around, timeout=PLENTY) is None
    helpers.store("kept", "ghcr.io", Login("basic", "me", Secret("pw")), around, timeout=PLENTY)
    assert json.loads((tmp_path / "kept.json").read_text())["ServerURL"] == "ghcr.io"
    assert helpers.get("kept", "ghcr.io", around, timeout=PLENTY) == Login("basic", "me", Secret("pw"))
    helpers.erase("kept", "ghcr.io", around, timeout=PLENTY)
    assert helpers.get("kept", "ghcr.io", around, timeout=PLENTY) is None


def test_an_identity_token_is_stored_under_the_user_token(tmp_path: Path) -> None:
    keeping_helper(tmp_path, "kept")
    helpers.store("kept", "ghcr.io", Login("identity-token", "me", Secret("tok")), environ(tmp_path), timeout=PLENTY)
    assert helpers.get("kept", "ghcr.io", environ(tmp_path), timeout=PLENTY) == Login(
        "identity-token", "<token>", Secret("tok")
    )


def test_the_helper_sees_the_environment_it_is_given(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", """echo "{\\"Username\\": \\"$WHO\\", \\"Secret\\": \\"pw\\"}\"""")
    login = helpers.get("fake", "ghcr.io", {**environ(tmp_path), "WHO": "me"}, timeout=PLENTY)
    assert login is not None
    assert login.username == "me"
    assert "WHO" not in os.environ


ANSWER = """{"Username": "me", "Secret": "pw"}"""


def left_behind(tmp_path: Path) -> int:
    """The process that a helper has left behind; it is ended."""
    child = int((tmp_path / "child").read_text())
    assert is_running(child)
    os.kill(child, signal.SIGKILL)
    return child


def test_an_agent_that_a_helper_leaves_behind_with_its_pipes_delays_nothing(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", f"sleep 60 & echo $! > {tmp_path}/child; echo '{ANSWER}'")
    start = time.monotonic()
    assert helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY) == Login("basic", "me", Secret("pw"))
    assert time.monotonic() - start < 10
    left_behind(tmp_path)


def test_an_agent_that_a_failing_helper_leaves_behind_delays_nothing(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", f"sleep 60 & echo $! > {tmp_path}/child; echo 'the key ring is locked' >&2; exit 1")
    start = time.monotonic()
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY)
    assert caught.value.code == "auth-helper-failed"
    assert caught.value.facts["output"] == "the key ring is locked"
    assert time.monotonic() - start < 10
    left_behind(tmp_path)


def test_a_child_may_answer_after_the_helper_has_ended(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", f"(sleep 0.3; echo '{ANSWER}') & exit 0")
    assert helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY) == Login("basic", "me", Secret("pw"))


def test_a_long_answer_arrives_whole(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", """printf '{"Username": "me", "Pad": "%0300000d", "Secret": "pw"}' 0; sleep 1 &""")
    assert helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=PLENTY) == Login("basic", "me", Secret("pw"))


def test_a_helper_that_writes_for_ever_is_ended(tmp_path: Path) -> None:
    write_helper(tmp_path, "fake", "yes")
    with pytest.raises(RegistryError) as caught:
        helpers.get("fake", "ghcr.io", environ(tmp_path), timeout=0.5)
    assert caught.value.code == "auth-helper-timeout"


def test_what_a_helper_cannot_be_given_is_said(tmp_path: Path) -> None:
    keeping_helper(tmp_path, "kept")
    with pytest.raises(RegistryError) as caught:
        helpers.store("kept", "ghcr.io", Login("basic", "me", Secret("\udcff")), environ(tmp_path), timeout=5.0)
    assert caught.value.code == "auth-login-malformed"
    assert not (tmp_path / "kept.json").exists()
