"""Where the tools keep their files, and how they run other programs.

Standard library only: these scripts run before there is a virtual environment.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(os.environ.get("SREGISTRY_DEV_CACHE") or REPOSITORY / ".cache").resolve()
VENV = REPOSITORY / ".venv"
IS_ROOT = os.geteuid() == 0


class SetupError(Exception):
    """A step of the set-up that failed; the text says what a person can do about it."""


def say(text: str) -> None:
    """One line about what is being done."""
    print(f"· {text}", file=sys.stderr, flush=True)


def run(command: Sequence[str], folder: Path | None = None, **environment: str) -> str:
    """Run a program quietly in a folder and return what it printed; all of that is in the error when it fails."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        cwd=folder,
        env={**os.environ, **environment},
    )
    if done.returncode:
        raise SetupError(f"{' '.join(command)}\nended with status {done.returncode}:\n{done.stdout.strip()}")
    return done.stdout


@contextlib.contextmanager
def only_one(name: str) -> Iterator[Path]:
    """Hold the lock of one step, so that two `make test` at once do its work once; give the cache folder."""
    CACHE.mkdir(parents=True, exist_ok=True)
    with (CACHE / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield CACHE
