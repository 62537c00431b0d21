"""Find the real programs that judge our work: on PATH, unpacked without root, or in the Debian sid tree."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

import pytest

from tools.apt import UNPACKED
from tools.sid_tree import TREE

IS_ROOT = os.geteuid() == 0
IN_CI = os.environ.get("CI", "").lower() in ("1", "true", "yes")
PROGRAM_FOLDERS = ("usr/bin", "usr/sbin", "bin", "sbin")


@dataclass(frozen=True)
class Tool:
    """A program and how to start it."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str] = field(default_factory=dict)

    def run(
        self, *arguments: str | Path, stdin: bytes = b"", check: bool = True, timeout: float = 120
    ) -> subprocess.CompletedProcess[bytes]:
        """Run it; when it fails and `check` is set, the error says what it printed."""
        done = subprocess.run(
            [*self.argv, *map(str, arguments)],
            input=stdin,
            capture_output=True,
            env={**os.environ, **self.environment},
            timeout=timeout,
        )
        if check and done.returncode:
            said = (done.stdout + done.stderr).decode(errors="replace").strip()
            raise AssertionError(f"{self.name} {' '.join(map(str, arguments))}\nended with {done.returncode}:\n{said}")
        return done


def find(name: str, *, newest: bool = False) -> Tool | None:
    """The program, from the first place that has it; `newest` looks in the sid tree first."""
    places = (in_sid_tree, on_path, unpacked) if newest else (on_path, unpacked, in_sid_tree)
    return next((tool for place in places if (tool := place(name))), None)


def require(name: str, *, newest: bool = False) -> Tool:
    """The program, or the end of the test: a skip with what was wanted, or in CI as root a failure."""
    tool = find(name, newest=newest)
    if tool is None:
        lack(f"the program {name}", f"not on PATH, not in {UNPACKED}, not in {TREE}; `make setup` as root gets it")
    return tool


def require_root() -> None:
    """End the test unless it runs as root."""
    if not IS_ROOT:
        pytest.skip(f"wanted: root (mounts, device nodes, owners); found: user {os.geteuid()}")


def lack(wanted: str, found: str) -> NoReturn:
    """End a test for lack of something: a failure where CI should have it, elsewhere a skip."""
    message = f"wanted: {wanted}; found: {found}"
    if IN_CI and IS_ROOT:
        pytest.fail(message)
    pytest.skip(message)


def on_path(name: str) -> Tool | None:
    """The program as the system has it, also where an ordinary user's PATH ends before /usr/sbin."""
    path = shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
    return Tool(name, (path,)) if path else None


def unpacked(name: str) -> Tool | None:
    """The program in the Debian packages that the set-up unpacked without root."""
    libraries = ":".join(str(folder) for part in ("usr/lib", "lib") for folder in UNPACKED.glob(f"{part}/*-linux-gnu*"))
    for folder in PROGRAM_FOLDERS:
        if (UNPACKED / folder / name).is_file():
            return Tool(name, (str(UNPACKED / folder / name),), {"LD_LIBRARY_PATH": libraries})
    return None


def in_sid_tree(name: str) -> Tool | None:
    """The program in the sid tree, started by the tree's own loader with the tree's own libraries."""
    loader = next(TREE.glob("usr/lib*/ld-linux*.so.*"), None)
    libraries = ":".join(str(folder) for folder in TREE.glob("usr/lib/*-linux-gnu"))
    for folder in PROGRAM_FOLDERS:
        if loader and (TREE / folder / name).is_file():
            return Tool(name, (str(loader), "--library-path", libraries, str(TREE / folder / name)))
    return None
