"""Commands that are proposed go the same way as the one that failed."""

from __future__ import annotations

from pathlib import Path

import pytest

from sregistry.cli.group import cli
from sregistry.cli.repeated import repeated_options
from tests.registry.scripted import Request, Server
from tests.support.pulling import User


@pytest.mark.parametrize(
    ("given", "repeated"),
    [
        ("pull --plain-http docker://x", "--plain-http"),
        ("pull --no-tls-verify -o my.sif docker://x -f", "--output my.sif --force --no-tls-verify"),
        ("pull docker://x --username me --password-stdin -q --json --debug", "--username me"),
        ("doctor --platform=linux/arm64 -o my.sif docker://x", "--platform linux/arm64 --output my.sif"),
        ("pull --exact --mode 0640 docker://x", "--exact --mode 0640"),
        ("pull my.sif docker://x", "--output my.sif"),
        ("push -a a=1 --annotation b= -q x.sif oras://x", "--annotation a=1 --annotation b="),
        ("rm --force tool", ""),
        ("pull docker://x", ""),
        ("pull --jobs many docker://x", ""),
        ("pull --no-such-option", ""),
        ("pull", ""),
        ("pull --help", ""),
        ("--help", ""),
        ("no-such-verb", ""),
        ("", ""),
    ],
)
def test_what_is_repeated(given: str, repeated: str) -> None:
    assert repeated_options(cli, given.split()) == repeated.split()


@pytest.mark.parametrize("verb", ["pull", "doctor"])
def test_options_stand_in_the_proposed_commands(verb: str, tmp_path: Path) -> None:
    def private(request: Request) -> bool:
        return request.challenge('Basic realm="here"')

    user = User(tmp_path / "home")
    output = ["--output", "my.sif"] if verb == "pull" else []
    with Server(private) as server:
        done = user.sregistry(verb, "--plain-http", *output, f"docker://{server.host}/team/tool:1")
    said = (done.stdout + done.stderr).decode()
    assert done.returncode not in (0, 1, 70), said
    assert "sregistry pull " + " ".join([*output, "--plain-http"]) in " ".join(said.split()), said
    if verb == "pull":
        assert f"sregistry doctor --plain-http docker://{server.host}" in said
