"""What the command adds to the shell; the prompts are typed into in `tests/shell`."""

from __future__ import annotations

import os
import subprocess
import sys

from tests.support.pulling import User


def script(user: User, text: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sregistry", "shell", *arguments],
        input=text,
        capture_output=True,
        text=True,
        env={"PATH": os.environ["PATH"], "HOME": str(user.home), **user.environment},
        cwd=user.home,
        timeout=60,
    )


def test_a_script_shows_values_as_a_prompt_does(user: User) -> None:
    done = script(user, "client\nfor i in range(2):\n    print(i)\n\n    i * 2\n'end'\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["[client][docker]", "0", "0", "1", "2", "'end'"]


def test_a_failure_is_explained_and_the_next_statement_follows(user: User) -> None:
    done = script(user, "client.reference('UPPER/case:1')\n1 + 1\n")
    assert (done.returncode, done.stdout) == (1, "2\n")
    assert done.stderr.startswith("✗ ")
    assert "Traceback" not in done.stderr


def test_the_client_can_be_named(user: User) -> None:
    assert script(user, "client\n", "docker").stdout == "[client][docker]\n"
    user.environment["SREGISTRY_CLIENT"] = "docker"
    assert script(user, "client\n").stdout == "[client][docker]\n"


def test_a_client_that_does_not_exist_is_said_so(user: User) -> None:
    done = script(user, "client\n", "docer")
    assert done.returncode == 2
    assert "docker" in done.stderr
