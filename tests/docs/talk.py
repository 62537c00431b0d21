"""A conversation with a program that executes what it is told line by line: bash, or the shell of sregistry."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

#: Nothing in the documentation takes so long.
_SECONDS = 240
_MARK = "<<< end of the output >>>"


@dataclass(frozen=True)
class Said:
    """What a program printed, to either of its outputs, and the status it reported (0 where it reports none)."""

    lines: list[str]
    status: int


class Talk:
    """One running program; use as a context manager.

    Args:
        argv: starts it.
        frame: what is typed and the mark -> what the program has to be told to do the one and print the other.
        environment: of the program; `folder` is where it runs.
    """

    def __init__(
        self, argv: Sequence[str], frame: Callable[[str, str], str], environment: Mapping[str, str], folder: Path
    ) -> None:
        self._frame = frame
        self._process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            env=environment,
            cwd=folder,
            start_new_session=True,
        )

    def __enter__(self) -> Talk:
        return self

    def __exit__(self, *_: object) -> None:
        self._kill()
        self._process.communicate()

    def say(self, text: str) -> Said:
        """Type `text` and wait for what comes of it; the end of the program is an AssertionError."""
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin
        assert stdout
        stdin.write(self._frame(text, _MARK))
        stdin.flush()
        lines: list[str] = []
        alarm = threading.Timer(_SECONDS, self._kill)
        alarm.start()
        try:
            for line in stdout:
                if line.startswith(_MARK):
                    # The mark begins on a line of its own, which costs an empty one after complete output.
                    return Said(lines[:-1] if lines and not lines[-1] else lines, int(line[len(_MARK) :].strip() or 0))
                lines.append(line.rstrip("\n"))
        finally:
            alarm.cancel()
        raise AssertionError("\n".join([f"the program ended, or took {_SECONDS} s, at:", text, *lines]))

    def _kill(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def bash(environment: Mapping[str, str], folder: Path) -> Talk:
    """A shell in which one command after the other is run, none of which reads what is said to the next."""

    def frame(command: str, mark: str) -> str:
        return f"{{ {command}\n}} </dev/null\nprintf '\\n%s%d\\n' '{mark}' $?\n"

    return Talk(["bash", "--norc", "--noprofile"], frame, environment, folder)


def prompt(command: str, environment: Mapping[str, str], folder: Path) -> Talk:
    """The Python prompt that a shell command opens."""

    def frame(statement: str, mark: str) -> str:
        return f"{statement}\nprint('\\n{mark}')\n"

    return Talk(["bash", "-c", command], frame, {**environment, "PYTHONUNBUFFERED": "1"}, folder)
