"""The command line under limits: of memory, open files, threads and processes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.strangers import STRANGER

GROUPS = Path("/sys/fs/cgroup")


@dataclass(frozen=True)
class Outcome:
    """How a command ended, and what it said."""

    status: int
    said: str


def run(home: Path, before: Sequence[str], arguments: Sequence[str | Path]) -> Outcome:
    """Run `BEFORE sregistry ARGUMENTS` with an empty home folder."""
    home.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        [*before, sys.executable, "-m", "sregistry", *map(str, arguments)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        env={"PATH": os.environ["PATH"], "HOME": str(home), "TMPDIR": str(home)},
        timeout=120,
    )
    return Outcome(done.returncode, done.stderr.decode(errors="replace"))


def limit(name: str, value: int) -> list[str]:
    """The words that begin a command under a limit of prlimit(1)."""
    return ["prlimit", f"--{name}={value}:{value}"]


def of_a_user(tasks: int) -> list[str]:
    """The words that begin a command of a user who may have so many threads and processes."""
    rights = "-all,+dac_read_search,+dac_override"
    become = ["setpriv", f"--reuid={STRANGER}", f"--regid={STRANGER}", "--clear-groups"]
    caps = [f"--inh-caps={rights}", f"--ambient-caps={rights}", f"--bounding-set={rights}"]
    return ["prlimit", f"--nproc={tasks}:{tasks}", *become, *caps]


@contextlib.contextmanager
def control_group(controller: str, file: str, value: int) -> Iterator[list[str]]:
    """The words that begin a command in a new control group of version 1."""
    folder = GROUPS / controller / f"sregistry-test-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / file).write_text(str(value))
        yield ["sh", "-c", f'echo $$ >{folder}/cgroup.procs && exec "$@"', "sh"]
    finally:
        folder.rmdir()


def has_groups(controller: str) -> bool:
    """Whether groups of this controller can be made here."""
    return os.access(GROUPS / controller / "cgroup.procs", os.W_OK)
