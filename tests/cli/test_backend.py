from __future__ import annotations

import json
import subprocess
import sys

from tests.cli.terminal import answering
from tests.support.pulling import User


def typed(user: User, value: str, *arguments: str) -> bytes:
    """Run a command with something on its standard input."""
    done = subprocess.run(
        [sys.executable, "-m", "sregistry", *arguments],
        input=value.encode(),
        capture_output=True,
        env={"HOME": str(user.home)},
        timeout=60,
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


def test_a_session(user: User) -> None:
    assert user.sregistry("backend", "status").stdout.decode().splitlines() == [
        "client    docker  (default)",
        f"settings  none  ({user.home}/.sregistry)",
    ]
    assert user.sregistry("backend", "activate", "docker").stdout == b"docker is active\n"
    assert user.sregistry("backend", "add", "s3", "bucket", "images").stdout == b"SREGISTRY_S3_BUCKET is kept\n"
    assert user.sregistry("backend", "ls").stdout == b"s3\n"
    assert user.sregistry("backend", "ls", "s3").stdout == b"SREGISTRY_S3_BUCKET=images\n"
    assert json.loads(user.sregistry("backend", "status", "--json").stdout) == {
        "client": "docker",
        "source": f"SREGISTRY_CLIENT ({user.home}/.sregistry)",
        "file": f"{user.home}/.sregistry",
        "clients": ["s3"],
        "exposed": False,
    }
    assert user.sregistry("backend", "remove", "s3", "bucket").stdout == b"SREGISTRY_S3_BUCKET is forgotten\n"
    assert user.sregistry("backend", "delete", "s3").stdout == b"the settings of s3 are forgotten\n"
    assert user.sregistry("backend", "deactivate").stdout == b"docker is no longer active\n"
    assert json.loads((user.home / ".sregistry").read_text()) == {}


def test_a_secret_comes_from_standard_input_and_is_never_shown(user: User) -> None:
    shown = typed(user, "correct horse\n", "backend", "add", "nvidia", "token")
    assert shown == b"SREGISTRY_NVIDIA_TOKEN is kept\n"
    assert typed(user, "", "backend", "ls", "nvidia") == b"SREGISTRY_NVIDIA_TOKEN=***\n"
    assert b"horse" not in typed(user, "", "backend", "ls", "nvidia", "--json")
    assert "correct horse" in (user.home / ".sregistry").read_text()
    refused = user.sregistry("backend", "add", "nvidia", "token", "another")
    assert refused.returncode == 2
    assert b"horse" not in refused.stdout + refused.stderr


def test_on_a_terminal_it_is_asked_for_without_echo(user: User) -> None:
    status, shown = answering(user, "correct horse", "backend", "add", "nvidia", "token")
    assert status == 0
    assert "SREGISTRY_NVIDIA_TOKEN is kept" in shown
    assert "horse" not in shown
    assert "correct horse" in (user.home / ".sregistry").read_text()


def test_what_goes_before_is_said(user: User) -> None:
    user.environment["SREGISTRY_CLIENT"] = "other"
    done = user.sregistry("backend", "activate", "docker")
    assert (done.returncode, done.stderr) == (
        0,
        b"warning: SREGISTRY_CLIENT (environment) goes before it: other\n",
    )


def test_an_unknown_client_is_refused(user: User) -> None:
    done = user.sregistry("backend", "activate", "docke")
    assert done.returncode == 2
    assert b"There is docker." in done.stderr
    assert not (user.home / ".sregistry").exists()
