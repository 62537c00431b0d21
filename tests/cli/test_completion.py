from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sregistry.store.store import Store
from tests.store.images import keep, pulled
from tests.support.pulling import User

#: Completes what is in `words` as bash does when somebody presses Tab.
_IN_BASH = """
source <(sregistry completion bash)
COMP_LINE="{words}"; COMP_POINT=${{#COMP_LINE}}
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


def test_bash_completes_names_with_colons(user: User, store: Store) -> None:
    keep(store, pulled("lab/tool:1.0"))
    keep(store, pulled("lab/tool:1.1", b"other"), b"other")
    assert complete(user, "sregistry get lab/to") == ["lab/tool:1.0", "lab/tool:1.1"]
    assert complete(user, "sregistry rm lab/tool:1.1 lab/tool:1.") == ["1.0", "1.1"]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("sregistry explain tag-un", ["tag-unknown"]),
        ("sregistry config max_red", ["max_redirects"]),
        ("sregistry pull --compression g", ["gzip"]),
        ("sregistry pull --compression=zstd:1", ["1", *map(str, range(10, 20))]),
        ("sregistry pull --platform linux/ar", ["linux/arm64", "linux/arm/v7"]),
    ],
)
def test_bash_completes_what_can_be_listed(words: str, found: list[str], user: User) -> None:
    assert complete(user, words) == found


def test_help_is_followed_by_commands_and_nothing_is_said_of_words_that_are_none(user: User) -> None:
    assert complete(user, "sregistry help inspe") == ["inspect"]
    assert complete(user, "sregistry nonsense --") == ["--version", "--help"]


def test_bash_completes_files_where_no_image_is_called_so(user: User, store: Store) -> None:
    keep(store, pulled("lab/tool:1.0"))
    assert complete(user, "sregistry inspect lab") == ["lab/tool:1.0"]
    user.environment |= {
        "_SREGISTRY_COMPLETE": "bash_complete",
        "COMP_WORDS": "sregistry inspect ./t",
        "COMP_CWORD": "2",
    }
    assert user.sregistry().stdout == b"file,./t\n"


@pytest.mark.parametrize(
    ("shell", "mended"), [("zsh", b"compset -P 1 '*='; compadd -U -i \"$IPREFIX\""), ("fish", b"=|")]
)
def test_what_stands_before_a_value_stays(shell: str, mended: bytes, user: User) -> None:
    assert mended in user.sregistry("completion", shell).stdout


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_what_is_printed_is_understood(shell: str, user: User) -> None:
    text = user.sregistry("completion", shell).stdout
    assert b"_SREGISTRY_COMPLETE" in text
    if shutil.which(shell):
        assert subprocess.run([shell, "-n"], input=text, capture_output=True).returncode == 0


def test_another_shell_is_refused(user: User) -> None:
    assert user.sregistry("completion", "tcsh").returncode == 2
