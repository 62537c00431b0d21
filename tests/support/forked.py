"""The command line in a fork of the tests' process: all that `sregistry` does, without the start of Python.

Hundreds of commands can be run, and killed, in the time that dozens take as programs of their own.
"""

from __future__ import annotations

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

# What commands would import is here before the first fork.
import psycopg
import sqlalchemy.dialects.postgresql.psycopg

import sregistry.cli.group
import sregistry.operations.check
import sregistry.operations.pull
import sregistry.store.database.engine
import sregistry.store.database.migrate
import sregistry.store.database.writes
from tests.support.pulling import User

PRELOADED = (
    psycopg,
    sqlalchemy.dialects.postgresql.psycopg,
    sregistry.cli.group,
    sregistry.operations.check,
    sregistry.operations.pull,
    sregistry.store.database.engine,
    sregistry.store.database.migrate,
    sregistry.store.database.writes,
)


@dataclass(frozen=True)
class Done:
    """How a command ended (negative: by that signal) and what it printed."""

    arguments: tuple[str, ...]
    status: int
    out: str
    err: str

    def good(self) -> Done:
        """Itself, if the command ended well."""
        assert self.status == 0, f"sregistry {' '.join(self.arguments)}\nended with {self.status}:\n{self.err}"
        return self


class Running:
    """A command that was started; `kill` it or `wait` for it, once."""

    def __init__(self, user: User, *arguments: str | Path) -> None:
        self._arguments = tuple(map(str, arguments))
        self._output = user.temporary / f"output-{os.getpid()}"
        self.pid = os.fork()
        if self.pid == 0:
            _become(user, self._arguments, self._output)

    def kill(self) -> None:
        """End it at once, wherever it is; one that has ended already stays so."""
        os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)

    def wait(self) -> Done:
        """Wait for its end."""
        _, status = os.waitpid(self.pid, 0)
        out, err = (self._output.with_suffix(suffix).read_text() for suffix in (".out", ".err"))
        return Done(self._arguments, os.waitstatus_to_exitcode(status), out, err)


def run(user: User, *arguments: str | Path) -> Done:
    """Run `sregistry ARGUMENTS` to its end."""
    return Running(user, *arguments).wait()


def _become(user: User, arguments: tuple[str, ...], output: Path) -> NoReturn:
    """Be the command, in the child; never returns to what the parent was doing."""
    status: object = 1
    try:
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        for number, suffix in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(output.with_suffix(suffix), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
        sys.stdin, sys.stdout, sys.stderr = (os.fdopen(number, mode) for number, mode in enumerate(("r", "w", "w")))
        signal.alarm(0)
        os.chdir(user.home)
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        os.environ.clear()
        os.environ.update({**kept, "HOME": str(user.home), "TMPDIR": str(user.temporary), **user.environment})
        sys.argv = ["sregistry", *arguments]
        from sregistry.cli import main

        main()
    except SystemExit as end:
        status = end.code
    except BaseException as error:  # noqa: BLE001 - a child must not go on as its parent
        print(repr(error), file=sys.stderr)
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status if isinstance(status, int) else 1)
