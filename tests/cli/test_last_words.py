"""The line that is left where nothing else can be said: only of what is lacking, with the limit as a shell shows it."""

from __future__ import annotations

import errno
import os
import subprocess
import sys

import pytest

_PROGRAM = """
import resource, sys
from sregistry.cli.last_words import last_words
{limits}
sys.exit(last_words({error}))
"""
_MEMORY = "resource.setrlimit(resource.RLIMIT_{}, (600 << 20, 600 << 20))"
_NO_FILES = "no more files can be open at once (`ulimit -n` is 40)"
_FILES = "resource.setrlimit(resource.RLIMIT_NOFILE, (40, 40))"


def run(error: str, *limits: str) -> subprocess.CompletedProcess[str]:
    program = _PROGRAM.format(error=error, limits="\n".join(limits))
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("error", "limits", "said"),
    [
        (f"OSError({errno.EMFILE}, 'x')", [_FILES], _NO_FILES),
        (
            f"ImportError('x.so: {os.strerror(errno.EMFILE)}')",
            [_FILES],
            _NO_FILES,
        ),
        ("MemoryError()", [], "there is not enough memory to begin"),
        ("MemoryError()", [_MEMORY.format("AS")], "there is not enough memory to begin (`ulimit -v` is 614400)"),
        # Where memory is limited, its lack may look like anything.
        ("SystemError('x')", [_MEMORY.format("DATA")], "there is not enough memory to begin (`ulimit -d` is 614400)"),
    ],
)
def test_a_lack_is_one_line(error: str, limits: list[str], said: str) -> None:
    done = run(error, *limits)
    assert (done.returncode, done.stdout, done.stderr) == (13, "", f"sregistry: {said}\n")


def test_what_tells_of_no_lack_is_raised_again() -> None:
    done = run("ValueError('a bug')")
    assert done.returncode == 1
    assert done.stderr.endswith("ValueError: a bug\n")


def test_without_a_stream_the_exit_status_is_all() -> None:
    assert run("MemoryError()", "sys.stderr = None").returncode == 13
