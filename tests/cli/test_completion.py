from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.pulling import User

#: Completes what is in `words` as bash does when somebody presses Tab.
_IN_BASH = """
source <(sregistry completion bash)
COMP_WORDS=({words}); COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
_sregistry_completion sregistry
printf '%s\\n' "${{COMPREPLY[@]}}"
"""


def complete(user: User, words: str) -> list[str]:
    done = subprocess.run(
        ["bash", "--norc", "-c", _IN_BASH.format(words=words)],
        capture_output=True,
        text=True,
        env={"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "HOME": str(user.home)},
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_and_options(user: User) -> None:
    assert complete(user, "sregistry comp") == ["completion"]
    assert complete(user, "sregistry pull --plat") == ["--platform"]


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_printed_is_understood(shell: str, user: User) -> None:
    text = user.sregistry("completion", shell).stdout
    assert b"_SREGISTRY_COMPLETE" in text
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=text, capture_output=True).returncode == 0


def test_another_shell_is_refused(user: User) -> None:
    assert user.sregistry("completion", "tcsh").returncode == 2
