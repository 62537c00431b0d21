"""A throw-away PostgreSQL server on a socket in a folder of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support import tools

PROGRAMS = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
_OPTIONS = "-c fsync=off -c max_connections=60 -c listen_addresses= -c unix_socket_directories={folder}"


class PostgreSQL:
    """A running server; `new_database` makes an empty database and returns its URL."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def new_database(self) -> str:
        name = f"test_{secrets.token_hex(6)}"
        self.sql(f"CREATE DATABASE {name}", "postgres")
        return self.url(name)

    def url(self, name: str) -> str:
        return f"postgresql://postgres@/{name}?host={self._folder}"

    def sql(self, statement: str, name: str) -> str:
        command = [program("psql"), "-h", str(self._folder), "-U", "postgres", "-d", name, "-Atqc", statement]
        return _run(command, self._folder)


@contextmanager
def running(folder: Path) -> Iterator[PostgreSQL]:
    """Start a server whose data is in `folder` (a short path: sockets have a limit of 107 characters)."""
    if tools.IS_ROOT:
        shutil.chown(folder, "postgres")
    data = folder / "data"
    _run([program("initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync"], folder)
    server = [program("pg_ctl"), "-D", str(data), "-w", "-t", "60"]
    _run([*server, "-l", str(folder / "log"), "-o", _OPTIONS.format(folder=folder), "start"], folder)
    try:
        yield PostgreSQL(folder)
    finally:
        _run([*server, "-m", "immediate", "stop"], folder)


def program(name: str) -> str:
    """The server's program; Debian keeps them off PATH."""
    for folder in PROGRAMS:
        if (folder / name).exists():
            return str(folder / name)
    return tools.require(name).argv[0]


def _run(command: list[str], folder: Path) -> str:
    as_user: dict[str, Any] = {"user": "postgres", "group": "postgres", "extra_groups": []} if tools.IS_ROOT else {}
    environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}
    # The server inherits no pipe of ours, or reading it would wait for the server's end.
    with (folder / "output").open("w+b") as output:
        done = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env=environment, **as_user
        )
        output.seek(0)
        said = output.read().decode(errors="replace").strip()
    assert done.returncode == 0, f"{command} ended with {done.returncode}:\n{said}"
    return said
